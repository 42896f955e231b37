//! ISO 9564-1 format 4, which has 16 bytes: the field of the PIN, and that of the account.

use zeroize::Zeroizing;

use super::block::{Format, NOT_OF_ITS_FORMAT, nibble, packed};
use super::number::{ClearPin, PIN_MAX, PIN_MIN};
use crate::crypto::rng;
use crate::error::Result;
use crate::payment::domain::Pan;

impl Format {
    /// The two fields of format 4, of PIN and account [ISO 9564-1:2017, 9.4.2].
    ///
    /// # Errors
    /// As [`Format::pack`].
    pub(in crate::payment) fn pack_pin_field(pin: &ClearPin) -> Result<Zeroizing<[u8; 16]>> {
        let digits = pin.digits().iter().copied();
        let count = u8::try_from(pin.digits().len()).unwrap_or(0);
        let left = [4, count].into_iter().chain(digits).chain([0xa; 16]);
        let mut field = Zeroizing::new([0; 16]);
        let (first, random) = field.split_at_mut(8);
        first.copy_from_slice(&packed(left).to_be_bytes());
        rng::system(random)?;
        Ok(field)
    }

    /// The account's field of format 4. Fewer than 12 digits have zeros before them.
    pub(in crate::payment) fn account_field(pan: Pan) -> [u8; 16] {
        let digits = pan.digits();
        let more = u8::try_from(digits.len().saturating_sub(12)).unwrap_or(0);
        let missing = 12_usize.saturating_sub(digits.len());
        let mut nibbles = std::iter::once(more)
            .chain(std::iter::repeat_n(0, missing))
            .chain(digits.iter().map(|digit| digit & 0xf))
            .chain([0; 32]);
        let mut next = || nibbles.next().unwrap_or(0);
        std::array::from_fn(|_| next() << 4 | next())
    }

    /// Reads a PIN out of the PIN's field of format 4, as [`Format::unpack`] does.
    ///
    /// # Errors
    /// As [`Format::unpack`].
    pub(in crate::payment) fn unpack_pin_field(field: &[u8; 16]) -> Result<ClearPin> {
        let block = Zeroizing::new(field.first_chunk().copied().map_or(0, u64::from_be_bytes));
        let nibbles = || (2..16).map(|at| nibble(*block, at));
        let length = usize::from(nibble(*block, 1));
        let mut wrong = u8::from(nibble(*block, 0) != 4) | u8::from(!(PIN_MIN..=PIN_MAX).contains(&length));
        for (at, nibble) in nibbles().enumerate() {
            let in_pin = u8::from(at < length);
            wrong |= (in_pin & u8::from(nibble > 9)) | ((1 - in_pin) & u8::from(nibble != 0xa));
        }
        match wrong {
            0 => Ok(ClearPin::of(nibbles(), length)),
            _ => Err(NOT_OF_ITS_FORMAT),
        }
    }
}
