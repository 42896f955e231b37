//! [`Form`]: the parameter that all mechanisms for chip cards have in common.

use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::{KeyMaterial, Params};
use crate::payment::card_key::Method;
use crate::payment::domain::{Pan, SequenceNumber};

const VERSION: u8 = 1;
/// Shortest and longest form in bytes.
pub(super) const LEN_MIN: usize = 5;
pub(super) const LEN_MAX: usize = LEN_MIN + 11 + 20;
/// Digits of the longest PAN.
const PAN_LEN_MAX: usize = 19;

const fn wrong<T>(why: &'static str) -> Result<T> {
    Err(Error::MechanismParamInvalid(why))
}

/// What the parameter says.
pub(super) struct Form<'a> {
    /// What the given key is.
    pub(super) source: Source,
    /// How the session's key comes of the card's.
    pub(super) session: Session,
    /// What the mechanism gives a meaning of its own: a padding, a format.
    pub(super) option: u8,
    /// Length of the value in bytes.
    pub(super) length: usize,
    /// What stands behind it.
    pub(super) rest: &'a [u8],
}

/// What the given key is.
pub(super) enum Source {
    /// The issuer's master key, of which that of this card is derived.
    Issuer(Derivation, Card),
    /// A card's master key.
    Card,
    /// The key that works: a session's, or a card's that works without sessions.
    Itself,
}

/// How a card's key comes of the issuer's [EMV Book 2, A1.4].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Derivation {
    /// Options A and B, of triple DES.
    Des(Method),
    /// Option C, of AES.
    Aes,
}

/// How a session's key comes of the card's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Session {
    /// There is none: the card's key works.
    None,
    /// The common session key of this diversification value, which zeros fill up [EMV Book 2, A1.3]. Mastercard's own
    /// derivation is the same function of another value.
    Common([u8; 8]),
    /// Visa's for scripts: the counter in both halves.
    Visa([u8; 2]),
    /// The tree of EMV 4.1, Book 2, A1.3.
    Tree(Tree),
}

/// The parameters of a tree of keys.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Tree {
    /// Number of the transaction.
    pub(super) counter: u16,
    /// Levels below the card's key.
    pub(super) height: u8,
    /// Keys below each key.
    pub(super) branch: u8,
    /// What stands in the place of a key above the card's.
    pub(super) iv: [u8; 16],
}

/// PAN and sequence number, in ASCII.
pub(super) struct Card {
    digits: [u8; PAN_LEN_MAX],
    pan_len: usize,
    number: [u8; 2],
}

impl Card {
    /// Reads tag 5A, ten bytes filled up with F on the right, and tag 5F34.
    fn parse(pan: &[u8; 10], number: u8) -> Result<Self> {
        let mut card = Self {
            digits: [0; PAN_LEN_MAX],
            pan_len: 0,
            number: ascii(number),
        };
        let mut nibbles = pan.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
        for (digit, nibble) in card.digits.iter_mut().zip(nibbles.by_ref()) {
            match nibble {
                0..=9 => *digit = b'0' | nibble,
                _ => break,
            }
            card.pan_len = card.pan_len.saturating_add(1);
        }
        // Whatever is no digit ended the loop; it and all behind it is F.
        let filler = pan.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
        if !filler.skip(card.pan_len).all(|nibble| nibble == 0x0f) {
            return wrong("a PAN has decimal digits, and F behind them");
        }
        if card.pan().is_err() {
            return wrong("a PAN has 12 to 19 digits");
        }
        if card.sequence_number().is_err() {
            return wrong("a card's sequence number has 2 decimal digits");
        }
        Ok(card)
    }

    pub(super) fn pan(&self) -> Result<Pan<'_>> {
        Pan::parse(self.digits.get(..self.pan_len).unwrap_or_default())
    }

    pub(super) fn sequence_number(&self) -> Result<SequenceNumber<'_>> {
        SequenceNumber::parse(&self.number)
    }
}

/// The two digits of a byte in ASCII, if they are decimal.
fn ascii(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 0x0f].map(|nibble| b'0'.wrapping_add(nibble))
}

/// The next bytes of a parameter.
pub(super) fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Result<&'a [u8; N]> {
    let (taken, rest) = bytes.split_first_chunk().ok_or(Error::MechanismParamInvalid(
        "the parameter is shorter than its first bytes say",
    ))?;
    *bytes = rest;
    Ok(taken)
}

impl<'a> Form<'a> {
    /// Reads a parameter.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn parse(params: &'a Params) -> Result<Self> {
        Self::parse_bytes(params.flat()?)
    }

    fn parse_bytes(bytes: &'a [u8]) -> Result<Self> {
        let mut rest = bytes;
        let [version, source, session, option, length] = *take(&mut rest)?;
        if version != VERSION {
            return wrong("the first byte is the version of the parameter, 1");
        }
        let source = Source::parse(source, &mut rest)?;
        let session = Session::parse(session, &mut rest)?;
        match (&source, session) {
            (Source::Itself, Session::None) | (Source::Issuer(..), _) => {}
            (Source::Itself, _) => return wrong("the key works itself: there is no session to derive"),
            (Source::Card, Session::None) => return wrong("a card's key without sessions works itself: S"),
            (Source::Card, _) => {}
        }
        Ok(Self {
            source,
            session,
            option,
            length: usize::from(length),
            rest,
        })
    }

    /// The same, with nothing behind it.
    ///
    /// # Errors
    /// As [`Form::parse`].
    pub(super) fn whole(params: &'a Params) -> Result<Self> {
        Self::parse(params)?.with_nothing_behind()
    }

    /// The same of the end of a parameter that begins with something else.
    ///
    /// # Errors
    /// As [`Form::parse`].
    pub(super) fn whole_of(bytes: &'a [u8]) -> Result<Self> {
        Self::parse_bytes(bytes)?.with_nothing_behind()
    }

    fn with_nothing_behind(self) -> Result<Self> {
        match self.rest {
            [] => Ok(self),
            _ => wrong("the parameter is longer than its first bytes say"),
        }
    }

    /// Whether the key may be what the parameter says that it is. A key that others are derived from never works
    /// itself: its cryptograms of chosen data would be the keys that are derived from it.
    ///
    /// # Errors
    /// [`Error::PaymentKey`] for the mode of use; [`Error::MechanismParamInvalid`] for what its cipher does not have.
    pub(super) fn check(&self, key: &KeyMaterial) -> Result<()> {
        let mode = key.payment.map(|payment| payment.mode);
        let derives = mode.is_some_and(ModeOfUse::is_base);
        let works = mode.is_some_and(|mode| !mode.permits(CKA_DERIVE));
        let fault = |why| Err(Error::PaymentKey(PaymentFault::ModeOfUse, why));
        match self.source {
            Source::Itself if !works => {
                return fault("a key whose mode of use has derivation (X, N, Y) works never itself");
            }
            Source::Issuer(..) | Source::Card if !derives => {
                return fault("the mode of use of an issuer's or a card's master key is X or N");
            }
            _ => {}
        }
        let is_aes = key.key_type == CKK_AES;
        if let Source::Issuer(derivation, _) = self.source
            && is_aes != (derivation == Derivation::Aes)
        {
            return wrong("the card's key is derived by option A or B of triple DES, by option C of AES");
        }
        match self.session {
            Session::Visa(_) | Session::Tree(_) if is_aes => wrong("AES has the common session key only"),
            _ => Ok(()),
        }
    }
}

impl Source {
    fn parse(code: u8, rest: &mut &[u8]) -> Result<Self> {
        let derivation = match code {
            b'A' | b'B' => Derivation::Des(Method::of(code)?),
            b'C' => Derivation::Aes,
            b'M' => return Ok(Self::Card),
            b'S' => return Ok(Self::Itself),
            _ => return wrong("the key is A, B or C (an issuer's), M (a card's) or S (a session's)"),
        };
        let pan = take(rest)?;
        let [number] = *take(rest)?;
        Ok(Self::Issuer(derivation, Card::parse(pan, number)?))
    }
}

impl Session {
    fn parse(code: u8, rest: &mut &[u8]) -> Result<Self> {
        Ok(match code {
            0 => Self::None,
            1 => {
                let [high, low] = *take(rest)?;
                Self::Common([high, low, 0, 0, 0, 0, 0, 0])
            }
            2 => {
                let [high, low] = *take(rest)?;
                let [a, b, c, d] = *take(rest)?;
                Self::Common([high, low, 0, 0, a, b, c, d])
            }
            3 => Self::Common(*take(rest)?),
            4 => Self::Visa(*take(rest)?),
            5 => Self::Tree(Tree::parse(rest)?),
            _ => return wrong("there is no such derivation of session keys"),
        })
    }
}

impl Tree {
    fn parse(rest: &mut &[u8]) -> Result<Self> {
        let counter = u16::from_be_bytes(*take(rest)?);
        let [height, branch] = *take(rest)?;
        let keys = u64::from(branch).checked_pow(u32::from(height));
        if branch < 2 || !(2..=16).contains(&height) || keys.is_some_and(|keys| keys < 1 << 16) {
            return wrong("a tree has 2 to 16 levels, at least 2 branches, and a key for every counter");
        }
        Ok(Self {
            counter,
            height,
            branch,
            iv: *take(rest)?,
        })
    }
}
