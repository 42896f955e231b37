//! FA, FC, FK, MI, AW, DW, BY: a key of one type from a ZMK to the LMK.

use super::{
    BDK, CVK, Choice, Kind, OF_KEY, OF_ZMK, TAK, TERMINAL, ZPK, kcv_of, read_zek_or_zak, type_under, written,
};
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands::keys::IMPORT;
use crate::payshield::commands::keys::import::authorise;
use crate::payshield::commands::keys::trailers::Header;
use crate::payshield::commands::keys::transport::{self, read_atalla, read_zmk, untagged_zmk};
use crate::payshield::commands::keys::under_lmk;
use crate::payshield::expected::check_usage;
use crate::payshield::key_field::KeyField;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles;

const PARITY_SET: (&str, &str) = ("01", "done; the parity of the key was wrong and is set");
const ZMK_PARITY: (&str, &str) = ("10", "ZMK parity error");
const ZEROS: (&str, &str) = ("11", "the key is all zeros");
const SCHEME: (&str, &str) = ("26", "the LMK has no such key scheme");
const USAGE: (&str, &str) = ("A6", "the key block has a key of another type");
const ERRORS: &[(&str, &str)] = &[
    PARITY_SET,
    ZMK_PARITY,
    ZEROS,
    ("17", "check values of 16 digits are off"),
    SCHEME,
    USAGE,
];
const ERRORS_WITH_ACTIVITY: &[(&str, &str)] = &[
    PARITY_SET,
    ZMK_PARITY,
    ZEROS,
    (
        "17",
        "check values of 16 digits are off, or the activity is not authorised",
    ),
    SCHEME,
    USAGE,
];
const REPLY: &str = "key (LMK); KCV 16H or 6H";

/// The rows.
pub(super) const ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "FA",
        response: "FB",
        name: "Translate a ZPK from ZMK to LMK",
        request: "ZMK; ZPK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        errors: ERRORS,
        handler: |call| import(call, &ZPK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "FC",
        response: "FD",
        name: "Translate a TMK, TPK or PVK from ZMK to LMK",
        request: "ZMK; TMK, TPK or PVK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        // K0 and K1 of X9.143 may be a ZMK's.
        activities: &[IMPORT],
        errors: ERRORS_WITH_ACTIVITY,
        handler: |call| import(call, &TERMINAL),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "FK",
        response: "FL",
        name: "Translate a ZEK or ZAK from ZMK to LMK",
        request: "flag 1n (0 ZEK, 1 ZAK); ZMK; ZEK or ZAK; [Atalla variant 1-2n]; \
                  [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        errors: ERRORS,
        handler: |call| {
            let kind = read_zek_or_zak(call)?;
            import(call, &kind)
        },
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "MI",
        response: "MJ",
        name: "Translate a TAK from ZMK to LMK",
        request: "ZMK; TAK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        errors: ERRORS,
        handler: |call| import(call, &TAK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "AW",
        response: "AX",
        name: "Translate a CVK pair from ZMK to LMK",
        request: "ZMK; CVK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: "CVK (LMK); KCV: of a pair without a scheme 6H for each, else 16H or 6H",
        errors: ERRORS,
        handler: |call| import(call, &CVK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "DW",
        response: "DX",
        name: "Translate a BDK from ZMK to LMK",
        request: "ZMK; BDK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        errors: ERRORS,
        handler: |call| import(call, &BDK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "BY",
        response: "BZ",
        name: "Translate a ZMK from ZMK to LMK",
        request: "ZMK; ZMK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: REPLY,
        activities: &[IMPORT],
        errors: ERRORS_WITH_ACTIVITY,
        handler: |call| {
            let kind = Kind {
                untagged: untagged_zmk(call),
                ..super::single("ZMK that is translated", &roles::ZMK)
            };
            import(call, &kind)
        },
        ..CommandSpec::NONE
    },
];

fn import(call: &mut Call<'_>, kind: &Kind) -> Result<(), Refusal> {
    let zmk = read_zmk(call)?;
    let field = KeyField::read(&mut call.fields, kind.name, kind.untagged)?;
    let atalla = read_atalla(call)?;
    let choice = Choice::read(call, OF_ZMK)?;
    call.end()?;
    let lmk = call.lmk()?;
    if lmk.has_key_blocks() && !field.is_block() {
        return Err(Refusal::new(
            ErrorCode::KEY_SCHEME,
            "a key without a header comes under a key-block LMK by A6, with `#` and its fields",
        ));
    }
    let code = type_under(lmk, kind);
    let usage = field.usage().filter(|_| field.is_block()).unwrap_or(kind.usage);
    // A block of another type is refused below, whatever is authorised.
    if check_usage(kind.roles, usage).is_ok() {
        authorise(call, lmk, code, usage)?;
    }
    let zmk = call.key(&zmk, &roles::ZMK)?;
    let header = Header {
        usage: kind.usage,
        ..OF_KEY
    };
    let imported = transport::import(call, &zmk, &field, (atalla, &header))?;
    if field.is_block() {
        check_usage(kind.roles, imported.key.usage)?;
    }
    let form = written(
        kind,
        choice.lmk_scheme,
        &field,
        (&imported.key, lmk.has_key_blocks()),
    );
    // The key block's usage may be one that this type of key has not under a variant LMK.
    let recoded = |refused: Refusal| match field.is_block() {
        true => refused.recode(ErrorCode::KEY_TYPE, ErrorCode::KEY_USAGE),
        false => refused,
    };
    let made = under_lmk::close(call, lmk, &imported.key, (code, form.scheme), &OF_KEY).map_err(recoded)?;
    let made = form.text(&made);
    let kcv = kcv_of(call, (lmk, kind), (&imported.key, made, choice.kcv))?;
    call.reply.field("key (LMK)", made);
    call.reply.field("KCV", &kcv);
    if imported.wrong_parity {
        call.reply.advise(ErrorCode::VERIFICATION_FAILED);
    }
    Ok(())
}
