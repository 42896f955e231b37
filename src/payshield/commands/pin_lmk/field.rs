//! [`LmkPin`]: a PIN under the local master key as messages have it.
//!
//! Hosts that were written for simulators keep it in the clear (`--lmk-pin plain`): there it becomes a block under a key of
//! the server's own on its way in, and is revealed on its way out, so that mechanisms work with blocks in both cases.

use crate::ck::*;
use crate::payshield::call::{Call, attribute, flag};
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::pin_block::ISO_4;
use crate::payshield::commands::pins::{KeyedEnd, verified};
use crate::payshield::commands::shared::{Account, End, Parameter};
use crate::payshield::fields::Fields;
use crate::payshield::hex::unhex;
use crate::payshield::lmks::{Lmk, LmkKind};
use crate::payshield::refusal::Refusal;
use zeroize::Zeroizing;

/// Digits of a PIN.
const PIN_MAX: usize = 12;
const PIN_MIN: usize = 4;
/// The form of PINs under a local master key of AES, and what is added to the digits of the others' form.
const FORMAT_AES: u8 = 132;
const FORMAT_DIGITS: u8 = 100;

/// A PIN of a message.
pub(in crate::payshield::commands) struct LmkPin<'a>(&'a [u8]);

/// A PIN under the local master key, as mechanisms take it.
pub(in crate::payshield::commands) struct Opened {
    pub(in crate::payshield::commands) under: KeyedEnd,
    bytes: [u8; 16],
    length: usize,
}

impl Opened {
    pub(in crate::payshield::commands) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// Digits of a PIN under the local master key: how many are missing, and the PIN.
pub(super) fn digits_of(call: &Call<'_>) -> usize {
    1 + call.host.settings().pin_length_max.clamp(PIN_MIN, PIN_MAX)
}

/// Where PINs under the local master key are, for mechanisms.
///
/// # Errors
/// The module's.
pub(super) fn place(call: &Call<'_>, lmk: &Lmk, account: &Account) -> Result<KeyedEnd, Refusal> {
    if call.host.settings().plain_lmk_pins {
        return Ok(KeyedEnd {
            handle: key_of_clear_pins(call)?,
            end: End::under_key(ISO_4, *account),
        });
    }
    let format = match lmk.kind {
        LmkKind::KeyBlockAes => FORMAT_AES,
        _ => FORMAT_DIGITS.saturating_add(u8::try_from(digits_of(call)).unwrap_or(0)),
    };
    Ok(KeyedEnd {
        handle: lmk.handle,
        end: End::under_key(format, *account),
    })
}

/// The key that clear PINs are encrypted under on their way. It is made when it is first wanted.
fn key_of_clear_pins(call: &Call<'_>) -> Result<ObjectHandle, Refusal> {
    let place = call.host.of_clear_pins();
    if let Some(held) = place.get() {
        return Ok(held.handle);
    }
    let template = [
        attribute(CKA_VHSM_KEY_USAGE, b"P0"),
        attribute(CKA_VALUE_LEN, &to_ulong(32).to_ne_bytes()),
        flag(CKA_ENCRYPT, true),
        flag(CKA_DECRYPT, true),
    ];
    let held = call.generate(CKM_AES_KEY_GEN, &[], &template)?;
    Ok(place.get_or_init(|| held).handle)
}

fn parameter(under: &KeyedEnd) -> Parameter {
    Parameter::new().end_of(&under.end)
}

/// A clear PIN, encrypted.
///
/// # Errors
/// 24, and the mechanism's.
pub(super) fn enclose(call: &Call<'_>, under: KeyedEnd, digits: &[u8]) -> Result<Opened, Refusal> {
    let mut bytes = [0; 16];
    let parameter = parameter(&under);
    let length = call.encrypt(
        CKM_VHSM_PIN_BLOCK,
        parameter.get()?,
        under.handle,
        digits,
        &mut bytes,
    )?;
    Ok(Opened { under, bytes, length })
}

/// The digits of an encrypted PIN, and how many there are.
///
/// # Errors
/// 17 where the module does not reveal PINs; the mechanism's.
pub(super) fn reveal(
    call: &Call<'_>,
    source: &KeyedEnd,
    bytes: &[u8],
) -> Result<(Zeroizing<[u8; PIN_MAX]>, usize), Refusal> {
    let mut digits = Zeroizing::new([0; PIN_MAX]);
    let (parameter, handle) = (parameter(source), source.handle);
    let length = call.decrypt(
        CKM_VHSM_PIN_REVEAL,
        parameter.get()?,
        handle,
        bytes,
        &mut digits[..],
    );
    let length = length.map_err(off)?;
    Ok((digits, length))
}

/// A mechanism that is off is one that nobody has authorised.
pub(super) fn off(refused: Refusal) -> Refusal {
    refused.if_off(|refused| refused.with_code(ErrorCode::NOT_AUTHORISED))
}

impl<'a> LmkPin<'a> {
    /// Reads digits, or `J` and a block.
    ///
    /// # Errors
    /// 15.
    pub(in crate::payshield::commands) fn read(call: &mut Call<'a>) -> Result<Self, Refusal> {
        const NAME: &str = "PIN under the LMK";
        if call.fields.peek() != Some(b'J') {
            let length = digits_of(call);
            return call.fields.secret_digits(NAME, length).map(Self);
        }
        let text = call.fields.secret(NAME, 33)?;
        match text.iter().skip(1).all(u8::is_ascii_hexdigit) {
            true => Ok(Self(text)),
            false => Err(Fields::wrong(NAME)),
        }
    }

    /// The PIN as mechanisms take it.
    ///
    /// # Errors
    /// 14; A1 for a PIN under the other kind of LMK; the module's.
    pub(in crate::payshield::commands) fn open(
        &self,
        call: &Call<'_>,
        lmk: &Lmk,
        account: &Account,
    ) -> Result<Opened, Refusal> {
        let under = place(call, lmk, account)?;
        let mut bytes = [0; 16];
        let is_block = self.0.first() == Some(&b'J');
        let is_plain = call.host.settings().plain_lmk_pins;
        if is_block != (lmk.kind == LmkKind::KeyBlockAes && !is_plain) {
            let why = "the PIN is under the other kind of LMK";
            return Err(Refusal::new(ErrorCode::LMK_SCHEME, why));
        }
        if is_plain {
            return enclose(call, under, clear_digits(self.0)?);
        }
        let length = match is_block {
            true => 16,
            false => self.0.len(),
        };
        let room = bytes.get_mut(..length).unwrap_or_default();
        match is_block {
            true if unhex(self.0.get(1..).unwrap_or_default(), room) => {}
            true => return Err(Fields::wrong("PIN under the LMK")),
            false => room
                .iter_mut()
                .zip(self.0)
                .for_each(|(place, digit)| *place = *digit),
        }
        Ok(Opened { under, bytes, length })
    }
}

/// The PIN of a field that has it in the clear: how many digits are missing, the PIN, and zeros.
fn clear_digits(text: &[u8]) -> Result<&[u8], Refusal> {
    let split = text.split_first().and_then(|(missing, digits)| {
        let count = digits.len().checked_sub(usize::from(missing & 0xf))?;
        digits.split_at_checked(count)
    });
    match split {
        Some((digits, rest)) if digits.len() >= PIN_MIN && rest.iter().all(|digit| *digit == b'0') => {
            Ok(digits)
        }
        _ => Err(Refusal::new(
            ErrorCode::PIN_UNDER_LMK,
            "the PIN under the LMK has no such length",
        )),
    }
}

/// Writes a PIN under the local master key.
///
/// # Errors
/// 24 for one that is longer than those that are kept; the mechanism's.
pub(super) fn write(call: &mut Call<'_>, under: &KeyedEnd, bytes: &[u8]) -> Result<(), Refusal> {
    const NAME: &str = "PIN under the LMK";
    if call.host.settings().plain_lmk_pins {
        let (digits, count) = reveal(call, under, bytes)?;
        let length = digits_of(call);
        let missing = (length - 1)
            .checked_sub(count)
            .and_then(|count| u8::try_from(count).ok());
        let why = "the PIN has more digits than are kept under the LMK";
        let missing = missing.ok_or_else(|| Refusal::new(ErrorCode::PIN_LENGTH, why))?;
        let mut field = Zeroizing::new([b'0'; 1 + PIN_MAX]);
        let all = std::iter::once(b'0' | missing).chain(digits.iter().copied().take(count));
        field
            .iter_mut()
            .zip(all)
            .for_each(|(place, digit)| *place = digit);
        call.reply.secret(NAME, field.get(..length).unwrap_or_default());
        return Ok(());
    }
    if under.end.format == FORMAT_AES {
        call.reply.secret(NAME, b"J");
        call.reply.secret(NAME, &crate::payshield::hex::hex_digits(bytes));
    } else {
        call.reply.secret(NAME, bytes);
    }
    Ok(())
}

/// Checks a PIN by one under the local master key.
///
/// # Errors
/// 01, 14, 20.
pub(in crate::payshield::commands) fn compare(
    call: &Call<'_>,
    source: &KeyedEnd,
    block: &[u8],
    pin: &LmkPin<'_>,
) -> Result<(), Refusal> {
    let reference = pin.open(call, call.lmk()?, &source.end.account)?;
    let parameter = Parameter::new()
        .end_of(&source.end)
        .handle_of(reference.under.handle)
        .end_of(&reference.under.end);
    let right = call.verify(
        CKM_VHSM_PIN_COMPARE,
        parameter.get()?,
        source.handle,
        block,
        reference.bytes(),
    )?;
    verified(call, right)
}
