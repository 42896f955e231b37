//! The hashes of HMAC keys, by the codes of optional blocks and by usages.

use crate::ck::*;

/// The hash of an HMAC key by its code [ANSI X9.143:2021, table 13].
const HASHES: &[(&[u8; 2], KeyType)] = &[
    (b"10", CKK_SHA_1_HMAC),
    (b"20", CKK_SHA224_HMAC),
    (b"21", CKK_SHA256_HMAC),
    (b"22", CKK_SHA384_HMAC),
    (b"23", CKK_SHA512_HMAC),
    (b"24", CKK_SHA512_224_HMAC),
    (b"25", CKK_SHA512_256_HMAC),
    (b"30", CKK_SHA3_224_HMAC),
    (b"31", CKK_SHA3_256_HMAC),
    (b"32", CKK_SHA3_384_HMAC),
    (b"33", CKK_SHA3_512_HMAC),
];

/// The code of the hash of keys of this type.
pub(super) fn code(key_type: KeyType) -> Option<&'static [u8; 2]> {
    let (code, _) = HASHES.iter().find(|(_, one)| *one == key_type)?;
    Some(code)
}

/// The code of the hash of the keys of one of Thales' usages.
pub(super) fn of_usage(usage: KeyUsage) -> Option<&'static [u8]> {
    Some(match &usage.0 {
        b"61" => b"10",
        b"62" => b"20",
        b"63" => b"21",
        b"64" => b"22",
        b"65" => b"23",
        _ => return None,
    })
}

/// The key type of the hash of this code.
pub(super) fn key_type(code: &[u8]) -> Option<KeyType> {
    let (_, key_type) = HASHES.iter().find(|(known, _)| known[..] == *code)?;
    Some(*key_type)
}
