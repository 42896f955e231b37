//! The PIN key of a transaction, for mechanisms that derive it in the call.

use super::working::{Serial, Task};
use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::des::Des3Key;
use crate::error::Result;
use crate::mechanism::KeyMaterial;

/// A key serial number in a parameter, with the algorithm that it is of.
#[derive(Clone, Copy)]
pub(in crate::payment) struct PinSerial(Serial);

/// What a PIN key encrypts with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::payment) enum PinAlgorithm {
    Des,
    Aes,
}

/// The PIN key of a transaction.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for one block")]
pub(in crate::payment) enum PinKey {
    Des(Des3Key),
    Aes(AesKey),
}

impl PinSerial {
    /// Reads what a parameter says: how the key is derived, and 12 bytes with the KSN at their end.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`](crate::error::Error::MechanismParamInvalid).
    pub(in crate::payment) fn parse(derivation: u8, ksn: &[u8; 12]) -> Result<Option<Self>> {
        Ok(Serial::parse(derivation, ksn, Task::PIN)?.map(Self))
    }

    /// What the PIN key encrypts with.
    pub(in crate::payment) fn algorithm(&self) -> PinAlgorithm {
        match self.0.key_type() {
            CKK_AES => PinAlgorithm::Aes,
            _ => PinAlgorithm::Des,
        }
    }

    /// Whether the base key derives such keys.
    ///
    /// # Errors
    /// [`Error::PaymentKey`](crate::error::Error::PaymentKey),
    /// [`Error::KeySizeRange`](crate::error::Error::KeySizeRange).
    pub(in crate::payment) fn check(&self, key: &KeyMaterial) -> Result<()> {
        self.0.check(key)
    }

    /// The PIN key, from a base derivation key or an initial key.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::error::Error::Internal).
    pub(in crate::payment) fn pin_key(&self, key: &KeyMaterial) -> Result<PinKey> {
        let value = self.0.value(key)?;
        match self.algorithm() {
            PinAlgorithm::Aes => AesKey::new(&value).map(PinKey::Aes),
            PinAlgorithm::Des => Des3Key::new(&value).map(PinKey::Des),
        }
    }
}
