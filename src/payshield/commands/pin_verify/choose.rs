//! What a customer's choice gives: the value of a PIN, and of a new one if the current one is right.

use super::source;
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::commands::bytes::BlockBytes;
use crate::payshield::commands::excluded;
use crate::payshield::commands::pin_block::Block;
use crate::payshield::commands::pins::{
    Ibm, OFFSET_DIGITS, Visa, advise_of_length, check_length, pvk, role_of, write_offset,
};
use crate::payshield::commands::shared::{Account, End};
use crate::payshield::fields::Fields;
use crate::payshield::hex::unhex;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, PVK_IBM, PVK_VISA};

/// What commands of a customer's choice begin with.
struct Chosen<'a> {
    key: KeyField<'a>,
    role: KeyRole,
    pvk: KeyField<'a>,
    block: Block<'a>,
}

impl<'a> Chosen<'a> {
    fn read(call: &mut Call<'a>, untagged: Untagged) -> Result<Self, Refusal> {
        let key_type = call.fields.array("key type")?;
        let key = KeyField::read(&mut call.fields, "TPK or ZPK", Untagged::Single)?;
        Ok(Self {
            role: role_of(key_type, &key)?,
            pvk: pvk(&mut call.fields, untagged)?,
            block: Block::read(call, &key)?,
            key,
        })
    }

    /// Both blocks, one behind the other.
    fn with_new(&self, call: &mut Call<'a>) -> Result<([u8; 32], usize), Refusal> {
        let old = BlockBytes::of(&self.block);
        let length = old.get().len();
        let digits = call.fields.hex_or_stored("new PIN block", 2 * length)?;
        let mut both = [0; 32];
        let halves = both.split_at_mut_checked(length);
        let halves = halves.and_then(|(first, rest)| Some((first, rest.get_mut(..length)?)));
        let (first, second) = halves.ok_or_else(|| Fields::wrong("new PIN block"))?;
        first.copy_from_slice(old.get());
        if !unhex(digits, second) {
            return Err(Fields::wrong("new PIN block"));
        }
        Ok((both, 2 * length))
    }
}

pub(super) fn pvv_of_chosen(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Double)?;
    let account = Account::read_for(&mut call.fields, &[chosen.block.format])?;
    let visa = Visa::read(&mut call.fields, &account)?;
    let excluded = excluded::read(call)?;
    call.end()?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = call.second_key(&chosen.pvk, &PVK_VISA)?;
    let parameter = visa.parameter(&source).followed_by(&excluded)?;
    let block = BlockBytes::of(&chosen.block);
    let value = call.sign(CKM_VHSM_VISA_PVV_BLOCK, &parameter, &pvk, block.get())?;
    call.reply.secret("PVV", &value);
    Ok(())
}

pub(super) fn change_pvv(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Double)?;
    let account = Account::read_for(&mut call.fields, &[chosen.block.format])?;
    let visa = Visa::read(&mut call.fields, &account)?;
    let value = call.fields.secret_digits("PVV", 4)?;
    let (both, length) = chosen.with_new(call)?;
    let excluded = excluded::read(call)?;
    call.end()?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = call.second_key(&chosen.pvk, &PVK_VISA)?;
    let parameter = visa.parameter(&source).bytes(value).followed_by(&excluded)?;
    let both = both.get(..length).unwrap_or_default();
    let value = call.sign(CKM_VHSM_VISA_PVV_CHANGE, &parameter, &pvk, both)?;
    call.reply.secret("PVV", &value);
    Ok(())
}

pub(super) fn offset_of_chosen(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Single)?;
    let length = check_length(&mut call.fields)?;
    let account = Account::read_for(&mut call.fields, &[chosen.block.format])?;
    let ibm = Ibm::read(&mut call.fields, length, &account)?;
    let excluded = excluded::read_counted(call)?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = call.second_key(&chosen.pvk, &PVK_IBM)?;
    let parameter = ibm.parameter(call, &source)?.followed_by(&excluded)?;
    let block = BlockBytes::of(&chosen.block);
    let offset = call.sign(CKM_VHSM_IBM3624_OFFSET, &parameter, &pvk, block.get());
    let offset = offset.map_err(|refused| ibm.refused(call, refused))?;
    write_offset(call, &offset);
    advise_of_length(call, &pvk);
    Ok(())
}

pub(super) fn change_offset(call: &mut Call<'_>) -> Result<(), Refusal> {
    let chosen = Chosen::read(call, Untagged::Single)?;
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
    call.end()?;
    let end = End::under_key(chosen.block.format, account);
    let (_held, source) = source(call, &chosen.key, &chosen.role, end)?;
    let pvk = call.second_key(&chosen.pvk, &PVK_IBM)?;
    let parameter = ibm
        .parameter(call, &source)?
        .bytes(&padded)
        .followed_by(&excluded)?;
    let both = both.get(..length).unwrap_or_default();
    let offset = call.sign(CKM_VHSM_IBM3624_CHANGE, &parameter, &pvk, both);
    let offset = offset.map_err(|refused| ibm.refused(call, refused))?;
    write_offset(call, &offset);
    advise_of_length(call, &pvk);
    Ok(())
}
