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
mod objects;
mod schema;
mod tokens;
mod transaction;
mod verify;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{RootKey, RootKeySource, RootKeys, faults};
use crate::error::Result;
use crate::os::files;
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
        let root = RootKey::load(&options.root_key, &|| {
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
        schema::prepare(&connections, &path, &generation, &root)?;
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
