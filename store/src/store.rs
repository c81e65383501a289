//! Opening the folder, and the two ways in: one transaction that writes, one instant that is read.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};
use thiserror::Error;

use crate::migrations;

/// The database's file inside the node's folder.
const FILE_NAME: &str = "node.sqlite";
/// How long a process waits for another's transaction. Transactions here last milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);
/// Connections kept for reading; more readers at once open one for the moment.
const READERS_KEPT: usize = 4;
/// Statements kept prepared on each connection.
const STATEMENTS_KEPT: usize = 128;

/// Why the database could not be used.
#[derive(Debug, Error)]
pub enum StoreError {
    /// A value could not be written as JSON.
    #[error("write a value as JSON")]
    Json(#[from] serde_json::Error),
    /// The database was last written by a newer program.
    #[error("use '{path}': its schema is {found}, and this program knows {known}")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// It could not be opened.
    #[error("open '{path}'")]
    Open {
        /// The database.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// A statement failed, or a value in the database is not what it must be.
    #[error("use the database")]
    Sqlite(#[from] rusqlite::Error),
}

/// The state of one node. Cheap to clone; several processes may have the same folder open.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
}

impl Store {
    /// Opens the database in `folder`, which must exist, and brings its schema up to date.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(FILE_NAME);
        let opening = |source| StoreError::Open {
            path: path.clone(),
            source,
        };
        let mut writer = connect(&path, OpenFlags::SQLITE_OPEN_CREATE).map_err(opening)?;
        writer
            .pragma_update(None, "journal_mode", "WAL")
            .map_err(opening)?;
        migrations::apply(&mut writer, &path)?;
        Ok(Self {
            inner: Arc::new(Inner {
                path,
                writer: Mutex::new(writer),
                readers: Mutex::new(Vec::new()),
            }),
        })
    }

    /// Runs `change` in one transaction and commits it; when it fails, or the process dies, nothing has happened.
    pub fn write<T, E: From<StoreError>>(
        &self,
        change: impl FnOnce(&Change<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = locked(&self.inner.writer);
        // IMMEDIATE: a transaction that reads first and writes later would fail where another process writes between.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)?;
        let value = change(&Change {
            view: View {
                connection: &transaction,
            },
        })?;
        transaction.commit().map_err(StoreError::from)?;
        Ok(value)
    }

    /// Runs `look` on the state of one instant.
    pub fn read<T, E: From<StoreError>>(
        &self,
        look: impl FnOnce(&View<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let kept = locked(&self.inner.readers).pop();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.open_reader()?,
        };
        let value = {
            let transaction = connection.transaction().map_err(StoreError::from)?;
            look(&View {
                connection: &transaction,
            })?
        };
        let mut readers = locked(&self.inner.readers);
        if readers.len() < READERS_KEPT {
            readers.push(connection);
        }
        Ok(value)
    }

    /// Returns a number that differs from before once another process has committed. What is committed through this
    /// value does not change it.
    pub fn change_stamp(&self) -> Result<u64, StoreError> {
        // The pragma tells of the commits of other connections, and this process commits through this one only.
        let version: i64 =
            locked(&self.inner.writer).query_row("PRAGMA data_version", (), |row| row.get(0))?;
        Ok(version.unsigned_abs())
    }

    fn open_reader(&self) -> Result<Connection, StoreError> {
        let opening = |source| StoreError::Open {
            path: self.inner.path.clone(),
            source,
        };
        let connection = connect(&self.inner.path, OpenFlags::empty()).map_err(opening)?;
        connection
            .pragma_update(None, "query_only", "ON")
            .map_err(opening)?;
        Ok(connection)
    }
}

fn connect(path: &Path, create: OpenFlags) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    // FULL: what is committed has reached the disk, also when the power fails.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", "OFF")?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// A panic while the lock was held has rolled the transaction back, so the connection is as good as before.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The state of one instant. Its methods are in the files of the subjects.
pub struct View<'t> {
    pub(crate) connection: &'t Connection,
}

/// A transaction that writes; it can read as well.
pub struct Change<'t> {
    view: View<'t>,
}

impl<'t> Deref for Change<'t> {
    type Target = View<'t>;

    fn deref(&self) -> &View<'t> {
        &self.view
    }
}

impl View<'_> {
    /// Returns the first row, if there is one.
    pub(crate) fn find<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        map: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        Ok(rows.next()?.map(map).transpose()?)
    }

    /// Returns all rows.
    pub(crate) fn list<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        map: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, map)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Change<'_> {
    /// Runs one statement and returns how many rows it touched.
    pub(crate) fn run(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
    ) -> Result<usize, StoreError> {
        Ok(self.connection.prepare_cached(sql)?.execute(params)?)
    }
}
