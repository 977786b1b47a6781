//! Targets on a ticket: clocks that run in the open hours of its queue.
//!
//! | clock        | runs                                                    | is over when                                |
//! |--------------|---------------------------------------------------------|---------------------------------------------|
//! | pick-up      | while it is ours and nobody has it                      | somebody has it                             |
//! | first answer | from the first word on                                  | a person of ours has answered               |
//! | next answer  | while the customer waits for our next word              | the answer is out, or the round is another  |
//! | solution     | from the first word on                                  | it is solved                                |
//!
//! All rest while the ticket is parked; the solution's rests while the customer is to move, too. An answer that has not
//! left yet is no answer. Each clock has its moments (half its time gone, at risk, due), all of them in open hours: nobody
//! is alarmed at night by an office-hours target. They are worked out when the clock starts or goes on; hours and targets
//! that change later hold from the next happening on. What came of a target is an event with its definition: the queue whose
//! hours counted, the target, what it took, and by how much it was missed.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::priority::{is_critical, span_in_words};
use super::{Delivery, Kind as MessageKind, Stage, Ticket};
use crate::QueueId;
use crate::site::Site;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// The house's own: somebody has it, also after it was handed to another tier or queue.
    PickUp,
    FirstAnswer,
    NextAnswer,
    Solution,
}

impl Target {
    pub const ALL: [Target; 4] = [Target::PickUp, Target::FirstAnswer, Target::NextAnswer, Target::Solution];
    pub fn word(self) -> &'static str {
        match self {
            Target::PickUp => "pick_up",
            Target::FirstAnswer => "first_answer",
            Target::NextAnswer => "next_answer",
            Target::Solution => "solution",
        }
    }
    pub fn title(self) -> &'static str {
        match self {
            Target::PickUp => "Pick-up",
            Target::FirstAnswer => "First answer",
            Target::NextAnswer => "Next answer",
            Target::Solution => "Solution",
        }
    }
    /// As it stands inside a sentence.
    pub fn named(self) -> &'static str {
        match self {
            Target::PickUp => "pick-up",
            Target::FirstAnswer => "first answer",
            Target::NextAnswer => "next answer",
            Target::Solution => "solution",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Running,
    /// Half its time is gone.
    Halfway,
    /// So much is gone that people are warned.
    AtRisk,
    Missed,
}

/// A clock on a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Whose hours count.
    pub queue: QueueId,
    /// Open minutes there are, and those gone before it last went on.
    pub minutes: u32,
    pub spent: u32,
    pub since: Timestamp,
    /// Since when the ticket was ours as it began: another round is another answer.
    pub round: Timestamp,
    pub half_at: Timestamp,
    pub risk_at: Timestamp,
    pub due: Timestamp,
    pub standing: Standing,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rests: bool,
}

/// Why a clock was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Began,
    WentOn,
    /// Another queue, another class, another plan or another target.
    Changed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    TargetSet {
        target: Target,
        why: Why,
        clock: Clock,
    },
    /// Open minutes gone so far.
    TargetRests {
        target: Target,
        spent: u32,
    },
    TargetNears {
        target: Target,
        standing: Standing,
    },
    /// Its time passed; how late it is in the end stands on the event that ends it.
    TargetMissed {
        target: Target,
        queue: QueueId,
        minutes: u32,
        due: Timestamp,
    },
    /// It is done: in `took` open minutes of `minutes`; `late` of them after it was due.
    TargetEnded {
        target: Target,
        queue: QueueId,
        minutes: u32,
        took: u32,
        late: u32,
        due: Timestamp,
    },
    /// There is no such target any more.
    TargetDropped {
        target: Target,
    },
}

/// What is owed of a target as the ticket stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owed {
    Nothing,
    Runs,
    Rests,
    Done,
}

fn owed(ticket: &Ticket, target: Target) -> Owed {
    let done = matches!(ticket.stage, Stage::Solved | Stage::Closed);
    let parked = ticket.stage == Stage::Waiting && ticket.wake_at.is_some();
    let ours = ticket.stage.is_ours();
    match target {
        _ if done => Owed::Done,
        Target::PickUp if ticket.assignee.is_some() => Owed::Done,
        Target::FirstAnswer if ticket.answered => Owed::Done,
        Target::NextAnswer if !ticket.answered => Owed::Nothing,
        Target::NextAnswer if ticket.stage == Stage::Waiting && !parked && !leaving(ticket) => Owed::Done,
        _ if parked => Owed::Rests,
        Target::PickUp | Target::Solution if !ours => Owed::Rests,
        _ => Owed::Runs,
    }
}

/// An answer is written and has not left yet.
fn leaving(ticket: &Ticket) -> bool {
    let waits = |d: Delivery| matches!(d, Delivery::Queued | Delivery::Deferred);
    ticket.outgoing.values().any(|o| o.kind == MessageKind::Answer && waits(o.delivery))
}

/// What follows for the clocks from what the ticket has become.
pub(super) fn follow(ticket: &Ticket, site: &Site, now: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    if ticket.targets.is_empty() && !site.targets.contains_key(&ticket.queue) {
        return events;
    }
    for target in Target::ALL {
        let mut clock = ticket.targets.get(&target).copied();
        // The end of one round may be the beginning of the next; a third event there is not.
        for _ in 0..2 {
            let Some(event) = next(ticket, site, now, target, clock) else { break };
            clock = changed(clock, &event);
            events.push(event);
        }
    }
    events
}

fn next(ticket: &Ticket, site: &Site, now: Timestamp, target: Target, clock: Option<Clock>) -> Option<Event> {
    let owed = owed(ticket, target);
    let minutes = site.target(ticket.queue, &ticket.stakes.plan, is_critical(ticket), target);
    let Some(clock) = clock else {
        let minutes = minutes.filter(|_| owed == Owed::Runs)?;
        let clock = set(ticket, site, now, minutes, 0)?;
        return Some(Event::TargetSet { target, why: Why::Began, clock });
    };
    let ended = || {
        let took = spent(&clock, site, now);
        let (queue, minutes, due) = (clock.queue, clock.minutes, clock.due);
        Event::TargetEnded { target, queue, minutes, took, late: took.saturating_sub(minutes), due }
    };
    let another_round = target == Target::NextAnswer && ticket.stage.is_ours() && clock.round != ticket.since;
    let set_again = |minutes, why| {
        let mut after = set(ticket, site, now, minutes, spent(&clock, site, now))?;
        // Missed stays missed, unless there is more time now.
        if clock.standing == Standing::Missed && minutes <= clock.minutes {
            (after.standing, after.due) = (Standing::Missed, clock.due);
        }
        Some(Event::TargetSet { target, why, clock: after })
    };
    match (owed, minutes) {
        (Owed::Done, _) => Some(ended()),
        (Owed::Nothing, _) | (_, None) => Some(Event::TargetDropped { target }),
        (Owed::Rests, _) if clock.rests => None,
        (Owed::Rests, _) => Some(Event::TargetRests { target, spent: spent(&clock, site, now) }),
        (Owed::Runs, Some(_)) if !clock.rests && another_round => Some(ended()),
        (Owed::Runs, Some(minutes)) if clock.rests => set_again(minutes, Why::WentOn),
        (Owed::Runs, Some(minutes)) if minutes != clock.minutes || clock.queue != ticket.queue => {
            set_again(minutes, Why::Changed)
        }
        (Owed::Runs, Some(_)) => None,
    }
}

/// A clock of which so much is gone; none when the queue does not open for so long.
fn set(ticket: &Ticket, site: &Site, now: Timestamp, minutes: u32, spent: u32) -> Option<Clock> {
    let hours = site.hours_of(ticket.queue);
    let left_when = |gone: u32| hours.add_open_minutes(now, gone.saturating_sub(spent));
    let risk = (minutes * site.policy.priority.warn_percent).div_ceil(100);
    let (half_at, risk_at, due) = (left_when(minutes / 2)?, left_when(risk)?, left_when(minutes)?);
    let standing = Standing::Running;
    Some(Clock {
        queue: ticket.queue,
        minutes,
        spent,
        since: now,
        round: ticket.since,
        half_at,
        risk_at,
        due,
        standing,
        rests: false,
    })
}

/// Whole open minutes gone until now.
fn spent(clock: &Clock, site: &Site, now: Timestamp) -> u32 {
    if clock.rests {
        return clock.spent;
    }
    let run = site.hours_of(clock.queue).open_minutes_between(clock.since, now);
    clock.spent.saturating_add(u32::try_from(run).unwrap_or(0))
}

pub(super) fn time_came(ticket: &Ticket, now: Timestamp) -> Vec<Event> {
    let news = |(target, clock): (&Target, &Clock)| {
        let target = *target;
        if clock.rests {
            return None;
        }
        match clock.standing {
            Standing::Missed => None,
            _ if clock.due <= now => {
                let Clock { queue, minutes, due, .. } = *clock;
                Some(Event::TargetMissed { target, queue, minutes, due })
            }
            Standing::Running | Standing::Halfway if clock.risk_at <= now => {
                Some(Event::TargetNears { target, standing: Standing::AtRisk })
            }
            Standing::Running if clock.half_at <= now => {
                Some(Event::TargetNears { target, standing: Standing::Halfway })
            }
            _ => None,
        }
    };
    ticket.targets.iter().filter_map(news).collect()
}

/// When the next clock has something to say.
pub(super) fn due(ticket: &Ticket) -> Option<Timestamp> {
    let next = |clock: &Clock| match clock.standing {
        _ if clock.rests => None,
        Standing::Running => Some(clock.half_at),
        Standing::Halfway => Some(clock.risk_at),
        Standing::AtRisk => Some(clock.due),
        Standing::Missed => None,
    };
    ticket.targets.values().filter_map(next).min()
}

fn changed(clock: Option<Clock>, event: &Event) -> Option<Clock> {
    match event {
        Event::TargetSet { clock, .. } => Some(*clock),
        Event::TargetRests { spent, .. } => clock.map(|c| Clock { rests: true, spent: *spent, ..c }),
        Event::TargetNears { standing, .. } => clock.map(|c| Clock { standing: *standing, ..c }),
        Event::TargetMissed { .. } => clock.map(|c| Clock { standing: Standing::Missed, ..c }),
        Event::TargetEnded { .. } | Event::TargetDropped { .. } => None,
    }
}

pub(super) fn evolve(ticket: &mut Ticket, event: &Event) {
    let (Event::TargetSet { target, .. }
    | Event::TargetRests { target, .. }
    | Event::TargetNears { target, .. }
    | Event::TargetMissed { target, .. }
    | Event::TargetEnded { target, .. }
    | Event::TargetDropped { target }) = event;
    if let Some(clock) = changed(ticket.targets.remove(target), event) {
        ticket.targets.insert(*target, clock);
    }
}

/// "first answer due in 35 min of opening hours", "next answer was due 2 h ago".
pub fn in_words(target: Target, clock: &Clock, site: &Site, now: Timestamp) -> String {
    let named = target.named();
    if clock.rests {
        let left = clock.minutes.saturating_sub(clock.spent);
        return format!("{named} rests, {} left", minutes_in_words(left));
    }
    if clock.due <= now || clock.standing == Standing::Missed {
        return format!("{named} was due {} ago", span_in_words(clock.due, now));
    }
    let open = site.hours_of(clock.queue).open_minutes_between(now, clock.due);
    let all = clock.due.duration_since(now).as_mins();
    // Day and night, or open until then: there is nothing to tell apart.
    if open >= all {
        return format!("{named} due in {}", span_in_words(now, clock.due));
    }
    let left = u32::try_from(open).unwrap_or(0);
    format!("{named} due in {} of opening hours", minutes_in_words(left))
}

fn minutes_in_words(minutes: u32) -> String {
    let from = Timestamp::UNIX_EPOCH;
    span_in_words(from, from + SignedDuration::from_mins(i64::from(minutes)))
}
