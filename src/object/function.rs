//! [`Function`]: what a key is used for, and [`Uses`]: what it may be used for.

use crate::ck::*;

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

    /// The function that a usage flag permits.
    pub(super) const fn of_flag(flag: AttributeType) -> Option<Self> {
        Some(match flag {
            CKA_ENCRYPT => Self::Encrypt,
            CKA_DECRYPT => Self::Decrypt,
            CKA_SIGN => Self::Sign,
            CKA_VERIFY => Self::Verify,
            CKA_WRAP => Self::Wrap,
            CKA_UNWRAP => Self::Unwrap,
            CKA_DERIVE => Self::Derive,
            _ => return None,
        })
    }

    /// The function that says whether a key of this type may do it: what is under a local master key is wrapped and
    /// unwrapped.
    pub(super) const fn of_type(self, key_type: KeyType) -> Self {
        match (key_type, self) {
            (CKK_VHSM_LMK, Self::Encrypt | Self::Sign) => Self::Wrap,
            (CKK_VHSM_LMK, Self::Decrypt | Self::Verify) => Self::Unwrap,
            (_, function) => function,
        }
    }

    /// Whether keys of this class do it: of a pair, each half has its part.
    pub(super) const fn fits(self, class: ObjectClass) -> bool {
        match self {
            Self::Sign | Self::Verify if matches!(class, CKO_OTP_KEY) => true,
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

    /// Whether the operation begins before its data come, so that the PIN of a key that wants it for each use can be
    /// given in between [PKCS#11 3.2, 4.10: CKA_ALWAYS_AUTHENTICATE].
    pub(super) const fn waits_for_a_pin(self) -> bool {
        match self {
            Self::Encrypt
            | Self::Decrypt
            | Self::Sign
            | Self::SignRecover
            | Self::Verify
            | Self::VerifyRecover => true,
            Self::Wrap | Self::Unwrap | Self::Derive | Self::Encapsulate | Self::Decapsulate => false,
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
    /// Takes one attribute of an object into account; what it does not have is FALSE.
    pub(super) fn learn(&mut self, attribute: AttributeType, flag: bool) {
        let place = match attribute {
            CKA_ENCRYPT => &mut self.encrypt,
            CKA_DECRYPT => &mut self.decrypt,
            CKA_SIGN => &mut self.sign,
            CKA_SIGN_RECOVER => &mut self.sign_recover,
            CKA_VERIFY => &mut self.verify,
            CKA_VERIFY_RECOVER => &mut self.verify_recover,
            CKA_WRAP => &mut self.wrap,
            CKA_UNWRAP => &mut self.unwrap,
            CKA_DERIVE => &mut self.derive,
            CKA_ENCAPSULATE => &mut self.encapsulate,
            CKA_DECAPSULATE => &mut self.decapsulate,
            _ => return,
        };
        *place = flag;
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
