//! Answers to customers, and notes to ourselves. Two forms, two routes, two types.

use askama::Template;
use axum::Form;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::ticket::{Command, Message, Note, Then};
use warmline_domain::{MessageId, NoteId, QueueId, Refusal, refusal};
use warmline_store::{Draft, DraftBeside};

use crate::App;
use crate::drafts::keep_draft;
use crate::forms::{addresses, addresses_as_text, local_moment};
use crate::honesty;
use crate::on::{OnMessage, OnTicket};
use crate::page::{Shown, draw};
use crate::promises::new_promises;
use crate::session::Who;
use crate::tickets::Trouble;

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
    /// The first identifier for the promises it makes, and these, a line each.
    #[serde(default)]
    promise: i64,
    #[serde(default)]
    promises: String,
    #[serde(default)]
    phrases: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    grounds: String,
    #[serde(default)]
    corrects: i64,
    #[serde(default)]
    shows: i64,
    #[serde(default)]
    shows_why: String,
}

/// Sends when the undo window closes. Whatever goes wrong, the text stays as a draft.
pub(crate) async fn create(on: OnTicket, Form(form): Form<AnswerForm>) -> Shown {
    send(on, form, "answer").await
}

/// Asks a third party: a leg of the ticket that the customer does not see.
pub(crate) async fn forward(on: OnTicket, Form(form): Form<AnswerForm>) -> Shown {
    send(on, form, "forward").await
}

async fn send(on: OnTicket, form: AnswerForm, kind: &'static str) -> Shown {
    let (app, ticket) = (&on.app, on.id);
    let kept = app.desk.store.draft(on.who.id, ticket, kind).await?;
    let attachments = kept.map(|(_, d)| d.attachments).unwrap_or_default();
    let draft = Draft {
        text: form.text.clone(),
        to: form.to.clone(),
        cc: form.cc.clone(),
        attachments,
        promises: form.promises.clone(),
        phrases: form.phrases.clone(),
        reason: form.reason.clone(),
        beside: DraftBeside {
            grounds: form.grounds.clone(),
            corrects: form.corrects,
            shows: form.shows,
            shows_why: form.shows_why.clone(),
        },
    };
    let outcome = match wish(app, &form, &draft) {
        Ok(wish) => {
            let answer = warmline_desk::Draft { third_party: kind == "forward", ..wish };
            app.desk.ask(Wish::Answer { by: on.who.by(), ticket, answer: Box::new(answer) }).await
        }
        Err(refusal) => Err(DeskError::Refused(refusal)),
    };
    match outcome {
        Ok(_) => {
            keep_draft(app, on.who.id, ticket, kind, &Draft::default()).await?;
            on.back()
        }
        Err(DeskError::Refused(refusal)) => {
            keep_draft(app, on.who.id, ticket, kind, &draft).await?;
            let stale = refusal.kind == warmline_domain::refusal::Kind::Stale;
            let about_words = matches!(refusal.kind, refusal::Kind::Words | refusal::Kind::NeedsReason);
            on.trouble(Trouble { refusal, seen: stale.then_some(form.seen), reason_for: None, about_words }).await
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
        "wait" | "" => Then::Wait,
        other => {
            return Err(Refusal::input(
                format!("“{other}” is nothing that can follow an answer."),
                "Choose wait, keep or solve. Your text is kept.",
            ));
        }
    };
    Ok(warmline_desk::Draft {
        message: MessageId(form.message),
        seen: form.seen,
        content,
        send_at,
        then,
        third_party: false,
        promises: new_promises(form.promise, &form.promises, &app.settings.zone)?,
        phrases: form.phrases.split_whitespace().map(str::to_owned).collect(),
        reason: form.reason.clone(),
        grounds: honesty::grounds(&form.grounds)?,
        corrects: honesty::corrects(&draft.beside),
        shows: honesty::showing(&draft.beside),
        zone: app.settings.zone.clone(),
    })
}

#[derive(Deserialize)]
pub(crate) struct NoteForm {
    note: i64,
    text: String,
}

pub(crate) async fn create_note(on: OnTicket, Form(form): Form<NoteForm>) -> Shown {
    let text = form.text.replace("\r\n", "\n");
    let command = Command::WriteNote { note: NoteId(form.note), content: Note { text: text.clone() } };
    let (draft, answer) = match on.app.desk.ask(on.wish(command)).await {
        Ok(_) => (Draft::default(), None),
        Err(DeskError::Refused(refusal)) => (Draft { text, ..Draft::default() }, Some(refusal)),
        Err(fault) => return Err(fault.into()),
    };
    keep_draft(&on.app, on.who.id, on.id, "note", &draft).await?;
    match answer {
        None => on.back(),
        Some(refusal) => on.refused(refusal).await,
    }
}

/// Takes an answer back while it can be; its text returns to the composer.
pub(crate) async fn withdraw(OnMessage { ticket: on, message, row }: OnMessage) -> Shown {
    match on.app.desk.ask(on.wish(Command::Withdraw { message })).await {
        Ok(_) => {
            let content = row.content;
            let draft = Draft {
                text: warmline_desk::promises::without_receipts(&content.text).to_owned(),
                to: addresses_as_text(&content.to),
                cc: addresses_as_text(&content.cc),
                attachments: content.attachments,
                ..Draft::default()
            };
            let kind = if row.kind == "forward" { "forward" } else { "answer" };
            keep_draft(&on.app, on.who.id, on.id, kind, &draft).await?;
            on.back()
        }
        Err(DeskError::Refused(refusal)) => on.refused(refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

pub(crate) async fn send_again(OnMessage { ticket, message, .. }: OnMessage) -> Shown {
    ticket.command(Command::SendAgain { message }).await
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
pub(crate) async fn preview(on: OnTicket, Form(form): Form<PreviewForm>) -> Shown {
    let ticket = on.app.desk.store.ticket(on.id).await?.ok_or(crate::page::Wrong::Missing)?.value;
    let subject = ticket.mail_subject().open().cloned().unwrap_or_default();
    let subject = warmline_desk::outbox::subject(&subject, &on.number);
    seen_as(&on.app, &on.who, ticket.queue, &form.to, &subject, &form.text).await
}

/// What goes out, as whoever reads it will see it.
pub(crate) async fn seen_as(app: &App, who: &Who, queue: QueueId, to: &str, subject: &str, text: &str) -> Shown {
    let html = warmline_mail::markdown_to_html(&text.replace("\r\n", "\n"));
    app.desk.ask(Wish::Measured { by: who.by(), measure: "p18.previews", queue }).await?;
    draw(&Preview { html, to: to.to_owned(), subject: subject.to_owned() })
}
