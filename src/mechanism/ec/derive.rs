//! CKM_ECDH1_DERIVE on Weierstrass curves and curve25519.

use crate::crypto::hash::Hash;
use crate::crypto::{kdf, montgomery};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::asymmetric::AsymmetricKey;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::DeriveMechanism;
use crate::mechanism::params::Params;
use crate::secret::SecretBytes;

/// Longest key that is derived, in bytes; the derivation function itself knows no useful limit.
const DERIVED_LEN_MAX: usize = 1 << 16;

pub(super) struct Ecdh;

/// Derivation function, shared information and the other side's point.
pub(super) fn parts(params: &Params) -> Result<(Option<Hash>, &[u8], &[u8])> {
    match params {
        Params::Ecdh1 {
            kdf,
            shared_data,
            public_data,
        } => Ok((*kdf, shared_data, public_data)),
        _ => Err(Error::Internal("ECDH without its parameter")),
    }
}

/// The other side's point is part of the parameter.
fn as_parameter_error(error: Error) -> Error {
    match error {
        Error::PublicKeyInvalid(why) => Error::MechanismParamInvalid(why),
        other => other,
    }
}

pub(super) fn shared_secret(key: &KeyMaterial, public_data: &[u8]) -> Result<SecretBytes> {
    match key.asymmetric()? {
        AsymmetricKey::EcPrivate(key) => key.shared_secret(key.curve().strip_point(public_data)?),
        AsymmetricKey::MontgomeryPrivate(key) => {
            key.shared_secret(&montgomery::PublicKey::from_bytes(public_data)?)
        }
        _ => Err(Error::Internal("ECDH with another kind of key")),
    }
}

impl DeriveMechanism for Ecdh {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        match parts(params)? {
            (None, [_, ..], _) => Err(Error::MechanismParamInvalid("CKD_NULL takes no shared data")),
            _ => Ok(()),
        }
    }

    /// CKD_NULL shortens the secret by its leading bytes [PKCS#11 3.2, 6.3.18]; a derivation function gives as many as
    /// are asked for, and without a wish as many as its hash has.
    fn derive(&self, key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes> {
        let (_, _, public_data) = parts(params)?;
        let secret = shared_secret(key, public_data).map_err(as_parameter_error)?;
        derived(&secret, params, length)
    }
}

/// The key that the parameter's function derives from a shared secret.
pub(super) fn derived(secret: &[u8], params: &Params, length: Option<usize>) -> Result<SecretBytes> {
    const TOO_LONG: Error = Error::KeySizeRange(KeyRole::Key);
    let (hash, shared_data, _) = parts(params)?;
    let Some(hash) = hash else {
        let start = secret
            .len()
            .checked_sub(length.unwrap_or(secret.len()))
            .ok_or(TOO_LONG)?;
        return secret.get(start..).map(SecretBytes::from).ok_or(TOO_LONG);
    };
    let length = length.unwrap_or(hash.output_len());
    if length > DERIVED_LEN_MAX {
        return Err(TOO_LONG);
    }
    let mut out = SecretBytes::zeros(length);
    kdf::x963(hash, secret, shared_data, out.as_mut())?;
    Ok(out)
}
