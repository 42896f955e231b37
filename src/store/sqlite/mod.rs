//! [`SqliteStore`]: the store in an SQLite database in write-ahead mode, shared by any number of processes.
//!
//! Invariant: one call is one transaction, and it enters SQLite once (`connections`). Sealing and opening of records
//! is the caller's, of headers the store's.

mod connections;
mod directory;
mod find;
mod generation;
mod ids;
mod objects;
mod schema;
mod tokens;
mod verify;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{
    HeaderChange, NewRecord, ObjectEntry, ObjectId, Opener, Page, RootKey, RootKeySource, RootKeys, Scope,
    Search, Store, StoredRecord, TokenEntry, TokenId, Verification, Visit, faults,
};
use crate::error::{Error, Result};
use crate::os::files;
use crate::os::lock::RwLock;
use connections::{Connections, End};
use directory::{companion, keep_private, open_directory};
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
}

/// The store in an SQLite database.
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
    /// and the others of [`Store`], each with its remedy.
    pub fn open(options: &SqliteOptions) -> Result<Self> {
        let directory = &options.directory;
        let path = options.database();
        open_directory(directory)?;
        let root = RootKey::load(&options.root_key, &|| {
            path.metadata().is_ok_and(|file| file.len() > 0)
        })?;
        let counter = directory.join(GENERATION_FILE);
        for file in [
            &path,
            &companion(&path, "-wal"),
            &companion(&path, "-shm"),
            &counter,
        ] {
            keep_private(file)?;
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
}

impl SqliteStore {
    /// Forgets the keys and closes the connections, for ever; a call that is under way keeps what it uses until it is
    /// done. Later calls answer [`Error::NotInitialized`].
    pub fn close(&self) {
        *self.keys.write() = None;
        self.connections.close();
    }
}

fn of_token(token: TokenId) -> String {
    format!("the header of token {token}")
}

fn of_object(object: ObjectId) -> String {
    format!("object {object}")
}

impl Store for SqliteStore {
    fn keys(&self) -> Result<Arc<RootKeys>> {
        self.keys.read().clone().ok_or(Error::NotInitialized)
    }

    fn tokens(&self) -> Result<Vec<TokenEntry>> {
        let keys = self.keys()?;
        let rows = self.connections.read("the list of tokens", tokens::rows)?;
        Ok(rows.iter().map(|row| row.entry(&keys)).collect())
    }

    fn token(&self, token: TokenId) -> Result<Option<TokenEntry>> {
        let keys = self.keys()?;
        let row = self
            .connections
            .read(&of_token(token), |reader| tokens::row(reader, token))?;
        Ok(row.map(|row| row.entry(&keys)))
    }

    fn insert_token(&self, token: TokenId, slot: Option<u64>, header: &[u8]) -> Result<TokenEntry> {
        let keys = self.keys()?;
        self.connections
            .write(&of_token(token), &self.generation, |writer| {
                Ok(End::Commit(tokens::insert(writer, &keys, token, slot, header)?))
            })
    }

    fn replace_token(
        &self,
        token: TokenId,
        new: TokenId,
        header: &mut dyn FnMut(&[u8]) -> Result<Vec<u8>>,
    ) -> Result<TokenEntry> {
        let keys = self.keys()?;
        self.connections
            .write(&of_token(token), &self.generation, |writer| {
                let row = tokens::row_to_write(writer, token)?;
                let header = header(&row.header(&keys)?)?;
                tokens::update(writer, &keys, &row, new, &header)?;
                objects::delete_all(writer, row.slot)?;
                Ok(End::Commit(TokenEntry {
                    id: new,
                    slot: row.slot.cast_unsigned(),
                    header: Ok(header),
                }))
            })
    }

    fn delete_token(&self, token: TokenId) -> Result<()> {
        self.connections
            .write(&of_token(token), &self.generation, |writer| {
                let slot = tokens::slot_to_write(writer, token)?;
                objects::delete_all(writer, slot)?;
                tokens::delete(writer, slot)?;
                Ok(End::Commit(()))
            })
    }

    fn update_header(&self, token: TokenId, change: &mut HeaderChange<'_>) -> Result<()> {
        let keys = self.keys()?;
        self.connections
            .write(&of_token(token), &self.generation, |writer| {
                let row = tokens::row_to_write(writer, token)?;
                let Some(header) = change(&row.header(&keys)?)? else {
                    return Ok(End::Rollback(()));
                };
                tokens::update(writer, &keys, &row, token, &header)?;
                Ok(End::Commit(()))
            })
    }

    fn new_object_id(&self) -> Result<ObjectId> {
        self.ids.next(&self.connections, &self.generation)
    }

    fn insert_objects(&self, token: TokenId, records: &[NewRecord]) -> Result<()> {
        self.connections
            .write("a new object", &self.generation, |writer| {
                let slot = tokens::slot_to_write(writer, token)?;
                records
                    .iter()
                    .try_for_each(|record| objects::insert(writer, slot, record))?;
                Ok(End::Commit(()))
            })
    }

    fn replace_object(&self, token: TokenId, version: u64, record: &NewRecord) -> Result<bool> {
        self.connections
            .write(&of_object(record.id), &self.generation, |writer| {
                let slot = tokens::slot_to_write(writer, token)?;
                let replaced = objects::replace(writer, slot, version, record)?;
                Ok(if replaced {
                    End::Commit(true)
                } else {
                    End::Rollback(false)
                })
            })
    }

    fn delete_object(&self, token: TokenId, object: ObjectId) -> Result<bool> {
        self.connections
            .write(&of_object(object), &self.generation, |writer| {
                let slot = tokens::slot_to_write(writer, token)?;
                let deleted = objects::delete(writer, slot, object)?;
                Ok(if deleted {
                    End::Commit(true)
                } else {
                    End::Rollback(false)
                })
            })
    }

    fn object(&self, token: TokenId, object: ObjectId) -> Result<Option<StoredRecord>> {
        self.connections
            .snapshot(&of_object(object), |reader| match tokens::slot(reader, token)? {
                Some(slot) => objects::read(reader, slot, object),
                None => Ok(None),
            })
    }

    fn object_version(&self, token: TokenId, object: ObjectId) -> Result<Option<u64>> {
        self.connections.read("the version of an object", |reader| {
            objects::version(reader, token, object)
        })
    }

    fn find(&self, token: TokenId, searches: &[Search], visit: &mut Visit<'_>) -> Result<()> {
        let explain = |fault| self.connections.fault("the search index", fault);
        self.connections.snapshot("the search index", |reader| {
            let Some(slot) = tokens::slot(reader, token)? else {
                return Ok(());
            };
            searches
                .iter()
                .try_for_each(|search| find::find(reader, slot, search, &explain, visit))
        })
    }

    fn list(&self, token: TokenId, scope: Scope, page: Page) -> Result<Vec<ObjectEntry>> {
        self.connections.snapshot("the list of objects", |reader| {
            match tokens::slot(reader, token)? {
                Some(slot) => objects::list(reader, slot, scope, page),
                None => Ok(Vec::new()),
            }
        })
    }

    fn count(&self, token: TokenId, scope: Scope) -> Result<u64> {
        self.connections.snapshot("the number of objects", |reader| {
            match tokens::slot(reader, token)? {
                Some(slot) => objects::count(reader, slot, scope),
                None => Ok(0),
            }
        })
    }

    fn generation(&self) -> Option<u64> {
        self.generation.current()
    }

    fn verify_token(&self, token: TokenId, open: &mut Opener<'_>) -> Result<Verification> {
        verify::verify(self, token, open)
    }
}
