//! Short words for the tests of this room.

use super::template::{Made, Origin, Settings, draft};
use super::wrapping;
use crate::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use crate::ck::*;
use crate::error::Result;

pub(super) const YES: Value = Value::Bool(true);
pub(super) const NO: Value = Value::Bool(false);

pub(super) fn set<const N: usize>(attributes: [(AttributeType, Value); N]) -> AttributeSet {
    attributes.into_iter().collect()
}

pub(super) fn number(value: u64) -> Value {
    Value::Ulong(value)
}

pub(super) fn raw(attribute: AttributeType, bytes: &[u8]) -> RawAttribute {
    RawAttribute {
        attribute,
        value: RawValue::Bytes(bytes.into()),
    }
}

/// What `attributes` and `more` say; `more` wins.
pub(super) fn with<const N: usize>(
    attributes: &AttributeSet,
    more: [(AttributeType, Value); N],
) -> AttributeSet {
    let mut all = attributes.clone();
    for (attribute, value) in more {
        all.set(attribute, value);
    }
    all
}

/// The template of an AES key that is created.
pub(super) fn aes() -> AttributeSet {
    set([
        (CKA_CLASS, number(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, number(CKK_AES.0)),
        (CKA_VALUE, Value::bytes(&[7; 16])),
    ])
}

pub(super) fn created(template: AttributeSet) -> Result<AttributeSet> {
    draft(template, Origin::Create, None, Settings::default(), false)?.complete(AttributeSet::new())
}

pub(super) fn created_by_so(template: AttributeSet) -> Result<AttributeSet> {
    draft(template, Origin::Create, None, Settings::default(), true)?.complete(AttributeSet::new())
}

/// An AES key of 16 bytes that CKM_AES_KEY_GEN made.
pub(super) fn generated_aes(template: AttributeSet) -> Result<AttributeSet> {
    let made = Made {
        class: CKO_SECRET_KEY,
        key_types: &[CKK_AES],
    };
    let origin = Origin::Generate {
        mechanism: CKM_AES_KEY_GEN,
    };
    let template = with(&template, [(CKA_VALUE_LEN, number(16))]);
    draft(template, origin, Some(made), Settings::default(), false)?
        .complete(set([(CKA_VALUE, Value::bytes(&[9; 16]))]))
}

/// Keys that OpenSSL 3.0 made (`openssl genpkey`, `openssl pkcs8 -topk8 -nocrypt`, `openssl pkey -pubout`): key type, `PrivateKeyInfo`, `SubjectPublicKeyInfo`.
pub(super) const OPENSSL_KEYS: &[(KeyType, &[u8], &[u8])] = &[
    (
        CKK_RSA,
        include_bytes!("vectors/rsa-1024.pkcs8.der"),
        include_bytes!("vectors/rsa-1024.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/secp224r1.pkcs8.der"),
        include_bytes!("vectors/secp224r1.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/prime256v1.pkcs8.der"),
        include_bytes!("vectors/prime256v1.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/secp384r1.pkcs8.der"),
        include_bytes!("vectors/secp384r1.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/secp521r1.pkcs8.der"),
        include_bytes!("vectors/secp521r1.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/secp256k1.pkcs8.der"),
        include_bytes!("vectors/secp256k1.spki.der"),
    ),
    (
        CKK_EC_EDWARDS,
        include_bytes!("vectors/ed25519.pkcs8.der"),
        include_bytes!("vectors/ed25519.spki.der"),
    ),
    (
        CKK_EC_MONTGOMERY,
        include_bytes!("vectors/x25519.pkcs8.der"),
        include_bytes!("vectors/x25519.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/brainpoolP256r1.pkcs8.der"),
        include_bytes!("vectors/brainpoolP256r1.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/brainpoolP320t1.pkcs8.der"),
        include_bytes!("vectors/brainpoolP320t1.spki.der"),
    ),
    (
        CKK_EC,
        include_bytes!("vectors/brainpoolP512r1.pkcs8.der"),
        include_bytes!("vectors/brainpoolP512r1.spki.der"),
    ),
    (
        CKK_DSA,
        include_bytes!("vectors/dsa-1024.pkcs8.der"),
        include_bytes!("vectors/dsa-1024.spki.der"),
    ),
    (
        CKK_DH,
        include_bytes!("vectors/dh-1536.pkcs8.der"),
        include_bytes!("vectors/dh-1536.spki.der"),
    ),
    (
        CKK_X9_42_DH,
        include_bytes!("vectors/x942-1024.pkcs8.der"),
        include_bytes!("vectors/x942-1024.spki.der"),
    ),
    (
        CKK_EC_EDWARDS,
        include_bytes!("vectors/ed448.pkcs8.der"),
        include_bytes!("vectors/ed448.spki.der"),
    ),
    (
        CKK_EC_MONTGOMERY,
        include_bytes!("vectors/x448.pkcs8.der"),
        include_bytes!("vectors/x448.spki.der"),
    ),
];

/// The components in a `PrivateKeyInfo`.
pub(super) fn private_components(key_type: KeyType, pkcs8: &[u8]) -> AttributeSet {
    wrapping::components(CKO_PRIVATE_KEY, key_type, &pkcs8.into()).unwrap()
}
