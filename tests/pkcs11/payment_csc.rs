//! Card security codes of American Express [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_CSC, CKM_VHSM_CSC_V2, CKM_VHSM_CVV, CKM_VHSM_VISA_PVV,
    CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_USAGE,
};

/// The example of the header: 61247, 8720, 552.
const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const CARD: &[u8] = b"371234567890123;9912";
/// The same card with a service code.
const SERVED: &[u8] = b"371234567890123;9912;702";

fn session() -> Session {
    Token::fresh().user()
}

fn template(usage: &str, mode: &str) -> Vec<CK_ATTRIBUTE> {
    let said = [a(CKA_VHSM_KEY_USAGE.0, usage), a(CKA_VHSM_MODE_OF_USE.0, mode)];
    with(&open_secret(CKK_DES2, &hex(KEY)), &said)
}

fn key(s: &Session, usage: &str) -> CK_OBJECT_HANDLE {
    s.create(&template(usage, "N")).works()
}

/// Both versions, and keys that are not of odd parity.
const SETTINGS: &str = "[payment]\nweak_keys = \"accept\"\n[mechanisms]\nenable = [\"CKM_VHSM_CSC_V2\"]\n";

/// Of this version of the algorithm, with so many digits.
fn csc(version: u8, digits: u8) -> Mech {
    let mechanism = if version == 2 {
        CKM_VHSM_CSC_V2
    } else {
        CKM_VHSM_CSC
    };
    Mech::iv(mechanism.0, &[1, digits])
}

/// Checks those of one version; gives how many there are.
fn are_known(version: u8) -> usize {
    let file = include_str!("../../src/payment/vectors/csc.json");
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let (s, vectors) = (session(), file["vectors"].as_array().unwrap());
    let is_of_it =
        |vector: &&serde_json::Value| vector["inputs"]["service_code"].is_string() == (version == 2);
    let of_it = vectors.iter().filter(is_of_it);
    of_it.inspect(|vector| is_known(&s, version, vector)).count()
}

fn is_known(s: &Session, version: u8, vector: &serde_json::Value) {
    println!("{vector}");
    let text = |name: &str| vector["inputs"][name].as_str();
    let data: Vec<&str> = ["pan", "expiry", "service_code"]
        .into_iter()
        .filter_map(text)
        .collect();
    let data = data.join(";");
    let value = open_secret(CKK_DES2, &hex(text("csck").unwrap()));
    let key = s.create(&with(&value, &[a(CKA_VHSM_KEY_USAGE.0, "C0")])).works();
    let codes = ["csc5", "csc4", "csc3"].map(|name| vector["expected"][name].as_str().unwrap());
    for code in codes.into_iter().chain([&*codes.concat()]) {
        let m = csc(version, code.len() as u8);
        assert_eq!(s.sign(m, key, data.as_bytes()).works(), code.as_bytes());
        s.verify(m, key, data.as_bytes(), code.as_bytes()).works();
        let mut wrong = code.as_bytes().to_vec();
        *wrong.last_mut().unwrap() ^= 1;
        s.verify(m, key, data.as_bytes(), &wrong)
            .gives(CKR_SIGNATURE_INVALID);
    }
}

#[test]
fn card_security_codes_are_the_known_ones() {
    isolated_with(SETTINGS, || assert_eq!(are_known(1), 8));
}

/// No published value shows that the algorithm is American Express's: the answers are those of the one program that has
/// it.
#[test]
fn card_security_codes_of_version_2_are_those_of_another_program() {
    isolated_with(SETTINGS, || assert_eq!(are_known(2), 8));
}

#[test]
fn version_2_is_off_by_default() {
    isolated(|| {
        let s = session();
        let key = key(&s, "C0");
        for class in [Class::Sign, Class::Verify] {
            s.begin(class, csc(2, 4), key).gives(CKR_MECHANISM_INVALID);
            s.is_idle(class);
        }
    });
}

#[test]
fn a_code_waits_for_a_buffer_and_has_the_length_that_was_asked_for() {
    isolated(|| {
        let s = session();
        let key = key(&s, "C0");
        s.begin(Class::Sign, csc(1, 4), key).works();
        assert_eq!(s.query(Step::Sign, CARD).works(), 4);
        s.offer(Step::Sign, CARD, 3).0.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(s.step(Step::Sign, CARD).works(), b"8720");
        s.is_idle(Class::Sign);
        for wrong in [&b""[..], b"872", b"61247", b"612478720552"] {
            s.verify(csc(1, 4), key, CARD, wrong)
                .gives(CKR_SIGNATURE_LEN_RANGE);
        }
        for wrong in [&b"8721"[..], b"872A", b"0000"] {
            s.verify(csc(1, 4), key, CARD, wrong).gives(CKR_SIGNATURE_INVALID);
        }
        // Each code is one of its own: none is the beginning or the end of another.
        s.verify(csc(1, 3), key, CARD, b"720")
            .gives(CKR_SIGNATURE_INVALID);
        s.verify(csc(1, 3), key, CARD, b"552").works();
    });
}

#[test]
fn a_parameter_of_another_form_is_refused_at_the_beginning() {
    isolated_with(SETTINGS, || {
        let s = session();
        let key = key(&s, "C0");
        for m in [CKM_VHSM_CSC.0, CKM_VHSM_CSC_V2.0] {
            for wrong in [
                &b""[..],
                b"\x01",
                b"\x00\x04",
                b"\x02\x04",
                b"\x01\x00",
                b"\x01\x02",
                b"\x01\x06",
                b"\x01\x0b",
                b"\x01\x0d",
                b"\x01\xff",
                b"\x01\x04\x00",
            ] {
                for class in [Class::Sign, Class::Verify] {
                    s.begin(class, Mech::iv(m, wrong), key)
                        .gives(CKR_MECHANISM_PARAM_INVALID);
                    s.is_idle(class);
                }
            }
            s.begin(Class::Sign, Mech::new(m), key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn data_of_another_form_is_refused_and_ends_the_operation() {
    isolated_with(SETTINGS, || {
        let s = session();
        let key = key(&s, "C0");
        for (version, data, rv) in [
            // PANs of other lengths, with letters, and of others than American Express.
            (1, &b"37123456789012;9912"[..], CKR_DATA_LEN_RANGE),
            (1, b"3712345678901234;9912", CKR_DATA_LEN_RANGE),
            (1, b"3712345678901230000;9912", CKR_DATA_LEN_RANGE),
            (1, b"37123456789;9912", CKR_DATA_LEN_RANGE),
            (1, b";9912", CKR_DATA_LEN_RANGE),
            (1, b"37123456789012A;9912", CKR_DATA_INVALID),
            (1, b"3712 3456789012;9912", CKR_DATA_INVALID),
            (1, b"361234567890123;9912", CKR_DATA_INVALID),
            (1, b"351234567890123;9912", CKR_DATA_INVALID),
            (1, b"411234567890123;9912", CKR_DATA_INVALID),
            // Expiries.
            (1, b"371234567890123;991", CKR_DATA_LEN_RANGE),
            (1, b"371234567890123;99120", CKR_DATA_LEN_RANGE),
            (1, b"371234567890123;", CKR_DATA_LEN_RANGE),
            (1, b"371234567890123;99I2", CKR_DATA_INVALID),
            (1, b"371234567890123;9912\n", CKR_DATA_LEN_RANGE),
            // Fields that are missing or too many.
            (1, b"", CKR_DATA_INVALID),
            (1, b"371234567890123", CKR_DATA_INVALID),
            (1, SERVED, CKR_DATA_LEN_RANGE),
            (2, CARD, CKR_DATA_INVALID),
            (2, b"371234567890123;9912;", CKR_DATA_LEN_RANGE),
            (2, b"371234567890123;9912;70", CKR_DATA_LEN_RANGE),
            (2, b"371234567890123;9912;7020", CKR_DATA_LEN_RANGE),
            (2, b"371234567890123;9912;7O2", CKR_DATA_INVALID),
            (2, b"371234567890123;9912;702;", CKR_DATA_LEN_RANGE),
            (2, b"3712345678901234;9912;702", CKR_DATA_LEN_RANGE),
        ] {
            s.sign(csc(version, 4), key, data).gives(rv);
            s.is_idle(Class::Sign);
            s.verify(csc(version, 4), key, data, b"8720").gives(rv);
            s.is_idle(Class::Verify);
        }
    });
}

#[test]
fn keys_of_other_usages_and_types_are_refused() {
    isolated(|| {
        let s = session();
        for usage in ["V2", "E4", "32", "P0", "M3"] {
            for class in [Class::Sign, Class::Verify] {
                s.begin(class, csc(1, 4), key(&s, usage))
                    .gives(CKR_VHSM_KEY_USAGE.0);
            }
        }
        // Thales' codes of card verification keys, the first American Express's, pass for C0.
        for usage in ["11", "12", "13"] {
            let key = key(&s, usage);
            assert_eq!(s.sign(csc(1, 4), key, CARD).works(), b"8720");
        }
        let general = s.create(&open_secret(CKK_DES2, &hex(KEY))).works();
        s.begin(Class::Sign, csc(1, 4), general)
            .gives(CKR_VHSM_KEY_USAGE.0);
        let of_cards = key(&s, "C0");
        s.begin(Class::Sign, Mech::new(CKM_VHSM_CVV.0), of_cards).works();
        s.cancel_by_init(Class::Sign).works();
        s.begin(Class::Sign, Mech::new(CKM_VHSM_VISA_PVV.0), of_cards)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.begin(Class::Encrypt, Mech::new(CKM_DES3_ECB), of_cards)
            .gives(CKR_VHSM_KEY_USAGE.0);
        let triple = hex(&format!("{KEY}89ABCDEF01234567"));
        let triple = with(&open_secret(CKK_DES3, &triple), &[a(CKA_VHSM_KEY_USAGE.0, "C0")]);
        s.begin(Class::Sign, csc(1, 4), s.create(&triple).works())
            .gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

#[test]
fn modes_of_use_say_who_makes_and_who_checks() {
    isolated_with(SETTINGS, || {
        let s = session();
        for (mode, makes, checks) in [
            ("N", true, true),
            ("C", true, true),
            ("G", true, false),
            ("V", false, true),
            ("X", false, false),
            ("B", false, false),
        ] {
            let key = s.create(&template("C0", mode)).works();
            for (class, may) in [(Class::Sign, makes), (Class::Verify, checks)] {
                let begun = s.begin(class, csc(2, 3), key);
                if may {
                    begun.works();
                    s.cancel_by_init(class).works();
                } else {
                    begun.gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                }
            }
            if checks {
                s.verify(csc(1, 3), key, CARD, b"552").works();
                s.verify(csc(1, 3), key, CARD, b"553")
                    .gives(CKR_SIGNATURE_INVALID);
            }
        }
    });
}

#[test]
fn the_versions_and_the_service_codes_give_other_codes() {
    isolated_with(SETTINGS, || {
        let s = session();
        let key = key(&s, "C0");
        let classic = s.sign(csc(1, 12), key, CARD).works();
        assert_eq!(classic, b"612478720552");
        let enhanced = s.sign(csc(2, 12), key, SERVED).works();
        let other = s.sign(csc(2, 12), key, b"371234567890123;9912;000").works();
        assert!(classic != enhanced && enhanced != other && classic != other);
        // The check digit is no part of it, the second digit of the PAN is.
        let same = s.sign(csc(1, 12), key, b"371234567890129;9912").works();
        assert_eq!(same, classic);
        let other = s.sign(csc(1, 12), key, b"341234567890123;9912").works();
        assert_ne!(other, classic);
    });
}
