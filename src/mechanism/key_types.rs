//! What is said of key types in many places, listed once: sets that rows take, and lengths.

use crate::ck::*;

/// These and the key types of HMACs.
macro_rules! with_hmacs {
    ($($other:ident),+) => {
        &[
            $($other,)+
            CKK_MD5_HMAC,
            CKK_RIPEMD160_HMAC,
            CKK_SHA_1_HMAC,
            CKK_SHA224_HMAC,
            CKK_SHA256_HMAC,
            CKK_SHA384_HMAC,
            CKK_SHA512_HMAC,
            CKK_SHA512_224_HMAC,
            CKK_SHA512_256_HMAC,
            CKK_SHA512_T_HMAC,
            CKK_SHA3_224_HMAC,
            CKK_SHA3_256_HMAC,
            CKK_SHA3_384_HMAC,
            CKK_SHA3_512_HMAC,
            CKK_BLAKE2B_160_HMAC,
            CKK_BLAKE2B_256_HMAC,
            CKK_BLAKE2B_384_HMAC,
            CKK_BLAKE2B_512_HMAC,
        ]
    };
}

/// Generic secrets and HMAC keys, which are generic secrets with a narrower use.
pub(super) const GENERIC_SECRETS: &[KeyType] = with_hmacs!(CKK_GENERIC_SECRET);

/// The base keys of derivations that ask for bytes and no structure. Keys of ARIA, Blowfish and Twofish are none.
pub(super) const SECRETS: &[KeyType] = with_hmacs!(
    CKK_GENERIC_SECRET,
    CKK_AES,
    CKK_AES_XTS,
    CKK_DES,
    CKK_DES2,
    CKK_DES3,
    CKK_CAMELLIA,
    CKK_CHACHA20,
    CKK_POLY1305,
    CKK_SALSA20,
    CKK_HKDF
);

/// The length in bytes of the keys of a type that come in one length only.
pub(super) const fn fixed_len(key_type: KeyType) -> Option<usize> {
    match key_type {
        CKK_DES => Some(8),
        CKK_DES2 => Some(16),
        CKK_DES3 => Some(24),
        CKK_CHACHA20 | CKK_POLY1305 | CKK_SALSA20 => Some(32),
        _ => None,
    }
}
