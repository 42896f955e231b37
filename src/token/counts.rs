//! How many sessions this process has open on a token.

use crate::os::lock::Mutex;

/// The open sessions of one token.
#[derive(Default)]
pub struct SessionCounts(Mutex<Counts>);

/// Numbers of sessions.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct Counts {
    /// All.
    pub all: u64,
    /// Those opened with CKF_RW_SESSION.
    pub read_write: u64,
}

impl SessionCounts {
    /// Counts a new session.
    pub fn open(&self, read_write: bool) {
        let mut counts = self.0.lock();
        counts.all += 1;
        counts.read_write += u64::from(read_write);
    }

    /// Counts a session that was closed; tells whether it was the last.
    pub fn close(&self, read_write: bool) -> bool {
        let mut counts = self.0.lock();
        counts.all = counts.all.saturating_sub(1);
        counts.read_write = counts.read_write.saturating_sub(u64::from(read_write));
        counts.all == 0
    }

    /// The numbers.
    #[must_use]
    pub fn counts(&self) -> Counts {
        *self.0.lock()
    }

    /// All open sessions.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts().all
    }

    /// The open read-only sessions.
    #[must_use]
    pub fn read_only(&self) -> u64 {
        let counts = self.counts();
        counts.all - counts.read_write
    }
}
