//! BLAKE2b [RFC 7693] of any length, plain and keyed, over the compression function of the `blake2` crate: plain data,
//! cheap to copy, wiped when dropped.

use ::blake2::Blake2bVarCore;
use ::blake2::digest::Output;
use ::blake2::digest::block_api::{Buffer, UpdateCore, VariableOutputCore};
use zeroize::Zeroize;

use super::aws_lc::wipe;
use crate::error::{Error, Result};

/// Longest key in bytes.
pub const KEY_LEN_MAX: usize = 64;
/// Length of a block in bytes, which the key fills up first.
const BLOCK_LEN: usize = 128;

/// A digest or a MAC under way.
#[derive(Clone)]
pub struct State {
    core: Blake2bVarCore,
    buffer: Buffer<Blake2bVarCore>,
    output_len: usize,
}

impl State {
    /// A digest before the first byte. It has at most 64 bytes.
    pub(super) fn new(output_len: usize) -> Self {
        Self::with_key_len(output_len, 0)
    }

    fn with_key_len(output_len: usize, key_len: usize) -> Self {
        Self {
            core: Blake2bVarCore::new_with_params(&[], &[], key_len, output_len),
            buffer: Buffer::<Blake2bVarCore>::default(),
            output_len,
        }
    }

    /// A MAC of `output_len` bytes, at most 64, before the first byte [RFC 7693, 2.9: keyed hashing].
    ///
    /// # Errors
    /// [`Error::Internal`] for an empty key and one of more than [`KEY_LEN_MAX`] bytes.
    pub fn keyed(output_len: usize, key: &[u8]) -> Result<Self> {
        let mut block = [0; BLOCK_LEN];
        if key.is_empty() || key.len() > KEY_LEN_MAX {
            return Err(Error::Internal("a BLAKE2b key has 1 to 64 bytes"));
        }
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        let mut state = Self::with_key_len(output_len, key.len());
        state.update(&block);
        wipe(&mut block);
        Ok(state)
    }

    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        let Self { core, buffer, .. } = self;
        buffer.digest_blocks(data, |blocks| core.update_blocks(blocks));
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The state is of no
    /// more use.
    pub fn finish(&mut self, out: &mut [u8]) {
        let mut whole = Output::<Blake2bVarCore>::default();
        self.core.finalize_variable_core(&mut self.buffer, &mut whole);
        let digest = whole.iter().take(self.output_len);
        out.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
        wipe(&mut whole);
    }
}

impl Drop for State {
    /// The core wipes itself.
    fn drop(&mut self) {
        self.buffer.zeroize();
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BLAKE2b-{}", self.output_len.saturating_mul(8))
    }
}

#[cfg(test)]
mod tests;
