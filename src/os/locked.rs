//! [`LockedKey`]: 32 secret bytes on a page of their own, which is not swapped out, not dumped, and wiped at the end.

use std::fmt;
use std::ptr::NonNull;

use zeroize::Zeroize;

use crate::error::{Error, Result};

/// Length of a key in bytes.
pub const KEY_LEN: usize = 32;
const PAGE: usize = 4096;

/// A key of 32 bytes. Locking the page and keeping it out of core dumps is done where the system allows it.
pub struct LockedKey {
    page: NonNull<[u8; KEY_LEN]>,
}

// SAFETY: the page belongs to this value alone, has no connection with a thread, and is written only through
// `&mut self`.
unsafe impl Send for LockedKey {}
// SAFETY: a shared reference only reads.
unsafe impl Sync for LockedKey {}

impl LockedKey {
    /// 32 zero bytes, to be written through [`LockedKey::as_mut`].
    ///
    /// # Errors
    /// [`Error::HostMemory`] if there is no page.
    pub fn zeros() -> Result<Self> {
        // SAFETY: an anonymous private mapping without an address touches no memory of others.
        let address = unsafe {
            libc::mmap(
                std::ptr::null_mut(),
                PAGE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANONYMOUS,
                -1,
                0,
            )
        };
        if address == libc::MAP_FAILED {
            return Err(Error::HostMemory);
        }
        let page = NonNull::new(address.cast()).ok_or(Error::HostMemory)?;
        // SAFETY: both calls name the page just mapped and change no byte of it; failing is allowed.
        unsafe {
            libc::mlock(address, PAGE);
            #[cfg(target_os = "linux")]
            libc::madvise(address, PAGE, libc::MADV_DONTDUMP);
        }
        Ok(Self { page })
    }

    /// A copy of `bytes`; the caller wipes the original.
    ///
    /// # Errors
    /// [`Error::HostMemory`] if there is no page.
    pub fn new(bytes: &[u8; KEY_LEN]) -> Result<Self> {
        let mut key = Self::zeros()?;
        key.as_mut().copy_from_slice(bytes);
        Ok(key)
    }

    /// A key from the system's random source.
    ///
    /// # Errors
    /// [`Error::HostMemory`]; [`Error::Crypto`] if the source fails.
    pub fn random() -> Result<Self> {
        let mut key = Self::zeros()?;
        getrandom::fill(key.as_mut()).map_err(|_| Error::Crypto("the system's random source failed"))?;
        Ok(key)
    }
}

impl AsRef<[u8; KEY_LEN]> for LockedKey {
    fn as_ref(&self) -> &[u8; KEY_LEN] {
        // SAFETY: the page is mapped, readable and longer than the key as long as `self` lives.
        unsafe { self.page.as_ref() }
    }
}

impl AsMut<[u8; KEY_LEN]> for LockedKey {
    fn as_mut(&mut self) -> &mut [u8; KEY_LEN] {
        // SAFETY: as for `as_ref`; `&mut self` makes the reference the only one.
        unsafe { self.page.as_mut() }
    }
}

impl Drop for LockedKey {
    fn drop(&mut self) {
        self.as_mut().zeroize();
        // SAFETY: the page was mapped by `zeros` with this length, and no reference to it is left.
        unsafe {
            libc::munmap(self.page.as_ptr().cast(), PAGE);
        }
    }
}

impl fmt::Debug for LockedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LockedKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locked_key_keeps_its_bytes_and_shows_none() {
        let key = LockedKey::new(&[0x41; KEY_LEN]).unwrap();
        assert_eq!(key.as_ref(), &[0x41; KEY_LEN]);
        assert_eq!(format!("{key:?}"), "LockedKey");
    }

    #[test]
    fn many_locked_keys_can_be_had_even_when_no_more_memory_can_be_locked() {
        let keys: Vec<_> = (0..4096).map(|_| LockedKey::random().unwrap()).collect();
        assert_ne!(keys[0].as_ref(), keys[4095].as_ref());
    }
}
