//! The RSA mechanisms [PKCS#11 3.2, 6.1].

mod aes_wrap;
mod cipher;
mod encapsulation;
mod generate;
mod modern;
mod signing;
#[cfg(test)]
mod tests;

use aes_wrap::RsaAesWrap;
use cipher::{DecryptOaep, DecryptPkcs1, DecryptX509, EncryptOaep, EncryptPkcs1, EncryptX509, UnwrapX509};
use encapsulation::{Padded, Rsasve};
use generate::{GeneratePair, GenerateX931Pair};
use modern::ModernPkcs1;
use signing::{Iso9796, Pkcs1, Pss, X509};

use super::digest::{SECTION_MD5, SECTION_RIPEMD};
use super::library::{AWS_LC, Library};
use super::params::ParamKind;
use super::signature::{Scheme, Signature};
use super::spec::{KeyRule, KeySizes, MechanismSpec, Roles};
use super::standing::Standing;
use super::wrap::CipherWrap;
use crate::ck::*;
use crate::crypto::hash::Hash;

const LIBRARIES: &[Library] = &[AWS_LC];

const RSA: KeyRule = KeyRule {
    types: &[CKK_RSA],
    sizes: KeySizes::bits(512, 16384),
    ..KeyRule::NONE
};

/// The same of mechanisms that sign after PKCS#1 v1.5: payment keys that sign do it with these.
const RSA_PKCS1: KeyRule = KeyRule {
    usages_beside: &[KeyUsage::RSA_PRIVATE, KeyUsage::RSA_PRIVATE_TLS],
    ..RSA
};

/// Keys below 2048 bits are legacy [NIST SP 800-131A, 3].
const STANDING: Standing = Standing {
    modern_min: 2048,
    ..Standing::CURRENT
};

/// The same, and no encryption: with PKCS#1 v1.5 padding, or none, it is open to chosen-ciphertext attacks.
const SIGNING_ONLY: Standing = Standing {
    legacy: sys::CKF_ENCRYPT
        | sys::CKF_DECRYPT
        | sys::CKF_WRAP
        | sys::CKF_UNWRAP
        | sys::CKF_ENCAPSULATE
        | sys::CKF_DECAPSULATE,
    ..STANDING
};

/// A row that signs and verifies.
const fn signing<S: Scheme>(
    id: MechanismId,
    section: &'static str,
    params: ParamKind,
    signature: &'static Signature<S>,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section,
        libraries: LIBRARIES,
        params,
        key: RSA,
        roles: Roles {
            sign: Some(signature),
            verify: Some(signature),
            ..Roles::NONE
        },
        standing: STANDING,
    }
}

/// A row that signs a hash of its own with PKCS#1 v1.5.
const fn pkcs1(id: MechanismId, signature: &'static Signature<Pkcs1>) -> MechanismSpec {
    let mut row = signing(id, "PKCS#11 3.2, 6.1.14", ParamKind::None, signature);
    row.key = RSA_PKCS1;
    row
}

/// The same with a hash that is broken or forgotten.
const fn historical(
    id: MechanismId,
    section: &'static str,
    signature: &'static Signature<Pkcs1>,
) -> MechanismSpec {
    let row = pkcs1(id, signature).legacy();
    MechanismSpec { section, ..row }
}

/// A row that signs a hash of its own with PSS.
const fn pss(id: MechanismId, signature: &'static Signature<Pss>) -> MechanismSpec {
    signing(id, "PKCS#11 3.2, 6.1.15", ParamKind::RsaPss, signature)
}

const ENCRYPTION_PKCS1: CipherWrap = CipherWrap {
    encrypt: &EncryptPkcs1,
    decrypt: &DecryptPkcs1,
};
const ENCRYPTION_OAEP: CipherWrap = CipherWrap {
    encrypt: &EncryptOaep,
    decrypt: &DecryptOaep,
};
const ENCRYPTION_X509: CipherWrap = CipherWrap {
    encrypt: &EncryptX509,
    decrypt: &DecryptX509,
};

const fn pkcs1_of(hash: Option<Hash>) -> Signature<Pkcs1> {
    Signature { scheme: Pkcs1, hash }
}

const MODERN_SIGNATURE: Signature<ModernPkcs1> = Signature {
    scheme: ModernPkcs1,
    hash: None,
};

/// What CKM_RSA_PKCS does under `policy = "modern"`.
const MODERN_PKCS1: Roles = Roles {
    sign: Some(&MODERN_SIGNATURE),
    sign_recover: Some(&MODERN_SIGNATURE),
    verify: Some(&MODERN_SIGNATURE),
    verify_recover: Some(&ModernPkcs1),
    ..Roles::NONE
};

const fn pss_of(hash: Option<Hash>) -> Signature<Pss> {
    Signature { scheme: Pss, hash }
}

const X509_SIGNATURE: Signature<X509> = Signature {
    scheme: X509,
    hash: None,
};

const ISO9796_SIGNATURE: Signature<Iso9796> = Signature {
    scheme: Iso9796,
    hash: None,
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    MechanismSpec {
        id: CKM_RSA_PKCS_KEY_PAIR_GEN,
        section: "PKCS#11 3.2, 6.1.4",
        libraries: LIBRARIES,
        params: ParamKind::None,
        key: RSA,
        roles: Roles {
            generate_pair: Some(&GeneratePair),
            ..Roles::NONE
        },
        standing: STANDING,
    },
    MechanismSpec {
        id: CKM_RSA_X9_31_KEY_PAIR_GEN,
        section: "PKCS#11 3.2, 6.1.5",
        libraries: LIBRARIES,
        params: ParamKind::None,
        key: KeyRule {
            sizes: KeySizes::bits(1024, 16384),
            ..RSA
        },
        roles: Roles {
            generate_pair: Some(&GenerateX931Pair),
            ..Roles::NONE
        },
        standing: STANDING,
    },
    MechanismSpec {
        id: CKM_RSA_PKCS,
        section: "PKCS#11 3.2, 6.1.6",
        libraries: LIBRARIES,
        params: ParamKind::None,
        key: RSA_PKCS1,
        roles: Roles {
            sign: Some(const { &pkcs1_of(None) }),
            sign_recover: Some(const { &pkcs1_of(None) }),
            verify: Some(const { &pkcs1_of(None) }),
            verify_recover: Some(&Pkcs1),
            modern: Some(&MODERN_PKCS1),
            encapsulate: Some(&Padded(ENCRYPTION_PKCS1)),
            decapsulate: Some(&Padded(ENCRYPTION_PKCS1)),
            ..ENCRYPTION_PKCS1.roles()
        },
        standing: Standing {
            legacy_data: Some("digests of MD5, SHA-1 and RIPEMD-160"),
            ..SIGNING_ONLY
        },
    },
    MechanismSpec {
        id: CKM_RSA_9796,
        section: "PKCS#11 3.2, 6.1.11",
        libraries: LIBRARIES,
        params: ParamKind::None,
        key: RSA,
        roles: Roles {
            sign: Some(const { &ISO9796_SIGNATURE }),
            sign_recover: Some(const { &ISO9796_SIGNATURE }),
            verify: Some(const { &ISO9796_SIGNATURE }),
            verify_recover: Some(&Iso9796),
            ..Roles::NONE
        },
        standing: Standing {
            off: Some("withdrawn, since signatures of chosen messages make forgeries"),
            ..Standing::LEGACY
        },
    },
    MechanismSpec {
        id: CKM_RSA_X_509,
        section: "PKCS#11 3.2, 6.1.12",
        libraries: LIBRARIES,
        params: ParamKind::None,
        key: RSA,
        roles: Roles {
            sign: Some(const { &X509_SIGNATURE }),
            sign_recover: Some(const { &X509_SIGNATURE }),
            verify: Some(const { &X509_SIGNATURE }),
            verify_recover: Some(&X509),
            unwrap: Some(&UnwrapX509),
            encapsulate: Some(&Rsasve),
            decapsulate: Some(&Rsasve),
            ..ENCRYPTION_X509.roles()
        },
        standing: SIGNING_ONLY,
    },
    MechanismSpec {
        id: CKM_RSA_PKCS_OAEP,
        section: "PKCS#11 3.2, 6.1.8",
        libraries: LIBRARIES,
        params: ParamKind::RsaOaep,
        key: RSA,
        roles: Roles {
            encapsulate: Some(&Padded(ENCRYPTION_OAEP)),
            decapsulate: Some(&Padded(ENCRYPTION_OAEP)),
            ..ENCRYPTION_OAEP.roles()
        },
        standing: STANDING,
    },
    MechanismSpec {
        id: CKM_RSA_AES_KEY_WRAP,
        section: "PKCS#11 3.2, 6.1.19",
        libraries: LIBRARIES,
        params: ParamKind::RsaAesKeyWrap,
        key: RSA,
        roles: Roles {
            wrap: Some(&RsaAesWrap),
            unwrap: Some(&RsaAesWrap),
            ..Roles::NONE
        },
        standing: STANDING,
    },
    pkcs1(CKM_SHA1_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha1)) }).legacy(),
    pkcs1(CKM_SHA224_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha224)) }),
    pkcs1(CKM_SHA256_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha256)) }),
    pkcs1(CKM_SHA384_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha384)) }),
    pkcs1(CKM_SHA512_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha512)) }),
    pkcs1(CKM_SHA3_224_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha3_224)) }),
    pkcs1(CKM_SHA3_256_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha3_256)) }),
    pkcs1(CKM_SHA3_384_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha3_384)) }),
    pkcs1(CKM_SHA3_512_RSA_PKCS, const { &pkcs1_of(Some(Hash::Sha3_512)) }),
    historical(
        CKM_MD5_RSA_PKCS,
        SECTION_MD5,
        const { &pkcs1_of(Some(Hash::Md5)) },
    ),
    historical(
        CKM_RIPEMD160_RSA_PKCS,
        SECTION_RIPEMD,
        const { &pkcs1_of(Some(Hash::Ripemd160)) },
    ),
    signing(
        CKM_RSA_PKCS_PSS,
        "PKCS#11 3.2, 6.1.10",
        ParamKind::RsaPss,
        const { &pss_of(None) },
    ),
    pss(CKM_SHA1_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha1)) }).legacy(),
    pss(CKM_SHA224_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha224)) }),
    pss(CKM_SHA256_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha256)) }),
    pss(CKM_SHA384_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha384)) }),
    pss(CKM_SHA512_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha512)) }),
    pss(CKM_SHA3_224_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha3_224)) }),
    pss(CKM_SHA3_256_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha3_256)) }),
    pss(CKM_SHA3_384_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha3_384)) }),
    pss(CKM_SHA3_512_RSA_PKCS_PSS, const { &pss_of(Some(Hash::Sha3_512)) }),
];
