//! Stories of calls as text: `second  who  does what`, and what comes of it. One check runs them all.

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::site::{Agent, Queue, Role};
use crate::stories::name_of;
use crate::{By, Sealed};

pub(super) const ADA: AgentId = AgentId(1);
pub(super) const BEN: AgentId = AgentId(2);
/// A supervisor.
pub(super) const SUE: AgentId = AgentId(3);

pub(super) fn staffed() -> Site {
    let mut site = Site::default();
    for (id, name, role) in [(ADA, "Ada", Role::Agent), (BEN, "Ben", Role::Agent), (SUE, "Sue", Role::Supervisor)] {
        let email = format!("{}@example.com", name.to_lowercase());
        site.agents.insert(id, Agent { id, name: name.into(), email, role, active: true });
    }
    site.queues.insert(QueueId(1), Queue::named(QueueId(1), "Support"));
    site
}

pub(super) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap() + SignedDuration::from_secs(seconds)
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
            (_, "rings") => Ok(self.news(now, self.arrival(who))),
            (None, "comes") => Ok(self.news(now, Report::TimeCame)),
            (None, "restarts") => Ok(self.news(now, Report::Restarted)),
            (None, verb) => {
                let leg = match who {
                    "caller" => LegId::caller(CallId(1)),
                    "outside" => self.floor.calls[&CallId(1)].party().expect("somebody outside").leg,
                    other => panic!("who is {other}?"),
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

    fn arrival(&self, _who: &str) -> Report {
        Report::CallArrived {
            call: CallId(1),
            queue: QueueId(1),
            customer: CustomerId(1),
            ticket: TicketId(1),
            reachable: true,
            class: 1,
            recorded: true,
        }
    }

    /// The leg of an agent on the call, whatever they are on it for.
    fn leg_of(&self, agent: AgentId) -> LegId {
        let call = &self.floor.calls[&CallId(1)];
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
        let call = CallId(1);
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
        "presses-9" => LegNews::Digit('9'),
        other => panic!("no such news: {other}"),
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
