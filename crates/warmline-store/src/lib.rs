//! Rows, journal, outbox, search and read views, on SQLite inside or on PostgreSQL.
//!
//! One [`Store`] over two small engines. Everything above [`Engine`] is written once, in portable SQL (`$1`
//! parameters in order of appearance; only BIGINT, TEXT and bytes); what differs lives in `sqlite.rs`, `postgres.rs`
//! and the two migration folders. The same contract suite runs on both.
//!
//! Writing is one thing: a [`Batch`] of statements that is committed whole or not at all. Rows, journal, outbox,
//! timers, counters and the search index of a change are in one batch, so none can drift from another.

mod accounts;
mod articles;
mod assets;
mod batch;
mod calendars;
mod chats;
mod checkpoints;
mod clicks;
mod courses;
mod drafts;
mod engine;
mod honesty;
mod house;
mod load;
mod mail;
mod measures;
mod ongoing;
mod postgres;
mod promises;
mod replay;
mod save;
mod search;
mod sqlite;
mod value;
mod views;
mod wording;
mod work;

pub use accounts::SignInFailures;
pub use articles::{ArticleRow, ArticleUse, GivenRow};
pub use assets::{AssetChange, Assets};
pub use batch::{Batch, CommitError, Fault};
pub use calendars::{CalendarSource, Stamp};
pub use chats::ChatVisitor;
pub use checkpoints::SignedCheckpoint;
pub use drafts::{Draft, DraftBeside};
pub use honesty::SameElsewhere;
pub use house::{AppealRow, ChargeCounts};
pub use load::Loaded;
pub use mail::{Inbound, MailboxState, Outcome, reference};
pub use measures::MeasureRow;
pub use ongoing::{OfferRow, QuestionRow, RecordRow};
pub use promises::{Ledger, OpenPromise, PromiseCounts, PromiseRow, Stands};
pub use replay::{Disagreement, Verdict};
pub use save::{CustomerChange, TicketChange};
pub use search::{Found, Order};
pub use sqlite::{Durability, private_folder};
pub use value::{Row, Value};
pub use views::{Cursor, Entry, ListRow, MessageRow, NoteRow, Page, View};
pub use wording::PhraseUse;
pub use work::{DueMessage, DueTimer};

use engine::Engine;

/// Cheap to clone; clones share their connections.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    /// Several companies may share a database; every query names its site.
    site: i64,
}

impl Store {
    /// Opens or creates an embedded database and brings it to the newest schema.
    pub async fn sqlite(path: &std::path::Path, durability: Durability) -> Result<Store, Fault> {
        Ok(Store { engine: Engine::Sqlite(sqlite::Sqlite::open(path, durability)?), site: 1 })
    }

    /// Connects to PostgreSQL (`postgres://user:password@host/name`) and brings it to the newest schema.
    pub async fn postgres(url: &str) -> Result<Store, Fault> {
        Ok(Store { engine: Engine::Postgres(postgres::Postgres::open(url).await?), site: 1 })
    }

    /// Another company on the same database.
    pub fn on_site(mut self, site: i64) -> Store {
        self.site = site;
        self
    }

    /// Commits everything in the batch, durably, or nothing.
    pub async fn commit(&self, batch: Batch) -> Result<(), CommitError> {
        if batch.is_empty() {
            return Ok(());
        }
        self.engine.commit(batch.finish(self.site)).await
    }

    pub fn batch(&self) -> Batch {
        Batch::new(self.site)
    }

    /// A consistent copy of a running embedded database. PostgreSQL has `pg_dump` for it.
    pub async fn backup(&self, to: &std::path::Path) -> Result<(), Fault> {
        self.engine.backup(to).await
    }

    /// At the end of the day: the embedded database in one file, without a log beside it.
    pub fn checkpoint(&self) -> Result<(), Fault> {
        self.engine.checkpoint()
    }

    async fn query(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Row>, Fault> {
        self.engine.query(sql, parameters).await
    }

    async fn one(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Option<Row>, Fault> {
        Ok(self.query(sql, parameters).await?.into_iter().next())
    }
}
