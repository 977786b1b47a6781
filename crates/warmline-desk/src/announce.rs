//! Telling everybody who looks that something changed. Only *what* changed is told; whoever may see it looks again
//! through the ordinary page with the ordinary permissions.
//!
//! Announcements carry a sequence number. A reader that lost its connection says where it was and gets what it missed,
//! or, when that is too long ago or from before a restart, is told to look at everything again.

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex};

use tokio::sync::broadcast;
use warmline_domain::{AgentId, ChatId, CustomerId, TicketId};

/// Announcements kept for readers that come back: minutes of a busy desk.
const KEPT: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    Ticket(TicketId),
    Customer(CustomerId),
    List,
    Floor,
    /// What concerns one agent: their call, their breaks.
    Seat(AgentId),
    /// A chat: what its customer's page shows.
    Chat(ChatId),
    /// Somebody is writing in a chat; nothing was said yet.
    AgentTypes(ChatId),
    CustomerTypes(ChatId),
    Site,
    Mail,
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Topic::Ticket(id) => write!(f, "ticket:{id}"),
            Topic::Customer(id) => write!(f, "customer:{id}"),
            Topic::List => f.write_str("list"),
            Topic::Floor => f.write_str("floor"),
            Topic::Seat(id) => write!(f, "seat:{id}"),
            Topic::Chat(id) => write!(f, "chat:{id}"),
            Topic::AgentTypes(id) => write!(f, "answering:{id}"),
            Topic::CustomerTypes(id) => write!(f, "typing:{id}"),
            Topic::Site => f.write_str("site"),
            Topic::Mail => f.write_str("mail"),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Announcement {
    pub sequence: u64,
    pub topics: Arc<BTreeSet<Topic>>,
}

#[derive(Clone)]
pub struct Announcer {
    inner: Arc<Mutex<Kept>>,
    sender: broadcast::Sender<Announcement>,
    /// Tells announcements of this run from those before a restart.
    pub run: u64,
}

#[derive(Default)]
struct Kept {
    last: u64,
    recent: VecDeque<Announcement>,
}

impl Default for Announcer {
    fn default() -> Self {
        let mut run = [0; 8];
        getrandom::fill(&mut run).expect("the operating system gives random bytes");
        Announcer { inner: Arc::default(), sender: broadcast::Sender::new(256), run: u64::from_le_bytes(run) >> 12 }
    }
}

impl Announcer {
    pub fn announce(&self, topics: BTreeSet<Topic>) {
        if topics.is_empty() {
            return;
        }
        let Ok(mut kept) = self.inner.lock() else { return };
        kept.last += 1;
        let announcement = Announcement { sequence: kept.last, topics: Arc::new(topics) };
        kept.recent.push_back(announcement.clone());
        if kept.recent.len() > KEPT {
            kept.recent.pop_front();
        }
        // With nobody looking there is nobody to tell.
        let _ = self.sender.send(announcement);
    }

    pub fn listen(&self) -> broadcast::Receiver<Announcement> {
        self.sender.subscribe()
    }

    pub fn last(&self) -> u64 {
        self.inner.lock().map_or(0, |kept| kept.last)
    }

    /// What came after `sequence`; `None` when that can no longer be told.
    pub fn since(&self, sequence: u64) -> Option<Vec<Announcement>> {
        let kept = self.inner.lock().ok()?;
        let oldest = kept.recent.front().map_or(kept.last + 1, |a| a.sequence);
        (sequence <= kept.last && sequence + 1 >= oldest)
            .then(|| kept.recent.iter().filter(|a| a.sequence > sequence).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_comes_back_gets_what_it_missed_or_is_told_to_look_again() {
        let announcer = Announcer::default();
        for i in 0..KEPT as i64 + 10 {
            announcer.announce(BTreeSet::from([Topic::Ticket(TicketId(i))]));
        }
        let last = announcer.last();
        assert_eq!(announcer.since(last).map(|m| m.len()), Some(0));
        assert_eq!(announcer.since(last - 3).map(|m| m.len()), Some(3));
        assert_eq!(announcer.since(2).map(|m| m.len()), None);
        assert_eq!(announcer.since(last + 1).map(|m| m.len()), None);
    }
}
