//! SHA-3 in pieces, of the `sha3` crate: states that are plain data, cheap to copy, and can be saved. aws-lc, which does
//! whole messages, keeps its states on the heap and to itself.

use ::sha3::digest::common::hazmat::{SerializableState, SerializedState};
use ::sha3::digest::{FixedOutput, FixedOutputReset, Output, Update};
use ::sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};

use super::aws_lc::sha3::Function;
use super::aws_lc::wipe;
use crate::secret::SecretBytes;

/// A digest under way. The crate wipes it when it is dropped.
#[derive(Clone)]
pub(super) enum State {
    Sha3_224(Sha3_224),
    Sha3_256(Sha3_256),
    Sha3_384(Sha3_384),
    Sha3_512(Sha3_512),
}

/// Calls `$do` with whatever state it is.
macro_rules! with_state {
    ($of:expr, $state:ident => $do:expr) => {
        match $of {
            State::Sha3_224($state) => $do,
            State::Sha3_256($state) => $do,
            State::Sha3_384($state) => $do,
            State::Sha3_512($state) => $do,
        }
    };
}

impl State {
    /// The state before the first byte.
    pub(super) fn new(function: Function) -> Self {
        match function {
            Function::Sha3_224 => Self::Sha3_224(Sha3_224::default()),
            Function::Sha3_256 => Self::Sha3_256(Sha3_256::default()),
            Function::Sha3_384 => Self::Sha3_384(Sha3_384::default()),
            Function::Sha3_512 => Self::Sha3_512(Sha3_512::default()),
        }
    }

    /// Takes data.
    pub(super) fn update(&mut self, data: &[u8]) {
        with_state!(self, state => state.update(data));
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough.
    pub(super) fn finish(&mut self, out: &mut [u8]) {
        with_state!(self, state => deliver(state, out));
    }

    /// The state so far: that of the sponge, and how much of a block it has taken.
    pub(super) fn save(&self) -> SecretBytes {
        with_state!(self, state => saved(state))
    }

    /// Goes on from what [`State::save`] gave for the same function; `None` if it is no such state.
    pub(super) fn restore(function: Function, saved: &[u8]) -> Option<Self> {
        Some(match function {
            Function::Sha3_224 => Self::Sha3_224(restored(saved)?),
            Function::Sha3_256 => Self::Sha3_256(restored(saved)?),
            Function::Sha3_384 => Self::Sha3_384(restored(saved)?),
            Function::Sha3_512 => Self::Sha3_512(restored(saved)?),
        })
    }
}

/// Writes the digest where it belongs; what is cut off is wiped.
fn deliver<S: FixedOutput + FixedOutputReset>(state: &mut S, out: &mut [u8]) {
    let mut whole = Output::<S>::default();
    state.finalize_into_reset(&mut whole);
    out.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
    wipe(&mut whole);
}

fn saved<S: SerializableState>(state: &S) -> SecretBytes {
    let mut serialized = state.serialize();
    let saved = SecretBytes::from(&*serialized);
    wipe(&mut serialized);
    saved
}

fn restored<S: SerializableState>(saved: &[u8]) -> Option<S> {
    let serialized: &SerializedState<S> = saved.try_into().ok()?;
    S::deserialize(serialized).ok()
}
