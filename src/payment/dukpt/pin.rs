//! The PIN key of a transaction, for mechanisms that derive it in the call.

use super::aes_keys::{
    Algorithm, DerivationData, DerivationKey, InitialKeyId, ONES_MAX as AES_ONES_MAX, Usage, context,
    initial_key, transaction_key,
};
use super::tdes_keys::{self, Ksn, Purpose, halves, working_key};
use crate::ck::*;
use crate::crypto::aes::{AesEncryptor, AesKey};
use crate::crypto::des::Des3Key;
use crate::error::{Error, KeyRole, PaymentFault, Result};
use crate::mechanism::KeyMaterial;
use crate::secret::SecretBytes;

/// A key serial number in a parameter, with the algorithm that it is of.
#[derive(Clone, Copy)]
pub(in crate::payment) struct PinSerial(Serial);

#[derive(Clone, Copy)]
enum Serial {
    /// DUKPT with triple DES.
    Des(Ksn),
    /// DUKPT with AES: the PIN key is one of this algorithm.
    Aes {
        id: InitialKeyId,
        counter: u32,
        algorithm: Algorithm,
    },
}

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
    /// [`Error::MechanismParamInvalid`].
    pub(in crate::payment) fn parse(derivation: u8, ksn: &[u8; 12]) -> Result<Option<Self>> {
        let algorithm = match derivation {
            0 if *ksn == [0; 12] => return Ok(None),
            0 => {
                return Err(Error::MechanismParamInvalid(
                    "there is a KSN, and derivation is 0",
                ));
            }
            1 => return Self::parse_des(ksn).map(Some),
            2 => Algorithm::Tdea2,
            3 => Algorithm::Tdea3,
            4 => Algorithm::Aes(16),
            5 => Algorithm::Aes(24),
            6 => Algorithm::Aes(32),
            _ => return Err(Error::MechanismParamInvalid("derivations are 0 to 6")),
        };
        let (Some(id), Some(counter)) = (ksn.first_chunk(), ksn.last_chunk()) else {
            return Err(Error::Internal("a KSN is too short"));
        };
        let counter = u32::from_be_bytes(*counter);
        match counter.count_ones() {
            1..=AES_ONES_MAX => Ok(Some(Self(Serial::Aes {
                id: *id,
                counter,
                algorithm,
            }))),
            _ => Err(Error::MechanismParamInvalid(
                "the counter of a KSN has 1 to 16 ones",
            )),
        }
    }

    fn parse_des(ksn: &[u8; 12]) -> Result<Self> {
        let [0, 0, ksn @ ..] = ksn else {
            return Err(Error::MechanismParamInvalid(
                "a KSN of triple DES has 10 bytes, behind two zeros",
            ));
        };
        let ksn = Ksn::parse(ksn)?;
        match ksn.counter().count_ones() {
            1..=tdes_keys::ONES_MAX => Ok(Self(Serial::Des(ksn))),
            _ => Err(Error::MechanismParamInvalid(
                "the counter of a KSN has 1 to 10 ones",
            )),
        }
    }

    /// What the PIN key encrypts with.
    pub(in crate::payment) fn algorithm(&self) -> PinAlgorithm {
        match &self.0 {
            Serial::Aes {
                algorithm: Algorithm::Aes(_),
                ..
            } => PinAlgorithm::Aes,
            _ => PinAlgorithm::Des,
        }
    }

    /// Whether the base key derives such keys.
    ///
    /// # Errors
    /// [`Error::PaymentKey`], [`Error::KeySizeRange`].
    pub(in crate::payment) fn check(&self, key: &KeyMaterial) -> Result<()> {
        let wanted = match &self.0 {
            Serial::Des(_) => CKK_DES2,
            Serial::Aes { .. } => CKK_AES,
        };
        if key.key_type != wanted {
            let why = "the KSN's derivation is of another algorithm than the base key";
            return Err(Error::PaymentKey(PaymentFault::Algorithm, why));
        }
        match &self.0 {
            Serial::Aes { algorithm, .. } if !algorithm.is_within(key.secret()?.value().len()) => {
                Err(Error::KeySizeRange(KeyRole::Key))
            }
            _ => Ok(()),
        }
    }

    /// The PIN key, from a base derivation key or an initial key.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(in crate::payment) fn pin_key(&self, key: &KeyMaterial) -> Result<PinKey> {
        let base = key.secret()?;
        let usage = key.payment.map(|payment| payment.usage);
        let is_initial = usage == Some(KeyUsage::INITIAL_DUKPT);
        match &self.0 {
            Serial::Des(ksn) => {
                let initial = match is_initial {
                    true => halves(base.value())?,
                    false => tdes_keys::initial_key(base, *ksn)?,
                };
                let key = working_key(Purpose::Pin, &tdes_keys::transaction_key(initial, *ksn))?;
                Des3Key::new(&key).map(PinKey::Des)
            }
            Serial::Aes {
                id,
                counter,
                algorithm,
            } => {
                let initial = match is_initial {
                    true => DerivationKey::of(base.value()),
                    false => initial_key(base, id)?,
                };
                let key = transaction_key(initial, id, *counter)?;
                let cipher = AesEncryptor::new(key.value())?;
                let data = DerivationData {
                    usage: Usage::Pin,
                    algorithm: *algorithm,
                    context: context(id, *counter),
                };
                let mut value = SecretBytes::zeros(algorithm.length());
                data.fill(|block| cipher.encrypt_block(block), value.as_mut());
                match algorithm {
                    Algorithm::Aes(_) => AesKey::new(&value).map(PinKey::Aes),
                    _ => Des3Key::new(&value).map(PinKey::Des),
                }
            }
        }
    }
}
