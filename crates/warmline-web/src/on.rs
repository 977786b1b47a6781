//! What a form sent from a ticket's page stands on: who sent it, which ticket or message it is about, and the list
//! that stands beside it. What the desk answers goes back to that page.

use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect};
use warmline_desk::{DeskError, Outcome, Wish};
use warmline_domain::ticket::Command;
use warmline_domain::{AgentId, MessageId, NoteId, Refusal, TicketId, refusal};
use warmline_store::{MessageRow, NoteRow};

use crate::App;
use crate::forms::InView;
use crate::page::{Shown, Wrong};
use crate::session::Who;
use crate::tickets::{Trouble, ticket_id, ticket_page};

/// A form on a ticket (`{number}` in the path).
pub(crate) struct OnTicket {
    pub(crate) app: App,
    pub(crate) who: Who,
    pub(crate) number: String,
    pub(crate) id: TicketId,
    pub(crate) view: InView,
}

/// A form on one message of a ticket (`{id}` in the path).
pub(crate) struct OnMessage {
    pub(crate) ticket: OnTicket,
    pub(crate) message: MessageId,
    pub(crate) row: MessageRow,
}

/// A form on one note of a ticket (`{id}` in the path).
pub(crate) struct OnNote {
    pub(crate) ticket: OnTicket,
    pub(crate) note: NoteId,
    pub(crate) row: NoteRow,
}

impl FromRequestParts<App> for OnTicket {
    type Rejection = Wrong;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Wrong> {
        let (who, view) = who_and_view(parts, app).await?;
        let number = in_path(parts, "number").await?;
        let id = ticket_id(app, &number).await?;
        Ok(OnTicket { app: app.clone(), who, number, id, view })
    }
}

impl FromRequestParts<App> for OnMessage {
    type Rejection = Wrong;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Wrong> {
        let (who, view) = who_and_view(parts, app).await?;
        let message = MessageId(in_path(parts, "id").await?.parse().map_err(|_| Wrong::Missing)?);
        let (id, row) = app.desk.store.message(message).await?.ok_or(Wrong::Missing)?;
        let number = app.desk.store.ticket(id).await?.ok_or(Wrong::Missing)?.value.number.to_string();
        Ok(OnMessage { ticket: OnTicket { app: app.clone(), who, number, id, view }, message, row })
    }
}

impl FromRequestParts<App> for OnNote {
    type Rejection = Wrong;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Wrong> {
        let (who, view) = who_and_view(parts, app).await?;
        let note = NoteId(in_path(parts, "id").await?.parse().map_err(|_| Wrong::Missing)?);
        let (id, row) = app.desk.store.note(note).await?.ok_or(Wrong::Missing)?;
        let number = app.desk.store.ticket(id).await?.ok_or(Wrong::Missing)?.value.number.to_string();
        Ok(OnNote { ticket: OnTicket { app: app.clone(), who, number, id, view }, note, row })
    }
}

async fn who_and_view(parts: &mut Parts, app: &App) -> Result<(Who, InView), Wrong> {
    let who = <Who as FromRequestParts<App>>::from_request_parts(parts, app).await?;
    let view = Query::<InView>::from_request_parts(parts, app).await.map_err(|_| Wrong::Missing)?;
    Ok((who, view.0))
}

async fn in_path(parts: &mut Parts, name: &str) -> Result<String, Wrong> {
    let all = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| Wrong::Missing)?;
    all.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).ok_or(Wrong::Missing)
}

impl OnTicket {
    /// Back to the ticket's page.
    pub(crate) fn back(&self) -> Shown {
        Ok(Redirect::to(&format!("/tickets/{}{}", self.number, self.view.query())).into_response())
    }

    /// The ticket's page with what was refused on top.
    pub(crate) async fn refused(&self, refusal: Refusal) -> Shown {
        self.trouble(Trouble { refusal, seen: None, reason_for: None, about_words: false }).await
    }

    pub(crate) async fn trouble(&self, trouble: Trouble) -> Shown {
        ticket_page(&self.app, &self.who, &self.number, &self.view, Some(trouble)).await
    }

    pub(crate) fn wish(&self, command: Command) -> Wish {
        Wish::Ticket { by: self.who.by(), ticket: self.id, command }
    }

    pub(crate) async fn command(&self, command: Command) -> Shown {
        self.ask(self.wish(command)).await
    }

    /// Asks the desk and goes back to the ticket; a refusal is said on its page.
    pub(crate) async fn ask(&self, wish: Wish) -> Shown {
        let given_to: Option<AgentId> = match &wish {
            Wish::Assign { to, .. } => Some(*to),
            _ => None,
        };
        match self.app.desk.ask(wish).await {
            Ok(Outcome::Opened(_, opened)) => {
                Ok(Redirect::to(&format!("/tickets/{opened}{}", self.view.query())).into_response())
            }
            Ok(_) => self.back(),
            Err(DeskError::Refused(refusal)) => {
                let reason_for = given_to.filter(|_| refusal.kind == refusal::Kind::NeedsReason);
                self.trouble(Trouble { refusal, seen: None, reason_for, about_words: false }).await
            }
            Err(fault) => Err(fault.into()),
        }
    }
}
