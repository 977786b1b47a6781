//! Runs the stories in `stories/*.story`: who does what at which minute, and what the domain says.
//!
//! A line `minute who verb rest` is a wish or a piece of news; the line `-> a, b` under it is what must come of it:
//! event names, `stage=…` for a change of stage, or `refused=…` with the kind of refusal.

mod articles;
mod house;

use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::floor::Presence;
use crate::site::catalogue::organisation_key;
use crate::site::targets::Times;
use crate::site::{Agent, Queue, Role};
use crate::stories::name_of;
use crate::{NoteId, RecordId};

struct Story {
    site: Site,
    ticket: Option<Ticket>,
    next_id: i64,
    last_message: MessageId,
    last_answer: MessageId,
    last_promise: PromiseId,
    last_entry: RecordId,
}

/// `by=30`: in so many minutes.
fn promised(rest: &str, now: Timestamp) -> Option<Timestamp> {
    let minutes = rest.split_whitespace().find_map(|w| w.strip_prefix("by="))?;
    Some(now + SignedDuration::from_mins(minutes.parse().expect("minutes")))
}

fn story_agent(name: &str) -> AgentId {
    AgentId(if name.starts_with("ada") { 1 } else { 2 })
}

fn because(rest: &str) -> String {
    rest.split_once("because ").map_or(String::new(), |(_, why)| why.into())
}

/// `agreed`, `unasked because …`: how we know that the customer thinks so, too.
fn agreed(rest: &str) -> Option<record::Agreement> {
    match rest.split(' ').next() {
        Some("agreed") => Some(record::Agreement::Said),
        Some("unasked") => Some(record::Agreement::NotAsked(because(rest))),
        _ => None,
    }
}

fn channels(rest: &str) -> BTreeSet<attempts::Channel> {
    attempts::Channel::ALL.into_iter().filter(|c| rest.split_whitespace().any(|w| w == c.word())).collect()
}

/// `leaking`, `rude`, `rude-because …`: what the reading found.
fn reading(rest: &str) -> Reading {
    let found = |word: &str| rest.split_whitespace().any(|w| w == word);
    Reading {
        leaks: if found("leaking") { vec!["This names a machine of ours.".into()] } else { vec![] },
        blocks: if found("rude") {
            vec![Block { rule: "insult.person".into(), say: "This is an insult.".into() }]
        } else {
            vec![]
        },
        reason: rest.split_once("because ").map_or(String::new(), |(_, why)| why.into()),
    }
}

const START: i64 = 1_700_000_000;

fn at(minute: f64) -> Timestamp {
    Timestamp::from_second(START).unwrap() + SignedDuration::from_millis((minute * 60_000.0) as i64)
}

impl Story {
    fn new() -> Self {
        let mut site = Site { policy_version: 1, ..Site::default() };
        for (id, name, tier) in [(1, "ada", 1), (2, "ben", 2)] {
            let agent = Agent::new(AgentId(id), name.into(), format!("{name}@example.com"), Role::Agent);
            let agent = Agent { tier, ..agent };
            site.agents.insert(AgentId(id), agent);
        }
        for (id, name) in [(1, "Support"), (2, "Billing")] {
            site.queues.insert(QueueId(id), Queue::named(QueueId(id), name));
        }
        let mailbox = crate::site::Mailbox {
            id: crate::MailboxId(1),
            address: "support@example.com".into(),
            display: "Support".into(),
            queue: QueueId(1),
            fetch: None,
            submit: None,
        };
        site.mailboxes.insert(mailbox.id, mailbox);
        Story {
            site: house::furnish(site),
            ticket: None,
            next_id: 100,
            last_message: MessageId(0),
            last_answer: MessageId(0),
            last_promise: PromiseId(0),
            last_entry: RecordId(0),
        }
    }

    fn id(&mut self) -> i64 {
        self.next_id += 1;
        self.next_id
    }

    /// `field text`.
    fn entry(&mut self, rest: &str) -> record::Command {
        let (field, text) = rest.split_once(' ').unwrap_or((rest, ""));
        let field = record::Field::ALL.into_iter().find(|f| f.word() == field).expect("a field");
        record::Command::Write { id: RecordId(self.id()), field, text: text.into() }
    }

    /// `finish`: that the work is done by then; `usually=90`: eight of ten such matters took so many minutes from now;
    /// `on-leave`: whoever is to keep it is; `moves`: it takes the place of the last one.
    fn new_promise(&mut self, rest: &str, now: Timestamp, due: Timestamp) -> NewPromise {
        let said = |word: &str| rest.split_whitespace().any(|w| w == word);
        let usually = rest.split_whitespace().find_map(|w| w.strip_prefix("usually="));
        let forecast = usually.map(|minutes| crate::forecast::Forecast {
            safe: now + SignedDuration::from_mins(minutes.parse().expect("minutes")),
            sure: None,
            cases: 143,
            like: crate::forecast::Likeness::All,
        });
        let moves = said("moves").then_some(self.last_promise);
        let id = PromiseId(self.id());
        if moves.is_none() {
            self.last_promise = id;
        }
        let what = if said("finish") { "It will be repaired." } else { "I will call you." };
        let reason = rest.split_once("since ").map_or(String::new(), |(_, why)| why.into());
        let known = Known { forecast, away: said("on-leave") };
        NewPromise { reason, moves, known, ..NewPromise::new(id, what, due) }
    }

    /// `corrects` the last answer, which Maria was given; `shows` the last note; `on-link`, `on-belief`.
    fn beside(&self, verb: &str, rest: &str) -> honesty::Beside {
        let told = vec![Address::new("Maria", "Maria@example.net")];
        let why = rest.split_once("because ").map_or(String::new(), |(_, why)| why.into());
        let ground = rest.split_whitespace().find_map(|w| match w {
            "on-link" => Some(honesty::Ground::Link("https://docs.example.com/lamps".into())),
            "on-belief" => Some(honesty::Ground::Belief),
            _ => None,
        });
        honesty::Beside {
            grounds: ground.into_iter().collect(),
            corrects: (verb == "corrects").then_some(honesty::Corrects { message: self.last_answer, told }),
            articles: articles::brought(rest),
            shows: (verb == "shows").then_some(honesty::Showing { note: NoteId(self.next_id), why }),
        }
    }

    fn does(&mut self, line: &str) -> String {
        let mut rest = line;
        let mut word = || {
            let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            rest = after.trim_start();
            first
        };
        let (minute, who, verb) = (word(), word(), word());
        let now = at(minute.parse().unwrap_or_else(|_| panic!("no minute in “{line}”")));
        let outcome = match who {
            "ada" => self.wishes(By::Agent(AgentId(1)), now, verb, rest),
            "policy" => {
                self.site.policy.honesty.grounds_in_queues = vec!["support".into()];
                Ok(vec![])
            }
            "ben" => self.wishes(By::Agent(AgentId(2)), now, verb, rest),
            "cy" => self.wishes(By::Agent(AgentId(3)), now, verb, rest),
            "di" => self.wishes(By::Agent(AgentId(4)), now, verb, rest),
            _ => Ok(self.news(now, who, verb, rest)),
        };
        match outcome {
            Err(refusal) => format!("refused={}", name_of(&refusal.kind)),
            Ok(events) => {
                for event in &events {
                    self.ticket = evolve(self.ticket.take(), now, event);
                }
                events.iter().map(shown).collect::<Vec<_>>().join(", ")
            }
        }
    }

    fn wishes(&mut self, by: By, now: Timestamp, verb: &str, rest: &str) -> Result<Vec<Event>, Refusal> {
        let ticket = self.ticket.clone().expect("a ticket first");
        let (seen, message) = (ticket.last_entry, self.last_answer);
        let command = match verb {
            "answers" | "answers-late" | "schedules" | "forwards" | "corrects" | "shows" => {
                let beside = self.beside(verb, rest);
                let to = rest.split_whitespace().next().unwrap_or("maria@example.net");
                let id = MessageId(self.id());
                if verb != "corrects" {
                    self.last_answer = id;
                }
                let content = Message { to: vec![Address::new("", to)], text: house::said(rest), ..Message::default() };
                let seen = if verb == "answers-late" { seen - 1 } else { seen };
                let send_at = (verb == "schedules").then(|| now + SignedDuration::from_hours(20));
                let then = if rest.contains("solve") { Then::Solve } else { Then::Wait };
                let promises = promised(rest, now).map(|due| self.new_promise(rest, now, due)).into_iter().collect();
                let reading = reading(rest);
                let answer =
                    Answer { message: id, seen, content, send_at, then, promises, phrases: vec![], reading, beside };
                let answer = Box::new(answer);
                if verb == "forwards" { Command::Forward(answer) } else { Command::Answer(answer) }
            }
            "takes-back" => Command::Withdraw { message },
            "sends-again" => Command::SendAgain { message },
            "notes" => Command::WriteNote { note: NoteId(self.id()), content: Note { text: rest.into() } },
            "assigns-ben" => Command::Assign { to: AgentId(2), presence: Presence::Away, reason: rest.into() },
            "takes" => Command::Assign { to: by.agent().unwrap(), presence: Presence::Away, reason: String::new() },
            "releases" => Command::Release,
            "tags" => Command::Tag { tag: rest.into() },
            "promises" => Command::Promise(self.new_promise(rest, now, promised(rest, now).expect("by=minutes"))),
            "keeps-promise" => Command::KeepPromise { promise: self.last_promise },
            "moves-promise" => Command::MovePromise {
                promise: self.last_promise,
                due: promised(rest, now).expect("by=minutes"),
                told: rest.contains("told").then_some(Told::Written),
                reason: rest.split_once("because ").map_or(String::new(), |(_, why)| why.into()),
            },
            "lets-promise-go" => Command::LetPromiseGo { promise: self.last_promise, reason: rest.into() },
            "hands-promise-to-ben" => {
                let away = rest.starts_with("who-is-on-leave");
                let reason = rest.split_once("because ").map_or(String::new(), |(_, why)| why.into());
                Command::HandPromiseOver { promise: self.last_promise, to: AgentId(2), away, reason }
            }
            "solves" => Command::Solve { agreed: agreed(rest) },
            "works" => Command::Effort(effort::Command::Start),
            "pauses" => Command::Effort(effort::Command::Pause { reason: because(rest) }),
            "carries-on" => Command::Effort(effort::Command::CarryOn { reason: because(rest) }),
            "searches" => Command::Ladder(ladder::Command::Search { place: ladder::Place::Web }),
            "finds" => Command::Ladder(ladder::Command::Find { id: RecordId(self.id()), link: rest.into() }),
            "asks-ben" | "asks-nobody" => {
                self.last_entry = RecordId(self.id());
                let to = (verb == "asks-ben").then_some(AgentId(2)).into_iter().collect();
                Command::Ladder(ladder::Command::Ask { id: self.last_entry, question: rest.into(), to })
            }
            "replies" => {
                let note = NoteId(self.id());
                Command::Ladder(ladder::Command::Answer { question: self.last_entry, note, text: rest.into() })
            }
            "records" => Command::Record(self.entry(rest)),
            "plans" => Command::Record(record::Command::Plan {
                id: RecordId(self.id()),
                what: "Look at the log.".into(),
                owner: by.agent().unwrap(),
                by: promised(rest, now).expect("by=minutes"),
            }),
            "tries" | "ticks" => Command::Record(record::Command::Try {
                id: RecordId(self.id()),
                what: rest.into(),
                came: record::Came::NoChange,
                ticked: (verb == "ticks").then(|| record::Ticked { runbook: "printer".into(), version: 1, step: 0 }),
            }),
            "hands-up" => Command::HandUp(hand_up::Command::Offer {
                id: RecordId(self.id()),
                to: hand_up::Receiver::Tier(rest.split(' ').next().and_then(|t| t.parse().ok()).expect("a tier")),
                ask: rest.split_once(' ').map_or(String::new(), |(_, ask)| ask.into()),
            }),
            "takes-it-back" => Command::HandUp(hand_up::Command::TakeBack),
            "accepts" => Command::HandUp(hand_up::Command::Accept),
            "returns" => Command::HandUp(hand_up::Command::Return { id: RecordId(self.id()), missing: rest.into() }),
            "reopens" => Command::Reopen,
            "parks" => Command::Park { until: now + SignedDuration::from_mins(rest.parse().unwrap()) },
            "lets-in" => Command::LetIn { message: self.last_message, from: "eve@example.org".into() },
            "turns-away" => Command::TurnAway { message: self.last_message },
            "keeps-together" => Command::KeepTogether,
            "splits-off" => Command::SplitOff { message: self.last_message, to: TicketId(2) },
            "listens" => Command::Listen { call: CallId(1), going_on: rest == "early" },
            "links" => Command::Stakes(stakes::Command::Link(Box::new(asset(rest)))),
            "unlinks" => Command::Stakes(stakes::Command::Unlink),
            "asks-ben-to-drop-everything" => {
                let promises = rest.contains("promised").then(|| self.promised_elsewhere(now));
                let late = drop_everything::becomes_late(promises.iter(), AgentId(2), ticket.id, now, 60);
                let reason = rest.split_once("because ").map_or(String::new(), |(_, why)| why.into());
                let ask = drop_everything::Command::Ask { to: AgentId(2), minutes: 60, reason, late };
                Command::DropEverything(ask)
            }
            "drops-everything" => Command::DropEverything(drop_everything::Command::Accept { gives: rest.into() }),
            "keeps-at-it" => Command::DropEverything(drop_everything::Command::Refuse { reason: rest.into() }),
            "takes-the-asking-back" => Command::DropEverything(drop_everything::Command::TakeBack),
            "moves" => Command::Move { queue: QueueId(2) },
            "stops-one" => Command::Prioritise { impact: Impact::Person, urgency: Urgency::Stopped },
            "stops-work" => Command::Prioritise { impact: Impact::Site, urgency: Urgency::Stopped },
            "tried" => self.attempt(now, rest),
            "gives-up" => Command::Attempts(attempts::Command::GiveUp { known: channels(rest) }),
            "prints" => Command::OtherWays(other_ways::Command::Sheet {
                message: None,
                text: rest.into(),
                reading: reading(rest),
            }),
            "offers-remote" => Command::OtherWays(other_ways::Command::Remote),
            "faxes" => Command::OtherWays(other_ways::Command::Fax { message }),
            "offers-callback" => Command::OtherWays(other_ways::Command::CallBack(self.new_promise(
                rest,
                now,
                promised(rest, now).expect("by=minutes"),
            ))),
            other => match articles::wish(other) {
                Some(command) => command,
                None => house::wish(other, rest, self.id()),
            },
        };
        decide(&ticket, &self.site, by, now, command)
    }

    /// `phone no-answer`, `visit spoke in`, `letter sent ago=60`.
    fn attempt(&mut self, now: Timestamp, rest: &str) -> Command {
        let said = |word: &str| rest.split_whitespace().any(|w| w.replace('-', " ") == word);
        let ago = rest.split_whitespace().find_map(|w| w.strip_prefix("ago=")?.parse().ok()).unwrap_or(0);
        Command::Attempts(attempts::Command::Note {
            attempt: crate::AttemptId(self.id()),
            at: now - SignedDuration::from_mins(ago),
            channel: *channels(rest).first().expect("a channel"),
            direction: if said("in") { attempts::Direction::In } else { attempts::Direction::Out },
            outcome: attempts::Outcome::ALL.into_iter().find(|o| said(o.word())).expect("an outcome"),
        })
    }

    fn news(&mut self, now: Timestamp, who: &str, verb: &str, rest: &str) -> Vec<Event> {
        let message = self.last_answer;
        let report = match (who, verb) {
            ("house", "asks") => return self.house_asks(rest),
            ("house", "opens") => return self.house_opens(),
            ("house", "counts-rank") => {
                self.site.policy.priority.rank_counts = true;
                self.site.policy.priority.ranked = vec![format!("{rest}@example.net")];
                return vec![];
            }
            (customer, "is-known") => Report::CustomerKnown(stakes::Customer {
                addresses: vec![format!("{customer}@example.net")],
                organisation: rest.into(),
            }),
            ("article", verb) => articles::news(verb, rest),
            ("register", "says") => Report::AssetChanged(Box::new(asset(rest))),
            ("time", "came") => Report::TimeCame,
            ("server", "takes") => Report::Sent { message },
            ("server", "defers") => Report::NotSent { message, why: rest.into() },
            ("server", "refuses") => Report::Refused { message, why: rest.into() },
            (agent, "opens-it") => Report::AtWork { agent: story_agent(agent) },
            (agent, "turns-away") => Report::Left { agent: story_agent(agent) },
            ("call", "not-reached") => Report::OnCall(Box::new(CallNews {
                call: CallId(1),
                step: Step::NotReached { how: crate::floor::Ending::Busy },
                note: NoteId(self.id()),
                recorded: None,
            })),
            ("call", "ends") => Report::OnCall(Box::new(self.call_ends(now, rest))),
            ("bounce", "comes") => Report::Bounced { message, why: rest.into() },
            (customer, verb) => Report::MailArrived(Box::new(self.mail(customer, verb, rest))),
        };
        observe(self.ticket.as_ref(), &self.site, now, report)
    }

    /// `first_answer=60 next_answer=120`: open minutes, for all tickets of the first queue; critical ones half of it.
    /// After `plan=gold` for customers of the House of gold alone.
    fn house_asks(&mut self, rest: &str) -> Vec<Event> {
        let read = |part: &str| {
            let (word, minutes) = part.split_once('=').expect("target=minutes");
            let target = Target::ALL.into_iter().find(|t| t.word() == word).expect("a target");
            (target, minutes.parse::<u32>().expect("minutes"))
        };
        let (plan, rest) = match rest.strip_prefix("plan=").and_then(|rest| rest.split_once(' ')) {
            Some((plan, rest)) => (Some(plan), rest),
            None => (None, rest),
        };
        let others: BTreeMap<Target, u32> = rest.split_whitespace().map(read).collect();
        let critical = others.iter().map(|(target, minutes)| (*target, minutes / 2)).collect();
        let all = self.site.targets.entry(QueueId(1)).or_default();
        match plan {
            Some(plan) => {
                self.site.catalogue.plans.insert(plan.into());
                self.site.catalogue.organisations.insert(organisation_key(&format!("House of {plan}")), plan.into());
                all.plans.insert(plan.into(), Times { critical, others });
            }
            None => (all.critical, all.others) = (critical, others),
        }
        vec![]
    }

    /// Office hours in the zone of the story: it begins on a Tuesday at 22:13, and the office opens 646 minutes later.
    fn house_opens(&mut self) -> Vec<Event> {
        let day = || "9-17".to_owned();
        let week = [day(), day(), day(), day(), day(), String::new(), String::new()];
        let written = crate::hours::Written { zone: "UTC".into(), week, exceptions: String::new() };
        self.site.hours = crate::Hours::read(&written).unwrap();
        vec![]
    }

    /// Another ticket, on which ben has promised something for half an hour from now.
    fn promised_elsewhere(&self, now: Timestamp) -> Ticket {
        let mut other = self.ticket.clone().expect("a ticket first");
        other.id = TicketId(77);
        let due = now + SignedDuration::from_mins(30);
        let (standing, kind) = (PromiseStanding::Made, PromiseKind::Word);
        let owner = AgentId(2);
        let (warn_at, alert_at, first_due) = (due, due, due);
        let promise = Promise { owner, due, first_due, warn_at, alert_at, standing, kind, stands_with: None };
        other.promises.insert(PromiseId(9), promise);
        other
    }

    /// `rest` says what it was: recorded, marked as abusive, objected to.
    fn call_ends(&mut self, now: Timestamp, rest: &str) -> CallNews {
        let recorded = crate::floor::Recorded { since: now, hard: rest == "hard", objected: rest == "objected" };
        let step = Step::Ended { by: None, how: crate::floor::Ending::HungUp, talked: 60 };
        CallNews {
            call: CallId(1),
            step,
            note: NoteId(self.id()),
            recorded: (rest != "unrecorded").then_some(recorded),
        }
    }

    /// `maria writes Subject | text`; `auto-replies` is an absence note, `quotes` is a stranger with the number.
    fn mail(&mut self, customer: &str, verb: &str, rest: &str) -> Arrival {
        let (subject, text) = rest.split_once('|').unwrap_or((rest, "It is broken."));
        self.last_message = MessageId(self.id());
        let content = Message {
            from: Address::new(customer, &format!("{customer}@example.net")),
            to: vec![Address::new("", "support@example.com")],
            subject: subject.trim().into(),
            text: text.trim().into(),
            message_id: format!("{}@example.net", self.last_message),
            ..Message::default()
        };
        let acknowledgement = Acknowledgement {
            message: MessageId(self.id()),
            message_id: "ack@example.com".into(),
            from: Address::new("Support", "support@example.com"),
            to: content.from.clone(),
        };
        Arrival {
            message: self.last_message,
            content,
            automatic: verb == "auto-replies",
            matched: if verb == "quotes" { Matched::SubjectNumber } else { Matched::References },
            held: verb == "quotes",
            opening: Opening {
                ticket: TicketId(1),
                number: TicketNumber(1),
                queue: QueueId(1),
                customer: CustomerId(1),
                acknowledgement: Some(acknowledgement),
            },
        }
    }
}

fn asset(criticality: &str) -> Asset {
    Asset {
        id: crate::AssetId(1),
        name: "Press line 2".into(),
        kind: "press".into(),
        place: "Hall B".into(),
        organisation: String::new(),
        criticality: criticality.split_whitespace().next().unwrap_or("ordinary").parse().unwrap(),
        retired: criticality.contains("retired"),
    }
}

fn shown(event: &Event) -> String {
    use targets::Event::{TargetDropped, TargetEnded, TargetMissed, TargetNears, TargetRests, TargetSet};
    match event {
        Event::Stakes(event) => name_of(event),
        Event::DropEverything(event) => name_of(event),
        Event::Targets(TargetEnded { target, late, .. }) if *late > 0 => format!("target_ended_late={}", target.word()),
        Event::Targets(
            event @ (TargetSet { target, .. }
            | TargetRests { target, .. }
            | TargetNears { target, .. }
            | TargetMissed { target, .. }
            | TargetEnded { target, .. }
            | TargetDropped { target }),
        ) => format!("{}={}", name_of(event), target.word()),
        Event::StageChanged { stage, .. } => format!("stage={}", stage.word()),
        Event::Effort(event) => format!("effort/{}", name_of(event)),
        Event::Ladder(event) => format!("ladder/{}", name_of(event)),
        Event::Record(event) => format!("record/{}", name_of(event)),
        Event::HandUp(event) => format!("hand_up/{}", name_of(event)),
        Event::Referral(event) => format!("referral/{}", name_of(event)),
        Event::Charge(event) => format!("charge/{}", name_of(event)),
        Event::Appeal(event) => format!("appeal/{}", name_of(event)),
        Event::Attempts(event) => format!("attempts/{}", name_of(event)),
        Event::Articles(event) => format!("articles/{}", name_of(event)),
        Event::OtherWays(event) => format!("other_ways/{}", name_of(event)),
        Event::Honesty(event) => format!("honesty/{}", name_of(event)),
        other => name_of(other),
    }
}

#[test]
fn every_story_holds() {
    crate::stories::all_hold("tickets", || {
        let mut story = Story::new();
        move |line: &str| story.does(line)
    });
}
