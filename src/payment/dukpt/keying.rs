//! [`Keying`]: which key works, in the parameters of mechanisms for data and MACs: the operation's own, or the working key
//! of a transaction that it derives in the call.

use std::ops::Deref;
use std::sync::Arc;

use super::aes_keys::Usage;
use super::working::{Serial, Task};
use super::{Direction, Side};
use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::KeyMaterial;
use crate::os::stack;

/// Bytes of [`Keying`] in a parameter: derivation, side, direction, KSN.
pub(in crate::payment) const KEYING_LEN: usize = 1 + 1 + 1 + 12;

/// Which key it is in a parameter: the one that is given, or a working key that it derives.
#[derive(Clone, Copy)]
pub(in crate::payment) struct Keying(Option<Derived>);

#[derive(Clone, Copy)]
struct Derived {
    serial: Serial,
    /// What may be done with the working key.
    mode: ModeOfUse,
}

/// What keys of a [`Keying`] are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::payment) enum Field {
    /// MACs.
    Macs,
    /// Data.
    Data,
}

impl Keying {
    /// Reads it.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(in crate::payment) fn parse(bytes: &[u8; KEYING_LEN], field: Field) -> Result<Self> {
        let [derivation, side, direction, ksn @ ..] = bytes;
        if *derivation == 0 {
            return match bytes {
                [0, 0, 0, ..] => Serial::parse(0, ksn, Task::PIN).map(|_| Self(None)),
                _ => Err(Error::MechanismParamInvalid("side and direction go with a KSN")),
            };
        }
        let side = Side::of(*side)?;
        let direction = match direction {
            1 => Direction::FromDevice,
            2 => Direction::ToDevice,
            3 => Direction::BothWays,
            _ => {
                let why = "the direction is 1 (request), 2 (response) or 3 (both)";
                return Err(Error::MechanismParamInvalid(why));
            }
        };
        let (usage, mode) = match field {
            Field::Macs => (Usage::Mac(direction), direction.of_mac(side)),
            Field::Data => (Usage::Data(direction), direction.of_cipher(side)),
        };
        let serial = Serial::parse(*derivation, ksn, Task(usage))?;
        Ok(Self(serial.map(|serial| Derived { serial, mode })))
    }

    /// Whether the key is derived.
    pub(in crate::payment) const fn derives(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the key, or what it derives, may be used for this function (a usage flag); gives the type of the key
    /// that works.
    ///
    /// # Errors
    /// [`Error::PaymentKey`], [`Error::KeySizeRange`].
    pub(in crate::payment) fn check(&self, key: &KeyMaterial, function: AttributeType) -> Result<KeyType> {
        let Some(payment) = key.payment else {
            return Err(Error::Internal("a payment mechanism with a key without usage"));
        };
        let usage = payment.usage.standard();
        let is_base = matches!(usage, KeyUsage::BASE_DERIVATION | KeyUsage::INITIAL_DUKPT);
        if is_base != self.0.is_some() {
            let why = "base keys of DUKPT go with a KSN, and other keys without one";
            return Err(Error::PaymentKey(PaymentFault::Usage, why));
        }
        let fits = match is_base {
            true => payment.mode.is_base(),
            false => payment.mode.permits(function),
        };
        if !fits {
            let why = "CKA_VHSM_MODE_OF_USE of a base key is X or N, and of others what is done with them";
            return Err(Error::PaymentKey(PaymentFault::ModeOfUse, why));
        }
        let Some(derived) = &self.0 else {
            return Ok(key.key_type);
        };
        derived.serial.check(key)?;
        match derived.mode.permits(function) {
            true => Ok(derived.serial.key_type()),
            false => {
                let why =
                    "what the device encrypts or makes, the host decrypts or checks, and the other way round";
                Err(Error::PaymentKey(PaymentFault::ModeOfUse, why))
            }
        }
    }

    /// The type of the key that works.
    pub(in crate::payment) fn key_type(&self, key: &KeyMaterial) -> KeyType {
        self.0
            .as_ref()
            .map_or(key.key_type, |derived| derived.serial.key_type())
    }

    /// The key that works.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(in crate::payment) fn key<'k>(&self, key: &'k KeyMaterial) -> Result<Working<'k>> {
        match &self.0 {
            None => Ok(Working::Given(key)),
            Some(derived) => derive(&derived.serial, key).map(Working::Derived),
        }
    }

    /// The key that works, for what outlives the call.
    ///
    /// # Errors
    /// As [`Keying::key`].
    pub(in crate::payment) fn shared_key(&self, key: &Arc<KeyMaterial>) -> Result<Arc<KeyMaterial>> {
        match &self.0 {
            None => Ok(Arc::clone(key)),
            Some(derived) => derive(&derived.serial, key).map(Arc::new),
        }
    }
}

fn derive(serial: &Serial, key: &KeyMaterial) -> Result<KeyMaterial> {
    let value = serial.value(key);
    stack::wipe_little();
    Ok(KeyMaterial::derived(serial.key_type(), value?))
}

/// A key that works: the operation's own, or one of a transaction.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for one call")]
pub(in crate::payment) enum Working<'k> {
    Given(&'k KeyMaterial),
    Derived(KeyMaterial),
}

impl Deref for Working<'_> {
    type Target = KeyMaterial;

    fn deref(&self) -> &KeyMaterial {
        match self {
            Self::Given(key) => key,
            Self::Derived(key) => key,
        }
    }
}
