//! [`DataKey`]: the key of data, or the base key that it is derived from by its serial number.

use std::sync::Arc;

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{BDKS, DEK, KeyRole, TEK, ZEK};

/// What is done with data.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Encrypt,
    Decrypt,
}

/// A mode of operation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Ecb,
    Cbc,
    Cfb8,
    Cfb64,
}

impl Mode {
    /// Reads a mode flag.
    ///
    /// # Errors
    /// `code` for one that there is not here.
    pub(super) fn read(fields: &mut Fields<'_>, code: ErrorCode) -> Result<Self, Refusal> {
        Ok(match &fields.array::<2>("mode")? {
            b"00" => Self::Ecb,
            b"01" => Self::Cbc,
            b"02" => Self::Cfb8,
            b"03" => Self::Cfb64,
            _ => return Err(Refusal::new(code, "the modes of data are 00 to 03")),
        })
    }

    pub(super) fn mechanism(self) -> MechanismId {
        match self {
            Self::Ecb => CKM_VHSM_DATA_ECB,
            Self::Cbc => CKM_VHSM_DATA_CBC,
            Self::Cfb8 => CKM_VHSM_DATA_CFB8,
            Self::Cfb64 => CKM_VHSM_DATA_CFB64,
        }
    }

    /// Its number in parameters of translations.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Ecb => 0,
            Self::Cbc => 1,
            Self::Cfb8 => 2,
            Self::Cfb64 => 3,
        }
    }
}

/// Derivation, side, direction and serial number in parameters.
const KEYING_LEN: usize = 15;
const KSN_LEN: usize = 10;
/// Hexadecimal digits of the counter, behind what the descriptor counts.
const COUNTER_DIGITS: usize = 5;

/// A key serial number, with F before a shorter one.
type Ksn = [u8; KSN_LEN];

static DATA_KEY: KeyRole = KeyRole {
    name: "data encryption key",
    block_usages: &["D0", "21", "22", "23"],
    ..DEK
};

static BASE_KEY: KeyRole = KeyRole {
    name: "BDK",
    block_usages: &["B0", "41", "42", "43", "44"],
    ..BDKS[0]
};

/// Base keys whose devices encrypt and decrypt with one key: those of the first type.
fn is_one_way(role: &KeyRole, field: &KeyField<'_>) -> bool {
    match field.usage() {
        Some(usage) if field.is_block() => matches!(&usage, b"B0" | b"41"),
        _ => role.key_type == *b"009",
    }
}

/// A key for data as a message has it.
pub(super) struct DataKey<'a> {
    field: KeyField<'a>,
    role: &'static KeyRole,
    /// The transaction, with a base key.
    ksn: Option<Ksn>,
}

const AES_AT: usize = 7;

impl<'a> DataKey<'a> {
    /// Reads key type and key, and behind a base key the serial number.
    ///
    /// # Errors
    /// `code` for another key type; what [`KeyField::read`] says.
    pub(super) fn read(fields: &mut Fields<'a>, code: ErrorCode) -> Result<Self, Refusal> {
        let key_type = fields.array::<3>("key type")?;
        let field = KeyField::read(fields, "key", Untagged::Single)?;
        let role = match (&key_type, field.is_block()) {
            (_, true) if is_base_block(&field) => &BASE_KEY,
            (_, true) => &DATA_KEY,
            (b"00A", false) => &ZEK,
            (b"00B", false) => &DEK,
            (b"30B", false) => &TEK,
            _ => {
                let bdk = BDKS.iter().find(|role| role.key_type == key_type);
                bdk.ok_or_else(|| Refusal::new(code, "keys of this type are not for data"))?
            }
        };
        let is_base = role.usage == *b"B0";
        let ksn = match is_base {
            true => Some(read_ksn(fields)?),
            false => None,
        };
        Ok(Self { field, role, ksn })
    }

    /// Whether it is a key block of an AES key.
    pub(super) fn is_aes(&self) -> bool {
        self.field.is_block() && self.field.block().get(AES_AT) == Some(&b'A')
    }

    pub(super) fn get(&self, call: &Call<'_>) -> Result<Arc<Held>, Refusal> {
        call.key(&self.field, self.role)
    }

    /// KEYING of the mechanisms for data.
    pub(super) fn keying(&self, way: Way) -> [u8; KEYING_LEN] {
        let Some(ksn) = self.ksn else {
            return [0; KEYING_LEN];
        };
        let (side, direction) = match (way, is_one_way(self.role, &self.field)) {
            (Way::Decrypt, _) => (0, 1),
            // As the device does, whose key is the same both ways.
            (Way::Encrypt, true) => (1, 1),
            (Way::Encrypt, false) => (0, 2),
        };
        let mut keying = [0; KEYING_LEN];
        let parts = [1, side, direction, 0, 0];
        keying
            .iter_mut()
            .zip(parts.into_iter().chain(ksn))
            .for_each(|(place, byte)| *place = byte);
        keying
    }
}

fn is_base_block(field: &KeyField<'_>) -> bool {
    field.usage().is_some_and(|usage| BASE_KEY.takes(usage))
}

/// The descriptor, which counts the digits of base key, sub-key and device, and the serial number of as many and the
/// counter's.
fn read_ksn(fields: &mut Fields<'_>) -> Result<Ksn, Refusal> {
    let value = |digit: &u8| {
        let value = char::from(*digit).to_digit(16);
        value.and_then(|value| u8::try_from(value).ok()).unwrap_or(0)
    };
    let descriptor = fields.hex("KSN descriptor", 3)?;
    let counted: usize = descriptor.iter().map(|digit| usize::from(value(digit))).sum();
    let length = counted + COUNTER_DIGITS;
    if length > 2 * KSN_LEN {
        return Err(Refusal::new(
            ErrorCode::INPUT_DATA,
            "a key serial number has at most 20 digits",
        ));
    }
    let digits = fields.hex("KSN", length)?;
    let mut all = [0x0f; 2 * KSN_LEN];
    all.iter_mut()
        .rev()
        .zip(digits.iter().rev())
        .for_each(|(place, digit)| *place = value(digit));
    let (pairs, _) = all.as_chunks::<2>();
    let mut ksn = [0; KSN_LEN];
    ksn.iter_mut()
        .zip(pairs)
        .for_each(|(place, [high, low])| *place = high << 4 | low);
    Ok(ksn)
}
