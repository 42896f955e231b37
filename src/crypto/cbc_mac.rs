//! CBC-MAC: chaining with zeros behind the last bytes [FIPS 113; ISO/IEC 9797-1, algorithm 1 with padding method 1].
//!
//! By itself it is safe for messages of one length only. CCM stands on it, and the MAC mechanisms of old.

use zeroize::Zeroize;

use super::aws_lc::wipe;
use super::mac::CmacCipher;
use crate::error::Result;
use crate::secret::SecretBytes;

/// Ciphertext that chaining produces and nobody may read, in bytes: a MAC's inner states.
const SCRATCH_LEN: usize = 512;

/// Chains by a CBC encryption of which only the last block matters.
pub(super) fn chain_by(blocks: &[u8], mut encrypt: impl FnMut(&[u8], &mut [u8]) -> Result<()>) -> Result<()> {
    let mut scratch = [0; SCRATCH_LEN];
    let chained = blocks
        .chunks(SCRATCH_LEN)
        .try_for_each(|piece| encrypt(piece, &mut scratch));
    wipe(&mut scratch);
    chained
}

/// A CBC-MAC under way with blocks of `N` bytes. The key is given to each call. Wiped when dropped.
#[derive(Clone, Zeroize)]
#[zeroize(drop)]
pub struct CbcMac<const N: usize> {
    /// The chain, with the bytes of a block that is not whole yet already in it.
    state: [u8; N],
    /// Bytes of that block; fewer than `N`.
    filled: usize,
    /// Nothing came yet.
    empty: bool,
}

impl<const N: usize> Default for CbcMac<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> CbcMac<N> {
    /// Before the first byte.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: [0; N],
            filled: 0,
            empty: true,
        }
    }

    /// The state so far, for [`CbcMac::restore`].
    #[must_use]
    pub fn save(&self) -> SecretBytes {
        let filled = u8::try_from(self.filled).unwrap_or(0);
        SecretBytes::new([&self.state[..], &[filled, u8::from(self.empty)]].concat())
    }

    /// Goes on from where [`CbcMac::save`] was called; `None` if it is no such state.
    #[must_use]
    pub fn restore(saved: &[u8]) -> Option<Self> {
        let (state, rest) = saved.split_first_chunk()?;
        match rest {
            [filled, empty @ 0..=1] if usize::from(*filled) < N => Some(Self {
                state: *state,
                filled: usize::from(*filled),
                empty: *empty == 1,
            }),
            _ => None,
        }
    }

    /// Takes data.
    ///
    /// # Errors
    /// If the library fails.
    pub fn update<C: CmacCipher<N>>(&mut self, cipher: &C, data: &[u8]) -> Result<()> {
        self.empty &= data.is_empty();
        let mut data = data;
        if self.filled > 0 {
            let room = N.saturating_sub(self.filled).min(data.len());
            let (filler, rest) = data.split_at_checked(room).unwrap_or_default();
            self.mix(filler);
            if self.filled < N {
                return Ok(());
            }
            self.pad(cipher);
            data = rest;
        }
        let (blocks, rest) = data.split_at_checked(data.len() / N * N).unwrap_or_default();
        if !blocks.is_empty() {
            cipher.chain(&mut self.state, blocks)?;
        }
        self.mix(rest);
        Ok(())
    }

    /// Takes bytes into the block that is not whole; they fit.
    fn mix(&mut self, bytes: &[u8]) {
        let places = self.state.iter_mut().skip(self.filled);
        places.zip(bytes).for_each(|(to, from)| *to ^= from);
        self.filled = self.filled.saturating_add(bytes.len());
    }

    /// Fills the last block up with zeros, if it is not whole.
    pub fn pad<C: CmacCipher<N>>(&mut self, cipher: &C) {
        if self.filled > 0 {
            cipher.encrypt_block(&mut self.state);
            self.filled = 0;
        }
    }

    /// Ends the message. `out` takes the first bytes of the MAC, all of them if it is long enough. An empty message
    /// is one block of zeros [ISO/IEC 9797-1, 6.3.2], as its MAC would not depend on the key otherwise.
    pub fn finish<C: CmacCipher<N>>(&mut self, cipher: &C, out: &mut [u8]) {
        if self.empty {
            cipher.encrypt_block(&mut self.state);
        }
        self.pad(cipher);
        out.iter_mut().zip(&self.state).for_each(|(to, from)| *to = *from);
    }
}
