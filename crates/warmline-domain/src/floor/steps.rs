//! What each step makes of a call.

use jiff::{SignedDuration, Timestamp};

use super::call::{Call, Hold, HoldAsk, Mode, Monitor, Party, State, Step, Target, Waiting, Why};
use super::entrance::Farewell;
use super::wait::Said;
use crate::{AgentId, CallId};

/// The call after a step; `None` when it is over.
pub(super) fn evolve(before: Option<Call>, id: CallId, at: Timestamp, step: &Step) -> Option<Call> {
    match step {
        Step::Arrived { queue, customer, ticket, reachable, class, recorded } => {
            let state = State::Waiting(Waiting::new(at, false, None));
            return Some(Call {
                recorded: *recorded,
                ..made(id, at, state, (*queue, *customer, *ticket), *reachable, *class)
            });
        }
        Step::Called { agent, queue, customer, ticket, recorded, objected, own } => {
            let legs = before.map_or(1, |c| c.legs);
            let leg = super::call::LegId { call: id, n: legs + 1 };
            let state = State::Calling { agent: *agent, leg, up: false, since: at, own: *own };
            let call = made(id, at, state, (*queue, *customer, *ticket), true, 0);
            return Some(Call { legs: legs + 1, recorded: *recorded, objected: *objected, ..call });
        }
        _ => {}
    }
    let mut call = before?;
    if step.is_last() {
        return None;
    }
    if !on_the_way_in(&mut call, at, step)
        && !on_hold(&mut call, at, step)
        && !on_transfer(&mut call, at, step)
        && !on_watch(&mut call, step)
    {
        on_line(&mut call, at, step);
    }
    if super::sound::records(&call) {
        call.kept_since.get_or_insert(at);
    }
    Some(call)
}

/// Before anybody answers.
fn on_the_way_in(call: &mut Call, at: Timestamp, step: &Step) -> bool {
    let waiting = match &mut call.state {
        State::Waiting(waiting) | State::Offered { waiting, .. } => Some(waiting),
        _ => None,
    };
    match step {
        Step::TurnedAway { why } => call.state = State::Choosing { why: *why, since: at },
        Step::MessageBegan { until } => call.state = State::Leaving { since: at, until: *until },
        Step::MessageLeft { .. } => call.state = State::Parting { said: Farewell::MessageLeft, since: at },
        Step::CallbackAsked { promised } => {
            let said = if promised.is_some() { Farewell::CallPromised } else { Farewell::PlaceKept };
            call.state = State::Parting { said, since: at };
        }
        Step::Announced { position, range, .. } => {
            if let Some(waiting) = waiting {
                let before = waiting.said;
                waiting.said = Some(Said {
                    at,
                    position: *position,
                    range: *range,
                    times: before.map_or(1, |s| s.times + 1),
                    first_at: before.map_or(at, |s| s.first_at),
                    first: before.map_or(*range, |s| s.first),
                });
            }
        }
        Step::Stayed => {
            if let Some(waiting) = waiting {
                waiting.stayed_at = Some(at);
            }
        }
        Step::PlaceTakenUp { since, front, first } => {
            call.state = State::Waiting(Waiting::new(*since, *front, *first));
        }
        Step::Overflowed { to } => {
            call.queue = *to;
            if let Some(waiting) = waiting {
                (waiting.overflowed, waiting.tried, waiting.tried_at) = (true, Default::default(), None);
            }
        }
        _ => return false,
    }
    true
}

fn made(
    id: CallId,
    at: Timestamp,
    state: State,
    (queue, customer, ticket): (crate::QueueId, crate::CustomerId, crate::TicketId),
    reachable: bool,
    class: i64,
) -> Call {
    Call {
        id,
        queue,
        customer,
        ticket,
        reachable,
        class,
        arrived_at: at,
        state,
        legs: 1,
        recorded: false,
        recording_paused: false,
        kept_since: None,
        objected: false,
        hard: false,
        warned: false,
        answered_at: None,
        hold_asked: None,
        transfers: 0,
        monitors: Default::default(),
    }
}

fn on_line(call: &mut Call, at: Timestamp, step: &Step) {
    match step {
        Step::AgentReady => {
            if let State::Calling { up, .. } = &mut call.state {
                *up = true;
            }
        }
        Step::Offered { agent, why } => {
            if let State::Waiting(waiting) = call.state.clone() {
                let leg = call.new_leg();
                let (agent, why) = (*agent, *why);
                call.state = State::Offered { agent, leg, rings_since: at, back_to: None, waiting, why };
            }
        }
        Step::NotTaken { agent, .. } => {
            if let State::Offered { mut waiting, back_to, .. } = call.state.clone() {
                waiting.tried.insert(*agent);
                waiting.tried_at = Some(at);
                waiting.front = true;
                waiting.first = back_to.or(waiting.first).filter(|first| first != agent);
                call.state = State::Waiting(waiting);
            }
        }
        Step::AskedAround => {
            if let State::Waiting(waiting) = &mut call.state {
                (waiting.tried, waiting.tried_at) = (Default::default(), None);
            }
        }
        Step::Answered { agent, .. } => {
            let leg = match &call.state {
                State::Offered { leg, .. } | State::Calling { leg, .. } => *leg,
                _ => return,
            };
            call.answered_at.get_or_insert(at);
            call.state = State::Talking { agent: *agent, leg };
        }
        Step::AgentLost { agent, until } => {
            let (since, hold) = match &call.state {
                State::Orphaned { since, hold, .. } => (*since, hold.clone()),
                _ => (at, call.hold().cloned()),
            };
            call.hold_asked = None;
            call.state = State::Orphaned { agent: *agent, since, until: *until, rejoining: None, hold };
        }
        Step::Rejoining => {
            let leg = call.new_leg();
            if let State::Orphaned { rejoining, .. } = &mut call.state {
                *rejoining = Some(leg);
            }
        }
        Step::AgentBack { .. } => {
            if let State::Orphaned { agent, rejoining: Some(leg), hold, .. } = call.state.clone() {
                call.state = match hold {
                    Some(hold) => State::Held { agent, leg, hold },
                    None => State::Talking { agent, leg },
                };
            }
        }
        Step::Requeued { first, .. } => {
            call.hold_asked = None;
            call.state = State::Waiting(Waiting::new(at, true, *first));
        }
        Step::Moved { ticket } => call.ticket = *ticket,
        Step::OutsideAnswered => {
            if let State::Outside { with, .. } = &mut call.state {
                with.answered = true;
            }
        }
        _ => {}
    }
}

fn on_hold(call: &mut Call, at: Timestamp, step: &Step) -> bool {
    let promised = |minutes: u32| at + SignedDuration::from_mins(i64::from(minutes));
    match step {
        Step::HoldAsked { reason, minutes } => {
            call.hold_asked = Some(HoldAsk { reason: reason.clone(), minutes: *minutes });
        }
        Step::HoldRefused => call.hold_asked = None,
        Step::Held { reason, minutes, asked } => {
            call.hold_asked = None;
            if let State::Talking { agent, leg } = call.state {
                let hold =
                    Hold { since: at, until: promised(*minutes), reason: reason.clone(), asked: *asked, overran: 0 };
                call.state = State::Held { agent, leg, hold };
            }
        }
        Step::HoldExtended { minutes } => {
            if let State::Held { hold, .. } | State::Consulting { hold, .. } = &mut call.state {
                *hold = Hold { until: promised(*minutes), overran: 0, ..hold.clone() };
            }
        }
        Step::HoldOverran { times } => {
            if let State::Held { hold, .. } | State::Consulting { hold, .. } = &mut call.state {
                hold.overran = *times;
            }
        }
        Step::Resumed { .. } => {
            if let State::Held { agent, leg, .. } = call.state {
                call.state = State::Talking { agent, leg };
            }
        }
        _ => return false,
    }
    true
}

fn on_transfer(call: &mut Call, at: Timestamp, step: &Step) -> bool {
    match step {
        Step::Consulted { target, agent: found, minutes, agreed, brief, .. } => {
            let with_leg = call.next_leg();
            let (agent, leg, hold) = match call.state.clone() {
                State::Talking { agent, leg } => {
                    let until = at + SignedDuration::from_mins(i64::from(*minutes));
                    let hold = Hold { since: at, until, reason: String::new(), asked: *agreed, overran: 0 };
                    (agent, leg, hold)
                }
                State::Held { agent, leg, hold } => (agent, leg, hold),
                _ => return true,
            };
            call.new_leg();
            call.transfers += 1;
            call.hold_asked = None;
            let target = found.map_or_else(|| target.clone(), Target::Agent);
            let with = Party { target, leg: with_leg, since: at, answered: false, brief: brief.clone() };
            call.state = State::Consulting { agent, leg, hold, with };
        }
        Step::ConsultAnswered { .. } => {
            if let State::Consulting { with, .. } = &mut call.state {
                with.answered = true;
            }
        }
        Step::ConsultEnded { .. } | Step::CameBack => {
            if let State::Consulting { agent, leg, .. } | State::Joined { agent, leg, .. } = call.state {
                call.state = State::Talking { agent, leg };
            }
        }
        Step::Introduced => {
            if let State::Consulting { agent, leg, with, .. } = call.state.clone() {
                call.state = State::Joined { agent, leg, with };
            }
        }
        Step::Completed { .. } => {
            if let State::Joined { with, agent, .. } | State::Consulting { with, agent, .. } = call.state.clone() {
                call.state = match with.target {
                    Target::Agent(to) => State::Talking { agent: to, leg: with.leg },
                    Target::Queue(_) | Target::Outside(_) => State::Outside { with, back_to: Some(agent) },
                };
            }
        }
        Step::SentBlind { target, agent: found, .. } => {
            let back_to = call.owner();
            let leg = call.new_leg();
            call.transfers += 1;
            let waiting = Waiting::new(at, true, back_to);
            call.hold_asked = None;
            call.state = match (found, target) {
                (Some(agent), _) | (None, Target::Agent(agent)) => {
                    State::Offered { agent: *agent, leg, rings_since: at, back_to, waiting, why: Why::Known }
                }
                (None, Target::Queue(queue)) => {
                    call.queue = *queue;
                    State::Waiting(Waiting { first: None, ..waiting })
                }
                (None, Target::Outside(_)) => {
                    let brief = crate::Sealed::new(super::call::Brief::default());
                    let with = Party { target: target.clone(), leg, since: at, answered: false, brief };
                    State::Outside { with, back_to }
                }
            };
        }
        _ => return false,
    }
    true
}

fn on_watch(call: &mut Call, step: &Step) -> bool {
    match step {
        Step::MarkedHard { .. } => {
            call.hard = true;
            call.recorded = true;
        }
        Step::Warned => call.warned = true,
        Step::Monitored { supervisor, mode } => match call.monitors.get_mut(supervisor) {
            Some(monitor) => monitor.mode = *mode,
            None => {
                let leg = call.new_leg();
                call.monitors.insert(*supervisor, Monitor { leg, mode: *mode, up: false });
            }
        },
        Step::MonitorUp { supervisor } => {
            if let Some(monitor) = call.monitors.get_mut(supervisor) {
                monitor.up = true;
            }
        }
        Step::MonitorEnded { supervisor } => {
            call.monitors.remove(supervisor);
        }
        Step::TookOver { supervisor } => {
            if let Some(monitor) = call.monitors.remove(supervisor) {
                call.state = State::Talking { agent: *supervisor, leg: monitor.leg };
            }
        }
        Step::RecordingStarted => {
            call.recorded = true;
            call.recording_paused = false;
        }
        Step::RecordingPaused => call.recording_paused = true,
        Step::RecordingResumed => call.recording_paused = false,
        Step::RecordingRefused => call.objected = true,
        _ => return false,
    }
    true
}

/// Whose hands the call has left with this step; they get their wrap-up.
pub(super) fn released(before: &Call, after: Option<&Call>) -> Vec<AgentId> {
    let had_caller = |call: &Call| match &call.state {
        // Somebody who spoke with the caller writes it up; a phone that only rang does not.
        State::Offered { .. } => None,
        _ => call.owner(),
    };
    let had = before.answered_at.and(had_caller(before));
    let has: Vec<AgentId> = after.map(|c| c.owner().into_iter().collect()).unwrap_or_default();
    had.into_iter().filter(|agent| !has.contains(agent)).collect()
}

impl Mode {
    pub fn word(self) -> &'static str {
        match self {
            Mode::Listen => "listen",
            Mode::Whisper => "whisper",
            Mode::Join => "join",
        }
    }
}
