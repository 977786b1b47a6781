//! The trail of a ticket or a customer as a document that can be checked without the desk: the entries of its journal
//! with their chain, and the texts that stand in them only as digests.
//!
//! An entry that stays inside is given by its place and hash alone; the entries after it still hang on it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{Entry, Head, Stream};
use crate::sealed::Digest;
use crate::ticket::trail::Form;
use crate::ticket::{Event, hand_up, honesty, ladder, record};
use crate::{By, RecordId, Sealed};

/// The first word of a stored trail; another number is another form.
pub const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trail {
    pub warmline_trail: u32,
    pub made_at: Timestamp,
    pub company: String,
    /// Times for readers are in this zone (IANA).
    pub zone: String,
    pub form: Form,
    /// “ticket K7M-29Q”, or “customer Maria Okafor”.
    pub about: String,
    pub tickets: Vec<Chapter>,
}

/// What one ticket has to tell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chapter {
    /// The ticket's identifier: what its stream is called.
    pub ticket: i64,
    pub number: String,
    pub subject: String,
    pub customer: String,
    pub entries: Vec<Line>,
    /// Texts of messages, notes and promises that stand in given entries.
    pub texts: Vec<Text>,
    /// For readers: each attempt in a sentence. The entries are what counts.
    pub attempts: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    pub seq: i64,
    /// Unix milliseconds, as the chain has them.
    pub at: i64,
    /// What a reader is told; empty when the text itself tells it, or when it stays inside.
    pub says: String,
    /// Everything the hash is made of; `None` when it stays inside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<Whole>,
    /// SHA-256, in hex.
    pub hash: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whole {
    pub by: By,
    pub policy: i64,
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextKind {
    Message,
    Note,
    Promise,
    /// What was written down for whoever takes over.
    Record,
    /// What an answer stands on.
    Ground,
}

impl TextKind {
    pub fn word(self) -> &'static str {
        match self {
            TextKind::Message => "message",
            TextKind::Note => "note",
            TextKind::Promise => "promise",
            TextKind::Record => "line of the record",
            TextKind::Ground => "grounds",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    pub kind: TextKind,
    pub id: i64,
    /// As it is stored: the digest in the entry is made of exactly these bytes.
    pub json: String,
}

impl Line {
    pub fn whole(entry: &Entry, says: String) -> Line {
        let whole = Whole { by: entry.by, policy: entry.policy, body: entry.body.clone() };
        Line { whole: Some(whole), ..Line::withheld(entry, says) }
    }

    pub fn withheld(entry: &Entry, says: String) -> Line {
        Line { seq: entry.seq, at: entry.at.as_millisecond(), says, whole: None, hash: hex::encode(entry.hash) }
    }

    fn hash(&self) -> Option<[u8; 32]> {
        let mut hash = [0; 32];
        hex::decode_to_slice(&self.hash, &mut hash).ok().map(|()| hash)
    }

    fn entry(&self, stream: Stream) -> Option<Entry> {
        let whole = self.whole.as_ref()?;
        let at = Timestamp::from_millisecond(self.at).ok()?;
        let Whole { by, policy, body } = whole.clone();
        Some(Entry { stream, seq: self.seq, at, by, policy, body, hash: self.hash()? })
    }
}

/// What came of checking a trail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    pub entries: usize,
    /// Entries that stay inside.
    pub withheld: usize,
    pub texts: usize,
    /// What is wrong, in words.
    pub wrong: Vec<String>,
}

/// Whether every chain is whole and every text is what was written.
pub fn check(trail: &Trail) -> Checked {
    let mut checked = Checked::default();
    if trail.warmline_trail != VERSION {
        checked.wrong.push(format!("This is form {} of a trail; this program knows {VERSION}.", trail.warmline_trail));
    }
    if trail.tickets.is_empty() {
        checked.wrong.push("There is no ticket in it.".into());
    }
    for chapter in &trail.tickets {
        check_chapter(chapter, &mut checked);
    }
    checked
}

fn check_chapter(chapter: &Chapter, checked: &mut Checked) {
    let stream = Stream::Ticket(chapter.ticket);
    let mut texts: BTreeMap<(TextKind, i64), &Text> = chapter.texts.iter().map(|t| ((t.kind, t.id), t)).collect();
    let mut head = Head::default();
    let mut moved_out = Vec::new();
    let mut called = None;
    let mut wanted = Vec::new();
    for line in &chapter.entries {
        checked.entries += 1;
        let named = format!("Entry {} of {} ({})", line.seq, chapter.number, moment(line.at));
        let Some(hash) = line.hash() else {
            checked.wrong.push(format!("{named} has no hash."));
            continue;
        };
        if line.whole.is_none() {
            checked.withheld += 1;
        }
        let entry = line.entry(stream);
        let fits = match &entry {
            Some(entry) => entry.follows(head),
            None => line.whole.is_none() && line.seq == head.seq + 1,
        };
        if !fits {
            checked.wrong.push(format!("{named} was changed after it was written, or one before it is missing."));
        }
        head = Head { seq: line.seq, hash };
        match entry.map(|e| serde_json::from_str::<Event>(&e.body)) {
            Some(Ok(event)) => {
                wanted.extend(sealed(&event).map(|(kind, id, digest)| (kind, id, digest, named)));
                match event {
                    Event::MovedOut { message, .. } => moved_out.push(message.0),
                    Event::Opened { subject, .. } | Event::Renamed { subject } => called = Some(subject),
                    _ => {}
                }
            }
            Some(Err(_)) => checked.wrong.push(format!("{named} cannot be read.")),
            None => {}
        }
    }
    if called.is_some_and(|subject| subject != Sealed::new(chapter.subject.clone())) {
        checked.wrong.push(format!("The subject of {} is not the one that was written.", chapter.number));
    }
    if chapter.entries.is_empty() {
        checked.wrong.push(format!("{} has no entries.", chapter.number));
    }
    for (kind, id, digest, named) in wanted {
        match texts.remove(&(kind, id)) {
            Some(text) if Digest::of_bytes(text.json.as_bytes()) == digest => checked.texts += 1,
            Some(_) => checked.wrong.push(format!("{named}: the text of its {} was changed after that.", kind.word())),
            None if kind == TextKind::Message && moved_out.contains(&id) => {}
            None => checked.wrong.push(format!("{named}: the text of its {} is missing.", kind.word())),
        }
    }
    for text in texts.values().filter(|t| t.kind != TextKind::Message || !brought(chapter, t.id)) {
        let kind = text.kind.word();
        checked.wrong.push(format!("{} holds a {kind} that stands in no entry of it.", chapter.number));
    }
}

/// A message that was split off another ticket stands in that one's entries.
fn brought(chapter: &Chapter, id: i64) -> bool {
    let bodies = chapter.entries.iter().filter_map(|l| l.whole.as_ref());
    bodies
        .filter_map(|w| serde_json::from_str::<Event>(&w.body).ok())
        .any(|event| matches!(event, Event::MovedIn { message, .. } if message.0 == id))
}

/// The text that an event seals.
pub fn sealed(event: &Event) -> Option<(TextKind, i64, Digest)> {
    Some(match event {
        Event::MessageReceived { message, content, .. }
        | Event::MessageHeld { message, content, .. }
        | Event::MessageWritten { message, content, .. } => (TextKind::Message, message.0, content.digest()),
        Event::NoteWritten { note, content } => (TextKind::Note, note.0, content.digest()),
        Event::PromiseMade { promise, what, .. } => (TextKind::Promise, promise.0, what.digest()),
        Event::Honesty(honesty::Event::StandsOn { message, grounds, .. }) => {
            (TextKind::Ground, message.0, grounds.digest())
        }
        other => {
            let (id, text) = recorded(other)?;
            (TextKind::Record, id.0, text.digest())
        }
    })
}

fn recorded(event: &Event) -> Option<(RecordId, &Sealed<String>)> {
    Some(match event {
        Event::Record(record::Event::Written { id, text, .. }) => (*id, text),
        Event::Record(record::Event::Planned { id, what, .. } | record::Event::Tried { id, what, .. }) => (*id, what),
        Event::Ladder(ladder::Event::Found { id, link }) => (*id, link),
        Event::Ladder(ladder::Event::Asked { id, question, .. }) => (*id, question),
        Event::HandUp(hand_up::Event::Offered { id, ask, .. }) => (*id, ask),
        Event::HandUp(hand_up::Event::Returned { id, missing, .. }) => (*id, missing),
        _ => return None,
    })
}

fn moment(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
    at.strftime("%-d %b %Y %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ticket::{Note, Stage};
    use crate::{AgentId, NoteId};

    /// Three entries; the second is inside.
    fn trail() -> Trail {
        let at = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let (stream, by) = (Stream::Ticket(7), By::Agent(AgentId(1)));
        let note = Note { text: "Valve block.".into() };
        let noted = Event::NoteWritten { note: NoteId(9), content: Sealed::new(note.clone()) };
        let changed = Event::StageChanged { stage: Stage::Open, since: at, close_at: None, wake_at: None };
        let first = Entry::after(Head::default(), stream, at, by, 1, &noted);
        let second = Entry::after(first.head(), stream, at, by, 1, &changed);
        let third = Entry::after(second.head(), stream, at, by, 1, &changed);
        let text = Text { kind: TextKind::Note, id: 9, json: serde_json::to_string(&note).unwrap() };
        Trail {
            warmline_trail: VERSION,
            made_at: at,
            company: "Lumen".into(),
            zone: "UTC".into(),
            form: Form::Inside,
            about: "ticket 1".into(),
            tickets: vec![Chapter {
                ticket: 7,
                number: "222-22A".into(),
                subject: "Lamp".into(),
                customer: "Maria".into(),
                entries: vec![
                    Line::whole(&first, String::new()),
                    Line::withheld(&second, String::new()),
                    Line::whole(&third, "It is ours to move".into()),
                ],
                texts: vec![text],
                attempts: vec![],
            }],
        }
    }

    #[test]
    fn a_whole_chain_holds_over_what_is_withheld() {
        let good = check(&trail());
        assert_eq!((good.entries, good.withheld, good.texts, good.wrong.len()), (3, 1, 1, 0), "{:?}", good.wrong);
    }

    #[test]
    fn whatever_is_changed_is_named() {
        type Change = (&'static str, fn(&mut Chapter));
        let changes: [Change; 8] = [
            ("Entry 1", |c| c.entries[0].at += 1),
            ("Entry 1", |c| c.entries[0].whole.as_mut().unwrap().policy = 2),
            ("Entry 3", |c| c.entries[2].whole.as_mut().unwrap().by = By::Console),
            ("Entry 3", |c| c.entries[1].hash = c.entries[0].hash.clone()),
            ("Entry 3", |c| {
                c.entries.remove(1);
            }),
            ("the text of its note was changed", |c| c.texts[0].json = c.texts[0].json.replace("Valve", "Pump")),
            ("the text of its note is missing", |c| c.texts.clear()),
            ("stands in no entry", |c| {
                c.texts.push(Text { id: 10, ..c.texts[0].clone() });
            }),
        ];
        for (told, change) in changes {
            let mut trail = trail();
            change(&mut trail.tickets[0]);
            let wrong = check(&trail).wrong.join("\n");
            assert!(wrong.contains(told), "{told}: {wrong}");
        }
    }
}
