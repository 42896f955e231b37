//! The nonces of keys in this process: all operations and sessions with a key share them, and they outlive a change of
//! the key, the login, and, for keys of the store, C_Finalize.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Token;
use super::handles::Entry;
use crate::ck::ObjectHandle;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::message::Nonces;
use crate::object::Object;
use crate::os::fork;
use crate::os::lock::Mutex;
use crate::store::{ObjectId, TokenId};

/// Of the stored keys that were asked for nonces. Locked as a guest of [`fork`] only, so that no child inherits the lock
/// held.
static STORED: Mutex<Stored> = Mutex::new(Stored {
    epoch: 0,
    keys: BTreeMap::new(),
});

struct Stored {
    /// The process: a child of fork begins anew, as any other process does.
    epoch: u64,
    keys: BTreeMap<(TokenId, ObjectId), Arc<Nonces>>,
}

fn with_stored<T>(run: impl FnOnce(&mut BTreeMap<(TokenId, ObjectId), Arc<Nonces>>) -> T) -> T {
    let _guest = fork::enter();
    let mut stored = STORED.lock();
    if stored.epoch != fork::epoch() {
        *stored = Stored {
            epoch: fork::epoch(),
            keys: BTreeMap::new(),
        };
    }
    run(&mut stored.keys)
}

/// A stored key is gone, and its handle before it.
pub(super) fn forget(token: TokenId, id: ObjectId) {
    with_stored(|keys| keys.remove(&(token, id)));
}

impl Token {
    /// The nonces of a key that was looked up under this handle.
    ///
    /// # Errors
    /// [`Error::KeyHandleInvalid`] if they are asked for the first time and the key is gone.
    pub fn nonces<'o>(&self, handle: ObjectHandle, key: &'o Object, role: KeyRole) -> Result<&'o Nonces> {
        if let Some(nonces) = key.nonces() {
            return Ok(nonces);
        }
        let nonces = match self.handles.entry(handle) {
            Some(Entry::Stored(entry)) => with_stored(|keys| {
                // Looked at again under the lock: who destroys a key takes its handle away first.
                self.handles.entry(handle)?;
                Some(Arc::clone(keys.entry((self.id, entry.id)).or_default()))
            }),
            Some(Entry::Session(_)) => self.handles.nonces_of_session_key(handle),
            Some(Entry::BuiltIn(_)) | None => None,
        };
        let nonces = nonces.ok_or(Error::KeyHandleInvalid(role))?;
        Ok(key.with_nonces(|| nonces))
    }
}
