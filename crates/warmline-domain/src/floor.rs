//! The floor: the live room. Who is here, who may be given work.
//!
//! An agent's presence is what they said, corrected by what is seen: somebody whose last open page is gone is
//! counted as gone after a while, whatever they said before. Calls, offers and queues of waiting callers join here with the telephone.
//!
//! | presence  | may be given work | leads in                       | leads out                         |
//! |-----------|-------------------|--------------------------------|-----------------------------------|
//! | available | yes               | `GoAvailable`                  | `GoAway`, `SignOut`, page lost    |
//! | away      | with a reason     | `SignIn`, `GoAway`, page seen  | `GoAvailable`, `SignOut`, lost    |
//! | offline   | with a reason     | `SignOut`, page lost too long  | `SignIn`, page seen               |

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{AgentId, Policy, Refusal};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    Available,
    Away,
    Offline,
}

impl Presence {
    pub fn word(self) -> &'static str {
        match self {
            Presence::Available => "available",
            Presence::Away => "away",
            Presence::Offline => "offline",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    pub presence: Presence,
    pub since: Timestamp,
    /// When the last open page went; the clock that makes a lost agent away.
    pub unseen_since: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Floor {
    pub seats: BTreeMap<AgentId, Seat>,
}

#[derive(Clone, Debug)]
pub enum Command {
    SignIn(AgentId),
    GoAvailable(AgentId),
    GoAway(AgentId),
    SignOut(AgentId),
}

#[derive(Clone, Debug)]
pub enum Report {
    /// The agent's first page opened a live connection.
    Seen(AgentId),
    /// The last live connection of the agent is gone.
    Unseen(AgentId),
    /// The desk starts again: no connection survived.
    Restarted,
    TimeCame,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    PresenceChanged { agent: AgentId, presence: Presence },
    PageSeen { agent: AgentId },
    PageLost { agent: AgentId },
}

impl Floor {
    pub fn presence(&self, agent: AgentId) -> Presence {
        self.seats.get(&agent).map_or(Presence::Offline, |s| s.presence)
    }
}

pub fn decide(floor: &Floor, command: Command) -> Result<Vec<Event>, Refusal> {
    let (agent, presence) = match command {
        // A second page of somebody who is here changes nothing.
        Command::SignIn(agent) if floor.presence(agent) != Presence::Offline => return Ok(vec![]),
        Command::SignIn(agent) => (agent, Presence::Away),
        Command::GoAvailable(agent) | Command::GoAway(agent) if floor.presence(agent) == Presence::Offline => {
            return Err(Refusal::state(
                format!("Agent {agent} is not signed in."),
                "Sign in first; presence is for people who are here.",
            ));
        }
        Command::GoAvailable(agent) => (agent, Presence::Available),
        Command::GoAway(agent) => (agent, Presence::Away),
        Command::SignOut(agent) => (agent, Presence::Offline),
    };
    Ok(changed(floor, agent, presence))
}

pub fn observe(floor: &Floor, policy: &Policy, now: Timestamp, report: Report) -> Vec<Event> {
    match report {
        Report::Seen(agent) => match floor.seats.get(&agent) {
            Some(seat) if seat.presence == Presence::Offline => {
                vec![Event::PresenceChanged { agent, presence: Presence::Away }, Event::PageSeen { agent }]
            }
            None => vec![Event::PresenceChanged { agent, presence: Presence::Away }],
            Some(seat) if seat.unseen_since.is_some() => vec![Event::PageSeen { agent }],
            Some(_) => vec![],
        },
        Report::Unseen(agent) => match floor.seats.get(&agent) {
            Some(seat) if seat.unseen_since.is_none() && seat.presence != Presence::Offline => {
                vec![Event::PageLost { agent }]
            }
            _ => vec![],
        },
        Report::Restarted => floor
            .seats
            .iter()
            .filter(|(_, seat)| seat.presence != Presence::Offline && seat.unseen_since.is_none())
            .map(|(agent, _)| Event::PageLost { agent: *agent })
            .collect(),
        Report::TimeCame => floor
            .seats
            .iter()
            .filter(|(_, seat)| lost_at(seat, policy).is_some_and(|at| at <= now))
            .flat_map(|(agent, _)| changed(floor, *agent, Presence::Offline))
            .collect(),
    }
}

fn changed(floor: &Floor, agent: AgentId, presence: Presence) -> Vec<Event> {
    if floor.presence(agent) == presence {
        return vec![];
    }
    vec![Event::PresenceChanged { agent, presence }]
}

fn lost_at(seat: &Seat, policy: &Policy) -> Option<Timestamp> {
    let since = seat.unseen_since.filter(|_| seat.presence != Presence::Offline)?;
    Some(since + SignedDuration::from_secs(i64::from(policy.presence.lost_after_seconds)))
}

pub fn evolve(mut floor: Floor, at: Timestamp, event: &Event) -> Floor {
    match event {
        Event::PresenceChanged { agent, presence } => {
            floor.seats.insert(*agent, Seat { presence: *presence, since: at, unseen_since: None });
        }
        Event::PageSeen { agent } => {
            if let Some(seat) = floor.seats.get_mut(agent) {
                seat.unseen_since = None;
            }
        }
        Event::PageLost { agent } => {
            if let Some(seat) = floor.seats.get_mut(agent) {
                seat.unseen_since = Some(at);
            }
        }
    }
    floor
}

/// When the next agent who vanished is to be counted as gone.
pub fn due(floor: &Floor, policy: &Policy) -> Option<Timestamp> {
    floor.seats.values().filter_map(|seat| lost_at(seat, policy)).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: AgentId = AgentId(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + seconds).unwrap()
    }
    fn fold(floor: Floor, now: Timestamp, events: Vec<Event>) -> Floor {
        events.iter().fold(floor, |f, e| evolve(f, now, e))
    }

    #[test]
    fn an_agent_whose_page_is_gone_is_counted_as_gone_after_a_while() {
        let policy = Policy::default();
        let floor = fold(Floor::default(), at(0), observe(&Floor::default(), &policy, at(0), Report::Seen(ADA)));
        let floor = fold(floor.clone(), at(1), decide(&floor, Command::GoAvailable(ADA)).unwrap());
        assert_eq!(due(&floor, &policy), None);
        let floor = fold(floor.clone(), at(10), observe(&floor, &policy, at(10), Report::Unseen(ADA)));
        assert_eq!(floor.presence(ADA), Presence::Available, "a reload is not a leave");
        assert_eq!(due(&floor, &policy), Some(at(70)));
        assert_eq!(observe(&floor, &policy, at(69), Report::TimeCame), vec![]);
        let floor = fold(floor.clone(), at(70), observe(&floor, &policy, at(70), Report::TimeCame));
        assert_eq!(floor.presence(ADA), Presence::Offline);
        assert_eq!(due(&floor, &policy), None);
    }

    #[test]
    fn a_page_that_comes_back_in_time_changes_nothing() {
        let policy = Policy::default();
        let floor = fold(Floor::default(), at(0), decide(&Floor::default(), Command::SignIn(ADA)).unwrap());
        let floor = fold(floor.clone(), at(5), observe(&floor, &policy, at(5), Report::Restarted));
        let floor = fold(floor.clone(), at(8), observe(&floor, &policy, at(8), Report::Seen(ADA)));
        assert_eq!(due(&floor, &policy), None);
        assert_eq!(floor.presence(ADA), Presence::Away);
    }

    #[test]
    fn nobody_is_available_without_being_here() {
        assert!(decide(&Floor::default(), Command::GoAvailable(ADA)).is_err());
    }
}
