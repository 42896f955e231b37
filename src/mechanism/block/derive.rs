//! Derivation by encryption: the ciphertext of the caller's data is the new key [PKCS#11 3.2, 6.17].

use std::marker::PhantomData;

use super::BlockCipher;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::DeriveMechanism;
use crate::mechanism::params::Params;
use crate::mechanism::spec::Roles;
use crate::secret::SecretBytes;

/// Derivation with one cipher, in ECB or CBC as the parameter says: without an initialisation vector or with one.
pub(in crate::mechanism) struct EncryptData<C, const N: usize>(PhantomData<fn() -> C>);

impl<C: BlockCipher<N>, const N: usize> EncryptData<C, N> {
    /// For rows to point at.
    pub(in crate::mechanism) const ROLES: Roles = Roles {
        derive: Some(&Self(PhantomData)),
        ..Roles::NONE
    };
}

fn parts<const N: usize>(params: &Params) -> Result<(&[u8], &[u8])> {
    match params {
        Params::EncryptData { iv, data } if data.len().is_multiple_of(N) => Ok((iv, data)),
        Params::EncryptData { .. } => Err(Error::MechanismParamInvalid(
            "the data to encrypt is not whole blocks",
        )),
        _ => Err(Error::Internal(
            "a derivation by encryption without its parameter",
        )),
    }
}

impl<C: BlockCipher<N>, const N: usize> DeriveMechanism for EncryptData<C, N> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        C::of(key.secret()?)?;
        parts::<N>(params).map(|_| ())
    }

    /// What is too much is cut off at the end of the ciphertext.
    fn derive(&self, key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes> {
        let (iv, data) = parts::<N>(params)?;
        let length = length.unwrap_or(data.len());
        if length == 0 {
            return Err(Error::KeySizeRange(KeyRole::Key));
        }
        // SoftHSM blames the data, too, and its clients look for no CKR_KEY_SIZE_RANGE.
        if length > data.len() {
            return Err(Error::MechanismParamInvalid(
                "the data to encrypt is shorter than the key that is asked for",
            ));
        }
        let cipher = C::of(key.secret()?)?;
        let mut value = SecretBytes::zeros(data.len());
        match <[u8; N]>::try_from(iv) {
            Ok(mut chain) => cipher.cbc_encrypt(&mut chain, data, value.as_mut())?,
            Err(_) if iv.is_empty() => cipher.ecb_encrypt(data, value.as_mut())?,
            Err(_) => return Err(Error::Internal("an initialisation vector of a wrong length")),
        }
        Ok(value.get(..length).unwrap_or_default().into())
    }
}
