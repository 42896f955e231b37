//! RSA keys of ANSI X9.31: primes p of which p - 1 and p + 1 have large prime factors [FIPS 186-4, B.3.6 and C.9].

use std::cmp::Ordering;

use super::generate::from_primes;
use crate::crypto::aws_lc::bn::BigNum;
use crate::crypto::aws_lc::rsa::Rsa;
use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Lengths of modulus are multiples of this, in bits, and at least four of it [ANSI X9.31, 4.1.2].
pub const X931_STEP_BITS: usize = 256;
/// How many keys are tried before the library is held to be broken.
const TRIES_MAX: usize = 100;
/// Bits by which the primes differ at least from the top [FIPS 186-4, B.3.6, steps 5.4 and 6].
const DIFFERENT_BITS: usize = 100;

/// Makes a key of exactly `bits` bits.
pub(super) fn generate(bits: usize, public_exponent: &[u8]) -> Result<Rsa> {
    let e = BigNum::from_bytes(public_exponent)?;
    for _ in 0..TRIES_MAX {
        let (Some(p), Some(q)) = (
            prime(bits / 2, auxiliary_bits(bits), &e)?,
            prime(bits / 2, auxiliary_bits(bits), &e)?,
        ) else {
            continue;
        };
        let (p, q) = match p.compare(&q) {
            Ordering::Less => (q, p),
            _ => (p, q),
        };
        if p.minus(&q)?.bits() + DIFFERENT_BITS <= bits / 2 {
            continue;
        }
        if let Some(key) = from_primes(bits, &e, p, q)? {
            return Ok(key);
        }
    }
    Err(Error::Crypto("no RSA key was found"))
}

/// Length of the prime factors of p - 1 and p + 1 in bits [FIPS 186-4, table B.1], and more for longer keys.
const fn auxiliary_bits(bits: usize) -> usize {
    match bits {
        0..=2047 => 101,
        2048..=3071 => 141,
        3072..=4096 => 171,
        _ => 201,
    }
}

/// A prime of this length whose two top bits are set; `None` if the numbers that were drawn lead to none.
fn prime(bits: usize, auxiliary_bits: usize, e: &BigNum) -> Result<Option<BigNum>> {
    let (first, second) = (
        BigNum::random_prime(auxiliary_bits)?,
        BigNum::random_prime(auxiliary_bits)?,
    );
    match first.compare(&second) {
        Ordering::Equal => Ok(None),
        _ => prime_between(bits, &first, &second, e),
    }
}

/// The same with the first number as a factor of p - 1 and the second as one of p + 1.
fn prime_between(bits: usize, first: &BigNum, second: &BigNum, e: &BigNum) -> Result<Option<BigNum>> {
    let one = BigNum::from_word(1)?;
    let double_first = first.plus(first)?;
    let step = double_first.times(second)?;
    // 1 modulo the first, -1 modulo the second, and odd.
    let plus = second.inverse(&double_first)?.times(second)?;
    let minus = double_first.inverse(second)?.times(&double_first)?;
    let (_, start) = plus.plus(&step)?.minus(&minus)?.divide(&step)?;
    let from = random(bits)?;
    // The first number from there on that is `start` modulo the step.
    let (_, above) = from.divide(&step)?;
    let (_, distance) = start.plus(&step)?.minus(&above)?.divide(&step)?;
    let mut candidate = from.plus(&distance)?;
    for _ in 0..5 * bits {
        if candidate.bits() != bits {
            return Ok(None);
        }
        if candidate.minus(&one)?.gcd(e)?.is_one() && candidate.is_prime()? {
            return Ok(Some(candidate));
        }
        candidate = candidate.plus(&step)?;
    }
    Ok(None)
}

/// A random number of this length, whose two top bits are set: two of them have a product of twice the length.
fn random(bits: usize) -> Result<BigNum> {
    let mut bytes = SecretBytes::zeros(bits / 8);
    rng::system(bytes.as_mut())?;
    if let Some(first) = bytes.as_mut().first_mut() {
        *first |= 0xc0;
    }
    BigNum::from_bytes(&bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rsa::PrivateKey;

    #[test]
    fn primes_have_large_factors_beside_them() {
        let e = BigNum::from_word(65537).unwrap();
        for (bits, auxiliary) in [(512, 101), (1024, 141)] {
            let (first, second) = (
                BigNum::random_prime(auxiliary).unwrap(),
                BigNum::random_prime(auxiliary).unwrap(),
            );
            let found = std::iter::repeat_with(|| prime_between(bits, &first, &second, &e).unwrap());
            let found = found.take(20).flatten().next().unwrap();
            assert!(found.is_prime().unwrap());
            assert_eq!(found.bits(), bits);
            assert_eq!(found.to_bytes().unwrap()[0] & 0xc0, 0xc0);
            let one = BigNum::from_word(1).unwrap();
            let (_, below) = found.minus(&one).unwrap().divide(&first).unwrap();
            let (_, above) = found.plus(&one).unwrap().divide(&second).unwrap();
            assert_eq!((below.bits(), above.bits()), (0, 0));
        }
    }

    #[test]
    fn a_key_has_the_length_and_the_exponent_that_were_asked_for() {
        for (bits, exponent) in [(1024, &[1, 0, 1][..]), (1280, &[3])] {
            let key = PrivateKey::generate_x931(bits, exponent).unwrap();
            let numbers = key.components().unwrap();
            assert_eq!(key.public().bits(), bits);
            assert_eq!(numbers.public_exponent[..], *exponent);
        }
        for bits in [0, 512, 768, 1023, 1025, 1152, 16640] {
            assert!(PrivateKey::generate_x931(bits, &[1, 0, 1]).is_err());
        }
    }
}
