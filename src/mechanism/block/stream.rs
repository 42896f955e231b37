//! [`BlockStream`]: a message over whole blocks that comes in pieces of any length.

use std::sync::Arc;

use zeroize::{Zeroize, Zeroizing};

use super::{BlockCipher, BlockMode, BlockModes, Direction, Mode, OUTPUT, partial_block};
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::CipherStream;
use crate::secret::SecretBytes;

/// Processes whole blocks as they come and keeps what is left over. Padded decryption keeps back a whole last block,
/// because it may be the one with the padding.
pub(super) struct BlockStream<C, const N: usize> {
    mode: BlockMode<C, N>,
    key: Arc<KeyMaterial>,
    chain: [u8; N],
    tail: Tail<N>,
}

/// Bytes that wait for more.
struct Tail<const N: usize> {
    bytes: Zeroizing<[u8; N]>,
    kept: usize,
}

impl<const N: usize> Tail<N> {
    fn keep(&mut self, input: &[u8]) {
        for (to, from) in self.bytes.iter_mut().skip(self.kept).zip(input) {
            *to = *from;
        }
        self.kept = self.kept.saturating_add(input.len());
    }
}

impl<C: BlockCipher<N>, const N: usize> BlockStream<C, N> {
    pub(super) fn new(mode: Mode, direction: Direction, key: &Arc<KeyMaterial>, chain: [u8; N]) -> Self {
        Self {
            mode: BlockModes::<C, N>::role(mode, direction),
            key: Arc::clone(key),
            chain,
            tail: Tail {
                bytes: Zeroizing::new([0; N]),
                kept: 0,
            },
        }
    }

    /// Takes over what [`CipherStream::save`] gave; `None` if it is no such state.
    pub(super) fn resume(&mut self, saved: &[u8]) -> Option<()> {
        let (chain, rest) = saved.split_first_chunk()?;
        self.chain = *chain;
        (rest.len() <= N).then(|| self.tail.keep(rest))
    }

    fn holds_back(&self) -> bool {
        (self.mode.mode, self.mode.direction) == (Mode::CbcPad, Direction::Decrypt)
    }

    /// Bytes of whole blocks that can be processed when so many more have come.
    fn ready(&self, input_len: usize) -> usize {
        let total = self.tail.kept.saturating_add(input_len);
        let total = if self.holds_back() {
            total.saturating_sub(1)
        } else {
            total
        };
        total / N * N
    }
}

impl<C: BlockCipher<N>, const N: usize> CipherStream for BlockStream<C, N> {
    fn update_len(&self, input_len: usize) -> usize {
        self.ready(input_len)
    }

    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let ready = self.ready(input.len());
        if ready == 0 {
            self.tail.keep(input);
            return Ok(0);
        }
        let (mut input, mut out) = (input, out.get_mut(..ready).ok_or(OUTPUT)?);
        let cipher = C::of(self.key.secret()?)?;
        if self.tail.kept > 0 {
            let (filler, rest) = input
                .split_at_checked(N.saturating_sub(self.tail.kept))
                .ok_or(OUTPUT)?;
            self.tail.keep(filler);
            let (first, later) = out.split_at_mut_checked(N).ok_or(OUTPUT)?;
            self.mode
                .whole_blocks(cipher, &mut self.chain, &*self.tail.bytes, first)?;
            self.tail.kept = 0;
            (input, out) = (rest, later);
        }
        let (blocks, rest) = input.split_at_checked(out.len()).ok_or(OUTPUT)?;
        self.mode.whole_blocks(cipher, &mut self.chain, blocks, out)?;
        self.tail.keep(rest);
        Ok(ready)
    }

    fn finish_len(&self) -> usize {
        match self.mode.mode {
            Mode::CbcPad => N,
            Mode::Ecb | Mode::Cbc => 0,
        }
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<usize> {
        let this = &mut *self;
        let cipher = C::of(this.key.secret()?)?;
        let last = this.tail.bytes.get(..this.tail.kept).ok_or(OUTPUT)?;
        match (this.mode.mode, this.mode.direction) {
            (Mode::CbcPad, Direction::Encrypt) => {
                this.mode.last_encrypted(cipher, &mut this.chain, last, out)
            }
            (Mode::CbcPad, Direction::Decrypt) if last.len() == N => {
                this.mode.last_decrypted(cipher, &mut this.chain, last, out)
            }
            (Mode::CbcPad, Direction::Decrypt) => Err(Error::EncryptedDataLenRange(
                "a padded ciphertext is whole blocks, at least one",
            )),
            (_, direction) if !last.is_empty() => Err(partial_block(direction)),
            _ => Ok(0),
        }
    }

    fn save(&self) -> Result<SecretBytes> {
        let tail = self.tail.bytes.get(..self.tail.kept).ok_or(OUTPUT)?;
        Ok(SecretBytes::new([&self.chain[..], tail].concat()))
    }
}

impl<C, const N: usize> Drop for BlockStream<C, N> {
    fn drop(&mut self) {
        self.chain.zeroize();
    }
}
