//! Post-quantum mechanisms: HSS, XMSS, ML-DSA, ML-KEM and SLH-DSA [PKCS#11 3.2, 6.51 to 6.55].

mod generate;
mod kem;
mod key;
mod set;
mod signing;
mod stateful;

pub use key::PqKey;
pub use set::Set;

use super::library::{AWS_LC, FIPS205, GETRANDOM, HBS_LMS, Library, ML_DSA, SHAKE, XMSS};
use super::params::ParamKind;
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles, Standing};
use crate::ck::*;
use crate::crypto::prehash::PreHash;
use generate::GeneratePair;
use kem::MlKem;
use signing::{Form, Signature};
use stateful::Stateful;

/// Sizes are those of public keys in bytes.
const ML_KEM_KEYS: KeyRule = KeyRule {
    types: &[CKK_ML_KEM],
    sizes: KeySizes::bytes(800, 1568),
    ..KeyRule::NONE
};
const ML_DSA_KEYS: KeyRule = KeyRule {
    types: &[CKK_ML_DSA],
    sizes: KeySizes::bytes(1312, 2592),
    ..KeyRule::NONE
};
const SLH_DSA_KEYS: KeyRule = KeyRule {
    types: &[CKK_SLH_DSA],
    sizes: KeySizes::bytes(32, 64),
    ..KeyRule::NONE
};

const ML_DSA_LIBRARIES: &[Library] = &[AWS_LC, ML_DSA, SHAKE];
const SLH_DSA_LIBRARIES: &[Library] = &[FIPS205];

const fn pair(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    key: KeyRule,
    generate: &'static GeneratePair,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params: ParamKind::None,
        key,
        roles: Roles {
            generate_pair: Some(generate),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

const fn signing(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    params: ParamKind,
    key: KeyRule,
    signature: &'static Signature,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params,
        key,
        roles: Roles {
            sign: Some(signature),
            verify: Some(signature),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// ML-DSA with or without a hash of its own.
const fn ml_dsa(id: MechanismId, signature: &'static Signature) -> MechanismSpec {
    signing(
        id,
        "PKCS#11 3.2, 6.53",
        ML_DSA_LIBRARIES,
        ParamKind::OptionalSignContext,
        ML_DSA_KEYS,
        signature,
    )
}

/// SLH-DSA with or without a hash of its own.
const fn slh_dsa(id: MechanismId, signature: &'static Signature) -> MechanismSpec {
    signing(
        id,
        "PKCS#11 3.2, 6.55",
        SLH_DSA_LIBRARIES,
        ParamKind::OptionalSignContext,
        SLH_DSA_KEYS,
        signature,
    )
}

/// A stateful scheme, whose signatures are checked and not made.
const fn stateful(
    id: MechanismId,
    section: &'static str,
    library: &'static [Library],
    types: &'static [KeyType],
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: library,
        params: ParamKind::None,
        // The standard wants both sizes to be 0.
        key: KeyRule {
            types,
            sizes: KeySizes::NONE,
            ..KeyRule::NONE
        },
        roles: Roles {
            verify: Some(&Stateful),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

const PURE: &Signature = &Signature { form: Form::Pure };
const DIGEST: &Signature = &Signature { form: Form::Digest };

const fn hashed(hash: PreHash) -> Signature {
    Signature {
        form: Form::Hashed(hash),
    }
}

const SHA224: &Signature = &hashed(PreHash::Sha224);
const SHA256: &Signature = &hashed(PreHash::Sha256);
const SHA384: &Signature = &hashed(PreHash::Sha384);
const SHA512: &Signature = &hashed(PreHash::Sha512);
const SHA3_224: &Signature = &hashed(PreHash::Sha3_224);
const SHA3_256: &Signature = &hashed(PreHash::Sha3_256);
const SHA3_384: &Signature = &hashed(PreHash::Sha3_384);
const SHA3_512: &Signature = &hashed(PreHash::Sha3_512);
const SHAKE128: &Signature = &hashed(PreHash::Shake128);
const SHAKE256: &Signature = &hashed(PreHash::Shake256);

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    stateful(CKM_HSS, "PKCS#11 3.2, 6.51", &[HBS_LMS], &[CKK_HSS]),
    stateful(CKM_XMSS, "PKCS#11 3.2, 6.52", &[XMSS], &[CKK_XMSS]),
    stateful(CKM_XMSSMT, "PKCS#11 3.2, 6.52", &[XMSS], &[CKK_XMSSMT]),
    pair(
        CKM_ML_DSA_KEY_PAIR_GEN,
        "PKCS#11 3.2, 6.53",
        &[AWS_LC, GETRANDOM],
        ML_DSA_KEYS,
        &GeneratePair { key_type: CKK_ML_DSA },
    ),
    ml_dsa(CKM_ML_DSA, PURE),
    signing(
        CKM_HASH_ML_DSA,
        "PKCS#11 3.2, 6.53",
        ML_DSA_LIBRARIES,
        ParamKind::HashSignContext,
        ML_DSA_KEYS,
        DIGEST,
    ),
    ml_dsa(CKM_HASH_ML_DSA_SHA224, SHA224),
    ml_dsa(CKM_HASH_ML_DSA_SHA256, SHA256),
    ml_dsa(CKM_HASH_ML_DSA_SHA384, SHA384),
    ml_dsa(CKM_HASH_ML_DSA_SHA512, SHA512),
    ml_dsa(CKM_HASH_ML_DSA_SHA3_224, SHA3_224),
    ml_dsa(CKM_HASH_ML_DSA_SHA3_256, SHA3_256),
    ml_dsa(CKM_HASH_ML_DSA_SHA3_384, SHA3_384),
    ml_dsa(CKM_HASH_ML_DSA_SHA3_512, SHA3_512),
    ml_dsa(CKM_HASH_ML_DSA_SHAKE128, SHAKE128),
    ml_dsa(CKM_HASH_ML_DSA_SHAKE256, SHAKE256),
    pair(
        CKM_ML_KEM_KEY_PAIR_GEN,
        "PKCS#11 3.2, 6.54",
        &[AWS_LC, GETRANDOM],
        ML_KEM_KEYS,
        &GeneratePair { key_type: CKK_ML_KEM },
    ),
    MechanismSpec {
        id: CKM_ML_KEM,
        section: "PKCS#11 3.2, 6.54",
        libraries: &[AWS_LC],
        params: ParamKind::None,
        key: ML_KEM_KEYS,
        roles: Roles {
            encapsulate: Some(&MlKem),
            decapsulate: Some(&MlKem),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
    pair(
        CKM_SLH_DSA_KEY_PAIR_GEN,
        "PKCS#11 3.2, 6.55",
        &[FIPS205, GETRANDOM],
        SLH_DSA_KEYS,
        &GeneratePair {
            key_type: CKK_SLH_DSA,
        },
    ),
    slh_dsa(CKM_SLH_DSA, PURE),
    signing(
        CKM_HASH_SLH_DSA,
        "PKCS#11 3.2, 6.55",
        SLH_DSA_LIBRARIES,
        ParamKind::HashSignContext,
        SLH_DSA_KEYS,
        DIGEST,
    ),
    slh_dsa(CKM_HASH_SLH_DSA_SHA224, SHA224),
    slh_dsa(CKM_HASH_SLH_DSA_SHA256, SHA256),
    slh_dsa(CKM_HASH_SLH_DSA_SHA384, SHA384),
    slh_dsa(CKM_HASH_SLH_DSA_SHA512, SHA512),
    slh_dsa(CKM_HASH_SLH_DSA_SHA3_224, SHA3_224),
    slh_dsa(CKM_HASH_SLH_DSA_SHA3_256, SHA3_256),
    slh_dsa(CKM_HASH_SLH_DSA_SHA3_384, SHA3_384),
    slh_dsa(CKM_HASH_SLH_DSA_SHA3_512, SHA3_512),
    slh_dsa(CKM_HASH_SLH_DSA_SHAKE128, SHAKE128),
    slh_dsa(CKM_HASH_SLH_DSA_SHAKE256, SHAKE256),
];
