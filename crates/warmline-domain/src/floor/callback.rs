//! Callers who are owed a call: they were cut off, kept their place and hung up, or asked to be called after hours.
//!
//! Whoever kept a place stands in line with those who wait, and is called when they would have been next. Whoever was
//! promised a call gets a place when the desk opens, by when they asked. Whoever was cut off is called by the agent they
//! had, or after a while by whoever is free.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::call::{Call, Step};
use super::{Event, Floor};
use crate::{AgentId, CallId, CustomerId, QueueId, TicketId};

/// For this long a caller who is owed a call waits for the agent they had.
pub(super) const SAME_AGENT_FIRST: SignedDuration = SignedDuration::from_secs(60);
/// A lost caller is called by itself this often; then a person decides.
pub(super) const TRIES: u32 = 3;
const PAUSE: SignedDuration = SignedDuration::from_mins(10);
/// An agent's phone that was not picked up is no try; the place is offered again after this.
const NOT_PLACED: SignedDuration = SignedDuration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Callback {
    pub call: CallId,
    pub customer: CustomerId,
    pub ticket: TicketId,
    pub queue: QueueId,
    pub recorded: bool,
    #[serde(default)]
    pub objected: bool,
    pub first: Option<AgentId>,
    pub owed_at: Timestamp,
    /// When to try next; absent when only a person decides, or while they stand in line.
    pub next_at: Option<Timestamp>,
    pub tries: u32,
    /// The last leg of the lost call; its next legs come after.
    pub legs: u32,
    /// The place in line that is theirs.
    pub place: Option<Place>,
    /// The place counts now.
    pub in_line: bool,
    /// Between when and when they were promised to be called.
    pub promised: Option<(Timestamp, Timestamp)>,
}

/// A place in line that was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub front: bool,
    pub class: i64,
    pub since: Timestamp,
}

impl Callback {
    pub(super) fn called(&self, agent: AgentId, own: bool) -> Step {
        let Callback { queue, customer, ticket, recorded, objected, .. } = *self;
        Step::Called { agent, queue, customer, ticket, recorded, objected, own }
    }

    fn of(call: &Call, at: Timestamp) -> Callback {
        Callback {
            call: call.id,
            customer: call.customer,
            ticket: call.ticket,
            queue: call.queue,
            recorded: call.recorded,
            objected: call.objected,
            first: call.owner(),
            owed_at: at,
            next_at: Some(at),
            tries: 0,
            legs: call.legs,
            place: None,
            in_line: false,
            promised: None,
        }
    }

    /// When their place begins to count.
    pub(super) fn joins_at(&self) -> Option<Timestamp> {
        self.next_at.filter(|_| self.place.is_some() && !self.in_line)
    }
}

/// Whose place begins to count now.
pub(super) fn time_came(floor: &Floor, now: Timestamp) -> Vec<Event> {
    let joins = |c: &&Callback| c.joins_at().is_some_and(|at| at <= now) && !floor.calls.contains_key(&c.call);
    floor.callbacks.values().filter(joins).map(|c| Event::CallbackInLine { call: c.call }).collect()
}

/// Puts a caller onto the list, or notes that a call to one of them was in vain.
pub(super) fn owe(floor: &mut Floor, before: &Call, at: Timestamp, step: &Step) {
    match step {
        Step::CallbackAsked { promised } => {
            let since = before.waiting().map_or(before.arrived_at, |w| w.since);
            let place = Place { front: before.waiting().is_some_and(|w| w.front), class: before.class, since };
            let (next_at, in_line) = (promised.map(|(from, _)| from), promised.is_none());
            let (promised, place) = (*promised, Some(place));
            let callback = Callback { promised, place, next_at, in_line, ..Callback::of(before, at) };
            floor.callbacks.insert(before.id, callback);
        }
        Step::CallerLost { .. } if before.reachable => {
            let known = floor.callbacks.get(&before.id);
            let (tries, owed_at) = known.map_or((0, at), |c| (c.tries, c.owed_at));
            floor.callbacks.insert(before.id, Callback { tries, owed_at, ..Callback::of(before, at) });
        }
        Step::NotReached { .. } | Step::NotPlaced { .. } => {
            let Some(callback) = floor.callbacks.get_mut(&before.id) else { return };
            (callback.legs, callback.in_line) = (before.legs, false);
            // An agent who did not pick up is no try: the customer's phone never rang.
            if matches!(step, Step::NotPlaced { .. }) {
                let again = callback.place.is_some() || callback.next_at.is_some();
                callback.next_at = again.then_some(at + NOT_PLACED);
            } else {
                callback.tries += 1;
                callback.place = None;
                callback.next_at = (callback.tries < TRIES).then_some(at + PAUSE);
            }
        }
        _ => {}
    }
}
