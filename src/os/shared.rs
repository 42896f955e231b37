//! [`SharedCounter`]: eight bytes of a file that all processes see as one atomic number.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;

use crate::os::files;

const PAGE: usize = 4096;

/// A number in a file, mapped into every process that opens it.
pub struct SharedCounter {
    number: NonNull<AtomicU64>,
}

// SAFETY: the mapping belongs to this value, lives as long as it, and is only used through an atomic.
unsafe impl Send for SharedCounter {}
// SAFETY: as above.
unsafe impl Sync for SharedCounter {}

impl SharedCounter {
    /// Maps the file; makes it, mode 0600, if it is not there. A page is written before it is mapped, so that a full
    /// disk is an error here and not a signal later.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path) -> std::io::Result<Self> {
        files::private_file(path)?;
        let mut file = OpenOptions::new().read(true).write(true).open(path)?;
        let zeros = [0; PAGE];
        let length = usize::try_from(file.seek(SeekFrom::End(0))?).unwrap_or(usize::MAX);
        if let Some(missing) = zeros.get(length..) {
            file.write_all(missing)?;
        }
        file.rewind()?;
        file.read_exact(&mut [0])?;
        Self::map(&file)
    }

    fn map(file: &File) -> std::io::Result<Self> {
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
        let number = NonNull::new(address.cast()).ok_or(std::io::ErrorKind::Other)?;
        Ok(Self { number })
    }

    /// The number.
    #[must_use]
    pub fn number(&self) -> &AtomicU64 {
        // SAFETY: the mapping starts on a page (so it is aligned), is longer than the number, holds eight bytes of
        // which every pattern is a valid number, and lives as long as `self`; all processes use it as an atomic.
        unsafe { self.number.as_ref() }
    }
}

impl Drop for SharedCounter {
    fn drop(&mut self) {
        // SAFETY: mapped by `map` with this length; no reference outlives `self`.
        unsafe {
            libc::munmap(self.number.as_ptr().cast(), PAGE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::sync::atomic::Ordering;

    #[test]
    fn two_mappings_of_one_file_are_one_number_that_outlives_them() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("generation");
        let (one, other) = (
            SharedCounter::open(&path).unwrap(),
            SharedCounter::open(&path).unwrap(),
        );
        one.number().store(7, Ordering::Release);
        assert_eq!(other.number().load(Ordering::Acquire), 7);
        drop((one, other));
        assert_eq!(
            SharedCounter::open(&path)
                .unwrap()
                .number()
                .load(Ordering::Acquire),
            7
        );
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_counter_cannot_be_where_there_is_no_directory() {
        assert!(SharedCounter::open(Path::new("/nonexistent/generation")).is_err());
    }
}
