//! The objects of one token as this process sees them: stored ones, those of its sessions, and the built-in
//! profiles.
//!
//! A handle is looked up, its object checked against the store's generation, and only if another process has
//! written since is the store asked. Private objects are there for the logged-in user alone.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use super::handles::{Cached, Entry, StoredEntry};
use super::{Found, Stamp, Token, nonces};
use crate::attribute::AttributeSet;
use crate::ck::{ObjectHandle, SessionHandle, UserType};
use crate::error::{Error, KeyRole, Result};
use crate::object::Object;
use crate::object::search::SearchTemplate;

impl Token {
    /// The state of this process' view: an object looked up under the same stamp is still the same.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp {
            generation: self.realm.generation(),
            epoch: self.epoch.load(Ordering::Acquire),
        }
    }

    pub(super) fn sees_private(&self) -> bool {
        self.logged_in() == Some(UserType::User)
    }

    /// The object of a handle.
    ///
    /// # Errors
    /// [`Error::ObjectHandleInvalid`] if there is none, if it is gone, or if it is private and the user is not
    /// logged in; the store's.
    pub fn object(&self, handle: ObjectHandle) -> Result<Arc<Object>> {
        match self.handles.entry(handle).ok_or(Error::ObjectHandleInvalid)? {
            Entry::BuiltIn(object) => Ok(object),
            Entry::Session(object) if !object.is_private() || self.sees_private() => Ok(object),
            Entry::Stored(entry) if !entry.private || self.sees_private() => self.stored(handle, &entry),
            Entry::Session(_) | Entry::Stored(_) => Err(Error::ObjectHandleInvalid),
        }
    }

    /// The object of a key handle.
    ///
    /// # Errors
    /// As [`Token::object`], in the words of the key's role.
    pub fn key(&self, handle: ObjectHandle, role: KeyRole) -> Result<Arc<Object>> {
        self.object(handle).map_err(|error| match error {
            Error::ObjectHandleInvalid => Error::KeyHandleInvalid(role),
            other => other,
        })
    }

    /// A stored object, read anew only if its record has changed.
    fn stored(&self, handle: ObjectHandle, entry: &StoredEntry) -> Result<Arc<Object>> {
        let generation = self.realm.generation();
        let mut cached = entry.cached.lock();
        if let Some(known) = &mut *cached {
            if generation.is_some() && known.generation == generation {
                return Ok(known.object.clone());
            }
            if self.realm.store()?.object_version(self.id, entry.id)? == Some(known.version) {
                known.generation = generation;
                return Ok(known.object.clone());
            }
        }
        let Some((version, attributes)) = self.read(entry.id)? else {
            *cached = None;
            drop(cached);
            let why = self.absence(entry.id, entry.private);
            if why == Error::ObjectHandleInvalid {
                self.handles.remove(handle);
                nonces::forget(self.id, entry.id);
            }
            return Err(why);
        };
        let object = Arc::new(Object::new(attributes));
        *cached = Some(Cached {
            generation,
            version,
            object: object.clone(),
        });
        Ok(object)
    }

    /// Changes an object to what `change` makes of it. Another process that changes it at the same time does not
    /// lose its work: `change` then runs again on what that process wrote, as often as it takes, but not longer than a
    /// busy store is waited for.
    ///
    /// # Errors
    /// What `change` says; [`Error::ObjectHandleInvalid`]; the store's.
    pub fn replace(
        &self,
        handle: ObjectHandle,
        change: impl Fn(&AttributeSet) -> Result<AttributeSet>,
    ) -> Result<()> {
        match self.handles.entry(handle).ok_or(Error::ObjectHandleInvalid)? {
            Entry::BuiltIn(_) => return Err(Error::ActionProhibited(crate::ck::CKA_MODIFIABLE)),
            Entry::Session(_) => self.replace_session_object(handle, change)?,
            Entry::Stored(entry) => self.replace_stored(&entry, change)?,
        }
        self.changed();
        Ok(())
    }

    fn replace_session_object(
        &self,
        handle: ObjectHandle,
        change: impl Fn(&AttributeSet) -> Result<AttributeSet>,
    ) -> Result<()> {
        let started = Instant::now();
        loop {
            let Some(Entry::Session(object)) = self.handles.entry(handle) else {
                return Err(Error::ObjectHandleInvalid);
            };
            let changed = Object::new(change(object.attributes())?);
            if self
                .handles
                .replace_session_object(handle, &object, Arc::new(changed))
            {
                return Ok(());
            }
            if started.elapsed() > self.realm.patience() {
                return Err(Error::StoreBusy);
            }
        }
    }

    fn replace_stored(
        &self,
        entry: &StoredEntry,
        change: impl Fn(&AttributeSet) -> Result<AttributeSet>,
    ) -> Result<()> {
        let started = Instant::now();
        loop {
            let Some((version, attributes)) = self.read(entry.id)? else {
                return Err(self.absence(entry.id, entry.private));
            };
            let changed = Object::new(change(&attributes)?);
            if self.update(entry.id, version, &changed)? {
                return Ok(());
            }
            if started.elapsed() > self.realm.patience() {
                return Err(Error::StoreBusy);
            }
        }
    }

    /// Destroys an object.
    ///
    /// # Errors
    /// [`Error::ObjectHandleInvalid`] if another process was faster; the store's.
    pub fn destroy(&self, handle: ObjectHandle) -> Result<()> {
        let entry = self.handles.entry(handle).ok_or(Error::ObjectHandleInvalid)?;
        let destroyed = match &entry {
            Entry::BuiltIn(_) => return Err(Error::ActionProhibited(crate::ck::CKA_DESTROYABLE)),
            Entry::Session(_) => Ok(()),
            Entry::Stored(entry) => match self.delete(entry.id)? {
                true => Ok(()),
                false => Err(self.absence(entry.id, entry.private)),
            },
        };
        if matches!(destroyed, Ok(()) | Err(Error::ObjectHandleInvalid)) {
            self.handles.remove(handle);
            if let Entry::Stored(entry) = entry {
                nonces::forget(self.id, entry.id);
            }
            self.changed();
        }
        destroyed
    }

    /// Everything that matches and may be seen, as of now.
    ///
    /// # Errors
    /// The store's.
    pub fn find(&self, search: &SearchTemplate) -> Result<Vec<Found>> {
        let sees_private = self.sees_private();
        let visible = |object: &Object| !object.is_private() || sees_private;
        let matching = |(_, object): &(ObjectHandle, Arc<Object>)| {
            visible(object) && search.matches(object.attributes())
        };
        let lookup = search.lookup();
        let session_objects = lookup.token != Some(true);
        let unstored = self
            .handles
            .unstored(session_objects)
            .into_iter()
            .filter(matching);
        let mut found: Vec<_> = unstored.map(|(handle, _)| Found::Handle(handle)).collect();
        let stored = self.find_stored(search, &lookup, sees_private)?;
        if stored.is_empty() {
            self.still_there()?; // nothing is found in a token that is gone, but that is another answer
        }
        found.extend(stored);
        Ok(found)
    }

    /// The handle of what a search found; `None` if it may not be seen any more.
    #[must_use]
    pub fn handle_of(&self, found: &Found) -> Option<ObjectHandle> {
        match found {
            Found::Handle(handle) => self.handles.entry(*handle).map(|_| *handle),
            Found::Stored { private: true, .. } if !self.sees_private() => None,
            Found::Stored { id, private } => Some(self.handles.stored(*id, *private)),
        }
    }

    /// Destroys the objects of a session.
    pub fn end_objects_of(&self, session: SessionHandle) {
        if self.handles.remove_objects_of(session) {
            self.changed();
        }
    }

    /// Something that this process knows has changed: keys at hand are looked up again.
    pub(super) fn changed(&self) {
        self.epoch.fetch_add(1, Ordering::AcqRel);
    }
}
