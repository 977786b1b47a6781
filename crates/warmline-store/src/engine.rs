//! Which of the two engines a store runs on.

use std::path::Path;

use crate::batch::{CommitError, Fault, Statement};
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::value::{Row, Value};

#[derive(Clone)]
pub(crate) enum Engine {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

impl Engine {
    pub(crate) async fn query(&self, sql: &'static str, parameters: Vec<Value>) -> Result<Vec<Row>, Fault> {
        debug_assert!(in_order(sql), "parameters must first appear in order: {sql}");
        match self {
            Engine::Sqlite(engine) => engine.query(sql, &parameters),
            Engine::Postgres(engine) => engine.query(sql, &parameters).await,
        }
    }

    pub(crate) async fn commit(&self, statements: Vec<Statement>) -> Result<(), CommitError> {
        debug_assert!(statements.iter().all(|s| in_order(s.sql)));
        match self {
            Engine::Sqlite(engine) => engine.commit(statements).await,
            Engine::Postgres(engine) => engine.commit(statements).await,
        }
    }

    pub(crate) fn checkpoint(&self) -> Result<(), Fault> {
        match self {
            Engine::Sqlite(engine) => engine.checkpoint(),
            Engine::Postgres(_) => Ok(()),
        }
    }

    pub(crate) async fn backup(&self, to: &Path) -> Result<(), Fault> {
        match self {
            Engine::Sqlite(engine) => engine.backup(to),
            Engine::Postgres(_) => Err(Fault(
                "This desk runs on PostgreSQL. Back it up with pg_dump, which takes a consistent copy while it runs."
                    .into(),
            )),
        }
    }
}

/// SQLite numbers `$n` by first appearance, PostgreSQL by name; in order, both mean the same.
fn in_order(sql: &str) -> bool {
    let mut highest = 0;
    sql.split('$').skip(1).all(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let Ok(n) = digits.parse::<u32>() else { return true };
        let fine = n <= highest + 1;
        highest = highest.max(n);
        fine
    })
}
