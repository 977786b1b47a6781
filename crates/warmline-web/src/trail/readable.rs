//! A trail as people read it: as a page of its own, and on paper. Both are made of the trail alone.

use std::collections::BTreeMap;

use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use warmline_domain::ticket::trail::Form;
use warmline_domain::ticket::{Delivery, Event, Message, Note, delivery_after};
use warmline_domain::trail::{Chapter, TextKind, Trail};
use warmline_paper::{Attachment, Block, Document, Mark, Size};
use warmline_store::Fault;

use crate::page::{bytes_in_words, moment};

pub(super) struct Part {
    number: String,
    subject: String,
    customer: String,
    attempts: Vec<String>,
    items: Vec<Item>,
    withheld: usize,
}

pub(super) enum Item {
    Happened { at: String, says: String },
    Said { from: String, about: String, mark: Mark, text: String },
}

impl Part {
    fn withheld_in_words(&self) -> String {
        match self.withheld {
            1 => "One entry stays inside; the record holds its place in the chain.".into(),
            n => format!("{n} entries stay inside; the record holds their places in the chain."),
        }
    }
}

fn parts(trail: &Trail) -> Vec<Part> {
    let zone = TimeZone::get(&trail.zone).unwrap_or(TimeZone::UTC);
    trail.tickets.iter().map(|chapter| part(chapter, &zone)).collect()
}

fn part(chapter: &Chapter, zone: &TimeZone) -> Part {
    let texts: BTreeMap<(TextKind, i64), &str> =
        chapter.texts.iter().map(|t| ((t.kind, t.id), t.json.as_str())).collect();
    let event = |line: &warmline_domain::trail::Line| serde_json::from_str::<Event>(&line.whole.as_ref()?.body).ok();
    let events: Vec<Option<Event>> = chapter.entries.iter().map(event).collect();
    let fates: BTreeMap<i64, Delivery> =
        events.iter().flatten().filter_map(delivery_after).map(|(m, delivery, _)| (m.0, delivery)).collect();
    let mut items = Vec::new();
    for (line, event) in chapter.entries.iter().zip(&events) {
        let at = Timestamp::from_millisecond(line.at).unwrap_or_default();
        // Far from all of it, so that each moment is told with its day and year.
        let at = moment(at, Timestamp::UNIX_EPOCH, zone);
        let said = event.as_ref().and_then(|event| said(event, &texts, &fates, &line.says, &at));
        match said {
            Some(item) => items.push(item),
            None if !line.says.is_empty() => items.push(Item::Happened { at, says: line.says.clone() }),
            None => {}
        }
    }
    Part {
        number: chapter.number.clone(),
        subject: chapter.subject.clone(),
        customer: chapter.customer.clone(),
        attempts: chapter.attempts.clone(),
        withheld: chapter.entries.iter().filter(|l| l.whole.is_none()).count(),
        items,
    }
}

fn said(
    event: &Event,
    texts: &BTreeMap<(TextKind, i64), &str>,
    fates: &BTreeMap<i64, Delivery>,
    says: &str,
    at: &str,
) -> Option<Item> {
    let (mark, id) = match event {
        Event::NoteWritten { note, .. } => {
            let note: Note = serde_json::from_str(texts.get(&(TextKind::Note, note.0))?).ok()?;
            let (from, about) = (says.to_owned(), format!("{at} · inside only"));
            return Some(Item::Said { from, about, mark: Mark::Inside, text: note.text });
        }
        Event::MessageWritten { message, .. } => (Mark::Ours, message.0),
        Event::MessageReceived { message, .. } | Event::MessageHeld { message, .. } => (Mark::Theirs, message.0),
        Event::MovedIn { message, .. } => (Mark::Theirs, message.0),
        _ => return None,
    };
    let message: Message = serde_json::from_str(texts.get(&(TextKind::Message, id))?).ok()?;
    let names = |all: &[warmline_domain::ticket::Address]| {
        all.iter().map(|a| a.address.as_str()).collect::<Vec<_>>().join(", ")
    };
    let mut about = vec![at.to_owned()];
    match mark {
        Mark::Ours => {
            about.push(format!("to {}", names(&[message.to.clone(), message.cc.clone()].concat())));
            about.extend(fates.get(&id).map(|f| f.word().to_owned()));
        }
        _ => about.push(message.from.address.clone()),
    }
    let file = |a: &warmline_domain::ticket::Attachment| format!("{} ({})", a.name, bytes_in_words(a.bytes));
    let files: Vec<String> = message.attachments.iter().map(file).collect();
    if !files.is_empty() {
        about.push(format!("with {}", files.join(", ")));
    }
    let from = if mark == Mark::Theirs { message.from.shown().to_owned() } else { says.to_owned() };
    Some(Item::Said { from, about: about.join(" · "), mark, text: message.text })
}

fn headline(trail: &Trail) -> String {
    format!("The trail of {}", trail.about)
}

/// What this is, in a line or two.
fn explained(trail: &Trail) -> String {
    let zone = TimeZone::get(&trail.zone).unwrap_or(TimeZone::UTC);
    let made = moment(trail.made_at, Timestamp::UNIX_EPOCH, &zone);
    let form = match trail.form {
        Form::Outside => "Without what is written for people inside.",
        Form::Inside => "With what is written for people inside; it must not leave the house.",
    };
    format!("{} · made {made} ({}) · {form}", trail.company, trail.zone)
}

const HOW_TO_CHECK: &str = "This file is signed as a whole and carries the record it was made from. “warmline trail \
                            verify FILE --key KEY” says who signed it and whether anything was changed since.";

#[derive(Template)]
#[template(path = "trail.html")]
struct TrailPage<'a> {
    title: String,
    explained: String,
    inside: bool,
    parts: Vec<Part>,
    how: &'a str,
    record: String,
}

pub(super) fn html(trail: &Trail, json: &[u8]) -> Result<Vec<u8>, Fault> {
    let page = TrailPage {
        title: headline(trail),
        explained: explained(trail),
        inside: trail.form == Form::Inside,
        parts: parts(trail),
        how: HOW_TO_CHECK,
        record: base64(json),
    };
    page.render().map(String::into_bytes).map_err(|e| Fault(format!("The trail could not be drawn: {e}.")))
}

/// RFC 4648 §4: what a data address carries.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let three = [0, 1, 2].map(|i| u32::from(chunk.get(i).copied().unwrap_or(0)));
        let bits = three[0] << 16 | three[1] << 8 | three[2];
        for place in 0..4 {
            let letter = char::from(LETTERS[(bits >> (18 - 6 * place) & 63) as usize]);
            out.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

const LETTERS: f32 = 9.5;

pub(super) fn pdf(trail: &Trail, json: Vec<u8>, letter: bool) -> Vec<u8> {
    let mut blocks = vec![Block::Title(headline(trail)), Block::Fine(explained(trail)), Block::Rule];
    for part in parts(trail) {
        let withheld = (part.withheld > 0).then(|| part.withheld_in_words());
        blocks.push(Block::Heading(format!("{} · {}", part.number, part.subject)));
        blocks.push(Block::Fine(format!("Customer: {}", part.customer)));
        for item in part.items {
            blocks.push(match item {
                Item::Happened { at, says } => Block::Event { at, text: says },
                Item::Said { from, about, mark, text } => Block::Message { from, about, mark, text },
            });
        }
        if !part.attempts.is_empty() {
            blocks.push(Block::Heading("Every attempt to reach each other".into()));
            blocks.extend(part.attempts.into_iter().map(Block::Fine));
        }
        blocks.extend(withheld.map(Block::Fine));
        blocks.push(Block::Rule);
    }
    blocks.push(Block::Fine(HOW_TO_CHECK.into()));
    warmline_paper::pdf(&Document {
        title: headline(trail),
        language: "en".into(),
        size: if letter { Size::Letter } else { Size::A4 },
        letters: LETTERS,
        blocks,
        footer: format!("{} · {}", trail.company, trail.about),
        attachment: Some(Attachment {
            name: "trail.json".into(),
            media_type: "application/json".into(),
            description: "The record this was made from, signed".into(),
            bytes: json,
        }),
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn base64_is_as_everybody_writes_it() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(super::base64(plain.as_bytes()), coded);
        }
    }
}
