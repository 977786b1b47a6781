//! The small wishes on a ticket: who has it, what it is about, whether it rests or is done.

use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use jiff::SignedDuration;
use serde::Deserialize;
use warmline_desk::{DeskError, Outcome, Wish};
use warmline_domain::ticket::{Command, Impact, Urgency};
use warmline_domain::{AgentId, MessageId, QueueId, Refusal, refusal};

use crate::App;
use crate::forms::{InView, local_moment};
use crate::page::{Shown, Wrong};
use crate::session::Who;
use crate::tickets::{Trouble, message_and_number, ticket_id, ticket_page};

/// Asks the desk and goes back to the ticket; a refusal is said on its page.
pub(crate) async fn act(app: &App, who: &Who, number: &str, view: &InView, wish: Wish) -> Shown {
    let reason_for = match &wish {
        Wish::Assign { to, .. } => Some(*to),
        _ => None,
    };
    match app.desk.ask(wish).await {
        Ok(Outcome::Opened(_, opened)) => {
            Ok(Redirect::to(&format!("/tickets/{opened}{}", view.query())).into_response())
        }
        Ok(_) => Ok(Redirect::to(&format!("/tickets/{number}{}", view.query())).into_response()),
        Err(DeskError::Refused(refusal)) => {
            let reason_for = reason_for.filter(|_| refusal.kind == refusal::Kind::NeedsReason);
            ticket_page(app, who, number, view, Some(Trouble { refusal, seen: None, reason_for })).await
        }
        Err(fault) => Err(fault.into()),
    }
}

async fn command(app: &App, who: &Who, number: &str, view: &InView, command: Command) -> Shown {
    let ticket = ticket_id(app, number).await?;
    act(app, who, number, view, Wish::Ticket { by: who.by(), ticket, command }).await
}

macro_rules! simple {
    ($($(#[$doc:meta])* $name:ident => $command:expr;)*) => {$(
        $(#[$doc])*
        pub(crate) async fn $name(
            State(app): State<App>,
            who: Who,
            Path(number): Path<String>,
            Query(view): Query<InView>,
        ) -> Shown {
            command(&app, &who, &number, &view, $command).await
        }
    )*};
}

simple! {
    solve => Command::Solve;
    reopen => Command::Reopen;
    /// The open question is answered with "it stays as it is".
    settle => Command::KeepTogether;
}

#[derive(Deserialize)]
pub(crate) struct AssignForm {
    /// An agent's id, `me`, or `0` for back into the queue.
    to: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn assign(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<AssignForm>,
) -> Shown {
    let ticket = ticket_id(&app, &number).await?;
    let to = match form.to.as_str() {
        "me" => who.id,
        other => AgentId(other.parse().unwrap_or(0)),
    };
    let wish = if to.0 == 0 {
        Wish::Ticket { by: who.by(), ticket, command: Command::Release }
    } else {
        Wish::Assign { by: who.by(), ticket, to, reason: form.reason }
    };
    act(&app, &who, &number, &view, wish).await
}

#[derive(Deserialize)]
pub(crate) struct TagForm {
    tag: String,
}

pub(crate) async fn tag(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<TagForm>,
) -> Shown {
    command(&app, &who, &number, &view, Command::Tag { tag: form.tag }).await
}

pub(crate) async fn untag(
    State(app): State<App>,
    who: Who,
    Path((number, tag)): Path<(String, String)>,
    Query(view): Query<InView>,
) -> Shown {
    command(&app, &who, &number, &view, Command::Untag { tag }).await
}

#[derive(Deserialize)]
pub(crate) struct PriorityForm {
    impact: String,
    urgency: String,
}

pub(crate) async fn prioritise(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<PriorityForm>,
) -> Shown {
    let impact = Impact::ALL.into_iter().find(|i| i.word() == form.impact).ok_or(Wrong::Missing)?;
    let urgency = Urgency::ALL.into_iter().find(|u| u.word() == form.urgency).ok_or(Wrong::Missing)?;
    command(&app, &who, &number, &view, Command::Prioritise { impact, urgency }).await
}

#[derive(Deserialize)]
pub(crate) struct SubjectForm {
    subject: String,
}

pub(crate) async fn rename(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<SubjectForm>,
) -> Shown {
    command(&app, &who, &number, &view, Command::Rename { subject: form.subject }).await
}

#[derive(Deserialize)]
pub(crate) struct QueueForm {
    queue: i64,
}

pub(crate) async fn move_to(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<QueueForm>,
) -> Shown {
    command(&app, &who, &number, &view, Command::Move { queue: QueueId(form.queue) }).await
}

#[derive(Deserialize)]
pub(crate) struct RestForm {
    /// `2h`, `tomorrow`, `monday`, or a moment.
    until: String,
    #[serde(default)]
    at: String,
}

/// Parks a ticket. "Tomorrow" and "Monday" mean eight in the morning here.
pub(crate) async fn park(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<RestForm>,
) -> Shown {
    let now = app.desk.clock.now();
    let today = now.to_zoned(app.settings.zone.clone()).date();
    let morning = |date: jiff::civil::Date| {
        date.at(8, 0, 0, 0)
            .to_zoned(app.settings.zone.clone())
            .map(|z| z.timestamp())
            .map_err(|_| Refusal::input("That moment could not be read.", "Choose a day and a time."))
    };
    let until = match form.until.as_str() {
        "2h" => now + SignedDuration::from_hours(2),
        "tomorrow" => morning(today.tomorrow().unwrap_or(today))?,
        "monday" => morning(today.nth_weekday(1, jiff::civil::Weekday::Monday).unwrap_or(today))?,
        _ => local_moment(&form.at, &app.settings.zone)?,
    };
    command(&app, &who, &number, &view, Command::Park { until }).await
}

#[derive(Deserialize)]
pub(crate) struct SplitForm {
    message: i64,
}

pub(crate) async fn split(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<SplitForm>,
) -> Shown {
    let ticket = ticket_id(&app, &number).await?;
    let wish = Wish::SplitOff { by: who.by(), ticket, message: MessageId(form.message) };
    act(&app, &who, &number, &view, wish).await
}

pub(crate) async fn let_in(
    State(app): State<App>,
    who: Who,
    Path(message): Path<i64>,
    Query(view): Query<InView>,
) -> Shown {
    let (ticket, number, row) = message_and_number(&app, message).await?;
    let command = Command::LetIn { message: MessageId(message), from: row.content.from.address };
    act(&app, &who, &number, &view, Wish::Ticket { by: who.by(), ticket, command }).await
}

pub(crate) async fn turn_away(
    State(app): State<App>,
    who: Who,
    Path(message): Path<i64>,
    Query(view): Query<InView>,
) -> Shown {
    let (ticket, number, _) = message_and_number(&app, message).await?;
    let command = Command::TurnAway { message: MessageId(message) };
    act(&app, &who, &number, &view, Wish::Ticket { by: who.by(), ticket, command }).await
}
