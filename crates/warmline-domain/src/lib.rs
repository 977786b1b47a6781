//! Every rule of the desk, and nothing else.
//!
//! Five functions per aggregate tell its whole story:
//!
//! * `decide`: a *wish* (a [`ticket::Command`]) becomes events, or a [`Refusal`] a person can read;
//! * `observe`: *news* (a [`ticket::Report`]) becomes events; news cannot be refused;
//! * `evolve`: the state after an event;
//! * `orders`: what the outside must now do because of it;
//! * `due`: when time itself next has something to say.
//!
//! Nothing here knows a clock, a socket, a file or chance. Time is an argument; identifiers are made at the edge
//! and arrive inside the wish, so that a repeated request is the same wish.

pub mod article;
pub mod asset;
pub mod calendar;
pub mod csv;
pub mod customer;
pub mod floor;
pub mod forecast;
mod front_matter;
pub mod hours;
pub mod id;
pub mod journal;
pub mod limits;
pub mod measure;
pub mod money;
pub mod number;
pub mod phrase;
pub mod policy;
pub mod refusal;
pub mod runbook;
pub mod sealed;
pub mod site;
pub mod ticket;
pub mod trail;
pub mod wording;

#[cfg(test)]
mod stories;

pub use hours::Hours;
pub use id::{
    AgentId, ArticleId, AssetId, AttemptId, CallId, ChatId, CustomerId, EntryId, MailboxId, MessageId, NoteId,
    PhraseId, PointerId, PromiseId, QueueId, RecordId, RequestId, RunbookId, TicketId,
};
pub use number::TicketNumber;
pub use policy::Policy;
pub use refusal::Refusal;
pub use sealed::Sealed;

use serde::{Deserialize, Serialize};

/// Who is behind a wish or a piece of news. Stands on every journal entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Agent(AgentId),
    Customer(CustomerId),
    /// Somebody whose mail came in and who is not yet known as a customer.
    Stranger,
    /// Warmline itself: time came, a mail server answered.
    Desk,
    /// A person at the command line of the machine.
    Console,
}

impl By {
    pub fn agent(self) -> Option<AgentId> {
        match self {
            By::Agent(id) => Some(id),
            _ => None,
        }
    }
}
