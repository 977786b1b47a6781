//! Calls about a ticket: what happened on the line stands on its timeline, and moves it where a call moves it.

use jiff::Timestamp;

use super::stage;
use super::{Event, Note, Stage, Ticket, arrivals, effort, recordings};
use crate::floor::{Recorded, Step};
use crate::site::Site;
use crate::{CallId, NoteId, Sealed, TicketId};

/// Something happened on a call about this ticket.
#[derive(Clone, Debug)]
pub struct CallNews {
    pub call: CallId,
    pub step: Step,
    /// The brief of a transfer is kept as a note, under this identifier.
    pub note: NoteId,
    /// What was kept of the call until this step.
    pub recorded: Option<Recorded>,
}

/// A call that is about nothing we know yet.
#[derive(Clone, Debug)]
pub struct CallOpening {
    pub opening: super::Opening,
    /// What is known of the caller.
    pub name: String,
    pub line: String,
}

/// Which of a caller's tickets, the newest first, a call is about: the newest that is not done.
pub fn called_about<'a>(mut tickets: impl Iterator<Item = &'a Ticket>) -> Option<TicketId> {
    tickets.find(|t| !matches!(t.stage, Stage::Solved | Stage::Closed)).map(|t| t.id)
}

/// What does not change the caller's story is on the floor's journal alone.
fn is_told(step: &Step) -> bool {
    !matches!(
        step,
        Step::Offered { .. }
            | Step::AskedAround
            | Step::AgentReady
            | Step::MonitorUp { .. }
            | Step::Rejoining
            | Step::Stayed
            | Step::Parted
            // The first time tells what they were promised; the rest is told to them alone.
            | Step::Announced { again: true, .. }
    )
}

pub(super) fn opened(new: CallOpening) -> Vec<Event> {
    let super::Opening { ticket, number, queue, customer, .. } = new.opening;
    let line = if new.line.is_empty() { String::new() } else { format!(" on {}", new.line) };
    let subject = format!("Call from {}{line}", new.name);
    vec![Event::Opened { id: ticket, number, queue, customer, subject: Sealed::new(subject) }]
}

pub(super) fn happened(ticket: &Ticket, site: &Site, now: Timestamp, news: CallNews) -> Vec<Event> {
    let CallNews { call, step, note, recorded } = news;
    let mut events = Vec::new();
    match &step {
        Step::Arrived { .. } => events.extend(arrivals::customer_wrote(ticket, now)),
        Step::Answered { agent, .. } | Step::TookOver { supervisor: agent } => {
            if ticket.assignee.is_none() {
                events.push(Event::Assigned { to: *agent, reason: String::new() });
            }
            if let Some(stage) = ticket.stage.after(stage::Step::AnswerAndKeep).filter(|s| *s != ticket.stage) {
                events.push(Event::StageChanged { stage, since: now, close_at: None, wake_at: None });
            }
        }
        // Whoever has the caller has the ticket.
        Step::Completed { to: Some(to), .. } if ticket.assignee != Some(*to) => {
            events.push(Event::Assigned { to: *to, reason: "took the call over".into() });
        }
        Step::CallerLost { .. } | Step::NotReached { .. } | Step::NotPlaced { .. } if !ticket.stage.is_ours() => {
            events.push(Event::StageChanged { stage: Stage::Open, since: now, close_at: None, wake_at: None });
        }
        Step::Consulted { brief, .. } => {
            if let Some(brief) = brief.open() {
                events.push(Event::NoteWritten {
                    note,
                    content: Sealed::new(Note { text: brief.written("Brief for the transfer") }),
                });
            }
        }
        _ => {}
    }
    if let Step::Answered { agent, .. } | Step::TookOver { supervisor: agent } = &step {
        events.extend(effort::started(ticket, site, *agent, effort::Means::Call).map(Event::Effort));
    }
    if matches!(step, Step::Ended { .. }) {
        events.extend(effort::hung_up(ticket).into_iter().map(Event::Effort));
    }
    events.extend(recorded.and_then(|r| recordings::ended(&site.policy.recordings, now, call, &step, r)));
    if is_told(&step) {
        events.insert(0, Event::OnCall { call, step: Box::new(step) });
    }
    events
}
