//! PINs that must not be chosen: a table in the parameter.

use super::number::{ClearPin, PIN_MAX, PIN_MIN};
use crate::error::{Error, PinFault, Result};

/// Bytes of the tables: two at most of those that are longest: how many, how long, and 255 PINs.
pub(super) const TABLE_MAX: usize = 2 * (2 + 255 * PIN_MAX);

/// Tables of PINs of one length, in ASCII; none, if the parameter has no table.
pub(super) struct Excluded<'a>(&'a [u8]);

impl<'a> Excluded<'a> {
    /// Reads the end of a parameter: nothing, or COUNT, LENGTH and the PINs without gaps, once or more.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self> {
        let mut rest = bytes;
        while !rest.is_empty() {
            (_, _, rest) = table(rest).ok_or(WRONG_TABLE)?;
        }
        Ok(Self(bytes))
    }

    /// That there are none, where a value is checked: whoever asks with tables of his own whether the PIN of a block is one of
    /// theirs knows it after some 25 questions.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn check_none(&self) -> Result<()> {
        match self.0 {
            [] => Ok(()),
            _ => Err(Error::MechanismParamInvalid(
                "excluded PINs go with values that are made, and not with those that are checked",
            )),
        }
    }

    /// Whether the PIN is none of these.
    pub(super) fn allows(&self, pin: &ClearPin) -> bool {
        let is = |text: &[u8]| ClearPin::parse(text).is_ok_and(|excluded| excluded.is(pin));
        let (mut rest, mut allowed) = (self.0, true);
        while let Some((length, pins, further)) = table(rest) {
            allowed = pins
                .chunks_exact(length)
                .fold(allowed, |allowed, text| allowed & !is(text));
            rest = further;
        }
        allowed
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

/// The version of parameters that have excluded PINs at their end, and no more.
const PLAIN: u8 = 1;
/// The version of those that say before them how many digits the PIN may have.
const BOUNDED: u8 = 2;

/// Which PINs there may be.
pub(super) struct Allowed<'a> {
    /// Digits of the longest.
    most: usize,
    excluded: Excluded<'a>,
}

impl<'a> Allowed<'a> {
    /// Reads the end of a parameter of this version.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn parse(version: u8, rest: &'a [u8]) -> Result<Self> {
        let (most, rest) = match (version, rest) {
            (PLAIN, rest) => (PIN_MAX, rest),
            (BOUNDED, [most, rest @ ..]) => (usize::from(*most), rest),
            (BOUNDED, []) => return Err(Error::MechanismParamInvalid("it ends too early")),
            _ => return Err(Error::MechanismParamInvalid("the parameter's version is 1 or 2")),
        };
        if !(PIN_MIN..=PIN_MAX).contains(&most) {
            return Err(Error::MechanismParamInvalid("the longest PIN has 4 to 12 digits"));
        }
        let excluded = Excluded::parse(rest)?;
        Ok(Self { most, excluded })
    }

    /// As [`Excluded::check_none`].
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn check_none_excluded(&self) -> Result<()> {
        self.excluded.check_none()
    }

    /// That the PIN is no longer than it may be, and none of the excluded ones.
    ///
    /// # Errors
    /// [`Error::Pin`] with [`PinFault::Length`] or [`PinFault::Excluded`].
    pub(super) fn check(&self, pin: &ClearPin) -> Result<()> {
        if pin.digits().len() > self.most {
            return Err(Error::Pin(
                PinFault::Length,
                "it has more digits than it may have",
            ));
        }
        self.excluded.check(pin)
    }
}

/// The first table: the length of its PINs, the PINs, and what is behind it; `None` if there is none.
fn table(bytes: &[u8]) -> Option<(usize, &[u8], &[u8])> {
    let [count, length, rest @ ..] = bytes else {
        return None;
    };
    let (count, length) = (usize::from(*count), usize::from(*length));
    let (pins, rest) = rest.split_at_checked(count.saturating_mul(length))?;
    let fits = (PIN_MIN..=PIN_MAX).contains(&length) && pins.iter().all(u8::is_ascii_digit);
    fits.then_some((length, pins, rest))
}

const WRONG_TABLE: Error =
    Error::MechanismParamInvalid("the excluded PINs do not have the number and the length that are told");
