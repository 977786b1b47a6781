//! P4, the hard call, and what supervisors may do; P6, the agent's side of recording.

use super::call::{Call, Mode, State, Step};
use super::{Floor, routing};
use crate::site::{Role, Site};
use crate::{AgentId, By, Refusal, refusal};

#[derive(Clone, Debug)]
pub enum Hard {
    /// *This is getting abusive*: kept from the start, a supervisor is called.
    Mark,
    /// The warning was said.
    Warn,
    /// Ends it for conduct; needs the warning first, or a threat.
    End {
        threat: bool,
    },
    Monitor {
        mode: Mode,
    },
    StopMonitoring,
    TakeOver,
    /// On demand.
    Record,
    PauseRecording,
    ResumeRecording,
    /// The caller told the agent that they do not want to be recorded.
    Object,
}

/// Why a supervisor should look at a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alert {
    Abusive,
    HeldTooLong,
}

/// As long as no supervisor is on it.
pub fn alert(call: &Call) -> Option<Alert> {
    if !call.monitors.is_empty() {
        return None;
    }
    // The first time the promised end passes alerts the agent, the second their supervisor.
    let held = call.hold().is_some_and(|hold| hold.overran > 1);
    if call.hard { Some(Alert::Abusive) } else { held.then_some(Alert::HeldTooLong) }
}

pub(super) fn decide(
    floor: &Floor,
    call: &Call,
    site: &Site,
    now: jiff::Timestamp,
    by: AgentId,
    wish: Hard,
) -> Result<Vec<Step>, Refusal> {
    if matches!(wish, Hard::Monitor { .. } | Hard::TakeOver) && site.role(By::Agent(by)) < Some(Role::Supervisor) {
        return Err(Refusal::new(
            refusal::Kind::Permission,
            "Only supervisors join the calls of others.",
            "Ask the agent for a transfer instead.",
        ));
    }
    let own = || super::transfer::owns(call, by);
    match wish {
        Hard::Mark => own().map(|()| if call.hard { vec![] } else { vec![Step::MarkedHard { by }] }),
        Hard::Warn => own().map(|()| if call.warned { vec![] } else { vec![Step::Warned] }),
        Hard::End { threat } => {
            own()?;
            if !call.warned && !threat {
                return Err(Refusal::state(
                    "A call is ended for conduct after a warning, or because of a threat.",
                    "Say the warning and mark it, or mark the threat.",
                ));
            }
            let marked = (!call.hard).then_some(Step::MarkedHard { by });
            Ok(marked
                .into_iter()
                .chain([super::legs::ended(call, Some(by), super::call::Ending::HungUp, now)])
                .collect())
        }
        Hard::Monitor { mode } => {
            if !matches!(
                call.state,
                State::Talking { .. } | State::Held { .. } | State::Consulting { .. } | State::Joined { .. }
            ) {
                return Err(Refusal::state("Nobody is talking on this call.", "Wait until somebody has answered."));
            }
            if !call.monitors.contains_key(&by) && !routing::can_ring(floor, by) {
                return Err(Refusal::state(
                    "You are on a call yourself, or have no phone connected.",
                    "End your call, or connect the phone in this page.",
                ));
            }
            Ok(vec![Step::Monitored { supervisor: by, mode }])
        }
        Hard::StopMonitoring => {
            Ok(call.monitors.get(&by).map(|_| Step::MonitorEnded { supervisor: by }).into_iter().collect())
        }
        Hard::TakeOver => match call.monitors.get(&by) {
            Some(monitor) if monitor.up && matches!(call.state, State::Talking { .. } | State::Held { .. }) => {
                Ok(vec![Step::TookOver { supervisor: by }])
            }
            _ => Err(Refusal::state("You are not on this call yet.", "Listen or join first, then take over.")),
        },
        Hard::Record => own().and_then(|()| match call.objected {
            true => Err(Refusal::state("The caller does not want to be recorded.", "Write a note instead.")),
            false => Ok(vec![Step::RecordingStarted]),
        }),
        Hard::PauseRecording => own().map(|()| vec![Step::RecordingPaused]),
        Hard::ResumeRecording => own().map(|()| vec![Step::RecordingResumed]),
        Hard::Object => own().map(|()| vec![Step::RecordingRefused]),
    }
}
