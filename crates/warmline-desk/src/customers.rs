//! Customers: met, found by their addresses, and what agents say of them.

use warmline_domain::customer::{self, Customer};
use warmline_domain::ticket::Stage;
use warmline_domain::{By, CustomerId, Refusal};
use warmline_store::{CustomerChange, Fault, Loaded, View};

use crate::announce::Topic;
use crate::core::Unit;
use crate::wish::{DeskError, Outcome};

/// Open tickets of one customer whose weight follows their house at once; the others follow with their next mail.
const LOOKED_AT: usize = 50;

impl Unit<'_> {
    pub(crate) async fn customer_at(&self, address: &str) -> Result<Option<CustomerId>, Fault> {
        match self.overlay.addresses.get(&customer::normal_address(address)) {
            Some(id) => Ok(Some(*id)),
            None => self.core.store.customer_by_address(address).await,
        }
    }

    /// The customer behind an address; met now if nobody was before.
    pub(crate) async fn customer_or_met(&mut self, name: &str, address: &str) -> Result<CustomerId, DeskError> {
        if let Some(id) = self.customer_at(address).await? {
            return Ok(id);
        }
        let id: CustomerId = self.core.edge.mint(self.now);
        let events = customer::meet(id, name, address);
        self.apply_customer(None, &events, By::Stranger);
        Ok(id)
    }

    pub(crate) async fn belongs(&mut self, by: By, id: CustomerId, organisation: &str) -> Result<Outcome, DeskError> {
        let before = self.known_customer(by, id).await?;
        let events = customer::belongs(&before.value, organisation)?;
        self.apply_customer(Some(before), &events, by);
        let theirs = self.core.store.list(&View::Customer(id), None, LOOKED_AT).await?.rows;
        let open = theirs.iter().filter(|row| !matches!(row.ticket.stage, Stage::Solved | Stage::Closed));
        self.to_weigh.extend(open.map(|row| row.ticket.id));
        self.announce(Topic::List);
        Ok(Outcome::Done)
    }

    pub(crate) async fn add_address(&mut self, by: By, id: CustomerId, address: &str) -> Result<Outcome, DeskError> {
        let before = self.known_customer(by, id).await?;
        let owner = match customer::known_form(address) {
            Some(known) => self.customer_at(&known).await?,
            None => None,
        };
        let events = customer::add_address(&before.value, address, owner)?;
        self.apply_customer(Some(before), &events, by);
        self.announce(Topic::List);
        Ok(Outcome::Done)
    }

    /// The customer an agent changes something about.
    async fn known_customer(&self, by: By, id: CustomerId) -> Result<Loaded<Customer>, DeskError> {
        if self.site.value.role(by).is_none() {
            let (why, way) = ("Only people who work at this desk do this.", "Sign in as an agent.");
            return Err(Refusal::new(warmline_domain::refusal::Kind::Permission, why, way).into());
        }
        let found = match self.customers.get(&id) {
            Some(loaded) => Some(loaded.clone()),
            None => self.core.store.customer(id).await?,
        };
        Ok(found.ok_or_else(|| Refusal::missing("customer"))?)
    }

    pub(crate) fn apply_customer(
        &mut self,
        before: Option<Loaded<Customer>>,
        events: &[customer::Event],
        by: By,
    ) -> Option<CustomerId> {
        let mut after = before.as_ref().map(|b| b.value.clone());
        for event in events {
            after = customer::evolve(after, event);
            let known = match (event, &after) {
                (customer::Event::Met { id, address, .. }, _) => Some((*id, address)),
                (customer::Event::AddressAdded { address }, Some(customer)) => Some((customer.id, address)),
                _ => None,
            };
            if let Some((id, address)) = known
                && let Some(address) = address.open()
            {
                self.overlay.addresses.insert(address.clone(), id);
            }
        }
        let after = after.filter(|_| !events.is_empty())?;
        let change = CustomerChange {
            before: before.as_ref(),
            after: &after,
            events,
            by,
            at: self.now,
            policy: self.site.value.policy_version,
        };
        let head = self.batch.customer(&change);
        let id = after.id;
        self.customers.insert(id, Loaded { value: after, head });
        self.topics.insert(Topic::Customer(id));
        Some(id)
    }
}
