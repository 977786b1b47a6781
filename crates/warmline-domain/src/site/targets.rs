//! Targets: within how many open minutes of its queue a ticket is to be picked up, answered and solved (an SLA, and what
//! the house asks of itself). Set per queue, apart for critical tickets and all others, and apart for
//! customers with a plan that promises other times. What is not set is not measured.

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
    /// For customers with one of these plans; what a plan does not name is as for everybody.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub plans: BTreeMap<String, Times>,
}

/// What a plan promises.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Times {
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
    pub fn target(&self, queue: QueueId, plan: &str, critical: bool, target: Target) -> Option<u32> {
        let of = self.targets.get(&queue)?;
        let of_plan = of.plans.get(plan).map(|times| if critical { &times.critical } else { &times.others });
        let of_all = if critical { &of.critical } else { &of.others };
        of_plan.and_then(|times| times.get(&target)).or_else(|| of_all.get(&target)).copied()
    }

    /// Some plan has targets of its own.
    pub fn plans_have_targets(&self) -> bool {
        self.targets.values().any(|of| !of.plans.is_empty())
    }
}

pub(super) fn decide(site: &Site, command: Command) -> Result<Vec<Event>, Refusal> {
    let Command::Set { queue, targets } = command;
    site.queues.get(&queue).ok_or_else(|| Refusal::missing("queue"))?;
    let mut targets = targets;
    targets.plans.retain(|_, times| *times != Times::default());
    if let Some(plan) = targets.plans.keys().find(|plan| !site.catalogue.plans.contains(*plan)) {
        return Err(Refusal::input(
            format!("There is no plan “{plan}”."),
            "Name it in the catalogue first, then give it targets.",
        ));
    }
    in_order(&targets.critical, &targets.others)?;
    for times in targets.plans.values() {
        in_order(&times.critical, &times.others)?;
    }
    let same = site.targets.get(&queue).cloned().unwrap_or_default() == targets;
    Ok(if same { vec![] } else { vec![Event::Set { queue, targets }] })
}

/// Times that can be, and critical tickets are not given more of it.
fn in_order(critical: &BTreeMap<Target, u32>, others: &BTreeMap<Target, u32>) -> Result<(), Refusal> {
    for (target, minutes) in critical.iter().chain(others) {
        if !(1..=TARGET_MINUTES).contains(minutes) {
            return Err(Refusal::input(
                format!("{} cannot be due in {minutes} minutes; it can be 1 to {TARGET_MINUTES}.", target.title()),
                "Enter open minutes like 30, hours like 4h, or leave it empty for none.",
            ));
        }
    }
    let slower = |target: &&Target| critical.get(target) > others.get(target);
    if let Some(target) = critical.keys().filter(|t| others.contains_key(t)).find(slower) {
        return Err(Refusal::input(
            format!("{} would take longer for critical tickets than for others.", target.title()),
            "Give critical tickets the shorter time, or both the same.",
        ));
    }
    Ok(())
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
            let targets = QueueTargets { critical: of(critical), others: of(others), ..QueueTargets::default() };
            decide(&site, Command::Set { queue: QueueId(1), targets })
        };
        assert_eq!(set(15, 60).unwrap().len(), 1);
        assert!(set(120, 60).unwrap_err().why.contains("longer for critical"));
        assert!(set(0, 60).unwrap_err().why.contains("1 to"));
    }

    #[test]
    fn a_plan_has_times_of_its_own_where_it_names_them() {
        let mut site = Site::default();
        site.queues.insert(QueueId(1), Queue::named(QueueId(1), "Support"));
        site.catalogue.plans.insert("gold".into());
        let of = |minutes| BTreeMap::from([(Target::FirstAnswer, minutes)]);
        let set = |site: &Site, plan: &str, critical: u32| {
            let plans = BTreeMap::from([(plan.to_owned(), Times { critical: of(critical), others: of(30) })]);
            let others = BTreeMap::from([(Target::FirstAnswer, 60), (Target::Solution, 480)]);
            decide(
                site,
                Command::Set { queue: QueueId(1), targets: QueueTargets { others, plans, ..Default::default() } },
            )
        };
        assert!(set(&site, "silver", 10).unwrap_err().why.contains("no plan “silver”"));
        assert!(set(&site, "gold", 40).unwrap_err().why.contains("longer for critical"));
        for event in set(&site, "gold", 10).unwrap() {
            evolve(&mut site, &event);
        }
        let asked = |plan, target| site.target(QueueId(1), plan, false, target);
        assert_eq!((asked("gold", Target::FirstAnswer), asked("", Target::FirstAnswer)), (Some(30), Some(60)));
        assert_eq!(asked("gold", Target::Solution), Some(480), "what it does not name is as for everybody");
    }
}
