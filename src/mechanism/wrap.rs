//! Wrapping and unwrapping by encryption: ciphers that keep the length or pad, and block modes whose payload is
//! filled up with zeros.

pub(super) mod kwp;

use super::key::KeyMaterial;
use super::key_types::{fixed_len, value_lengths};
use super::operation::{CipherMechanism, UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget};
use super::params::Params;
use super::spec::Roles;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::der;
use crate::error::{Error, KeyRole, Result};
use crate::secret::SecretBytes;

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
/// one, and the key type supports it" [PKCS#11 3.2, 6.10.5: AES-CBC, wrapping; 6.16.3: CKM_AES_KEY_WRAP]. Where the
/// template has neither, "the template SHALL specify CKA_VALUE_LEN" unless key type and mechanism tell the length
/// [PKCS#11 3.2, 5.18.4]: the number of blocks may do so, or that what came cannot have been filled up with zeros. Zeros
/// are never taken into a value unasked: that would be another key.
pub(super) struct ZeroPaddedWrap {
    /// The cipher that wraps and unwraps.
    pub(super) cipher: CipherWrap,
    /// Length of its blocks in bytes.
    pub(super) block_len: usize,
    /// Private keys are wrapped, too: their encoding says where it ends.
    pub(super) private_keys: bool,
    /// What was changed is not unwrapped.
    pub(super) is_authentic: bool,
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
            return der::len(payload).ok_or(Error::WrappedKeyInvalid);
        }
        match value_len(template) {
            Some(length) => Ok(length),
            None => self.only_len(template, payload),
        }
    }

    /// Length of the only value of the key type that can have been filled up to this payload.
    fn only_len(&self, template: &AttributeSet, payload: &[u8]) -> Result<usize> {
        let lengths = template.key_type().map(value_lengths).unwrap_or_default();
        let fills = |length: &usize| length.checked_next_multiple_of(self.block_len) == Some(payload.len());
        let (longest, next) = match lengths {
            [] => (Some(payload.len()), payload.len().checked_sub(1).filter(fills)),
            lengths => {
                let mut fitting = lengths.iter().copied().filter(fills).rev();
                (fitting.next(), fitting.next())
            }
        };
        let longest = longest.ok_or(Error::WrappedKeyLenRange)?;
        let Some(next) = next else {
            return Ok(longest);
        };
        let last = payload.get(next..longest).unwrap_or_default();
        // Where anybody can change what is wrapped, an answer to a few bytes would tell them one after the other.
        let may_look = self.is_authentic || last.len() >= NEVER_ZERO_LEN;
        match may_look && last.iter().any(|byte| *byte != 0) {
            true => Ok(longest),
            false => Err(Error::TemplateIncomplete {
                attribute: CKA_VALUE_LEN,
                why: "keys of several lengths fill as many blocks as the wrapped key has",
            }),
        }
    }
}

/// So many bytes of a key are never all zero.
const NEVER_ZERO_LEN: usize = 8;

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
