//! CKO_PUBLIC_KEY [PKCS#11 3.2, 4.9, and 6 for the key types].

use super::Change::Free;
use super::Presence::{Forbidden, Required};
use super::key::KEY;
use super::storage::{PUBLIC_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) fn tables(key_type: KeyType) -> Option<&'static Table> {
    match key_type {
        CKK_RSA => Some(&RSA),
        CKK_EC | CKK_EC_EDWARDS | CKK_EC_MONTGOMERY => Some(&EC),
        CKK_ML_KEM | CKK_ML_DSA | CKK_SLH_DSA | CKK_XMSS | CKK_XMSSMT => Some(&PARAMETER_SET),
        CKK_HSS => Some(&HSS),
        CKK_DSA => Some(&DSA),
        CKK_DH => Some(&DH),
        CKK_X9_42_DH => Some(&X9_42_DH),
        _ => None,
    }
}

/// [PKCS#11 3.2, 6.1.2]
pub(super) static RSA: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    KEY,
    PUBLIC,
    &[
        Rule::new(CKA_MODULUS, Kind::BigInteger)
            .create(Required)
            .generate(Forbidden),
        Rule::new(CKA_MODULUS_BITS, Kind::Ulong)
            .create(Forbidden)
            .generate(Required)
            .default(Default::Computed),
        Rule::new(CKA_PUBLIC_EXPONENT, Kind::BigInteger).create(Required),
    ],
]);

/// Weierstrass, Edwards and Montgomery curves [PKCS#11 3.2, 6.3.3 to 6.3.7].
pub(super) static EC: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    KEY,
    PUBLIC,
    &[
        Rule::new(CKA_EC_PARAMS, Kind::Bytes)
            .create(Required)
            .generate(Required),
        Rule::new(CKA_EC_POINT, Kind::Bytes)
            .create(Required)
            .generate(Forbidden),
    ],
]);

/// ML-KEM, ML-DSA, SLH-DSA, XMSS and XMSS^MT [PKCS#11 3.2, 6.52 to 6.55].
pub(super) static PARAMETER_SET: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    KEY,
    PUBLIC,
    &[
        Rule::new(CKA_PARAMETER_SET, Kind::Ulong)
            .create(Required)
            .generate(Required),
        Rule::new(CKA_VALUE, Kind::Bytes)
            .create(Required)
            .generate(Forbidden),
    ],
]);

/// [PKCS#11 3.2, 6.51]
pub(super) static HSS: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    KEY,
    PUBLIC,
    &[
        told_by_value(CKA_HSS_LEVELS),
        told_by_value(CKA_HSS_LMS_TYPE),
        told_by_value(CKA_HSS_LMOTS_TYPE),
        Rule::new(CKA_VALUE, Kind::Bytes)
            .create(Required)
            .generate(Forbidden),
    ],
]);

/// What CKA_VALUE says, and no template.
const fn told_by_value(attribute: AttributeType) -> Rule {
    Rule::new(attribute, Kind::Ulong)
        .create(Forbidden)
        .generate(Forbidden)
        .default(Default::Computed)
}

/// [PKCS#11 3.2, 6.2.2]
pub(super) static DSA: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    KEY,
    PUBLIC,
    &[number(CKA_PRIME), number(CKA_SUBPRIME), number(CKA_BASE), VALUE],
]);

/// [PKCS#11 3.2, 6.4.2]
pub(super) static DH: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    KEY,
    PUBLIC,
    &[number(CKA_PRIME), number(CKA_BASE), VALUE],
]);

/// [PKCS#11 3.2, 6.4.3]
pub(super) static X9_42_DH: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    KEY,
    PUBLIC,
    &[number(CKA_PRIME), number(CKA_BASE), number(CKA_SUBPRIME), VALUE],
]);

/// A number of the group, which is the caller's to choose.
const fn number(attribute: AttributeType) -> Rule {
    Rule::new(attribute, Kind::BigInteger)
        .create(Required)
        .generate(Required)
}

/// The public number.
const VALUE: Rule = Rule::new(CKA_VALUE, Kind::Bytes)
    .create(Required)
    .generate(Forbidden);

/// What all public keys have.
const PUBLIC: &[Rule] = &[
    Rule::new(CKA_SUBJECT, Kind::Bytes)
        .change(Free)
        .default(Default::Empty),
    Rule::usage(CKA_ENCRYPT),
    Rule::usage(CKA_VERIFY),
    Rule::usage(CKA_VERIFY_RECOVER),
    Rule::usage(CKA_WRAP),
    Rule::usage(CKA_ENCAPSULATE),
    Rule::new(CKA_TRUSTED, Kind::Bool)
        .so_only()
        .default(Default::Bool(false)),
    Rule::new(CKA_WRAP_TEMPLATE, Kind::Template),
    Rule::new(CKA_ENCAPSULATE_TEMPLATE, Kind::Template),
    Rule::new(CKA_PUBLIC_KEY_INFO, Kind::Bytes).default(Default::Computed),
];
