//! CKO_DOMAIN_PARAMETERS [PKCS#11 3.2, 4.12, 6.2.4, 6.4.6 and 6.4.7].

use super::Presence::{Forbidden, Required};
use super::storage::{PUBLIC_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) fn tables(key_type: KeyType) -> Option<&'static Table> {
    match key_type {
        CKK_DSA => Some(&DSA),
        CKK_DH => Some(&DH),
        CKK_X9_42_DH => Some(&X9_42_DH),
        _ => None,
    }
}

pub(super) static DSA: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    DOMAIN,
    &[
        number(CKA_PRIME),
        number(CKA_SUBPRIME),
        number(CKA_BASE),
        bits(CKA_PRIME_BITS),
        bits(CKA_SUBPRIME_BITS).generate(super::Presence::Optional),
    ],
]);

pub(super) static DH: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    DOMAIN,
    &[number(CKA_PRIME), number(CKA_BASE), bits(CKA_PRIME_BITS)],
]);

pub(super) static X9_42_DH: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    DOMAIN,
    &[
        number(CKA_PRIME),
        number(CKA_BASE),
        number(CKA_SUBPRIME),
        bits(CKA_PRIME_BITS),
        bits(CKA_SUBPRIME_BITS),
    ],
]);

const DOMAIN: &[Rule] = &[
    Rule::new(CKA_KEY_TYPE, Kind::Ulong).create(Required),
    Rule::new(CKA_LOCAL, Kind::Bool).by_token(),
];

/// A number that is given on creation and made on generation.
const fn number(attribute: AttributeType) -> Rule {
    Rule::new(attribute, Kind::BigInteger)
        .create(Required)
        .generate(Forbidden)
}

/// The length of a number, which generation needs and creation finds out.
const fn bits(attribute: AttributeType) -> Rule {
    Rule::new(attribute, Kind::Ulong)
        .create(Forbidden)
        .generate(Required)
        .default(Default::Computed)
}
