//! Browsers that chat, and the lines of one chat.

use jiff::{SignedDuration, Timestamp};
use warmline_domain::{ChatId, TicketId};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::views::{MessageRow, ints, message_of};

/// Whoever does not come back in this time begins anew.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// What a browser holds leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChatVisitor {
    pub chat: ChatId,
    pub ticket: TicketId,
    /// When this chat began.
    pub began: Timestamp,
}

impl Batch {
    /// `secret` is the digest of what the browser holds.
    pub fn chat_visitor(&mut self, secret: &[u8], visitor: &ChatVisitor) {
        let ChatVisitor { chat, ticket, began } = visitor;
        self.write(
            "INSERT INTO chat_visitor (site, secret, chat, ticket, began) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (site, secret) DO UPDATE
                SET chat = excluded.chat, ticket = excluded.ticket, began = excluded.began",
            vec![self.site.into(), secret.into(), chat.0.into(), ticket.0.into(), (*began).into()],
        );
        self.write(
            "DELETE FROM chat_visitor WHERE site = $1 AND began < $2",
            vec![self.site.into(), (*began - KEPT).into()],
        );
    }
}

impl Store {
    pub async fn chat_visitor(&self, secret: &[u8]) -> Result<Option<ChatVisitor>, Fault> {
        let sql = "SELECT chat, ticket, began FROM chat_visitor WHERE site = $1 AND secret = $2";
        let row = self.one(sql, vec![self.site.into(), secret.into()]).await?;
        Ok(row.map(|row| ChatVisitor { chat: ChatId(row.int(0)), ticket: TicketId(row.int(1)), began: row.time(2) }))
    }

    /// What both sides wrote in a chat, oldest first: nothing else of its ticket.
    pub async fn chat_lines(&self, visitor: &ChatVisitor, limit: usize) -> Result<Vec<MessageRow>, Fault> {
        let rows = self
            .query(
                "SELECT id, at, actor, kind, note_on_arrival, delivery, why, content, inbound FROM message
                 WHERE site = $1 AND ticket = $2 AND at >= $3 AND note_on_arrival = 'chat'
                   AND kind IN ('received', 'answer')
                 ORDER BY at DESC, id DESC LIMIT $4",
                ints(&[self.site, visitor.ticket.0, visitor.began.as_millisecond(), limit as i64]),
            )
            .await?;
        rows.into_iter().rev().map(message_of).collect()
    }
}
