//! Big integers, never negative, for the parts of RSA that the library does not do in one call.
//!
//! Every number is wiped when dropped. What is not constant-time says so; it is called when a key is made or
//! imported, never by an operation.

use std::cmp::Ordering;
use std::ffi::c_int;
use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::{check, failed, owned};
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

    /// `self * other`.
    ///
    /// # Errors
    /// As [`BigNum::zero`].
    pub(crate) fn times(&self, other: &Self) -> Result<Self> {
        let (mut out, scratch) = (Self::zero()?, Scratch::new()?);
        // SAFETY: all four objects are valid and live through the call.
        let status =
            unsafe { sys::BN_mul(out.as_mut_ptr(), self.as_ptr(), other.as_ptr(), scratch.as_ptr()) };
        check(status, "BN_mul").map(|()| out)
    }

    /// `self - word`, which must not be negative.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `self` is zero.
    pub(crate) fn minus_word(&self, word: u64) -> Result<Self> {
        // SAFETY: `self` is valid.
        let mut out = unsafe { Self::copy_of(self.as_ptr()) }?;
        // SAFETY: changes a number that is ours alone.
        let status = unsafe { sys::BN_sub_word(out.as_mut_ptr(), word) };
        check(status, "BN_sub_word")?;
        // SAFETY: reads a valid number.
        match unsafe { sys::BN_is_negative(out.as_ptr()) } {
            0 => Ok(out),
            _ => Err(Error::Crypto("BN_sub_word gave a negative number")),
        }
    }

    /// `self - other`, which must not be negative.
    ///
    /// # Errors
    /// [`Error::Crypto`] if `other` is greater.
    pub(crate) fn minus(&self, other: &Self) -> Result<Self> {
        let mut out = Self::zero()?;
        // SAFETY: all three numbers are valid.
        let status = unsafe { sys::BN_sub(out.as_mut_ptr(), self.as_ptr(), other.as_ptr()) };
        check(status, "BN_sub")?;
        // SAFETY: reads a valid number.
        match unsafe { sys::BN_is_negative(out.as_ptr()) } {
            0 => Ok(out),
            _ => Err(Error::Crypto("BN_sub gave a negative number")),
        }
    }

    /// `self + other`.
    ///
    /// # Errors
    /// As [`BigNum::zero`].
    pub(crate) fn plus(&self, other: &Self) -> Result<Self> {
        let mut out = Self::zero()?;
        // SAFETY: all three numbers are valid.
        let status = unsafe { sys::BN_add(out.as_mut_ptr(), self.as_ptr(), other.as_ptr()) };
        check(status, "BN_add").map(|()| out)
    }

    /// Quotient and remainder. Not constant-time.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the divisor is zero.
    pub(crate) fn divide(&self, divisor: &Self) -> Result<(Self, Self)> {
        let (mut quotient, mut rest, scratch) = (Self::zero()?, Self::zero()?, Scratch::new()?);
        // SAFETY: all five objects are valid and live through the call.
        let status = unsafe {
            sys::BN_div(
                quotient.as_mut_ptr(),
                rest.as_mut_ptr(),
                self.as_ptr(),
                divisor.as_ptr(),
                scratch.as_ptr(),
            )
        };
        check(status, "BN_div").map(|()| (quotient, rest))
    }

    /// How many zero bits stand at the low end, and the number without them.
    ///
    /// # Errors
    /// As [`BigNum::zero`].
    pub(crate) fn without_low_zeros(&self) -> Result<(usize, Self)> {
        // SAFETY: reads a valid number.
        let zeros: c_int = unsafe { sys::BN_count_low_zero_bits(self.as_ptr()) };
        let mut out = Self::zero()?;
        // SAFETY: both numbers are valid.
        let status = unsafe { sys::BN_rshift(out.as_mut_ptr(), self.as_ptr(), zeros) };
        check(status, "BN_rshift")?;
        Ok((usize::try_from(zeros).unwrap_or(0), out))
    }

    /// Greatest common divisor.
    ///
    /// # Errors
    /// As [`BigNum::zero`].
    pub(crate) fn gcd(&self, other: &Self) -> Result<Self> {
        let (mut out, scratch) = (Self::zero()?, Scratch::new()?);
        // SAFETY: all four objects are valid and live through the call.
        let status =
            unsafe { sys::BN_gcd(out.as_mut_ptr(), self.as_ptr(), other.as_ptr(), scratch.as_ptr()) };
        check(status, "BN_gcd").map(|()| out)
    }

    /// `self⁻¹ mod modulus`.
    ///
    /// # Errors
    /// [`Error::Crypto`] if there is no inverse.
    pub(crate) fn inverse(&self, modulus: &Self) -> Result<Self> {
        let (mut out, scratch) = (Self::zero()?, Scratch::new()?);
        // SAFETY: all four objects are valid and live through the call.
        let made = unsafe {
            sys::BN_mod_inverse(
                out.as_mut_ptr(),
                self.as_ptr(),
                modulus.as_ptr(),
                scratch.as_ptr(),
            )
        };
        if made.is_null() {
            Err(failed("BN_mod_inverse"))
        } else {
            Ok(out)
        }
    }

    /// `self ^ exponent mod modulus` for an odd modulus, in time that does not depend on the exponent's value.
    /// `self` must be smaller than the modulus.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the modulus is even or zero.
    pub(crate) fn power(&self, exponent: &Self, modulus: &Self) -> Result<Self> {
        let (mut out, scratch) = (Self::zero()?, Scratch::new()?);
        // SAFETY: all objects are valid and live through the call; the Montgomery context may be null.
        let status = unsafe {
            sys::BN_mod_exp_mont_consttime(
                out.as_mut_ptr(),
                self.as_ptr(),
                exponent.as_ptr(),
                modulus.as_ptr(),
                scratch.as_ptr(),
                ptr::null(),
            )
        };
        check(status, "BN_mod_exp_mont_consttime").map(|()| out)
    }

    /// `self * self mod modulus`. Not constant-time.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the modulus is zero.
    pub(crate) fn square(&self, modulus: &Self) -> Result<Self> {
        let (mut out, scratch) = (Self::zero()?, Scratch::new()?);
        // SAFETY: all four objects are valid and live through the call.
        let status = unsafe {
            sys::BN_mod_sqr(
                out.as_mut_ptr(),
                self.as_ptr(),
                modulus.as_ptr(),
                scratch.as_ptr(),
            )
        };
        check(status, "BN_mod_sqr").map(|()| out)
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
