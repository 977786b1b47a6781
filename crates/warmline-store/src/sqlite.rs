//! The embedded engine: SQLite in WAL mode with full durability.
//!
//! One writer thread takes everything that waits, runs it in one transaction and answers after COMMIT, so that one
//! fsync serves them all. Reads use connections of their own and never wait for the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, TransactionBehavior};
use tokio::sync::oneshot;

use crate::batch::{CommitError, Fault, INDEX_ARTICLE, INDEX_MESSAGE, INDEX_NOTE, Statement};
use crate::value::{Row, Value};

mod embedded {
    refinery::embed_migrations!("migrations/sqlite");
}

/// `Full` for real work: what was acknowledged survives a power cut. `Off` for simulated worlds, which do not lose power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    Full,
    Off,
}

/// Units that share one transaction at most: enough for one fsync to serve many, few enough that the first does not
/// wait long.
const GROUP: usize = 128;
const READERS_KEPT: usize = 8;
const BUSY: Duration = Duration::from_secs(5);

struct Job {
    statements: Vec<Statement>,
    answer: oneshot::Sender<Result<(), CommitError>>,
}

#[derive(Clone)]
pub(crate) struct Sqlite {
    path: Arc<PathBuf>,
    readers: Arc<Mutex<Vec<(Identity, Connection)>>>,
    writer: mpsc::Sender<Job>,
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let code = error.sqlite_error_code();
        Fault(match code {
            Some(ErrorCode::DiskFull) => "The disk is full. Nothing was lost; make room and try again.".into(),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                "Another program holds the database. Nothing was lost; try again when it is done.".into()
            }
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::SystemIoFailure) => {
                format!("The database file cannot be used: {error}.")
            }
            _ => format!("The database said: {error}."),
        })
    }
}

impl Sqlite {
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self, Fault> {
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
            private_folder(folder)?;
        }
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        restrict(path);
        prepare_for_writing(&connection, durability)?;
        embedded::migrations::runner().run(&mut connection).map_err(|e| {
            Fault(format!("The database could not be brought to this version: {e}. It is as it was before."))
        })?;
        let (writer, jobs) = mpsc::channel();
        let mut writing = Writer { connection, path: path.to_owned(), identity: identity(path), durability };
        std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || writing.run(&jobs))
            .map_err(|e| Fault(format!("The writer thread did not start: {e}.")))?;
        Ok(Sqlite { path: Arc::new(path.to_owned()), readers: Arc::default(), writer })
    }

    pub(crate) fn query(&self, sql: &'static str, parameters: &[Value]) -> Result<Vec<Row>, Fault> {
        let now = identity(&self.path);
        let pooled = self.readers.lock().ok().and_then(|mut idle| idle.pop());
        let connection = match pooled {
            Some((opened, connection)) if opened == now => connection,
            // Another file stands there now; what was read before is no longer the truth.
            _ => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let rows = read(&connection, sql, parameters);
        if rows.is_ok()
            && let Ok(mut idle) = self.readers.lock()
            && idle.len() < READERS_KEPT
        {
            idle.push((now, connection));
        }
        Ok(rows?)
    }

    pub(crate) async fn commit(&self, statements: Vec<Statement>) -> Result<(), CommitError> {
        let stopped = || Fault("The database writer has stopped; restart Warmline.".into());
        let (answer, answered) = oneshot::channel();
        self.writer.send(Job { statements, answer }).map_err(|_| stopped())?;
        answered.await.map_err(|_| stopped())?
    }

    /// Moves everything from the write-ahead log into the file, so that the file alone is the desk.
    pub(crate) fn checkpoint(&self) -> Result<(), Fault> {
        let connection = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    pub(crate) fn backup(&self, to: &Path) -> Result<(), Fault> {
        let source = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        source.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
        restrict(to);
        Ok(())
    }
}

fn connect(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(96);
    connection.pragma_update(None, "cache_size", -2048)?;
    Ok(connection)
}

/// A folder for people's mail: a new one is its owner's alone; one that is there stays as it is.
pub fn private_folder(folder: &Path) -> Result<(), Fault> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .map_err(|e| Fault(format!("The folder {} cannot be made: {e}.", folder.display())))
}

/// The file holds people's mail: only its owner reads it.
fn restrict(path: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let owner_only = std::fs::Permissions::from_mode(0o600);
        if let Err(error) = std::fs::set_permissions(path, owner_only) {
            tracing::warn!(%error, "the database file stays readable as it was");
        }
    }
}

fn read(connection: &Connection, sql: &str, parameters: &[Value]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query(rusqlite::params_from_iter(parameters))?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        let values = (0..columns).map(|i| {
            Ok(match row.get_ref(i)? {
                rusqlite::types::ValueRef::Integer(n) => Value::Int(n),
                rusqlite::types::ValueRef::Real(x) => Value::Int(x as i64),
                rusqlite::types::ValueRef::Text(t) => Value::Text(String::from_utf8_lossy(t).into_owned()),
                rusqlite::types::ValueRef::Blob(b) => Value::Bytes(b.to_vec()),
                rusqlite::types::ValueRef::Null => Value::Null,
            })
        });
        out.push(Row(values.collect::<rusqlite::Result<_>>()?));
    }
    Ok(out)
}

/// Which file stands under the path: device and inode. `None` when there is none.
type Identity = Option<(u64, u64)>;

fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(path).ok().map(|m| (m.dev(), m.ino()))
}

fn prepare_for_writing(connection: &Connection, durability: Durability) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", 4096)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", if durability == Durability::Full { "FULL" } else { "OFF" })?;
    connection.pragma_update(None, "cache_size", -8192)
}

struct Writer {
    connection: Connection,
    path: PathBuf,
    identity: Identity,
    durability: Durability,
}

impl Writer {
    fn run(&mut self, jobs: &mpsc::Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut group = vec![first];
            while group.len() < GROUP {
                match jobs.try_recv() {
                    Ok(job) => group.push(job),
                    Err(_) => break,
                }
            }
            let outcomes = self.write(&group);
            for (job, outcome) in group.into_iter().zip(outcomes) {
                // Whoever asked may have given up waiting; the commit stands all the same.
                let _ = job.answer.send(outcome);
            }
        }
    }

    /// SQLite in WAL mode goes on writing into a file that was removed or replaced. Nothing may be acknowledged that
    /// lies in such a file, so the path is looked at before and after.
    fn write(&mut self, group: &[Job]) -> Vec<Result<(), CommitError>> {
        let all = |fault: &Fault| group.iter().map(|_| Err(CommitError::Fault(fault.clone()))).collect();
        if let Err(fault) = self.follow() {
            return all(&fault);
        }
        let outcomes = write_group(&mut self.connection, group);
        match self.identity == identity(&self.path) {
            true => outcomes,
            false => all(&gone()),
        }
    }

    /// Goes on with the file that stands there now, if it is another one than before.
    fn follow(&mut self) -> Result<(), Fault> {
        let now = identity(&self.path);
        if now == self.identity {
            return Ok(());
        }
        if now.is_none() {
            return Err(gone());
        }
        // Without CREATE: an empty database in place of a lost one would hide the loss.
        let fresh = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        prepare_for_writing(&fresh, self.durability)?;
        // The old connection is left as it is: closing it would remove the new file's log by name.
        std::mem::forget(std::mem::replace(&mut self.connection, fresh));
        self.identity = now;
        tracing::warn!("the database file was replaced; going on with the new one");
        Ok(())
    }
}

fn gone() -> Fault {
    Fault("The database file is gone. Put it back; Warmline goes on by itself.".into())
}

/// All in one transaction, each behind a savepoint: one that conflicts does not take the others with it.
fn write_group(connection: &mut Connection, group: &[Job]) -> Vec<Result<(), CommitError>> {
    let failed = |error: rusqlite::Error| {
        let fault = CommitError::Fault(error.into());
        group.iter().map(|_| Err(fault.clone())).collect::<Vec<_>>()
    };
    let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return failed(error),
    };
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        let outcome = transaction.savepoint().map_err(|e| CommitError::Fault(e.into())).and_then(|point| {
            write(&point, &job.statements)?;
            point.commit().map_err(|e| CommitError::Fault(e.into()))
        });
        outcomes.push(outcome);
        if transaction.is_autocommit() {
            // A full disk rolls everything back at once.
            return failed(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None));
        }
    }
    match transaction.commit() {
        Ok(()) => outcomes,
        Err(error) => failed(error),
    }
}

fn write(connection: &Connection, statements: &[Statement]) -> Result<(), CommitError> {
    for Statement { sql, parameters, must_hit } in statements {
        let touched = connection
            .prepare_cached(indexing(sql))
            .and_then(|mut s| s.execute(rusqlite::params_from_iter(parameters)))
            .map_err(|error| match error.sqlite_error_code() {
                Some(ErrorCode::ConstraintViolation) => CommitError::Conflict,
                _ => CommitError::Fault(error.into()),
            })?;
        if *must_hit && touched == 0 {
            return Err(CommitError::Conflict);
        }
    }
    Ok(())
}

/// The full-text form of the store's index statements.
fn indexing(sql: &'static str) -> &'static str {
    match sql {
        INDEX_MESSAGE => "INSERT INTO search_message (rowid, text) VALUES ($1, $2)",
        INDEX_NOTE => "INSERT INTO search_note (rowid, text) VALUES ($1, $2)",
        INDEX_ARTICLE => "INSERT OR REPLACE INTO search_article (rowid, text) VALUES ($1, $2)",
        other => other,
    }
}
