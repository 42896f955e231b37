//! Eight bytes of a file that all processes see as one atomic number.
//!
//! Each file is mapped once in a process and never unmapped, so that using the number costs no lock: one that is opened
//! again and again does not take more memory.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use crate::os::lock::Mutex;
use crate::os::{files, fork};

const PAGE: usize = 4096;

/// Device and number of a file. They stay its own as long as it is mapped, even if it is deleted.
type Identity = (u64, u64);

/// What this process has mapped.
static MAPPED: Mutex<Vec<(Identity, &'static AtomicU64)>> = Mutex::new(Vec::new());

/// The number in the file; makes the file, mode 0600 or 0660, if it is not there. The page is there on the disk before it is
/// mapped, so that a full disk is an error here and not a signal later. Enters the gate of [`fork`].
///
/// # Errors
/// The system's.
pub fn counter(path: &Path) -> std::io::Result<&'static AtomicU64> {
    files::private_file(path)?;
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    let metadata = file.metadata()?;
    let identity = (metadata.dev(), metadata.ino());
    let _no_fork_meanwhile = fork::enter();
    let mut mapped = MAPPED.lock();
    if let Some((_, number)) = mapped.iter().find(|(other, _)| *other == identity) {
        return Ok(number);
    }
    if usize::try_from(metadata.len()).is_ok_and(|length| length < PAGE) {
        fill(&file)?;
    }
    file.read_exact_at(&mut [0], 0)?;
    let number = map(&file)?;
    mapped.push((identity, number));
    Ok(number)
}

/// Gives the page its place on the disk, but does not write the number: another process may count already.
fn fill(file: &File) -> std::io::Result<()> {
    file.write_all_at(&[0; PAGE - 8], 8)
}

fn map(file: &File) -> std::io::Result<&'static AtomicU64> {
    // SAFETY: a new shared mapping of an open file; it touches no memory of others.
    let address = unsafe {
        let writable = libc::PROT_READ | libc::PROT_WRITE;
        libc::mmap(
            std::ptr::null_mut(),
            PAGE,
            writable,
            libc::MAP_SHARED,
            file.as_raw_fd(),
            0,
        )
    };
    if address == libc::MAP_FAILED {
        return Err(std::io::Error::last_os_error());
    }
    let number: NonNull<AtomicU64> = NonNull::new(address.cast()).ok_or(std::io::ErrorKind::Other)?;
    // SAFETY: the mapping starts on a page (so it is aligned), is longer than the number, holds eight bytes of which
    // every pattern is a valid number, and is never unmapped; all processes use it as an atomic.
    Ok(unsafe { number.as_ref() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::Ordering;

    #[test]
    fn a_file_that_is_opened_again_is_the_same_number_in_the_same_place() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generation");
        let (one, other) = (counter(&path).unwrap(), counter(&path).unwrap());
        assert!(std::ptr::eq(one, other));
        one.store(7, Ordering::Release);
        let mut bytes = [0; 8];
        File::open(&path).unwrap().read_exact_at(&mut bytes, 0).unwrap();
        assert_eq!(u64::from_ne_bytes(bytes), 7);
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_file_in_anothers_place_is_another_number() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generation");
        counter(&path).unwrap().store(7, Ordering::Release);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(counter(&path).unwrap().load(Ordering::Acquire), 0);
    }

    /// Two processes that find an empty file both fill it, one of them late.
    #[test]
    fn filling_the_page_late_leaves_the_number_and_the_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generation");
        let number = counter(&path).unwrap();
        number.store(u64::MAX, Ordering::Release);
        fill(&OpenOptions::new().write(true).open(&path).unwrap()).unwrap();
        assert_eq!(number.load(Ordering::Acquire), u64::MAX);
        assert_eq!(path.metadata().unwrap().len(), 4096);
    }

    #[test]
    fn a_counter_cannot_be_where_there_is_no_directory() {
        assert!(counter(Path::new("/nonexistent/generation")).is_err());
    }
}
