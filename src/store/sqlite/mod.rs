//! [`SqliteStore`]: the store in an SQLite database in write-ahead mode, shared by any number of processes.
//!
//! Invariant: one call is one transaction, and it enters SQLite once (`connections`). Sealing and opening of records
//! is the caller's, of headers the store's.

mod calls;
mod connections;
mod directory;
mod find;
mod generation;
mod ids;
mod missing;
mod objects;
mod repair;
mod schema;
mod tokens;
mod transaction;
mod verify;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{RootKey, RootKeySource, RootKeys, faults};
use crate::error::Result;
use crate::os::files::{self, Sharing};
use crate::os::lock::RwLock;
use crate::os::signals::Held;
use connections::Connections;
use directory::{companion, keep_private, keep_writable, open_directory};
use generation::Generation;
use ids::ObjectIds;

/// The database's name in the data directory.
pub const DATABASE_FILE: &str = "vhsm.db";
const GENERATION_FILE: &str = "generation";

/// Where the store is and how it behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteOptions {
    /// The data directory; made with mode 0700 if it is not there.
    pub directory: PathBuf,
    /// The root key.
    pub root_key: RootKeySource,
    /// How long to wait for another process that writes.
    pub busy_timeout: Duration,
}

impl SqliteOptions {
    /// The database file.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.directory.join(DATABASE_FILE)
    }

    /// Whether there is a database. A place that cannot be looked into is no empty one.
    ///
    /// # Errors
    /// The system's, with the remedy.
    pub fn database_exists(&self) -> Result<bool> {
        let path = self.database();
        path.try_exists()
            .map_err(|error| faults::system_error(&path, "the data directory cannot be read", &error))
    }
}

/// The store in an SQLite database: tokens and objects that survive. All methods may be called from any thread; none
/// keeps a lock between calls.
///
/// Errors of every method, of [`crate::error::Error`]: `StoreDamaged`, `StoreFull`, `StoreReadOnly`, `StoreBusy`,
/// `Store`; `NotInitialized` of a store that was closed, and in a child of fork, which must open a store of its own;
/// `DeviceRemoved` from writing methods and searches whose token is not there (any more). Other reading methods find
/// nothing then.
pub struct SqliteStore {
    /// Until the store is closed.
    keys: RwLock<Option<Arc<RootKeys>>>,
    connections: Arc<Connections>,
    generation: Generation,
    ids: ObjectIds,
}

/// What was there before a store was opened.
struct Had {
    /// The root key that is made at first use, before the database.
    root_key: Option<PathBuf>,
    /// An empty file in the database's place.
    empty_file: bool,
}

impl Had {
    fn look(options: &SqliteOptions) -> Self {
        let root_key = match &options.root_key {
            RootKeySource::Create(path) if path.exists() => Some(path.clone()),
            // A key that others provide is there before the first database.
            RootKeySource::Create(_) | RootKeySource::Provided(_) => None,
        };
        let empty_file = options.database().metadata().is_ok_and(|file| file.len() == 0);
        Self { root_key, empty_file }
    }

    /// A database was made. Of a first use nothing is there before: a database may be lost.
    fn doubt(&self, database: &Path) {
        let before = match (&self.root_key, self.empty_file) {
            (Some(key), true) => format!("an empty file and beside the root key {}", key.display()),
            (Some(key), false) => format!(
                "nothing, but beside the root key {}, which was there",
                key.display()
            ),
            (None, true) => "an empty file".to_owned(),
            (None, false) => return,
        };
        log::warn!(
            "made a new database {} in the place of {before}: if there were tokens, stop the programs that use it and \
             put the database back from its backup",
            database.display()
        );
    }
}

impl SqliteStore {
    /// Opens the store; makes directory, root key and database at first use.
    ///
    /// # Errors
    /// [`crate::error::Error::RootKeyMissing`], `RootKeyUnusable` and `RootKeyForeign`, `StoreNewer`, `StoreReadOnly`
    /// and the others of [`SqliteStore`], each with its remedy.
    pub fn open(options: &SqliteOptions) -> Result<Self> {
        let _no_signal = Held::new();
        let directory = &options.directory;
        let path = options.database();
        open_directory(directory)?;
        let had = Had::look(options);
        let root = RootKey::load(&options.root_key, Sharing::of(directory), &|| {
            path.metadata().is_ok_and(|file| file.len() > 0)
        })?;
        let counter = directory.join(GENERATION_FILE);
        keep_private(&path)?;
        for file in [&companion(&path, "-wal"), &companion(&path, "-shm"), &counter] {
            keep_writable(file)?;
        }
        files::private_file(&path)
            .map_err(|e| faults::system_error(&path, "the database cannot be made", &e))?;
        let generation = Generation::open(&counter);
        let connections = Connections::new(&path, options.busy_timeout);
        if schema::prepare(&connections, &path, &generation, &root)? {
            had.doubt(&path);
        }
        Ok(Self {
            keys: RwLock::new(Some(Arc::new(RootKeys::derive(&root)?))),
            connections,
            generation,
            ids: ObjectIds::default(),
        })
    }

    /// Forgets the keys and closes the connections, for ever; a call that is under way keeps what it uses until it is
    /// done. Later calls answer [`crate::error::Error::NotInitialized`].
    pub fn close(&self) {
        *self.keys.write() = None;
        self.connections.close();
    }
}
