//! FF1 [NIST SP 800-38G rev. 1, algorithms 7 and 8].

use super::{Direction, Feistel, LEN_MAX, Radix, TOO_LONG, run};
use crate::crypto::aes::{BLOCK_LEN, Block};
use crate::error::{Error, Result};

/// FF1 for strings of one length, under one tweak and one key: what of the round function is the same in all rounds.
pub struct Ff1 {
    radix: Radix,
    length: usize,
    /// "b": bytes of the number of a half.
    number_bytes: usize,
    /// Behind "P", the tweak and the zeros.
    begun: Chain,
}

/// A CBC-MAC under way ["PRF", algorithm 6].
#[derive(Clone, Copy)]
struct Chain {
    block: Block,
    filled: usize,
}

impl Chain {
    fn take(&mut self, bytes: impl Iterator<Item = u8>, encrypt: &impl Fn(&mut Block)) {
        for byte in bytes {
            if let Some(place) = self.block.get_mut(self.filled) {
                *place ^= byte;
            }
            self.filled += 1;
            if self.filled == BLOCK_LEN {
                encrypt(&mut self.block);
                self.filled = 0;
            }
        }
    }
}

impl Ff1 {
    /// Prepares what depends on the string's length and the tweak.
    ///
    /// # Errors
    /// [`Error::Internal`] for more than [`LEN_MAX`] numerals or fewer than two.
    pub fn new(radix: Radix, tweak: &[u8], length: usize, encrypt: &impl Fn(&mut Block)) -> Result<Self> {
        if !(2..=LEN_MAX).contains(&length) {
            return Err(TOO_LONG);
        }
        let first_len = Self::first_len(length);
        let mut limbs = [0; LEN_MAX / 2];
        // Two bytes of a numeral at most.
        let room = limbs
            .get_mut(..(length - first_len).div_ceil(2))
            .ok_or(TOO_LONG)?;
        let number_bytes = radix.bytes_of(length - first_len, room);
        let [_, r0, r1, r2] = radix.get().to_be_bytes();
        let [.., split] = first_len.to_be_bytes();
        let [length_bytes, tweak_bytes] = [length, tweak.len()].map(u32::try_from);
        let (Ok(length_bytes), Ok(tweak_bytes)) = (length_bytes, tweak_bytes) else {
            return Err(TOO_LONG);
        };
        let head = [1, 2, 1, r0, r1, r2, 10, split]
            .into_iter()
            .chain(length_bytes.to_be_bytes())
            .chain(tweak_bytes.to_be_bytes());
        let used = (tweak.len() + number_bytes + 1) % BLOCK_LEN;
        let zeros = (BLOCK_LEN - used) % BLOCK_LEN;
        let mut begun = Chain {
            block: [0; BLOCK_LEN],
            filled: 0,
        };
        begun.take(head, encrypt);
        begun.take(tweak.iter().copied(), encrypt);
        begun.take(std::iter::repeat_n(0, zeros), encrypt);
        Ok(Self {
            radix,
            length,
            number_bytes,
            begun,
        })
    }

    /// Encrypts or decrypts a string of the length that was prepared; all numerals are below the radix.
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
        if numerals.len() != self.length {
            return Err(Error::Internal("a numeral string of another length"));
        }
        run(self, self.radix, direction, numerals, put, encrypt)
    }
}

impl Feistel for Ff1 {
    const ROUNDS: u8 = 10;
    const MOST_FIRST: bool = true;

    fn first_len(length: usize) -> usize {
        length / 2
    }

    fn number<'l>(
        &self,
        round: u8,
        other: &[u16],
        limbs: &'l mut [u32],
        encrypt: &impl Fn(&mut Block),
    ) -> Result<&'l mut [u32]> {
        let limb_count = self.number_bytes.div_ceil(4);
        let number = limbs.get_mut(..limb_count).ok_or(TOO_LONG)?;
        self.radix.number(other, number);
        let mut chain = self.begun;
        chain.take([round].into_iter(), encrypt);
        let bytes = number.iter().rev().flat_map(|limb| limb.to_be_bytes());
        chain.take(bytes.skip(4 * limb_count - self.number_bytes), encrypt);
        // "d" bytes: one limb more than the number has.
        let answer = limbs.get_mut(..=limb_count).ok_or(TOO_LONG)?;
        let places = answer.rchunks_mut(BLOCK_LEN / 4);
        for (count, place) in (0_u128..).zip(places) {
            let mut block = chain.block;
            if count > 0 {
                block = (u128::from_be_bytes(block) ^ count).to_be_bytes();
                encrypt(&mut block);
            }
            let (parts, _) = block.as_chunks();
            for (limb, part) in place.iter_mut().rev().zip(parts) {
                *limb = u32::from_be_bytes(*part);
            }
        }
        Ok(answer)
    }
}
