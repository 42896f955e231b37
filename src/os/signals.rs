//! [`Held`]: signals that the system raises for a failed write are kept from the host, who did not write.
//!
//! SIGXFSZ (a file would grow beyond the limit of the process) and SIGPIPE end a process that has not said otherwise. A
//! library must not say otherwise for its host, so that the writing thread blocks them and takes away what it raised.

use std::marker::PhantomData;

/// The signals of failed writes.
const OF_WRITES: [libc::c_int; 2] = [libc::SIGXFSZ, libc::SIGPIPE];

/// As long as it lives, a failed write of this thread raises no signal but only its error. What the host blocked, or
/// had pending before, stays so. One of these signals that somebody sends to the whole process meanwhile may be taken
/// along with ours, and be lost. May be nested. Costs three system calls, one more where the host blocks such a signal
/// itself, and one more for each that is taken.
pub struct Held {
    /// The thread's mask as it was, if it could be changed.
    before: Option<libc::sigset_t>,
    /// Signals that were pending before are not ours to take.
    ours: libc::sigset_t,
    /// A mask belongs to its thread.
    not_send: PhantomData<*const ()>,
}

impl Held {
    /// Blocks the signals in this thread.
    #[must_use = "the signals are only held while this lives"]
    pub fn new() -> Self {
        let (all, mut before, mut ours) = (of_writes(), empty(), empty());
        // SAFETY: the calls name sets of this function alone and change nothing but this thread's mask.
        let blocked = unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, &raw mut before) } == 0;
        let pending = if OF_WRITES.iter().any(|signal| is_in(&before, *signal)) {
            pending()
        } else {
            empty() // what is not blocked in this thread is delivered, and not pending for it
        };
        for signal in OF_WRITES.into_iter().filter(|signal| !is_in(&pending, *signal)) {
            // SAFETY: the set is ours, and the signal exists.
            unsafe { libc::sigaddset(&raw mut ours, signal) };
        }
        Self {
            before: blocked.then_some(before),
            ours,
            not_send: PhantomData,
        }
    }
}

impl Default for Held {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let Some(before) = &self.before else { return };
        let now = libc::timespec {
            tv_sec: 0,
            tv_nsec: 0,
        };
        // The signal of a failed write goes to the thread that wrote, so it is pending here or was never raised. What is
        // pending for the whole process cannot be told from it.
        // SAFETY: the sets and the time outlive the calls; NULL asks for no details. `before` is the mask that this
        // thread had, since the value cannot be sent to another one.
        unsafe {
            while libc::sigtimedwait(&raw const self.ours, std::ptr::null_mut(), &raw const now) > 0 {}
            libc::pthread_sigmask(libc::SIG_SETMASK, before, std::ptr::null_mut());
        }
    }
}

fn empty() -> libc::sigset_t {
    // SAFETY: a set is plain data, which sigemptyset writes.
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigemptyset(&raw mut set);
        set
    }
}

fn of_writes() -> libc::sigset_t {
    let mut set = empty();
    for signal in OF_WRITES {
        // SAFETY: the set is ours, and the signal exists.
        unsafe { libc::sigaddset(&raw mut set, signal) };
    }
    set
}

fn pending() -> libc::sigset_t {
    let mut set = empty();
    // SAFETY: the set is ours to be written.
    unsafe { libc::sigpending(&raw mut set) };
    set
}

fn is_in(set: &libc::sigset_t, signal: libc::c_int) -> bool {
    // SAFETY: only reads the set, which is initialised.
    unsafe { libc::sigismember(set, signal) == 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_blocked(signal: libc::c_int) -> bool {
        let mut mask = empty();
        // SAFETY: only asks for the mask.
        unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, std::ptr::null(), &raw mut mask) };
        is_in(&mask, signal)
    }

    fn raise(signal: libc::c_int) {
        // SAFETY: sends the signal, which is blocked, to this thread.
        unsafe { libc::pthread_kill(libc::pthread_self(), signal) };
    }

    #[test]
    fn a_signal_raised_while_held_is_gone_afterwards() {
        for signal in OF_WRITES {
            let held = Held::new();
            raise(signal);
            drop(held);
            assert!(!is_in(&pending(), signal));
            assert!(!is_blocked(signal));
        }
    }

    #[test]
    fn what_was_blocked_stays_blocked_and_what_was_pending_stays_pending() {
        let host = Held::new(); // blocks, as a host may
        raise(libc::SIGXFSZ);
        let held = Held::new();
        raise(libc::SIGXFSZ);
        raise(libc::SIGPIPE);
        drop(held);
        assert!(is_in(&pending(), libc::SIGXFSZ), "the host's own");
        assert!(!is_in(&pending(), libc::SIGPIPE));
        assert!(OF_WRITES.into_iter().all(is_blocked));
        drop(host);
    }
}
