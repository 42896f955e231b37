//! DUKPT: one key per transaction, derived from the initial key of a device, which a base derivation key gives
//! [ANSI X9.24-1 and X9.24-3]. What is derived here is a payment key whose usage and mode of use the mechanism sets.

pub mod aes;
mod aes_keys;
mod keying;
mod pin;
pub mod tdes;
mod tdes_keys;
mod working;

use std::slice;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::{Heritage, Planned, PlannedTemplate, Sources};
use crate::payment::template::{choose, dates, exportability, fix};

pub(super) use keying::{Field, KEYING_LEN, Keying};
pub(super) use pin::{PinAlgorithm, PinKey, PinSerial};
pub(super) use tdes_keys::{Purpose, key_of_base};

/// Whose copy of a working key it is: what one side encrypts, the other decrypts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Side {
    /// Who knows the base derivation key.
    Host,
    /// Who has the initial key and begins the transaction.
    Device,
}

impl Side {
    fn of(code: u8) -> Result<Self> {
        match code {
            0 => Ok(Self::Host),
            1 => Ok(Self::Device),
            _ => Err(Error::MechanismParamInvalid("the side is 0 (host) or 1 (device)")),
        }
    }
}

/// Which way a working key works, as the device sees it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Direction {
    /// The device encrypts, or makes values.
    FromDevice,
    /// The device decrypts, or checks values.
    ToDevice,
    /// Each side does both.
    BothWays,
}

impl Direction {
    /// The mode of use of a key that encrypts.
    const fn of_cipher(self, side: Side) -> ModeOfUse {
        match (self, side) {
            (Self::BothWays, _) => ModeOfUse::EncryptDecrypt,
            (Self::FromDevice, Side::Device) | (Self::ToDevice, Side::Host) => ModeOfUse::EncryptOnly,
            (Self::FromDevice, Side::Host) | (Self::ToDevice, Side::Device) => ModeOfUse::DecryptOnly,
        }
    }

    /// The mode of use of a key that makes and checks values.
    const fn of_mac(self, side: Side) -> ModeOfUse {
        match (self, side) {
            (Self::BothWays, _) => ModeOfUse::GenerateVerify,
            (Self::FromDevice, Side::Device) | (Self::ToDevice, Side::Host) => ModeOfUse::GenerateOnly,
            (Self::FromDevice, Side::Host) | (Self::ToDevice, Side::Device) => ModeOfUse::VerifyOnly,
        }
    }
}

/// What a derived key is, whatever its template says.
#[derive(Clone, Copy)]
struct Made {
    /// CKA_VHSM_KEY_USAGE: those that the template can choose from, the first by default.
    usages: &'static [KeyUsage],
    /// CKA_VHSM_MODE_OF_USE.
    mode: ModeOfUse,
    /// CKA_VHSM_KEY_ALGORITHM.
    algorithm: u8,
    /// CKA_KEY_TYPE: those that the template can choose from, the first by default.
    key_types: &'static [KeyType],
    /// CKA_VALUE_LEN.
    length: usize,
}

impl Made {
    /// The plan of the one key. The template may repeat what the mechanism says, and choose where it leaves a choice.
    ///
    /// # Errors
    /// [`Error::TemplateInconsistent`]; [`Error::PaymentKey`] for a base key of another mode of use.
    fn plan(&self, from: &Sources<'_>, mut template: AttributeSet) -> Result<Vec<Planned>> {
        check_base(from)?;
        let algorithm = Value::bytes(&[self.algorithm]);
        choose(&mut template, CKA_VHSM_KEY_USAGE, self.usages, |usage| &usage.0)?;
        choose(
            &mut template,
            CKA_VHSM_MODE_OF_USE,
            self.modes(from),
            slice::from_ref,
        )?;
        fix(&mut template, CKA_VHSM_KEY_ALGORITHM, algorithm)?;
        exportability(from, &mut template)?;
        dates(from.key.payment.as_slice(), &mut template)?;
        fix(&mut template, CKA_SENSITIVE, Value::Bool(true))?;
        fix(&mut template, CKA_VALUE_LEN, Value::Ulong(to_ulong(self.length)))?;
        Ok(vec![Planned {
            template: PlannedTemplate::Parsed(template),
            class: CKO_SECRET_KEY,
            key_types: self.key_types.to_vec(),
            length: None,
            heritage: Heritage::AtLeast,
        }])
    }

    /// The modes of use that the template can choose from, the first by default. The initial key of a base key without
    /// restriction may have none either.
    fn modes(&self, from: &Sources<'_>) -> &'static [u8] {
        let is_free = from
            .key
            .payment
            .is_some_and(|payment| payment.mode == ModeOfUse::Unrestricted);
        match self.usages {
            [KeyUsage::INITIAL_DUKPT] if is_free => b"XN",
            _ => self.mode.contained(),
        }
    }
}

/// Base keys derive, and do nothing beside it that this mode would name.
fn check_base(from: &Sources<'_>) -> Result<()> {
    match from.key.payment {
        Some(payment) if payment.mode.is_base() => Ok(()),
        _ => Err(Error::PaymentKey(
            PaymentFault::ModeOfUse,
            "CKA_VHSM_MODE_OF_USE of a base key is X or N",
        )),
    }
}

/// Whether the base key is an initial key and no base derivation key.
fn is_initial(from: &Sources<'_>) -> bool {
    let usage = from.key.payment.map(|payment| payment.usage);
    usage == Some(KeyUsage::INITIAL_DUKPT)
}

/// What a mechanism gets if its row names another parameter than its code.
const WRONG_PARAMS: Error = Error::Internal("a derivation without its parameter");
