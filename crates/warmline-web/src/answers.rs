//! Answers to customers, and notes to ourselves. Two forms, two routes, two types.

use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect};
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::ticket::{Command, Message, Note, Then};
use warmline_domain::{MessageId, NoteId, Refusal};
use warmline_store::Draft;

use crate::App;
use crate::drafts::keep_draft;
use crate::forms::{InView, addresses, local_moment};
use crate::page::{Shown, draw};
use crate::session::Who;
use crate::tickets::{Trouble, message_and_number, ticket_id, ticket_page};

#[derive(Deserialize)]
pub(crate) struct AnswerForm {
    message: i64,
    seen: i64,
    to: String,
    #[serde(default)]
    cc: String,
    text: String,
    #[serde(default)]
    then: String,
    #[serde(default)]
    send_at: String,
}

/// Sends when the undo window closes. Whatever goes wrong, the text stays as a draft.
pub(crate) async fn create(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<AnswerForm>,
) -> Shown {
    let id = ticket_id(&app, &number).await?;
    let store = &app.desk.store;
    let attachments = store.draft(who.id, id, "answer").await?.map(|(_, d)| d.attachments).unwrap_or_default();
    let draft = Draft { text: form.text.clone(), to: form.to.clone(), cc: form.cc.clone(), attachments };
    let outcome = match wish(&app, &form, &draft) {
        Ok(answer) => app.desk.ask(Wish::Answer { by: who.by(), ticket: id, answer: Box::new(answer) }).await,
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match outcome {
        Ok(_) => {
            keep_draft(&app, who.id, id, "answer", &Draft::default()).await?;
            Ok(Redirect::to(&format!("/tickets/{number}{}", view.query())).into_response())
        }
        Err(DeskError::Refused(refusal)) => {
            keep_draft(&app, who.id, id, "answer", &draft).await?;
            let stale = refusal.kind == warmline_domain::refusal::Kind::Stale;
            let trouble = Trouble { refusal, seen: stale.then_some(form.seen), reason_for: None };
            ticket_page(&app, &who, &number, &view, Some(trouble)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

fn wish(app: &App, form: &AnswerForm, draft: &Draft) -> Result<warmline_desk::Draft, Refusal> {
    let send_at = match form.send_at.as_str() {
        "" => None,
        text => Some(local_moment(text, &app.settings.zone)?),
    };
    let content = Message {
        to: addresses(&form.to),
        cc: addresses(&form.cc),
        text: form.text.replace("\r\n", "\n"),
        attachments: draft.attachments.clone(),
        ..Message::default()
    };
    let then = match form.then.as_str() {
        "keep" => Then::Keep,
        "solve" => Then::Solve,
        _ => Then::Wait,
    };
    Ok(warmline_desk::Draft { message: MessageId(form.message), seen: form.seen, content, send_at, then })
}

#[derive(Deserialize)]
pub(crate) struct NoteForm {
    note: i64,
    text: String,
}

pub(crate) async fn create_note(
    State(app): State<App>,
    who: Who,
    Path(number): Path<String>,
    Query(view): Query<InView>,
    Form(form): Form<NoteForm>,
) -> Shown {
    let id = ticket_id(&app, &number).await?;
    let text = form.text.replace("\r\n", "\n");
    let command = Command::WriteNote { note: NoteId(form.note), content: Note { text: text.clone() } };
    match app.desk.ask(Wish::Ticket { by: who.by(), ticket: id, command }).await {
        Ok(_) => {
            keep_draft(&app, who.id, id, "note", &Draft::default()).await?;
            Ok(Redirect::to(&format!("/tickets/{number}{}", view.query())).into_response())
        }
        Err(DeskError::Refused(refusal)) => {
            keep_draft(&app, who.id, id, "note", &Draft { text, ..Draft::default() }).await?;
            let trouble = Trouble { refusal, seen: None, reason_for: None };
            ticket_page(&app, &who, &number, &view, Some(trouble)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// Takes an answer back while it can be; its text returns to the composer.
pub(crate) async fn withdraw(
    State(app): State<App>,
    who: Who,
    Path(message): Path<i64>,
    Query(view): Query<InView>,
) -> Shown {
    let (ticket, number, row) = message_and_number(&app, message).await?;
    let command = Command::Withdraw { message: MessageId(message) };
    match app.desk.ask(Wish::Ticket { by: who.by(), ticket, command }).await {
        Ok(_) => {
            let content = row.content;
            let draft = Draft {
                text: content.text,
                to: crate::forms::addresses_as_text(&content.to),
                cc: crate::forms::addresses_as_text(&content.cc),
                attachments: content.attachments,
            };
            keep_draft(&app, who.id, ticket, "answer", &draft).await?;
            Ok(Redirect::to(&format!("/tickets/{number}{}", view.query())).into_response())
        }
        Err(DeskError::Refused(refusal)) => {
            let trouble = Trouble { refusal, seen: None, reason_for: None };
            ticket_page(&app, &who, &number, &view, Some(trouble)).await
        }
        Err(fault) => Err(fault.into()),
    }
}

pub(crate) async fn send_again(
    State(app): State<App>,
    who: Who,
    Path(message): Path<i64>,
    Query(view): Query<InView>,
) -> Shown {
    let (ticket, number, _) = message_and_number(&app, message).await?;
    let command = Command::SendAgain { message: MessageId(message) };
    crate::work::act(&app, &who, &number, &view, Wish::Ticket { by: who.by(), ticket, command }).await
}

#[derive(Template)]
#[template(path = "preview.html")]
struct Preview {
    html: String,
    to: String,
    subject: String,
}

#[derive(Deserialize)]
pub(crate) struct PreviewForm {
    #[serde(default)]
    to: String,
    #[serde(default)]
    text: String,
}

/// The answer as the customer will see it. Takes the text of an answer and nothing from inside.
pub(crate) async fn preview(
    State(app): State<App>,
    _who: Who,
    Path(number): Path<String>,
    Form(form): Form<PreviewForm>,
) -> Shown {
    let id = ticket_id(&app, &number).await?;
    let ticket = app.desk.store.ticket(id).await?.ok_or(crate::page::Wrong::Missing)?.value;
    let subject = ticket.subject.open().cloned().unwrap_or_default();
    let html = warmline_mail::markdown_to_html(&form.text.replace("\r\n", "\n"));
    draw(&Preview { html, to: form.to, subject: format!("Re: {subject} [{}]", ticket.number) })
}
