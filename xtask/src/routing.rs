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
use warmline_domain::floor::{self, Ending, Event, Floor, LegId, LegNews, Presence, Report, State, Step};
use warmline_domain::site::{Agent, Queue, Role, Site};
use warmline_domain::{AgentId, CallId, CustomerId, QueueId, TicketId};

use crate::figures::{Chance, quantile};

struct Case {
    name: &'static str,
    calls_per_hour: f64,
    talk: f64,
    agents: usize,
    patience: Option<f64>,
}

const CASES: &[Case] = &[
    Case { name: "Erlang C, 6 agents, 83 % busy", calls_per_hour: 60.0, talk: 300.0, agents: 6, patience: None },
    Case { name: "Erlang C, 1 agent, 42 % busy", calls_per_hour: 5.0, talk: 300.0, agents: 1, patience: None },
    Case { name: "Erlang C, 14 agents, 71 % busy", calls_per_hour: 200.0, talk: 180.0, agents: 14, patience: None },
    Case {
        name: "Erlang A, 50 agents, patience 120 s",
        calls_per_hour: 2880.0,
        talk: 60.0,
        agents: 50,
        patience: Some(120.0),
    },
    Case {
        name: "Erlang A, 45 agents, patience 120 s",
        calls_per_hour: 2880.0,
        talk: 60.0,
        agents: 45,
        patience: Some(120.0),
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
        let runs: Vec<Figures> = (0..RUNS).map(|seed| simulate(case, seed as u64 + 1)).collect();
        let exact = exact(case);
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

#[derive(Clone, Copy)]
struct Figures {
    waits: f64,
    asa: f64,
    in_20: f64,
    abandon: Option<f64>,
}

type Measure = fn(&Figures) -> Option<f64>;
const MEASURES: [(&str, Measure); 4] = [
    ("P(wait)", |f| Some(f.waits)),
    ("mean wait of all, s", |f| Some(f.asa)),
    ("answered within 20 s, of all offered", |f| Some(f.in_20)),
    ("abandoned", |f| f.abandon),
];

fn exact(case: &Case) -> Figures {
    let (lambda, mu, n) = (case.calls_per_hour / 3600.0, 1.0 / case.talk, case.agents);
    let load = lambda / mu;
    match case.patience {
        None => {
            let mut b = 1.0;
            for i in 1..=n {
                b = load * b / (i as f64 + load * b);
            }
            let rho = load / n as f64;
            let waits = b / (1.0 - rho * (1.0 - b));
            let rate = n as f64 * mu - lambda;
            Figures { waits, asa: waits / rate, in_20: 1.0 - waits * (-rate * 20.0).exp(), abandon: None }
        }
        Some(patience) => erlang_a(lambda, mu, n, 1.0 / patience),
    }
}

/// The birth and death chain of M/M/n+M, cut where nobody is any more.
fn erlang_a(lambda: f64, mu: f64, n: usize, theta: f64) -> Figures {
    let most = n + 2000;
    let mut weights = vec![1.0f64];
    for k in 1..=most {
        let out = k.min(n) as f64 * mu + k.saturating_sub(n) as f64 * theta;
        let next = weights[k - 1] * lambda / out;
        weights.push(next);
    }
    let total: f64 = weights.iter().sum();
    let p: Vec<f64> = weights.iter().map(|w| w / total).collect();
    let waits: f64 = p[n..].iter().sum();
    let queue: f64 = p.iter().enumerate().skip(n).map(|(k, p)| (k - n) as f64 * p).sum();
    // Answered within 20 s by one who finds q waiting: q+1 departures, the caller not among the impatient. Integrated by
    // uniformisation over the states before them.
    let in_20 = p[..n].iter().sum::<f64>()
        + p[n..].iter().enumerate().map(|(q, p)| p * served_within(20.0, q, n as f64 * mu, theta)).sum::<f64>();
    Figures { waits, asa: queue / lambda, in_20, abandon: Some(theta * queue / lambda) }
}

/// The chance that one with `q` before them is served within `t` and has not lost patience.
fn served_within(t: f64, q: usize, service: f64, theta: f64) -> f64 {
    if q > 400 {
        return 0.0;
    }
    // State j: j people before; leaves for j−1 at service + jθ, the caller gives up at θ; from 0, service serves.
    let top = service + (q as f64 + 1.0) * theta;
    let mut now = vec![0.0; q + 1];
    now[q] = 1.0;
    let (mut served, mut done) = (0.0, 0.0);
    let steps = (top * t + 10.0 * (top * t).sqrt() + 20.0) as usize;
    let mut weight = (-top * t).exp();
    for k in 0..=steps {
        done += weight * served;
        let mut next = vec![0.0; q + 1];
        for j in 0..=q {
            let forward = (service + j as f64 * theta) / top;
            let gives_up = theta / top;
            if j == 0 {
                served += now[0] * service / top;
                next[0] += now[0] * (1.0 - service / top - gives_up);
            } else {
                next[j - 1] += now[j] * forward;
                next[j] += now[j] * (1.0 - forward - gives_up);
            }
        }
        now = next;
        weight *= top * t / (k as f64 + 1.0);
    }
    done
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    Arrives,
    TalkEnds(i64),
    GivesUp(i64),
}

/// One run of the floor. Times are milliseconds.
fn simulate(case: &Case, seed: u64) -> Figures {
    let mut chance = Chance(seed * 7919);
    let site = site(case.agents);
    let mut world = World::new(case.agents);
    let mut coming: BinaryHeap<Reverse<(i64, Next)>> = BinaryHeap::new();
    let mut exponential = move |mean: f64| (-chance.share().ln() * mean * 1000.0).round() as i64;
    coming.push(Reverse((0, Next::Arrives)));
    let (mut calls, mut arrived): (i64, BTreeMap<i64, i64>) = (0, BTreeMap::new());
    let mut waits: Vec<(f64, bool)> = Vec::new();
    while let Some(Reverse((at, next))) = coming.pop() {
        let now = time(at);
        let told = match next {
            Next::Arrives if calls as usize >= WARM_UP + CALLS => continue,
            Next::Arrives => {
                calls += 1;
                arrived.insert(calls, at);
                coming.push(Reverse((at + exponential(3600.0 / case.calls_per_hour), Next::Arrives)));
                if let Some(patience) = case.patience {
                    coming.push(Reverse((at + exponential(patience), Next::GivesUp(calls))));
                }
                world.tell(&site, now, arrival(calls))
            }
            Next::TalkEnds(call) => world.tell(&site, now, ended(call)),
            Next::GivesUp(call) => {
                let waiting =
                    world.floor.calls.get(&CallId(call)).is_some_and(|c| matches!(c.state, State::Waiting(_)));
                if !waiting {
                    continue;
                }
                if call as usize > WARM_UP {
                    waits.push(((at - arrived[&call]) as f64 / 1000.0, false));
                }
                world.tell(&site, now, ended(call))
            }
        };
        for (call, leg) in told {
            // The phone is picked up at once.
            world.tell(&site, now, Report::Leg { leg, news: LegNews::Answered });
            if call as usize > WARM_UP {
                waits.push(((at - arrived[&call]) as f64 / 1000.0, true));
            }
            coming.push(Reverse((at + exponential(case.talk), Next::TalkEnds(call))));
        }
    }
    let n = waits.len() as f64;
    let share = |is: &dyn Fn(&(f64, bool)) -> bool| waits.iter().filter(|w| is(w)).count() as f64 / n;
    Figures {
        waits: share(&|(wait, _)| *wait > 0.0),
        asa: waits.iter().map(|(wait, _)| wait).sum::<f64>() / n,
        in_20: share(&|(wait, answered)| *answered && *wait <= 20.0),
        abandon: case.patience.map(|_| share(&|(_, answered)| !answered)),
    }
}

struct World {
    floor: Floor,
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
        World { floor }
    }

    /// Lets the floor decide; returns the phones that ring.
    fn tell(&mut self, site: &Site, now: Timestamp, report: Report) -> Vec<(i64, LegId)> {
        let events = floor::observe(&self.floor, site, now, report);
        let mut rings = Vec::new();
        for event in &events {
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
                let done = Event::WrapUpEnded { agent, disposition: String::new() };
                self.floor = floor::evolve(std::mem::take(&mut self.floor), now, &done);
                rings.extend(self.tell(site, now, Report::TimeCame));
            }
        }
        rings
    }
}

fn arrival(call: i64) -> Report {
    Report::CallArrived {
        call: CallId(call),
        queue: QueueId(1),
        customer: CustomerId(1),
        ticket: TicketId(1),
        reachable: false,
        class: 1,
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
    site.queues.insert(QueueId(1), Queue::named(QueueId(1), "Support"));
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
        for (_, leg) in world.tell(&site, time(call), arrival(call)) {
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
