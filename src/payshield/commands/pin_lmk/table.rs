//! LO: an encrypted decimalisation table from an old local master key to the current one.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::shared::Parameter;
use crate::payshield::fields::Fields;
use crate::payshield::hex::{hex_digits, unhex};
use crate::payshield::lmks::LmkKind;
use crate::payshield::refusal::Refusal;

const NAME: &str = "decimalisation table";
/// Bytes of the longest.
const TABLE_MAX: usize = 16;

/// The digits of a table: 16 under DES, `L` and 32 under AES.
fn read<'a>(fields: &mut Fields<'a>) -> Result<(LmkKind, &'a [u8]), Refusal> {
    match fields.take(b'L') {
        true => Ok((LmkKind::KeyBlockAes, fields.secret_hex(NAME, 32)?)),
        false => Ok((LmkKind::KeyBlockDes, fields.secret_hex(NAME, 16)?)),
    }
}

/// LO.
pub(super) fn to_current(call: &mut Call<'_>) -> Result<(), Refusal> {
    let (kind, digits) = read(&mut call.fields)?;
    call.end()?;
    let lmk = call.lmk()?;
    let old = call.host.lmks().old(lmk.id)?;
    if (kind == LmkKind::KeyBlockAes) != (old.kind == LmkKind::KeyBlockAes) {
        let why = "tables under an LMK of AES have an `L` and 32 digits, others have 16";
        return Err(Refusal::new(ErrorCode::LMK_SCHEME, why));
    }
    let mut table = [0; TABLE_MAX];
    let table = table.get_mut(..digits.len() / 2).unwrap_or_default();
    if !unhex(digits, table) {
        return Err(Fields::wrong(NAME));
    }
    let parameter = Parameter::new().handle_of(lmk.handle);
    let mut moved = [0; TABLE_MAX];
    let length = call.decrypt(
        CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE,
        parameter.get()?,
        old.handle,
        table,
        &mut moved,
    )?;
    let mut text = Vec::with_capacity(1 + 2 * TABLE_MAX);
    if lmk.kind == LmkKind::KeyBlockAes {
        text.push(b'L');
    }
    text.extend(hex_digits(moved.get(..length).unwrap_or_default()));
    call.reply.secret(NAME, &text);
    Ok(())
}
