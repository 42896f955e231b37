//! New objects of one token: to the store if CKA_TOKEN is TRUE, else to the session; several of them all or none.

use std::sync::Arc;

use super::Token;
use super::handles::{Cached, Entry};
use crate::attribute::AttributeSet;
use crate::ck::{ObjectHandle, SessionHandle};
use crate::error::{Error, Result};
use crate::object::Object;
use crate::store::ObjectId;

impl Token {
    /// Adds an object: to the store if CKA_TOKEN is TRUE, else to the session.
    ///
    /// # Errors
    /// The store's.
    pub fn create(&self, session: SessionHandle, attributes: AttributeSet) -> Result<ObjectHandle> {
        let object = Object::new(attributes);
        if !object.is_token() {
            return self.add_session_object(session, object);
        }
        let ids = self.insert(&[&object])?;
        let id = ids
            .first()
            .copied()
            .ok_or(Error::Internal("an object was stored without a name"))?;
        Ok(self.adopt(id, object))
    }

    /// Adds a key pair: both keys or neither.
    ///
    /// # Errors
    /// The store's.
    pub fn create_pair(
        &self,
        session: SessionHandle,
        public: AttributeSet,
        private: AttributeSet,
    ) -> Result<(ObjectHandle, ObjectHandle)> {
        match self.create_all(session, vec![public, private])?[..] {
            [public, private] => Ok((public, private)),
            _ => Err(Error::Internal("a pair that is none")),
        }
    }

    /// Adds objects: all of them or none.
    ///
    /// # Errors
    /// The store's; [`Error::UserNotLoggedIn`] if the user has logged out meanwhile.
    pub fn create_all(
        &self,
        session: SessionHandle,
        objects: Vec<AttributeSet>,
    ) -> Result<Vec<ObjectHandle>> {
        let objects: Vec<_> = objects.into_iter().map(Object::new).collect();
        let stored: Vec<_> = objects.iter().filter(|object| object.is_token()).collect();
        let mut ids = self.insert(&stored)?.into_iter();
        let mut handles = Vec::with_capacity(objects.len());
        for object in objects {
            let added = match object.is_token() {
                true => ids
                    .next()
                    .map(|id| self.adopt(id, object))
                    .ok_or(Error::Internal("an object was stored without a name")),
                false => self.add_session_object(session, object),
            };
            match added {
                Ok(handle) => handles.push(handle),
                Err(error) => {
                    self.take_back(&handles);
                    let store = self.realm.store()?;
                    ids.for_each(|id| drop(store.delete_object(self.id, id)));
                    return Err(error);
                }
            }
        }
        Ok(handles)
    }

    /// Destroys objects that have just been added and that nobody knows of yet.
    pub fn take_back(&self, handles: &[ObjectHandle]) {
        for handle in handles {
            let _ = self.destroy(*handle);
        }
    }

    /// Adds a session object. If the user has logged out meanwhile, a private one goes as those before it went.
    fn add_session_object(&self, session: SessionHandle, object: Object) -> Result<ObjectHandle> {
        let private = object.is_private();
        let handle = self.handles.session_object(session, Arc::new(object));
        if private && !self.sees_private() {
            self.handles.remove(handle);
            return Err(Error::UserNotLoggedIn("the user logged out meanwhile"));
        }
        Ok(handle)
    }

    /// Gives a handle to an object that has just been stored.
    fn adopt(&self, id: ObjectId, object: Object) -> ObjectHandle {
        let handle = self.handles.stored(id, object.is_private());
        if let Some(Entry::Stored(entry)) = self.handles.entry(handle) {
            // No generation: the first use asks the store, as others may have written meanwhile.
            let cached = Cached {
                generation: None,
                version: 1,
                object: Arc::new(object),
            };
            *entry.cached.lock() = Some(cached);
        }
        handle
    }
}
