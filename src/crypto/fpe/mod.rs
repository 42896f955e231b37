//! Format-preserving encryption over a block cipher: FF1 and FF3-1 [NIST SP 800-38G rev. 1].
//!
//! Both are Feistel networks over two halves of a numeral string, which differ in the round function and in the end that
//! a half's number begins at. The halves stand here with the least significant numeral first.

mod ff1;
mod ff3;
mod radix;

pub use ff1::Ff1;
pub use ff3::{Ff3, TWEAK_LEN as FF3_TWEAK_LEN};
pub use radix::Radix;

use zeroize::Zeroize;

use super::aes::Block;
use crate::error::{Error, Result};

/// Most numerals of a string [SP 800-38G: "maxlen" is the implementation's own, below 2^32].
pub const LEN_MAX: usize = 1024;

/// Which way.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Direction {
    /// From the plaintext.
    Encrypt,
    /// From the ciphertext.
    Decrypt,
}

/// What FF1 and FF3-1 differ in.
trait Feistel {
    /// Rounds, an even number.
    const ROUNDS: u8;
    /// Whether the first numeral of a half is its most significant one.
    const MOST_FIRST: bool;

    /// Numerals of the first half of a string of `length`.
    fn first_len(length: usize) -> usize;

    /// The number that a round adds, in limbs of 32 bits with the least significant one first: out of the round's
    /// number and of the other half. Gives the limbs that it takes.
    fn number<'l>(
        &self,
        round: u8,
        other: &[u16],
        limbs: &'l mut [u32],
        encrypt: &impl Fn(&mut Block),
    ) -> Result<&'l mut [u32]>;
}

/// The halves, and room for the number of one: `H` numerals each.
struct Work<const H: usize> {
    first: [u16; H],
    second: [u16; H],
    limbs: [u32; H],
}

impl<const H: usize> Drop for Work<H> {
    fn drop(&mut self) {
        self.first.zeroize();
        self.second.zeroize();
        self.limbs.zeroize();
    }
}

const TOO_LONG: Error = Error::Internal("a numeral string that is too long");

/// Most numerals of strings whose work stands in few bytes.
const SHORT_HALF: usize = 32;

/// Runs a network over a string of numerals, which all are below the radix; gives the numerals of the answer to `put`,
/// one by one.
fn run<F: Feistel>(
    network: &F,
    radix: Radix,
    direction: Direction,
    numerals: impl ExactSizeIterator<Item = u16>,
    put: impl FnMut(u16),
    encrypt: &impl Fn(&mut Block),
) -> Result<()> {
    match numerals.len() <= 2 * SHORT_HALF {
        true => run_within::<F, SHORT_HALF>(network, radix, direction, numerals, put, encrypt),
        false => run_within::<F, { LEN_MAX / 2 }>(network, radix, direction, numerals, put, encrypt),
    }
}

fn run_within<F: Feistel, const H: usize>(
    network: &F,
    radix: Radix,
    direction: Direction,
    mut numerals: impl ExactSizeIterator<Item = u16>,
    mut put: impl FnMut(u16),
    encrypt: &impl Fn(&mut Block),
) -> Result<()> {
    let length = numerals.len();
    let first_len = F::first_len(length);
    let mut work = Work {
        first: [0; H],
        second: [0; H],
        limbs: [0; H],
    };
    let first = work.first.get_mut(..first_len).ok_or(TOO_LONG)?;
    let second = work.second.get_mut(..length - first_len).ok_or(TOO_LONG)?;
    for half in [&mut *first, &mut *second] {
        fill::<F>(half, &mut numerals);
    }
    for count in 0..F::ROUNDS {
        let round = match direction {
            Direction::Encrypt => count,
            Direction::Decrypt => F::ROUNDS - 1 - count,
        };
        let (half, other) = match round.is_multiple_of(2) {
            true => (&mut *first, &*second),
            false => (&mut *second, &*first),
        };
        let number = network.number(round, other, &mut work.limbs, encrypt)?;
        match direction {
            Direction::Encrypt => radix.add(half, number),
            Direction::Decrypt => radix.subtract(half, number),
        }
    }
    for half in [first, second] {
        match F::MOST_FIRST {
            true => half.iter().rev().for_each(|numeral| put(*numeral)),
            false => half.iter().for_each(|numeral| put(*numeral)),
        }
    }
    Ok(())
}

fn fill<F: Feistel>(half: &mut [u16], numerals: &mut impl Iterator<Item = u16>) {
    let fill = |(place, numeral): (&mut u16, u16)| *place = numeral;
    match F::MOST_FIRST {
        true => half.iter_mut().rev().zip(numerals).for_each(fill),
        false => half.iter_mut().zip(numerals).for_each(fill),
    }
}

#[cfg(test)]
mod tests;
