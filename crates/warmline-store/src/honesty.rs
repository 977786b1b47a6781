//! What answers stand on, beside them: the message's own row knows nothing of it.

use warmline_domain::TicketId;
use warmline_domain::ticket::honesty::{Event, Ground};
use warmline_domain::{MessageId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::load::parse;
use crate::value::Row;

/// Answers elsewhere that stand on the same thing, or say the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SameElsewhere {
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub message: MessageId,
}

/// Others that are offered for one corrected answer.
const ELSEWHERE: i64 = 20;

impl Batch {
    pub(crate) fn honesty_event(&mut self, ticket: TicketId, event: &Event) {
        let Event::StandsOn { message, grounds, .. } = event else { return };
        let Some(open) = grounds.open() else { return };
        let content = serde_json::to_string(open).expect("grounds are plain values");
        self.write(
            "INSERT INTO message_ground (site, message, ticket, content) VALUES ($1, $2, $3, $4)",
            vec![self.site.into(), message.0.into(), ticket.0.into(), content.into()],
        );
        for reference in open.iter().filter_map(Ground::reference) {
            self.write(
                "INSERT INTO ground_ref (site, ref, ticket, message) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                vec![self.site.into(), reference.into(), ticket.0.into(), message.0.into()],
            );
        }
    }
}

impl Store {
    /// What the answers of a ticket stand on.
    pub async fn grounds(&self, ticket: TicketId) -> Result<Vec<(MessageId, Vec<Ground>)>, Fault> {
        let rows = self
            .query(
                "SELECT g.message, g.content FROM message_ground g JOIN message m ON m.site = g.site AND m.id = g.message
                 WHERE m.site = $1 AND m.ticket = $2",
                vec![self.site.into(), ticket.0.into()],
            )
            .await?;
        let read = |mut row: Row| Ok((MessageId(row.int(0)), parse("ground", &row.text(1))?));
        rows.into_iter().map(read).collect()
    }

    pub(crate) async fn ground_json(&self, message: i64) -> Result<Option<String>, Fault> {
        let sql = "SELECT content FROM message_ground WHERE site = $1 AND message = $2";
        Ok(self.one(sql, vec![self.site.into(), message.into()]).await?.map(|mut row| row.text(0)))
    }

    /// Answers on other tickets that stand on one of these, newest first.
    pub async fn answers_on(&self, grounds: &[Ground], but: TicketId) -> Result<Vec<SameElsewhere>, Fault> {
        let mut found: Vec<SameElsewhere> = vec![];
        for reference in grounds.iter().filter_map(Ground::reference) {
            let rows = self
                .query(
                    "SELECT t.id, t.number, t.subject, g.message FROM ground_ref g
                     JOIN message m ON m.site = g.site AND m.id = g.message
                     JOIN ticket t ON t.site = m.site AND t.id = m.ticket
                     WHERE g.site = $1 AND g.ref = $2 AND t.id <> $3 AND m.delivery <> 'withdrawn'
                     ORDER BY g.message DESC LIMIT $4",
                    vec![self.site.into(), reference.into(), but.0.into(), ELSEWHERE.into()],
                )
                .await?;
            found.extend(rows.into_iter().map(|mut row| SameElsewhere {
                ticket: TicketId(row.int(0)),
                number: TicketNumber(row.int(1) as u64),
                subject: row.text(2),
                message: MessageId(row.int(3)),
            }));
        }
        Ok(found)
    }
}
