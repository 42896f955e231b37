//! Salsa20 with nonces of 8 bytes and XSalsa20 with 24; by themselves, and with Poly1305 as NaCl joins them.

use salsa20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use zeroize::Zeroizing;

use super::stream_poly::{KeyStream, Layout, Sealing, open_whole, seal_whole};
use crate::error::{Error, Result};

/// Length of a key in bytes.
pub const KEY_LEN: usize = 32;

/// Length of a tag in bytes.
pub const TAG_LEN: usize = 16;

/// Checks the length of a nonce in bytes.
///
/// # Errors
/// [`Error::MechanismParamInvalid`] unless it is one of the two.
pub fn check_nonce(nonce: &[u8]) -> Result<()> {
    match nonce.len() {
        8 | 24 => Ok(()),
        _ => Err(WRONG_NONCE),
    }
}

/// Checks that there is no additional data.
///
/// # Errors
/// [`Error::MechanismParamInvalid`] if there is.
pub fn check_aad(aad: &[u8]) -> Result<()> {
    match aad {
        [] => Ok(()),
        _ => Err(Error::MechanismParamInvalid(
            "Salsa20-Poly1305 is NaCl's, which has no additional data",
        )),
    }
}

const WRONG_NONCE: Error = Error::MechanismParamInvalid("a nonce of Salsa20 has 64 or 192 bits");

/// A key stream under way. The library wipes it.
pub struct Salsa20(Variant);

enum Variant {
    Short(salsa20::Salsa20),
    Extended(salsa20::XSalsa20),
}

/// Runs one expression over whichever variant it is.
macro_rules! with_variant {
    ($variant:expr, $stream:ident => $call:expr) => {
        match $variant {
            Variant::Short($stream) => $call,
            Variant::Extended($stream) => $call,
        }
    };
}

impl Salsa20 {
    /// Begins at a block of the key stream.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] for a nonce of another length than 8 or 24 bytes.
    pub fn new(key: &[u8; KEY_LEN], nonce: &[u8], counter: u64) -> Result<Self> {
        check_nonce(nonce)?;
        let mut variant = match nonce.len() {
            8 => salsa20::Salsa20::new_from_slices(key, nonce).map(Variant::Short),
            _ => salsa20::XSalsa20::new_from_slices(key, nonce).map(Variant::Extended),
        }
        .map_err(|_| WRONG_NONCE)?;
        let position = u128::from(counter).saturating_mul(64);
        with_variant!(&mut variant, stream => stream.try_seek(position))
            .map_err(|_| Error::MechanismParamInvalid("the block counter is too large"))?;
        Ok(Self(variant))
    }

    /// Whether so many more bytes can be processed.
    #[must_use]
    pub fn has(&self, length: usize) -> bool {
        with_variant!(&self.0, stream => StreamCipher::check_remaining(stream, length)).is_ok()
    }

    /// Encrypts or decrypts the next bytes. `out` is as long as `input`.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the counter would come round; nothing is written then.
    pub fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        with_variant!(&mut self.0, stream => stream.try_apply_keystream_b2b(input, out))
            .map_err(|_| Error::DataLenRange("the block counter would come round"))
    }
}

impl KeyStream for Salsa20 {
    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        Self::apply(self, input, out)
    }
}

/// A key of Salsa20-Poly1305: the secret box of [Bernstein, "Cryptography in NaCl", 9], which is XSalsa20 with nonces
/// of 24 bytes, and the same over Salsa20 with 8. It has no additional data. Wiped when dropped.
pub struct SalsaPolyKey(Zeroizing<[u8; KEY_LEN]>);

impl SalsaPolyKey {
    /// Prepares a key of 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub fn new(key: &[u8]) -> Result<Self> {
        key.try_into()
            .map(|key| Self(Zeroizing::new(key)))
            .map_err(|_| Error::Internal("a Salsa20 key has 32 bytes"))
    }

    fn begin(&self, nonce: &[u8], aad: &[u8]) -> Result<Sealing<Salsa20>> {
        check_aad(aad)?;
        Sealing::new(Salsa20::new(&self.0, nonce, 0)?, Layout::SecretBox, aad)
    }

    /// Encrypts a message. `out` has the input's length; `aad` is empty.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] for a nonce that is not of 8 or 24 bytes or for additional data,
    /// [`Error::Internal`] for a wrong length.
    pub fn seal(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8; TAG_LEN],
    ) -> Result<()> {
        seal_whole(self.begin(nonce, aad)?, input, out, tag)
    }

    /// Decrypts a message whose tag fits. `out` has the input's length and is zero after an error.
    ///
    /// # Errors
    /// [`Error::AeadDecryptFailed`] if the tag does not fit; as [`SalsaPolyKey::seal`].
    pub fn open(
        &self,
        nonce: &[u8],
        aad: &[u8],
        input: &[u8],
        tag: &[u8; TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        open_whole(self.begin(nonce, aad)?, input, tag, out)
    }

    /// Begins a message that is encrypted in pieces.
    ///
    /// # Errors
    /// As [`SalsaPolyKey::seal`].
    pub fn stream(&self, nonce: &[u8], aad: &[u8]) -> Result<SalsaPolyEncryption> {
        self.begin(nonce, aad).map(SalsaPolyEncryption)
    }
}

/// An encryption in pieces. Each piece comes out at once.
pub struct SalsaPolyEncryption(Sealing<Salsa20>);

impl SalsaPolyEncryption {
    /// Encrypts some bytes; `out` has as many.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length.
    pub fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.encrypt(input, out)
    }

    /// Ends the message with its tag.
    #[must_use]
    pub fn finish(self) -> [u8; TAG_LEN] {
        *self.0.finish()
    }
}

#[cfg(test)]
mod tests;
