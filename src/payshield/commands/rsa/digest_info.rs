//! What EW and EY sign with hash 04: a digest that the host has made, with its algorithm (`DigestInfo`) [RFC 8017, A.2.4].

use crate::crypto::der::{Tag, cut};
use crate::payshield::code::ErrorCode;
use crate::payshield::refusal::Refusal;

/// The identifiers of hashes in DER, and the lengths of their digests in bytes.
const HASHES: &[(&[u8], usize)] = &[
    (b"\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05", 16),
    (b"\x06\x05\x2b\x0e\x03\x02\x1a", 20),
    (b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04", 28),
    (b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01", 32),
    (b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02", 48),
    (b"\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03", 64),
];

const NULL: &[u8] = b"\x05\x00";

/// The identifier, with its tag, and the digest.
fn parts(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (content, []) = cut(data, Tag::Sequence)? else {
        return None;
    };
    let (algorithm, digest) = cut(content, Tag::Sequence)?;
    let (_, parameters) = cut(algorithm, Tag::ObjectIdentifier)?;
    let identifier = algorithm.get(..algorithm.len().checked_sub(parameters.len())?)?;
    match cut(digest, Tag::OctetString)? {
        (digest, []) if matches!(parameters, [] | NULL) => Some((identifier, digest)),
        _ => None,
    }
}

/// Whether data are a digest with its algorithm.
///
/// # Errors
/// 74 if they are of another form, or the digest has another length than its algorithm's; 79 for another algorithm.
pub(super) fn check(data: &[u8]) -> Result<(), Refusal> {
    let wrong = |reason| Refusal::new(ErrorCode::DIGEST_INFO, reason);
    let (identifier, digest) =
        parts(data).ok_or_else(|| wrong("without a hash, the data are a digest with its algorithm"))?;
    let known = HASHES.iter().find(|(known, _)| *known == identifier);
    match known {
        Some((_, length)) if *length == digest.len() => Ok(()),
        Some(_) => Err(wrong("the digest is not as long as those of its algorithm")),
        None => Err(Refusal::new(
            ErrorCode::HASH_IDENTIFIER,
            "there is no hash with the identifier in the data",
        )),
    }
}
