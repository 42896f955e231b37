//! The keys and mechanisms that the rows of the benchmark are made of.

use super::payment::Payment;
use crate::ck::*;

/// The keys that rows use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum KeyKind {
    /// Generic secret of 32 bytes that signs.
    Secret,
    /// Generic secret of 32 bytes that others are derived from.
    Base,
    /// AES-256.
    Aes,
    /// Two AES-256 keys for XTS.
    AesXts,
    /// ChaCha20.
    ChaCha20,
    /// Three-key DES.
    Des3,
    /// RSA with so many bits.
    Rsa(u32),
    /// DSA with 2048 bits, and a subgroup of 256.
    Dsa2048,
    /// NIST P-256.
    P256,
    /// NIST P-256, for key agreement.
    P256Agrees,
    /// NIST P-384.
    P384,
    /// NIST P-521.
    P521,
    /// brainpoolP256r1.
    Brainpool256,
    /// Edwards 25519.
    Ed25519,
    /// Curve25519.
    X25519,
    /// ML-DSA-65.
    MlDsa65,
    /// ML-KEM-768.
    MlKem768,
    /// SLH-DSA-SHA2-128f.
    SlhDsa128f,
    /// Keys with the payment usages that an operation wants.
    Payment(Payment),
}

/// A signature or MAC mechanism.
#[derive(Debug)]
pub(super) struct Signing {
    pub(super) name: &'static str,
    /// The mechanism.
    pub(super) mechanism: MechanismId,
    /// The key that it takes.
    pub(super) key: KeyKind,
    /// Lengths of data in bytes.
    pub(super) data: &'static [usize],
}

/// An encryption mechanism.
#[derive(Debug)]
pub(super) struct Cipher {
    pub(super) name: &'static str,
    /// The mechanism.
    pub(super) mechanism: MechanismId,
    /// The key that it takes.
    pub(super) key: KeyKind,
}

/// A derivation mechanism.
#[derive(Debug)]
pub(super) struct Derivation {
    pub(super) name: &'static str,
    /// The mechanism.
    pub(super) mechanism: MechanismId,
    /// The key that it takes.
    pub(super) key: KeyKind,
}

const fn signing(
    name: &'static str,
    mechanism: MechanismId,
    key: KeyKind,
    data: &'static [usize],
) -> Signing {
    Signing {
        name,
        mechanism,
        key,
        data,
    }
}

#[rustfmt::skip]
pub(super) static SIGNINGS: [Signing; 17] = [
    signing("hmac-sha256", CKM_SHA256_HMAC, KeyKind::Secret, &[32, 64]),
    signing("hmac-sha3-256", CKM_SHA3_256_HMAC, KeyKind::Secret, &[32]),
    signing("aes-cmac", CKM_AES_CMAC, KeyKind::Aes, &[32]),
    signing("rsa-2048 sha256-pkcs", CKM_SHA256_RSA_PKCS, KeyKind::Rsa(2048), &[32]),
    signing("rsa-2048 sha256-pss", CKM_SHA256_RSA_PKCS_PSS, KeyKind::Rsa(2048), &[32]),
    signing("rsa-3072 sha256-pkcs", CKM_SHA256_RSA_PKCS, KeyKind::Rsa(3072), &[32]),
    signing("rsa-3072 sha256-pss", CKM_SHA256_RSA_PKCS_PSS, KeyKind::Rsa(3072), &[32]),
    signing("rsa-4096 sha256-pkcs", CKM_SHA256_RSA_PKCS, KeyKind::Rsa(4096), &[32]),
    signing("rsa-4096 sha256-pss", CKM_SHA256_RSA_PKCS_PSS, KeyKind::Rsa(4096), &[32]),
    signing("dsa-2048", CKM_DSA, KeyKind::Dsa2048, &[32]),
    signing("ecdsa p-256", CKM_ECDSA, KeyKind::P256, &[32]),
    signing("ecdsa p-384", CKM_ECDSA, KeyKind::P384, &[48]),
    signing("ecdsa p-521", CKM_ECDSA, KeyKind::P521, &[64]),
    signing("ecdsa brainpoolp256r1", CKM_ECDSA, KeyKind::Brainpool256, &[32]),
    signing("ed25519", CKM_EDDSA, KeyKind::Ed25519, &[32]),
    signing("ml-dsa-65", CKM_ML_DSA, KeyKind::MlDsa65, &[32]),
    signing("slh-dsa-sha2-128f", CKM_SLH_DSA, KeyKind::SlhDsa128f, &[32]),
];

#[rustfmt::skip]
pub(super) static CIPHERS: [Cipher; 11] = [
    Cipher { name: "aes-cbc", mechanism: CKM_AES_CBC, key: KeyKind::Aes },
    Cipher { name: "aes-gcm", mechanism: CKM_AES_GCM, key: KeyKind::Aes },
    Cipher { name: "aes-ccm", mechanism: CKM_AES_CCM, key: KeyKind::Aes },
    Cipher { name: "aes-ctr", mechanism: CKM_AES_CTR, key: KeyKind::Aes },
    Cipher { name: "aes-cts", mechanism: CKM_AES_CTS, key: KeyKind::Aes },
    Cipher { name: "aes-ofb", mechanism: CKM_AES_OFB, key: KeyKind::Aes },
    Cipher { name: "aes-cfb128", mechanism: CKM_AES_CFB128, key: KeyKind::Aes },
    Cipher { name: "aes-ecb", mechanism: CKM_AES_ECB, key: KeyKind::Aes },
    Cipher { name: "aes-xts", mechanism: CKM_AES_XTS, key: KeyKind::AesXts },
    Cipher { name: "chacha20-poly1305", mechanism: CKM_CHACHA20_POLY1305, key: KeyKind::ChaCha20 },
    Cipher { name: "des3-cbc", mechanism: CKM_DES3_CBC, key: KeyKind::Des3 },
];

#[rustfmt::skip]
pub(super) static DERIVATIONS: [Derivation; 3] = [
    Derivation { name: "hkdf-sha256", mechanism: CKM_HKDF_DERIVE, key: KeyKind::Base },
    Derivation { name: "ecdh p-256", mechanism: CKM_ECDH1_DERIVE, key: KeyKind::P256Agrees },
    Derivation { name: "x25519", mechanism: CKM_ECDH1_DERIVE, key: KeyKind::X25519 },
];

pub(super) const CIPHER_LENGTHS: [usize; 3] = [16, 1024, 65536];
pub(super) const DIGESTS: [(&str, MechanismId); 4] = [
    ("sha-256", CKM_SHA256),
    ("sha-512", CKM_SHA512),
    ("sha3-256", CKM_SHA3_256),
    ("blake2b-256", CKM_BLAKE2B_256),
];
pub(super) const DIGEST_LENGTHS: [usize; 3] = [64, 1024, 65536];
pub(super) const GENERATED: [(&str, KeyKind); 3] = [
    ("aes-256", KeyKind::Aes),
    ("ec p-256", KeyKind::P256),
    ("rsa-2048", KeyKind::Rsa(2048)),
];
