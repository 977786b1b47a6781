//! What is to be done by itself: messages to send, timers to fire. The `+` before `site` makes the planner go by time
//! (a million timers of solved tickets must not be walked every second).

use jiff::Timestamp;
use warmline_domain::journal::Stream;
use warmline_domain::{MessageId, TicketId};

use crate::Store;
use crate::batch::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueMessage {
    pub message: MessageId,
    pub ticket: TicketId,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueTimer {
    pub stream: Stream,
    pub at: Timestamp,
}

impl Store {
    /// Messages whose time has come, longest overdue first.
    pub async fn due_messages(&self, now: Timestamp, limit: usize) -> Result<Vec<DueMessage>, Fault> {
        let rows = self
            .query(
                "SELECT message, ticket, at FROM outbox WHERE at <= $1 AND +site = $2 ORDER BY at LIMIT $3",
                vec![now.into(), self.site.into(), (limit as i64).into()],
            )
            .await?;
        let due = |row: crate::Row| DueMessage {
            message: MessageId(row.int(0)),
            ticket: TicketId(row.int(1)),
            at: row.time(2),
        };
        Ok(rows.into_iter().map(due).collect())
    }

    /// When the next message is to leave.
    pub async fn next_message(&self) -> Result<Option<Timestamp>, Fault> {
        let row =
            self.one("SELECT at FROM outbox WHERE +site = $1 ORDER BY at LIMIT 1", vec![self.site.into()]).await?;
        Ok(row.map(|row| row.time(0)))
    }

    pub async fn due_timers(&self, now: Timestamp, limit: usize) -> Result<Vec<DueTimer>, Fault> {
        let rows = self
            .query(
                "SELECT kind, id, due_at FROM timer WHERE due_at <= $1 AND +site = $2 ORDER BY due_at LIMIT $3",
                vec![now.into(), self.site.into(), (limit as i64).into()],
            )
            .await?;
        let due = |row: crate::Row| {
            Stream::from_key(row.int(0), row.int(1)).map(|stream| DueTimer { stream, at: row.time(2) })
        };
        Ok(rows.into_iter().filter_map(due).collect())
    }

    /// Every timer and every outbox row, for the invariants of a simulated world.
    pub async fn all_timers(&self) -> Result<Vec<DueTimer>, Fault> {
        self.due_timers(Timestamp::MAX, usize::MAX >> 1).await
    }

    pub async fn all_outbox(&self) -> Result<Vec<DueMessage>, Fault> {
        self.due_messages(Timestamp::MAX, usize::MAX >> 1).await
    }

    pub async fn outbox_length(&self) -> Result<i64, Fault> {
        let row = self.one("SELECT count(*) FROM outbox WHERE site = $1", vec![self.site.into()]).await?;
        Ok(row.map_or(0, |row| row.int(0)))
    }
}
