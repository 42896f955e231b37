//! [`KeyMaterial`]: a key made ready once, then shared by every operation and thread that uses it.
//!
//! Built from an object's attributes by [`KeyMaterial::prepare`]; whether the object may be used at all is
//! `object/usage.rs`'s question, not this file's.

use super::asymmetric::AsymmetricKey;
use super::payment_key::PaymentKey;
use super::secret_key::SecretKey;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};
use crate::os::kept::Kept;
use crate::os::stack;
use crate::secret::SecretBytes;

/// A key ready for use. Immutable; what is computed late is computed once.
pub struct KeyMaterial {
    /// CKA_CLASS.
    pub class: ObjectClass,
    /// CKA_KEY_TYPE.
    pub key_type: KeyType,
    /// CKA_VHSM_KEY_USAGE and its like: the key is a payment key.
    pub payment: Option<PaymentKey>,
    /// CKA_OTP_LENGTH: how many digits its one-time passwords have.
    pub otp_len: Option<u64>,
    prepared: Prepared,
}

/// The key in the form that its primitive wants. What is secret of it stands in the vault.
enum Prepared {
    /// A secret key.
    Secret(Kept<SecretKey>),
    /// One half of a pair.
    Asymmetric(AsymmetricKey),
}

impl KeyMaterial {
    /// Prepares a key from the attributes of its object.
    ///
    /// # Errors
    /// [`Error::KeyHandleInvalid`] if the object is no key; [`Error::AttributeValueInvalid`] and its like if its
    /// components do not make one.
    pub fn prepare(attributes: &AttributeSet) -> Result<Self> {
        let (Some(class), Some(key_type)) = (attributes.class(), attributes.key_type()) else {
            return Err(Error::KeyHandleInvalid(KeyRole::Key));
        };
        let prepared = Self::prepared(class, key_type, attributes);
        stack::wipe();
        Ok(Self {
            class,
            key_type,
            payment: PaymentKey::of(attributes)?,
            otp_len: attributes.ulong(CKA_OTP_LENGTH),
            prepared: prepared?,
        })
    }

    /// A secret key that a mechanism derived for its own use in a call; no object has it.
    #[must_use]
    pub(crate) fn derived(key_type: KeyType, value: SecretBytes) -> Self {
        Self {
            class: CKO_SECRET_KEY,
            key_type,
            payment: None,
            otp_len: None,
            prepared: Prepared::Secret(Kept::new(SecretKey::new(value))),
        }
    }

    fn prepared(class: ObjectClass, key_type: KeyType, attributes: &AttributeSet) -> Result<Prepared> {
        Ok(match (class, key_type) {
            (CKO_SECRET_KEY | CKO_OTP_KEY, _) => Prepared::Secret(Kept::new(SecretKey::new(
                attributes
                    .bytes(CKA_VALUE)
                    .ok_or(Error::Internal("a secret key without CKA_VALUE"))?
                    .into(),
            ))),
            _ => AsymmetricKey::prepare(class, key_type, attributes)?
                .map(Prepared::Asymmetric)
                .ok_or(Error::KeyHandleInvalid(KeyRole::Key))?,
        })
    }

    /// The key's size in bits, as the standard counts it: the modulus, the field, the value.
    #[must_use]
    pub fn bits(&self) -> u64 {
        match &self.prepared {
            Prepared::Secret(key) => key.bits(),
            Prepared::Asymmetric(key) => key.bits(),
        }
    }

    /// The secret key.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is another kind of key; rows' key rules keep that from happening.
    pub fn secret(&self) -> Result<&SecretKey> {
        match &self.prepared {
            Prepared::Secret(key) => Ok(key),
            Prepared::Asymmetric(_) => Err(Error::Internal("a key of a pair where a secret key belongs")),
        }
    }

    /// The public or private key.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is another kind of key; rows' key rules keep that from happening.
    pub fn asymmetric(&self) -> Result<&AsymmetricKey> {
        match &self.prepared {
            Prepared::Asymmetric(key) => Ok(key),
            Prepared::Secret(_) => Err(Error::Internal("a secret key where a key of a pair belongs")),
        }
    }
}

impl std::fmt::Debug for KeyMaterial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} of {} bits", self.class, self.key_type, self.bits())
    }
}
