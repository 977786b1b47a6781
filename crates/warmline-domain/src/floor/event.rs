//! What can be wished on the floor, what is told of it, and what can have happened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::call::{LegId, Step, Target};
use super::{Heard, LegNews, Presence, Quality, chat, hard, hold, transfer};
use crate::{AgentId, CallId, ChatId, CustomerId, QueueId, TicketId};

#[derive(Clone, Debug)]
pub enum Command {
    SignIn(AgentId),
    GoAvailable(AgentId),
    GoAway(AgentId),
    SignOut(AgentId),
    Hold {
        by: AgentId,
        call: CallId,
        wish: hold::Hold,
    },
    Transfer {
        by: AgentId,
        call: CallId,
        wish: transfer::Transfer,
    },
    Hard {
        by: AgentId,
        call: CallId,
        wish: hard::Hard,
    },
    /// Ends, declines or leaves the call.
    HangUp {
        by: AgentId,
        call: CallId,
    },
    /// Calls a customer.
    CallCustomer {
        by: AgentId,
        call: CallId,
        queue: QueueId,
        customer: CustomerId,
        ticket: TicketId,
    },
    CallBack {
        by: AgentId,
        call: CallId,
    },
    /// The callback is settled otherwise.
    DropCallback {
        by: AgentId,
        call: CallId,
        reason: String,
    },
    /// The call is about another ticket.
    MoveCall {
        by: AgentId,
        call: CallId,
        ticket: TicketId,
    },
    FinishWrapUp {
        agent: AgentId,
        disposition: String,
    },
    /// P5: five minutes, granted at once.
    Recover {
        agent: AgentId,
    },
    EndRecovery {
        agent: AgentId,
    },
    Chat {
        by: AgentId,
        chat: ChatId,
        wish: chat::Wish,
    },
}

#[derive(Clone, Debug)]
pub enum Report {
    /// The agent's first page opened a live connection.
    Seen(AgentId),
    /// The last live connection of the agent is gone.
    Unseen(AgentId),
    /// Where an agent's calls can ring now.
    Devices {
        agent: AgentId,
        browser: bool,
        phone: bool,
    },
    CallArrived {
        call: CallId,
        queue: QueueId,
        customer: CustomerId,
        ticket: TicketId,
        reachable: bool,
        class: i64,
        /// The sample fell on this call.
        recorded: bool,
    },
    Leg {
        leg: LegId,
        news: LegNews,
    },
    /// An agent's phone transfers by itself.
    Referred {
        leg: LegId,
        to: Target,
    },
    /// What was heard of an agent's talk with a caller that has ended.
    Heard {
        call: CallId,
        agent: AgentId,
        heard: Heard,
    },
    /// How good a line was that has ended; `agent` is whose it was, if one of ours.
    Quality {
        leg: LegId,
        agent: Option<AgentId>,
        quality: Quality,
    },
    Chat {
        chat: ChatId,
        news: chat::Report,
    },
    /// The desk starts again: no connection survived.
    Restarted,
    TimeCame,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    PresenceChanged {
        agent: AgentId,
        presence: Presence,
    },
    PageSeen {
        agent: AgentId,
    },
    PageLost {
        agent: AgentId,
    },
    DevicesChanged {
        agent: AgentId,
        browser: bool,
        phone: bool,
    },
    Call {
        call: CallId,
        step: Step,
    },
    Chat {
        chat: ChatId,
        step: chat::Step,
    },
    WrapUpEnded {
        agent: AgentId,
        disposition: String,
    },
    RecoveryBegan {
        agent: AgentId,
        until: Timestamp,
    },
    RecoveryEnded {
        agent: AgentId,
    },
    CallbackDropped {
        call: CallId,
        reason: String,
    },
    /// Whoever is owed this call stands in line from now on.
    CallbackInLine {
        call: CallId,
    },
}

impl Event {
    /// Which call it is about.
    pub fn call(&self) -> Option<CallId> {
        match self {
            Event::Call { call, .. } | Event::CallbackDropped { call, .. } | Event::CallbackInLine { call } => {
                Some(*call)
            }
            _ => None,
        }
    }

    /// Whose seat it is about.
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Event::PresenceChanged { agent, .. }
            | Event::PageSeen { agent }
            | Event::PageLost { agent }
            | Event::DevicesChanged { agent, .. }
            | Event::WrapUpEnded { agent, .. }
            | Event::RecoveryBegan { agent, .. }
            | Event::RecoveryEnded { agent } => Some(*agent),
            Event::Call { .. } | Event::Chat { .. } => None,
            Event::CallbackDropped { .. } | Event::CallbackInLine { .. } => None,
        }
    }
}
