//! ML-KEM [FIPS 203].
//!
//! aws-lc computes it. Keys are checked when they come in: the encapsulation key's numbers are below the modulus, and
//! the decapsulation key holds the hash of its encapsulation key [FIPS 203, 7.2 and 7.3].

#[cfg(test)]
mod tests;

use super::aws_lc::lattice::{self, Key, Nid};
use super::rng;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Length of the seed `d || z` in bytes.
pub const SEED_LEN: usize = 64;
/// Length of the shared secret in bytes.
pub const SECRET_LEN: usize = 32;
/// Length of the hash of the encapsulation key and of z, which end a decapsulation key.
const HASH_AND_Z_LEN: usize = 64;

/// A parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterSet {
    /// ML-KEM-512.
    MlKem512,
    /// ML-KEM-768.
    MlKem768,
    /// ML-KEM-1024.
    MlKem1024,
}

impl ParameterSet {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::MlKem512, Self::MlKem768, Self::MlKem1024];

    const fn nid(self) -> Nid {
        match self {
            Self::MlKem512 => lattice::MLKEM512,
            Self::MlKem768 => lattice::MLKEM768,
            Self::MlKem1024 => lattice::MLKEM1024,
        }
    }

    /// Length of the encapsulation key in bytes.
    #[must_use]
    pub const fn public_len(self) -> usize {
        match self {
            Self::MlKem512 => 800,
            Self::MlKem768 => 1184,
            Self::MlKem1024 => 1568,
        }
    }

    /// Length of the decapsulation key in bytes.
    #[must_use]
    pub const fn private_len(self) -> usize {
        match self {
            Self::MlKem512 => 1632,
            Self::MlKem768 => 2400,
            Self::MlKem1024 => 3168,
        }
    }

    /// Length of the ciphertext in bytes.
    #[must_use]
    pub const fn ciphertext_len(self) -> usize {
        match self {
            Self::MlKem512 => 768,
            Self::MlKem768 => 1088,
            Self::MlKem1024 => 1568,
        }
    }
}

/// An encapsulation key.
pub struct PublicKey {
    set: ParameterSet,
    key: Key,
}

/// A decapsulation key.
pub struct PrivateKey {
    set: ParameterSet,
    key: Key,
    public: Box<[u8]>,
}

impl PublicKey {
    /// A checked key.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] for a wrong length or a number that is not below the modulus.
    pub fn from_bytes(set: ParameterSet, bytes: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::PublicKeyInvalid("it is not an ML-KEM key of this parameter set");
        let key = Key::kem_public(set.nid(), bytes).map_err(|_| WRONG)?;
        let key = Self { set, key };
        let (mut ciphertext, mut secret) = (vec![0; set.ciphertext_len()], [0; SECRET_LEN]);
        // The library checks the numbers whenever it encapsulates.
        key.key
            .encapsulate_with(&[0; 32], &mut ciphertext, &mut secret)
            .map_err(|_| WRONG)?;
        Ok(key)
    }

    /// The parameter set.
    #[must_use]
    pub fn set(&self) -> ParameterSet {
        self.set
    }

    /// Makes a shared secret, and writes its ciphertext, which has exactly [`ParameterSet::ciphertext_len`] bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn encapsulate(&self, ciphertext: &mut [u8]) -> Result<SecretBytes> {
        let mut secret = SecretBytes::zeros(SECRET_LEN);
        self.key.encapsulate(ciphertext, secret.as_mut())?;
        Ok(secret)
    }

    /// As [`PublicKey::encapsulate`] with the randomness given, for known answers.
    #[cfg(test)]
    fn encapsulate_with(&self, m: &[u8; 32], ciphertext: &mut [u8]) -> Result<SecretBytes> {
        let mut secret = SecretBytes::zeros(SECRET_LEN);
        self.key.encapsulate_with(m, ciphertext, secret.as_mut())?;
        Ok(secret)
    }
}

impl PrivateKey {
    /// A random seed.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source fails.
    pub fn generate_seed() -> Result<SecretBytes> {
        let mut seed = SecretBytes::zeros(SEED_LEN);
        rng::system(seed.as_mut())?;
        Ok(seed)
    }

    /// The key of a seed `d || z`.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for a wrong length; [`Error::Crypto`] if the library fails.
    pub fn from_seed(set: ParameterSet, seed: &[u8]) -> Result<Self> {
        if seed.len() != SEED_LEN {
            return Err(Error::KeyInvalid("an ML-KEM seed has 64 bytes"));
        }
        let key = Key::kem_from_seed(set.nid(), seed)?;
        let mut public = vec![0; set.public_len()].into_boxed_slice();
        key.write_public(&mut public)?;
        Ok(Self { set, key, public })
    }

    /// A checked key in its expanded form.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for a wrong length and for values that contradict each other.
    pub fn from_expanded(set: ParameterSet, bytes: &[u8]) -> Result<Self> {
        const WRONG: Error = Error::KeyInvalid("it is not an ML-KEM key of this parameter set");
        let key = Key::kem_private(set.nid(), bytes).map_err(|_| WRONG)?;
        let end = bytes.len().checked_sub(HASH_AND_Z_LEN).ok_or(WRONG)?;
        let start = end.checked_sub(set.public_len()).ok_or(WRONG)?;
        let public = bytes.get(start..end).ok_or(WRONG)?;
        PublicKey::from_bytes(set, public).map_err(|_| WRONG)?;
        let mut secret = SecretBytes::zeros(SECRET_LEN);
        // The library checks the hash whenever it decapsulates.
        key.decapsulate(&vec![0; set.ciphertext_len()], secret.as_mut())
            .map_err(|_| WRONG)?;
        let public = public.into();
        Ok(Self { set, key, public })
    }

    /// The parameter set.
    #[must_use]
    pub fn set(&self) -> ParameterSet {
        self.set
    }

    /// The encapsulation key.
    #[must_use]
    pub fn public_bytes(&self) -> &[u8] {
        &self.public
    }

    /// The expanded form.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn expanded(&self) -> Result<SecretBytes> {
        let mut out = SecretBytes::zeros(self.set.private_len());
        self.key.write_private(out.as_mut())?;
        Ok(out)
    }

    /// The shared secret of a ciphertext. One that was not made for this key gives a secret that nobody can foresee:
    /// nothing tells the two apart [FIPS 203, 6.3: implicit rejection].
    ///
    /// # Errors
    /// [`Error::EncryptedDataLenRange`] for a wrong length; [`Error::Crypto`] if the library fails.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes> {
        if ciphertext.len() != self.set.ciphertext_len() {
            return Err(Error::EncryptedDataLenRange(
                "an ML-KEM ciphertext has the length of its parameter set",
            ));
        }
        let mut secret = SecretBytes::zeros(SECRET_LEN);
        self.key.decapsulate(ciphertext, secret.as_mut())?;
        Ok(secret)
    }
}
