//! The connections of one store: one that writes, and as many that read as there are threads reading at once.
//!
//! Invariant: SQLite is entered with a [`fork::Guest`] only, one per call of the store, so that a fork finds nobody
//! inside; the hook then closes all connections, and they are opened again when they are next needed. Whoever enters
//! holds the signals of failed writes back: a limit on the size of files is an error, and not the end of the host.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::generation::{Generation, Numbers};
use super::transaction::Transaction;
use crate::error::{Error, Reason, Result};
use crate::os::fork;
use crate::os::lock::Mutex;
use crate::os::signals::Held;
use crate::store::faults::sqlite_error;

/// Readers that are kept open though nobody reads.
const IDLE_READERS_MAX: usize = 16;
const STATEMENTS_MAX: usize = 64;
/// Pages that a connection keeps in memory once it has read them.
const CACHE_KIB_MAX: i64 = 8192;
const NAP_MIN: Duration = Duration::from_micros(100);
const NAP_MAX: Duration = Duration::from_millis(1);

/// Every store of this process (and, in a child of fork, the parent's: their connections are closed).
static LIVE: Mutex<Vec<Weak<Connections>>> = Mutex::new(Vec::new());

/// What goes wrong inside SQLite: its own error, or one of ours.
pub(super) enum Fault {
    Sql(rusqlite::Error),
    Own(Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sql(error)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::Own(error)
    }
}

pub(super) type Outcome<T> = std::result::Result<T, Fault>;

/// How a writing transaction ends.
pub(super) enum End<T> {
    /// With COMMIT.
    Commit(T),
    /// Nothing was changed.
    Rollback(T),
}

/// The connections to one database file.
pub(super) struct Connections {
    path: PathBuf,
    busy_timeout: Duration,
    epoch: u64,
    closed: AtomicBool,
    writer: Mutex<Option<Connection>>,
    readers: Mutex<Vec<Connection>>,
}

fn busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
    )
}

impl Connections {
    /// For the database at `path`; opens none yet.
    pub(super) fn new(path: &Path, busy_timeout: Duration) -> Arc<Self> {
        fork::register(Some(close_all));
        let connections = Arc::new(Self {
            path: path.into(),
            busy_timeout,
            epoch: fork::epoch(),
            closed: AtomicBool::new(false),
            writer: Mutex::new(None),
            readers: Mutex::new(Vec::new()),
        });
        let _guest = fork::enter();
        let mut live = LIVE.lock();
        live.retain(|one| one.strong_count() > 0);
        live.push(Arc::downgrade(&connections));
        drop(live);
        connections
    }

    /// Closes the connections, for ever. Those in use are closed when their call is done with them.
    pub(super) fn close(&self) {
        if let Ok(_guest) = self.enter() {
            let _no_signal = Held::new();
            self.closed.store(true, Ordering::Release);
            drop(self.take_all());
            LIVE.lock().retain(|one| !std::ptr::eq(one.as_ptr(), self));
        }
    }

    /// Names file and record.
    pub(super) fn fault(&self, what: &str, fault: Fault) -> Error {
        match fault {
            Fault::Sql(error) => sqlite_error(&self.path, what, &error),
            Fault::Own(error) => error,
        }
    }

    /// To be asked again under the lock of what is put away for others: [`Connections::close`] empties it afterwards.
    fn closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Enters, if this process may.
    fn enter(&self) -> Result<fork::Guest> {
        let guest = fork::enter();
        if self.epoch != fork::epoch() || self.closed() {
            return Err(Error::NotInitialized);
        }
        if fork::torn() {
            return Err(Error::Store(Reason::new(
                "this process was forked while the store had been busy for 90 seconds",
                "start a program instead (exec) or fork at a quieter time",
            )));
        }
        Ok(guest)
    }

    /// Opens the file, which is there since the store was opened: an empty one in its place would look like a store
    /// without tokens.
    fn open(&self) -> Outcome<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match Connection::open_with_flags(&self.path, flags) {
            Err(_) if matches!(self.path.try_exists(), Ok(false)) => return Err(self.gone().into()),
            opened => opened?,
        };
        connection.busy_timeout(self.busy_timeout)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        // A statement is compiled once, and not for each value again.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.execute_batch(
            "PRAGMA synchronous = FULL; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;",
        )?;
        connection.pragma_update(None, "cache_size", -CACHE_KIB_MAX)?;
        Ok(connection)
    }

    fn gone(&self) -> Error {
        Error::Store(Reason::new(
            format_args!("{} has been moved away or deleted", self.path.display()),
            "put it back, or call C_Finalize and C_Initialize to begin anew without the tokens in it",
        ))
    }

    /// Reads with one statement. `what` names the record if something is wrong.
    pub(super) fn read<T>(&self, what: &str, work: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T> {
        let _guest = self.enter()?;
        // Who reads may have to write: the index of the log, after a writer that died.
        let _no_signal = Held::new();
        let idle = self.readers.lock().pop();
        let reader = match idle {
            Some(reader) => reader,
            None => self.open().map_err(|fault| self.fault(what, fault))?,
        };
        let result = work(&reader).map_err(|fault| self.fault(what, fault));
        let mut readers = self.readers.lock();
        // One that is still in a transaction would go on to see an old state.
        if readers.len() < IDLE_READERS_MAX && reader.is_autocommit() && !self.closed() {
            readers.push(reader);
        } else {
            drop(readers);
            drop(reader); // the last connection that is closed writes
        }
        result
    }

    /// Reads with several statements that all see the same state of the database.
    pub(super) fn snapshot<T>(&self, what: &str, work: impl FnOnce(&Connection) -> Outcome<T>) -> Result<T> {
        self.read(what, |reader| {
            reader.prepare_cached("BEGIN")?.execute([])?;
            let transaction = Transaction::begun(reader);
            let value = work(reader)?;
            transaction.commit()?;
            Ok(value)
        })
    }

    /// Writes in one durable transaction under the write lock of all processes. `work` must not call the store. Without
    /// a generation what others have cached stays valid: for what is read afresh at every use.
    pub(super) fn write<'a, T>(
        &self,
        what: &str,
        generation: impl Into<Option<&'a Generation>>,
        work: impl FnOnce(&Connection) -> Outcome<End<T>>,
    ) -> Result<T> {
        let numbers = generation.into().map(Generation::numbers);
        self.with_writer(what, |writer| {
            self.begin(writer)?;
            let transaction = Transaction::begun(writer);
            match work(writer)? {
                End::Commit(value) => {
                    let begun = numbers.as_ref().map(Numbers::begin);
                    let committed = transaction.commit();
                    if let (Some(numbers), Some(begun)) = (&numbers, &begun) {
                        numbers.end(begun);
                    }
                    Ok(committed.map(|()| value)?)
                }
                End::Rollback(value) => Ok(value),
            }
        })
    }

    /// The connection that writes, without a transaction.
    pub(super) fn with_writer<T>(
        &self,
        what: &str,
        work: impl FnOnce(&Connection) -> Outcome<T>,
    ) -> Result<T> {
        let _guest = self.enter()?;
        let _no_signal = Held::new();
        let mut writer = self.writer.lock();
        // Taken out, so that one that panics or does not end its transaction is closed, which ends it.
        let connection = match writer.take() {
            Some(connection) => connection,
            None => self.open().map_err(|fault| self.fault(what, fault))?,
        };
        let result = work(&connection).map_err(|fault| self.fault(what, fault));
        *writer = Some(connection).filter(|connection| connection.is_autocommit() && !self.closed());
        result
    }

    /// BEGIN IMMEDIATE: a transaction that wrote only later could not wait for others then. SQLite's naps are too long.
    fn begin(&self, writer: &Connection) -> Outcome<()> {
        writer.busy_timeout(Duration::ZERO)?;
        let begun = self.patiently(|| writer.prepare_cached("BEGIN IMMEDIATE")?.execute([]).map(drop));
        writer.busy_timeout(self.busy_timeout)?;
        begun
    }

    /// Tries until another process lets go, at most for the busy timeout. Naps are short, since a transaction is.
    pub(super) fn patiently(&self, mut work: impl FnMut() -> rusqlite::Result<()>) -> Outcome<()> {
        let started = Instant::now();
        let mut nap = NAP_MIN;
        loop {
            match work() {
                Err(error) if busy(&error) && started.elapsed() < self.busy_timeout => {
                    std::thread::sleep(nap);
                    nap = NAP_MAX.min(nap * 2);
                }
                result => return Ok(result?),
            }
        }
    }

    pub(super) fn take_all(&self) -> Vec<Connection> {
        let mut all = std::mem::take(&mut *self.readers.lock());
        all.extend(self.writer.lock().take());
        all
    }
}

impl Drop for Connections {
    fn drop(&mut self) {
        let all = self.take_all();
        if !all.is_empty() {
            let _guest = fork::enter();
            let _no_signal = Held::new();
            drop(all);
        }
    }
}

/// Before a fork, with nobody inside: the child must not inherit SQLite's state. What is in the write-ahead log stays
/// there; moving it into the database would hold up the fork.
fn close_all() {
    for connections in LIVE.lock().iter().filter_map(Weak::upgrade) {
        for connection in connections.take_all() {
            let _ = connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
            drop(connection);
        }
    }
}
