//! CKO_PRIVATE_KEY [PKCS#11 3.2, 4.10, and 6 for the key types].

use super::Change::{Free, Narrower, ToFalseOnly, ToTrueOnly};
use super::Presence::{Forbidden, Required};
use super::key::KEY;
use super::storage::{PRIVATE_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) fn tables(key_type: KeyType) -> Option<&'static Table> {
    match key_type {
        CKK_RSA => Some(&RSA),
        CKK_EC | CKK_EC_EDWARDS | CKK_EC_MONTGOMERY => Some(&EC),
        CKK_ML_KEM | CKK_ML_DSA => Some(&LATTICE),
        CKK_SLH_DSA => Some(&SLH_DSA),
        CKK_DSA | CKK_X9_42_DH => Some(&DSA),
        CKK_DH => Some(&DH),
        _ => None,
    }
}

/// [PKCS#11 3.2, 6.1.3]
pub(super) static RSA: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    PRIVATE,
    PAYMENT,
    &[
        component(CKA_MODULUS).create(Required),
        component(CKA_PUBLIC_EXPONENT).create(Required),
        component(CKA_PRIVATE_EXPONENT).create(Required).sensitive(),
        component(CKA_PRIME_1).sensitive(),
        component(CKA_PRIME_2).sensitive(),
        component(CKA_EXPONENT_1).sensitive(),
        component(CKA_EXPONENT_2).sensitive(),
        component(CKA_COEFFICIENT).sensitive(),
    ],
]);

/// Weierstrass, Edwards and Montgomery curves [PKCS#11 3.2, 6.3.4 to 6.3.8].
pub(super) static EC: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    PRIVATE,
    &[
        Rule::new(CKA_EC_PARAMS, Kind::Bytes)
            .create(Required)
            .generate(Forbidden)
            .unwrap(Forbidden),
        VALUE,
        // Not in the standard's table; clients give it and look for it, and it must fit the value.
        Rule::new(CKA_EC_POINT, Kind::Bytes)
            .generate(Forbidden)
            .unwrap(Forbidden),
    ],
]);

/// [PKCS#11 3.2, 6.2.3]
pub(super) static DSA: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    PRIVATE,
    &[
        component(CKA_PRIME).create(Required),
        component(CKA_SUBPRIME).create(Required),
        component(CKA_BASE).create(Required),
        VALUE,
    ],
]);

/// [PKCS#11 3.2, 6.4.4]
pub(super) static DH: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    PRIVATE,
    &[
        component(CKA_PRIME).create(Required),
        component(CKA_BASE).create(Required),
        VALUE,
        Rule::new(CKA_VALUE_BITS, Kind::Ulong)
            .create(Forbidden)
            .unwrap(Forbidden)
            .default(Default::Computed),
    ],
]);

/// The private number.
const VALUE: Rule = Rule::new(CKA_VALUE, Kind::Bytes)
    .create(Required)
    .generate(Forbidden)
    .unwrap(Forbidden)
    .sensitive();

/// ML-KEM and ML-DSA [PKCS#11 3.2, 6.53 and 6.54]. Of CKA_SEED and CKA_VALUE one suffices; `components::pq` checks it.
pub(super) static LATTICE: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    PRIVATE,
    &[
        made(CKA_PARAMETER_SET, Kind::Ulong).create(Required),
        made(CKA_SEED, Kind::Bytes).sensitive(),
        made(CKA_VALUE, Kind::Bytes).sensitive(),
    ],
]);

/// [PKCS#11 3.2, 6.55]
pub(super) static SLH_DSA: Table = Table::of(&[
    STORAGE,
    PRIVATE_BY_DEFAULT,
    KEY,
    PRIVATE,
    &[
        made(CKA_PARAMETER_SET, Kind::Ulong).create(Required),
        made(CKA_VALUE, Kind::Bytes).create(Required).sensitive(),
    ],
]);

/// What the mechanism makes or the wrapped key tells.
const fn made(attribute: AttributeType, kind: Kind) -> Rule {
    Rule::new(attribute, kind).generate(Forbidden).unwrap(Forbidden)
}

/// A part of a key: made by the mechanism, or given by C_CreateObject.
const fn component(attribute: AttributeType) -> Rule {
    Rule::new(attribute, Kind::BigInteger)
        .generate(Forbidden)
        .unwrap(Forbidden)
}

/// What a key block says of its key.
const PAYMENT: &[Rule] = &[
    Rule::new(CKA_VHSM_KEY_USAGE, Kind::KeyUsage),
    Rule::new(CKA_VHSM_MODE_OF_USE, Kind::ModeOfUse).change(Narrower),
    Rule::new(CKA_VHSM_EXPORTABILITY, Kind::Exportability).change(Narrower),
    Rule::new(CKA_VHSM_KEY_VERSION, Kind::Code(2)),
    Rule::new(CKA_VHSM_OPTIONAL_BLOCKS, Kind::OptionalBlocks),
    Rule::new(CKA_VHSM_KEY_ALGORITHM, Kind::Code(1)),
];

/// What all private keys have.
const PRIVATE: &[Rule] = &[
    Rule::new(CKA_SUBJECT, Kind::Bytes)
        .change(Free)
        .default(Default::Empty),
    Rule::new(CKA_SENSITIVE, Kind::Bool)
        .change(ToTrueOnly)
        .default(Default::Bool(true)),
    Rule::usage(CKA_DECRYPT),
    Rule::usage(CKA_SIGN),
    Rule::usage(CKA_SIGN_RECOVER),
    Rule::usage(CKA_UNWRAP),
    Rule::usage(CKA_DECAPSULATE),
    Rule::new(CKA_EXTRACTABLE, Kind::Bool)
        .change(ToFalseOnly)
        .default(Default::Extractable),
    Rule::new(CKA_ALWAYS_SENSITIVE, Kind::Bool).by_token(),
    Rule::new(CKA_NEVER_EXTRACTABLE, Kind::Bool).by_token(),
    Rule::new(CKA_WRAP_WITH_TRUSTED, Kind::Bool)
        .change(ToTrueOnly)
        .default(Default::Bool(false)),
    Rule::new(CKA_UNWRAP_TEMPLATE, Kind::Template),
    Rule::new(CKA_DECAPSULATE_TEMPLATE, Kind::Template),
    Rule::new(CKA_DERIVE_TEMPLATE, Kind::Template),
    Rule::new(CKA_ALWAYS_AUTHENTICATE, Kind::Bool).default(Default::Bool(false)),
    Rule::new(CKA_PUBLIC_KEY_INFO, Kind::Bytes)
        .change(Free)
        .default(Default::Computed),
];
