//! PINs of devices whose keys are derived for every transaction, checked.

use super::mac::{Macked, Part, checked};
use super::{Base, Serial};
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands::block_size::read_to_end;
use crate::payshield::commands::bytes::BlockBytes;
use crate::payshield::commands::pin_block::Block;
use crate::payshield::commands::pin_lmk::{LmkPin, compare};
use crate::payshield::commands::pins::{
    Ibm, KeyedEnd, OFFSET_DIGITS, Visa, check_length, pvk, verify_ibm, verify_visa,
};
use crate::payshield::commands::shared::Account;
use crate::payshield::fields::Fields;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;

const ERRORS: &[(&str, &str)] = &[
    ("01", "the PIN is wrong"),
    ("02", "done, but the PVK of IBM's method is no single key"),
    ("05", "there is no such mode"),
    ("10", "BDK parity error"),
    ("11", "PVK parity error"),
    ("14", "the PIN under the LMK is none"),
    ("20", "the PIN block is none of its format and account"),
];

const fn row(
    (code, response): (&'static str, &'static str),
    name: &'static str,
    (request, reply): (&'static str, &'static str),
    handler: fn(&mut Call<'_>) -> Result<(), Refusal>,
) -> CommandSpec {
    CommandSpec {
        code,
        response,
        name,
        request,
        reply,
        errors: ERRORS,
        checks_pin: true,
        handler,
        ..CommandSpec::NONE
    }
}

macro_rules! request {
    (old, $key:literal, $rest:literal) => {
        concat!(
            "[`*`, `~` or `!`]; BDK; ",
            $key,
            "KSN descriptor 3H; KSN; PIN block 16H of format 01; ",
            $rest,
            "; [%nn]"
        )
    };
    (new, $key:literal, $rest:literal) => {
        concat!(
            "mode 1 (0 PIN, 1 PIN and MAC); [MAC mode 1n: 1 all of it, 2 its first 4 bytes, 3 its last 4 bytes; MAC method 1]; [`*`, `~` or `!`]; BDK; ",
            $key,
            "KSN descriptor 3H; KSN; PIN block 16H or 32H; PIN block format 2n; ",
            $rest,
            "; [MAC 16H, or 8H; length 4H; data]; [%nn]"
        )
    };
}

const MAC_STATUS: &str = "[MAC status 2n: 00 or 01]";

pub(super) const CK: CommandSpec = row(
    ("CK", "CL"),
    "Verify a PIN using the IBM method (DUKPT)",
    (
        request!(
            old,
            "PVK; ",
            "check length 2n; account number 12n; decimalisation table; PIN validation data 12 or `P` 16H; offset 12"
        ),
        "",
    ),
    |call| verify(call, false, Method::Ibm),
);
pub(super) const CM: CommandSpec = row(
    ("CM", "CN"),
    "Verify a PIN using the ABA PVV method (DUKPT)",
    (
        request!(
            old,
            "PVK; ",
            "account number 12n; [`;` account number of the PVV 12n]; PVKI 1n; PVV 4n"
        ),
        "",
    ),
    |call| verify(call, false, Method::Visa),
);
pub(super) const CQ: CommandSpec = row(
    ("CQ", "CR"),
    "Verify a PIN using the encrypted PIN method (DUKPT)",
    (request!(old, "", "account number 12n; PIN under the LMK"), ""),
    |call| verify(call, false, Method::Reference),
);
pub(super) const GO: CommandSpec = row(
    ("GO", "GP"),
    "Verify a PIN using the IBM method (3DES and AES DUKPT)",
    (
        request!(
            new,
            "PVK; ",
            "check length 2n; account number 12n; decimalisation table; PIN validation data 12 or `P` 16H; offset 12"
        ),
        MAC_STATUS,
    ),
    |call| verify(call, true, Method::Ibm),
);
pub(super) const GQ: CommandSpec = row(
    ("GQ", "GR"),
    "Verify a PIN using the ABA PVV method (3DES and AES DUKPT)",
    (
        request!(
            new,
            "PVK; ",
            "account number 12n; [`;` account number of the PVV 12n]; PVKI 1n; PVV 4n"
        ),
        MAC_STATUS,
    ),
    |call| verify(call, true, Method::Visa),
);
pub(super) const GU: CommandSpec = row(
    ("GU", "GV"),
    "Verify a PIN using the encrypted PIN method (3DES and AES DUKPT)",
    (
        request!(new, "", "account number 12n; PIN under the LMK"),
        MAC_STATUS,
    ),
    |call| verify(call, true, Method::Reference),
);

/// What a PIN is checked against.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Ibm,
    Visa,
    Reference,
}

/// The fields of a method.
enum Value<'a> {
    Ibm(Ibm<'a>, KeyField<'a>, &'a [u8]),
    Visa(Visa, KeyField<'a>, &'a [u8]),
    Reference(LmkPin<'a>),
}

impl<'a> Value<'a> {
    /// Reads them, and the account number among them.
    ///
    /// # Errors
    /// 15, 22; 12, 25 for the decimalisation table.
    fn read(
        call: &mut Call<'a>,
        method: Method,
        pvk: Option<KeyField<'a>>,
        block: &Block<'_>,
    ) -> Result<(Self, Account), Refusal> {
        let length = match method {
            Method::Ibm => check_length(&mut call.fields)?,
            _ => 0,
        };
        let account = Account::read_for(&mut call.fields, &[block.format])?;
        let value = match (method, pvk) {
            (Method::Ibm, Some(pvk)) => {
                let ibm = Ibm::read(&mut call.fields, length, &account)?;
                let offset = ibm.offset(call.fields.secret("offset", OFFSET_DIGITS)?)?;
                Value::Ibm(ibm, pvk, offset)
            }
            (Method::Visa, Some(pvk)) => {
                let visa = Visa::read(&mut call.fields, &account)?;
                Value::Visa(visa, pvk, call.fields.secret_digits("PVV", 4)?)
            }
            _ => Value::Reference(LmkPin::read(call)?),
        };
        Ok((value, account))
    }

    /// # Errors
    /// 01, and the mechanism's.
    fn verify(&self, call: &mut Call<'_>, source: &KeyedEnd, block: &[u8]) -> Result<(), Refusal> {
        match self {
            Self::Ibm(ibm, pvk, offset) => verify_ibm(call, (ibm, pvk, offset), source, block),
            Self::Visa(visa, pvk, value) => verify_visa(call, (visa, pvk, value), source, block),
            Self::Reference(pin) => compare(call, source, block, pin),
        }
    }
}

/// `with_mode`: the younger commands begin with a mode and have a format; a MAC may be checked with the PIN.
fn verify(call: &mut Call<'_>, with_mode: bool, method: Method) -> Result<(), Refusal> {
    let part = match with_mode {
        true => part_of_mac(&mut call.fields)?,
        false => None,
    };
    let base = Base::read(&mut call.fields)?;
    let pvk = match method {
        Method::Ibm => Some(pvk(&mut call.fields, Untagged::Single)?),
        Method::Visa => Some(pvk(&mut call.fields, Untagged::Double)?),
        Method::Reference => None,
    };
    let serial = Serial::read(&mut call.fields, &base.field)?;
    let ((block, value, macked), account) = read_to_end(call, &base.field, |call, size| {
        let block = match with_mode {
            true => Block::read_sized(call, size)?,
            false => Block::of_iso_0(&mut call.fields)?,
        };
        let (value, account) = Value::read(call, method, pvk, &block)?;
        let macked = match part {
            Some(part) => Some(Macked::read(&mut call.fields, part)?),
            None => None,
        };
        Ok(((block, value, macked), account))
    })?;
    if with_mode {
        block.check_on(call)?;
    }
    let bdk = base.get(call)?;
    let source = KeyedEnd {
        handle: bdk.handle,
        end: serial.end(block.format, account, &bdk),
    };
    let verified = value.verify(call, &source, BlockBytes::of(&block).get());
    let Some(macked) = macked else {
        return verified;
    };
    match verified {
        // Both are told: the PIN by the error code, the MAC by its status.
        Err(refused) if refused.code == ErrorCode::VERIFICATION_FAILED => {
            call.reply.refuse_with_fields(refused);
        }
        other => other?,
    }
    let right = macked.is_right(call, &bdk, &serial)?;
    let status = if call.approves(right) { b"00" } else { b"01" };
    call.reply.field("MAC status", status);
    Ok(())
}

/// The mode, and what a MAC has before the keys.
fn part_of_mac(fields: &mut Fields<'_>) -> Result<Option<Part>, Refusal> {
    match fields.byte("mode")? {
        b'0' => Ok(None),
        b'1' => checked(fields).map(Some),
        _ => Err(Refusal::new(ErrorCode::LENGTH_FLAG, "the modes are 0 and 1")),
    }
}
