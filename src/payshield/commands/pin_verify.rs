//! PINs of terminals and of interchange: checked against Visa's PVV and IBM's offset, and what a customer's choice gives.

mod choose;

use std::sync::Arc;

use choose::{change_offset, change_pvv, offset_of_chosen, pvv_of_chosen};

use super::bytes::BlockBytes;
use super::pin_block::Block;
use super::pins::{Ibm, KeyedEnd, OFFSET_DIGITS, Visa, check_length, pvk, verify_ibm, verify_visa};
use super::shared::{Account, End, most_digits};
use crate::payshield::call::Call;
use crate::payshield::command::CommandSpec;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, TPK, ZPK};

const ERRORS: &[(&str, &str)] = &[
    ("01", "the PIN is wrong"),
    ("10", "TPK or ZPK parity error"),
    ("11", "PVK parity error"),
    ("27", "the PVK is no double key"),
];
const IBM_ERRORS: &[(&str, &str)] = &[
    ("01", "the PIN is wrong"),
    ("02", "done, but the PVK is no single key"),
    ("10", "TPK or ZPK parity error"),
    ("11", "PVK parity error"),
    (
        "24",
        "the PIN is longer than the maximum PIN length or shorter than the check length, or the maximum is none of 4 to 12",
    ),
    (
        "25",
        "no decimalisation table, or one in the clear where none may come so",
    ),
];
const CHOSEN_IBM_ERRORS: &[(&str, &str)] = &[
    ("01", "the current PIN is wrong (DU)"),
    ("02", "done, but the PVK is no single key"),
    (
        "03",
        "the excluded PIN count is none, or not that of the PINs behind it (BK)",
    ),
    ("10", "TPK or ZPK parity error"),
    ("11", "PVK parity error"),
    ("24", "the PIN is shorter than the check length"),
    (
        "25",
        "no decimalisation table, or one in the clear where none may come so",
    ),
    ("86", "the PIN is excluded"),
];
const CHOSEN_ERRORS: &[(&str, &str)] = &[
    ("01", "the current PIN is wrong"),
    ("10", "TPK or ZPK parity error"),
    ("11", "PVK parity error"),
    ("27", "the PVK is no double key"),
    ("86", "the PIN is excluded"),
];

const fn row(
    (code, response): (&'static str, &'static str),
    name: &'static str,
    (request, reply): (&'static str, &'static str),
    errors: &'static [(&'static str, &'static str)],
    handler: fn(&mut Call<'_>) -> Result<(), Refusal>,
) -> CommandSpec {
    CommandSpec {
        code,
        response,
        name,
        request,
        reply,
        errors,
        handler,
        ..CommandSpec::NONE
    }
}

macro_rules! method {
    (visa $key:literal) => {
        concat!(
            $key,
            "; PVK; PIN block 16H or 32H; PIN block format 2n; account number 12n; [`;` account number of the PVV 12n]; \
             PVKI 1n; PVV 4n; [%nn]"
        )
    };
    (ibm $key:literal) => {
        concat!(
            $key,
            "; PVK; maximum PIN length 2n; PIN block 16H or 32H; PIN block format 2n; check length 2n; account number 12n; \
             decimalisation table 16H, `L` 32H or `K` 3H; PIN validation data 12 or `P` 16H; offset 12; [%nn]"
        )
    };
}

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    row(
        ("DC", "DD"),
        "Verify a terminal PIN using the ABA PVV method",
        (method!(visa "TPK"), ""),
        ERRORS,
        |call| verify_pvv(call, "TPK", &TPK),
    )
    .checking_pins(),
    row(
        ("EC", "ED"),
        "Verify an interchange PIN using the ABA PVV method",
        (method!(visa "ZPK"), ""),
        ERRORS,
        |call| verify_pvv(call, "ZPK", &ZPK),
    )
    .checking_pins(),
    row(
        ("DA", "DB"),
        "Verify a terminal PIN using the IBM offset method",
        (method!(ibm "TPK"), ""),
        IBM_ERRORS,
        |call| verify_offset(call, "TPK", &TPK),
    )
    .checking_pins(),
    row(
        ("EA", "EB"),
        "Verify an interchange PIN using the IBM offset method",
        (method!(ibm "ZPK"), ""),
        IBM_ERRORS,
        |call| verify_offset(call, "ZPK", &ZPK),
    )
    .checking_pins(),
    row(
        ("FW", "FX"),
        "Generate an ABA PVV of a customer-selected PIN",
        (
            "key type 3; TPK or ZPK; PVK; PIN block 16H or 32H; PIN block format 2n; account number 12n; PVKI 1n; \
             [`*` excluded PIN count 2n; excluded PIN length 2n; excluded PIN table]; [%nn]",
            "PVV 4n",
        ),
        CHOSEN_ERRORS,
        pvv_of_chosen,
    ),
    row(
        ("CU", "CV"),
        "Verify a PIN and generate an ABA PVV of a customer-selected PIN",
        (
            "key type 3; TPK or ZPK; PVK; current PIN block 16H or 32H; PIN block format 2n; account number 12n; PVKI 1n; \
             PVV 4n; new PIN block; [`*` excluded PIN count 2n; excluded PIN length 2n; excluded PIN table]; [%nn]",
            "PVV 4n",
        ),
        CHOSEN_ERRORS,
        change_pvv,
    )
    .checking_pins(),
    row(
        ("BK", "BL"),
        "Generate an IBM PIN offset of a customer-selected PIN",
        (
            "key type 3; TPK or ZPK; PVK; PIN block 16H or 32H; PIN block format 2n; check length 2n; account number 12n; \
             decimalisation table; PIN validation data 12 or `P` 16H; [`*` excluded PIN count 2n; excluded PIN length 2n; \
             excluded PIN table]; [%nn]",
            "offset 12",
        ),
        CHOSEN_IBM_ERRORS,
        offset_of_chosen,
    ),
    row(
        ("DU", "DV"),
        "Verify a PIN and generate an IBM PIN offset of a customer-selected PIN",
        (
            "key type 3; TPK or ZPK; PVK; current PIN block 16H or 32H; PIN block format 2n; check length 2n; account number \
             12n; decimalisation table; PIN validation data 12 or `P` 16H; offset 12; new PIN block; [`*` excluded PIN count \
             2n; excluded PIN length 2n; excluded PIN table]; [%nn]",
            "offset 12",
        ),
        CHOSEN_IBM_ERRORS,
        change_offset,
    )
    .checking_pins(),
];

/// Under a key itself.
fn source(
    call: &Call<'_>,
    key: &KeyField<'_>,
    role: &KeyRole,
    end: End,
) -> Result<(Arc<Held>, KeyedEnd), Refusal> {
    let key = call.key(key, role)?;
    let handle = key.handle;
    Ok((key, KeyedEnd { handle, end }))
}

fn verify_pvv(call: &mut Call<'_>, name: &'static str, role: &KeyRole) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let pvk = pvk(&mut call.fields, Untagged::Double)?;
    let block = Block::read(call, &key)?;
    let account = Account::read_for(&mut call.fields, &[block.format])?;
    let visa = Visa::read(&mut call.fields, &account)?;
    let value = call.fields.secret_digits("PVV", 4)?;
    call.end()?;
    let (_held, source) = source(call, &key, role, End::under_key(block.format, account))?;
    verify_visa(call, (&visa, &pvk, value), &source, BlockBytes::of(&block).get())
}

fn verify_offset(call: &mut Call<'_>, name: &'static str, role: &KeyRole) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let pvk = pvk(&mut call.fields, Untagged::Single)?;
    let most = most_digits(&mut call.fields)?;
    let block = Block::read(call, &key)?;
    let length = check_length(&mut call.fields)?;
    let account = Account::read_for(&mut call.fields, &[block.format])?;
    let ibm = Ibm::read(&mut call.fields, length, &account)?.at_most(most);
    let offset = ibm.offset(call.fields.secret("offset", OFFSET_DIGITS)?)?;
    call.end()?;
    let (_held, source) = source(call, &key, role, End::under_key(block.format, account))?;
    verify_ibm(call, (&ibm, &pvk, offset), &source, BlockBytes::of(&block).get())
}
