//! Promises as rows: the ledger, what stands beside a ticket, and how many were kept.

use jiff::Timestamp;
use warmline_domain::ticket::{Event, PromiseStanding};
use warmline_domain::{AgentId, PromiseId, TicketId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::value::{Row, Value};

#[derive(Clone, Debug)]
pub struct PromiseRow {
    pub id: PromiseId,
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub owner: AgentId,
    pub what: String,
    pub made_at: Timestamp,
    pub first_due: Timestamp,
    pub due: Timestamp,
    /// made, at_risk, alerted, broken; kept, let_go.
    pub standing: String,
    pub moves: i64,
    /// Its time passed once before it was settled.
    pub broken: bool,
    pub settled_at: Option<Timestamp>,
}

/// How promises of a time ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PromiseCounts {
    /// In time, at the first date.
    pub kept: i64,
    /// In time, at a date the customer was told of.
    pub moved: i64,
    /// After their time.
    pub late: i64,
    pub let_go: i64,
}

/// Which promises of the ledger.
#[derive(Clone, Copy, Debug)]
pub enum Ledger {
    Open,
    OpenOf(AgentId),
    Settled,
}

fn word(standing: PromiseStanding) -> &'static str {
    match standing {
        PromiseStanding::Made => "made",
        PromiseStanding::AtRisk => "at_risk",
        PromiseStanding::Alerted => "alerted",
        PromiseStanding::Broken => "broken",
    }
}

impl Batch {
    pub(crate) fn promise_event(&mut self, ticket: TicketId, at: Timestamp, event: &Event) {
        let site = self.site;
        let settle = |batch: &mut Batch, promise: &PromiseId, standing: &str| {
            batch.write(
                "UPDATE promise SET standing = $1, settled_at = $2 WHERE site = $3 AND id = $4",
                vec![standing.into(), at.into(), site.into(), promise.0.into()],
            );
        };
        match event {
            Event::PromiseMade { promise, what, owner, due, .. } => self.write(
                "INSERT INTO promise (site, id, ticket, owner, what, made_at, first_due, due, standing, moves, broken, settled_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'made', 0, 0, 0)",
                vec![
                    site.into(),
                    promise.0.into(),
                    ticket.0.into(),
                    owner.0.into(),
                    what.open().cloned().unwrap_or_default().into(),
                    at.into(),
                    (*due).into(),
                    (*due).into(),
                ],
            ),
            Event::PromiseMoved { promise, due, .. } => self.write(
                "UPDATE promise SET due = $1, standing = 'made', moves = moves + 1 WHERE site = $2 AND id = $3",
                vec![(*due).into(), site.into(), promise.0.into()],
            ),
            Event::PromiseHandedOver { promise, to } => self.write(
                "UPDATE promise SET owner = $1 WHERE site = $2 AND id = $3",
                vec![to.0.into(), site.into(), promise.0.into()],
            ),
            Event::PromiseAtRisk { promise, standing } => self.write(
                "UPDATE promise SET standing = $1 WHERE site = $2 AND id = $3",
                vec![word(*standing).into(), site.into(), promise.0.into()],
            ),
            Event::PromiseBroken { promise } => self.write(
                "UPDATE promise SET standing = 'broken', broken = 1 WHERE site = $1 AND id = $2",
                vec![site.into(), promise.0.into()],
            ),
            Event::PromiseKept { promise } => settle(self, promise, "kept"),
            Event::PromiseLetGo { promise, .. } => settle(self, promise, "let_go"),
            _ => {}
        }
    }
}

/// A statement over promises with their tickets, read by [`row_of`].
macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.ticket, t.number, t.subject, p.owner, p.what, p.made_at, p.first_due, p.due, p.standing, ",
            "p.moves, p.broken, p.settled_at FROM promise p JOIN ticket t ON t.site = p.site AND t.id = p.ticket ",
            $rest
        )
    };
}

impl Store {
    /// Open ones first, by their time.
    pub async fn promises_of(&self, ticket: TicketId) -> Result<Vec<PromiseRow>, Fault> {
        let sql = rows!("WHERE p.site = $1 AND p.ticket = $2 ORDER BY p.settled_at > 0, p.due, p.id");
        Ok(self.query(sql, vec![self.site.into(), ticket.0.into()]).await?.into_iter().map(row_of).collect())
    }

    pub async fn ledger(&self, ledger: Ledger, limit: usize) -> Result<Vec<PromiseRow>, Fault> {
        let limit = Value::from(limit as i64);
        let rows = match ledger {
            Ledger::Open => {
                let sql = rows!("WHERE p.site = $1 AND p.settled_at = 0 ORDER BY p.due, p.id LIMIT $2");
                self.query(sql, vec![self.site.into(), limit]).await?
            }
            Ledger::OpenOf(agent) => {
                let sql =
                    rows!("WHERE p.site = $1 AND p.settled_at = 0 AND p.owner = $2 ORDER BY p.due, p.id LIMIT $3");
                self.query(sql, vec![self.site.into(), agent.0.into(), limit]).await?
            }
            Ledger::Settled => {
                let sql = rows!("WHERE p.site = $1 AND p.settled_at > 0 ORDER BY p.settled_at DESC LIMIT $2");
                self.query(sql, vec![self.site.into(), limit]).await?
            }
        };
        Ok(rows.into_iter().map(row_of).collect())
    }

    /// How the promises settled from `since` on ended.
    pub async fn promise_counts(&self, since: Timestamp) -> Result<PromiseCounts, Fault> {
        let rows = self
            .query(
                "SELECT standing, broken, moves > 0, count(*) FROM promise
                 WHERE site = $1 AND settled_at > 0 AND settled_at >= $2 GROUP BY 1, 2, 3",
                vec![self.site.into(), since.into()],
            )
            .await?;
        let mut counts = PromiseCounts::default();
        for mut row in rows {
            let count = row.int(3);
            let of = match (row.text(0).as_str(), row.int(1) == 1, row.int(2) == 1) {
                ("let_go", ..) => &mut counts.let_go,
                (_, true, _) => &mut counts.late,
                (_, false, true) => &mut counts.moved,
                (_, false, false) => &mut counts.kept,
            };
            *of += count;
        }
        Ok(counts)
    }
}

fn row_of(mut row: Row) -> PromiseRow {
    let settled = row.int(12);
    PromiseRow {
        id: PromiseId(row.int(0)),
        ticket: TicketId(row.int(1)),
        number: TicketNumber(row.int(2) as u64),
        subject: row.text(3),
        owner: AgentId(row.int(4)),
        what: row.text(5),
        made_at: row.time(6),
        first_due: row.time(7),
        due: row.time(8),
        standing: row.text(9),
        moves: row.int(10),
        broken: row.int(11) == 1,
        settled_at: (settled > 0).then(|| row.time(12)),
    }
}
