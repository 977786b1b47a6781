//! Somebody leaves the desk: in the step that takes their sign-in away, everything they have goes to a colleague.

use jiff::Timestamp;
use warmline_domain::calendar::{self, Entry, Owed};
use warmline_domain::limits::HELD_AT_ONCE;
use warmline_domain::site::leaving::{Held, Leaving};
use warmline_domain::{AgentId, By, EntryId, TicketId, site, ticket};
use warmline_store::OpenPromise;

use crate::core::Unit;
use crate::wish::{DeskError, Outcome};

impl Unit<'_> {
    pub(crate) async fn leaves(&mut self, by: By, id: AgentId, to: Option<AgentId>) -> Result<Outcome, DeskError> {
        let tickets = self.core.store.unfinished_of(id, HELD_AT_ONCE).await?;
        let promises = self.core.store.open_promises(id, Timestamp::MAX, HELD_AT_ONCE).await?;
        let follow_ups = self.calendar(id).await?.value.follow_ups(self.now);
        let held = Held { tickets: tickets.len(), promises: promises.len(), follow_ups: follow_ups.len() };
        let before = self.site.head;
        self.site_wish(by, site::Command::Leaves(Leaving { id, to, held }))?;
        let Some(to) = to.filter(|_| self.site.head != before) else { return Ok(Outcome::Done) };
        // Whoever switches themselves off is asked for no record of each ticket: they would be gone with all of them.
        let by = if by == By::Agent(id) { By::Desk } else { by };
        let reason = format!("{} has left the desk", self.site.value.agents[&id].name);
        self.give(by, &tickets, to, &reason).await?;
        self.hand_over_the_rest(by, id, &promises, to, &reason).await?;
        self.move_entries(by, id, to, follow_ups).await?;
        Ok(Outcome::Done)
    }

    async fn give(&mut self, by: By, tickets: &[TicketId], to: AgentId, reason: &str) -> Result<(), DeskError> {
        let presence = self.floor.value.presence(to);
        for id in tickets {
            let before = self.existing(*id).await?;
            let command = ticket::Command::Assign { to, presence, reason: reason.to_owned() };
            let events = ticket::decide(&before.value, &self.site.value, by, self.now, command)?;
            self.apply(Some(before), *id, &events, by, None)?;
        }
        Ok(())
    }

    /// Promises on tickets of others; those on their own went with the ticket.
    async fn hand_over_the_rest(
        &mut self,
        by: By,
        from: AgentId,
        promises: &[OpenPromise],
        to: AgentId,
        reason: &str,
    ) -> Result<(), DeskError> {
        let mut left = Vec::new();
        for promise in promises {
            let ticket = self.existing(promise.ticket).await?;
            if ticket.value.promises.get(&promise.id).is_some_and(|p| p.owner == from) {
                left.push(*promise);
            }
        }
        self.hand_over(by, &left, to, reason).await
    }

    async fn move_entries(
        &mut self,
        by: By,
        from: AgentId,
        to: AgentId,
        entries: Vec<(EntryId, Entry)>,
    ) -> Result<(), DeskError> {
        for (id, entry) in entries {
            let commands = [(to, calendar::Command::Put { id, entry }), (from, calendar::Command::Remove { id })];
            for (agent, command) in commands {
                let before = self.calendar(agent).await?;
                let site = &self.site.value;
                let events = calendar::decide(&before.value, site, by, agent, command, &Owed::default())?;
                self.apply_calendar(agent, before, &events, by);
            }
        }
        Ok(())
    }
}
