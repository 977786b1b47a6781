//! The mail log: every mail that was taken, and what became of it. Nothing is dropped without a line here.

use askama::Template;
use axum::extract::{Path, Query, State};
use serde::Deserialize;
use warmline_desk::blobs::raw_mail;

use crate::App;
use crate::files::saved;
use crate::page::{Frame, Shown, Wrong, bytes_in_words, draw, moment};
use crate::session::Who;

const LINES: usize = 60;

#[derive(Deserialize)]
pub(crate) struct Before {
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "mail_log.html")]
struct MailLog {
    frame: Frame,
    lines: Vec<Line>,
    mailboxes: Vec<MailboxLine>,
    more: Option<i64>,
}

struct Line {
    at: String,
    sender: String,
    subject: String,
    outcome: &'static str,
    why: String,
    ticket: Option<String>,
    size: String,
    identity: String,
    trouble: bool,
    again: i64,
}

struct MailboxLine {
    address: String,
    words: String,
    trouble: bool,
}

pub(crate) async fn show(State(app): State<App>, who: Who, Query(page): Query<Before>) -> Shown {
    let (store, now, zone) = (&app.desk.store, app.desk.clock.now(), &app.settings.zone);
    let before = page.before.and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    let mails = store.mail_log(before, LINES).await?;
    let more = mails.last().filter(|_| mails.len() == LINES).map(|m| m.at.as_millisecond());
    let mut lines = Vec::new();
    for mail in mails {
        let ticket = match mail.ticket {
            Some(id) => store.ticket(id).await?.map(|t| t.value.number.to_string()),
            None => None,
        };
        use warmline_store::Outcome;
        lines.push(Line {
            at: moment(mail.at, now, zone),
            sender: mail.sender,
            subject: mail.subject,
            outcome: mail.outcome.word(),
            why: mail.why,
            ticket,
            size: bytes_in_words(mail.bytes as u64),
            identity: hex::encode(&mail.identity),
            again: mail.again,
            trouble: matches!(mail.outcome, Outcome::Quarantined | Outcome::Held),
        });
    }
    let mut mailboxes = Vec::new();
    for mailbox in app.desk.site().mailboxes.values() {
        let state = store.mailbox_state(mailbox.id).await?;
        let trouble = !state.error.is_empty();
        let words = match (&mailbox.fetch, state.succeeded_at) {
            (None, _) => format!("delivered to {}", app.settings.smtp_listen),
            (Some(_), None) if !trouble => "not fetched yet".into(),
            (Some(_), at) => {
                let last = at.map_or("never".into(), |at| moment(at, now, zone));
                let error = if trouble { format!(". It fails now: {}", state.error) } else { String::new() };
                format!("last fetched {last}{error}")
            }
        };
        mailboxes.push(MailboxLine { address: mailbox.address.clone(), words, trouble });
    }
    draw(&MailLog { frame: Frame::new(&app, &who).await?, lines, mailboxes, more })
}

pub(crate) async fn raw(State(app): State<App>, _who: Who, Path(identity): Path<String>) -> Shown {
    let identity = hex::decode(identity).map_err(|_| Wrong::Missing)?;
    let (_, raw) = raw_mail(&app.desk.store, &app.desk.blobs, &identity).await?.ok_or(Wrong::Missing)?;
    Ok(saved("mail.eml", "message/rfc822", raw))
}
