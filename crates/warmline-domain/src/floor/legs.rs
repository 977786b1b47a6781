//! What the telephone tells: lines arrive, are answered, end, vanish. News cannot be refused; each finds the caller an
//! owner.

use jiff::{SignedDuration, Timestamp};

use super::call::{Call, Ending, LegId, State, Step, Target};
use super::{Event, Floor, entrance};
use crate::policy::Phone;

/// News about one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegNews {
    Answered,
    Ended(Ending),
    /// The phone's own hold key: an abrupt hold.
    Held,
    Resumed,
    /// A key was pressed (RFC 4733): 0 to 9, * or #.
    Digit(char),
}

/// Agents who did not take a caller are asked again after this long.
const ASK_AGAIN_SECONDS: u32 = 60;

/// The key a caller presses who does not want to be recorded.
pub(super) const OBJECT: char = '9';

pub(super) fn observe(floor: &Floor, policy: &Phone, now: Timestamp, leg: LegId, news: LegNews) -> Vec<Event> {
    let Some(call) = floor.calls.get(&leg.call) else { return vec![] };
    let steps = if leg == call.caller() {
        caller(call, policy, now, news)
    } else if let Some((supervisor, _)) = call.monitors.iter().find(|(_, m)| m.leg == leg) {
        match news {
            LegNews::Answered => vec![Step::MonitorUp { supervisor: *supervisor }],
            LegNews::Ended(_) => vec![Step::MonitorEnded { supervisor: *supervisor }],
            _ => vec![],
        }
    } else if call.party().is_some_and(|p| p.leg == leg) {
        party(call, now, news)
    } else {
        agent(call, policy, now, leg, news)
    };
    let mut events: Vec<Event> = Vec::new();
    for step in steps {
        let gone = not_taken(&step);
        events.push(Event::Call { call: leg.call, step });
        events.extend(gone);
    }
    events
}

/// A phone that rang unanswered belongs to somebody who is not there: nothing more is sent to it for now.
pub(super) fn not_taken(step: &Step) -> Option<Event> {
    match step {
        Step::NotTaken { agent, how: Ending::NoAnswer | Ending::Failed | Ending::Lost } => {
            Some(Event::PresenceChanged { agent: *agent, presence: super::Presence::Away })
        }
        _ => None,
    }
}

fn caller(call: &Call, policy: &Phone, now: Timestamp, news: LegNews) -> Vec<Step> {
    if let Some(steps) = entrance::caller(call, policy, now, news) {
        return steps;
    }
    match (news, &call.state) {
        (LegNews::Answered, State::Calling { agent, since, .. }) => {
            vec![Step::Answered { agent: *agent, seconds: seconds(*since, now) }]
        }
        (LegNews::Ended(how), State::Calling { .. }) => vec![Step::NotReached { how }],
        (LegNews::Ended(how), State::Held { .. } | State::Consulting { .. } | State::Orphaned { .. }) => {
            vec![Step::CallerLost { how }]
        }
        // A caller who hangs up has ended it; one whose line vanished in mid-word has not.
        (LegNews::Ended(Ending::Lost), State::Talking { .. } | State::Joined { .. }) => {
            vec![Step::CallerLost { how: Ending::Lost }]
        }
        (LegNews::Ended(how), _) => vec![ended(call, None, how, now)],
        // What is typed while nothing is kept is the number of a card, not a word to us.
        (LegNews::Digit(_), _) if call.recording_paused => vec![],
        (LegNews::Digit(OBJECT), _) if !call.objected && policy.recording_objection => {
            vec![Step::RecordingRefused]
        }
        _ => vec![],
    }
}

fn agent(call: &Call, policy: &Phone, now: Timestamp, leg: LegId, news: LegNews) -> Vec<Step> {
    match (news, &call.state) {
        (LegNews::Answered, State::Offered { agent, leg: rings, waiting, .. }) if *rings == leg => {
            vec![Step::Answered { agent: *agent, seconds: seconds(waiting.since, now) }]
        }
        (LegNews::Answered, State::Calling { leg: rings, .. }) if *rings == leg => vec![Step::AgentReady],
        (LegNews::Answered, State::Orphaned { rejoining: Some(rejoins), since, .. }) if *rejoins == leg => {
            vec![Step::AgentBack { seconds: seconds(*since, now) }]
        }
        (LegNews::Ended(how), State::Offered { agent, leg: rings, .. }) if *rings == leg => {
            vec![Step::NotTaken { agent: *agent, how }]
        }
        (LegNews::Ended(how), State::Calling { leg: rings, up, .. }) if *rings == leg => vec![not_reached(*up, how)],
        // The way back failed; the next phone of theirs that comes up is another.
        (LegNews::Ended(_), State::Orphaned { agent, rejoining: Some(rejoins), until, .. }) if *rejoins == leg => {
            vec![Step::AgentLost { agent: *agent, until: *until }]
        }
        (LegNews::Ended(Ending::Lost), _) if own(call) == Some(leg) => lost(call, policy, now),
        (LegNews::Ended(how), _) if own(call) == Some(leg) => hung_up(call, how, now),
        (LegNews::Held, State::Talking { leg: own, .. }) if *own == leg => vec![Step::Held {
            reason: "The phone’s own hold key".into(),
            minutes: policy.hold_minutes,
            asked: call.hold_asked.is_some(),
        }],
        (LegNews::Resumed, State::Held { leg: own, hold, .. }) if *own == leg => {
            vec![Step::Resumed { seconds: seconds(hold.since, now) }]
        }
        _ => vec![],
    }
}

/// A call to a customer that came to nothing: a try, if their phone rang.
pub(super) fn not_reached(up: bool, how: Ending) -> Step {
    if up { Step::NotReached { how } } else { Step::NotPlaced { how } }
}

/// The leg of the one who answers for the caller.
fn own(call: &Call) -> Option<LegId> {
    match &call.state {
        State::Talking { leg, .. }
        | State::Held { leg, .. }
        | State::Consulting { leg, .. }
        | State::Joined { leg, .. } => Some(*leg),
        _ => None,
    }
}

fn lost(call: &Call, policy: &Phone, now: Timestamp) -> Vec<Step> {
    let until = now + SignedDuration::from_secs(i64::from(policy.rejoin_seconds));
    match &call.state {
        // The customer is with the other one already.
        State::Joined { .. } => vec![call.completed(true)],
        _ => call.owner().map(|agent| Step::AgentLost { agent, until }).into_iter().collect(),
    }
}

/// The agent hangs up: the end of a talk, the end of an introduction, or a caller left on hold, who is not dropped.
pub(super) fn hung_up(call: &Call, how: Ending, now: Timestamp) -> Vec<Step> {
    match &call.state {
        State::Joined { .. } => vec![call.completed(true)],
        State::Consulting { with, .. } if with.answered => vec![call.completed(false)],
        State::Held { agent, .. } | State::Consulting { agent, .. } => {
            vec![Step::Requeued { first: Some(*agent), why: how }]
        }
        _ => vec![ended(call, call.owner(), how, now)],
    }
}

fn party(call: &Call, now: Timestamp, news: LegNews) -> Vec<Step> {
    match (news, &call.state) {
        (LegNews::Answered, State::Consulting { with, .. }) => {
            vec![Step::ConsultAnswered { seconds: seconds(with.since, now) }]
        }
        (LegNews::Answered, State::Outside { .. }) => vec![Step::OutsideAnswered],
        (LegNews::Ended(how), State::Consulting { .. } | State::Joined { .. }) => vec![Step::ConsultEnded { how }],
        (LegNews::Ended(how), State::Outside { with, back_to }) => {
            if with.answered && how != Ending::Lost {
                vec![ended(call, None, how, now)]
            } else {
                vec![Step::Requeued { first: *back_to, why: how }]
            }
        }
        _ => vec![],
    }
}

pub(super) fn ended(call: &Call, by: Option<crate::AgentId>, how: Ending, now: Timestamp) -> Step {
    Step::Ended { by, how, talked: call.answered_at.map_or(0, |since| seconds(since, now)) }
}

pub(super) fn seconds(since: Timestamp, now: Timestamp) -> i64 {
    now.duration_since(since).as_secs().max(0)
}

/// When a call next needs to be looked at.
pub(super) fn due(call: &Call, policy: &Phone) -> Option<Timestamp> {
    let after = |since: Timestamp, seconds: u32| Some(since + SignedDuration::from_secs(i64::from(seconds)));
    let hold = call.hold().and_then(|hold| match hold.overran {
        0 => Some(hold.until),
        1 => after(hold.until, policy.overrun_seconds),
        _ => None,
    });
    let own = match &call.state {
        State::Offered { rings_since, .. } => after(*rings_since, policy.ring_seconds),
        State::Calling { since, .. } => after(*since, policy.call_seconds),
        State::Consulting { with, .. } if !with.answered => after(with.since, policy.ring_seconds),
        State::Outside { with, .. } if !with.answered => after(with.since, policy.call_seconds),
        State::Orphaned { until, .. } => Some(*until),
        State::Waiting(waiting) => waiting.tried_at.and_then(|at| after(at, ASK_AGAIN_SECONDS)),
        _ => None,
    };
    [hold, own].into_iter().flatten().min()
}

pub(super) fn time_came(call: &Call, policy: &Phone, now: Timestamp) -> Vec<Step> {
    if due(call, policy).is_none_or(|at| at > now) {
        return vec![];
    }
    let mut steps = Vec::new();
    if let Some(hold) = call.hold() {
        let far = hold.until + SignedDuration::from_secs(i64::from(policy.overrun_seconds));
        if hold.overran == 0 && hold.until <= now {
            steps.push(Step::HoldOverran { times: 1 });
        } else if hold.overran == 1 && far <= now {
            steps.push(Step::HoldOverran { times: 2 });
        }
    }
    let ringing = |since: Timestamp, limit: u32| seconds(since, now) >= i64::from(limit);
    match &call.state {
        State::Offered { agent, rings_since, .. } if ringing(*rings_since, policy.ring_seconds) => {
            steps.push(Step::NotTaken { agent: *agent, how: Ending::NoAnswer });
        }
        State::Calling { since, up, .. } if ringing(*since, policy.call_seconds) => {
            steps.push(not_reached(*up, Ending::NoAnswer));
        }
        State::Consulting { with, .. } if !with.answered && ringing(with.since, policy.ring_seconds) => {
            steps.push(Step::ConsultEnded { how: Ending::NoAnswer });
        }
        State::Outside { with, back_to } if !with.answered && ringing(with.since, policy.call_seconds) => {
            steps.push(Step::Requeued { first: *back_to, why: Ending::NoAnswer });
        }
        State::Waiting(waiting) if waiting.tried_at.is_some_and(|at| ringing(at, ASK_AGAIN_SECONDS)) => {
            steps.push(Step::AskedAround);
        }
        State::Orphaned { agent, until, .. } if *until <= now => {
            steps.push(Step::Requeued { first: Some(*agent), why: Ending::Lost });
        }
        _ => {}
    }
    steps
}

/// An agent's phone that transfers by itself (RFC 3515): a blind transfer, and recorded as one.
pub(super) fn referred(call: &Call, leg: LegId, to: Target) -> Vec<Step> {
    match &call.state {
        State::Talking { leg: own, .. } | State::Held { leg: own, .. } if *own == leg => {
            vec![Step::SentBlind { target: to, agent: None, reason: "The phone’s own transfer key".into() }]
        }
        _ => vec![],
    }
}
