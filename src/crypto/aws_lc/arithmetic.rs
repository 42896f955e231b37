//! What is calculated with [`BigNum`]. What is not constant-time says so; it is called when a key is made or imported,
//! never by an operation.

use std::ffi::c_int;
use std::ptr;

use aws_lc_sys as sys;

use super::bn::{BigNum, Scratch};
use super::{check, failed};
use crate::error::{Error, Result};

impl BigNum {
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
