//! Stories of calls as text: `second  who  does what`, and what comes of it. One check runs them all.

use jiff::{SignedDuration, Timestamp};

use super::wait::Range;
use super::*;
use crate::site::queue::read_skills;
use crate::site::{Agent, Overflow, Queue, Role};
use crate::stories::name_of;
use crate::{By, CustomerId, Sealed};

pub(super) const ADA: AgentId = AgentId(1);
pub(super) const BEN: AgentId = AgentId(2);
/// A supervisor.
pub(super) const SUE: AgentId = AgentId(3);

pub(super) fn staffed() -> Site {
    let mut site = Site::default();
    for (id, name, role) in [(ADA, "Ada", Role::Agent), (BEN, "Ben", Role::Agent), (SUE, "Sue", Role::Supervisor)] {
        let email = format!("{}@example.com", name.to_lowercase());
        site.agents.insert(id, Agent::new(id, name.into(), email, role));
    }
    // A story that is about it says so.
    site.policy.phone.announce_seconds = 0;
    for (id, name) in [(1, "Support"), (2, "Billing")] {
        site.queues.insert(QueueId(id), Queue::named(QueueId(id), name));
    }
    site
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_secs(seconds)
}

fn caller(who: &str) -> CallId {
    let callers = ["caller maria", "omar", "lena", "yuki", "maria-again"];
    let at = callers.iter().position(|names| names.split(' ').any(|n| n == who));
    CallId(at.unwrap_or_else(|| panic!("who is {who}?")) as i64 + 1)
}

struct Story {
    site: Site,
    floor: Floor,
}

fn agent(name: &str) -> Option<AgentId> {
    [("ada", ADA), ("ben", BEN), ("sue", SUE)].into_iter().find(|(n, _)| *n == name).map(|(_, id)| id)
}

impl Story {
    fn does(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let now = at(words[0].parse().unwrap_or_else(|_| panic!("no second in “{line}”")));
        let (who, verb, rest) = (words[1], words[2], words.get(3..).unwrap_or_default());
        let told = match (agent(who), verb) {
            (_, "rings") => Ok(self.news(now, self.arrival(who, rest))),
            (None, _) if who == "policy" => {
                self.sets(verb, rest);
                return "set".into();
            }
            (None, "comes") => Ok(self.news(now, Report::TimeCame)),
            (None, "restarts") => Ok(self.news(now, Report::Restarted)),
            (None, verb) => {
                let leg = match who {
                    "outside" => self.floor.calls[&CallId(1)].party().expect("somebody outside").leg,
                    who => LegId::caller(caller(who)),
                };
                Ok(self.news(now, Report::Leg { leg, news: news(verb) }))
            }
            (Some(id), verb) => self.agent_does(now, id, verb, rest),
        };
        match told {
            Ok(events) => {
                for event in &events {
                    self.floor = evolve(self.floor.clone(), now, event);
                }
                super::walk::check(&self.floor);
                events.iter().map(|e| shown(e, &self.site)).collect::<Vec<_>>().join(", ")
            }
            Err(refusal) => format!("refused: {}", refusal.why),
        }
    }

    fn news(&self, now: Timestamp, report: Report) -> Vec<Event> {
        observe(&self.floor, &self.site, now, report)
    }

    /// `critical`, `withheld`, `billing`: what is special about this call.
    fn arrival(&self, who: &str, special: &[&str]) -> Report {
        Report::CallArrived {
            call: caller(who),
            queue: QueueId(if special.contains(&"billing") { 2 } else { 1 }),
            customer: CustomerId(if who == "maria-again" { 1 } else { caller(who).0 }),
            ticket: TicketId(caller(who).0),
            reachable: !special.contains(&"withheld"),
            class: if special.contains(&"critical") { 0 } else { 1 },
            recorded: true,
        }
    }

    /// What an administrator has set.
    fn sets(&mut self, what: &str, rest: &[&str]) {
        let number = |at: usize| rest[at].parse::<u32>().unwrap();
        let queue = self.site.queues.get_mut(&QueueId(1)).unwrap();
        let overflow = |after_minutes, from_waiting| Some(Overflow { to: QueueId(2), after_minutes, from_waiting });
        match what {
            "hours" => {
                let (zone, week) = ("UTC".into(), std::array::from_fn(|_| rest[0].to_owned()));
                let written = crate::hours::Written { zone, week, exceptions: String::new() };
                queue.hours = Some(crate::Hours::read(&written).unwrap());
            }
            "room" => queue.room = number(0),
            "overflow-after" => queue.overflow = overflow(Some(number(0)), None),
            "overflow-from" => queue.overflow = overflow(None, Some(number(0))),
            "asks" => queue.skills = read_skills(&rest.join(" ")).unwrap(),
            "teaches" => {
                let agent = self.site.agents.get_mut(&agent(rest[0]).unwrap()).unwrap();
                agent.skills = read_skills(&rest[1..].join(" ")).unwrap();
            }
            "tier" => self.site.agents.get_mut(&agent(rest[0]).unwrap()).unwrap().tier = number(1) as u8,
            "reserves" => self.site.policy.phone.reserved_agents = number(0),
            "announces" => self.site.policy.phone.announce_seconds = number(0),
            other => panic!("no such setting: {other}"),
        }
    }

    /// The leg of an agent on the call, whatever they are on it for.
    fn leg_of(&self, agent: AgentId) -> LegId {
        let call = self.floor.call_of(agent).unwrap_or_else(|| &self.floor.calls[&CallId(1)]);
        if let Some(monitor) = call.monitors.get(&agent) {
            return monitor.leg;
        }
        match &call.state {
            State::Offered { agent: a, leg, .. }
            | State::Calling { agent: a, leg, .. }
            | State::Talking { agent: a, leg }
            | State::Held { agent: a, leg, .. }
            | State::Consulting { agent: a, leg, .. }
            | State::Joined { agent: a, leg, .. }
                if *a == agent =>
            {
                *leg
            }
            State::Orphaned { rejoining: Some(leg), .. } => *leg,
            _ => call.party().expect("somebody is put through").leg,
        }
    }

    fn agent_does(&self, now: Timestamp, by: AgentId, verb: &str, rest: &[&str]) -> Result<Vec<Event>, Refusal> {
        let call = self.floor.call_of(by).map_or(CallId(1), |c| c.id);
        let hold = |wish| Command::Hold { by, call, wish };
        let transfer = |wish| Command::Transfer { by, call, wish };
        let hard = |wish| Command::Hard { by, call, wish };
        let target = || match rest[0] {
            "support" => Target::Queue(QueueId(1)),
            name => agent(name).map_or_else(|| Target::Outside(Sealed::new(name.into())), Target::Agent),
        };
        let text = |from: usize| rest.get(from..).unwrap_or_default().join(" ");
        let minutes = || rest[0].parse().unwrap();
        let command = match verb {
            "is-here" => {
                let here = Event::PresenceChanged { agent: by, presence: Presence::Available };
                let floor = evolve(self.floor.clone(), now, &here);
                let devices = Report::Devices { agent: by, browser: true, phone: false };
                return Ok([here].into_iter().chain(observe(&floor, &self.site, now, devices)).collect());
            }
            "answers" | "vanishes" | "hangs-up-the-phone" | "presses-hold" | "presses-resume" | "is-busy" => {
                return Ok(self.news(now, Report::Leg { leg: self.leg_of(by), news: news(verb) }));
            }
            "is-back" => return Ok(self.news(now, Report::Devices { agent: by, browser: true, phone: false })),
            "is-heard" => {
                let (together, share) = (minutes() * 1000, rest[1].parse::<u32>().unwrap());
                let (agent, caller) = (together * share / 100, together * (100 - share) / 100);
                let heard = Heard { together, agent, caller, ..Heard::default() };
                return Ok(self.news(now, Report::Heard { call, agent: by, heard }));
            }
            "refers" => {
                return Ok(self.news(now, Report::Referred { leg: self.leg_of(by), to: target() }));
            }
            "goes-available" => Command::GoAvailable(by),
            "asks-to-hold" => hold(hold::Hold::Ask { minutes: minutes(), reason: text(1) }),
            "hears-yes" => hold(hold::Hold::Agreed),
            "hears-no" => hold(hold::Hold::Refused),
            "holds" => hold(hold::Hold::Abrupt),
            "asks-for" => hold(hold::Hold::Extend { minutes: minutes() }),
            "resumes" => hold(hold::Hold::Resume),
            "consults" => transfer(transfer::Transfer::Consult {
                target: target(),
                agreed: true,
                reason: "knows it better".into(),
                brief: Brief { problem: text(1), tried: "restart".into(), mood: "calm".into() },
            }),
            "introduces" => transfer(transfer::Transfer::Introduce),
            "leaves" => transfer(transfer::Transfer::Complete),
            "goes-back" => transfer(transfer::Transfer::Back),
            "sends" => transfer(transfer::Transfer::Blind { target: target(), reason: text(1) }),
            "hangs-up" | "declines" => Command::HangUp { by, call },
            "marks" => hard(hard::Hard::Mark),
            "warns" => hard(hard::Hard::Warn),
            "ends-it" => hard(hard::Hard::End { threat: rest.first() == Some(&"threat") }),
            "listens" => hard(hard::Hard::Monitor { mode: Mode::Listen }),
            "joins" => hard(hard::Hard::Monitor { mode: Mode::Join }),
            "takes-over" => hard(hard::Hard::TakeOver),
            "pauses" => hard(hard::Hard::PauseRecording),
            "records-on" => hard(hard::Hard::ResumeRecording),
            "writes-up" => Command::FinishWrapUp { agent: by, disposition: "solved".into() },
            "recovers" => Command::Recover { agent: by },
            "calls-back" => Command::CallBack { by, call },
            "drops-callback" => Command::DropCallback { by, call, reason: text(0) },
            other => panic!("no such wish: {other}"),
        };
        assert!(self.site.role(By::Agent(by)).is_some());
        decide(&self.floor, &self.site, now, command)
    }
}

fn news(verb: &str) -> LegNews {
    match verb {
        "answers" => LegNews::Answered,
        "vanishes" => LegNews::Ended(Ending::Lost),
        "hangs-up" | "hangs-up-the-phone" => LegNews::Ended(Ending::HungUp),
        "is-busy" => LegNews::Ended(Ending::Busy),
        "presses-hold" => LegNews::Held,
        "presses-resume" => LegNews::Resumed,
        other => match other.strip_prefix("presses-").and_then(|key| key.chars().next()) {
            Some(key) => LegNews::Digit(key),
            None => panic!("no such news: {other}"),
        },
    }
}

fn shown(event: &Event, site: &Site) -> String {
    let name = |id: &AgentId| site.agents[id].name.to_lowercase();
    match event {
        Event::Call { step: Step::Offered { agent, why }, .. } => format!("offered={} ({})", name(agent), name_of(why)),
        Event::Call { step: Step::NotTaken { agent, how }, .. } => {
            format!("not_taken={} ({})", name(agent), name_of(how))
        }
        Event::Call { step: Step::Called { agent, .. }, .. } => format!("called_by={}", name(agent)),
        Event::Call { step: Step::Heard { agent, ticket, heard }, .. } => {
            format!("heard={} {} % on ticket {ticket}", name(agent), heard.share())
        }
        Event::Call { step: Step::TurnedAway { why }, .. } => format!("turned_away={}", name_of(why)),
        Event::Call { step: Step::Announced { position, range, .. }, .. } => match range {
            Some(Range { low, high: Some(high) }) => format!("announced={position}, {low} to {high} min"),
            Some(Range { low, high: None }) => format!("announced={position}, {low} min and more"),
            None => format!("announced={position}"),
        },
        Event::Call { step: Step::CallbackAsked { promised }, .. } => match promised {
            Some((from, until)) => format!("callback_asked, {from} to {until}"),
            None => "callback_asked, in their turn".into(),
        },
        Event::Call { step: Step::MessageLeft { seconds, gone }, .. } => {
            format!("message_left={seconds} s{}", if *gone { ", gone" } else { "" })
        }
        Event::Call { step: Step::Overflowed { to }, .. } => {
            format!("overflowed={}", site.queues[to].name.to_lowercase())
        }
        Event::Call { step: Step::Held { asked, .. }, .. } => {
            format!("held={}", if *asked { "asked" } else { "abrupt" })
        }
        Event::Call { step: Step::Requeued { first, .. }, .. } => {
            format!("requeued, first={}", first.as_ref().map_or("anybody".into(), name))
        }
        Event::Call { step, .. } => name_of(step),
        Event::PresenceChanged { agent, presence } => format!("{}={}", name(agent), presence.word()),
        other => name_of(other),
    }
}

#[test]
fn every_call_story_holds() {
    crate::stories::all_hold("calls", || {
        let mut story = Story { site: staffed(), floor: Floor::default() };
        move |line: &str| story.does(line)
    });
}
