//! The clock beside the work: how long people have worked on a ticket without getting it solved (practice P8).
//!
//! | state   | means                                        | leads out                                         |
//! |---------|----------------------------------------------|---------------------------------------------------|
//! | still   | nobody works on it now                       | runs, when whoever has it opens it or goes on     |
//! | runs    | somebody works on it, on its page or a call  | still, when the last one stops; warned            |
//! | warned  | most of the time is used; it goes on running | asked                                             |
//! | asked   | the time is over: hand it up, or carry on    | a new clock, with a reason; handed up; solved     |
//! | paused  | stopped by hand, with a reason               | runs, when somebody goes on by hand               |
//!
//! Effort is counted, not waiting: the clock stands while the customer is to move. A customer's answer does not set it
//! back, only a solution, a new tier or a reason does.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Ticket, priority};
use crate::limits::REASON_CHARS;
use crate::site::Site;
use crate::{AgentId, Refusal, refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Effort {
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub at_work: BTreeSet<(AgentId, Means)>,
    /// Since when somebody works on it without a break.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Seconds of this clock before `since`.
    pub spent: i64,
    /// Seconds of all clocks of this ticket before this one.
    pub earlier: i64,
    /// Seconds after which this clock warns, and after which it asks.
    pub warn_after: i64,
    pub ask_after: i64,
    pub said: Said,
    /// Somebody stopped it by hand; opening the page does not start it again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub paused: bool,
}

/// How somebody is at work on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Means {
    Page,
    Call,
}

/// What the clock has said so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    #[default]
    Nothing,
    Warned,
    Asked,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// Somebody goes on with it, also after they paused it.
    Start,
    Pause {
        reason: String,
    },
    /// The time is over and there is a reason not to hand it up: a new clock.
    CarryOn {
        reason: String,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Started {
        agent: AgentId,
        means: Means,
        warn_after: i64,
        ask_after: i64,
    },
    /// They turned to something else.
    Left {
        agent: AgentId,
        means: Means,
    },
    Paused {
        agent: AgentId,
        reason: String,
    },
    Warned,
    Asked,
    CarriedOn {
        reason: String,
        spent: i64,
        warn_after: i64,
        ask_after: i64,
    },
}

pub(super) fn decide(
    ticket: &Ticket,
    site: &Site,
    agent: AgentId,
    now: Timestamp,
    command: Command,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Start if ticket.assignee != Some(agent) => {
            Err(Refusal::state("The clock runs for whoever has the ticket.", "Take it first."))
        }
        Command::Start if !ticket.stage.is_ours() => Err(Refusal::state(
            "Nothing is to be done on our side now, so no clock runs.",
            "Wake or reopen the ticket to work on it.",
        )),
        Command::Start => Ok(started(ticket, site, agent, Means::Page).into_iter().collect()),
        Command::Pause { reason } => {
            let reason = reason_for(&reason, "A clock that is stopped")?;
            let at_work = ticket.effort.at_work.iter().any(|(a, _)| *a == agent);
            Ok(if at_work { vec![Event::Paused { agent, reason }] } else { vec![] })
        }
        Command::CarryOn { reason } => {
            if ticket.effort.said == Said::Nothing {
                return Ok(vec![]);
            }
            let reason = reason_for(&reason, "Carrying on after the time is over")?;
            let (warn_after, ask_after) = times(ticket, site);
            Ok(vec![Event::CarriedOn { reason, spent: ticket.effort.spent_at(now), warn_after, ask_after }])
        }
    }
}

fn reason_for(reason: &str, what: &str) -> Result<String, Refusal> {
    let reason: String = reason.trim().chars().take(REASON_CHARS).collect();
    if reason.is_empty() {
        let why = format!("{what} needs a reason; it stands on the timeline.");
        return Err(Refusal::new(refusal::Kind::NeedsReason, why, "Say in a few words why."));
    }
    Ok(reason)
}

/// Whoever has it opened it: the clock runs, unless they paused it.
pub(super) fn opened(ticket: &Ticket, site: &Site, agent: AgentId) -> Option<Event> {
    let theirs = ticket.assignee == Some(agent) && ticket.stage.is_ours() && !ticket.effort.paused;
    started(ticket, site, agent, Means::Page).filter(|_| theirs)
}

pub(super) fn started(ticket: &Ticket, site: &Site, agent: AgentId, means: Means) -> Option<Event> {
    let (warn_after, ask_after) = times(ticket, site);
    let known = ticket.effort.at_work.contains(&(agent, means));
    (!known).then_some(Event::Started { agent, means, warn_after, ask_after })
}

pub(super) fn left_all(ticket: &Ticket, agent: AgentId) -> Vec<Event> {
    let theirs = ticket.effort.at_work.iter().filter(|(a, _)| *a == agent);
    theirs.map(|(agent, means)| Event::Left { agent: *agent, means: *means }).collect()
}

/// A call about it is over.
pub(super) fn hung_up(ticket: &Ticket) -> Vec<Event> {
    let on_it = ticket.effort.at_work.iter().filter(|(_, means)| *means == Means::Call);
    on_it.map(|(agent, means)| Event::Left { agent: *agent, means: *means }).collect()
}

/// Seconds until the clock of a ticket warns and asks: its queue's own, or the policy's; shorter where it is critical.
fn times(ticket: &Ticket, site: &Site) -> (i64, i64) {
    let policy = &site.policy.effort;
    let queue = site.queues.get(&ticket.queue).and_then(|q| q.effort_minutes);
    let critical = priority::is_critical(ticket);
    let ask = queue.unwrap_or(policy.ask_minutes);
    let ask = if critical { ask.min(policy.critical_ask_minutes) } else { ask };
    let warn = i64::from(ask) * i64::from(policy.warn_percent.min(100)) / 100;
    (warn * 60, i64::from(ask) * 60)
}

pub(super) fn time_came(ticket: &Ticket, now: Timestamp) -> Option<Event> {
    let effort = &ticket.effort;
    effort.since?;
    let spent = effort.spent_at(now);
    match effort.said {
        Said::Nothing if spent >= effort.warn_after => Some(Event::Warned),
        Said::Warned if spent >= effort.ask_after => Some(Event::Asked),
        _ => None,
    }
}

/// When the clock has something to say, if nobody stops it.
pub(super) fn due(ticket: &Ticket) -> Option<Timestamp> {
    let effort = &ticket.effort;
    let after = match effort.said {
        Said::Nothing => effort.warn_after,
        Said::Warned => effort.ask_after,
        Said::Asked => return None,
    };
    Some(effort.since? + SignedDuration::from_secs(after - effort.spent))
}

pub(super) fn evolve(effort: &mut Effort, at: Timestamp, event: &Event) {
    match event {
        Event::Started { agent, means, warn_after, ask_after } => {
            effort.at_work.insert((*agent, *means));
            effort.since.get_or_insert(at);
            (effort.warn_after, effort.ask_after, effort.paused) = (*warn_after, *ask_after, false);
        }
        Event::Left { agent, means } => {
            effort.at_work.remove(&(*agent, *means));
            if effort.at_work.is_empty() {
                effort.stop(at);
            }
        }
        Event::Paused { agent, .. } => {
            effort.at_work.retain(|(a, _)| a != agent);
            if effort.at_work.is_empty() {
                effort.stop(at);
                effort.paused = true;
            }
        }
        Event::Warned => effort.said = Said::Warned,
        Event::Asked => effort.said = Said::Asked,
        Event::CarriedOn { spent, warn_after, ask_after, .. } => {
            effort.earlier += spent;
            (effort.spent, effort.said) = (0, Said::Nothing);
            effort.since = effort.since.map(|_| at);
            (effort.warn_after, effort.ask_after) = (*warn_after, *ask_after);
        }
    }
}

impl Effort {
    pub(crate) fn is_unused(&self) -> bool {
        *self == Effort::default()
    }

    /// Seconds of this clock.
    pub fn spent_at(&self, now: Timestamp) -> i64 {
        let running = self.since.map_or(0, |since| now.duration_since(since).as_secs().max(0));
        self.spent + running
    }

    /// The clock stands; what was spent stays.
    fn stop(&mut self, at: Timestamp) {
        (self.spent, self.since) = (self.spent_at(at), None);
        self.at_work.clear();
    }

    /// The next move is not ours, or somebody else's.
    pub(super) fn rest(&mut self, at: Timestamp) {
        if self.since.is_some() {
            self.stop(at);
        }
        self.paused = false;
    }

    /// It was solved, or another tier has it: what comes is a new clock.
    pub(super) fn begin_anew(&mut self, at: Timestamp) {
        self.rest(at);
        *self = Effort { earlier: self.earlier + self.spent, ..Effort::default() };
    }
}
