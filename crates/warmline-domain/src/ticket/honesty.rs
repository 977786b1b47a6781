//! P17 and P18: what goes beside an answer and is never part of it. What it stands on; which answer it puts right;
//! which note it shows on purpose.
//!
//! A correction goes to everyone who was given the wrong answer, and refers to it. A note stays a note: its words go out
//! as a message somebody wrote, with a reason, and the leak check lets exactly these words pass from then on.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Address, Answer, Delivery, Event as Happened, Ticket};
use crate::customer::normal_address;
use crate::limits::{GROUND_CHARS, GROUNDS, NOTES_SHOWN, REASON_CHARS};
use crate::site::Site;
use crate::{MessageId, NoteId, Refusal, Sealed, TicketNumber, refusal};

/// What an answer stands on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// A page: a manual, something found.
    Link(String),
    /// An article of ours, as it was then; 0: as it is when the answer is sent.
    Article(String, u32),
    /// A past ticket.
    Ticket(TicketNumber),
    /// Something that was measured or looked at.
    Measured(String),
    /// The author's own belief.
    Belief,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroundKind {
    Link,
    Article,
    Ticket,
    Measured,
    Belief,
}

impl Ground {
    pub fn kind(&self) -> GroundKind {
        match self {
            Ground::Link(_) => GroundKind::Link,
            Ground::Article(..) => GroundKind::Article,
            Ground::Ticket(_) => GroundKind::Ticket,
            Ground::Measured(_) => GroundKind::Measured,
            Ground::Belief => GroundKind::Belief,
        }
    }

    /// What other answers that stand on the same thing are found by; facts and beliefs are one's own.
    pub fn reference(&self) -> Option<String> {
        match self {
            Ground::Link(_) | Ground::Ticket(_) => Some(self.to_string()),
            Ground::Article(key, _) => Some(format!("article {key}")),
            Ground::Measured(_) | Ground::Belief => None,
        }
    }
}

/// As forms write it: `link https://…`, `article ink-low`, `ticket K7M-29Q`, `measured …`, `belief`.
impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Ground::Link(link) => write!(f, "link {link}"),
            Ground::Article(key, 0) => write!(f, "article {key}"),
            Ground::Article(key, version) => write!(f, "article {key} {version}"),
            Ground::Ticket(number) => write!(f, "ticket {number}"),
            Ground::Measured(what) => write!(f, "measured {what}"),
            Ground::Belief => f.write_str("belief"),
        }
    }
}

impl FromStr for Ground {
    type Err = Refusal;
    fn from_str(line: &str) -> Result<Self, Refusal> {
        let (kind, what) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
        let wrong = |way: &str| {
            let shown: String = what.chars().take(60).collect();
            Refusal::input(format!("“{shown}” is nothing an answer can stand on."), format!("{way} Your text is kept."))
        };
        if what.chars().count() > GROUND_CHARS {
            return Err(wrong("Say it in a sentence."));
        }
        match kind {
            "link" if is_link(&what) => Ok(Ground::Link(what)),
            "link" => Err(wrong("A link begins with https:// and has no spaces.")),
            "article" => article(&what).ok_or_else(|| wrong("Choose an article from the list.")),
            "ticket" => what.parse().map(Ground::Ticket).map_err(|_| wrong("Name the ticket by its number.")),
            "measured" if !what.is_empty() => Ok(Ground::Measured(what)),
            "belief" => Ok(Ground::Belief),
            _ => Err(wrong("Choose a link, an article, a past ticket, something measured or your own belief.")),
        }
    }
}

fn article(text: &str) -> Option<Ground> {
    let (key, version) = text.split_once(' ').unwrap_or((text, "0"));
    (!key.is_empty()).then_some(Ground::Article(key.to_owned(), version.parse().ok()?))
}

fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|r| !r.is_empty() && !r.starts_with('/')) && !text.contains(char::is_whitespace)
}

/// What goes beside an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beside {
    pub grounds: Vec<Ground>,
    pub corrects: Option<Corrects>,
    pub shows: Option<Showing>,
    /// Articles it links to, quotes or stands on.
    pub articles: Vec<super::articles::Brought>,
}

/// An answer of ours that was wrong, and everybody who was given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Corrects {
    pub message: MessageId,
    pub told: Vec<Address>,
}

/// Words of a note go out, on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Showing {
    pub note: NoteId,
    pub why: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    StandsOn {
        message: MessageId,
        kinds: Vec<GroundKind>,
        grounds: Sealed<Vec<Ground>>,
    },
    /// `message` is put right by the answer `by`.
    Corrected {
        message: MessageId,
        by: MessageId,
    },
    NoteShown {
        note: NoteId,
        message: MessageId,
        why: String,
    },
}

/// What an answer that may go out brings with it.
pub(super) fn beside(ticket: &Ticket, site: &Site, now: Timestamp, answer: &Answer) -> Result<Vec<Happened>, Refusal> {
    let grounds = grounds(ticket, site, answer)?;
    let corrected = answer.beside.corrects.as_ref().map(|c| corrected(ticket, now, answer, c)).transpose()?;
    let shown = answer.beside.shows.as_ref().map(|s| shown(ticket, answer, s)).transpose()?;
    Ok(grounds.into_iter().chain(corrected).chain(shown).map(Happened::Honesty).collect())
}

fn grounds(ticket: &Ticket, site: &Site, answer: &Answer) -> Result<Option<Event>, Refusal> {
    let mut grounds = answer.beside.grounds.clone();
    grounds.sort();
    grounds.dedup();
    if grounds.len() > GROUNDS {
        return Err(Refusal::input(
            format!("An answer stands on {GROUNDS} things at most."),
            "Keep those that carry it. Your text is kept.",
        ));
    }
    if grounds.is_empty() {
        let queue = site.queues.get(&ticket.queue).map_or("", |q| &q.name);
        let asked = site.policy.honesty.grounds_in_queues.iter().any(|name| name.eq_ignore_ascii_case(queue));
        return if asked { Err(says_nothing()) } else { Ok(None) };
    }
    let kinds = grounds.iter().map(Ground::kind).collect();
    Ok(Some(Event::StandsOn { message: answer.message, kinds, grounds: Sealed::new(grounds) }))
}

fn says_nothing() -> Refusal {
    Refusal::state(
        "In this queue an answer says what it stands on.",
        "Choose under the text: a link, an article, a past ticket, something measured, or your own belief. Your text is kept.",
    )
}

fn corrected(ticket: &Ticket, now: Timestamp, answer: &Answer, wrong: &Corrects) -> Result<Event, Refusal> {
    let waits = |o: &super::Outgoing| o.delivery == Delivery::Queued && o.tries == 0 && o.send_at > now;
    if ticket.outgoing.get(&wrong.message).is_some_and(waits) {
        return Err(Refusal::state(
            "What you correct has not left yet.",
            "Take it back instead, and nobody ever reads it. Your text is kept.",
        ));
    }
    let writes_to: Vec<String> =
        answer.content.to.iter().chain(&answer.content.cc).map(|a| normal_address(&a.address)).collect();
    if let Some(left) = wrong.told.iter().find(|a| !writes_to.contains(&normal_address(&a.address))) {
        return Err(Refusal::input(
            format!("{} was given the wrong answer and is not on this one.", left.address),
            "A correction goes to everyone who was told. Add them, or write a plain answer. Your text is kept.",
        ));
    }
    Ok(Event::Corrected { message: wrong.message, by: answer.message })
}

fn shown(ticket: &Ticket, answer: &Answer, showing: &Showing) -> Result<Event, Refusal> {
    let why: String = showing.why.trim().chars().take(REASON_CHARS).collect();
    if why.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            "This would show words of an inside note to the customer.",
            "Read once more what was inside, and say why they may see it; that stands on the timeline. Your text is kept.",
        ));
    }
    if ticket.shown.len() >= NOTES_SHOWN {
        return Err(Refusal::state(
            format!("{NOTES_SHOWN} notes of this ticket were shown already."),
            "Write what they need in words of your own.",
        ));
    }
    Ok(Event::NoteShown { note: showing.note, message: answer.message, why })
}

/// Takes in what went beside an answer, and what was taken back with it.
pub(super) fn evolve(ticket: &mut Ticket, event: &Happened) -> bool {
    match event {
        Happened::Honesty(Event::NoteShown { message, .. }) => {
            ticket.shown.insert(*message);
        }
        Happened::Honesty(_) => {}
        Happened::Withdrawn { message } | Happened::ScheduleStopped { message } => {
            ticket.shown.remove(message);
            return false;
        }
        _ => return false,
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ground_is_read_as_it_is_written() {
        let number = TicketNumber(42);
        let all = [
            Ground::Link("https://docs.example.com/a".into()),
            Ground::Article("ink-low".into(), 3),
            Ground::Article("ink-low".into(), 0),
            Ground::Ticket(number),
            Ground::Measured("the log of 14:02".into()),
            Ground::Belief,
        ];
        for ground in all {
            assert_eq!(ground.to_string().parse::<Ground>().unwrap(), ground);
        }
        for wrong in [
            "link javascript:alert(1)",
            "link https:///x",
            "link docs",
            "ticket 1",
            "measured ",
            "rumour x",
            "",
            "article",
            "article ink new",
        ] {
            assert!(wrong.parse::<Ground>().is_err(), "{wrong}");
        }
        assert_eq!(Ground::Belief.reference(), None);
        assert_eq!(Ground::Ticket(number).reference().unwrap(), format!("ticket {number}"));
    }
}
