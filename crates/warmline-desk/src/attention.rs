//! What an agent's attention is on: the clocks beside their tickets follow it.

use warmline_domain::ticket::Report;
use warmline_domain::{AgentId, TicketId};

use crate::core::Unit;
use crate::wish::{DeskError, Outcome};

impl Unit<'_> {
    /// They turned to this ticket, or away from all: what they were at before stands still.
    pub(crate) async fn attention(&mut self, agent: AgentId, ticket: Option<TicketId>) -> Result<Outcome, DeskError> {
        for other in self.core.store.at_work(agent).await? {
            if Some(other) != ticket {
                self.news(other, Report::Left { agent }).await?;
            }
        }
        match ticket {
            Some(ticket) => self.news(ticket, Report::AtWork { agent }).await,
            None => Ok(Outcome::Done),
        }
    }
}
