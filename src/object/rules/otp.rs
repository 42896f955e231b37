//! CKO_OTP_KEY [PKCS#11 3.2, 6.39]: HOTP. SecurID and ACTI are left out: their algorithms are not published.

use super::Presence::{Forbidden, Required};
use super::key::KEY;
use super::secret::{PAYMENT, SECRET};
use super::storage::{PRIVATE_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) fn tables(key_type: KeyType) -> Option<&'static Table> {
    match key_type {
        CKK_HOTP => Some(&HOTP),
        _ => None,
    }
}

pub(super) static HOTP: Table = Table::of(&[STORAGE, PRIVATE_BY_DEFAULT, KEY, SECRET, PAYMENT, OTP]);

/// What is ignored of what an operation may say, and what it may say.
const fn requirement(attribute: AttributeType, default: u64) -> Rule {
    Rule::new(attribute, Kind::Ulong).default(Default::Ulong(default))
}

const fn text(attribute: AttributeType, kind: Kind) -> Rule {
    Rule::new(attribute, kind).default(Default::Empty)
}

/// The counter changes by signatures only, so that no one-time password is given twice.
const OTP: &[Rule] = &[
    Rule::new(CKA_VALUE_LEN, Kind::Ulong)
        .create(Forbidden)
        .generate(Required)
        .default(Default::Computed),
    Rule::new(CKA_OTP_FORMAT, Kind::Ulong).default(Default::Ulong(sys::CK_OTP_FORMAT_DECIMAL)),
    Rule::new(CKA_OTP_LENGTH, Kind::Ulong).default(Default::Ulong(6)),
    Rule::new(CKA_OTP_USER_FRIENDLY_MODE, Kind::Bool).default(Default::Bool(true)),
    requirement(CKA_OTP_CHALLENGE_REQUIREMENT, sys::CK_OTP_PARAM_IGNORED),
    requirement(CKA_OTP_TIME_REQUIREMENT, sys::CK_OTP_PARAM_IGNORED),
    requirement(CKA_OTP_COUNTER_REQUIREMENT, sys::CK_OTP_PARAM_OPTIONAL),
    requirement(CKA_OTP_PIN_REQUIREMENT, sys::CK_OTP_PARAM_IGNORED),
    Rule::new(CKA_OTP_COUNTER, Kind::Bytes).default(Default::Computed),
    text(CKA_OTP_TIME, Kind::Text),
    text(CKA_OTP_USER_IDENTIFIER, Kind::Text),
    text(CKA_OTP_SERVICE_IDENTIFIER, Kind::Text),
    text(CKA_OTP_SERVICE_LOGO, Kind::Bytes),
    text(CKA_OTP_SERVICE_LOGO_TYPE, Kind::Text),
];
