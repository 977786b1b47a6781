//! Messages of ours on their way, and where they stand.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Kind, Stage};

/// A message of ours on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    pub delivery: Delivery,
    pub send_at: Timestamp,
    /// The author chose the time; a customer who writes first stops it.
    pub scheduled: bool,
    /// Tries so far.
    pub tries: u32,
    pub kind: Kind,
    /// Where the ticket stood before, should the message be taken back.
    pub before: Standing,
}

/// Who is to move, since when, and until when it rests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub stage: Stage,
    pub since: Timestamp,
    pub close_at: Option<Timestamp>,
    pub wake_at: Option<Timestamp>,
}

/// What became of a message of ours. `Queued` and `Deferred` are tried again; `Bounced` and `Failed` mean that the
/// customer has not heard from us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    Queued,
    Deferred,
    Sent,
    Delivered,
    Bounced,
    Failed,
    Withdrawn,
}

impl Delivery {
    pub const ALL: [Delivery; 7] = [
        Delivery::Queued,
        Delivery::Deferred,
        Delivery::Sent,
        Delivery::Delivered,
        Delivery::Bounced,
        Delivery::Failed,
        Delivery::Withdrawn,
    ];
    pub fn word(self) -> &'static str {
        match self {
            Delivery::Queued => "queued",
            Delivery::Deferred => "deferred",
            Delivery::Sent => "sent",
            Delivery::Delivered => "delivered",
            Delivery::Bounced => "bounced",
            Delivery::Failed => "failed",
            Delivery::Withdrawn => "withdrawn",
        }
    }
    pub fn not_heard(self) -> bool {
        matches!(self, Delivery::Bounced | Delivery::Failed)
    }
}
