//! RSA [RFC 8017] on aws-lc's arithmetic: keys here, one file per padding.
//!
//! Keys are immutable and shared by threads; every operation writes into the caller's buffer and allocates nothing of
//! our own. Signatures are verified by computing what the block must be and comparing, never by parsing it (PSS, which
//! is random, excepted). Only `mechanism/` may call.

mod generate;
mod iso9796;
mod mask;
mod oaep;
mod pkcs1;
mod pss;
mod recover;
#[cfg(test)]
mod tests;
mod x931;

pub use generate::exponent_is_allowed;
pub use oaep::Oaep;
pub use pkcs1::{OVERHEAD_LEN, digest_fits};
pub use pss::Pss;
pub use x931::X931_STEP_BITS;

use zeroize::Zeroizing;

use super::aws_lc::bn::BigNum;
use super::aws_lc::rsa::{Component, PrivateNumbers, Rsa};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Length of the longest modulus in bits.
pub const MODULUS_BITS_MAX: usize = 16384;
/// Length of the shortest modulus in bits.
pub const MODULUS_BITS_MIN: usize = 512;
/// Length of the longest block in bytes.
const BLOCK_LEN_MAX: usize = MODULUS_BITS_MAX / 8;

/// A public key.
pub struct PublicKey {
    key: Rsa,
    modulus: Box<[u8]>,
    bits: usize,
}

/// A private key with its Chinese-remainder parts; it can do what its public key can.
pub struct PrivateKey {
    public: PublicKey,
    /// What the rejection of bad PKCS#1 v1.5 blocks derives its answers from.
    rejection: Zeroizing<[u8; 32]>,
}

/// The parts that make private operations fast, as an importer gave them; big-endian.
#[derive(Clone, Copy, Default)]
pub struct CrtParts<'a> {
    /// p.
    pub prime_1: Option<&'a [u8]>,
    /// q.
    pub prime_2: Option<&'a [u8]>,
    /// d mod (p-1).
    pub exponent_1: Option<&'a [u8]>,
    /// d mod (q-1).
    pub exponent_2: Option<&'a [u8]>,
    /// q⁻¹ mod p.
    pub coefficient: Option<&'a [u8]>,
}

/// All numbers of a private key, big-endian without leading zeros.
pub struct PrivateComponents {
    /// n.
    pub modulus: SecretBytes,
    /// e.
    pub public_exponent: SecretBytes,
    /// d.
    pub private_exponent: SecretBytes,
    /// p.
    pub prime_1: SecretBytes,
    /// q.
    pub prime_2: SecretBytes,
    /// d mod (p-1).
    pub exponent_1: SecretBytes,
    /// d mod (q-1).
    pub exponent_2: SecretBytes,
    /// q⁻¹ mod p.
    pub coefficient: SecretBytes,
}

impl PublicKey {
    /// A key from modulus and public exponent, big-endian; leading zeros are ignored.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if the modulus is even or its length is not within [`MODULUS_BITS_MIN`] and
    /// [`MODULUS_BITS_MAX`], or the exponent is even, 1, or not below the modulus.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Result<Self> {
        let key = Rsa::public(&BigNum::from_bytes(modulus)?, &BigNum::from_bytes(exponent)?)
            .map_err(|_| Error::KeyInvalid("RSA modulus or public exponent"))?;
        Self::new(key)
    }

    fn new(key: Rsa) -> Result<Self> {
        let bits = key.bits();
        if !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&bits) {
            return Err(Error::KeyInvalid("an RSA modulus has 512 to 16384 bits"));
        }
        let modulus = component(&key, Component::Modulus)?;
        Ok(Self {
            modulus: modulus.as_ref().into(),
            key,
            bits,
        })
    }

    /// Length of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        self.bits
    }

    /// Length of the modulus, and so of every block and signature, in bytes.
    #[must_use]
    pub fn block_len(&self) -> usize {
        self.modulus.len()
    }

    /// The public operation on a whole block, in place.
    ///
    /// # Errors
    /// [`Error::DataInvalid`] if the block is not below the modulus, [`Error::DataLenRange`] if it is not as long.
    pub fn raw(&self, block: &mut [u8]) -> Result<()> {
        self.check_block(block)?;
        self.key.public_operation(block)
    }

    /// Checks that the public operation turns the signature into `data`, padded with zeros on the left.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`]; [`Error::DataLenRange`] if the data is longer than
    /// the modulus.
    pub fn verify_raw(&self, data: &[u8], signature: &[u8]) -> Result<()> {
        let zeros = self.block_len().checked_sub(data.len());
        let zeros = zeros.ok_or(Error::DataLenRange("the data is longer than the modulus"))?;
        let mut buffer = [0; BLOCK_LEN_MAX];
        let found = self.open(signature, &mut buffer)?;
        let (start, end) = found
            .split_at_checked(zeros)
            .ok_or(Error::Internal("RSA block"))?;
        match start.iter().all(|byte| *byte == 0) && end == data {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }

    fn check_block(&self, block: &[u8]) -> Result<()> {
        if block.len() != self.block_len() {
            return Err(Error::DataLenRange("an RSA block is as long as the modulus"));
        }
        // Both are big-endian and equally long, so the order of the bytes is that of the numbers.
        if *block >= *self.modulus {
            return Err(Error::DataInvalid("an RSA block must be below the modulus"));
        }
        Ok(())
    }

    /// Undoes a signature: gives the encoded block in the first bytes of `buffer`.
    fn open<'a>(&self, signature: &[u8], buffer: &'a mut [u8; BLOCK_LEN_MAX]) -> Result<&'a mut [u8]> {
        let block = buffer.get_mut(..self.block_len()).unwrap_or_default();
        if signature.len() != block.len() {
            return Err(Error::SignatureLenRange);
        }
        block.copy_from_slice(signature);
        self.raw(block).map_err(|_| Error::SignatureInvalid)?;
        Ok(block)
    }
}

impl PrivateKey {
    /// A key from modulus, public and private exponent and what there is of the other parts, big-endian with leading
    /// zeros ignored. Parts that are missing are computed.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if the numbers do not belong together, or as [`PublicKey::from_components`].
    pub fn from_components(n: &[u8], e: &[u8], d: &[u8], parts: CrtParts<'_>) -> Result<Self> {
        let wrong = |_| Error::KeyInvalid("the numbers of the RSA private key do not belong together");
        // Checked first: what follows computes with them.
        let public = PublicKey::from_components(n, e)?;
        let numbers = generate::complete(n, e, d, parts).map_err(wrong)?;
        Self::new(Rsa::private(&numbers).map_err(wrong)?, public.modulus)
    }

    /// Makes a key with a modulus of exactly so many bits.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if the length is not within [`MODULUS_BITS_MIN`] and [`MODULUS_BITS_MAX`], or the public
    /// exponent is even, 1, or longer than 256 bits.
    pub fn generate(bits: usize, public_exponent: &[u8]) -> Result<Self> {
        let key = generate::generate(bits, public_exponent)?;
        let modulus = component(&key, Component::Modulus)?;
        Self::new(key, modulus.as_ref().into())
    }

    /// Makes a key of ANSI X9.31 with a modulus of exactly so many bits.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if the length is not a multiple of [`X931_STEP_BITS`] from four of them to
    /// [`MODULUS_BITS_MAX`], or the public exponent is even, 1, or longer than 256 bits.
    pub fn generate_x931(bits: usize, public_exponent: &[u8]) -> Result<Self> {
        let fits = (4 * X931_STEP_BITS..=MODULUS_BITS_MAX).contains(&bits);
        if !fits || !bits.is_multiple_of(X931_STEP_BITS) || !exponent_is_allowed(public_exponent) {
            return Err(Error::KeyInvalid("no key of ANSI X9.31 has these sizes"));
        }
        let key = x931::generate(bits, public_exponent)?;
        let modulus = component(&key, Component::Modulus)?;
        Self::new(key, modulus.as_ref().into())
    }

    fn new(key: Rsa, modulus: Box<[u8]>) -> Result<Self> {
        let rejection =
            pkcs1::rejection_secret(&component(&key, Component::PrivateExponent)?, modulus.len())?;
        let bits = key.bits();
        Ok(Self {
            public: PublicKey { key, modulus, bits },
            rejection,
        })
    }

    /// The same key as a public one.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// Length of the modulus, and so of every block and signature, in bytes.
    #[must_use]
    pub fn block_len(&self) -> usize {
        self.public.block_len()
    }

    /// All numbers of the key.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn components(&self) -> Result<PrivateComponents> {
        let of = |which| component(&self.public.key, which);
        Ok(PrivateComponents {
            modulus: of(Component::Modulus)?,
            public_exponent: of(Component::PublicExponent)?,
            private_exponent: of(Component::PrivateExponent)?,
            prime_1: of(Component::Prime1)?,
            prime_2: of(Component::Prime2)?,
            exponent_1: of(Component::Exponent1)?,
            exponent_2: of(Component::Exponent2)?,
            coefficient: of(Component::Coefficient)?,
        })
    }

    /// The private operation on a whole block, in place.
    ///
    /// # Errors
    /// As [`PublicKey::raw`].
    pub fn raw(&self, block: &mut [u8]) -> Result<()> {
        self.public.check_block(block)?;
        if self.is_fixed(block) {
            return Ok(());
        }
        self.public.key.private_operation(block)
    }

    /// Whether the block is 0, 1 or n-1: these stand for themselves under every key, and the library refuses them.
    fn is_fixed(&self, block: &[u8]) -> bool {
        let Some((last, rest)) = block.split_last() else {
            return false;
        };
        let Some((modulus_last, modulus_rest)) = self.public.modulus.split_last() else {
            return false;
        };
        // n is odd, so n-1 differs from it in the last byte only.
        (*last <= 1 && rest.iter().all(|byte| *byte == 0))
            || (*last == modulus_last ^ 1 && rest == modulus_rest)
    }
}

fn component(key: &Rsa, which: Component) -> Result<SecretBytes> {
    key.component(which)?
        .ok_or(Error::Internal("an RSA key lacks a number"))
}

/// The numbers of a private key as the library wants them.
type Numbers = PrivateNumbers;
