//! The same help another way, and giving somebody up: what the desk adds before the domain decides.

use warmline_domain::ticket::attempts::{self, known};
use warmline_domain::ticket::other_ways::{self, fax_address};
use warmline_domain::ticket::{Address, Command};
use warmline_domain::{By, Refusal, TicketId};

use crate::core::Unit;
use crate::wish::{DeskError, Draft, Outcome};

impl Unit<'_> {
    /// A draft is read before it is printed. What was sent already was read then.
    pub(crate) async fn print(&mut self, by: By, id: TicketId, draft: &Draft) -> Result<Outcome, DeskError> {
        let before = self.existing(id).await?;
        let sent = self.core.store.message(draft.message).await?.filter(|(at, row)| *at == id && row.kind == "answer");
        if let Some((_, row)) = &sent
            && row.delivery == "withdrawn"
        {
            let (why, way) = ("This answer was taken back and never left.", "Print the draft instead.");
            return Err(Refusal::state(why, way).into());
        }
        let (message, text, reading) = match sent {
            Some((_, row)) => (Some(draft.message), row.content.text, warmline_domain::ticket::Reading::default()),
            None => {
                let reading = self.read_before_sending(&before.value, by, draft, String::new()).await?;
                (None, draft.content.text.clone(), reading)
            }
        };
        let command = other_ways::Command::Sheet { message, text, reading };
        self.ticket_wish(by, id, Command::OtherWays(command)).await
    }

    /// An answer to a fax machine: an ordinary answer to the gateway's address for that number.
    pub(crate) async fn fax(
        &mut self,
        by: By,
        id: TicketId,
        draft: &Draft,
        number: &str,
    ) -> Result<Outcome, DeskError> {
        let address = fax_address(&self.site.value.policy.other_ways, number)?;
        let mut draft = draft.clone();
        draft.content.to = vec![Address::new(&format!("Fax {}", number.trim()), &address)];
        draft.content.cc.clear();
        self.answer(by, id, &draft).await?;
        let command = other_ways::Command::Fax { message: draft.message };
        self.ticket_wish(by, id, Command::OtherWays(command)).await
    }

    pub(crate) async fn give_up(&mut self, by: By, id: TicketId) -> Result<Outcome, DeskError> {
        let customer = self.existing(id).await?.value.customer;
        let known = known(&self.core.store.customer_addresses(customer).await?);
        self.ticket_wish(by, id, Command::Attempts(attempts::Command::GiveUp { known })).await
    }
}
