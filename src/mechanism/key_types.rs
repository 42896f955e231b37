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
pub(crate) const SECRETS: &[KeyType] = with_hmacs!(
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

/// The base keys of another maker's derivation by CMAC of ARIA, or by HMAC.
pub(crate) const SECRETS_OR_ARIA: &[KeyType] =
    with_hmacs!(CKK_GENERIC_SECRET, CKK_ARIA, CKK_AES, CKK_DES2, CKK_DES3);

/// The key types that key blocks have an algorithm for: A, D, T, R, and H for HMACs [ANSI X9.143, algorithms].
pub(crate) const OF_KEY_BLOCKS: &[KeyType] =
    with_hmacs!(CKK_GENERIC_SECRET, CKK_AES, CKK_DES, CKK_DES2, CKK_DES3, CKK_RSA);

/// The lengths in bytes that keys of a type come in; empty if they come in any.
#[must_use]
pub const fn value_lengths(key_type: KeyType) -> &'static [usize] {
    match key_type {
        CKK_AES | CKK_CAMELLIA | CKK_ARIA | CKK_TWOFISH => &[16, 24, 32],
        CKK_AES_XTS => &[32, 64],
        CKK_CHACHA20 | CKK_POLY1305 | CKK_SALSA20 => &[32],
        CKK_BLOWFISH => &BLOWFISH_LENGTHS,
        CKK_DES => &[8],
        CKK_DES2 => &[16],
        CKK_DES3 => &[24],
        CKK_VHSM_LMK => &[LMK_DES3_LEN, LMK_AES_LEN, LMK_VARIANT_LEN],
        _ => &[],
    }
}

/// 4 to 56 bytes.
const BLOWFISH_LENGTHS: [usize; 53] = {
    let (mut lengths, mut length) = ([0; 53], 4);
    let mut rest: &mut [usize] = &mut lengths;
    while let Some((first, later)) = rest.split_first_mut() {
        *first = length;
        length += 1;
        rest = later;
    }
    lengths
};

/// The length in bytes of the keys of a type that come in one length only.
pub(super) const fn fixed_len(key_type: KeyType) -> Option<usize> {
    match value_lengths(key_type) {
        [length] => Some(*length),
        _ => None,
    }
}
