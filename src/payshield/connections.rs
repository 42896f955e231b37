//! [`Connections`]: who is connected, and how much was sent and received.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// A connection.
#[derive(Clone, Copy, Debug)]
pub struct Connection {
    /// The address that it came to.
    pub local: SocketAddr,
    /// The address that it came from.
    pub peer: SocketAddr,
    /// Since when.
    pub since: Instant,
}

/// Who is connected, and how much was sent and received.
#[derive(Debug, Default)]
pub struct Connections {
    open: Mutex<BTreeMap<u64, Connection>>,
    number: AtomicU64,
    turned_away: AtomicU64,
    sent: AtomicU64,
    received: AtomicU64,
}

/// A connection that is listed as long as this lives.
#[derive(Debug)]
pub struct Listed<'a> {
    connections: &'a Connections,
    number: u64,
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        self.connections.open().remove(&self.number);
    }
}

impl Connections {
    fn open(&self) -> MutexGuard<'_, BTreeMap<u64, Connection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lists a connection.
    #[must_use = "it is listed as long as the value lives"]
    pub fn add(&self, local: SocketAddr, peer: SocketAddr) -> Listed<'_> {
        let number = self.number.fetch_add(1, Ordering::Relaxed);
        let connection = Connection {
            local,
            peer,
            since: Instant::now(),
        };
        self.open().insert(number, connection);
        Listed {
            connections: self,
            number,
        }
    }

    /// Those that are open, the oldest first.
    #[must_use]
    pub fn list(&self) -> Vec<Connection> {
        self.open().values().copied().collect()
    }

    /// How many there are, and how many there ever were.
    #[must_use]
    pub fn counts(&self) -> (usize, u64) {
        (self.open().len(), self.number.load(Ordering::Relaxed))
    }

    /// Somebody was turned away.
    pub fn turn_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    /// How many were turned away.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        self.turned_away.load(Ordering::Relaxed)
    }

    /// So many bytes were sent.
    pub fn sent(&self, bytes: usize) {
        self.sent
            .fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
    }

    /// So many bytes were received.
    pub fn received(&self, bytes: usize) {
        self.received
            .fetch_add(u64::try_from(bytes).unwrap_or(0), Ordering::Relaxed);
    }

    /// Bytes sent and received.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (
            self.sent.load(Ordering::Relaxed),
            self.received.load(Ordering::Relaxed),
        )
    }
}
