//! The generation: one number that all processes see in shared memory, by which they know that no object was changed and
//! no token was made or deleted. Headers, which are read afresh at every use, change without it.
//!
//! A writer makes it odd under the write lock before it commits, and even after. A writer that dies between leaves it
//! odd, which readers take as "ask the database", until the next writer goes on from there.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::os::shared;

/// The shared number, if it can be had.
pub(super) struct Generation(Option<&'static AtomicU64>);

impl Generation {
    /// Maps the file; without it every reader asks the database.
    pub(super) fn open(path: &Path) -> Self {
        let counter = shared::counter(path);
        if let Err(error) = &counter {
            log::warn!(
                "{} cannot be shared ({error}): keys are read anew at every use",
                path.display()
            );
        }
        Self(counter.ok())
    }

    /// The number, unless a writer is at work.
    pub(super) fn current(&self) -> Option<u64> {
        let number = self.0?.load(Ordering::Acquire);
        (number % 2 == 0).then_some(number)
    }

    /// To be called under the write lock before COMMIT. Gives what [`Generation::end`] wants.
    pub(super) fn begin(&self) -> Option<u64> {
        let number = self.0?;
        // From even to the next odd number; from the odd one of a writer that died, or has just committed, to the next.
        let odd = |now: u64| {
            if now.is_multiple_of(2) {
                now.wrapping_add(1)
            } else {
                now.wrapping_add(2)
            }
        };
        let before = number.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| Some(odd(now)));
        before.ok().map(odd)
    }

    /// To be called after COMMIT or ROLLBACK. A later writer may have gone on from `begun`: then it is its turn.
    pub(super) fn end(&self, begun: Option<u64>) {
        if let (Some(number), Some(begun)) = (self.0, begun) {
            let even = begun.wrapping_add(1);
            let _ = number.compare_exchange(begun, even, Ordering::SeqCst, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_a_dead_writer_left_is_not_trusted_until_the_next_writer_is_done() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generation");
        let (dead, alive) = (Generation::open(&path), Generation::open(&path));
        let first = alive.current().unwrap();
        dead.begin();
        assert_eq!(alive.current(), None);
        let begun = alive.begin();
        assert_eq!(alive.current(), None);
        alive.end(begun);
        assert_eq!(alive.current(), Some(first + 4));
    }

    #[test]
    fn a_writer_that_is_late_with_its_end_leaves_the_next_ones_number() {
        let dir = tempfile::tempdir().unwrap();
        let generation = Generation::open(&dir.path().join("generation"));
        let (late, next) = (generation.begin(), generation.begin());
        generation.end(late);
        assert_eq!(generation.current(), None);
        generation.end(next);
        assert!(generation.current().is_some());
    }

    #[test]
    fn without_a_file_there_is_no_number() {
        let generation = Generation::open(Path::new("/nonexistent/generation"));
        let begun = generation.begin();
        generation.end(begun);
        assert_eq!(generation.current(), None);
    }
}
