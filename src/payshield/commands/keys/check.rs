//! BU and KA: check values of keys.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::hex::hex_digits;
use crate::payshield::key_field::{KeyField, Untagged, check_digits};
use crate::payshield::refusal::Refusal;

use super::transport::untagged_zmk;
use super::under_lmk::{self, OF_BLOCKS};

/// How long a check value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::payshield::commands) enum Kcv {
    /// 16 digits.
    Whole,
    /// 6 digits.
    Short,
}

impl Kcv {
    /// Reads a type: `0` for 16 digits, `1` for 6.
    ///
    /// # Errors
    /// 15.
    pub(in crate::payshield::commands) fn read(call: &mut Call<'_>) -> Result<Self, Refusal> {
        match call.fields.byte("KCV type")? {
            b'0' => Ok(Self::Whole),
            b'1' => Ok(Self::Short),
            _ => Err(Fields::wrong("KCV type")),
        }
    }
}

/// The digits of a check value.
///
/// # Errors
/// 17 for 16 digits where they are off.
pub(in crate::payshield::commands) fn check_value(
    call: &Call<'_>,
    key: &Held,
    kcv: Kcv,
) -> Result<Vec<u8>, Refusal> {
    match kcv {
        Kcv::Short => Ok(check_digits(&key.check_value)),
        Kcv::Whole => {
            let value = call.sign(CKM_VHSM_KEY_CHECK_VALUE_WHOLE, &[], key, b"");
            let reason = "check values of 16 digits are off; mechanisms.enable = [\"CKM_VHSM_KEY_CHECK_VALUE_WHOLE\"] \
                          switches them on";
            let off = |_| Refusal::new(ErrorCode::NOT_AUTHORISED, reason);
            let value = value.map_err(|refused| refused.if_off(off))?;
            Ok(hex_digits(value.get(..8).unwrap_or(&value)))
        }
    }
}

/// The key type that two characters stand for: variant and pair.
fn key_type_of([variant, pair]: [u8; 2]) -> Result<[u8; 3], Refusal> {
    let code = [variant, b'0', pair];
    match crate::payment::lmk::usage_of_key_type(code) {
        Some(_) => Ok(code),
        None => Err(Refusal::new(
            ErrorCode::KEY_TYPE_CODE,
            "there is no such key type code",
        )),
    }
}

/// Key type code and length flag, as BU and BW have them.
pub(in crate::payshield::commands) struct Kind {
    /// The two characters.
    code: [u8; 2],
    flag: u8,
}

impl Kind {
    /// Reads both.
    ///
    /// # Errors
    /// 04, 05.
    pub(in crate::payshield::commands) fn read(call: &mut Call<'_>) -> Result<Self, Refusal> {
        let code = call.fields.array("key type code")?;
        if code != *b"FF" {
            key_type_of(code)?;
        }
        let flag = call.fields.byte("key length flag")?;
        match flag {
            b'0'..=b'2' | b'F' => Ok(Self { code, flag }),
            _ => Err(Refusal::new(
                ErrorCode::LENGTH_FLAG,
                "the length flag is 0, 1, 2 or F",
            )),
        }
    }

    /// Reads the key, and behind it the key type, where it is told there.
    ///
    /// # Errors
    /// 15, 26; 27 for a key of another length.
    pub(in crate::payshield::commands) fn read_key<'a>(
        &self,
        call: &mut Call<'a>,
    ) -> Result<(KeyField<'a>, [u8; 3]), Refusal> {
        let untagged = match self.flag {
            b'0' => Untagged::Single,
            _ => Untagged::Double,
        };
        let field = KeyField::read(&mut call.fields, "key", untagged)?;
        let fits = match field.scheme {
            b'Z' => self.flag == b'0',
            b'U' | b'X' => self.flag == b'1',
            b'T' | b'Y' => self.flag == b'2',
            _ => self.flag == b'F',
        };
        if !fits {
            return Err(Refusal::new(
                ErrorCode::KEY_LENGTH,
                "the key has another length than its flag says",
            ));
        }
        // A key type has three characters, and so have the fields behind it.
        let is_type = self.code == *b"FF" || call.fields.rest().get(4) == Some(&b';');
        if is_type && call.fields.take(b';') {
            let told = call.fields.array("key type")?;
            return Ok((field, told));
        }
        match self.code {
            // Of another key the type is missing, which is told once it is known whether it is one of this LMK.
            [b'F', b'F'] => Ok((field, OF_BLOCKS)),
            code => Ok((field, key_type_of(code)?)),
        }
    }
}

/// `;`, two reserved characters, and the type of check value.
fn read_kcv(call: &mut Call<'_>, otherwise: Kcv) -> Result<Kcv, Refusal> {
    match call.fields.take(b';') {
        true => {
            call.fields.bytes("reserved", 2)?;
            Kcv::read(call)
        }
        false => Ok(otherwise),
    }
}

/// That check values of 16 digits are authorised. They may be off as well: the log says all that they need.
///
/// # Errors
/// 17.
fn authorise_whole(call: &Call<'_>) -> Result<(), Refusal> {
    call.authorised(super::KCV.name).map_err(|refused| {
        let reason = format!(
            "{}; check values of 16 digits also need mechanisms.enable = [\"CKM_VHSM_KEY_CHECK_VALUE_WHOLE\"], those of \
             6 (`;001` in the message) neither",
            refused.reason
        );
        Refusal::new(refused.code, reason)
    })
}

fn reply(call: &mut Call<'_>, field: &KeyField<'_>, code: [u8; 3], kcv: Kcv) -> Result<(), Refusal> {
    if kcv == Kcv::Whole {
        authorise_whole(call)?;
    }
    let lmk = call.lmk()?;
    let key = under_lmk::open(call, lmk, field, (code, None))?;
    let value = check_value(call, &key, kcv)?;
    call.reply.field("KCV", &value);
    Ok(())
}

/// BU
pub(super) fn key_check_value(call: &mut Call<'_>) -> Result<(), Refusal> {
    let (field, code) = Kind::read(call)?.read_key(call)?;
    let otherwise = if field.is_block() { Kcv::Short } else { Kcv::Whole };
    let kcv = read_kcv(call, otherwise)?;
    call.end()?;
    reply(call, &field, code, kcv)
}

/// KA
pub(super) fn key_check_value_of_old(call: &mut Call<'_>) -> Result<(), Refusal> {
    let untagged = match untagged_zmk(call) {
        // Two characters of a code are behind the key: a key of 16 digits ends where they begin.
        _ if call
            .fields
            .rest()
            .get(18)
            .is_none_or(|next| !next.is_ascii_hexdigit()) =>
        {
            Untagged::Single
        }
        untagged => untagged,
    };
    let field = KeyField::read(&mut call.fields, "key", untagged)?;
    let code = key_type_of(call.fields.array("key type code")?)?;
    let kcv = read_kcv(call, Kcv::Whole)?;
    call.end()?;
    reply(call, &field, code, kcv)
}
