//! Say what can be done: the same instructions on paper, by fax, in a remote session, or by a call back.

use axum::Form;
use axum::response::Response;
use serde::Deserialize;
use warmline_desk::{DeskError, Wish};
use warmline_domain::policy::Paper;
use warmline_domain::ticket::other_ways::{self, Event, remote_link};
use warmline_domain::ticket::{Attachment, Command, Message, NewPromise, Source, Ticket};
use warmline_domain::{MessageId, PromiseId, limits, sealed::Digest};
use warmline_paper::{Block, Document, Size};
use warmline_store::Draft;

use crate::App;
use crate::drafts::keep_draft;
use crate::files::saved;
use crate::forms::{addresses, local_moment};
use crate::on::{OnMessage, OnTicket};
use crate::page::{Shown, Wrong};
use crate::promises::new_promises;
use crate::tickets::Trouble;

/// What is set up.
pub(crate) struct WaysPane {
    pub(crate) fax: bool,
    /// The link to a remote session.
    pub(crate) remote: Option<String>,
}

pub(crate) fn ways_pane(app: &App, ticket: &Ticket, name: &str) -> WaysPane {
    let policy = &app.desk.site().policy.other_ways;
    WaysPane { fax: !policy.fax.is_empty(), remote: remote_link(policy, ticket.number, name).ok() }
}

pub(crate) fn sentence(event: &Event, who: &str) -> String {
    match event {
        Event::SheetMade { .. } => format!("{who} printed the instructions"),
        Event::Faxed { .. } => format!("{who} sent the instructions by fax"),
        Event::RemoteOffered => format!("{who} offered a remote session"),
        Event::CallbackOffered { .. } => format!("{who} offered to call back"),
    }
}

/// The answer's form: other ways stand beside it and take its text along.
#[derive(Deserialize)]
pub(crate) struct WayForm {
    message: i64,
    seen: i64,
    #[serde(default)]
    to: String,
    #[serde(default)]
    cc: String,
    text: String,
    #[serde(default)]
    promise: i64,
    #[serde(default)]
    promises: String,
    #[serde(default)]
    phrases: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    fax_number: String,
    #[serde(default)]
    call_at: String,
}

impl WayForm {
    /// The draft as it is kept, with the files it had.
    async fn kept(&self, on: &OnTicket) -> Result<Draft, Wrong> {
        let before = on.app.desk.store.draft(on.who.id, on.id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
        Ok(Draft {
            text: self.text.replace("\r\n", "\n"),
            to: self.to.clone(),
            cc: self.cc.clone(),
            promises: self.promises.clone(),
            phrases: self.phrases.clone(),
            reason: self.reason.clone(),
            ..before
        })
    }

    fn wish(&self, on: &OnTicket, kept: &Draft) -> Result<warmline_desk::Draft, Wrong> {
        let zone = on.app.settings.zone.clone();
        let content = Message {
            to: addresses(&self.to),
            text: kept.text.clone(),
            attachments: kept.attachments.clone(),
            ..Message::default()
        };
        Ok(warmline_desk::Draft {
            promises: new_promises(self.promise, &self.promises, &zone)?,
            phrases: self.phrases.split_whitespace().map(str::to_owned).collect(),
            reason: self.reason.clone(),
            ..warmline_desk::Draft::new(MessageId(self.message), self.seen, content, zone)
        })
    }
}

/// The draft on paper.
pub(crate) async fn sheet(on: OnTicket, Form(form): Form<WayForm>) -> Shown {
    let kept = form.kept(&on).await?;
    keep_draft(&on.app, on.who.id, on.id, "answer", &kept).await?;
    let wish = form.wish(&on, &kept)?;
    print(on, wish).await
}

/// An answer that was sent, on paper.
pub(crate) async fn sheet_of_answer(OnMessage { ticket: on, message, row }: OnMessage) -> Shown {
    let content = Message { text: row.content.text, ..Message::default() };
    let draft = warmline_desk::Draft::new(message, 0, content, on.app.settings.zone.clone());
    print(on, draft).await
}

async fn print(on: OnTicket, draft: warmline_desk::Draft) -> Shown {
    let text = draft.content.text.clone();
    match on.app.desk.ask(Wish::Print { by: on.who.by(), ticket: on.id, draft: Box::new(draft) }).await {
        Ok(_) => {
            let ticket = on.app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
            Ok(served(&ticket, sheet_pdf(&on.app, &ticket, &text)))
        }
        Err(DeskError::Refused(refusal)) => refused(&on, refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

fn served(ticket: &Ticket, pdf: Vec<u8>) -> Response {
    saved(&format!("{}.pdf", ticket.number), "application/pdf", pdf)
}

/// What was refused is about the words; the text is kept and shown again.
async fn refused(on: &OnTicket, refusal: warmline_domain::Refusal) -> Shown {
    on.trouble(Trouble { refusal, seen: None, reason_for: None, about_words: true }).await
}

pub(crate) fn size(app: &App) -> Size {
    match app.desk.site().policy.other_ways.paper {
        Paper::A4 => Size::A4,
        Paper::Letter => Size::Letter,
    }
}

/// Large letters, to be read beside a machine.
const SHEET_LETTERS: f32 = 14.0;

fn sheet_pdf(app: &App, ticket: &Ticket, text: &str) -> Vec<u8> {
    let company = app.desk.site().company.clone();
    let subject = ticket.mail_subject().open().cloned().unwrap_or_default();
    let number = ticket.number;
    let mut blocks = vec![
        Block::Title(subject.clone()),
        Block::Fine(format!("{company} · {number}, say: {}", number.spoken())),
        Block::Rule,
    ];
    blocks.extend(warmline_paper::blocks(text));
    blocks.push(Block::Rule);
    blocks.push(Block::Fine(format!("Something is not clear, or not as it says here? Tell us the number {number}.")));
    warmline_paper::pdf(&Document {
        title: format!("{number} {subject}"),
        language: "en".into(),
        size: size(app),
        letters: SHEET_LETTERS,
        blocks,
        footer: format!("{company} · {number}"),
        attachment: None,
    })
}

/// The answer goes to a fax machine, as a sheet, through the ordinary way out.
pub(crate) async fn fax(on: OnTicket, Form(form): Form<WayForm>) -> Shown {
    let (app, kept) = (&on.app, form.kept(&on).await?);
    keep_draft(app, on.who.id, on.id, "answer", &kept).await?;
    let ticket = app.desk.store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let pdf = sheet_pdf(app, &ticket, &kept.text);
    let (digest, bytes) = (Digest::of_bytes(&pdf).hex(), pdf.len() as u64);
    app.desk.blobs.put(&digest, pdf).await?;
    let mut answer = form.wish(&on, &kept)?;
    // A fax machine takes the sheet; files of other kinds would only fail there.
    answer.content.attachments = vec![Attachment {
        name: format!("{}.pdf", ticket.number),
        media_type: "application/pdf".into(),
        bytes,
        content_id: None,
        source: Source::Blob(digest),
    }];
    let (answer, number) = (Box::new(answer), form.fax_number.chars().take(limits::NAME_CHARS).collect());
    match app.desk.ask(Wish::Fax { by: on.who.by(), ticket: on.id, answer, number }).await {
        Ok(_) => {
            keep_draft(app, on.who.id, on.id, "answer", &Draft::default()).await?;
            on.back()
        }
        Err(DeskError::Refused(refusal)) => refused(&on, refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

/// The link goes into the draft; the page opens it for the agent.
pub(crate) async fn remote(on: OnTicket, Form(form): Form<WayForm>) -> Shown {
    let mut kept = form.kept(&on).await?;
    keep_draft(&on.app, on.who.id, on.id, "answer", &kept).await?;
    match on.app.desk.ask(on.wish(Command::OtherWays(other_ways::Command::Remote))).await {
        Ok(_) => {}
        Err(DeskError::Refused(refusal)) => return on.refused(refusal).await,
        Err(fault) => return Err(fault.into()),
    }
    let store = &on.app.desk.store;
    let ticket = store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let name = store.customer(ticket.customer).await?.and_then(|c| c.value.name.open().cloned()).unwrap_or_default();
    let link = remote_link(&on.app.desk.site().policy.other_ways, ticket.number, &name)?;
    if !kept.text.contains(&link) {
        let before = kept.text.trim_end();
        let gap = if before.is_empty() { "" } else { "\n\n" };
        kept.text = format!(
            "{before}{gap}I can look at it with you on your screen. Open this link when you are ready:\n\n<{link}>\n"
        );
        keep_draft(&on.app, on.who.id, on.id, "answer", &kept).await?;
    }
    on.back()
}

/// A call back is a promise.
pub(crate) async fn callback(on: OnTicket, Form(form): Form<WayForm>) -> Shown {
    let kept = form.kept(&on).await?;
    keep_draft(&on.app, on.who.id, on.id, "answer", &kept).await?;
    let due = match local_moment(&form.call_at, &on.app.settings.zone) {
        Ok(due) => due,
        Err(refusal) => return on.refused(refusal).await,
    };
    // The form's own identifiers for promises begin here; those in its text follow.
    let id = PromiseId(form.promise + form.promises.lines().count() as i64);
    let new = NewPromise::new(id, "I will call you back.", due);
    on.command(Command::OtherWays(other_ways::Command::CallBack(new))).await
}
