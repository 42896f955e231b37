//! What commands have in common: parameters of the vendor mechanisms, account numbers.

use super::pin_block::{ISO_4, PLUS};
use crate::ck::ObjectHandle;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::refusal::Refusal;

/// The longest parameter that is put together here.
const PARAMETER_MAX: usize = 160;

/// A flat parameter that is put together: its first byte is the version of its form.
pub(super) struct Parameter {
    bytes: [u8; PARAMETER_MAX],
    /// Of all that was put in, also of what found no room.
    length: usize,
}

impl Parameter {
    pub(super) fn new() -> Self {
        Self::of_version(1)
    }

    pub(super) fn of_version(version: u8) -> Self {
        let empty = Self {
            bytes: [0; PARAMETER_MAX],
            length: 0,
        };
        empty.byte(version)
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        let end = self.length + bytes.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(bytes);
        }
        self.length = end;
        self
    }

    pub(super) fn byte(self, byte: u8) -> Self {
        self.bytes(&[byte])
    }

    /// The handle of a further key.
    pub(super) fn handle(self, key: &Held) -> Self {
        self.handle_of(key.handle)
    }

    /// The handle of a further key, or 0.
    pub(super) fn handle_of(self, key: ObjectHandle) -> Self {
        self.bytes(&key.0.to_be_bytes())
    }

    /// ACCOUNT: 20 bytes.
    pub(super) fn account(self, digits: &[u8]) -> Self {
        let mut account = [0; 20];
        if let ([length, place @ ..], Ok(count)) = (&mut account, u8::try_from(digits.len())) {
            *length = count;
            place
                .iter_mut()
                .zip(digits)
                .for_each(|(place, digit)| *place = *digit);
        }
        self.bytes(&account)
    }

    /// END of a block under a key itself: 34 bytes.
    pub(super) fn end(self, format: u8, account: &[u8]) -> Self {
        self.bytes(&[format, 0]).bytes(&[0; 12]).account(account)
    }

    /// END of a block, whatever its key.
    pub(super) fn end_of(self, end: &End) -> Self {
        match end.derivation {
            0 => self.end(end.format, end.account.digits()),
            derivation => self
                .bytes(&[end.format, derivation])
                .bytes(&end.serial)
                .account(end.account.digits()),
        }
    }

    /// The parameter with tables of excluded PINs, which may be long.
    ///
    /// # Errors
    /// As [`Parameter::get`].
    pub(super) fn followed_by(&self, tables: &[u8]) -> Result<Vec<u8>, Refusal> {
        Ok([self.get()?, tables].concat())
    }

    /// The parameter.
    ///
    /// # Errors
    /// 41 if something found no room in it.
    pub(super) fn get(&self) -> Result<&[u8], Refusal> {
        self.bytes
            .get(..self.length)
            .ok_or_else(|| Refusal::new(ErrorCode::INTERNAL, "a mechanism's parameter is too long"))
    }
}

/// How a PIN block is formed, and under what it is encrypted, the key's handle apart.
pub(super) struct End {
    pub(super) format: u8,
    /// How the PIN key is derived; 0 for a key itself.
    pub(super) derivation: u8,
    /// The key serial number at its end.
    pub(super) serial: [u8; 12],
    pub(super) account: Account,
}

impl End {
    /// Under a key itself.
    pub(super) fn under_key(format: u8, account: Account) -> Self {
        Self {
            format,
            derivation: 0,
            serial: [0; 12],
            account,
        }
    }
}

/// An account number as messages have it: 12 digits without the check digit, 18 for PLUS, or the whole number and `;` for
/// format 48. Mechanisms take it with a check digit, which none of the formats that are bound to 12 digits uses.
#[derive(Clone, Copy)]
pub(super) struct Account {
    digits: [u8; 19],
    length: usize,
}

impl Account {
    /// Reads 12 digits.
    ///
    /// # Errors
    /// 15 if the message ends, 22 if they are no digits.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        Self::of(&fields.account::<12>("account number")?, true)
    }

    /// Reads what a block of one of these formats goes with.
    ///
    /// # Errors
    /// As [`Account::read`].
    pub(super) fn read_for(fields: &mut Fields<'_>, formats: &[u8]) -> Result<Self, Refusal> {
        if formats.contains(&ISO_4) {
            return Self::of(fields.card_number_until("account number", b';', 19)?, false);
        }
        match formats.contains(&PLUS) {
            true => Self::of(&fields.account::<18>("account number")?, true),
            false => Self::read(fields),
        }
    }

    fn of(text: &[u8], without_check_digit: bool) -> Result<Self, Refusal> {
        if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
            return Err(Refusal::new(
                ErrorCode::ACCOUNT,
                "the account number has other characters than digits",
            ));
        }
        let mut digits = [b'0'; 19];
        digits
            .iter_mut()
            .zip(text)
            .for_each(|(place, digit)| *place = *digit);
        Ok(Self {
            digits,
            length: text.len() + usize::from(without_check_digit),
        })
    }

    /// With the check digit.
    pub(super) fn digits(&self) -> &[u8] {
        self.digits.get(..self.length).unwrap_or_default()
    }

    /// The last so many digits before the check digit, fewer if there are not so many.
    pub(super) fn last(&self, count: usize) -> &[u8] {
        let (_check, digits) = self.digits().split_last().unwrap_or((&0, &[]));
        digits
            .get(digits.len().saturating_sub(count)..)
            .unwrap_or_default()
    }
}

/// The maximum PIN length, which stands before the block; hosts send 12.
///
/// # Errors
/// 15; 24 if it is none of a PIN.
pub(super) fn most_digits(fields: &mut Fields<'_>) -> Result<u8, Refusal> {
    match u8::try_from(fields.number("maximum PIN length", 2)?) {
        Ok(most @ 4..=12) => Ok(most),
        _ => Err(Refusal::new(ErrorCode::PIN_LENGTH, "PINs have 4 to 12 digits")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_that_is_too_long_is_refused_and_not_cut() {
        let longest = Parameter::new().bytes(&[7; PARAMETER_MAX - 1]);
        assert_eq!(longest.get().unwrap().len(), PARAMETER_MAX);
        let longer = longest.byte(7);
        assert_eq!(longer.get().unwrap_err().code, ErrorCode::INTERNAL);
        // What comes behind has no place either, however short it is.
        let behind = Parameter::new().bytes(&[7; PARAMETER_MAX]).bytes(&[]).byte(7);
        assert!(behind.followed_by(&[]).is_err());
    }
}
