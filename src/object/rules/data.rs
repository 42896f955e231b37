//! CKO_DATA [PKCS#11 3.2, 4.5].

use super::Change::Free;
use super::storage::{PUBLIC_BY_DEFAULT, STORAGE};
use super::table::Table;
use super::{Default, Kind, Rule};
use crate::ck::*;

pub(super) static DATA: Table = Table::of(&[
    STORAGE,
    PUBLIC_BY_DEFAULT,
    &[
        Rule::new(CKA_APPLICATION, Kind::Text)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_OBJECT_ID, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
        Rule::new(CKA_VALUE, Kind::Bytes)
            .change(Free)
            .default(Default::Empty),
    ],
]);
