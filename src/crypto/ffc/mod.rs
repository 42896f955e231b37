//! Groups in prime fields: the numbers that DSA and Diffie-Hellman keys share, their making and their checks.
//!
//! Numbers are big-endian. Only `crypto/`, `mechanism/` and `object/` may call.

mod generate;
mod known;
mod safe_prime;
#[cfg(test)]
mod tests;

pub use generate::{SafePrimes, Subgroup};

use super::aws_lc::bn::BigNum;
use super::aws_lc::dh::DhGroup;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Shortest and longest prime in bits. Below, everybody solves logarithms; above, the library refuses.
pub const PRIME_BITS: std::ops::RangeInclusive<usize> = 512..=8192;
/// Shortest order of a subgroup, in bits. The longest is that of a safe prime, one bit shorter than the prime.
pub const ORDER_BITS_MIN: usize = 160;

/// A group: a prime p, an element g, and the order q of g where it is known. Checked for form.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Group {
    p: Vec<u8>,
    q: Option<Vec<u8>>,
    g: Vec<u8>,
}

/// Which of a group's numbers is wrong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    /// p: its length, or it is even.
    Prime,
    /// q: its length, or it does not divide p - 1.
    Order,
    /// g: it is not between 1 and p - 1, or not of the order q.
    Base,
}

/// Without leading zeros.
pub(super) fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

impl Group {
    /// A group of its numbers: looks at what is quick to see. That p and q are primes is the maker's word.
    ///
    /// # Errors
    /// [`Error::DomainParamsInvalid`]; [`Group::check`] says what of.
    pub fn new(p: &[u8], q: Option<&[u8]>, g: &[u8]) -> Result<Self> {
        let group = Self {
            p: significant(p).to_vec(),
            q: q.map(|q| significant(q).to_vec()),
            g: significant(g).to_vec(),
        };
        match group.wrong_form()? {
            None => Ok(group),
            Some(_) => Err(Error::DomainParamsInvalid(
                "the numbers are no group of a prime field",
            )),
        }
    }

    /// What is wrong with the numbers, the relations between them included: q divides p - 1 and g has the order q. Some
    /// milliseconds, and tenths of a second for the longest safe primes: for imported numbers.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn check(p: &[u8], q: Option<&[u8]>, g: &[u8]) -> Result<Option<Wrong>> {
        let group = Self {
            p: p.to_vec(),
            q: q.map(<[u8]>::to_vec),
            g: g.to_vec(),
        };
        match group.wrong_form()? {
            None => group.wrong_relation(),
            wrong => Ok(wrong),
        }
    }

    fn wrong_form(&self) -> Result<Option<Wrong>> {
        let (p, g) = (BigNum::from_bytes(&self.p)?, BigNum::from_bytes(&self.g)?);
        if !PRIME_BITS.contains(&p.bits()) || !p.is_odd() {
            return Ok(Some(Wrong::Prime));
        }
        if let Some(q) = &self.q {
            let q = BigNum::from_bytes(q)?;
            if q.bits() < ORDER_BITS_MIN || !q.is_odd() || q.bits() >= p.bits() {
                return Ok(Some(Wrong::Order));
            }
        }
        let between = g.bits() > 1 && g.compare(&p.minus_word(1)?).is_lt();
        Ok((!between).then_some(Wrong::Base))
    }

    fn wrong_relation(&self) -> Result<Option<Wrong>> {
        let Some(q) = &self.q else {
            return Ok(None);
        };
        let (p, q, g) = (
            BigNum::from_bytes(&self.p)?,
            BigNum::from_bytes(q)?,
            BigNum::from_bytes(&self.g)?,
        );
        let (_, rest) = p.minus_word(1)?.divide(&q)?;
        if rest.bits() != 0 {
            return Ok(Some(Wrong::Order));
        }
        Ok((!g.power(&q, &p)?.is_one()).then_some(Wrong::Base))
    }

    /// p.
    #[must_use]
    pub fn prime(&self) -> &[u8] {
        &self.p
    }

    /// q, if it is known.
    #[must_use]
    pub fn order(&self) -> Option<&[u8]> {
        self.q.as_deref()
    }

    /// g.
    #[must_use]
    pub fn base(&self) -> &[u8] {
        &self.g
    }

    /// Length of p in bits.
    #[must_use]
    pub fn bits(&self) -> usize {
        match self.p.first() {
            Some(first) => 8 * self.p.len() - usize::try_from(first.leading_zeros()).unwrap_or(0),
            None => 0,
        }
    }

    /// Length of p in bytes.
    #[must_use]
    pub fn prime_len(&self) -> usize {
        self.p.len()
    }

    /// Length of q in bytes; 0 if it is not known.
    #[must_use]
    pub fn order_len(&self) -> usize {
        self.q.as_ref().map_or(0, Vec::len)
    }

    /// Length in bits that private numbers of this group have if nobody asks for another; `None` where nothing is
    /// known of the group, and they are as long as p.
    #[must_use]
    pub fn usual_private_bits(&self) -> Option<u32> {
        known::private_bits(&self.p, &self.g)
    }

    /// `g ^ exponent mod p`, in a time that does not depend on the exponent's value; as long as it is.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn power_of_base(&self, exponent: &[u8]) -> Result<SecretBytes> {
        let power = BigNum::from_bytes(&self.g)?
            .power(&BigNum::from_bytes(exponent)?, &BigNum::from_bytes(&self.p)?)?;
        power.to_bytes()
    }

    /// Whether a public number is one of the group: above 1, below p - 1, and in the subgroup where q is known
    /// [NIST SP 800-56A, 5.6.2.3.1].
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn has(&self, public: &[u8]) -> Result<bool> {
        let (p, public) = (BigNum::from_bytes(&self.p)?, BigNum::from_bytes(public)?);
        if public.bits() < 2 || !public.compare(&p.minus_word(1)?).is_lt() {
            return Ok(false);
        }
        match &self.q {
            Some(q) => Ok(public.power(&BigNum::from_bytes(q)?, &p)?.is_one()),
            None => Ok(true),
        }
    }

    /// Whether a private number is one of the group: above 0, and below q, or p - 1 where that is not known.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn has_private(&self, private: &[u8]) -> Result<bool> {
        let private = BigNum::from_bytes(private)?;
        let limit = match &self.q {
            Some(q) => BigNum::from_bytes(q)?,
            None => BigNum::from_bytes(&self.p)?.minus_word(1)?,
        };
        Ok(private.bits() > 0 && private.compare(&limit).is_lt())
    }

    /// p, q and g for the library.
    pub(super) fn dsa_numbers(&self) -> Result<(BigNum, BigNum, BigNum)> {
        let q = self.q.as_ref().ok_or(Error::Internal("a DSA group without q"))?;
        Ok((
            BigNum::from_bytes(&self.p)?,
            BigNum::from_bytes(q)?,
            BigNum::from_bytes(&self.g)?,
        ))
    }

    /// p, g and q for the library.
    pub(super) fn dh_numbers(&self) -> Result<DhGroup> {
        Ok(DhGroup {
            q: self.q.as_ref().map(|q| BigNum::from_bytes(q)).transpose()?,
            ..self.dh_numbers_without_order()?
        })
    }

    /// p and g for the library, which otherwise would make private numbers below q and heed no shorter length.
    pub(super) fn dh_numbers_without_order(&self) -> Result<DhGroup> {
        Ok(DhGroup {
            p: BigNum::from_bytes(&self.p)?,
            g: BigNum::from_bytes(&self.g)?,
            q: None,
        })
    }
}
