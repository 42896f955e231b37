//! PINs under the local master key, as an issuer's host keeps them.

mod clear;
mod field;
mod move_pins;
mod table;
mod values;

pub(super) use field::{LmkPin, compare};

use super::excluded;
use crate::payshield::activities::Activity;
use crate::payshield::call::Call;
use crate::payshield::command::CommandSpec;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{TPK, ZPK};

type Errors = &'static [(&'static str, &'static str)];

const OF_ACCOUNT: (&str, &str) = ("14", "the PIN under the LMK is none of this account");
const LENGTH: (&str, &str) = ("24", "the PIN is too long or too short");
const EXCLUDED: (&str, &str) = ("86", "the PIN is excluded");
const BLOCK: (&str, &str) = ("20", "the PIN block is none of its format and account");
const SINGLE: (&str, &str) = ("02", "done, but the PVK of IBM's method is no single key");

const ENCRYPT: Errors = &[LENGTH];
const DECRYPT: Errors = &[OF_ACCOUNT];
const GENERATE: Errors = &[LENGTH, EXCLUDED];
const TO_LMK: Errors = &[("10", "parity error of the TPK or ZPK"), BLOCK, LENGTH];
const TO_ZONE: Errors = &[("10", "parity error of the ZPK"), OF_ACCOUNT, LENGTH];
const COMPARE: Errors = &[
    ("01", "the PIN is wrong"),
    ("10", "parity error of the TPK or ZPK"),
    OF_ACCOUNT,
    BLOCK,
];
const MIGRATE: Errors = &[OF_ACCOUNT, ("33", "there is no old LMK")];
const TABLE: Errors = &[
    ("25", "the table is none under the old LMK"),
    ("33", "there is no old LMK"),
    ("A1", "the table is one under the other kind of LMK"),
];
const ALGORITHM: Errors = &[OF_ACCOUNT, ("17", "the mechanism is off")];
const DERIVE: Errors = &[SINGLE, ("10", "parity error of the PVK"), LENGTH, EXCLUDED];
const VALUE: Errors = &[SINGLE, ("10", "parity error of the PVK"), OF_ACCOUNT, EXCLUDED];
const PVV: Errors = &[
    ("10", "parity error of the PVK"),
    OF_ACCOUNT,
    ("27", "the PVK is no double key"),
    EXCLUDED,
];

const fn row(
    (code, response): (&'static str, &'static str),
    name: &'static str,
    (request, reply): (&'static str, &'static str),
    (activities, errors): (&'static [Activity], Errors),
    handler: fn(&mut Call<'_>) -> Result<(), Refusal>,
) -> CommandSpec {
    CommandSpec {
        code,
        response,
        name,
        request,
        reply,
        activities,
        errors,
        handler,
        ..CommandSpec::NONE
    }
}

/// What clear PINs come and go by.
const CLEAR: Activity = Activity::always("pin.clear.host");
/// A PIN under the LMK: digits, or `J` and a block under one of AES.
const PIN: &str = "PIN under the LMK (n, or `J` 32H)";

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    row(
        ("BA", "BB"),
        "Encrypt a clear PIN",
        ("PIN, filled with F; account number 12n; [%nn]", PIN),
        (&[CLEAR], ENCRYPT),
        clear::encrypt,
    ),
    row(
        ("NG", "NH"),
        "Decrypt an encrypted PIN",
        (
            "account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "PIN, filled with F",
        ),
        (&[CLEAR], DECRYPT),
        clear::decrypt,
    ),
    row(
        ("JA", "JB"),
        "Generate a random PIN",
        (
            "account number 12n; [PIN length 2n]; [`*` excluded PIN count 2n; excluded PIN length 2n; excluded PIN table]; [%nn]",
            PIN,
        ),
        (&[], GENERATE),
        clear::generate,
    ),
    row(
        ("JC", "JD"),
        "Translate a PIN from TPK to LMK encryption",
        (
            "TPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; [%nn]",
            PIN,
        ),
        (&[], TO_LMK),
        |call| move_pins::to_lmk(call, "TPK", &TPK),
    ),
    row(
        ("JE", "JF"),
        "Translate a PIN from ZPK to LMK encryption",
        (
            "ZPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; [%nn]",
            PIN,
        ),
        (&[], TO_LMK),
        |call| move_pins::to_lmk(call, "ZPK", &ZPK),
    ),
    row(
        ("JG", "JH"),
        "Translate a PIN from LMK to ZPK encryption",
        (
            "ZPK; PIN block format 2n; account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "PIN block 16H or 32H",
        ),
        (&[], TO_ZONE),
        move_pins::to_zone,
    ),
    row(
        ("BC", "BD"),
        "Verify a terminal PIN using the comparison method",
        (
            "TPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "",
        ),
        (&[], COMPARE),
        |call| move_pins::verify(call, "TPK", &TPK),
    )
    .checking_pins(),
    row(
        ("BE", "BF"),
        "Verify an interchange PIN using the comparison method",
        (
            "ZPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "",
        ),
        (&[], COMPARE),
        |call| move_pins::verify(call, "ZPK", &ZPK),
    )
    .checking_pins(),
    row(
        ("BG", "BH"),
        "Translate a PIN from the old to the current LMK",
        (
            "account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            PIN,
        ),
        (&[], MIGRATE),
        move_pins::to_current,
    ),
    row(
        ("BQ", "BR"),
        "Translate the PIN algorithm",
        (
            "account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            PIN,
        ),
        (&[], ALGORITHM),
        move_pins::algorithm,
    ),
    row(
        ("QK", "QL"),
        "Translate the account number of a PIN under the LMK",
        (
            "PIN under the LMK (n, or `J` 32H); account number 12n; new account number 12n; [%nn]",
            PIN,
        ),
        (&[], DECRYPT),
        move_pins::account,
    ),
    row(
        ("EE", "EF"),
        "Derive a PIN using the IBM offset method",
        (
            "PVK; offset 12; check length 2n; account number 12n; decimalisation table; PIN validation data 12 or `P` 16H; \
             [`*` excluded PIN count 2n; excluded PIN length 2n; excluded PIN table]; [%nn]",
            PIN,
        ),
        (&[], DERIVE),
        values::derive,
    ),
    row(
        ("DE", "DF"),
        "Generate an IBM PIN offset of a PIN under the LMK",
        (
            "PVK; PIN under the LMK (n, or `J` 32H); check length 2n; account number 12n; decimalisation table; PIN validation \
             data 12 or `P` 16H; [`*` excluded PIN count 2n; excluded PIN length 2n; excluded PIN table]; [%nn]",
            "offset 12",
        ),
        (&[], VALUE),
        values::offset,
    ),
    row(
        ("DG", "DH"),
        "Generate an ABA PVV of a PIN under the LMK",
        (
            "PVK; PIN under the LMK (n, or `J` 32H); account number 12n; PVKI 1n; [`*` excluded PIN count 2n; excluded PIN \
             length 2n; excluded PIN table]; [%nn]",
            "PVV 4n",
        ),
        (&[], PVV),
        values::pvv,
    ),
    row(
        ("LO", "LP"),
        "Translate a decimalisation table from the old to the current LMK",
        (
            "decimalisation table 16H or `L` 32H; [%nn]",
            "decimalisation table 16H or `L` 32H",
        ),
        (&[], TABLE),
        table::to_current,
    ),
    row(
        ("BM", "BN"),
        "Load the excluded PIN table",
        (
            "excluded PIN count 2n; excluded PIN length 2n; excluded PIN table; [%nn]",
            "",
        ),
        (&[], &[]),
        excluded::load,
    ),
];
