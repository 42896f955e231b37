//! Big integers, never negative, for the parts of RSA that the library does not do in one call.
//!
//! Every number is wiped when dropped. The arithmetic stands in a file of its own.

use std::cmp::Ordering;
use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::{check, owned};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// A number; wiped when dropped.
pub(crate) struct BigNum(NonNull<sys::BIGNUM>);

// SAFETY: a BIGNUM has no ties to a thread.
unsafe impl Send for BigNum {}
// SAFETY: `&BigNum` only reads.
unsafe impl Sync for BigNum {}

impl Drop for BigNum {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only.
        unsafe { sys::BN_clear_free(self.0.as_ptr()) }
    }
}

/// Scratch space of the calculations.
pub(super) struct Scratch(NonNull<sys::BN_CTX>);

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        // SAFETY: makes a new object.
        owned(unsafe { sys::BN_CTX_new() }, "BN_CTX_new").map(Self)
    }

    pub(super) fn as_ptr(&self) -> *mut sys::BN_CTX {
        self.0.as_ptr()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only.
        unsafe { sys::BN_CTX_free(self.0.as_ptr()) }
    }
}

impl BigNum {
    /// Zero.
    ///
    /// # Errors
    /// [`Error::Crypto`] without memory; so for every function here that says no more.
    pub(crate) fn zero() -> Result<Self> {
        // SAFETY: makes a new object.
        owned(unsafe { sys::BN_new() }, "BN_new").map(Self)
    }

    /// A number from its big-endian bytes, leading zeros allowed.
    ///
    /// # Errors
    /// As [`BigNum::zero`].
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        // SAFETY: `bytes` is valid for reads of its length; a null result pointer makes a new object.
        owned(
            unsafe { sys::BN_bin2bn(bytes.as_ptr(), bytes.len(), ptr::null_mut()) },
            "BN_bin2bn",
        )
        .map(Self)
    }

    /// A small number.
    ///
    /// # Errors
    /// As [`BigNum::zero`].
    pub(crate) fn from_word(word: u64) -> Result<Self> {
        Self::from_bytes(&word.to_be_bytes())
    }

    pub(super) fn as_ptr(&self) -> *const sys::BIGNUM {
        self.0.as_ptr()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut sys::BIGNUM {
        self.0.as_ptr()
    }

    /// Gives the object away to a call that takes it over.
    pub(super) fn into_raw(self) -> *mut sys::BIGNUM {
        std::mem::ManuallyDrop::new(self).0.as_ptr()
    }

    /// Length in bits, without leading zeros.
    #[must_use]
    pub(crate) fn bits(&self) -> usize {
        // SAFETY: reads a valid number.
        usize::try_from(unsafe { sys::BN_num_bits(self.as_ptr()) }).unwrap_or(usize::MAX)
    }

    /// Writes the number big-endian into all of `out`, with leading zeros.
    ///
    /// # Errors
    /// [`Error::Crypto`] if it does not fit.
    pub(crate) fn write_padded(&self, out: &mut [u8]) -> Result<()> {
        // SAFETY: `self` is valid.
        unsafe { write_padded(self.as_ptr(), out) }
    }

    /// The number big-endian without leading zeros, in memory that is wiped.
    ///
    /// # Errors
    /// As [`BigNum::zero`].
    pub(crate) fn to_bytes(&self) -> Result<SecretBytes> {
        let mut out = SecretBytes::zeros(self.bits().div_ceil(8));
        self.write_padded(out.as_mut())?;
        Ok(out)
    }

    /// A copy of a number of the library's.
    ///
    /// # Safety
    /// `number` must be valid for reads, or null.
    pub(super) unsafe fn copy_of(number: *const sys::BIGNUM) -> Result<Self> {
        if number.is_null() {
            return Err(Error::Crypto("a number is not there"));
        }
        // SAFETY: by this function's contract.
        owned(unsafe { sys::BN_dup(number) }, "BN_dup").map(Self)
    }

    /// Whether the number is odd.
    #[must_use]
    pub(crate) fn is_odd(&self) -> bool {
        // SAFETY: reads a valid number.
        unsafe { sys::BN_is_odd(self.as_ptr()) == 1 }
    }

    /// Whether the number is one.
    #[must_use]
    pub(crate) fn is_one(&self) -> bool {
        // SAFETY: reads a valid number.
        unsafe { sys::BN_is_one(self.as_ptr()) == 1 }
    }

    /// Which number is greater.
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        // SAFETY: reads two valid numbers.
        unsafe { sys::BN_cmp(self.as_ptr(), other.as_ptr()) }.cmp(&0)
    }
}

/// Writes a number of the library's into all of `out`.
///
/// # Safety
/// `number` must be valid for reads.
pub(super) unsafe fn write_padded(number: *const sys::BIGNUM, out: &mut [u8]) -> Result<()> {
    // SAFETY: `number` is valid by this function's contract, `out` for writes of its length.
    let status = unsafe { sys::BN_bn2bin_padded(out.as_mut_ptr(), out.len(), number) };
    check(status, "BN_bn2bin_padded")
}
