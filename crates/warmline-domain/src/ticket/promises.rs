//! Promises: a word given to a customer is a record until it is kept, moved with notice, or let go.
//!
//! | state    | means                                              | leads out                                       |
//! |----------|----------------------------------------------------|-------------------------------------------------|
//! | made     | its time is still to come                          | at risk, kept, moved, let go                    |
//! | at risk  | its owner was warned; later a supervisor, too      | broken, kept, moved, let go                     |
//! | broken   | its time passed; it is owed all the same           | kept (late), moved (the customer was told), let go |
//! | kept     | done, on the record with the time                  | –                                               |
//! | let go   | the customer does not need it any more; a reason   | –                                               |
//!
//! Moving needs a word to the customer first, and keeps the first date. A ticket with an open promise is not solved.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Event, Ticket};
use crate::limits::{PROMISE_CHARS, PROMISES, REASON_CHARS};
use crate::site::Site;
use crate::{AgentId, By, MessageId, PromiseId, Refusal, Sealed, refusal};

/// An open promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    pub owner: AgentId,
    pub due: Timestamp,
    pub first_due: Timestamp,
    pub warn_at: Timestamp,
    pub alert_at: Timestamp,
    pub standing: PromiseStanding,
}

impl Promise {
    /// It stands at the date that was said first.
    pub fn is_first(&self) -> bool {
        self.due == self.first_due
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseStanding {
    Made,
    /// Its owner was warned.
    AtRisk,
    /// A supervisor was warned, too.
    Alerted,
    Broken,
}

impl PromiseStanding {
    pub fn word(self) -> &'static str {
        match self {
            PromiseStanding::Made => "made",
            PromiseStanding::AtRisk => "at risk",
            PromiseStanding::Alerted => "at risk, a supervisor knows",
            PromiseStanding::Broken => "broken",
        }
    }
}

/// A promise about to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPromise {
    pub id: PromiseId,
    pub what: String,
    pub due: Timestamp,
}

/// Where a promise was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MadeIn {
    Message(MessageId),
    /// Said on the phone, or written down by hand.
    Words,
}

/// How the customer heard that a promise moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    Written,
    OnThePhone,
}

const YEAR: SignedDuration = SignedDuration::from_hours(24 * 366);

pub(super) fn make(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    owner: AgentId,
    new: &NewPromise,
    made_in: MadeIn,
) -> Result<Vec<Event>, Refusal> {
    if ticket.promises.contains_key(&new.id) {
        return Ok(vec![]);
    }
    let what = sentence(&new.what)?;
    in_future(now, new.due)?;
    if ticket.promises.len() >= PROMISES {
        return Err(Refusal::state(
            format!("This ticket has {PROMISES} open promises."),
            "Keep some of them first, or tell the customer that they move.",
        ));
    }
    let (warn_at, alert_at) = warnings(site, now, new.due);
    Ok(vec![Event::PromiseMade {
        promise: new.id,
        what: Sealed::new(what),
        owner,
        due: new.due,
        warn_at,
        alert_at,
        made_in,
    }])
}

fn sentence(what: &str) -> Result<String, Refusal> {
    let what = what.split_whitespace().collect::<Vec<_>>().join(" ");
    if what.is_empty() || what.chars().count() > PROMISE_CHARS {
        return Err(Refusal::input(
            format!("A promise is said in 1 to {PROMISE_CHARS} characters."),
            "Say in a sentence what the customer was promised.",
        ));
    }
    Ok(what)
}

fn in_future(now: Timestamp, due: Timestamp) -> Result<(), Refusal> {
    if due <= now || due > now + YEAR {
        return Err(Refusal::input(
            "A promise is for a time from now to a year ahead.",
            "Choose the day and hour by which it will be done.",
        ));
    }
    Ok(())
}

/// When the owner is warned, and when a supervisor is. Never later than half, and three quarters, of the time there is.
fn warnings(site: &Site, now: Timestamp, due: Timestamp) -> (Timestamp, Timestamp) {
    let policy = &site.policy.promises;
    let left = due.duration_since(now);
    let before = |minutes: u32, part: i32| SignedDuration::from_mins(i64::from(minutes)).min(left / part);
    (due - before(policy.warn_minutes, 2), due - before(policy.alert_minutes, 4))
}

pub(super) fn keep(ticket: &Ticket, promise: PromiseId) -> Result<Vec<Event>, Refusal> {
    Ok(ticket.promises.get(&promise).map(|_| Event::PromiseKept { promise }).into_iter().collect())
}

pub(super) fn shift(
    ticket: &Ticket,
    site: &Site,
    now: Timestamp,
    promise: PromiseId,
    due: Timestamp,
    told: Option<Told>,
    reason: &str,
) -> Result<Vec<Event>, Refusal> {
    let before = ticket.promises.get(&promise).ok_or_else(gone)?;
    in_future(now, due)?;
    let Some(told) = told else {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            "A promise moves only after the customer has heard of it.",
            "Write or call them first; a draft of the notice is ready. Then say here how they heard.",
        ));
    };
    let reason = reason_for(reason, due > before.due, "A promise that moves back")?;
    let (warn_at, alert_at) = warnings(site, now, due);
    Ok(vec![Event::PromiseMoved { promise, due, warn_at, alert_at, told, reason }])
}

pub(super) fn let_go(ticket: &Ticket, promise: PromiseId, reason: &str) -> Result<Vec<Event>, Refusal> {
    ticket.promises.get(&promise).ok_or_else(gone)?;
    let reason = reason_for(reason, true, "A promise that is let go")?;
    Ok(vec![Event::PromiseLetGo { promise, reason }])
}

pub(super) fn hand_over(ticket: &Ticket, site: &Site, promise: PromiseId, to: AgentId) -> Result<Vec<Event>, Refusal> {
    let before = ticket.promises.get(&promise).ok_or_else(gone)?;
    site.agents.get(&to).filter(|a| a.active).ok_or_else(|| Refusal::missing("agent"))?;
    Ok(if before.owner == to { vec![] } else { vec![Event::PromiseHandedOver { promise, to }] })
}

fn reason_for(reason: &str, needed: bool, what: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
    if needed && reason.is_empty() {
        return Err(Refusal::new(
            refusal::Kind::NeedsReason,
            format!("{what} needs a reason; it stands on the timeline."),
            "Say in a few words why.",
        ));
    }
    Ok(reason)
}

fn gone() -> Refusal {
    Refusal::state("This promise is settled already.", "Look at the timeline; somebody may have been quicker.")
}

/// Whoever gets the ticket gets what its last owner promised on it.
pub(super) fn follow(ticket: &Ticket, to: AgentId) -> Vec<Event> {
    let theirs = ticket.promises.iter().filter(|(_, p)| Some(p.owner) == ticket.assignee && p.owner != to);
    theirs.map(|(promise, _)| Event::PromiseHandedOver { promise: *promise, to }).collect()
}

/// A solved ticket owes nothing.
pub(super) fn none_open(ticket: &Ticket) -> Result<(), Refusal> {
    if ticket.promises.is_empty() {
        return Ok(());
    }
    Err(Refusal::state(
        "A promise to this customer is still open, so the ticket is not solved.",
        "Keep it, or let it go with a reason; it stands beside the ticket.",
    ))
}

pub(super) fn time_came(ticket: &Ticket, now: Timestamp) -> Vec<Event> {
    let news = |(promise, p): (&PromiseId, &Promise)| {
        let promise = *promise;
        match p.standing {
            PromiseStanding::Broken => None,
            _ if p.due <= now => Some(Event::PromiseBroken { promise }),
            PromiseStanding::Made | PromiseStanding::AtRisk if p.alert_at <= now => {
                Some(Event::PromiseAtRisk { promise, standing: PromiseStanding::Alerted })
            }
            PromiseStanding::Made if p.warn_at <= now => {
                Some(Event::PromiseAtRisk { promise, standing: PromiseStanding::AtRisk })
            }
            _ => None,
        }
    };
    ticket.promises.iter().filter_map(news).collect()
}

/// When the next promise has something to say.
pub(super) fn due(ticket: &Ticket) -> Option<Timestamp> {
    let next = |p: &Promise| match p.standing {
        PromiseStanding::Made => Some(p.warn_at),
        PromiseStanding::AtRisk => Some(p.alert_at),
        PromiseStanding::Alerted => Some(p.due),
        PromiseStanding::Broken => None,
    };
    ticket.promises.values().filter_map(next).min()
}

/// Takes in an event that is about a promise; says whether it was.
pub(super) fn evolve(ticket: &mut Ticket, event: &Event) -> bool {
    match event {
        Event::PromiseMade { promise, owner, due, warn_at, alert_at, .. } => {
            let (owner, due, warn_at, alert_at) = (*owner, *due, *warn_at, *alert_at);
            let made = Promise { owner, due, first_due: due, warn_at, alert_at, standing: PromiseStanding::Made };
            ticket.promises.insert(*promise, made);
        }
        Event::PromiseMoved { promise, due, warn_at, alert_at, .. } => {
            if let Some(p) = ticket.promises.get_mut(promise) {
                let (due, warn_at, alert_at) = (*due, *warn_at, *alert_at);
                *p = Promise { due, warn_at, alert_at, standing: PromiseStanding::Made, ..*p };
            }
        }
        Event::PromiseHandedOver { promise, to } => {
            if let Some(p) = ticket.promises.get_mut(promise) {
                p.owner = *to;
            }
        }
        Event::PromiseAtRisk { promise, standing } => stand(ticket, *promise, *standing),
        Event::PromiseBroken { promise } => stand(ticket, *promise, PromiseStanding::Broken),
        Event::PromiseKept { promise } | Event::PromiseLetGo { promise, .. } => {
            ticket.promises.remove(promise);
        }
        _ => return false,
    }
    true
}

fn stand(ticket: &mut Ticket, promise: PromiseId, standing: PromiseStanding) {
    if let Some(p) = ticket.promises.get_mut(&promise) {
        p.standing = standing;
    }
}

/// Who wishes it: a promise by hand belongs to whoever writes it down.
pub(super) fn owner(ticket: &Ticket, by: By) -> Result<AgentId, Refusal> {
    by.agent()
        .or(ticket.assignee)
        .ok_or_else(|| Refusal::state("A promise needs somebody who keeps it.", "Give the ticket to an agent first."))
}
