//! Making RSA keys, and completing imported ones that lack parts.

use super::{CrtParts, MODULUS_BITS_MAX, MODULUS_BITS_MIN, Numbers};
use crate::crypto::aws_lc::bn::BigNum;
use crate::crypto::aws_lc::rsa::Rsa;
use crate::error::{Error, Result};

/// The library's generator makes lengths that are multiples of this, and rounds others down.
const LIBRARY_STEP_BITS: usize = 128;
/// The library's generator takes public exponents up to this length.
const LIBRARY_EXPONENT_BITS_MAX: usize = 32;
/// Longest public exponent of a new key in bytes.
const EXPONENT_LEN_MAX: usize = 32;
/// How many bases are tried to factor a modulus; each fails with probability 1/2 at most.
const BASES_MAX: u64 = 128;
/// How many pairs of primes are tried before the library is held to be broken.
const PAIRS_MAX: usize = 1000;

/// Whether a new key may have this public exponent, big-endian: odd, above 1 and below 2^256 [FIPS 186-5, 5.4].
#[must_use]
pub fn exponent_is_allowed(exponent: &[u8]) -> bool {
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
    let number = exponent.get(zeros..).unwrap_or_default();
    number != [1] && number.len() <= EXPONENT_LEN_MAX && number.last().is_some_and(|last| last % 2 == 1)
}

/// Makes a key of exactly `bits` bits.
pub(super) fn generate(bits: usize, public_exponent: &[u8]) -> Result<Rsa> {
    let e = BigNum::from_bytes(public_exponent)?;
    if !(MODULUS_BITS_MIN..=MODULUS_BITS_MAX).contains(&bits) {
        return Err(Error::KeyInvalid("an RSA modulus has 512 to 16384 bits"));
    }
    if !exponent_is_allowed(public_exponent) {
        return Err(Error::KeyInvalid(
            "an RSA public exponent is odd, above 1 and below 2^256",
        ));
    }
    if bits.is_multiple_of(LIBRARY_STEP_BITS) && e.bits() <= LIBRARY_EXPONENT_BITS_MAX {
        return Rsa::generate(bits, &e);
    }
    generate_any(bits, e)
}

/// Lengths and exponents that the library's generator does not do, from its primes.
fn generate_any(bits: usize, e: BigNum) -> Result<Rsa> {
    for _ in 0..PAIRS_MAX {
        let p = BigNum::random_prime(bits.div_ceil(2))?;
        let q = BigNum::random_prime(bits / 2)?;
        let (p, q) = if p.compare(&q).is_lt() { (q, p) } else { (p, q) };
        let (p_less, q_less) = (p.minus_word(1)?, q.minus_word(1)?);
        if p.compare(&q).is_eq() || !p_less.gcd(&e)?.is_one() || !q_less.gcd(&e)?.is_one() {
            continue;
        }
        if let Some(key) = from_primes(bits, &e, p, q)? {
            return Ok(key);
        }
    }
    Err(Error::Crypto("no RSA key was found"))
}

/// The key of two primes, of which p is the greater and to which the exponent is prime; `None` if modulus or private
/// exponent are too short.
pub(super) fn from_primes(bits: usize, e: &BigNum, p: BigNum, q: BigNum) -> Result<Option<Rsa>> {
    let (p_less, q_less) = (p.minus_word(1)?, q.minus_word(1)?);
    let modulus = p.times(&q)?;
    // lcm(p-1, q-1): the exponent of FIPS 186-5, the smallest there is.
    let (totient, _) = p_less.times(&q_less)?.divide(&p_less.gcd(&q_less)?)?;
    let d = e.inverse(&totient)?;
    if modulus.bits() != bits || d.bits() <= bits / 2 {
        return Ok(None);
    }
    let e = BigNum::from_bytes(&e.to_bytes()?)?;
    Rsa::private(&with_primes(modulus, e, d, (p, q), CrtParts::default())?).map(Some)
}

/// The whole key from its exponents and primes. Parts that were given are kept as they are, so that the library's
/// check sees them.
fn with_primes(
    modulus: BigNum,
    e: BigNum,
    d: BigNum,
    (p, q): (BigNum, BigNum),
    parts: CrtParts<'_>,
) -> Result<Numbers> {
    let exponent = |given: Option<&[u8]>, prime: &BigNum| match given {
        Some(given) => BigNum::from_bytes(given),
        None => d.divide(&prime.minus_word(1)?).map(|(_, rest)| rest),
    };
    let (exponent_1, exponent_2) = (exponent(parts.exponent_1, &p)?, exponent(parts.exponent_2, &q)?);
    let coefficient = match parts.coefficient {
        Some(given) => BigNum::from_bytes(given)?,
        None => inverse_of_prime(&q, &p)?,
    };
    Ok(Numbers {
        modulus,
        public_exponent: e,
        private_exponent: d,
        prime_1: p,
        prime_2: q,
        exponent_1,
        exponent_2,
        coefficient,
    })
}

/// `a⁻¹ mod p` for a prime p, by Fermat's theorem, whose time does not tell the values.
fn inverse_of_prime(a: &BigNum, p: &BigNum) -> Result<BigNum> {
    if !p.is_odd() {
        return Err(Error::Crypto("an RSA prime is odd"));
    }
    let (_, a) = a.divide(p)?;
    a.power(&p.minus_word(2)?, p)
}

/// Completes an imported key.
pub(super) fn complete(n: &[u8], e: &[u8], d: &[u8], parts: CrtParts<'_>) -> Result<Numbers> {
    let (n, e, d) = (
        BigNum::from_bytes(n)?,
        BigNum::from_bytes(e)?,
        BigNum::from_bytes(d)?,
    );
    if d.compare(&n).is_ge() {
        return Err(Error::Crypto("the private exponent is not below the modulus"));
    }
    let primes = primes(&n, &e, &d, parts)?;
    with_primes(n, e, d, primes, parts)
}

fn primes(n: &BigNum, e: &BigNum, d: &BigNum, parts: CrtParts<'_>) -> Result<(BigNum, BigNum)> {
    let other = |prime: &BigNum| n.divide(prime).map(|(quotient, _)| quotient);
    match (parts.prime_1, parts.prime_2) {
        (Some(p), Some(q)) => Ok((BigNum::from_bytes(p)?, BigNum::from_bytes(q)?)),
        (Some(p), None) => {
            let p = BigNum::from_bytes(p)?;
            let q = other(&p)?;
            Ok((p, q))
        }
        (None, Some(q)) => {
            let q = BigNum::from_bytes(q)?;
            let p = other(&q)?;
            Ok((p, q))
        }
        (None, None) => {
            let p = factor(n, e, d)?;
            let q = other(&p)?;
            // Parts that were given without the primes belong to the greater one first, as everybody writes them.
            Ok(if p.compare(&q).is_lt() { (q, p) } else { (p, q) })
        }
    }
}

/// A prime factor of n from the exponents [NIST SP 800-56B, appendix C].
fn factor(n: &BigNum, e: &BigNum, d: &BigNum) -> Result<BigNum> {
    let (halvings, odd) = e.times(d)?.minus_word(1)?.without_low_zeros()?;
    let n_less = n.minus_word(1)?;
    for base in 2..BASES_MAX {
        let mut root = BigNum::from_word(base)?.power(&odd, n)?;
        for _ in 0..halvings {
            if root.is_one() || root.compare(&n_less).is_eq() {
                break;
            }
            let square = root.square(n)?;
            if square.is_one() {
                return root.minus_word(1)?.gcd(n);
            }
            root = square;
        }
    }
    Err(Error::Crypto("the exponents do not factor the modulus"))
}
