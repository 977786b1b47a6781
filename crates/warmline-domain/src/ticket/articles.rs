//! Articles on a ticket (practices P8, P17, P25): what was looked at, what the customer was given, and what became of
//! that when the article said something else afterwards.
//!
//! | standing   | means                                                     | leads to                        |
//! |------------|-----------------------------------------------------------|---------------------------------|
//! | given      | an answer links to it, quotes it or stands on it          | changed; taken back             |
//! | changed    | it says something else now, and somebody has to look      | corrected; holds; taken back    |
//! | holds      | somebody looked: what the customer was told is still right | changed                         |
//! | corrected  | a correction of that answer went out                      | changed (the correction was taken back) |
//! | taken back | the answer never left                                     | –                               |

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Answer, Event as TicketEvent, Stage, Ticket, honesty};
use crate::article::Change;
use crate::limits::{ARTICLES_GIVEN, ARTICLES_LOOKED};
use crate::site::Site;
use crate::{MessageId, Refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Articles {
    /// What agents opened, with the version they read.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub looked: BTreeMap<String, u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub given: Vec<Given>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    pub article: String,
    pub message: MessageId,
    /// As it was then.
    pub version: u32,
    pub how: How,
    pub standing: Standing,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected_by: Option<MessageId>,
}

/// How an answer gave an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// With a link.
    Mentioned,
    /// A sentence of it.
    Quoted,
    /// As what the answer stands on.
    StoodOn,
}

impl How {
    pub fn word(self) -> &'static str {
        match self {
            How::Mentioned => "mentioned",
            How::Quoted => "quoted",
            How::StoodOn => "stood_on",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Given,
    Changed,
    Holds,
    Corrected,
    TakenBack,
}

impl Standing {
    pub fn word(self) -> &'static str {
        match self {
            Standing::Given => "given",
            Standing::Changed => "changed",
            Standing::Holds => "holds",
            Standing::Corrected => "corrected",
            Standing::TakenBack => "taken_back",
        }
    }
}

/// An article that an answer brings with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Brought {
    pub article: String,
    pub title: String,
    pub version: u32,
    pub how: How,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// Somebody opens it from here.
    Look { article: String, title: String, version: u32 },
    /// It changed, and what the customer was told is right all the same.
    Holds { article: String },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Looked { article: String, title: String, version: u32 },
    Given { message: MessageId, article: String, title: String, version: u32, how: How },
    Changed { article: String, title: String, version: u32, what: String, retired: bool },
    Held { article: String },
}

pub(super) fn decide(ticket: &Ticket, command: Command) -> Result<Vec<TicketEvent>, Refusal> {
    let event = match command {
        Command::Look { article, version, .. } if ticket.articles.looked.get(&article) == Some(&version) => {
            return Ok(vec![]);
        }
        // Who opens so many has been searching long enough; the rest is not worth keeping.
        Command::Look { .. } if ticket.articles.looked.len() >= ARTICLES_LOOKED => return Ok(vec![]),
        Command::Look { article, title, version } => Event::Looked { article, title, version },
        Command::Holds { article } if ticket.articles.to_decide().any(|g| g.article == article) => {
            Event::Held { article }
        }
        Command::Holds { .. } => {
            return Err(Refusal::state(
                "This article has not changed since the customer was given it, or somebody has looked already.",
                "Look at the timeline; there is nothing left to decide.",
            ));
        }
    };
    Ok(vec![TicketEvent::Articles(event)])
}

/// The articles an answer brings with it.
pub(super) fn given(ticket: &Ticket, answer: &Answer) -> Vec<TicketEvent> {
    let room = ARTICLES_GIVEN.saturating_sub(ticket.articles.given.len());
    let of = |b: &Brought| Event::Given {
        message: answer.message,
        article: b.article.clone(),
        title: b.title.clone(),
        version: b.version,
        how: b.how,
    };
    answer.beside.articles.iter().take(room).map(of).map(TicketEvent::Articles).collect()
}

/// An article says something else now. Who has an open matter, or had one lately, and was given it, is told.
pub(super) fn changed(ticket: &Ticket, site: &Site, now: Timestamp, change: Change) -> Vec<TicketEvent> {
    let lately = SignedDuration::from_hours(24 * i64::from(site.policy.help.told_days));
    let over = matches!(ticket.stage, Stage::Solved | Stage::Closed) && now.duration_since(ticket.since) > lately;
    let concerned = |g: &Given| {
        g.article == change.article
            && g.version < change.version
            && matches!(g.standing, Standing::Given | Standing::Changed | Standing::Holds)
    };
    if over || !ticket.articles.given.iter().any(concerned) {
        return vec![];
    }
    let Change { article, title, version, what, retired } = change;
    vec![TicketEvent::Articles(Event::Changed { article, title, version, what, retired })]
}

pub(super) fn evolve(ticket: &mut Ticket, event: &TicketEvent) {
    use Standing::{Changed, Corrected, Given as Told, Holds, TakenBack};
    let articles = &mut ticket.articles;
    match event {
        TicketEvent::Articles(Event::Looked { article, version, .. }) => {
            articles.looked.insert(article.clone(), *version);
            ticket.ladder.climb(super::ladder::Rung::Search);
        }
        TicketEvent::Articles(Event::Given { message, article, version, how, .. }) => articles.given.push(Given {
            article: article.clone(),
            message: *message,
            version: *version,
            how: *how,
            standing: Told,
            corrected_by: None,
        }),
        TicketEvent::Articles(Event::Changed { article, version, .. }) => {
            articles.step(|g| g.article == *article && g.version < *version, &[Told, Holds], Changed);
        }
        TicketEvent::Articles(Event::Held { article }) => articles.step(|g| g.article == *article, &[Changed], Holds),
        TicketEvent::Honesty(honesty::Event::Corrected { message, by }) => {
            for given in articles.given.iter_mut().filter(|g| g.message == *message && g.standing == Changed) {
                (given.standing, given.corrected_by) = (Corrected, Some(*by));
            }
        }
        TicketEvent::Withdrawn { message } | TicketEvent::ScheduleStopped { message } => {
            articles.step(|g| g.message == *message, &[Told, Changed, Holds], TakenBack);
            for given in articles.given.iter_mut().filter(|g| g.corrected_by == Some(*message)) {
                (given.standing, given.corrected_by) = (Changed, None);
            }
        }
        _ => {}
    }
}

impl Articles {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Articles::default()
    }

    /// What was given and changed since, and nobody has looked.
    pub fn to_decide(&self) -> impl Iterator<Item = &Given> {
        self.given.iter().filter(|g| g.standing == Standing::Changed)
    }

    fn step(&mut self, of: impl Fn(&Given) -> bool, from: &[Standing], to: Standing) {
        for given in self.given.iter_mut().filter(|g| of(g) && from.contains(&g.standing)) {
            given.standing = to;
        }
    }
}
