//! What the store does for `token/`: each call enters SQLite once, in one transaction at most.

use std::sync::Arc;

use super::connections::End;
use super::{SqliteStore, find, objects, repair, tokens, verify};
use crate::error::{Error, Result};
use crate::store::{
    HeaderChange, NewRecord, ObjectId, Opener, Repair, RootKeys, Search, StoredRecord, TokenEntry, TokenId,
    Verification, Visit,
};

pub(super) fn of_token(token: TokenId) -> String {
    format!("the header of token {token}")
}

fn of_object(object: ObjectId) -> String {
    format!("object {object}")
}

impl SqliteStore {
    /// The keys that come from the root key.
    ///
    /// # Errors
    /// [`Error::NotInitialized`] once the store is closed.
    pub fn keys(&self) -> Result<Arc<RootKeys>> {
        self.keys.read().clone().ok_or(Error::NotInitialized)
    }

    /// All tokens by slot, with their headers opened.
    ///
    /// # Errors
    /// See [`SqliteStore`]; a damaged header is in its entry.
    pub fn tokens(&self) -> Result<Vec<TokenEntry>> {
        let keys = self.keys()?;
        let rows = self.connections.read("the list of tokens", tokens::rows)?;
        Ok(rows.iter().map(|row| row.entry(&keys)).collect())
    }

    /// One token; `None` if it is not there (any more).
    ///
    /// # Errors
    /// See [`SqliteStore`]; a damaged header is in the entry.
    pub fn token(&self, token: TokenId) -> Result<Option<TokenEntry>> {
        let keys = self.keys()?;
        self.generation.look();
        let row = self
            .connections
            .read(&of_token(token), |reader| tokens::row(reader, token))?;
        Ok(row.map(|row| row.entry(&keys)))
    }

    /// The slot of the next new token: the lowest above all that ever held one.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn next_slot(&self) -> Result<u64> {
        self.connections
            .read("the number of the next slot", tokens::next_slot)
            .map(i64::cast_unsigned)
    }

    /// Adds a token with its header (which the store seals under the root key), in `slot` or in the next one.
    ///
    /// # Errors
    /// [`Error::SlotTaken`] also if the token that was in the slot is gone; see [`SqliteStore`].
    pub fn insert_token(&self, token: TokenId, slot: Option<u64>, header: &[u8]) -> Result<TokenEntry> {
        let keys = self.keys()?;
        self.connections
            .write(&of_token(token), &self.generation, |writer| {
                Ok(End::Commit(tokens::insert(writer, &keys, token, slot, header)?))
            })
    }

    /// Initialises a token anew: in one transaction all its objects go, it gets the name `new`, and `header` makes the
    /// new header of the old one, which is read afresh under the write lock. An error of `header` changes nothing.
    ///
    /// # Errors
    /// Those of `header`; see [`SqliteStore`].
    pub fn replace_token(
        &self,
        token: TokenId,
        new: TokenId,
        header: &mut dyn FnMut(&[u8]) -> Result<Vec<u8>>,
    ) -> Result<TokenEntry> {
        let keys = self.keys()?;
        self.connections
            .write(&of_token(token), &self.generation, |writer| {
                let row = tokens::row_wanted(writer, token)?;
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

    /// Deletes a token with all its objects.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn delete_token(&self, token: TokenId) -> Result<()> {
        self.connections
            .write(&of_token(token), &self.generation, |writer| {
                let slot = tokens::slot_wanted(writer, token)?;
                objects::delete_all(writer, slot)?;
                tokens::delete(writer, slot)?;
                Ok(End::Commit(()))
            })
    }

    /// Reads the header afresh under the write lock of all processes, and stores what `change` makes of it, durably,
    /// before it returns; `None` changes nothing. PIN failures are counted so. An error of `change` changes nothing:
    /// to store a failure and then refuse, answer `Some` and keep the refusal aside. The generation stays: headers are
    /// read afresh at every use, and no object is another one because a PIN was right.
    ///
    /// # Errors
    /// Those of `change`; see [`SqliteStore`].
    pub fn update_header(&self, token: TokenId, change: &mut HeaderChange<'_>) -> Result<()> {
        let keys = self.keys()?;
        self.connections.write(&of_token(token), None, |writer| {
            let row = tokens::row_wanted(writer, token)?;
            let Some(header) = change(&row.header(&keys)?)? else {
                return Ok(End::Rollback(()));
            };
            tokens::update(writer, &keys, &row, token, &header)?;
            Ok(End::Commit(()))
        })
    }

    /// A name for an object that is about to be sealed and inserted. It need not be used.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn new_object_id(&self) -> Result<ObjectId> {
        self.ids.next(&self.connections, &self.generation)
    }

    /// Adds objects in one durable transaction: all or none. Their version is 1.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn insert_objects(&self, token: TokenId, records: &[NewRecord]) -> Result<()> {
        self.connections
            .write("a new object", &self.generation, |writer| {
                let slot = tokens::slot_wanted(writer, token)?;
                records
                    .iter()
                    .try_for_each(|record| objects::insert(writer, slot, record))?;
                Ok(End::Commit(()))
            })
    }

    /// Replaces a record and its tags if the stored version is still `version`; the new one is `version + 1`.
    /// `false`: the object is gone or was changed by somebody else; read it again.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn replace_object(&self, token: TokenId, version: u64, record: &NewRecord) -> Result<bool> {
        self.connections
            .write(&of_object(record.id), &self.generation, |writer| {
                let slot = tokens::slot_wanted(writer, token)?;
                let replaced = objects::replace(writer, slot, version, record)?;
                Ok(if replaced {
                    End::Commit(true)
                } else {
                    End::Rollback(false)
                })
            })
    }

    /// Deletes an object with its tags. `false` if it is not there (any more).
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn delete_object(&self, token: TokenId, object: ObjectId) -> Result<bool> {
        self.connections
            .write(&of_object(object), &self.generation, |writer| {
                let slot = tokens::slot_wanted(writer, token)?;
                let deleted = objects::delete(writer, slot, object)?;
                Ok(if deleted {
                    End::Commit(true)
                } else {
                    End::Rollback(false)
                })
            })
    }

    /// Reads a record; `None` if the token has no such object.
    ///
    /// # Errors
    /// See [`SqliteStore`]. The tags in the index are compared with the list beside the record.
    pub fn object(&self, token: TokenId, object: ObjectId) -> Result<Option<StoredRecord>> {
        self.generation.look();
        self.connections
            .snapshot(&of_object(object), |reader| match tokens::slot(reader, token)? {
                Some(slot) => objects::read(reader, slot, object),
                None => Ok(None),
            })
    }

    /// The version of a record, without reading it; `None` if the token has no such object.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn object_version(&self, token: TokenId, object: ObjectId) -> Result<Option<u64>> {
        self.connections.read("the version of an object", |reader| {
            objects::version(reader, token, object)
        })
    }

    /// Shows what the searches find to `visit`, one search after the other, all in one state of the store. What is
    /// found is a candidate, to be confirmed on the opened record.
    ///
    /// # Errors
    /// See [`SqliteStore`]; [`Error::DeviceRemoved`] if the token is not there (any more); what `visit` says, which ends
    /// the search.
    pub fn find(&self, token: TokenId, searches: &[Search], visit: &mut Visit<'_>) -> Result<()> {
        self.generation.look();
        let explain = |fault| self.connections.fault("the search index", fault);
        self.connections.snapshot("the search index", |reader| {
            let slot = tokens::slot_wanted(reader, token)?;
            searches
                .iter()
                .try_for_each(|search| find::find(reader, slot, search, &explain, visit))
        })
    }

    /// The objects of a token in ascending order.
    pub(in crate::store) fn list(&self, token: TokenId) -> Result<Vec<ObjectId>> {
        self.connections.snapshot("the list of objects", |reader| {
            match tokens::slot(reader, token)? {
                Some(slot) => objects::list(reader, slot),
                None => Ok(Vec::new()),
            }
        })
    }

    /// How many objects a token has.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn count(&self, token: TokenId) -> Result<u64> {
        self.connections.snapshot("the number of objects", |reader| {
            match tokens::slot(reader, token)? {
                Some(slot) => objects::count(reader, slot),
                None => Ok(0),
            }
        })
    }

    /// A number that changes before a change by any process of the objects, or of which tokens there are, can be seen.
    /// What was read of them after the number was taken is still true as long as the number is the same; of headers it
    /// tells nothing. `None` while somebody writes, or if there is no such
    /// number: then ask the store. Costs one atomic load.
    pub fn generation(&self) -> Option<u64> {
        self.generation.current()
    }

    /// Reads everything of a token and compares it: header, tags against records, records against `open`, which opens
    /// a record and gives the tags that it must have (or `None` if it cannot, being private and nobody logged in).
    ///
    /// # Errors
    /// See [`SqliteStore`]; damages are in the result.
    pub fn verify_token(&self, token: TokenId, open: &mut Opener<'_>) -> Result<Verification> {
        verify::verify(self, token, open)
    }

    /// Builds what the objects of a token are found by anew, in one transaction: both copies of the index and the list
    /// beside each record, from what `open` says as for [`SqliteStore::verify_token`]. Records that do not open stay as
    /// they are.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`] if `open` cannot open a private one, and then nothing is changed; see [`SqliteStore`].
    pub fn repair_token(&self, token: TokenId, open: &mut Opener<'_>) -> Result<Repair> {
        self.connections
            .write("the search index", &self.generation, |writer| {
                repair::repair(writer, token, open)
            })
    }
}
