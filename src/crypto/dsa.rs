//! DSA [FIPS 186-4] on aws-lc.
//!
//! Signatures are `r || s`, each as long as q. Keys are prepared once, immutable, shared by threads. Only `mechanism/`
//! and `object/` may call.

use super::aws_lc::bn::BigNum;
use super::aws_lc::dsa::Dsa;
use super::ffc::Group;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Lengths that q may have, in bytes.
pub const ORDER_LENS: [usize; 3] = [20, 28, 32];

const NOT_A_GROUP: Error = Error::DomainParamsInvalid("DSA wants a q of 160, 224 or 256 bits");

/// A public key.
pub struct PublicKey {
    group: Group,
    key: Dsa,
}

/// A private key.
pub struct PrivateKey {
    group: Group,
    key: Dsa,
}

fn check_group(group: &Group) -> Result<()> {
    match ORDER_LENS.contains(&group.order_len()) {
        true => Ok(()),
        false => Err(NOT_A_GROUP),
    }
}

/// Makes a key pair: public and private number.
///
/// # Errors
/// [`Error::DomainParamsInvalid`] if the group is none for DSA; [`Error::Crypto`] if the library fails.
pub fn generate(group: &Group) -> Result<(SecretBytes, SecretBytes)> {
    check_group(group)?;
    let (public, private) = Dsa::generate(group.dsa_numbers()?)?;
    Ok((public.to_bytes()?, private.to_bytes()?))
}

impl PublicKey {
    /// A key of its group and public number.
    ///
    /// # Errors
    /// [`Error::DomainParamsInvalid`] if the group is none for DSA; [`Error::Crypto`] if the library fails.
    pub fn new(group: Group, public: &[u8]) -> Result<Self> {
        check_group(&group)?;
        let key = Dsa::new(group.dsa_numbers()?, BigNum::from_bytes(public)?, None)?;
        Ok(Self { group, key })
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Checks the signature `r || s` of a digest, which may have any length; the excess of a long one is ignored.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub fn verify(&self, digest: &[u8], signature: &[u8]) -> Result<()> {
        let order_len = self.group.order_len();
        if signature.len() != 2 * order_len {
            return Err(Error::SignatureLenRange);
        }
        let (r, s) = signature
            .split_at_checked(order_len)
            .ok_or(Error::SignatureLenRange)?;
        match self.key.verify(digest, r, s)? {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

impl PrivateKey {
    /// A key of its group and private number.
    ///
    /// # Errors
    /// [`Error::DomainParamsInvalid`] if the group is none for DSA; [`Error::KeyInvalid`] if the number is 0 or not
    /// below q; [`Error::Crypto`] if the library fails.
    pub fn new(group: Group, private: &[u8]) -> Result<Self> {
        check_group(&group)?;
        if !group.has_private(private)? {
            return Err(Error::KeyInvalid("a DSA private number is above 0 and below q"));
        }
        let public = BigNum::from_bytes(&group.power_of_base(private)?)?;
        let key = Dsa::new(group.dsa_numbers()?, public, Some(BigNum::from_bytes(private)?))?;
        Ok(Self { group, key })
    }

    /// The group.
    #[must_use]
    pub fn group(&self) -> &Group {
        &self.group
    }

    /// Signs a digest of any length; the excess of a long one is ignored. `out` takes `r || s` and has exactly twice
    /// the length of q.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails, which it does if the numbers are no group after all.
    pub fn sign(&self, digest: &[u8], out: &mut [u8]) -> Result<()> {
        let (r, s) = out
            .split_at_mut_checked(self.group.order_len())
            .ok_or(Error::Internal("DSA output"))?;
        self.key.sign(digest, r, s)
    }
}
