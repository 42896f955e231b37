//! [`PaymentFault`]: why a payment mechanism refuses, told apart by vendor return values.

use crate::ck::*;

/// What is wrong with a payment key. Each has a vendor return value, and a standard one for programs that know no
/// other (`strictness.return_values = "standard"`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PaymentFault {
    /// CKA_VHSM_KEY_USAGE, or a general key where a payment key belongs.
    Usage,
    /// CKA_VHSM_MODE_OF_USE.
    ModeOfUse,
    /// CKA_VHSM_KEY_ALGORITHM.
    Algorithm,
    /// CKA_VHSM_EXPORTABILITY.
    NotExportable,
    /// A byte of even parity.
    Parity,
    /// All zeros.
    AllZero,
    /// Halves that are the same.
    Masquerades,
    /// CKA_START_DATE and CKA_END_DATE.
    Expired,
}

impl PaymentFault {
    /// The vendor return value [`include/vhsm.h`].
    #[must_use]
    pub const fn vendor(self) -> Rv {
        match self {
            Self::Usage => CKR_VHSM_KEY_USAGE,
            Self::ModeOfUse => CKR_VHSM_KEY_MODE_OF_USE,
            Self::Algorithm => CKR_VHSM_KEY_ALGORITHM,
            Self::NotExportable => CKR_VHSM_KEY_NOT_EXPORTABLE,
            Self::Parity => CKR_VHSM_KEY_PARITY,
            Self::AllZero => CKR_VHSM_KEY_ALL_ZERO,
            Self::Masquerades => CKR_VHSM_KEY_MASQUERADES,
            Self::Expired => CKR_VHSM_KEY_EXPIRED,
        }
    }

    /// The standard return value that comes nearest.
    #[must_use]
    pub const fn standard(self) -> Rv {
        match self {
            Self::Usage | Self::ModeOfUse | Self::Expired => CKR_KEY_FUNCTION_NOT_PERMITTED,
            Self::Algorithm => CKR_KEY_TYPE_INCONSISTENT,
            Self::NotExportable => CKR_KEY_UNEXTRACTABLE,
            Self::Parity | Self::AllZero | Self::Masquerades => CKR_ATTRIBUTE_VALUE_INVALID,
        }
    }
}

impl std::fmt::Display for PaymentFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Usage => "the key's payment usage does not allow this",
            Self::ModeOfUse => "the key's mode of use does not allow this",
            Self::Algorithm => "the key is for another algorithm",
            Self::NotExportable => "the key may not leave so",
            Self::Parity => "the key's parity is not odd",
            Self::AllZero => "the key is all zeros",
            Self::Masquerades => "the key is a shorter one that looks like a longer one",
            Self::Expired => "the key is not valid today",
        })
    }
}
