//! PINs under the local master key, as an issuer's host keeps them.

mod clear;
mod field;
mod move_pins;
mod values;

pub(super) use field::{LmkPin, compare};

use super::excluded;
use crate::payshield::call::Call;
use crate::payshield::command::CommandSpec;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{TPK, ZPK};

const ERRORS: &[(&str, &str)] = &[
    ("01", "the PIN is wrong"),
    ("02", "done, but the PVK of IBM's method is no single key"),
    ("10", "parity error of the TPK, ZPK or PVK"),
    ("14", "the PIN under the LMK is none of this account"),
    ("17", "not authorised, or the mechanism is off"),
    ("20", "the PIN block is none of its format and account"),
    ("24", "the PIN is too long or too short"),
    ("33", "there is no old LMK"),
    ("86", "the PIN is excluded"),
];

const fn row(
    (code, response): (&'static str, &'static str),
    name: &'static str,
    (request, reply): (&'static str, &'static str),
    activity: Option<&'static str>,
    handler: fn(&mut Call<'_>) -> Result<(), Refusal>,
) -> CommandSpec {
    CommandSpec {
        code,
        response,
        name,
        request,
        reply,
        activity,
        errors: ERRORS,
        handler,
        ..CommandSpec::NONE
    }
}

/// What clear PINs come and go by.
const CLEAR: &str = "pin.clear.host";
/// A PIN under the LMK: digits, or `J` and a block under one of AES.
const PIN: &str = "PIN under the LMK (n, or `J` 32H)";

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    row(
        ("BA", "BB"),
        "Encrypt a clear PIN",
        ("PIN, filled with F; account number 12n; [%nn]", PIN),
        Some(CLEAR),
        clear::encrypt,
    ),
    row(
        ("NG", "NH"),
        "Decrypt an encrypted PIN",
        (
            "account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "PIN, filled with F",
        ),
        Some(CLEAR),
        clear::decrypt,
    ),
    row(
        ("JA", "JB"),
        "Generate a random PIN",
        (
            "account number 12n; [PIN length 2n]; [`*` excluded PIN count 2n; excluded PIN length 2n; excluded PIN table]; [%nn]",
            PIN,
        ),
        None,
        clear::generate,
    ),
    row(
        ("JC", "JD"),
        "Translate a PIN from TPK to LMK encryption",
        (
            "TPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; [%nn]",
            PIN,
        ),
        None,
        |call| move_pins::to_lmk(call, "TPK", &TPK),
    ),
    row(
        ("JE", "JF"),
        "Translate a PIN from ZPK to LMK encryption",
        (
            "ZPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; [%nn]",
            PIN,
        ),
        None,
        |call| move_pins::to_lmk(call, "ZPK", &ZPK),
    ),
    row(
        ("JG", "JH"),
        "Translate a PIN from LMK to ZPK encryption",
        (
            "ZPK; PIN block format 2n; account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "PIN block 16H or 32H",
        ),
        None,
        move_pins::to_zone,
    ),
    row(
        ("BC", "BD"),
        "Verify a terminal PIN using the comparison method",
        (
            "TPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "",
        ),
        None,
        |call| move_pins::verify(call, "TPK", &TPK),
    ),
    row(
        ("BE", "BF"),
        "Verify an interchange PIN using the comparison method",
        (
            "ZPK; PIN block 16H or 32H; PIN block format 2n; account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            "",
        ),
        None,
        |call| move_pins::verify(call, "ZPK", &ZPK),
    ),
    row(
        ("BG", "BH"),
        "Translate a PIN from the old to the current LMK",
        (
            "account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            PIN,
        ),
        None,
        move_pins::to_current,
    ),
    row(
        ("BQ", "BR"),
        "Translate the PIN algorithm",
        (
            "account number 12n; PIN under the LMK (n, or `J` 32H); [%nn]",
            PIN,
        ),
        None,
        move_pins::algorithm,
    ),
    row(
        ("QK", "QL"),
        "Translate the account number of a PIN under the LMK",
        (
            "PIN under the LMK (n, or `J` 32H); account number 12n; new account number 12n; [%nn]",
            PIN,
        ),
        None,
        move_pins::account,
    ),
    row(
        ("EE", "EF"),
        "Derive a PIN using the IBM offset method",
        (
            "PVK; offset 12; check length 2n; account number 12n; decimalisation table; PIN validation data 12 or `P` 16H; [%nn]",
            PIN,
        ),
        None,
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
        None,
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
        None,
        values::pvv,
    ),
    row(
        ("BM", "BN"),
        "Load the excluded PIN table",
        (
            "excluded PIN count 2n; excluded PIN length 2n; excluded PIN table; [%nn]",
            "",
        ),
        None,
        excluded::load,
    ),
];
