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

/// How long a fork waits for the guests to leave: longer than a guest waits for another process that writes.
const PATIENCE: Duration = Duration::from_secs(90);
/// How long a guest, or the handler, sleeps between two looks.
const NAP: Duration = Duration::from_micros(100);
/// Set in a gate's word while a fork is under way.
const CLOSED: u64 = 1 << 63;

/// Forks between the first process and this one, as far as the handlers were there.
static EPOCH: AtomicU64 = AtomicU64::new(0);
static GATE: Gate = Gate::new();
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

/// A fork on the way to this process did not wait for the store (it had been busy for 90 seconds), so the copy of
/// SQLite that was inherited may be locked for ever. Children inherit that.
#[must_use]
pub fn torn() -> bool {
    GATE.inherited_torn.load(Ordering::Relaxed)
}

/// Somebody inside the gate: no fork begins until it is dropped.
#[must_use = "the gate is only held while the guest lives"]
pub struct Guest {
    epoch: u64,
}

/// Enters the gate; waits while a fork is under way.
pub fn enter() -> Guest {
    GATE.enter();
    Guest { epoch: epoch() }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // A guest of the parent does not count in a child (it exists there only after a torn fork).
        if self.epoch == epoch() {
            GATE.leave();
        }
    }
}

/// Where guests and forks meet.
struct Gate {
    /// Guests inside, and [`CLOSED`].
    word: AtomicU64,
    /// The fork that is under way did not wait for the last guest.
    torn: AtomicBool,
    /// Such a fork made this process or one that it comes from: what there is of the store is never to be touched.
    inherited_torn: AtomicBool,
}

impl Gate {
    const fn new() -> Self {
        Self {
            word: AtomicU64::new(0),
            torn: AtomicBool::new(false),
            inherited_torn: AtomicBool::new(false),
        }
    }

    fn enter(&self) {
        let mut seen = self.word.load(Ordering::Relaxed);
        loop {
            if seen & CLOSED != 0 {
                std::thread::sleep(NAP);
                seen = self.word.load(Ordering::Relaxed);
                continue;
            }
            match self
                .word
                .compare_exchange_weak(seen, seen + 1, Ordering::Acquire, Ordering::Relaxed)
            {
                Ok(_) => return,
                Err(now) => seen = now,
            }
        }
    }

    fn leave(&self) {
        self.word.fetch_sub(1, Ordering::Release);
    }

    /// Before a fork: closes the gate, waits for the guests and lets `before` close what a child must not inherit.
    fn prepare(&self, patience: Duration, before: impl FnOnce()) {
        let started = Instant::now();
        // Two threads may fork at once; the later one waits for the earlier one's fork to be over.
        while self.word.fetch_or(CLOSED, Ordering::AcqRel) & CLOSED != 0 {
            std::thread::sleep(NAP);
        }
        if self.inherited_torn.load(Ordering::Relaxed) {
            return; // nothing was opened here, and what was inherited is not ours to close
        }
        while self.word.load(Ordering::Acquire) != CLOSED {
            if started.elapsed() > patience {
                self.torn.store(true, Ordering::Relaxed);
                return;
            }
            std::thread::sleep(NAP);
        }
        before();
    }

    /// After a fork, in the parent.
    fn parent(&self) {
        self.torn.store(false, Ordering::Relaxed);
        self.word.fetch_and(!CLOSED, Ordering::Release);
    }

    /// After a fork, in the child. What is torn here stays so in all its children.
    fn child(&self) {
        if self.torn.swap(false, Ordering::Relaxed) {
            self.inherited_torn.store(true, Ordering::Relaxed);
        }
        self.word.store(0, Ordering::Release);
    }
}

extern "C" fn prepare() {
    GATE.prepare(PATIENCE, || {
        if let Some(before) = BEFORE.get() {
            let _ = std::panic::catch_unwind(before);
        }
    });
}

extern "C" fn parent() {
    GATE.parent();
}

extern "C" fn child() {
    EPOCH.fetch_add(1, Ordering::Relaxed);
    GATE.child();
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(1);

    /// Whether the hook ran.
    fn prepare(gate: &Gate) -> bool {
        let mut ran = false;
        gate.prepare(SHORT, || ran = true);
        ran
    }

    fn torn(gate: &Gate) -> bool {
        gate.inherited_torn.load(Ordering::Relaxed)
    }

    #[test]
    fn a_fork_that_waits_for_its_guests_tears_nothing() {
        let gate = Gate::new();
        gate.enter();
        gate.leave();
        assert!(prepare(&gate));
        gate.child();
        assert!(!torn(&gate));
        gate.enter();
    }

    #[test]
    fn what_a_torn_fork_left_is_closed_neither_by_the_child_nor_by_its_children() {
        let gate = Gate::new();
        gate.enter();
        assert!(!prepare(&gate));
        gate.child();
        assert!(torn(&gate));
        for after in [Gate::parent, Gate::child, Gate::child] {
            assert!(
                !prepare(&gate),
                "nobody is inside, and yet there is nothing to close"
            );
            after(&gate);
            assert!(torn(&gate));
        }
    }

    #[test]
    fn the_parent_of_a_torn_fork_goes_on() {
        let gate = Gate::new();
        gate.enter();
        assert!(!prepare(&gate));
        gate.parent();
        gate.leave();
        assert!(prepare(&gate));
        gate.child();
        assert!(!torn(&gate));
    }
}
