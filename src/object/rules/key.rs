//! What all keys have [PKCS#11 3.2, 4.8].

use super::Change::Free;
use super::Presence::Required;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) const KEY: &[Rule] = &[
    Rule::new(CKA_KEY_TYPE, Kind::Ulong)
        .create(Required)
        .unwrap(Required),
    Rule::new(CKA_ID, Kind::Bytes)
        .change(Free)
        .default(Default::Empty),
    Rule::new(CKA_START_DATE, Kind::Date)
        .change(Free)
        .default(Default::Empty),
    Rule::new(CKA_END_DATE, Kind::Date)
        .change(Free)
        .default(Default::Empty),
    Rule::usage(CKA_DERIVE),
    Rule::new(CKA_LOCAL, Kind::Bool).by_token(),
    Rule::new(CKA_KEY_GEN_MECHANISM, Kind::Ulong).by_token(),
    Rule::new(CKA_ALLOWED_MECHANISMS, Kind::Mechanisms),
    // Nothing here is validated by anybody.
    Rule::new(CKA_OBJECT_VALIDATION_FLAGS, Kind::Ulong)
        .by_token()
        .default(Default::Ulong(0)),
];
