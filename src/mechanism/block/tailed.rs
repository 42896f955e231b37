//! Modes with ciphertext stealing: the end of a message, 16 to 31 bytes, is treated apart, and what is not a whole
//! block makes nothing longer.

use std::sync::Arc;

use zeroize::Zeroizing;

use super::{Direction, OUTPUT};
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{CipherMechanism, CipherStream};
use crate::mechanism::params::Params;
use crate::secret::SecretBytes;

/// Length of a block in bytes.
const BLOCK_LEN: usize = 16;

/// The longest end of a message in bytes.
const END_LEN_MAX: usize = 2 * BLOCK_LEN - 1;

/// A mode with ciphertext stealing.
pub(in crate::mechanism) trait Tailed: Copy + Send + Sync + 'static {
    /// Where a message stands.
    type State: Send;

    /// Longest message in bytes. What can be saved has no limit: how much came is not in its state.
    const LEN_MAX: usize;

    /// Before the first byte. Checks key and parameter.
    fn begin(self, key: &KeyMaterial, params: &Params) -> Result<Self::State>;

    /// Whole blocks before the end; `out` is as long.
    fn blocks(
        self,
        direction: Direction,
        key: &KeyMaterial,
        state: &mut Self::State,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()>;

    /// Where a message stands, as bytes, if it can be saved.
    fn save(_state: &Self::State) -> Option<[u8; BLOCK_LEN]> {
        None
    }

    /// What [`Tailed::save`] gave.
    fn restore(_saved: [u8; BLOCK_LEN]) -> Option<Self::State> {
        None
    }

    /// The end: a whole block, and fewer than 16 bytes behind it; `out` is as long.
    fn end(
        self,
        direction: Direction,
        key: &KeyMaterial,
        state: &mut Self::State,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()>;
}

/// One direction of a mode: a role of a row.
pub(in crate::mechanism) struct TailedMode<M> {
    pub(in crate::mechanism) mode: M,
    pub(in crate::mechanism) direction: Direction,
}

fn wrong_length(direction: Direction) -> Error {
    const WHY: &str = "the mode takes a block at least, and no more than its standard allows";
    match direction {
        Direction::Encrypt => Error::DataLenRange(WHY),
        Direction::Decrypt => Error::EncryptedDataLenRange(WHY),
    }
}

/// Bytes of a message that stand before its end.
const fn before_end(length: usize) -> usize {
    length.saturating_sub(BLOCK_LEN) / BLOCK_LEN * BLOCK_LEN
}

impl<M: Tailed> CipherMechanism for TailedMode<M> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.mode.begin(key, params).map(|_| ())
    }

    fn output_len(&self, _key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        match (BLOCK_LEN..=M::LEN_MAX).contains(&input_len) {
            true => Ok(input_len),
            false => Err(wrong_length(self.direction)),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let length = self.output_len(key, params, input.len())?;
        let out = out.get_mut(..length).ok_or(OUTPUT)?;
        let (blocks, end) = input.split_at_checked(before_end(length)).ok_or(OUTPUT)?;
        let (to_blocks, to_end) = out.split_at_mut_checked(blocks.len()).ok_or(OUTPUT)?;
        let mut state = self.mode.begin(key, params)?;
        self.mode
            .blocks(self.direction, key, &mut state, blocks, to_blocks)?;
        self.mode.end(self.direction, key, &mut state, end, to_end)?;
        Ok(length)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(Stream {
            mode: self.mode,
            direction: self.direction,
            key: Arc::clone(key),
            state: self.mode.begin(key, params)?,
            kept: Zeroizing::new([0; END_LEN_MAX]),
            kept_len: 0,
            room: M::LEN_MAX,
        }))
    }

    fn restore(
        &self,
        key: &Arc<KeyMaterial>,
        params: &Params,
        saved: &[u8],
    ) -> Result<Box<dyn CipherStream>> {
        self.check(key, params)?;
        let (state, kept) = saved.split_first_chunk().ok_or(Error::SavedStateInvalid)?;
        let mut stream = Stream {
            mode: self.mode,
            direction: self.direction,
            key: Arc::clone(key),
            state: M::restore(*state).ok_or(Error::SavedStateInvalid)?,
            kept: Zeroizing::new([0; END_LEN_MAX]),
            kept_len: 0,
            room: M::LEN_MAX,
        };
        if kept.len() > END_LEN_MAX {
            return Err(Error::SavedStateInvalid);
        }
        stream.keep(kept);
        Ok(Box::new(stream))
    }
}

/// Keeps back what may be the end.
struct Stream<M: Tailed> {
    mode: M,
    direction: Direction,
    key: Arc<KeyMaterial>,
    state: M::State,
    kept: Zeroizing<[u8; END_LEN_MAX]>,
    kept_len: usize,
    /// Bytes that may still come.
    room: usize,
}

impl<M: Tailed> Stream<M> {
    fn keep(&mut self, input: &[u8]) {
        let places = self.kept.iter_mut().skip(self.kept_len);
        places.zip(input).for_each(|(to, from)| *to = *from);
        self.kept_len = self.kept_len.saturating_add(input.len());
    }

    fn process(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.mode
            .blocks(self.direction, &self.key, &mut self.state, input, out)
    }
}

impl<M: Tailed> CipherStream for Stream<M> {
    fn update_len(&self, input_len: usize) -> usize {
        before_end(self.kept_len.saturating_add(input_len))
    }

    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        self.room = self
            .room
            .checked_sub(input.len())
            .ok_or(wrong_length(self.direction))?;
        let ready = self.update_len(input.len());
        let (mut input, mut out) = (input, out.get_mut(..ready).ok_or(OUTPUT)?);
        if ready == 0 {
            self.keep(input);
            return Ok(0);
        }
        // What was kept is filled up to whole blocks, unless the new input does not reach so far.
        if self.kept_len > 0 {
            let filled = self.kept_len.next_multiple_of(BLOCK_LEN).min(ready);
            let from_input = filled.saturating_sub(self.kept_len);
            let (filler, rest) = input.split_at_checked(from_input).ok_or(OUTPUT)?;
            let mut start = Zeroizing::new([0; 2 * BLOCK_LEN]);
            let bytes = self.kept.iter().take(self.kept_len).chain(filler);
            start.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
            let (to_start, later) = out.split_at_mut_checked(filled).ok_or(OUTPUT)?;
            self.process(start.get(..filled).ok_or(OUTPUT)?, to_start)?;
            let kept_len = self.kept_len.saturating_sub(filled);
            self.kept.rotate_left(filled.min(END_LEN_MAX));
            self.kept_len = kept_len;
            (input, out) = (rest, later);
        }
        if self.kept_len == 0 {
            let (blocks, rest) = input.split_at_checked(out.len()).ok_or(OUTPUT)?;
            self.process(blocks, out)?;
            input = rest;
        }
        self.keep(input);
        Ok(ready)
    }

    fn finish_len(&self) -> usize {
        self.kept_len
    }

    fn finish(mut self: Box<Self>, out: &mut [u8]) -> Result<usize> {
        let this = &mut *self;
        let end = this.kept.get(..this.kept_len).ok_or(OUTPUT)?;
        if end.len() < BLOCK_LEN {
            return Err(wrong_length(this.direction));
        }
        let out = out.get_mut(..end.len()).ok_or(OUTPUT)?;
        this.mode
            .end(this.direction, &this.key, &mut this.state, end, out)?;
        Ok(end.len())
    }

    fn save(&self) -> Result<SecretBytes> {
        let state = M::save(&self.state).ok_or(Error::StateUnsaveable)?;
        let kept = self.kept.get(..self.kept_len).ok_or(OUTPUT)?;
        Ok(SecretBytes::new([&state[..], kept].concat()))
    }
}
