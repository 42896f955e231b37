//! Diffie-Hellman as a key encapsulation: the ciphertext is the public number of a key pair that is made for this one use
//! [PKCS#11 3.2, 6.4.10 and 6.4.14].

use super::derive::{DerivePkcs, DeriveX942, public_number, x942};
use crate::crypto::dh;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::ec::shortened;
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::params::Params;
use crate::mechanism::{DecapsulateMechanism, EncapsulateMechanism};
use crate::secret::SecretBytes;

/// How the key comes of the shared secret, and that the parameter names no public number: that is the ciphertext.
trait Agreement: Sync {
    fn check_params(&self, params: &Params) -> Result<()>;
    fn key(&self, params: &Params, secret: &SecretBytes, length: Option<usize>) -> Result<SecretBytes>;
}

fn without_number(number: &[u8]) -> Result<()> {
    match number {
        [] => Ok(()),
        _ => Err(Error::MechanismParamInvalid(
            "encapsulation takes no public number in its parameter",
        )),
    }
}

impl Agreement for DerivePkcs {
    fn check_params(&self, params: &Params) -> Result<()> {
        without_number(public_number(params)?)
    }

    fn key(&self, _params: &Params, secret: &SecretBytes, length: Option<usize>) -> Result<SecretBytes> {
        shortened(secret, length)
    }
}

impl Agreement for DeriveX942 {
    fn check_params(&self, params: &Params) -> Result<()> {
        without_number(x942(params)?.public_data)
    }

    fn key(&self, params: &Params, secret: &SecretBytes, length: Option<usize>) -> Result<SecretBytes> {
        x942(params)?.derived(secret, length)
    }
}

impl<A: Agreement> EncapsulateMechanism for A {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        self.check_params(params)
    }

    fn ciphertext_len(&self, key: &KeyMaterial, _params: &Params) -> Result<usize> {
        Ok(key.dh_public()?.group().prime_len())
    }

    fn encapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        length: Option<usize>,
        ciphertext: &mut [u8],
    ) -> Result<SecretBytes> {
        let peer = key.dh_public()?;
        let (public, private) = dh::generate(peer.group(), None)?;
        let zeros = ciphertext.len().checked_sub(public.len());
        let (leading, number) = zeros
            .and_then(|zeros| ciphertext.split_at_mut_checked(zeros))
            .ok_or(Error::Internal("a public number longer than its prime"))?;
        leading.fill(0);
        number.copy_from_slice(&public);
        let secret = dh::PrivateKey::new(peer.group().clone(), &private)?.shared_secret(peer.number());
        // The key's number was looked at when it was made; 1 or p - 1 would share no secret.
        let secret = secret.map_err(|error| match error {
            Error::PublicKeyInvalid(_) => Error::KeySizeRange(KeyRole::Key),
            other => other,
        })?;
        self.key(params, &secret, length)
    }
}

impl<A: Agreement> DecapsulateMechanism for A {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        self.check_params(params)
    }

    fn decapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        ciphertext: &[u8],
        length: Option<usize>,
    ) -> Result<SecretBytes> {
        let key = key.dh_private()?;
        if ciphertext.len() != key.group().prime_len() {
            return Err(Error::WrappedKeyLenRange);
        }
        let secret = key.shared_secret(ciphertext).map_err(|error| match error {
            Error::PublicKeyInvalid(_) => Error::WrappedKeyInvalid,
            other => other,
        })?;
        self.key(params, &secret, length).map_err(|error| match error {
            Error::KeySizeRange(_) => Error::KeySizeRange(KeyRole::UnwrappingKey),
            other => other,
        })
    }
}
