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
//! What an answer promised is taken back with the answer, while that can be.
//!
//! A promise is to finish work, or it is a word: to call, to write, to say how it stands. When work will be finished
//! is not for us to wish, so an earlier date than similar work took needs a reason ([`crate::forecast`]); a word is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Event, Ticket};
use crate::forecast::Forecast;
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
    #[serde(default, skip_serializing_if = "PromiseKind::is_word")]
    pub kind: PromiseKind,
    /// The answer that made it or moved it last: taken back with it, to the date it had before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands_with: Option<(MessageId, Option<Dates>)>,
}

/// When a promise is due, and when somebody is warned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dates {
    pub due: Timestamp,
    pub warn_at: Timestamp,
    pub alert_at: Timestamp,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromiseKind {
    /// To call, to write, to say how it stands.
    #[default]
    Word,
    /// That the work is done by then.
    Finish,
}

impl PromiseKind {
    pub fn is_word(&self) -> bool {
        *self == PromiseKind::Word
    }

    /// What a sentence promises, before its author says otherwise: to finish, when it speaks of the work being done.
    pub fn of(what: &str) -> PromiseKind {
        const DONE: [&str; 26] = [
            "fix",
            "fixed",
            "repair",
            "repaired",
            "replace",
            "replaced",
            "install",
            "installed",
            "deliver",
            "delivered",
            "finish",
            "finished",
            "solve",
            "solved",
            "resolve",
            "resolved",
            "ready",
            "done",
            "works",
            "working",
            "behoben",
            "repariert",
            "erledigt",
            "fertig",
            "geliefert",
            "gelöst",
        ];
        let words = what.to_lowercase();
        let mut words = words.split(|c: char| !c.is_alphanumeric());
        if words.any(|word| DONE.contains(&word)) { PromiseKind::Finish } else { PromiseKind::Word }
    }
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
    pub kind: PromiseKind,
    /// Why it can be sooner than such work usually is; why an older one moves.
    pub reason: String,
    /// It takes the place of an open promise, which moves and keeps its first date.
    pub moves: Option<PromiseId>,
    pub known: Known,
}

impl NewPromise {
    /// Of the kind its words are of.
    pub fn new(id: PromiseId, what: impl Into<String>, due: Timestamp) -> NewPromise {
        let what = what.into();
        let kind = PromiseKind::of(&what);
        NewPromise { id, what, due, kind, reason: String::new(), moves: None, known: Known::default() }
    }
}

/// What the desk knows when a promise is made; whoever makes it says nothing here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// How long such work took; `None` when there was not enough of it.
    pub forecast: Option<Forecast>,
    /// Whoever is to keep it is on leave then.
    pub away: bool,
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
    let with = match made_in {
        MadeIn::Message(message) => Some(message),
        MadeIn::Words => None,
    };
    if let Some(promise) = new.moves {
        let mut events = shift(ticket, site, now, promise, new.due, with.map(|_| Told::Written), &new.reason)?;
        for event in &mut events {
            if let Event::PromiseMoved { stands_with, .. } = event {
                *stands_with = with;
            }
        }
        return Ok(events);
    }
    let what = sentence(&new.what)?;
    in_future(now, new.due)?;
    if ticket.promises.len() >= PROMISES {
        return Err(Refusal::state(
            format!("This ticket has {PROMISES} open promises."),
            "Keep some of them first, or tell the customer that they move.",
        ));
    }
    somebody_there(new.known.away)?;
    let known =
        new.known.forecast.clone().filter(|_| site.policy.promises.safe_dates && new.kind == PromiseKind::Finish);
    let early = known.as_ref().is_some_and(|forecast| new.due < forecast.safe);
    if let Some(forecast) = known.as_ref().filter(|_| early) {
        early_needs_reason(forecast, &new.reason)?;
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
        kind: new.kind,
        known,
        reason: if early { cut(&new.reason) } else { String::new() },
        stands_with: with,
    }])
}

fn early_needs_reason(forecast: &Forecast, reason: &str) -> Result<(), Refusal> {
    if !reason.trim().is_empty() {
        return Ok(());
    }
    Err(Refusal::new(
        refusal::Kind::NeedsReason,
        format!("Of {} matters like this, fewer than eight in ten were done so soon.", forecast.cases),
        "Take the safe date, or say why this one can be sooner. Your text is kept.",
    ))
}

fn somebody_there(away: bool) -> Result<(), Refusal> {
    if !away {
        return Ok(());
    }
    Err(Refusal::state(
        "Whoever is to keep this promise is on leave then, as the calendar says.",
        "Choose a day when they are there, or give the ticket to somebody who is. Your text is kept.",
    ))
}

fn cut(reason: &str) -> String {
    reason.trim().chars().take(REASON_CHARS).collect()
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
    Ok(vec![Event::PromiseMoved { promise, due, warn_at, alert_at, told, reason, stands_with: None }])
}

pub(super) fn let_go(ticket: &Ticket, promise: PromiseId, reason: &str) -> Result<Vec<Event>, Refusal> {
    ticket.promises.get(&promise).ok_or_else(gone)?;
    let reason = reason_for(reason, true, "A promise that is let go")?;
    Ok(vec![Event::PromiseLetGo { promise, reason }])
}

/// `away`: whoever gets it is on leave when it is due.
pub(super) fn hand_over(
    ticket: &Ticket,
    site: &Site,
    promise: PromiseId,
    to: AgentId,
    away: bool,
    reason: &str,
) -> Result<Vec<Event>, Refusal> {
    let before = ticket.promises.get(&promise).ok_or_else(gone)?;
    site.agents.get(&to).filter(|a| a.active).ok_or_else(|| Refusal::missing("agent"))?;
    let reason = cut(reason);
    if before.owner == to {
        return Ok(vec![]);
    }
    if reason.is_empty() {
        somebody_there(away)?;
    }
    Ok(vec![Event::PromiseHandedOver { promise, to, reason }])
}

/// The answer never left, so nobody heard what it promised.
pub(super) fn taken_back(ticket: &Ticket, message: MessageId) -> Vec<Event> {
    let back = |(promise, p): (&PromiseId, &Promise)| {
        let promise = *promise;
        match p.stands_with? {
            (with, _) if with != message => None,
            (_, None) => Some(Event::PromiseTakenBack { promise }),
            (_, Some(dates)) => Some(Event::PromiseMovedBack { promise, dates }),
        }
    };
    ticket.promises.iter().filter_map(back).collect()
}

fn reason_for(reason: &str, needed: bool, what: &str) -> Result<String, Refusal> {
    let reason = cut(reason);
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
    theirs.map(|(promise, _)| Event::PromiseHandedOver { promise: *promise, to, reason: String::new() }).collect()
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
        Event::PromiseMade { promise, owner, due, warn_at, alert_at, kind, stands_with, .. } => {
            let (owner, due, warn_at, alert_at, kind) = (*owner, *due, *warn_at, *alert_at, *kind);
            let (standing, stands_with) = (PromiseStanding::Made, stands_with.map(|message| (message, None)));
            let made = Promise { owner, due, first_due: due, warn_at, alert_at, standing, kind, stands_with };
            ticket.promises.insert(*promise, made);
        }
        Event::PromiseMoved { promise, due, warn_at, alert_at, stands_with, .. } => {
            if let Some(p) = ticket.promises.get_mut(promise) {
                let before = Dates { due: p.due, warn_at: p.warn_at, alert_at: p.alert_at };
                let (due, warn_at, alert_at) = (*due, *warn_at, *alert_at);
                let stands_with = stands_with.map(|message| (message, Some(before)));
                *p = Promise { due, warn_at, alert_at, standing: PromiseStanding::Made, stands_with, ..*p };
            }
        }
        Event::PromiseMovedBack { promise, dates } => {
            if let Some(p) = ticket.promises.get_mut(promise) {
                let Dates { due, warn_at, alert_at } = *dates;
                *p = Promise { due, warn_at, alert_at, standing: PromiseStanding::Made, stands_with: None, ..*p };
            }
        }
        Event::PromiseHandedOver { promise, to, .. } => {
            if let Some(p) = ticket.promises.get_mut(promise) {
                p.owner = *to;
            }
        }
        Event::PromiseAtRisk { promise, standing } => stand(ticket, *promise, *standing),
        Event::PromiseBroken { promise } => stand(ticket, *promise, PromiseStanding::Broken),
        Event::PromiseKept { promise } | Event::PromiseLetGo { promise, .. } | Event::PromiseTakenBack { promise } => {
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
