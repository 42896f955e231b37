//! SHA-3 states, of the `sha3` crate: plain data, cheap to copy, wiped when dropped.

use ::sha3::digest::{FixedOutput, FixedOutputReset, Output, Update};
use ::sha3::{Sha3_224, Sha3_256, Sha3_384, Sha3_512};

use super::aws_lc::wipe;

/// A function of FIPS 202.
#[derive(Clone, Copy)]
pub(super) enum Function {
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

/// A digest under way.
#[derive(Clone)]
pub(super) enum State {
    Sha3_224(Sha3_224),
    Sha3_256(Sha3_256),
    Sha3_384(Sha3_384),
    Sha3_512(Sha3_512),
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
        match self {
            Self::Sha3_224(state) => state.update(data),
            Self::Sha3_256(state) => state.update(data),
            Self::Sha3_384(state) => state.update(data),
            Self::Sha3_512(state) => state.update(data),
        }
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough.
    pub(super) fn finish(&mut self, out: &mut [u8]) {
        match self {
            Self::Sha3_224(state) => deliver(state, out),
            Self::Sha3_256(state) => deliver(state, out),
            Self::Sha3_384(state) => deliver(state, out),
            Self::Sha3_512(state) => deliver(state, out),
        }
    }
}

/// Writes the digest where it belongs; what is cut off is wiped.
fn deliver<S: FixedOutput + FixedOutputReset>(state: &mut S, out: &mut [u8]) {
    let mut whole = Output::<S>::default();
    state.finalize_into_reset(&mut whole);
    out.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
    wipe(&mut whole);
}
