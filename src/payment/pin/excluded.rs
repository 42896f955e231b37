//! PINs that must not be chosen: a table in the parameter.

use super::number::{ClearPin, PIN_MAX, PIN_MIN};
use crate::error::{Error, PinFault, Result};

/// Bytes of the longest table: how many, how long, and 255 PINs.
pub(super) const TABLE_MAX: usize = 2 + 255 * PIN_MAX;

/// PINs of one length, in ASCII; none, if the parameter has no table.
pub(super) struct Excluded<'a> {
    length: usize,
    pins: &'a [u8],
}

impl<'a> Excluded<'a> {
    /// Reads the end of a parameter: nothing, or COUNT, LENGTH and the PINs without gaps.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let (count, length, pins) = match bytes {
            [] => return Ok(Self { length: 1, pins: &[] }),
            [count, length, pins @ ..] => (usize::from(*count), usize::from(*length), pins),
            [_] => return Err(WRONG_TABLE),
        };
        let fits = (PIN_MIN..=PIN_MAX).contains(&length)
            && pins.len() == count.saturating_mul(length)
            && pins.iter().all(u8::is_ascii_digit);
        match fits {
            true => Ok(Self { length, pins }),
            false => Err(WRONG_TABLE),
        }
    }

    /// Whether the PIN is none of these.
    pub(super) fn allows(&self, pin: &ClearPin) -> bool {
        let is = |text: &[u8]| ClearPin::parse(text).is_ok_and(|excluded| excluded.is(pin));
        self.pins
            .chunks_exact(self.length)
            .fold(true, |allowed, text| allowed & !is(text))
    }

    /// # Errors
    /// [`Error::Pin`] with [`PinFault::Excluded`].
    pub(super) fn check(&self, pin: &ClearPin) -> Result<()> {
        match self.allows(pin) {
            true => Ok(()),
            false => Err(Error::Pin(
                PinFault::Excluded,
                "the table in the parameter has it",
            )),
        }
    }
}

const WRONG_TABLE: Error =
    Error::MechanismParamInvalid("the excluded PINs do not have the number and the length that are told");
