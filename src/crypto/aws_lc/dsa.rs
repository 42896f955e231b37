//! DSA keys: signatures of digests.

use std::ptr::NonNull;

use aws_lc_sys as sys;

use super::bn::{self, BigNum};
use super::{check, failed, owned};
use crate::error::Result;

/// A DSA key: always with the public value, perhaps with the private one. Immutable, shared by threads.
pub(crate) struct Dsa(NonNull<sys::DSA>);

// SAFETY: a DSA object has no ties to a thread.
unsafe impl Send for Dsa {}
// SAFETY: the library guards what it computes late (Montgomery contexts) with the key's own lock.
unsafe impl Sync for Dsa {}

impl Drop for Dsa {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only; the private number is wiped by the library.
        unsafe { sys::DSA_free(self.0.as_ptr()) }
    }
}

/// A signature in the library's form.
struct Signature(NonNull<sys::DSA_SIG>);

impl Drop for Signature {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only.
        unsafe { sys::DSA_SIG_free(self.0.as_ptr()) }
    }
}

impl Dsa {
    fn of_group(p: BigNum, q: BigNum, g: BigNum) -> Result<Self> {
        // SAFETY: makes a new object.
        let key = owned(unsafe { sys::DSA_new() }, "DSA_new").map(Self)?;
        // SAFETY: all are valid, and the key takes the numbers over; it fails for null pointers only.
        let status = unsafe { sys::DSA_set0_pqg(key.0.as_ptr(), p.into_raw(), q.into_raw(), g.into_raw()) };
        check(status, "DSA_set0_pqg").map(|()| key)
    }

    /// A key of its numbers. The library looks at lengths and ranges when it uses the key.
    ///
    /// # Errors
    /// [`Error::Crypto`](crate::error::Error::Crypto) if the library fails.
    pub(crate) fn new(
        (p, q, g): (BigNum, BigNum, BigNum),
        public: BigNum,
        private: Option<BigNum>,
    ) -> Result<Self> {
        let key = Self::of_group(p, q, g)?;
        let private = private.map_or(std::ptr::null_mut(), BigNum::into_raw);
        // SAFETY: all are valid or null, and the key takes the numbers over; it fails for a null public number only.
        let status = unsafe { sys::DSA_set0_key(key.0.as_ptr(), public.into_raw(), private) };
        check(status, "DSA_set0_key").map(|()| key)
    }

    /// Makes a key pair of a group: public and private number.
    ///
    /// # Errors
    /// [`Error::Crypto`](crate::error::Error::Crypto) if the library refuses the group.
    pub(crate) fn generate((p, q, g): (BigNum, BigNum, BigNum)) -> Result<(BigNum, BigNum)> {
        let key = Self::of_group(p, q, g)?;
        // SAFETY: the key is ours alone.
        let status = unsafe { sys::DSA_generate_key(key.0.as_ptr()) };
        check(status, "DSA_generate_key")?;
        // SAFETY: the numbers are the key's and live as long as it.
        unsafe {
            Ok((
                BigNum::copy_of(sys::DSA_get0_pub_key(key.0.as_ptr()))?,
                BigNum::copy_of(sys::DSA_get0_priv_key(key.0.as_ptr()))?,
            ))
        }
    }

    /// Signs a digest; digests longer than q are truncated. `r` and `s` are written with leading zeros.
    ///
    /// # Errors
    /// [`Error::Crypto`](crate::error::Error::Crypto) if the library fails, or the group is none.
    pub(crate) fn sign(&self, digest: &[u8], r: &mut [u8], s: &mut [u8]) -> Result<()> {
        // SAFETY: the key is valid, `digest` for reads of its length.
        let made = unsafe { sys::DSA_do_sign(digest.as_ptr(), digest.len(), self.0.as_ptr()) };
        let signature = owned(made, "DSA_do_sign").map(Signature)?;
        let (mut made_r, mut made_s) = (std::ptr::null(), std::ptr::null());
        // SAFETY: the signature is valid and both places are ours; the numbers live as long as the signature.
        unsafe {
            sys::DSA_SIG_get0(signature.0.as_ptr(), &raw mut made_r, &raw mut made_s);
            bn::write_padded(made_r, r)?;
            bn::write_padded(made_s, s)
        }
    }

    /// Whether `r` and `s` are a signature of the digest.
    ///
    /// # Errors
    /// [`Error::Crypto`](crate::error::Error::Crypto) without memory.
    pub(crate) fn verify(&self, digest: &[u8], r: &[u8], s: &[u8]) -> Result<bool> {
        // SAFETY: makes a new object.
        let signature = owned(unsafe { sys::DSA_SIG_new() }, "DSA_SIG_new").map(Signature)?;
        let (r, s) = (
            BigNum::from_bytes(r)?.into_raw(),
            BigNum::from_bytes(s)?.into_raw(),
        );
        // SAFETY: all three are valid and the signature takes the numbers over; it fails for null pointers only.
        let status = unsafe { sys::DSA_SIG_set0(signature.0.as_ptr(), r, s) };
        check(status, "DSA_SIG_set0")?;
        // SAFETY: key and signature are valid, `digest` for reads of its length.
        let status = unsafe {
            sys::DSA_do_verify(
                digest.as_ptr(),
                digest.len(),
                signature.0.as_ptr(),
                self.0.as_ptr(),
            )
        };
        if status == 1 {
            return Ok(true);
        }
        // The reason for a refusal is of no interest, but must not stay in the queue.
        let _ = failed("DSA_do_verify");
        Ok(false)
    }
}
