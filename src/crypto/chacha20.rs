//! ChaCha20 in its three variants: the original one with nonces of 8 bytes, that of RFC 8439 with 12 bytes, and
//! XChaCha20 with 24; by itself, and with Poly1305 as an AEAD.

mod aead;

pub use aead::ChaChaPolyKey;

use zeroize::{Zeroize, Zeroizing};

use super::aws_lc::chacha;
use super::stream_poly::{KEY_LEN, KeyStream};
use crate::error::{Error, Result};

/// Bytes of key stream that one value of the counter gives.
const BLOCK_LEN: usize = 64;

const WRONG_LENGTH: Error = Error::Internal("ChaCha20 was given a wrong length");

/// Checks the length of a nonce in bytes: one of the three.
fn check_nonce(nonce: &[u8]) -> Result<()> {
    match nonce.len() {
        8 | 12 | 24 => Ok(()),
        _ => Err(Error::MechanismParamInvalid(
            "a nonce of ChaCha20 has 64, 96 or 192 bits",
        )),
    }
}

/// A key stream under way. Wiped when dropped.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct ChaCha20 {
    key: [u8; KEY_LEN],
    /// Words 13 to 15 of the state. The first one counts on where the counter has 64 bits.
    nonce: [u8; 12],
    /// Word 12 of the state, of the next block.
    counter: u32,
    /// The counter has 64 bits.
    wide: bool,
    /// Key stream of a block that was begun.
    block: [u8; BLOCK_LEN],
    /// Bytes of it that were used; all if there is none.
    used: usize,
    /// Bytes of key stream that are left before the counter comes round.
    left: u128,
}

impl KeyStream for ChaCha20 {
    /// A counter has 32 bits beside a nonce of 12 bytes, and 64 beside the others.
    fn new(key: &[u8; KEY_LEN], nonce: &[u8], counter: u64) -> Result<Self> {
        check_nonce(nonce)?;
        let (subkey, rest) = match nonce.split_first_chunk::<16>() {
            Some((start, rest)) => (hchacha20(key, start)?, rest),
            None => (Zeroizing::new(*key), nonce),
        };
        let [a, b, c, d, high @ ..] = counter.to_le_bytes();
        let wide = rest.len() == 8;
        let mut words = [0; 12];
        let behind = if wide { high.as_slice() } else { &[] };
        let bytes = behind.iter().chain(rest);
        words.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        if !wide && high != [0; 4] {
            return Err(Error::MechanismParamInvalid(
                "the block counter is too large for a nonce of 96 bits",
            ));
        }
        let blocks = if wide { 1 << 64 } else { 1_u128 << 32 };
        Ok(Self {
            key: *subkey,
            nonce: words,
            counter: u32::from_le_bytes([a, b, c, d]),
            wide,
            block: [0; BLOCK_LEN],
            used: BLOCK_LEN,
            left: blocks.saturating_sub(u128::from(counter)).saturating_mul(64),
        })
    }

    fn has(&self, length: usize) -> bool {
        u128::try_from(length).is_ok_and(|length| length <= self.left)
    }

    fn apply(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        if out.len() != input.len() {
            return Err(WRONG_LENGTH);
        }
        let left = u128::try_from(input.len())
            .ok()
            .and_then(|length| self.left.checked_sub(length));
        self.left = left.ok_or(Error::DataLenRange("the block counter would come round"))?;
        let begun = BLOCK_LEN.saturating_sub(self.used).min(input.len());
        let (input, rest) = input.split_at_checked(begun).ok_or(WRONG_LENGTH)?;
        let (out, out_rest) = out.split_at_mut_checked(begun).ok_or(WRONG_LENGTH)?;
        self.take_begun(input, out);
        let whole = rest.len() / BLOCK_LEN * BLOCK_LEN;
        let (blocks, last) = rest.split_at_checked(whole).ok_or(WRONG_LENGTH)?;
        let (to_blocks, to_last) = out_rest.split_at_mut_checked(whole).ok_or(WRONG_LENGTH)?;
        self.blocks(blocks, to_blocks)?;
        if !last.is_empty() {
            let mut block = [0; BLOCK_LEN];
            self.blocks(&[0; BLOCK_LEN], &mut block)?;
            self.block = block;
            self.used = 0;
            block.zeroize();
            self.take_begun(last, to_last);
        }
        Ok(())
    }
}

impl ChaCha20 {
    /// Takes from the block that was begun, which has enough.
    fn take_begun(&mut self, input: &[u8], out: &mut [u8]) {
        let stream = self.block.iter().skip(self.used);
        for ((to, from), stream) in out.iter_mut().zip(input).zip(stream) {
            *to = from ^ stream;
        }
        self.used = self.used.saturating_add(input.len());
    }

    /// Whole blocks. The library counts in 32 bits, so that a longer counter is carried here.
    fn blocks(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        let (mut input, mut out) = (input, out);
        while !input.is_empty() {
            let until_carry = (u64::from(u32::MAX) + 1).saturating_sub(u64::from(self.counter));
            let room = usize::try_from(until_carry.saturating_mul(64)).unwrap_or(usize::MAX);
            let length = input.len().min(room);
            let (now, later) = input.split_at_checked(length).ok_or(WRONG_LENGTH)?;
            let (to_now, to_later) = out.split_at_mut_checked(length).ok_or(WRONG_LENGTH)?;
            chacha::chacha20(&self.key, &self.nonce, self.counter, now, to_now)?;
            self.count(length / BLOCK_LEN);
            (input, out) = (later, to_later);
        }
        Ok(())
    }

    fn count(&mut self, blocks: usize) {
        let blocks = u32::try_from(crate::ck::to_ulong(blocks) & 0xffff_ffff).unwrap_or(0);
        // As many blocks as there are until the carry are 0 here where the counter was 0.
        let (next, carried) = self.counter.overflowing_add(blocks);
        let came_round = carried || (blocks == 0 && self.counter == 0);
        self.counter = next;
        if let (true, true, Some((high, _))) =
            (came_round, self.wide, self.nonce.split_first_chunk_mut::<4>())
        {
            *high = u32::from_le_bytes(*high).wrapping_add(1).to_le_bytes();
        }
    }
}

/// The constants of the state, words 0 to 3.
const SIGMA: &[u8; 16] = b"expand 32-byte k";

/// HChaCha20 [draft-irtf-cfrg-xchacha, 2.2]: what the rounds make of words 0 to 3 and 12 to 15. A block of key stream
/// has the same words with the state that was put in added to them, which is known and taken off again.
fn hchacha20(key: &[u8; KEY_LEN], nonce: &[u8; 16]) -> Result<Zeroizing<[u8; KEY_LEN]>> {
    let (Some((counter, rest)), mut block) = (nonce.split_first_chunk::<4>(), [0; BLOCK_LEN]) else {
        return Err(WRONG_LENGTH);
    };
    let rest = rest.try_into().map_err(|_| WRONG_LENGTH)?;
    chacha::chacha20(
        key,
        rest,
        u32::from_le_bytes(*counter),
        &[0; BLOCK_LEN],
        &mut block,
    )?;
    let mut subkey = Zeroizing::new([0; KEY_LEN]);
    let (words, _) = block.as_chunks::<4>();
    let made = words.iter().take(4).chain(words.iter().skip(12));
    let (put_in, _) = SIGMA.as_chunks::<4>();
    let (put_in_last, _) = nonce.as_chunks::<4>();
    let known = put_in.iter().chain(put_in_last);
    let (places, _) = subkey.as_chunks_mut::<4>();
    for ((to, made), known) in places.iter_mut().zip(made).zip(known) {
        *to = u32::from_le_bytes(*made)
            .wrapping_sub(u32::from_le_bytes(*known))
            .to_le_bytes();
    }
    block.zeroize();
    Ok(subkey)
}

#[cfg(test)]
mod tests;
