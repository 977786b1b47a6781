//! P1, hold: the caller is asked, told why and for how long, and agrees. Holding without asking works, because an
//! emergency is one, and is counted as abrupt.

use jiff::Timestamp;

use super::call::{Call, State, Step};
use super::legs::seconds;
use crate::policy::Phone;
use crate::{AgentId, Refusal, limits};

#[derive(Clone, Debug)]
pub enum Hold {
    /// The agent asks the caller, with the card's sentence.
    Ask {
        reason: String,
        minutes: u32,
    },
    /// The caller agrees: the hold begins.
    Agreed,
    /// The caller does not: the card shows the other ways.
    Refused,
    /// Without asking.
    Abrupt,
    /// The agent looked in and asked for more time.
    Extend {
        minutes: u32,
    },
    Resume,
}

pub(super) fn decide(
    call: &Call,
    policy: &Phone,
    now: Timestamp,
    by: AgentId,
    wish: Hold,
) -> Result<Vec<Step>, Refusal> {
    super::transfer::owns(call, by)?;
    let talking = || match call.state {
        State::Talking { .. } => Ok(()),
        State::Held { .. } | State::Consulting { .. } => {
            Err(Refusal::state("The caller is on hold already.", "Go back to them first."))
        }
        _ => Err(Refusal::state("Nobody is there to be asked.", "Wait until the caller is on the line.")),
    };
    match wish {
        Hold::Ask { reason, minutes } => {
            talking()?;
            let reason = reason.trim().to_owned();
            if reason.is_empty() || reason.chars().count() > limits::REASON_CHARS {
                return Err(Refusal::input(
                    "The caller is told why they wait, and the reason is missing or too long.",
                    "Say it in a few words, like “look at the ink log with a colleague”.",
                ));
            }
            minutes_fit(minutes)?;
            Ok(vec![Step::HoldAsked { reason, minutes }])
        }
        Hold::Agreed => {
            talking()?;
            match &call.hold_asked {
                Some(ask) => Ok(vec![Step::Held { reason: ask.reason.clone(), minutes: ask.minutes, asked: true }]),
                None => Err(Refusal::state("The caller was not asked yet.", "Use “Ask to hold” first.")),
            }
        }
        Hold::Refused => Ok(call.hold_asked.as_ref().map(|_| Step::HoldRefused).into_iter().collect()),
        Hold::Abrupt => {
            talking()?;
            Ok(vec![Step::Held { reason: String::new(), minutes: policy.hold_minutes, asked: false }])
        }
        Hold::Extend { minutes } => {
            minutes_fit(minutes)?;
            match call.hold() {
                Some(_) => Ok(vec![Step::HoldExtended { minutes }]),
                None => Err(Refusal::state("Nobody is on hold.", "There is nothing to extend.")),
            }
        }
        Hold::Resume => match &call.state {
            State::Held { hold, .. } => Ok(vec![Step::Resumed { seconds: seconds(hold.since, now) }]),
            State::Consulting { .. } | State::Joined { .. } => Ok(vec![Step::CameBack]),
            _ => Ok(vec![]),
        },
    }
}

fn minutes_fit(minutes: u32) -> Result<(), Refusal> {
    if (1..=limits::HOLD_MINUTES).contains(&minutes) {
        return Ok(());
    }
    Err(Refusal::input(
        format!("A hold can be promised for 1 to {} minutes.", limits::HOLD_MINUTES),
        "For longer, offer to call back at a time.",
    ))
}
