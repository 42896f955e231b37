//! CKM_ECDH1_DERIVE as a key encapsulation: the ciphertext is the raw public point of a key pair that is made for this one
//! use [PKCS#11 3.2, 6.3.18].

use super::derive::{Ecdh, derived, ephemeral, parts, point_len, shared_secret};
use crate::error::{Error, KeyRole, Result};
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

impl EncapsulateMechanism for Ecdh {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params)
    }

    fn ciphertext_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        point_len(key)
    }

    fn encapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        length: Option<usize>,
        ciphertext: &mut [u8],
    ) -> Result<SecretBytes> {
        let (point, secret) = ephemeral(key, KeyRole::Key)?;
        if ciphertext.len() != point.len() {
            return Err(Error::Internal("ECDH output"));
        }
        ciphertext.copy_from_slice(&point);
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
