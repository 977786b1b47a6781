//! Calls meet tickets: who calls, what it is about, and what happened on the line, written where the next one looks.

use warmline_domain::customer::{phone_number, tel};
use warmline_domain::floor::{self, Floor, Step};
use warmline_domain::ticket::{self, CallNews, CallOpening, priority};
use warmline_domain::{By, CallId, CustomerId, QueueId, Refusal, TicketId};
use warmline_store::{Fault, View};

use crate::announce::Topic;
use crate::core::Unit;
use crate::wish::{CallArrival, DeskError, FloorWish, Outcome};

/// Tickets of a caller that are looked at for one that is still open.
const LOOKED_AT: usize = 10;

impl Unit<'_> {
    pub(crate) async fn call_arrives(&mut self, arrival: &CallArrival) -> Result<Outcome, DeskError> {
        if self.floor.value.calls.contains_key(&arrival.call) {
            return Ok(Outcome::Done);
        }
        let number = arrival.number.as_deref().and_then(phone_number);
        let queue = self.site.value.queue_of_line(&arrival.line);
        let address = match &number {
            Some(number) => tel(number),
            // Without a number everybody is a stranger of their own.
            None => format!("tel:unknown-{}", arrival.call),
        };
        // A conversation changes its channel without starting over.
        let chatted = self.still_open(arrival.about).await?.map(|ticket| (ticket.value.customer, ticket.value.id));
        let (customer, ticket) = match chatted {
            Some(known) => known,
            None => {
                let customer = self.customer_or_met(&arrival.name, &address).await?;
                match self.open_ticket(customer).await? {
                    Some(ticket) => (customer, ticket),
                    None => (customer, self.ticket_for_call(customer, queue, arrival).await?),
                }
            }
        };
        self.weigh().await?;
        let class = self.ticket(ticket).await?.map_or(1, |t| priority::caller_class(&t.value));
        let percent = u64::from(self.site.value.policy.phone.record_percent);
        let report = floor::Report::CallArrived {
            call: arrival.call,
            queue,
            customer,
            ticket,
            reachable: number.is_some_and(|n| self.site.value.policy.phone.calls_back(&n)),
            class,
            recorded: self.core.edge.chance() % 100 < percent,
        };
        self.floor_wish(&FloorWish::News(report)).await
    }

    /// What a call of this customer is about, as far as is known.
    async fn open_ticket(&self, customer: CustomerId) -> Result<Option<TicketId>, Fault> {
        let list = self.core.store.list(&View::Customer(customer), None, LOOKED_AT).await?;
        Ok(ticket::called_about(list.rows.iter().map(|row| &row.ticket)))
    }

    async fn ticket_for_call(
        &mut self,
        customer: CustomerId,
        queue: QueueId,
        arrival: &CallArrival,
    ) -> Result<TicketId, DeskError> {
        let number = self.next_number().await?;
        let id: TicketId = self.core.edge.mint(self.now);
        let known = [&arrival.name, arrival.number.as_ref().unwrap_or(&arrival.name)];
        let name = known.into_iter().find(|n| !n.trim().is_empty()).map_or("somebody", |n| n.trim()).to_owned();
        let opening = ticket::Opening { ticket: id, number, queue, customer, acknowledgement: None };
        let opening = CallOpening { opening, name, line: String::new() };
        let report = ticket::Report::CallOpened(Box::new(opening));
        let events = ticket::observe(None, &self.site.value, self.now, report);
        self.apply(None, id, &events, By::Customer(customer), None)?;
        Ok(id)
    }

    pub(crate) async fn call_customer(&mut self, by: By, call: CallId, ticket: TicketId) -> Result<Outcome, DeskError> {
        let found = self.existing(ticket).await?.value;
        let addresses = self.core.store.customer_addresses(found.customer).await?;
        if !addresses.iter().any(|a| a.strip_prefix("tel:").and_then(phone_number).is_some()) {
            return Err(Refusal::state(
                "No phone number of this customer is known.",
                "Ask for it by mail, or note it when they call.",
            )
            .into());
        }
        let Some(agent) = by.agent() else { return Ok(Outcome::Done) };
        self.plausible(call.0)?;
        let (queue, customer) = (found.queue, found.customer);
        let command = floor::Command::CallCustomer { by: agent, call, queue, customer, ticket };
        self.floor_wish(&FloorWish::Wish(by, command)).await
    }

    /// What happened on a line goes to its ticket, in the same transaction.
    pub(crate) async fn on_call(&mut self, before: &Floor, call: CallId, step: Step, by: By) -> Result<(), DeskError> {
        self.touch(call);
        let calls = [before.calls.get(&call).cloned(), self.floor.value.calls.get(&call).cloned()];
        for agent in calls.iter().flatten().flat_map(|c| c.agents().collect::<Vec<_>>()) {
            self.announce(Topic::Seat(agent));
        }
        let told = match &step {
            Step::Arrived { ticket, .. }
            | Step::Called { ticket, .. }
            | Step::Moved { ticket }
            | Step::Heard { ticket, .. }
            | Step::LineQuality { ticket, .. } => Some(*ticket),
            _ => calls.iter().flatten().next().map(|c| c.ticket),
        };
        let Some(id) = told else { return Ok(()) };
        let Some(ticket) = self.ticket(id).await? else { return Ok(()) };
        let by = match (&step, by) {
            (Step::Answered { agent, .. }, By::Desk) => By::Agent(*agent),
            (Step::Arrived { customer, .. }, By::Desk) => By::Customer(*customer),
            (
                Step::MessageBegan { .. }
                | Step::MessageLeft { .. }
                | Step::CallbackAsked { .. }
                | Step::PlaceTakenUp { .. },
                By::Desk,
            ) => calls.iter().flatten().next().map_or(By::Desk, |c| By::Customer(c.customer)),
            // A line of theirs said it; they did it.
            (Step::Completed { .. } | Step::SentBlind { .. } | Step::Held { .. }, By::Desk) => {
                calls[0].as_ref().and_then(|c| c.owner()).map_or(By::Desk, By::Agent)
            }
            (_, by) => by,
        };
        let note = self.core.edge.mint(self.now);
        let recorded = calls[0].as_ref().and_then(floor::Call::kept);
        let report = ticket::Report::OnCall(Box::new(CallNews { call, step, note, recorded }));
        let events = ticket::observe(Some(&ticket.value), &self.site.value, self.now, report);
        self.apply(Some(ticket), id, &events, by, None)
    }
}
