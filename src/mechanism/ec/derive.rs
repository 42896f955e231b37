//! CKM_ECDH1_DERIVE on Weierstrass and Montgomery curves, and what the other mechanisms have of it.

use crate::crypto::{ec, kdf, montgomery};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::asymmetric::AsymmetricKey;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::DeriveMechanism;
use crate::mechanism::params::{EcKdf, Params};
use crate::secret::SecretBytes;

/// Longest key that is derived, in bytes; the derivation function itself knows no useful limit.
pub(in crate::mechanism) const DERIVED_LEN_MAX: usize = 1 << 16;

pub(super) struct Ecdh;

/// Derivation function, shared information and the other side's point.
pub(super) fn parts(params: &Params) -> Result<(Option<EcKdf>, &[u8], &[u8])> {
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
pub(in crate::mechanism) fn as_parameter_error(error: Error) -> Error {
    match error {
        Error::PublicKeyInvalid(why) => Error::MechanismParamInvalid(why),
        other => other,
    }
}

const WRONG_KEY: Error = Error::Internal("ECDH with another kind of key");

/// Length in bytes of a public key's point, which is uncompressed on Weierstrass curves.
pub(super) fn point_len(key: &KeyMaterial) -> Result<usize> {
    match key.asymmetric()? {
        AsymmetricKey::EcPublic(key) => Ok(key.curve().point_len()),
        AsymmetricKey::MontgomeryPublic(key) => Ok(key.curve().key_len()),
        _ => Err(WRONG_KEY),
    }
}

/// A pair that is made for one use: its point, of [`point_len`] bytes, and the secret that it shares with a public key.
/// `role` is what the public key is in the call.
pub(super) fn ephemeral(peer: &KeyMaterial, role: KeyRole) -> Result<(Vec<u8>, SecretBytes)> {
    let (point, secret) = match peer.asymmetric()? {
        AsymmetricKey::EcPublic(peer) => {
            let own = ec::PrivateKey::generate(peer.curve())?;
            (own.public_point()?, own.shared_secret(&peer.point()?))
        }
        AsymmetricKey::MontgomeryPublic(peer) => {
            let own = montgomery::PrivateKey::generate(peer.curve())?;
            (own.public().as_bytes().to_vec(), own.shared_secret(peer))
        }
        _ => return Err(WRONG_KEY),
    };
    let secret = secret.map_err(|error| match error {
        // A key of a small order: the secret would be no secret.
        Error::PublicKeyInvalid(_) => Error::KeySizeRange(role),
        other => other,
    })?;
    Ok((point, secret))
}

pub(super) fn shared_secret(key: &KeyMaterial, public_data: &[u8]) -> Result<SecretBytes> {
    match key.asymmetric()? {
        AsymmetricKey::EcPrivate(key) => key.shared_secret(key.curve().strip_point(public_data)?),
        AsymmetricKey::MontgomeryPrivate(key) => {
            key.shared_secret(&montgomery::PublicKey::from_bytes(key.curve(), public_data)?)
        }
        _ => Err(WRONG_KEY),
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
    /// are asked for. A generic secret without CKA_VALUE_LEN, for which the standard names no length then, gets as many
    /// as the hash has: so does openCryptoki (Kryoptic refuses it, SoftHSM has CKD_NULL only), and CKD_NULL needs no
    /// length either. AES keys do not come here without one.
    fn derive(&self, key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes> {
        let (kdf, shared_data, public_data) = parts(params)?;
        let secret = shared_secret(key, public_data).map_err(as_parameter_error)?;
        derived(kdf, shared_data, &secret, length)
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// A key of the result of Diffie-Hellman.
pub(super) fn derived(
    kdf: Option<EcKdf>,
    shared_data: &[u8],
    secret: &SecretBytes,
    length: Option<usize>,
) -> Result<SecretBytes> {
    let Some(kdf) = kdf else {
        return shortened(secret, length);
    };
    let length = length.unwrap_or(kdf.hash().output_len());
    if length > DERIVED_LEN_MAX {
        return Err(Error::KeySizeRange(KeyRole::Key));
    }
    let mut out = SecretBytes::zeros(length);
    match kdf {
        EcKdf::X963(hash) => kdf::x963(hash, secret, shared_data, out.as_mut())?,
        EcKdf::Sp800(hash) => kdf::concatenation(hash, secret, shared_data, out.as_mut())?,
    }
    Ok(out)
}

/// The last bytes of a secret; all of it if nobody wants fewer.
pub(in crate::mechanism) fn shortened(secret: &SecretBytes, length: Option<usize>) -> Result<SecretBytes> {
    let start = secret.len().checked_sub(length.unwrap_or(secret.len()));
    let end = start.and_then(|start| secret.get(start..));
    end.map(SecretBytes::from)
        .ok_or(Error::KeySizeRange(KeyRole::Key))
}
