//! Promises as rows: the ledger, what stands beside a ticket, and how many were kept.

use jiff::Timestamp;
use warmline_domain::ticket::{Event, PromiseKind, PromiseStanding};
use warmline_domain::{AgentId, PromiseId, Sealed, TicketId, TicketNumber};

use crate::Store;
use crate::batch::{Batch, Fault};
use crate::value::{Row, Value};

#[derive(Clone, Debug)]
pub struct PromiseRow {
    pub id: PromiseId,
    pub ticket: TicketId,
    pub number: TicketNumber,
    pub subject: String,
    pub customer: String,
    pub owner: AgentId,
    pub what: String,
    pub made_at: Timestamp,
    pub first_due: Timestamp,
    pub due: Timestamp,
    pub standing: Stands,
    pub kind: PromiseKind,
    pub moves: i64,
    /// Its time passed once before it was settled.
    pub broken: bool,
    pub settled_at: Option<Timestamp>,
}

/// How a promise stands, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    Open(PromiseStanding),
    Kept,
    LetGo,
    /// With the answer that made it, before that left.
    TakenBack,
}

impl Stands {
    const ALL: [Stands; 7] = [
        Stands::Open(PromiseStanding::Made),
        Stands::Open(PromiseStanding::AtRisk),
        Stands::Open(PromiseStanding::Alerted),
        Stands::Open(PromiseStanding::Broken),
        Stands::Kept,
        Stands::LetGo,
        Stands::TakenBack,
    ];

    /// As rows have it.
    fn word(self) -> &'static str {
        match self {
            Stands::Open(PromiseStanding::Made) => "made",
            Stands::Open(PromiseStanding::AtRisk) => "at_risk",
            Stands::Open(PromiseStanding::Alerted) => "alerted",
            Stands::Open(PromiseStanding::Broken) => "broken",
            Stands::Kept => "kept",
            Stands::LetGo => "let_go",
            Stands::TakenBack => "taken_back",
        }
    }

    fn read(word: &str) -> Result<Stands, Fault> {
        let known = Stands::ALL.into_iter().find(|s| s.word() == word);
        known.ok_or_else(|| {
            Fault(format!("A stored promise stands as “{word}”, which is not known. Run “warmline doctor”."))
        })
    }
}

/// An open promise of somebody: what is handed over when they are away, and what weighs on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenPromise {
    pub id: PromiseId,
    pub ticket: TicketId,
    pub due: Timestamp,
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
    /// Their time has passed and they are still to be kept, whenever that was.
    pub owed: i64,
}

/// Which promises of the ledger.
#[derive(Clone, Copy, Debug)]
pub enum Ledger {
    Open,
    OpenOf(AgentId),
    /// Open, and somebody was warned.
    AtRisk,
    /// Their time passed at least once before they were settled.
    Broken,
    Kept,
    Settled,
}

/// A statement over promises with their tickets, read by [`row_of`].
macro_rules! rows {
    ($rest:literal) => {
        concat!(
            "SELECT p.id, p.ticket, t.number, t.subject, p.owner, p.what, p.made_at, p.first_due, p.due, p.standing, ",
            "p.moves, p.broken, p.settled_at, p.kind, c.name FROM promise p ",
            "JOIN ticket t ON t.site = p.site AND t.id = p.ticket ",
            "JOIN customer c ON c.site = t.site AND c.id = t.customer ",
            $rest
        )
    };
}

impl Batch {
    pub(crate) fn promise_event(&mut self, ticket: TicketId, at: Timestamp, event: &Event) {
        let site = self.site;
        let settle = |batch: &mut Batch, promise: &PromiseId, how: Stands| {
            batch.write(
                "UPDATE promise SET standing = $1, settled_at = $2 WHERE site = $3 AND id = $4",
                vec![how.word().into(), at.into(), site.into(), promise.0.into()],
            );
        };
        match event {
            Event::PromiseMade { promise, what, owner, due, kind, .. } => self.write(
                "INSERT INTO promise (site, id, ticket, owner, what, made_at, first_due, due, kind, standing, moves, broken, settled_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'made', 0, 0, 0)",
                vec![
                    site.into(),
                    promise.0.into(),
                    ticket.0.into(),
                    owner.0.into(),
                    what.open().cloned().unwrap_or_default().into(),
                    at.into(),
                    (*due).into(),
                    (*due).into(),
                    kind_word(*kind).into(),
                ],
            ),
            Event::PromiseMoved { promise, due, .. } => self.write(
                "UPDATE promise SET due = $1, standing = 'made', moves = moves + 1 WHERE site = $2 AND id = $3",
                vec![(*due).into(), site.into(), promise.0.into()],
            ),
            Event::PromiseMovedBack { promise, dates } => self.write(
                "UPDATE promise SET due = $1, standing = 'made', moves = moves - 1 WHERE site = $2 AND id = $3",
                vec![dates.due.into(), site.into(), promise.0.into()],
            ),
            Event::PromiseHandedOver { promise, to, .. } => self.write(
                "UPDATE promise SET owner = $1 WHERE site = $2 AND id = $3",
                vec![to.0.into(), site.into(), promise.0.into()],
            ),
            Event::PromiseAtRisk { promise, standing } => self.write(
                "UPDATE promise SET standing = $1 WHERE site = $2 AND id = $3",
                vec![Stands::Open(*standing).word().into(), site.into(), promise.0.into()],
            ),
            Event::PromiseBroken { promise } => self.write(
                "UPDATE promise SET standing = 'broken', broken = 1 WHERE site = $1 AND id = $2",
                vec![site.into(), promise.0.into()],
            ),
            Event::PromiseKept { promise } => settle(self, promise, Stands::Kept),
            Event::PromiseLetGo { promise, .. } => settle(self, promise, Stands::LetGo),
            Event::PromiseTakenBack { promise } => settle(self, promise, Stands::TakenBack),
            _ => {}
        }
    }
}

fn kind_word(kind: PromiseKind) -> &'static str {
    match kind {
        PromiseKind::Word => "word",
        PromiseKind::Finish => "finish",
    }
}

impl Store {
    /// The ledger's rows against the journal: what was promised, and how it stands.
    pub(crate) async fn check_promises(
        &self,
        ticket: TicketId,
        events: &[Event],
        wrong: &mut Vec<String>,
    ) -> Result<(), Fault> {
        let mut told = std::collections::BTreeMap::new();
        for event in events {
            let (promise, standing) = match event {
                Event::PromiseMade { promise, what, .. } => {
                    told.insert(promise.0, (what.clone(), Stands::Open(PromiseStanding::Made)));
                    continue;
                }
                Event::PromiseMoved { promise, .. } | Event::PromiseMovedBack { promise, .. } => {
                    (promise, Stands::Open(PromiseStanding::Made))
                }
                Event::PromiseAtRisk { promise, standing } => (promise, Stands::Open(*standing)),
                Event::PromiseBroken { promise } => (promise, Stands::Open(PromiseStanding::Broken)),
                Event::PromiseKept { promise } => (promise, Stands::Kept),
                Event::PromiseLetGo { promise, .. } => (promise, Stands::LetGo),
                Event::PromiseTakenBack { promise } => (promise, Stands::TakenBack),
                _ => continue,
            };
            if let Some(row) = told.get_mut(&promise.0) {
                row.1 = standing;
            }
        }
        // Those that were taken back, too: their rows stay.
        let rows = self.query(rows!("WHERE p.site = $1 AND p.ticket = $2"), vec![self.site.into(), ticket.0.into()]);
        for row in rows.await?.into_iter().map(row_of).collect::<Result<Vec<_>, _>>()? {
            match told.remove(&row.id.0) {
                Some((what, _)) if what != Sealed::new(row.what) => {
                    wrong.push(format!("the text of promise {} is not what was written", row.id));
                }
                Some((_, standing)) if standing != row.standing => {
                    let (row_says, told) = (row.standing.word(), standing.word());
                    wrong.push(format!("promise {} says {row_says}, the journal says {told}", row.id));
                }
                Some(_) => {}
                None => wrong.push(format!("promise {} stands in no journal", row.id)),
            }
        }
        wrong.extend(told.keys().map(|id| format!("promise {id} is missing")));
        Ok(())
    }
}

impl Store {
    /// Open ones first, by their time. What was taken back was never promised.
    pub async fn promises_of(&self, ticket: TicketId) -> Result<Vec<PromiseRow>, Fault> {
        let sql = rows!(
            "WHERE p.site = $1 AND p.ticket = $2 AND p.standing <> 'taken_back' ORDER BY p.settled_at > 0, p.due, p.id"
        );
        self.query(sql, vec![self.site.into(), ticket.0.into()]).await?.into_iter().map(row_of).collect()
    }

    pub async fn ledger(&self, ledger: Ledger, limit: usize) -> Result<Vec<PromiseRow>, Fault> {
        let sql = match ledger {
            Ledger::Open => rows!("WHERE p.site = $1 AND p.settled_at = 0 ORDER BY p.due, p.id LIMIT $2"),
            Ledger::OpenOf(_) => {
                rows!("WHERE p.site = $1 AND p.owner = $2 AND p.settled_at = 0 ORDER BY p.due, p.id LIMIT $3")
            }
            Ledger::AtRisk => {
                rows!("WHERE p.site = $1 AND p.settled_at = 0 AND p.standing <> 'made' ORDER BY p.due, p.id LIMIT $2")
            }
            Ledger::Broken => {
                rows!("WHERE p.site = $1 AND p.broken = 1 ORDER BY p.settled_at > 0, p.due DESC, p.id LIMIT $2")
            }
            Ledger::Kept => rows!(
                "WHERE p.site = $1 AND p.settled_at > 0 AND p.standing = 'kept' ORDER BY p.settled_at DESC, p.id LIMIT $2"
            ),
            Ledger::Settled => rows!(
                "WHERE p.site = $1 AND p.settled_at > 0 AND p.standing <> 'taken_back'
                 ORDER BY p.settled_at DESC, p.id LIMIT $2"
            ),
        };
        let owner = match ledger {
            Ledger::OpenOf(agent) => Some(Value::from(agent.0)),
            _ => None,
        };
        let site = Value::from(self.site);
        let parameters = std::iter::once(site).chain(owner).chain([Value::from(limit as i64)]).collect();
        self.query(sql, parameters).await?.into_iter().map(row_of).collect()
    }

    /// How many open promises of somebody are at risk or broken: asked on each page.
    pub async fn promises_at_risk(&self, owner: AgentId) -> Result<i64, Fault> {
        let row = self
            .one(
                "SELECT count(*) FROM promise WHERE site = $1 AND owner = $2 AND settled_at = 0 AND standing <> 'made'",
                vec![self.site.into(), owner.0.into()],
            )
            .await?;
        Ok(row.map_or(0, |row| row.int(0)))
    }

    /// How many open promises of others a supervisor was warned of.
    pub async fn promises_alerted(&self, but: AgentId) -> Result<i64, Fault> {
        let row = self
            .one(
                "SELECT count(*) FROM promise
                 WHERE site = $1 AND owner <> $2 AND settled_at = 0 AND standing IN ('alerted', 'broken')",
                vec![self.site.into(), but.0.into()],
            )
            .await?;
        Ok(row.map_or(0, |row| row.int(0)))
    }

    /// Open promises of somebody that are due before `until`, by their time.
    pub async fn open_promises(
        &self,
        owner: AgentId,
        until: Timestamp,
        limit: usize,
    ) -> Result<Vec<OpenPromise>, Fault> {
        let rows = self
            .query(
                "SELECT id, ticket, due FROM promise WHERE site = $1 AND owner = $2 AND settled_at = 0 AND due < $3
                 ORDER BY due, id LIMIT $4",
                vec![self.site.into(), owner.0.into(), until.into(), (limit as i64).into()],
            )
            .await?;
        let open = |row: Row| OpenPromise { id: PromiseId(row.int(0)), ticket: TicketId(row.int(1)), due: row.time(2) };
        Ok(rows.into_iter().map(open).collect())
    }

    /// How the promises settled from `since` on ended, and what is owed now.
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
            let of = match (Stands::read(&row.text(0))?, row.int(1) == 1, row.int(2) == 1) {
                (Stands::LetGo, ..) => &mut counts.let_go,
                (Stands::Kept, true, _) => &mut counts.late,
                (Stands::Kept, false, true) => &mut counts.moved,
                (Stands::Kept, false, false) => &mut counts.kept,
                _ => continue,
            };
            *of += count;
        }
        let owed = "SELECT count(*) FROM promise WHERE site = $1 AND settled_at = 0 AND standing = 'broken'";
        counts.owed = self.one(owed, vec![self.site.into()]).await?.map_or(0, |row| row.int(0));
        Ok(counts)
    }
}

fn row_of(mut row: Row) -> Result<PromiseRow, Fault> {
    let settled = row.int(12);
    Ok(PromiseRow {
        id: PromiseId(row.int(0)),
        ticket: TicketId(row.int(1)),
        number: TicketNumber(row.int(2) as u64),
        subject: row.text(3),
        owner: AgentId(row.int(4)),
        what: row.text(5),
        made_at: row.time(6),
        first_due: row.time(7),
        due: row.time(8),
        standing: Stands::read(&row.text(9))?,
        moves: row.int(10),
        broken: row.int(11) == 1,
        settled_at: (settled > 0).then(|| row.time(12)),
        kind: if row.text(13) == kind_word(PromiseKind::Finish) { PromiseKind::Finish } else { PromiseKind::Word },
        customer: row.text(14),
    })
}
