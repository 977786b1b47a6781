//! Assets: the equipment customers work with, registered with how much depends on it.
//!
//! A register may hold tens of thousands, so each asset is an aggregate and a row of its own. Who says what is critical
//! are supervisors and administrators; agents look it up. The same asset is the same name at the same organisation.

pub mod sheet;

use serde::{Deserialize, Serialize};

use crate::limits::NAME_CHARS;
use crate::site::{Role, Site};
use crate::{AssetId, By, Refusal, refusal};

/// How much depends on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    #[default]
    Ordinary,
    Important,
    /// The business stops without it.
    Critical,
}

impl Criticality {
    pub const ALL: [Criticality; 3] = [Criticality::Ordinary, Criticality::Important, Criticality::Critical];
    pub fn word(self) -> &'static str {
        match self {
            Criticality::Ordinary => "ordinary",
            Criticality::Important => "important",
            Criticality::Critical => "critical",
        }
    }
}

impl std::str::FromStr for Criticality {
    type Err = Refusal;
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let word = text.trim().to_lowercase();
        Criticality::ALL.into_iter().find(|c| c.word() == word).ok_or_else(|| {
            Refusal::input(
                format!("“{}” does not say how much depends on it.", text.trim()),
                "Write critical, important or ordinary.",
            )
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asset {
    pub id: AssetId,
    pub name: String,
    /// A short word: press, scanner, router.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Whose it is, by its name; empty when that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub organisation: String,
    #[serde(default)]
    pub criticality: Criticality,
    /// Out of use: kept for its tickets, no longer offered.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retired: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    Registered(Asset),
    Changed(Asset),
}

/// `before` is the asset with this identifier, `twin` another one of the same name at the same organisation.
pub fn keep(
    site: &Site,
    by: By,
    before: Option<&Asset>,
    twin: Option<&Asset>,
    asset: Asset,
) -> Result<Vec<Event>, Refusal> {
    may_keep(site, by)?;
    let asset = checked(asset)?;
    if let Some(twin) = twin.filter(|t| t.id != asset.id) {
        let whose = if twin.organisation.is_empty() { "nobody in particular" } else { &twin.organisation };
        return Err(Refusal::input(
            format!("{} of {whose} is in the register already.", twin.name),
            "Change that one, or give this one a name that tells them apart.",
        ));
    }
    Ok(match before {
        None => vec![Event::Registered(asset)],
        Some(before) if *before == asset => vec![],
        Some(_) => vec![Event::Changed(asset)],
    })
}

pub fn may_keep(site: &Site, by: By) -> Result<(), Refusal> {
    if site.role(by) >= Some(Role::Supervisor) {
        return Ok(());
    }
    Err(Refusal::new(
        refusal::Kind::Permission,
        "The register of assets is kept by supervisors and administrators.",
        "Ask one of them; on a ticket you can say which asset it is about.",
    ))
}

/// An asset as it can be kept, or what is wrong with it.
fn checked(asset: Asset) -> Result<Asset, Refusal> {
    let field = |text: &str, what: &str, least: usize| {
        let tidy = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let length = tidy.chars().count();
        if length < least || length > NAME_CHARS || tidy.chars().any(char::is_control) {
            let why = format!("The {what} of an asset has {least} to {NAME_CHARS} characters.");
            return Err(Refusal::input(why, "Correct it and save again."));
        }
        Ok(tidy)
    };
    Ok(Asset {
        name: field(&asset.name, "name", 1)?,
        kind: field(&asset.kind, "kind", 0)?.to_lowercase(),
        place: field(&asset.place, "place", 0)?,
        organisation: field(&asset.organisation, "organisation", 0)?,
        ..asset
    })
}

pub fn evolve(_before: Option<Asset>, event: &Event) -> Option<Asset> {
    let (Event::Registered(asset) | Event::Changed(asset)) = event;
    Some(asset.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AgentId;
    use crate::site::Agent;

    fn site() -> Site {
        let mut site = Site::default();
        for (id, role) in [(1, Role::Supervisor), (2, Role::Agent)] {
            let id = AgentId(id);
            site.agents.insert(id, Agent::new(id, "Ada".into(), format!("{id}@example.com"), role));
        }
        site
    }
    fn press() -> Asset {
        Asset {
            id: AssetId(7),
            name: " Press  line 2 ".into(),
            kind: "Press".into(),
            place: "Hall B".into(),
            organisation: "Brightwell Printing".into(),
            criticality: Criticality::Critical,
            retired: false,
        }
    }

    #[test]
    fn the_register_is_kept_by_supervisors_and_has_no_twins() {
        let (site, ada, ben) = (site(), By::Agent(AgentId(1)), By::Agent(AgentId(2)));
        assert_eq!(keep(&site, ben, None, None, press()).unwrap_err().kind, refusal::Kind::Permission);
        let events = keep(&site, ada, None, None, press()).unwrap();
        let kept = events.iter().fold(None, evolve).unwrap();
        assert_eq!((kept.name.as_str(), kept.kind.as_str()), ("Press line 2", "press"));
        assert_eq!(keep(&site, ada, Some(&kept), None, press()).unwrap(), vec![], "the same again is nothing new");
        let twin = Asset { id: AssetId(8), ..press() };
        assert!(keep(&site, ada, None, Some(&kept), twin).unwrap_err().why.contains("in the register already"));
        assert!(keep(&site, ada, None, None, Asset { name: " ".into(), ..press() }).is_err());
    }
}
