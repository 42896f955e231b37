//! From an old LMK to a new one.

use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands::keys::trailers::{Header, Parts, read_header};
use crate::payshield::commands::keys::under_lmk::{self, OF_BLOCKS, scheme_of};
use crate::payshield::commands::keys::{Kcv, Kind, Written, check_value};
use crate::payshield::key_field::KeyField;
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "BW",
        response: "BX",
        name: "Translate a key from the old LMK to the new LMK",
        request: "key type code 2; key length flag 1; key; [`;` key type 3H]; [`;` 0; key scheme (LMK) 1; 1 reserved]; [%nn]; \
                  [`#` usage 2; mode of use 1; version 2; exportability 1; count 2n; optional blocks]; \
                  [`!` KCV wanted 1n; KCV type 1n]",
        reply: "key; [KCV 16H or 6H]",
        errors: &[
            ("04", "there is no such key type code"),
            ("05", "the length flag is 0, 1, 2 or F"),
            ("10", "key parity error under the old LMK"),
            ("33", "there is no old LMK of this identifier"),
            ("44", "the key is none of the old LMK"),
            ("45", "the key has no form under the new LMK"),
        ],
        handler: translate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "BS",
        response: "BT",
        name: "Erase the key change storage",
        request: "[%nn]",
        handler: |call| {
            call.end()?;
            let lmk = call.lmk()?;
            call.host.lmks().forget_old(lmk.id);
            Ok(())
        },
        ..CommandSpec::NONE
    },
];

/// What stands behind the key.
struct Wanted<'a> {
    scheme: Option<u8>,
    header: Option<Header<'a>>,
    kcv: Option<Kcv>,
}

impl<'a> Wanted<'a> {
    fn read(call: &mut Call<'a>) -> Result<Self, Refusal> {
        let mut wanted = Self {
            scheme: None,
            header: None,
            kcv: None,
        };
        if call.fields.take(b';') {
            call.fields.byte("reserved")?;
            wanted.scheme = Some(call.fields.byte("key scheme (LMK)")?).filter(|scheme| *scheme != b'0');
            call.fields.byte("reserved")?;
        }
        call.fields.lmk_field()?;
        if call.fields.take(b'#') {
            wanted.header = Some(read_header(call, Parts::Given)?);
        }
        if call.fields.take(b'!') {
            let is_wanted = call.fields.byte("KCV wanted")? == b'1';
            wanted.kcv = Some(Kcv::read(call)?).filter(|_| is_wanted);
        }
        call.end()?;
        Ok(wanted)
    }
}

/// Key type and scheme under the new LMK.
///
/// # Errors
/// 45.
fn form_under(
    new: &Lmk,
    field: &KeyField<'_>,
    (code, wanted): ([u8; 3], &Wanted<'_>),
) -> Result<([u8; 3], u8), Refusal> {
    let has_header = field.is_block() || wanted.header.is_some();
    match (new.has_key_blocks(), wanted.scheme) {
        (true, None | Some(b'S')) if has_header => Ok((OF_BLOCKS, b'S')),
        (false, scheme) if !field.is_block() => Ok((code, scheme.map_or(field.scheme, scheme_of))),
        (true, _) if !has_header => Err(Refusal::new(
            ErrorCode::MIGRATION_NEW,
            "a key without a header needs one under a key-block LMK: `#` and its fields",
        )),
        (true, _) => Err(Refusal::new(
            ErrorCode::KEY_SCHEME,
            "keys under this LMK have no such scheme",
        )),
        (false, _) => Err(Refusal::new(
            ErrorCode::MIGRATION_NEW,
            "a variant LMK keeps no header of a key",
        )),
    }
}

/// BW
fn translate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let (field, code) = Kind::read(call)?.read_key(call)?;
    let wanted = Wanted::read(call)?;
    let new = call.lmk()?;
    let old = call.host.lmks().old(new.id)?;
    let usage = wanted
        .header
        .map(|header| header.usage)
        .filter(|_| !field.is_block());
    let key = under_lmk::open(call, old, &field, (code, usage));
    let key = key.map_err(|refused| {
        refused
            .recode(ErrorCode::LMK_SCHEME, ErrorCode::MIGRATION_OLD)
            .recode(ErrorCode::LMK_IDENTIFIERS, ErrorCode::MIGRATION_OLD)
    })?;
    let (code, scheme) = form_under(new, &field, (code, &wanted))?;
    under_lmk::check_header(new, wanted.header.as_ref(), &key)?;
    let header = wanted.header.unwrap_or_default();
    let made = under_lmk::close(call, new, &key, (code, scheme), &header)?;
    let written = match wanted.scheme {
        Some(_) => Written::in_scheme(scheme),
        None => Written::like(&field, scheme),
    };
    let kcv = match wanted.kcv {
        Some(kcv) => Some(check_value(call, &key, kcv)?),
        None => None,
    };
    call.reply.field("key (LMK)", written.text(&made));
    if let Some(kcv) = kcv {
        call.reply.field("KCV", &kcv);
    }
    Ok(())
}

#[cfg(test)]
#[path = "migration_tests.rs"]
mod tests;
