//! Takes a trail from the journal: every entry, what it says to a reader, and the texts that belong to it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use warmline_domain::journal::{Entry as JournalEntry, Stream};
use warmline_domain::site::Site;
use warmline_domain::ticket::attempts::{Direction, told};
use warmline_domain::ticket::trail::{Form, Shown, outside, without_reasons};
use warmline_domain::ticket::{Event, Ticket};
use warmline_domain::trail::{Chapter, Line, Text, TextKind, Trail, VERSION, sealed};
use warmline_domain::{By, MessageId, PromiseId, RecordId, TicketId};
use warmline_store::{Fault, MessageRow, View};

use super::{About, Export};
use crate::attempts::words;
use crate::honesty::Known;
use crate::page::moment;
use crate::timeline::{Eyes, author, sentence};

/// Tickets of one customer in one trail: a file that can still be opened.
const TICKETS: usize = 500;
const PAGE: usize = 100;

pub(super) async fn trail(export: &Export<'_>, about: About, form: Form) -> Result<Trail, Fault> {
    let site = as_shown(export.site, form);
    let tickets = match about {
        About::Ticket(id) => vec![id],
        About::Customer(_) => tickets_of(export, about).await?,
    };
    let mut chapters = Vec::new();
    for id in tickets {
        chapters.extend(chapter(export, &site, id, form).await?);
    }
    let named = match (about, chapters.first()) {
        (About::Ticket(_), Some(chapter)) => format!("ticket {}", chapter.number),
        (_, Some(chapter)) => format!("customer {}", chapter.customer),
        _ => return Err(Fault("There is nothing to export.".into())),
    };
    Ok(Trail {
        warmline_trail: VERSION,
        made_at: export.now,
        company: site.company.clone(),
        zone: export.zone.iana_name().unwrap_or("UTC").to_owned(),
        form,
        about: named,
        tickets: chapters,
    })
}

/// Where the house keeps its people's names to itself, so does what it hands out.
fn as_shown(site: &Site, form: Form) -> Site {
    let mut site = site.clone();
    if form == Form::Outside && site.wording.inside.private_colleagues {
        site.agents.values_mut().for_each(|agent| agent.name = "One of us".into());
    }
    site
}

/// The oldest first.
async fn tickets_of(export: &Export<'_>, about: About) -> Result<Vec<TicketId>, Fault> {
    let About::Customer(customer) = about else { return Ok(vec![]) };
    let mut found: Vec<TicketId> = Vec::new();
    let mut after = None;
    loop {
        let page = export.store.list(&View::Customer(customer), after, PAGE).await?;
        found.extend(page.rows.iter().map(|row| row.ticket.id));
        after = page.next;
        if found.len() > TICKETS {
            let words = "This customer has more than 500 tickets; export the trails of single tickets.";
            return Err(Fault(words.into()));
        }
        if after.is_none() {
            found.reverse();
            return Ok(found);
        }
    }
}

async fn chapter(export: &Export<'_>, site: &Site, id: TicketId, form: Form) -> Result<Option<Chapter>, Fault> {
    let store = export.store;
    let Some(ticket) = store.ticket(id).await?.map(|t| t.value) else { return Ok(None) };
    let entries = store.journal(Stream::Ticket(id.0)).await?;
    let customer = store.customer(ticket.customer).await?;
    let promised = store.promises_of(id).await?.into_iter().map(|p| (p.id, p.what)).collect();
    let messages = store.messages(id).await?;
    let written = store.record(id).await?.into_iter().map(|r| (r.id, r.text)).collect();
    let telling = Telling { export, site, ticket: &ticket, promised, written, messages: &messages, form };
    let events: Vec<Option<Event>> = entries.iter().map(|e| serde_json::from_str(&e.body).ok()).collect();
    let known: Vec<Event> = events.iter().flatten().cloned().collect();
    let mut shown = outside(&known).into_iter();
    let lines: Vec<Line> = entries
        .iter()
        .zip(&events)
        .map(|(entry, event)| match event {
            Some(event) => {
                let outside = shown.next().unwrap_or(Shown::Nothing);
                telling.line(entry, event, if form == Form::Inside { Shown::Whole } else { outside })
            }
            None if form == Form::Inside => Line::whole(entry, String::new()),
            None => Line::withheld(entry, String::new()),
        })
        .collect();
    let texts = texts(store.texts(id).await?, &lines, form);
    let subject = if form == Form::Inside { &ticket.subject } else { ticket.mail_subject() };
    Ok(Some(Chapter {
        ticket: id.0,
        number: ticket.number.to_string(),
        subject: subject.open().cloned().unwrap_or_default(),
        customer: customer.and_then(|c| c.value.name.open().cloned()).unwrap_or_default(),
        attempts: telling.attempts(&entries, &events),
        entries: lines,
        texts,
    }))
}

/// Outside, only what belongs to a given entry leaves; inside, all there is, so that what belongs to none is found.
fn texts(all: Vec<Text>, lines: &[Line], form: Form) -> Vec<Text> {
    if form == Form::Inside {
        return all;
    }
    let given = lines.iter().filter_map(|l| serde_json::from_str::<Event>(&l.whole.as_ref()?.body).ok());
    let wanted: BTreeSet<(TextKind, i64)> = given
        .filter_map(|event| match &event {
            Event::MovedIn { message, .. } => Some((TextKind::Message, message.0)),
            other => sealed(other).map(|(kind, id, _)| (kind, id)),
        })
        .collect();
    all.into_iter().filter(|t| wanted.contains(&(t.kind, t.id))).collect()
}

struct Telling<'a> {
    export: &'a Export<'a>,
    site: &'a Site,
    ticket: &'a Ticket,
    promised: BTreeMap<PromiseId, String>,
    written: BTreeMap<RecordId, String>,
    messages: &'a [MessageRow],
    form: Form,
}

impl Telling<'_> {
    fn line(&self, entry: &JournalEntry, event: &Event, shown: Shown) -> Line {
        match shown {
            Shown::Whole => Line::whole(entry, self.says(entry.by, event)),
            Shown::Happening => Line::withheld(entry, self.says(entry.by, &without_reasons(event.clone()))),
            Shown::Nothing => Line::withheld(entry, String::new()),
        }
    }

    /// The timeline's sentence; of a message or a note, whose it is.
    fn says(&self, by: By, event: &Event) -> String {
        match event {
            Event::MessageReceived { message, .. } | Event::MessageHeld { message, .. } => self.sender(*message),
            Event::MovedIn { message, .. } if self.form == Form::Outside => self.sender(*message),
            Event::MessageWritten { .. } | Event::NoteWritten { .. } => author(by, self.site, "Warmline"),
            Event::Opened { .. } => format!("Opened under the number {}", self.ticket.number),
            Event::RecordingKept { until, .. } => format!("A recording of the call is kept until {}", self.at(*until)),
            event => {
                let none = |rule: &str| rule.to_owned();
                let eyes = Eyes {
                    site: self.site,
                    ticket: self.ticket,
                    who: By::Console,
                    // Far from all of it, so that each moment is told with its day and year.
                    now: Timestamp::UNIX_EPOCH,
                    zone: self.export.zone,
                    promised: &self.promised,
                    written: &self.written,
                    beside: &Known::default(),
                    says: &none,
                    seen: None,
                };
                let said = sentence(event, by, &eyes).unwrap_or_default();
                // A reason that was taken out leaves nothing behind it.
                said.trim_end_matches([':', ' ']).replace("()", "").trim_end().to_owned()
            }
        }
    }

    fn sender(&self, message: MessageId) -> String {
        let row = self.messages.iter().find(|m| m.id == message);
        row.map_or_else(|| "A message that is on another ticket now".into(), |m| m.content.from.shown().to_owned())
    }

    fn at(&self, at: Timestamp) -> String {
        moment(at, Timestamp::UNIX_EPOCH, self.export.zone)
    }

    fn attempts(&self, entries: &[JournalEntry], events: &[Option<Event>]) -> Vec<String> {
        let heard = entries.iter().zip(events).filter_map(|(e, event)| Some((e.at, e.by, event.as_ref()?)));
        let line = |attempt: &warmline_domain::ticket::attempts::Attempt| {
            let by = match attempt.direction {
                Direction::Out if attempt.by.agent().is_some() => {
                    format!(" ({})", author(attempt.by, self.site, ""))
                }
                _ => String::new(),
            };
            format!("{}: {}{by}", self.at(attempt.at), words(attempt))
        };
        told(heard).iter().map(line).collect()
    }
}
