//! Where a ticket stands in the list, and the sentence that says why.
//!
//! Two classes: *critical* (the whole site cannot work, or equipment that the business stops without stands still) is
//! before all else. Inside a class one index: whoever has waited longest is first, and what is at stake counts as time
//! already waited, in notches of eight hours:
//!
//! | what                                   | notches                                              |
//! |----------------------------------------|------------------------------------------------------|
//! | impact                                 | person 0, team 1, site 2                             |
//! | urgency                                | low 0, normal 1, stopped 2                           |
//! | rank, when the policy says it counts   | one notch of urgency, never into the critical class  |
//! | the asset at stake                     | ordinary or none 0, important 1, critical 2          |
//! | the nearest date, promise or target    | half its time gone 1, at risk 2, a supervisor knows 4, past 6 |
//!
//! All tickets age alike, so two of them change places only when something happens to one: the index is kept as a
//! moment, the *place* (since when it waits, less its notches), and lists go by it with an index of the database. The
//! bends towards dates are such happenings too: each date has its known moments, the ticket's own timer comes at them,
//! and what it writes moves the place. Nothing starves: nobody is passed by a ticket of the same class that came more
//! than [`MOST`] notches after it.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::stakes::Criticality;
use super::targets;
use super::{PromiseStanding, Question, Stage, Ticket};
use crate::site::Site;

/// How many are stopped or hindered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    #[default]
    Person,
    Team,
    Site,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Urgency {
    Low,
    #[default]
    Normal,
    /// Work has stopped.
    Stopped,
}

impl Impact {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Impact::default()
    }
    pub const ALL: [Impact; 3] = [Impact::Person, Impact::Team, Impact::Site];
    pub fn word(self) -> &'static str {
        match self {
            Impact::Person => "person",
            Impact::Team => "team",
            Impact::Site => "site",
        }
    }
    fn subject(self) -> &'static str {
        match self {
            Impact::Person => "one person",
            Impact::Team => "a team",
            Impact::Site => "the whole site",
        }
    }
}

impl Urgency {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Urgency::default()
    }
    pub const ALL: [Urgency; 3] = [Urgency::Low, Urgency::Normal, Urgency::Stopped];
    pub fn word(self) -> &'static str {
        match self {
            Urgency::Low => "low",
            Urgency::Normal => "normal",
            Urgency::Stopped => "stopped",
        }
    }
}

/// What a notch is worth in waiting.
pub const NOTCH: SignedDuration = SignedDuration::from_hours(8);
/// All a ticket can have together.
pub const MOST: i32 = 12;

/// Where a ticket stands: lower is worked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// 0 critical, 1 all others.
    pub class: i64,
    /// Since when it would have waited, had nothing been at stake.
    pub arrived: Timestamp,
}

/// Only what is ours to move is weighed; the rest goes by time alone, in class 0.
pub fn place(ticket: &Ticket) -> Place {
    if !ticket.stage.is_ours() {
        return Place { class: 0, arrived: ticket.since };
    }
    Place { class: i64::from(!is_critical(ticket)), arrived: ticket.since - NOTCH * notches(ticket) }
}

/// Rank has no part in it, whatever the policy says.
pub fn is_critical(ticket: &Ticket) -> bool {
    ticket.urgency == Urgency::Stopped
        && (ticket.impact == Impact::Site || ticket.stakes.criticality() == Criticality::Critical)
}

/// The class in which a caller about this ticket waits on the phone: 0 is critical, 4 is last. Minutes are no time for
/// dates to come nearer.
pub fn caller_class(ticket: &Ticket) -> i64 {
    let raised = (ticket.urgency as i64 + i64::from(ticket.stakes.ranked)).min(Urgency::Stopped as i64);
    if is_critical(ticket) { 0 } else { (4 - ticket.impact as i64 - raised).clamp(1, 4) }
}

fn notches(ticket: &Ticket) -> i32 {
    let urgency = (ticket.urgency as i32 + i32::from(ticket.stakes.ranked)).min(Urgency::Stopped as i32);
    ticket.impact as i32 + urgency + ticket.stakes.criticality() as i32 + bend(ticket)
}

/// How far the nearest of its dates has bent it up. The moments are the dates' own.
fn bend(ticket: &Ticket) -> i32 {
    let promises = ticket.promises.values().map(|p| match p.standing {
        PromiseStanding::Made => 0,
        PromiseStanding::AtRisk => 2,
        PromiseStanding::Alerted => 4,
        PromiseStanding::Broken => 6,
    });
    let targets = ticket.targets.values().map(|clock| match clock.standing {
        targets::Standing::Running => 0,
        targets::Standing::Halfway => 1,
        targets::Standing::AtRisk => 2,
        targets::Standing::Missed => 6,
    });
    promises.chain(targets).max().unwrap_or(0)
}

/// The earliest date that is at risk or past: what the list of the late and nearly late goes by.
pub fn pressing(ticket: &Ticket) -> Option<Timestamp> {
    let promises = ticket.promises.values().filter(|p| p.standing > PromiseStanding::Made).map(|p| p.due);
    let targets = ticket.targets.values().filter(|c| c.standing >= targets::Standing::AtRisk && !c.rests);
    promises.chain(targets.map(|c| c.due)).min()
}

/// Why this ticket stands where it stands, for somebody who reads the list at `now`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// Said with emphasis, may be empty.
    pub lead: &'static str,
    pub rest: String,
}

pub fn reason(ticket: &Ticket, site: &Site, now: Timestamp) -> Reason {
    let waited = span_in_words(ticket.since, now);
    let (lead, rest) = match ticket.stage {
        _ if ticket.not_heard() => ("Has not heard from us:", "our mail did not arrive.".to_owned()),
        _ if !ticket.held.is_empty() => ("Held:", "somebody unknown wrote to this ticket; let them in or not.".into()),
        _ if matches!(ticket.question, Some(Question::OtherMatter(_))) => {
            ("Decide first:", "the last mail may be about something else.".into())
        }
        Stage::Solved | Stage::Closed if ticket.question.is_some() => ("", "Said thanks after it was solved.".into()),
        Stage::Solved => ("", format!("Solved {waited} ago.")),
        Stage::Closed => ("", format!("Closed; quiet for {waited}.")),
        Stage::Waiting if ticket.outgoing.values().any(|o| o.scheduled) => {
            ("", "Our answer is scheduled and has not gone out yet.".into())
        }
        Stage::Waiting if ticket.wake_at.is_some() => ("", "Parked; comes back by itself.".into()),
        Stage::Waiting => ("", format!("The customer is to move; we wrote {waited} ago.")),
        Stage::New | Stage::Open => return ours(ticket, site, now, &waited),
    };
    Reason { lead, rest }
}

/// What is at stake, how long it waits, and the date that moved it up.
fn ours(ticket: &Ticket, site: &Site, now: Timestamp, waited: &str) -> Reason {
    let waits = if ticket.answered { "for our next word" } else { "for a first answer" };
    let date = nearest(ticket, site, now);
    let (mut lead, stake) = stake(ticket);
    let late = date.as_ref().is_some_and(|d| d.late);
    if lead.is_empty() && late {
        lead = "Late:";
    }
    let waiting = match (ticket.impact, ticket.urgency) {
        (Impact::Person, Urgency::Low) if stake.is_none() => format!("can wait, but has for {waited}"),
        _ => format!("waits {waited} {waits}"),
    };
    let date = date.map(|d| d.words);
    let said: Vec<String> =
        if late { [date, stake, Some(waiting)] } else { [stake, Some(waiting), date] }.into_iter().flatten().collect();
    let rest = format!("{}.", said.join("; "));
    Reason { lead, rest: if lead.is_empty() { capital(&rest) } else { rest } }
}

fn stake(ticket: &Ticket) -> (&'static str, Option<String>) {
    let asset = ticket.stakes.asset.as_ref();
    match (asset, ticket.impact, ticket.urgency) {
        (Some(asset), impact, Urgency::Stopped) if asset.criticality == Criticality::Critical => {
            let named = asset.named();
            ("Equipment the business needs is down:", Some(format!("{named}; {} cannot work", impact.subject())))
        }
        (Some(asset), impact, Urgency::Stopped) => {
            ("Stopped:", Some(format!("{}; {} cannot work", asset.named(), impact.subject())))
        }
        (None, impact, Urgency::Stopped) => ("Stopped:", Some(format!("{} cannot work", impact.subject()))),
        (Some(asset), impact, _) => {
            let who = if impact == Impact::Person { String::new() } else { format!(", touches {}", impact.subject()) };
            ("", Some(format!("about {}{who}", asset.named())))
        }
        (None, Impact::Person, _) => ("", None),
        (None, impact, _) => ("", Some(format!("touches {}", impact.subject()))),
    }
}

struct Date {
    late: bool,
    words: String,
}

/// The date that bends it up most, in words: "first answer due in 35 min of opening hours", "a promise was due 2 h ago".
fn nearest(ticket: &Ticket, site: &Site, now: Timestamp) -> Option<Date> {
    let promise = ticket.promises.values().filter(|p| p.standing > PromiseStanding::Made).min_by_key(|p| p.due);
    let moved = |c: &&targets::Clock| c.standing > targets::Standing::Running && !c.rests;
    let target = ticket.targets.iter().filter(|(_, c)| moved(c)).min_by_key(|(_, c)| c.due);
    let of_promise = promise.map(|p| {
        let late = p.due <= now;
        let words = match late {
            true => format!("a promise was due {} ago", span_in_words(p.due, now)),
            false => format!("a promise is due in {}", span_in_words(now, p.due)),
        };
        (p.due, Date { late, words })
    });
    let of_target = target.map(|(kind, clock)| {
        let words = targets::in_words(*kind, clock, site, now);
        (clock.due, Date { late: clock.standing == targets::Standing::Missed, words })
    });
    of_promise.into_iter().chain(of_target).min_by_key(|(due, _)| *due).map(|(_, date)| date)
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// "4 min", "2 h", "3 days": one figure, rounded down.
pub fn span_in_words(from: Timestamp, to: Timestamp) -> String {
    let minutes = (to.as_second() - from.as_second()).max(0) / 60;
    match minutes {
        0 => "under a minute".into(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h", minutes / 60),
        1440..2880 => "a day".into(),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod pairs;
