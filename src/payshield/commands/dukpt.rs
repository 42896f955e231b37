//! PINs and MACs of devices whose keys are derived for every transaction.

mod mac;
mod translate;
mod verify;

use std::sync::Arc;

use super::pin_block::ISO_4;
use super::shared::{Account, End};
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::hex::unhex;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{ANY_BDK, BDKS, KeyRole};

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    translate::CI,
    translate::G0,
    verify::CK,
    verify::CM,
    verify::CQ,
    verify::GO,
    verify::GQ,
    verify::GU,
    mac::GW,
];

/// Hexadecimal digits of a KSN of triple DES, and of AES.
const KSN_DIGITS: usize = 20;
const KSN_DIGITS_AES: usize = 24;
/// Digits that count transactions, and are in no part of the descriptor.
const COUNTER_DIGITS: usize = 5;

/// Whether a key block has a base derivation key in it.
pub(super) fn is_base(key: &KeyField<'_>) -> Option<KeyRole> {
    let usage = key.is_block().then(|| key.usage()).flatten()?;
    ANY_BDK.takes(usage).then_some(ANY_BDK)
}

/// `*` before a BDK-1, `~` before a BDK-2, `!` before a BDK-4.
pub(super) fn base_flag(fields: &mut Fields<'_>) -> Option<KeyRole> {
    let [first, second, _, fourth] = BDKS;
    let role = match fields.peek()? {
        b'*' => first,
        b'~' => second,
        b'!' => fourth,
        _ => return None,
    };
    fields.bytes("BDK flag", 1).ok()?;
    Some(KeyRole {
        block_usages: ANY_BDK.block_usages,
        ..role
    })
}

/// A base derivation key of a message.
pub(super) struct Base<'a> {
    field: KeyField<'a>,
    role: KeyRole,
}

impl<'a> Base<'a> {
    /// Reads the flag that tells its type under a variant LMK, BDK-1 without one, and the key.
    ///
    /// # Errors
    /// 15, 26.
    pub(super) fn read(fields: &mut Fields<'a>) -> Result<Self, Refusal> {
        let role = base_flag(fields).unwrap_or(ANY_BDK);
        let field = KeyField::read(fields, "BDK", Untagged::Double)?;
        Ok(Self { field, role })
    }

    pub(super) fn get(&self, call: &Call<'_>) -> Result<Arc<Held>, Refusal> {
        call.key(&self.field, &self.role)
    }

    /// What a host sends: a response, or with a key of the first type the request of its device.
    pub(super) fn sent(&self) -> (Side, Direction) {
        sent(&self.role, &self.field)
    }
}

/// Whose part a host plays that makes or encrypts what it sends. Devices of a BDK-1 have one key both ways, those of other
/// types one for requests and one for responses.
pub(super) fn sent(role: &KeyRole, field: &KeyField<'_>) -> (Side, Direction) {
    let has_one_key = match field.usage().filter(|_| field.is_block()) {
        Some(usage) => usage == BDKS[0].usage,
        None => role.key_type == BDKS[0].key_type,
    };
    match has_one_key {
        true => (Side::Device, Direction::Request),
        false => (Side::Host, Direction::Response),
    }
}

/// What a host checks or decrypts: what its device sent.
pub(super) const RECEIVED: (Side, Direction) = (Side::Host, Direction::Request);

/// Derivation, side, direction and serial number in parameters.
pub(super) const KEYING_LEN: usize = 15;

/// Whose part is played.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Host,
    Device,
}

impl Side {
    const fn number(self) -> u8 {
        match self {
            Self::Host => 0,
            Self::Device => 1,
        }
    }
}

/// What the device makes or encrypts is a request, what it checks or decrypts a response.
#[derive(Clone, Copy)]
pub(super) enum Direction {
    Request,
    Response,
}

impl Direction {
    const fn number(self) -> u8 {
        match self {
            Self::Request => 1,
            Self::Response => 2,
        }
    }
}

/// A key serial number of a message.
pub(super) struct Serial {
    ksn: [u8; 12],
    is_aes: bool,
}

impl Serial {
    /// Reads the descriptor and the KSN: as many digits as the descriptor says, and five that count. Hosts that know one
    /// length only send 20, filled with F on the left; under AES it is always 24.
    ///
    /// # Errors
    /// 15.
    pub(super) fn read(fields: &mut Fields<'_>, base: &KeyField<'_>) -> Result<Self, Refusal> {
        let descriptor = fields.hex("KSN descriptor", 3)?;
        let digit = |digit: &u8| char::from(*digit).to_digit(16);
        let parts: u32 = descriptor.iter().filter_map(digit).sum();
        let told = usize::try_from(parts)
            .unwrap_or(usize::MAX)
            .saturating_add(COUNTER_DIGITS);
        let is_aes = base.is_aes();
        let mut ksn = [0; 12];
        if is_aes {
            let digits = fields.hex("key serial number", KSN_DIGITS_AES)?;
            return match unhex(digits, &mut ksn) {
                true => Ok(Self { ksn, is_aes }),
                false => Err(Fields::wrong("key serial number")),
            };
        }
        if !(COUNTER_DIGITS + 1..=KSN_DIGITS).contains(&told) {
            return Err(Refusal::new(
                ErrorCode::INPUT_DATA,
                "the KSN descriptor tells more digits than a KSN has",
            ));
        }
        let filled = fields.rest().get(..KSN_DIGITS - told);
        let filled = filled.is_some_and(|fill| fill.iter().all(|digit| *digit == b'F'));
        let count = if filled { KSN_DIGITS } else { told };
        let digits = fields.hex("key serial number", count)?;
        let mut all = [b'F'; KSN_DIGITS];
        all.iter_mut()
            .skip(KSN_DIGITS - count)
            .zip(digits)
            .for_each(|(place, digit)| *place = *digit);
        let [_, _, place @ ..] = &mut ksn;
        match unhex(&all, place) {
            true => Ok(Self { ksn, is_aes }),
            false => Err(Fields::wrong("key serial number")),
        }
    }

    /// The end of a block under the PIN key of the transaction. Of AES it is as long as the base key for format 48, and one
    /// of triple DES for the others.
    pub(super) fn end(&self, format: u8, account: Account, base: &Held) -> End {
        let derivation = match (self.is_aes, format, base.length) {
            (false, ..) => 1,
            (true, ISO_4, 16) => 4,
            (true, ISO_4, 24) => 5,
            (true, ISO_4, _) => 6,
            (true, ..) => 2,
        };
        End {
            format,
            derivation,
            serial: self.ksn,
            account,
        }
    }

    /// KEYING of the mechanisms for MACs and data: the working key of the transaction on this side and in this direction.
    /// Of AES it is as long as the base key.
    pub(super) fn keying(&self, base: &Held, (side, direction): (Side, Direction)) -> [u8; KEYING_LEN] {
        let derivation = match (self.is_aes, base.length) {
            (false, _) => 1,
            (true, 16) => 4,
            (true, 24) => 5,
            (true, _) => 6,
        };
        let mut keying = [0; KEYING_LEN];
        let head = [derivation, side.number(), direction.number()];
        keying
            .iter_mut()
            .zip(head.iter().chain(&self.ksn))
            .for_each(|(place, byte)| *place = *byte);
        keying
    }

    /// Whether the keys of transactions are those of AES.
    pub(super) fn is_aes(&self) -> bool {
        self.is_aes
    }
}
