//! Runs the stories in `stories/calendars/*.story`: who does what with Ada's calendar. Entries count from 1.

use super::*;
use crate::site::Agent;
use crate::stories::name_of;

struct Story {
    site: Site,
    calendar: Calendar,
    entries: i64,
}

const ADA: AgentId = AgentId(1);

fn named(name: &str) -> AgentId {
    AgentId(["", "ada", "ben", "ines", "gone"].iter().position(|n| *n == name).unwrap_or(9) as i64)
}

impl Story {
    fn new() -> Story {
        let mut site = Site::default();
        for (name, role) in
            [("ada", Role::Agent), ("ben", Role::Agent), ("ines", Role::Supervisor), ("gone", Role::Supervisor)]
        {
            let mut agent = Agent::new(named(name), name.into(), format!("{name}@example.com"), role);
            agent.active = name != "gone";
            site.agents.insert(agent.id, agent);
        }
        Story { site, calendar: Calendar::default(), entries: 0 }
    }

    fn does(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let by = match words[0] {
            "desk" => By::Desk,
            "stranger" => By::Stranger,
            name => By::Agent(named(name)),
        };
        if words[1] == "looks" {
            let day: Date = words[2].parse().unwrap();
            let at = |day: Date| day.to_zoned(TimeZone::get("Europe/Vienna").unwrap()).unwrap().timestamp();
            return format!(
                "free={}",
                self.calendar.free_minutes(at(day), at(day.saturating_add(1.day()))).unwrap_or(-1)
            );
        }
        match self
            .command(&words[1..], line)
            .and_then(|(command, owed)| decide(&self.calendar, &self.site, by, ADA, command, &owed))
        {
            Err(refusal) => format!("refused={}", name_of(&refusal.kind)),
            Ok(events) => {
                let calendar = std::mem::take(&mut self.calendar);
                self.calendar = events.iter().fold(calendar, evolve);
                events.iter().map(name_of).collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn command(&mut self, words: &[&str], line: &str) -> Result<(Command, Owed), Refusal> {
        let given = |name: &str| words.iter().find_map(|w| w.strip_prefix(name));
        let owed = Owed {
            promises: given("owed=").map_or(0, |n| n.parse().unwrap()),
            cover: given("cover=").map(named),
            reason: line.split_once("because ").map_or(String::new(), |(_, why)| why.into()),
        };
        let command = match words[0] {
            "enters" => {
                self.entries += 1;
                let days = given("on=").map(|d| d.split(',').map(|d| d.parse().unwrap()).collect());
                let entry = Entry {
                    kind: words[1].parse()?,
                    title: String::new(),
                    starts: words[2].parse().unwrap(),
                    ends: words[3].parse().unwrap(),
                    zone: given("zone=").unwrap_or("Europe/Vienna").into(),
                    weekly: days.map(|days| Weekly { days, until: None, but: BTreeSet::new() }),
                };
                Command::Put { id: EntryId(self.entries), entry }
            }
            "skips" => Command::Skip { id: EntryId(words[1].parse().unwrap()), day: words[2].parse().unwrap() },
            "moves" => {
                self.entries += 1;
                let (id, day) = (EntryId(words[1].parse().unwrap()), words[2].parse().unwrap());
                Command::Move { id, day, to: words[3].parse().unwrap(), fresh: EntryId(self.entries) }
            }
            "removes" => Command::Remove { id: EntryId(words[1].parse().unwrap()) },
            "imports" => {
                Command::Import { entries: some(words[1]).into_iter().map(|(n, e)| (EntryId(-n), e)).collect() }
            }
            "reads" => Command::Elsewhere { entries: some(words[1]).into_iter().map(|(_, e)| e).collect() },
            other => panic!("no such wish: {other}"),
        };
        Ok((command, owed))
    }
}

fn some(count: &str) -> Vec<(i64, Entry)> {
    let first: DateTime = "2026-11-24T09:00".parse().unwrap();
    (1..=count.parse().unwrap())
        .map(|n: i64| {
            let starts = first.saturating_add(n.hours());
            let ends = starts.saturating_add(1.hour());
            (n, Entry { kind: Kind::Meeting, title: String::new(), starts, ends, zone: "UTC".into(), weekly: None })
        })
        .collect()
}

#[test]
fn every_story_holds() {
    crate::stories::all_hold("calendars", || {
        let mut story = Story::new();
        move |line: &str| story.does(line)
    });
}
