//! Key derivation that stands on MACs and hashes, or on the keys' bytes alone.

pub mod hkdf;
pub mod ike;
pub mod password;
pub mod public_key;
pub mod simple;
pub mod sp800_108;
pub mod tls;
pub mod tls_mac;
mod tls_output;

use super::derivation::{DeriveObjects, Sources};
use super::generate::SECRET_LEN_MAX;
use super::key_types::SECRETS;
use super::library::Library;
use super::operation::GenerateKeyMechanism;
use super::params::derivation::{DerivationKind, DerivationParams};
use super::params::{ParamKind, Params};
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};

/// Sizes of base keys where the standard has nothing to say about them.
const ANY_SIZE: KeySizes = KeySizes::bytes(1, SECRET_LEN_MAX);

const fn row(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    params: DerivationKind,
    (types, sizes): (&'static [KeyType], KeySizes),
    derive: &'static dyn DeriveObjects,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params: ParamKind::Derivation(params),
        key: KeyRule {
            types,
            sizes,
            ..KeyRule::NONE
        },
        roles: Roles {
            derive_objects: Some(derive),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

const fn generates(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    params: ParamKind,
    (types, sizes): (&'static [KeyType], KeySizes),
    generate: &'static dyn GenerateKeyMechanism,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params,
        key: KeyRule {
            types,
            sizes,
            ..KeyRule::NONE
        },
        roles: Roles {
            generate: Some(generate),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// What a mechanism gets if its row names another parameter than its code.
fn wrong_params<T>() -> Result<T> {
    Err(Error::Internal("a derivation without its parameter"))
}

fn params(params: &Params) -> Result<&DerivationParams> {
    match params {
        Params::Derivation(params) => Ok(params),
        _ => wrong_params(),
    }
}

/// More than the mechanism can give.
const TOO_LONG: Error = Error::KeySizeRange(KeyRole::Key);

/// The length that the template must name, or the key type, within a limit.
fn required_len(length: Option<usize>, max: usize) -> Result<usize> {
    match length {
        Some(length) if length <= max.min(to_usize(SECRET_LEN_MAX)) => Ok(length),
        Some(_) => Err(TOO_LONG),
        None => Err(Error::TemplateIncomplete {
            attribute: CKA_VALUE_LEN,
            why: "the mechanism gives any length",
        }),
    }
}

/// The length that the template names, or the key type; all that there is if neither does.
fn length_of(length: Option<usize>, all: usize) -> Result<usize> {
    match length.unwrap_or(all) {
        0 => Err(TOO_LONG),
        length if length <= all => Ok(length),
        _ => Err(TOO_LONG),
    }
}

/// The base key of a function whose keys are of one type [PKCS#11 3.2, 6.28, 6.50.3].
fn check_type(from: &Sources<'_>, mechanism: MechanismId, allowed: &[KeyType]) -> Result<()> {
    match allowed.contains(&from.key.key_type) {
        true => Ok(()),
        false => Err(Error::KeyTypeInconsistent {
            role: KeyRole::Key,
            key_type: from.key.key_type,
            mechanism,
        }),
    }
}
