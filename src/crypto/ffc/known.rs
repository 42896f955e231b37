//! The groups of safe primes that standards name: RFC 3526 and RFC 7919, all with the base 2.

use std::sync::LazyLock;

use crate::crypto::aws_lc::bn::BigNum;
use crate::crypto::aws_lc::primes::{rfc_3526, rfc_7919};
use crate::error::Result;

/// ffdhe6144 [RFC 7919, A.4], which the library does not have.
const FFDHE_6144: &[u8] = include_bytes!("ffdhe6144.bin");

/// Lengths of RFC 3526 that RFC 7919 does not have.
const ONLY_IN_RFC_3526: [usize; 1] = [1536];
/// Lengths of RFC 7919.
const IN_RFC_7919: [usize; 5] = [2048, 3072, 4096, 6144, 8192];

/// The prime of RFC 7919 of this length, or of RFC 3526 for 1536 bits, big-endian; `None` for other lengths.
pub(super) fn prime(bits: usize) -> Result<Option<Vec<u8>>> {
    match bits {
        6144 => Ok(Some(FFDHE_6144.to_vec())),
        bits if IN_RFC_7919.contains(&bits) => bytes(&rfc_7919(bits)?).map(Some),
        bits if ONLY_IN_RFC_3526.contains(&bits) => bytes(&rfc_3526(bits)?).map(Some),
        _ => Ok(None),
    }
}

fn bytes(number: &BigNum) -> Result<Vec<u8>> {
    Ok(number.to_bytes()?.to_vec())
}

/// Every prime that is recognised.
static PRIMES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let mut all = Vec::new();
    for bits in IN_RFC_7919.into_iter().chain(ONLY_IN_RFC_3526) {
        all.extend(prime(bits).ok().flatten());
        all.extend(rfc_3526(bits).and_then(|prime| bytes(&prime)).ok());
    }
    all
});

/// Bits of private numbers in a known group: twice its strength and a little more [RFC 7919, A].
pub(super) fn private_bits(p: &[u8], g: &[u8]) -> Option<u32> {
    if g != [2] || !PRIMES.iter().any(|known| known == p) {
        return None;
    }
    Some(match 8 * p.len() {
        0..=2048 => 225,
        2049..=3072 => 275,
        3073..=4096 => 325,
        4097..=6144 => 375,
        _ => 400,
    })
}
