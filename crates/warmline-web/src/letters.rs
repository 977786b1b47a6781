//! Words made for the author, put into the draft of their answer: they read them, change them and send them as any other.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use warmline_domain::ticket::Ticket;
use warmline_etiquette::Language;

use crate::drafts::keep_draft;
use crate::on::OnTicket;
use crate::page::Wrong;

/// Who will read it: their language, by what they wrote last, and their first name.
pub(crate) struct Reader {
    pub(crate) ticket: Ticket,
    pub(crate) language: &'static str,
    pub(crate) first_name: String,
    pub(crate) organisation: String,
    /// The newest words of theirs.
    pub(crate) wrote: String,
}

/// The messages of a ticket that are looked at for its language.
const MESSAGES: usize = 10;

pub(crate) async fn reader(on: &OnTicket) -> Result<Reader, Wrong> {
    let store = &on.app.desk.store;
    let ticket = store.ticket(on.id).await?.ok_or(Wrong::Missing)?.value;
    let customer = store.customer(ticket.customer).await?.map(|c| c.value);
    let name = customer.as_ref().and_then(|c| c.name.open().cloned()).unwrap_or_default();
    let organisation = customer.and_then(|c| c.organisation?.open().cloned()).unwrap_or_default();
    let messages = store.newest_messages(on.id, MESSAGES).await?;
    let wrote = messages.iter().rev().find(|m| m.kind == "received").map_or("", |m| &m.content.text).to_owned();
    let first_name = name.split(' ').next().unwrap_or_default().to_owned();
    Ok(Reader { ticket, language: Language::guess(&wrote).code(), first_name, organisation, wrote })
}

/// Adds it to the author's draft of an answer, after what stands there.
pub(crate) async fn draft(on: &OnTicket, words: &str) -> Result<(), Wrong> {
    let kept = on.app.desk.store.draft(on.who.id, on.id, "answer").await?;
    let mut draft = kept.map(|(_, draft)| draft).unwrap_or_default();
    if draft.text.contains(words.trim()) {
        return Ok(());
    }
    draft.text = match draft.text.trim_end() {
        "" => words.to_owned(),
        before => format!("{before}\n\n{words}"),
    };
    keep_draft(&on.app, on.who.id, on.id, "answer", &draft).await
}

/// A time as a customer reads it: the day, the month, the hour.
pub(crate) fn spoken(at: Timestamp, language: &str, now: Timestamp, zone: &TimeZone) -> String {
    let local = |t: Timestamp| -> Zoned { t.to_zoned(zone.clone()) };
    let at = local(at);
    let today = at.date() == local(now).date();
    let format = match (language, today) {
        ("de", true) => "heute %H:%M",
        ("de", false) => "%-d.%-m.%Y %H:%M",
        (_, true) => "%H:%M today",
        (_, false) => "%-d %B %Y at %H:%M",
    };
    at.strftime(format).to_string()
}
