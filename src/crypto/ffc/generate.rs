//! Making groups: a prime and a subgroup of prime order for DSA and X9.42, and safe primes for PKCS#3.

use super::{Group, ORDER_BITS_MIN, PRIME_BITS, known, safe_prime};
use crate::crypto::aws_lc::bn::BigNum;
use crate::crypto::hash::{DIGEST_LEN_MAX, Hash};
use crate::crypto::rng;
use crate::error::{Error, Result};

/// How many seeds are tried before the random source is held to be broken; each gives a group with a probability of
/// some percent, given that it gives a q.
const SEEDS_MAX: usize = 1 << 20;

/// Longest order that is made, in bits: that of the longest hash.
const ORDER_BITS_MADE_MAX: usize = 512;

/// A group with a subgroup of prime order: lengths in bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Subgroup {
    prime_bits: usize,
    order_bits: usize,
}

impl Subgroup {
    /// Lengths of p and q, both whole bytes; `None` if no group is made of them.
    #[must_use]
    pub fn of(prime_bits: usize, order_bits: usize) -> Option<Self> {
        let whole = prime_bits.is_multiple_of(64) && order_bits.is_multiple_of(8);
        let possible =
            PRIME_BITS.contains(&prime_bits) && (ORDER_BITS_MIN..=ORDER_BITS_MADE_MAX).contains(&order_bits);
        (whole && possible && order_bits < prime_bits).then_some(Self {
            prime_bits,
            order_bits,
        })
    }

    /// Makes a group by random primes from a hashed seed [FIPS 186-4, A.1.1.2 and A.2.1]. Takes tenths of a second for
    /// 1024 bits, and many seconds for 3072.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the random source or the library fails.
    pub fn generate(self) -> Result<Group> {
        let hash = match self.order_bits {
            0..=256 => Hash::Sha256,
            _ => Hash::Sha512,
        };
        let mut seed = vec![0; self.order_bits / 8];
        for _ in 0..SEEDS_MAX {
            rng::system(&mut seed)?;
            let Some((p, q, _)) = self.of_seed(hash, &seed)? else {
                continue;
            };
            let g = base(&p, &q)?;
            return Group::new(&p.to_bytes()?, Some(&q.to_bytes()?), &g.to_bytes()?);
        }
        Err(Error::Crypto("no group was found"))
    }

    /// The primes p and q that a seed gives, and the counter; `None` if it gives none.
    pub(super) fn of_seed(self, hash: Hash, seed: &[u8]) -> Result<Option<(BigNum, BigNum, usize)>> {
        let Some(q) = self.order_of_seed(hash, seed)? else {
            return Ok(None);
        };
        let double_q = q.plus(&q)?;
        let mut seed = seed.to_vec();
        // A.1.1.2, step 10: the first block is that of seed + 1.
        increment(&mut seed);
        for counter in 0..4 * self.prime_bits {
            let x = self.candidate(hash, &mut seed)?;
            let (_, c) = x.divide(&double_q)?;
            // p = x - (c - 1), so that p = 1 (mod 2q).
            let p = x.minus(&c)?.plus(&BigNum::from_word(1)?)?;
            if p.bits() == self.prime_bits && p.is_prime()? {
                return Ok(Some((p, q, counter)));
            }
        }
        Ok(None)
    }

    /// Steps 6 to 8: q, if the seed gives a prime.
    fn order_of_seed(self, hash: Hash, seed: &[u8]) -> Result<Option<BigNum>> {
        let mut digest = [0; DIGEST_LEN_MAX];
        let digest = digest.get_mut(..hash.output_len()).unwrap_or_default();
        hash.digest(seed, digest);
        let start = digest.len().saturating_sub(self.order_bits / 8);
        let q = digest.get_mut(start..).unwrap_or_default();
        set_ends(q);
        let q = BigNum::from_bytes(q)?;
        Ok((q.bits() == self.order_bits && q.is_prime()?).then_some(q))
    }

    /// Steps 11.1 to 11.3: as many blocks as it takes, the first one last, the top bit set.
    fn candidate(self, hash: Hash, seed: &mut [u8]) -> Result<BigNum> {
        let (output_len, length) = (hash.output_len(), self.prime_bits / 8);
        let mut x = vec![0; length.next_multiple_of(output_len)];
        for block in x.rchunks_exact_mut(output_len) {
            hash.digest(seed, block);
            increment(seed);
        }
        let start = x.len().saturating_sub(length);
        let x = x.get_mut(start..).unwrap_or_default();
        if let Some(first) = x.first_mut() {
            *first |= 0x80;
        }
        BigNum::from_bytes(x)
    }
}

/// Sets the highest and the lowest bit.
fn set_ends(number: &mut [u8]) {
    if let Some(first) = number.first_mut() {
        *first |= 0x80;
    }
    if let Some(last) = number.last_mut() {
        *last |= 1;
    }
}

/// Adds 1, modulo the power of two that the length gives.
fn increment(number: &mut [u8]) {
    for byte in number.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return;
        }
    }
}

/// An element of order q: the first `h ^ ((p - 1) / q)` that is not 1 [FIPS 186-4, A.2.1].
fn base(p: &BigNum, q: &BigNum) -> Result<BigNum> {
    let (exponent, _) = p.minus_word(1)?.divide(q)?;
    for h in 2..u64::from(u16::MAX) {
        let g = BigNum::from_word(h)?.power(&exponent, p)?;
        if !g.is_one() {
            return Ok(g);
        }
    }
    Err(Error::Crypto("no base was found"))
}

/// A group of a safe prime: its length in bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SafePrimes {
    bits: usize,
}

/// Longest safe prime that is searched for, in half a minute; longer ones take minutes and more.
const SEARCHED_BITS_MAX: usize = 2048;

impl SafePrimes {
    /// Length of p; `None` if no group is made of it.
    #[must_use]
    pub fn of(bits: usize) -> Option<Self> {
        let searched = (*PRIME_BITS.start()..=SEARCHED_BITS_MAX).contains(&bits);
        let named = matches!(bits, 3072 | 4096 | 6144 | 8192);
        (searched || named).then_some(Self { bits })
    }

    /// The group of RFC 7919 of this length (1536 bits: of RFC 3526), as NIST SP 800-56A wants it; for other lengths a
    /// new safe prime. The base is 2.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn group(self) -> Result<Group> {
        let p = match known::prime(self.bits)? {
            Some(p) => p,
            None => safe_prime::random(self.bits)?.to_bytes()?.to_vec(),
        };
        Group::new(&p, None, &[2])
    }
}
