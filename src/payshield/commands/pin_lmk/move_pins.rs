//! PINs from blocks under the local master key and back, and from one place under it to another.

use super::field::{LmkPin, Opened, compare, off, place, write};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::commands::bytes::BlockBytes;
use crate::payshield::commands::pin_block::{Block, format_of};
use crate::payshield::commands::pin_translate::translated;
use crate::payshield::commands::pins::KeyedEnd;
use crate::payshield::commands::shared::{Account, End, Parameter};
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, ZPK};

/// Translates; gives the length of what is in `out` then.
fn translate(
    call: &Call<'_>,
    mechanism: MechanismId,
    from: &KeyedEnd,
    to: &KeyedEnd,
    block: &[u8],
    out: &mut [u8; 16],
) -> Result<usize, Refusal> {
    call.decrypt(mechanism, parameter(from, to).get()?, from.handle, block, out)
}

/// The parameter of translations.
fn parameter(from: &KeyedEnd, to: &KeyedEnd) -> Parameter {
    Parameter::new()
        .end_of(&from.end)
        .handle_of(to.handle)
        .end_of(&to.end)
}

/// From one place under a local master key to another, and into the answer.
fn move_under(
    call: &mut Call<'_>,
    mechanism: MechanismId,
    from: &Opened,
    to: &KeyedEnd,
) -> Result<(), Refusal> {
    let mut out = [0; 16];
    let length = translate(call, mechanism, &from.under, to, from.bytes(), &mut out)?;
    write(call, to, out.get(..length).unwrap_or_default())
}

pub(super) fn to_lmk(call: &mut Call<'_>, name: &'static str, role: &KeyRole) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let block = Block::read(call, &key)?;
    let account = Account::read_for(&mut call.fields, &[block.format])?;
    call.end()?;
    let key = call.key(&key, role)?;
    let from = KeyedEnd {
        handle: key.handle,
        end: End::under_key(block.format, account),
    };
    let to = place(call, call.lmk()?, &account)?;
    let mut out = [0; 16];
    let bytes = BlockBytes::of(&block);
    let length = translate(call, CKM_VHSM_PIN_TRANSLATE, &from, &to, bytes.get(), &mut out)?;
    write(call, &to, out.get(..length).unwrap_or_default())
}

pub(super) fn to_zone(call: &mut Call<'_>) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, "ZPK", Untagged::Single)?;
    let format = format_of(
        call.fields.array("PIN block format")?,
        &call.host.settings().disabled_formats,
    )?;
    let account = Account::read_for(&mut call.fields, &[format])?;
    let pin = LmkPin::read(call)?;
    call.end()?;
    let key = call.key(&key, &ZPK)?;
    let pin = pin.open(call, call.lmk()?, &account)?;
    let to = KeyedEnd {
        handle: key.handle,
        end: End::under_key(format, account),
    };
    let parameter = parameter(&pin.under, &to);
    let mut out = [0; 16];
    let formats = (pin.under.end.format, format, true);
    let length = translated(
        call,
        parameter.get()?,
        pin.under.handle,
        formats,
        (pin.bytes(), &mut out),
    )?;
    call.reply.hex("PIN block", out.get(..length).unwrap_or_default());
    Ok(())
}

pub(super) fn verify(call: &mut Call<'_>, name: &'static str, role: &KeyRole) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let block = Block::read(call, &key)?;
    let account = Account::read_for(&mut call.fields, &[block.format])?;
    let pin = LmkPin::read(call)?;
    call.end()?;
    let key = call.key(&key, role)?;
    let source = KeyedEnd {
        handle: key.handle,
        end: End::under_key(block.format, account),
    };
    compare(call, &source, BlockBytes::of(&block).get(), &pin)
}

pub(super) fn to_current(call: &mut Call<'_>) -> Result<(), Refusal> {
    let account = Account::read(&mut call.fields)?;
    let pin = LmkPin::read(call)?;
    call.end()?;
    let lmk = call.lmk()?;
    let old = call.host.lmks().old(lmk.id)?;
    let pin = pin.open(call, old, &account)?;
    let to = place(call, lmk, &account)?;
    move_under(call, CKM_VHSM_PIN_TRANSLATE, &pin, &to)
}

pub(super) fn algorithm(call: &mut Call<'_>) -> Result<(), Refusal> {
    let account = Account::read(&mut call.fields)?;
    let pin = LmkPin::read(call)?;
    call.end()?;
    let lmk = call.lmk()?;
    let pin = pin.open(call, lmk, &account)?;
    let to = place(call, lmk, &account)?;
    move_under(call, CKM_VHSM_PIN_TRANSLATE, &pin, &to)
}

/// The rules of ISO 9564-1 keep a PIN with its account: the mechanism that this takes is off unless it is asked for.
pub(super) fn account(call: &mut Call<'_>) -> Result<(), Refusal> {
    let pin = LmkPin::read(call)?;
    let [old, new] = [Account::read(&mut call.fields)?, Account::read(&mut call.fields)?];
    call.end()?;
    let lmk = call.lmk()?;
    let pin = pin.open(call, lmk, &old)?;
    let to = place(call, lmk, &new)?;
    move_under(call, CKM_VHSM_PIN_TRANSLATE_ANY, &pin, &to).map_err(off)
}
