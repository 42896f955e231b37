//! Diffie-Hellman in prime fields [PKCS#3; ANSI X9.42; NIST SP 800-56A] on aws-lc.
//!
//! Keys are prepared once, immutable, shared by threads. Only `mechanism/` and `object/` may call.

use super::aws_lc::bn::BigNum;
use super::aws_lc::dh::Dh;
use super::ffc::Group;
use super::rng;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Shortest private number that is made, in bits.
pub const PRIVATE_BITS_MIN: usize = 160;

/// A public key: its group and number.
pub struct PublicKey {
    group: Group,
    number: Box<[u8]>,
}

impl PublicKey {
    /// A key of its group and public number, which is looked at where a secret is shared with it.
    #[must_use]
    pub fn new(group: Group, number: &[u8]) -> Self {
        Self {
            group,
            number: number.into(),
        }
    }

    /// The group.
    #[must_use]
    pub const fn group(&self) -> &Group {
        &self.group
    }

    /// The public number, big-endian.
    #[must_use]
    pub const fn number(&self) -> &[u8] {
        &self.number
    }
}

/// A private key.
pub struct PrivateKey {
    group: Group,
    key: Dh,
}

/// Whether a private number of exactly so many bits is made in this group: some that are below (p - 1) / 2, and not too
/// few to find it.
#[must_use]
pub fn private_bits_fit(group: &Group, bits: usize) -> bool {
    (PRIVATE_BITS_MIN..group.bits().saturating_sub(1)).contains(&bits)
}

/// Makes a key pair: public and private number. The private number has exactly `private_bits` bits if they are given
/// [PKCS#3, 7.1: private-value length]; the length of a known group otherwise; else any that the group has.
///
/// # Errors
/// [`Error::KeyInvalid`] if the length does not fit; [`Error::Crypto`] if the library fails.
pub fn generate(group: &Group, private_bits: Option<usize>) -> Result<(SecretBytes, SecretBytes)> {
    if let Some(bits) = private_bits {
        let private = random_of(group, bits)?;
        return Ok((group.power_of_base(&private)?, private));
    }
    let (public, private) = match group.usual_private_bits() {
        Some(bits) => Dh::generate(group.dh_numbers_without_order()?, bits)?,
        None => Dh::generate(group.dh_numbers()?, 0)?,
    };
    Ok((public.to_bytes()?, private.to_bytes()?))
}

/// A random number of exactly so many bits.
fn random_of(group: &Group, bits: usize) -> Result<SecretBytes> {
    if !private_bits_fit(group, bits) {
        return Err(Error::KeyInvalid(
            "no private number of the group has this length",
        ));
    }
    let mut number = SecretBytes::zeros(bits.div_ceil(8));
    rng::system(number.as_mut())?;
    let top = 1u8 << ((bits - 1) % 8);
    if let Some(first) = number.as_mut().first_mut() {
        *first = (*first & (top - 1)) | top;
    }
    Ok(number)
}

impl PrivateKey {
    /// A key of its group and private number.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`] if the number is not one of the group's; [`Error::Crypto`] if the library fails.
    pub fn new(group: Group, private: &[u8]) -> Result<Self> {
        if !group.has_private(private)? {
            return Err(Error::KeyInvalid(
                "a Diffie-Hellman private number is above 0 and below the group's order",
            ));
        }
        let key = Dh::new(group.dh_numbers()?, BigNum::from_bytes(private)?)?;
        Ok(Self { group, key })
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// The shared secret with the other side's public number, as long as p.
    ///
    /// # Errors
    /// [`Error::PublicKeyInvalid`] if the number is 0, 1, p - 1 or above, or not in the subgroup where q is known.
    pub fn shared_secret(&self, peer: &[u8]) -> Result<SecretBytes> {
        let mut out = SecretBytes::zeros(self.group.prime_len());
        self.key.shared_secret(&BigNum::from_bytes(peer)?, out.as_mut())?;
        Ok(out)
    }
}
