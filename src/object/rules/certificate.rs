//! CKO_CERTIFICATE [PKCS#11 3.2, 4.6].

use super::Change::Free;
use super::Presence::Required;
use super::storage::{PUBLIC_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) fn tables(certificate_type: CertificateType) -> Option<&'static Table> {
    match certificate_type {
        CKC_X_509 => Some(&X_509),
        CKC_X_509_ATTR_CERT => Some(&ATTRIBUTE_CERTIFICATE),
        _ => None,
    }
}

/// Public-key certificates [PKCS#11 3.2, 4.6.3]. Of these CKA_ID, CKA_ISSUER and CKA_SERIAL_NUMBER may change.
pub(super) static X_509: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    CERTIFICATE,
    &[
        Rule::new(CKA_SUBJECT, Kind::Bytes).create(Required),
        Rule::new(CKA_ID, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_ISSUER, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_SERIAL_NUMBER, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        // Required unless CKA_URL is there; `components::certificate` checks it.
        Rule::new(CKA_VALUE, Kind::Bytes).default(Default::Empty),
        Rule::new(CKA_URL, Kind::Text).default(Default::Empty),
        Rule::new(CKA_HASH_OF_SUBJECT_PUBLIC_KEY, Kind::Bytes).default(Default::Empty),
        Rule::new(CKA_HASH_OF_ISSUER_PUBLIC_KEY, Kind::Bytes).default(Default::Empty),
        Rule::new(CKA_JAVA_MIDP_SECURITY_DOMAIN, Kind::Ulong).default(Default::Ulong(0)),
        Rule::new(CKA_NAME_HASH_ALGORITHM, Kind::Ulong),
    ],
]);

/// Attribute certificates [PKCS#11 3.2, 4.6.5].
pub(super) static ATTRIBUTE_CERTIFICATE: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    CERTIFICATE,
    &[
        Rule::new(CKA_OWNER, Kind::Bytes).create(Required),
        Rule::new(CKA_AC_ISSUER, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_SERIAL_NUMBER, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_ATTR_TYPES, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_VALUE, Kind::Bytes).create(Required),
    ],
]);

/// What all certificates have [PKCS#11 3.2, 4.6.2].
const CERTIFICATE: &[Rule] = &[
    Rule::new(CKA_CERTIFICATE_TYPE, Kind::Ulong).create(Required),
    Rule::new(CKA_TRUSTED, Kind::Bool)
        .so_only()
        .default(Default::Bool(false)),
    Rule::new(CKA_CERTIFICATE_CATEGORY, Kind::Ulong).default(Default::Ulong(0)),
    Rule::new(CKA_CHECK_VALUE, Kind::Bytes).default(Default::Computed),
    Rule::new(CKA_START_DATE, Kind::Date).default(Default::Empty),
    Rule::new(CKA_END_DATE, Kind::Date).default(Default::Empty),
    Rule::new(CKA_PUBLIC_KEY_INFO, Kind::Bytes).default(Default::Empty),
];
