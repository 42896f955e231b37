//! SLH-DSA [FIPS 205].
//!
//! The `fips205` crate computes it. Keys and messages decide no branch and no memory address but for what the signature
//! reveals anyway; what is secret is hashed, and nothing else is done with it.

mod set;
#[cfg(test)]
mod tests;

pub use set::ParameterSet;

use ::fips205::traits::{KeyGen, SerDes, Signer, Verifier};
use ::rand_core::{CryptoRng, RngCore};
use zeroize::Zeroizing;

use super::prehash::PreHash;
use super::rng;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// What is signed.
#[derive(Clone, Copy)]
pub enum Message<'a> {
    /// The message as it is.
    Pure(&'a [u8]),
    /// Its digest.
    Digest(PreHash, &'a [u8]),
}

/// A public key of one parameter set.
trait Public: Send + Sync {
    fn verify(&self, message: Message<'_>, context: &[u8], signature: &[u8]) -> Result<()>;
}

/// A private key of one parameter set.
trait Private: Send + Sync {
    fn sign(&self, message: Message<'_>, context: &[u8], hedged: bool, out: &mut [u8]) -> Result<()>;
}

/// A public key.
pub struct PublicKey {
    set: ParameterSet,
    key: Box<dyn Public>,
}

/// A private key. Its secret stands in it, and nowhere else in memory: who keeps one decides where.
pub struct PrivateKey {
    set: ParameterSet,
    key: AnyPrivate,
}

impl PublicKey {
    /// Every string of the right length is a key.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] for a wrong length.
    pub fn from_bytes(set: ParameterSet, bytes: &[u8]) -> Result<Self> {
        let key = public(set, bytes)?;
        Ok(Self { set, key })
    }

    /// The parameter set.
    #[must_use]
    pub fn set(&self) -> ParameterSet {
        self.set
    }

    /// Checks a signature. The context has at most 255 bytes.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub fn verify(&self, message: Message<'_>, context: &[u8], signature: &[u8]) -> Result<()> {
        match signature.len() == self.set.signature_len() {
            true => self.key.verify(message, context, signature),
            false => Err(Error::SignatureLenRange),
        }
    }
}

impl PrivateKey {
    /// Makes a key: its bytes, of which the second half is the public key.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source fails.
    pub fn generate(set: ParameterSet) -> Result<SecretBytes> {
        let mut seeds = Zeroizing::new([0; 96]);
        let seeds = seeds
            .get_mut(..3 * set.n())
            .ok_or(Error::Internal("SLH-DSA seeds"))?;
        rng::system(seeds)?;
        from_seeds(set, seeds)
    }

    /// A key whose public half is worked out and compared.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] for a wrong length and for a public half that does not belong to the rest.
    pub fn from_bytes(set: ParameterSet, bytes: &[u8]) -> Result<Self> {
        let key = private(set, bytes)?;
        Ok(Self { set, key })
    }

    /// The parameter set.
    #[must_use]
    pub fn set(&self) -> ParameterSet {
        self.set
    }

    /// Signs. The context has at most 255 bytes; `out` has exactly [`ParameterSet::signature_len`] bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source fails.
    pub fn sign(&self, message: Message<'_>, context: &[u8], hedged: bool, out: &mut [u8]) -> Result<()> {
        self.key.of_its_set().sign(message, context, hedged, out)
    }
}

/// Hands the crate the randomness of one signature, drawn before so that a failure is ours to report.
struct Drawn(Zeroizing<[u8; 32]>);

impl Drawn {
    fn new() -> Result<Self> {
        let mut bytes = Zeroizing::new([0; 32]);
        rng::system(&mut *bytes)?;
        Ok(Self(bytes))
    }
}

impl RngCore for Drawn {
    fn next_u32(&mut self) -> u32 {
        let mut word = [0; 4];
        self.fill_bytes(&mut word);
        u32::from_ne_bytes(word)
    }

    fn next_u64(&mut self) -> u64 {
        let mut word = [0; 8];
        self.fill_bytes(&mut word);
        u64::from_ne_bytes(word)
    }

    /// The crate calls `try_fill_bytes` only. Bytes that are not random are never handed out.
    fn fill_bytes(&mut self, out: &mut [u8]) {
        if self.try_fill_bytes(out).is_err() {
            std::process::abort();
        }
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> std::result::Result<(), ::rand_core::Error> {
        let fresh = self
            .0
            .get(..out.len())
            .ok_or(::rand_core::Error::from(EXHAUSTED))?;
        out.copy_from_slice(fresh);
        // What was handed out once is not handed out again.
        self.0 = Drawn::new().map_err(|_| EXHAUSTED)?.0;
        Ok(())
    }
}

impl CryptoRng for Drawn {}

/// Any code of the range that is free for applications.
const EXHAUSTED: std::num::NonZeroU32 = match std::num::NonZeroU32::new(::rand_core::Error::CUSTOM_START) {
    Some(code) => code,
    None => std::num::NonZeroU32::MIN,
};

const OUTPUT: Error = Error::Internal("SLH-DSA lengths");

macro_rules! parameter_sets {
    ($($set:ident: $module:ident),+ $(,)?) => {
        $(
            impl Public for ::fips205::$module::PublicKey {
                fn verify(&self, message: Message<'_>, context: &[u8], signature: &[u8]) -> Result<()> {
                    let signature = signature.try_into().map_err(|_| Error::SignatureLenRange)?;
                    let fits = match message {
                        Message::Pure(message) => Verifier::verify(self, message, signature, context),
                        Message::Digest(hash, digest) => {
                            self.hash_verify(digest, signature, context, &hash.oid())
                        }
                    };
                    match fits {
                        true => Ok(()),
                        false => Err(Error::SignatureInvalid),
                    }
                }
            }

            impl Private for ::fips205::$module::PrivateKey {
                fn sign(
                    &self,
                    message: Message<'_>,
                    context: &[u8],
                    hedged: bool,
                    out: &mut [u8],
                ) -> Result<()> {
                    let random = &mut Drawn::new()?;
                    let signature = match message {
                        Message::Pure(message) => self.try_sign_with_rng(random, message, context, hedged),
                        Message::Digest(hash, digest) => {
                            self.try_hash_sign_with_rng(random, digest, context, &hash.oid(), hedged)
                        }
                    };
                    let out: &mut [u8; ::fips205::$module::SIG_LEN] = out.try_into().map_err(|_| OUTPUT)?;
                    *out = signature.map_err(Error::Crypto)?;
                    Ok(())
                }
            }
        )+

        fn public(set: ParameterSet, bytes: &[u8]) -> Result<Box<dyn Public>> {
            const WRONG: Error = Error::PublicKeyInvalid("it has not the length of the SLH-DSA parameter set");
            match set {
                $(ParameterSet::$set => {
                    let bytes = bytes.try_into().map_err(|_| WRONG)?;
                    let key = ::fips205::$module::PublicKey::try_from_bytes(bytes).map_err(|_| WRONG)?;
                    Ok(Box::new(key))
                })+
            }
        }

        /// A private key of any parameter set.
        enum AnyPrivate {
            $($set(::fips205::$module::PrivateKey),)+
        }

        impl AnyPrivate {
            fn of_its_set(&self) -> &dyn Private {
                match self {
                    $(Self::$set(key) => key,)+
                }
            }
        }

        fn private(set: ParameterSet, bytes: &[u8]) -> Result<AnyPrivate> {
            const LENGTH: Error = Error::KeyInvalid("it has not the length of the SLH-DSA parameter set");
            const WRONG: Error = Error::KeyInvalid("its public half does not belong to its private half");
            match set {
                $(ParameterSet::$set => {
                    let bytes: Zeroizing<[u8; ::fips205::$module::SK_LEN]> =
                        Zeroizing::new(bytes.try_into().map_err(|_| LENGTH)?);
                    let key = ::fips205::$module::PrivateKey::try_from_bytes(*bytes).map_err(|_| WRONG)?;
                    Ok(AnyPrivate::$set(key))
                })+
            }
        }

        /// The key of SK.seed, SK.prf and PK.seed, which follow each other.
        fn from_seeds(set: ParameterSet, seeds: &[u8]) -> Result<SecretBytes> {
            match set {
                $(ParameterSet::$set => {
                    let (parts, _) = seeds.as_chunks::<{ ::fips205::$module::N }>();
                    let [sk_seed, sk_prf, pk_seed] = parts else { return Err(OUTPUT) };
                    let (_, key) = ::fips205::$module::KG::keygen_from_seed(sk_seed, sk_prf, pk_seed);
                    let bytes = Zeroizing::new(key.into_bytes());
                    Ok(SecretBytes::from(&bytes[..]))
                })+
            }
        }
    };
}

parameter_sets! {
    Sha2_128s: slh_dsa_sha2_128s,
    Shake128s: slh_dsa_shake_128s,
    Sha2_128f: slh_dsa_sha2_128f,
    Shake128f: slh_dsa_shake_128f,
    Sha2_192s: slh_dsa_sha2_192s,
    Shake192s: slh_dsa_shake_192s,
    Sha2_192f: slh_dsa_sha2_192f,
    Shake192f: slh_dsa_shake_192f,
    Sha2_256s: slh_dsa_sha2_256s,
    Shake256s: slh_dsa_shake_256s,
    Sha2_256f: slh_dsa_sha2_256f,
    Shake256f: slh_dsa_shake_256f,
}
