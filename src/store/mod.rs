//! The store: tokens and objects as opaque bytes that survive. It knows ids, tags, versions and sealed records, and
//! nothing of attributes, PINs or the standard's words.
//!
//! Invariants: what a call has answered is durable; several processes may use one store at the same time and see
//! each other's committed work; a byte changed on the disk is [`Error::StoreDamaged`] with the record's name, never
//! other data. Ids are never used twice. `token/` is the one caller; `admin/` uses [`SqliteStore::verify_token`] through
//! the facade.

mod faults;
mod names;
mod root;
pub mod seal;
mod search;
mod sqlite;
pub mod tags;

#[cfg(test)]
mod tests;

use crate::error::{Error, Reason, Result};

pub use crate::os::locked::{KEY_LEN, LockedKey};
pub use names::{ObjectId, TokenId};
pub use root::{RootKey, RootKeySource, RootKeys};
pub use seal::{OVERHEAD, Place, Purpose, SealKey};
pub use search::{Candidate, Search, Visit};
pub use sqlite::{DATABASE_FILE, SqliteOptions, SqliteStore};
pub use tags::{Tag, TagKey};

/// What helps against damage.
pub const FROM_BACKUP: &str = "put the database back from its backup";

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
    /// The object, from [`SqliteStore::new_object_id`].
    pub id: ObjectId,
    /// Whether it is found with the tags of private objects only. Part of the record's [`Place`].
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
    pub fn check_tags(&self, place: &Place, expected: Vec<Tag>) -> Result<()> {
        if self.tags == tags::listed(expected) {
            return Ok(());
        }
        let what = format!("the search tags of {place} are not those of its attributes");
        Err(Error::StoreDamaged(Reason::new(what, REPAIR_INDEX)))
    }
}

/// The remedy for an index that is damaged, where the records are not.
pub const REPAIR_INDEX: &str = "`vhsm token check --repair` builds the search index anew";

/// What [`SqliteStore::repair_token`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repair {
    /// Objects that were looked at.
    pub objects: u64,
    /// What was wrong and is right now, each with the record's name.
    pub repaired: Vec<String>,
}

/// What [`SqliteStore::verify_token`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Objects that were looked at.
    pub objects: u64,
    /// What is not as it was written, each with the record's name.
    pub damages: Vec<String>,
}

/// Makes a new header of the old one for [`SqliteStore::update_header`]; `None` keeps the old one.
pub type HeaderChange<'a> = dyn FnMut(&[u8]) -> Result<Option<Vec<u8>>> + 'a;

/// Opens a record for [`SqliteStore::verify_token`].
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
