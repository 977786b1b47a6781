//! A refusal: the product does not do it, says why in plain words, and names the way that is open.

use serde::{Deserialize, Serialize};

/// What kind of refusal, for the page that shows it. The sentence is for the person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Something new came in since the author last looked.
    Stale,
    /// The text, address or number given cannot be used as it is.
    Input,
    /// What is written must not go out as it is.
    Words,
    /// The state it is in does not allow it.
    State,
    /// The person may not do this.
    Permission,
    /// It does not exist (any more).
    Missing,
    /// It would need a reason; with one it can be done.
    NeedsReason,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why} {way}")]
pub struct Refusal {
    pub kind: Kind,
    /// What does not happen and why.
    pub why: String,
    /// What the person can do instead.
    pub way: String,
}

impl Refusal {
    pub fn new(kind: Kind, why: impl Into<String>, way: impl Into<String>) -> Self {
        Refusal { kind, why: why.into(), way: way.into() }
    }
    pub fn input(why: impl Into<String>, way: impl Into<String>) -> Self {
        Self::new(Kind::Input, why, way)
    }
    pub fn state(why: impl Into<String>, way: impl Into<String>) -> Self {
        Self::new(Kind::State, why, way)
    }
    pub fn missing(what: &str) -> Self {
        Self::new(Kind::Missing, format!("There is no such {what}."), "Check the number, or look it up in the search.")
    }
}
