//! CKO_PROFILE [PKCS#11 3.2, 4.14]. The token makes these objects; applications only read them.

use super::storage::{PUBLIC_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Kind, Rule};
use crate::ck::*;

pub(super) static PROFILE: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    &[Rule::new(CKA_PROFILE_ID, Kind::Ulong)],
]);
