//! The urgency desk in simulated time, and what an index costs: `cargo xtask bench priority`.
//!
//! Three kinds of callers: equipment stands still (2 an hour, 20 minutes), somebody of rank wants it
//! now (10, 10 minutes), everybody else (60, 8 minutes). Who calls about critical equipment is of class 0; rank raises
//! nothing, so all others are of class 1. The floor's own routing decides; the bench lets them come, talk and leave. Late:
//! after 60 seconds for the critical, after 20 minutes for all others. Half-widths are of 95 % over independent runs
//! (Student's t).

use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use warmline_domain::site::targets::QueueTargets;
use warmline_domain::site::{Agent, Queue, Role, Site};
use warmline_domain::ticket::{self, CallOpening, Command, Impact, Opening, Report, Target, Ticket, Urgency, priority};
use warmline_domain::{AgentId, By, CustomerId, QueueId, TicketId, TicketNumber};

use crate::figures::quantile;
use crate::routing::{Case, PLAIN, Waited, simulate};

const RUNS: usize = 10;
const CALLS: usize = 20_000;
/// 97.5 % of Student's t with nine degrees of freedom.
const T9: f64 = 2.262;
const PER_HOUR: f64 = 72.0;
/// The third share is of callers with rank; their class is that of everybody else, but they talk longer.
const SHARES: &[f64] = &[2.0 / PER_HOUR, 60.0 / PER_HOUR, 10.0 / PER_HOUR];
const TALKS: &[f64] = &[1200.0, 480.0, 600.0];
const DESK: Case = Case { calls_per_hour: PER_HOUR, classes: SHARES, talks: TALKS, same_from: 1, ..PLAIN };

const CASES: &[Case] = &[
    Case { name: "12 agents, critical first", agents: 12, ..DESK },
    Case { name: "12 agents, one kept free for critical callers", agents: 12, reserved: 1, ..DESK },
    Case { name: "13 agents, critical first", agents: 13, ..DESK },
    Case { name: "13 agents, one kept free for critical callers", agents: 13, reserved: 1, ..DESK },
    Case { name: "14 agents, one kept free for critical callers", agents: 14, reserved: 1, ..DESK },
];

pub(crate) fn bench() -> Result<(), String> {
    println!("\nThe urgency desk in simulated time; {RUNS} runs of {CALLS} calls a row");
    println!(
        "| case | critical late, over 60 s | others late, over 20 min | of rank late, over 20 min | mean wait critical, s | others, s |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let mut held = false;
    for case in CASES {
        let runs: Vec<Vec<Waited>> = (0..RUNS).map(|seed| simulate(case, seed as u64 + 1, CALLS)).collect();
        let critical = over(&runs, 0, |w| late(w, 60.0));
        let others = over(&runs, 1, |w| late(w, 1200.0));
        let rank = over(&runs, 2, |w| late(w, 1200.0));
        let (urgent, ordinary) = (over(&runs, 0, |w| w.seconds), over(&runs, 1, |w| w.seconds));
        let percent = |(mean, half): (f64, f64)| format!("{:.2} ± {:.2} %", mean * 100.0, half * 100.0);
        let plain = |(mean, half): (f64, f64)| format!("{mean:.1} ± {half:.1}");
        let shown = [percent(critical), percent(others), percent(rank), plain(urgent), plain(ordinary)].join(" | ");
        println!("| {} | {shown} |", case.name);
        held |= case.agents == 13 && critical.0 <= 0.01 && others.0 <= 0.05;
    }
    println!(
        "\n13 agents keep critical callers late at most 1 % and others at most 5 %: {}",
        if held { "yes" } else { "no" }
    );
    index();
    if held { Ok(()) } else { Err("The urgency desk does not hold.".into()) }
}

fn late(waited: &Waited, seconds: f64) -> f64 {
    f64::from(u8::from(waited.seconds > seconds))
}

/// The mean over runs of what is measured on callers of a class, with its half-width.
fn over(runs: &[Vec<Waited>], class: i64, measure: impl Fn(&Waited) -> f64) -> (f64, f64) {
    let of_run = |run: &Vec<Waited>| {
        let of: Vec<f64> = run.iter().filter(|w| w.class == class).map(&measure).collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    let means: Vec<f64> = runs.iter().map(of_run).collect();
    let mean = means.iter().sum::<f64>() / means.len() as f64;
    let spread = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (means.len() as f64 - 1.0);
    (mean, T9 * (spread / means.len() as f64).sqrt())
}

/// What it costs to place a ticket, to explain it, and to let its clocks follow a change.
fn index() {
    let (site, now) = (site(), at(0));
    let tickets: Vec<Ticket> = (0..10_000).map(|n| opened(&site, n)).collect();
    let each = |what: &str, work: &dyn Fn(&Ticket)| {
        let mut took = Vec::new();
        for some in tickets.chunks(100) {
            let begun = Instant::now();
            some.iter().for_each(work);
            took.push(begun.elapsed() / 100);
        }
        let (middle, slow) = (quantile(&mut took, 0.5) * 1000.0, quantile(&mut took, 0.95) * 1000.0);
        println!("| {what} | {middle:.2} | {slow:.2} |");
    };
    println!("\n| one of 10,000 tickets with three clocks | p50 µs | p95 µs |\n| --- | --- | --- |");
    each("its place", &|t| {
        std::hint::black_box(priority::place(t));
    });
    each("the sentence that explains it", &|t| {
        std::hint::black_box(priority::reason(t, &site, now));
    });
    each("impact and urgency change, clocks follow", &|t| {
        let command = Command::Prioritise { impact: Impact::Site, urgency: Urgency::Stopped };
        let _ = std::hint::black_box(ticket::decide(t, &site, By::Agent(AgentId(1)), now, command));
    });
}

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a time of this century") + SignedDuration::from_mins(minutes)
}

fn site() -> Site {
    let mut site = Site::default();
    site.queues.insert(QueueId(1), Queue::named(QueueId(1), "Support"));
    let ada = Agent::new(AgentId(1), "Ada".into(), "ada@example.com".into(), Role::Agent);
    site.agents.insert(ada.id, ada);
    let of = |first| [(Target::PickUp, first), (Target::FirstAnswer, first * 2), (Target::Solution, first * 20)].into();
    site.targets.insert(QueueId(1), QueueTargets { critical: of(15), others: of(120), ..QueueTargets::default() });
    site
}

fn opened(site: &Site, n: i64) -> Ticket {
    let came = at(-n % 3_000);
    let opening = Opening {
        ticket: TicketId(n + 1),
        number: TicketNumber(n as u64),
        queue: QueueId(1),
        customer: CustomerId(1),
        acknowledgement: None,
    };
    let call = CallOpening { opening, name: "Maria".into(), line: String::new() };
    let events = ticket::observe(None, site, came, Report::CallOpened(Box::new(call)));
    events.iter().fold(None, |t, e| ticket::evolve(t, came, e)).expect("it was opened")
}
