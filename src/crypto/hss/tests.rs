//! HSS: the crate panics on what is no signature, so that nothing of the kind may reach it.

use super::*;
use crate::crypto::testing::hex;

/// The vectors of RFC 8554 and RFC 9858: public key, message, signature.
fn vectors() -> Vec<[Vec<u8>; 3]> {
    let field = |block: &str, name: &str| {
        let value = block.lines().find_map(|line| line.strip_prefix(name));
        hex(value.unwrap_or_default())
    };
    include_str!("../../../tests/vectors/pqc/hss.txt")
        .split("\n\n")
        .filter(|block| block.contains("public="))
        .map(|block| ["public=", "message=", "signature="].map(|name| field(block, name)))
        .collect()
}

#[test]
fn signatures_of_the_rfcs_fit() {
    assert_eq!(vectors().len(), 5);
    for [public, message, signature] in vectors() {
        let key = PublicKey::from_bytes(&public).unwrap();
        key.verify(&message, &signature).unwrap();
        assert_eq!(key.verify(b"another", &signature), Err(Error::SignatureInvalid));
    }
}

#[test]
fn what_is_cut_or_damaged_is_refused_and_never_panics() {
    for [public, message, signature] in vectors() {
        let key = PublicKey::from_bytes(&public).unwrap();
        for length in 0..signature.len() {
            // All lengths near the parts' ends, and some between.
            if length > 80 && length % 61 != 0 && length + 80 < signature.len() {
                continue;
            }
            assert!(key.verify(&message, &signature[..length]).is_err());
        }
        for at in (0..100).chain((100..signature.len()).step_by(97)) {
            for value in [0, 1, 5, 0x7f, 0xff] {
                let mut damaged = signature.clone();
                damaged[at] = value;
                assert_eq!(key.verify(&message, &damaged).is_ok(), damaged == signature);
            }
        }
    }
}

#[test]
fn every_pair_of_types_is_known_or_refused() {
    let known = (0..=30)
        .flat_map(|lms| (0..=20).map(move |ots| (lms, ots)))
        .filter(|(lms, ots)| Types::new(*lms, *ots).is_some())
        .count();
    // Four hashes with five heights and four widths each.
    assert_eq!(known, 80);
}
