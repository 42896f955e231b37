//! Wrapping and unwrapping by encryption: ciphers that keep the length or pad, and block modes whose payload is
//! filled up with zeros.

use super::key::KeyMaterial;
use super::key_types::fixed_len;
use super::operation::{CipherMechanism, UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget};
use super::params::Params;
use super::spec::Roles;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};
use crate::secret::SecretBytes;

/// What a format that carries an AES key of its own does with the key that is wrapped: CKM_AES_KEY_WRAP_KWP.
pub(super) mod kwp {
    use super::{as_unwrapping_error, as_wrapping_error};
    use crate::crypto::aes::AesKey;
    use crate::crypto::keywrap::{Integrity, KeyWrap};
    use crate::error::Result;
    use crate::secret::SecretBytes;

    /// Length of the wrapped form of so many bytes.
    pub(in crate::mechanism) fn wrapped_len(length: usize) -> Result<usize> {
        KeyWrap::Padded.wrapped_len(length).map_err(as_wrapping_error)
    }

    /// Wraps into all of `out`, which has [`wrapped_len`] bytes.
    pub(in crate::mechanism) fn wrap(aes_key: &[u8], payload: &[u8], out: &mut [u8]) -> Result<()> {
        let key = AesKey::new(aes_key)?;
        KeyWrap::Padded
            .wrap(&key, Integrity::Standard, payload, out)
            .map_err(as_wrapping_error)
    }

    /// Refuses a length that no wrapped key has.
    pub(in crate::mechanism) fn check_len(wrapped_len: usize) -> Result<()> {
        let length = KeyWrap::Padded.unwrapped_len_max(wrapped_len);
        length.map(|_| ()).map_err(as_unwrapping_error)
    }

    /// Unwraps.
    pub(in crate::mechanism) fn unwrap(aes_key: &[u8], wrapped: &[u8]) -> Result<SecretBytes> {
        let key = AesKey::new(aes_key)?;
        let length = KeyWrap::Padded
            .unwrapped_len_max(wrapped.len())
            .map_err(as_unwrapping_error)?;
        let mut payload = SecretBytes::zeros(length);
        let length = KeyWrap::Padded
            .unwrap(&key, Integrity::Standard, wrapped, payload.as_mut())
            .map_err(as_unwrapping_error)?;
        Ok(payload.get(..length).unwrap_or_default().into())
    }
}

/// Wraps and unwraps by encrypting and decrypting the payload.
pub(super) struct CipherWrap {
    /// The cipher that wraps.
    pub(super) encrypt: &'static dyn CipherMechanism,
    /// The cipher that unwraps.
    pub(super) decrypt: &'static dyn CipherMechanism,
}

impl CipherWrap {
    /// The roles of a row that does both, and nothing else.
    pub(super) const fn roles(&'static self) -> Roles {
        Roles {
            encrypt: Some(self.encrypt),
            decrypt: Some(self.decrypt),
            wrap: Some(self),
            unwrap: Some(self),
            ..Roles::NONE
        }
    }
}

impl WrapMechanism for CipherWrap {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.encrypt.check(key, params).map_err(as_wrapping_error)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        self.encrypt
            .output_len(key, params, target.payload.len())
            .map_err(as_wrapping_error)
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        self.encrypt
            .oneshot(key, params, target.payload, out)
            .map_err(as_wrapping_error)
    }
}

impl UnwrapMechanism for CipherWrap {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.decrypt.check(key, params).map_err(as_unwrapping_error)
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        _template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let length = self
            .decrypt
            .output_len(key, params, wrapped.len())
            .map_err(as_unwrapping_error)?;
        let mut payload = SecretBytes::zeros(length);
        let written = self
            .decrypt
            .oneshot(key, params, wrapped, payload.as_mut())
            .map_err(as_unwrapping_error)?;
        let payload = payload.get(..written).unwrap_or_default().into();
        Ok(Unwrapped {
            payload,
            attributes: AttributeSet::new(),
        })
    }

    fn hides_length(&self) -> bool {
        self.decrypt.is_padded()
    }
}

/// Wraps keys by a mode over whole blocks: zeros fill up the last block, and the template of the unwrapped key
/// says how long its value is: what is decrypted is cut to the length of the key type, or to CKA_VALUE_LEN "if it has
/// one, and the key type supports it" [PKCS#11 3.2, 6.10.5: AES-CBC, wrapping; 6.16.3: CKM_AES_KEY_WRAP]. Without either the zeros are part of the
/// value, since nothing tells them from it: who unwraps a generic secret or an HMAC key of another length than whole
/// blocks gives CKA_VALUE_LEN, or takes a mode that pads or keeps the length.
pub(super) struct ZeroPaddedWrap {
    /// The cipher that wraps and unwraps.
    pub(super) cipher: CipherWrap,
    /// Length of its blocks in bytes.
    pub(super) block_len: usize,
    /// Private keys are wrapped, too: their encoding says where it ends.
    pub(super) private_keys: bool,
}

impl ZeroPaddedWrap {
    /// The roles of a row that encrypts and wraps so.
    pub(super) const fn roles(&'static self) -> Roles {
        Roles {
            encrypt: Some(self.cipher.encrypt),
            decrypt: Some(self.cipher.decrypt),
            wrap: Some(self),
            unwrap: Some(self),
            ..Roles::NONE
        }
    }
}

impl ZeroPaddedWrap {
    fn padded_len(&self, target: &WrapTarget<'_>) -> Result<usize> {
        if !self.private_keys && target.attributes.class() != Some(CKO_SECRET_KEY) {
            return Err(Error::KeyNotWrappable(
                "a block mode without padding wraps secret keys only",
            ));
        }
        let length = target.payload.len().checked_next_multiple_of(self.block_len);
        length.ok_or(Error::KeySizeRange(KeyRole::WrappedKey))
    }

    /// Length of the value in what was decrypted.
    fn unpadded_len(&self, template: &AttributeSet, payload: &[u8]) -> Result<usize> {
        if self.private_keys && template.class() == Some(CKO_PRIVATE_KEY) {
            return der_len(payload).ok_or(Error::WrappedKeyInvalid);
        }
        Ok(value_len(template).unwrap_or(payload.len()))
    }
}

/// Length in bytes of the DER value that the bytes begin with.
fn der_len(bytes: &[u8]) -> Option<usize> {
    let (header_len, content_len) = match bytes {
        [_, length @ ..=0x7f, ..] => (2, usize::from(*length)),
        [_, 0x81, a, ..] => (3, usize::from(*a)),
        [_, 0x82, a, b, ..] => (4, usize::from(u16::from_be_bytes([*a, *b]))),
        _ => return None,
    };
    content_len.checked_add(header_len)
}

impl WrapMechanism for ZeroPaddedWrap {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        WrapMechanism::check(&self.cipher, key, params)
    }

    fn wrapped_len(&self, key: &KeyMaterial, params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        let padded = self.padded_len(target)?;
        self.cipher
            .encrypt
            .output_len(key, params, padded)
            .map_err(as_wrapping_error)
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let mut padded = SecretBytes::zeros(self.padded_len(target)?);
        for (to, from) in padded.as_mut().iter_mut().zip(target.payload) {
            *to = *from;
        }
        let target = WrapTarget {
            payload: &padded,
            attributes: target.attributes,
        };
        self.cipher.wrap(key, params, &target, out)
    }
}

impl UnwrapMechanism for ZeroPaddedWrap {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        UnwrapMechanism::check(&self.cipher, key, params)
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let mut unwrapped = self.cipher.unwrap(key, params, wrapped, template)?;
        let length = self.unpadded_len(template, &unwrapped.payload)?;
        let filled = length.checked_next_multiple_of(self.block_len);
        match unwrapped.payload.get(..length) {
            Some(value) if filled == Some(unwrapped.payload.len()) => {
                unwrapped.payload = value.into();
                Ok(unwrapped)
            }
            _ => Err(Error::WrappedKeyLenRange),
        }
    }
}

/// The length in bytes of the key that the template asks for, if it tells.
pub(super) fn value_len(template: &AttributeSet) -> Option<usize> {
    let fixed = template.key_type().and_then(fixed_len);
    fixed.or_else(|| template.ulong(CKA_VALUE_LEN).map(to_usize))
}

/// Wrapping speaks of keys where encryption speaks of data.
fn as_wrapping_error(error: Error) -> Error {
    match error {
        Error::DataLenRange(_) => Error::KeySizeRange(KeyRole::WrappedKey),
        Error::KeySizeRange(KeyRole::Key) => Error::KeySizeRange(KeyRole::WrappingKey),
        Error::DataInvalid(why) => Error::KeyNotWrappable(why),
        other => other,
    }
}

/// Unwrapping speaks of keys where decryption speaks of data, and in one word.
fn as_unwrapping_error(error: Error) -> Error {
    match error {
        Error::EncryptedDataLenRange(_) => Error::WrappedKeyLenRange,
        Error::KeySizeRange(KeyRole::Key) => Error::KeySizeRange(KeyRole::UnwrappingKey),
        Error::EncryptedDataInvalid | Error::AeadDecryptFailed => Error::WrappedKeyInvalid,
        other => other,
    }
}
