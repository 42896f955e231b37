//! Post-quantum keys: made, imported in every form, wrapped, and what their attributes say [PKCS#11 3.2, 6.51 to 6.55].

use crate::harness::*;

fn user() -> Session {
    Token::fresh().user()
}

/// Parameter sets that are fast enough to make keys of in tests.
const FAST: [&str; 9] = [
    "ML-KEM-512",
    "ML-KEM-768",
    "ML-KEM-1024",
    "ML-DSA-44",
    "ML-DSA-65",
    "ML-DSA-87",
    "SLH-DSA-SHA2-128f",
    "SLH-DSA-SHA2-192f",
    "SLH-DSA-SHA2-256f",
];

const OPEN: [(CK_ATTRIBUTE_TYPE, bool); 2] = [(CKA_SENSITIVE, false), (CKA_EXTRACTABLE, true)];

fn open() -> Vec<CK_ATTRIBUTE> {
    OPEN.map(|(kind, value)| a(kind, value)).to_vec()
}

/// [KEM-2]
#[test]
fn a_generated_pair_has_what_its_parameter_set_says() {
    isolated(|| {
        let s = user();
        for (name, key_type, set, public_len) in PARAMETER_SETS {
            if !FAST.contains(&name) {
                continue;
            }
            let (public, private) = s.pq_pair(name, &open()).unwrap();
            for key in [public, private] {
                assert_eq!(s.number(key, CKA_KEY_TYPE).unwrap(), key_type, "{name}");
                assert_eq!(s.number(key, CKA_PARAMETER_SET).unwrap(), set);
                assert!(s.flag(key, CKA_LOCAL).unwrap());
            }
            let value = s.get(public, CKA_VALUE).unwrap();
            assert_eq!(value.len(), public_len);
            let info = s.get(public, CKA_PUBLIC_KEY_INFO).unwrap();
            assert!(
                info.ends_with(&value),
                "the key stands in its SubjectPublicKeyInfo"
            );
            assert_eq!(s.get(private, CKA_PUBLIC_KEY_INFO).unwrap(), info);
            let seed = s.get(private, CKA_SEED);
            match key_type {
                CKK_ML_KEM => assert_eq!(seed.unwrap().len(), 64),
                CKK_ML_DSA => assert_eq!(seed.unwrap().len(), 32),
                _ => seed.gives(CKR_ATTRIBUTE_TYPE_INVALID),
            }
            // Sensitive keys show neither form.
            let (_, hidden) = s.pq_pair(name, &[]).unwrap();
            s.get(hidden, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
            if key_type != CKK_SLH_DSA {
                s.get(hidden, CKA_SEED).gives(CKR_ATTRIBUTE_SENSITIVE);
            }
        }
    });
}

/// [GEN-1]
#[test]
fn the_parameter_set_is_the_public_templates_to_choose() {
    isolated(|| {
        let s = user();
        for (mechanism, known) in [
            (CKM_ML_KEM_KEY_PAIR_GEN, 3),
            (CKM_ML_DSA_KEY_PAIR_GEN, 3),
            (CKM_SLH_DSA_KEY_PAIR_GEN, 12),
        ] {
            let mechanism = Mech::new(mechanism);
            s.generate_pair(mechanism, &[], &[])
                .gives(CKR_TEMPLATE_INCOMPLETE);
            for wrong in [0, known + 1, CK_ULONG::MAX] {
                s.generate_pair(mechanism, &[a(CKA_PARAMETER_SET, wrong)], &[])
                    .gives(CKR_PARAMETER_SET_NOT_SUPPORTED);
            }
            let set = [a(CKA_PARAMETER_SET, 1 as CK_ULONG)];
            s.generate_pair(mechanism, &set, &set)
                .gives(CKR_ATTRIBUTE_READ_ONLY);
            let value = with(&set, &[a(CKA_VALUE, &[0; 32])]);
            s.generate_pair(mechanism, &value, &[])
                .gives(CKR_ATTRIBUTE_READ_ONLY);
        }
    });
}

/// [KEM-2]
#[test]
fn lattice_keys_are_imported_by_seed_by_value_and_by_both() {
    isolated(|| {
        let s = user();
        for name in &FAST[..6] {
            let (key_type, set) = parameter_set(name);
            let (_, made) = s.pq_pair(name, &open()).unwrap();
            let (_, other) = s.pq_pair(name, &open()).unwrap();
            let part = |key, kind| s.get(key, kind).unwrap();
            let (seed, value) = (part(made, CKA_SEED), part(made, CKA_VALUE));
            let import = |more: &[CK_ATTRIBUTE]| s.create(&pq_private(key_type, set, more));
            let forms = [
                vec![a(CKA_SEED, &seed)],
                vec![a(CKA_VALUE, &value)],
                vec![a(CKA_SEED, &seed), a(CKA_VALUE, &value)],
            ];
            for (form, knows_seed) in forms.iter().zip([true, false, true]) {
                let key = import(form).unwrap();
                assert_eq!(part(key, CKA_VALUE), value, "{name}");
                assert_eq!(part(key, CKA_PUBLIC_KEY_INFO), part(made, CKA_PUBLIC_KEY_INFO));
                match knows_seed {
                    true => assert_eq!(part(key, CKA_SEED), seed),
                    false => s.get(key, CKA_SEED).gives(CKR_ATTRIBUTE_TYPE_INVALID),
                }
            }
            import(&[]).gives(CKR_TEMPLATE_INCOMPLETE);
            // One that does not belong to the other.
            import(&[a(CKA_SEED, &seed), a(CKA_VALUE, part(other, CKA_VALUE))])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
            import(&[a(CKA_SEED, &seed[1..])]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            import(&[a(CKA_VALUE, &value[1..])]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            let foreign_info = a(CKA_PUBLIC_KEY_INFO, part(other, CKA_PUBLIC_KEY_INFO));
            import(&[a(CKA_SEED, &seed), foreign_info]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            // A damaged value contradicts itself: of ML-KEM the public half, of ML-DSA the hash of it.
            let mut damaged = value.clone();
            damaged[if key_type == CKK_ML_KEM {
                value.len() - 100
            } else {
                70
            }] ^= 1;
            import(&[a(CKA_VALUE, &damaged)]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}

#[test]
fn an_slh_dsa_key_whose_halves_do_not_fit_is_refused() {
    isolated(|| {
        let s = user();
        let (key_type, set) = parameter_set("SLH-DSA-SHA2-128f");
        let (_, made) = s.pq_pair("SLH-DSA-SHA2-128f", &open()).unwrap();
        let value = s.get(made, CKA_VALUE).unwrap();
        let import = |value: &[u8]| s.create(&pq_private(key_type, set, &[a(CKA_VALUE, value)]));
        import(&value).works();
        for at in [0, 40, 63] {
            let mut damaged = value.clone();
            damaged[at] ^= 1;
            import(&damaged).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        import(&value[1..]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
    });
}

#[test]
fn public_keys_of_a_wrong_length_or_set_are_refused() {
    isolated(|| {
        let s = user();
        for (name, key_type, set, public_len) in PARAMETER_SETS {
            let import = |set, value: &[u8]| s.create(&pq_public(key_type, set, value));
            import(set, &vec![0; public_len]).works();
            for wrong in [0, 1, public_len - 1, public_len + 1] {
                let answer = import(set, &vec![0; wrong]);
                assert_eq!(answer.rv(), CKR_ATTRIBUTE_VALUE_INVALID, "{name}, {wrong} bytes");
            }
            import(0, &vec![0; public_len]).gives(CKR_PARAMETER_SET_NOT_SUPPORTED);
        }
        // Numbers that are not below the modulus [FIPS 203, 7.2].
        s.create(&pq_public(CKK_ML_KEM, 1, &[0xff; 800]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
    });
}

/// [WRP-2]
#[test]
fn private_keys_come_back_from_a_wrapping_as_they_were() {
    isolated(|| {
        let s = user();
        let (aes, wrap) = (s.aes(32), Mech::new(CKM_AES_KEY_WRAP_KWP));
        for name in FAST {
            let (key_type, set) = parameter_set(name);
            let (_, private) = s.pq_pair(name, &open()).unwrap();
            let wrapped = s.wrap(wrap, aes, private).unwrap();
            let template = [
                a(CKA_CLASS, CKO_PRIVATE_KEY),
                a(CKA_KEY_TYPE, key_type),
                a(CKA_SENSITIVE, false),
            ];
            let back = s.unwrap_key(wrap, aes, &wrapped, &template).unwrap();
            for kind in [CKA_VALUE, CKA_SEED, CKA_PUBLIC_KEY_INFO] {
                assert_eq!(s.get(back, kind), s.get(private, kind), "{name}");
            }
            assert_eq!(s.number(back, CKA_PARAMETER_SET).unwrap(), set);
            // As a key of another type it is none.
            let other = if key_type == CKK_ML_DSA {
                CKK_ML_KEM
            } else {
                CKK_ML_DSA
            };
            let template = with(&template, &[a(CKA_KEY_TYPE, other)]);
            s.unwrap_key(wrap, aes, &wrapped, &template)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
    });
}

/// The forms that RFC 9935 and RFC 9881 allow and this module does not write: a seed alone, an expanded key alone.
#[test]
fn every_form_of_a_wrapped_lattice_key_is_read() {
    isolated(|| {
        let s = user();
        let (aes, wrap) = (s.aes(32), Mech::new(CKM_AES_KEY_WRAP_KWP));
        for name in ["ML-KEM-512", "ML-DSA-65"] {
            let (key_type, _) = parameter_set(name);
            let (_, private) = s.pq_pair(name, &open()).unwrap();
            let value = s.get(private, CKA_VALUE).unwrap();
            let seed = s.get(private, CKA_SEED).unwrap();
            let info = s.get(private, CKA_PUBLIC_KEY_INFO).unwrap();
            let oid = &info[info.windows(2).position(|two| two == [6, 9]).unwrap()..][..11];
            let seed_alone = tlv(0x80, &seed);
            let value_alone = tlv(0x04, &value);
            let unwrap = |field: &[u8]| {
                let parts = [vec![2, 1, 0], tlv(0x30, oid), tlv(0x04, field)].concat();
                let secret = s.import(CKK_GENERIC_SECRET, &tlv(0x30, &parts));
                let wrapped = s.wrap(wrap, aes, secret).unwrap();
                let template = [
                    a(CKA_CLASS, CKO_PRIVATE_KEY),
                    a(CKA_KEY_TYPE, key_type),
                    a(CKA_SENSITIVE, false),
                ];
                s.unwrap_key(wrap, aes, &wrapped, &template)
            };
            let key = unwrap(&seed_alone).unwrap();
            assert_eq!(s.get(key, CKA_VALUE).unwrap(), value);
            assert_eq!(s.get(key, CKA_SEED).unwrap(), seed);
            let key = unwrap(&value_alone).unwrap();
            assert_eq!(s.get(key, CKA_VALUE).unwrap(), value);
            s.get(key, CKA_SEED).gives(CKR_ATTRIBUTE_TYPE_INVALID);
            // Both, of which one is another key's.
            let mut other = seed.clone();
            other[0] ^= 1;
            let both = tlv(0x30, &[tlv(0x04, &other), value_alone.clone()].concat());
            unwrap(&both).gives(CKR_WRAPPED_KEY_INVALID);
            for wrong in [
                &seed[..],
                &tlv(0x80, &seed[1..]),
                &[],
                &[&seed_alone[..], &[0]].concat(),
            ] {
                unwrap(wrong).gives(CKR_WRAPPED_KEY_INVALID);
            }
        }
    });
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = match length {
        0..0x80 => vec![tag, length as u8],
        0x80..0x100 => vec![tag, 0x81, length as u8],
        _ => vec![tag, 0x82, (length >> 8) as u8, length as u8],
    };
    [head, content.to_vec()].concat()
}

/// Stored keys are prepared anew from what the store holds.
#[test]
fn stored_keys_work_after_a_new_start() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let stored = with(&open(), &[a(CKA_TOKEN, true)]);
        let (_, dsa) = s.pq_pair("ML-DSA-44", &stored).unwrap();
        let (_, slh) = s.pq_pair("SLH-DSA-SHA2-128f", &stored).unwrap();
        for (key, mechanism) in [(dsa, CKM_ML_DSA), (slh, CKM_SLH_DSA)] {
            let deterministic = Mech::sign_context(mechanism, CKH_DETERMINISTIC_REQUIRED, b"");
            let before = s.sign(deterministic, key, b"message").unwrap();
            let copy = s.copy(key, &[a(CKA_TOKEN, false)]).unwrap();
            assert_eq!(s.sign(deterministic, copy, b"message").unwrap(), before);
        }
    });
}

/// [PKCS#11 3.2, 6.51]
#[test]
fn an_hss_public_key_tells_its_levels_and_types() {
    isolated(|| {
        let s = user();
        let vectors = vectors(include_str!("../vectors/pqc/hss.txt"));
        let numbers = [(2, 5, 4), (2, 6, 3), (1, 10, 8), (1, 20, 16), (1, 15, 12)];
        for (vector, (levels, lms, ots)) in vectors.iter().zip(numbers) {
            let value = vector.hex("public");
            let template = [
                a(CKA_CLASS, CKO_PUBLIC_KEY),
                a(CKA_KEY_TYPE, CKK_HSS),
                a(CKA_VALUE, &value),
            ];
            let key = s.create(&template).unwrap();
            assert_eq!(s.number(key, CKA_HSS_LEVELS).unwrap(), levels);
            assert_eq!(s.number(key, CKA_HSS_LMS_TYPE).unwrap(), lms);
            assert_eq!(s.number(key, CKA_HSS_LMOTS_TYPE).unwrap(), ots);
            assert!(s.get(key, CKA_PUBLIC_KEY_INFO).unwrap().ends_with(&value));
            let told = with(&template, &[a(CKA_HSS_LEVELS, levels)]);
            s.create(&told).gives(CKR_ATTRIBUTE_READ_ONLY);
            for (at, byte) in [(3, 0), (3, 9), (7, 4), (7, 25), (11, 0), (11, 17)] {
                let mut wrong = value.clone();
                wrong[at] = byte;
                let wrong = with(&template, &[a(CKA_VALUE, &wrong)]);
                s.create(&wrong).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            }
            let shorter = with(&template, &[a(CKA_VALUE, &value[1..])]);
            s.create(&shorter).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}
