//! Keys under a zone's or a terminal's master key: in key blocks, or in electronic code book.

use std::sync::Arc;

use crate::ck::*;
use crate::payshield::call::{Call, attribute, flag};
use crate::payshield::code::ErrorCode;
use crate::payshield::expected::refuse_component;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged, with_tag};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, TMK, ZMK};

use super::trailers::Header;
use super::under_lmk::check_des;

/// The highest of Atalla's variants.
const ATALLA_MAX: usize = 31;

/// Reads a ZMK: without a tag it is as long as the settings say.
///
/// # Errors
/// 15, 26.
pub(in crate::payshield::commands) fn read_zmk<'a>(call: &mut Call<'a>) -> Result<KeyField<'a>, Refusal> {
    let untagged = untagged_zmk(call);
    KeyField::read(&mut call.fields, "ZMK", untagged)
}

/// How long ZMKs without a tag are.
pub(in crate::payshield::commands) fn untagged_zmk(call: &Call<'_>) -> Untagged {
    match call.host.settings().single_zmks {
        true => Untagged::Single,
        false => Untagged::Double,
    }
}

/// Reads Atalla's variant, of one or two digits, if there is one; 0 for none.
///
/// # Errors
/// 15 for one that there is not.
pub(in crate::payshield::commands) fn read_atalla(call: &mut Call<'_>) -> Result<u8, Refusal> {
    let digits = call
        .fields
        .rest()
        .iter()
        .take(2)
        .take_while(|byte| byte.is_ascii_digit());
    let count = digits.count();
    if count == 0 {
        return Ok(0);
    }
    let variant = call.fields.number("Atalla variant", count)?;
    match u8::try_from(variant) {
        Ok(variant @ 1..) if usize::from(variant) <= ATALLA_MAX => Ok(variant),
        _ => Err(Fields::wrong("Atalla variant")),
    }
}

/// Which master key: `0` a ZMK, `1` a TMK.
///
/// # Errors
/// 15.
pub(in crate::payshield::commands) fn master_role(flag: u8) -> Result<&'static KeyRole, Refusal> {
    match flag {
        b'0' => Ok(&ZMK),
        b'1' => Ok(&TMK),
        _ => Err(Fields::wrong("ZMK or TMK flag")),
    }
}

/// A key that came under a master key.
pub(in crate::payshield::commands) struct Imported {
    pub(in crate::payshield::commands) key: Held,
    /// The parity of what came was wrong; that of the key is set.
    pub(in crate::payshield::commands) wrong_parity: bool,
}

/// Takes a key in from under a master key. `header` says what a key without a header is.
///
/// # Errors
/// 11 and 75 for weak keys, A4 for damage, A6 to A8, A9 for a component; 26 for a scheme that there is not.
pub(in crate::payshield::commands) fn import(
    call: &Call<'_>,
    master: &Held,
    field: &KeyField<'_>,
    (atalla, header): (u8, &Header<'_>),
) -> Result<Imported, Refusal> {
    let key = import_as(call, master, field, (atalla, header), AS_IT_IS);
    let imported = match key {
        Ok(key) => Imported {
            key,
            wrong_parity: false,
        },
        Err(refused) if refused.code == ErrorCode::SOURCE_PARITY => {
            let key = import_as(call, master, field, (atalla, header), SET_PARITY);
            Imported {
                // Where the mechanism is off, such keys do not come in.
                key: key.map_err(|again| again.if_off(|_| refused.of_second_key()))?,
                wrong_parity: true,
            }
        }
        Err(refused) => return Err(refused),
    };
    refuse_component(field)?;
    Ok(imported)
}

/// The option of a key that is taken as it is.
const AS_IT_IS: u8 = 0;
/// The option of a key in a block that goes under the LMK, also if it may not be exported.
const KEEP: u8 = 2;
/// The option of a DES key whose parity is set.
const SET_PARITY: u8 = 1;

fn import_as(
    call: &Call<'_>,
    master: &Held,
    field: &KeyField<'_>,
    (atalla, header): (u8, &Header<'_>),
    option: u8,
) -> Result<Held, Refusal> {
    let mut template = vec![flag(CKA_EXTRACTABLE, true)];
    let handle = master.handle;
    match field.scheme {
        b'R' => call.unwrap(
            CKM_VHSM_TR31,
            &[1, 0, KEEP | option],
            handle,
            field.block(),
            &template,
        ),
        b'S' => call.unwrap(
            CKM_VHSM_THALES_KEY_BLOCK,
            &[1, 0, KEEP | option],
            handle,
            field.block(),
            &template,
        ),
        scheme => {
            check_des(master)?;
            template.push(attribute(CKA_VHSM_KEY_USAGE, &header.usage));
            if header.mode != 0 {
                template.push(attribute(CKA_VHSM_MODE_OF_USE, &[header.mode]));
            }
            let text = field.text.strip_prefix(b"Z").unwrap_or(field.text);
            let mechanism = match option {
                SET_PARITY => CKM_VHSM_X9_17_ANY_PARITY,
                _ => CKM_VHSM_X9_17,
            };
            let opened = call.unwrap(mechanism, &[1, scheme, atalla], handle, text, &template);
            opened.map_err(|refused| refused.recode(ErrorCode::KEY_BLOCK_LENGTH, ErrorCode::KEY_LENGTH))
        }
    }
}

/// What a key leaves as.
#[derive(Clone, Copy)]
pub(in crate::payshield::commands) struct Leaving<'a> {
    pub(in crate::payshield::commands) scheme: u8,
    pub(in crate::payshield::commands) atalla: u8,
    /// The version of a key block, where the message says one.
    pub(in crate::payshield::commands) block_version: Option<u8>,
    pub(in crate::payshield::commands) header: Header<'a>,
}

/// The usage that a key has in blocks of X9.143, which have the codes of the standard.
pub(in crate::payshield::commands) fn of_standard(usage: [u8; 2]) -> [u8; 2] {
    match KeyUsage(usage).standard() {
        KeyUsage::ZONE_MASTER | KeyUsage::TERMINAL_MASTER => KeyUsage::KEY_ENCRYPTION.0,
        standard => standard.0,
    }
}

/// The key as the response has it: wrapped under a master key, with its tag. In blocks of X9.143 the usage is the key's.
///
/// # Errors
/// 29 for a key that may not leave so, BB under a master key that is weaker, A6 to AA for a header that the key has not,
/// 26 for a scheme that there is not, 27 for one of other lengths.
pub(in crate::payshield::commands) fn export(
    call: &Call<'_>,
    master: &Arc<Held>,
    key: &Held,
    leaving: &Leaving<'_>,
) -> Result<Vec<u8>, Refusal> {
    let is_aes = master.key_type == CKK_AES;
    let weaker = |refused: Refusal| refused.recode(ErrorCode::KEY_LENGTH, ErrorCode::WRAPPING_KEY);
    match leaving.scheme {
        b'R' => {
            let version = match leaving.block_version {
                Some(version @ (b'A' | b'B' | b'C')) if !is_aes => version,
                Some(version @ (b'D' | b'E')) if is_aes => version,
                Some(_) => {
                    return Err(Refusal::new(
                        ErrorCode::KEY_BLOCK_HEADER,
                        "blocks of this version are under master keys of another algorithm",
                    ));
                }
                None if is_aes => b'D',
                None => b'B',
            };
            let mut header = leaving.header;
            header.usage = of_standard(key.usage);
            let parameter = header.parameter(version, 0);
            let made = call.wrap(CKM_VHSM_TR31, &parameter, master.handle, key);
            Ok(with_tag(b'R', &made.map_err(weaker)?))
        }
        b'S' => {
            let version = if is_aes { b'1' } else { b'0' };
            let parameter = leaving.header.parameter(version, 0);
            let made = call.wrap(CKM_VHSM_THALES_KEY_BLOCK, &parameter, master.handle, key);
            Ok(with_tag(b'S', &made.map_err(weaker)?))
        }
        scheme => {
            check_des(master)?;
            check_des(key)?;
            call.wrap(CKM_VHSM_X9_17, &[1, scheme, leaving.atalla], master.handle, key)
        }
    }
}
