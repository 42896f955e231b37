//! The table of open sessions, in shards so that threads with sessions of their own do not meet.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::os::lock::RwLock;

use super::Session;
use crate::ck::{NumberMap, SessionHandle, to_ulong, to_usize};
use crate::error::{Error, Result};

/// Shards; sessions opened one after the other land in different ones.
const SHARDS: usize = 64;

/// Sessions by handle.
pub struct SessionTable {
    shards: Box<[Shard]>,
    /// Open sessions and reserved places.
    taken: AtomicU64,
}

/// Each shard on cache lines of its own.
#[repr(align(128))]
#[derive(Default)]
struct Shard(RwLock<NumberMap<SessionHandle, Arc<Session>>>);

impl Default for SessionTable {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            taken: AtomicU64::new(0),
        }
    }
}

impl SessionTable {
    fn shard(&self, handle: SessionHandle) -> Result<&Shard> {
        self.shards
            .get(to_usize(handle.0) % SHARDS)
            .ok_or(Error::SessionHandleInvalid)
    }

    /// The session of a handle.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`].
    pub fn session(&self, handle: SessionHandle) -> Result<Arc<Session>> {
        self.shard(handle)?
            .0
            .read()
            .get(&handle)
            .cloned()
            .ok_or(Error::SessionHandleInvalid)
    }

    /// A place for one more session, if there are not `max` yet; 0 is no limit.
    ///
    /// # Errors
    /// [`Error::SessionCount`].
    pub fn reserve(&self, max: u64) -> Result<Reserved<'_>> {
        let one_more = |taken: u64| (max == 0 || taken < max).then_some(taken + 1);
        match self
            .taken
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
        {
            Ok(_) => Ok(Reserved(self)),
            Err(_) => Err(Error::SessionCount(max)),
        }
    }

    /// Takes a session out.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`].
    pub fn remove(&self, handle: SessionHandle) -> Result<Arc<Session>> {
        let removed = self.shard(handle)?.0.write().remove(&handle);
        let session = removed.ok_or(Error::SessionHandleInvalid)?;
        session.closed.store(true, Ordering::Release);
        self.taken.fetch_sub(1, Ordering::Relaxed);
        Ok(session)
    }

    /// The sessions that `wanted` wants, as of now. It is asked under a lock of the table and must take none itself.
    #[must_use]
    pub fn those(&self, wanted: impl Fn(&Session) -> bool) -> Vec<Arc<Session>> {
        let mut found = Vec::new();
        for shard in &self.shards {
            let sessions = shard.0.read();
            found.extend(sessions.values().filter(|session| wanted(session)).cloned());
        }
        found
    }

    /// Takes all sessions out.
    pub fn clear(&self) {
        for shard in &self.shards {
            let removed = std::mem::take(&mut *shard.0.write());
            self.taken.fetch_sub(to_ulong(removed.len()), Ordering::Relaxed);
        }
    }
}

/// A place in the table that is given back unless a session takes it.
pub struct Reserved<'a>(&'a SessionTable);

impl Reserved<'_> {
    /// Adds the session.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`] never comes for a handle of ours.
    pub fn insert(self, session: Arc<Session>) -> Result<()> {
        let shard = self.0.shard(session.handle)?;
        shard.0.write().insert(session.handle, session);
        std::mem::forget(self);
        Ok(())
    }
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::Relaxed);
    }
}
