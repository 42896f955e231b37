//! AES over whole blocks, with the key schedule kept: plain data, wiped when dropped.
//!
//! Lengths are checked here, because the library trusts them: a wrong one is a fault of the caller's.

use std::ffi::c_uint;

use aws_lc_sys as sys;
use zeroize::Zeroize;

use super::{check, failed, whole_blocks};
use crate::error::{Error, Result};

/// An AES key schedule for encryption.
#[derive(Clone)]
pub(crate) struct AesEncrypt(sys::AES_KEY);

/// An AES key schedule for decryption.
#[derive(Clone)]
pub(crate) struct AesDecrypt(sys::AES_KEY);

/// Where counter mode stands: the next counter block, and what is left of the last key stream block.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub(crate) struct CtrState {
    block: [u8; 16],
    stream: [u8; 16],
    used: c_uint,
}

impl CtrState {
    /// Begins with this counter block.
    #[must_use]
    pub(crate) fn new(block: [u8; 16]) -> Self {
        Self {
            block,
            stream: [0; 16],
            used: 0,
        }
    }

    /// The state as bytes.
    #[must_use]
    pub(crate) fn save(&self) -> [u8; Self::SAVED_LEN] {
        let mut saved = [0; Self::SAVED_LEN];
        let used = u8::try_from(self.used).unwrap_or(0);
        let bytes = self.block.iter().chain(&self.stream).chain([&used]);
        saved.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        saved
    }

    /// Length of a saved state in bytes.
    pub(crate) const SAVED_LEN: usize = 33;

    /// Goes on from a saved state; `None` if it is none.
    #[must_use]
    pub(crate) fn restore(saved: &[u8; Self::SAVED_LEN]) -> Option<Self> {
        let (block, rest) = saved.split_first_chunk()?;
        let (stream, rest) = rest.split_first_chunk()?;
        match rest {
            [used @ 0..16] => Some(Self {
                block: *block,
                stream: *stream,
                used: c_uint::from(*used),
            }),
            _ => None,
        }
    }
}

/// Length of an AES key in bits, as the library takes it.
fn aes_bits(key: &[u8]) -> Result<c_uint> {
    match key.len() {
        16 => Ok(128),
        24 => Ok(192),
        32 => Ok(256),
        _ => Err(Error::Internal("an AES key has 16, 24 or 32 bytes")),
    }
}

/// CBC over whole blocks with the schedule of this direction.
fn cbc(
    schedule: &sys::AES_KEY,
    direction: i32,
    iv: &mut [u8; 16],
    input: &[u8],
    out: &mut [u8],
) -> Result<()> {
    whole_blocks(input, out, 16)?;
    // SAFETY: input and output have `input.len()` bytes, which are whole blocks; the IV has 16.
    unsafe {
        sys::AES_cbc_encrypt(
            input.as_ptr(),
            out.as_mut_ptr(),
            input.len(),
            schedule,
            iv.as_mut_ptr(),
            direction,
        );
    }
    Ok(())
}

impl AesEncrypt {
    /// Prepares a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub(crate) fn new(key: &[u8]) -> Result<Self> {
        let bits = aes_bits(key)?;
        // SAFETY: the schedule is plain integers, for which all-zero is a value.
        let mut schedule = Self(unsafe { std::mem::zeroed() });
        // SAFETY: `key` has as many bits as said; 0 is success.
        let status = unsafe { sys::AES_set_encrypt_key(key.as_ptr(), bits, &mut schedule.0) };
        check(i32::from(status == 0), "AES_set_encrypt_key")?;
        Ok(schedule)
    }

    /// CBC encryption of whole blocks; `iv` becomes the last block of ciphertext.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length.
    pub(crate) fn cbc(&self, iv: &mut [u8; 16], input: &[u8], out: &mut [u8]) -> Result<()> {
        cbc(&self.0, sys::AES_ENCRYPT, iv, input, out)
    }

    /// Counter mode over any number of bytes. The counter block counts over all its 128 bits.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length.
    pub(crate) fn ctr(&self, state: &mut CtrState, input: &[u8], out: &mut [u8]) -> Result<()> {
        whole_blocks(input, out, 1)?;
        let CtrState { block, stream, used } = state;
        // SAFETY: input and output have `input.len()` bytes; block and stream have 16, and `used` is below 16.
        unsafe {
            sys::AES_ctr128_encrypt(
                input.as_ptr(),
                out.as_mut_ptr(),
                input.len(),
                &self.0,
                block.as_mut_ptr(),
                stream.as_mut_ptr(),
                used,
            );
        }
        Ok(())
    }

    /// Key wrap [RFC 3394]: `out` has 8 bytes more than `input`, which has 16 or more in whole semiblocks. Without
    /// `iv` the initial value is the RFC's.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length.
    pub(crate) fn wrap(&self, iv: Option<&[u8; 8]>, input: &[u8], out: &mut [u8]) -> Result<()> {
        if input.len() < 16 || !input.len().is_multiple_of(8) || out.len() != input.len().saturating_add(8) {
            return Err(Error::Internal("key wrap was given a wrong length"));
        }
        // SAFETY: an IV has 8 bytes, a null one is the RFC's; the output has the 8 bytes more that the library writes.
        let written = unsafe {
            sys::AES_wrap_key(
                &self.0,
                iv.map_or(std::ptr::null(), |iv| iv.as_ptr()),
                out.as_mut_ptr(),
                input.as_ptr(),
                input.len(),
            )
        };
        check(i32::from(written > 0), "AES_wrap_key")
    }

    /// Key wrap with padding [RFC 5649]: `out` has room for `input` in whole semiblocks and 8 bytes more.
    ///
    /// # Errors
    /// [`Error::Crypto`] for a wrong length.
    pub(crate) fn wrap_padded(&self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut written = 0;
        // SAFETY: the library is told the room in `out` and writes no more.
        let status = unsafe {
            sys::AES_wrap_key_padded(
                &self.0,
                out.as_mut_ptr(),
                &mut written,
                out.len(),
                input.as_ptr(),
                input.len(),
            )
        };
        check(status, "AES_wrap_key_padded")?;
        Ok(written)
    }
}

impl AesDecrypt {
    /// Prepares a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub(crate) fn new(key: &[u8]) -> Result<Self> {
        let bits = aes_bits(key)?;
        // SAFETY: the schedule is plain integers, for which all-zero is a value.
        let mut schedule = Self(unsafe { std::mem::zeroed() });
        // SAFETY: `key` has as many bits as said; 0 is success.
        let status = unsafe { sys::AES_set_decrypt_key(key.as_ptr(), bits, &mut schedule.0) };
        check(i32::from(status == 0), "AES_set_decrypt_key")?;
        Ok(schedule)
    }

    /// CBC decryption of whole blocks; `iv` becomes the last block of ciphertext.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length.
    pub(crate) fn cbc(&self, iv: &mut [u8; 16], input: &[u8], out: &mut [u8]) -> Result<()> {
        cbc(&self.0, sys::AES_DECRYPT, iv, input, out)
    }

    /// Key unwrap [RFC 3394]: `out` has 8 bytes less than `input`. `None` if the input is not a wrapped key; then
    /// `out` is wiped.
    pub(crate) fn unwrap(&self, iv: Option<&[u8; 8]>, input: &[u8], out: &mut [u8]) -> Option<()> {
        if input.len() < 24 || !input.len().is_multiple_of(8) || input.len() != out.len().saturating_add(8) {
            return None;
        }
        // SAFETY: an IV has 8 bytes, a null one is the RFC's; the output has the 8 bytes less that the library writes.
        let written = unsafe {
            sys::AES_unwrap_key(
                &self.0,
                iv.map_or(std::ptr::null(), |iv| iv.as_ptr()),
                out.as_mut_ptr(),
                input.as_ptr(),
                input.len(),
            )
        };
        if written <= 0 {
            out.zeroize();
            failed("AES_unwrap_key");
            return None;
        }
        Some(())
    }

    /// Key unwrap with padding [RFC 5649]: `out` has 8 bytes less than `input`; gives the length of the key.
    /// `None` if the input is not a wrapped key; then `out` is wiped. Constant time.
    pub(crate) fn unwrap_padded(&self, input: &[u8], out: &mut [u8]) -> Option<usize> {
        let mut written = 0;
        // SAFETY: the library is told the room in `out` and writes no more.
        let status = unsafe {
            sys::AES_unwrap_key_padded(
                &self.0,
                out.as_mut_ptr(),
                &mut written,
                out.len(),
                input.as_ptr(),
                input.len(),
            )
        };
        if status != 1 {
            out.zeroize();
            failed("AES_unwrap_key_padded");
            return None;
        }
        Some(written)
    }
}

impl Drop for AesEncrypt {
    fn drop(&mut self) {
        self.0.rd_key.zeroize();
    }
}

impl Drop for AesDecrypt {
    fn drop(&mut self) {
        self.0.rd_key.zeroize();
    }
}
