//! The timeline of a ticket as people inside see it: what was said, what was noted, what happened.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_domain::floor::{Step, listening::may_see};
use warmline_domain::journal::Entry as JournalEntry;
use warmline_domain::site::Site;
use warmline_domain::ticket::{Attachment, Deleted, Delivery, Event, Matched, Question, Stage, Ticket};
use warmline_domain::{AgentId, By, MessageId, NoteId, PromiseId, RecordId};
use warmline_store::{Entry, MessageRow, NoteRow};

use crate::calls::listening::{self, HeardView};
use crate::calls::player::{Player, players};
use crate::honesty;
use crate::page::{bytes_in_words, exact, moment};

pub(crate) enum Item {
    Theirs(Theirs),
    Ours(Ours),
    Inside(Inside),
    Happened {
        at: String,
        exact: String,
        sentence: String,
    },
    Recording(Player),
    /// How somebody listened; shown to those it is for.
    Heard(HeardView),
}

pub(crate) struct Theirs {
    pub(crate) id: MessageId,
    pub(crate) author: String,
    pub(crate) address: String,
    pub(crate) at: String,
    pub(crate) exact: String,
    pub(crate) why_here: String,
    pub(crate) automatic: bool,
    /// received, held, turned_away, third_party
    pub(crate) kind: String,
    pub(crate) text: String,
    pub(crate) quoted: String,
    pub(crate) has_html: bool,
    pub(crate) has_raw: bool,
    pub(crate) others: String,
    pub(crate) files: Vec<File>,
    pub(crate) fresh: bool,
}

pub(crate) struct Ours {
    pub(crate) id: MessageId,
    pub(crate) author: String,
    pub(crate) at: String,
    pub(crate) exact: String,
    pub(crate) to: String,
    pub(crate) html: String,
    pub(crate) automatic: bool,
    /// To a third party, not to the customer.
    pub(crate) third_party: bool,
    pub(crate) delivery: String,
    pub(crate) trouble: bool,
    /// A server said "later"; an agent may try at once.
    pub(crate) deferred: bool,
    pub(crate) withdrawn: bool,
    pub(crate) beside: honesty::OursView,
    /// Milliseconds since 1970 until which it can be taken back.
    pub(crate) undo_until: Option<i64>,
    pub(crate) files: Vec<File>,
    pub(crate) fresh: bool,
}

pub(crate) struct Inside {
    pub(crate) id: NoteId,
    /// Its words went out on purpose.
    pub(crate) shown: bool,
    pub(crate) author: String,
    pub(crate) at: String,
    pub(crate) exact: String,
    pub(crate) html: String,
    pub(crate) fresh: bool,
}

pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) size: String,
    pub(crate) href: String,
}

/// What the timeline is drawn with.
pub(crate) struct Eyes<'a> {
    pub(crate) site: &'a Site,
    pub(crate) ticket: &'a Ticket,
    pub(crate) who: By,
    pub(crate) now: Timestamp,
    pub(crate) zone: &'a TimeZone,
    /// What was promised on this ticket, and what rules say.
    pub(crate) promised: &'a BTreeMap<PromiseId, String>,
    /// The words of the record.
    pub(crate) written: &'a BTreeMap<RecordId, String>,
    pub(crate) says: &'a dyn Fn(&str) -> String,
    /// What is known beside the words of answers and notes.
    pub(crate) beside: &'a honesty::Known,
    /// What came after this entry is marked as new.
    pub(crate) seen: Option<i64>,
}

pub(crate) fn items(entries: Vec<Entry>, eyes: &Eyes<'_>) -> Vec<Item> {
    let mut fresh = false;
    let mut players = players(&entries, eyes);
    entries
        .into_iter()
        .flat_map(|entry| {
            let player = match &entry {
                Entry::Event(e) => players.remove(&e.seq).map(Item::Recording),
                _ => None,
            };
            let (item, id) = match entry {
                Entry::Message(m) => (Some(message(*m, eyes, fresh)), None),
                Entry::Note(n) => {
                    let id = n.id.0;
                    (Some(note(n, eyes, fresh)), Some(id))
                }
                Entry::Event(e) => (happened(&e, eyes), None),
            };
            let id = id.or(match &item {
                Some(Item::Theirs(t)) => Some(t.id.0),
                Some(Item::Ours(o)) => Some(o.id.0),
                _ => None,
            });
            fresh = fresh || (eyes.seen.is_some() && id == eyes.seen);
            item.into_iter().chain(player)
        })
        .collect()
}

/// The one function that decides who is shown as the author of anything.
pub(crate) fn author(by: By, site: &Site, otherwise: &str) -> String {
    match by {
        By::Agent(id) => site.agents.get(&id).map_or_else(|| "A former colleague".into(), |a| a.name.clone()),
        By::Desk => "Warmline".into(),
        By::Console => "The console".into(),
        By::Customer(_) | By::Stranger => otherwise.to_owned(),
    }
}

fn files(id: MessageId, attachments: &[Attachment]) -> Vec<File> {
    let file = |(index, a): (usize, &Attachment)| File {
        name: a.name.clone(),
        size: bytes_in_words(a.bytes),
        href: format!("/messages/{id}/attachments/{index}"),
    };
    attachments.iter().enumerate().map(file).collect()
}

fn message(row: MessageRow, eyes: &Eyes<'_>, fresh: bool) -> Item {
    let (at, exact) = (moment(row.at, eyes.now, eyes.zone), exact(row.at, eyes.zone));
    if matches!(row.kind.as_str(), "answer" | "acknowledgement" | "forward") {
        return Item::Ours(ours(row, eyes, at, exact, fresh));
    }
    let content = row.content;
    let (text, quoted) = without_quote(&warmline_desk::clicks::masked(&content.text));
    let others: Vec<&str> = content
        .to
        .iter()
        .chain(&content.cc)
        .filter(|a| eyes.site.mailbox_of(&a.address).is_none())
        .map(|a| a.shown())
        .collect();
    let by_hand = matches!(row.by, By::Agent(_));
    let matched = [
        ("our_message_id", Matched::OurMessageId),
        ("address_token", Matched::AddressToken),
        ("references", Matched::References),
        ("subject_number", Matched::SubjectNumber),
        ("chat", Matched::Chat),
        ("opening", Matched::Opening),
    ];
    let why = matched.iter().find(|(word, _)| *word == row.note_on_arrival).map_or("", |(_, m)| m.sentence());
    let why_here = match by_hand {
        true => format!("written down by {}", author(row.by, eyes.site, "")),
        false => why.to_owned(),
    };
    Item::Theirs(Theirs {
        id: row.id,
        author: content.from.shown().to_owned(),
        address: content.from.address.clone(),
        at,
        exact,
        why_here,
        automatic: row.note_on_arrival == "automatic",
        kind: row.kind,
        text,
        quoted,
        has_html: content.html,
        has_raw: row.inbound.is_some(),
        others: others.join(", "),
        files: files(row.id, &content.attachments),
        fresh,
    })
}

fn ours(row: MessageRow, eyes: &Eyes<'_>, at: String, exact: String, fresh: bool) -> Ours {
    let outgoing = eyes.ticket.outgoing.get(&row.id);
    let undo_until = outgoing
        .filter(|o| o.delivery == Delivery::Queued && o.tries == 0 && o.send_at > eyes.now)
        .filter(|_| row.kind != "acknowledgement")
        .map(|o| o.send_at.as_millisecond());
    let when = outgoing.map(|o| moment(o.send_at, eyes.now, eyes.zone)).unwrap_or_default();
    let scheduled = outgoing.is_some_and(|o| o.scheduled);
    let delivery = match row.delivery.as_str() {
        "queued" if scheduled => format!("goes out {when}"),
        "queued" if undo_until.is_some() => "goes out in a moment".into(),
        "queued" => "on its way".into(),
        "deferred" => format!("not taken yet, again at {when}: {}", row.why),
        "sent" if row.note_on_arrival == "chat" => "in the chat, not shown yet".into(),
        "delivered" if row.note_on_arrival == "chat" => "in the chat".into(),
        "sent" => "sent".into(),
        "delivered" => "delivered".into(),
        "bounced" => format!("came back: {}", row.why),
        "failed" => format!("could not be sent: {}", row.why),
        _ => "taken back, never sent".into(),
    };
    let recipients: Vec<&str> = row.content.to.iter().chain(&row.content.cc).map(|a| a.shown()).collect();
    let automatic = row.kind == "acknowledgement";
    Ours {
        beside: eyes.beside.ours(&row),
        third_party: row.kind == "forward",
        id: row.id,
        author: if automatic { "Warmline".into() } else { author(row.by, eyes.site, "Warmline") },
        at,
        exact,
        to: recipients.join(", "),
        html: warmline_mail::markdown_to_html(&row.content.text),
        automatic,
        delivery,
        trouble: matches!(row.delivery.as_str(), "bounced" | "failed"),
        deferred: row.delivery == "deferred",
        withdrawn: row.delivery == "withdrawn",
        undo_until,
        files: files(row.id, &row.content.attachments),
        fresh: fresh && !automatic,
    }
}

fn note(row: NoteRow, eyes: &Eyes<'_>, fresh: bool) -> Item {
    Item::Inside(Inside {
        id: row.id,
        shown: eyes.beside.was_shown(&row),
        author: author(row.by, eyes.site, ""),
        at: moment(row.at, eyes.now, eyes.zone),
        exact: exact(row.at, eyes.zone),
        html: warmline_mail::markdown_to_html(&row.content.text),
        fresh,
    })
}

/// What is quoted below an answer is folded away: the reader has it above.
fn without_quote(text: &str) -> (String, String) {
    let lines: Vec<&str> = text.lines().collect();
    let is_lead = |l: &str| {
        let l = l.trim();
        (l.ends_with("wrote:") || l.ends_with("schrieb:")) && l.len() < 200
            || l.starts_with("-----Original Message")
            || l.starts_with("-----Ursprüngliche")
    };
    let last_quote = lines.iter().rposition(|l| l.starts_with('>'));
    // From here on there is nothing but quotes and empty lines.
    let tail = lines.iter().rposition(|l| !l.starts_with('>') && !l.trim().is_empty()).map_or(0, |i| i + 1);
    let start = lines.iter().enumerate().position(|(i, l)| {
        is_lead(l) && last_quote.is_some_and(|q| q > i)
            || l.starts_with("-----Original Message")
            || l.starts_with('>') && i >= tail
    });
    match start {
        Some(at) if at > 0 => (lines[..at].join("\n").trim_end().to_owned(), lines[at..].join("\n")),
        _ => (text.to_owned(), String::new()),
    }
}

fn happened(entry: &JournalEntry, eyes: &Eyes<'_>) -> Option<Item> {
    let event: Event = serde_json::from_str(&entry.body).ok()?;
    if let Event::OnCall { step, .. } = &event
        && let Step::Heard { agent, heard, .. } = &**step
    {
        let name = author(By::Agent(*agent), eyes.site, "");
        let shown = may_see(eyes.site, eyes.who, *agent);
        return shown.then(|| Item::Heard(listening::view(heard, &name, eyes.who == By::Agent(*agent))));
    }
    let sentence = sentence(&event, entry.by, eyes)?;
    Some(Item::Happened { at: moment(entry.at, eyes.now, eyes.zone), exact: exact(entry.at, eyes.zone), sentence })
}

/// What happened, in words. What the message or note itself already shows has none.
pub(crate) fn sentence(event: &Event, by: By, eyes: &Eyes<'_>) -> Option<String> {
    let who = author(by, eyes.site, "The customer");
    let name = |id: AgentId| author(By::Agent(id), eyes.site, "");
    let at = |t: Timestamp| moment(t, eyes.now, eyes.zone);
    let text = |id: RecordId| eyes.written.get(&id).cloned().unwrap_or_default();
    Some(match event {
        Event::Effort(event) => return crate::effort::sentence(event, &who),
        Event::Ladder(event) => return crate::ladder::sentence(event, &who, &name, &text),
        Event::Record(event) => return crate::record::sentence(event, &who, &text),
        Event::Chat(event) => return crate::chats::sentence(event, &who, &name, eyes.site),
        Event::HandUp(event) => crate::hand_up::sentence(event, &who, eyes.site, &text),
        Event::Assigned { to, .. } if by == By::Agent(*to) => format!("{who} took it"),
        Event::Assigned { to, reason } if reason.is_empty() => format!("{who} gave it to {}", name(*to)),
        Event::Assigned { to, reason } => format!("{who} gave it to {}: {reason}", name(*to)),
        Event::Released => format!("{who} put it back into the queue"),
        Event::Moved { queue } => {
            format!("{who} moved it to {}", eyes.site.queues.get(queue).map_or("another queue", |q| &q.name))
        }
        Event::Tagged { tag } => format!("{who} tagged it {tag}"),
        Event::Untagged { tag } => format!("{who} took the tag {tag} off"),
        Event::Prioritised { impact, urgency } => {
            format!("{who} set the impact to {} and the urgency to {}", impact.word(), urgency.word())
        }
        Event::Classified { topic } if topic.is_empty() => format!("{who} took the topic off"),
        Event::Classified { topic } => format!("{who} said that it is about {topic}"),
        Event::Renamed { .. } => format!("{who} changed the subject"),
        Event::StageChanged { wake_at: Some(wake), .. } => format!("{who} parked it until {}", at(*wake)),
        Event::StageChanged { stage: Stage::New, .. } => "It waits for a first answer again".into(),
        Event::StageChanged { stage: Stage::Open, .. } => "It is ours to move".into(),
        Event::StageChanged { stage: Stage::Waiting, .. } => "The customer is to move".into(),
        Event::StageChanged { stage: Stage::Solved, .. } => format!("{who} solved it"),
        Event::StageChanged { stage: Stage::Closed, .. } => "Closed after its quiet time".into(),
        Event::Deferred { until, why, .. } => format!("Not taken by the mail server; again at {}: {why}", at(*until)),
        Event::Failed { why, .. } => format!("Sending was given up: {why}"),
        Event::Bounced { why, .. } => format!("Our mail came back: {why}"),
        Event::Requeued { .. } => format!("{who} sent it again"),
        Event::ScheduleStopped { .. } => "The customer wrote first, so the scheduled answer was stopped".into(),
        Event::Withdrawn { .. } => format!("{who} took an answer back"),
        Event::WordsOverridden { rules, reason, .. } => {
            let said: Vec<String> = rules.iter().map(|rule| (eyes.says)(rule)).collect();
            format!("{who} sent it all the same, because: {reason} ({})", said.join(" "))
        }
        Event::LetIn { .. } => format!("{who} let a held message in"),
        Event::TurnedAway { .. } => format!("{who} turned a held message away"),
        Event::Stakes(event) => crate::assets::sentence(event, &who),
        Event::Targets(event) => return crate::targets::sentence(event),
        Event::DropEverything(event) => crate::drop_everything::sentence(event, &who, eyes),
        Event::Asked { question: Question::Reopen(_) } => "Said thanks; it stays solved unless you reopen it".into(),
        Event::Asked { question: Question::OtherMatter(_) } => "The new subject may be another matter".into(),
        Event::MovedOut { .. } => format!("{who} made a message a ticket of its own"),
        Event::MovedIn { .. } => format!("{who} split this off another ticket"),
        Event::RecordingDeleted { why: Deleted::Retention, .. } => {
            "The recording was deleted; its time was over, as the policy says".into()
        }
        Event::RecordingDeleted { why: Deleted::Objected, .. } => {
            "What had been recorded was deleted, as the caller wished".into()
        }
        Event::Listened { .. } => format!("{who} listened to the recording"),
        Event::Referral(event) => crate::referrals::sentence(event, &who),
        Event::Charge(event) => crate::charges::sentence(event, &who, eyes),
        Event::Appeal(event) => crate::appeals::sentence(event, &who, eyes),
        Event::Attempts(event) => crate::attempts::sentence(event, &who, eyes),
        Event::OtherWays(event) => crate::other_ways::sentence(event, &who),
        Event::Articles(event) => crate::articles::beside::sentence(event, &who),
        Event::Click(event) => crate::clicks::sentence(event, eyes),
        Event::Trail(event) => crate::trail::sentence(event, &who),
        Event::Honesty(event) => return honesty::sentence(event, by, eyes),
        Event::OnCall { step, .. } => return crate::calls::words::sentence(step, &who, eyes.site),
        Event::Opened { .. }
        | Event::MessageReceived { .. }
        | Event::MessageHeld { .. }
        | Event::MessageWritten { .. }
        | Event::NoteWritten { .. }
        | Event::PhrasesUsed { .. }
        | Event::Sent { .. }
        | Event::Delivered { .. }
        | Event::RecordingKept { .. }
        | Event::Settled => return None,
        promise => return crate::promises::sentence(promise, &who, eyes),
    })
}

#[cfg(test)]
mod tests {
    use super::without_quote;

    #[test]
    fn the_quote_below_an_answer_is_folded_away() {
        let (own, quoted) = without_quote("It helped.\n\nOn Monday, Ada wrote:\n> Restart it.\n> Ada\n");
        assert_eq!(own, "It helped.");
        assert!(quoted.starts_with("On Monday") && quoted.contains("> Restart it."));
        let inline = "> Restart it?\nI did.\n> Really?\nYes.";
        assert_eq!(without_quote(inline).0, inline);
    }
}
