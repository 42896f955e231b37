//! AES with the key schedules cached: ECB, CBC and counter mode over the caller's buffers.
//!
//! ECB runs in the `aes` crate, which does many blocks at once (twice OpenSSL's rate); chained modes run in aws-lc,
//! whose assembler they wait for least. Constant-time PKCS#7 padding stands here, too.

use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroize;

use super::aws_lc::aes::{AesDecrypt, AesEncrypt, CtrState};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Length of a block in bytes.
pub const BLOCK_LEN: usize = 16;

/// One block.
pub type Block = [u8; BLOCK_LEN];

/// A prepared AES key. Immutable; shared by threads.
pub struct AesKey {
    blocks: Blocks,
    encrypt: AesEncrypt,
    decrypt: AesDecrypt,
}

/// The `aes` crate's schedules; it wipes them.
enum Blocks {
    Aes128(aes::Aes128),
    Aes192(aes::Aes192),
    Aes256(aes::Aes256),
}

/// Runs one expression over whichever schedule it is.
macro_rules! with_blocks {
    ($blocks:expr, $cipher:ident => $call:expr) => {
        match $blocks {
            Blocks::Aes128($cipher) => $call,
            Blocks::Aes192($cipher) => $call,
            Blocks::Aes256($cipher) => $call,
        }
    };
}

impl AesKey {
    /// Prepares a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub fn new(key: &[u8]) -> Result<Self> {
        let wrong = |_| WRONG_KEY;
        let blocks = match key.len() {
            16 => Blocks::Aes128(aes::Aes128::new_from_slice(key).map_err(wrong)?),
            24 => Blocks::Aes192(aes::Aes192::new_from_slice(key).map_err(wrong)?),
            _ => Blocks::Aes256(aes::Aes256::new_from_slice(key).map_err(wrong)?),
        };
        Ok(Self {
            blocks,
            encrypt: AesEncrypt::new(key)?,
            decrypt: AesDecrypt::new(key)?,
        })
    }

    /// The schedules of the chained modes and of key wrap.
    pub(super) fn schedules(&self) -> (&AesEncrypt, &AesDecrypt) {
        (&self.encrypt, &self.decrypt)
    }

    /// Encrypts one block in place.
    pub fn encrypt_block(&self, block: &mut Block) {
        let block: &mut aes::Block = block.into();
        with_blocks!(&self.blocks, cipher => cipher.encrypt_block(block));
    }

    /// ECB over whole blocks. `out` is as long as `input`.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length; so for every mode here.
    pub fn ecb_encrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
        let (from, to) = (blocks(input)?, blocks_mut(out)?);
        with_blocks!(&self.blocks, cipher => cipher.encrypt_blocks_b2b(from, to)).map_err(|_| WRONG_LENGTH)
    }

    /// ECB decryption of whole blocks. `out` is as long as `input`.
    ///
    /// # Errors
    /// As [`AesKey::ecb_encrypt`].
    pub fn ecb_decrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
        let (from, to) = (blocks(input)?, blocks_mut(out)?);
        with_blocks!(&self.blocks, cipher => cipher.decrypt_blocks_b2b(from, to)).map_err(|_| WRONG_LENGTH)
    }

    /// CBC over whole blocks; `iv` becomes what the next call needs. `out` is as long as `input`.
    ///
    /// # Errors
    /// As [`AesKey::ecb_encrypt`].
    pub fn cbc_encrypt(&self, iv: &mut Block, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.encrypt.cbc(iv, input, out)
    }

    /// CBC decryption of whole blocks; `iv` becomes what the next call needs. `out` is as long as `input`.
    ///
    /// # Errors
    /// As [`AesKey::ecb_encrypt`].
    pub fn cbc_decrypt(&self, iv: &mut Block, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.decrypt.cbc(iv, input, out)
    }

    /// Encrypts or decrypts the next bytes of a counter-mode message. `out` is as long as `input`.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the counter would come round [PKCS#11 3.2, 6.11]; nothing is written then.
    pub fn ctr(&self, counter: &mut Counter, input: &[u8], out: &mut [u8]) -> Result<()> {
        counter.take(input.len())?;
        self.encrypt.ctr(&mut counter.state, input, out)
    }
}

/// A key that encrypts a few single blocks and is gone: nothing else is prepared.
pub struct AesEncryptor(EncryptBlocks);

/// The `aes` crate's schedules for encryption alone; it wipes them.
enum EncryptBlocks {
    Aes128(aes::Aes128Enc),
    Aes192(aes::Aes192Enc),
    Aes256(aes::Aes256Enc),
}

impl AesEncryptor {
    /// Prepares a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub fn new(key: &[u8]) -> Result<Self> {
        Ok(Self(match key.len() {
            16 => EncryptBlocks::Aes128(aes::Aes128Enc::new_from_slice(key).map_err(|_| WRONG_KEY)?),
            24 => EncryptBlocks::Aes192(aes::Aes192Enc::new_from_slice(key).map_err(|_| WRONG_KEY)?),
            _ => EncryptBlocks::Aes256(aes::Aes256Enc::new_from_slice(key).map_err(|_| WRONG_KEY)?),
        }))
    }

    /// Encrypts one block in place.
    pub fn encrypt_block(&self, block: &mut Block) {
        let block: &mut aes::Block = block.into();
        match &self.0 {
            EncryptBlocks::Aes128(cipher) => cipher.encrypt_block(block),
            EncryptBlocks::Aes192(cipher) => cipher.encrypt_block(block),
            EncryptBlocks::Aes256(cipher) => cipher.encrypt_block(block),
        }
    }
}

const WRONG_KEY: Error = Error::Internal("an AES key has 16, 24 or 32 bytes");

const WRONG_LENGTH: Error = Error::Internal("a block cipher was given a wrong length");

fn blocks(bytes: &[u8]) -> Result<&[aes::Block]> {
    match Array::slice_as_chunks(bytes) {
        (blocks, []) => Ok(blocks),
        _ => Err(WRONG_LENGTH),
    }
}

fn blocks_mut(bytes: &mut [u8]) -> Result<&mut [aes::Block]> {
    match Array::slice_as_chunks_mut(bytes) {
        (blocks, []) => Ok(blocks),
        _ => Err(WRONG_LENGTH),
    }
}

/// Where a counter-mode message stands.
#[derive(Clone)]
pub struct Counter {
    state: CtrState,
    /// Bytes of key stream that are left before the counter comes round; saturated.
    left: u128,
}

impl Counter {
    /// Begins with a counter block whose last `bits` bits count.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] unless there are 1 to 128 bits.
    pub fn new(block: Block, bits: u32) -> Result<Self> {
        Ok(Self {
            state: CtrState::new(block),
            left: counter_room(block, bits)?,
        })
    }

    /// Whether so many more bytes can be processed.
    #[must_use]
    pub fn has(&self, length: usize) -> bool {
        u128::try_from(length).is_ok_and(|length| length <= self.left)
    }

    /// Where the message stands, for [`Counter::restore`].
    #[must_use]
    pub fn save(&self) -> SecretBytes {
        let mut state = self.state.save();
        let saved = SecretBytes::new([&state[..], &self.left.to_be_bytes()].concat());
        state.zeroize();
        saved
    }

    /// Goes on from where [`Counter::save`] was called; `None` if it is no such state.
    #[must_use]
    pub fn restore(saved: &[u8]) -> Option<Self> {
        let (state, left) = saved.split_first_chunk()?;
        Some(Self {
            state: CtrState::restore(state)?,
            left: u128::from_be_bytes(left.try_into().ok()?),
        })
    }

    fn take(&mut self, length: usize) -> Result<()> {
        let left = u128::try_from(length)
            .ok()
            .and_then(|length| self.left.checked_sub(length));
        self.left = left.ok_or(Error::DataLenRange("the counter would come round"))?;
        Ok(())
    }
}

/// Bytes of key stream that there are before a counter block comes round whose last `bits` bits count; saturated.
///
/// # Errors
/// [`Error::MechanismParamInvalid`] unless there are 1 to 128 bits.
pub fn counter_room(block: Block, bits: u32) -> Result<u128> {
    if !(1..=128).contains(&bits) {
        return Err(Error::MechanismParamInvalid("ulCounterBits is 1 to 128"));
    }
    let mask = u128::MAX >> 128_u32.saturating_sub(bits);
    // Blocks from the first value of the counter to its last, less one, so that it fits.
    let after_first = mask - (u128::from_be_bytes(block) & mask);
    Ok(after_first.saturating_add(1).saturating_mul(16))
}

/// Fills the rest of a block behind `used` bytes of data with PKCS#7 padding: each byte is their number.
pub fn pad(block: &mut [u8], used: usize) {
    let count = u8::try_from(block.len().saturating_sub(used)).unwrap_or(0);
    for byte in block.iter_mut().skip(used) {
        *byte = count;
    }
}

/// Bytes of data before the PKCS#7 padding of the last block of a message, in constant time.
///
/// # Errors
/// [`Error::EncryptedDataInvalid`] if there is no good padding.
pub fn unpad(block: &[u8]) -> Result<usize> {
    let (Some(count), Ok(length)) = (block.last().copied(), u8::try_from(block.len())) else {
        return Err(Error::EncryptedDataInvalid);
    };
    let mut good = !count.ct_eq(&0) & !count.ct_gt(&length);
    for (from_end, byte) in (0_u8..).zip(block.iter().rev()) {
        let is_padding = count.ct_gt(&from_end);
        good &= !is_padding | byte.ct_eq(&count);
    }
    let count = u8::conditional_select(&0, &count, good);
    match bool::from(good & Choice::from(1)) {
        true => Ok(block.len().saturating_sub(usize::from(count))),
        false => Err(Error::EncryptedDataInvalid),
    }
}

#[cfg(test)]
mod tests;
