//! The generation: one number that all processes see in shared memory, by which they know that no object was changed and
//! no token was made or deleted. Headers, which are read afresh at every use, change without it.
//!
//! A writer makes it odd under the write lock before it commits, and even after. A writer that dies between leaves it
//! odd, which readers take as "ask the database", until the next writer goes on from there.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::os::shared;

/// Device and number of a file.
type Identity = (u64, u64);

/// The shared number, if it can be had. A file that is deleted or replaced while it is mapped says nothing more of what
/// others do; whoever asks the store finds that out, and from then on every use asks.
pub(super) struct Generation {
    path: PathBuf,
    mapped: Option<(&'static AtomicU64, Identity)>,
    lost: AtomicBool,
}

fn identity(path: &Path) -> std::io::Result<Identity> {
    path.metadata().map(|metadata| (metadata.dev(), metadata.ino()))
}

/// The number with the identity of its file: the file has the same number before and after the look at its identity.
fn map(path: &Path) -> std::io::Result<(&'static AtomicU64, Identity)> {
    loop {
        let number = shared::counter(path)?;
        let identity = identity(path)?;
        if std::ptr::eq(number, shared::counter(path)?) {
            return Ok((number, identity));
        }
    }
}

/// Makes a number odd; gives the odd one: from even the next, from the odd one of a writer that died, or has just
/// committed, the one after it.
fn make_odd(number: &AtomicU64) -> u64 {
    let odd = |now: u64| {
        if now.is_multiple_of(2) {
            now.wrapping_add(1)
        } else {
            now.wrapping_add(2)
        }
    };
    match number.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |now| Some(odd(now))) {
        Ok(before) | Err(before) => odd(before),
    }
}

/// The numbers that a writer changes.
pub(super) struct Numbers(Vec<&'static AtomicU64>);

impl Generation {
    /// Maps the file; without it every reader asks the database.
    pub(super) fn open(path: &Path) -> Self {
        let mapped = map(path);
        if let Err(error) = &mapped {
            log::warn!(
                "{} cannot be shared ({error}): keys are read anew at every use",
                path.display()
            );
        }
        Self {
            path: path.into(),
            mapped: mapped.ok(),
            lost: AtomicBool::new(false),
        }
    }

    /// The number, unless a writer is at work.
    pub(super) fn current(&self) -> Option<u64> {
        let (number, _) = self.mapped?;
        let number = number.load(Ordering::Acquire);
        (number % 2 == 0 && !self.lost.load(Ordering::Relaxed)).then_some(number)
    }

    /// Looks whether the file that is mapped is still there: to be called where the store is asked anyway.
    pub(super) fn look(&self) {
        let Some((_, mapped)) = self.mapped else { return };
        if !self.lost.load(Ordering::Relaxed)
            && identity(&self.path).ok() != Some(mapped)
            && !self.lost.swap(true, Ordering::Relaxed)
        {
            log::warn!(
                "{} was deleted or replaced while it was in use: keys are read anew at every use from now on; end all \
                 programs that use the store, so that none goes on using keys that others destroy",
                self.path.display()
            );
        }
    }

    /// The numbers that a writer is to change: this process's own and, if its file was lost, that of the file in its
    /// place, which others have mapped. Enters the gate of `fork`, and so is to be called before the writer does.
    pub(super) fn numbers(&self) -> Numbers {
        self.look();
        let later = self.lost.load(Ordering::Relaxed).then(|| map(&self.path).ok());
        let all = self.mapped.into_iter().chain(later.flatten());
        Numbers(all.map(|(number, _)| number).collect())
    }
}

impl Numbers {
    /// To be called under the write lock before COMMIT. Gives what [`Numbers::end`] wants.
    pub(super) fn begin(&self) -> Vec<u64> {
        self.0.iter().map(|number| make_odd(number)).collect()
    }

    /// To be called after COMMIT or ROLLBACK. A later writer may have gone on from `begun`: then it is its turn.
    pub(super) fn end(&self, begun: &[u64]) {
        for (number, begun) in self.0.iter().zip(begun) {
            let even = begun.wrapping_add(1);
            let _ = number.compare_exchange(*begun, even, Ordering::SeqCst, Ordering::SeqCst);
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
        dead.numbers().begin();
        assert_eq!(alive.current(), None);
        let writer = alive.numbers();
        let begun = writer.begin();
        assert_eq!(alive.current(), None);
        writer.end(&begun);
        assert_eq!(alive.current(), Some(first + 4));
    }

    #[test]
    fn a_writer_that_is_late_with_its_end_leaves_the_next_ones_number() {
        let dir = tempfile::tempdir().unwrap();
        let generation = Generation::open(&dir.path().join("generation"));
        let writer = generation.numbers();
        let (late, next) = (writer.begin(), writer.begin());
        writer.end(&late);
        assert_eq!(generation.current(), None);
        writer.end(&next);
        assert!(generation.current().is_some());
    }

    #[test]
    fn a_file_that_is_deleted_while_it_is_mapped_is_not_trusted_and_its_successor_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generation");
        let old = Generation::open(&path);
        old.look();
        assert!(old.current().is_some());
        std::fs::remove_file(&path).unwrap();
        old.look();
        assert_eq!(old.current(), None);
        let new = Generation::open(&path);
        let before = new.current().unwrap();
        let writer = old.numbers();
        let begun = writer.begin();
        assert_eq!(new.current(), None);
        writer.end(&begun);
        assert_eq!(new.current(), Some(before + 2));
        assert_eq!(old.current(), None);
    }

    #[test]
    fn without_a_file_there_is_no_number() {
        let generation = Generation::open(Path::new("/nonexistent/generation"));
        let writer = generation.numbers();
        writer.end(&writer.begin());
        assert_eq!(generation.current(), None);
    }
}
