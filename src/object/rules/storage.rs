//! What every object has [PKCS#11 3.2, 4.2 and 4.4].

use super::Change::{Free, ToFalseOnly, ToTrueOnly};
use super::Presence::Required;
use super::{Default, Kind, Rule};
use crate::ck::*;

/// The attributes of storage objects except CKA_PRIVATE, whose default depends on the class. By
/// C_SetAttributeValue only the label changes; C_CopyObject changes the others.
pub(super) const STORAGE: &[Rule] = &[
    Rule::new(CKA_CLASS, Kind::Ulong).create(Required),
    Rule::new(CKA_UNIQUE_ID, Kind::Text).by_token(),
    Rule::new(CKA_TOKEN, Kind::Bool)
        .copy(Free)
        .default(Default::Bool(false)),
    Rule::new(CKA_MODIFIABLE, Kind::Bool)
        .copy(Free)
        .default(Default::Bool(true)),
    Rule::new(CKA_LABEL, Kind::Text)
        .change(Free)
        .default(Default::Empty),
    Rule::new(CKA_COPYABLE, Kind::Bool)
        .copy(ToFalseOnly)
        .default(Default::Bool(true)),
    Rule::new(CKA_DESTROYABLE, Kind::Bool)
        .copy(Free)
        .default(Default::Bool(true)),
];

/// CKA_PRIVATE of what everybody may see unless the template says otherwise.
pub(super) const PUBLIC_BY_DEFAULT: &[Rule] = &[Rule::new(CKA_PRIVATE, Kind::Bool)
    .copy(ToTrueOnly)
    .default(Default::Bool(false))];

/// CKA_PRIVATE of what only the user sees unless the template says otherwise.
pub(super) const PRIVATE_BY_DEFAULT: &[Rule] = &[Rule::new(CKA_PRIVATE, Kind::Bool)
    .copy(ToTrueOnly)
    .default(Default::Bool(true))];
