//! Calls of any function by its place in the list, with arguments as plain words, and the check of return values.

use super::{Answer, FUNCTIONS, Function, answer, module, name};
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
        "C_SetPIN",
        CKR_USER_PIN_NOT_INITIALIZED,
        "the user PIN was never set",
    ),
    (
        "C_InitToken",
        CKR_PIN_LEN_RANGE,
        "says more than CKR_PIN_INCORRECT",
    ),
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
        "C_EncryptInit",
        CKR_ARGUMENTS_BAD,
        "no mechanism and nothing to cancel: left out of this one list of the Init functions",
    ),
    ("C_MessageEncryptInit", CKR_ARGUMENTS_BAD, "as C_EncryptInit"),
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

/// Panics if a function answers with a code that the standard does not list for it (RET-3).
#[track_caller]
pub fn listed(function: &str, rv: CK_RV) {
    let Some(row) = FUNCTIONS.iter().find(|row| row.name == function) else {
        return;
    };
    let known = UNIVERSAL.contains(&rv)
        || is_not_offered(rv)
        || row.returns.contains(&rv)
        || DEVIATIONS
            .iter()
            .any(|(name, code, _)| *name == function && *code == rv);
    assert!(
        known || std::env::var_os("VHSM_TEST_MODULE").is_some(),
        "{function} answered {}, which the standard does not list for it",
        name(rv)
    );
}

/// The table's row of a function.
pub fn function(name: &str) -> &'static Function {
    FUNCTIONS
        .iter()
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("{name} is no function of the standard"))
}

/// Calls a function with words as arguments: the calling convention passes each of them in one register or slot.
pub fn call_words(function: &Function, words: &[u64]) -> Answer {
    type Words = unsafe extern "C" fn(u64, u64, u64, u64, u64, u64, u64, u64, u64, u64) -> CK_RV;
    let place = FUNCTIONS
        .iter()
        .position(|row| row.name == function.name)
        .unwrap();
    let list = (&raw const module().list).cast::<u64>();
    let mut all = [0; 10];
    all[..words.len()].copy_from_slice(words);
    let [a, b, c, d, e, f, g, h, i, j] = all;
    // SAFETY: after the version come 104 function pointers; all arguments are words or smaller, so that any
    // function can be called with ten of them.
    let rv = unsafe {
        let pointer = *list.add(1 + place);
        assert_ne!(pointer, 0, "{} is missing", function.name);
        let function: Words = std::mem::transmute::<u64, Words>(pointer);
        function(a, b, c, d, e, f, g, h, i, j)
    };
    listed(function.name, rv);
    answer(rv)
}
