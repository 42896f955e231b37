//! The one module of this process, between C_Initialize and C_Finalize.
//!
//! It is leaked, so that a thread inside a call never loses it and nothing is dropped at exit; C_Finalize takes the
//! pointer away and empties it. A child of fork inherits the pointer but not the epoch: to it nothing is
//! initialised, and what it inherited is never touched again. No lock is taken here, because a child could inherit
//! it locked; no thread-local is used, because it could be gone at exit.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::module::Module;
use crate::os::fork;

/// An initialised module.
struct Running {
    module: Module,
    /// The epoch of the process that initialised it.
    epoch: u64,
    /// A panic was caught in one of its calls.
    poisoned: AtomicBool,
}

static RUNNING: AtomicPtr<Running> = AtomicPtr::new(ptr::null_mut());

/// One more than the epoch of the process whose C_Initialize is at work, or 0.
static STARTING: AtomicU64 = AtomicU64::new(0);

fn running() -> Option<&'static Running> {
    // SAFETY: only leaked boxes are ever stored, and none is freed.
    let running = unsafe { RUNNING.load(Ordering::Acquire).as_ref() }?;
    (running.epoch == fork::epoch()).then_some(running)
}

/// The module, for one call.
///
/// # Errors
/// [`Error::NotInitialized`], also in a child of fork; [`Error::Poisoned`] after a panic.
pub(super) fn module() -> Result<&'static Module> {
    let running = running().ok_or(Error::NotInitialized)?;
    match running.poisoned.load(Ordering::Relaxed) {
        false => Ok(&running.module),
        true => Err(Error::Poisoned),
    }
}

/// Whether refusals are answered without vendor return values.
pub(super) fn wants_standard_return_values() -> bool {
    running().is_some_and(|running| running.module.wants_standard_return_values())
}

/// A panic was caught: what it left behind is not to be trusted until C_Finalize and C_Initialize.
pub(super) fn poison() {
    if let Some(running) = running() {
        running.poisoned.store(true, Ordering::Relaxed);
    }
}

/// Sets up the module that `make` gives. Of several threads that do so at a time one wins; the others wait for it.
///
/// # Errors
/// [`Error::AlreadyInitialized`], or what `make` says.
pub(super) fn initialize(make: impl FnOnce() -> Result<Module>) -> Result<()> {
    fork::register(None);
    let epoch = fork::epoch();
    let _starting = Starting::wait(epoch + 1);
    if running().is_some() {
        return Err(Error::AlreadyInitialized);
    }
    let running = Running {
        module: make()?,
        epoch,
        poisoned: AtomicBool::new(false),
    };
    RUNNING.store(Box::leak(Box::new(running)), Ordering::Release);
    Ok(())
}

/// Takes the module away from all callers, then shuts it down. Of several threads that do so one wins.
///
/// # Errors
/// [`Error::NotInitialized`].
pub(super) fn finalize() -> Result<()> {
    let running = running().ok_or(Error::NotInitialized)?;
    RUNNING
        .compare_exchange(
            ptr::from_ref(running).cast_mut(),
            ptr::null_mut(),
            Ordering::AcqRel,
            Ordering::Relaxed,
        )
        .map_err(|_| Error::NotInitialized)?;
    running.module.shutdown();
    Ok(())
}

/// The right to set up the module, given back when dropped, also by a panic.
struct Starting(u64);

impl Starting {
    fn wait(mine: u64) -> Self {
        loop {
            let held = STARTING.load(Ordering::Relaxed);
            // Held by a thread of the process that this one was forked from: that thread is not here.
            let free = held != mine;
            if free
                && STARTING
                    .compare_exchange(held, mine, Ordering::Acquire, Ordering::Relaxed)
                    .is_ok()
            {
                return Self(mine);
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        let _ = STARTING.compare_exchange(self.0, 0, Ordering::Release, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::guard;
    use crate::ck::*;
    use crate::config::Config;
    use std::sync::Mutex;
    use std::thread;

    /// There is one module in a process: tests that need it take turns.
    static TURN: Mutex<()> = Mutex::new(());

    fn make() -> Result<Module> {
        let directory = tempfile::tempdir().unwrap().keep();
        Module::new(Config::in_data_dir(&directory))
    }

    fn outcomes_of_8_threads(action: fn() -> Result<()>) -> Vec<Result<()>> {
        let threads: Vec<_> = (0..8).map(|_| thread::spawn(action)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    }

    #[test]
    fn of_many_threads_one_initialises_and_one_finalises() {
        let _turn = TURN.lock().unwrap();
        for _ in 0..3 {
            let mut outcomes = outcomes_of_8_threads(|| initialize(make));
            outcomes.retain(|outcome| *outcome != Err(Error::AlreadyInitialized));
            assert_eq!(outcomes, [Ok(())]);
            let mut outcomes = outcomes_of_8_threads(finalize);
            outcomes.retain(|outcome| *outcome != Err(Error::NotInitialized));
            assert_eq!(outcomes, [Ok(())]);
        }
    }

    #[test]
    fn a_failed_or_panicking_start_leaves_the_way_free() {
        let _turn = TURN.lock().unwrap();
        assert_eq!(initialize(|| Err(Error::HostMemory)), Err(Error::HostMemory));
        let answer = guard::any_time("C_Initialize", || initialize(|| panic!("on purpose")));
        assert_eq!(Rv(answer), CKR_GENERAL_ERROR);
        assert_eq!(initialize(make), Ok(()));
        assert_eq!(finalize(), Ok(()));
    }

    #[test]
    fn after_a_panic_only_c_finalize_answers() {
        let _turn = TURN.lock().unwrap();
        let call = |body: fn() -> Result<()>| Rv(guard::module("C_GetInfo", |_| body()));
        initialize(make).unwrap();
        assert_eq!(call(|| Ok(())), CKR_OK);
        assert_eq!(call(|| panic!("on purpose")), CKR_GENERAL_ERROR);
        assert_eq!(call(|| Ok(())), CKR_GENERAL_ERROR);
        assert_eq!(initialize(make), Err(Error::AlreadyInitialized));
        assert_eq!(finalize(), Ok(()));
        assert_eq!(call(|| Ok(())), CKR_CRYPTOKI_NOT_INITIALIZED);
        initialize(make).unwrap();
        assert_eq!(call(|| Ok(())), CKR_OK);
        finalize().unwrap();
    }
}
