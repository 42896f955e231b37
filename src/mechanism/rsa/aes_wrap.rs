//! CKM_RSA_AES_KEY_WRAP: an AES key of its own under RSA-OAEP, and behind it the key under that AES key.

use super::cipher::{DecryptOaep, EncryptOaep};
use crate::attribute::AttributeSet;
use crate::crypto::rng;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{CipherMechanism, UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget};
use crate::mechanism::params::Params;
use crate::mechanism::wrap::kwp;
use crate::secret::SecretBytes;

pub(super) struct RsaAesWrap;

/// Length of the AES key, and the parameter of OAEP.
fn parts(params: &Params) -> Result<(usize, &Params)> {
    match params {
        Params::RsaAesKeyWrap { aes_key_len, oaep } => Ok((*aes_key_len, oaep)),
        _ => Err(Error::Internal("RSA-AES key wrap without its parameter")),
    }
}

/// OAEP has room for the AES key, or the RSA key is too short.
fn check(key: &KeyMaterial, params: &Params, role: KeyRole) -> Result<()> {
    let (aes_key_len, oaep) = parts(params)?;
    let room = EncryptOaep.output_len(key, oaep, aes_key_len);
    room.map(|_| ()).map_err(|error| match error {
        Error::DataLenRange(_) | Error::KeySizeRange(_) => Error::KeySizeRange(role),
        other => other,
    })
}

impl WrapMechanism for RsaAesWrap {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params, KeyRole::WrappingKey)
    }

    fn wrapped_len(&self, key: &KeyMaterial, _params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        Ok(key.rsa_public()?.block_len() + kwp::wrapped_len(target.payload.len())?)
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let (aes_key_len, oaep) = parts(params)?;
        let length = self.wrapped_len(key, params, target)?;
        let (block, rest) = out
            .get_mut(..length)
            .and_then(|out| out.split_at_mut_checked(key.rsa_public().ok()?.block_len()))
            .ok_or(Error::Internal("RSA-AES key wrap output"))?;
        let mut aes_key = SecretBytes::zeros(aes_key_len);
        rng::system(aes_key.as_mut())?;
        EncryptOaep.oneshot(key, oaep, &aes_key, block)?;
        kwp::wrap(&aes_key, target.payload, rest)?;
        Ok(length)
    }
}

impl UnwrapMechanism for RsaAesWrap {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params, KeyRole::UnwrappingKey)
    }

    /// An AES key that does not open and one of another length are as wrong as a key that does not open: one error for
    /// all of them.
    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        _template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let (aes_key_len, oaep) = parts(params)?;
        let (block, rest) = wrapped
            .split_at_checked(key.rsa_private()?.block_len())
            .ok_or(Error::WrappedKeyLenRange)?;
        kwp::check_len(rest.len())?;
        let mut aes_key = SecretBytes::zeros(DecryptOaep.output_len(key, oaep, block.len())?);
        let opened = DecryptOaep.oneshot(key, oaep, block, aes_key.as_mut());
        let opened = opened.map_err(|error| match error {
            Error::EncryptedDataInvalid => Error::WrappedKeyInvalid,
            other => other,
        })?;
        if opened != aes_key_len {
            return Err(Error::WrappedKeyInvalid);
        }
        let aes_key = aes_key.get(..aes_key_len).ok_or(Error::WrappedKeyInvalid)?;
        Ok(Unwrapped {
            payload: kwp::unwrap(aes_key, rest)?,
            attributes: AttributeSet::new(),
        })
    }
}
