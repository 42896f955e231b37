//! Random bytes: [`system`] for seeds and keys, [`Generator`] for the bytes of C_GenerateRandom.
//!
//! A generator belongs to one session and never to a thread. It is a fast-key-erasure generator: every buffer of
//! AES-256 counter-mode output gives its own successor's key first, so that what was given out cannot be computed from
//! what is in memory. A child of fork has no session and so no generator.

use aes::Aes256Enc;
use aes::cipher::{Block, BlockCipherEncrypt, KeyInit};
use zeroize::{Zeroize, Zeroizing};

use super::hash::Hash;
use crate::error::{Error, Result};

/// Bytes of a key.
const KEY_LEN: usize = 32;
/// Bytes of one buffer: a key and what is given out.
const BUFFER_LEN: usize = 512;
/// Requests from this length are made in place with a key of their own.
const DIRECT_LEN_MIN: usize = 256;
/// New system entropy is mixed in after so many bytes.
const RESEED_BYTES: u64 = 1 << 20;

/// Fills `out` from the operating system.
///
/// # Errors
/// [`Error::Crypto`] if the system has no random source.
pub fn system(out: &mut [u8]) -> Result<()> {
    getrandom::fill(out).map_err(|_| Error::Crypto("the system's random source"))
}

/// A number of the operating system's random source.
///
/// # Errors
/// [`Error::Crypto`] if it fails.
pub fn number() -> Result<u64> {
    let mut bytes = [0; 8];
    system(&mut bytes)?;
    Ok(u64::from_ne_bytes(bytes))
}

/// A generator seeded by the system.
pub struct Generator {
    key: Zeroizing<[u8; KEY_LEN]>,
    /// What is left to give out: the bytes from `next`.
    buffer: Zeroizing<[u8; BUFFER_LEN]>,
    next: usize,
    /// Bytes that may still be given out before the system is asked again.
    budget: u64,
}

impl Generator {
    /// A generator with a seed from the system.
    ///
    /// # Errors
    /// As [`system`].
    pub fn new() -> Result<Self> {
        let mut generator = Self {
            key: Zeroizing::new([0; KEY_LEN]),
            buffer: Zeroizing::new([0; BUFFER_LEN]),
            next: BUFFER_LEN,
            budget: 0,
        };
        generator.reseed()?;
        Ok(generator)
    }

    /// Fills `out`.
    ///
    /// # Errors
    /// As [`system`], when it is asked again.
    pub fn fill(&mut self, out: &mut [u8]) -> Result<()> {
        self.spend(out.len())?;
        if out.len() >= DIRECT_LEN_MIN {
            self.fill_directly(out);
            return Ok(());
        }
        let mut out = out;
        while !out.is_empty() {
            if self.next >= BUFFER_LEN {
                self.refill();
            }
            let rest = self.buffer.get_mut(self.next..).unwrap_or_default();
            let count = rest.len().min(out.len());
            let (Some(now), Some((to, later))) = (rest.get_mut(..count), out.split_at_mut_checked(count))
            else {
                return Err(Error::Internal("random buffer"));
            };
            to.copy_from_slice(now);
            // The buffer lives on, so that this is not optimised away.
            now.fill(0);
            self.next += count;
            out = later;
        }
        Ok(())
    }

    /// Mixes a caller's seed in. It adds to the generator's state and replaces nothing of it.
    pub fn mix_in(&mut self, seed: &[u8]) {
        let mut hash = Hash::Sha256.hasher();
        hash.update(b"vhsm generator");
        hash.update(self.key.as_ref());
        hash.update(seed);
        hash.finish(self.key.as_mut());
        self.buffer.zeroize();
        self.next = BUFFER_LEN;
    }

    fn reseed(&mut self) -> Result<()> {
        let mut seed = Zeroizing::new([0; KEY_LEN]);
        system(seed.as_mut())?;
        self.mix_in(seed.as_ref());
        self.budget = RESEED_BYTES;
        Ok(())
    }

    /// Counts bytes, and reseeds where they are too many.
    fn spend(&mut self, bytes: usize) -> Result<()> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        if bytes > self.budget {
            self.reseed()?;
        }
        self.budget = self.budget.saturating_sub(bytes);
        Ok(())
    }

    /// Makes a new buffer; its first bytes are the next key.
    fn refill(&mut self) {
        key_stream(&self.key, self.buffer.as_mut());
        if let Some(key) = self.buffer.first_chunk_mut::<KEY_LEN>() {
            *self.key = *key;
            key.zeroize();
        }
        self.next = KEY_LEN;
    }

    /// Makes the caller's bytes in place with a key that is used for nothing else.
    fn fill_directly(&mut self, out: &mut [u8]) {
        let mut keys = Zeroizing::new([0; 2 * KEY_LEN]);
        key_stream(&self.key, keys.as_mut());
        if let (Some(next), Some(once)) = (keys.first_chunk::<KEY_LEN>(), keys.last_chunk::<KEY_LEN>()) {
            *self.key = *next;
            key_stream(once, out);
        }
    }
}

/// Writes AES-256 of the counter from 0. A key makes one stream, so the counter never repeats under it.
fn key_stream(key: &[u8; KEY_LEN], out: &mut [u8]) {
    let cipher = Aes256Enc::new(key.into());
    let (blocks, rest) = Block::<Aes256Enc>::slice_as_chunks_mut(out);
    let mut counter = 0_u128;
    for block in blocks.iter_mut() {
        block.copy_from_slice(&counter.to_le_bytes());
        counter = counter.wrapping_add(1);
    }
    cipher.encrypt_blocks(blocks);
    if !rest.is_empty() {
        let mut last = Zeroizing::new(counter.to_le_bytes());
        cipher.encrypt_block((&mut *last).into());
        for (to, from) in rest.iter_mut().zip(last.iter()) {
            *to = *from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A generator with a known key that has given out nothing.
    fn with_key(key: [u8; KEY_LEN]) -> Generator {
        Generator {
            key: Zeroizing::new(key),
            buffer: Zeroizing::new([0; BUFFER_LEN]),
            next: BUFFER_LEN,
            budget: RESEED_BYTES,
        }
    }

    #[test]
    fn the_stream_is_aes_256_in_counter_mode() {
        // AES-256 of the zero block under the zero key [NIST CAVP, KAT AES VarTxt/VarKey].
        let mut out = [0; 20];
        key_stream(&[0; KEY_LEN], &mut out);
        assert_eq!(
            out[..16],
            *b"\xdc\x95\xc0\x78\xa2\x40\x89\x89\xad\x48\xa2\x14\x92\x84\x20\x87"
        );
        let mut two = [0; 32];
        key_stream(&[0; KEY_LEN], &mut two);
        assert_eq!(out[16..], two[16..20]);
    }

    #[test]
    fn what_was_given_out_is_not_kept() {
        let mut generator = with_key([7; KEY_LEN]);
        let mut out = [0; 100];
        generator.fill(&mut out).unwrap();
        assert_ne!(*generator.key, [7; KEY_LEN]);
        assert!(
            !generator
                .buffer
                .windows(8)
                .any(|window| window == &out[..8] || window == &out[92..])
        );
    }

    #[test]
    fn long_and_short_requests_never_repeat_bytes() {
        let mut generator = with_key([1; KEY_LEN]);
        let mut seen = std::collections::HashSet::new();
        for length in [32, 255, 256, 1000, 64, 31, 512, 32]
            .into_iter()
            .cycle()
            .take(400)
        {
            let mut out = vec![0; length];
            generator.fill(&mut out).unwrap();
            for chunk in out.chunks_exact(8) {
                assert!(seen.insert(chunk.to_vec()));
            }
        }
    }

    #[test]
    fn a_seed_changes_what_follows() {
        let (mut plain, mut seeded) = (with_key([1; KEY_LEN]), with_key([1; KEY_LEN]));
        seeded.mix_in(b"");
        let (mut a, mut b) = ([0; 32], [0; 32]);
        plain.fill(&mut a).unwrap();
        seeded.fill(&mut b).unwrap();
        assert_ne!(a, b);
    }

    #[test]
    fn the_system_is_asked_again_when_the_budget_is_spent() {
        let (mut one, mut two) = (with_key([1; KEY_LEN]), with_key([1; KEY_LEN]));
        let (mut a, mut b) = (vec![0; 1 << 20], vec![0; 1 << 20]);
        one.fill(&mut a).unwrap();
        two.fill(&mut b).unwrap();
        assert_eq!(a, b);
        one.fill(&mut a[..32]).unwrap();
        two.fill(&mut b[..32]).unwrap();
        assert_ne!(a[..32], b[..32]);
    }
}
