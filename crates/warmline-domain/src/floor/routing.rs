//! Who gets the next caller.
//!
//! Callers: those who had somebody already first, then by the class of their ticket, then by how long they wait.
//! Agents: whom the caller knows, then whoever has been free the longest. Somebody on a recovery break, writing up,
//! away, unreachable or on any call is not asked.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::call::{Call, State, Step, Why};
use super::{Event, Floor, Presence, Seat};
use crate::site::Site;
use crate::{AgentId, CallId, QueueId};

/// Where a caller stands in line: not at the front, class, since when, which call.
pub(super) type Place = (bool, i64, Timestamp, CallId);

/// What follows from the calls and is asked all the time: who is on one, and who waits in which order. Kept up to date
/// where calls change, never stored, never compared.
#[derive(Clone, Debug, Default)]
pub struct Index {
    busy: BTreeMap<AgentId, CallId>,
    waiting: BTreeSet<Place>,
}

impl PartialEq for Index {
    fn eq(&self, _: &Index) -> bool {
        true
    }
}
impl Eq for Index {}

impl Index {
    pub(super) fn of(calls: &BTreeMap<CallId, Call>) -> Index {
        let mut index = Index::default();
        calls.values().for_each(|call| index.add(call));
        index
    }
    pub(super) fn add(&mut self, call: &Call) {
        self.busy.extend(call.agents().map(|agent| (agent, call.id)));
        self.waiting.extend(place(call));
    }
    pub(super) fn remove(&mut self, call: &Call) {
        for agent in call.agents() {
            self.busy.remove(&agent);
        }
        if let Some(place) = place(call) {
            self.waiting.remove(&place);
        }
    }
    pub(super) fn call_of(&self, agent: AgentId) -> Option<CallId> {
        self.busy.get(&agent).copied()
    }
}

fn place(call: &Call) -> Option<Place> {
    match &call.state {
        State::Waiting(w) => Some((!w.front, call.class, w.since, call.id)),
        _ => None,
    }
}

/// The floor, with a few things as they will be: deciding must not copy a room of ten thousand callers.
struct Room<'a> {
    base: &'a Floor,
    changed: Floor,
    touched: BTreeSet<CallId>,
}

impl<'a> Room<'a> {
    fn as_it_is(base: &'a Floor) -> Room<'a> {
        Room { base, changed: Floor::default(), touched: BTreeSet::new() }
    }

    fn after(base: &'a Floor, now: Timestamp, events: &[Event]) -> Room<'a> {
        let touched: BTreeSet<CallId> = events.iter().filter_map(Event::call).collect();
        let mut changed = Floor::default();
        let mut agents: BTreeSet<AgentId> = events.iter().filter_map(Event::agent).collect();
        for id in &touched {
            if let Some(call) = base.calls.get(id) {
                agents.extend(call.agents());
                changed.calls.insert(*id, call.clone());
            }
            changed.callbacks.extend(base.callbacks.get(id).map(|c| (*id, c.clone())));
        }
        changed.seats.extend(agents.iter().filter_map(|a| base.seats.get(a).map(|s| (*a, s.clone()))));
        changed.index = Index::of(&changed.calls);
        for event in events {
            changed = super::evolve(changed, now, event);
        }
        Room { base, changed, touched }
    }

    fn seats(&self) -> impl Iterator<Item = (AgentId, &Seat)> {
        let base = self.base.seats.iter().map(|(a, s)| (*a, self.changed.seats.get(a).unwrap_or(s)));
        base.chain(self.changed.seats.iter().filter(|(a, _)| !self.base.seats.contains_key(a)).map(|(a, s)| (*a, s)))
    }

    fn is_busy(&self, agent: AgentId) -> bool {
        self.changed.index.call_of(agent).is_some()
            || self.base.index.call_of(agent).is_some_and(|call| !self.touched.contains(&call))
    }

    /// Everybody who waits, the next first.
    fn waiting(&self) -> impl Iterator<Item = &Call> {
        let still = |place: &&Place| !self.touched.contains(&place.3);
        let mut base = self.base.index.waiting.iter().filter(still).peekable();
        let mut changed = self.changed.index.waiting.iter().peekable();
        std::iter::from_fn(move || {
            let from_base = match (base.peek(), changed.peek()) {
                (Some(one), Some(other)) => one < other,
                (one, _) => one.is_some(),
            };
            let (place, calls) =
                if from_base { (base.next()?, &self.base.calls) } else { (changed.next()?, &self.changed.calls) };
            calls.get(&place.3)
        })
    }

    /// Agents who may be given a call, the longest idle first.
    fn free(&self) -> Vec<(AgentId, Timestamp)> {
        let ready = self.seats().filter(|(agent, seat)| {
            seat.presence == Presence::Available
                && (seat.browser || seat.phone)
                && seat.wrap_up.is_none()
                && seat.recovery_until.is_none()
                && !self.is_busy(*agent)
        });
        let mut free: Vec<_> = ready.map(|(agent, seat)| (agent, seat.idle_since.unwrap_or(seat.since))).collect();
        free.sort_by_key(|(agent, since)| (*since, *agent));
        free
    }

    fn here_since(&self, agent: AgentId) -> Option<Timestamp> {
        self.changed.seats.get(&agent).or(self.base.seats.get(&agent)).map(|s| s.since)
    }

    fn can_ring(&self, agent: AgentId) -> bool {
        let seat = self.changed.seats.get(&agent).or(self.base.seats.get(&agent));
        seat.is_some_and(|s| (s.browser || s.phone) && s.recovery_until.is_none()) && !self.is_busy(agent)
    }

    /// Callers owed a call whom nobody is calling right now.
    fn owed(&self) -> impl Iterator<Item = &super::Callback> {
        let base = self.base.callbacks.values().filter(|c| !self.touched.contains(&c.call));
        let calling = |c: &&super::Callback| {
            let calls = if self.touched.contains(&c.call) { &self.changed.calls } else { &self.base.calls };
            !calls.contains_key(&c.call)
        };
        base.chain(self.changed.callbacks.values()).filter(calling)
    }
}

/// Offers as long as somebody waits and somebody is free, given what has just happened.
pub(super) fn offers(floor: &Floor, site: &Site, now: Timestamp, happened: &[Event]) -> Vec<Event> {
    let room = Room::after(floor, now, happened);
    let mut free = room.free();
    free.retain(|(agent, _)| site.agents.get(agent).is_some_and(|a| a.active));
    let mut events = Vec::new();
    for call in room.waiting() {
        if free.is_empty() {
            break;
        }
        let Some((at, why)) = choose(call, &free, site, |agent| room.here_since(agent)) else { continue };
        let (agent, _) = free.remove(at);
        events.push(Event::Call { call: call.id, step: Step::Offered { agent, why } });
    }
    events.extend(calls_back(&room, free, now));
    events
}

/// Where a caller stands in line, from 1.
pub fn position(floor: &Floor, call: CallId) -> Option<usize> {
    Room::as_it_is(floor).waiting().position(|c| c.id == call).map(|i| i + 1)
}

fn choose(
    call: &Call,
    free: &[(AgentId, Timestamp)],
    site: &Site,
    seats: impl Fn(AgentId) -> Option<Timestamp>,
) -> Option<(usize, Why)> {
    let State::Waiting(waiting) = &call.state else { return None };
    // Somebody who said since then that they are here is asked again.
    let untried = |agent: &AgentId| {
        let here = seats(*agent).is_some_and(|since| waiting.tried_at.is_none_or(|tried| since > tried));
        !waiting.tried.contains(agent) || here
    };
    let known = waiting.first.and_then(|first| free.iter().position(|(a, _)| *a == first && untried(a)));
    if let Some(at) = known {
        return Some((at, Why::Known));
    }
    free.iter().position(|(a, _)| untried(a) && serves(site, *a, call.queue)).map(|at| (at, Why::LongestIdle))
}

/// Everybody who works here serves every queue until skills say otherwise.
fn serves(site: &Site, agent: AgentId, _queue: QueueId) -> bool {
    site.agents.get(&agent).is_some_and(|a| a.active)
}

/// Somebody free for a consultation: never the one who asks.
pub(super) fn colleague(floor: &Floor, site: &Site, queue: QueueId, not: AgentId) -> Option<AgentId> {
    let free = Room::as_it_is(floor).free();
    free.into_iter().map(|(a, _)| a).find(|a| *a != not && serves(site, *a, queue))
}

/// Whether a call to this agent would ring somewhere now.
pub(super) fn can_ring(floor: &Floor, agent: AgentId) -> bool {
    Room::as_it_is(floor).can_ring(agent)
}

/// Callers who are owed a call are called by the agent they had, or after a while by whoever is free.
fn calls_back(room: &Room<'_>, free: Vec<(AgentId, Timestamp)>, now: Timestamp) -> Vec<Event> {
    let mut free: Vec<AgentId> = free.into_iter().map(|(a, _)| a).collect();
    let mut events = Vec::new();
    if free.is_empty() {
        return events;
    }
    for callback in room.owed().filter(|c| c.next_at.is_some_and(|at| at <= now)) {
        let patient = now.duration_since(callback.owed_at) < super::SAME_AGENT_FIRST;
        let anybody = (!free.is_empty()).then_some(0);
        let at = match callback.first.map(|first| free.iter().position(|a| *a == first)) {
            Some(None) if patient => None,
            Some(Some(at)) => Some(at),
            _ => anybody,
        };
        let Some(at) = at else { continue };
        events.push(Event::Call { call: callback.call, step: callback.called(free.remove(at), false) });
    }
    events
}

/// When a call back is to be tried next. With nobody free, whoever becomes free brings it about.
pub(super) fn callback_due(floor: &Floor) -> Option<Timestamp> {
    if floor.callbacks.is_empty() {
        return None;
    }
    let room = Room::as_it_is(floor);
    let free = room.free();
    let due = room.owed().filter_map(|c| {
        let known_is_free = c.first.is_none_or(|first| free.iter().any(|(a, _)| *a == first));
        let at = c.next_at?;
        Some(if known_is_free { at } else { at.max(c.owed_at + super::SAME_AGENT_FIRST) })
    });
    due.min().filter(|_| !free.is_empty())
}
