//! A token as this process sees it: its login, its objects and their handles, and the realm of all tokens.
//!
//! Who may see and change what is decided here: private objects are there for the logged-in user alone, and a
//! handle outlives neither its object nor the login.

mod confirmations;
mod counts;
mod create;
mod handles;
mod header;
mod login;
mod nonces;
mod objects;
mod pin;
mod realm;
mod records;
mod state;
mod unknown;

pub use counts::Counts;
pub use header::{Header, PinRecord};
pub use pin::PinRules;
pub use realm::{Realm, RealmOptions};

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use crate::os::lock::RwLock;

use crate::ck::ObjectHandle;
use crate::error::{Error, Result};
use crate::object::{Object, profile};
use crate::store::{ObjectId, TokenEntry, TokenId};
use counts::SessionCounts;
use handles::Handles;
use login::Login;
use realm::RealmState;
use records::ObjectKeys;

/// No generation: those that are to be trusted are even.
const NEVER: u64 = u64::MAX;

/// An initialised token.
pub struct Token {
    id: TokenId,
    realm: Arc<RealmState>,
    public_keys: ObjectKeys,
    login: RwLock<Option<Login>>,
    /// Who is logged in, to be asked without a lock; written under `login`.
    who: AtomicU8,
    /// Counts the changes that this process itself makes or causes.
    epoch: AtomicU64,
    /// The store's generation when the token was last seen there.
    seen: AtomicU64,
    /// The slot in which it was last seen; 0, which is none, before.
    slot: AtomicU64,
    handles: Handles,
    sessions: SessionCounts,
}

/// When an object was looked up: it may be used again without asking while both numbers are the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stamp {
    /// The store's generation; `None` must not be trusted.
    pub generation: Option<u64>,
    /// The token's count of changes in this process.
    pub epoch: u64,
}

/// What a search found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// An object that has a handle.
    Handle(ObjectHandle),
    /// A stored object that may not have one yet.
    Stored {
        /// Its name in the store.
        id: ObjectId,
        /// CKA_PRIVATE.
        private: bool,
    },
}

impl Token {
    fn new(realm: Arc<RealmState>, id: TokenId) -> Self {
        let token = Self {
            id,
            public_keys: ObjectKeys::Public(realm.clone()),
            realm,
            login: RwLock::new(None),
            who: AtomicU8::new(0),
            epoch: AtomicU64::new(0),
            seen: AtomicU64::new(NEVER),
            slot: AtomicU64::new(0),
            handles: Handles::default(),
            sessions: SessionCounts::default(),
        };
        for attributes in profile::objects() {
            token.handles.built_in(Arc::new(Object::new(attributes)));
        }
        token
    }

    /// Its name in the store: another one after every initialisation.
    #[must_use]
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// The sessions that this process has open on it.
    #[must_use]
    pub fn sessions(&self) -> Counts {
        *self.sessions.lock()
    }

    /// Asks whether the token is still there, if anything was written since it was last asked. Its header must open:
    /// the seal says that the token's name, which its public objects are found and sealed with, is the right one.
    ///
    /// # Errors
    /// [`Error::DeviceRemoved`] if it was deleted or initialised anew; [`Error::StoreDamaged`]; the store's.
    pub fn still_there(&self) -> Result<()> {
        let generation = self.realm.generation();
        if generation.is_some_and(|now| now == self.seen.load(Ordering::Acquire)) {
            return Ok(());
        }
        self.entry()?.header?;
        self.seen.store(generation.unwrap_or(NEVER), Ordering::Release);
        Ok(())
    }

    /// The header as it is now.
    ///
    /// # Errors
    /// [`Error::DeviceRemoved`] if the token is gone; the store's.
    pub fn header(&self) -> Result<Header> {
        Header::decode(&self.entry()?.header?)
    }

    fn entry(&self) -> Result<TokenEntry> {
        let entry = self.realm.store()?.token(self.id)?;
        let entry = entry.ok_or(Error::DeviceRemoved);
        let entry = entry.or_else(|removed| self.explained(Err(removed)))?;
        self.slot.store(entry.slot, Ordering::Release);
        Ok(entry)
    }

    /// Tells a token that is gone from one whose name was changed on the disk.
    pub(super) fn explained<T>(&self, answer: Result<T>) -> Result<T> {
        answer.map_err(|error| match (error, self.realm.store()) {
            (Error::DeviceRemoved, Ok(store)) => {
                let slot = self.slot.load(Ordering::Acquire);
                store.absence(self.id, Some(slot).filter(|slot| *slot > 0))
            }
            (error, _) => error,
        })
    }

    /// Changes the header in one transaction. `change` gives the answer and whether the header is to be written,
    /// which it can be for a refusal, too.
    fn update_header<T>(&self, mut change: impl FnMut(&mut Header) -> (Result<T>, bool)) -> Result<T> {
        let mut answer = None;
        let updated = self.realm.store()?.update_header(self.id, &mut |bytes| {
            let mut header = Header::decode(bytes)?;
            let (result, write) = change(&mut header);
            answer = Some(result);
            Ok(write.then(|| header.encode()))
        });
        self.explained(updated)?;
        answer.unwrap_or(Err(Error::Internal(
            "the store did not ask for the change of a header",
        )))
    }

    /// Forgets sessions, keys and handles: the module is being finalised. A login whose PIN is still being derived
    /// finds no session then, and leaves no key behind.
    pub fn close(&self) {
        let mut sessions = self.sessions.lock();
        *sessions = Counts::default();
        self.logout_quietly();
        drop(sessions);
        self.handles.clear();
    }
}
