//! Stories of chats as text: `second  who  does what`, and what comes of it.

use jiff::Timestamp;

use super::{Report, Step, Target, Wish};
use crate::floor::call::Brief;
use crate::floor::stories::{ADA, BEN, SUE, at, staffed};
use crate::floor::{self, Command, Event, Floor, LegId, LegNews};
use crate::site::Site;
use crate::stories::name_of;
use crate::{AgentId, CallId, ChatId, CustomerId, QueueId, Refusal, TicketId};

struct Story {
    site: Site,
    floor: Floor,
}

fn agent(name: &str) -> Option<AgentId> {
    [("ada", ADA), ("ben", BEN), ("sue", SUE)].into_iter().find(|(n, _)| *n == name).map(|(_, id)| id)
}

fn chat(who: &str) -> ChatId {
    let at = ["mira", "omar", "lena", "yuki"].iter().position(|n| *n == who);
    ChatId(at.unwrap_or_else(|| panic!("who is {who}?")) as i64 + 1)
}

impl Story {
    fn does(&mut self, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let now = at(words[0].parse().unwrap_or_else(|_| panic!("no second in “{line}”")));
        let (who, verb, rest) = (words[1], words[2], words.get(3..).unwrap_or_default());
        let told = match agent(who) {
            Some(id) => self.agent_does(now, id, verb, rest),
            None if who == "policy" => {
                self.site.policy.chats.at_once = rest[0].parse().unwrap();
                return "set".into();
            }
            None => Ok(floor::observe(&self.floor, &self.site, now, self.news(who, verb, rest))),
        };
        match told {
            Ok(events) => {
                for event in &events {
                    self.floor = floor::evolve(self.floor.clone(), now, event);
                }
                super::walk::check(&self.floor, &self.site, now);
                events.iter().map(|e| self.shown(e)).collect::<Vec<_>>().join(", ")
            }
            Err(refusal) => format!("refused: {}", refusal.why),
        }
    }

    fn news(&self, who: &str, verb: &str, rest: &[&str]) -> floor::Report {
        let news = match verb {
            "comes" if who == "time" => return floor::Report::TimeCame,
            "starts-again" => return floor::Report::Restarted,
            "comes" => Report::Came {
                queue: QueueId(if rest.contains(&"billing") { 2 } else { 1 }),
                customer: CustomerId(chat(who).0),
                ticket: TicketId(chat(who).0),
                class: if rest.contains(&"critical") { 0 } else { 1 },
            },
            "opens-the-page" => Report::Seen,
            "closes-the-page" => Report::Gone,
            "writes" => Report::TheyWrote,
            "says-yes" => Report::Answered { yes: true },
            "says-no" => Report::Answered { yes: false },
            "leaves" => Report::Left,
            other => panic!("no such news: {other}"),
        };
        floor::Report::Chat { chat: chat(who), news }
    }

    fn agent_does(&self, now: Timestamp, by: AgentId, verb: &str, rest: &[&str]) -> Result<Vec<Event>, Refusal> {
        let text = |from: usize| rest.get(from..).unwrap_or_default().join(" ");
        let target = || match rest[1] {
            "support" => Target::Queue(QueueId(1)),
            name => Target::Agent(agent(name).unwrap()),
        };
        let wish = match verb {
            "is-here" => {
                let mut events = floor::observe(&self.floor, &self.site, now, floor::Report::Seen(by));
                let seen = events.iter().fold(self.floor.clone(), |f, e| floor::evolve(f, now, e));
                events.extend(floor::decide(&seen, &self.site, now, Command::GoAvailable(by))?);
                return Ok(events);
            }
            "goes-away" => return floor::decide(&self.floor, &self.site, now, Command::GoAway(by)),
            "goes-available" => return floor::decide(&self.floor, &self.site, now, Command::GoAvailable(by)),
            "signs-out" => return floor::decide(&self.floor, &self.site, now, Command::SignOut(by)),
            "loses-the-page" => return Ok(floor::observe(&self.floor, &self.site, now, floor::Report::Unseen(by))),
            "has-a-phone" => {
                let devices = floor::Report::Devices { agent: by, browser: true, phone: false };
                return Ok(floor::observe(&self.floor, &self.site, now, devices));
            }
            "is-called" => {
                let arrived = floor::Report::CallArrived {
                    call: CallId(9),
                    queue: QueueId(1),
                    customer: CustomerId(9),
                    ticket: TicketId(9),
                    reachable: true,
                    class: 1,
                    recorded: false,
                };
                return Ok(floor::observe(&self.floor, &self.site, now, arrived));
            }
            "ends-the-call" => {
                let gone =
                    floor::Report::Leg { leg: LegId::caller(CallId(9)), news: LegNews::Ended(floor::Ending::HungUp) };
                return Ok(floor::observe(&self.floor, &self.site, now, gone));
            }
            "takes" => Wish::Take,
            "declines" => Wish::Decline,
            "writes" => Wish::Wrote,
            "asks-for-minutes" => Wish::AskToWait { minutes: rest[1].parse().unwrap() },
            "hears-yes" => Wish::HearYes,
            "hears-no" => Wish::HearNo,
            "takes-it-back" => Wish::TakeBack,
            "is-back" => Wish::Back,
            "proposes" => Wish::Propose {
                to: target(),
                brief: Brief { problem: text(2), tried: "restart".into(), mood: "calm".into() },
            },
            "joins" => Wish::Join,
            "leaves-them" => Wish::Leave,
            "puts-back" => Wish::Return { reason: text(1) },
            "marks" => Wish::MarkHard,
            "takes-over" => Wish::TakeOver,
            "ends" => Wish::End { reason: text(1) },
            other => panic!("no such wish: {other}"),
        };
        floor::decide(&self.floor, &self.site, now, Command::Chat { by, chat: chat(rest[0]), wish })
    }

    fn shown(&self, event: &Event) -> String {
        let name = |id: &AgentId| self.site.agents[id].name.to_lowercase();
        match event {
            Event::Chat { step, .. } => match step {
                Step::Offered { agent }
                | Step::NotTaken { agent }
                | Step::Joined { colleague: agent }
                | Step::Agreed { colleague: Some(agent) } => format!("{}={}", name_of(step), name(agent)),
                Step::Taken { agent, waited } => format!("taken={} after {waited} s", name(agent)),
                Step::Back { over } => format!("back, {over} s over"),
                Step::Pressing { who } => format!("pressing={}", name_of(who)),
                Step::Ended { how, .. } => format!("ended={}", name_of(how)),
                _ => name_of(step),
            },
            Event::PresenceChanged { agent, presence } => format!("{}={}", name(agent), presence.word()),
            Event::Call { step, .. } => name_of(step),
            other => name_of(other),
        }
    }
}

#[test]
fn every_chat_story_holds() {
    crate::stories::all_hold("chats", || {
        let mut story = Story { site: staffed(), floor: Floor::default() };
        move |line: &str| story.does(line)
    });
}
