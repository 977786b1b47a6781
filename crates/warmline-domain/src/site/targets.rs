//! Targets: within how many open minutes of its queue a ticket is to be picked up, answered and solved (an SLA, and what
//! the house asks of itself). Set per queue, apart for critical tickets and all others. What is not set is not measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Site;
use crate::limits::TARGET_MINUTES;
use crate::ticket::Target;
use crate::{QueueId, Refusal};

/// The targets of all queues.
pub type Targets = BTreeMap<QueueId, QueueTargets>;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueTargets {
    /// Open minutes.
    pub critical: BTreeMap<Target, u32>,
    pub others: BTreeMap<Target, u32>,
}

#[derive(Clone, Debug)]
pub enum Command {
    Set { queue: QueueId, targets: QueueTargets },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Set { queue: QueueId, targets: QueueTargets },
}

impl Site {
    /// Open minutes, if there is such a target.
    pub fn target(&self, queue: QueueId, critical: bool, target: Target) -> Option<u32> {
        let of = self.targets.get(&queue)?;
        if critical { &of.critical } else { &of.others }.get(&target).copied()
    }
}

pub(super) fn decide(site: &Site, command: Command) -> Result<Vec<Event>, Refusal> {
    let Command::Set { queue, targets } = command;
    site.queues.get(&queue).ok_or_else(|| Refusal::missing("queue"))?;
    for (target, minutes) in targets.critical.iter().chain(&targets.others) {
        if !(1..=TARGET_MINUTES).contains(minutes) {
            return Err(Refusal::input(
                format!("{} cannot be due in {minutes} minutes; it can be 1 to {TARGET_MINUTES}.", target.title()),
                "Enter open minutes like 30, hours like 4h, or leave it empty for none.",
            ));
        }
    }
    let slower = |target: &&Target| targets.critical.get(target) > targets.others.get(target);
    if let Some(target) = targets.critical.keys().filter(|t| targets.others.contains_key(t)).find(slower) {
        return Err(Refusal::input(
            format!("{} would take longer for critical tickets than for others.", target.title()),
            "Give critical tickets the shorter time, or both the same.",
        ));
    }
    let same = site.targets.get(&queue).cloned().unwrap_or_default() == targets;
    Ok(if same { vec![] } else { vec![Event::Set { queue, targets }] })
}

pub(super) fn evolve(site: &mut Site, event: &Event) {
    let Event::Set { queue, targets } = event;
    if *targets == QueueTargets::default() {
        site.targets.remove(queue);
    } else {
        site.targets.insert(*queue, targets.clone());
    }
}

/// `45`, `4h`, `2h 30`: open minutes; nothing when it is empty.
pub fn read_minutes(text: &str) -> Result<Option<u32>, Refusal> {
    let wrong = || {
        Refusal::input(
            format!("“{}” is not a time.", text.trim()),
            "Enter open minutes like 30, hours like 4h or 2h 30, or leave it empty for none.",
        )
    };
    let tidy = text.trim().to_lowercase();
    if tidy.is_empty() {
        return Ok(None);
    }
    let number = |t: &str| t.trim().trim_end_matches("min").trim().parse::<u32>().ok().filter(|n| *n <= TARGET_MINUTES);
    let (hours, minutes) = match tidy.split_once('h') {
        Some((hours, rest)) if rest.trim().is_empty() => (number(hours), Some(0)),
        Some((hours, rest)) => (number(hours), number(rest)),
        None => (Some(0), number(&tidy)),
    };
    hours.zip(minutes).map(|(h, m)| Some(h * 60 + m)).ok_or_else(wrong)
}

/// The form `read_minutes` reads.
pub fn minutes_as_text(minutes: u32) -> String {
    match (minutes / 60, minutes % 60) {
        (0, m) => m.to_string(),
        (h, 0) => format!("{h}h"),
        (h, m) => format!("{h}h {m}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::site::Queue;

    #[test]
    fn times_are_read_as_they_are_written() {
        for (text, minutes) in [("45", 45), ("4h", 240), (" 2h 30 ", 150), ("30 min", 30)] {
            assert_eq!(read_minutes(text).unwrap(), Some(minutes));
            assert_eq!(read_minutes(&minutes_as_text(minutes)).unwrap(), Some(minutes));
        }
        assert_eq!(read_minutes(" ").unwrap(), None);
        assert!(read_minutes("soon").unwrap_err().why.contains("“soon”"));
    }

    #[test]
    fn critical_tickets_are_never_given_more_time() {
        let mut site = Site::default();
        site.queues.insert(QueueId(1), Queue::named(QueueId(1), "Support"));
        let set = |critical, others| {
            let of = |minutes| BTreeMap::from([(Target::FirstAnswer, minutes)]);
            let targets = QueueTargets { critical: of(critical), others: of(others) };
            decide(&site, Command::Set { queue: QueueId(1), targets })
        };
        assert_eq!(set(15, 60).unwrap().len(), 1);
        assert!(set(120, 60).unwrap_err().why.contains("longer for critical"));
        assert!(set(0, 60).unwrap_err().why.contains("1 to"));
    }
}
