//! [`State`]: where a message stands in a mode that makes a block cipher a stream cipher.

use std::marker::PhantomData;

use zeroize::Zeroize;

use super::{Feedback, Source};
use crate::crypto::aes::counter_room;
use crate::error::{Error, Result};
use crate::mechanism::block::{BlockCipher, OUTPUT};
use crate::mechanism::params::Params;
use crate::secret::SecretBytes;

/// Blocks that are encrypted at once where none depends on the one before.
const BATCH: usize = 32;

/// Where a message stands. Wiped when dropped.
pub(super) struct State<F, const N: usize> {
    register: [u8; N],
    /// The last block of key stream.
    stream: [u8; N],
    /// What will be fed back of it.
    fed: [u8; N],
    /// Bytes of it that were used; the segment's length if it is used up.
    used: usize,
    /// Bytes that may still come.
    left: u128,
    feedback: PhantomData<fn() -> F>,
}

impl<F, const N: usize> Drop for State<F, N> {
    fn drop(&mut self) {
        self.register.zeroize();
        self.stream.zeroize();
        self.fed.zeroize();
    }
}

impl<F: Feedback, const N: usize> State<F, N> {
    /// Before the first byte.
    pub(super) fn new(params: &Params) -> Result<Self> {
        let (register, left) = match (F::SOURCE, params) {
            (Source::Counter, Params::AesCtr { counter_bits, block }) => {
                (block.as_slice(), counter_room(*block, *counter_bits)?)
            }
            (Source::Counter, Params::Iv(iv)) => (&**iv, whole_counter_room(iv)?),
            (Source::Stream | Source::Ciphertext, Params::Iv(iv)) => (&**iv, u128::MAX),
            _ => return Err(Error::Internal("a stream mode without its parameter")),
        };
        Ok(Self {
            register: register
                .try_into()
                .map_err(|_| Error::Internal("an initialisation vector of a wrong length"))?,
            stream: [0; N],
            fed: [0; N],
            used: F::SEGMENT,
            left,
            feedback: PhantomData,
        })
    }

    /// Where the message stands, for [`State::resume`].
    pub(super) fn save(&self) -> SecretBytes {
        let used = u8::try_from(self.used).unwrap_or(0);
        let (left, blocks) = (self.left.to_be_bytes(), [&self.register, &self.stream, &self.fed]);
        SecretBytes::new(
            [
                blocks.map(|block| block.as_slice()).concat(),
                left.into(),
                vec![used],
            ]
            .concat(),
        )
    }

    /// Takes over what [`State::save`] gave; `None` if it is no such state.
    pub(super) fn resume(&mut self, saved: &[u8]) -> Option<()> {
        let (register, rest) = saved.split_first_chunk()?;
        let (stream, rest) = rest.split_first_chunk()?;
        let (fed, rest) = rest.split_first_chunk()?;
        let (left, [used]) = rest.split_first_chunk()? else {
            return None;
        };
        (self.register, self.stream, self.fed) = (*register, *stream, *fed);
        (self.left, self.used) = (u128::from_be_bytes(*left), usize::from(*used));
        (self.used <= F::SEGMENT).then_some(())
    }

    /// Whether so many more bytes can be processed.
    pub(super) fn has(&self, length: usize) -> bool {
        u128::try_from(length).is_ok_and(|length| length <= self.left)
    }

    /// The next bytes; `out` has as many.
    pub(super) fn apply(
        &mut self,
        cipher: &impl BlockCipher<N>,
        encrypt: bool,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        self.left = self.left.saturating_sub(u128::try_from(input.len()).unwrap_or(0));
        if F::SEGMENT == 0 {
            return self.bits(cipher, encrypt, input, out);
        }
        let begun = F::SEGMENT.saturating_sub(self.used).min(input.len());
        let (first, rest) = input.split_at_checked(begun).ok_or(OUTPUT)?;
        let (to_first, to_rest) = out.split_at_mut_checked(begun).ok_or(OUTPUT)?;
        self.segment(encrypt, first, to_first);
        let is_parallel = F::SEGMENT == N
            && (F::SOURCE == Source::Counter || (F::SOURCE == Source::Ciphertext && !encrypt));
        let whole = if is_parallel { rest.len() / N * N } else { 0 };
        let (blocks, rest) = rest.split_at_checked(whole).ok_or(OUTPUT)?;
        let (to_blocks, to_rest) = to_rest.split_at_mut_checked(whole).ok_or(OUTPUT)?;
        self.parallel(cipher, blocks, to_blocks)?;
        for (from, to) in rest.chunks(F::SEGMENT).zip(to_rest.chunks_mut(F::SEGMENT)) {
            cipher.ecb_encrypt(&self.register, &mut self.stream)?;
            self.used = 0;
            self.segment(encrypt, from, to);
        }
        Ok(())
    }

    /// Takes bytes from the block of key stream, which has enough, and feeds back if it is used up.
    fn segment(&mut self, encrypt: bool, input: &[u8], out: &mut [u8]) {
        if input.is_empty() {
            return;
        }
        let places = self.stream.iter().zip(&mut self.fed).skip(self.used);
        for ((to, from), (stream, fed)) in out.iter_mut().zip(input).zip(places) {
            *to = from ^ stream;
            *fed = match F::SOURCE {
                Source::Stream | Source::Counter => *stream,
                Source::Ciphertext if encrypt => *to,
                Source::Ciphertext => *from,
            };
        }
        self.used = self.used.saturating_add(input.len());
        if self.used < F::SEGMENT {
            return;
        }
        match F::SOURCE {
            Source::Counter => count(&mut self.register),
            Source::Stream | Source::Ciphertext => {
                let kept = N.saturating_sub(F::SEGMENT);
                self.register.rotate_left(F::SEGMENT.min(N));
                let end = self.register.iter_mut().skip(kept);
                end.zip(&self.fed).for_each(|(to, from)| *to = *from);
            }
        }
    }

    /// Whole blocks whose registers are known beforehand: all counters, or the ciphertext.
    fn parallel(&mut self, cipher: &impl BlockCipher<N>, input: &[u8], out: &mut [u8]) -> Result<()> {
        let ((blocks, []), (places, [])) = (input.as_chunks::<N>(), out.as_chunks_mut::<N>()) else {
            return Err(OUTPUT);
        };
        let mut registers = [[0; N]; BATCH];
        for (blocks, places) in blocks.chunks(BATCH).zip(places.chunks_mut(BATCH)) {
            let registers = registers.get_mut(..blocks.len()).ok_or(OUTPUT)?;
            for (register, block) in registers.iter_mut().zip(blocks) {
                *register = self.register;
                match F::SOURCE {
                    Source::Counter => count(&mut self.register),
                    Source::Stream | Source::Ciphertext => self.register = *block,
                }
            }
            cipher.ecb_encrypt(registers.as_flattened(), places.as_flattened_mut())?;
            let bytes = places.as_flattened_mut().iter_mut();
            bytes
                .zip(blocks.as_flattened())
                .for_each(|(to, from)| *to ^= from);
        }
        Ok(())
    }

    /// CFB of single bits, the highest of a byte first.
    fn bits(
        &mut self,
        cipher: &impl BlockCipher<N>,
        encrypt: bool,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        for (from, to) in input.iter().zip(out) {
            let mut made = 0;
            for shift in (0..8).rev() {
                cipher.ecb_encrypt(&self.register, &mut self.stream)?;
                let stream = self.stream.first().copied().unwrap_or(0) >> 7;
                let given = from >> shift & 1;
                let bit = given ^ stream;
                made = made << 1 | bit;
                shift_in(&mut self.register, if encrypt { bit } else { given });
            }
            *to = made;
        }
        Ok(())
    }
}

/// Bytes of key stream of a block that counts as a whole, before it comes round.
fn whole_counter_room(block: &[u8]) -> Result<u128> {
    let mut counter = [0; 16];
    let place = counter.get_mut(16_usize.saturating_sub(block.len())..);
    place.ok_or(OUTPUT)?.copy_from_slice(block);
    let bits = u32::try_from(block.len()).unwrap_or(0).saturating_mul(8);
    let blocks = counter_room(counter, bits)? / 16;
    Ok(blocks.saturating_mul(u128::from(bits / 8)))
}

/// The next value of a counter, most significant byte first.
fn count<const N: usize>(register: &mut [u8; N]) {
    let mut carry = true;
    for byte in register.iter_mut().rev() {
        let (next, carried) = byte.overflowing_add(u8::from(carry));
        *byte = next;
        carry = carried;
    }
}

/// Shifts the register by one bit.
fn shift_in<const N: usize>(register: &mut [u8; N], bit: u8) {
    let mut carry = bit;
    for byte in register.iter_mut().rev() {
        let next = *byte >> 7;
        *byte = *byte << 1 | carry;
        carry = next;
    }
}
