//! GC, FE, FM, MG, AU, DY: a key of one type from the LMK to a ZMK; AE, AG: to a TMK.

use super::{
    BDK, CVK, Choice, Kind, OF_KEY, OF_ZMK, Place, Places, TAK, TERMINAL, ZPK, kcv_of, read_zek_or_zak,
    type_under, written,
};
use crate::payshield::call::Call;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands::keys::EXPORT;
use crate::payshield::commands::keys::transport::{self, Leaving, read_atalla, read_zmk};
use crate::payshield::commands::keys::under_lmk::{self, type_name};
use crate::payshield::expected::Expected;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles;

const ERRORS: &[(&str, &str)] = &[
    ("10", "ZMK parity error"),
    ("11", "key parity error"),
    (
        "17",
        "check values of 16 digits are off, or the activity is not authorised",
    ),
    ("26", "the ZMK has no such key scheme"),
    ("29", "the key may not leave, or not in this form"),
    ("A6", "the key block has a key of another type"),
];
const UNDER_TMK: &[(&str, &str)] = &[
    ("10", "TMK parity error"),
    ("11", "key parity error"),
    ("26", "the TMK has no such key scheme"),
    ("29", "the key may not leave, or not in this form"),
    ("A6", "the key block has a key of another type"),
];
/// What AE and AG have behind `;`.
const OF_TMK: Places = [Place::Tmk, Place::Reserved, Place::Reserved];
const REPLY: &str = "key (ZMK); KCV 16H or 6H";

/// The rows.
pub(super) const ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "GC",
        response: "GD",
        name: "Translate a ZPK from LMK to ZMK",
        request: "ZMK; ZPK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        activities: &[EXPORT],
        errors: ERRORS,
        handler: |call| export(call, &ZPK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "FE",
        response: "FF",
        name: "Translate a TMK, TPK or PVK from LMK to ZMK",
        request: "ZMK; TMK, TPK or PVK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        activities: &[EXPORT],
        errors: ERRORS,
        handler: |call| export(call, &TERMINAL),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "FM",
        response: "FN",
        name: "Translate a ZEK or ZAK from LMK to ZMK",
        request: "flag 1n (0 ZEK, 1 ZAK); ZMK; ZEK or ZAK; [Atalla variant 1-2n]; \
                  [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        activities: &[EXPORT],
        errors: ERRORS,
        handler: |call| {
            let kind = read_zek_or_zak(call)?;
            export(call, &kind)
        },
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MG",
        response: "MH",
        name: "Translate a TAK from LMK to ZMK",
        request: "ZMK; TAK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        activities: &[EXPORT],
        errors: ERRORS,
        handler: |call| export(call, &TAK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "AU",
        response: "AV",
        name: "Translate a CVK pair from LMK to ZMK",
        request: "ZMK; CVK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: "CVK (ZMK); KCV: of a pair without a scheme 6H for each, else 16H or 6H",
        activities: &[EXPORT],
        errors: ERRORS,
        handler: |call| export(call, &CVK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "DY",
        response: "DZ",
        name: "Translate a BDK from LMK to ZMK",
        request: "ZMK; BDK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        activities: &[EXPORT],
        errors: ERRORS,
        handler: |call| export(call, &BDK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "AE",
        response: "AF",
        name: "Translate a TMK, TPK or PVK from LMK to another TMK",
        request: "TMK; TMK, TPK or PVK; [`;` key scheme (TMK) 1; 2 reserved]; [%nn]",
        reply: "key (TMK)",
        activities: &[EXPORT],
        errors: UNDER_TMK,
        handler: |call| export_to_tmk(call, &TERMINAL),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "AG",
        response: "AH",
        name: "Translate a TAK from LMK to TMK",
        request: "TMK; TAK; [`;` key scheme (TMK) 1; 2 reserved]; [%nn]",
        reply: "key (TMK)",
        activities: &[EXPORT],
        errors: UNDER_TMK,
        handler: |call| export_to_tmk(call, &TAK),
        ..CommandSpec::NONE
    },
];

/// The key under the LMK, which may be exported.
fn open(call: &Call<'_>, lmk: &Lmk, field: &KeyField<'_>, kind: &Kind) -> Result<Held, Refusal> {
    let code = type_under(lmk, kind);
    call.authorised(&EXPORT.of_type(&type_name(code, field.usage())))?;
    let expected = Expected {
        roles: kind.roles,
        ..Expected::of_type(code, None)
    };
    let key = under_lmk::open_expected(call, lmk, field, &expected);
    key.map_err(Refusal::of_second_key)
}

const fn leaving(scheme: u8, atalla: u8) -> Leaving<'static> {
    Leaving {
        scheme,
        atalla,
        block_version: None,
        header: OF_KEY,
    }
}

fn export(call: &mut Call<'_>, kind: &Kind) -> Result<(), Refusal> {
    let zmk = read_zmk(call)?;
    let field = KeyField::read(&mut call.fields, kind.name, kind.untagged)?;
    let atalla = read_atalla(call)?;
    let choice = Choice::read(call, OF_ZMK)?;
    call.end()?;
    let lmk = call.lmk()?;
    let zmk = call.key(&zmk, &roles::ZMK)?;
    let key = open(call, lmk, &field, kind)?;
    let form = written(kind, choice.master_scheme, &field, (&key, field.is_block()));
    let made = transport::export(call, &zmk, &key, &leaving(form.scheme, atalla))?;
    let made = form.text(&made);
    let of_pair = if made.len() == 32 { field.text } else { made };
    let kcv = kcv_of(call, (lmk, kind), (&key, of_pair, choice.kcv))?;
    call.reply.field("key (ZMK)", made);
    call.reply.field("KCV", &kcv);
    Ok(())
}

fn export_to_tmk(call: &mut Call<'_>, kind: &Kind) -> Result<(), Refusal> {
    let tmk = KeyField::read(&mut call.fields, "TMK", Untagged::Single)?;
    let field = KeyField::read(&mut call.fields, kind.name, kind.untagged)?;
    let choice = Choice::read(call, OF_TMK)?;
    call.end()?;
    let lmk = call.lmk()?;
    let tmk = call.key(&tmk, &roles::TMK)?;
    let key = open(call, lmk, &field, kind)?;
    let form = written(kind, choice.master_scheme, &field, (&key, field.is_block()));
    let made = transport::export(call, &tmk, &key, &leaving(form.scheme, 0))?;
    call.reply.field("key (TMK)", form.text(&made));
    Ok(())
}
