//! Ten thousand pairs of tickets that differ in one thing, each with a life of its own through the ordinary commands: what
//! should matter moves a ticket forward or not at all, and what should not matter does not move it.

use proptest::prelude::*;

use super::*;
use crate::asset::Asset;
use crate::site::targets::QueueTargets;
use crate::site::{Agent, Queue, Role};
use crate::ticket::{
    Command, MadeIn, NewPromise, Note, Opening, Report, Target, decide, due, evolve, observe, promises, stakes,
};
use crate::{AgentId, AssetId, By, CustomerId, NoteId, PromiseId, QueueId, TicketId, TicketNumber};

/// What a ticket's place may depend on; times in minutes.
#[derive(Clone, Debug)]
struct Life {
    age: i64,
    impact: usize,
    urgency: usize,
    asset: usize,
    /// Made at the opening, due so long after it was made.
    promise: Option<i64>,
    ranked: bool,
}

fn lives() -> impl Strategy<Value = Life> {
    let promise = prop::option::of(2i64..20_000);
    (1i64..30_000, 0usize..3, 0usize..3, 0usize..4, promise, any::<bool>()).prop_map(
        |(age, impact, urgency, asset, promise, ranked)| Life { age, impact, urgency, asset, promise, ranked },
    )
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}
fn minutes(n: i64) -> SignedDuration {
    SignedDuration::from_mins(n)
}

fn site(rank_counts: bool, targets: bool) -> Site {
    let mut site = Site::default();
    site.queues.insert(QueueId(1), Queue::named(QueueId(1), "Support"));
    let ada = Agent::new(AgentId(1), "Ada".into(), "ada@example.com".into(), Role::Agent);
    site.agents.insert(ada.id, ada);
    site.policy.priority.rank_counts = rank_counts;
    site.policy.priority.ranked = vec!["boss@example.net".into()];
    if targets {
        let of = |first: u32, solution: u32| [(Target::FirstAnswer, first), (Target::Solution, solution)].into();
        site.targets.insert(
            QueueId(1),
            QueueTargets { critical: of(30, 240), others: of(480, 4_800), ..QueueTargets::default() },
        );
    }
    site
}

/// The ticket as it stands now, after all that time had to say to it.
fn lived(site: &Site, life: &Life) -> Ticket {
    let opened = now() - minutes(life.age);
    let by = By::Agent(AgentId(1));
    let opening = Opening {
        ticket: TicketId(1),
        number: TicketNumber(1),
        queue: QueueId(1),
        customer: CustomerId(1),
        acknowledgement: None,
    };
    let call = crate::ticket::CallOpening { opening, name: "Maria".into(), line: String::new() };
    let take = |ticket: Option<Ticket>, at, events: Vec<crate::ticket::Event>| {
        events.iter().fold(ticket, |ticket, event| evolve(ticket, at, event))
    };
    let mut ticket = take(None, opened, observe(None, site, opened, Report::CallOpened(Box::new(call)))).unwrap();
    let wish = |ticket: &mut Ticket, command| {
        let events = decide(ticket, site, by, opened, command).unwrap();
        *ticket = take(Some(ticket.clone()), opened, events).unwrap();
    };
    let (impact, urgency) = (Impact::ALL[life.impact], Urgency::ALL[life.urgency]);
    wish(&mut ticket, Command::Prioritise { impact, urgency });
    if let Some(criticality) = life.asset.checked_sub(1).map(|n| Criticality::ALL[n]) {
        let asset = Asset {
            id: AssetId(1),
            name: "Press".into(),
            kind: String::new(),
            place: String::new(),
            organisation: String::new(),
            criticality,
            retired: false,
        };
        wish(&mut ticket, Command::Stakes(stakes::Command::Link(Box::new(asset))));
    }
    wish(&mut ticket, Command::WriteNote { note: NoteId(2), content: Note { text: "Seen.".into() } });
    if let Some(lasts) = life.promise {
        let new = NewPromise::new(PromiseId(1), "I will call.", opened + minutes(lasts));
        let made = promises::make(&ticket, site, opened, AgentId(1), &new, MadeIn::Words).unwrap();
        ticket = take(Some(ticket), opened, made).unwrap();
    }
    let address = if life.ranked { "boss@example.net" } else { "maria@example.net" };
    let known = stakes::Customer { addresses: vec![address.into()], organisation: String::new() };
    let events = observe(Some(&ticket), site, opened, Report::CustomerKnown(known));
    ticket = take(Some(ticket), opened, events).unwrap();
    while let Some(at) = due(&ticket).filter(|at| *at <= now()) {
        let events = observe(Some(&ticket), site, at, Report::TimeCame);
        assert!(!events.is_empty(), "time that has come stays due: {ticket:?}");
        ticket = take(Some(ticket), at, events).unwrap();
    }
    ticket
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn what_matters_moves_a_ticket_forward_or_not_at_all(
        life in lives(), targets in any::<bool>(), rank_counts in any::<bool>(), more in 1i64..5_000, which in 0usize..6,
    ) {
        let site = site(rank_counts, targets);
        let mut other = life.clone();
        match which {
            // Older: its promise keeps its date.
            0 => {
                other.age += more;
                other.promise = other.promise.map(|p| p + more);
            }
            1 => other.impact = (other.impact + 1).min(2),
            2 => other.urgency = (other.urgency + 1).min(2),
            3 => other.asset = (other.asset + 1).min(3),
            // Nearer, or at all.
            4 => other.promise = Some((other.promise.unwrap_or(more + 1) - more).max(1)),
            // The same customer, or one the policy names.
            _ => other.ranked = true,
        }
        let (before, after) = (place(&lived(&site, &life)), place(&lived(&site, &other)));
        prop_assert!(after <= before, "{life:?} stands at {before:?}, {other:?} at {after:?}");
        if which == 5 {
            prop_assert_eq!(after.class, before.class, "rank never makes critical");
            let moved = before.arrived.duration_since(after.arrived);
            let most = if rank_counts { NOTCH } else { SignedDuration::ZERO };
            prop_assert!(moved <= most, "rank moved it by {moved}");
        }
    }

    /// Whoever comes more than [`MOST`] notches later never passes within the class, however much is at stake.
    #[test]
    fn nothing_starves(first in lives(), second in lives(), targets in any::<bool>()) {
        let site = site(true, targets);
        let later = Life { age: second.age.min(first.age - 1).max(1), ..second };
        let ahead = Life { age: later.age + NOTCH.as_mins() * i64::from(MOST) + 1, ..first };
        let (ahead, later) = (lived(&site, &ahead), lived(&site, &later));
        if is_critical(&later) == is_critical(&ahead) {
            prop_assert!(place(&ahead) < place(&later));
        }
    }
}
