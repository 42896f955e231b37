//! Format-preserving encryption [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_FF1, CKM_VHSM_FF3_1, CKR_VHSM_KEY_MODE_OF_USE,
    CKR_VHSM_KEY_USAGE, MechanismId,
};

#[path = "../../examples/tokenise.rs"]
#[allow(dead_code, unreachable_pub, reason = "its main function is for programs")]
mod tokenise;

const KEY: &str = "2B7E151628AED2A6ABF7158809CF4F3C";
const SMALL: u8 = 1;
const CAPITAL: u8 = 2;
const WORDS: u8 = 3;

fn session() -> Session {
    Token::fresh().user()
}

fn fpe(id: MechanismId, alphabet: u8, radix: u32, tweak: &[u8]) -> Mech {
    Mech::iv(id.0, &[&[1, alphabet], &radix.to_be_bytes()[..], tweak].concat())
}

fn payment(s: &Session, usage: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    let template = with(
        &open_secret(CKK_AES, &hex(KEY)),
        &[a(CKA_VHSM_KEY_USAGE.0, usage)],
    );
    s.create(&with(&template, more)).works()
}

fn general(s: &Session, value: &[u8]) -> CK_OBJECT_HANDLE {
    s.create(&open_secret(CKK_AES, value)).works()
}

/// Numerals as one of the alphabets writes them.
fn written(numerals: &serde_json::Value, alphabet: u8) -> Vec<u8> {
    let numerals = numerals.as_array().unwrap().iter();
    let numerals = numerals.map(|one| one.as_u64().unwrap() as u16);
    let letter = |numeral: u16| match (numeral as u8, alphabet) {
        (digit @ 0..10, _) => b'0' + digit,
        (letter, SMALL) => b'a' + letter - 10,
        (letter, _) => b'A' + letter - 10,
    };
    match alphabet {
        WORDS => numerals.flat_map(u16::to_be_bytes).collect(),
        _ => numerals.map(letter).collect(),
    }
}

#[test]
fn ff1_and_ff3_1_give_the_published_answers() {
    isolated(|| {
        let s = session();
        for (id, file, count) in [
            (CKM_VHSM_FF1, include_str!("../vectors/payment/ff1.json"), 24),
            (CKM_VHSM_FF3_1, include_str!("../vectors/payment/ff3_1.json"), 13),
        ] {
            let file: serde_json::Value = serde_json::from_str(file).unwrap();
            let vectors = file["vectors"].as_array().unwrap();
            assert_eq!(vectors.len(), count);
            for vector in vectors {
                println!("{vector}");
                let text = |name: &str| hex(vector[name].as_str().unwrap());
                let radix = vector["radix"].as_u64().unwrap() as u32;
                let key = general(&s, &text("key"));
                for alphabet in [SMALL, CAPITAL, WORDS] {
                    if radix > 36 && alphabet != WORDS {
                        continue;
                    }
                    let m = fpe(id, alphabet, radix, &text("tweak"));
                    let plain = written(&vector["plaintext"], alphabet);
                    let sealed = written(&vector["ciphertext"], alphabet);
                    assert_eq!(s.encrypt(m, key, &plain).works(), sealed);
                    assert_eq!(s.decrypt(m, key, &sealed).works(), plain);
                }
            }
        }
    });
}

#[test]
fn the_lengths_of_texts_are_those_that_the_standard_allows() {
    isolated(|| {
        let s = session();
        let key = general(&s, &hex(KEY));
        for (radix, alphabet, shortest, longest) in [
            (10, SMALL, 6, 56),
            (2, SMALL, 20, 192),
            (26, SMALL, 5, 40),
            (36, CAPITAL, 4, 36),
            (1000, WORDS, 2, 18),
            (999, WORDS, 3, 18),
            (65_536, WORDS, 2, 12),
        ] {
            let width = if alphabet == WORDS { 2 } else { 1 };
            let zeros = |length: usize| vec![if alphabet == WORDS { 0 } else { b'0' }; width * length];
            for (id, tweak, longest) in [(CKM_VHSM_FF1, &[][..], 1024), (CKM_VHSM_FF3_1, &[7; 7], longest)] {
                let m = fpe(id, alphabet, radix, tweak);
                for length in [shortest, shortest + 1, longest - 1, longest] {
                    let sealed = s.encrypt(m, key, &zeros(length)).works();
                    assert_eq!(s.decrypt(m, key, &sealed).works(), zeros(length));
                }
                for length in [0, 1, shortest - 1, longest + 1, 3000] {
                    s.encrypt(m, key, &zeros(length)).gives(CKR_DATA_LEN_RANGE);
                    s.decrypt(m, key, &zeros(length))
                        .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
                }
            }
        }
        let m = fpe(CKM_VHSM_FF1, WORDS, 10, &[]);
        s.encrypt(m, key, &[0; 21]).gives(CKR_DATA_LEN_RANGE);
        s.decrypt(m, key, &[0; 21]).gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
    });
}

#[test]
fn what_is_no_numeral_is_refused() {
    isolated(|| {
        let s = session();
        let key = general(&s, &hex(KEY));
        let refused = |alphabet, radix, text: &[u8]| {
            for m in [
                fpe(CKM_VHSM_FF1, alphabet, radix, &[]),
                fpe(CKM_VHSM_FF3_1, alphabet, radix, &[0; 7]),
            ] {
                s.encrypt(m, key, text).gives(CKR_DATA_INVALID);
                s.decrypt(m, key, text).gives(CKR_ENCRYPTED_DATA_INVALID);
            }
        };
        for text in [
            "012345678a",
            "0123 56789",
            "01234-6789",
            "01234567:9",
            "/123456789",
            "012345678\0",
        ] {
            refused(SMALL, 10, text.as_bytes());
        }
        refused(SMALL, 36, b"0123456789ABC");
        refused(CAPITAL, 36, b"0123456789abc");
        refused(SMALL, 36, b"0123456789{yz");
        refused(CAPITAL, 16, b"0123456789ABCDEFG");
        refused(WORDS, 10, &[0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 10]);
        refused(WORDS, 300, &[0, 1, 0, 2, 1, 44]);
    });
}

#[test]
fn parameters_of_another_form_are_refused() {
    isolated(|| {
        let s = session();
        let key = general(&s, &hex(KEY));
        let wrong = |m: Mech| {
            for class in [Class::Encrypt, Class::Decrypt] {
                s.begin(class, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
            }
        };
        for id in [CKM_VHSM_FF1, CKM_VHSM_FF3_1] {
            let tweak: &[u8] = if id == CKM_VHSM_FF1 { &[] } else { &[0; 7] };
            for (alphabet, radix) in [
                (0, 10),
                (4, 10),
                (SMALL, 0),
                (SMALL, 1),
                (SMALL, 37),
                (CAPITAL, 65_536),
                (WORDS, 1),
                (WORDS, 65_537),
                (WORDS, u32::MAX),
            ] {
                wrong(fpe(id, alphabet, radix, tweak));
            }
            for version in [0, 2, 255] {
                wrong(Mech::iv(id.0, &[&[version, 1, 0, 0, 0, 10], tweak].concat()));
            }
            wrong(Mech::new(id.0));
            wrong(Mech::iv(id.0, &[1, 1, 0, 0, 0]));
            wrong(fpe(id, SMALL, 10, &[0; 257]));
        }
        for length in [0, 6, 8] {
            wrong(fpe(CKM_VHSM_FF3_1, SMALL, 10, &vec![0; length]));
        }
        s.begin(Class::Encrypt, fpe(CKM_VHSM_FF1, SMALL, 10, &[0; 256]), key)
            .works();
    });
}

#[test]
fn data_keys_and_general_keys_are_taken_and_no_others() {
    isolated(|| {
        let s = session();
        let m = fpe(CKM_VHSM_FF1, SMALL, 10, &[]);
        let answer = s.encrypt(m, general(&s, &hex(KEY)), b"0123456789").works();
        assert_eq!(answer, b"2433477484");
        let data = payment(&s, "D0", &[]);
        assert_eq!(s.encrypt(m, data, b"0123456789").works(), answer);
        for usage in ["P0", "B0", "M6", "K0"] {
            let key = payment(&s, usage, &[]);
            s.begin(Class::Encrypt, m, key).gives(CKR_VHSM_KEY_USAGE.0);
            s.begin(Class::Decrypt, m, key).gives(CKR_VHSM_KEY_USAGE.0);
        }
        let one_way = payment(&s, "D0", &[a(CKA_VHSM_MODE_OF_USE.0, "E")]);
        s.encrypt(m, one_way, b"0123456789").works();
        s.begin(Class::Decrypt, m, one_way)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        let des = s.create(&open_secret(CKK_DES2, &hex(KEY))).works();
        s.begin(Class::Encrypt, m, des).gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

#[test]
fn tweak_and_key_change_the_answer_and_a_round_trip_gives_the_text() {
    isolated(|| {
        let s = session();
        let (key, other) = (general(&s, &hex(KEY)), general(&s, &[9; 32]));
        let text = b"4123456789012345";
        let mut seen = std::collections::BTreeSet::new();
        for key in [key, other] {
            for tweak in [&[][..], &[0], &[1], &[0, 0], &[5; 16], &[5; 255]] {
                let m = fpe(CKM_VHSM_FF1, SMALL, 10, tweak);
                let sealed = s.encrypt(m, key, text).works();
                assert!(sealed.iter().all(u8::is_ascii_digit));
                assert_eq!(s.decrypt(m, key, &sealed).works(), text);
                assert!(seen.insert(sealed));
            }
        }
        s.begin(Class::Encrypt, fpe(CKM_VHSM_FF1, SMALL, 10, &[]), key)
            .works();
        s.feed(Class::Encrypt, text).gives(CKR_FUNCTION_NOT_SUPPORTED);
    });
}

/// What `examples/tokenise.rs` does, over this session.
#[test]
fn tokens_of_card_numbers_keep_their_ends_and_are_valid() {
    isolated(|| {
        let s = session();
        let key = s
            .aes_with(32, &[a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)])
            .works();
        let mech = |parameter: &[u8; 16]| Mech::iv(CKM_VHSM_FF1.0, parameter);
        let token = |card: &str| {
            tokenise::walk(card, |parameter, middle| {
                Ok(s.encrypt(mech(parameter), key, middle).works())
            })
        };
        let number = |token: &str| {
            tokenise::walk(token, |parameter, middle| {
                Ok(s.decrypt(mech(parameter), key, middle).works())
            })
        };
        for card in [
            "4111111111111111",
            "5500005555555559",
            "6011000990139424",
            "3530111333300000",
            "6759649826438453",
            "4000056655665556",
            "6304000000000000000",
        ] {
            assert!(tokenise::is_valid(card), "{card}");
            let made = token(card).unwrap();
            assert!(tokenise::is_valid(&made));
            assert_eq!(made.len(), card.len());
            assert_eq!(made[..6], card[..6]);
            assert_eq!(made[made.len() - 4..], card[card.len() - 4..]);
            assert_eq!(token(card).unwrap(), made);
            assert_eq!(number(&made).unwrap(), card);
        }
        for wrong in ["4111111111111112", "411111111111111", "41111111111111 1", ""] {
            assert!(token(wrong).is_err(), "{wrong}");
        }
    });
}
