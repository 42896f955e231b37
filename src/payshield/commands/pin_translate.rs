//! PIN blocks under another key and in another format.

use super::bytes::BlockBytes;
use super::dukpt::{Serial, base_flag, is_base};
use super::pin_block::{Block, ISO_2, PLUS, format_of};
use super::shared::{Account, End, Parameter, most_digits};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, TPK, ZPK};

/// What answers of translations have.
pub(super) const REPLY: &str = "PIN length 2n; PIN block 16H or 32H; PIN block format 2n";
/// What is told apart in translations.
pub(super) const ERRORS: &[(&str, &str)] = &[
    ("10", "parity error of the source key"),
    ("11", "parity error of the destination key"),
    ("20", "the PIN block is none of its format and account"),
    (
        "23",
        "there is no such format, or no translation from one to the other",
    ),
    ("24", "the PIN is longer than the message allows"),
];

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "CA",
        response: "CB",
        name: "Translate a PIN from TPK to ZPK or BDK encryption",
        request: "TPK; [`*`, `~` or `!` with a BDK]; ZPK or BDK; [KSN descriptor 3H; KSN]; maximum PIN length 2n; PIN block 16H \
                  or 32H; source format 2n; destination format 2n; account number 12n; [%nn]",
        reply: REPLY,
        errors: ERRORS,
        handler: |call| translate(call, "TPK", &TPK, true),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "CC",
        response: "CD",
        name: "Translate a PIN from one ZPK to another",
        request: "ZPK; ZPK; maximum PIN length 2n; PIN block 16H or 32H; source format 2n; destination format 2n; account \
                  number 12n; [%nn]",
        reply: REPLY,
        errors: ERRORS,
        handler: |call| translate(call, "source ZPK", &ZPK, false),
        ..CommandSpec::NONE
    },
];

/// Where a PIN goes to, as a message has it.
pub(super) struct Destination<'a> {
    key: KeyField<'a>,
    role: KeyRole,
    serial: Option<Serial>,
}

impl<'a> Destination<'a> {
    /// A ZPK, or a BDK with its KSN: told by a flag, or by the header of its key block.
    ///
    /// # Errors
    /// 15, 26.
    pub(super) fn read(call: &mut Call<'a>, may_be_base: bool) -> Result<Self, Refusal> {
        let flagged = match may_be_base {
            true => base_flag(&mut call.fields),
            false => None,
        };
        let key = KeyField::read(&mut call.fields, "destination key", Untagged::Single)?;
        Ok(Self {
            role: match (flagged, is_base(&key)) {
                (Some(role), _) => role,
                (None, Some(role)) if may_be_base => role,
                _ => ZPK,
            },
            key,
            serial: None,
        })
    }

    /// The KSN, if the destination is a BDK.
    ///
    /// # Errors
    /// 15.
    pub(super) fn read_serial(&mut self, call: &mut Call<'a>) -> Result<(), Refusal> {
        if self.role.usage == *b"B0" {
            self.serial = Some(Serial::read(&mut call.fields, &self.key)?);
        }
        Ok(())
    }
}

/// What a translation asks for beside its keys.
pub(super) struct Asked<'a> {
    pub(super) most: u8,
    pub(super) block: Block<'a>,
    pub(super) to: u8,
    /// The account of the source block, and that of the other one.
    pub(super) accounts: [Account; 2],
}

/// Translates, and answers.
///
/// # Errors
/// The keys', and the mechanism's.
pub(super) fn answer(
    call: &mut Call<'_>,
    (source, serial): (&Held, Option<&Serial>),
    destination: &Destination<'_>,
    asked: &Asked<'_>,
) -> Result<(), Refusal> {
    let other = call.second_key(&destination.key, &destination.role)?;
    let [account, other_account] = asked.accounts;
    let end = |format, account, serial: Option<&Serial>, key: &Held| match serial {
        Some(serial) => serial.end(format, account, key),
        None => End::under_key(format, account),
    };
    let parameter = Parameter::new()
        .end_of(&end(asked.block.format, account, serial, source))
        .handle(&other)
        .end_of(&end(asked.to, other_account, destination.serial.as_ref(), &other))
        .byte(asked.most);
    let mut out = [0; 17];
    let block = BlockBytes::of(&asked.block);
    let kept = account.digits() == other_account.digits();
    let formats = (asked.block.format, asked.to, kept);
    let length = translated(call, parameter.get()?, source, formats, (block.get(), &mut out))?;
    let made = out.get(..length).and_then(<[u8]>::split_last);
    let (digits, made) =
        made.ok_or_else(|| Refusal::new(ErrorCode::INTERNAL, "a translation gave nothing"))?;
    call.reply.number("PIN length", usize::from(*digits), 2);
    call.reply.hex("PIN block", made);
    call.reply.number("PIN block format", usize::from(asked.to), 2);
    Ok(())
}

/// Translates by the rules of ISO 9564-1 and PCI, and beyond them where the configuration does not restrict PIN blocks: a
/// PIN still stays with its account, and PLUS and the formats of cards are for themselves.
///
/// # Errors
/// 23, and the mechanism's.
pub(super) fn translated(
    call: &Call<'_>,
    parameter: &[u8],
    source: impl Into<ObjectHandle> + Copy,
    (from, to, is_of_one_account): (u8, u8, bool),
    (block, out): (&[u8], &mut [u8]),
) -> Result<usize, Refusal> {
    let refused = match call.decrypt(CKM_VHSM_PIN_TRANSLATE, parameter, source, block, out) {
        Err(refused) if refused.code == ErrorCode::PIN_BLOCK_FORMAT => refused,
        done => return done,
    };
    if !is_of_one_account || from == PLUS || to == ISO_2 {
        return Err(refused);
    }
    if call.host.settings().restrict_pin_blocks {
        let reason = format!(
            "{}; `payshield.restrict_pin_blocks = false` lets it through",
            refused.reason
        );
        return Err(Refusal::new(refused.code, reason));
    }
    let done = call.decrypt(CKM_VHSM_PIN_TRANSLATE_ANY, parameter, source, block, out);
    done.map_err(|again| match again.code {
        ErrorCode::INTERNAL => Refusal::new(
            ErrorCode::PIN_BLOCK_FORMAT,
            "ISO 9564-1 and PCI have no such translation; beside `payshield.restrict_pin_blocks = false` it needs \
             mechanisms.enable = [\"CKM_VHSM_PIN_TRANSLATE_ANY\"]",
        ),
        _ => again,
    })
}

fn translate(
    call: &mut Call<'_>,
    name: &'static str,
    role: &KeyRole,
    may_be_base: bool,
) -> Result<(), Refusal> {
    let source = KeyField::read(&mut call.fields, name, Untagged::Single)?;
    let mut destination = Destination::read(call, may_be_base)?;
    destination.read_serial(call)?;
    let most = most_digits(&mut call.fields)?;
    let disabled = &call.host.settings().disabled_formats;
    let block = Block::read(call, &source)?;
    let to = format_of(call.fields.array("destination format")?, disabled)?;
    let account = Account::read_for(&mut call.fields, &[block.format, to])?;
    call.end()?;
    let source = call.key(&source, role)?;
    let asked = Asked {
        most,
        block,
        to,
        accounts: [account; 2],
    };
    answer(call, (&source, None), &destination, &asked)
}
