//! What happens at fork(2): the store is brought to rest before, and the child knows that it is one.
//!
//! SQLite's locks do not survive a fork, and a mutex that another thread holds stays locked in the child for ever.
//! So whoever uses such things takes a [`Guest`] first. The handler that runs before a fork closes the gate, waits
//! until no guest is inside, and lets the registered hook close what must not be inherited. The gate is two atomic
//! words and a sleep: there is no lock in it that a child could inherit.
//!
//! A guest must not ask for a second one: the gate may have closed between the two.

use std::sync::Once;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a fork waits for the guests to leave.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a guest, or the handler, sleeps between two looks.
const NAP: Duration = Duration::from_micros(100);
/// Set in [`GATE`] while a fork is under way.
const CLOSED: u64 = 1 << 63;

/// Forks between the first process and this one, as far as the handlers were there.
static EPOCH: AtomicU64 = AtomicU64::new(0);
/// Guests inside, and [`CLOSED`].
static GATE: AtomicU64 = AtomicU64::new(0);
/// A fork did not wait for the last guest: what this child has inherited of the store is not to be touched.
static TORN: AtomicBool = AtomicBool::new(false);
static HANDLERS: Once = Once::new();
static BEFORE: OnceLock<fn()> = OnceLock::new();

/// Registers the fork handlers, once per process whatever the number of calls. `before` runs in the forking thread
/// when no guest is inside; it closes what a child must not inherit. Only the first `before` counts.
pub fn register(before: Option<fn()>) {
    if let Some(before) = before {
        let _ = BEFORE.set(before);
    }
    HANDLERS.call_once(|| {
        // SAFETY: the three handlers are functions of the program's whole life, take nothing, and do not unwind:
        // `before` runs under catch_unwind, the other two only write atomics. (The library is never unloaded.)
        let failed = unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
        if failed != 0 {
            log::warn!("no fork handlers could be set: a child of fork must not use the module");
        }
    });
}

/// A number that differs in parent and child of a fork. One atomic load.
#[must_use]
pub fn epoch() -> u64 {
    EPOCH.load(Ordering::Relaxed)
}

/// The fork that made this process did not wait for the store (it had been busy for 30 seconds), so the copy of
/// SQLite that it inherited may be locked for ever.
#[must_use]
pub fn torn() -> bool {
    TORN.load(Ordering::Relaxed)
}

/// Somebody inside the gate: no fork begins until it is dropped.
#[must_use = "the gate is only held while the guest lives"]
pub struct Guest {
    epoch: u64,
}

/// Enters the gate; waits while a fork is under way.
pub fn enter() -> Guest {
    let mut seen = GATE.load(Ordering::Relaxed);
    loop {
        if seen & CLOSED != 0 {
            std::thread::sleep(NAP);
            seen = GATE.load(Ordering::Relaxed);
            continue;
        }
        match GATE.compare_exchange_weak(seen, seen + 1, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => return Guest { epoch: epoch() },
            Err(now) => seen = now,
        }
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // A guest of the parent does not count in a child (it exists there only after a torn fork).
        if self.epoch == epoch() {
            GATE.fetch_sub(1, Ordering::Release);
        }
    }
}

extern "C" fn prepare() {
    let started = Instant::now();
    // Two threads may fork at once; the later one waits for the earlier one's fork to be over.
    while GATE.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED != 0 {
        std::thread::sleep(NAP);
    }
    while GATE.load(Ordering::Acquire) != CLOSED {
        if started.elapsed() > PATIENCE {
            TORN.store(true, Ordering::Relaxed);
            return;
        }
        std::thread::sleep(NAP);
    }
    TORN.store(false, Ordering::Relaxed);
    if let Some(before) = BEFORE.get() {
        let _ = std::panic::catch_unwind(before);
    }
}

extern "C" fn parent() {
    TORN.store(false, Ordering::Relaxed);
    GATE.fetch_and(!CLOSED, Ordering::Release);
}

extern "C" fn child() {
    EPOCH.fetch_add(1, Ordering::Relaxed);
    GATE.store(0, Ordering::Release);
}
