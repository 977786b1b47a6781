//! The trail of a ticket or a customer, exported with one click: readable, and signed so that a change shows.
//!
//! `tell` takes it from the journal, `readable` makes it something to read, `file` signs it and checks what comes back.

pub mod file;
mod readable;
mod tell;

use axum::Form;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use warmline_desk::seal::Seal;
use warmline_domain::site::Site;
use warmline_domain::ticket::Command;
use warmline_domain::ticket::trail::{Event, Form as For};
use warmline_domain::{CustomerId, TicketId};
use warmline_store::{Fault, Store};

use crate::App;
use crate::files::saved;
use crate::on::OnTicket;
use crate::page::{Shown, Wrong};
use crate::session::Who;
pub use file::Kind;

/// Whose trail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    Ticket(TicketId),
    Customer(CustomerId),
}

/// What an export is made with.
pub struct Export<'a> {
    pub store: &'a Store,
    pub site: &'a Site,
    pub seal: &'a Seal,
    pub zone: &'a TimeZone,
    pub now: Timestamp,
}

impl Export<'_> {
    /// A signed file, and what to call it.
    pub async fn file(&self, about: About, form: For, kind: Kind) -> Result<(String, Vec<u8>), Fault> {
        let trail = tell::trail(self, about, form).await?;
        let json = file::json(&trail, self.seal)?;
        let name = match (about, trail.tickets.first()) {
            (About::Ticket(_), Some(chapter)) => chapter.number.clone(),
            _ => format!("customer-{}", trail.about.rsplit(' ').next().unwrap_or_default()),
        };
        let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        let bytes = match kind {
            Kind::Json => json,
            Kind::Html => file::seal(kind, readable::html(&trail, &json)?, self.seal)?,
            Kind::Pdf => {
                let letter = self.site.policy.other_ways.paper == warmline_domain::policy::Paper::Letter;
                file::seal(kind, readable::pdf(&trail, json, letter), self.seal)?
            }
        };
        Ok((format!("trail-{name}-{}.{}", form.word(), kind.ending()), bytes))
    }
}

pub(crate) fn sentence(event: &Event, who: &str) -> String {
    let Event::Exported { form } = event;
    match form {
        For::Outside => format!("{who} exported the trail, without what is inside"),
        For::Inside => format!("{who} exported the trail, with what is inside"),
    }
}

#[derive(Deserialize)]
pub(crate) struct TrailForm {
    kind: String,
    /// Ticked on purpose: with notes and reasons.
    #[serde(default)]
    inside: Option<String>,
}

impl TrailForm {
    fn form(&self) -> For {
        if self.inside.is_some() { For::Inside } else { For::Outside }
    }
}

pub(crate) async fn of_ticket(on: OnTicket, Form(form): Form<TrailForm>) -> Shown {
    let about = About::Ticket(on.id);
    export(on, about, form).await
}

/// All tickets of this ticket's customer.
pub(crate) async fn of_customer(on: OnTicket, Form(form): Form<TrailForm>) -> Shown {
    let ticket = on.app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    export(on, About::Customer(ticket.customer), form).await
}

/// That it was exported stands on the timeline, and in the export itself.
async fn export(on: OnTicket, about: About, form: TrailForm) -> Shown {
    let kind = Kind::of(&form.kind).ok_or(Wrong::Missing)?;
    on.app.desk.ask(on.wish(Command::Export { form: form.form() })).await?;
    let (app, site) = (&on.app, on.app.desk.site());
    let (seal, zone) = (&app.settings.seal, &app.settings.zone);
    let made_with = Export { store: &app.desk.store, site: &site, seal, zone, now: app.desk.clock.now() };
    let (name, bytes) = made_with.file(about, form.form(), kind).await?;
    Ok(saved(&name, kind.media_type(), bytes))
}

/// The public half of the site's key, for whoever checks a trail.
pub(crate) async fn key(State(app): State<App>, _who: Who) -> Result<Response, Wrong> {
    let text = format!("{}\n", app.settings.seal.public()?);
    let headers = [(header::CONTENT_DISPOSITION, "attachment; filename=\"warmline-trail.key\"")];
    Ok((headers, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response())
}
