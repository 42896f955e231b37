//! PIN blocks of devices whose keys are derived for every transaction, under other keys.

use super::{Base, Serial};
use crate::payshield::call::Call;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands::block_size::read_to_end;
use crate::payshield::commands::pin_block::{Block, check_number_on, format_of};
use crate::payshield::commands::pin_translate::{Asked, Destination, ERRORS, REPLY, answer};
use crate::payshield::commands::shared::Account;
use crate::payshield::refusal::Refusal;

pub(super) const CI: CommandSpec = CommandSpec {
    code: "CI",
    response: "CJ",
    name: "Translate a PIN from BDK to ZPK encryption (DUKPT)",
    request: "[`*`, `~` or `!`]; BDK; ZPK; KSN descriptor 3H; KSN; PIN block 16H of format 01; destination format 2n; account number 12n; [%nn]",
    reply: REPLY,
    errors: ERRORS,
    handler: from_base_to_zone,
    ..CommandSpec::NONE
};

pub(super) const G0: CommandSpec = CommandSpec {
    code: "G0",
    response: "G1",
    name: "Translate a PIN from BDK to BDK or ZPK encryption (3DES and AES DUKPT)",
    request: "[`*`, `~` or `!`]; BDK; [`*`, `~` or `!` with a BDK]; ZPK or BDK; KSN descriptor 3H; KSN; [KSN descriptor 3H; KSN of the \
              destination]; PIN block 16H or 32H; source format 2n; destination format 2n; account number 12n; [`;` account \
              number of the destination 12n]; [%nn]",
    reply: REPLY,
    errors: ERRORS,
    handler: from_base,
    ..CommandSpec::NONE
};

/// The longest PIN, where no message tells it.
const PIN_MAX: u8 = 12;

fn from_base_to_zone(call: &mut Call<'_>) -> Result<(), Refusal> {
    let base = Base::read(&mut call.fields)?;
    let destination = Destination::read(call, false)?;
    let serial = Serial::read(&mut call.fields, &base.field)?;
    let block = Block::of_iso_0(&mut call.fields)?;
    let to = format_of(
        call.fields.array("destination format")?,
        &call.host.settings().disabled_formats,
    )?;
    let account = Account::read_for(&mut call.fields, &[to])?;
    call.end()?;
    let bdk = base.get(call)?;
    let asked = Asked {
        most: PIN_MAX,
        block,
        to,
        accounts: [account; 2],
    };
    answer(call, (&bdk, Some(&serial)), &destination, &asked)
}

fn from_base(call: &mut Call<'_>) -> Result<(), Refusal> {
    let base = Base::read(&mut call.fields)?;
    let mut destination = Destination::read(call, true)?;
    let serial = Serial::read(&mut call.fields, &base.field)?;
    destination.read_serial(call)?;
    let ((block, to, other), account) = read_to_end(call, &base.field, |call, size| {
        let block = Block::read_sized(call, size)?;
        let to = format_of(call.fields.array("destination format")?, &[])?;
        let account = Account::read_for(&mut call.fields, &[block.format, to])?;
        let other = match call.fields.take(b';') {
            true => Account::read(&mut call.fields)?,
            false => account,
        };
        Ok(((block, to, other), account))
    })?;
    block.check_on(call)?;
    check_number_on(call, to)?;
    let bdk = base.get(call)?;
    let asked = Asked {
        most: PIN_MAX,
        block,
        to,
        accounts: [account, other],
    };
    answer(call, (&bdk, Some(&serial)), &destination, &asked)
}
