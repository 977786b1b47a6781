//! The clock beside the work, on the ticket's page.

use axum::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Deserialize;
use warmline_desk::Wish;
use warmline_domain::AgentId;
use warmline_domain::ticket::effort::{Command, Event, Means, Said};
use warmline_domain::ticket::{Command as TicketCommand, Ticket};

use crate::on::OnTicket;
use crate::page::{Shown, Wrong};

pub(crate) struct ClockPane {
    /// Minutes of work on this clock, and after how many it asks; 0 before it ran.
    pub(crate) minutes: i64,
    pub(crate) of: i64,
    pub(crate) percent: i64,
    pub(crate) running: bool,
    pub(crate) warned: bool,
    pub(crate) asked: bool,
    pub(crate) paused: bool,
    /// This agent is at work on it.
    pub(crate) mine: bool,
    /// This agent may start it, and the page does when it is looked at.
    pub(crate) may_start: bool,
    pub(crate) by_itself: bool,
}

pub(crate) fn clock_pane(ticket: &Ticket, who: AgentId, now: Timestamp) -> ClockPane {
    let effort = &ticket.effort;
    let (spent, ask) = (effort.spent_at(now), effort.ask_after);
    let mine = effort.at_work.iter().any(|(agent, _)| *agent == who);
    let may_start = ticket.assignee == Some(who) && ticket.stage.is_ours() && !mine && ticket.offer.is_none();
    ClockPane {
        minutes: spent / 60,
        of: ask / 60,
        percent: if ask > 0 { (spent * 100 / ask).clamp(0, 100) } else { 0 },
        running: effort.since.is_some(),
        warned: effort.said == Said::Warned,
        asked: effort.said == Said::Asked && ticket.stage.is_ours() && ticket.offer.is_none(),
        paused: effort.paused,
        mine,
        may_start,
        by_itself: may_start && !effort.paused,
    }
}

#[derive(Deserialize)]
pub(crate) struct ClockForm {
    /// start, pause or carry-on.
    wish: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn change(on: OnTicket, Form(form): Form<ClockForm>) -> Shown {
    let command = match form.wish.as_str() {
        "start" => Command::Start,
        "pause" => Command::Pause { reason: form.reason },
        "carry-on" => Command::CarryOn { reason: form.reason },
        _ => return Err(Wrong::Missing),
    };
    on.command(TicketCommand::Effort(command)).await
}

/// The page is being looked at: the clock of whoever has the ticket runs, their other clocks stand.
pub(crate) async fn attend(on: OnTicket) -> Result<Response, Wrong> {
    on.app.desk.ask(Wish::Attention { agent: on.who.id, ticket: Some(on.id) }).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// For the timeline. That the clock runs and stands with every look at the page is told by the clock alone.
pub(crate) fn sentence(event: &Event, who: &str) -> Option<String> {
    Some(match event {
        Event::Started { means: Means::Page | Means::Call, .. } | Event::Left { .. } | Event::Warned => return None,
        Event::Paused { reason, .. } => format!("{who} stopped the clock: {reason}"),
        Event::Asked => "The time for a first try is over without a solution".into(),
        Event::CarriedOn { reason, spent, .. } => {
            format!("{who} carries on after {} min of work: {reason}", spent / 60)
        }
    })
}
