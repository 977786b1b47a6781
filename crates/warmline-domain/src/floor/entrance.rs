//! What a caller meets before anybody answers: closed, full, a long line, the machine, a place that is kept.
//!
//! | they meet       | when                                       | they can                                             |
//! |-----------------|--------------------------------------------|------------------------------------------------------|
//! | *we are closed* | their queue is not open                    | leave a message (1), be called when it is (2)        |
//! | *we are full*   | as many wait as the queue has room for     | leave a message (1), be called in their turn (2)     |
//! | their place     | they are owed a call and were quicker      | wait where they would have stood                     |
//! | another queue   | it is too long here, and open there        | wait there; their time of waiting goes with them     |
//! | the line        | otherwise                                  | wait, or keep their place and be called (2)          |
//!
//! Only whose number is known can be called; nobody else is offered it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::call::{Call, Ending, State, Step};
use super::legs::{ended, seconds};
use super::{Callback, Event, Floor, LegNews, wait};
use crate::policy::Phone;
use crate::site::Site;
use crate::{CallId, CustomerId, Hours, QueueId};

/// Whoever chooses nothing for this long is let go: their line is needed by others.
const CHOICE: SignedDuration = SignedDuration::from_secs(75);
/// Whoever could not go on to the other queue, because it was full or closed, is tried again after this.
const OVERFLOW_AGAIN: SignedDuration = SignedDuration::from_secs(60);
/// The last words take no longer than this.
pub const FAREWELL: SignedDuration = SignedDuration::from_secs(8);
/// The words before the tone, and the tone.
pub const BEFORE_MESSAGE: SignedDuration = SignedDuration::from_secs(5);
/// Less is no message but somebody who changed their mind.
const SHORTEST_MESSAGE: i64 = 2;

const MESSAGE: char = '1';
const CALL_ME: char = '2';
const DONE: char = '#';

/// Why nobody takes a caller now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turned {
    /// Absent: no opening is in sight.
    Closed(Option<Opens>),
    Full,
}

/// When a queue opens next, also as it is said there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Opens {
    pub at: Timestamp,
    /// By when a call is promised to whoever asks for one.
    pub called_by: Timestamp,
    /// Days from today.
    pub days: u16,
    /// 0 is Monday.
    pub weekday: u8,
    pub hour: u8,
    pub minute: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Farewell {
    /// They are called when it is their turn.
    PlaceKept,
    /// They are called when the desk is open.
    CallPromised,
    MessageLeft,
}

/// What becomes of a caller who has just come into this queue.
pub(super) fn arrived(floor: &Floor, site: &Site, now: Timestamp, call: CallId, came: Came) -> Vec<Event> {
    let own = |step| Event::Call { call, step };
    let hours = site.hours_of(came.queue);
    if !hours.is_open(now) {
        return vec![own(Step::TurnedAway { why: Turned::Closed(opens(hours, &site.policy.phone, now)) })];
    }
    let owed = |c: &&Callback| c.customer == came.customer && !floor.calls.contains_key(&c.call);
    if let Some(owed) = floor.callbacks.values().find(owed) {
        // They were quicker than we: no second call, and they stand where they would have stood.
        let front = owed.place.is_none_or(|p| p.front);
        let (since, first) = (owed.place.map_or(owed.owed_at, |p| p.since), owed.first);
        let settled = Event::CallbackDropped { call: owed.call, reason: "They called again themselves.".into() };
        return vec![own(Step::PlaceTakenUp { since, front, first }), settled];
    }
    let Some(found) = site.queues.get(&came.queue) else { return vec![] };
    let waiting = floor.callers_waiting(found.id);
    let long = found.overflow.and_then(|o| o.from_waiting).is_some_and(|most| waiting >= most as usize);
    let full = waiting >= found.room as usize;
    match overflow(floor, site, now, found.id) {
        Some(to) if long || full => vec![own(Step::Overflowed { to })],
        _ if full => vec![own(Step::TurnedAway { why: Turned::Full })],
        _ => vec![],
    }
}

/// Where somebody who calls wants to go, and who they are.
#[derive(Clone, Copy)]
pub(super) struct Came {
    pub(super) queue: QueueId,
    pub(super) customer: CustomerId,
}

/// Where callers of a queue go on to, when there is room and somebody is to be expected there.
fn overflow(floor: &Floor, site: &Site, now: Timestamp, queue: QueueId) -> Option<QueueId> {
    let to = site.queues.get(&site.queues.get(&queue)?.overflow?.to)?;
    let room = floor.callers_waiting(to.id) < to.room as usize;
    (room && site.hours_of(to.id).is_open(now)).then_some(to.id)
}

fn opens(hours: &Hours, policy: &Phone, now: Timestamp) -> Option<Opens> {
    let at = hours.next_open(now)?;
    let called_by = hours.add_open_minutes(at, policy.callback_minutes).unwrap_or(at);
    let (there, today) = (hours.zone().to_datetime(at), hours.zone().to_datetime(now).date());
    let days = there.date().duration_since(today).as_hours() / 24;
    Some(Opens {
        at,
        called_by,
        days: u16::try_from(days).unwrap_or(0),
        weekday: there.weekday().to_monday_zero_offset() as u8,
        hour: there.hour() as u8,
        minute: there.minute() as u8,
    })
}

/// The caller's line before an agent has answered; `None` when it is not about that.
pub(super) fn caller(call: &Call, policy: &Phone, now: Timestamp, news: LegNews) -> Option<Vec<Step>> {
    let steps = match (news, &call.state) {
        (LegNews::Digit(MESSAGE), State::Choosing { .. }) => {
            let longest = SignedDuration::from_secs(i64::from(policy.message_seconds));
            vec![Step::MessageBegan { until: now + BEFORE_MESSAGE + longest }]
        }
        (LegNews::Digit(CALL_ME), State::Choosing { why, .. }) if call.can_be_called_instead() => {
            let promised = match why {
                Turned::Closed(opens) => opens.map(|o| (o.at, o.called_by)),
                Turned::Full => None,
            };
            vec![Step::CallbackAsked { promised }]
        }
        (LegNews::Digit(CALL_ME), State::Waiting(_)) if call.can_be_called_instead() => {
            vec![Step::CallbackAsked { promised: None }]
        }
        (LegNews::Digit(DONE), State::Leaving { since, .. }) => left(call, *since, now, false),
        (LegNews::Ended(_), State::Leaving { since, .. }) => left(call, *since, now, true),
        (LegNews::Ended(_), State::Parting { .. }) => vec![Step::Parted],
        (LegNews::Digit(_), State::Choosing { .. } | State::Leaving { .. } | State::Parting { .. }) => vec![],
        _ => return None,
    };
    Some(steps)
}

fn left(call: &Call, since: Timestamp, now: Timestamp, gone: bool) -> Vec<Step> {
    let spoke = seconds(since, now) - BEFORE_MESSAGE.as_secs();
    if spoke < SHORTEST_MESSAGE {
        return vec![ended(call, None, Ending::HungUp, now)];
    }
    vec![Step::MessageLeft { seconds: spoke, gone }]
}

/// When a caller whom nobody has answered next needs something.
pub(super) fn due(call: &Call, site: &Site) -> Option<Timestamp> {
    match &call.state {
        State::Choosing { since, .. } => Some(*since + CHOICE),
        State::Leaving { until, .. } => Some(*until),
        State::Parting { since, .. } => Some(*since + FAREWELL),
        State::Waiting(_) => {
            [overflows_at(call, site), wait::announced_next(call, &site.policy.phone)].into_iter().flatten().min()
        }
        _ => None,
    }
}

fn overflows_at(call: &Call, site: &Site) -> Option<Timestamp> {
    let State::Waiting(waiting) = &call.state else { return None };
    let minutes = site.queues.get(&call.queue)?.overflow?.after_minutes?;
    let at = waiting.since + SignedDuration::from_mins(i64::from(minutes));
    let again = waiting.stayed_at.map(|stayed| stayed + OVERFLOW_AGAIN);
    (!waiting.overflowed).then_some(again.map_or(at, |again| again.max(at)))
}

pub(super) fn time_came(floor: &Floor, call: &Call, site: &Site, now: Timestamp) -> Option<Step> {
    match &call.state {
        State::Choosing { since, .. } if *since + CHOICE <= now => Some(ended(call, None, Ending::NoAnswer, now)),
        State::Leaving { since, until } if *until <= now => left(call, *since, now, false).pop(),
        State::Parting { since, .. } if *since + FAREWELL <= now => Some(Step::Parted),
        State::Waiting(_) if overflows_at(call, site).is_some_and(|at| at <= now) => {
            Some(overflow(floor, site, now, call.queue).map_or(Step::Stayed, |to| Step::Overflowed { to }))
        }
        _ => None,
    }
}
