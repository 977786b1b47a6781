//! Who is here, and who may be given work.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Command, Event, Floor, Report, Seat, chat, routing};
use crate::site::Site;
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

pub(super) fn seat(presence: Presence, since: Timestamp) -> Seat {
    Seat {
        presence,
        since,
        unseen_since: None,
        browser: false,
        phone: false,
        idle_since: None,
        wrap_up: None,
        recovery_until: None,
    }
}

pub(super) fn decide(floor: &Floor, command: Command) -> Result<Vec<Event>, Refusal> {
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
        Command::SignOut(agent) if floor.call_of(agent).is_some() => {
            return Err(Refusal::state("You are on a call.", "End it or hand it over, then sign out."));
        }
        Command::SignOut(agent) if floor.chats_of(agent).any(|chat| chat::may_write(chat, agent).is_ok()) => {
            return Err(Refusal::state("You are in a chat.", "End it or bring a colleague in, then sign out."));
        }
        Command::SignOut(agent) => (agent, Presence::Offline),
        _ => return Ok(vec![]),
    };
    Ok(changed(floor, agent, presence))
}

pub(super) fn observe(floor: &Floor, policy: &Policy, now: Timestamp, report: Report) -> Vec<Event> {
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
        Report::TimeCame => {
            let lost = floor.seats.iter().filter(|(_, seat)| lost_at(seat, policy).is_some_and(|at| at <= now));
            let mut events: Vec<Event> =
                lost.flat_map(|(agent, _)| changed(floor, *agent, Presence::Offline)).collect();
            for (agent, seat) in &floor.seats {
                if seat.wrap_up.as_ref().is_some_and(|w| w.until(policy) <= now) && seat.recovery_until.is_none() {
                    events.push(Event::WrapUpEnded { agent: *agent, disposition: String::new() });
                }
                if seat.recovery_until.is_some_and(|until| until <= now) {
                    events.push(Event::RecoveryEnded { agent: *agent });
                }
            }
            events
        }
        _ => vec![],
    }
}

fn changed(floor: &Floor, agent: AgentId, presence: Presence) -> Vec<Event> {
    if floor.presence(agent) == presence {
        return vec![];
    }
    vec![Event::PresenceChanged { agent, presence }]
}

/// Somebody whose pages are gone but whose desk phone is registered is still here.
fn lost_at(seat: &Seat, policy: &Policy) -> Option<Timestamp> {
    let since = seat.unseen_since.filter(|_| seat.presence != Presence::Offline && !seat.phone)?;
    Some(since + SignedDuration::from_secs(i64::from(policy.presence.lost_after_seconds)))
}

pub(super) fn evolve(floor: &mut Floor, at: Timestamp, event: &Event) {
    match event {
        Event::PresenceChanged { agent, presence } => match floor.seats.get_mut(agent) {
            Some(seat) => {
                (seat.presence, seat.since, seat.unseen_since) = (*presence, at, None);
                if *presence == Presence::Offline {
                    (seat.wrap_up, seat.recovery_until) = (None, None);
                }
            }
            None => {
                floor.seats.insert(*agent, seat(*presence, at));
            }
        },
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
        _ => {}
    }
}

/// When a seat next changes by itself, or a call back may be tried.
pub(super) fn due(floor: &Floor, site: &Site) -> Option<Timestamp> {
    let policy = &site.policy;
    let seats = floor.seats.values().filter_map(|seat| {
        let wrap_up = seat.wrap_up.as_ref().map(|w| w.until(policy)).filter(|_| seat.recovery_until.is_none());
        [lost_at(seat, policy), wrap_up, seat.recovery_until].into_iter().flatten().min()
    });
    seats.chain(routing::callback_due(floor, site)).min()
}

#[cfg(test)]
mod tests {
    use super::super::{decide, due, evolve, observe};
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
        let site = Site::default();
        let floor = fold(Floor::default(), at(0), observe(&Floor::default(), &site, at(0), Report::Seen(ADA)));
        let floor = fold(floor.clone(), at(1), decide(&floor, &site, at(1), Command::GoAvailable(ADA)).unwrap());
        assert_eq!(due(&floor, &site), None);
        let floor = fold(floor.clone(), at(10), observe(&floor, &site, at(10), Report::Unseen(ADA)));
        assert_eq!(floor.presence(ADA), Presence::Available, "a reload is not a leave");
        assert_eq!(due(&floor, &site), Some(at(70)));
        assert_eq!(observe(&floor, &site, at(69), Report::TimeCame), vec![]);
        let floor = fold(floor.clone(), at(70), observe(&floor, &site, at(70), Report::TimeCame));
        assert_eq!(floor.presence(ADA), Presence::Offline);
        assert_eq!(due(&floor, &site), None);
    }

    #[test]
    fn a_page_that_comes_back_in_time_changes_nothing() {
        let site = Site::default();
        let signed_in = decide(&Floor::default(), &site, at(0), Command::SignIn(ADA)).unwrap();
        let floor = fold(Floor::default(), at(0), signed_in);
        let floor = fold(floor.clone(), at(5), observe(&floor, &site, at(5), Report::Restarted));
        let floor = fold(floor.clone(), at(8), observe(&floor, &site, at(8), Report::Seen(ADA)));
        assert_eq!(due(&floor, &site), None);
        assert_eq!(floor.presence(ADA), Presence::Away);
    }

    #[test]
    fn nobody_is_available_without_being_here() {
        assert!(decide(&Floor::default(), &Site::default(), at(0), Command::GoAvailable(ADA)).is_err());
    }
}
