//! Raw measures: what reports read. Each is a count or a sum for one day, one queue and, where that is fair, one agent.
//!
//! [`table::MEASURES`] is the catalogue and the only definition: a line gives the practice, the key that stays for ever,
//! what is shown, the definition in a sentence, and the function that counts. Adding a measure is adding a line; what
//! lies in the journal is counted again for it (see [`version`]).
//!
//! A day is a day of the zone of the business hours, the zone in force when it happened. Practices whose measures are
//! not in the table have no events yet that tell them.

pub mod table;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::floor::call::{Call, Hold, State, Step};
use crate::floor::{self, Floor};
use crate::sealed::Digest;
use crate::ticket::{self, Ticket};
use crate::{AgentId, By, QueueId, TicketId};

/// A line of the catalogue.
#[derive(Debug)]
pub struct Measure {
    /// Stands in the database; it never changes its meaning.
    pub key: &'static str,
    /// P1 to P31.
    pub practice: u8,
    pub name: &'static str,
    /// One sentence; it stands beside the figure.
    pub definition: &'static str,
    pub unit: Unit,
    pub whose: Whose,
    /// Another measure that this one is a part of, or happens in: shown as a share.
    pub per: Option<&'static str>,
    /// The tickets behind it are kept, to be looked at.
    pub opens: bool,
    from: Source,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// How often.
    Count,
    /// Something counted at each occasion: its mean is shown.
    Mean,
    /// Seconds, with the sum, and in whole buckets, so that percentiles can be said over any days.
    Seconds,
}

/// Whom it is fair to show it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The agent who did it; they see their own.
    Agents,
    /// The desk as a whole, never a person: what befalls people, what was meant as help for them.
    Desk,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    Call(fn(&OnCall<'_>) -> Option<i64>),
    Floor(fn(&floor::Event) -> Option<i64>),
    Ticket(fn(&OnTicket<'_>) -> Option<i64>),
    /// Told by the desk as it happens; not in the journal, so it cannot be counted again.
    Desk,
}

/// Upper bounds of the buckets of [`Unit::Seconds`]; what is longer is in none of them.
pub const BUCKETS: [i64; 22] = [
    5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800,
    604_800, 2_592_000,
];

/// Something that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    pub measure: &'static str,
    pub queue: QueueId,
    /// `AgentId(0)`: nobody in particular.
    pub agent: AgentId,
    pub value: i64,
    pub ticket: Option<TicketId>,
}

/// A step of a call, with the call before and after it.
pub struct OnCall<'a> {
    pub before: Option<&'a Call>,
    pub after: Option<&'a Call>,
    pub step: &'a Step,
    pub at: Timestamp,
}

/// An event of a ticket, with the ticket before it.
pub struct OnTicket<'a> {
    pub before: Option<&'a Ticket>,
    pub event: &'a ticket::Event,
    pub by: By,
    pub at: Timestamp,
}

/// What one event of a ticket counts as.
pub fn of_ticket(happened: &OnTicket<'_>) -> Vec<Figure> {
    let Some((ticket, queue)) = happened.place() else { return vec![] };
    let agent = happened.agent();
    let value = |from: Source| match from {
        Source::Ticket(count) => count(happened),
        _ => None,
    };
    counted(value, queue, agent, Some(ticket))
}

/// What one event of the floor counts as. `after` is the floor with the event taken in.
pub fn of_floor(before: Option<&Call>, after: &Floor, at: Timestamp, event: &floor::Event) -> Vec<Figure> {
    let floor::Event::Call { call, step } = event else {
        let value = |from: Source| match from {
            Source::Floor(count) => count(event),
            _ => None,
        };
        return counted(value, QueueId(0), None, None);
    };
    let happened = OnCall { before, after: after.calls.get(call), step, at };
    let Some(known) = happened.before.or(happened.after) else { return vec![] };
    let agent = happened.agent();
    let value = |from: Source| match from {
        Source::Call(count) => count(&happened),
        _ => None,
    };
    counted(value, known.queue, agent, Some(known.ticket))
}

/// What the desk tells by itself: of a measure that no event counts.
pub fn told(key: &str, queue: QueueId, agent: Option<AgentId>) -> Option<Figure> {
    let measure = find(key).filter(|m| matches!(m.from, Source::Desk))?;
    Some(figure(measure, queue, agent, None, 1))
}

fn counted(
    value: impl Fn(Source) -> Option<i64>,
    queue: QueueId,
    agent: Option<AgentId>,
    ticket: Option<TicketId>,
) -> Vec<Figure> {
    let figures = table::MEASURES.iter().filter_map(|m| Some(figure(m, queue, agent, ticket, value(m.from)?)));
    figures.collect()
}

fn figure(measure: &Measure, queue: QueueId, agent: Option<AgentId>, ticket: Option<TicketId>, value: i64) -> Figure {
    let agent = agent.filter(|_| measure.whose == Whose::Agents).unwrap_or(AgentId(0));
    Figure { measure: measure.key, queue, agent, value, ticket: ticket.filter(|_| measure.opens) }
}

pub fn find(key: &str) -> Option<&'static Measure> {
    table::MEASURES.iter().find(|m| m.key == key)
}

/// The practice of the catalogue by its number.
pub fn practice(number: u8) -> &'static str {
    match number {
        1 => "Hold",
        2 => "Transfer",
        3 => "Listening",
        4 => "The hard call",
        5 => "Recovery",
        6 => "Recording",
        7 => "Before the call",
        8 => "Fifteen minutes",
        9 => "Tiers",
        10 => "Priority",
        11 => "Write it down",
        12 => "Every attempt",
        13 => "Not our job",
        14 => "What we may do",
        15 => "Asking for a manager",
        16 => "A word is a bond",
        17 => "Honest answers",
        18 => "Two hats",
        19 => "Read before sending",
        20 => "What we do not say",
        21 => "What we do say",
        22 => "Say what can be done",
        23 => "The number",
        24 => "Who is calling",
        25 => "Help yourself",
        26 => "Any channel, one standard",
        27 => "Offers",
        28 => "Learning",
        29 => "Reviewing",
        30 => "Seeing",
        _ => "The day",
    }
}

/// Raised when a definition changes its meaning for the better; every desk then counts its journal again.
const ROUND: u32 = 1;

/// Names the whole catalogue: rows that were written under another one are counted again from the journal.
pub fn version() -> String {
    let keys: Vec<String> = table::MEASURES.iter().map(|m| format!("{} {:?} {:?}", m.key, m.unit, m.whose)).collect();
    Digest::of_bytes(format!("{ROUND} {} {BUCKETS:?}", keys.join(",")).as_bytes()).hex()
}

/// Whether the journal tells it.
pub fn is_journaled(key: &str) -> bool {
    let key = key.split('/').next().unwrap_or(key);
    find(key).is_some_and(|m| !matches!(m.from, Source::Desk))
}

/// A day as a number that reads as a date: 20261123.
pub fn day(at: Timestamp, zone: &TimeZone) -> i64 {
    let date = at.to_zoned(zone.clone()).date();
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}

/// Where a sum stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub day: i64,
    /// A key of the catalogue; `key/30` is the bucket of what took at most 30 seconds and more than the bound before.
    pub measure: String,
    pub queue: i64,
    /// 0: nobody in particular.
    pub agent: i64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    pub n: i64,
    pub sum: i64,
}

/// Figures added up, as they are stored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    pub sums: BTreeMap<Place, Sum>,
    /// Day, measure, ticket.
    pub tickets: BTreeSet<(i64, String, i64)>,
}

impl Tally {
    pub fn add(&mut self, day: i64, figure: &Figure) {
        let mut place = Place { day, measure: figure.measure.into(), queue: figure.queue.0, agent: figure.agent.0 };
        self.put(place.clone(), figure.value);
        if let Some(ticket) = figure.ticket {
            self.tickets.insert((day, figure.measure.into(), ticket.0));
        }
        if find(figure.measure).is_some_and(|m| m.unit == Unit::Seconds)
            && let Some(bound) = BUCKETS.iter().find(|b| figure.value <= **b)
        {
            place.measure = format!("{}/{bound}", figure.measure);
            self.put(place, 0);
        }
    }

    fn put(&mut self, place: Place, value: i64) {
        let sum = self.sums.entry(place).or_default();
        (sum.n, sum.sum) = (sum.n + 1, sum.sum + value);
    }

    pub fn append(&mut self, other: Tally) {
        for (place, add) in other.sums {
            let sum = self.sums.entry(place).or_default();
            (sum.n, sum.sum) = (sum.n + add.n, sum.sum + add.sum);
        }
        self.tickets.extend(other.tickets);
    }
}

/// The bucket in which so many in a hundred are reached: "at most that many seconds". `None` when it is beyond the
/// last bucket, or when there is nothing.
pub fn at_most(buckets: &BTreeMap<i64, i64>, n: i64, percent: i64) -> Option<i64> {
    let needed = (n * percent + 99) / 100;
    let mut seen = 0;
    (n > 0).then_some(())?;
    buckets.iter().find_map(|(bound, count)| {
        seen += count;
        (seen >= needed).then_some(*bound)
    })
}

impl OnCall<'_> {
    /// Whoever did it, or had the caller.
    fn agent(&self) -> Option<AgentId> {
        match self.step {
            Step::Answered { agent, .. } | Step::Called { agent, .. } | Step::Heard { agent, .. } => Some(*agent),
            Step::MarkedHard { by } => Some(*by),
            _ => self.before.and_then(Call::owner),
        }
    }

    /// A caller's line ended, and nobody of ours ended it.
    fn caller_gone(&self) -> bool {
        matches!(self.step, Step::CallerLost { .. } | Step::Ended { by: None, .. })
    }

    /// On the way to somebody else.
    fn between(&self) -> bool {
        self.before.is_some_and(|c| c.party().is_some() && !matches!(c.state, State::Outside { .. }))
    }

    /// The agent placed it.
    fn is_ours(&self) -> bool {
        self.before.is_some_and(|c| matches!(c.state, State::Calling { .. }))
    }

    fn held_from_now(&self) -> Option<&Hold> {
        let was = self.before.and_then(hold_of).is_some();
        self.after.and_then(hold_of).filter(|_| !was)
    }

    fn held_until_now(&self) -> Option<&Hold> {
        let is = self.after.and_then(hold_of).is_some();
        self.before.and_then(hold_of).filter(|_| !is)
    }
}

/// An agent whose line vanished left the caller on the same hold.
fn hold_of(call: &Call) -> Option<&Hold> {
    match &call.state {
        State::Orphaned { hold, .. } => hold.as_ref(),
        _ => call.hold(),
    }
}

impl OnTicket<'_> {
    /// It is solved now, and this rung of the ladder was used last.
    fn solved_on(&self, rung: ticket::ladder::Rung) -> Option<i64> {
        use ticket::record::Event::Solved;
        one(matches!(self.event, ticket::Event::Record(Solved { rung: Some(last), .. }) if *last == rung))
    }

    fn place(&self) -> Option<(TicketId, QueueId)> {
        match (self.before, self.event) {
            (Some(ticket), _) => Some((ticket.id, ticket.queue)),
            (None, ticket::Event::Opened { id, queue, .. }) => Some((*id, *queue)),
            _ => None,
        }
    }

    fn agent(&self) -> Option<AgentId> {
        use ticket::Event as E;
        match self.event {
            E::PromiseMade { owner, .. } => Some(*owner),
            E::PromiseKept { promise }
            | E::PromiseBroken { promise }
            | E::PromiseMoved { promise, .. }
            | E::PromiseLetGo { promise, .. }
            | E::PromiseAtRisk { promise, .. } => self.before?.promises.get(promise).map(|p| p.owner),
            _ => self.by.agent(),
        }
    }

    /// A promise that is settled with this, as it stood.
    fn kept(&self) -> Option<&ticket::Promise> {
        match self.event {
            ticket::Event::PromiseKept { promise } => self.before?.promises.get(promise),
            _ => None,
        }
    }

    /// What happened in a chat.
    fn chat(&self) -> Option<&crate::floor::chat::Step> {
        match self.event {
            ticket::Event::Chat(ticket::chat::Event::Happened { step, .. }) => Some(step),
            _ => None,
        }
    }

    /// Our first words to them.
    fn answers_first(&self) -> Option<&Ticket> {
        let answers = matches!(self.event, ticket::Event::MessageWritten { kind: ticket::Kind::Answer, .. });
        self.before.filter(|t| answers && !t.answered && t.outgoing.values().all(|o| o.kind != ticket::Kind::Answer))
    }

    /// How long the quick look took that found somebody now, and how long it may take; both in seconds.
    fn found_first(&self) -> Option<(i64, i64)> {
        let last = self.before?.referrals.last().filter(|r| r.to.is_none())?;
        match self.event {
            ticket::Event::Referral(ticket::referral::Event::Pointed { looked_seconds, .. }) => {
                Some((i64::from(*looked_seconds), i64::from(last.budget_seconds)))
            }
            _ => None,
        }
    }

    /// The newest request for a manager, as it stood.
    fn appeal(&self) -> Option<&ticket::appeal::Appeal> {
        self.before?.appeals.last()
    }

    fn becomes(&self, stage: ticket::Stage) -> Option<&Ticket> {
        let is = matches!(self.event, ticket::Event::StageChanged { stage: after, .. } if *after == stage);
        self.before.filter(|t| is && t.stage != stage)
    }
}

fn one(happened: bool) -> Option<i64> {
    happened.then_some(1)
}

fn seconds(from: Timestamp, until: Timestamp) -> i64 {
    until.duration_since(from).as_secs().max(0)
}

#[cfg(test)]
mod tests;
