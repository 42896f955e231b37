//! Keys: made, formed from components, imported, exported, checked.

mod check;
mod derive;
mod export;
pub(super) mod form;
mod generate;
pub(super) mod import;
mod scheme;
pub(super) mod trailers;
pub(super) mod transport;
pub(super) mod under_lmk;
mod written;

pub(super) use check::{Kcv, Kind, check_value};
pub(super) use generate::Made;
pub(super) use written::Written;

use crate::payshield::activities::Activity;
use crate::payshield::command::{CommandSpec, LmkKinds};

const MASTER_PARITY: (&str, &str) = ("10", "ZMK or TMK parity error");
const SCHEME: (&str, &str) = ("26", "the LMK, ZMK or TMK has no such key scheme");
const KEY_TYPE: (&str, &str) = ("28", "the key type is none of this kind of LMK");
const AUTHENTICATION: (&str, &str) = ("A4", "authentication failure of a key block");

const WEAKER: (&str, &str) = (
    "BB",
    "an AES key under a ZMK or TMK of triple DES, or under a shorter one",
);

const GENERATE: Activity = Activity::of_zmks("generate.{type}.host");
pub(super) const IMPORT: Activity = Activity::of_zmks("import.{type}.host");
pub(super) const EXPORT: Activity = Activity::always("export.{type}.host");
const COMPONENT: Activity = Activity::always("component.{type}.host");
const KCV: Activity = Activity::only("kcv.host", "for 16H");

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "A0",
        response: "A1",
        name: "Generate a key",
        request: "mode 1H; key type 3H; key scheme (LMK) 1; [modes A, B: derivation 1 = 0; master key type 1n; BDK; KSN 15H or \
                  16H, of AES 16H]; [modes 1, B: [[`;`] ZMK/TMK flag 1n]; ZMK or TMK; key scheme (ZMK) 1; [Atalla variant 1-2n]]; [%nn]; \
                  [`#` usage 2; algorithm 2; mode of use 1; version 2; exportability 1; count 2n; optional blocks]; \
                  [`&` exportability 1]; [`!` key block version 1]",
        reply: "key (LMK); [key (ZMK or TMK)]; KCV 6H",
        activities: &[GENERATE, EXPORT],
        errors: &[MASTER_PARITY, SCHEME, KEY_TYPE, WEAKER],
        handler: generate::generate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "A4",
        response: "A5",
        name: "Form a key from encrypted components",
        request: "number of components 1n; key type 3H; key scheme (LMK) 1; components; [%nn]; \
                  [`#` version 2; count 2n; optional blocks]",
        reply: "key (LMK); KCV 6H",
        activities: &[COMPONENT],
        errors: &[
            ("03", "there are 2 to 9 components"),
            ("10", "component parity error"),
            ("11", "the components cancel each other out"),
            SCHEME,
            KEY_TYPE,
            ("B5", "the components do not go together"),
        ],
        handler: form::form,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "A6",
        response: "A7",
        name: "Import a key",
        request: "key type 3H; ZMK; key (ZMK); key scheme (LMK) 1; [Atalla variant 1-2n]; [%nn]; [`#` usage 2; mode of use 1; \
                  version 2; exportability 1; count 2n; optional blocks]; [`&` exportability 1]",
        reply: "key (LMK); KCV 6H",
        activities: &[IMPORT],
        errors: &[
            ("01", "done; the parity of the key was wrong and is set"),
            ("10", "ZMK parity error"),
            ("11", "the key is all zeros"),
            SCHEME,
            KEY_TYPE,
            AUTHENTICATION,
            ("BD", "the key block has a key of another type"),
        ],
        handler: import::import,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "A8",
        response: "A9",
        name: "Export a key",
        request: "key type 3H; [`;` ZMK/TMK flag 1n]; ZMK or TMK; key (LMK); key scheme (ZMK) 1; [Atalla variant 1-2n]; [%nn]; \
                  [`#` usage 2; mode of use 1; version 2; exportability 1; count 2n; optional blocks]; \
                  [`&` exportability 1]; [`!` key block version 1]",
        reply: "key (ZMK or TMK); KCV 6H",
        activities: &[EXPORT],
        errors: &[
            MASTER_PARITY,
            ("11", "key parity error"),
            SCHEME,
            KEY_TYPE,
            ("29", "the key may not leave, or not in this form"),
            WEAKER,
        ],
        handler: export::export,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "B0",
        response: "B1",
        name: "Translate a key scheme",
        request: "key type 3H; key; key scheme (LMK) 1; [%nn]",
        reply: "key",
        errors: &[("10", "key parity error"), SCHEME, KEY_TYPE],
        handler: scheme::translate,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "BU",
        response: "BV",
        name: "Generate a key check value",
        request: "key type code 2; key length flag 1; key; [`;` key type 3H]; [`;` 0 0 KCV type 1n]; [%nn]",
        reply: "KCV 16H or 6H",
        activities: &[KCV],
        errors: &[
            ("04", "there is no such key type code"),
            ("05", "the length flag is 0, 1, 2 or F"),
            ("10", "key parity error"),
            ("17", "check values of 16 digits are off"),
            ("27", "the key has another length than its flag says"),
            ("A1", "the key is one of the other kind of LMK"),
        ],
        handler: check::key_check_value,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "KA",
        response: "KB",
        name: "Generate a key check value (not of a double-length ZMK)",
        request: "key; key type code 2; [`;` 2 reserved; KCV type 1n]; [%nn]",
        reply: "KCV 16H or 6H",
        lmks: LmkKinds::Variant,
        activities: &[KCV],
        errors: &[
            ("04", "there is no such key type code"),
            ("10", "key parity error"),
            ("17", "check values of 16 digits are off"),
            ("A1", "the LMK is a key-block LMK, or the key is one of such"),
        ],
        handler: check::key_check_value_of_old,
        ..CommandSpec::NONE
    },
];
