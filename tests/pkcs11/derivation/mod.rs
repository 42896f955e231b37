//! Derivation [PKCS#11 3.2, 6.23 to 6.29, 6.48, 6.50]: known answers through the C interface, what comes of the keys'
//! secrecy, all or nothing where there are several keys, and bad parameters.

pub mod hkdf;
pub mod ike;
pub mod kbkdf;
pub mod password;
pub mod simple;
pub mod tls;

use crate::harness::*;

fn user() -> Session {
    Token::fresh().user()
}

/// A generic secret of this length that can be read.
pub fn readable(length: usize) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
        a(CKA_VALUE_LEN, length as CK_ULONG),
        a(CKA_SENSITIVE, false),
        a(CKA_EXTRACTABLE, true),
    ]
}

/// The same without a length.
pub fn readable_whole() -> Vec<CK_ATTRIBUTE> {
    without(&readable(1), &[CKA_VALUE_LEN])
}

fn generic(s: &Session, value: &[u8]) -> CK_OBJECT_HANDLE {
    s.import(CKK_GENERIC_SECRET, value)
}

fn value(s: &Session, key: CK_OBJECT_HANDLE) -> Vec<u8> {
    s.get(key, CKA_VALUE).works()
}

/// Derives a generic secret and reads it.
#[track_caller]
fn derived(s: &Session, mechanism: Mech, base: CK_OBJECT_HANDLE, length: usize) -> Vec<u8> {
    let key = s.derive(mechanism, base, &readable(length)).works();
    let bytes = value(s, key);
    s.destroy(key).works();
    bytes
}

/// A pointer and a length as parameters have them.
fn bytes(data: &[u8]) -> (*mut CK_BYTE, CK_ULONG) {
    if data.is_empty() {
        return (std::ptr::null_mut(), 0);
    }
    (leak(data), data.len() as CK_ULONG)
}

/// A secret key with these CKA_SENSITIVE and CKA_EXTRACTABLE, made on the token, so that its history is without a gap.
fn made(s: &Session, sensitive: bool, extractable: bool) -> CK_OBJECT_HANDLE {
    s.generate_key(
        Mech::new(CKM_GENERIC_SECRET_KEY_GEN),
        &[
            a(CKA_VALUE_LEN, 48),
            a(CKA_SENSITIVE, sensitive),
            a(CKA_EXTRACTABLE, extractable),
        ],
    )
    .works()
}

/// CKA_SENSITIVE, CKA_EXTRACTABLE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE.
fn secrecy(s: &Session, key: CK_OBJECT_HANDLE) -> [bool; 4] {
    [
        CKA_SENSITIVE,
        CKA_EXTRACTABLE,
        CKA_ALWAYS_SENSITIVE,
        CKA_NEVER_EXTRACTABLE,
    ]
    .map(|attribute| s.flag(key, attribute).works())
}

/// How many objects there are.
fn count(s: &Session) -> usize {
    s.find(&[]).works().len()
}

/// `C_DeriveKey` without a place for a handle.
pub fn derive_nothing(
    s: &Session,
    mechanism: Mech,
    base: CK_OBJECT_HANDLE,
    template: &[CK_ATTRIBUTE],
) -> Answer {
    call!(C_DeriveKey(
        s.handle,
        mechanism.p(),
        base,
        template.as_ptr().cast_mut(),
        template.len() as CK_ULONG,
        std::ptr::null_mut()
    ))
}
