//! The composer of a ticket's page: drafts as they were kept, who an answer goes to, identifiers for what will be sent.

use jiff::Timestamp;
use warmline_domain::id::Minter;
use warmline_domain::site::Site;
use warmline_domain::ticket::Ticket;
use warmline_domain::{MessageId, NoteId, PromiseId};
use warmline_store::Entry;

use crate::App;
use crate::forms::addresses_as_text;
use crate::honesty::{BesideView, beside_view};
use crate::page::{Wrong, bytes_in_words, moment};
use crate::session::Who;
use crate::tickets::fresh_node;

/// What the composer is drawn with.
pub(crate) struct Composer {
    pub(crate) message: MessageId,
    pub(crate) note: NoteId,
    pub(crate) forward: MessageId,
    pub(crate) forward_to: String,
    pub(crate) forward_text: String,
    pub(crate) forward_kept: String,
    pub(crate) seen: i64,
    pub(crate) to: String,
    pub(crate) cc: String,
    pub(crate) text: String,
    pub(crate) note_text: String,
    pub(crate) kept: String,
    /// Changes whenever the kept draft does.
    pub(crate) kept_ms: i64,
    pub(crate) note_kept: String,
    pub(crate) files: Vec<(usize, String, String)>,
    pub(crate) left_out: String,
    pub(crate) undo_seconds: u32,
    pub(crate) to_name: String,
    /// For the promises it will make: the first identifier, and what stands in the draft.
    pub(crate) promise: PromiseId,
    pub(crate) promises: String,
    pub(crate) phrases: String,
    pub(crate) reason: String,
    pub(crate) beside: BesideView,
}

pub(crate) async fn composer(
    app: &App,
    who: &Who,
    ticket: &Ticket,
    entries: &[Entry],
    (name, addresses): (&str, &[String]),
) -> Result<Composer, Wrong> {
    let (store, site, now, zone) = (&app.desk.store, app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let answer = store.draft(who.id, ticket.id, "answer").await?;
    let note = store.draft(who.id, ticket.id, "note").await?;
    let forward = store.draft(who.id, ticket.id, "forward").await?;
    let forwarded = forward.as_ref().map_or_else(|| quoted(entries), |(_, d)| d.text.clone());
    let (to, cc) = recipients(entries, &site, addresses);
    let kept = |at: Option<Timestamp>| at.map(|at| moment(at, now, zone)).unwrap_or_default();
    let (answer_at, draft) = answer.map_or((None, None), |(at, d)| (Some(at), Some(d)));
    let (draft_to, draft_cc) = draft.as_ref().map_or((to.clone(), cc.clone()), |d| (d.to.clone(), d.cc.clone()));
    let chosen = format!("{draft_to},{draft_cc}").to_lowercase();
    let left_out: Vec<String> = crate::forms::addresses(&format!("{to},{cc}"))
        .into_iter()
        .filter(|a| !chosen.contains(&a.address.to_lowercase()))
        .map(|a| a.shown().to_owned())
        .collect();
    let files = draft.as_ref().map(|d| d.attachments.iter().enumerate()).into_iter().flatten();
    let mut minter = Minter::new(fresh_node());
    let queue = site.queues.get(&ticket.queue).map_or("", |q| &q.name);
    let beside = beside_view(app, queue, draft.as_ref().map(|d| &d.beside), &quoted(entries)).await?;
    Ok(Composer {
        message: minter.mint(now),
        note: minter.mint(now),
        forward: minter.mint(now),
        forward_to: forward.as_ref().map(|(_, d)| d.to.clone()).unwrap_or_default(),
        forward_kept: kept(forward.as_ref().map(|(at, _)| *at)),
        forward_text: forwarded,
        seen: ticket.last_entry,
        to_name: name.split(' ').next().unwrap_or_default().to_owned(),
        files: files.map(|(i, a)| (i, a.name.clone(), bytes_in_words(a.bytes))).collect(),
        text: draft.as_ref().map(|d| d.text.clone()).unwrap_or_default(),
        to: if draft_to.trim().is_empty() { to } else { draft_to },
        cc: draft_cc,
        kept: kept(answer_at),
        kept_ms: answer_at.map_or(0, Timestamp::as_millisecond),
        note_kept: kept(note.as_ref().map(|(at, _)| *at)),
        note_text: note.map(|(_, d)| d.text).unwrap_or_default(),
        left_out: left_out.join(", "),
        undo_seconds: site.policy.answers.undo_seconds,
        promise: minter.mint(now),
        promises: draft.as_ref().map(|d| d.promises.clone()).unwrap_or_default(),
        phrases: draft.as_ref().map(|d| d.phrases.clone()).unwrap_or_default(),
        beside,
        reason: draft.map(|d| d.reason).unwrap_or_default(),
    })
}

/// What a third party is shown at first: the customer's last words, for the agent to cut down to what they need.
fn quoted(entries: &[Entry]) -> String {
    let theirs = |e: &Entry| match e {
        Entry::Message(m) if m.kind == "received" && m.note_on_arrival != "automatic" => {
            Some(warmline_desk::clicks::masked(&m.content.text))
        }
        _ => None,
    };
    let Some(text) = entries.iter().rev().find_map(theirs) else { return String::new() };
    let lines: Vec<String> = text.lines().take(40).map(|l| format!("> {l}")).collect();
    format!("\n\nOur customer writes:\n\n{}", lines.join("\n"))
}

/// Who an answer goes to: whoever wrote last, and everybody who was on that mail.
fn recipients(entries: &[Entry], site: &Site, addresses: &[String]) -> (String, String) {
    let received = |e: &Entry| match e {
        Entry::Message(m) if m.kind == "received" && m.note_on_arrival != "automatic" => Some(m.content.clone()),
        _ => None,
    };
    let Some(last) = entries.iter().rev().find_map(received) else {
        let mail = addresses.iter().find(|a| a.contains('@'));
        return (mail.cloned().unwrap_or_default(), String::new());
    };
    let to = last.answer_to().clone();
    let others: Vec<_> = last
        .to
        .iter()
        .chain(&last.cc)
        .filter(|a| site.mailbox_of(&a.address).is_none() && !a.address.eq_ignore_ascii_case(&to.address))
        .cloned()
        .collect();
    (addresses_as_text(&[to]), addresses_as_text(&others))
}
