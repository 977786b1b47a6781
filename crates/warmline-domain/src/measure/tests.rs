use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;

use super::table::MEASURES;
use super::*;
use crate::floor::call::{Brief, Ending, Target, Why};
use crate::ticket::{Event, MadeIn};
use crate::{CallId, CustomerId, PromiseId, Sealed, TicketNumber};

const ADA: AgentId = AgentId(1);
const BEN: AgentId = AgentId(2);
const CALL: CallId = CallId(9);
const TICKET: TicketId = TicketId(5);
const QUEUE: QueueId = QueueId(3);

fn at(second: i64) -> Timestamp {
    "2026-11-23T10:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
}

/// What these steps of one call count as: measure and agent, with n and sum.
fn counted(steps: Vec<(i64, Step)>) -> BTreeMap<(String, i64), (i64, i64)> {
    let (mut floor, mut tally) = (Floor::default(), Tally::default());
    for (second, step) in steps {
        let event = floor::Event::Call { call: CALL, step };
        let before = floor.calls.get(&CALL).cloned();
        floor = floor::evolve(floor, at(second), &event);
        for figure in of_floor(before.as_ref(), &floor, at(second), &event) {
            tally.add(20_261_123, &figure);
        }
    }
    tally.sums.into_iter().map(|(place, sum)| ((place.measure, place.agent), (sum.n, sum.sum))).collect()
}

fn answered() -> Vec<(i64, Step)> {
    let (queue, customer, ticket) = (QUEUE, CustomerId(4), TICKET);
    vec![
        (0, Step::Arrived { queue, customer, ticket, reachable: true, class: 0, recorded: false }),
        (5, Step::Offered { agent: ADA, why: Why::LongestIdle }),
        (12, Step::Answered { agent: ADA, seconds: 12 }),
    ]
}

fn held(asked: bool) -> Step {
    Step::Held { reason: "the log".into(), minutes: 2, asked }
}

fn consulted() -> Step {
    Step::Consulted {
        target: Target::Agent(BEN),
        agent: Some(BEN),
        minutes: 2,
        agreed: true,
        complete: false,
        reason: "knows it".into(),
        brief: Sealed::new(Brief::default()),
    }
}

#[test]
fn the_catalogue_is_in_order() {
    let keys: BTreeSet<&str> = MEASURES.iter().map(|m| m.key).collect();
    assert_eq!(keys.len(), MEASURES.len(), "a key stands for one measure");
    assert!(MEASURES.is_sorted_by_key(|m| m.practice), "practices in order");
    for measure in MEASURES {
        assert!(measure.key.starts_with(&format!("p{}.", measure.practice)) && !measure.key.contains('/'));
        assert!(measure.definition.ends_with('.') && measure.definition.len() < 120, "{}", measure.key);
        if let Some(whole) = measure.per {
            let whole = find(whole).unwrap_or_else(|| panic!("{}: no {whole}", measure.key));
            let fair = whole.whose == Whose::Agents || measure.whose == Whose::Desk;
            assert!(fair, "{} of one agent is no part of what the desk counts", measure.key);
        }
    }
}

#[test]
fn a_hold_is_asked_promised_and_held_against_what_it_was() {
    let mut steps = answered();
    steps.extend([(60, held(true)), (200, Step::HoldOverran { times: 1 }), (240, Step::Resumed { seconds: 180 })]);
    steps.extend([(300, held(false)), (310, Step::Ended { by: None, how: Ending::HungUp, talked: 200 })]);
    let counted = counted(steps);
    let of = |key: &str, agent: AgentId| counted.get(&(key.to_owned(), agent.0)).copied().unwrap_or_default();
    assert_eq!(of("p1.holds", ADA), (2, 2));
    assert_eq!((of("p1.asked", ADA), of("p1.abrupt", ADA)), ((1, 1), (1, 1)));
    assert_eq!(of("p1.promised", ADA), (2, 240), "what was said");
    assert_eq!(of("p1.real", ADA), (2, 190), "what it was");
    assert_eq!(of("p1.overran", ADA), (1, 1));
    assert_eq!((of("p1.lost", AgentId(0)), of("p1.lost", ADA)), ((1, 1), (0, 0)), "it befell the agent too");
    assert_eq!(of("p7.wait", AgentId(0)), (1, 12));
    assert_eq!(of("p7.wait/15", AgentId(0)), (1, 0), "between ten seconds and fifteen");
}

#[test]
fn an_agent_whose_line_vanished_left_the_caller_on_one_hold() {
    let mut steps = answered();
    steps.push((60, held(true)));
    steps.push((70, Step::AgentLost { agent: ADA, until: at(100) }));
    steps.extend([(80, Step::Rejoining), (81, Step::AgentBack { seconds: 11 }), (90, Step::Resumed { seconds: 30 })]);
    let counted = counted(steps);
    assert_eq!(counted[&("p1.holds".to_owned(), ADA.0)], (1, 1));
    assert_eq!(counted[&("p1.real".to_owned(), ADA.0)], (1, 30));
}

#[test]
fn a_caller_put_through_twice_and_lost_is_counted_once_each() {
    let mut steps = answered();
    steps.extend([(30, consulted()), (40, Step::ConsultAnswered { seconds: 10 }), (50, Step::Introduced)]);
    steps.extend([(60, Step::Completed { introduced: true, to: Some(BEN) }), (90, consulted())]);
    steps.push((95, Step::Ended { by: None, how: Ending::Lost, talked: 80 }));
    let counted = counted(steps);
    let of = |key: &str, agent: AgentId| counted.get(&(key.to_owned(), agent.0)).copied().unwrap_or_default();
    assert_eq!((of("p2.transfers", ADA), of("p2.transfers", BEN)), ((1, 1), (1, 1)));
    assert_eq!((of("p2.introduced", ADA), of("p2.complete", ADA)), ((1, 1), (0, 0)));
    assert_eq!((of("p2.again", AgentId(0)), of("p2.lost", AgentId(0))), ((1, 1), (1, 1)));
    assert_eq!(of("p2.answer", AgentId(0)), (1, 10));
}

#[test]
fn a_promise_belongs_to_its_owner_and_ends_one_way() {
    let opened = Event::Opened {
        id: TICKET,
        number: TicketNumber(1),
        queue: QUEUE,
        customer: CustomerId(4),
        subject: Sealed::new("Printer".into()),
    };
    let made = |promise, due| Event::PromiseMade {
        promise: PromiseId(promise),
        what: Sealed::new("call".into()),
        owner: BEN,
        due: at(due),
        warn_at: at(due - 2),
        alert_at: at(due - 1),
        made_in: MadeIn::Words,
        kind: ticket::PromiseKind::Word,
        known: None,
        reason: String::new(),
        stands_with: None,
    };
    let moved = Event::PromiseMoved {
        promise: PromiseId(2),
        due: at(900),
        warn_at: at(800),
        alert_at: at(850),
        told: ticket::Told::Written,
        reason: String::new(),
        stands_with: None,
    };
    let kept = |promise| Event::PromiseKept { promise: PromiseId(promise) };
    let story = [
        (0, opened),
        (1, made(1, 100)),
        (1, made(2, 100)),
        (1, made(3, 100)),
        (50, kept(1)),
        (60, moved),
        (100, Event::PromiseBroken { promise: PromiseId(3) }),
        (200, kept(3)),
        (300, kept(2)),
    ];
    let (mut ticket, mut tally) = (None, Tally::default());
    for (second, event) in &story {
        let by = By::Agent(ADA);
        let happened = OnTicket { before: ticket.as_ref(), event, by, at: at(*second) };
        of_ticket(&happened).iter().for_each(|figure| tally.add(1, figure));
        ticket = ticket::evolve(ticket, at(*second), event);
    }
    let of = |key: &str| {
        let place = Place { day: 1, measure: key.into(), queue: QUEUE.0, agent: BEN.0 };
        tally.sums.get(&place).map_or(0, |s| s.n)
    };
    let all = ["p16.made", "p16.done", "p16.kept", "p16.moved", "p16.late", "p16.broken"].map(of);
    assert_eq!(all, [3, 3, 1, 1, 1, 1]);
    assert!(tally.tickets.contains(&(1, "p16.broken".into(), TICKET.0)));
}

#[test]
fn percentiles_come_from_whole_buckets() {
    let buckets = BTreeMap::from([(10, 5), (30, 4), (60, 1)]);
    assert_eq!(at_most(&buckets, 10, 50), Some(10));
    assert_eq!(at_most(&buckets, 10, 90), Some(30));
    assert_eq!(at_most(&buckets, 10, 91), Some(60));
    assert_eq!(at_most(&buckets, 12, 90), None, "two were longer than any bucket");
    assert_eq!(at_most(&BTreeMap::new(), 0, 50), None);
}

#[test]
fn a_day_is_a_day_where_the_desk_is() {
    let late: Timestamp = "2026-11-23T23:30:00Z".parse().unwrap();
    assert_eq!(day(late, &TimeZone::UTC), 20_261_123);
    assert_eq!(day(late, &TimeZone::get("Europe/Berlin").unwrap()), 20_261_124);
}

#[test]
fn only_what_no_event_counts_is_told() {
    assert!(told("p18.previews", QUEUE, Some(ADA)).is_some_and(|f| f.agent == AgentId(0)));
    assert!(told("p1.holds", QUEUE, None).is_none() && told("p0.none", QUEUE, None).is_none());
    assert!(is_journaled("p7.wait/15") && !is_journaled("p18.previews") && !is_journaled("p0.gone"));
}
