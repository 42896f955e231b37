//! May this key do this now? [`Object::key_for`] asks once per operation, without a search or an allocation.

use std::sync::Arc;

use super::facts::Object;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{KeyMaterial, MechanismSpec};

/// What a key is to be used for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Function {
    /// C_EncryptInit.
    Encrypt,
    /// C_DecryptInit.
    Decrypt,
    /// C_SignInit.
    Sign,
    /// C_SignRecoverInit.
    SignRecover,
    /// C_VerifyInit.
    Verify,
    /// C_VerifyRecoverInit.
    VerifyRecover,
    /// C_WrapKey.
    Wrap,
    /// C_UnwrapKey.
    Unwrap,
    /// C_DeriveKey.
    Derive,
    /// C_EncapsulateKey.
    Encapsulate,
    /// C_DecapsulateKey.
    Decapsulate,
}

impl Function {
    /// The usage flag that permits it.
    #[must_use]
    pub const fn flag(self) -> AttributeType {
        match self {
            Self::Encrypt => CKA_ENCRYPT,
            Self::Decrypt => CKA_DECRYPT,
            Self::Sign => CKA_SIGN,
            Self::SignRecover => CKA_SIGN_RECOVER,
            Self::Verify => CKA_VERIFY,
            Self::VerifyRecover => CKA_VERIFY_RECOVER,
            Self::Wrap => CKA_WRAP,
            Self::Unwrap => CKA_UNWRAP,
            Self::Derive => CKA_DERIVE,
            Self::Encapsulate => CKA_ENCAPSULATE,
            Self::Decapsulate => CKA_DECAPSULATE,
        }
    }

    /// Whether keys of this class do it: of a pair, each half has its part.
    const fn fits(self, class: ObjectClass) -> bool {
        match self {
            Self::Encrypt | Self::Verify | Self::VerifyRecover | Self::Wrap | Self::Encapsulate => {
                matches!(class, CKO_PUBLIC_KEY | CKO_SECRET_KEY)
            }
            Self::Decrypt
            | Self::Sign
            | Self::SignRecover
            | Self::Unwrap
            | Self::Derive
            | Self::Decapsulate => matches!(class, CKO_PRIVATE_KEY | CKO_SECRET_KEY),
        }
    }
}

/// The usage flags of a key.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Uses {
    /// CKA_ENCRYPT.
    pub encrypt: bool,
    /// CKA_DECRYPT.
    pub decrypt: bool,
    /// CKA_SIGN.
    pub sign: bool,
    /// CKA_SIGN_RECOVER.
    pub sign_recover: bool,
    /// CKA_VERIFY.
    pub verify: bool,
    /// CKA_VERIFY_RECOVER.
    pub verify_recover: bool,
    /// CKA_WRAP.
    pub wrap: bool,
    /// CKA_UNWRAP.
    pub unwrap: bool,
    /// CKA_DERIVE.
    pub derive: bool,
    /// CKA_ENCAPSULATE.
    pub encapsulate: bool,
    /// CKA_DECAPSULATE.
    pub decapsulate: bool,
}

impl Uses {
    /// The flags of an object; what it does not have is FALSE.
    #[must_use]
    pub fn of(attributes: &AttributeSet) -> Self {
        let flag = |attribute| attributes.bool(attribute) == Some(true);
        Self {
            encrypt: flag(CKA_ENCRYPT),
            decrypt: flag(CKA_DECRYPT),
            sign: flag(CKA_SIGN),
            sign_recover: flag(CKA_SIGN_RECOVER),
            verify: flag(CKA_VERIFY),
            verify_recover: flag(CKA_VERIFY_RECOVER),
            wrap: flag(CKA_WRAP),
            unwrap: flag(CKA_UNWRAP),
            derive: flag(CKA_DERIVE),
            encapsulate: flag(CKA_ENCAPSULATE),
            decapsulate: flag(CKA_DECAPSULATE),
        }
    }

    /// Whether the function is permitted.
    #[must_use]
    pub const fn permit(self, function: Function) -> bool {
        match function {
            Function::Encrypt => self.encrypt,
            Function::Decrypt => self.decrypt,
            Function::Sign => self.sign,
            Function::SignRecover => self.sign_recover,
            Function::Verify => self.verify,
            Function::VerifyRecover => self.verify_recover,
            Function::Wrap => self.wrap,
            Function::Unwrap => self.unwrap,
            Function::Derive => self.derive,
            Function::Encapsulate => self.encapsulate,
            Function::Decapsulate => self.decapsulate,
        }
    }
}

/// Whether objects of this class are keys.
pub(super) const fn is_key(class: ObjectClass) -> bool {
    matches!(class, CKO_PUBLIC_KEY | CKO_PRIVATE_KEY | CKO_SECRET_KEY)
}

impl Object {
    /// The key made ready for a mechanism, if it may be used so. `role` says which key of the call it is, for the
    /// error code. The first call prepares the key; later ones share it.
    ///
    /// # Errors
    /// In this order: [`Error::KeyHandleInvalid`], [`Error::KeyTypeInconsistent`],
    /// [`Error::KeyFunctionNotPermitted`], [`Error::MechanismInvalid`] (CKA_ALLOWED_MECHANISMS),
    /// [`Error::KeySizeRange`].
    pub fn key_for(
        &self,
        function: Function,
        spec: &MechanismSpec,
        role: KeyRole,
    ) -> Result<&Arc<KeyMaterial>> {
        let key_type = match self.key_type {
            Some(key_type) if is_key(self.class) => key_type,
            _ => return Err(Error::KeyHandleInvalid(role)),
        };
        if !spec.key.types.contains(&key_type) || !function.fits(self.class) {
            return Err(Error::KeyTypeInconsistent {
                role,
                key_type,
                mechanism: spec.id,
            });
        }
        if !self.uses.permit(function) {
            return Err(Error::KeyFunctionNotPermitted(function.flag()));
        }
        if !self.allows(spec.id) {
            return Err(Error::MechanismInvalid {
                mechanism: spec.id,
                why: "CKA_ALLOWED_MECHANISMS of the key does not list it",
            });
        }
        let material = self.material()?;
        match spec.key.sizes.allow_bits(material.bits()) {
            true => Ok(material),
            false => Err(Error::KeySizeRange(role)),
        }
    }

    /// The key made ready for use, whatever it is to be used for.
    ///
    /// # Errors
    /// [`Error::KeyHandleInvalid`] if the object is no key; what [`KeyMaterial::prepare`] says.
    pub fn material(&self) -> Result<&Arc<KeyMaterial>> {
        if let Some(material) = self.material.get() {
            return Ok(material);
        }
        let prepared = Arc::new(KeyMaterial::prepare(&self.attributes)?);
        Ok(self.material.get_or_init(|| prepared))
    }

    /// CKA_ALLOWED_MECHANISMS: without it everything is allowed, an empty list allows nothing.
    fn allows(&self, mechanism: MechanismId) -> bool {
        if !self.restricted {
            return true;
        }
        match self.attributes.value(CKA_ALLOWED_MECHANISMS) {
            Some(Value::Mechanisms(allowed)) => allowed.contains(&mechanism),
            _ => true,
        }
    }
}
