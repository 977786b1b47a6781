//! The record beside a ticket: what another technician needs to take over, with what the desk knows drafted.

use std::collections::BTreeMap;

use axum::Form;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use warmline_desk::DeskError;
use warmline_domain::id::Minter;
use warmline_domain::site::Site;
use warmline_domain::ticket::record::{Act, Agreement, Came, Command, Event, Field, completeness, missing};
use warmline_domain::ticket::{Command as TicketCommand, Stage, Ticket, priority};
use warmline_domain::{RecordId, Refusal};
use warmline_store::{Entry, RecordRow};

use crate::App;
use crate::forms::local_moment;
use crate::on::OnTicket;
use crate::page::{Shown, moment};
use crate::tickets::fresh_node;

pub(crate) struct RecordPane {
    pub(crate) filled: usize,
    pub(crate) of: usize,
    pub(crate) problem: Kept,
    pub(crate) environment: Kept,
    pub(crate) state: Kept,
    pub(crate) next: Kept,
    pub(crate) solution: Kept,
    pub(crate) next_by: String,
    /// In words, with who.
    pub(crate) next_when: String,
    pub(crate) tried: Vec<Tried>,
    /// What a hand-over would lack.
    pub(crate) lacks: Vec<&'static str>,
    /// For the entries a form makes.
    pub(crate) fresh: RecordId,
    pub(crate) done: bool,
}

/// A field as it stands, or as the desk would draft it.
pub(crate) struct Kept {
    pub(crate) text: String,
    /// Nobody has said it yet.
    pub(crate) draft: bool,
}

pub(crate) struct Tried {
    pub(crate) what: String,
    pub(crate) at: String,
    pub(crate) by: String,
}

/// Words of a customer's mail that are quoted as the problem.
const PROBLEM_CHARS: usize = 400;

pub(crate) fn record_pane(app: &App, ticket: &Ticket, entries: &[Entry], rows: &[RecordRow]) -> RecordPane {
    let (site, now, zone) = (app.desk.site(), app.desk.clock.now(), &app.settings.zone);
    let stands = |field: Field, draft: String| match ticket.record.written.get(&field) {
        Some(id) => Kept { text: text_of(rows, *id), draft: false },
        None => Kept { text: draft, draft: true },
    };
    let (filled, of) = completeness(ticket, now);
    let by = ticket.record.next.map_or(now + SignedDuration::from_hours(24), |n| n.by.max(now));
    let name = |agent| site.agents.get(&agent).map(|a| a.name.clone()).unwrap_or_default();
    RecordPane {
        filled,
        of,
        problem: stands(Field::Problem, first_words(ticket, entries)),
        environment: stands(Field::Environment, ticket.stakes.asset.as_ref().map(|a| a.named()).unwrap_or_default()),
        state: stands(Field::State, state(ticket, entries, now)),
        next: stands(Field::Next, String::new()),
        solution: stands(Field::Solution, solution(ticket, entries, rows)),
        next_by: by.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
        next_when: ticket
            .record
            .next
            .map(|n| format!("{} by {}", name(n.owner), moment(n.by, now, zone)))
            .unwrap_or_default(),
        tried: rows.iter().filter(|r| r.kind == "tried").map(|r| tried(r, &site, now, zone, entries)).collect(),
        lacks: missing(ticket, Act::Give, now).into_iter().map(Field::missing).collect(),
        fresh: Minter::new(fresh_node()).mint(now),
        done: matches!(ticket.stage, Stage::Solved | Stage::Closed),
    }
}

fn text_of(rows: &[RecordRow], id: RecordId) -> String {
    rows.iter().find(|r| r.id == id).map(|r| r.text.clone()).unwrap_or_default()
}

fn tried(row: &RecordRow, site: &Site, now: Timestamp, zone: &jiff::tz::TimeZone, entries: &[Entry]) -> Tried {
    let came = entries.iter().find_map(|e| match e {
        Entry::Event(e) => match serde_json::from_str(&e.body) {
            Ok(warmline_domain::ticket::Event::Record(Event::Tried { id, came, .. })) if id == row.id => Some(came),
            _ => None,
        },
        _ => None,
    });
    let by = row.by.agent().and_then(|a| site.agents.get(&a)).map(|a| a.name.clone()).unwrap_or_default();
    let came = came.map_or("", Came::word);
    Tried { what: format!("{}: {came}", row.text), at: moment(row.at, now, zone), by }
}

/// The customer's own words.
fn first_words(ticket: &Ticket, entries: &[Entry]) -> String {
    let first = entries.iter().find_map(|e| match e {
        Entry::Message(m) if Some(m.id) == ticket.record.first_words => Some(m.content.text.trim()),
        _ => None,
    });
    first.unwrap_or_default().chars().take(PROBLEM_CHARS).collect()
}

/// Where it stands, as far as the desk can see.
fn state(ticket: &Ticket, entries: &[Entry], now: Timestamp) -> String {
    let last = |ours: bool| {
        entries.iter().rev().find_map(|e| match e {
            Entry::Message(m) if (m.kind == "answer") == ours && m.kind != "acknowledgement" => Some(m.at),
            _ => None,
        })
    };
    let ago = |at| priority::span_in_words(at, now);
    let spoken = match (last(true), last(false)) {
        (Some(ours), Some(theirs)) if theirs > ours => {
            format!("The customer wrote {} ago; we owe an answer.", ago(theirs))
        }
        (Some(ours), _) => format!("We wrote {} ago.", ago(ours)),
        (None, Some(theirs)) => format!("The customer wrote {} ago and has no answer yet.", ago(theirs)),
        (None, None) => String::new(),
    };
    let tried = match ticket.record.tried {
        0 => String::new(),
        1 => " One step was tried.".into(),
        n => format!(" {n} steps were tried."),
    };
    format!("{spoken}{tried}").trim().to_owned()
}

/// What a step that helped says, else our last answer.
fn solution(ticket: &Ticket, entries: &[Entry], rows: &[RecordRow]) -> String {
    let said = rows.iter().rev().find(|r| r.kind == "solution").map(|r| r.text.clone());
    let answer = entries.iter().rev().find_map(|e| match e {
        Entry::Message(m) if m.kind == "answer" && m.delivery != "withdrawn" => Some(m.content.text.clone()),
        _ => None,
    });
    let answer = answer.filter(|_| ticket.answered).map(|text| text.chars().take(PROBLEM_CHARS).collect());
    said.or(answer).unwrap_or_default()
}

/// The fields of the record, as several forms carry them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RecordForm {
    id: String,
    problem: String,
    environment: String,
    tried: String,
    came: String,
    state: String,
    next: String,
    next_by: String,
    solution: String,
}

impl RecordForm {
    /// For a ticket that is parked: where it stands, and what happens then.
    pub(crate) fn resting(id: String, state: String, next: String, next_by: String) -> RecordForm {
        RecordForm { id, state, next, next_by, ..RecordForm::default() }
    }

    /// Writes down what is new in it. A form sent twice writes the same entries.
    pub(crate) async fn keep(&self, on: &OnTicket) -> Result<(), DeskError> {
        let store = &on.app.desk.store;
        let ticket = store.ticket(on.id).await?.ok_or_else(|| Refusal::missing("ticket"))?.value;
        let rows = store.record(on.id).await?;
        let known: BTreeMap<RecordId, &str> = rows.iter().map(|r| (r.id, r.text.as_str())).collect();
        let first: i64 = self.id.parse().unwrap_or(0);
        let stands = |field: Field| ticket.record.written.get(&field).and_then(|id| known.get(id).copied());
        let mut commands = Vec::new();
        let fields = [
            (Field::Problem, &self.problem),
            (Field::Environment, &self.environment),
            (Field::State, &self.state),
            (Field::Solution, &self.solution),
        ];
        for (n, (field, text)) in (0i64..).zip(fields) {
            let text = text.replace("\r\n", "\n").trim().to_owned();
            let fresh = !known.contains_key(&RecordId(first + n));
            if !text.is_empty() && stands(field) != Some(&text) && fresh {
                commands.push(Command::Write { id: RecordId(first + n), field, text });
            }
        }
        if !self.tried.trim().is_empty() && !known.contains_key(&RecordId(first + 4)) {
            let came = Came::ALL.into_iter().find(|c| c.word() == self.came).unwrap_or(Came::NoChange);
            commands.push(Command::Try { id: RecordId(first + 4), what: self.tried.clone(), came, ticked: None });
        }
        commands.extend(self.next_step(on, &ticket, first + 5, &known, stands(Field::Next))?);
        for command in commands {
            on.app.desk.ask(on.wish(TicketCommand::Record(command))).await?;
        }
        Ok(())
    }

    fn next_step(
        &self,
        on: &OnTicket,
        ticket: &Ticket,
        id: i64,
        known: &BTreeMap<RecordId, &str>,
        stands: Option<&str>,
    ) -> Result<Option<Command>, Refusal> {
        let what = self.next.trim();
        if what.is_empty() || known.contains_key(&RecordId(id)) {
            return Ok(None);
        }
        let by = local_moment(&self.next_by, &on.app.settings.zone)?;
        let same = stands == Some(what) && ticket.record.next.is_some_and(|n| n.by == by);
        let owner = ticket.assignee.unwrap_or(on.who.id);
        Ok((!same).then(|| Command::Plan { id: RecordId(id), what: what.to_owned(), owner, by }))
    }
}

pub(crate) async fn keep(on: OnTicket, Form(form): Form<RecordForm>) -> Shown {
    match form.keep(&on).await {
        Ok(()) => on.back(),
        Err(DeskError::Refused(refusal)) => on.refused(refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

#[derive(Deserialize)]
pub(crate) struct SolveForm {
    #[serde(default)]
    id: String,
    #[serde(default)]
    solution: String,
    #[serde(default)]
    agreed: String,
    #[serde(default)]
    reason: String,
}

/// Solving is writing down what solved it, and how we know that the customer agrees.
pub(crate) async fn solve(on: OnTicket, Form(form): Form<SolveForm>) -> Shown {
    let agreed = match form.agreed.as_str() {
        "wrote" => Some(Agreement::Wrote),
        "said" => Some(Agreement::Said),
        "not-asked" => Some(Agreement::NotAsked(form.reason)),
        _ => None,
    };
    let record = RecordForm { id: form.id, solution: form.solution, ..RecordForm::default() };
    match record.keep(&on).await {
        Ok(()) => on.command(TicketCommand::Solve { agreed }).await,
        Err(DeskError::Refused(refusal)) => on.refused(refusal).await,
        Err(fault) => Err(fault.into()),
    }
}

/// For the timeline, with the words of the entry.
pub(crate) fn sentence(event: &Event, who: &str, text: &dyn Fn(RecordId) -> String) -> Option<String> {
    Some(match event {
        Event::Written { id, field: Field::Problem, .. } => format!("{who} put the problem as: {}", text(*id)),
        Event::Written { id, field: Field::Environment, .. } => {
            format!("{who} wrote what it happens on: {}", text(*id))
        }
        Event::Written { id, field: Field::Solution, .. } => format!("{who} wrote what solved it: {}", text(*id)),
        Event::Written { id, .. } => format!("{who} wrote where it stands: {}", text(*id)),
        Event::Planned { id, .. } => format!("{who} planned the next step: {}", text(*id)),
        Event::Tried { id, came, .. } => format!("{who} tried: {} – {}", text(*id), came.word()),
        Event::Agreed { agreed: Agreement::Clicked } => "The customer agrees that it is solved, by their click".into(),
        Event::Agreed { .. } => "The customer agrees that it is solved".into(),
        Event::Solved { agreed: Some(Agreement::Said), .. } => {
            "The customer said on the phone that it is solved".into()
        }
        Event::Solved { agreed: Some(Agreement::Wrote), .. } => "The customer wrote that it is solved".into(),
        Event::Solved { agreed: Some(Agreement::NotAsked(why)), .. } => format!("The customer was not asked: {why}"),
        Event::Solved { .. } | Event::AnsweredBy { .. } => return None,
    })
}
