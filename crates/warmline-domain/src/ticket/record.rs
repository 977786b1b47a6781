//! The record: what another technician needs to take over without asking anybody (practice P11).
//!
//! | what        | whose words                                   | drafted from                                |
//! |-------------|-----------------------------------------------|---------------------------------------------|
//! | problem     | the customer's, or better ones                | their first message                         |
//! | environment | which equipment, which version, where         | the asset                                   |
//! | tried       | each step with what came of it                | ticks of the runbook, steps by hand         |
//! | state       | where it stands now                           | the timeline                                |
//! | next        | what happens next, by whom and when           | the promise, the time it is parked until    |
//! | solution    | what solved it                                | the answer that went out with it            |
//!
//! | before it is …            | the record has                                  |
//! |---------------------------|-------------------------------------------------|
//! | given away or handed up   | problem, environment, tried, state, next        |
//! | parked                    | problem, state, next                            |
//! | solved                    | problem, solution, and whether the customer agrees |

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::ladder::Rung;
use super::{Stage, Ticket};
use crate::limits::{REASON_CHARS, RECORD_CHARS, STEPS_TRIED};
use crate::site::Site;
use crate::{AgentId, MessageId, RecordId, Refusal, Sealed, refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The entry that counts for each field.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub written: BTreeMap<Field, RecordId>,
    /// The customer's own words, until somebody has put the problem better.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_words: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<NextStep>,
    /// How many steps were tried.
    pub tried: u32,
    /// The answer that solved it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<MessageId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    Problem,
    Environment,
    Tried,
    State,
    Next,
    Solution,
}

impl Field {
    pub const ALL: [Field; 6] =
        [Field::Problem, Field::Environment, Field::Tried, Field::State, Field::Next, Field::Solution];
    pub fn word(self) -> &'static str {
        match self {
            Field::Problem => "problem",
            Field::Environment => "environment",
            Field::Tried => "tried",
            Field::State => "state",
            Field::Next => "next",
            Field::Solution => "solution",
        }
    }
    /// What is missing, for a sentence.
    pub fn missing(self) -> &'static str {
        match self {
            Field::Problem => "the problem in the customer’s words",
            Field::Environment => "what it happens on",
            Field::Tried => "what was tried, with results",
            Field::State => "where it stands now",
            Field::Next => "the next step, with who and when",
            Field::Solution => "what solved it",
        }
    }
}

/// What happens next. Its words are an entry of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextStep {
    pub owner: AgentId,
    pub by: Timestamp,
}

/// What came of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    Helped,
    NoChange,
    NotPossible,
}

impl Came {
    pub const ALL: [Came; 3] = [Came::NoChange, Came::Helped, Came::NotPossible];
    pub fn word(self) -> &'static str {
        match self {
            Came::Helped => "helped",
            Came::NoChange => "no change",
            Came::NotPossible => "not possible",
        }
    }
}

/// A step of a runbook, as it read when it was ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticked {
    pub runbook: String,
    pub version: u32,
    /// From 0.
    pub step: u32,
}

/// How we know that the customer agrees that it is solved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Agreement {
    /// They wrote so.
    Wrote,
    /// They said so on the phone.
    Said,
    /// With the button behind the link of the answer.
    Clicked,
    /// The answer asks them; silence until it closes is taken for a yes.
    Asked,
    /// They were not asked, for a reason.
    NotAsked(String),
}

#[derive(Clone, Debug)]
pub enum Command {
    /// Any field but the steps and the next one, which have commands of their own.
    Write {
        id: RecordId,
        field: Field,
        text: String,
    },
    Plan {
        id: RecordId,
        what: String,
        owner: AgentId,
        by: Timestamp,
    },
    Try {
        id: RecordId,
        what: String,
        came: Came,
        ticked: Option<Ticked>,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Written {
        id: RecordId,
        field: Field,
        text: Sealed<String>,
    },
    Planned {
        id: RecordId,
        what: Sealed<String>,
        owner: AgentId,
        by: Timestamp,
    },
    Tried {
        id: RecordId,
        what: Sealed<String>,
        came: Came,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        ticked: Option<Ticked>,
    },
    /// This answer is the solution.
    AnsweredBy {
        message: MessageId,
    },
    /// The customer confirmed it afterwards.
    Agreed {
        agreed: Agreement,
    },
    /// It counts as solved; on which rung of the ladder, if on any.
    Solved {
        agreed: Option<Agreement>,
        rung: Option<Rung>,
        spent: i64,
    },
}

/// What is about to happen to the ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// To somebody else, or up.
    Give,
    Park,
    Solve,
}

impl Act {
    fn needs(self) -> &'static [Field] {
        match self {
            Act::Give => &[Field::Problem, Field::Environment, Field::Tried, Field::State, Field::Next],
            Act::Park => &[Field::Problem, Field::State, Field::Next],
            Act::Solve => &[Field::Problem, Field::Solution],
        }
    }
    fn so_far(self) -> &'static str {
        match self {
            Act::Give => "handed over",
            Act::Park => "parked",
            Act::Solve => "solved",
        }
    }
}

/// How far ahead a next step may be.
const YEAR: SignedDuration = SignedDuration::from_hours(24 * 366);

pub(super) fn decide(ticket: &Ticket, site: &Site, now: Timestamp, command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Write { field: field @ (Field::Tried | Field::Next), .. } => Err(Refusal::input(
            format!("“{}” has a form of its own.", field.word()),
            "Enter the step with its result, or what happens next with who and when.",
        )),
        Command::Write { id, field, text } => {
            let text = Sealed::new(entry(&text)?);
            Ok(vec![Event::Written { id, field, text }])
        }
        Command::Plan { id, what, owner, by } => planned(site, now, id, &what, owner, by).map(|e| vec![e]),
        Command::Try { id, what, came, ticked } => {
            if ticket.record.tried as usize >= STEPS_TRIED {
                return Err(Refusal::state(
                    format!("{STEPS_TRIED} steps are on the record already."),
                    "Write what else was tried into where it stands now.",
                ));
            }
            Ok(vec![Event::Tried { id, what: Sealed::new(entry(&what)?), came, ticked }])
        }
    }
}

pub(super) fn planned(
    site: &Site,
    now: Timestamp,
    id: RecordId,
    what: &str,
    owner: AgentId,
    by: Timestamp,
) -> Result<Event, Refusal> {
    site.agents.get(&owner).filter(|a| a.active).ok_or_else(|| Refusal::missing("agent"))?;
    if by <= now || by > now + YEAR {
        return Err(Refusal::input(
            "The next step is for a time from now to a year ahead.",
            "Choose a day and a time.",
        ));
    }
    Ok(Event::Planned { id, what: Sealed::new(entry(what)?), owner, by })
}

pub(super) fn entry(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > RECORD_CHARS {
        return Err(Refusal::input(
            format!("An entry of the record has 1 to {RECORD_CHARS} characters."),
            "Say it in a few sentences; long output belongs into an attachment or a note.",
        ));
    }
    Ok(text.to_owned())
}

fn has(ticket: &Ticket, field: Field, now: Timestamp) -> bool {
    let record = &ticket.record;
    let otherwise = match field {
        Field::Problem => record.first_words.is_some(),
        Field::Environment => ticket.stakes.asset.is_some(),
        Field::Tried => record.tried > 0,
        // What was to happen by a time that has passed is no next step.
        Field::Next => return record.next.is_some_and(|next| next.by > now),
        Field::Solution => record.answered_by.is_some(),
        Field::State => false,
    };
    otherwise || record.written.contains_key(&field)
}

/// What the record lacks before this may happen, in the order it is read.
pub fn missing(ticket: &Ticket, act: Act, now: Timestamp) -> Vec<Field> {
    act.needs().iter().copied().filter(|field| !has(ticket, *field, now)).collect()
}

pub(super) fn complete(ticket: &Ticket, site: &Site, act: Act, now: Timestamp) -> Result<(), Refusal> {
    let policy = &site.policy.record;
    let asked = match act {
        Act::Give => policy.before_giving,
        Act::Park => policy.before_parking,
        Act::Solve => policy.before_solving,
    };
    let missing = if asked { missing(ticket, act, now) } else { vec![] };
    if missing.is_empty() {
        return Ok(());
    }
    let list: Vec<&str> = missing.into_iter().map(Field::missing).collect();
    Err(Refusal::new(
        refusal::Kind::State,
        format!("Before it is {}, the record needs {}.", act.so_far(), list.join("; ")),
        "Write it under “Record”; what the desk knows is drafted there. Nothing you typed is lost.",
    ))
}

/// Solving by hand: with the solution on the record, and knowing whether the customer agrees.
pub(super) fn solved(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    agreed: Option<Agreement>,
) -> Result<Event, Refusal> {
    complete(ticket, site, Act::Solve, now)?;
    let agreed = agreement(site, agreed)?;
    Ok(Event::Solved { agreed, rung: ticket.ladder.last, spent: ticket.effort.spent_at(now) })
}

fn agreement(site: &Site, agreed: Option<Agreement>) -> Result<Option<Agreement>, Refusal> {
    if !site.policy.record.customer_agrees {
        return Ok(agreed);
    }
    match agreed {
        Some(Agreement::NotAsked(why)) => {
            let why: String = why.trim().chars().take(REASON_CHARS).collect();
            let asks = "Nobody asked the customer, and no reason is given.";
            if why.is_empty() {
                let way = "Say why they cannot be asked, or ask them with an answer.";
                return Err(Refusal::new(refusal::Kind::NeedsReason, asks, way));
            }
            Ok(Some(Agreement::NotAsked(why)))
        }
        Some(agreed) => Ok(Some(agreed)),
        None => Err(Refusal::new(
            refusal::Kind::NeedsReason,
            "A problem is solved when the customer says so.",
            "Say how they agreed: they wrote it, said it on the phone, are asked in your answer, or why not.",
        )),
    }
}

/// An answer that goes out with *and solve*: it is the solution, and it asks.
pub(super) fn solved_by(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    message: MessageId,
) -> Result<Vec<Event>, Refusal> {
    let answered = Event::AnsweredBy { message };
    let mut after = ticket.clone();
    evolve(&mut after, &answered);
    complete(&after, site, Act::Solve, now)?;
    let (rung, spent) = (ticket.ladder.last, ticket.effort.spent_at(now));
    Ok(vec![answered, Event::Solved { agreed: Some(Agreement::Asked), rung, spent }])
}

pub(super) fn evolve(ticket: &mut Ticket, event: &Event) {
    let record = &mut ticket.record;
    match event {
        Event::Written { id, field, .. } => drop(record.written.insert(*field, *id)),
        Event::Planned { id, owner, by, .. } => {
            record.written.insert(Field::Next, *id);
            record.next = Some(NextStep { owner: *owner, by: *by });
        }
        Event::Tried { ticked, .. } => {
            record.tried += 1;
            if ticked.is_some() {
                ticket.ladder.climb(Rung::Runbook);
            }
        }
        Event::AnsweredBy { message } => record.answered_by = Some(*message),
        Event::Solved { .. } | Event::Agreed { .. } => {}
    }
}

impl Record {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Record::default()
    }

    /// What a reopened ticket was solved with did not solve it.
    pub(super) fn reopened(&mut self, stage: Stage) {
        if matches!(stage, Stage::Solved | Stage::Closed) {
            self.answered_by = None;
            self.written.remove(&Field::Solution);
        }
    }
}

/// How complete it is, of how many: an open ticket has no solution yet.
pub fn completeness(ticket: &Ticket, now: Timestamp) -> (usize, usize) {
    let done = matches!(ticket.stage, Stage::Solved | Stage::Closed);
    let fields: &[Field] =
        if done { &[Field::Problem, Field::Environment, Field::Tried, Field::Solution] } else { Act::Give.needs() };
    (fields.iter().filter(|f| has(ticket, **f, now)).count(), fields.len())
}
