//! Diffie-Hellman keys in a prime field.

use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::bn::BigNum;
use super::{check, failed, owned};
use crate::error::{Error, Result};

/// The numbers of a group: the prime, the base, and the order of the subgroup if it is known.
pub(crate) struct DhGroup {
    /// p.
    pub(crate) p: BigNum,
    /// g.
    pub(crate) g: BigNum,
    /// q.
    pub(crate) q: Option<BigNum>,
}

/// A private key. Immutable, shared by threads.
pub(crate) struct Dh(NonNull<sys::DH>);

// SAFETY: a DH object has no ties to a thread.
unsafe impl Send for Dh {}
// SAFETY: the library guards what it computes late (the Montgomery context) with the key's own lock, and only reads
// the rest.
unsafe impl Sync for Dh {}

impl Drop for Dh {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only; the private number is wiped by the library.
        unsafe { sys::DH_free(self.0.as_ptr()) }
    }
}

impl Dh {
    fn of_group(group: DhGroup) -> Result<Self> {
        // SAFETY: makes a new object.
        let key = owned(unsafe { sys::DH_new() }, "DH_new").map(Self)?;
        let q = group.q.map_or(ptr::null_mut(), BigNum::into_raw);
        // SAFETY: all are valid or null, and the key takes the numbers over; it fails for null p or g only.
        let status = unsafe { sys::DH_set0_pqg(key.0.as_ptr(), group.p.into_raw(), q, group.g.into_raw()) };
        check(status, "DH_set0_pqg").map(|()| key)
    }

    /// A private key of its numbers.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub(crate) fn new(group: DhGroup, private: BigNum) -> Result<Self> {
        let key = Self::of_group(group)?;
        // SAFETY: the key is ours alone and takes the number over; a null public number is none.
        let status = unsafe { sys::DH_set0_key(key.0.as_ptr(), ptr::null_mut(), private.into_raw()) };
        check(status, "DH_set0_key").map(|()| key)
    }

    /// Makes a key pair: public and private number. The private one is below q; without q it has `private_bits` bits at
    /// most, or is below (p - 1) / 2 where that is 0.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library refuses the group.
    pub(crate) fn generate(group: DhGroup, private_bits: u32) -> Result<(BigNum, BigNum)> {
        let key = Self::of_group(group)?;
        // SAFETY: the key is ours alone.
        let status = unsafe {
            sys::DH_set_length(key.0.as_ptr(), private_bits);
            sys::DH_generate_key(key.0.as_ptr())
        };
        check(status, "DH_generate_key")?;
        // SAFETY: the numbers are the key's and live as long as it.
        unsafe {
            Ok((
                BigNum::copy_of(sys::DH_get0_pub_key(key.0.as_ptr()))?,
                BigNum::copy_of(sys::DH_get0_priv_key(key.0.as_ptr()))?,
            ))
        }
    }

    /// The shared secret with the other side's public number, with leading zeros, into all of `out`, which is as long
    /// as p. The library refuses 0, 1, p - 1 and what is above, numbers outside of the subgroup where q is known, and
    /// secrets that are 1 or p - 1 [NIST SP 800-56A, 5.7.1.1].
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if it does; [`Error::Internal`] if `out` has another length.
    pub(crate) fn shared_secret(&self, peer: &BigNum, out: &mut [u8]) -> Result<()> {
        // SAFETY: reads a valid key.
        let length = unsafe { sys::DH_size(self.0.as_ptr()) };
        if usize::try_from(length) != Ok(out.len()) {
            return Err(Error::Internal("Diffie-Hellman output"));
        }
        // SAFETY: key and number are valid, `out` for as many bytes as the call writes. The key is changed under its
        // own lock only.
        let written = unsafe { sys::DH_compute_key_padded(out.as_mut_ptr(), peer.as_ptr(), self.0.as_ptr()) };
        if written == length {
            return Ok(());
        }
        let _ = failed("DH_compute_key_padded");
        Err(Error::PublicKeyInvalid("not a public number of the group"))
    }
}
