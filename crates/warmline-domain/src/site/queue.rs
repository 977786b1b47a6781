//! A queue: where tickets and callers wait for somebody, and by which rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Agent, Site, named};
use crate::limits::{EFFORT_MINUTES, OVERFLOW_MINUTES, QUEUE_ROOM, SKILL_CHARS, SKILLS};
use crate::{Hours, QueueId, Refusal};

/// What somebody knows, or what a queue asks for: a skill and its level.
pub type Skills = BTreeMap<String, u8>;

/// The best level of a skill, and the last tier.
pub const BEST_LEVEL: u8 = 5;
pub const LAST_TIER: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    pub id: QueueId,
    pub name: String,
    /// Absent: open when the desk is.
    #[serde(default)]
    pub hours: Option<Hours>,
    /// So many callers may wait; the next hears that the line is full, and other queues keep their lines.
    pub room: u32,
    #[serde(default)]
    pub overflow: Option<Overflow>,
    /// What an agent must know to be given its callers, each at this level or better.
    #[serde(default)]
    pub skills: Skills,
    /// The first tier that takes its callers.
    pub tier: u8,
    /// Minutes of work on one of its tickets after which the clock asks; absent: as the policy says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort_minutes: Option<u32>,
}

/// Callers go on to another queue when it gets too long here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overflow {
    pub to: QueueId,
    /// Whoever has waited so long.
    pub after_minutes: Option<u32>,
    /// Whoever arrives with so many waiting.
    pub from_waiting: Option<u32>,
}

impl Queue {
    /// As a queue begins: by the hours of the desk, for everybody who works there.
    pub fn named(id: QueueId, name: &str) -> Queue {
        Queue {
            id,
            name: name.into(),
            hours: None,
            room: 30,
            overflow: None,
            skills: Skills::new(),
            tier: 1,
            effort_minutes: None,
        }
    }

    /// Whether this agent may be given its callers.
    pub fn is_served_by(&self, agent: &Agent) -> bool {
        let knows = |(skill, least): (&String, &u8)| agent.skills.get(skill).is_some_and(|level| level >= least);
        agent.active && agent.tier >= self.tier && self.skills.iter().all(knows)
    }

    /// Everybody of the first tier, whatever they know.
    pub fn asks_nothing(&self) -> bool {
        self.skills.is_empty() && self.tier <= 1
    }
}

/// The queue as it can be kept, or what is wrong with it.
pub(super) fn checked(site: &Site, queue: Queue) -> Result<Queue, Refusal> {
    let name = named(&queue.name, "A queue")?;
    if site.queues.values().any(|q| q.id != queue.id && q.name.to_lowercase() == name.to_lowercase()) {
        return Err(Refusal::input(format!("There is a queue “{name}” already."), "Choose another name."));
    }
    if !(1..=QUEUE_ROOM).contains(&queue.room) {
        return Err(Refusal::input(
            format!("{} callers cannot wait at once; it can be 1 to {QUEUE_ROOM}.", queue.room),
            "Choose as many as your trunk has lines to spare.",
        ));
    }
    tier(queue.tier)?;
    if queue.effort_minutes.is_some_and(|m| !(1..=EFFORT_MINUTES).contains(&m)) {
        return Err(Refusal::input(
            format!("The clock can ask after 1 to {EFFORT_MINUTES} minutes of work."),
            "Enter a number in that range, or leave it empty.",
        ));
    }
    if let Some(overflow) = &queue.overflow {
        flows(site, &queue, overflow)?;
    }
    Ok(Queue { name, ..queue })
}

fn flows(site: &Site, queue: &Queue, overflow: &Overflow) -> Result<(), Refusal> {
    if overflow.to == queue.id || !site.queues.contains_key(&overflow.to) {
        return Err(Refusal::input("Callers cannot overflow to there.", "Choose another of your queues."));
    }
    if overflow.after_minutes.is_none() && overflow.from_waiting.is_none() {
        return Err(Refusal::input(
            "It is not said when callers overflow.",
            "Enter minutes of waiting, a number of callers waiting, or both.",
        ));
    }
    if overflow.after_minutes.is_some_and(|m| !(1..=OVERFLOW_MINUTES).contains(&m)) {
        return Err(Refusal::input(
            format!("Callers can overflow after 1 to {OVERFLOW_MINUTES} minutes."),
            "Enter a number in that range, or leave it empty.",
        ));
    }
    if overflow.from_waiting.is_some_and(|n| n == 0 || n > queue.room) {
        return Err(Refusal::input(
            format!("Callers can overflow from 1 to {} waiting: so many may wait here.", queue.room),
            "Enter a number in that range, or leave it empty.",
        ));
    }
    Ok(())
}

pub(super) fn tier(tier: u8) -> Result<(), Refusal> {
    if (1..=LAST_TIER).contains(&tier) {
        return Ok(());
    }
    Err(Refusal::input(format!("There is no tier {tier}."), format!("Choose 1 to {LAST_TIER}.")))
}

/// `printers 2, network`: a skill without a number is at level 1.
pub fn read_skills(text: &str) -> Result<Skills, Refusal> {
    let mut skills = Skills::new();
    for part in text.split(',').map(str::trim).filter(|p| !p.is_empty()) {
        let words: Vec<&str> = part.split_whitespace().collect();
        let (name, level) = match words.split_last() {
            Some((level, name)) if !name.is_empty() && level.bytes().all(|b| b.is_ascii_digit()) => {
                (name.join(" "), level.parse().unwrap_or(u8::MAX))
            }
            _ => (words.join(" "), 1),
        };
        if !(1..=BEST_LEVEL).contains(&level)
            || name.chars().count() > SKILL_CHARS
            || name.chars().any(char::is_control)
        {
            return Err(Refusal::input(
                format!("“{part}” is not a skill with a level of 1 to {BEST_LEVEL}."),
                "Write skills like: printers 2, network 1.",
            ));
        }
        skills.insert(name.to_lowercase(), level);
    }
    if skills.len() > SKILLS {
        return Err(Refusal::input(
            format!("More than {SKILLS} skills are more than anybody looks through."),
            "Keep those that decide who gets a call.",
        ));
    }
    Ok(skills)
}

/// The form `read_skills` reads.
pub fn skills_as_text(skills: &Skills) -> String {
    skills.iter().map(|(skill, level)| format!("{skill} {level}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AgentId;
    use crate::site::Role;

    fn agent(skills: &str, tier: u8) -> Agent {
        let ada = Agent::new(AgentId(1), "Ada".into(), "ada@example.com".into(), Role::Agent);
        Agent { skills: read_skills(skills).unwrap(), tier, ..ada }
    }

    #[test]
    fn a_queue_is_served_by_who_knows_enough() {
        let asks = read_skills("Printers 2, colour").unwrap();
        let queue = Queue { skills: asks, tier: 2, ..Queue::named(QueueId(1), "Presses") };
        assert!(queue.is_served_by(&agent("printers 3, colour 1", 2)));
        assert!(!queue.is_served_by(&agent("printers 1, colour 1", 2)), "the level counts");
        assert!(!queue.is_served_by(&agent("printers 3", 2)), "every skill counts");
        assert!(!queue.is_served_by(&agent("printers 3, colour 1", 1)), "the tier counts");
        assert!(!queue.is_served_by(&Agent { active: false, ..agent("printers 3, colour 1", 2) }));
    }

    #[test]
    fn skills_are_read_as_people_write_them_and_mistakes_are_named() {
        let skills = read_skills(" Printers 2, windows server, , network 5").unwrap();
        assert_eq!(skills_as_text(&skills), "network 5, printers 2, windows server 1");
        assert!(read_skills("printers 9").unwrap_err().why.contains("“printers 9”"));
    }

    #[test]
    fn callers_overflow_to_another_queue_and_for_a_reason() {
        let mut site = Site::default();
        for (id, name) in [(1, "Support"), (2, "Billing")] {
            site.queues.insert(QueueId(id), Queue::named(QueueId(id), name));
        }
        let over = |to, after_minutes, from_waiting| {
            let overflow = Some(Overflow { to: QueueId(to), after_minutes, from_waiting });
            checked(&site, Queue { overflow, ..Queue::named(QueueId(1), "Support") })
        };
        assert!(over(2, Some(5), None).is_ok() && over(2, None, Some(30)).is_ok());
        assert!(over(1, Some(5), None).unwrap_err().why.contains("cannot overflow to there"));
        assert!(over(2, None, None).unwrap_err().why.contains("not said when"));
        assert!(over(2, None, Some(31)).unwrap_err().why.contains("1 to 30"));
    }
}
