//! P11 and P14: an answer that solves, or that says a price, asks the customer with a link; their click is their word.
//!
//! | standing | means                                                       | leads to             |
//! |----------|-------------------------------------------------------------|----------------------|
//! | open     | the answer is out, and what it asks still stands            | yes; no; over        |
//! | yes      | they agreed by their click                                  | –                    |
//! | no       | they did not; with a few words if they liked                | –                    |
//! | over     | taken back, changed since, decided otherwise, or long over  | –                    |
//!
//! Only a digest of the link's secret is here. Whether a question still stands is never stored: it follows from the
//! ticket, so nothing can be agreed to that does not hold any more.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::stage::Step;
use super::{Address, Answer, Event as TicketEvent, Matched, Message, Stage, Then, Ticket, charge, record};
use crate::limits::{ASKS, CLICK_WORDS};
use crate::sealed::Digest;
use crate::site::Site;
use crate::{MessageId, Refusal, Sealed};

/// What one answer asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    pub message: MessageId,
    /// SHA-256 of the link's secret, in hex.
    pub digest: String,
    pub about: Vec<About>,
    /// What they said to each.
    pub said: Vec<Option<bool>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    Solution,
    /// Of this charge, counted from 0.
    Price(usize),
}

/// A click, as the desk hears of it.
#[derive(Clone, Debug)]
pub struct Click {
    /// The secret of the link they came by.
    pub secret: String,
    /// Which of its questions.
    pub n: usize,
    pub yes: bool,
    /// A few words of theirs, and what becomes of them.
    pub words: String,
    pub message: MessageId,
    pub from: Address,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Asked { message: MessageId, digest: String, about: Vec<About> },
    Answered { message: MessageId, n: usize, about: About, yes: bool },
}

/// How the question of a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Open,
    Said(bool),
    Over,
}

pub fn digest_of(secret: &str) -> String {
    Digest::of_bytes(secret.as_bytes()).hex()
}

/// The answer brings a link when it solves, or says a price that waits for a yes.
pub(super) fn asked(ticket: &Ticket, answer: &Answer, said: &[TicketEvent]) -> Option<TicketEvent> {
    let digest = answer.ask.clone()?;
    let prices = said.iter().filter_map(|e| match e {
        TicketEvent::Charge(charge::Event::Offered { n, .. }) => Some(About::Price(*n)),
        _ => None,
    });
    let about: Vec<About> = (answer.then == Then::Solve).then_some(About::Solution).into_iter().chain(prices).collect();
    let room = !about.is_empty() && ticket.asks.len() < ASKS;
    room.then_some(TicketEvent::Click(Event::Asked { message: answer.message, digest, about }))
}

/// The question behind a secret.
pub fn behind<'a>(ticket: &'a Ticket, secret: &str) -> Option<&'a Ask> {
    let digest = digest_of(secret);
    ticket.asks.iter().find(|ask| ask.digest == digest)
}

pub fn standing(ticket: &Ticket, ask: &Ask, n: usize) -> Standing {
    if let Some(said) = ask.said.get(n).copied().flatten() {
        return Standing::Said(said);
    }
    let stands = match ask.about.get(n) {
        Some(About::Solution) => ticket.stage == Stage::Solved && ticket.record.answered_by == Some(ask.message),
        Some(About::Price(at)) => ticket
            .charges
            .list
            .get(*at)
            .is_some_and(|c| c.standing == charge::Standing::Offered && c.message == Some(ask.message)),
        None => false,
    };
    if stands { Standing::Open } else { Standing::Over }
}

/// What their click comes to. Said twice, it is said once.
pub(super) fn clicked(ticket: &Ticket, site: &Site, now: Timestamp, click: Click) -> Result<Vec<TicketEvent>, Refusal> {
    let ask = behind(ticket, &click.secret).ok_or_else(|| Refusal::missing("question behind this link"))?;
    let about = *ask.about.get(click.n).ok_or_else(|| Refusal::missing("question behind this link"))?;
    match standing(ticket, ask, click.n) {
        Standing::Said(said) if said == click.yes => return Ok(vec![]),
        Standing::Said(_) => {
            return Err(Refusal::state(
                "You have answered this already.",
                "If you see it differently now, please reply to our mail; somebody reads it.",
            ));
        }
        Standing::Over => {
            return Err(Refusal::state(
                "This question is over: something has changed since we asked.",
                "Please reply to our mail if there is something left to say; somebody reads it.",
            ));
        }
        Standing::Open => {}
    }
    let answered = Event::Answered { message: ask.message, n: click.n, about, yes: click.yes };
    let mut events = vec![TicketEvent::Click(answered)];
    events.extend(followed_by(about, click.yes));
    let words: String = click.words.trim().chars().take(CLICK_WORDS).collect();
    if !words.is_empty() {
        events.push(written(click.message, click.from, words));
    }
    let ours = about != About::Solution || !click.yes;
    let to = ticket.stage.after(Step::CustomerWrites).filter(|stage| ours && *stage != ticket.stage);
    events.extend(to.map(|stage| TicketEvent::StageChanged {
        stage,
        since: now,
        close_at: super::work::close_at(stage, site, now),
        wake_at: None,
    }));
    Ok(events)
}

/// What their word means for the record and for prices.
fn followed_by(about: About, yes: bool) -> Option<TicketEvent> {
    Some(match (about, yes) {
        (About::Solution, true) => TicketEvent::Record(record::Event::Agreed { agreed: record::Agreement::Clicked }),
        (About::Solution, false) => return None,
        (About::Price(n), true) => TicketEvent::Charge(charge::Event::Agreed { n, how: charge::Agreement::Clicked }),
        (About::Price(n), false) => TicketEvent::Charge(charge::Event::Dropped {
            n,
            reason: "the customer clicked that they do not want it for this price".into(),
        }),
    })
}

/// Their words stand in the conversation as if they had mailed them.
fn written(message: MessageId, from: Address, text: String) -> TicketEvent {
    TicketEvent::MessageReceived {
        message,
        matched: Matched::OurMessageId,
        automatic: false,
        third_party: false,
        participants: vec![],
        content: Sealed::new(Message { from, text, ..Message::default() }),
    }
}

pub(super) fn evolve(ticket: &mut Ticket, event: &TicketEvent) {
    match event {
        TicketEvent::Click(Event::Asked { message, digest, about }) => ticket.asks.push(Ask {
            message: *message,
            digest: digest.clone(),
            said: vec![None; about.len()],
            about: about.clone(),
        }),
        TicketEvent::Click(Event::Answered { message, n, yes, .. }) => {
            let ask = ticket.asks.iter_mut().find(|a| a.message == *message);
            if let Some(said) = ask.and_then(|a| a.said.get_mut(*n)) {
                *said = Some(*yes);
            }
        }
        // What never left asked nothing.
        TicketEvent::Withdrawn { message } | TicketEvent::ScheduleStopped { message } => {
            ticket.asks.retain(|a| a.message != *message);
        }
        _ => {}
    }
}
