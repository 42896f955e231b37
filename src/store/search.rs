//! What a search of the store asks for, and how it hands over what it finds.

use super::{ObjectId, StoredRecord, Tag};
use crate::error::Result;

/// What [`SqliteStore::find`](super::SqliteStore::find) looks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// Whether private objects are looked for, or those that are not.
    pub private: bool,
    /// Tags, made with the key of these objects, that all of them have: at least one, for instance one that all objects
    /// have. Without any, nothing is found.
    pub tags: Vec<Tag>,
}

/// An object that a search found.
pub struct Candidate<'a> {
    /// The object.
    pub id: ObjectId,
    /// Whether private objects were looked for.
    pub private: bool,
    read: &'a Read<'a>,
}

/// Reads a candidate's record.
type Read<'a> = dyn Fn() -> Result<Option<StoredRecord>> + 'a;

impl<'a> Candidate<'a> {
    pub(super) fn new(id: ObjectId, private: bool, read: &'a Read<'a>) -> Self {
        Self { id, private, read }
    }

    /// Its record; `None` if the index names an object that is not there. The tags in the index are not compared with
    /// the list beside the record, as [`SqliteStore::object`](super::SqliteStore::object) does when the object is used.
    ///
    /// # Errors
    /// See [`SqliteStore`](super::SqliteStore).
    pub fn record(&self) -> Result<Option<StoredRecord>> {
        (self.read)()
    }
}

/// Takes what a search found. Must not call the store.
pub type Visit<'a> = dyn FnMut(&Candidate<'_>) -> Result<()> + 'a;
