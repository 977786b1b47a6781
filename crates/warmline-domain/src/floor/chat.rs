//! A chat: somebody who looks at our page right now, and writes. One agent has it, may have others beside it, and gives
//! each the same care as a caller: nobody waits without having been asked (P1), nobody is passed on without having agreed
//! and without a brief (P2), nobody is left alone with an unanswered line.
//!
//! | state        | who writes with the customer   | leads in                                         | leads out                                   |
//! |--------------|--------------------------------|--------------------------------------------------|---------------------------------------------|
//! | waiting      | nobody yet                     | `Came`, `Declined`, `NotTaken`, `Returned`       | `Offered`, `Taken`, `Ended`                 |
//! | offered      | nobody yet; one agent is asked | `Offered`                                        | `Taken`, `Declined`, `NotTaken`, `Ended`    |
//! | talking      | their agent                    | `Taken`, `Back`, `RatherNot`, `Withdrawn`, `NotJoined`, `Left`, `TookOver` | `AskedToWait`, `Proposed`, `Returned`, `TookOver`, `Ended` |
//! | asked        | their agent, who has asked for minutes | `AskedToWait`                            | `Agreed`, `RatherNot`, `Withdrawn`          |
//! | stepped out  | nobody, with their consent, until a time | `Agreed`                               | `Back`                                      |
//! | proposed     | their agent, who would bring somebody in | `Proposed`                             | `Agreed`, `RatherNot`, `Withdrawn`          |
//! | bringing in  | their agent; a colleague is asked, with the brief | `Agreed`                       | `Joined`, `NotJoined`                       |
//! | joined       | both                           | `Joined`                                         | `Left`                                      |
//!
//! Beside its state: whether their page is open, and since when their oldest line has no answer.

mod line;
mod moves;
#[cfg(test)]
mod stories;
#[cfg(test)]
mod walk;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub(super) use line::offers;
pub use line::{can_take, position};
pub use moves::{Report, Wish, may_write};
pub(super) use moves::{decide, due, left_behind, observe, restarted, time_came};

use super::call::Brief;
use crate::policy::Chats;
use crate::{AgentId, ChatId, CustomerId, QueueId, Sealed, TicketId};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chat {
    pub id: ChatId,
    pub queue: QueueId,
    pub customer: CustomerId,
    pub ticket: TicketId,
    /// The class of its ticket: critical ones first.
    pub class: i64,
    pub came_at: Timestamp,
    pub state: State,
    /// Since when their page is gone; absent while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<Timestamp>,
    /// Since when their oldest line has no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered_since: Option<Timestamp>,
    /// Who was told already that it takes too long.
    #[serde(default)]
    pub pressed: Pressed,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// How many they wrote.
    #[serde(default)]
    pub lines: u32,
    /// Abusive: supervisors see it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hard: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Waiting(Place),
    Offered { agent: AgentId, since: Timestamp, place: Place },
    Talking { agent: AgentId },
    Asked { agent: AgentId, minutes: u32 },
    SteppedOut { agent: AgentId, until: Timestamp },
    Proposed { agent: AgentId, to: Target, brief: Sealed<Brief> },
    BringingIn { agent: AgentId, colleague: AgentId, since: Timestamp, brief: Sealed<Brief> },
    Joined { agent: AgentId, colleague: AgentId },
}

/// A place in line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub since: Timestamp,
    /// Had somebody already.
    pub front: bool,
    /// Asked, and did not take it; and when that was.
    pub tried: BTreeSet<AgentId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<Timestamp>,
}

/// Whom to bring in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Agent(AgentId),
    /// Whoever has room in that queue.
    Queue(QueueId),
}

/// How far it has become known that a customer waits too long.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pressed {
    #[default]
    Nobody,
    Agent,
    Supervisors,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The agent ended it, after the last line was answered or with a reason.
    ByAgent,
    ByCustomer,
    /// Their page was gone for too long.
    Gone,
    /// Nobody had room in time; the answer goes by mail.
    NobodyFree,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Came {
        queue: QueueId,
        customer: CustomerId,
        ticket: TicketId,
        class: i64,
    },
    Offered {
        agent: AgentId,
    },
    /// `waited` is in seconds.
    Taken {
        agent: AgentId,
        waited: i64,
    },
    Declined {
        agent: AgentId,
    },
    /// Said nothing in time.
    NotTaken {
        agent: AgentId,
    },
    AskedToWait {
        agent: AgentId,
        minutes: u32,
    },
    Proposed {
        agent: AgentId,
        to: Target,
        brief: Sealed<Brief>,
    },
    /// The customer agreed: to wait, or to somebody who is asked now.
    Agreed {
        colleague: Option<AgentId>,
    },
    RatherNot,
    /// The agent took the question back.
    Withdrawn,
    /// Back from stepping out; `over` is by how many seconds the promised time was passed.
    Back {
        over: i64,
    },
    Joined {
        colleague: AgentId,
    },
    /// Declined, said nothing, or nobody has room.
    NotJoined {
        colleague: Option<AgentId>,
    },
    /// The first agent leaves; the colleague goes on.
    Left {
        agent: AgentId,
        colleague: AgentId,
    },
    /// Those who did not take it may be asked once more.
    AskedAround,
    /// Back in line, at its front.
    Returned {
        agent: AgentId,
        reason: String,
    },
    TookOver {
        from: Option<AgentId>,
        by: AgentId,
    },
    /// It takes too long, and now they are told.
    Pressing {
        who: Pressed,
    },
    MarkedHard,
    /// Their page closed, opened.
    Gone,
    Seen,
    TheyWrote,
    WeWrote {
        agent: AgentId,
    },
    /// `reason` is why it ended with a line unanswered.
    Ended {
        how: End,
        reason: String,
    },
}

impl Chat {
    /// Whose it is: who writes with the customer.
    pub fn owner(&self) -> Option<AgentId> {
        match &self.state {
            State::Waiting(_) | State::Offered { .. } => None,
            State::Talking { agent }
            | State::Asked { agent, .. }
            | State::SteppedOut { agent, .. }
            | State::Proposed { agent, .. }
            | State::BringingIn { agent, .. }
            | State::Joined { agent, .. } => Some(*agent),
        }
    }

    /// Everybody whose attention it takes.
    pub fn agents(&self) -> impl Iterator<Item = AgentId> {
        let other = match &self.state {
            State::Offered { agent, .. } => Some(*agent),
            State::BringingIn { colleague, .. } | State::Joined { colleague, .. } => Some(*colleague),
            _ => None,
        };
        self.owner().into_iter().chain(other)
    }

    /// A question the customer has not answered.
    pub fn asks(&self) -> bool {
        matches!(self.state, State::Asked { .. } | State::Proposed { .. })
    }

    /// When an unanswered line, or a time that was promised, is to be heard of next, and by whom.
    pub(super) fn presses(&self, policy: &Chats) -> Option<(Timestamp, Pressed)> {
        let late = |since: Timestamp, agent: u32| match self.pressed {
            Pressed::Nobody => Some((since + seconds(agent), Pressed::Agent)),
            Pressed::Agent => Some((since + seconds(agent + policy.supervisor_seconds), Pressed::Supervisors)),
            Pressed::Supervisors => None,
        };
        match &self.state {
            State::Waiting(_) | State::Offered { .. } => None,
            State::SteppedOut { until, .. } => late(*until, 0),
            _ => late(self.unanswered_since?, policy.answer_seconds),
        }
    }
}

fn seconds(n: u32) -> SignedDuration {
    SignedDuration::from_secs(i64::from(n))
}

/// The chat after a step; `None` once it has ended.
pub(super) fn evolve(chat: Option<Chat>, id: ChatId, at: Timestamp, step: &Step) -> Option<Chat> {
    if let Step::Came { queue, customer, ticket, class } = step {
        let state = State::Waiting(Place { since: at, front: false, tried: BTreeSet::new(), tried_at: None });
        let (queue, customer, ticket, class) = (*queue, *customer, *ticket, *class);
        return Some(Chat {
            id,
            queue,
            customer,
            ticket,
            class,
            came_at: at,
            state,
            gone_since: Some(at),
            unanswered_since: Some(at),
            pressed: Pressed::Nobody,
            taken_at: None,
            lines: 1,
            hard: false,
        });
    }
    let mut chat = chat?;
    match step {
        Step::Ended { .. } => return None,
        Step::Gone => chat.gone_since = chat.gone_since.or(Some(at)),
        Step::Seen => chat.gone_since = None,
        Step::TheyWrote => {
            chat.unanswered_since = chat.unanswered_since.or(Some(at));
            chat.lines += 1;
        }
        Step::WeWrote { .. } => (chat.unanswered_since, chat.pressed) = (None, Pressed::Nobody),
        Step::Pressing { who } => chat.pressed = *who,
        Step::MarkedHard => chat.hard = true,
        Step::Taken { .. } => chat.taken_at = chat.taken_at.or(Some(at)),
        Step::Back { .. } => chat.pressed = Pressed::Nobody,
        _ => {}
    }
    if let Some(state) = state_after(&chat, at, step) {
        chat.state = state;
    }
    Some(chat)
}

fn state_after(chat: &Chat, at: Timestamp, step: &Step) -> Option<State> {
    Some(match (step, &chat.state) {
        (Step::Offered { agent }, State::Waiting(place)) => {
            State::Offered { agent: *agent, since: at, place: place.clone() }
        }
        (Step::Declined { agent } | Step::NotTaken { agent }, State::Offered { place, .. }) => {
            let mut place = place.clone();
            place.tried.insert(*agent);
            State::Waiting(Place { tried_at: Some(at), ..place })
        }
        (Step::AskedAround, State::Waiting(place)) => {
            State::Waiting(Place { tried: BTreeSet::new(), tried_at: None, ..place.clone() })
        }
        (Step::Taken { agent, .. } | Step::TookOver { by: agent, .. }, _) => State::Talking { agent: *agent },
        (Step::AskedToWait { agent, minutes }, _) => State::Asked { agent: *agent, minutes: *minutes },
        (Step::Proposed { agent, to, brief }, _) => State::Proposed { agent: *agent, to: *to, brief: brief.clone() },
        (Step::Agreed { .. }, State::Asked { agent, minutes }) => {
            State::SteppedOut { agent: *agent, until: at + SignedDuration::from_mins(i64::from(*minutes)) }
        }
        (Step::Agreed { colleague: Some(colleague) }, State::Proposed { agent, brief, .. }) => {
            State::BringingIn { agent: *agent, colleague: *colleague, since: at, brief: brief.clone() }
        }
        (Step::RatherNot | Step::Withdrawn | Step::Back { .. } | Step::NotJoined { .. }, _) => {
            State::Talking { agent: chat.owner()? }
        }
        (Step::Joined { colleague }, State::BringingIn { agent, .. }) => {
            State::Joined { agent: *agent, colleague: *colleague }
        }
        (Step::Left { colleague, .. }, _) => State::Talking { agent: *colleague },
        (Step::Returned { agent, .. }, _) => {
            State::Waiting(Place { since: at, front: true, tried: BTreeSet::from([*agent]), tried_at: Some(at) })
        }
        _ => return None,
    })
}
