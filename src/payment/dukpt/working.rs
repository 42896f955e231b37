//! The working key of a transaction, for mechanisms that derive it in the call.

use super::Direction;
use super::aes_keys::{
    Algorithm, DerivationData, DerivationKey, InitialKeyId, ONES_MAX as AES_ONES_MAX, Usage, context,
    initial_key, transaction_key,
};
use super::tdes_keys::{self, Ksn, Purpose, halves, working_key};
use crate::ck::*;
use crate::crypto::aes::AesEncryptor;
use crate::error::{Error, KeyRole, PaymentFault, Result};
use crate::mechanism::KeyMaterial;
use crate::secret::SecretBytes;

/// What a working key is for, in the words that both ciphers' derivations share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Task(pub(super) Usage);

impl Task {
    /// PINs.
    pub(super) const PIN: Self = Self(Usage::Pin);

    /// The usages of triple DES' derivation.
    fn purpose(self) -> Result<Purpose> {
        Ok(match self.0 {
            Usage::Pin => Purpose::Pin,
            Usage::Mac(Direction::FromDevice) => Purpose::MacRequest,
            Usage::Mac(Direction::ToDevice) => Purpose::MacResponse,
            Usage::Data(Direction::FromDevice) => Purpose::DataRequest,
            Usage::Data(Direction::ToDevice) => Purpose::DataResponse,
            _ => {
                let why = "DUKPT with triple DES has keys for requests and for responses, not for both";
                return Err(Error::MechanismParamInvalid(why));
            }
        })
    }
}

/// A key serial number in a parameter, with the algorithm that it is of and what is derived by it.
#[derive(Clone, Copy)]
pub(super) enum Serial {
    /// DUKPT with triple DES.
    Des(Ksn, Purpose),
    /// DUKPT with AES: the working key is one of this algorithm.
    Aes {
        id: InitialKeyId,
        counter: u32,
        usage: Usage,
        algorithm: Algorithm,
    },
}

impl Serial {
    /// Reads what a parameter says: how the key is derived, and 12 bytes with the KSN at their end.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn parse(derivation: u8, ksn: &[u8; 12], task: Task) -> Result<Option<Self>> {
        let algorithm = match derivation {
            0 if *ksn == [0; 12] => return Ok(None),
            0 => {
                return Err(Error::MechanismParamInvalid(
                    "there is a KSN, and derivation is 0",
                ));
            }
            1 => return Self::parse_des(ksn, task.purpose()?).map(Some),
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
            1..=AES_ONES_MAX => Ok(Some(Self::Aes {
                id: *id,
                counter,
                usage: task.0,
                algorithm,
            })),
            _ => Err(Error::MechanismParamInvalid(
                "the counter of a KSN has 1 to 16 ones",
            )),
        }
    }

    fn parse_des(ksn: &[u8; 12], purpose: Purpose) -> Result<Self> {
        let [0, 0, ksn @ ..] = ksn else {
            return Err(Error::MechanismParamInvalid(
                "a KSN of triple DES has 10 bytes, behind two zeros",
            ));
        };
        let ksn = Ksn::parse(ksn)?;
        match ksn.counter().count_ones() {
            // A payShield makes MACs for a counter of 0 with the initial key as the transaction's.
            0 if matches!(purpose, Purpose::MacRequest | Purpose::MacResponse) => Ok(Self::Des(ksn, purpose)),
            1..=tdes_keys::ONES_MAX => Ok(Self::Des(ksn, purpose)),
            _ => Err(Error::MechanismParamInvalid(
                "the counter of a KSN has 1 to 10 ones",
            )),
        }
    }

    /// The type of the working key.
    pub(super) const fn key_type(&self) -> KeyType {
        match self {
            Self::Aes {
                algorithm: Algorithm::Aes(_),
                ..
            } => CKK_AES,
            Self::Aes {
                algorithm: Algorithm::Tdea3,
                ..
            } => CKK_DES3,
            _ => CKK_DES2,
        }
    }

    /// Whether the base key derives such keys.
    ///
    /// # Errors
    /// [`Error::PaymentKey`], [`Error::KeySizeRange`].
    pub(super) fn check(&self, key: &KeyMaterial) -> Result<()> {
        let wanted = match self {
            Self::Des(..) => CKK_DES2,
            Self::Aes { .. } => CKK_AES,
        };
        if key.key_type != wanted {
            let why = "the KSN's derivation is of another algorithm than the base key";
            return Err(Error::PaymentKey(PaymentFault::Algorithm, why));
        }
        match self {
            Self::Aes { algorithm, .. } if !algorithm.is_within(key.secret()?.value().len()) => {
                Err(Error::KeySizeRange(KeyRole::Key))
            }
            _ => Ok(()),
        }
    }

    /// The value of the working key, from a base derivation key or an initial key.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn value(&self, key: &KeyMaterial) -> Result<SecretBytes> {
        let base = key.secret()?;
        let usage = key.payment.map(|payment| payment.usage);
        let is_initial = usage == Some(KeyUsage::INITIAL_DUKPT);
        match self {
            Self::Des(ksn, purpose) => {
                let initial = match is_initial {
                    true => halves(base.value())?,
                    false => tdes_keys::initial_key(base, *ksn)?,
                };
                working_key(*purpose, &tdes_keys::transaction_key(initial, *ksn))
            }
            Self::Aes {
                id,
                counter,
                usage,
                algorithm,
            } => {
                let initial = match is_initial {
                    true => DerivationKey::of(base.value()),
                    false => initial_key(base, id)?,
                };
                let key = transaction_key(initial, id, *counter)?;
                let cipher = AesEncryptor::new(key.value())?;
                let data = DerivationData {
                    usage: *usage,
                    algorithm: *algorithm,
                    context: context(id, *counter),
                };
                let mut value = SecretBytes::zeros(algorithm.length());
                data.fill(|block| cipher.encrypt_block(block), value.as_mut());
                Ok(value)
            }
        }
    }
}
