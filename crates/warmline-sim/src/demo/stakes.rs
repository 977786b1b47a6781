//! What is at stake at the demo's customers: their equipment, the targets of the queues, and somebody who is asked to drop
//! everything.

use jiff::{SignedDuration, Timestamp};
use warmline_desk::Wish;
use warmline_domain::asset::{Asset, Criticality};
use warmline_domain::site::Command;
use warmline_domain::site::catalogue;
use warmline_domain::site::targets::{self, QueueTargets, Times};
use warmline_domain::ticket::{self, NewPromise, Target};
use warmline_domain::{AssetId, By, QueueId, TicketId};
use warmline_store::View;

use super::{INES, Past, YOU};

/// The mail domains of organisations, and their names.
const ORGANISATIONS: [(&str, &str); 5] = [
    ("brightwell.example.com", "Brightwell Printing"),
    ("kestrelfoods.example.com", "Kestrel Foods"),
    ("hallam.example.net", "Hallam Logistics"),
    ("norddental.example.org", "Nord Dental"),
    ("lumenoptics.example.org", "Lumen Optics"),
];

/// Name, kind, place, organisation, how much depends on it, and a word of the ticket about it.
const ASSETS: [(&str, &str, &str, &str, Criticality, &str); 10] = [
    ("Press line 2", "press", "Hall B", "Brightwell Printing", Criticality::Critical, "Press line 2"),
    ("Press line 1", "press", "Hall A", "Brightwell Printing", Criticality::Critical, ""),
    ("Proof printer", "printer", "Prepress", "Brightwell Printing", Criticality::Ordinary, "Proof printer"),
    ("Label printer 3", "printer", "Packing", "Kestrel Foods", Criticality::Important, "Label printer"),
    ("Cold store scanner", "scanner", "Cold store", "Kestrel Foods", Criticality::Important, "Scanner reads"),
    ("Door terminal", "terminal", "Gate 1", "Kestrel Foods", Criticality::Ordinary, "Door terminal"),
    ("Backup server", "server", "Server room", "Hallam Logistics", Criticality::Important, "Backup says"),
    ("Dispatch screen wall", "display", "Dispatch", "Hallam Logistics", Criticality::Critical, ""),
    ("X-ray viewer", "workstation", "Room 3", "Nord Dental", Criticality::Important, "X-ray viewer"),
    ("Invoice printer", "printer", "Front desk", "Nord Dental", Criticality::Ordinary, "Invoices print"),
];

impl Past {
    /// Equipment is registered and targets are set before anybody writes.
    pub(super) async fn stakes(&mut self, at: Timestamp) -> Result<(), String> {
        let by = By::Agent(YOU);
        for (name, kind, place, organisation, criticality, _) in ASSETS {
            let asset = Asset {
                id: self.minter.mint(at),
                name: name.into(),
                kind: kind.into(),
                place: place.into(),
                organisation: organisation.into(),
                criticality,
                retired: false,
            };
            self.ask(at, Wish::Asset { by, asset }).await?;
        }
        let plans = catalogue::Command::SetPlans { plans: vec!["basic".into(), "complete".into()] };
        self.ask(at, Wish::Site { by, command: Command::Catalogue(plans) }).await?;
        let hours = |target, n: u32| (target, n * 60);
        let support = QueueTargets {
            critical: [
                (Target::PickUp, 20),
                (Target::FirstAnswer, 60),
                (Target::NextAnswer, 120),
                hours(Target::Solution, 8),
            ]
            .into(),
            others: [hours(Target::FirstAnswer, 4), hours(Target::NextAnswer, 16), hours(Target::Solution, 120)].into(),
            plans: [(
                "complete".to_owned(),
                Times {
                    critical: [].into(),
                    others: [hours(Target::FirstAnswer, 2), hours(Target::Solution, 40)].into(),
                },
            )]
            .into(),
        };
        let billing = QueueTargets {
            critical: [].into(),
            others: [hours(Target::FirstAnswer, 8)].into(),
            ..QueueTargets::default()
        };
        for (queue, targets) in [(1, support), (2, billing)] {
            let command = Command::Targets(targets::Command::Set { queue: QueueId(queue), targets });
            self.ask(at, Wish::Site { by, command }).await?;
        }
        Ok(())
    }

    /// Tickets get to know their assets; Ines asks you to drop everything for the press.
    pub(super) async fn at_stake(&mut self) -> Result<(), String> {
        let now = Timestamp::now();
        let tickets = self.store.list(&View::Ours, None, 100).await.map_err(|f| f.to_string())?.rows;
        let about = |word: &str| {
            let named = tickets.iter().find(|r| r.ticket.subject.open().is_some_and(|s| s.starts_with(word)));
            named.map(|r| r.ticket.id)
        };
        for row in &tickets {
            self.organisation(row.ticket.customer).await?;
        }
        for (name, _, _, organisation, _, word) in ASSETS {
            let asset = self.store.asset_named(name, organisation).await.map_err(|f| f.to_string())?;
            if let (Some(asset), Some(ticket)) = (asset, about(word).filter(|_| !word.is_empty())) {
                let asset: AssetId = asset.value.id;
                self.ask(now, Wish::LinkAsset { by: By::Agent(INES), ticket, asset }).await?;
            }
        }
        match (about("Press line 2"), about("Label printer")) {
            (Some(press), Some(labels)) => self.press(now, press, labels).await,
            _ => Ok(()),
        }
    }

    async fn organisation(&mut self, customer: warmline_domain::CustomerId) -> Result<(), String> {
        let addresses = self.store.customer_addresses(customer).await.map_err(|f| f.to_string())?;
        let of = |domain: &str| addresses.iter().any(|a| a.ends_with(domain));
        let Some((_, name)) = ORGANISATIONS.iter().find(|(domain, _)| of(domain)) else { return Ok(()) };
        let wish = Wish::Belongs { by: By::Agent(INES), customer, organisation: (*name).into() };
        self.ask(Timestamp::now(), wish).await
    }

    async fn press(&mut self, now: Timestamp, press: TicketId, labels: TicketId) -> Result<(), String> {
        let by = By::Agent(YOU);
        let what = "I will call you about the label printer within the hour.";
        let due = now + SignedDuration::from_mins(40);
        let due = Timestamp::from_millisecond(due.as_millisecond()).unwrap_or(due);
        let promise = NewPromise::new(self.minter.mint(now), what, due);
        self.ask(now, Wish::Ticket { by, ticket: labels, command: ticket::Command::Promise(promise) }).await?;
        let reason = "Brightwell cannot print tonight’s paper, and nobody knows the ink system as you do".into();
        let wish = Wish::AskToDrop { by: By::Agent(INES), ticket: press, to: YOU, minutes: 60, reason };
        self.ask(now, wish).await
    }
}
