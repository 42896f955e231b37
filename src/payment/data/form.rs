//! [`Form`]: under which key data is, in which mode, and from which initialisation vector.

use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{CipherMechanism, DataModes, KeyMaterial, Params, ShortBytes, aes, des};
use crate::payment::dukpt::{Field, KEYING_LEN, Keying};
use crate::payment::parameter::versioned;

/// Bytes of the longest initialisation vector.
pub(super) const IV_MAX: usize = 16;
/// One end of a translation: mode, keying, initialisation vector.
pub(super) const END_LEN: usize = 1 + KEYING_LEN + IV_MAX;

/// A mode of operation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mode {
    Ecb,
    Cbc,
    Cfb8,
    Cfb64,
    Ctr,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Direction {
    Encrypt,
    Decrypt,
}

impl Direction {
    const fn flag(self) -> AttributeType {
        match self {
            Self::Encrypt => CKA_ENCRYPT,
            Self::Decrypt => CKA_DECRYPT,
        }
    }
}

impl Mode {
    /// The mode of a parameter's byte.
    fn of(code: u8) -> Result<Self> {
        Ok(match code {
            0 => Self::Ecb,
            1 => Self::Cbc,
            2 => Self::Cfb8,
            3 => Self::Cfb64,
            4 => Self::Ctr,
            _ => return Err(Error::MechanismParamInvalid("modes are 0 to 4")),
        })
    }

    /// What does it under keys of this type.
    fn cipher(self, direction: Direction, key_type: KeyType) -> Result<&'static dyn CipherMechanism> {
        let modes: &DataModes = match key_type {
            CKK_AES => &aes::DATA_MODES,
            _ => &des::DATA_MODES,
        };
        let roles = match self {
            Self::Ecb => &modes.ecb,
            Self::Cbc => &modes.cbc,
            Self::Cfb8 => &modes.cfb8,
            Self::Cfb64 => &modes.cfb64,
            Self::Ctr => &modes.ctr,
        };
        let role = match direction {
            Direction::Encrypt => roles.encrypt,
            Direction::Decrypt => roles.decrypt,
        };
        role.ok_or(Error::Internal("a mode that has one direction only"))
    }
}

/// Length of a block in bytes.
const fn block_len(key_type: KeyType) -> usize {
    match key_type {
        CKK_AES => 16,
        _ => 8,
    }
}

/// Under which key, in which mode, from which initialisation vector.
pub(super) struct Form<'a> {
    mode: Mode,
    pub(super) keying: Keying,
    iv: &'a [u8],
}

impl<'a> Form<'a> {
    /// What the parameter of one mode says.
    pub(super) fn parse(mode: Mode, params: &'a Params) -> Result<Self> {
        let form = versioned(params.flat()?)?;
        let (keying, iv) = form.split_first_chunk().ok_or(TOO_SHORT)?;
        Ok(Self {
            mode,
            keying: Keying::parse(keying, Field::Data)?,
            iv,
        })
    }

    /// An end of a translation. The vector's bytes that the key's cipher does not have are zeros.
    pub(super) fn parse_end(bytes: &'a [u8; END_LEN]) -> Result<Self> {
        let [mode, rest @ ..] = bytes;
        let (keying, iv) = rest.split_first_chunk().ok_or(TOO_SHORT)?;
        Ok(Self {
            mode: Mode::of(*mode)?,
            keying: Keying::parse(keying, Field::Data)?,
            iv,
        })
    }

    /// Cuts the vector of an end to the length that the key's cipher has.
    pub(super) fn cut(self, key: &KeyMaterial) -> Result<Self> {
        let length = match self.mode {
            Mode::Ecb => 0,
            _ => block_len(self.keying.key_type(key)),
        };
        match self.iv.split_at_checked(length) {
            Some((iv, rest)) if rest.iter().all(|byte| *byte == 0) => Ok(Self { iv, ..self }),
            _ => Err(Error::MechanismParamInvalid(
                "behind an initialisation vector are zeros",
            )),
        }
    }

    pub(super) fn check(&self, direction: Direction, key: &KeyMaterial) -> Result<()> {
        let key_type = self.keying.check(key, direction.flag())?;
        match self.mode == Mode::Ecb || self.iv.len() == block_len(key_type) {
            true => Ok(()),
            false => Err(Error::MechanismParamInvalid(
                "an initialisation vector has 8 bytes with triple DES, 16 with AES",
            )),
        }
    }

    /// The mode's own parameter.
    pub(super) fn params(&self) -> Params {
        match self.mode {
            Mode::Ecb => Params::None,
            _ => Params::Iv(ShortBytes::new(self.iv)),
        }
    }

    pub(super) fn cipher(
        &self,
        direction: Direction,
        key: &KeyMaterial,
    ) -> Result<&'static dyn CipherMechanism> {
        self.mode.cipher(direction, self.keying.key_type(key))
    }

    pub(super) fn output_len(
        &self,
        direction: Direction,
        key: &KeyMaterial,
        input_len: usize,
    ) -> Result<usize> {
        self.cipher(direction, key)?
            .output_len(key, &self.params(), input_len)
    }

    pub(super) fn oneshot(
        &self,
        direction: Direction,
        key: &KeyMaterial,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<usize> {
        let cipher = self.cipher(direction, key)?;
        cipher.oneshot(&*self.keying.key(key)?, &self.params(), input, out)
    }
}

pub(super) const TOO_SHORT: Error = Error::Internal("a parameter that is too short");
