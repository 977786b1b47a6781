//! Messages leave: takes what is due, writes the mail, gives it to a mail server, and tells the desk what it said.
//!
//! The same message always makes the same bytes with the same Message-ID. If Warmline stops between the server's
//! "250" and the commit, the message is sent once more and the receiving side can tell that it is the same mail.

use std::time::Duration;

use tokio::sync::watch;
use warmline_domain::ticket::{Attachment, Message, Report, Source};
use warmline_mail::{Outgoing, OutgoingAttachment, Person, compose};
use warmline_store::{DueMessage, Fault, MessageRow};

use crate::smtp_out::{Carrier, Verdict};
use crate::{Desk, DeskError, Wish};

const AT_ONCE: usize = 16;
const LONGEST: Duration = Duration::from_secs(1);

pub async fn run(desk: Desk, carrier: Carrier, mut stopping: watch::Receiver<bool>) {
    while !*stopping.borrow() {
        let sent = match send_due(&desk, &carrier).await {
            Ok(sent) => sent,
            Err(fault) => {
                tracing::error!(%fault, "the outbox could not be read; trying again");
                0
            }
        };
        if sent == AT_ONCE {
            continue;
        }
        let until_next = match desk.store.next_message().await {
            Ok(Some(at)) => Duration::try_from(at.duration_since(desk.clock.now())).unwrap_or_default().min(LONGEST),
            _ => LONGEST,
        };
        tokio::select! {
            () = tokio::time::sleep(until_next.max(Duration::from_millis(20))) => {}
            () = desk.work.notified() => {}
            () = crate::stopped(&mut stopping) => return,
        }
    }
}

async fn send_due(desk: &Desk, carrier: &Carrier) -> Result<usize, Fault> {
    let due = desk.store.due_messages(desk.clock.now(), AT_ONCE).await?;
    let count = due.len();
    futures_util::future::join_all(due.into_iter().map(|message| send(desk, carrier, message))).await;
    Ok(count)
}

async fn send(desk: &Desk, carrier: &Carrier, due: DueMessage) {
    let message = due.message;
    let verdict = match written(desk, &due).await {
        Ok(Some((row, mail))) => {
            match desk.ask(Wish::MaySend { ticket: due.ticket, message }).await {
                Ok(_) => {}
                // Taken back in the last moment; its row in the outbox goes with that.
                Err(DeskError::Refused(_)) => return,
                Err(DeskError::Fault(_)) => return tokio::time::sleep(LONGEST).await,
            }
            let recipients = row.content.to.iter().chain(&row.content.cc).map(|a| a.address.clone()).collect();
            carrier.send(desk, &row.content.from.address, recipients, compose(&mail)).await
        }
        Ok(None) => Verdict::Never("the message is not there any more".into()),
        Err(fault) => Verdict::Later(fault.to_string()),
    };
    desk.metrics.mail_out(verdict.word());
    let news = match verdict {
        Verdict::Sent => Report::Sent { message },
        Verdict::Later(why) => Report::NotSent { message, why },
        Verdict::Never(why) => Report::Refused { message, why },
    };
    if let Err(error) = desk.ask(Wish::Delivery { ticket: due.ticket, news }).await {
        tracing::error!(%error, %message, "what became of a message could not be kept; it will be sent again");
        // The row is still due; do not hammer the mail server while the database is away.
        tokio::time::sleep(LONGEST).await;
    }
}

async fn written(desk: &Desk, due: &DueMessage) -> Result<Option<(MessageRow, Outgoing)>, Fault> {
    let Some((_, mut row)) = desk.store.message(due.message).await? else { return Ok(None) };
    if let Some(line) = desk.store.ask_line(due.message).await? {
        row.content.text = format!("{}\n\n{line}", row.content.text.trim_end());
    }
    let mut attachments = Vec::new();
    for attachment in &row.content.attachments {
        attachments.push(attached(desk, attachment).await?);
    }
    let number = desk.store.ticket(due.ticket).await?.map(|t| t.value.number.to_string()).unwrap_or_default();
    let mail = outgoing(&row, &number, attachments);
    Ok(Some((row, mail)))
}

async fn attached(desk: &Desk, attachment: &Attachment) -> Result<OutgoingAttachment, Fault> {
    let bytes = match &attachment.source {
        Source::Blob(digest) => desk.blobs.get(digest).await?,
        Source::Part(_) => return Err(Fault("A part of a mail that came in cannot be sent as it is.".into())),
    };
    Ok(OutgoingAttachment { name: attachment.name.clone(), media_type: attachment.media_type.clone(), bytes })
}

/// The one way from a message to a mail. It takes a message; a note does not fit.
pub fn outgoing(row: &MessageRow, number: &str, attachments: Vec<OutgoingAttachment>) -> Outgoing {
    let content: &Message = &row.content;
    let person = |a: &warmline_domain::ticket::Address| Person { name: a.name.clone(), address: a.address.clone() };
    Outgoing {
        from: person(&content.from),
        to: content.to.iter().map(person).collect(),
        cc: content.cc.iter().map(person).collect(),
        subject: subject(&content.subject, number),
        message_id: content.message_id.clone(),
        references: content.references.clone(),
        date: row.at.as_second(),
        text: content.text.clone(),
        attachments,
        automatic: row.kind == "acknowledgement",
    }
}

/// The same for the whole life of a ticket, so that the customer's program keeps the thread together.
pub fn subject(subject: &str, number: &str) -> String {
    let bare = subject.trim();
    let marked = if bare.get(..3).is_some_and(|m| m.eq_ignore_ascii_case("re:")) {
        bare.to_owned()
    } else {
        format!("Re: {bare}")
    };
    if marked.contains(number) { marked } else { format!("{marked} [{number}]") }
}
