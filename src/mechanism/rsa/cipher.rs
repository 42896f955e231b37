//! RSA encryption and wrapping: PKCS#1 v1.5, OAEP, and the bare operation. All are single-part only.

use subtle::{Choice, ConstantTimeEq};

use super::signing::pad_left;
use crate::attribute::AttributeSet;
use crate::ck::{CKA_VALUE_LEN, CKO_PRIVATE_KEY};
use crate::crypto::rsa::{self, Oaep};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{CipherMechanism, UnwrapMechanism, Unwrapped};
use crate::mechanism::params::Params;
use crate::mechanism::wrap::value_len;
use crate::secret::SecretBytes;

const OUTPUT: Error = Error::Internal("RSA output");

/// The part of a caller's buffer that an RSA block fills.
fn block_of<'a>(key: &rsa::PublicKey, out: &'a mut [u8]) -> Result<&'a mut [u8]> {
    out.get_mut(..key.block_len()).ok_or(OUTPUT)
}

fn check_ciphertext(key: &KeyMaterial, input_len: usize) -> Result<usize> {
    let block_len = key.rsa_private()?.block_len();
    if input_len == block_len {
        return Ok(block_len);
    }
    Err(Error::EncryptedDataLenRange(
        "an RSA ciphertext is as long as the modulus",
    ))
}

/// The length of the ciphertext of a message of so many bytes, where there is room for `room`.
fn ciphertext_len(key: &KeyMaterial, input_len: usize, room: usize) -> Result<usize> {
    if input_len > room {
        return Err(Error::DataLenRange("the data is too long for the RSA key"));
    }
    Ok(key.rsa_public()?.block_len())
}

pub(super) struct EncryptPkcs1;

impl CipherMechanism for EncryptPkcs1 {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        let block_len = key.rsa_public()?.block_len();
        ciphertext_len(key, input_len, block_len.saturating_sub(rsa::OVERHEAD_LEN))
    }

    fn oneshot(&self, key: &KeyMaterial, _params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let key = key.rsa_public()?;
        key.encrypt_pkcs1(input, block_of(key, out)?)?;
        Ok(key.block_len())
    }
}

/// A wrong padding gives no error but bytes that mean nothing: [`rsa::PrivateKey::decrypt_pkcs1`].
pub(super) struct DecryptPkcs1;

impl CipherMechanism for DecryptPkcs1 {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_private().map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        Ok(check_ciphertext(key, input_len)?.saturating_sub(rsa::OVERHEAD_LEN))
    }

    fn oneshot(&self, key: &KeyMaterial, _params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        key.rsa_private()?.decrypt_pkcs1(input, out)
    }
}

fn oaep(params: &Params) -> Result<Oaep<'_>> {
    match params {
        Params::RsaOaep { hash, mgf, label } => Ok(Oaep {
            hash: *hash,
            mgf: *mgf,
            label,
        }),
        _ => Err(Error::Internal("OAEP without its parameter")),
    }
}

/// Bytes of message that key and hash have room for.
fn oaep_room(key: &rsa::PublicKey, params: &Params) -> Result<usize> {
    let room = oaep(params)?.message_len_max(key.block_len());
    room.ok_or(Error::KeySizeRange(KeyRole::Key))
}

pub(super) struct EncryptOaep;

impl CipherMechanism for EncryptOaep {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        oaep_room(key.rsa_public()?, params).map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        ciphertext_len(key, input_len, oaep_room(key.rsa_public()?, params)?)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let key = key.rsa_public()?;
        key.encrypt_oaep(&oaep(params)?, input, block_of(key, out)?)?;
        Ok(key.block_len())
    }
}

pub(super) struct DecryptOaep;

impl CipherMechanism for DecryptOaep {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        oaep_room(key.rsa_private()?.public(), params).map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        check_ciphertext(key, input_len)?;
        oaep_room(key.rsa_public()?, params)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        key.rsa_private()?.decrypt_oaep(&oaep(params)?, input, out)
    }
}

pub(super) struct EncryptX509;

impl CipherMechanism for EncryptX509 {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        ciphertext_len(key, input_len, key.rsa_public()?.block_len())
    }

    fn oneshot(&self, key: &KeyMaterial, _params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let key = key.rsa_public()?;
        let block = block_of(key, out)?;
        pad_left(input, block)?;
        key.raw(block)?;
        Ok(key.block_len())
    }
}

pub(super) struct DecryptX509;

impl CipherMechanism for DecryptX509 {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_private().map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        check_ciphertext(key, input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, _params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let key = key.rsa_private()?;
        let block = block_of(key.public(), out)?;
        pad_left(input, block)?;
        key.raw(block).map_err(|error| match error {
            Error::DataInvalid(_) => Error::EncryptedDataInvalid,
            other => other,
        })?;
        Ok(key.block_len())
    }
}

/// The key is the end of the block; the zeros before it are padding, and nothing in the block tells them from zeros
/// that a secret key begins with: the template or the key type says how long it is [PKCS#11 3.2, 6.1.12].
pub(super) struct UnwrapX509;

impl UnwrapX509 {
    /// How long the wrapped key is in bytes. `None` for private keys: PKCS#8 begins with a byte that is not 0.
    fn length(template: &AttributeSet) -> Result<Option<usize>> {
        if template.class() == Some(CKO_PRIVATE_KEY) {
            return Ok(None);
        }
        let length = value_len(template).ok_or(Error::TemplateIncomplete {
            attribute: CKA_VALUE_LEN,
            why: "raw RSA does not tell the length of a secret key, whose first bytes may be zeros",
        })?;
        Ok(Some(length))
    }
}

/// How many zeros a block begins with, in a time that does not tell.
fn leading_zeros(block: &[u8]) -> usize {
    let mut only_zeros = Choice::from(1);
    block
        .iter()
        .map(|byte| {
            only_zeros &= byte.ct_eq(&0);
            usize::from(only_zeros.unwrap_u8())
        })
        .sum()
}

impl UnwrapMechanism for UnwrapX509 {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        DecryptX509.check(key, params)
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let length = Self::length(template)?;
        let block_len = check_ciphertext(key, wrapped.len()).map_err(|_| Error::WrappedKeyLenRange)?;
        let mut block = SecretBytes::zeros(block_len);
        DecryptX509
            .oneshot(key, params, wrapped, block.as_mut())
            .map_err(|error| match error {
                Error::EncryptedDataInvalid => Error::WrappedKeyInvalid,
                other => other,
            })?;
        let zeros = leading_zeros(&block);
        let length = length.unwrap_or(block_len.saturating_sub(zeros));
        let start = block_len.checked_sub(length).ok_or(Error::WrappedKeyInvalid)?;
        if start > zeros {
            return Err(Error::WrappedKeyInvalid);
        }
        Ok(Unwrapped {
            payload: block.get(start..).unwrap_or_default().into(),
            attributes: AttributeSet::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::leading_zeros;

    #[test]
    fn zeros_are_counted_up_to_the_first_other_byte() {
        for (block, zeros) in [
            (&[][..], 0),
            (&[0], 1),
            (&[1, 0, 0], 0),
            (&[0, 0, 0x80, 0, 0], 2),
            (&[0; 600], 600),
        ] {
            assert_eq!(leading_zeros(block), zeros);
        }
    }
}
