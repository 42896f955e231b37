//! PINs of terminals and of interchange, checked against Visa's PVV.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands::shared::{Account, Block, Parameter};
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, PVK_VISA, TPK, ZPK};

const ERRORS: &[(&str, &str)] = &[
    ("01", "the PIN is wrong"),
    ("10", "TPK or ZPK parity error"),
    ("11", "PVK parity error"),
    ("27", "the PVK is no double key"),
];

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "DC",
        response: "DD",
        name: "Verify a terminal PIN using the ABA PVV method",
        request: "TPK; PVK; PIN block 16H or 32H; PIN block format 2n; account number 12n; PVKI 1n; PVV 4n; [%nn]",
        errors: ERRORS,
        handler: |call| verify_pvv(call, "TPK", &TPK),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "EC",
        response: "ED",
        name: "Verify an interchange PIN using the ABA PVV method",
        request: "ZPK; PVK; PIN block 16H or 32H; PIN block format 2n; account number 12n; PVKI 1n; PVV 4n; [%nn]",
        errors: ERRORS,
        handler: |call| verify_pvv(call, "ZPK", &ZPK),
        ..CommandSpec::NONE
    },
];

fn verify_pvv(call: &mut Call<'_>, name: &'static str, role: &KeyRole) -> Result<(), Refusal> {
    let pin_key = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let pvk = KeyField::read(&mut call.fields, "PVK", Untagged::Double)?;
    let block = Block::read(&mut call.fields, &call.host.settings().disabled_formats)?;
    let account = Account::read(&mut call.fields)?;
    let index = call.fields.digits("PVKI", 1)?;
    let value = call.fields.secret_digits("PVV", 4)?;
    call.fields.end()?;
    let pin_key = call.key(&pin_key, role)?;
    let pvk = call
        .key(&pvk, &PVK_VISA)
        .map_err(|refused| refused.recode(ErrorCode::SOURCE_PARITY, ErrorCode::DESTINATION_PARITY))?;
    let parameter = Parameter::new()
        .bytes(index)
        .handle(&pin_key)
        .end(block.format, account.digits())
        .account(account.digits());
    let (bytes, length) = block.bytes();
    let block = bytes.get(..length).unwrap_or_default();
    let right = call.verify(CKM_VHSM_VISA_PVV_BLOCK, parameter.get(), &pvk, block, value)?;
    call.verified(right, "the PIN is wrong")
}
