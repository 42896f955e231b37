//! RSA keys and the two raw operations. Paddings are `crypto/rsa`'s.

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::bn::BigNum;
use super::{check, failed, owned};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Exponents of more bits need the library's door for large ones.
const USUAL_EXPONENT_BITS_MAX: usize = 33;

/// An RSA key, public or private. Immutable, shared by threads.
pub(crate) struct Rsa(NonNull<sys::RSA>);

// SAFETY: an RSA object has no ties to a thread.
unsafe impl Send for Rsa {}
// SAFETY: the library guards what it computes late (Montgomery contexts, blindings) with the key's own lock.
unsafe impl Sync for Rsa {}

impl Drop for Rsa {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only; private numbers are wiped by the library.
        unsafe { sys::RSA_free(self.0.as_ptr()) }
    }
}

/// The numbers of a private key with its Chinese-remainder parts.
pub(crate) struct PrivateNumbers {
    /// n.
    pub(crate) modulus: BigNum,
    /// e.
    pub(crate) public_exponent: BigNum,
    /// d.
    pub(crate) private_exponent: BigNum,
    /// p.
    pub(crate) prime_1: BigNum,
    /// q.
    pub(crate) prime_2: BigNum,
    /// d mod (p-1).
    pub(crate) exponent_1: BigNum,
    /// d mod (q-1).
    pub(crate) exponent_2: BigNum,
    /// q⁻¹ mod p.
    pub(crate) coefficient: BigNum,
}

/// Names a number of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Component {
    /// n.
    Modulus,
    /// e.
    PublicExponent,
    /// d.
    PrivateExponent,
    /// p.
    Prime1,
    /// q.
    Prime2,
    /// d mod (p-1).
    Exponent1,
    /// d mod (q-1).
    Exponent2,
    /// q⁻¹ mod p.
    Coefficient,
}

impl Rsa {
    /// A public key. The library wants n odd and of at most 16384 bits, and e odd, above 1 and below n.
    ///
    /// # Errors
    /// [`Error::Crypto`] if it refuses the numbers.
    pub(crate) fn public(n: &BigNum, e: &BigNum) -> Result<Self> {
        // SAFETY: both numbers are valid; the library copies them.
        let made = unsafe {
            if e.bits() > USUAL_EXPONENT_BITS_MAX {
                sys::RSA_new_public_key_large_e(n.as_ptr(), e.as_ptr())
            } else {
                sys::RSA_new_public_key(n.as_ptr(), e.as_ptr())
            }
        };
        owned(made, "RSA_new_public_key").map(Self)
    }

    /// A private key; the library checks that all numbers belong together.
    ///
    /// # Errors
    /// [`Error::Crypto`] if they do not.
    pub(crate) fn private(numbers: &PrivateNumbers) -> Result<Self> {
        let make = if numbers.public_exponent.bits() > USUAL_EXPONENT_BITS_MAX {
            sys::RSA_new_private_key_large_e
        } else {
            sys::RSA_new_private_key
        };
        // SAFETY: all numbers are valid; the library copies them.
        let made = unsafe {
            make(
                numbers.modulus.as_ptr(),
                numbers.public_exponent.as_ptr(),
                numbers.private_exponent.as_ptr(),
                numbers.prime_1.as_ptr(),
                numbers.prime_2.as_ptr(),
                numbers.exponent_1.as_ptr(),
                numbers.exponent_2.as_ptr(),
                numbers.coefficient.as_ptr(),
            )
        };
        owned(made, "RSA_new_private_key").map(Self)
    }

    /// Makes a key. The library rounds `bits` down to a multiple of 128 and refuses exponents above 32 bits; the
    /// caller asks for neither.
    ///
    /// # Errors
    /// [`Error::Crypto`] if it refuses or fails.
    pub(crate) fn generate(bits: usize, e: &BigNum) -> Result<Self> {
        let bits = c_int::try_from(bits).map_err(|_| Error::Crypto("an RSA key of this length"))?;
        // SAFETY: makes a new object.
        let key = owned(unsafe { sys::RSA_new() }, "RSA_new").map(Self)?;
        // SAFETY: the key is ours alone, the exponent is valid, and a null callback is none.
        let status = unsafe { sys::RSA_generate_key_ex(key.0.as_ptr(), bits, e.as_ptr(), ptr::null_mut()) };
        check(status, "RSA_generate_key_ex").map(|()| key)
    }

    /// Length of the modulus in bits.
    #[must_use]
    pub(crate) fn bits(&self) -> usize {
        // SAFETY: reads a valid key.
        usize::try_from(unsafe { sys::RSA_bits(self.0.as_ptr()) }).unwrap_or(0)
    }

    /// A number of the key, big-endian without leading zeros; `None` if the key does not have it.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub(crate) fn component(&self, which: Component) -> Result<Option<SecretBytes>> {
        let key = self.0.as_ptr();
        // SAFETY: reads a valid key; what comes back is the key's own and lives as long as it.
        let number = unsafe {
            match which {
                Component::Modulus => sys::RSA_get0_n(key),
                Component::PublicExponent => sys::RSA_get0_e(key),
                Component::PrivateExponent => sys::RSA_get0_d(key),
                Component::Prime1 => sys::RSA_get0_p(key),
                Component::Prime2 => sys::RSA_get0_q(key),
                Component::Exponent1 => sys::RSA_get0_dmp1(key),
                Component::Exponent2 => sys::RSA_get0_dmq1(key),
                Component::Coefficient => sys::RSA_get0_iqmp(key),
            }
        };
        if number.is_null() {
            return Ok(None);
        }
        // SAFETY: `number` is valid as long as `self`.
        let length = usize::try_from(unsafe { sys::BN_num_bytes(number) }).unwrap_or(0);
        let mut out = SecretBytes::zeros(length);
        // SAFETY: as above.
        unsafe { super::bn::write_padded(number, out.as_mut()) }?;
        Ok(Some(out))
    }

    /// `block ^ e mod n` in place; `block` is as long as the modulus.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the block is not below the modulus.
    pub(crate) fn public_operation(&self, block: &mut [u8]) -> Result<()> {
        let (pointer, length) = (block.as_mut_ptr(), block.len());
        let mut written = 0;
        // SAFETY: the block is valid for reads and writes of its length; the library has read the input into a
        // number of its own before it writes the output, so both may be the same bytes.
        let status = unsafe {
            sys::RSA_verify_raw(
                self.0.as_ptr(),
                &raw mut written,
                pointer,
                length,
                pointer,
                length,
                sys::RSA_NO_PADDING,
            )
        };
        check(status, "RSA_verify_raw")
    }

    /// `block ^ d mod n` in place, blinded and in constant time, and checked against faults; `block` is as long as
    /// the modulus.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the block is 0, 1 or not below the modulus less one.
    pub(crate) fn private_operation(&self, block: &mut [u8]) -> Result<()> {
        let (pointer, length) = (block.as_mut_ptr(), block.len());
        let mut written = 0;
        // SAFETY: as in `public_operation`.
        let status = unsafe {
            sys::RSA_decrypt(
                self.0.as_ptr(),
                &raw mut written,
                pointer,
                length,
                pointer,
                length,
                sys::RSA_NO_PADDING,
            )
        };
        if status == 1 && written == length {
            return Ok(());
        }
        Err(failed("RSA_decrypt"))
    }
}
