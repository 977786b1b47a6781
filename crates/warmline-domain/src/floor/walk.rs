//! Random walks over the floor: whatever order wishes and news come in, what must always hold does.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::stories::{ADA, BEN, SUE, at, staffed};
use super::*;
use crate::CustomerId;
use crate::site::Overflow;
use crate::site::queue::read_skills;

/// What must hold after every step.
pub(super) fn check(floor: &Floor) {
    let mut busy = BTreeSet::new();
    for call in floor.calls.values() {
        for agent in call.agents() {
            assert!(busy.insert(agent), "{agent:?} is on two calls, or twice on one: {call:?}");
        }
        // Nobody is on hold without an owner: everybody hears a person, or something is due that changes it.
        let leaves = matches!(call.state, State::Choosing { .. } | State::Leaving { .. } | State::Parting { .. });
        if leaves {
            assert!(entrance::due(call, &Site::default()).is_some(), "their line would be kept for ever: {call:?}");
        }
        let owned = call.owner().is_some() || call.waiting().is_some() || matches!(call.state, State::Outside { .. });
        let owned = owned || leaves;
        assert!(owned, "nobody's caller: {call:?}");
        if call.hold().is_some_and(|h| h.overran < 2) || matches!(call.state, State::Orphaned { .. }) {
            assert!(legs::due(call, &Policy::default().phone).is_some(), "held for ever: {call:?}");
        }
        for (listener, sources) in hears(call) {
            assert!(!sources.contains(&Source::Leg(listener)), "{listener:?} hears itself");
        }
    }
    for callback in floor.callbacks.values() {
        assert!(callback.tries < callback::TRIES || callback.next_at.is_none(), "called for ever");
        let promised = callback.place.is_some() && callback.tries == 0;
        assert!(!promised || callback.in_line || callback.next_at.is_some(), "a place that nobody thinks of");
    }
}

/// The telephone as the orders make it: which lines there are, which calls it records and which it does not listen to.
#[derive(Default)]
struct Lines {
    up: BTreeSet<LegId>,
    recorded: BTreeSet<CallId>,
    private: BTreeSet<CallId>,
}

impl Lines {
    fn obey(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Answer { leg }
                | Order::RingAgent { leg, .. }
                | Order::CallCustomer { leg, .. }
                | Order::CallOutside { leg, .. } => {
                    self.up.insert(leg);
                }
                Order::HangUp { leg } => {
                    self.up.remove(&leg);
                }
                Order::Hear { call, hears } => {
                    if hears.is_empty() {
                        // What was ordered for its sound ends with it.
                        set(&mut self.recorded, call, false);
                        set(&mut self.private, call, false);
                    }
                    for sources in hears.values() {
                        for source in sources {
                            let Source::Leg(leg) = source else { continue };
                            assert!(self.up.contains(leg), "a line that is not there is heard");
                        }
                    }
                }
                Order::Record { call, on } => set(&mut self.recorded, call, on),
                Order::Private { call, on } => set(&mut self.private, call, on),
            }
        }
    }
}

fn set(calls: &mut BTreeSet<CallId>, call: CallId, on: bool) {
    if on {
        calls.insert(call);
    } else {
        calls.remove(&call);
    }
}

/// What comes of a step, and which line ended with it.
fn act(floor: &Floor, site: &Site, now: Timestamp, step: (u8, u8, u8)) -> (Vec<Event>, Option<LegId>) {
    let (kind, who, which) = step;
    let by = [ADA, BEN, SUE][who as usize % 3];
    let other = [ADA, BEN, SUE][which as usize % 3];
    let any = CallId(i64::from(which % 6) + 1);
    let call = floor.call_of(by).map_or(any, |c| c.id);
    let all = |call: &Call| -> Vec<LegId> { (1..=call.legs).map(|n| LegId { call: call.id, n }).collect() };
    let leg = floor
        .calls
        .values()
        .flat_map(all)
        .nth(which as usize % (1 + floor.calls.len() * 3))
        .unwrap_or(LegId::caller(call));
    let wish = |command| decide(floor, site, now, command).unwrap_or_default();
    let news = |report| observe(floor, site, now, report);
    let brief = Brief { problem: "p".into(), ..Brief::default() };
    let ended = (kind == 6 || kind == 7).then_some(leg);
    let events = match kind {
        0 | 1 => news(Report::CallArrived {
            call: any,
            queue: QueueId(1 + i64::from(which % 3 == 0)),
            customer: CustomerId(1 + i64::from(which % 11)),
            ticket: TicketId(1),
            reachable: which % 5 != 0,
            class: i64::from(which % 7 != 0),
            recorded: which % 2 == 0,
        }),
        2..=5 => news(Report::Leg { leg, news: LegNews::Answered }),
        6 => news(Report::Leg { leg, news: LegNews::Ended(Ending::HungUp) }),
        7 => news(Report::Leg { leg, news: LegNews::Ended(Ending::Lost) }),
        8 => wish(Command::GoAvailable(by)),
        9 => news(Report::Devices { agent: by, browser: which % 4 != 0, phone: which % 3 == 0 }),
        10 => wish(Command::Hold { by, call, wish: hold::Hold::Ask { reason: "r".into(), minutes: 2 } }),
        11 => wish(Command::Hold { by, call, wish: hold::Hold::Agreed }),
        12 => wish(Command::Hold { by, call, wish: hold::Hold::Abrupt }),
        13 => wish(Command::Hold { by, call, wish: hold::Hold::Resume }),
        14 | 15 => wish(Command::Transfer {
            by,
            call,
            wish: transfer::Transfer::Consult { target: Target::Agent(other), agreed: true, reason: "r".into(), brief },
        }),
        16 => wish(Command::Transfer { by, call, wish: transfer::Transfer::Introduce }),
        17 => wish(Command::Transfer { by, call, wish: transfer::Transfer::Complete }),
        18 => wish(Command::Transfer { by, call, wish: transfer::Transfer::Back }),
        19 => wish(Command::Transfer {
            by,
            call,
            wish: transfer::Transfer::Blind { target: Target::Agent(other), reason: "r".into() },
        }),
        20 => wish(Command::Transfer {
            by,
            call,
            wish: transfer::Transfer::Blind {
                target: Target::Outside(crate::Sealed::new("+15550100".into())),
                reason: "r".into(),
            },
        }),
        21 => wish(Command::HangUp { by, call }),
        22 => wish(Command::FinishWrapUp { agent: by, disposition: String::new() }),
        23 => wish(Command::Recover { agent: by }),
        24 => wish(Command::EndRecovery { agent: by }),
        25 => wish(Command::Hard { by, call: any, wish: hard::Hard::Monitor { mode: Mode::Join } }),
        26 => wish(Command::Hard { by, call: any, wish: hard::Hard::TakeOver }),
        27 => wish(Command::CallBack { by, call: any }),
        28 => news(Report::Leg { leg, news: LegNews::Held }),
        29 => news(Report::Referred { leg, to: Target::Agent(other) }),
        30 if which == 0 => news(Report::Restarted),
        31 => wish(Command::Hard { by, call, wish: hard::Hard::PauseRecording }),
        32 => wish(Command::Hard { by, call, wish: hard::Hard::ResumeRecording }),
        33 | 34 => news(Report::Leg { leg: LegId::caller(any), news: LegNews::Digit('2') }),
        35 => news(Report::Leg { leg: LegId::caller(any), news: LegNews::Digit('1') }),
        36 => news(Report::Leg { leg: LegId::caller(any), news: LegNews::Digit('#') }),
        37 => wish(Command::DropCallback { by, call, reason: "r".into() }),
        _ => news(Report::TimeCame),
    };
    (events, ended)
}

/// A busy house: little room, hours, skills, overflow, a reserve.
fn house() -> Site {
    let mut site = staffed();
    (site.policy.phone.announce_seconds, site.policy.phone.reserved_agents) = (60, 1);
    if let Some(support) = site.queues.get_mut(&QueueId(1)) {
        let overflow = Overflow { to: QueueId(2), after_minutes: Some(3), from_waiting: Some(2) };
        (support.room, support.overflow) = (3, Some(overflow));
    }
    if let Some(billing) = site.queues.get_mut(&QueueId(2)) {
        // The walk begins at 22:13.
        let (zone, week) = ("UTC".into(), std::array::from_fn(|_| "22:18-22:33, 22:40-22:50".into()));
        let written = crate::hours::Written { zone, week, exceptions: String::new() };
        (billing.room, billing.hours) = (1, crate::Hours::read(&written).ok());
        billing.skills = read_skills("accounts 2").unwrap();
    }
    for agent in [BEN, SUE] {
        site.agents.get_mut(&agent).unwrap().skills = read_skills("accounts 3").unwrap();
    }
    site
}

/// Time that has come says what it has to say in a few rounds; a floor that is due for ever would keep the desk busy.
fn settles(floor: &Floor, site: &Site, now: Timestamp, forgets: fn(&Event) -> bool) {
    let mut floor = floor.clone();
    for _ in 0..4 {
        if due(&floor, site).is_none_or(|due| due > now) {
            return;
        }
        for event in observe(&floor, site, now, Report::TimeCame).iter().filter(|e| !forgets(e)) {
            floor = evolve(floor, now, event);
        }
    }
    panic!("due for ever: {:?} {floor:?}", due(&floor, site));
}

/// `forgets`: a planted bug, events of this kind that never come to pass.
fn walk(steps: &[(u8, u8, u8)], forgets: fn(&Event) -> bool) {
    let site = house();
    let mut floor = Floor::default();
    let mut lines = Lines::default();
    for agent in [ADA, BEN, SUE] {
        floor.seats.insert(agent, presence::seat(Presence::Available, at(0)));
        floor.seats.get_mut(&agent).unwrap().browser = true;
    }
    for (second, step) in steps.iter().enumerate() {
        let now = at(second as i64 * 11 + i64::from(step.2 % 11));
        let (events, ended) = act(&floor, &site, now, *step);
        let before = floor.clone();
        for event in events.iter().filter(|e| !forgets(e)) {
            floor = evolve(floor, now, event);
        }
        check(&floor);
        if step.1 % 4 == 0 {
            settles(&floor, &site, now, forgets);
        }
        if let Some(leg) =
            ended.filter(|leg| before.calls.get(&leg.call).is_some_and(|c| sound::lines(c).contains_key(leg)))
        {
            let still = floor.calls.get(&leg.call).is_some_and(|c| sound::lines(c).contains_key(&leg));
            assert!(!still, "{leg:?} is gone and the floor counts on it");
        }
        let touched: BTreeSet<CallId> = before.calls.keys().chain(floor.calls.keys()).copied().collect();
        lines.obey(orders(&before, &floor, touched));
        for call in floor.calls.values() {
            if !matches!(call.state, State::Calling { up: false, .. }) {
                assert!(lines.up.contains(&call.caller()), "a caller without a line: {call:?}");
            }
            let (paused, listens) = (call.recording_paused, !lines.private.contains(&call.id));
            assert_ne!(
                paused, listens,
                "the telephone listens although it should not, or the other way round: {call:?}"
            );
            let message = matches!(call.state, State::Leaving { .. });
            assert!(!paused || message || !lines.recorded.contains(&call.id), "recorded while paused: {call:?}");
        }
        for (id, lost) in
            before.calls.iter().filter(|(id, c)| c.reachable && c.hold().is_some() && !floor.calls.contains_key(id))
        {
            assert!(floor.callbacks.contains_key(id), "lost while on hold and not owed a call: {lost:?}");
        }
        let json = serde_json::to_string(&floor).unwrap();
        let back = serde_json::from_str::<Floor>(&json).unwrap().loaded();
        assert_eq!(back, floor, "what is kept is what is");
        for agent in [ADA, BEN, SUE] {
            let on = floor.calls.values().find(|c| c.agents().any(|a| a == agent)).map(|c| c.id);
            assert_eq!(floor.call_of(agent).map(|c| c.id), on, "the index follows the calls");
        }
    }
}

/// The same walks at every gate, so that what failed can be seen again; `WARMLINE_NEW_WALKS=1` takes new ones.
fn seeds() -> proptest::test_runner::RngSeed {
    use proptest::test_runner::RngSeed;
    if option_env!("WARMLINE_NEW_WALKS").is_some() { RngSeed::Random } else { RngSeed::Fixed(20_261_122) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 900, rng_seed: seeds(), ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_nobody_is_left_alone(steps in prop::collection::vec((0u8..40, any::<u8>(), any::<u8>()), 1..250)) {
        walk(&steps, |_| false);
    }
}

/// Walks until the planted bug shows; panics if it never does.
fn is_found(forgets: fn(&Event) -> bool) {
    let mut seed = 1u64;
    let mut next = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u8
    };
    for _ in 0..300 {
        let steps: Vec<(u8, u8, u8)> = (0..250).map(|_| (next() % 40, next(), next())).collect();
        if std::panic::catch_unwind(|| walk(&steps, forgets)).is_err() {
            return;
        }
    }
    panic!("the planted bug was not found");
}

#[test]
fn planted_bugs_are_found() {
    is_found(|e| matches!(e, Event::Call { step: Step::AgentLost { .. }, .. }));
    is_found(|e| matches!(e, Event::Call { step: Step::ConsultEnded { .. }, .. }));
    is_found(|e| matches!(e, Event::Call { step: Step::CallerLost { .. }, .. }));
    is_found(|e| matches!(e, Event::Call { step: Step::Requeued { .. }, .. }));
    is_found(|e| matches!(e, Event::Call { step: Step::MonitorEnded { .. }, .. }));
    is_found(|e| matches!(e, Event::Call { step: Step::Parted, .. }));
    is_found(|e| matches!(e, Event::Call { step: Step::Overflowed { .. }, .. }));
    is_found(|e| matches!(e, Event::CallbackInLine { .. }));
}
