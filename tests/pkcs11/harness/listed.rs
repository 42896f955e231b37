//! Which return values a function may give: what the standard lists, and what deviates on purpose. The fuzz targets
//! read this file, too.

use super::FUNCTIONS;
use cryptoki_sys::*;

/// What deviates from the standard's lists on purpose, with the reason.
const DEVIATIONS: &[(&str, CK_RV, &str)] = &[
    ("C_SessionCancel", CKR_ARGUMENTS_BAD, "unknown flags"),
    (
        "C_SessionCancel",
        CKR_SESSION_HANDLE_INVALID,
        "left out of the list",
    ),
    ("C_SessionCancel", CKR_SESSION_CLOSED, "left out of the list"),
    (
        "C_AsyncComplete",
        CKR_SESSION_HANDLE_INVALID,
        "left out of the list",
    ),
    (
        "C_AsyncComplete",
        CKR_SESSION_ASYNC_NOT_SUPPORTED,
        "no session is asynchronous: the list has no code for it",
    ),
    (
        "C_AsyncGetID",
        CKR_SESSION_ASYNC_NOT_SUPPORTED,
        "as C_AsyncComplete",
    ),
    (
        "C_AsyncJoin",
        CKR_SESSION_ASYNC_NOT_SUPPORTED,
        "as C_AsyncComplete",
    ),
    (
        "C_GetSessionValidationFlags",
        CKR_ARGUMENTS_BAD,
        "NULL for the flags: the list has no code for it",
    ),
    (
        "C_SetPIN",
        CKR_USER_PIN_NOT_INITIALIZED,
        "the user PIN was never set",
    ),
    (
        "C_InitToken",
        CKR_PIN_LEN_RANGE,
        "says more than CKR_PIN_INCORRECT",
    ),
    ("C_InitToken", CKR_PIN_INVALID, "says more than CKR_PIN_INCORRECT"),
    (
        "C_OpenSession",
        CKR_TOKEN_NOT_INITIALIZED,
        "new in 3.2 and left out of the list",
    ),
    (
        "C_WrapKey",
        CKR_KEY_FUNCTION_NOT_PERMITTED,
        "the key may not wrap: the list has no code for it",
    ),
    (
        "C_UnwrapKey",
        CKR_KEY_FUNCTION_NOT_PERMITTED,
        "the key may not unwrap: the list has no code for it",
    ),
    (
        "C_DeriveKey",
        CKR_KEY_FUNCTION_NOT_PERMITTED,
        "the key may not derive: the list has no code for it",
    ),
    (
        "C_EncapsulateKey",
        CKR_KEY_FUNCTION_NOT_PERMITTED,
        "the key may not encapsulate: the list has no code for it",
    ),
    (
        "C_DecapsulateKey",
        CKR_KEY_FUNCTION_NOT_PERMITTED,
        "the key may not decapsulate: the list has no code for it",
    ),
    (
        "C_EncapsulateKey",
        CKR_BUFFER_TOO_SMALL,
        "the text names it; it stands in the list of C_DecapsulateKey instead",
    ),
    (
        "C_EncryptInit",
        CKR_ARGUMENTS_BAD,
        "no mechanism and nothing to cancel: left out of this one list of the Init functions",
    ),
    ("C_MessageEncryptInit", CKR_ARGUMENTS_BAD, "as C_EncryptInit"),
    (
        "C_EncryptMessageBegin",
        CKR_ARGUMENTS_BAD,
        "a bad pointer: left out of this one list of the Begin functions",
    ),
    (
        "C_WrapKeyAuthenticated",
        CKR_KEY_FUNCTION_NOT_PERMITTED,
        "as C_WrapKey",
    ),
    (
        "C_UnwrapKeyAuthenticated",
        CKR_KEY_FUNCTION_NOT_PERMITTED,
        "as C_UnwrapKey",
    ),
    (
        "C_GetInterface",
        CKR_ARGUMENTS_BAD,
        "nothing fits: the text names no code, NSS and Kryoptic answer this",
    ),
];

/// Every function may answer these [PKCS#11 3.2, 5.1.1].
const UNIVERSAL: [CK_RV; 5] = [
    CKR_OK,
    CKR_GENERAL_ERROR,
    CKR_HOST_MEMORY,
    CKR_FUNCTION_FAILED,
    CKR_CRYPTOKI_NOT_INITIALIZED,
];

/// The functions that are answered but not offered yet.
pub fn is_not_offered(rv: CK_RV) -> bool {
    rv == CKR_FUNCTION_NOT_SUPPORTED
}

/// Whether a function may answer this: the standard lists it, or the project has its reason.
pub fn is_listed(function: &str, rv: CK_RV) -> bool {
    let Some(row) = FUNCTIONS.iter().find(|row| row.name == function) else {
        return true;
    };
    UNIVERSAL.contains(&rv)
        || is_not_offered(rv)
        || row.returns.contains(&rv)
        || DEVIATIONS
            .iter()
            .any(|(name, code, _)| *name == function && *code == rv)
}
