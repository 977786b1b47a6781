//! Customers of the demo click on what our answers ask: some that it is solved.

use jiff::Timestamp;
use warmline_desk::{Wish, clicks};
use warmline_domain::ticket::Address;
use warmline_domain::ticket::click::Click;
use warmline_domain::{MessageId, TicketId};

use super::Past;

impl Past {
    /// The link is in the mail alone, so it is followed before that counts as gone.
    pub(super) async fn clicked(&mut self, ticket: TicketId, at: Timestamp) -> Result<(), String> {
        let messages = self.store.messages(ticket).await.map_err(|f| f.to_string())?;
        let Some(answer) = messages.iter().rev().find(|m| m.kind == "answer") else { return Ok(()) };
        let line = self.store.ask_line(answer.id).await.map_err(|f| f.to_string())?.unwrap_or_default();
        let Some((_, secret)) =
            line.rsplit_once('/').and_then(|(_, link)| clicks::read_link(link.trim_end_matches('>')))
        else {
            return Ok(());
        };
        let (message, from) = (MessageId(0), Address::default());
        let click = Click { secret: secret.into(), n: 0, yes: true, words: String::new(), message, from };
        self.ask(at, Wish::Click { ticket, click: Box::new(click) }).await
    }
}
