//! SHAKE128 and SHAKE256 [FIPS 202, 6.2] with outputs of any length. States are plain data, wiped when dropped.

use ::shake::digest::{ExtendableOutput, Update, XofReader};
use ::shake::{Shake128, Shake256};

/// Which of the two.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Strength {
    /// SHAKE128.
    Bits128,
    /// SHAKE256.
    Bits256,
}

/// A computation under way.
#[derive(Clone)]
pub struct Shake(State);

#[derive(Clone)]
enum State {
    Bits128(Shake128),
    Bits256(Shake256),
}

impl Shake {
    /// Begins a message.
    #[must_use]
    pub fn new(strength: Strength) -> Self {
        Self(match strength {
            Strength::Bits128 => State::Bits128(Shake128::default()),
            Strength::Bits256 => State::Bits256(Shake256::default()),
        })
    }

    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            State::Bits128(state) => state.update(data),
            State::Bits256(state) => state.update(data),
        }
    }

    /// Ends the message and fills `out`.
    pub fn finish(self, out: &mut [u8]) {
        match self.0 {
            State::Bits128(state) => state.finalize_xof().read(out),
            State::Bits256(state) => state.finalize_xof().read(out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [NIST CSRC, "Examples with Intermediate Values": SHAKE of the empty message], the first 32 bytes; the same from
    /// `openssl dgst -shake128 -xoflen 32`.
    #[test]
    fn outputs_are_those_of_the_standard() {
        let of = |strength| {
            let mut out = [0; 32];
            Shake::new(strength).finish(&mut out);
            out.to_vec()
        };
        assert_eq!(
            of(Strength::Bits128),
            hex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
        );
        assert_eq!(
            of(Strength::Bits256),
            hex("46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f")
        );
    }
}
