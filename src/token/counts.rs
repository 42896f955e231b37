//! How many sessions this process has open on a token.
//!
//! The numbers and the login are changed under one lock, taken first, because each decides what the other may be: no
//! login without a session, and the SO beside no read-only session.

use std::sync::MutexGuard;

use crate::os::lock::Mutex;

/// The open sessions of one token.
#[derive(Default)]
pub(super) struct SessionCounts(Mutex<Counts>);

/// Numbers of sessions.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub all: u64,
    /// Those opened with CKF_RW_SESSION.
    pub read_write: u64,
}

impl Counts {
    /// Those opened without CKF_RW_SESSION.
    #[must_use]
    pub fn read_only(&self) -> u64 {
        self.all.saturating_sub(self.read_write)
    }

    pub(super) fn add(&mut self, read_write: bool) {
        self.all += 1;
        self.read_write += u64::from(read_write);
    }

    pub(super) fn subtract(&mut self, read_write: bool) {
        self.all = self.all.saturating_sub(1);
        self.read_write = self.read_write.saturating_sub(u64::from(read_write));
    }
}

impl SessionCounts {
    /// The numbers, to be changed together with the login.
    pub(super) fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock()
    }
}
