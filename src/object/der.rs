//! What keys of objects are in DER: the identifiers of their kinds, public keys, points.

use crate::crypto::der::{Tag, bit_string, cut, element};
use crate::secret::SecretBytes;

/// NULL.
pub(super) const NULL: &[u8] = b"\x05\x00";
/// `rsaEncryption` [RFC 3279, 2.3.1].
pub(super) const OID_RSA: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
/// `id-dsa` [RFC 3279, 2.3.2].
pub(super) const OID_DSA: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x38\x04\x01";
/// `dhKeyAgreement` [PKCS#3, 9].
pub(super) const OID_DH: &[u8] = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01";
/// `dhpublicnumber` [RFC 3279, 2.3.3].
pub(super) const OID_X9_42_DH: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3e\x02\x01";
/// `id-ecPublicKey` [RFC 5480, 2.1.1].
pub(super) const OID_EC: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";

/// `SubjectPublicKeyInfo` [RFC 5280, 4.1].
pub(super) fn public_key_info(algorithm: &[&[u8]], key: &[u8]) -> SecretBytes {
    element(
        Tag::Sequence,
        &[&element(Tag::Sequence, algorithm), &bit_string(key)],
    )
}

/// The content of an OCTET STRING that takes up all the bytes.
pub(super) fn octet_string_content(bytes: &[u8]) -> Option<&[u8]> {
    match cut(bytes, Tag::OctetString)? {
        (content, []) => Some(content),
        _ => None,
    }
}
