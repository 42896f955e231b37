//! The keys of cards, derived from the issuer's [EMV Book 2, A1.4].

use zeroize::Zeroizing;

use super::digits::{packed, picked};
use super::domain::{Pan, SequenceNumber};
use crate::crypto::des::{BLOCK_LEN, Block, Des3Key};
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};

/// How a card's number becomes the block that is encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Method {
    /// Option A: the last 16 digits of number and sequence number.
    A,
    /// Option B: 16 digits of the hash of both, if the number has more than 16 digits; else as option A.
    B,
}

impl Method {
    /// The option of a letter in a parameter.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn of(letter: u8) -> Result<Self> {
        match letter {
            b'A' => Ok(Self::A),
            b'B' => Ok(Self::B),
            _ => Err(Error::MechanismParamInvalid(
                "the derivation of a card's key is A or B",
            )),
        }
    }

    /// The key of a card. Its parity is left as it comes: the cipher does not look at it.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn card_key(self, issuer: &Des3Key, pan: Pan, number: SequenceNumber) -> Result<Des3Key> {
        let left = match self {
            Self::B if pan.digits().len() > 16 => hashed(pan, number),
            _ => last_digits(pan, number),
        };
        let halves = [left, left.map(|byte| !byte)];
        let mut value = Zeroizing::new([0; 2 * BLOCK_LEN]);
        issuer.ecb_encrypt(halves.as_flattened(), value.as_mut())?;
        Des3Key::new(value.as_ref())
    }
}

/// The last 16 digits, or all with zeros before them.
fn last_digits(pan: Pan, number: SequenceNumber) -> Block {
    let account = pan.digits().rchunks(14).next().unwrap_or_default();
    let zeros = b"00000000000000".get(account.len()..).unwrap_or_default();
    let [block] = *packed(&[zeros, account, number.digits()]);
    block
}

/// SHA-1 of the digits, two to a byte with a zero before an odd number of them; of that the decimal digits, and if they
/// are too few, letters less ten.
fn hashed(pan: Pan, number: SequenceNumber) -> Block {
    let filler: &[u8] = if pan.digits().len().is_multiple_of(2) {
        b""
    } else {
        b"0"
    };
    let digits = [filler, pan.digits(), number.digits()];
    let blocks = packed::<2>(&digits);
    let length = digits.iter().map(|digits| digits.len()).sum::<usize>() / 2;
    let mut digest = [0; 20];
    Hash::Sha1.digest(
        blocks.as_flattened().get(..length).unwrap_or_default(),
        &mut digest,
    );
    let [block] = *packed(&[&*picked::<16, 20>(&digest)]);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;
    use crate::payment::testing::run_vectors;

    fn value(method: Method, issuer: &str, pan: &str, number: &str) -> Vec<u8> {
        let issuer = Des3Key::new(&hex(issuer)).unwrap();
        let pan = Pan::parse(pan.as_bytes()).unwrap();
        let number = SequenceNumber::parse(number.as_bytes()).unwrap();
        let key = method.card_key(&issuer, pan, number).unwrap();
        [[0; 8], [0xff; 8]].map(|block| key.encrypt(block)).concat()
    }

    /// What the key does, because its parity is not that of the vectors.
    #[test]
    fn the_known_keys_are_derived() {
        run_vectors(include_str!("vectors/card_key.json"), |vector| {
            let [option, issuer, pan, number] =
                ["option", "imk", "pan", "psn"].map(|name| vector.input(name));
            let expected = Des3Key::new(&hex(vector.expected("mk"))).unwrap();
            let method = Method::of(option.as_bytes()[0]).unwrap();
            assert_eq!(
                value(method, issuer, pan, number),
                [[0; 8], [0xff; 8]].map(|block| expected.encrypt(block)).concat()
            );
        });
    }

    #[test]
    fn other_options_are_refused() {
        for letter in [0, b'a', b'C', 1] {
            assert!(matches!(Method::of(letter), Err(Error::MechanismParamInvalid(_))));
        }
    }
}
