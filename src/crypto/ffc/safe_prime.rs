//! The search for safe primes p = 2q + 1: a sieve leaves few numbers of which neither q nor p has a small divisor, so
//! that few are tested. The library's own search sieves one number at a time, and takes tens of seconds for 1024 bits.
//!
//! The numbers are public: nothing here is secret.

use crate::crypto::aws_lc::bn::BigNum;
use crate::crypto::rng;
use crate::error::{Error, Result};

/// Divisors that the sieve knows are below it.
const SMALL: u32 = 1 << 16;
/// How many odd numbers from a random one on are sieved together.
const WINDOW: usize = 1 << 16;
/// How many windows are searched before the random source is held to be broken; one in three has a safe prime of 1024
/// bits, one in twelve one of 2048.
const WINDOWS_MAX: usize = 1 << 12;

/// A random safe prime of exactly `bits` bits, at least 64, whose two top bits are set. Takes seconds for 1024
/// bits and half a minute for 2048.
///
/// # Errors
/// [`Error::Crypto`] if the random source or the library fails.
pub(super) fn random(bits: usize) -> Result<BigNum> {
    let divisors = odd_primes();
    for _ in 0..WINDOWS_MAX {
        let start = odd_number(bits.saturating_sub(1))?;
        if let Some(p) = in_window(&start, &divisors)? {
            return Ok(p);
        }
    }
    Err(Error::Crypto("no safe prime was found"))
}

/// A random odd number of so many bits, its two top bits set.
fn odd_number(bits: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; bits.div_ceil(8)];
    rng::system(&mut bytes)?;
    let spare = bytes.len().saturating_mul(8).saturating_sub(bits);
    let mut top = [0; 2];
    top.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
    let [high, low] = (u16::from_be_bytes(top) & (u16::MAX >> spare) | (0xc000 >> spare)).to_be_bytes();
    bytes
        .iter_mut()
        .zip([high, low])
        .for_each(|(to, from)| *to = from);
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    Ok(bytes)
}

/// The first safe prime of which q is `start + 2k` in the window.
fn in_window(start: &[u8], divisors: &[u32]) -> Result<Option<BigNum>> {
    let first = BigNum::from_bytes(start)?;
    let one = BigNum::from_word(1)?;
    for (k, _) in sieve(start, divisors)
        .iter()
        .enumerate()
        .filter(|(_, out)| !**out)
    {
        let step = u64::try_from(k).unwrap_or(0).saturating_mul(2);
        let q = first.plus(&BigNum::from_word(step)?)?;
        let p = q.plus(&q)?.plus(&one)?;
        // What is composite shows in the first round; both are tested again for all rounds.
        if q.may_be_prime()? && p.may_be_prime()? && q.is_prime()? && p.is_prime()? {
            return Ok(Some(p));
        }
    }
    Ok(None)
}

/// Which k are out, because a divisor divides q = start + 2k or p = 2q + 1.
fn sieve(start: &[u8], divisors: &[u32]) -> Vec<bool> {
    let mut out = vec![false; WINDOW];
    for r in divisors {
        let rest = start
            .iter()
            .fold(0, |rest, byte| (rest << 8 | u32::from(*byte)) % r);
        // 2k = -rest, and 2k = -1/2 - rest, where 1/2 = (r + 1) / 2.
        let half = u64::from(r.div_ceil(2));
        for wanted in [r - rest, r + r / 2 - rest] {
            let k = u64::from(wanted) * half % u64::from(*r);
            let every = usize::try_from(*r).unwrap_or(WINDOW);
            let hit = out.iter_mut().skip(usize::try_from(k).unwrap_or(WINDOW));
            hit.step_by(every).for_each(|out| *out = true);
        }
    }
    out
}

/// The odd primes below [`SMALL`] [Eratosthenes].
fn odd_primes() -> Vec<u32> {
    let mut primes: Vec<u32> = Vec::new();
    for n in (3..SMALL).step_by(2) {
        let mut roots = primes.iter().take_while(|prime| **prime * **prime <= n);
        if !roots.any(|prime| n.is_multiple_of(*prime)) {
            primes.push(n);
        }
    }
    primes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The number of primes below 2^16 is 6542 (OEIS A007053), one of them even.
    #[test]
    fn the_divisors_are_the_odd_primes() {
        let primes = odd_primes();
        assert_eq!((primes.len(), primes[0], primes[6540]), (6541, 3, 65521));
    }

    #[test]
    fn the_sieve_strikes_what_has_a_small_divisor_and_nothing_else() {
        let start = 0xc000_0000_0000_0001_u64;
        let divisors = odd_primes();
        let out = sieve(&start.to_be_bytes(), &divisors);
        for (k, out) in (0_u128..3000).zip(&out) {
            let q = u128::from(start) + 2 * k;
            let small = |n: u128| divisors.iter().any(|r| n.is_multiple_of(u128::from(*r)));
            assert_eq!(*out, small(q) || small(2 * q + 1), "{k}");
        }
    }

    #[test]
    fn starts_have_the_length_that_was_asked_for() {
        for bits in [63, 64, 511, 512, 1023, 1030] {
            let start = BigNum::from_bytes(&odd_number(bits).unwrap()).unwrap();
            assert!(start.bits() == bits && start.is_odd());
        }
    }

    #[test]
    fn safe_primes_have_their_length_and_two_top_bits() {
        for bits in [512, 520, 529] {
            let p = random(bits).unwrap();
            let (top, _) = p
                .divide(&BigNum::from_bytes(&shifted(bits - 2)).unwrap())
                .unwrap();
            assert_eq!((p.bits(), top.to_bytes().unwrap().to_vec()), (bits, vec![3]));
            let (half, _) = p.divide(&BigNum::from_word(2).unwrap()).unwrap();
            assert!(p.is_prime().unwrap() && half.is_prime().unwrap());
        }
    }

    /// 2^bits.
    fn shifted(bits: usize) -> Vec<u8> {
        let mut bytes = vec![0; bits / 8 + 1];
        bytes[0] = 1 << (bits % 8);
        bytes
    }
}
