//! The journal: what happened, in streams, each chained by hash.
//!
//! One stream per aggregate. An entry's hash is SHA-256 over the hash before it and its own fields, so a change behind
//! the product's back shows. Personal text is in the entry only as a digest ([`crate::Sealed`]).

use std::fmt;

use jiff::Timestamp;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::By;

/// Which aggregate a stream tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Agents, queues, mailboxes, policy.
    Site,
    Floor,
    Customer(i64),
    Ticket(i64),
    /// A phrase of the house.
    Phrase(i64),
    /// A runbook of the house.
    Runbook(i64),
    /// The calendar of an agent.
    Calendar(i64),
    Asset(i64),
    /// An article of the house.
    Article(i64),
}

impl Stream {
    /// Kind and identifier as stored; the kind keeps streams of different aggregates apart.
    pub fn key(self) -> (i64, i64) {
        match self {
            Stream::Site => (1, 0),
            Stream::Floor => (2, 0),
            Stream::Customer(id) => (3, id),
            Stream::Ticket(id) => (4, id),
            Stream::Phrase(id) => (5, id),
            Stream::Runbook(id) => (10, id),
            Stream::Calendar(id) => (16, id),
            Stream::Asset(id) => (20, id),
            Stream::Article(id) => (25, id),
        }
    }
    pub fn from_key(kind: i64, id: i64) -> Option<Self> {
        match kind {
            1 => Some(Stream::Site),
            2 => Some(Stream::Floor),
            3 => Some(Stream::Customer(id)),
            4 => Some(Stream::Ticket(id)),
            5 => Some(Stream::Phrase(id)),
            10 => Some(Stream::Runbook(id)),
            16 => Some(Stream::Calendar(id)),
            20 => Some(Stream::Asset(id)),
            25 => Some(Stream::Article(id)),
            _ => None,
        }
    }
}

impl fmt::Display for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stream::Site => f.write_str("site"),
            Stream::Floor => f.write_str("floor"),
            Stream::Customer(id) => write!(f, "customer {id}"),
            Stream::Ticket(id) => write!(f, "ticket {id}"),
            Stream::Phrase(id) => write!(f, "phrase {id}"),
            Stream::Runbook(id) => write!(f, "runbook {id}"),
            Stream::Calendar(id) => write!(f, "calendar of {id}"),
            Stream::Asset(id) => write!(f, "asset {id}"),
            Stream::Article(id) => write!(f, "article {id}"),
        }
    }
}

/// Where a stream stands: how many entries, and the hash of the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    pub seq: i64,
    pub hash: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub stream: Stream,
    /// From 1, without gaps.
    pub seq: i64,
    pub at: Timestamp,
    pub by: By,
    /// The policy version this was decided under.
    pub policy: i64,
    /// The event as JSON, texts as digests.
    pub body: String,
    pub hash: [u8; 32],
}

impl Entry {
    /// The next entry of a stream after `head`.
    pub fn after(head: Head, stream: Stream, at: Timestamp, by: By, policy: i64, event: &impl Serialize) -> Entry {
        let body = serde_json::to_string(event).expect("events are plain values");
        let mut entry = Entry { stream, seq: head.seq + 1, at, by, policy, body, hash: [0; 32] };
        entry.hash = entry.chained(&head.hash);
        entry
    }

    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: self.hash }
    }

    /// Whether this entry follows `before` and says what it said when it was written.
    pub fn follows(&self, before: Head) -> bool {
        self.seq == before.seq + 1 && self.hash == self.chained(&before.hash)
    }

    fn chained(&self, before: &[u8; 32]) -> [u8; 32] {
        let (kind, id) = self.stream.key();
        let by = serde_json::to_string(&self.by).expect("plain");
        let mut hash = Sha256::new();
        hash.update(before);
        for number in [kind, id, self.seq, self.at.as_millisecond(), self.policy] {
            hash.update(number.to_be_bytes());
        }
        for text in [by.as_str(), self.body.as_str()] {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.finalize().into()
    }
}

/// Where streams stood at a moment: those that moved since the checkpoint before it, whose digest it carries on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// From 1, without gaps.
    pub number: i64,
    pub at: Timestamp,
    /// Digest of the one before; zeros for the first.
    pub before: [u8; 32],
    pub heads: Vec<(Stream, Head)>,
}

impl Checkpoint {
    /// SHA-256 over all of it: this is signed.
    pub fn digest(&self) -> [u8; 32] {
        let mut heads: Vec<_> = self.heads.iter().map(|(stream, head)| (stream.key(), head.seq, head.hash)).collect();
        heads.sort_unstable();
        let mut hash = Sha256::new();
        hash.update(self.before);
        for number in [self.number, self.at.as_millisecond(), heads.len() as i64] {
            hash.update(number.to_be_bytes());
        }
        for ((kind, id), seq, head) in heads {
            for number in [kind, id, seq] {
                hash.update(number.to_be_bytes());
            }
            hash.update(head);
        }
        hash.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_field_breaks_the_chain() {
        let at = Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let first = Entry::after(Head::default(), Stream::Ticket(7), at, By::Desk, 1, &"opened");
        let second = Entry::after(first.head(), Stream::Ticket(7), at, By::Desk, 1, &"solved");
        assert!(first.follows(Head::default()) && second.follows(first.head()));
        let broken = [
            Entry { body: "\"reopened\"".into(), ..second.clone() },
            Entry { by: By::Console, ..second.clone() },
            Entry { policy: 2, ..second.clone() },
            Entry { stream: Stream::Ticket(8), ..second.clone() },
            Entry { at: at + jiff::Span::new().milliseconds(1), ..second.clone() },
        ];
        for entry in broken {
            assert!(!entry.follows(first.head()));
        }
        assert!(!second.follows(Head::default()));
    }
}
