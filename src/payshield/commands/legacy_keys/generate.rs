//! HC, HA: a new key under a TMK and the LMK; IA, FG, FI: under a ZMK and the LMK; AS, BI: under the LMK alone.

use super::{
    BDK, CVK, Choice, Kind, OF_KEY, OF_ZMK, PVK_PAIR, Place, Places, TAK, TERMINAL, ZPK, kcv_of,
    read_zek_or_zak,
};
use crate::payshield::call::Call;
use crate::payshield::command::{CommandSpec, LmkKinds};
use crate::payshield::commands::keys::trailers::Header;
use crate::payshield::commands::keys::transport::{self, Leaving, read_atalla, read_zmk};
use crate::payshield::commands::keys::{Made, Written, under_lmk};
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::lmks::Lmk;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{self, KeyRole};

const ERRORS: &[(&str, &str)] = &[
    ("10", "ZMK or TMK parity error"),
    ("17", "check values of 16 digits are off"),
    ("26", "the LMK, ZMK or TMK has no such key scheme"),
    ("A1", "the LMK is a key-block LMK"),
];
/// What HC and HA have behind `;`.
const OF_TMK: Places = [Place::Tmk, Place::Lmk, Place::ReservedOrNone];
const UNDER_ZMK: &str = "key (ZMK); key (LMK); KCV 16H or 6H";
const UNDER_TMK: &str = "key (TMK); key (LMK)";

/// The rows.
pub(super) const ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "HC",
        response: "HD",
        name: "Generate a TMK, TPK or PVK",
        request: "TMK; [`;` key scheme (TMK) 1; key scheme (LMK) 1; 1 reserved]; [%nn]",
        reply: UNDER_TMK,
        handler: |call| under_tmk(call, &TERMINAL),
        ..OF_VARIANTS
    },
    CommandSpec {
        code: "HA",
        response: "HB",
        name: "Generate a TAK",
        request: "TMK; [`;` key scheme (TMK) 1; key scheme (LMK) 1; 1 reserved]; [%nn]",
        reply: UNDER_TMK,
        handler: |call| under_tmk(call, &TAK),
        ..OF_VARIANTS
    },
    CommandSpec {
        code: "IA",
        response: "IB",
        name: "Generate a ZPK",
        request: "ZMK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: UNDER_ZMK,
        handler: |call| under_zmk(call, &ZPK),
        ..OF_VARIANTS
    },
    CommandSpec {
        code: "FG",
        response: "FH",
        name: "Generate a pair of PVKs",
        request: "ZMK; [Atalla variant 1-2n]; [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: "PVKs (ZMK); PVKs (LMK); KCV: without a scheme 6H for each, else 16H or 6H",
        handler: |call| under_zmk(call, &PVK_PAIR),
        ..OF_VARIANTS
    },
    CommandSpec {
        code: "FI",
        response: "FJ",
        name: "Generate a ZEK or ZAK",
        request: "flag 1n (0 ZEK, 1 ZAK); ZMK; [Atalla variant 1-2n]; \
                  [`;` key scheme (ZMK) 1; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: UNDER_ZMK,
        handler: |call| {
            let kind = read_zek_or_zak(call)?;
            under_zmk(call, &kind)
        },
        ..OF_VARIANTS
    },
    CommandSpec {
        code: "AS",
        response: "AT",
        name: "Generate a pair of CVKs",
        request: "[`;` 1 reserved; key scheme (LMK) 1; KCV type 1n]; [%nn]",
        reply: "CVKs (LMK); KCV: without a scheme 6H for each, else 16H or 6H",
        handler: |call| under_lmk_alone(call, &CVK, true),
        ..OF_VARIANTS
    },
    CommandSpec {
        code: "BI",
        response: "BJ",
        name: "Generate a BDK",
        request: "[`;` 1 reserved; key scheme (LMK) 1; 1 reserved]; [%nn]",
        reply: "BDK (LMK)",
        handler: |call| under_lmk_alone(call, &BDK, false),
        ..OF_VARIANTS
    },
];

const OF_VARIANTS: CommandSpec = CommandSpec {
    lmks: LmkKinds::Variant,
    errors: ERRORS,
    ..CommandSpec::NONE
};

/// How a new key is written: of a pair `Z` is two single keys, as without a scheme.
fn written(kind: &Kind, asked: Option<u8>) -> Written {
    match asked {
        Some(scheme) if !kind.is_pair || scheme != b'Z' => Written::in_scheme(scheme),
        _ => Written::untagged(kind.untagged.scheme()),
    }
}

/// A new key, and its text under the LMK.
fn make(call: &Call<'_>, lmk: &Lmk, kind: &Kind, asked: Option<u8>) -> Result<(Held, Vec<u8>), Refusal> {
    let written = written(kind, asked);
    let key = Made::of_scheme(written.scheme)?.generate(call, &Header::default(), (lmk, kind.usage))?;
    let made = under_lmk::close(call, lmk, &key, (kind.key_type, written.scheme), &OF_KEY)?;
    Ok((key, written.text(&made).to_vec()))
}

fn reply_both(
    call: &mut Call<'_>,
    kind: &Kind,
    (master, role, atalla): (&KeyField<'_>, &KeyRole, u8),
    (choice, tells_kcv): (Choice, bool),
) -> Result<(), Refusal> {
    let lmk = call.lmk()?;
    let master = call.key(master, role)?;
    let (key, kept) = make(call, lmk, kind, choice.lmk_scheme)?;
    let sent = written(kind, choice.master_scheme);
    let leaving = Leaving {
        scheme: sent.scheme,
        atalla,
        block_version: None,
        header: OF_KEY,
    };
    let made = transport::export(call, &master, &key, &leaving)?;
    let kcv = match tells_kcv {
        true => kcv_of(call, (lmk, kind), (&key, &kept, choice.kcv))?,
        false => Vec::new(),
    };
    call.reply.field("key (ZMK or TMK)", sent.text(&made));
    call.reply.field("key (LMK)", &kept);
    if tells_kcv {
        call.reply.field("KCV", &kcv);
    }
    Ok(())
}

fn under_tmk(call: &mut Call<'_>, kind: &Kind) -> Result<(), Refusal> {
    let tmk = KeyField::read(&mut call.fields, "TMK", Untagged::Single)?;
    let choice = Choice::read(call, OF_TMK)?;
    call.end()?;
    reply_both(call, kind, (&tmk, &roles::TMK, 0), (choice, false))
}

fn under_zmk(call: &mut Call<'_>, kind: &Kind) -> Result<(), Refusal> {
    let zmk = read_zmk(call)?;
    let atalla = read_atalla(call)?;
    let choice = Choice::read(call, OF_ZMK)?;
    call.end()?;
    reply_both(call, kind, (&zmk, &roles::ZMK, atalla), (choice, true))
}

fn under_lmk_alone(call: &mut Call<'_>, kind: &Kind, tells_kcv: bool) -> Result<(), Refusal> {
    let last = match tells_kcv {
        true => Place::Kcv,
        false => Place::ReservedOrNone,
    };
    let choice = Choice::read(call, [Place::Reserved, Place::Lmk, last])?;
    call.end()?;
    let lmk = call.lmk()?;
    let (key, kept) = make(call, lmk, kind, choice.lmk_scheme)?;
    let kcv = match tells_kcv {
        true => kcv_of(call, (lmk, kind), (&key, &kept, choice.kcv))?,
        false => Vec::new(),
    };
    call.reply.field("key (LMK)", &kept);
    if tells_kcv {
        call.reply.field("KCV", &kcv);
    }
    Ok(())
}
