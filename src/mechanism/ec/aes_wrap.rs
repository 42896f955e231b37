//! CKM_ECDH_AES_KEY_WRAP and its like: the public key of a pair of its own, and behind it the key under the AES key that
//! Diffie-Hellman of that pair gives [PKCS#11 3.2, 6.3.20 to 6.3.22].
//!
//! CKM_ECDH_COF_AES_KEY_WRAP writes the public key as a DER octet string of the point, CKM_ECDH_X_AES_KEY_WRAP as the
//! bytes of RFC 7748. For CKM_ECDH_AES_KEY_WRAP the standard leaves the form on Weierstrass curves open: it is the raw
//! point, as openCryptoki writes it. Points are written uncompressed; on Weierstrass curves both mechanisms read every
//! form, which the lengths tell apart.

use super::derive::{derived, ephemeral, point_len, shortened};
use super::generate::octet_string;
use crate::attribute::AttributeSet;
use crate::crypto::der::{Tag, cut};
use crate::crypto::ec::Curve;
use crate::crypto::montgomery;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::asymmetric::AsymmetricKey;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{UnwrapMechanism, Unwrapped, WrapMechanism, WrapTarget};
use crate::mechanism::params::{EcKdf, Params};
use crate::mechanism::wrap::kwp;
use crate::secret::SecretBytes;

/// How the public key of a Weierstrass curve is written.
pub(super) enum EcdhAesWrap {
    /// As its bytes.
    Raw,
    /// As a DER octet string.
    Der,
}

/// What AES key wrap with padding gives is a multiple of this long, in bytes.
const SEMIBLOCK: usize = 8;

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

/// The point in a DER octet string, and what stands behind it; `None` where a raw point begins. A raw uncompressed
/// point begins with the tag of an octet string, too, and its second byte may be the length of a point by chance. Then
/// what would stand behind that point is no multiple of 8 bytes long, on P-521 for an uncompressed one; and there the
/// second byte of a raw point is 0 or 1, and no length of any.
fn der_point(curve: Curve, wrapped: &[u8]) -> Option<(&[u8], &[u8])> {
    let (point, rest) = cut(wrapped, Tag::OctetString)?;
    let is_point = curve.strip_point(point).is_ok_and(|stripped| stripped == point);
    (is_point && rest.len().is_multiple_of(SEMIBLOCK)).then_some((point, rest))
}

/// What stands behind the point at the start of a wrapped key, and the secret.
fn opened<'a>(key: &KeyMaterial, wrapped: &'a [u8]) -> Result<(&'a [u8], SecretBytes)> {
    let split = |length| wrapped.split_at_checked(length).ok_or(Error::WrappedKeyLenRange);
    match key.asymmetric()? {
        AsymmetricKey::EcPrivate(key) => {
            let curve = key.curve();
            let (point, rest) = match (der_point(curve, wrapped), wrapped.first()) {
                (Some(parts), _) => parts,
                (None, Some(0x02 | 0x03)) => split(1 + curve.field_len())?,
                (None, _) => split(curve.point_len())?,
            };
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

/// The AES key: the first bytes of what Diffie-Hellman gives. A curve whose secret is shorter is too small for CKD_NULL.
fn aes_key(params: &Params, secret: &SecretBytes, role: KeyRole) -> Result<SecretBytes> {
    match parts(params)? {
        (length, None, _) => secret
            .get(..length)
            .map(SecretBytes::from)
            .ok_or(Error::KeySizeRange(role)),
        (length, kdf, shared_data) => derived(kdf, shared_data, secret, Some(length)),
    }
}

/// Unwraps what an AES key wraps that comes of this secret. Earlier versions took the last bytes of the secret
/// for CKD_NULL, as CKM_ECDH1_DERIVE cuts it by itself: what they wrapped still opens.
fn payload(params: &Params, secret: &SecretBytes, wrapped: &[u8]) -> Result<SecretBytes> {
    let key = aes_key(params, secret, KeyRole::UnwrappingKey)?;
    match (kwp::unwrap(&key, wrapped), parts(params)?) {
        (Err(Error::WrappedKeyInvalid), (length, None, _)) => {
            kwp::unwrap(&shortened(secret, Some(length))?, wrapped)
        }
        (unwrapped, _) => unwrapped,
    }
}

impl EcdhAesWrap {
    /// The public key as it is written.
    fn written(&self, point: Vec<u8>) -> Vec<u8> {
        match self {
            Self::Raw => point,
            Self::Der => octet_string(&point),
        }
    }
}

impl WrapMechanism for EcdhAesWrap {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        parts(params).map(|_| ())
    }

    fn wrapped_len(&self, key: &KeyMaterial, _params: &Params, target: &WrapTarget<'_>) -> Result<usize> {
        let point_len = self.written(vec![0; point_len(key)?]).len();
        Ok(point_len + kwp::wrapped_len(target.payload.len())?)
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
        let own = self.written(own);
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
        Ok(Unwrapped {
            payload: payload(params, &secret, rest)?,
            attributes: AttributeSet::new(),
        })
    }
}
