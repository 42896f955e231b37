//! CKM_ML_KEM.

use super::key::{PqKey, wrong_kind};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::params::Params;
use crate::mechanism::{DecapsulateMechanism, EncapsulateMechanism};
use crate::secret::SecretBytes;

pub(super) struct MlKem;

/// The first bytes of the shared secret, which are as good a key as all of them [SP 800-227, 4.3 leaves shorter keys to
/// the application]; more than there are, cannot be had.
fn shortened(secret: SecretBytes, length: Option<usize>, role: KeyRole) -> Result<SecretBytes> {
    match length {
        None => Ok(secret),
        Some(length) if length == secret.len() => Ok(secret),
        Some(length) => secret
            .get(..length)
            .map(SecretBytes::from)
            .ok_or(Error::KeySizeRange(role)),
    }
}

impl EncapsulateMechanism for MlKem {
    fn check(&self, _key: &KeyMaterial, _params: &Params) -> Result<()> {
        Ok(())
    }

    fn ciphertext_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        match key.pq()? {
            PqKey::MlKemPublic(key) => Ok(key.set().ciphertext_len()),
            _ => wrong_kind(),
        }
    }

    fn encapsulate(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        length: Option<usize>,
        ciphertext: &mut [u8],
    ) -> Result<SecretBytes> {
        match key.pq()? {
            PqKey::MlKemPublic(key) => shortened(key.encapsulate(ciphertext)?, length, KeyRole::Key),
            _ => wrong_kind(),
        }
    }
}

impl DecapsulateMechanism for MlKem {
    fn check(&self, _key: &KeyMaterial, _params: &Params) -> Result<()> {
        Ok(())
    }

    fn decapsulate(
        &self,
        key: &KeyMaterial,
        _params: &Params,
        ciphertext: &[u8],
        length: Option<usize>,
    ) -> Result<SecretBytes> {
        let secret = match key.pq()? {
            PqKey::MlKemPrivate(key) => key.decapsulate(ciphertext).map_err(|error| match error {
                Error::EncryptedDataLenRange(_) => Error::WrappedKeyLenRange,
                other => other,
            })?,
            _ => return wrong_kind(),
        };
        shortened(secret, length, KeyRole::UnwrappingKey)
    }
}
