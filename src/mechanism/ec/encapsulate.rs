//! CKM_ECDH1_DERIVE as a key encapsulation: the ciphertext is the raw public point of a key pair that is made for this one
//! use [PKCS#11 3.2, 6.3.18].

use super::derive::{Ecdh, derived, parts, shared_secret};
use crate::crypto::{ec, montgomery};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::asymmetric::AsymmetricKey;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::DeriveMechanism;
use crate::mechanism::params::Params;
use crate::mechanism::{DecapsulateMechanism, EncapsulateMechanism};
use crate::secret::SecretBytes;

/// The other side's point is the ciphertext, and not in the parameter.
fn check(key: &KeyMaterial, params: &Params) -> Result<()> {
    match parts(params)? {
        (_, _, []) => DeriveMechanism::check(&Ecdh, key, params),
        _ => Err(Error::MechanismParamInvalid(
            "encapsulation takes no public data in its parameter",
        )),
    }
}

fn wrong_kind<T>() -> Result<T> {
    Err(Error::Internal("ECDH with another kind of key"))
}

/// Writes the new point, and gives the secret that is shared with the owner of the key.
fn agree(key: &KeyMaterial, ciphertext: &mut [u8]) -> Result<SecretBytes> {
    let (point, secret) = match key.asymmetric()? {
        AsymmetricKey::EcPublic(peer) => {
            let ephemeral = ec::PrivateKey::generate(peer.curve())?;
            (
                ephemeral.public_point()?,
                ephemeral.shared_secret(&peer.point()?)?,
            )
        }
        AsymmetricKey::MontgomeryPublic(peer) => {
            let ephemeral = montgomery::PrivateKey::generate(peer.curve())?;
            (
                ephemeral.public().as_bytes().to_vec(),
                ephemeral.shared_secret(peer)?,
            )
        }
        _ => return wrong_kind(),
    };
    match ciphertext.len() == point.len() {
        true => {
            ciphertext.copy_from_slice(&point);
            Ok(secret)
        }
        false => Err(Error::Internal("ECDH output")),
    }
}

impl EncapsulateMechanism for Ecdh {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params)
    }

    fn ciphertext_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        match key.asymmetric()? {
            AsymmetricKey::EcPublic(key) => Ok(key.curve().point_len()),
            AsymmetricKey::MontgomeryPublic(key) => Ok(key.as_bytes().len()),
            _ => wrong_kind(),
        }
    }

    fn encapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        length: Option<usize>,
        ciphertext: &mut [u8],
    ) -> Result<SecretBytes> {
        let secret = agree(key, ciphertext).map_err(|error| match error {
            // A key of a small order: the secret would be no secret.
            Error::PublicKeyInvalid(_) => Error::KeySizeRange(KeyRole::Key),
            other => other,
        })?;
        let (kdf, shared_data, _) = parts(params)?;
        derived(kdf, shared_data, &secret, length)
    }
}

impl DecapsulateMechanism for Ecdh {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params)
    }

    fn decapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        ciphertext: &[u8],
        length: Option<usize>,
    ) -> Result<SecretBytes> {
        let secret = shared_secret(key, ciphertext).map_err(|error| match error {
            Error::PublicKeyInvalid(_) => Error::WrappedKeyInvalid,
            other => other,
        })?;
        let (kdf, shared_data, _) = parts(params)?;
        derived(kdf, shared_data, &secret, length).map_err(|error| match error {
            Error::KeySizeRange(_) => Error::KeySizeRange(KeyRole::UnwrappingKey),
            other => other,
        })
    }
}
