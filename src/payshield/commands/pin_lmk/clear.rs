//! PINs in the clear under the local master key and back, and PINs that are made.

use zeroize::Zeroizing;

use super::CLEAR;
use super::field::{LmkPin, digits_of, enclose, place, reveal, write};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::excluded;
use crate::payshield::commands::shared::{Account, Parameter};
use crate::payshield::fields::Fields;
use crate::payshield::refusal::Refusal;

/// Digits of a PIN that nobody says the length of.
const LENGTH: usize = 4;

pub(super) fn encrypt(call: &mut Call<'_>) -> Result<(), Refusal> {
    let length = digits_of(call);
    let field = call.fields.secret("PIN", length)?;
    let account = Account::read(&mut call.fields)?;
    call.end()?;
    call.authorised(CLEAR.name)?;
    let count = field.iter().position(|digit| *digit == b'F').unwrap_or(length);
    let split = field.split_at_checked(count);
    let (digits, fill) = split.ok_or_else(|| Fields::wrong("PIN"))?;
    if !digits.iter().all(u8::is_ascii_digit) || fill.iter().any(|byte| *byte != b'F') {
        return Err(Fields::wrong("PIN"));
    }
    let place = place(call, call.lmk()?, &account)?;
    let pin = enclose(call, place, digits)?;
    write(call, &pin.under, pin.bytes())
}

pub(super) fn decrypt(call: &mut Call<'_>) -> Result<(), Refusal> {
    let account = Account::read(&mut call.fields)?;
    let pin = LmkPin::read(call)?;
    call.end()?;
    call.authorised(CLEAR.name)?;
    let pin = pin.open(call, call.lmk()?, &account)?;
    let (digits, count) = reveal(call, &pin.under, pin.bytes())?;
    let mut field = Zeroizing::new([b'F'; 13]);
    field
        .iter_mut()
        .zip(digits.iter().take(count))
        .for_each(|(place, digit)| *place = *digit);
    let length = digits_of(call);
    call.reply.secret("PIN", field.get(..length).unwrap_or_default());
    Ok(())
}

pub(super) fn generate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let account = Account::read(&mut call.fields)?;
    let length = match call.fields.peek() {
        Some(digit) if digit.is_ascii_digit() => call.fields.number("PIN length", 2)?,
        _ => LENGTH,
    };
    let excluded = excluded::read(call)?;
    call.end()?;
    let Some(length) = u8::try_from(length)
        .ok()
        .filter(|length| (4..=12).contains(length))
    else {
        return Err(Refusal::new(ErrorCode::PIN_LENGTH, "PINs have 4 to 12 digits"));
    };
    let under = place(call, call.lmk()?, &account)?;
    let parameter = Parameter::new().end_of(&under.end).byte(length);
    let mut made = [0; 16];
    let count = call.encrypt(
        CKM_VHSM_PIN_GENERATE,
        &parameter.followed_by(&excluded)?,
        under.handle,
        &[],
        &mut made,
    )?;
    write(call, &under, made.get(..count).unwrap_or_default())
}
