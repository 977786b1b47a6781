//! The routing of the floor in simulated time against exact theory: `cargo xtask bench routing`.
//!
//! A single queue with Poisson calls, exponential talks and, for Erlang A, exponential patience. The floor itself
//! decides who gets whom; the bench only lets callers arrive, talk, lose patience and leave. Phones answer at once and
//! nobody writes up, as in the theory. Figures are the mean of independent runs with their standard error; a row holds
//! when it is within three of them. Exact values: Erlang C (1917), Erlang A (Palm 1946; Garnett, Mandelbaum, Reiman 2002),
//! computed here from their series.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Instant;

use jiff::Timestamp;
use warmline_domain::floor::{self, Command, Ending, Event, Floor, LegId, LegNews, Presence, Report, State, Step};
use warmline_domain::site::{Agent, Queue, Role, Site};
use warmline_domain::{AgentId, CallId, CustomerId, QueueId, TicketId};

use crate::figures::{Chance, quantile};
use crate::theory;

pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) calls_per_hour: f64,
    pub(crate) talk: f64,
    pub(crate) agents: usize,
    pub(crate) patience: Option<f64>,
    /// The shares of callers whose tickets are of the classes 0, 1, …
    pub(crate) classes: &'static [f64],
    /// The share of calls after which the agent takes a break, and its mean seconds.
    pub(crate) breaks: Option<(f64, f64)>,
    /// Mean talks of the classes in seconds, where they differ.
    pub(crate) talks: &'static [f64],
    /// Agents kept free for critical callers.
    pub(crate) reserved: u32,
    /// Classes from this one on wait as one; they are still measured apart.
    pub(crate) same_from: i64,
}

impl Case {
    fn talk_of(&self, class: i64) -> f64 {
        self.talks.get(class as usize).copied().unwrap_or(self.talk)
    }
}

pub(crate) const PLAIN: Case = Case {
    name: "",
    calls_per_hour: 0.0,
    talk: 0.0,
    agents: 0,
    patience: None,
    classes: &[1.0],
    breaks: None,
    talks: &[],
    reserved: 0,
    same_from: i64::MAX,
};

const CASES: &[Case] = &[
    Case { name: "Erlang C, 6 agents, 83 % busy", calls_per_hour: 60.0, talk: 300.0, agents: 6, ..PLAIN },
    Case { name: "Erlang C, 1 agent, 42 % busy", calls_per_hour: 5.0, talk: 300.0, agents: 1, ..PLAIN },
    Case { name: "Erlang C, 14 agents, 71 % busy", calls_per_hour: 200.0, talk: 180.0, agents: 14, ..PLAIN },
    Case {
        name: "Erlang A, 50 agents, patience 120 s",
        calls_per_hour: 2880.0,
        talk: 60.0,
        agents: 50,
        patience: Some(120.0),
        ..PLAIN
    },
    Case {
        name: "Erlang A, 45 agents, patience 120 s",
        calls_per_hour: 2880.0,
        talk: 60.0,
        agents: 45,
        patience: Some(120.0),
        ..PLAIN
    },
    Case {
        name: "two classes, 5 agents, 83 % busy",
        calls_per_hour: 50.0,
        talk: 300.0,
        agents: 5,
        classes: &[0.4, 0.6],
        ..PLAIN
    },
    Case {
        name: "three classes, 6 agents, 76 % busy",
        calls_per_hour: 55.0,
        talk: 300.0,
        agents: 6,
        classes: &[10.0 / 55.0, 20.0 / 55.0, 25.0 / 55.0],
        ..PLAIN
    },
    Case {
        name: "breaks, 5 agents, 10 min after 5 % of calls",
        calls_per_hour: 40.0,
        talk: 300.0,
        agents: 5,
        breaks: Some((0.05, 600.0)),
        ..PLAIN
    },
    Case {
        name: "breaks, 2 agents, 15 min after 10 % of calls",
        calls_per_hour: 6.0,
        talk: 600.0,
        agents: 2,
        breaks: Some((0.1, 900.0)),
        ..PLAIN
    },
];
const RUNS: usize = 12;
const WARM_UP: usize = 500;
const CALLS: usize = 6000;

pub(crate) fn bench() -> Result<(), String> {
    println!("\nThe floor's routing in simulated time; {RUNS} runs of {CALLS} calls a row");
    println!("| case | measure | floor | theory | standard errors apart |\n| --- | --- | --- | --- | --- |");
    let mut all = true;
    for case in CASES {
        let runs = (0..RUNS).map(|seed| figures(case, &simulate(case, seed as u64 + 1, CALLS)));
        let runs: Vec<Figures> = runs.collect();
        let exact = theory::exact(case);
        for (name, of) in MEASURES {
            let Some(theory) = of(&exact) else { continue };
            let seen: Vec<f64> = runs.iter().filter_map(of).collect();
            let mean = seen.iter().sum::<f64>() / seen.len() as f64;
            let spread = seen.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (seen.len() as f64 - 1.0);
            let error = (spread / seen.len() as f64).sqrt();
            let apart = (mean - theory).abs() / error;
            all &= apart <= 3.0;
            println!("| {} | {name} | {mean:.4} ± {error:.4} | {theory:.4} | {apart:.1} |", case.name);
        }
    }
    println!("\nEvery row within three standard errors: {}", if all { "yes" } else { "no" });
    decisions();
    Ok(())
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Figures {
    pub(crate) waits: f64,
    pub(crate) asa: f64,
    /// Absent where theory has no formula.
    pub(crate) in_20: Option<f64>,
    pub(crate) abandon: Option<f64>,
    /// Mean waits of the classes 0, 1, 2.
    pub(crate) by_class: [Option<f64>; 3],
}

type Measure = fn(&Figures) -> Option<f64>;
const MEASURES: [(&str, Measure); 7] = [
    ("P(wait)", |f| Some(f.waits)),
    ("mean wait of all, s", |f| Some(f.asa)),
    ("answered within 20 s, of all offered", |f| f.in_20),
    ("abandoned", |f| f.abandon),
    ("mean wait of the most urgent class, s", |f| f.by_class[0]),
    ("mean wait of the second class, s", |f| f.by_class[1]),
    ("mean wait of the third class, s", |f| f.by_class[2]),
];

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Arrives,
    TalkEnds(i64),
    GivesUp(i64),
    BreakEnds(i64),
}

/// One run of the floor: how long everybody waited. Times are milliseconds.
pub(crate) fn simulate(case: &Case, seed: u64, length: usize) -> Vec<Waited> {
    let chance = std::cell::RefCell::new(Chance(seed * 7919));
    let share = || chance.borrow_mut().share();
    let exponential = |mean: f64| (-share().ln() * mean * 1000.0).round() as i64;
    let mut site = site(case.agents);
    site.policy.phone.reserved_agents = case.reserved;
    let mut world = World::new(case.agents);
    let mut coming: BinaryHeap<Reverse<(i64, Next)>> = BinaryHeap::new();
    coming.push(Reverse((0, Next::Arrives)));
    let (mut calls, mut arrived): (i64, BTreeMap<i64, (i64, i64)>) = (0, BTreeMap::new());
    let mut waits: Vec<Waited> = Vec::new();
    while let Some(Reverse((at, next))) = coming.pop() {
        let now = time(at);
        let waited = |call: i64, arrived: &BTreeMap<i64, (i64, i64)>, answered| {
            let (came, class) = arrived[&call];
            Waited { seconds: (at - came) as f64 / 1000.0, answered, class }
        };
        let told = match next {
            Next::Arrives if calls as usize >= WARM_UP + length => continue,
            Next::Arrives => {
                calls += 1;
                let class = class_of(case, if case.classes.len() > 1 { share() } else { 0.0 });
                arrived.insert(calls, (at, class));
                coming.push(Reverse((at + exponential(3600.0 / case.calls_per_hour), Next::Arrives)));
                if let Some(patience) = case.patience {
                    coming.push(Reverse((at + exponential(patience), Next::GivesUp(calls))));
                }
                world.tell(&site, now, arrival(calls, class.min(case.same_from)))
            }
            Next::TalkEnds(call) => {
                let rests = case.breaks.filter(|(part, _)| share() < *part).map(|(_, mean)| exponential(mean));
                let agent = world.floor.calls.get(&CallId(call)).and_then(|c| c.owner());
                if let (Some(lasts), Some(agent)) = (rests, agent) {
                    world.rest = Some(agent);
                    coming.push(Reverse((at + lasts, Next::BreakEnds(agent.0))));
                }
                world.tell(&site, now, ended(call))
            }
            Next::BreakEnds(agent) => world.wish(&site, now, Command::EndRecovery { agent: AgentId(agent) }),
            Next::GivesUp(call) => {
                let waiting =
                    world.floor.calls.get(&CallId(call)).is_some_and(|c| matches!(c.state, State::Waiting(_)));
                if !waiting {
                    continue;
                }
                if call as usize > WARM_UP {
                    waits.push(waited(call, &arrived, false));
                }
                world.tell(&site, now, ended(call))
            }
        };
        for (call, leg) in told {
            // The phone is picked up at once.
            world.tell(&site, now, Report::Leg { leg, news: LegNews::Answered });
            if call as usize > WARM_UP {
                waits.push(waited(call, &arrived, true));
            }
            coming.push(Reverse((at + exponential(case.talk_of(arrived[&call].1)), Next::TalkEnds(call))));
        }
    }
    waits
}

pub(crate) struct Waited {
    pub(crate) seconds: f64,
    pub(crate) answered: bool,
    pub(crate) class: i64,
}

fn class_of(case: &Case, share: f64) -> i64 {
    let mut below = 0.0;
    let at = case.classes.iter().position(|part| {
        below += part;
        share < below
    });
    at.unwrap_or(case.classes.len() - 1) as i64
}

fn figures(case: &Case, waits: &[Waited]) -> Figures {
    let mean = |of: Vec<f64>| of.iter().sum::<f64>() / of.len() as f64;
    let share = |is: &dyn Fn(&Waited) -> bool| waits.iter().filter(|w| is(w)).count() as f64 / waits.len() as f64;
    let of_class = |class: i64| mean(waits.iter().filter(|w| w.class == class).map(|w| w.seconds).collect());
    Figures {
        waits: share(&|w| w.seconds > 0.0),
        asa: mean(waits.iter().map(|w| w.seconds).collect()),
        in_20: Some(share(&|w| w.answered && w.seconds <= 20.0)),
        abandon: case.patience.map(|_| share(&|w| !w.answered)),
        by_class: std::array::from_fn(|class| {
            (case.classes.len() > 1 && class < case.classes.len()).then(|| of_class(class as i64))
        }),
    }
}

struct World {
    floor: Floor,
    /// Who takes a break as soon as their call is over.
    rest: Option<AgentId>,
}

impl World {
    fn new(agents: usize) -> World {
        let mut floor = Floor::default();
        for n in 0..agents {
            let agent = AgentId(n as i64 + 1);
            for event in [
                Event::PresenceChanged { agent, presence: Presence::Available },
                Event::DevicesChanged { agent, browser: true, phone: false },
            ] {
                floor = floor::evolve(floor, time(0), &event);
            }
        }
        World { floor, rest: None }
    }

    /// Lets the floor decide; returns the phones that ring.
    fn tell(&mut self, site: &Site, now: Timestamp, report: Report) -> Vec<(i64, LegId)> {
        let events = floor::observe(&self.floor, site, now, report);
        self.came(site, now, &events)
    }

    fn wish(&mut self, site: &Site, now: Timestamp, command: Command) -> Vec<(i64, LegId)> {
        let events = floor::decide(&self.floor, site, now, command).unwrap_or_default();
        self.came(site, now, &events)
    }

    fn came(&mut self, site: &Site, now: Timestamp, events: &[Event]) -> Vec<(i64, LegId)> {
        let mut rings = Vec::new();
        for event in events {
            self.floor = floor::evolve(std::mem::take(&mut self.floor), now, event);
            if let Event::Call { call, step: Step::Offered { .. } } = event
                && let Some(State::Offered { leg, .. }) = self.floor.calls.get(call).map(|c| &c.state)
            {
                rings.push((call.0, *leg));
            }
            // Nobody writes up, as in the theory.
            let writing: Vec<AgentId> =
                self.floor.seats.iter().filter(|(_, s)| s.wrap_up.is_some()).map(|(a, _)| *a).collect();
            for agent in writing {
                let rests = self.rest.take_if(|rests| *rests == agent).is_some();
                let done = Command::FinishWrapUp { agent, disposition: String::new() };
                rings.extend(self.wish(site, now, if rests { Command::Recover { agent } } else { done }));
            }
        }
        rings
    }
}

fn arrival(call: i64, class: i64) -> Report {
    Report::CallArrived {
        call: CallId(call),
        queue: QueueId(1),
        customer: CustomerId(1),
        ticket: TicketId(1),
        reachable: false,
        class,
        recorded: false,
    }
}

fn ended(call: i64) -> Report {
    Report::Leg { leg: LegId::caller(CallId(call)), news: LegNews::Ended(Ending::HungUp) }
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_800_000_000_000 + ms).expect("a time of this century")
}

fn site(agents: usize) -> Site {
    let mut site = Site::default();
    // Everybody may wait, nobody is told how long, and a break ends when its time has come.
    site.queues.insert(QueueId(1), Queue { room: u32::MAX, ..Queue::named(QueueId(1), "Support") });
    (site.policy.phone.announce_seconds, site.policy.phone.recovery_minutes) = (0, 1_000_000);
    for n in 0..agents {
        let id = AgentId(n as i64 + 1);
        let email = format!("{n}@example.com");
        site.agents.insert(id, Agent::new(id, format!("Agent {n}"), email, Role::Agent));
    }
    site
}

/// How long one decision takes with a thousand agents at work and ten thousand callers waiting.
fn decisions() {
    const AGENTS: usize = 1000;
    let site = site(AGENTS);
    let mut world = World::new(AGENTS);
    for call in 1..=11_000 {
        for (_, leg) in world.tell(&site, time(call), arrival(call, 1)) {
            world.tell(&site, time(call), Report::Leg { leg, news: LegNews::Answered });
        }
    }
    let mut took = Vec::new();
    for n in 0..300 {
        let leg = LegId::caller(CallId(n + 1));
        let begun = Instant::now();
        let events =
            floor::observe(&world.floor, &site, time(20_000 + n), Report::Leg { leg, news: LegNews::Digit('5') });
        took.push(begun.elapsed());
        assert!(events.is_empty());
    }
    let mut freed = Vec::new();
    for n in 0..100 {
        let report = ended(n + 1);
        let begun = Instant::now();
        let events = floor::observe(&world.floor, &site, time(30_000 + n), report);
        freed.push(begun.elapsed());
        for event in &events {
            world.floor = floor::evolve(std::mem::take(&mut world.floor), time(30_000 + n), event);
        }
    }
    println!("\n| 1,000 agents, 10,000 waiting | p50 µs | p95 µs | goal |\n| --- | --- | --- | --- |");
    for (what, times, goal) in [("news that changes nothing", &mut took, "–"), ("a call ends", &mut freed, "20")] {
        let (middle, slow) = (quantile(times, 0.5) * 1000.0, quantile(times, 0.95) * 1000.0);
        println!("| {what} | {middle:.1} | {slow:.1} | {goal} |");
    }
}
