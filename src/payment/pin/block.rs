//! PIN blocks in the clear: the formats, packing a PIN into one and reading it out of one.

use std::ops::RangeInclusive;

use zeroize::Zeroizing;

use super::number::{ClearPin, PIN_MAX, PIN_MIN};
use crate::crypto::rng;
use crate::error::{Error, PinFault, Result};
use crate::payment::domain::Pan;

/// A format, in the codes of payShield, which are those of the parameters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::payment) enum Format {
    /// 1: ISO 9564-1 format 0 [ANSI X9.8, ECI-4, Visa-1].
    Iso0,
    /// 2: Docutel.
    Docutel,
    /// 3: IBM 3624, Diebold.
    Diebold,
    /// 4: PLUS.
    Plus,
    /// 5: ISO 9564-1 format 1.
    Iso1,
    /// 34: ISO 9564-1 format 2, for chip cards.
    Iso2,
    /// 35: Europay's and Mastercard's for Pay Now & Pay Later, which blocks are only translated to.
    PayNow,
    /// 47: ISO 9564-1 format 3.
    Iso3,
    /// 48: ISO 9564-1 format 4, of AES.
    Iso4,
    /// 105 to 113: so many digits and 100, under a local master key of DES.
    LmkDigits(u8),
    /// 132: 16 bytes under a local master key of AES.
    LmkBlock,
}

/// One nibble of 16, the first being 0.
pub(super) const fn nibble(block: u64, at: u32) -> u8 {
    let [.., last] = (block >> (60 - 4 * at)).to_be_bytes();
    last & 0xf
}

/// Nibbles from the left; the rest of the block is 0.
pub(super) fn packed(nibbles: impl Iterator<Item = u8>) -> u64 {
    nibbles
        .take(16)
        .zip((0..16).rev())
        .fold(0, |block, (nibble, place)| {
            block | u64::from(nibble) << (4 * place)
        })
}

/// The last 12 digits of the account before its check digit, behind four zeros.
fn last_twelve(pan: Pan) -> u64 {
    pan.before_check_digit(12)
        .iter()
        .fold(0, |block, digit| block << 4 | u64::from(digit & 0xf))
}

/// The first 12 digits of the account, behind four zeros.
fn first_twelve(pan: Pan) -> u64 {
    pan.digits()
        .iter()
        .take(12)
        .fold(0, |block, digit| block << 4 | u64::from(digit & 0xf))
}

impl Format {
    /// The format of a code.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(in crate::payment) fn of(code: u8) -> Result<Self> {
        Ok(match code {
            1 => Self::Iso0,
            2 => Self::Docutel,
            3 => Self::Diebold,
            4 => Self::Plus,
            5 => Self::Iso1,
            34 => Self::Iso2,
            47 => Self::Iso3,
            48 => Self::Iso4,
            105..=113 => Self::LmkDigits(code - 100),
            132 => Self::LmkBlock,
            _ => {
                let why =
                    "PIN block formats are 1 to 5, 34, 47, 48, 105 to 113 and 132, and of blocks that go 35";
                return Err(Error::MechanismParamInvalid(why));
            }
        })
    }

    /// The format of a code of a block that goes.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(in crate::payment) fn of_destination(code: u8) -> Result<Self> {
        match code {
            35 => Ok(Self::PayNow),
            code => Self::of(code),
        }
    }

    /// Whether the block has the account in it.
    pub(in crate::payment) const fn binds_account(self) -> bool {
        matches!(
            self,
            Self::Iso0
                | Self::Plus
                | Self::Iso3
                | Self::Iso4
                | Self::PayNow
                | Self::LmkDigits(_)
                | Self::LmkBlock
        )
    }

    /// Whether the PIN is under a local master key.
    pub(super) const fn is_under_lmk(self) -> bool {
        matches!(self, Self::LmkDigits(_) | Self::LmkBlock)
    }

    /// How many digits a PIN has in it.
    const fn lengths(self) -> RangeInclusive<usize> {
        match self {
            Self::Docutel => PIN_MIN..=6,
            _ => PIN_MIN..=PIN_MAX,
        }
    }

    /// Length of a block in bytes.
    pub(in crate::payment) fn block_len(self) -> usize {
        match self {
            Self::Iso4 | Self::LmkBlock => 16,
            Self::LmkDigits(digits) => usize::from(digits),
            _ => 8,
        }
    }

    /// Whether a ciphertext is as long as a block.
    ///
    /// # Errors
    /// [`Error::EncryptedDataLenRange`].
    pub(super) fn check_ciphertext_len(self, length: usize) -> Result<()> {
        match length == self.block_len() {
            true => Ok(()),
            false => Err(Error::EncryptedDataLenRange(BLOCK_LENGTHS)),
        }
    }

    /// What the account does to the block.
    fn account(self, pan: Option<Pan>) -> Result<u64> {
        match (self, pan) {
            (Self::Iso0 | Self::Iso3 | Self::PayNow, Some(pan)) => Ok(last_twelve(pan)),
            (Self::Plus, Some(pan)) => Ok(first_twelve(pan)),
            (Self::Iso0 | Self::Iso3 | Self::Plus | Self::PayNow, None) => Err(NO_ACCOUNT),
            _ => Ok(0),
        }
    }

    /// Packs a PIN into a block of eight bytes.
    ///
    /// # Errors
    /// [`Error::Pin`] if the format has no room for it; [`Error::Crypto`] if there is no randomness for the fill.
    pub(in crate::payment) fn pack(self, pin: &ClearPin, pan: Option<Pan>) -> Result<Zeroizing<u64>> {
        let (digits, length) = (pin.digits(), pin.digits().len());
        if !self.lengths().contains(&length) {
            return Err(Error::Pin(
                PinFault::Length,
                "PINs of this format have 4 to 6 digits",
            ));
        }
        let mut random = Zeroizing::new([0; 16]);
        if matches!(self, Self::Docutel | Self::Iso1 | Self::Iso3) {
            rng::system(&mut random[..])?;
        }
        let random = random.iter().map(|byte| u16::from(*byte));
        let scaled = |low: u8, count: u16| {
            random
                .clone()
                .map(move |byte| low + u8::try_from((byte * count) >> 8).unwrap_or(0))
        };
        let count = u8::try_from(length).unwrap_or(0);
        let pin = digits.iter().copied();
        let head = |control: u8| [control, count].into_iter().chain(pin.clone());
        let filled = |nibble: u8| std::iter::repeat_n(nibble, 16);
        let mut block = Zeroizing::new(match self {
            Self::Iso0 | Self::Plus => packed(head(0).chain(filled(0xf))),
            Self::Iso1 => packed(head(1).chain(scaled(0, 16))),
            Self::Iso2 | Self::PayNow => packed(head(2).chain(filled(0xf))),
            Self::Iso3 => packed(head(3).chain(scaled(10, 6))),
            Self::Diebold => packed(pin.clone().chain(filled(0xf))),
            Self::Docutel => {
                let places = pin.clone().chain(filled(0)).take(6);
                packed(std::iter::once(count).chain(places).chain(scaled(0, 10)))
            }
            Self::Iso4 | Self::LmkDigits(_) | Self::LmkBlock => return Err(WRONG_LENGTH),
        });
        *block ^= self.account(pan)?;
        Ok(block)
    }

    /// Reads a PIN out of a block of eight bytes. All nibbles are looked at before anything is told, and what is told
    /// is one thing.
    ///
    /// # Errors
    /// [`Error::Pin`] with [`PinFault::Block`].
    pub(in crate::payment) fn unpack(self, block: &[u8; 8], pan: Option<Pan>) -> Result<ClearPin> {
        let block = Zeroizing::new(u64::from_be_bytes(*block) ^ self.account(pan)?);
        let nibbles = |from: u32| (from..16).map(|at| nibble(*block, at));
        let digits_from = match self {
            Self::Diebold => 0,
            Self::Docutel => 1,
            _ => 2,
        };
        let length = match self {
            Self::Diebold => nibbles(0).filter(|nibble| *nibble <= 9).count(),
            Self::Docutel => usize::from(nibble(*block, 0)),
            _ => usize::from(nibble(*block, 1)),
        };
        let control = nibble(*block, 0);
        let controlled = match self {
            Self::Iso0 | Self::Plus => control == 0,
            Self::Iso1 => control == 1,
            Self::Iso2 | Self::PayNow => control == 2,
            Self::Iso3 => control == 3,
            Self::Diebold | Self::Docutel => true,
            Self::Iso4 | Self::LmkDigits(_) | Self::LmkBlock => return Err(WRONG_LENGTH),
        };
        let mut wrong = u8::from(!controlled) | u8::from(!self.lengths().contains(&length));
        for (at, nibble) in nibbles(digits_from).enumerate() {
            let is_digit = u8::from(nibble <= 9);
            let is_fill = match self {
                Self::Iso0 | Self::Plus | Self::Iso2 | Self::PayNow | Self::Diebold => {
                    u8::from(nibble == 0xf)
                }
                Self::Iso3 => u8::from(nibble >= 10),
                Self::Docutel => u8::from(nibble == 0 || at >= 6),
                Self::Iso1 | Self::Iso4 | Self::LmkDigits(_) | Self::LmkBlock => 1,
            };
            let in_pin = u8::from(at < length);
            wrong |= (in_pin & (1 - is_digit)) | ((1 - in_pin) & (1 - is_fill));
        }
        match wrong {
            0 => Ok(ClearPin::of(nibbles(digits_from), length)),
            _ => Err(NOT_OF_ITS_FORMAT),
        }
    }
}

/// How long blocks are.
pub(super) const BLOCK_LENGTHS: &str =
    "a PIN block has 8 bytes, of formats 48 and 132 it has 16, of 105 to 113 as many as the number says";

/// The answer to a block that is none of its format.
pub(in crate::payment) const NOT_OF_ITS_FORMAT: Error =
    Error::Pin(PinFault::Block, "deciphered, it is not one of its format");

const WRONG_LENGTH: Error = Error::Internal("a format of 16 bytes where one of 8 was meant");

/// The answer to a format with an account where none is told.
pub(in crate::payment) const NO_ACCOUNT: Error =
    Error::MechanismParamInvalid("a PIN block of this format needs the account number");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payment::testing::run_vectors;

    fn vectors(check: impl Fn(Format, &str, Option<Pan>, &crate::payment::testing::Vector)) {
        run_vectors(include_str!("../vectors/pin_block.json"), |vector| {
            let format = Format::of(vector.input("payshield_code").parse().unwrap()).unwrap();
            let pan = vector.optional_input("pan");
            let pan = pan.map(|pan| Pan::parse(pan.as_bytes()).unwrap());
            check(format, vector.input("pin"), pan, vector);
        });
    }

    #[test]
    fn the_known_blocks_are_read() {
        vectors(|format, pin, pan, vector| {
            let Some(block) = vector.optional("clear_block") else {
                let field = crate::crypto::testing::hex(vector.expected("pin_field"));
                let read = Format::unpack_pin_field(&field.try_into().unwrap()).unwrap();
                assert!(read.is(&ClearPin::parse(pin.as_bytes()).unwrap()));
                let account = crate::crypto::testing::hex(vector.expected("pan_field"));
                assert_eq!(Format::account_field(pan.unwrap())[..], account[..]);
                return;
            };
            let block = u64::from_str_radix(block, 16).unwrap();
            let read = format.unpack(&block.to_be_bytes(), pan).unwrap();
            assert!(read.is(&ClearPin::parse(pin.as_bytes()).unwrap()));
        });
    }

    #[test]
    fn the_known_blocks_without_random_fill_are_made() {
        vectors(|format, pin, pan, vector| {
            if vector.optional_input("fill").is_some() {
                return;
            }
            let pin = ClearPin::parse(pin.as_bytes()).unwrap();
            let block = format.pack(&pin, pan).unwrap();
            assert_eq!(format!("{:016X}", *block), vector.expected("clear_block"));
        });
    }

    #[test]
    fn every_other_nibble_is_told_as_one_fault() {
        let pan = Some(Pan::parse(b"4111111111111111").unwrap());
        let pin = ClearPin::parse(b"12345").unwrap();
        for format in [1, 2, 3, 4, 5, 34, 35, 47].map(|code| Format::of_destination(code).unwrap()) {
            let block = *format.pack(&pin, pan).unwrap();
            let unpack = |block: u64| format.unpack(&block.to_be_bytes(), pan);
            assert!(unpack(block).unwrap().is(&pin));
            for other in 0..=u64::from(u16::MAX) {
                let damaged = block ^ other << 48;
                if let Err(error) = unpack(damaged) {
                    assert_eq!(error, NOT_OF_ITS_FORMAT);
                }
            }
        }
    }
}
