//! Primes: random ones, the test, and the safe primes of the standards.

use std::ffi::c_int;
use std::ptr;

use aws_lc_sys as sys;

use super::bn::{BigNum, Scratch};
use super::{check, failed, owned};
use crate::error::{Error, Result};

impl BigNum {
    /// A random prime of exactly `bits` bits whose two top bits are set, so that the product of two has the sum
    /// of their lengths.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library refuses the length.
    pub(crate) fn random_prime(bits: usize) -> Result<Self> {
        let bits = c_int::try_from(bits).map_err(|_| Error::Crypto("a prime of this length"))?;
        let mut out = Self::zero()?;
        // SAFETY: writes a number that is ours; null `add`, `rem` and callback ask for no condition.
        let status = unsafe {
            sys::BN_generate_prime_ex(
                out.as_mut_ptr(),
                bits,
                0,
                ptr::null(),
                ptr::null(),
                ptr::null_mut(),
            )
        };
        check(status, "BN_generate_prime_ex").map(|()| out)
    }

    /// Whether the number is a prime; a composite passes with a probability below 2^-128, whoever made it.
    ///
    /// # Errors
    /// [`Error::Crypto`] without memory.
    pub(crate) fn is_prime(&self) -> Result<bool> {
        self.passes(PRIMALITY_ROUNDS, true)
    }

    /// Whether a random number without small divisors passes a first test, which nearly no composite does.
    ///
    /// # Errors
    /// As [`BigNum::is_prime`].
    pub(crate) fn may_be_prime(&self) -> Result<bool> {
        self.passes(1, false)
    }

    fn passes(&self, rounds: c_int, trial_division: bool) -> Result<bool> {
        let scratch = Scratch::new()?;
        let mut prime = 0;
        // SAFETY: number and scratch space are valid; a null callback is none.
        let status = unsafe {
            sys::BN_primality_test(
                &raw mut prime,
                self.as_ptr(),
                rounds,
                scratch.as_ptr(),
                c_int::from(trial_division),
                ptr::null_mut(),
            )
        };
        check(status, "BN_primality_test").map(|()| prime == 1)
    }
}

/// Rounds of Miller and Rabin [FIPS 186-5, B.3.1], each of which a composite passes with a probability of 1/4 at most;
/// the library's own number of rounds for numbers that others chose.
const PRIMALITY_ROUNDS: c_int = 64;

/// A group of RFC 3526: p of so many bits, with the generator 2.
///
/// # Errors
/// [`Error::Crypto`] if there is none of this length.
pub(crate) fn rfc_3526(bits: usize) -> Result<BigNum> {
    let out = BigNum::zero()?;
    let number = out.into_raw();
    // SAFETY: the number is valid, and these write it and give it back, or null.
    let written = unsafe {
        match bits {
            1536 => sys::BN_get_rfc3526_prime_1536(number),
            2048 => sys::BN_get_rfc3526_prime_2048(number),
            3072 => sys::BN_get_rfc3526_prime_3072(number),
            4096 => sys::BN_get_rfc3526_prime_4096(number),
            6144 => sys::BN_get_rfc3526_prime_6144(number),
            8192 => sys::BN_get_rfc3526_prime_8192(number),
            _ => ptr::null_mut(),
        }
    };
    // SAFETY: the number is valid and ours, and freed here only.
    let copied = unsafe { BigNum::copy_of(written) };
    // SAFETY: as above.
    unsafe { sys::BN_free(number) };
    copied.map_err(|_| failed("BN_get_rfc3526_prime"))
}

/// A group of RFC 7919: p of so many bits, with the generator 2. The library does not have that of 6144 bits.
///
/// # Errors
/// [`Error::Crypto`] if there is none of this length.
pub(crate) fn rfc_7919(bits: usize) -> Result<BigNum> {
    let nid = match bits {
        2048 => sys::NID_ffdhe2048,
        3072 => sys::NID_ffdhe3072,
        4096 => sys::NID_ffdhe4096,
        8192 => sys::NID_ffdhe8192,
        _ => return Err(Error::Crypto("a group of this length")),
    };
    // SAFETY: makes a new object.
    let group = owned(unsafe { sys::DH_new_by_nid(nid) }, "DH_new_by_nid")?;
    // SAFETY: the number is the group's and lives as long as it.
    let p = unsafe { BigNum::copy_of(sys::DH_get0_p(group.as_ptr())) };
    // SAFETY: the group is owned and freed here only.
    unsafe { sys::DH_free(group.as_ptr()) };
    p
}
