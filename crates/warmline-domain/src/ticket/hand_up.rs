//! Handing a ticket up to the next tier, or to one person there (practice P9).
//!
//! | state    | means                                             | leads out                                      |
//! |----------|---------------------------------------------------|------------------------------------------------|
//! | ours     | whoever has it works on it                        | offered, with a complete record and an ask     |
//! | offered  | still with the one who handed it up               | accepted, returned, taken back; late           |
//! | accepted | the receiver has it, with all that was promised   | offered again, to the tier above               |
//! | returned | with the sender again, and with what is missing   | offered again                                  |
//!
//! Nobody is without an owner: until somebody accepts, the sender has it. The customer is told who has it and when they
//! will hear; until an answer went out the ticket says that they have not been.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ladder::Rung;
use super::{Event as TicketEvent, Ticket, promises, record};
use crate::limits::QUESTION_CHARS;
use crate::site::Site;
use crate::site::queue::LAST_TIER;
use crate::{AgentId, RecordId, Refusal, Sealed};

/// Whom it is offered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receiver {
    Tier(u8),
    Agent(AgentId),
}

/// An offer that nobody has answered yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub id: RecordId,
    pub to: Receiver,
    pub by: AgentId,
    pub accept_by: Timestamp,
    /// Nobody accepted it in time; supervisors see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// `ask` is what the receiver is to do.
    Offer {
        id: RecordId,
        to: Receiver,
        ask: String,
    },
    TakeBack,
    Accept,
    /// Back to the sender, with what is missing.
    Return {
        id: RecordId,
        missing: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Offered {
        id: RecordId,
        to: Receiver,
        by: AgentId,
        ask: Sealed<String>,
        accept_by: Timestamp,
        /// Seconds of work on the clock, and after how many it asks.
        spent: i64,
        ask_after: i64,
        /// What was tried before, on the ladder.
        climbed: Vec<Rung>,
    },
    TakenBack,
    Accepted {
        by: AgentId,
        tier: u8,
    },
    Returned {
        id: RecordId,
        by: AgentId,
        missing: Sealed<String>,
    },
    /// Nobody accepted it in time.
    Late,
}

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    agent: AgentId,
    now: Timestamp,
    command: Command,
) -> Result<Vec<TicketEvent>, Refusal> {
    match command {
        Command::Offer { id, to, ask } => offer(ticket, site, agent, now, id, to, &ask),
        Command::TakeBack => {
            let offered = open_offer(ticket)?;
            may_take_back(ticket, site, agent, &offered)?;
            Ok(vec![TicketEvent::HandUp(Event::TakenBack)])
        }
        Command::Accept => {
            let offered = open_offer(ticket)?;
            let tier = may_receive(ticket, site, agent, &offered)?;
            let mut events = vec![TicketEvent::HandUp(Event::Accepted { by: agent, tier })];
            events.extend(promises::follow(ticket, agent));
            events.push(TicketEvent::Assigned { to: agent, reason: "accepted it".into() });
            Ok(events)
        }
        Command::Return { id, missing } => {
            let offered = open_offer(ticket)?;
            may_receive(ticket, site, agent, &offered)?;
            let missing = said(&missing, "Say what is missing", "so that they can add it and hand it up again.")?;
            Ok(vec![TicketEvent::HandUp(Event::Returned { id, by: agent, missing: Sealed::new(missing) })])
        }
    }
}

fn offer(
    ticket: &Ticket,
    site: &Site,
    agent: AgentId,
    now: Timestamp,
    id: RecordId,
    to: Receiver,
    ask: &str,
) -> Result<Vec<TicketEvent>, Refusal> {
    if ticket.offer.is_some_and(|o| o.id == id) {
        return Ok(vec![]);
    }
    if ticket.offer.is_some() {
        return Err(Refusal::state("It is handed up already and waits to be accepted.", "Take it back first."));
    }
    if ticket.assignee != Some(agent) {
        return Err(Refusal::state(
            "Whoever has a ticket hands it up.",
            "Take it first; then you know what it is about.",
        ));
    }
    receivable(site, agent, to)?;
    let ask = said(ask, "Say what the receiver is to do", "in a sentence or two.")?;
    record::complete(ticket, site, record::Act::Give, now)?;
    let accept_by = now + SignedDuration::from_mins(i64::from(site.policy.effort.accept_minutes));
    let (spent, ask_after) = (ticket.effort.spent_at(now), ticket.effort.ask_after);
    let climbed = ticket.ladder.climbed.clone();
    let offered = Event::Offered { id, to, by: agent, ask: Sealed::new(ask), accept_by, spent, ask_after, climbed };
    Ok(vec![TicketEvent::HandUp(offered)])
}

fn receivable(site: &Site, from: AgentId, to: Receiver) -> Result<(), Refusal> {
    let active = |id: &AgentId| *id != from && site.agents.get(id).is_some_and(|a| a.active);
    let somebody = match to {
        Receiver::Tier(tier) => {
            (1..=LAST_TIER).contains(&tier) && site.agents.values().any(|a| a.tier >= tier && active(&a.id))
        }
        Receiver::Agent(id) => active(&id),
    };
    if somebody {
        return Ok(());
    }
    Err(Refusal::state("Nobody there could accept it.", "Choose another tier, a colleague, or ask an outside vendor."))
}

fn open_offer(ticket: &Ticket) -> Result<Offer, Refusal> {
    let gone =
        || Refusal::state("It is not handed up any more.", "Look at the timeline; somebody may have been quicker.");
    ticket.offer.ok_or_else(gone)
}

/// Whether this agent is one of those it is offered to; the tier it has then.
fn may_receive(ticket: &Ticket, site: &Site, agent: AgentId, offer: &Offer) -> Result<u8, Refusal> {
    let tier = site.agents.get(&agent).map_or(0, |a| a.tier);
    let theirs = match offer.to {
        Receiver::Tier(from) => tier >= from && agent != offer.by,
        Receiver::Agent(id) => id == agent,
    };
    if !theirs {
        return Err(Refusal::state("It was handed up to somebody else.", "Ask them, or a supervisor."));
    }
    Ok(match offer.to {
        Receiver::Tier(from) => from,
        Receiver::Agent(_) => tier.max(ticket.tier),
    })
}

fn may_take_back(ticket: &Ticket, site: &Site, agent: AgentId, offer: &Offer) -> Result<(), Refusal> {
    let supervises = site.agents.get(&agent).is_some_and(|a| a.role >= crate::site::Role::Supervisor);
    if agent == offer.by || ticket.assignee == Some(agent) || supervises {
        return Ok(());
    }
    Err(Refusal::state("Whoever handed it up takes it back.", "Accept it, or return it with what is missing."))
}

fn said(text: &str, why: &str, way: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > QUESTION_CHARS {
        return Err(Refusal::input(format!("{why}, in 1 to {QUESTION_CHARS} characters."), format!("{why}, {way}")));
    }
    Ok(text.to_owned())
}

pub(super) fn time_came(ticket: &Ticket, now: Timestamp) -> Option<TicketEvent> {
    due(ticket).filter(|at| *at <= now).map(|_| TicketEvent::HandUp(Event::Late))
}

pub(super) fn due(ticket: &Ticket) -> Option<Timestamp> {
    ticket.offer.filter(|o| !o.late).map(|o| o.accept_by)
}

pub(super) fn evolve(ticket: &mut Ticket, at: Timestamp, event: &Event) {
    match event {
        Event::Offered { id, to, by, accept_by, .. } => {
            ticket.offer = Some(Offer { id: *id, to: *to, by: *by, accept_by: *accept_by, late: false });
            ticket.ladder.climb(Rung::NextTier);
            ticket.untold = true;
            ticket.effort.rest(at);
        }
        Event::TakenBack | Event::Returned { .. } => (ticket.offer, ticket.untold) = (None, false),
        Event::Accepted { tier, .. } => {
            (ticket.offer, ticket.tier) = (None, *tier);
            ticket.effort.begin_anew(at);
        }
        Event::Late => {
            if let Some(offer) = &mut ticket.offer {
                offer.late = true;
            }
        }
    }
}
