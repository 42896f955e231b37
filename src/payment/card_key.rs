//! The keys of cards, derived from the issuer's [EMV Book 2, A1.4].

use zeroize::Zeroizing;

use super::digits::{packed, picked};
use super::domain::{Pan, SequenceNumber};
use crate::crypto::des::{BLOCK_LEN, Block, Des3Key, set_odd_parity};
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};

/// The bytes of a card's key of triple DES.
pub(super) type CardKey = Zeroizing<[u8; 2 * BLOCK_LEN]>;

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

    /// The key of a card, ready to work with.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn card_key(self, issuer: &Des3Key, pan: Pan, number: SequenceNumber) -> Result<Des3Key> {
        Des3Key::new(self.value(issuer, pan, number)?.as_ref())
    }

    /// The key of a card as bytes, of odd parity.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn value(self, issuer: &Des3Key, pan: Pan, number: SequenceNumber) -> Result<CardKey> {
        let left = match self {
            Self::B if pan.digits().len() > 16 => hashed(pan, number),
            _ => last_digits(pan, number),
        };
        let halves = [left, left.map(|byte| !byte)];
        let mut value = Zeroizing::new([0; 2 * BLOCK_LEN]);
        issuer.ecb_encrypt(halves.as_flattened(), value.as_mut())?;
        set_odd_parity(value.as_mut());
        Ok(value)
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

    #[test]
    fn the_known_keys_are_derived() {
        run_vectors(include_str!("vectors/card_key.json"), |vector| {
            let [option, issuer, pan, number] =
                ["option", "imk", "pan", "psn"].map(|name| vector.input(name));
            let issuer = Des3Key::new(&hex(issuer)).unwrap();
            let pan = Pan::parse(pan.as_bytes()).unwrap();
            let number = SequenceNumber::parse(number.as_bytes()).unwrap();
            let method = Method::of(option.as_bytes()[0]).unwrap();
            // Some sources leave the parity as it comes.
            let mut expected = hex(vector.expected("mk"));
            set_odd_parity(&mut expected);
            assert_eq!(method.value(&issuer, pan, number).unwrap()[..], expected);
        });
    }

    #[test]
    fn other_options_are_refused() {
        for letter in [0, b'a', b'C', 1] {
            assert!(matches!(Method::of(letter), Err(Error::MechanismParamInvalid(_))));
        }
    }
}
