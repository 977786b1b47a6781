//! *Drop everything*: somebody is asked to take this ticket now, whatever else they have.
//!
//! | state    | means                                                   | leads out                             |
//! |----------|---------------------------------------------------------|---------------------------------------|
//! | –        | nobody is asked                                         | asked                                 |
//! | asked    | they see what of theirs would be late; it stands on the ticket | accepted, refused, taken back   |
//!
//! Accepting gives them the ticket; when something of theirs becomes late, they say what gives. Saying no needs a reason, so
//! that whoever asked can weigh it. What becomes late is worked out from their promises and targets when they are asked.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Stage, Target, Ticket};
use crate::limits::{DROP_MINUTES, REASON_CHARS};
use crate::site::{Role, Site};
use crate::{AgentId, By, PromiseId, Refusal, TicketId, TicketNumber, refusal};

/// Somebody is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    pub by: AgentId,
    pub to: AgentId,
    pub minutes: u32,
    pub reason: String,
    pub late: Vec<Late>,
}

/// What would be late, were everything dropped for so long.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Late {
    pub due: Timestamp,
    pub ticket: TicketId,
    pub number: TicketNumber,
    /// A promise, or else the target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promise: Option<PromiseId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// `late` is what [`becomes_late`] says of theirs now.
    Ask {
        to: AgentId,
        minutes: u32,
        reason: String,
        late: Vec<Late>,
    },
    Accept {
        gives: String,
    },
    Refuse {
        reason: String,
    },
    TakeBack,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    EverythingAsked(Asked),
    /// What gives for it; may be empty when nothing becomes late.
    EverythingDropped {
        by: AgentId,
        gives: String,
    },
    EverythingKept {
        by: AgentId,
        reason: String,
    },
    EverythingTakenBack,
}

/// Of these tickets, what this agent has promised or is to answer from now until so many minutes are over, soonest first.
/// What is late already does not become late by it.
pub fn becomes_late<'a>(
    tickets: impl Iterator<Item = &'a Ticket>,
    agent: AgentId,
    but: TicketId,
    now: Timestamp,
    minutes: u32,
) -> Vec<Late> {
    let until = now + SignedDuration::from_mins(i64::from(minutes));
    let soon = |due: Timestamp| due > now && due <= until;
    let mut late: Vec<Late> = Vec::new();
    for ticket in tickets.filter(|t| t.id != but) {
        let of = |due, promise, target| Late { due, ticket: ticket.id, number: ticket.number, promise, target };
        let promised = ticket.promises.iter().filter(|(_, p)| p.owner == agent && soon(p.due));
        late.extend(promised.map(|(id, p)| of(p.due, Some(*id), None)));
        if ticket.assignee == Some(agent) {
            let targets = ticket.targets.iter().filter(|(_, c)| !c.rests && soon(c.due));
            late.extend(targets.map(|(target, c)| of(c.due, None, Some(*target))));
        }
    }
    late.sort();
    late.dedup();
    late
}

pub(super) fn decide(ticket: &Ticket, site: &Site, by: By, command: Command) -> Result<Vec<super::Event>, Refusal> {
    let me = by.agent().ok_or_else(|| {
        Refusal::new(refusal::Kind::Permission, "Only people ask this of each other.", "Sign in as an agent.")
    })?;
    let asked = ticket.dropping.as_ref();
    let mine = asked.filter(|a| a.to == me);
    match command {
        Command::Ask { to, minutes, reason, late } => {
            let asked = Asked { by: me, to, minutes, reason, late };
            ask(ticket, site, asked).map(|event| vec![super::Event::DropEverything(event)])
        }
        Command::Accept { gives } => accept(ticket, me, mine.ok_or_else(not_asked)?, &gives),
        Command::Refuse { reason } => {
            mine.ok_or_else(not_asked)?;
            let reason = said(&reason, "Say in a few words why not; whoever asked weighs it.")?;
            Ok(vec![super::Event::DropEverything(Event::EverythingKept { by: me, reason })])
        }
        Command::TakeBack => {
            let may = asked.is_some_and(|a| a.by == me || site.role(by) >= Some(Role::Supervisor));
            if !may {
                return Err(Refusal::state(
                    "There is nothing of yours to take back here.",
                    "Look at the ticket again.",
                ));
            }
            Ok(vec![super::Event::DropEverything(Event::EverythingTakenBack)])
        }
    }
}

fn ask(ticket: &Ticket, site: &Site, asked: Asked) -> Result<Event, Refusal> {
    let to = site.agents.get(&asked.to).filter(|a| a.active).ok_or_else(|| Refusal::missing("agent"))?;
    if matches!(ticket.stage, Stage::Solved | Stage::Closed) {
        return Err(Refusal::state("This ticket is done; nobody needs to drop anything for it.", "Reopen it first."));
    }
    if ticket.assignee == Some(asked.to) {
        return Err(Refusal::state(format!("{} has it already.", to.name), "Talk to them, or ask somebody else."));
    }
    if asked.by == asked.to {
        return Err(Refusal::input("You need not ask yourself.", "Take the ticket."));
    }
    if let Some(before) = &ticket.dropping {
        let name = site.agents.get(&before.to).map_or("Somebody", |a| &a.name);
        let way = "Wait for the answer, or take that back first.";
        return Err(Refusal::state(format!("{name} is asked already and has not answered yet."), way));
    }
    if !(5..=DROP_MINUTES).contains(&asked.minutes) {
        return Err(Refusal::input(
            format!("Everything can be dropped for 5 to {DROP_MINUTES} minutes."),
            "Say how long it will probably take.",
        ));
    }
    let reason = said(&asked.reason, "Say in a few words why this cannot wait.")?;
    Ok(Event::EverythingAsked(Asked { reason, ..asked }))
}

fn accept(ticket: &Ticket, me: AgentId, asked: &Asked, gives: &str) -> Result<Vec<super::Event>, Refusal> {
    let gives: String = gives.trim().chars().take(REASON_CHARS).collect();
    if !asked.late.is_empty() && gives.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            "Something of yours becomes late by this; whoever asked needs to know what gives.",
            "Say what moves, who takes it, or that you will still manage. Or say no, with a reason.",
        ));
    }
    let mut events = vec![super::Event::DropEverything(Event::EverythingDropped { by: me, gives })];
    events.extend(super::promises::follow(ticket, me));
    events.push(super::Event::Assigned { to: me, reason: String::new() });
    Ok(events)
}

fn said(reason: &str, way: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
    if reason.is_empty() {
        return Err(Refusal::new(refusal::Kind::NeedsReason, "This needs a reason; it stands on the timeline.", way));
    }
    Ok(reason)
}

fn not_asked() -> Refusal {
    Refusal::state("You are not asked to drop anything for this ticket.", "Look at it again; it may be taken back.")
}

pub(super) fn evolve(ticket: &mut Ticket, event: &Event) {
    ticket.dropping = match event {
        Event::EverythingAsked(asked) => Some(asked.clone()),
        Event::EverythingDropped { .. } | Event::EverythingKept { .. } | Event::EverythingTakenBack => None,
    };
}

/// Whoever was asked has it now, or it is done: nobody is asked any more.
pub(super) fn follow(ticket: &Ticket) -> Option<Event> {
    let asked = ticket.dropping.as_ref()?;
    let over = matches!(ticket.stage, Stage::Solved | Stage::Closed) || ticket.assignee == Some(asked.to);
    over.then_some(Event::EverythingTakenBack)
}
