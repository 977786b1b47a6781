//! What is at stake on a ticket beside its reach: the asset it is about, and whether the customer's rank counts.
//!
//! At most one asset. What the list needs of it is kept on the ticket, so that a place never depends on another row; when
//! the register changes, its open tickets are told. Rank counts for nothing unless the policy says so; then a customer it
//! names is one notch more urgent.

use serde::{Deserialize, Serialize};

use super::Ticket;
use crate::asset::Asset;
pub use crate::asset::Criticality;
use crate::customer::normal_address;
use crate::site::Site;
use crate::{AssetId, Refusal};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Stakes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asset: Option<AtStake>,
    /// The policy lets this customer's rank count.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ranked: bool,
    /// The customer's plan, where plans have targets of their own; empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub plan: String,
}

/// An asset as its ticket knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtStake {
    pub id: AssetId,
    pub name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    pub criticality: Criticality,
}

#[derive(Clone, Debug)]
pub enum Command {
    /// The asset as it stands in the register.
    Link(Box<Asset>),
    Unlink,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    AssetLinked(AtStake),
    AssetUnlinked,
    /// Whether the rank of its customer counts from here on.
    RankCounts {
        counts: bool,
    },
    /// The plan its targets go by from here on.
    PlanCounts {
        plan: String,
    },
}

/// Who the customer is, for the policy's list.
#[derive(Clone, Debug, Default)]
pub struct Customer {
    pub addresses: Vec<String>,
    pub organisation: String,
}

impl Stakes {
    pub(crate) fn is_usual(&self) -> bool {
        *self == Stakes::default()
    }
    pub fn criticality(&self) -> Criticality {
        self.asset.as_ref().map_or(Criticality::Ordinary, |a| a.criticality)
    }
}

impl AtStake {
    pub fn of(asset: &Asset) -> AtStake {
        AtStake { id: asset.id, name: asset.name.clone(), place: asset.place.clone(), criticality: asset.criticality }
    }
    pub fn named(&self) -> String {
        if self.place.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, self.place) }
    }
}

pub(super) fn decide(ticket: &Ticket, command: Command) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Link(asset) if asset.retired => Err(Refusal::state(
            format!("{} is out of use.", asset.name),
            "Choose the asset that took its place, or put it back into use in the register.",
        )),
        Command::Link(asset) => Ok(linked(ticket, &asset)),
        Command::Unlink => Ok(ticket.stakes.asset.iter().map(|_| Event::AssetUnlinked).collect()),
    }
}

fn linked(ticket: &Ticket, asset: &Asset) -> Vec<Event> {
    let now = AtStake::of(asset);
    if ticket.stakes.asset.as_ref() == Some(&now) { vec![] } else { vec![Event::AssetLinked(now)] }
}

/// The register says something new of the asset this ticket is about.
pub(super) fn asset_changed(ticket: &Ticket, asset: &Asset) -> Vec<Event> {
    let about = ticket.stakes.asset.as_ref().is_some_and(|a| a.id == asset.id);
    if about { linked(ticket, asset) } else { vec![] }
}

pub(super) fn customer_known(ticket: &Ticket, site: &Site, customer: &Customer) -> Vec<Event> {
    let policy = &site.policy.priority;
    let named = |name: &String| {
        let name = normal_address(name);
        let organisation = normal_address(&customer.organisation);
        customer.addresses.iter().any(|a| normal_address(a) == name) || !name.is_empty() && name == organisation
    };
    let counts = policy.rank_counts && policy.ranked.iter().any(named);
    let rank = (counts != ticket.stakes.ranked).then_some(Event::RankCounts { counts });
    let plan = site.catalogue.plan_of(&customer.organisation).filter(|_| site.plans_have_targets()).unwrap_or_default();
    let other = (plan != ticket.stakes.plan).then(|| Event::PlanCounts { plan: plan.to_owned() });
    rank.into_iter().chain(other).collect()
}

pub(super) fn evolve(ticket: &mut Ticket, event: &Event) {
    match event {
        Event::AssetLinked(asset) => ticket.stakes.asset = Some(asset.clone()),
        Event::AssetUnlinked => ticket.stakes.asset = None,
        Event::RankCounts { counts } => ticket.stakes.ranked = *counts,
        Event::PlanCounts { plan } => ticket.stakes.plan.clone_from(plan),
    }
}
