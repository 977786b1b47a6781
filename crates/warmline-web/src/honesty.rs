//! What goes beside an answer: what it stands on, the answer it puts right, the note it shows on purpose. The customer
//! reads none of it; the timeline inside shows all of it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use warmline_domain::ticket::Event as Happened;
use warmline_domain::ticket::honesty::{Event, Ground, Showing};
use warmline_domain::{By, MessageId, NoteId, Refusal, TicketId};
use warmline_etiquette::Language;
use warmline_store::{Draft, DraftBeside, Entry, MessageRow, NoteRow, SameElsewhere};

use crate::App;
use crate::drafts::keep_draft;
use crate::forms::addresses_as_text;
use crate::on::{OnMessage, OnNote, OnTicket};
use crate::page::{Shown, Wrong, moment};
use crate::timeline::{Eyes, author};

/// The lines of a form, read.
pub(crate) fn grounds(lines: &str) -> Result<Vec<Ground>, Refusal> {
    lines.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::parse).collect()
}

pub(crate) fn showing(beside: &DraftBeside) -> Option<Showing> {
    (beside.shows > 0).then(|| Showing { note: NoteId(beside.shows), why: beside.shows_why.clone() })
}

pub(crate) fn corrects(beside: &DraftBeside) -> Option<MessageId> {
    (beside.corrects > 0).then_some(MessageId(beside.corrects))
}

/// What the composer shows of it.
pub(crate) struct BesideView {
    pub(crate) grounds: String,
    /// The policy asks for it in this queue.
    pub(crate) asked: bool,
    pub(crate) corrects: Option<CorrectsView>,
    pub(crate) shows: Option<ShowsView>,
    pub(crate) find_out: FindOut,
}

pub(crate) struct CorrectsView {
    pub(crate) id: i64,
    pub(crate) when: String,
    pub(crate) told: String,
}

/// What is about to be shown of the inside, named before it goes.
pub(crate) struct ShowsView {
    pub(crate) id: i64,
    pub(crate) author: String,
    pub(crate) when: String,
    pub(crate) text: String,
    pub(crate) why: String,
}

/// “I’ll find out”: its words, and the promise they make as the form of an answer carries it.
pub(crate) struct FindOut {
    pub(crate) words: String,
    pub(crate) promise: String,
}

pub(crate) async fn beside_view(
    app: &App,
    queue: &str,
    draft: Option<&DraftBeside>,
    theirs: &str,
) -> Result<BesideView, Wrong> {
    let (now, zone) = (app.desk.clock.now(), &app.settings.zone);
    let draft = draft.cloned().unwrap_or_default();
    let wrong = app.desk.store.message(MessageId(draft.corrects)).await?;
    let note = app.desk.store.note(NoteId(draft.shows)).await?;
    let site = app.desk.site();
    Ok(BesideView {
        grounds: draft.grounds,
        asked: site.policy.honesty.grounds_in_queues.iter().any(|name| name.eq_ignore_ascii_case(queue)),
        corrects: wrong.map(|(_, row)| CorrectsView {
            id: row.id.0,
            when: moment(row.at, now, zone),
            told: row.content.to.iter().chain(&row.content.cc).map(|a| a.shown()).collect::<Vec<_>>().join(", "),
        }),
        shows: note.map(|(_, row)| ShowsView {
            id: row.id.0,
            author: author(row.by, &site, ""),
            when: moment(row.at, now, zone),
            text: row.content.text,
            why: draft.shows_why,
        }),
        find_out: find_out(app, now, Language::guess(theirs)),
    })
}

/// By tomorrow at five: long enough to find something out, short enough to be waited for.
fn find_out(app: &App, now: Timestamp, language: Language) -> FindOut {
    let tomorrow = (now + SignedDuration::from_hours(24)).to_zoned(app.settings.zone.clone());
    let (lead, promise) = match language.code() {
        "de" => (
            "Das weiß ich noch nicht, und ich möchte es lieber herausfinden als raten.",
            "Meine Antwort bekommen Sie bis morgen um 17:00 Uhr.",
        ),
        _ => (
            "I don't know that yet, and I'd rather find out than guess.",
            "You will have my answer by tomorrow at 17:00.",
        ),
    };
    let due = tomorrow.strftime("%Y-%m-%dT17:00");
    FindOut { words: format!("{lead} {promise}"), promise: format!("{due} {promise}") }
}

/// What is known of the answers and notes of one ticket beside their words.
#[derive(Default)]
pub(crate) struct Known {
    grounds: BTreeMap<MessageId, Vec<Ground>>,
    /// Wrong answer, and the one that puts it right.
    corrected: BTreeMap<MessageId, MessageId>,
    elsewhere: BTreeMap<MessageId, Vec<SameElsewhere>>,
    shown: BTreeSet<NoteId>,
}

/// An answer of ours on the timeline.
#[derive(Default)]
pub(crate) struct OursView {
    /// In words, and where it leads.
    pub(crate) stands_on: Vec<(String, String)>,
    pub(crate) corrected_by: Option<MessageId>,
    pub(crate) corrects: Option<MessageId>,
    pub(crate) may_correct: bool,
    /// Other tickets that were told the same: number, subject, message.
    pub(crate) elsewhere: Vec<(String, String, MessageId)>,
}

impl Known {
    pub(crate) async fn of(app: &App, ticket: TicketId, entries: &[Entry]) -> Result<Known, Wrong> {
        let mut known =
            Known { grounds: app.desk.store.grounds(ticket).await?.into_iter().collect(), ..Known::default() };
        let gone: BTreeSet<MessageId> = messages(entries).filter(|m| is_gone(m)).map(|m| m.id).collect();
        for event in events(entries) {
            match event {
                Event::Corrected { message, by } if !gone.contains(&by) => {
                    known.corrected.insert(message, by);
                }
                Event::NoteShown { note, message, .. } if !gone.contains(&message) => {
                    known.shown.insert(note);
                }
                _ => {}
            }
        }
        let wrong: Vec<&MessageRow> = messages(entries).filter(|m| known.corrected.contains_key(&m.id)).collect();
        for row in wrong {
            let grounds = known.grounds.get(&row.id).cloned().unwrap_or_default();
            known.elsewhere.insert(row.id, elsewhere(app, ticket, row, &grounds).await?);
        }
        Ok(known)
    }

    pub(crate) fn ours(&self, row: &MessageRow) -> OursView {
        let put_right = self.corrected.iter().find(|(_, by)| **by == row.id).map(|(wrong, _)| *wrong);
        let same = self.elsewhere.get(&row.id).into_iter().flatten();
        OursView {
            stands_on: self.grounds.get(&row.id).into_iter().flatten().map(in_words).collect(),
            corrected_by: self.corrected.get(&row.id).copied(),
            corrects: put_right,
            may_correct: row.kind == "answer"
                && !matches!(row.delivery.as_str(), "queued" | "withdrawn")
                && !self.corrected.contains_key(&row.id),
            elsewhere: same.map(|s| (s.number.to_string(), s.subject.clone(), s.message)).collect(),
        }
    }

    pub(crate) fn was_shown(&self, note: &NoteRow) -> bool {
        self.shown.contains(&note.id)
    }
}

fn messages(entries: &[Entry]) -> impl Iterator<Item = &MessageRow> {
    entries.iter().filter_map(|e| match e {
        Entry::Message(m) => Some(&**m),
        _ => None,
    })
}

fn is_gone(row: &MessageRow) -> bool {
    row.delivery == "withdrawn"
}

fn events(entries: &[Entry]) -> Vec<Event> {
    let honesty = |e: &Entry| match e {
        Entry::Event(e) => match serde_json::from_str(&e.body).ok()? {
            Happened::Honesty(event) => Some(event),
            _ => None,
        },
        _ => None,
    };
    entries.iter().filter_map(honesty).collect()
}

fn in_words(ground: &Ground) -> (String, String) {
    match ground {
        Ground::Link(link) => (link.clone(), link.clone()),
        Ground::Article(key, version) => (format!("article {key}, version {version}"), format!("/articles/{key}")),
        Ground::Ticket(number) => (format!("ticket {number}"), format!("/tickets/{number}")),
        Ground::Measured(what) => (format!("measured: {what}"), String::new()),
        Ground::Belief => ("own belief".into(), String::new()),
    }
}

/// Tickets that are looked at for the same words.
const LOOKED_AT: usize = 10;
/// A sentence of fewer words says nothing about where it came from.
const SENTENCE_WORDS: usize = 6;

/// Answers on other tickets with a sentence of this one, or on the same link or ticket, that nobody has put right yet.
async fn elsewhere(
    app: &App,
    ticket: TicketId,
    row: &MessageRow,
    grounds: &[Ground],
) -> Result<Vec<SameElsewhere>, Wrong> {
    let store = &app.desk.store;
    let mut found = store.answers_on(grounds, ticket).await?;
    let sentences = sentences(&row.content.text);
    if let Some(longest) = sentences.iter().max_by_key(|s| s.len()) {
        let hits = store.search(longest, warmline_store::Order::Newest, false).await?;
        for hit in hits.into_iter().filter(|h| h.ticket != ticket).take(LOOKED_AT) {
            let says = |m: &MessageRow| {
                let text = flat(&m.content.text);
                m.kind == "answer" && !is_gone(m) && sentences.iter().any(|s| text.contains(s.as_str()))
            };
            let rows = store.messages(hit.ticket).await?.into_iter().filter(says);
            found.extend(rows.map(|m| SameElsewhere {
                ticket: hit.ticket,
                number: hit.number,
                subject: hit.subject.clone(),
                message: m.id,
            }));
        }
    }
    found.sort_by_key(|s| s.message);
    found.dedup_by_key(|s| s.message);
    let mut open = vec![];
    for same in found {
        let entries = store.timeline(same.ticket).await?;
        let put_right =
            |e: &Event| matches!(e, Event::Corrected { message, by } if [*message, *by].contains(&same.message));
        if !events(&entries).iter().any(put_right) {
            open.push(same);
        }
    }
    Ok(open)
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn sentences(text: &str) -> Vec<String> {
    let own: Vec<&str> = text.lines().filter(|l| !l.starts_with('>')).collect();
    let flat = flat(&own.join(" "));
    let long = |s: &&str| s.split(' ').count() >= SENTENCE_WORDS;
    flat.split_inclusive(['.', '?', '!']).map(str::trim).filter(long).map(str::to_owned).collect()
}

/// The timeline's sentence.
pub(crate) fn sentence(event: &Event, by: By, eyes: &Eyes<'_>) -> Option<String> {
    let who = author(by, eyes.site, "");
    match event {
        Event::StandsOn { .. } => None,
        Event::Corrected { .. } => Some(format!("{who} put an earlier answer right")),
        Event::NoteShown { why, .. } => Some(format!("{who} showed words of an inside note to the customer: {why}")),
    }
}

/// *Correct this*: an answer that refers to the wrong one is drafted, to everyone who was given it.
pub(crate) async fn correct(OnMessage { ticket: on, message, row }: OnMessage) -> Shown {
    if row.kind != "answer" {
        return Err(Wrong::Missing);
    }
    let kept = on.app.desk.store.draft(on.who.id, on.id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
    let drafted = correction(&row, on.app.desk.clock.now(), &on.app.settings.zone);
    let draft = Draft {
        text: format!("{drafted}\n\n{}", kept.text).trim_end().to_owned(),
        to: addresses_as_text(&row.content.to),
        cc: addresses_as_text(&row.content.cc),
        beside: DraftBeside { corrects: message.0, ..kept.beside.clone() },
        ..kept
    };
    keep_draft(&on.app, on.who.id, on.id, "answer", &draft).await?;
    on.back()
}

/// What was wrong is quoted in a line; what is right is for its author to say.
fn correction(row: &MessageRow, now: Timestamp, zone: &jiff::tz::TimeZone) -> String {
    let text = &row.content.text;
    let own: Vec<&str> = text.lines().filter(|l| !l.starts_with('>') && !l.trim().is_empty()).collect();
    let said: String = flat(&own.join(" ")).chars().take(QUOTED).collect();
    let at = row.at.to_zoned(zone.clone());
    let recent = now.duration_since(row.at) < SignedDuration::from_hours(6 * 24);
    if Language::guess(text).code() == "de" {
        const DAYS: [&str; 7] = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];
        let day = DAYS[usize::from(at.weekday().to_monday_zero_offset().unsigned_abs())];
        let when = if recent { format!("Am {day}") } else { at.strftime("Am %-d.%-m.%Y").to_string() };
        return format!("{when} haben wir Ihnen geschrieben: „{said}“ Das war nicht richtig. Richtig ist: {{…}}");
    }
    let when = at.strftime(if recent { "On %A" } else { "On %-d %B %Y" });
    format!("{when} we wrote: “{said}” That was not right. What is right: {{…}}")
}

/// Characters of the wrong answer that its correction quotes.
const QUOTED: usize = 240;

/// *Show this to the customer*: the words of a note come into the composer, to be edited as a new message. The note
/// stays a note.
pub(crate) async fn show_note(OnNote { ticket: on, note, row }: OnNote) -> Shown {
    let kept = on.app.desk.store.draft(on.who.id, on.id, "answer").await?.map(|(_, d)| d).unwrap_or_default();
    let text = format!("{}\n\n{}", kept.text, row.content.text).trim().to_owned();
    let beside = DraftBeside { shows: note.0, shows_why: String::new(), ..kept.beside.clone() };
    let draft = Draft { text, beside, ..kept };
    keep_draft(&on.app, on.who.id, on.id, "answer", &draft).await?;
    on.back()
}

/// A plain answer again: neither a correction nor words of a note. What is typed stays.
pub(crate) async fn plain(on: OnTicket) -> Shown {
    if let Some((_, mut draft)) = on.app.desk.store.draft(on.who.id, on.id, "answer").await? {
        draft.beside = DraftBeside { grounds: draft.beside.grounds, ..DraftBeside::default() };
        keep_draft(&on.app, on.who.id, on.id, "answer", &draft).await?;
    }
    on.back()
}
