//! The mechanisms on Weierstrass curves, and Diffie-Hellman on these and on curve25519 [PKCS#11 3.2, 6.3].

mod aes_wrap;
mod derive;
mod encapsulate;
mod generate;
#[cfg(test)]
mod tests;

use aes_wrap::EcdhAesWrap;
use derive::Ecdh;
pub(super) use derive::{DERIVED_LEN_MAX, as_parameter_error, shortened};
use generate::{GenerateEc, GenerateMontgomery};
pub(super) use generate::{octet_string, pair, params_of};

use super::key::KeyMaterial;
use super::library::{AWS_LC, ED448_GOLDILOCKS, K256, Library};
use super::limit::Limit;
use super::params::{ParamKind, Params};
use super::signature::{Scheme, Signature};
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use crate::ck::*;
use crate::crypto::ec::PrivateKey;
use crate::crypto::hash::Hash;
use crate::error::Result;

/// Bits of the field of edwards25519 and curve25519.
const FIELD_25519_BITS: u64 = 255;
/// Bits of the field of edwards448 and curve448.
const FIELD_448_BITS: u64 = 448;

/// Sizes of keys on Edwards and Montgomery curves.
pub(super) const SIZES_25519_448: KeySizes = KeySizes::bits(FIELD_25519_BITS, FIELD_448_BITS);

/// Curves of 448 bits are off by default.
pub(super) const fn limit_448(key_type: KeyType) -> Limit {
    Limit {
        key_type,
        max: FIELD_25519_BITS,
        why: "no audit of the library, which has no release yet",
    }
}

const MONTGOMERY_LIMITS: &[Limit] = &[limit_448(CKK_EC_MONTGOMERY)];

const LIBRARIES: &[Library] = &[AWS_LC, K256];
const MONTGOMERY_LIBRARIES: &[Library] = &[AWS_LC, ED448_GOLDILOCKS];
const BOTH_LIBRARIES: &[Library] = &[AWS_LC, K256, ED448_GOLDILOCKS];

/// Prime fields, curves named by their identifier or by a string.
pub(super) const FLAGS_25519: u64 =
    sys::CKF_EC_F_P | sys::CKF_EC_NAMEDCURVE | sys::CKF_EC_CURVENAME | sys::CKF_EC_UNCOMPRESS;
/// The same; points of Weierstrass curves may come compressed, and the curves as explicit parameters.
pub(crate) const FLAGS: u64 = FLAGS_25519 | sys::CKF_EC_COMPRESS | sys::CKF_EC_ECPARAMETERS;

const EC: KeyRule = KeyRule {
    types: &[CKK_EC],
    sizes: KeySizes::bits(192, 521),
    flags: FLAGS,
    ..KeyRule::NONE
};

/// Curves of less than 224 bits are legacy [NIST SP 800-131A, 3].
const STANDING: Standing = Standing {
    modern_min: 224,
    ..Standing::CURRENT
};

const MONTGOMERY: KeyRule = KeyRule {
    types: &[CKK_EC_MONTGOMERY],
    sizes: SIZES_25519_448,
    flags: FLAGS_25519,
    limits: MONTGOMERY_LIMITS,
    ..KeyRule::NONE
};

/// Weierstrass and Montgomery curves.
const BOTH: KeyRule = KeyRule {
    types: &[CKK_EC, CKK_EC_MONTGOMERY],
    limits: MONTGOMERY_LIMITS,
    ..EC
};

/// ECDSA over a digest; longer ones are truncated to the order's length [FIPS 186-5, 6.4].
#[derive(Clone, Copy)]
struct Ecdsa;

impl Scheme for Ecdsa {
    fn check(self, _key: &KeyMaterial, _params: &Params, _hash: Option<Hash>) -> Result<()> {
        Ok(())
    }

    fn signature_len(self, key: &KeyMaterial) -> Result<usize> {
        Ok(key.ec_private()?.curve().signature_len())
    }

    fn sign(
        self,
        key: &KeyMaterial,
        _params: &Params,
        _hash: Option<Hash>,
        digest: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        key.ec_private()?.sign(digest, out)
    }

    fn verify(
        self,
        key: &KeyMaterial,
        _params: &Params,
        _hash: Option<Hash>,
        digest: &[u8],
        signature: &[u8],
    ) -> Result<()> {
        key.ec_public()?.verify(digest, signature)
    }
}

const fn ecdsa_of(hash: Option<Hash>) -> Signature<Ecdsa> {
    Signature { scheme: Ecdsa, hash }
}

const fn ecdsa(
    id: MechanismId,
    section: &'static str,
    signature: &'static Signature<Ecdsa>,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: LIBRARIES,
        params: ParamKind::None,
        key: EC,
        roles: Roles {
            sign: Some(signature),
            verify: Some(signature),
            ..Roles::NONE
        },
        standing: STANDING,
    }
}

/// ECDSA with a hash of its own.
const fn hashed(id: MechanismId, signature: &'static Signature<Ecdsa>) -> MechanismSpec {
    ecdsa(id, "PKCS#11 3.2, 6.3.13", signature)
}

/// A row that makes key pairs on Weierstrass curves.
const fn generation(id: MechanismId, generate: &'static GenerateEc) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "PKCS#11 3.2, 6.3.9",
        libraries: LIBRARIES,
        params: ParamKind::None,
        key: EC,
        roles: Roles {
            generate_pair: Some(generate),
            ..Roles::NONE
        },
        standing: STANDING,
    }
}

/// A row that wraps by a key that Diffie-Hellman gives.
const fn wrapping(
    id: MechanismId,
    section: &'static str,
    libraries: &'static [Library],
    key: KeyRule,
    wrap: &'static EcdhAesWrap,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries,
        params: ParamKind::EcdhAesKeyWrap,
        key,
        roles: Roles {
            wrap: Some(wrap),
            unwrap: Some(wrap),
            ..Roles::NONE
        },
        standing: STANDING,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    generation(
        CKM_EC_KEY_PAIR_GEN,
        &GenerateEc {
            draw: PrivateKey::generate,
        },
    ),
    generation(
        CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS,
        &GenerateEc {
            draw: PrivateKey::generate_with_extra_bits,
        },
    ),
    ecdsa(CKM_ECDSA, "PKCS#11 3.2, 6.3.12", const { &ecdsa_of(None) }),
    hashed(CKM_ECDSA_SHA1, const { &ecdsa_of(Some(Hash::Sha1)) }).legacy(),
    hashed(CKM_ECDSA_SHA224, const { &ecdsa_of(Some(Hash::Sha224)) }),
    hashed(CKM_ECDSA_SHA256, const { &ecdsa_of(Some(Hash::Sha256)) }),
    hashed(CKM_ECDSA_SHA384, const { &ecdsa_of(Some(Hash::Sha384)) }),
    hashed(CKM_ECDSA_SHA512, const { &ecdsa_of(Some(Hash::Sha512)) }),
    hashed(CKM_ECDSA_SHA3_224, const { &ecdsa_of(Some(Hash::Sha3_224)) }),
    hashed(CKM_ECDSA_SHA3_256, const { &ecdsa_of(Some(Hash::Sha3_256)) }),
    hashed(CKM_ECDSA_SHA3_384, const { &ecdsa_of(Some(Hash::Sha3_384)) }),
    hashed(CKM_ECDSA_SHA3_512, const { &ecdsa_of(Some(Hash::Sha3_512)) }),
    MechanismSpec {
        id: CKM_ECDH1_DERIVE,
        section: "PKCS#11 3.2, 6.3.18",
        libraries: BOTH_LIBRARIES,
        params: ParamKind::Ecdh1,
        key: BOTH,
        roles: Roles {
            derive: Some(&Ecdh),
            encapsulate: Some(&Ecdh),
            decapsulate: Some(&Ecdh),
            ..Roles::NONE
        },
        standing: STANDING,
    },
    // The cofactor of all these curves is 1, so that this is the same calculation.
    MechanismSpec {
        id: CKM_ECDH1_COFACTOR_DERIVE,
        section: "PKCS#11 3.2, 6.3.19",
        libraries: LIBRARIES,
        params: ParamKind::Ecdh1,
        key: EC,
        roles: Roles {
            derive: Some(&Ecdh),
            encapsulate: Some(&Ecdh),
            decapsulate: Some(&Ecdh),
            ..Roles::NONE
        },
        standing: STANDING,
    },
    wrapping(
        CKM_ECDH_AES_KEY_WRAP,
        "PKCS#11 3.2, 6.3.20",
        BOTH_LIBRARIES,
        BOTH,
        &EcdhAesWrap::Raw,
    ),
    wrapping(
        CKM_ECDH_COF_AES_KEY_WRAP,
        "PKCS#11 3.2, 6.3.21",
        LIBRARIES,
        EC,
        &EcdhAesWrap::Der,
    ),
    wrapping(
        CKM_ECDH_X_AES_KEY_WRAP,
        "PKCS#11 3.2, 6.3.22",
        MONTGOMERY_LIBRARIES,
        MONTGOMERY,
        &EcdhAesWrap::Raw,
    ),
    MechanismSpec {
        id: CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
        section: "PKCS#11 3.2, 6.3.11",
        libraries: MONTGOMERY_LIBRARIES,
        params: ParamKind::None,
        key: MONTGOMERY,
        roles: Roles {
            generate_pair: Some(&GenerateMontgomery),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    },
];
