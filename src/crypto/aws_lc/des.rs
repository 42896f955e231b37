//! DES over whole blocks, with the key schedule kept: plain data, wiped when dropped.
//!
//! Lengths are checked here, because the library trusts them: a wrong one is a fault of the caller's.

use aws_lc_sys as sys;
use zeroize::Zeroize;

use super::whole_blocks;
use crate::error::Result;

/// A DES key schedule; parity bits are ignored.
#[derive(Clone)]
pub(crate) struct DesSchedule(sys::DES_key_schedule);

impl DesSchedule {
    /// Prepares a key.
    #[must_use]
    pub(crate) fn new(key: &[u8; 8]) -> Self {
        let mut key = sys::DES_cblock { bytes: *key };
        // SAFETY: the schedule is plain integers, for which all-zero is a value.
        let mut schedule = Self(unsafe { std::mem::zeroed() });
        // SAFETY: key and schedule are of the library's types.
        unsafe { sys::DES_set_key_unchecked(&key, &mut schedule.0) };
        key.bytes.zeroize();
        schedule
    }

    /// Encrypts or decrypts one block.
    #[must_use]
    pub(crate) fn block(&self, block: [u8; 8], encrypt: bool) -> [u8; 8] {
        let input = sys::DES_cblock { bytes: block };
        let mut out = input;
        // SAFETY: all three are of the library's types.
        unsafe { sys::DES_ecb_encrypt(&input, &mut out, &self.0, i32::from(encrypt)) };
        out.bytes
    }

    /// CBC over whole blocks; `iv` becomes the last block of ciphertext.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::error::Error::Internal) for a wrong length.
    pub(crate) fn cbc(&self, iv: &mut [u8; 8], input: &[u8], out: &mut [u8], encrypt: bool) -> Result<()> {
        whole_blocks(input, out, 8)?;
        let mut chain = sys::DES_cblock { bytes: *iv };
        // SAFETY: input and output have `input.len()` bytes, which are whole blocks.
        unsafe {
            sys::DES_ncbc_encrypt(
                input.as_ptr(),
                out.as_mut_ptr(),
                input.len(),
                &self.0,
                &mut chain,
                i32::from(encrypt),
            );
        }
        *iv = chain.bytes;
        Ok(())
    }
}

impl Drop for DesSchedule {
    fn drop(&mut self) {
        self.0.subkeys.zeroize();
    }
}

/// The three schedules of triple DES, in the order of encryption.
#[derive(Clone)]
pub(crate) struct TripleDes(pub(crate) [DesSchedule; 3]);

impl TripleDes {
    /// Encrypts or decrypts one block.
    #[must_use]
    pub(crate) fn block(&self, block: [u8; 8], encrypt: bool) -> [u8; 8] {
        let [first, second, third] = &self.0;
        let input = sys::DES_cblock { bytes: block };
        let mut out = input;
        // SAFETY: all are of the library's types.
        unsafe {
            sys::DES_ecb3_encrypt(
                &input,
                &mut out,
                &first.0,
                &second.0,
                &third.0,
                i32::from(encrypt),
            );
        }
        out.bytes
    }

    /// CBC over whole blocks; `iv` becomes the last block of ciphertext.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::error::Error::Internal) for a wrong length.
    pub(crate) fn cbc(&self, iv: &mut [u8; 8], input: &[u8], out: &mut [u8], encrypt: bool) -> Result<()> {
        whole_blocks(input, out, 8)?;
        let [first, second, third] = &self.0;
        let mut chain = sys::DES_cblock { bytes: *iv };
        // SAFETY: input and output have `input.len()` bytes, which are whole blocks.
        unsafe {
            sys::DES_ede3_cbc_encrypt(
                input.as_ptr(),
                out.as_mut_ptr(),
                input.len(),
                &first.0,
                &second.0,
                &third.0,
                &mut chain,
                i32::from(encrypt),
            );
        }
        *iv = chain.bytes;
        Ok(())
    }
}
