//! Object handles of this process: what each stands for, and the same handle for the same object every time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::ck::{NumberMap, ObjectHandle, SessionHandle, to_usize};
use crate::mechanism::message::Nonces;
use crate::object::Object;
use crate::os::lock::{Mutex, RwLock};
use crate::store::ObjectId;

const SHARDS: usize = 16;

/// Numbers of objects in this process; they are never used again, whatever becomes of module, token or login.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// What a handle stands for.
#[derive(Clone)]
pub(super) enum Entry {
    /// An object of the store.
    Stored(Arc<StoredEntry>),
    /// An object of a session, which is nowhere else and goes with it.
    Session(Arc<Object>),
    /// A profile object, which every token has.
    BuiltIn(Arc<Object>),
}

/// A stored object that this process has seen.
pub(super) struct StoredEntry {
    /// Its name in the store.
    pub(super) id: ObjectId,
    /// CKA_PRIVATE.
    pub(super) private: bool,
    /// The object as it was last read.
    pub(super) cached: Mutex<Option<Cached>>,
}

/// An object as it was read.
#[derive(Clone)]
pub(super) struct Cached {
    /// The store's generation then.
    pub(super) generation: Option<u64>,
    /// The record's version.
    pub(super) version: u64,
    /// The object.
    pub(super) object: Arc<Object>,
}

/// The handles of one token.
#[derive(Default)]
pub(super) struct Handles {
    shards: [RwLock<NumberMap<ObjectHandle, Entry>>; SHARDS],
    by_id: Mutex<NumberMap<ObjectId, ObjectHandle>>,
    /// The handles of session objects in the order of their making, each with its session.
    session_objects: Mutex<BTreeMap<ObjectHandle, SessionHandle>>,
    built_in: Mutex<Vec<ObjectHandle>>,
}

impl Handles {
    fn shard(&self, handle: ObjectHandle) -> Option<&RwLock<NumberMap<ObjectHandle, Entry>>> {
        self.shards.get(to_usize(handle.0) % SHARDS)
    }

    /// What the handle stands for.
    pub(super) fn entry(&self, handle: ObjectHandle) -> Option<Entry> {
        self.shard(handle)?.read().get(&handle).cloned()
    }

    fn add(&self, entry: Entry) -> ObjectHandle {
        let handle = ObjectHandle(NEXT.fetch_add(1, Ordering::Relaxed));
        if let Some(shard) = self.shard(handle) {
            shard.write().insert(handle, entry);
        }
        handle
    }

    /// The handle of a stored object.
    pub(super) fn stored(&self, id: ObjectId, private: bool) -> ObjectHandle {
        let mut by_id = self.by_id.lock();
        if let Some(handle) = by_id.get(&id) {
            return *handle;
        }
        let entry = StoredEntry {
            id,
            private,
            cached: Mutex::new(None),
        };
        let handle = self.add(Entry::Stored(Arc::new(entry)));
        by_id.insert(id, handle);
        handle
    }

    /// A handle for a new session object.
    pub(super) fn session_object(&self, owner: SessionHandle, object: Arc<Object>) -> ObjectHandle {
        let handle = self.add(Entry::Session(object));
        self.session_objects.lock().insert(handle, owner);
        handle
    }

    /// A handle for an object that every token has.
    pub(super) fn built_in(&self, object: Arc<Object>) -> ObjectHandle {
        let handle = self.add(Entry::BuiltIn(object));
        self.built_in.lock().push(handle);
        handle
    }

    /// Puts a changed session object in the place of `old`; `false` if another thread has already put one there.
    pub(super) fn replace_session_object(
        &self,
        handle: ObjectHandle,
        old: &Arc<Object>,
        changed: Arc<Object>,
    ) -> bool {
        let Some(shard) = self.shard(handle) else {
            return false;
        };
        match shard.write().get_mut(&handle) {
            Some(Entry::Session(object)) if Arc::ptr_eq(object, old) => {
                if let Some(nonces) = object.nonces() {
                    changed.with_nonces(|| Arc::clone(nonces));
                }
                *object = changed;
                true
            }
            _ => false,
        }
    }

    /// The nonces of a session key as it is now; `None` if it is gone.
    pub(super) fn nonces_of_session_key(&self, handle: ObjectHandle) -> Option<Arc<Nonces>> {
        let shard = self.shard(handle)?.write(); // against a change that would take an object without them
        match shard.get(&handle)? {
            Entry::Session(object) => Some(Arc::clone(object.with_nonces(Arc::default))),
            _ => None,
        }
    }

    /// Forgets a handle for ever.
    pub(super) fn remove(&self, handle: ObjectHandle) {
        let Some(shard) = self.shard(handle) else { return };
        let removed = shard.write().remove(&handle); // the shard's lock is let go before another is taken
        match removed {
            Some(Entry::Stored(entry)) => {
                self.by_id.lock().remove(&entry.id);
            }
            Some(Entry::Session(_)) => {
                self.session_objects.lock().remove(&handle);
            }
            Some(Entry::BuiltIn(_)) | None => {}
        }
    }

    /// Profile objects with their handles, and session objects if they are wanted.
    pub(super) fn unstored(&self, session_objects: bool) -> Vec<(ObjectHandle, Arc<Object>)> {
        let mut handles = self.built_in.lock().clone();
        if session_objects {
            handles.extend(self.session_objects.lock().keys().copied());
        }
        let object = |handle| match self.entry(handle)? {
            Entry::Session(object) | Entry::BuiltIn(object) => Some((handle, object)),
            Entry::Stored(_) => None,
        };
        handles.into_iter().filter_map(object).collect()
    }

    /// Forgets the objects of a session. Tells whether there were any.
    pub(super) fn remove_objects_of(&self, session: SessionHandle) -> bool {
        let owned = |objects: &BTreeMap<_, _>| -> Vec<ObjectHandle> {
            objects
                .iter()
                .filter(|(_, owner)| **owner == session)
                .map(|(handle, _)| *handle)
                .collect()
        };
        let matching = owned(&self.session_objects.lock());
        matching.iter().for_each(|handle| self.remove(*handle));
        !matching.is_empty()
    }

    /// Forgets every handle.
    pub(super) fn clear(&self) {
        for shard in &self.shards {
            drop(std::mem::take(&mut *shard.write()));
        }
        drop(std::mem::take(&mut *self.by_id.lock()));
        drop(std::mem::take(&mut *self.session_objects.lock()));
    }

    /// Forgets all handles of private objects; session objects among them are gone for good.
    pub(super) fn remove_private(&self) {
        let private = |entry: &Entry| match entry {
            Entry::Stored(entry) => entry.private,
            Entry::Session(object) | Entry::BuiltIn(object) => object.is_private(),
        };
        for shard in &self.shards {
            let matching: Vec<_> = shard
                .read()
                .iter()
                .filter(|(_, entry)| private(entry))
                .map(|(handle, _)| *handle)
                .collect();
            matching.into_iter().for_each(|handle| self.remove(handle));
        }
    }
}
