//! CKO_TRUST [PKCS#11 3.2, 4.7]: for which uses a certificate is trusted. What it is trusted for may change later.

use super::Change::Free;
use super::Presence::Required;
use super::storage::{PUBLIC_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) static TRUST: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    &[
        Rule::new(CKA_ISSUER, Kind::Bytes).create(Required),
        Rule::new(CKA_SERIAL_NUMBER, Kind::Bytes).create(Required),
        // Both required unless nothing is trusted; `components::trust` checks it.
        Rule::new(CKA_HASH_OF_CERTIFICATE, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_NAME_HASH_ALGORITHM, Kind::Ulong).change(Free),
        level(CKA_TRUST_SERVER_AUTH),
        level(CKA_TRUST_CLIENT_AUTH),
        level(CKA_TRUST_CODE_SIGNING),
        level(CKA_TRUST_EMAIL_PROTECTION),
        level(CKA_TRUST_IPSEC_IKE),
        level(CKA_TRUST_TIME_STAMPING),
        level(CKA_TRUST_OCSP_SIGNING),
    ],
]);

/// A `CK_TRUST`; what is left out is `CKT_TRUST_UNKNOWN`.
const fn level(attribute: AttributeType) -> Rule {
    Rule::new(attribute, Kind::Ulong)
        .change(Free)
        .default(Default::Ulong(0))
}
