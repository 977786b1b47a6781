//! Whatever happens in whatever order: nobody who chats is left with somebody who has gone, nobody waits while somebody
//! has room, nobody is asked beyond what they may have, and time never asks twice for the same thing.

use jiff::Timestamp;
use proptest::prelude::*;

use super::{Report, State, Target, Wish};
use crate::floor::call::Brief;
use crate::floor::stories::{ADA, BEN, SUE, at, staffed};
use crate::floor::{self, Command, Floor, Presence};
use crate::site::Site;
use crate::{AgentId, ChatId, CustomerId, QueueId, TicketId};

/// What is true of every floor between two events.
pub(super) fn check(floor: &Floor, site: &Site, now: Timestamp) {
    for chat in floor.chats.values() {
        for agent in chat.agents() {
            assert_ne!(floor.presence(agent), Presence::Offline, "{chat:?} is left with somebody who has gone");
        }
        if let State::Offered { agent, .. } = &chat.state {
            assert!(floor.call_of(*agent).is_none(), "{chat:?} is offered to somebody on a call");
            assert!(floor.chats_of(*agent).count() <= site.policy.chats.at_once as usize, "too much for one");
        }
        let both: Vec<AgentId> = chat.agents().collect();
        assert!(both.len() < 2 || both[0] != both[1], "{chat:?}");
    }
    assert!(super::offers(floor, site, now).is_empty(), "somebody waits while somebody has room");
}

#[derive(Clone, Debug)]
enum Move {
    Time,
    Restart,
    Here(AgentId),
    Away(AgentId),
    Out(AgentId),
    Unseen(AgentId),
    Told(ChatId, Report),
    Wished(AgentId, ChatId, Wish),
}

fn moves() -> impl Strategy<Value = (i64, Move)> {
    let agent = prop::sample::select(vec![ADA, BEN, SUE]);
    let chat = (1..6_i64).prop_map(ChatId);
    let report = prop::sample::select(vec![
        Report::Came { queue: QueueId(1), customer: CustomerId(1), ticket: TicketId(1), class: 1 },
        Report::Seen,
        Report::Gone,
        Report::TheyWrote,
        Report::Answered { yes: true },
        Report::Answered { yes: false },
        Report::Left,
    ]);
    let brief = Brief { problem: "it stands".into(), tried: "restart".into(), mood: "calm".into() };
    let wish = prop::sample::select(vec![
        Wish::Take,
        Wish::Decline,
        Wish::Wrote,
        Wish::AskToWait { minutes: 3 },
        Wish::Propose { to: Target::Agent(BEN), brief: brief.clone() },
        Wish::Propose { to: Target::Queue(QueueId(1)), brief },
        Wish::HearYes,
        Wish::HearNo,
        Wish::TakeBack,
        Wish::Back,
        Wish::Join,
        Wish::Leave,
        Wish::Return { reason: "lunch".into() },
        Wish::MarkHard,
        Wish::TakeOver,
        Wish::End { reason: "it is solved".into() },
    ]);
    let one = prop_oneof![
        3 => Just(Move::Time),
        1 => Just(Move::Restart),
        3 => agent.clone().prop_map(Move::Here),
        1 => agent.clone().prop_map(Move::Away),
        1 => agent.clone().prop_map(Move::Out),
        1 => agent.clone().prop_map(Move::Unseen),
        6 => (chat.clone(), report).prop_map(|(chat, report)| Move::Told(chat, report)),
        12 => (agent, chat, wish).prop_map(|(agent, chat, wish)| Move::Wished(agent, chat, wish)),
    ];
    (0..90_i64, one)
}

fn moved(floor: &Floor, site: &Site, now: Timestamp, one: Move) -> Vec<floor::Event> {
    let told = |report| floor::observe(floor, site, now, report);
    match one {
        Move::Time => told(floor::Report::TimeCame),
        Move::Restart => told(floor::Report::Restarted),
        Move::Unseen(agent) => told(floor::Report::Unseen(agent)),
        Move::Told(chat, news) => told(floor::Report::Chat { chat, news }),
        Move::Here(agent) => {
            let mut events = told(floor::Report::Seen(agent));
            let seen = events.iter().fold(floor.clone(), |f, e| floor::evolve(f, now, e));
            events.extend(floor::decide(&seen, site, now, Command::GoAvailable(agent)).unwrap_or_default());
            events
        }
        Move::Away(agent) => floor::decide(floor, site, now, Command::GoAway(agent)).unwrap_or_default(),
        Move::Out(agent) => floor::decide(floor, site, now, Command::SignOut(agent)).unwrap_or_default(),
        Move::Wished(by, chat, wish) => {
            floor::decide(floor, site, now, Command::Chat { by, chat, wish }).unwrap_or_default()
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]
    #[test]
    fn whatever_happens_nobody_is_left_in_a_chat(steps in prop::collection::vec(moves(), 1..250)) {
        let (site, mut floor, mut second) = (staffed(), Floor::default(), 0);
        for (later, one) in steps {
            second += later;
            let now = at(second);
            let timed = matches!(one, Move::Time);
            for event in moved(&floor, &site, now, one) {
                floor = floor::evolve(floor, now, &event);
            }
            check(&floor, &site, now);
            // What time has brought once it does not bring again at the same moment, for ever.
            if timed {
                let again = (0..20).fold(floor.clone(), |f, _| {
                    let events = floor::observe(&f, &site, now, floor::Report::TimeCame);
                    events.iter().fold(f, |f, e| floor::evolve(f, now, e))
                });
                prop_assert!(super::due(&again, &site.policy.chats).is_none_or(|due| due > now));
            }
        }
    }
}
