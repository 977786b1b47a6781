//! The PostgreSQL engine: pooled connections, prepared statements, and a batch pipelined in one transaction.

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{IsolationLevel, NoTls};

use crate::batch::{CommitError, Fault, INDEX_ARTICLE, INDEX_MESSAGE, INDEX_NOTE, Statement};
use crate::value::{Row, Value};

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

const CONNECTIONS: usize = 12;
/// A table somebody holds gives a clear page, not a desk that hangs.
const LIMITS: &str = "-c statement_timeout=30s -c lock_timeout=5s";
const WAIT: std::time::Duration = std::time::Duration::from_secs(5);

#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let said = error.as_db_error().map_or_else(|| error.to_string(), |e| e.message().to_owned());
        Fault(format!("PostgreSQL said: {said}."))
    }
}

impl From<deadpool_postgres::PoolError> for Fault {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        Fault(format!("PostgreSQL cannot be reached: {error}. Warmline goes on as soon as it is back."))
    }
}

impl Postgres {
    pub(crate) async fn open(url: &str) -> Result<Self, Fault> {
        let mut config: tokio_postgres::Config =
            url.parse().map_err(|e| Fault(format!("The PostgreSQL address cannot be read: {e}.")))?;
        if config.get_options().is_none() {
            config.options(LIMITS);
        }
        let fast = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let pool = Pool::builder(Manager::from_config(config, NoTls, fast))
            .max_size(CONNECTIONS)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(WAIT))
            .create_timeout(Some(WAIT))
            .build()
            .map_err(|e| Fault(format!("The connection pool could not be made: {e}.")))?;
        let mut connection = pool.get().await?;
        embedded::migrations::runner().run_async(&mut **connection).await.map_err(|e| {
            Fault(format!("The database could not be brought to this version: {e}. It is as it was before."))
        })?;
        drop(connection);
        Ok(Postgres { pool })
    }

    pub(crate) async fn query(&self, sql: &'static str, parameters: &[Value]) -> Result<Vec<Row>, Fault> {
        let connection = self.pool.get().await?;
        let statement = connection.prepare_cached(sql).await?;
        Ok(connection.query(&statement, &borrowed(parameters)).await?.iter().map(row).collect())
    }

    pub(crate) async fn commit(&self, statements: Vec<Statement>) -> Result<(), CommitError> {
        let mut connection = self.pool.get().await.map_err(Fault::from)?;
        let mut prepared = Vec::with_capacity(statements.len());
        for statement in &statements {
            prepared.push(connection.prepare_cached(indexing(statement.sql)).await.map_err(Fault::from)?);
        }
        let transaction = connection
            .build_transaction()
            .isolation_level(IsolationLevel::ReadCommitted)
            .start()
            .await
            .map_err(Fault::from)?;
        // Polled together, the statements go out one behind the other without waiting for each answer.
        let running = statements.iter().zip(&prepared).map(|(statement, prepared)| {
            let transaction = &transaction;
            async move {
                let touched = transaction.execute(prepared, &borrowed(&statement.parameters)).await.map_err(lost)?;
                if statement.must_hit && touched == 0 { Err(CommitError::Conflict) } else { Ok(()) }
            }
        });
        futures_util::future::try_join_all(running).await?;
        transaction.commit().await.map_err(lost)
    }
}

fn lost(error: tokio_postgres::Error) -> CommitError {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION | &SqlState::T_R_SERIALIZATION_FAILURE | &SqlState::T_R_DEADLOCK_DETECTED) => {
            CommitError::Conflict
        }
        _ => CommitError::Fault(error.into()),
    }
}

fn borrowed(parameters: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    parameters.iter().map(|p| p as _).collect()
}

fn row(row: &tokio_postgres::Row) -> Row {
    let value = |i: usize| match *row.columns()[i].type_() {
        Type::INT8 => row.get::<_, Option<i64>>(i).map_or(Value::Null, Value::Int),
        Type::INT4 => row.get::<_, Option<i32>>(i).map_or(Value::Null, |n| Value::Int(n.into())),
        Type::FLOAT4 => row.get::<_, Option<f32>>(i).map_or(Value::Null, |x| Value::Int(x as i64)),
        Type::BYTEA => row.get::<_, Option<Vec<u8>>>(i).map_or(Value::Null, Value::Bytes),
        _ => row.get::<_, Option<String>>(i).map_or(Value::Null, Value::Text),
    };
    Row((0..row.len()).map(value).collect())
}

/// The full-text form of the store's index statements.
fn indexing(sql: &'static str) -> &'static str {
    match sql {
        INDEX_MESSAGE => "INSERT INTO search_message (id, doc) VALUES ($1, to_tsvector('simple', $2))",
        INDEX_ARTICLE => {
            "INSERT INTO search_article (id, doc) VALUES ($1, to_tsvector('simple', $2))
             ON CONFLICT (id) DO UPDATE SET doc = excluded.doc"
        }
        INDEX_NOTE => "INSERT INTO search_note (id, doc) VALUES ($1, to_tsvector('simple', $2))",
        other => other,
    }
}
