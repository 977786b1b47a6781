//! Identifiers: 63 bits, positive, ordered by the time they were made.
//!
//! Layout, high to low: 41 bits of milliseconds since 2020-01-01 UTC, 10 bits of node, 12 bits of sequence within the
//! millisecond. Made at the edge by a [`Minter`], so that a request sent twice carries the same identifier.

use std::fmt;

use serde::{Deserialize, Serialize};

/// 2020-01-01T00:00:00Z in Unix milliseconds.
const EPOCH_MS: i64 = 1_577_836_800_000;
const NODE_BITS: u32 = 10;
const SEQUENCE_BITS: u32 = 12;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
        impl std::str::FromStr for $name {
            type Err = std::num::ParseIntError;
            fn from_str(s: &str) -> Result<Self, Self::Err> {
                s.parse().map($name)
            }
        }
        impl From<i64> for $name {
            fn from(raw: i64) -> Self {
                $name(raw)
            }
        }
    )*};
}

ids! {
    TicketId
    /// Something the customer sees: what they wrote, or what we wrote to them.
    MessageId
    /// Something only insiders see.
    NoteId
    /// A word given to a customer.
    PromiseId
    /// An entry of a ticket's record: a step, a question, a field.
    RecordId
    /// Equipment of a customer.
    AssetId
    /// An attempt to reach somebody, written down by hand.
    AttemptId
    /// Something worth saying well, kept to be said again.
    PhraseId
    /// The first steps for a kind of problem.
    RunbookId
    /// Something worth knowing, written down once.
    ArticleId
    /// Something in an agent's calendar.
    EntryId
    /// An entry of the directory of referrals.
    PointerId
    /// An entry of the service catalogue.
    RequestId
    CustomerId
    AgentId
    QueueId
    MailboxId
    /// One contact by phone, with all its lines.
    CallId
    /// One conversation on our page.
    ChatId
}

/// When an identifier was made, in Unix milliseconds.
pub fn made_at(id: i64) -> i64 {
    (id >> (NODE_BITS + SEQUENCE_BITS)) + EPOCH_MS
}

/// Makes identifiers. One per process; `node` keeps processes that share a database apart.
#[derive(Debug)]
pub struct Minter {
    node: i64,
    last_ms: i64,
    sequence: i64,
}

impl Minter {
    /// `node` is taken modulo 1024.
    pub fn new(node: u16) -> Self {
        Minter { node: i64::from(node) % (1 << NODE_BITS), last_ms: 0, sequence: 0 }
    }

    /// Only identifiers after `highest` from now on: a restart within the same millisecond, or with a clock that was
    /// set back, must not make one again.
    pub fn start_after(&mut self, highest: i64) {
        let ms = highest >> (NODE_BITS + SEQUENCE_BITS);
        if ms >= self.last_ms {
            self.last_ms = ms + 1;
            self.sequence = 0;
        }
    }

    /// The next identifier. Never goes back, even when the clock does.
    pub fn mint<T: From<i64>>(&mut self, now: jiff::Timestamp) -> T {
        let ms = (now.as_millisecond() - EPOCH_MS).max(0);
        if ms > self.last_ms {
            self.last_ms = ms;
            self.sequence = 0;
        } else {
            self.sequence += 1;
            if self.sequence >> SEQUENCE_BITS != 0 {
                self.last_ms += 1;
                self.sequence = 0;
            }
        }
        T::from((self.last_ms << (NODE_BITS + SEQUENCE_BITS)) | (self.node << SEQUENCE_BITS) | self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restart_in_the_same_millisecond_makes_no_id_again() {
        let now = jiff::Timestamp::from_millisecond(1_700_000_000_000).unwrap();
        let TicketId(last) = Minter::new(3).mint(now);
        let mut again = Minter::new(3);
        again.start_after(last);
        let TicketId(next) = again.mint(now);
        assert!(next > last);
    }

    #[test]
    fn ids_rise_even_when_the_clock_goes_back_or_stands() {
        let mut minter = Minter::new(3);
        let mut last = 0;
        for ms in [1_700_000_000_000, 1_700_000_000_000, 1_600_000_000_000, 1_700_000_000_001] {
            for _ in 0..5000 {
                let TicketId(id) = minter.mint(jiff::Timestamp::from_millisecond(ms).unwrap());
                assert!(id > last);
                last = id;
            }
        }
    }
}
