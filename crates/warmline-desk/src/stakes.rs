//! What is at stake: the register of assets and the tickets about them, whose rank counts, and who is asked to drop
//! everything.

use std::collections::BTreeMap;

use warmline_domain::asset::{self, Asset};
use warmline_domain::journal::Head;
use warmline_domain::ticket::{Command, Report, Ticket, drop_everything, stakes};
use warmline_domain::{AgentId, AssetId, By, Refusal, TicketId};
use warmline_store::{AssetChange, Fault, Ledger, Loaded, View};

use crate::announce::Topic;
use crate::core::Unit;
use crate::wish::{DeskError, Outcome};

/// Open tickets about one asset that hear of its change; more is another kind of trouble.
const TOLD: usize = 200;
/// Tickets and promises of one person that are looked through for what becomes late.
const LOOKED_AT: usize = 500;

impl Unit<'_> {
    pub(crate) async fn keep_asset(&mut self, by: By, asset: &Asset) -> Result<Outcome, DeskError> {
        self.plausible(asset.id.0)?;
        let before = self.asset(asset.id).await?;
        self.asset_kept(by, before, asset.clone()).await?;
        Ok(Outcome::Done)
    }

    /// Takes a sheet over: what is new is registered, what differs is changed, the rest is left alone.
    pub(crate) async fn take_over(&mut self, by: By, rows: &[Asset]) -> Result<Outcome, DeskError> {
        asset::may_keep(&self.site.value, by)?;
        let (mut added, mut changed) = (0, 0);
        for row in rows {
            let before = self.core.store.asset_named(&row.name, &row.organisation).await?;
            let id = before.as_ref().map_or_else(|| self.core.edge.mint(self.now), |b| b.value.id);
            let fresh = before.is_none();
            if self.asset_kept(by, before, Asset { id, ..row.clone() }).await? {
                *if fresh { &mut added } else { &mut changed } += 1;
            }
        }
        Ok(Outcome::TakenOver { added, changed })
    }

    /// Whether anything changed.
    async fn asset_kept(&mut self, by: By, before: Option<Loaded<Asset>>, asset: Asset) -> Result<bool, DeskError> {
        let twin = self.core.store.asset_named(&asset.name, &asset.organisation).await?.map(|t| t.value);
        let known = before.as_ref().map(|b| &b.value);
        let events = asset::keep(&self.site.value, by, known, twin.as_ref(), asset)?;
        let Some(after) = events.iter().fold(None, asset::evolve) else { return Ok(false) };
        let head = before.as_ref().map_or(Head::default(), |b| b.head);
        let policy = self.site.value.policy_version;
        let change = AssetChange { before: head, after: &after, events: &events, by, at: self.now, policy };
        let head = self.batch.asset(&change);
        if before.is_some() {
            for ticket in self.core.store.tickets_about(after.id, TOLD).await? {
                self.news(ticket.id, Report::AssetChanged(Box::new(after.clone()))).await?;
            }
        }
        self.overlay.assets.insert(after.id, Loaded { value: after, head });
        self.announce(Topic::Site);
        Ok(true)
    }

    async fn asset(&self, id: AssetId) -> Result<Option<Loaded<Asset>>, Fault> {
        match self.overlay.assets.get(&id) {
            Some(loaded) => Ok(Some(loaded.clone())),
            None => self.core.store.asset(id).await,
        }
    }

    pub(crate) async fn link_asset(&mut self, by: By, ticket: TicketId, id: AssetId) -> Result<Outcome, DeskError> {
        let asset = self.asset(id).await?.ok_or_else(|| Refusal::missing("asset"))?.value;
        self.ticket_wish(by, ticket, Command::Stakes(stakes::Command::Link(Box::new(asset)))).await
    }

    /// Works out what becomes late for whoever is asked, as it stands now, and asks them.
    pub(crate) async fn ask_to_drop(
        &mut self,
        by: By,
        ticket: TicketId,
        (to, minutes, reason): (AgentId, u32, &str),
    ) -> Result<Outcome, DeskError> {
        let theirs = self.work_of(to).await?;
        let late = drop_everything::becomes_late(theirs.values(), to, ticket, self.now, minutes);
        let ask = drop_everything::Command::Ask { to, minutes, reason: reason.to_owned(), late };
        self.announce(Topic::Seat(to));
        self.ticket_wish(by, ticket, Command::DropEverything(ask)).await
    }

    /// The tickets somebody has, and those on which they have promised something.
    async fn work_of(&self, agent: AgentId) -> Result<BTreeMap<TicketId, Ticket>, Fault> {
        let mine = self.core.store.list(&View::Mine(agent), None, LOOKED_AT).await?;
        let mut work: BTreeMap<TicketId, Ticket> = mine.rows.into_iter().map(|r| (r.ticket.id, r.ticket)).collect();
        for promise in self.core.store.ledger(Ledger::OpenOf(agent), LOOKED_AT).await? {
            if !work.contains_key(&promise.ticket)
                && let Some(ticket) = self.ticket(promise.ticket).await?
            {
                work.insert(promise.ticket, ticket.value);
            }
        }
        Ok(work)
    }

    /// Tickets that were just opened or written to, and those whose customer's rank or house is another now.
    pub(crate) async fn weigh(&mut self) -> Result<(), DeskError> {
        while let Some(id) = self.to_weigh.pop() {
            let Some(ticket) = self.ticket(id).await? else { continue };
            let customer = ticket.value.customer;
            let mut addresses: Vec<String> = self.core.store.customer_addresses(customer).await?.into_iter().collect();
            let met = self.overlay.addresses.iter().filter(|(_, of)| **of == customer);
            addresses.extend(met.map(|(address, _)| address.clone()));
            let known = match self.customers.get(&customer) {
                Some(loaded) => Some(loaded.clone()),
                None => self.core.store.customer(customer).await?,
            };
            let organisation = known.and_then(|c| c.value.organisation?.open().cloned()).unwrap_or_default();
            self.news(id, Report::CustomerKnown(stakes::Customer { addresses, organisation })).await?;
        }
        Ok(())
    }
}
