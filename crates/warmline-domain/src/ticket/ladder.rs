//! The ladder beside the clock (practice P8): the runbook, the search, the colleagues who have seen it, the next tier.
//!
//! Which rungs were climbed stands on the ticket, so that a report can say what solved it and who handed it up without
//! having looked. A question to colleagues waits in its place; each answer lands as a note.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Event as TicketEvent, Note, Ticket};
use crate::limits::{COLLEAGUES_ASKED, LINK_CHARS, QUESTION_CHARS, QUESTIONS};
use crate::site::Site;
use crate::{AgentId, NoteId, RecordId, Refusal, Sealed};

/// From the first to the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rung {
    Runbook,
    Search,
    Colleague,
    NextTier,
}

impl Rung {
    pub const ALL: [Rung; 4] = [Rung::Runbook, Rung::Search, Rung::Colleague, Rung::NextTier];
    pub fn word(self) -> &'static str {
        match self {
            Rung::Runbook => "runbook",
            Rung::Search => "search",
            Rung::Colleague => "colleague",
            Rung::NextTier => "next tier",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ladder {
    /// In the order they were first climbed.
    pub climbed: Vec<Rung>,
    /// The rung that was used last: what is solved now was solved there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last: Option<Rung>,
    /// Questions to colleagues, with those who have not answered yet.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub questions: BTreeMap<RecordId, BTreeSet<AgentId>>,
}

/// Where somebody looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// Articles and past tickets.
    Desk,
    Web,
}

#[derive(Clone, Debug)]
pub enum Command {
    Search {
        place: Place,
    },
    /// A page that was found and is worth keeping with the ticket.
    Find {
        id: RecordId,
        link: String,
    },
    /// *Has anyone seen this?*
    Ask {
        id: RecordId,
        question: String,
        to: BTreeSet<AgentId>,
    },
    /// A colleague answers; an empty answer says that they have not seen it.
    Answer {
        question: RecordId,
        note: NoteId,
        text: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Searched { place: Place },
    Found { id: RecordId, link: Sealed<String> },
    Asked { id: RecordId, question: Sealed<String>, to: BTreeSet<AgentId> },
    Answered { question: RecordId, agent: AgentId, seen_it: bool },
}

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    agent: AgentId,
    command: Command,
) -> Result<Vec<TicketEvent>, Refusal> {
    let one = |event| Ok(vec![TicketEvent::Ladder(event)]);
    match command {
        Command::Search { place } => one(Event::Searched { place }),
        Command::Find { id, link } => one(Event::Found { id, link: Sealed::new(link_of(&link)?) }),
        Command::Ask { id, .. } if ticket.ladder.questions.contains_key(&id) => Ok(vec![]),
        Command::Ask { id, question, to } => {
            let question = question_of(ticket, &question)?;
            let there = |a: &AgentId| *a != agent && site.agents.get(a).is_some_and(|a| a.active);
            let to: BTreeSet<AgentId> = to.into_iter().filter(there).take(COLLEAGUES_ASKED).collect();
            if to.is_empty() {
                return Err(Refusal::input("Nobody was chosen to be asked.", "Choose at least one colleague."));
            }
            one(Event::Asked { id, question: Sealed::new(question), to })
        }
        Command::Answer { question, note, text } => answer(ticket, agent, question, note, &text),
    }
}

fn answer(
    ticket: &Ticket,
    agent: AgentId,
    question: RecordId,
    note: NoteId,
    text: &str,
) -> Result<Vec<TicketEvent>, Refusal> {
    if !ticket.ladder.questions.get(&question).is_some_and(|to| to.contains(&agent)) {
        return Err(Refusal::state("This question is answered, or was not for you.", "Write a note instead."));
    }
    let text = text.trim();
    let seen_it = !text.is_empty();
    let answered = TicketEvent::Ladder(Event::Answered { question, agent, seen_it });
    let content = Sealed::new(Note { text: text.to_owned() });
    let noted = seen_it.then_some(TicketEvent::NoteWritten { note, content });
    Ok(noted.into_iter().chain([answered]).collect())
}

fn link_of(link: &str) -> Result<String, Refusal> {
    let link = link.trim();
    let begins = |with: &str| link.get(..with.len()).is_some_and(|b| b.eq_ignore_ascii_case(with));
    let fits = link.chars().count() <= LINK_CHARS && !link.contains(|c: char| c.is_whitespace() || c.is_control());
    let host = link.split_once("://").is_some_and(|(_, rest)| rest.chars().next().is_some_and(char::is_alphanumeric));
    if (begins("http://") || begins("https://")) && fits && host {
        return Ok(link.to_owned());
    }
    Err(Refusal::input("This is not the address of a page.", "Paste it as it stands in the browser, with https://."))
}

fn question_of(ticket: &Ticket, question: &str) -> Result<String, Refusal> {
    let question = question.trim();
    if question.is_empty() || question.chars().count() > QUESTION_CHARS {
        return Err(Refusal::input(
            format!("A question to colleagues has 1 to {QUESTION_CHARS} characters."),
            "Say in a few sentences what you see.",
        ));
    }
    if ticket.ladder.questions.len() >= QUESTIONS {
        return Err(Refusal::state(
            format!("{QUESTIONS} questions about this ticket are open already."),
            "Wait for an answer, or hand it up.",
        ));
    }
    Ok(question.to_owned())
}

pub(super) fn evolve(ladder: &mut Ladder, event: &Event) {
    match event {
        Event::Searched { .. } | Event::Found { .. } => ladder.climb(Rung::Search),
        Event::Asked { id, to, .. } => {
            ladder.climb(Rung::Colleague);
            ladder.questions.insert(*id, to.clone());
        }
        Event::Answered { question, agent, seen_it } => {
            if let Some(to) = ladder.questions.get_mut(question) {
                to.remove(agent);
                if to.is_empty() {
                    ladder.questions.remove(question);
                }
            }
            if *seen_it {
                ladder.last = Some(Rung::Colleague);
            }
        }
    }
}

impl Ladder {
    pub(crate) fn is_unused(&self) -> bool {
        *self == Ladder::default()
    }

    pub(super) fn climb(&mut self, rung: Rung) {
        if !self.climbed.contains(&rung) {
            self.climbed.push(rung);
        }
        self.last = Some(rung);
    }
}
