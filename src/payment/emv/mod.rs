//! Chip cards: the issuer's side of EMV. Keys of cards and sessions, cryptograms and answers to them, scripts
//! [EMV Book 2, 8, 9 and A1; what schemes have of their own is named where it stands].
//!
//! Every parameter has one form ([`form`]). It says how the key that works comes of the key that is given, so that one
//! call derives the card's key and the session's and works with it; none of them is kept.

pub mod cryptogram;
pub mod derive;
mod form;
mod keys;
pub mod numbers;
pub mod pin_change;
pub mod script;
pub mod truncated;

use crate::ck::*;
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    KeyRule, KeySizes, MechanismSpec, ParamKind, Roles, SignMechanism, Standing, VerifyMechanism,
};

/// Longest parameter of what has nothing of its own behind the common form, in bytes.
const PARAM_LEN_MAX: usize = form::LEN_MAX;

/// A row. Keys of cards and of issuers derive first, and have the mode of use for that.
const fn row(
    id: MechanismId,
    types: &'static [KeyType],
    usages: &'static [KeyUsage],
    param_len_max: usize,
    roles: Roles,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: form::LEN_MIN,
            max: param_len_max,
        },
        key: KeyRule {
            types,
            sizes: KeySizes::bytes(16, 32),
            usages,
            derives_first: true,
            ..KeyRule::NONE
        },
        roles,
        standing: Standing::CURRENT,
    }
}

/// What makes values and checks them.
const fn of_values<T: SignMechanism + VerifyMechanism>(value: &'static T) -> Roles {
    Roles {
        sign: Some(value),
        verify: Some(value),
        ..Roles::NONE
    }
}

/// Both ciphers that the standard has.
const BOTH: &[KeyType] = &[CKK_DES2, CKK_AES];
/// What only triple DES has.
const TRIPLE_DES: &[KeyType] = &[CKK_DES2];
