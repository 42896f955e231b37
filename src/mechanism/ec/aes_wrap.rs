//! CKM_ECDH_AES_KEY_WRAP and its like: the public key of a pair of its own, and behind it the key under the AES key that
//! Diffie-Hellman of that pair gives. The standard leaves the public key's form open: it is the raw point, uncompressed
//! on Weierstrass curves, as openCryptoki writes it; every form is read.

use super::derive::{derived, ephemeral, point_len};
use crate::attribute::AttributeSet;
use crate::crypto::montgomery;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::asymmetric::AsymmetricKey;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget};
use crate::mechanism::params::{EcKdf, Params};
use crate::mechanism::wrap::kwp;
use crate::secret::SecretBytes;

pub(super) struct EcdhAesWrap;

const WRONG_KEY: Error = Error::Internal("ECDH-AES key wrap with another kind of key");

/// Length of the AES key, derivation function and shared information.
fn parts(params: &Params) -> Result<(usize, Option<EcKdf>, &[u8])> {
    match params {
        Params::EcdhAesKeyWrap {
            aes_key_len,
            kdf,
            shared_data,
        } => Ok((*aes_key_len, *kdf, shared_data)),
        _ => Err(Error::Internal("ECDH-AES key wrap without its parameter")),
    }
}

/// What stands behind the point at the start of a wrapped key, and the secret.
fn opened<'a>(key: &KeyMaterial, wrapped: &'a [u8]) -> Result<(&'a [u8], SecretBytes)> {
    let split = |length| wrapped.split_at_checked(length).ok_or(Error::WrappedKeyLenRange);
    match key.asymmetric()? {
        AsymmetricKey::EcPrivate(key) => {
            let length = match wrapped.first() {
                Some(0x02 | 0x03) => 1 + key.curve().field_len(),
                _ => key.curve().point_len(),
            };
            let (point, rest) = split(length)?;
            Ok((rest, key.shared_secret(point)?))
        }
        AsymmetricKey::MontgomeryPrivate(key) => {
            let (point, rest) = split(key.curve().key_len())?;
            Ok((
                rest,
                key.shared_secret(&montgomery::PublicKey::from_bytes(key.curve(), point)?)?,
            ))
        }
        _ => Err(WRONG_KEY),
    }
}

/// The AES key; a curve whose secret is shorter than it is too small for CKD_NULL.
fn aes_key(params: &Params, secret: &SecretBytes, role: KeyRole) -> Result<SecretBytes> {
    let (length, kdf, shared_data) = parts(params)?;
    derived(kdf, shared_data, secret, Some(length)).map_err(|error| match error {
        Error::KeySizeRange(_) => Error::KeySizeRange(role),
        other => other,
    })
}

impl WrapMechanism for EcdhAesWrap {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        parts(params).map(|_| ())
    }

    fn wrapped_len(&self, key: &KeyMaterial, _params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        Ok(point_len(key)? + kwp::wrapped_len(target.payload.len())?)
    }

    fn wrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        target: &WrapTarget<'_>,
        out: &mut [u8],
    ) -> Result<usize> {
        let length = self.wrapped_len(key, params, target)?;
        let (own, secret) = ephemeral(key, KeyRole::WrappingKey)?;
        let aes_key = aes_key(params, &secret, KeyRole::WrappingKey)?;
        let (point, rest) = out
            .get_mut(..length)
            .and_then(|out| out.split_at_mut_checked(own.len()))
            .ok_or(Error::Internal("ECDH-AES key wrap output"))?;
        point.copy_from_slice(&own);
        kwp::wrap(&aes_key, target.payload, rest)?;
        Ok(length)
    }
}

impl UnwrapMechanism for EcdhAesWrap {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        parts(params).map(|_| ())
    }

    fn unwrap(
        &self,
        key: &KeyMaterial,
        params: &Params,
        wrapped: &[u8],
        _template: &AttributeSet,
    ) -> Result<Unwrapped> {
        let (rest, secret) = opened(key, wrapped).map_err(|error| match error {
            Error::PublicKeyInvalid(_) => Error::WrappedKeyInvalid,
            other => other,
        })?;
        let aes_key = aes_key(params, &secret, KeyRole::UnwrappingKey)?;
        Ok(Unwrapped {
            payload: kwp::unwrap(&aes_key, rest)?,
            attributes: AttributeSet::new(),
        })
    }
}
