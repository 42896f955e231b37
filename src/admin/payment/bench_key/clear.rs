//! [`TestKey`]: what a key in the clear is to be, and [`ClearKey`], which it becomes.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::admin::failure::Failure;
use crate::admin::payment::values::bytes_of;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::Result;
use crate::mechanism::KeyMaterial;

/// Of which cipher a test key is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::admin::payment) enum Cipher {
    /// DES and triple DES.
    Des,
    /// AES.
    Aes,
    /// HMAC, with this hash.
    Hmac(KeyType),
    /// A key-block LMK of this number.
    Lmk([u8; 2]),
}

impl Cipher {
    pub(super) const fn of_aes(aes: bool) -> Self {
        if aes { Self::Aes } else { Self::Des }
    }

    /// The type of a key of so many bytes.
    const fn key_type(self, length: usize) -> Option<KeyType> {
        Some(match (self, length) {
            (Self::Aes, 16 | 24 | 32) => CKK_AES,
            (Self::Des, 8) => CKK_DES,
            (Self::Des, 16) => CKK_DES2,
            (Self::Des, 24) => CKK_DES3,
            (Self::Hmac(key_type), 1..) => key_type,
            (Self::Lmk(_), LMK_DES3_LEN | LMK_AES_LEN) => CKK_VHSM_LMK,
            _ => return None,
        })
    }

    /// Which keys there are.
    const fn remedy(self) -> &'static str {
        match self {
            Self::Des => "give 16, 32 or 48 hexadecimal digits: this is a key of DES",
            Self::Aes => "give 32, 48 or 64 hexadecimal digits: this is a key of AES",
            Self::Hmac(_) => "give an even number of hexadecimal digits",
            Self::Lmk(_) => "a key-block LMK has 48 hexadecimal digits of triple DES, or 64 of AES",
        }
    }
}

/// What a key in the clear is to be.
#[derive(Clone, Debug)]
pub(in crate::admin::payment) struct TestKey {
    cipher: Cipher,
    /// What else it has beside class, type and value.
    attributes: AttributeSet,
}

impl TestKey {
    /// A key with this usage.
    pub(in crate::admin::payment) fn new(usage: KeyUsage, cipher: Cipher) -> Self {
        let usage = (CKA_VHSM_KEY_USAGE, Value::bytes(&usage.0));
        Self {
            cipher,
            attributes: match cipher {
                Cipher::Lmk(id) => AttributeSet::from_iter([(CKA_VHSM_LMK_ID, Value::bytes(&id))]),
                _ => AttributeSet::from_iter([usage]),
            },
        }
    }

    /// The same with an attribute more.
    pub(in crate::admin::payment) fn with(mut self, attribute: AttributeType, value: Value) -> Self {
        self.attributes.set(attribute, value);
        self
    }

    /// The key of these digits, which an option has.
    pub(in crate::admin::payment) fn read(
        &self,
        option: &str,
        hex: &str,
    ) -> std::result::Result<ClearKey, Failure> {
        let remedy = self.cipher.remedy();
        let value = bytes_of(hex).map(Zeroizing::new);
        let value = value.map_err(|why| Failure::new(format!("{option} is not {why}"), remedy))?;
        let Some(key_type) = self.cipher.key_type(value.len()) else {
            let what = format!(
                "{option} has {} bytes, which no key of this algorithm has",
                value.len()
            );
            return Err(Failure::new(what, remedy));
        };
        let mut attributes = self.attributes.clone();
        attributes.set(CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0));
        attributes.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
        attributes.set(CKA_VALUE, Value::bytes(&value));
        Ok(ClearKey::new(attributes)?)
    }
}

/// A test key in the clear: what an object would have, and the key made ready.
pub(in crate::admin::payment) struct ClearKey {
    pub(super) attributes: AttributeSet,
    pub(super) material: Arc<KeyMaterial>,
}

impl ClearKey {
    pub(super) fn new(attributes: AttributeSet) -> Result<Self> {
        Ok(Self {
            material: Arc::new(KeyMaterial::prepare(&attributes)?),
            attributes,
        })
    }
}
