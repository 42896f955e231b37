//! PINs that follow from the account, and values of PINs under the local master key.

use super::field::{LmkPin, place, write};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::commands::excluded;
use crate::payshield::commands::pins::{
    Ibm, OFFSET_DIGITS, Visa, advise_of_length, check_length, pvk, write_offset,
};
use crate::payshield::commands::shared::Account;
use crate::payshield::key_field::Untagged;
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{PVK_IBM, PVK_VISA};

pub(super) fn derive(call: &mut Call<'_>) -> Result<(), Refusal> {
    let pvk = pvk(&mut call.fields, Untagged::Single)?;
    let offset = call.fields.secret("offset", OFFSET_DIGITS)?;
    let length = check_length(&mut call.fields)?;
    let account = Account::read(&mut call.fields)?;
    let ibm = Ibm::read(&mut call.fields, length, &account)?;
    let offset = ibm.offset(offset)?;
    let excluded = excluded::read(call)?;
    call.end()?;
    let pvk = call.key(&pvk, &PVK_IBM)?;
    let under = place(call, call.lmk()?, &account)?;
    let parameter = ibm.parameter(call, &under)?.followed_by(&excluded)?;
    let pin = call.sign(CKM_VHSM_IBM3624_PIN, &parameter, &pvk, offset);
    let pin = pin.map_err(|refused| ibm.refused(call, refused))?;
    write(call, &under, &pin)?;
    advise_of_length(call, &pvk);
    Ok(())
}

pub(super) fn offset(call: &mut Call<'_>) -> Result<(), Refusal> {
    let pvk = pvk(&mut call.fields, Untagged::Single)?;
    let pin = LmkPin::read(call)?;
    let length = check_length(&mut call.fields)?;
    let account = Account::read(&mut call.fields)?;
    let ibm = Ibm::read(&mut call.fields, length, &account)?;
    let excluded = excluded::read(call)?;
    call.end()?;
    let pvk = call.key(&pvk, &PVK_IBM)?;
    let pin = pin.open(call, call.lmk()?, &account)?;
    let parameter = ibm.parameter(call, &pin.under)?.followed_by(&excluded)?;
    let offset = call.sign(CKM_VHSM_IBM3624_OFFSET, &parameter, &pvk, pin.bytes());
    let offset = offset.map_err(|refused| ibm.refused(call, refused))?;
    write_offset(call, &offset);
    advise_of_length(call, &pvk);
    Ok(())
}

pub(super) fn pvv(call: &mut Call<'_>) -> Result<(), Refusal> {
    let pvk = pvk(&mut call.fields, Untagged::Double)?;
    let pin = LmkPin::read(call)?;
    let account = Account::read(&mut call.fields)?;
    let visa = Visa::read(&mut call.fields, &account)?;
    let excluded = excluded::read(call)?;
    call.end()?;
    let pvk = call.key(&pvk, &PVK_VISA)?;
    let pin = pin.open(call, call.lmk()?, &account)?;
    let parameter = visa.parameter(&pin.under).followed_by(&excluded)?;
    let value = call.sign(CKM_VHSM_VISA_PVV_BLOCK, &parameter, &pvk, pin.bytes())?;
    call.reply.secret("PVV", &value);
    Ok(())
}
