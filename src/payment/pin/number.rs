//! [`ClearPin`]: a PIN in the clear, for as long as it takes to put it into another block.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, PinFault, Result};

/// Digits of the shortest PIN [ISO 9564-1, 8.1].
pub(in crate::payment) const PIN_MIN: usize = 4;
/// Digits of the longest PIN.
pub(in crate::payment) const PIN_MAX: usize = 12;

/// The digits of a PIN as numbers from 0 to 9, left-justified, zeros behind them. `Debug` shows its length.
pub(in crate::payment) struct ClearPin {
    digits: Zeroizing<[u8; PIN_MAX]>,
    length: usize,
}

impl ClearPin {
    /// Takes the first `length` digits.
    pub(in crate::payment) fn of(digits: impl Iterator<Item = u8>, length: usize) -> Self {
        let mut pin = Self {
            digits: Zeroizing::new([0; PIN_MAX]),
            length: length.min(PIN_MAX),
        };
        for (to, digit) in pin.digits.iter_mut().take(length).zip(digits) {
            *to = digit;
        }
        pin
    }

    /// Reads digits in ASCII.
    ///
    /// # Errors
    /// [`Error::Pin`] for another length, [`Error::DataInvalid`] for what is no digit.
    pub(in crate::payment) fn parse(text: &[u8]) -> Result<Self> {
        if !(PIN_MIN..=PIN_MAX).contains(&text.len()) {
            return Err(WRONG_LENGTH);
        }
        match text.iter().all(u8::is_ascii_digit) {
            true => Ok(Self::of(text.iter().map(|digit| digit & 0xf), text.len())),
            false => Err(Error::DataInvalid("a PIN has decimal digits")),
        }
    }

    /// The digits as numbers.
    pub(in crate::payment) fn digits(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }

    /// The digits in ASCII, into the beginning of `out`; gives how many there are.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is no room.
    pub(in crate::payment) fn write(&self, out: &mut [u8]) -> Result<usize> {
        let out = out.get_mut(..self.length);
        let out = out.ok_or(Error::Internal("a PIN has no room"))?;
        for (to, digit) in out.iter_mut().zip(self.digits()) {
            *to = b'0' | digit;
        }
        Ok(self.length)
    }

    /// Whether two PINs are the same, in a time that does not depend on their digits.
    pub(in crate::payment) fn is(&self, other: &Self) -> bool {
        let same_length = self.length.ct_eq(&other.length);
        (same_length & self.digits.ct_eq(&*other.digits)).into()
    }
}

impl std::fmt::Debug for ClearPin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} digits]", self.length)
    }
}

/// The answer to a PIN that is too short or too long.
pub(in crate::payment) const WRONG_LENGTH: Error = Error::Pin(PinFault::Length, "PINs have 4 to 12 digits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_has_4_to_12_digits() {
        for length in 0..20 {
            let parsed = ClearPin::parse(&b"12345678901234567890"[..length]);
            match (PIN_MIN..=PIN_MAX).contains(&length) {
                true => assert_eq!(parsed.unwrap().digits().len(), length),
                false => assert_eq!(parsed.unwrap_err(), WRONG_LENGTH),
            }
        }
        assert!(matches!(ClearPin::parse(b"12a4"), Err(Error::DataInvalid(_))));
    }

    #[test]
    fn pins_differ_by_digits_and_by_length() {
        let pin = |text| ClearPin::parse(text).unwrap();
        assert!(pin(b"1234").is(&pin(b"1234")));
        assert!(!pin(b"1234").is(&pin(b"1235")));
        assert!(!pin(b"1230").is(&pin(b"12300")));
        assert_eq!(format!("{:?}", pin(b"987654")), "[6 digits]");
    }
}
