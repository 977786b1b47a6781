//! *Drop everything*, on the ticket: asking, seeing what becomes late, accepting or saying no.

use axum::Form;
use serde::Deserialize;
use warmline_desk::Wish;
use warmline_domain::AgentId;
use warmline_domain::site::Role;
use warmline_domain::ticket::drop_everything::{Command, Event, Late};
use warmline_domain::ticket::{Command as TicketCommand, Ticket};

use crate::App;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong, moment};
use crate::session::Who;
use crate::timeline::{Eyes, author};

pub(crate) struct AskedView {
    pub(crate) by: String,
    pub(crate) to: String,
    pub(crate) reason: String,
    pub(crate) minutes: u32,
    /// It is I who am asked.
    pub(crate) me: bool,
    /// I may take it back.
    pub(crate) mine: bool,
    pub(crate) late: Vec<LateView>,
}

pub(crate) struct LateView {
    pub(crate) number: String,
    pub(crate) subject: String,
    pub(crate) what: String,
    pub(crate) due: String,
}

pub(crate) async fn asked_view(app: &App, who: &Who, ticket: &Ticket) -> Result<Option<AskedView>, Wrong> {
    let Some(asked) = &ticket.dropping else { return Ok(None) };
    let (site, now, store) = (app.desk.site(), app.desk.clock.now(), &app.desk.store);
    let mut late = Vec::new();
    for one in &asked.late {
        let subject = store.ticket(one.ticket).await?.and_then(|t| t.value.subject.open().cloned()).unwrap_or_default();
        let promises = store.promises_of(one.ticket).await?;
        let what = match (one.promise, one.target) {
            (Some(id), _) => {
                promises.into_iter().find(|p| p.id == id).map_or("a promise".into(), |p| format!("“{}”", p.what))
            }
            (None, Some(target)) => target.named().to_owned(),
            (None, None) => continue,
        };
        let due = moment(one.due, now, &app.settings.zone);
        late.push(LateView { number: one.number.to_string(), subject, what, due });
    }
    let name = |id: AgentId| author(warmline_domain::By::Agent(id), &site, "");
    Ok(Some(AskedView {
        by: name(asked.by),
        to: name(asked.to),
        reason: asked.reason.clone(),
        minutes: asked.minutes,
        me: asked.to == who.id,
        mine: asked.by == who.id || who.role >= Role::Supervisor,
        late,
    }))
}

#[derive(Deserialize)]
pub(crate) struct AskForm {
    /// ask, accept, refuse or take-back.
    wish: String,
    #[serde(default)]
    to: i64,
    #[serde(default)]
    minutes: u32,
    #[serde(default)]
    reason: String,
}

pub(crate) async fn change(on: OnTicket, Form(form): Form<AskForm>) -> Shown {
    let command = match form.wish.as_str() {
        "ask" => {
            let (to, minutes, reason) = (AgentId(form.to), form.minutes, form.reason);
            return on.ask(Wish::AskToDrop { by: on.who.by(), ticket: on.id, to, minutes, reason }).await;
        }
        "accept" => Command::Accept { gives: form.reason },
        "refuse" => Command::Refuse { reason: form.reason },
        "take-back" => Command::TakeBack,
        _ => return Err(Wrong::Missing),
    };
    on.command(TicketCommand::DropEverything(command)).await
}

/// What happened, in words.
pub(crate) fn sentence(event: &Event, who: &str, eyes: &Eyes<'_>) -> String {
    let at = |t| moment(t, eyes.now, eyes.zone);
    let name = |id: AgentId| author(warmline_domain::By::Agent(id), eyes.site, "");
    let one = |late: &Late| {
        let what = late.target.map_or("a promise", |t| t.named());
        format!("{what} on {} due {}", late.number, at(late.due))
    };
    match event {
        Event::EverythingAsked(asked) => {
            let late: Vec<String> = asked.late.iter().map(one).collect();
            let late = match late.is_empty() {
                true => "nothing of theirs becomes late".to_owned(),
                false => format!("late by it: {}", late.join(", ")),
            };
            format!("{who} asked {} to drop everything: {} ({late})", name(asked.to), asked.reason)
        }
        Event::EverythingDropped { gives, .. } if gives.is_empty() => format!("{who} dropped everything for it"),
        Event::EverythingDropped { gives, .. } => format!("{who} dropped everything for it; what gives: {gives}"),
        Event::EverythingKept { reason, .. } => format!("{who} said no: {reason}"),
        Event::EverythingTakenBack => "Nobody is asked to drop everything any more".into(),
    }
}
