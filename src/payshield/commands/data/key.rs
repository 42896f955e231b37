//! [`DataKey`]: the key of data, or the base key that it is derived from by its serial number.

use std::sync::Arc;

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::dukpt::{KEYING_LEN, RECEIVED, Serial, sent};
use crate::payshield::commands::keys::under_lmk::OF_BLOCKS;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{ANY_BDK, BDKS, DATA_KEY, DEK, KeyRole, TEK, ZEK};

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

/// A key for data as a message has it.
pub(super) struct DataKey<'a> {
    field: KeyField<'a>,
    role: &'static KeyRole,
    /// The transaction, with a base key.
    serial: Option<Serial>,
}

impl<'a> DataKey<'a> {
    /// Reads key type and key, and behind a base key the serial number.
    ///
    /// # Errors
    /// `code` for another key type; what [`KeyField::read`] says.
    pub(super) fn read(fields: &mut Fields<'a>, code: ErrorCode) -> Result<Self, Refusal> {
        let key_type = fields.array::<3>("key type")?;
        let field = KeyField::read(fields, "key", Untagged::Single)?;
        let of_type = match &key_type {
            b"00A" => Some(&ZEK),
            b"00B" => Some(&DEK),
            b"30B" => Some(&TEK),
            _ => BDKS.iter().find(|role| role.key_type == key_type),
        };
        // What a key in a block is, its header says; the field says nothing more, but has a form of its own.
        let is_known = of_type.is_some() || (field.is_block() && key_type == OF_BLOCKS);
        let role = match (of_type, field.is_block()) {
            (_, true) if is_known && is_base_block(&field) => &ANY_BDK,
            (_, true) if is_known => &DATA_KEY,
            (Some(role), false) => role,
            _ => return Err(Refusal::new(code, "keys of this type are not for data")),
        };
        let is_base = role.usage == *b"B0";
        let serial = match is_base {
            true => Some(Serial::read(fields, &field)?),
            false => None,
        };
        Ok(Self { field, role, serial })
    }

    /// Whether it is a key block of an AES key.
    pub(super) fn is_aes(&self) -> bool {
        self.field.is_aes()
    }

    pub(super) fn get(&self, call: &Call<'_>) -> Result<Arc<Held>, Refusal> {
        call.key(&self.field, self.role)
    }

    /// KEYING of the mechanisms for data, with the key that [`DataKey::get`] gave.
    pub(super) fn keying(&self, key: &Held, way: Way) -> [u8; KEYING_LEN] {
        let Some(serial) = &self.serial else {
            return [0; KEYING_LEN];
        };
        let part = match way {
            Way::Decrypt => RECEIVED,
            Way::Encrypt => sent(self.role, &self.field),
        };
        serial.keying(key, part)
    }
}

fn is_base_block(field: &KeyField<'_>) -> bool {
    field.usage().is_some_and(|usage| ANY_BDK.takes(usage))
}
