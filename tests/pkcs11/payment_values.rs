//! Card verification values that are another one for each transaction [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_CVC3, CKM_VHSM_CVV, CKM_VHSM_DCVV,
    CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_USAGE,
};

const DCVV: CK_MECHANISM_TYPE = CKM_VHSM_DCVV.0;
const CVC3: CK_MECHANISM_TYPE = CKM_VHSM_CVC3.0;

/// The example of the header.
const KEY: &str = "01234567899876543210012345678998";
const CARD: &[u8] = b"5123456789012345;00;005E;00000899;5123456789012345D35121010000000000000F";
/// What the same key has as a dCVV.
const DYNAMIC: &[u8] = b"5123456789012345;00;3512;101;0094";

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

fn dcvv() -> Mech {
    Mech::iv(DCVV, b"\x01A")
}

/// Of track data, with so many digits.
fn cvc3(digits: u8) -> Mech {
    Mech::iv(CVC3, &[1, b'A', 1, digits])
}

#[test]
fn dynamic_card_values_are_the_known_ones() {
    isolated_with("[payment]\nweak_keys = \"accept\"\n", || {
        let file = include_str!("../../src/payment/vectors/dcvv_cvc3.json");
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        let (s, vectors) = (session(), file["vectors"].as_array().unwrap());
        assert_eq!(vectors.len(), 24);
        for vector in vectors {
            println!("{vector}");
            let inputs = &vector["inputs"];
            let text = |name: &str| inputs[name].as_str().unwrap();
            let [op, option] = ["op", "mk_option"].map(text);
            let value = vector["expected"][op].as_str().unwrap();
            let is_cvc3 = op == "cvc3";
            let (usages, source) = match is_cvc3 {
                true => (
                    ["E4", "32"],
                    if inputs["track"].is_string() {
                        "track"
                    } else {
                        "ivcvc3"
                    },
                ),
                false => (["E6", "32"], "atc"),
            };
            let data = match is_cvc3 {
                true => ["pan", "psn", "atc", "un", source],
                false => ["pan", "psn", "expiry", "service_code", source],
            };
            let data = data.map(text).join(";");
            for usage in usages {
                let template = open_secret(CKK_DES2, &hex(text("imk")));
                let key = s.create(&with(&template, &[a(CKA_VHSM_KEY_USAGE.0, usage)]));
                let key = key.works();
                // The last digits of a longer value are the shorter one.
                for digits in 3..=value.len() {
                    let expected = &value.as_bytes()[value.len() - digits..];
                    let source = if source == "ivcvc3" { 2 } else { 1 };
                    let option = option.as_bytes()[0];
                    let m = match is_cvc3 {
                        true => Mech::iv(CVC3, &[1, option, source, digits as u8]),
                        false => Mech::iv(DCVV, &[1, option]),
                    };
                    assert_eq!(s.sign(m, key, data.as_bytes()).works(), expected);
                    s.verify(m, key, data.as_bytes(), expected).works();
                    let mut wrong = expected.to_vec();
                    wrong[digits - 1] ^= 1;
                    s.verify(m, key, data.as_bytes(), &wrong)
                        .gives(CKR_SIGNATURE_INVALID);
                }
            }
        }
    });
}

#[test]
fn the_examples_of_the_header_are_true() {
    isolated(|| {
        let s = session();
        let key = key(&s, "E4");
        assert_eq!(s.sign(cvc3(3), key, CARD).works(), b"488");
        assert_eq!(s.sign(cvc3(5), key, CARD).works(), b"29488");
        let lower = CARD.to_ascii_lowercase();
        assert_eq!(s.sign(cvc3(3), key, &lower).works(), b"488");
        s.begin(Class::Sign, cvc3(4), key).works();
        assert_eq!(s.query(Step::Sign, CARD).works(), 4);
        s.offer(Step::Sign, CARD, 3).0.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(s.step(Step::Sign, CARD).works(), b"9488");
        for wrong in [&b""[..], b"88", b"9488"] {
            s.verify(cvc3(3), key, CARD, wrong).gives(CKR_SIGNATURE_LEN_RANGE);
        }
    });
}

#[test]
fn a_parameter_of_another_form_is_refused_at_the_beginning() {
    isolated(|| {
        let s = session();
        let (for_cvc3, for_dcvv) = (key(&s, "E4"), key(&s, "E6"));
        let refuses = |mechanism, key, wrong: &[&[u8]]| {
            for wrong in wrong {
                for class in [Class::Sign, Class::Verify] {
                    s.begin(class, Mech::iv(mechanism, wrong), key)
                        .gives(CKR_MECHANISM_PARAM_INVALID);
                    s.is_idle(class);
                }
            }
        };
        refuses(
            DCVV,
            for_dcvv,
            &[b"", b"\x01", b"\x00A", b"\x02A", b"\x01C", b"\x01a", b"\x01A\x01"],
        );
        refuses(
            CVC3,
            for_cvc3,
            &[
                b"",
                b"\x01A\x01",
                b"\x02A\x01\x03",
                b"\x01C\x01\x03",
                b"\x01A\x00\x03",
                b"\x01A\x03\x03",
                b"\x01A\x01\x02",
                b"\x01A\x01\x06",
                b"\x01A\x01\x03\x00",
            ],
        );
    });
}

#[test]
fn data_of_another_form_is_refused_and_ends_the_operation() {
    isolated(|| {
        let s = session();
        let (for_cvc3, for_dcvv) = (key(&s, "E4"), key(&s, "E6"));
        let iv = Mech::iv(CVC3, b"\x01A\x02\x03");
        let long = [&b"5123456789012345;00;005E;00000899;"[..], &[b'1'; 202]].concat();
        for (m, key, data, rv) in [
            (
                dcvv(),
                for_dcvv,
                &b"5123456789012345;00;3512;101"[..],
                CKR_DATA_INVALID,
            ),
            (
                dcvv(),
                for_dcvv,
                b"51234567890;00;3512;101;0094",
                CKR_DATA_LEN_RANGE,
            ),
            (
                dcvv(),
                for_dcvv,
                b"5123456789012345;0;3512;101;0094",
                CKR_DATA_LEN_RANGE,
            ),
            (
                dcvv(),
                for_dcvv,
                b"5123456789012345;0A;3512;101;0094",
                CKR_DATA_INVALID,
            ),
            (
                dcvv(),
                for_dcvv,
                b"5123456789012345;00;3512;101;005E",
                CKR_DATA_INVALID,
            ),
            (
                dcvv(),
                for_dcvv,
                b"5123456789012345;00;3512;101;00940",
                CKR_DATA_LEN_RANGE,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;005E;00000899",
                CKR_DATA_INVALID,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;005E;00000899;",
                CKR_DATA_LEN_RANGE,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;005E;00000899;1",
                CKR_DATA_LEN_RANGE,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;005E;00000899;123",
                CKR_DATA_LEN_RANGE,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;005E;00000899;1G",
                CKR_DATA_INVALID,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;05E;00000899;12",
                CKR_DATA_LEN_RANGE,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;005E;0000899;12",
                CKR_DATA_LEN_RANGE,
            ),
            (
                cvc3(3),
                for_cvc3,
                b"5123456789012345;00;005E;0000089X;12",
                CKR_DATA_INVALID,
            ),
            (cvc3(3), for_cvc3, &long, CKR_DATA_LEN_RANGE),
            (
                iv,
                for_cvc3,
                b"5123456789012345;00;005E;00000899;CD7",
                CKR_DATA_LEN_RANGE,
            ),
            (
                iv,
                for_cvc3,
                b"5123456789012345;00;005E;00000899;CD7600",
                CKR_DATA_LEN_RANGE,
            ),
            (
                iv,
                for_cvc3,
                b"5123456789012345;00;005E;00000899;CD7G",
                CKR_DATA_INVALID,
            ),
        ] {
            s.sign(m, key, data).gives(rv);
            s.is_idle(Class::Sign);
            s.verify(m, key, data, b"488").gives(rv);
            s.is_idle(Class::Verify);
        }
        s.sign(cvc3(3), for_cvc3, &long[..long.len() - 2]).works();
    });
}

#[test]
fn keys_of_other_usages_are_refused_and_these_keys_by_other_mechanisms() {
    isolated(|| {
        let s = session();
        for (m, usages) in [(dcvv(), ["E4", "C0", "E0"]), (cvc3(3), ["E6", "C0", "E0"])] {
            for usage in usages {
                s.begin(Class::Sign, m, key(&s, usage))
                    .gives(CKR_VHSM_KEY_USAGE.0);
            }
        }
        for usage in ["E4", "E6", "32"] {
            let key = key(&s, usage);
            s.begin(Class::Sign, Mech::new(CKM_VHSM_CVV.0), key)
                .gives(CKR_VHSM_KEY_USAGE.0);
            s.begin(Class::Encrypt, Mech::new(CKM_DES3_ECB), key)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
    });
}

/// Key blocks carry issuers' keys of chip cards with the mode for derivation.
#[test]
fn modes_of_use_say_who_makes_and_who_checks() {
    isolated(|| {
        let s = session();
        for (mode, signs, verifies) in [
            ("X", true, true),
            ("N", true, true),
            ("C", true, true),
            ("G", true, false),
            ("V", false, true),
            ("B", false, false),
        ] {
            for (usage, m, data) in [("E4", cvc3(3), CARD), ("E6", dcvv(), DYNAMIC)] {
                let key = s.create(&template(usage, mode)).works();
                for (class, may) in [(Class::Sign, signs), (Class::Verify, verifies)] {
                    let begun = s.begin(class, m, key);
                    if may {
                        begun.works();
                        s.cancel_by_init(class).works();
                    } else {
                        begun.gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                    }
                }
                if signs {
                    assert_eq!(s.sign(m, key, data).works().len(), 3);
                }
            }
        }
        // What derives nothing first does not take them.
        let derives = s.create(&template("C0", "X")).works();
        s.begin(Class::Sign, Mech::new(CKM_VHSM_CVV.0), derives)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
    });
}
