//! The little DER that keys need: written into memory that is wiped, read without copying.

use crate::secret::SecretBytes;

pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

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

/// Tag, length and the parts as content.
pub(super) fn tlv(tag: u8, parts: &[&[u8]]) -> SecretBytes {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let bytes = length.to_be_bytes();
    let digits = bytes
        .get(bytes.iter().take_while(|byte| **byte == 0).count()..)
        .unwrap_or_default();
    let mut out = Vec::with_capacity(2 + digits.len() + length);
    out.push(tag);
    match (digits, length) {
        ([], _) => out.push(0),
        ([short @ 0..=0x7f], _) => out.push(*short),
        (long, _) => {
            out.push(0x80 | u8::try_from(long.len()).unwrap_or(0x7f));
            out.extend_from_slice(long);
        }
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    SecretBytes::new(out)
}

/// A non-negative INTEGER of a big integer without leading zeros.
pub(super) fn integer(number: &[u8]) -> SecretBytes {
    match number.first() {
        Some(0x80..=0xff) | None => tlv(INTEGER, &[&[0], number]),
        Some(_) => tlv(INTEGER, &[number]),
    }
}

/// A BIT STRING of whole bytes.
pub(super) fn bit_string(content: &[u8]) -> SecretBytes {
    tlv(BIT_STRING, &[&[0], content])
}

/// `SubjectPublicKeyInfo` [RFC 5280, 4.1].
pub(super) fn public_key_info(algorithm: &[&[u8]], key: &[u8]) -> SecretBytes {
    tlv(SEQUENCE, &[&tlv(SEQUENCE, algorithm), &bit_string(key)])
}

/// The content of an OCTET STRING that takes up all the bytes.
pub(super) fn octet_string_content(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = match bytes {
        [OCTET_STRING, 0x81, length @ 0x80..=0xff, rest @ ..] => (*length, rest),
        [OCTET_STRING, length @ 0..=0x7f, rest @ ..] => (*length, rest),
        _ => return None,
    };
    (rest.len() == usize::from(length)).then_some(rest)
}
