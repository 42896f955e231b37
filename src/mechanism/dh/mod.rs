//! Diffie-Hellman in prime fields: PKCS#3 and ANSI X9.42 [PKCS#11 3.2, 6.4].

mod derive;
mod encapsulate;
mod generate;

use derive::{DerivePkcs, DeriveX942, DeriveX942Hybrid};
pub(crate) use generate::wrong_number;
use generate::{GeneratePair, GeneratePkcsParameters, GenerateX942Parameters};
pub(super) use generate::{check_group, pair};

use super::library::AWS_LC;
use super::params::ParamKind;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles, Standing};
use crate::ck::*;

/// Longest prime in bits.
const PRIME_BITS_MAX: u64 = 8192;

const PKCS: KeyRule = KeyRule {
    types: &[CKK_DH],
    sizes: KeySizes::bits(512, PRIME_BITS_MAX),
    ..KeyRule::NONE
};
const X942: KeyRule = KeyRule {
    types: &[CKK_X9_42_DH],
    ..PKCS
};

/// Primes below 2048 bits are legacy [NIST SP 800-131A, 5].
const STANDING: Standing = Standing {
    modern_min: 2048,
    ..Standing::CURRENT
};

const fn row(
    id: MechanismId,
    section: &'static str,
    key: KeyRule,
    params: ParamKind,
    roles: Roles,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: &[AWS_LC],
        params,
        key,
        roles,
        standing: STANDING,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_DH_PKCS_PARAMETER_GEN,
        "PKCS#11 3.2, 6.4.9",
        PKCS,
        ParamKind::None,
        Roles {
            generate: Some(&GeneratePkcsParameters),
            ..Roles::NONE
        },
    ),
    row(
        CKM_DH_PKCS_KEY_PAIR_GEN,
        "PKCS#11 3.2, 6.4.8",
        PKCS,
        ParamKind::None,
        Roles {
            generate_pair: Some(&GeneratePair),
            ..Roles::NONE
        },
    ),
    row(
        CKM_DH_PKCS_DERIVE,
        "PKCS#11 3.2, 6.4.10",
        PKCS,
        ParamKind::PublicNumber,
        Roles {
            derive: Some(&DerivePkcs),
            encapsulate: Some(&DerivePkcs),
            decapsulate: Some(&DerivePkcs),
            ..Roles::NONE
        },
    ),
    row(
        CKM_X9_42_DH_PARAMETER_GEN,
        "PKCS#11 3.2, 6.4.13",
        X942,
        ParamKind::None,
        Roles {
            generate: Some(&GenerateX942Parameters),
            ..Roles::NONE
        },
    ),
    row(
        CKM_X9_42_DH_KEY_PAIR_GEN,
        "PKCS#11 3.2, 6.4.12",
        X942,
        ParamKind::None,
        Roles {
            generate_pair: Some(&GeneratePair),
            ..Roles::NONE
        },
    ),
    row(
        CKM_X9_42_DH_DERIVE,
        "PKCS#11 3.2, 6.4.14",
        X942,
        ParamKind::X942Dh1,
        Roles {
            derive: Some(&DeriveX942),
            encapsulate: Some(&DeriveX942),
            decapsulate: Some(&DeriveX942),
            ..Roles::NONE
        },
    ),
    row(
        CKM_X9_42_DH_HYBRID_DERIVE,
        "PKCS#11 3.2, 6.4.15",
        X942,
        ParamKind::X942Dh2,
        Roles {
            derive_objects: Some(&DeriveX942Hybrid),
            ..Roles::NONE
        },
    ),
];
