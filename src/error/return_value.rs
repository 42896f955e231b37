//! What a caller is told: the return value of each error, and its remedy.

use super::{Error, KeyRole, PaymentFault, PinFault};
use crate::ck::*;

/// The functions that may say that the token cannot be written [PKCS#11 3.2, 5.5 to 5.18]. C_Login writes as well.
const MAY_SAY_WRITE_PROTECTED: &[&str] = &[
    "C_InitToken",
    "C_InitPIN",
    "C_SetPIN",
    "C_OpenSession",
    "C_CreateObject",
    "C_CopyObject",
    "C_DestroyObject",
    "C_SetAttributeValue",
    "C_GenerateKey",
    "C_GenerateKeyPair",
    "C_UnwrapKey",
    "C_DeriveKey",
    "C_EncapsulateKey",
    "C_DecapsulateKey",
    "C_UnwrapKeyAuthenticated",
];
/// The functions that come before any slot, and may not speak of a device or a token.
const BEFORE_ANY_SLOT: &[&str] = &["C_Initialize", "C_GetSlotList"];

pub(super) const BUSY_REMEDY: &str = "wait, or let `store.busy_timeout_ms` be longer in the configuration";

impl Error {
    /// What helps, where the reason carries it; the message ends with it, behind a semicolon.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Configuration(reason)
            | Self::Store(reason)
            | Self::StoreFull(reason)
            | Self::StoreReadOnly(reason)
            | Self::RootKeyMissing(reason)
            | Self::RootKeyUnusable(reason)
            | Self::RootKeyForeign(reason)
            | Self::StoreNewer(reason)
            | Self::StoreDamaged(reason) => reason.remedy(),
            Self::StoreBusy => Some(BUSY_REMEDY),
            _ => None,
        }
    }

    /// The return value that the caller of this function gets. Where the standard does not list the store's code for
    /// the function, a more general one stands for it.
    #[must_use]
    pub fn rv_of(&self, function: &str) -> Rv {
        match self {
            Self::StoreFull(_) | Self::StoreDamaged(_) | Self::StoreReadOnly(_)
                if BEFORE_ANY_SLOT.contains(&function) =>
            {
                CKR_GENERAL_ERROR
            }
            Self::StoreReadOnly(_) if !MAY_SAY_WRITE_PROTECTED.contains(&function) => CKR_DEVICE_ERROR,
            _ => self.rv(),
        }
    }

    /// As [`Error::rv_of`], for a caller that wants no vendor's return values.
    #[must_use]
    pub fn standard_rv_of(&self, function: &str) -> Rv {
        match self {
            Self::PaymentKey(fault, _) => fault.standard(),
            Self::Pin(fault, _) => fault.standard(function.starts_with("C_Decrypt")),
            _ => self.rv_of(function),
        }
    }

    /// The return value for this reason.
    #[must_use]
    pub fn rv(&self) -> Rv {
        match self {
            Self::Internal(_) | Self::Poisoned | Self::Configuration(_) => CKR_GENERAL_ERROR,
            Self::HostMemory => CKR_HOST_MEMORY,
            Self::Crypto(_) => CKR_FUNCTION_FAILED,
            Self::ArgumentsBad(_) => CKR_ARGUMENTS_BAD,
            Self::NotInitialized => CKR_CRYPTOKI_NOT_INITIALIZED,
            Self::AlreadyInitialized => CKR_CRYPTOKI_ALREADY_INITIALIZED,
            Self::FunctionNotSupported(_) => CKR_FUNCTION_NOT_SUPPORTED,
            Self::FunctionNotParallel => CKR_FUNCTION_NOT_PARALLEL,
            Self::CantLock => CKR_CANT_LOCK,
            Self::NoEvent => CKR_NO_EVENT,
            Self::Store(_)
            | Self::StoreNewer(_)
            | Self::RootKeyMissing(_)
            | Self::RootKeyUnusable(_)
            | Self::RootKeyForeign(_) => CKR_GENERAL_ERROR,
            Self::StoreFull(_) => CKR_DEVICE_MEMORY,
            Self::StoreReadOnly(_) => CKR_TOKEN_WRITE_PROTECTED,
            Self::StoreBusy => CKR_FUNCTION_FAILED,
            Self::StoreDamaged(_) => CKR_DEVICE_ERROR,
            Self::SlotIdInvalid(_) => CKR_SLOT_ID_INVALID,
            Self::TokenNotPresent(_) => CKR_TOKEN_NOT_PRESENT,
            Self::TokenNotInitialized(_) => CKR_TOKEN_NOT_INITIALIZED,
            Self::DeviceRemoved | Self::SlotTaken(_) => CKR_DEVICE_REMOVED,
            Self::SessionHandleInvalid => CKR_SESSION_HANDLE_INVALID,
            Self::SessionCount(_) => CKR_SESSION_COUNT,
            Self::SessionParallelNotSupported => CKR_SESSION_PARALLEL_NOT_SUPPORTED,
            Self::SessionAsyncNotSupported => CKR_SESSION_ASYNC_NOT_SUPPORTED,
            Self::SessionReadOnly(_) => CKR_SESSION_READ_ONLY,
            Self::SessionReadOnlyExists => CKR_SESSION_READ_ONLY_EXISTS,
            Self::SessionReadWriteSoExists => CKR_SESSION_READ_WRITE_SO_EXISTS,
            Self::SessionExists => CKR_SESSION_EXISTS,
            Self::PinIncorrect { .. } | Self::UserUnknown => CKR_PIN_INCORRECT,
            Self::PinLocked(_) => CKR_PIN_LOCKED,
            Self::PinInvalid => CKR_PIN_INVALID,
            Self::PinLenRange { .. } => CKR_PIN_LEN_RANGE,
            Self::UserAlreadyLoggedIn => CKR_USER_ALREADY_LOGGED_IN,
            Self::UserAnotherAlreadyLoggedIn => CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
            Self::UserNotLoggedIn(_) => CKR_USER_NOT_LOGGED_IN,
            Self::UserPinNotInitialized => CKR_USER_PIN_NOT_INITIALIZED,
            Self::UserTypeInvalid => CKR_USER_TYPE_INVALID,
            Self::ObjectHandleInvalid => CKR_OBJECT_HANDLE_INVALID,
            Self::AttributeTypeInvalid { .. } => CKR_ATTRIBUTE_TYPE_INVALID,
            Self::AttributeValueInvalid { .. } => CKR_ATTRIBUTE_VALUE_INVALID,
            Self::AttributeReadOnly { .. } => CKR_ATTRIBUTE_READ_ONLY,
            Self::AttributeSensitive(_) => CKR_ATTRIBUTE_SENSITIVE,
            Self::TemplateIncomplete { .. } => CKR_TEMPLATE_INCOMPLETE,
            Self::TemplateInconsistent { .. } => CKR_TEMPLATE_INCONSISTENT,
            Self::ActionProhibited(_) => CKR_ACTION_PROHIBITED,
            Self::KeyHandleInvalid(role) => match role {
                KeyRole::Key | KeyRole::WrappedKey | KeyRole::FurtherKey => CKR_KEY_HANDLE_INVALID,
                KeyRole::WrappingKey => CKR_WRAPPING_KEY_HANDLE_INVALID,
                KeyRole::UnwrappingKey => CKR_UNWRAPPING_KEY_HANDLE_INVALID,
            },
            Self::KeyOutsideTemplate { .. } => CKR_KEY_HANDLE_INVALID,
            Self::KeyTypeInconsistent { role, .. } => match role {
                KeyRole::Key | KeyRole::WrappedKey | KeyRole::FurtherKey => CKR_KEY_TYPE_INCONSISTENT,
                KeyRole::WrappingKey => CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
                KeyRole::UnwrappingKey => CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
            },
            Self::KeySizeRange(role) => match role {
                KeyRole::Key | KeyRole::WrappedKey | KeyRole::FurtherKey => CKR_KEY_SIZE_RANGE,
                KeyRole::WrappingKey => CKR_WRAPPING_KEY_SIZE_RANGE,
                KeyRole::UnwrappingKey => CKR_UNWRAPPING_KEY_SIZE_RANGE,
            },
            Self::KeyFunctionNotPermitted(_) => CKR_KEY_FUNCTION_NOT_PERMITTED,
            Self::PaymentKey(fault, _) => fault.vendor(),
            Self::Pin(fault, _) => fault.vendor(),
            Self::KeyUnextractable => CKR_KEY_UNEXTRACTABLE,
            Self::KeyNotWrappable(_) => CKR_KEY_NOT_WRAPPABLE,
            Self::WrappedKeyInvalid | Self::WrappedHeader(_) => CKR_WRAPPED_KEY_INVALID,
            Self::WrappedKeyLenRange => CKR_WRAPPED_KEY_LEN_RANGE,
            Self::CurveNotSupported => CKR_CURVE_NOT_SUPPORTED,
            Self::ParameterSetNotSupported => CKR_PARAMETER_SET_NOT_SUPPORTED,
            Self::DomainParamsInvalid(_) => CKR_DOMAIN_PARAMS_INVALID,
            Self::KeyInvalid(_) => CKR_ATTRIBUTE_VALUE_INVALID,
            Self::PublicKeyInvalid(_) => CKR_PUBLIC_KEY_INVALID,
            Self::MechanismInvalid { .. } => CKR_MECHANISM_INVALID,
            Self::MechanismParamInvalid(_) => CKR_MECHANISM_PARAM_INVALID,
            Self::OperationActive => CKR_OPERATION_ACTIVE,
            Self::OperationNotInitialized => CKR_OPERATION_NOT_INITIALIZED,
            Self::BufferTooSmall { .. } | Self::AttributeBufferTooSmall { .. } => CKR_BUFFER_TOO_SMALL,
            Self::DataInvalid(_) => CKR_DATA_INVALID,
            Self::DataLenRange(_) => CKR_DATA_LEN_RANGE,
            Self::EncryptedDataInvalid => CKR_ENCRYPTED_DATA_INVALID,
            Self::EncryptedDataLenRange(_) => CKR_ENCRYPTED_DATA_LEN_RANGE,
            Self::AeadDecryptFailed => CKR_AEAD_DECRYPT_FAILED,
            Self::SignatureInvalid => CKR_SIGNATURE_INVALID,
            Self::SignatureLenRange => CKR_SIGNATURE_LEN_RANGE,
            Self::StateUnsaveable => CKR_STATE_UNSAVEABLE,
            Self::SavedStateInvalid => CKR_SAVED_STATE_INVALID,
            Self::KeyNeeded => CKR_KEY_NEEDED,
            Self::KeyNotNeeded => CKR_KEY_NOT_NEEDED,
            Self::KeyChanged => CKR_KEY_CHANGED,
            Self::KeyIndigestible(_) => CKR_KEY_INDIGESTIBLE,
        }
    }
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
            Self::Weak => CKR_VHSM_KEY_WEAK,
            Self::Expired | Self::NotYetValid | Self::Status => CKR_VHSM_KEY_EXPIRED,
            Self::LmkId => CKR_VHSM_LMK_ID,
            Self::TypeCode => CKR_VHSM_KEY_TYPE_CODE,
        }
    }

    /// The standard return value that comes nearest.
    #[must_use]
    pub const fn standard(self) -> Rv {
        match self {
            Self::Usage | Self::ModeOfUse | Self::Expired | Self::NotYetValid | Self::Status => {
                CKR_KEY_FUNCTION_NOT_PERMITTED
            }
            Self::Algorithm => CKR_KEY_TYPE_INCONSISTENT,
            Self::LmkId => CKR_WRAPPED_KEY_INVALID,
            Self::TypeCode => CKR_MECHANISM_PARAM_INVALID,
            Self::NotExportable => CKR_KEY_UNEXTRACTABLE,
            Self::Parity | Self::AllZero | Self::Masquerades | Self::Weak => CKR_ATTRIBUTE_VALUE_INVALID,
        }
    }
}

impl PinFault {
    /// The vendor return value [`include/vhsm.h`].
    #[must_use]
    pub const fn vendor(self) -> Rv {
        match self {
            Self::Block | Self::UnderLmk => CKR_VHSM_PIN_BLOCK,
            Self::Format => CKR_VHSM_PIN_BLOCK_FORMAT,
            Self::Length => CKR_VHSM_PIN_LENGTH,
            Self::Excluded => CKR_VHSM_PIN_EXCLUDED,
            Self::Table => CKR_VHSM_DECIMALIZATION_TABLE,
            Self::Incorrect => CKR_VHSM_PIN_INCORRECT,
        }
    }

    /// The standard return value that comes nearest, of those that functions that decrypt or the others give.
    #[must_use]
    pub const fn standard(self, decrypts: bool) -> Rv {
        match self {
            Self::Format | Self::Table => CKR_MECHANISM_PARAM_INVALID,
            Self::Length if decrypts => CKR_ENCRYPTED_DATA_LEN_RANGE,
            Self::Length => CKR_DATA_LEN_RANGE,
            Self::Block | Self::UnderLmk if decrypts => CKR_ENCRYPTED_DATA_INVALID,
            Self::Block | Self::UnderLmk | Self::Excluded | Self::Incorrect => CKR_DATA_INVALID,
        }
    }
}
