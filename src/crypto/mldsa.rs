//! ML-DSA [FIPS 204].
//!
//! What is signed is the message representative µ, a SHAKE256 of public key, context and message [FIPS 204, 6.2, line 6;
//! 5.4 for the pre-hash form], so that a message can come in pieces. aws-lc makes hedged signatures and verifies; the
//! deterministic ones, for which it has no public function, are the `ml-dsa` crate's.

mod deterministic;
#[cfg(test)]
mod tests;

use std::sync::OnceLock;

use deterministic::Deterministic;

use super::aws_lc::lattice::{self, Key, Nid};
use super::prehash::PreHash;
use super::rng;
use super::shake::{Shake, Strength};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Length of the seed ξ in bytes.
pub const SEED_LEN: usize = 32;

/// A parameter set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterSet {
    /// ML-DSA-44.
    MlDsa44,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-DSA-87.
    MlDsa87,
}

impl ParameterSet {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    const fn nid(self) -> Nid {
        match self {
            Self::MlDsa44 => lattice::MLDSA44,
            Self::MlDsa65 => lattice::MLDSA65,
            Self::MlDsa87 => lattice::MLDSA87,
        }
    }

    /// Length of the public key in bytes.
    #[must_use]
    pub const fn public_len(self) -> usize {
        match self {
            Self::MlDsa44 => 1312,
            Self::MlDsa65 => 1952,
            Self::MlDsa87 => 2592,
        }
    }

    /// Length of the expanded private key in bytes.
    #[must_use]
    pub const fn private_len(self) -> usize {
        match self {
            Self::MlDsa44 => 2560,
            Self::MlDsa65 => 4032,
            Self::MlDsa87 => 4896,
        }
    }

    /// Length of a signature in bytes.
    #[must_use]
    pub const fn signature_len(self) -> usize {
        match self {
            Self::MlDsa44 => 2420,
            Self::MlDsa65 => 3309,
            Self::MlDsa87 => 4627,
        }
    }
}

/// The hash of a public key, with which every message representative begins.
type Tr = [u8; 64];

/// The message representative µ on its way.
#[derive(Clone)]
pub struct Mu(Shake);

impl Mu {
    fn new(tr: &Tr, kind: u8, context: &[u8]) -> Self {
        let mut shake = Shake::new(Strength::Bits256);
        shake.update(tr);
        // A context of more than 255 bytes does not come so far: the parameter's reader refuses it.
        shake.update(&[kind, u8::try_from(context.len()).unwrap_or(u8::MAX)]);
        shake.update(context);
        Self(shake)
    }

    /// Takes data of the message.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    fn finish(self) -> [u8; 64] {
        let mut mu = [0; 64];
        self.0.finish(&mut mu);
        mu
    }
}

/// What both halves of a pair can begin.
macro_rules! representatives {
    ($type:ty) => {
        impl $type {
            /// Begins the representative of a message that is signed as it is. The context has at most 255 bytes.
            #[must_use]
            pub fn mu(&self, context: &[u8]) -> Mu {
                Mu::new(&self.tr, 0, context)
            }

            /// The representative of a message that is signed by its digest. The context has at most 255 bytes.
            #[must_use]
            pub fn mu_of_digest(&self, context: &[u8], hash: PreHash, digest: &[u8]) -> Mu {
                let mut mu = Mu::new(&self.tr, 1, context);
                mu.update(&hash.oid());
                mu.update(digest);
                mu
            }

            /// The parameter set.
            #[must_use]
            pub fn set(&self) -> ParameterSet {
                self.set
            }
        }
    };
}
representatives!(PublicKey);
representatives!(PrivateKey);

fn tr(public: &[u8]) -> Tr {
    let mut tr = [0; 64];
    let mut shake = Shake::new(Strength::Bits256);
    shake.update(public);
    shake.finish(&mut tr);
    tr
}

/// A public key.
pub struct PublicKey {
    set: ParameterSet,
    key: Key,
    tr: Tr,
}

impl PublicKey {
    /// Every string of the right length is a key.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] for a wrong length.
    pub fn from_bytes(set: ParameterSet, bytes: &[u8]) -> Result<Self> {
        let key = Key::dsa_public(set.nid(), bytes)
            .map_err(|_| Error::PublicKeyInvalid("it has not the length of the ML-DSA parameter set"))?;
        let tr = tr(bytes);
        Ok(Self { set, key, tr })
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub fn verify(&self, mu: Mu, signature: &[u8]) -> Result<()> {
        if signature.len() != self.set.signature_len() {
            return Err(Error::SignatureLenRange);
        }
        match self.key.verify_mu(&mu.finish(), signature)? {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

/// A private key.
pub struct PrivateKey {
    set: ParameterSet,
    key: Key,
    tr: Tr,
    public: Box<[u8]>,
    deterministic: OnceLock<Deterministic>,
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

    /// The key of a seed.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for a wrong length.
    pub fn from_seed(set: ParameterSet, seed: &[u8]) -> Result<Self> {
        match seed.len() {
            SEED_LEN => Self::new(set, seed),
            _ => Err(Error::KeyInvalid("an ML-DSA seed has 32 bytes")),
        }
    }

    /// A checked key in its expanded form.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for a wrong length and for values that contradict each other.
    pub fn from_expanded(set: ParameterSet, bytes: &[u8]) -> Result<Self> {
        match bytes.len() == set.private_len() {
            true => Self::new(set, bytes),
            false => Err(Error::KeyInvalid(
                "it has not the length of the ML-DSA parameter set",
            )),
        }
    }

    fn new(set: ParameterSet, bytes: &[u8]) -> Result<Self> {
        let key = Key::dsa_private(set.nid(), bytes)
            .map_err(|_| Error::KeyInvalid("its parts do not make an ML-DSA key"))?;
        let mut public = vec![0; set.public_len()].into_boxed_slice();
        key.write_public(&mut public)?;
        Ok(Self {
            set,
            key,
            tr: tr(&public),
            public,
            deterministic: OnceLock::new(),
        })
    }

    /// The public key.
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

    /// Makes a hedged signature; `out` has exactly [`ParameterSet::signature_len`] bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn sign(&self, mu: Mu, out: &mut [u8]) -> Result<()> {
        self.key.sign_mu(&mu.finish(), out)
    }

    /// Makes the deterministic signature; `out` has exactly [`ParameterSet::signature_len`] bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn sign_deterministically(&self, mu: Mu, out: &mut [u8]) -> Result<()> {
        let key = match self.deterministic.get() {
            Some(key) => key,
            None => {
                let made = Deterministic::new(self.set, &self.expanded()?)?;
                self.deterministic.get_or_init(|| made)
            }
        };
        key.sign(&mu.finish(), out)
    }
}
