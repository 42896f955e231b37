//! RSA encapsulation [PKCS#11 3.2, 6.1.6, 6.1.8, 6.1.12]: a random key that is wrapped with padding, or the RSASVE of
//! SP 800-56B, whose secret is as long as the modulus.

use super::cipher::{DecryptX509, EncryptX509};
use crate::attribute::AttributeSet;
use crate::ck::CKA_VALUE_LEN;
use crate::crypto::rng;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{CipherMechanism, UnwrapMechanism};
use crate::mechanism::params::Params;
use crate::mechanism::wrap::CipherWrap;
use crate::mechanism::{DecapsulateMechanism, EncapsulateMechanism};
use crate::secret::SecretBytes;

/// With a padding: C_DecapsulateKey is C_UnwrapKey.
pub(super) struct Padded(pub(super) CipherWrap);

impl EncapsulateMechanism for Padded {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.0.encrypt.check(key, params)
    }

    fn ciphertext_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        Ok(key.rsa_public()?.block_len())
    }

    fn encapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        length: Option<usize>,
        ciphertext: &mut [u8],
    ) -> Result<SecretBytes> {
        let length = length.ok_or(Error::TemplateIncomplete {
            attribute: CKA_VALUE_LEN,
            why: "the length of the key is the caller's to choose",
        })?;
        let needed = self.0.encrypt.output_len(key, params, length);
        needed.map_err(|_| Error::KeySizeRange(KeyRole::Key))?;
        let mut secret = SecretBytes::zeros(length);
        rng::system(secret.as_mut())?;
        self.0.encrypt.oneshot(key, params, &secret, ciphertext)?;
        Ok(secret)
    }
}

impl DecapsulateMechanism for Padded {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        UnwrapMechanism::check(&self.0, key, params)
    }

    fn decapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        ciphertext: &[u8],
        _length: Option<usize>,
    ) -> Result<SecretBytes> {
        let unwrapped = self.0.unwrap(key, params, ciphertext, &AttributeSet::new())?;
        Ok(unwrapped.payload)
    }
}

/// RSASVE [SP 800-56B, 7.2.1].
pub(super) struct Rsasve;

/// So often is a secret drawn before the random source is taken to be broken: each is below the modulus with a chance of
/// one half at least.
const DRAWS_MAX: usize = 128;

/// The whole secret, or none.
fn check_length(key: &KeyMaterial, length: Option<usize>, role: KeyRole) -> Result<usize> {
    let block_len = key.rsa_public()?.block_len();
    match length {
        Some(length) if length != block_len => Err(Error::KeySizeRange(role)),
        _ => Ok(block_len),
    }
}

/// Whether a number is one of those that are their own ciphertext, 0, 1 and the modulus less 1 among them.
fn is_fixed(secret: &[u8], ciphertext: &[u8]) -> bool {
    secret == ciphertext
}

impl EncapsulateMechanism for Rsasve {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        key.rsa_public().map(|_| ())
    }

    fn ciphertext_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        Ok(key.rsa_public()?.block_len())
    }

    fn encapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        length: Option<usize>,
        ciphertext: &mut [u8],
    ) -> Result<SecretBytes> {
        let mut secret = SecretBytes::zeros(check_length(key, length, KeyRole::Key)?);
        let excess = 8 * secret.len() - key.rsa_public()?.bits();
        for _ in 0..DRAWS_MAX {
            rng::system(secret.as_mut())?;
            if let Some(first) = secret.as_mut().first_mut() {
                *first &= u8::MAX
                    .checked_shr(u32::try_from(excess).unwrap_or(0))
                    .unwrap_or(0);
            }
            match EncryptX509.oneshot(key, params, &secret, ciphertext) {
                Ok(_) if !is_fixed(&secret, ciphertext) => return Ok(secret),
                Ok(_) | Err(Error::DataInvalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Error::Crypto(
            "the random source gives no number below the modulus",
        ))
    }
}

impl DecapsulateMechanism for Rsasve {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        DecryptX509.check(key, params)
    }

    fn decapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        ciphertext: &[u8],
        length: Option<usize>,
    ) -> Result<SecretBytes> {
        let block_len = check_length(key, length, KeyRole::UnwrappingKey)?;
        if ciphertext.len() != block_len {
            return Err(Error::WrappedKeyLenRange);
        }
        let mut secret = SecretBytes::zeros(block_len);
        match DecryptX509.oneshot(key, params, ciphertext, secret.as_mut()) {
            Ok(_) if !is_fixed(&secret, ciphertext) => Ok(secret),
            Ok(_) | Err(Error::EncryptedDataInvalid) => Err(Error::WrappedKeyInvalid),
            Err(error) => Err(error),
        }
    }
}
