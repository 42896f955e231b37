//! FF3-1 [NIST SP 800-38G rev. 1, algorithms 9 and 10].

use super::{Direction, Feistel, Radix, TOO_LONG, run};
use crate::crypto::aes::Block;
use crate::error::{Error, Result};

/// Bytes of a tweak.
pub const TWEAK_LEN: usize = 7;

/// FF3-1 under one tweak. The cipher that it is given has the bytes of its key in reverse order ("REVB").
pub struct Ff3 {
    radix: Radix,
    /// "T_L" and "T_R".
    tweak: [u32; 2],
}

impl Ff3 {
    /// Takes a tweak apart.
    #[must_use]
    pub fn new(radix: Radix, tweak: &[u8; TWEAK_LEN]) -> Self {
        let [t0, t1, t2, middle, t4, t5, t6] = *tweak;
        Self {
            radix,
            tweak: [[t0, t1, t2, middle & 0xf0], [t4, t5, t6, middle << 4]].map(u32::from_be_bytes),
        }
    }

    /// Most numerals of a string: twice the logarithm of 2^96.
    #[must_use]
    pub fn len_max(radix: Radix) -> usize {
        2 * radix.half_within_96_bits()
    }

    /// Encrypts or decrypts a string of 2 to [`Ff3::len_max`] numerals, which are all below the radix.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub fn apply(
        &self,
        direction: Direction,
        numerals: impl ExactSizeIterator<Item = u16>,
        put: impl FnMut(u16),
        encrypt: &impl Fn(&mut Block),
    ) -> Result<()> {
        if !(2..=Self::len_max(self.radix)).contains(&numerals.len()) {
            return Err(Error::Internal("a numeral string of another length"));
        }
        run(self, self.radix, direction, numerals, put, encrypt)
    }

    /// FF3 of the standard's first edition, whose tweaks have 64 bits: its examples run through the same rounds.
    #[cfg(test)]
    pub(super) fn of_first_edition(radix: Radix, tweak: u64) -> Self {
        let [left, right] = [tweak >> 32, tweak & 0xffff_ffff].map(|half| u32::try_from(half).unwrap());
        Self {
            radix,
            tweak: [left, right],
        }
    }
}

impl Feistel for Ff3 {
    const ROUNDS: u8 = 8;
    const MOST_FIRST: bool = false;

    fn first_len(length: usize) -> usize {
        length.div_ceil(2)
    }

    fn number<'l>(
        &self,
        round: u8,
        other: &[u16],
        limbs: &'l mut [u32],
        encrypt: &impl Fn(&mut Block),
    ) -> Result<&'l mut [u32]> {
        let [left, right] = self.tweak;
        let word = match round.is_multiple_of(2) {
            true => right,
            false => left,
        } ^ u32::from(round);
        let answer = limbs.get_mut(..4).ok_or(TOO_LONG)?;
        // Reversed, the block begins with the last byte of the number, and so do its limbs.
        let [number @ .., last] = &mut *answer else {
            return Err(TOO_LONG);
        };
        self.radix.number(other, number);
        *last = word;
        let mut block = [0; 16];
        for (place, limb) in block.chunks_exact_mut(4).zip(&*answer) {
            place.copy_from_slice(&limb.to_le_bytes());
        }
        encrypt(&mut block);
        let (parts, _) = block.as_chunks();
        for (limb, part) in answer.iter_mut().zip(parts) {
            *limb = u32::from_le_bytes(*part);
        }
        Ok(answer)
    }
}
