//! P2, transfer: warm by default. The caller knows why and to whom and agrees; the destination sees the brief before
//! answering; the agent introduces them and leaves. *Back to the customer* works in every state.

use jiff::Timestamp;

use super::call::{Brief, Call, Ending, State, Step, Target};
use super::{Floor, legs, routing};
use crate::site::Site;
use crate::{AgentId, Refusal, Sealed, limits, refusal};

#[derive(Clone, Debug)]
pub enum Transfer {
    /// `agreed`: the caller was told why and to whom, and agreed.
    Consult {
        target: Target,
        agreed: bool,
        reason: String,
        brief: Brief,
    },
    Introduce,
    /// The agent leaves the two.
    Complete,
    Back,
    /// Straight through, without a word to the destination.
    Blind {
        target: Target,
        reason: String,
    },
}

pub(super) fn decide(
    floor: &Floor,
    site: &Site,
    call: &Call,
    by: AgentId,
    wish: Transfer,
) -> Result<Vec<Step>, Refusal> {
    owns(call, by)?;
    match wish {
        Transfer::Consult { target, agreed, reason, brief } => {
            if !matches!(call.state, State::Talking { .. } | State::Held { .. }) {
                return Err(Refusal::state("The caller is being put through already.", "Go back to them first."));
            }
            let agent = destination(floor, site, by, &target)?;
            if brief.problem.trim().is_empty() {
                return Err(Refusal::input(
                    "Your colleague would answer without knowing what it is about.",
                    "Say the problem in a line; the rest of the brief helps too.",
                ));
            }
            short(&reason)?;
            for text in [&brief.problem, &brief.tried, &brief.mood] {
                short(text)?;
            }
            let complete = brief.is_complete();
            let minutes = site.policy.phone.hold_minutes;
            Ok(vec![Step::Consulted { target, agent, minutes, agreed, complete, reason, brief: Sealed::new(brief) }])
        }
        Transfer::Introduce => match &call.state {
            State::Consulting { with, .. } if with.answered => Ok(vec![Step::Introduced]),
            State::Joined { .. } => Ok(vec![]),
            _ => Err(Refusal::state("Nobody has answered there yet.", "Wait for them, or go back to the customer.")),
        },
        Transfer::Complete => match &call.state {
            State::Joined { .. } => Ok(vec![call.completed(true)]),
            State::Consulting { with, .. } if with.answered => Ok(vec![call.completed(false)]),
            _ => Err(Refusal::state(
                "There is nobody to leave the customer with.",
                "Introduce them first, or go back to the customer.",
            )),
        },
        Transfer::Back => match &call.state {
            State::Consulting { .. } | State::Joined { .. } => Ok(vec![Step::CameBack]),
            State::Held { .. } => super::hold::decide(
                call,
                &site.policy.phone,
                call.hold().map_or(Timestamp::UNIX_EPOCH, |h| h.since),
                by,
                super::hold::Hold::Resume,
            ),
            _ => Ok(vec![]),
        },
        Transfer::Blind { target, reason } => {
            if reason.trim().is_empty() {
                return Err(Refusal::new(
                    refusal::Kind::NeedsReason,
                    "The customer would have to tell everything again.",
                    "Transfer warmly, or say why it cannot wait.",
                ));
            }
            short(&reason)?;
            if !matches!(call.state, State::Talking { .. } | State::Held { .. }) {
                return Err(Refusal::state("The caller is being put through already.", "Go back to them first."));
            }
            let agent = match &target {
                Target::Queue(_) => None,
                other => destination(floor, site, by, other)?,
            };
            Ok(vec![Step::SentBlind { target, agent, reason }])
        }
    }
}

/// Who would answer; refused with what is possible instead.
fn destination(floor: &Floor, site: &Site, by: AgentId, target: &Target) -> Result<Option<AgentId>, Refusal> {
    match target {
        Target::Agent(agent) => {
            let name =
                site.agents.get(agent).filter(|a| a.active).ok_or_else(|| Refusal::missing("agent"))?.name.clone();
            if *agent == by {
                return Err(Refusal::input("That is you.", "Choose somebody else."));
            }
            if !routing::can_ring(floor, *agent) {
                return Err(Refusal::state(
                    format!("{name} cannot be reached by phone at the moment."),
                    "Choose somebody else or a queue, or offer the customer a call back.",
                ));
            }
            Ok(Some(*agent))
        }
        Target::Queue(queue) => {
            let name = &site.queues.get(queue).ok_or_else(|| Refusal::missing("queue"))?.name;
            routing::colleague(floor, site, *queue, by).map(Some).ok_or_else(|| {
                Refusal::state(
                    format!("Nobody in {name} is free at the moment."),
                    "Offer the customer a call back, or put them into that queue with a reason.",
                )
            })
        }
        Target::Outside(number) => {
            let number = number.open().map(String::as_str).unwrap_or_default();
            if crate::customer::phone_number(number).is_none() {
                return Err(Refusal::input(
                    format!("“{number}” is not a phone number."),
                    "Enter it with its country code, like +1 555 0100.",
                ));
            }
            Ok(None)
        }
    }
}

/// Whether a phone's own transfer could end well there; otherwise the phone is told no and the agent keeps the caller.
pub(super) fn can_take(floor: &Floor, target: &Target) -> bool {
    match target {
        Target::Agent(agent) => routing::can_ring(floor, *agent),
        Target::Queue(_) => true,
        Target::Outside(number) => number.open().and_then(|n| crate::customer::phone_number(n)).is_some(),
    }
}

pub(super) fn owns(call: &Call, by: AgentId) -> Result<(), Refusal> {
    if call.owner() == Some(by) {
        return Ok(());
    }
    Err(Refusal::new(
        refusal::Kind::Permission,
        "This caller is with somebody else.",
        "A supervisor can listen, join or take over from the floor page.",
    ))
}

fn short(text: &str) -> Result<(), Refusal> {
    if text.chars().count() <= limits::REASON_CHARS {
        return Ok(());
    }
    Err(Refusal::input(
        format!("That is longer than {} characters.", limits::REASON_CHARS),
        "Shorten it; details belong into a note on the ticket.",
    ))
}

/// The agent ends the call in whatever state it is.
pub(super) fn hang_up(call: &Call, by: AgentId, now: Timestamp) -> Result<Vec<Step>, Refusal> {
    match &call.state {
        State::Offered { agent, .. } if *agent == by => Ok(vec![Step::NotTaken { agent: by, how: Ending::Declined }]),
        State::Calling { agent, up, .. } if *agent == by => Ok(vec![legs::not_reached(*up, Ending::HungUp)]),
        _ if call.party().is_some_and(|p| p.target == Target::Agent(by)) => {
            Ok(vec![Step::ConsultEnded { how: Ending::Declined }])
        }
        _ => {
            owns(call, by)?;
            Ok(legs::hung_up(call, Ending::HungUp, now))
        }
    }
}
