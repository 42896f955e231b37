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
            assert_eq!(
                key.verify(&message, &signature[..length]),
                Err(Error::SignatureLenRange),
                "{length} bytes"
            );
        }
        let longer = [&signature[..], &[0]].concat();
        assert_eq!(key.verify(&message, &longer), Err(Error::SignatureLenRange));
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

#[test]
fn the_shortest_level_is_that_of_the_smallest_types() {
    let lengths = (5..=24).flat_map(|lms| (1..=16).filter_map(move |ots| Types::new(lms, ots)));
    let shortest = lengths.map(|types| types.public_len() + types.signature_len().unwrap());
    assert_eq!(shortest.min(), Some(LEVEL_LEN_MIN));
}

/// A signed key of other types makes another length; types that nobody knows make none.
#[test]
fn the_keys_in_a_signature_say_how_long_it_is() {
    let [public, message, signature] = vectors().swap_remove(0);
    let key = PublicKey::from_bytes(&public).unwrap();
    let signed_key = 4 + Types::of(&public[4..]).unwrap().signature_len().unwrap();
    for (lms, error) in [(6, Error::SignatureLenRange), (99, Error::SignatureInvalid)] {
        let mut other = signature.clone();
        other[signed_key + 3] = lms;
        assert_eq!(key.verify(&message, &other), Err(error), "{lms}");
    }
}
