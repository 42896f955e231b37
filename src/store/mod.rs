//! The store: tokens and objects as opaque bytes that survive. It knows ids, tags, versions and sealed records, and
//! nothing of attributes, PINs or the standard's words.
//!
//! Invariants: what a call has answered is durable; several processes may use one store at the same time and see
//! each other's committed work; a byte changed on the disk is [`Error::StoreDamaged`] with the record's name, never
//! other data. Ids are never used twice. `token/` is the one caller; `admin/` uses [`Store::verify_token`] through
//! the facade.

mod faults;
mod memory;
mod names;
mod root;
pub mod seal;
mod search;
mod sqlite;
pub mod tags;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::error::{Error, Result};

pub use crate::os::locked::{KEY_LEN, LockedKey};
pub use memory::MemoryStore;
pub use names::{ObjectId, TokenId};
pub use root::{RootKey, RootKeySource, RootKeys};
pub use seal::{Place, Purpose, SealKey};
pub use search::{Candidate, Search, Visit};
pub use sqlite::{DATABASE_FILE, SqliteOptions, SqliteStore};
pub use tags::{Tag, TagKey};

/// A token as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TokenEntry {
    /// Its name.
    pub id: TokenId,
    /// The slot it is in: positive, small, and the same for the token's whole life and after a new initialisation.
    pub slot: u64,
    /// What was stored as its header; [`Error::StoreDamaged`] if that is no longer what is on the disk.
    pub header: Result<Vec<u8>>,
}

/// A record to be stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRecord {
    /// The object, from [`Store::new_object_id`].
    pub id: ObjectId,
    /// Whether it is listed for [`Scope::All`] only.
    pub private: bool,
    /// The sealed bytes; their [`Place`] has version 1 for a new object, and one more with each replacement.
    pub record: Vec<u8>,
    /// What it is found by. Duplicates count once.
    pub tags: Vec<Tag>,
}

/// A record as it is stored.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredRecord {
    /// 1 for a new object, one more with each replacement. Part of the record's [`Place`].
    pub version: u64,
    /// As it was given. Part of the record's [`Place`].
    pub private: bool,
    /// The sealed bytes.
    pub record: Vec<u8>,
    /// The tags under which the object really is in the index, in ascending order without duplicates. Whoever opens
    /// the record compares them with the tags that its attributes give: [`StoredRecord::check_tags`].
    pub tags: Vec<Tag>,
}

impl StoredRecord {
    /// Compares the stored tags with those that the opened record gives.
    ///
    /// # Errors
    /// [`Error::StoreDamaged`] naming the object if they differ.
    pub fn check_tags(&self, place: &Place, mut expected: Vec<Tag>) -> Result<()> {
        expected.sort_unstable();
        expected.dedup();
        if self.tags == expected {
            return Ok(());
        }
        Err(Error::StoreDamaged(
            format!("the search tags of {place} are not those of its attributes").into(),
        ))
    }
}

/// One object of a listing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ObjectEntry {
    /// Its name.
    pub id: ObjectId,
    /// Whether it is private.
    pub private: bool,
}

/// Which objects are listed or counted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Those that are not private.
    Public,
    /// All.
    All,
}

/// A part of a page of results: those after `after`, in ascending order, `limit` at most. A page that is shorter than
/// `limit` is the last one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Page {
    /// The last object of the page before; `None` for the first page.
    pub after: Option<ObjectId>,
    /// Most objects that are wanted.
    pub limit: usize,
}

impl Page {
    /// Everything in one page.
    pub const ALL: Self = Self {
        after: None,
        limit: usize::MAX,
    };
}

/// What [`Store::verify_token`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Objects that were looked at.
    pub objects: u64,
    /// What is not as it was written, each with the record's name.
    pub damages: Vec<String>,
}

/// Tokens and objects that survive. All methods may be called from any thread; none keeps a lock between calls.
///
/// Errors of every method: [`Error::StoreDamaged`], [`Error::StoreFull`], [`Error::StoreReadOnly`],
/// [`Error::StoreBusy`], [`Error::Store`]; [`Error::NotInitialized`] of a store that was closed, and in a child of
/// fork, which must open a store of its own; [`Error::DeviceRemoved`] from writing methods whose token is not there (any more). Reading methods find
/// nothing then.
pub trait Store: Send + Sync {
    /// The keys that come from the root key.
    ///
    /// # Errors
    /// [`Error::NotInitialized`] once the store is closed.
    fn keys(&self) -> Result<Arc<RootKeys>>;

    /// All tokens by slot, with their headers opened.
    ///
    /// # Errors
    /// See [`Store`]; a damaged header is in its entry.
    fn tokens(&self) -> Result<Vec<TokenEntry>>;

    /// One token; `None` if it is not there (any more).
    ///
    /// # Errors
    /// See [`Store`]; a damaged header is in the entry.
    fn token(&self, token: TokenId) -> Result<Option<TokenEntry>>;

    /// Adds a token with its header (which the store seals under the root key), in `slot` or in the lowest free one.
    ///
    /// # Errors
    /// [`Error::SlotTaken`]; see [`Store`].
    fn insert_token(&self, token: TokenId, slot: Option<u64>, header: &[u8]) -> Result<TokenEntry>;

    /// Initialises a token anew: in one transaction all its objects go, it gets the name `new`, and `header` makes the
    /// new header of the old one, which is read afresh under the write lock. An error of `header` changes nothing.
    ///
    /// # Errors
    /// Those of `header`; see [`Store`].
    fn replace_token(
        &self,
        token: TokenId,
        new: TokenId,
        header: &mut dyn FnMut(&[u8]) -> Result<Vec<u8>>,
    ) -> Result<TokenEntry>;

    /// Deletes a token with all its objects.
    ///
    /// # Errors
    /// See [`Store`].
    fn delete_token(&self, token: TokenId) -> Result<()>;

    /// Reads the header afresh under the write lock of all processes, and stores what `change` makes of it, durably,
    /// before it returns; `None` changes nothing. PIN failures are counted so. An error of `change` changes nothing:
    /// to store a failure and then refuse, answer `Some` and keep the refusal aside.
    ///
    /// # Errors
    /// Those of `change`; see [`Store`].
    fn update_header(&self, token: TokenId, change: &mut HeaderChange<'_>) -> Result<()>;

    /// A name for an object that is about to be sealed and inserted. It need not be used.
    ///
    /// # Errors
    /// See [`Store`].
    fn new_object_id(&self) -> Result<ObjectId>;

    /// Adds objects in one durable transaction: all or none. Their version is 1.
    ///
    /// # Errors
    /// See [`Store`].
    fn insert_objects(&self, token: TokenId, records: &[NewRecord]) -> Result<()>;

    /// Replaces a record and its tags if the stored version is still `version`; the new one is `version + 1`.
    /// `false`: the object is gone or was changed by somebody else; read it again.
    ///
    /// # Errors
    /// See [`Store`].
    fn replace_object(&self, token: TokenId, version: u64, record: &NewRecord) -> Result<bool>;

    /// Deletes an object with its tags. `false` if it is not there (any more).
    ///
    /// # Errors
    /// See [`Store`].
    fn delete_object(&self, token: TokenId, object: ObjectId) -> Result<bool>;

    /// Reads a record; `None` if the token has no such object.
    ///
    /// # Errors
    /// See [`Store`]. The tags in the index are compared with the list beside the record.
    fn object(&self, token: TokenId, object: ObjectId) -> Result<Option<StoredRecord>>;

    /// The version of a record, without reading it; `None` if the token has no such object.
    ///
    /// # Errors
    /// See [`Store`].
    fn object_version(&self, token: TokenId, object: ObjectId) -> Result<Option<u64>>;

    /// Shows what the searches find to `visit`, one search after the other, all in one state of the store. What is
    /// found is a candidate, to be confirmed on the opened record.
    ///
    /// # Errors
    /// See [`Store`]; what `visit` says, which ends the search.
    fn find(&self, token: TokenId, searches: &[Search], visit: &mut Visit<'_>) -> Result<()>;

    /// The objects of a token.
    ///
    /// # Errors
    /// See [`Store`].
    fn list(&self, token: TokenId, scope: Scope, page: Page) -> Result<Vec<ObjectEntry>>;

    /// How many objects a token has.
    ///
    /// # Errors
    /// See [`Store`].
    fn count(&self, token: TokenId, scope: Scope) -> Result<u64>;

    /// A number that changes before a change of the store by any process can be seen. What was read after the number
    /// was taken is still true as long as the number is the same. `None` while somebody writes, or if there is no such
    /// number: then ask the store. Costs one atomic load.
    fn generation(&self) -> Option<u64>;

    /// Reads everything of a token and compares it: header, tags against records, records against `open`, which opens
    /// a record and gives the tags that it must have (or `None` if it cannot, being private and nobody logged in).
    ///
    /// # Errors
    /// See [`Store`]; damages are in the result.
    fn verify_token(&self, token: TokenId, open: &mut Opener<'_>) -> Result<Verification>;
}

/// Makes a new header of the old one for [`Store::update_header`]; `None` keeps the old one.
pub type HeaderChange<'a> = dyn FnMut(&[u8]) -> Result<Option<Vec<u8>>> + 'a;

/// Opens a record for [`Store::verify_token`].
pub type Opener<'a> = dyn FnMut(&Place, &StoredRecord) -> Result<Option<Vec<Tag>>> + 'a;

/// Opens one record and compares its tags; what is wrong goes into `result`.
fn verify_record(place: &Place, record: &StoredRecord, open: &mut Opener<'_>, result: &mut Verification) {
    result.objects += 1;
    let checked = open(place, record).and_then(|tags| match tags {
        Some(expected) => record.check_tags(place, expected),
        None => Ok(()),
    });
    if let Err(error) = checked {
        result.damages.push(error.to_string());
    }
}
