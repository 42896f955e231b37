//! PINs of terminals and of interchange: checked against Visa's PVV and IBM's offset, and what a customer's choice gives.

use super::excluded;
use super::pins::{
    BlockBytes, Ibm, OFFSET_DIGITS, Source, Visa, advise_of_length, check_length, pvk, role_of, second_key,
    verify_ibm, verify_visa, write_offset,
};
use super::shared::{Account, Block, End};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, PVK_IBM, PVK_VISA, TPK, ZPK};

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
    ),
    row(
        ("EC", "ED"),
        "Verify an interchange PIN using the ABA PVV method",
        (method!(visa "ZPK"), ""),
        ERRORS,
        |call| verify_pvv(call, "ZPK", &ZPK),
    ),
    row(
        ("DA", "DB"),
        "Verify a terminal PIN using the IBM offset method",
        (method!(ibm "TPK"), ""),
        IBM_ERRORS,
        |call| verify_offset(call, "TPK", &TPK),
    ),
    row(
        ("EA", "EB"),
        "Verify an interchange PIN using the IBM offset method",
        (method!(ibm "ZPK"), ""),
        IBM_ERRORS,
        |call| verify_offset(call, "ZPK", &ZPK),
    ),
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
    ),
    row(
        ("BK", "BL"),
        "Generate an IBM PIN offset of a customer-selected PIN",
        (
            "key type 3; TPK or ZPK; PVK; PIN block 16H or 32H; PIN block format 2n; check length 2n; account number 12n; \
             decimalisation table; PIN validation data 12 or `P` 16H; [`*` excluded PIN count 2n; excluded PIN length 2n; \
             excluded PIN table]; [%nn]",
            "offset 12",
        ),
        IBM_ERRORS,
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
        IBM_ERRORS,
        change_offset,
    ),
];

/// Under a key itself.
fn source(
    call: &Call<'_>,
    key: &KeyField<'_>,
    role: &KeyRole,
    end: End,
) -> Result<(std::sync::Arc<crate::payshield::held::Held>, Source), Refusal> {
    let key = call.key(key, role)?;
    let handle = key.handle;
    Ok((key, Source { handle, end }))
}

fn verify_pvv(call: &mut Call<'_>, name: &'static str, role: &KeyRole) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let pvk = pvk(&mut call.fields, Untagged::Double)?;
    let block = Block::read(&mut call.fields, &call.host.settings().disabled_formats)?;
    let account = Account::read_for(&mut call.fields, &[block.format])?;
    let visa = Visa::read(&mut call.fields, &account)?;
    let value = call.fields.secret_digits("PVV", 4)?;
    call.fields.end()?;
    let (_held, source) = source(call, &key, role, End::under_key(block.format, account))?;
    verify_visa(call, (&visa, &pvk, value), &source, BlockBytes::of(&block).get())
}

fn verify_offset(call: &mut Call<'_>, name: &'static str, role: &KeyRole) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let pvk = pvk(&mut call.fields, Untagged::Single)?;
    if !(4..=12).contains(&call.fields.number("maximum PIN length", 2)?) {
        return Err(Refusal::new(ErrorCode::PIN_LENGTH, "PINs have 4 to 12 digits"));
    }
    let block = Block::read(&mut call.fields, &call.host.settings().disabled_formats)?;
    let length = check_length(&mut call.fields)?;
    let account = Account::read_for(&mut call.fields, &[block.format])?;
    let ibm = Ibm::read(&mut call.fields, length, &account)?;
    let offset = ibm.offset(call.fields.secret("offset", OFFSET_DIGITS)?)?;
    call.fields.end()?;
    let (_held, source) = source(call, &key, role, End::under_key(block.format, account))?;
    verify_ibm(call, (&ibm, &pvk, offset), &source, BlockBytes::of(&block).get())
}

/// What commands of a customer's choice begin with.
struct Chosen<'a> {
    key: KeyField<'a>,
    role: KeyRole,
    pvk: KeyField<'a>,
    block: Block<'a>,
}

impl<'a> Chosen<'a> {
    fn read(call: &mut Call<'a>, untagged: Untagged, code: ErrorCode) -> Result<Self, Refusal> {
        let key_type = call.fields.array("key type")?;
        let key = KeyField::read(&mut call.fields, "TPK or ZPK", Untagged::Single)?;
        Ok(Self {
            role: role_of(key_type, &key, code)?,
            key,
            pvk: pvk(&mut call.fields, untagged)?,
            block: Block::read(&mut call.fields, &call.host.settings().disabled_formats)?,
        })
    }

    /// Both blocks, one behind the other.
    fn with_new(&self, call: &mut Call<'a>) -> Result<([u8; 32], usize), Refusal> {
        let old = BlockBytes::of(&self.block);
        let length = old.get().len();
        let digits = call.fields.hex("new PIN block", 2 * length)?;
        let mut both = [0; 32];
        if let (Some(first), Some(second)) = both
            .split_at_mut_checked(length)
            .map_or((None, None), |(a, b)| (Some(a), b.get_mut(..length)))
        {
            first.copy_from_slice(old.get());
            if !crate::payshield::hex::unhex(digits, second) {
                return Err(crate::payshield::fields::Fields::wrong("new PIN block"));
            }
        }
        Ok((both, 2 * length))
    }
}

fn pvv_of_chosen(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Double, ErrorCode::KEY_TYPE)?;
    let account = Account::read_for(&mut call.fields, &[chosen.block.format])?;
    let visa = Visa::read(&mut call.fields, &account)?;
    let excluded = excluded::read(call)?;
    call.fields.end()?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = second_key(call, &chosen.pvk, &PVK_VISA)?;
    let parameter = visa.parameter(&source).followed_by(&excluded);
    let block = BlockBytes::of(&chosen.block);
    let value = call.sign(CKM_VHSM_VISA_PVV_BLOCK, &parameter, &pvk, block.get())?;
    call.reply.secret("PVV", &value);
    Ok(())
}

fn change_pvv(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Double, ErrorCode::KEY_TYPE)?;
    let account = Account::read_for(&mut call.fields, &[chosen.block.format])?;
    let visa = Visa::read(&mut call.fields, &account)?;
    let value = call.fields.secret_digits("PVV", 4)?;
    let (both, length) = chosen.with_new(call)?;
    let excluded = excluded::read(call)?;
    call.fields.end()?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = second_key(call, &chosen.pvk, &PVK_VISA)?;
    let parameter = visa.parameter(&source).bytes(value).followed_by(&excluded);
    let both = both.get(..length).unwrap_or_default();
    let value = changed(call, CKM_VHSM_VISA_PVV_CHANGE, &parameter, &pvk, both)?;
    call.reply.secret("PVV", &value);
    Ok(())
}

/// Signs the new PIN, and counts a current one that is wrong.
fn changed(
    call: &Call<'_>,
    mechanism: MechanismId,
    parameter: &[u8],
    pvk: &crate::payshield::held::Held,
    both: &[u8],
) -> Result<crate::payshield::functions::Short, Refusal> {
    let made = call.sign(mechanism, parameter, pvk, both);
    if made
        .as_ref()
        .is_err_and(|refused| refused.code == ErrorCode::VERIFICATION_FAILED)
    {
        call.host.pin_failure();
    }
    made
}

fn offset_of_chosen(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Single, ErrorCode::NUMBER)?;
    let length = check_length(&mut call.fields)?;
    let account = Account::read_for(&mut call.fields, &[chosen.block.format])?;
    let ibm = Ibm::read(&mut call.fields, length, &account)?;
    let excluded = excluded::read(call)?;
    call.fields.end()?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = second_key(call, &chosen.pvk, &PVK_IBM)?;
    let parameter = ibm.parameter(call, &source)?.followed_by(&excluded);
    let block = BlockBytes::of(&chosen.block);
    let offset = call.sign(CKM_VHSM_IBM3624_OFFSET, &parameter, &pvk, block.get())?;
    write_offset(call, &offset);
    advise_of_length(call, &pvk);
    Ok(())
}

fn change_offset(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Single, ErrorCode::KEY_TYPE)?;
    let length = check_length(&mut call.fields)?;
    let account = Account::read_for(&mut call.fields, &[chosen.block.format])?;
    let ibm = Ibm::read(&mut call.fields, length, &account)?;
    let offset = ibm.offset(call.fields.secret("offset", OFFSET_DIGITS)?)?;
    let mut padded = [0; OFFSET_DIGITS];
    padded
        .iter_mut()
        .zip(offset)
        .for_each(|(place, digit)| *place = *digit);
    let (both, length) = chosen.with_new(call)?;
    let excluded = excluded::read(call)?;
    call.fields.end()?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = second_key(call, &chosen.pvk, &PVK_IBM)?;
    let parameter = ibm
        .parameter(call, &source)?
        .bytes(&padded)
        .followed_by(&excluded);
    let both = both.get(..length).unwrap_or_default();
    let offset = changed(call, CKM_VHSM_IBM3624_CHANGE, &parameter, &pvk, both)?;
    write_offset(call, &offset);
    advise_of_length(call, &pvk);
    Ok(())
}
