//! Salsa20 with nonces of 8 bytes and XSalsa20 with 24; by themselves, and with Poly1305 as NaCl joins them.

use salsa20::cipher::{KeyIvInit, StreamCipher, StreamCipherSeek};
use zeroize::Zeroizing;

use super::stream_poly::{KEY_LEN, KeyStream, Layout, PolyKey, Sealing};
use crate::error::{Error, Result};

/// Checks the length of a nonce in bytes: one of the two.
fn check_nonce(nonce: &[u8]) -> Result<()> {
    match nonce.len() {
        8 | 24 => Ok(()),
        _ => Err(WRONG_NONCE),
    }
}

/// Checks that there is no additional data.
fn check_aad(aad: &[u8]) -> Result<()> {
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

impl KeyStream for Salsa20 {
    fn new(key: &[u8; KEY_LEN], nonce: &[u8], counter: u64) -> Result<Self> {
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

    fn has(&self, length: usize) -> bool {
        with_variant!(&self.0, stream => StreamCipher::check_remaining(stream, length)).is_ok()
    }

    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        with_variant!(&mut self.0, stream => stream.try_apply_keystream_b2b(input, out))
            .map_err(|_| Error::DataLenRange("the block counter would come round"))
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
}

impl PolyKey for SalsaPolyKey {
    type Stream = Salsa20;

    fn check(nonce: &[u8], aad: &[u8]) -> Result<()> {
        check_nonce(nonce)?;
        check_aad(aad)
    }

    fn stream(&self, nonce: &[u8], aad: &[u8]) -> Result<Sealing<Salsa20>> {
        check_aad(aad)?;
        Sealing::new(Salsa20::new(&self.0, nonce, 0)?, Layout::SecretBox, aad)
    }
}

#[cfg(test)]
mod tests;
