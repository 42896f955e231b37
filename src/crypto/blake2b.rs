//! BLAKE2b [RFC 7693] of any length, plain and keyed. The compression function of the `blake2` crate is faster and does
//! whole messages; those that come in pieces are aws-lc's, whose states can be saved.

use ::blake2::Blake2bVarCore;
use ::blake2::digest::Output;
use ::blake2::digest::block_api::{Buffer, UpdateCore, VariableOutputCore};
use zeroize::{Zeroize, Zeroizing};

use super::aws_lc::{blake2b as pieces, wipe};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// Longest key in bytes.
pub const KEY_LEN_MAX: usize = 64;
/// Length of a block in bytes, which the key fills up first.
const BLOCK_LEN: usize = 128;
/// What a MAC has taken before the first byte of its message: the block that the key is.
pub const KEY_TAKEN: u128 = 128;

/// Digests a whole message. `out` takes the first bytes of the digest, all of it if it is long enough.
pub(super) fn oneshot(output_len: u8, data: &[u8], out: &mut [u8]) {
    whole(output_len, 0, &[data], out);
}

/// The MAC of a whole message [RFC 7693, 2.9: keyed hashing], of `output_len` bytes, at most 64.
///
/// # Errors
/// [`Error::Internal`] for an empty key and one of more than [`KEY_LEN_MAX`] bytes.
pub fn mac(output_len: u8, key: &[u8], data: &[u8], out: &mut [u8]) -> Result<()> {
    let (block, key_len) = key_block(key)?;
    whole(output_len, key_len, &[&*block, data], out);
    Ok(())
}

fn whole(output_len: u8, key_len: u8, parts: &[&[u8]], out: &mut [u8]) {
    let mut core = Blake2bVarCore::new_with_params(&[], &[], key_len.into(), output_len.into());
    let mut buffer = Buffer::<Blake2bVarCore>::default();
    for part in parts {
        buffer.digest_blocks(part, |blocks| core.update_blocks(blocks));
    }
    let mut digest = Output::<Blake2bVarCore>::default();
    core.finalize_variable_core(&mut buffer, &mut digest);
    let taken = digest.iter().take(output_len.into());
    out.iter_mut().zip(taken).for_each(|(to, from)| *to = *from);
    wipe(&mut digest);
    // The core wipes itself.
    buffer.zeroize();
}

/// The block that a key is, and the key's length.
fn key_block(key: &[u8]) -> Result<(Zeroizing<[u8; BLOCK_LEN]>, u8)> {
    let key_len = u8::try_from(key.len()).unwrap_or(0);
    if key_len == 0 || key.len() > KEY_LEN_MAX {
        return Err(Error::Internal("a BLAKE2b key has 1 to 64 bytes"));
    }
    let mut block = Zeroizing::new([0; BLOCK_LEN]);
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Ok((block, key_len))
}

/// A digest or a MAC under way.
#[derive(Clone)]
pub struct State(pieces::State);

impl State {
    /// A digest before the first byte. It has at most 64 bytes.
    pub(super) fn new(output_len: u8) -> Self {
        Self(pieces::State::new(output_len, 0))
    }

    /// A MAC of `output_len` bytes, at most 64, before the first byte [RFC 7693, 2.9: keyed hashing].
    ///
    /// # Errors
    /// [`Error::Internal`] for an empty key and one of more than [`KEY_LEN_MAX`] bytes.
    pub fn keyed(output_len: u8, key: &[u8]) -> Result<Self> {
        let (block, key_len) = key_block(key)?;
        let mut state = pieces::State::new(output_len, key_len);
        state.update(&*block);
        Ok(Self(state))
    }

    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The state is of no
    /// more use.
    pub fn finish(&mut self, out: &mut [u8]) {
        self.0.finish(out);
    }

    /// How much came so far in bytes; for a MAC, with the block that the key is.
    #[must_use]
    pub fn taken(&self) -> u128 {
        self.0.taken()
    }

    /// The state so far, for [`State::restore`].
    #[must_use]
    pub fn save(&self) -> SecretBytes {
        self.0.save()
    }

    /// Goes on from what [`State::save`] gave for this length, keyed or not; `None` if it is no such state.
    #[must_use]
    pub fn restore(output_len: u8, saved: &[u8]) -> Option<Self> {
        pieces::State::restore(output_len, saved).map(Self)
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BLAKE2b")
    }
}

#[cfg(test)]
mod tests;
