//! How long a PIN block is under a base key of AES, which does not tell: its PIN keys are those of AES for format 48, whose
//! blocks have 32 digits, and those of triple DES for the other formats.

use super::dukpt::is_base;
use super::pin_block::ISO_4_TEXT;
use super::shared::Account;
use crate::payshield::call::Call;
use crate::payshield::key_field::KeyField;
use crate::payshield::refusal::Refusal;

/// How long a PIN block is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Size {
    /// 16 hexadecimal digits.
    Short,
    /// 32: format 48.
    Long,
}

impl Size {
    /// Under a key that is no base key.
    pub(super) fn under(key: &KeyField<'_>) -> Self {
        match key.is_aes() && is_base(key).is_none() {
            true => Self::Long,
            false => Self::Short,
        }
    }

    /// Hexadecimal digits of the block.
    pub(super) const fn digits(self) -> usize {
        match self {
            Self::Short => 16,
            Self::Long => 32,
        }
    }
}

/// Digits of the account number of a card, but for cards that there are hardly any of.
const ACCOUNT_MIN: usize = 12;

/// Reads a message from the PIN block with `read`, and its end. Under a base key of AES the block is as long as the message
/// fits it to its last character: 32 digits if the account number is a card's, else 16, else 32.
///
/// # Errors
/// As [`Call::end`]; what `read` says: with 16 digits if it came beyond 32 characters so, else with 32 if format 48 stands behind them.
pub(super) fn read_to_end<'a, T>(
    call: &mut Call<'a>,
    key: &KeyField<'_>,
    read: impl Fn(&mut Call<'a>, Size) -> Result<(T, Account), Refusal>,
) -> Result<(T, Account), Refusal> {
    let whole = |call: &mut Call<'a>, size| {
        let made = read(call, size)?;
        call.fields.end_before_lmk()?;
        Ok(made)
    };
    let made = read_sized(call, key, whole)?;
    call.check_lmk()?;
    Ok(made)
}

fn read_sized<'a, T>(
    call: &mut Call<'a>,
    key: &KeyField<'_>,
    read: impl Fn(&mut Call<'a>, Size) -> Result<(T, Account), Refusal>,
) -> Result<(T, Account), Refusal> {
    if !key.is_aes() || !may_be_long(call.fields.rest()) {
        return read(call, Size::Short);
    }
    let start = call.fields.clone();
    let beyond = start.rest().len().saturating_sub(Size::Long.digits());
    let long = read(call, Size::Long);
    if matches!(&long, Ok((_, account)) if account.digits().len() >= ACCOUNT_MIN) {
        return long;
    }
    let of_long = std::mem::replace(&mut call.fields, start);
    let short = read(call, Size::Short);
    // Format, account number and what follows have told that it is so: in the middle of 32 digits they would hardly be.
    if short.is_ok() || (long.is_err() && call.fields.rest().len() < beyond) {
        return short;
    }
    call.fields = of_long;
    long
}

/// Whether format 48 stands behind a block of 32 digits, or of an index of user storage, and the `;` of its account number
/// behind that.
fn may_be_long(rest: &[u8]) -> bool {
    /// Another format or a check length, and the longest account number.
    const DIGITS: usize = 2 + 19;
    let block = if rest.starts_with(b"K") { 4 } else { 32 };
    let behind = rest
        .get(block..)
        .and_then(|behind| behind.strip_prefix(ISO_4_TEXT));
    behind.is_some_and(|behind| {
        let count = behind.iter().take_while(|byte| byte.is_ascii_digit()).count();
        count <= DIGITS && behind.get(count) == Some(&b';')
    })
}
