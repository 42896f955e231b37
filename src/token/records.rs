//! Stored objects: sealed, tagged, read back and found.

use std::sync::Arc;

use super::confirmations::Confirmations;
use super::login::Login;
use super::realm::RealmState;
use super::{Found, Token};
use crate::attribute::AttributeSet;
use crate::ck::CK_UNAVAILABLE_INFORMATION;
use crate::error::{Error, Reason, Result};
use crate::object::index::{Lookup, Term, terms};
use crate::object::search::SearchTemplate;
use crate::object::{Object, codec};
use crate::store::tags::derive;
use crate::store::{
    Candidate, FROM_BACKUP, LockedKey, NewRecord, ObjectId, Place, REPAIR_INDEX, Repair, SealKey, Search,
    StoredRecord, Tag, TagKey, TokenId, Verification,
};

/// What records are sealed and found with.
pub(super) enum ObjectKeys {
    /// Public objects: under the root key.
    Public(Arc<RealmState>),
    /// Private objects: under the token's key, which only a login opens.
    Private { seal: Arc<SealKey>, tags: Arc<TagKey> },
}

impl ObjectKeys {
    /// The keys of private objects.
    ///
    /// # Errors
    /// [`Error::HostMemory`], [`Error::Crypto`].
    pub(super) fn private(token_key: &LockedKey) -> Result<Self> {
        Ok(Self::Private {
            seal: Arc::new(SealKey::new(&derive(token_key, b"vhsm private objects")?)?),
            tags: Arc::new(TagKey::new(&derive(token_key, b"vhsm private search tags")?)),
        })
    }

    fn seal_key(&self) -> Result<Arc<SealKey>> {
        match self {
            Self::Public(realm) => Ok(realm.store()?.keys()?.public_objects.clone()),
            Self::Private { seal, .. } => Ok(seal.clone()),
        }
    }

    fn tag_key(&self) -> Result<Arc<TagKey>> {
        match self {
            Self::Public(realm) => Ok(realm.store()?.keys()?.public_tags.clone()),
            Self::Private { tags, .. } => Ok(tags.clone()),
        }
    }

    fn tag(&self, token: TokenId, term: &Term) -> Result<Tag> {
        let (attribute, value) = term.parts();
        Ok(self.tag_key()?.tag(token, attribute, value))
    }

    fn tags(&self, token: TokenId, attributes: &AttributeSet) -> Result<Vec<Tag>> {
        terms(attributes)
            .iter()
            .map(|term| self.tag(token, term))
            .chain([self.tag_of_all(token)])
            .collect()
    }

    /// What every object has: a search that knows nothing better finds all.
    fn tag_of_all(&self, token: TokenId) -> Result<Tag> {
        Ok(self.tag_key()?.tag(token, CK_UNAVAILABLE_INFORMATION, b""))
    }
}

impl Token {
    /// Runs with the keys of public or private objects.
    fn with_keys<T>(&self, private: bool, run: impl FnOnce(&ObjectKeys) -> Result<T>) -> Result<T> {
        if !private {
            return run(&self.public_keys);
        }
        let keys = match &*self.login.read() {
            Some(Login::User(keys)) => keys.clone(),
            _ => return Err(Error::UserNotLoggedIn("a private object needs the user")),
        };
        run(&keys)
    }

    fn sealed(&self, id: ObjectId, version: u64, object: &Object) -> Result<NewRecord> {
        let private = object.is_private();
        self.with_keys(private, |keys| {
            let place = Place::object(self.id, id, version, private);
            let record = keys
                .seal_key()?
                .seal(&place, &codec::encode(object.attributes()))?;
            Ok(NewRecord {
                id,
                private,
                record,
                tags: keys.tags(self.id, object.attributes())?,
            })
        })
    }

    /// Stores new objects, all or none; gives their names.
    pub(super) fn insert(&self, objects: &[&Object]) -> Result<Vec<ObjectId>> {
        if objects.is_empty() {
            return Ok(Vec::new());
        }
        let store = self.realm.store()?;
        let record = |object: &&Object| self.sealed(store.new_object_id()?, 1, object);
        let records: Vec<_> = objects.iter().map(record).collect::<Result<_>>()?;
        self.explained(store.insert_objects(self.id, &records))?;
        Ok(records.into_iter().map(|record| record.id).collect())
    }

    /// Replaces a stored object if it still has this version.
    pub(super) fn update(&self, id: ObjectId, version: u64, object: &Object) -> Result<bool> {
        let record = self.sealed(id, version + 1, object)?;
        self.explained(self.realm.store()?.replace_object(self.id, version, &record))
    }

    /// Deletes a stored object; `false` if it is not there.
    pub(super) fn delete(&self, id: ObjectId) -> Result<bool> {
        self.explained(self.realm.store()?.delete_object(self.id, id))
    }

    /// Reads a stored object: its version and attributes.
    pub(super) fn read(&self, id: ObjectId) -> Result<Option<(u64, AttributeSet)>> {
        let Some(stored) = self.realm.store()?.object(self.id, id)? else {
            return Ok(None);
        };
        let attributes = self.opened(id, &stored)?;
        Ok(Some((stored.version, attributes)))
    }

    fn opened(&self, id: ObjectId, stored: &StoredRecord) -> Result<AttributeSet> {
        self.with_keys(stored.private, |keys| {
            let attributes = self.attributes_of(keys, id, stored)?;
            let place = Place::object(self.id, id, stored.version, stored.private);
            stored.check_tags(&place, keys.tags(self.id, &attributes)?)?;
            Ok(attributes)
        })
    }

    fn attributes_of(&self, keys: &ObjectKeys, id: ObjectId, stored: &StoredRecord) -> Result<AttributeSet> {
        let place = Place::object(self.id, id, stored.version, stored.private);
        codec::decode(&keys.seal_key()?.open(&place, &stored.record)?)
    }

    /// Searches the store.
    pub(super) fn find_stored(
        &self,
        template: &SearchTemplate,
        lookup: &Lookup,
        sees_private: bool,
    ) -> Result<Vec<Found>> {
        if lookup.nothing || lookup.token == Some(false) {
            return Ok(Vec::new());
        }
        let searches = self.searches(lookup, sees_private)?;
        let mut found = Vec::new();
        let mut confirmations = Confirmations::new(lookup);
        let searched = self.realm.store()?.find(self.id, &searches, &mut |candidate| {
            if !confirmations.wanted(candidate.private)
                || self.confirmed(candidate, template, &mut confirmations)?
            {
                found.push(Found::Stored {
                    id: candidate.id,
                    private: candidate.private,
                });
            }
            Ok(())
        });
        self.explained(searched)?;
        Ok(found)
    }

    fn searches(&self, lookup: &Lookup, sees_private: bool) -> Result<Vec<Search>> {
        let kinds = [false, true].into_iter().filter(|private| {
            lookup.private.is_none_or(|wanted| wanted == *private) && (!private || sees_private)
        });
        let search = |private| {
            self.with_keys(private, |keys| {
                let tags = lookup.terms.iter().map(|term| keys.tag(self.id, term));
                let mut tags = tags.collect::<Result<Vec<_>>>()?;
                if tags.is_empty() {
                    tags.push(keys.tag_of_all(self.id)?);
                }
                Ok(Search { private, tags })
            })
        };
        let searches = kinds.map(search);
        // Another thread may log out meanwhile: then there are no private objects to be found.
        let of_the_user = |result: &Result<Search>| !matches!(result, Err(Error::UserNotLoggedIn(_)));
        searches.filter(of_the_user).collect()
    }

    /// Confirms a candidate on its record. One that is damaged is found, because it is not absent: whoever uses it is
    /// told what is wrong. What the index names wrongly is not found. A record that is gone while the index names it is
    /// an error: both are read in one state of the store, so that nobody has deleted it meanwhile.
    fn confirmed(
        &self,
        candidate: &Candidate<'_>,
        template: &SearchTemplate,
        confirmations: &mut Confirmations,
    ) -> Result<bool> {
        let id = candidate.id;
        let attributes = candidate.record().and_then(|stored| match stored {
            Some(stored) => self
                .with_keys(candidate.private, |keys| self.attributes_of(keys, id, &stored))
                .map(Some),
            None => Ok(None),
        });
        match attributes {
            Ok(Some(attributes)) if template.matches(&attributes) => {
                confirmations.count(candidate.private);
                Ok(true)
            }
            Ok(Some(_)) => {
                if confirmations.decides {
                    log::error!("the search index names object {id} for what it is not; {REPAIR_INDEX}");
                }
                Ok(false)
            }
            Ok(None) => Err(gone(id)),
            Err(error @ Error::StoreDamaged(_)) => {
                log::error!("{error}");
                Ok(true)
            }
            Err(Error::UserNotLoggedIn(_)) => Ok(false), // logged out meanwhile
            Err(error) => Err(error),
        }
    }

    /// Why a stored object that had a handle has no record: another process has destroyed it, or the index still names
    /// it, which is damage. An id is never used again, so that a look at the index after the one at the record is as
    /// good as one at the same time.
    pub(super) fn absence(&self, id: ObjectId, private: bool) -> Error {
        let named = self.still_there().and_then(|()| {
            let all = self.with_keys(private, |keys| keys.tag_of_all(self.id))?;
            self.realm.store()?.names(all, id)
        });
        match named {
            Ok(true) => gone(id),
            // Who has logged out meanwhile sees no private object.
            Ok(false) | Err(Error::UserNotLoggedIn(_)) => Error::ObjectHandleInvalid,
            Err(error) => error,
        }
    }

    /// How many objects the store has for this token, private ones included.
    ///
    /// # Errors
    /// The store's.
    pub fn object_count(&self) -> Result<u64> {
        self.realm.store()?.count(self.id)
    }

    /// Compares everything that is stored of this token with what must be there. Private objects are opened only
    /// if the user is logged in.
    ///
    /// # Errors
    /// The store's; damages are in the result.
    pub fn verify(&self) -> Result<Verification> {
        let store = self.realm.store()?;
        store.verify_token(self.id, &mut |place, stored| self.tags_of(place, stored))
    }

    /// Builds what the token's objects are found by anew from their records.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`] if there are private objects and the user is not logged in; the store's.
    pub fn repair(&self) -> Result<Repair> {
        let store = self.realm.store()?;
        store.repair_token(self.id, &mut |place, stored| self.tags_of(place, stored))
    }

    /// The tags that a record's attributes give; `None` for a private one if the user is not logged in.
    fn tags_of(&self, place: &Place, stored: &StoredRecord) -> Result<Option<Vec<Tag>>> {
        let tags = self.with_keys(stored.private, |keys| {
            let attributes = codec::decode(&keys.seal_key()?.open(place, &stored.record)?)?;
            keys.tags(self.id, &attributes).map(Some)
        });
        match tags {
            Err(Error::UserNotLoggedIn(_)) => Ok(None),
            tags => tags,
        }
    }
}

/// The index names an object that is not there.
fn gone(object: ObjectId) -> Error {
    let what = format!("object {object}: the search index names it, but its record is gone");
    Error::StoreDamaged(Reason::new(what, FROM_BACKUP))
}
