//! The small wishes on a ticket: who has it, what it is about, whether it rests or is done.

use axum::Form;
use axum::extract::Path;
use jiff::SignedDuration;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::ticket::{Command, Impact, Urgency};
use warmline_domain::{AgentId, MessageId, QueueId, Refusal};

use crate::forms::local_moment;
use crate::on::{OnMessage, OnTicket};
use crate::page::{Shown, Wrong};
use crate::record::RecordForm;

pub(crate) async fn reopen(on: OnTicket) -> Shown {
    on.command(Command::Reopen).await
}

/// The open question is answered with "it stays as it is".
pub(crate) async fn settle(on: OnTicket) -> Shown {
    on.command(Command::KeepTogether).await
}

#[derive(Deserialize)]
pub(crate) struct AssignForm {
    /// An agent's id, `me`, or `0` for back into the queue.
    to: String,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn assign(on: OnTicket, Form(form): Form<AssignForm>) -> Shown {
    let to = match form.to.as_str() {
        "0" => return on.command(Command::Release).await,
        "me" => on.who.id,
        other => AgentId(other.parse().map_err(|_| Wrong::Missing)?),
    };
    on.ask(Wish::Assign { by: on.who.by(), ticket: on.id, to, reason: form.reason }).await
}

#[derive(Deserialize)]
pub(crate) struct TagForm {
    tag: String,
}

pub(crate) async fn tag(on: OnTicket, Form(form): Form<TagForm>) -> Shown {
    on.command(Command::Tag { tag: form.tag }).await
}

pub(crate) async fn untag(on: OnTicket, Path((_, tag)): Path<(String, String)>) -> Shown {
    on.command(Command::Untag { tag }).await
}

#[derive(Deserialize)]
pub(crate) struct PriorityForm {
    impact: String,
    urgency: String,
}

pub(crate) async fn prioritise(on: OnTicket, Form(form): Form<PriorityForm>) -> Shown {
    let impact = Impact::ALL.into_iter().find(|i| i.word() == form.impact).ok_or(Wrong::Missing)?;
    let urgency = Urgency::ALL.into_iter().find(|u| u.word() == form.urgency).ok_or(Wrong::Missing)?;
    on.command(Command::Prioritise { impact, urgency }).await
}

#[derive(Deserialize)]
pub(crate) struct SubjectForm {
    subject: String,
}

pub(crate) async fn rename(on: OnTicket, Form(form): Form<SubjectForm>) -> Shown {
    on.command(Command::Rename { subject: form.subject }).await
}

#[derive(Deserialize)]
pub(crate) struct QueueForm {
    queue: i64,
}

pub(crate) async fn move_to(on: OnTicket, Form(form): Form<QueueForm>) -> Shown {
    on.command(Command::Move { queue: QueueId(form.queue) }).await
}

#[derive(Deserialize)]
pub(crate) struct RestForm {
    /// `2h`, `tomorrow`, `monday`, or `at` a moment.
    until: String,
    #[serde(default)]
    at: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    next: String,
}

/// Parks a ticket. "Tomorrow" and "Monday" mean eight in the morning here.
pub(crate) async fn park(on: OnTicket, Form(form): Form<RestForm>) -> Shown {
    let until = match moment(&on, &form) {
        Ok(until) => until,
        Err(refusal) => return on.refused(refusal).await,
    };
    let by = until.to_zoned(on.app.settings.zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    match RecordForm::resting(form.id, form.state, form.next, by).keep(&on).await {
        Ok(()) => on.command(Command::Park { until }).await,
        Err(DeskError::Refused(refusal)) => on.refused(refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

fn moment(on: &OnTicket, form: &RestForm) -> Result<jiff::Timestamp, Refusal> {
    let (now, zone) = (on.app.desk.clock.now(), &on.app.settings.zone);
    let today = now.to_zoned(zone.clone()).date();
    let day = match form.until.as_str() {
        "2h" => return Ok(now + SignedDuration::from_hours(2)),
        "tomorrow" => today.tomorrow(),
        "monday" => today.nth_weekday(1, jiff::civil::Weekday::Monday),
        _ => return local_moment(&form.at, zone),
    };
    let unreadable = |_| Refusal::input("That moment could not be read.", "Choose a day and a time.");
    let morning = day.map_err(unreadable)?.at(8, 0, 0, 0).to_zoned(zone.clone()).map_err(unreadable)?;
    Ok(morning.timestamp())
}

#[derive(Deserialize)]
pub(crate) struct SplitForm {
    message: i64,
}

pub(crate) async fn split(on: OnTicket, Form(form): Form<SplitForm>) -> Shown {
    on.ask(Wish::SplitOff { by: on.who.by(), ticket: on.id, message: MessageId(form.message) }).await
}

pub(crate) async fn let_in(OnMessage { ticket, message, row }: OnMessage) -> Shown {
    ticket.command(Command::LetIn { message, from: row.content.from.address }).await
}

pub(crate) async fn turn_away(OnMessage { ticket, message, .. }: OnMessage) -> Shown {
    ticket.command(Command::TurnAway { message }).await
}

#[derive(Deserialize)]
pub(crate) struct AddressForm {
    address: String,
}

/// A number or address of the ticket's customer, so that they are recognised and can be called.
pub(crate) async fn add_address(on: OnTicket, Form(form): Form<AddressForm>) -> Shown {
    let ticket = on.app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    on.ask(Wish::AddAddress { by: on.who.by(), customer: ticket.customer, address: form.address }).await
}

#[derive(Deserialize)]
pub(crate) struct OrganisationForm {
    organisation: String,
}

/// Whom the ticket's customer belongs to; an empty name takes it away.
pub(crate) async fn belongs(on: OnTicket, Form(form): Form<OrganisationForm>) -> Shown {
    let ticket = on.app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let organisation = form.organisation;
    on.ask(Wish::Belongs { by: on.who.by(), customer: ticket.customer, organisation }).await
}
