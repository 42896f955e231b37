//! Chip cards: keys, cryptograms, scripts [include/vhsm.h; EMV Book 2].

use crate::harness::*;
use serde_json::Value as Json;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_CVC3,
    CKM_VHSM_EMV_AC, CKM_VHSM_EMV_ARPC1, CKM_VHSM_EMV_ARPC2, CKM_VHSM_EMV_CARD_KEY, CKM_VHSM_EMV_DAC,
    CKM_VHSM_EMV_DYNAMIC_NUMBER, CKM_VHSM_EMV_SCRIPT_ENCRYPT, CKM_VHSM_EMV_SCRIPT_MAC,
    CKM_VHSM_EMV_SESSION_KEY, CKM_VHSM_EMV_TRUNCATED_AC, CKR_VHSM_KEY_EXPIRED, CKR_VHSM_KEY_MODE_OF_USE,
    CKR_VHSM_KEY_NOT_EXPORTABLE, CKR_VHSM_KEY_USAGE,
};

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const ALGORITHM: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_ALGORITHM.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;

const CARD_KEY: CK_MECHANISM_TYPE = CKM_VHSM_EMV_CARD_KEY.0;
const SESSION_KEY: CK_MECHANISM_TYPE = CKM_VHSM_EMV_SESSION_KEY.0;
const AC: CK_MECHANISM_TYPE = CKM_VHSM_EMV_AC.0;
const ARPC1: CK_MECHANISM_TYPE = CKM_VHSM_EMV_ARPC1.0;
const ARPC2: CK_MECHANISM_TYPE = CKM_VHSM_EMV_ARPC2.0;
const TRUNCATED: CK_MECHANISM_TYPE = CKM_VHSM_EMV_TRUNCATED_AC.0;
const SCRIPT_MAC: CK_MECHANISM_TYPE = CKM_VHSM_EMV_SCRIPT_MAC.0;
const SCRIPT: CK_MECHANISM_TYPE = CKM_VHSM_EMV_SCRIPT_ENCRYPT.0;
const DAC: CK_MECHANISM_TYPE = CKM_VHSM_EMV_DAC.0;
const NUMBER: CK_MECHANISM_TYPE = CKM_VHSM_EMV_DYNAMIC_NUMBER.0;

const ISSUER: &str = "0123456789ABCDEFFEDCBA9876543210";
const AES_ISSUER: &str = "000102030405060708090A0B0C0D0E0F";
/// PAN and sequence number of the example of the header.
const CARD: &str = "1234567890123456FFFF00";
const ATC: &str = "001C";
/// The data of CVN 18 of the header's example, and what comes of them.
const DATA: &str = "0000000040000000000000000124800004800001241911050152BF45851800001C06011203A0B800";

fn session() -> Session {
    Token::fresh().user()
}

fn template(usage: &str, mode: &str, value: &[u8], key_type: CK_KEY_TYPE) -> Vec<CK_ATTRIBUTE> {
    let said = [a(USAGE, usage), a(MODE, mode)];
    with(&open_secret(key_type, value), &said)
}

fn key(s: &Session, usage: &str, mode: &str) -> CK_OBJECT_HANDLE {
    s.create(&template(usage, mode, &hex(ISSUER), CKK_DES2)).works()
}

fn aes_key(s: &Session, usage: &str, mode: &str) -> CK_OBJECT_HANDLE {
    s.create(&template(usage, mode, &hex(AES_ISSUER), CKK_AES))
        .works()
}

/// A parameter: the five bytes, and what follows them in hexadecimal.
fn param(from: u8, session: u8, option: u8, length: u8, rest: &str) -> Vec<u8> {
    [&[1, from, session, option, length], &hex(rest)[..]].concat()
}

/// A mechanism under the issuer's key, for [`CARD`] and [`ATC`] with common session keys.
fn common(mechanism: CK_MECHANISM_TYPE, option: u8, length: u8) -> Mech {
    Mech::iv(
        mechanism,
        &param(b'B', 1, option, length, &format!("{CARD}{ATC}")),
    )
}

fn ac() -> Mech {
    common(AC, 2, 8)
}

/// The value of a sensitive key: wrapped, and unwrapped as one that is not.
fn value(s: &Session, key: CK_OBJECT_HANDLE) -> Vec<u8> {
    let carrier = s.import(CKK_AES, &[7; 32]);
    let wrapped = s.wrap(Mech::new(CKM_AES_KEY_WRAP), carrier, key).works();
    let length = a(CKA_VALUE_LEN, s.number(key, CKA_VALUE_LEN).works());
    let template = with(
        &without(&open_secret(CKK_GENERIC_SECRET, &[]), &[CKA_VALUE]),
        &[length],
    );
    let open = s
        .unwrap_key(Mech::new(CKM_AES_KEY_WRAP), carrier, &wrapped, &template)
        .works();
    let value = s.get(open, CKA_VALUE).works();
    s.destroy(open).works();
    s.destroy(carrier).works();
    value
}

/// The bits that a cipher looks at.
fn without_parity(key: &[u8], key_type: CK_KEY_TYPE) -> Vec<u8> {
    let mask = if key_type == CKK_DES2 { 0xfe } else { 0xff };
    key.iter().map(|byte| byte & mask).collect()
}

fn text<'a>(inputs: &'a Json, name: &str) -> &'a str {
    inputs[name].as_str().unwrap_or_default()
}

/// The parameter of a vector.
fn param_of(inputs: &Json, aes: bool) -> Vec<u8> {
    let op = text(inputs, "op");
    let number = |name: &str| inputs[name].as_u64().map(|number| number as u8);
    let session = match text(inputs, "session") {
        "" => 0,
        "common" => 1,
        "mastercard" => 2,
        "given" => 3,
        "visa" => 4,
        "tree" => 5,
        other => panic!("{other}"),
    };
    let option = number("padding").or(number("format")).unwrap_or(0);
    let length = match op {
        "ac" | "script_mac" => number("length").unwrap_or(8),
        "arpc1" => 8,
        "arpc2" => 4,
        "truncated" => number("form").unwrap(),
        _ => number("length").unwrap_or(0),
    };
    let mut rest = String::new();
    if !text(inputs, "pan").is_empty() {
        rest += &format!("{:F<20}{}", text(inputs, "pan"), text(inputs, "psn"));
    }
    rest += text(inputs, "session_data");
    if op == "truncated" {
        let bitmap = text(inputs, "bitmap");
        rest += &format!("{:02X}{bitmap}{}", bitmap.len() / 2, text(inputs, "answer"));
    }
    assert!(!aes || matches!(text(inputs, "from"), "C" | "M" | "S"));
    param(text(inputs, "from").as_bytes()[0], session, option, length, &rest)
}

/// Makes and checks a value; a neighbour is none.
#[track_caller]
fn is_the_value(s: &Session, m: Mech, key: CK_OBJECT_HANDLE, data: &[u8], expected: &[u8]) {
    assert_eq!(s.sign(m, key, data).works(), expected);
    s.verify(m, key, data, expected).works();
    for at in [0, expected.len() - 1] {
        let mut wrong = expected.to_vec();
        wrong[at] ^= 1;
        s.verify(m, key, data, &wrong).gives(CKR_SIGNATURE_INVALID);
    }
    for wrong in [&expected[1..], &[expected, b"0"].concat()] {
        s.verify(m, key, data, wrong).gives(CKR_SIGNATURE_LEN_RANGE);
    }
}

/// Every vector: derived keys as objects, values made and checked, scripts encrypted.
#[test]
fn the_figures_of_chip_cards_are_the_known_ones() {
    isolated_with(
        "[payment]\nweak_keys = \"accept\"\nreadable_keys = \"accept\"\nheaderless_keys = \"template\"\n",
        || {
            let file = include_str!("../../src/payment/vectors/emv.json");
            let file: Json = serde_json::from_str(file).unwrap();
            let (s, vectors) = (session(), file["vectors"].as_array().unwrap());
            assert_eq!(Some(vectors.len() as u64), file["count"].as_u64());
            let mut seen = std::collections::BTreeMap::new();
            for vector in vectors {
                println!("{vector}");
                let inputs = &vector["inputs"];
                let (op, from, usage) = (text(inputs, "op"), text(inputs, "from"), text(inputs, "usage"));
                *seen.entry(op).or_insert(0) += 1;
                let bytes = hex(text(inputs, "key"));
                let aes = text(vector, "id").contains("-aes-");
                let key_type = if aes { CKK_AES } else { CKK_DES2 };
                let mode = match (from, op) {
                    ("S", "script_encrypt") => "E",
                    ("S", _) => "C",
                    _ => "X",
                };
                let key = s.create(&template(usage, mode, &bytes, key_type)).works();
                let expected = text(&vector["expected"], "value");
                let (param, data) = (param_of(inputs, aes), hex(text(inputs, "data")));
                let mechanism = match op {
                    "card_key" | "session_key" => {
                        let mechanism = if op == "card_key" { CARD_KEY } else { SESSION_KEY };
                        let m = Mech::iv(mechanism, &param);
                        let made = s.derive(m, key, &[a(CKA_EXTRACTABLE, true)]).works();
                        let (found, expected) = (value(&s, made), hex(expected));
                        assert_eq!(
                            without_parity(&found, key_type),
                            without_parity(&expected, key_type)
                        );
                        let odd = found.iter().all(|byte| byte.count_ones() % 2 == 1);
                        assert!(aes || odd, "DES keys have odd parity");
                        s.destroy(made).works();
                        s.destroy(key).works();
                        continue;
                    }
                    "script_encrypt" => {
                        let m = Mech::iv(SCRIPT, &param);
                        assert_eq!(s.encrypt(m, key, &data).works(), hex(expected));
                        s.destroy(key).works();
                        continue;
                    }
                    "ac" => AC,
                    "arpc1" => ARPC1,
                    "arpc2" => ARPC2,
                    "truncated" => TRUNCATED,
                    "script_mac" => SCRIPT_MAC,
                    "dac" => DAC,
                    "dynamic_number" => NUMBER,
                    other => panic!("{other}"),
                };
                let expected = match (op, inputs["form"].as_u64()) {
                    ("truncated", Some(1)) => expected.as_bytes().to_vec(),
                    _ => hex(expected),
                };
                let m = Mech::iv(mechanism, &param);
                match (op, inputs["form"].as_u64()) {
                    // The first byte may be one that the bitmap leaves out.
                    ("truncated", _) => {
                        assert_eq!(s.sign(m, key, &data).works(), expected);
                        // Few bits are made, and not checked.
                        let bitmap = hex(inputs["bitmap"].as_str().unwrap());
                        let of_ac = bitmap.get(3..11).unwrap_or(&bitmap);
                        let checked = s.verify(m, key, &data, &expected);
                        match of_ac.iter().map(|byte| byte.count_ones()).sum() {
                            0..16_u32 => checked.gives(CKR_MECHANISM_PARAM_INVALID),
                            _ => checked.works(),
                        }
                    }
                    _ => is_the_value(&s, m, key, &data, &expected),
                }
                s.destroy(key).works();
            }
            assert_eq!(seen.len(), 10, "{seen:?}");
        },
    );
}

#[test]
fn the_examples_of_the_header_are_true() {
    isolated(|| {
        let s = session();
        let issuer = key(&s, "E0", "X");
        let arqc = hex("7A788EA6B8A3E733");
        is_the_value(&s, ac(), issuer, &hex(DATA), &arqc);
        let csu = [&arqc[..], &[0; 4]].concat();
        is_the_value(&s, common(ARPC2, 0, 4), issuer, &csu, &hex("9AF514C1"));
        s.begin(Class::Sign, ac(), issuer).works();
        assert_eq!(s.query(Step::Sign, &hex(DATA)).works(), 8);
        s.offer(Step::Sign, &hex(DATA), 7).0.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(s.step(Step::Sign, &hex(DATA)).works(), arqc);
    });
}

/// Key by key, and in one step, it is the same.
#[test]
fn derived_keys_work_as_the_call_that_derives_them() {
    isolated(|| {
        let s = session();
        let (issuer, data) = (key(&s, "E0", "X"), hex(DATA));
        let of_card = Mech::iv(CARD_KEY, &param(b'B', 0, 0, 0, CARD));
        let card = s.derive(of_card, issuer, &[]).works();
        let in_session = Mech::iv(SESSION_KEY, &param(b'M', 1, 0, 0, ATC));
        let two_steps = s.derive(in_session, card, &[]).works();
        let whole = Mech::iv(SESSION_KEY, &param(b'B', 1, 0, 0, &format!("{CARD}{ATC}")));
        let one_step = s.derive(whole, issuer, &[]).works();
        let arqc = s.sign(ac(), issuer, &data).works();
        let under_card = Mech::iv(AC, &param(b'M', 1, 2, 8, ATC));
        is_the_value(&s, under_card, card, &data, &arqc);
        let direct = Mech::iv(AC, &param(b'S', 0, 2, 8, ""));
        for key in [two_steps, one_step] {
            is_the_value(&s, direct, key, &data, &arqc);
        }
        // A card without sessions: its key works itself, and then derives nothing.
        let works = s.derive(of_card, issuer, &[a(MODE, "C")]).works();
        let without = Mech::iv(AC, &param(b'B', 0, 1, 8, CARD));
        let cryptogram = s.sign(without, issuer, &data).works();
        let direct = Mech::iv(AC, &param(b'S', 0, 1, 8, ""));
        is_the_value(&s, direct, works, &data, &cryptogram);
        s.derive(in_session, works, &[]).gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        // Scripts.
        let confidential = key(&s, "E1", "X");
        let whole = Mech::iv(SESSION_KEY, &param(b'B', 1, 0, 0, &format!("{CARD}{ATC}")));
        let of_session = s.derive(whole, confidential, &[]).works();
        let expected = s.encrypt(common(SCRIPT, 1, 0), confidential, b"new PIN").works();
        let direct = Mech::iv(SCRIPT, &param(b'S', 0, 1, 0, ""));
        assert_eq!(s.encrypt(direct, of_session, b"new PIN").works(), expected);
    });
}

/// What the mechanism makes, whatever the template says.
#[test]
fn derived_keys_are_what_the_issuers_key_says() {
    isolated(|| {
        let s = session();
        for aes in [false, true] {
            let of_card = Mech::iv(CARD_KEY, &param(if aes { b'C' } else { b'A' }, 0, 0, 0, CARD));
            let of_session = Mech::iv(SESSION_KEY, &param(b'M', 1, 0, 0, ATC));
            let (key_type, code) = if aes { (CKK_AES, "A") } else { (CKK_DES2, "T") };
            for (usage, modes, in_session) in [
                ("E0", "XCGV", "CGV"),
                ("E1", "X", "E"),
                ("E2", "X", "CGV"),
                ("E3", "X", ""),
                ("E4", "X", ""),
                ("E5", "X", ""),
                ("E6", "X", ""),
            ] {
                let issuer = if aes {
                    aes_key(&s, usage, "X")
                } else {
                    key(&s, usage, "X")
                };
                let card = s.derive(of_card, issuer, &[]).works();
                let takes = |m, base, told: CK_ATTRIBUTE, taken: bool| match taken {
                    true => s.destroy(s.derive(m, base, &[told]).works()).works(),
                    false => s.derive(m, base, &[told]).gives(CKR_TEMPLATE_INCONSISTENT),
                };
                let is = |made, mode: &str| {
                    let said = [USAGE, MODE, ALGORITHM].map(|one| s.get(made, one).works());
                    assert_eq!(said, [usage, mode, code].map(|one| one.as_bytes().to_vec()));
                    assert_eq!(s.number(made, CKA_KEY_TYPE).works(), key_type);
                    assert!(s.flag(made, CKA_SENSITIVE).works());
                    s.get(made, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
                };
                is(card, &modes[..1]);
                for mode in ["B", "C", "D", "E", "G", "N", "S", "T", "V", "X", "Y"] {
                    takes(of_card, issuer, a(MODE, mode), modes.contains(mode));
                    if !in_session.is_empty() {
                        takes(of_session, card, a(MODE, mode), in_session.contains(mode));
                    }
                }
                for other in ["E0", "E1", "E2", "E3", "E4", "E5", "E6", "C0", "P0"] {
                    takes(of_card, issuer, a(USAGE, other), other == usage);
                }
                takes(of_card, issuer, a(CKA_SENSITIVE, false), false);
                takes(of_card, issuer, a(CKA_KEY_TYPE, CKK_CAMELLIA), false);
                takes(of_card, issuer, a(CKA_VALUE_LEN, 8), false);
                match in_session {
                    "" => s.derive(of_session, card, &[]).gives(CKR_VHSM_KEY_USAGE.0),
                    _ => is(s.derive(of_session, card, &[]).works(), &in_session[..1]),
                }
            }
        }
    });
}

/// What an issuer's key may not, a card's may not.
#[test]
fn derived_keys_leave_no_more_easily_than_the_issuers() {
    isolated(|| {
        let s = session();
        let of_card = Mech::iv(CARD_KEY, &param(b'A', 0, 0, 0, CARD));
        let base = template("E0", "X", &hex(ISSUER), CKK_DES2);
        let closed = s.create(&with(&base, &[a(CKA_EXTRACTABLE, false)])).works();
        s.derive(of_card, closed, &[a(CKA_EXTRACTABLE, true)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let bound = s.create(&with(&base, &[a(EXPORTABILITY, "N")])).works();
        let card = s.derive(of_card, bound, &[a(CKA_EXTRACTABLE, true)]).works();
        s.derive(of_card, bound, &[a(EXPORTABILITY, "E")])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let carrier = s.import(CKK_AES, &[7; 32]);
        s.wrap(Mech::new(CKM_AES_KEY_WRAP), carrier, card)
            .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        // An issuer's key that tells none leaves in key blocks only, and so do the keys of cards.
        let silent = s.create(&base).works();
        for told in ["E", "N"] {
            s.derive(of_card, silent, &[a(EXPORTABILITY, told)]).works();
        }
        s.derive(of_card, silent, &[a(EXPORTABILITY, "S")])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let card = s.derive(of_card, silent, &[]).works();
        s.get(card, EXPORTABILITY).gives(CKR_ATTRIBUTE_TYPE_INVALID);
        let on_token = s.create(&on_token(&base)).works();
        let kept = s.derive(of_card, on_token, &[a(CKA_TOKEN, true)]).works();
        assert!(s.flag(kept, CKA_TOKEN).works());
    });
}

/// The key that others are derived of would give these away if it made cryptograms of chosen data.
#[test]
fn keys_that_derive_never_work_themselves() {
    isolated(|| {
        let s = session();
        let refuse = |class, mechanism, usage: &str, option, length| {
            let direct = Mech::iv(mechanism, &param(b'S', 0, option, length, ""));
            for mode in ["X", "N", "Y"] {
                s.begin(class, direct, key(&s, usage, mode))
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            }
        };
        for class in [Class::Sign, Class::Verify] {
            refuse(class, AC, "E0", 1, 8);
            refuse(class, ARPC1, "E0", 0, 8);
            refuse(class, ARPC2, "E0", 0, 4);
            refuse(class, SCRIPT_MAC, "E2", 1, 8);
        }
        refuse(Class::Encrypt, SCRIPT, "E1", 1, 0);
        let bare = without(&template("E0", "N", &hex(ISSUER), CKK_DES2), &[MODE]);
        let bare = s.create(&bare).works();
        let direct = Mech::iv(AC, &param(b'S', 0, 1, 8, ""));
        s.begin(Class::Sign, direct, bare)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.sign(ac(), bare, &hex(DATA)).works();
        // One for variants has a use in neither.
        s.begin(Class::Sign, ac(), key(&s, "E0", "Y"))
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        // Nor does one that works derive.
        for mode in ["C", "G", "V"] {
            let works = key(&s, "E0", mode);
            let class = if mode == "V" { Class::Verify } else { Class::Sign };
            s.begin(class, ac(), works).gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            let of_card = Mech::iv(AC, &param(b'M', 1, 2, 8, ATC));
            s.begin(class, of_card, works).gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            s.begin(class, direct, works).works();
            s.cancel_by_init(class).works();
        }
        s.begin(Class::Sign, direct, key(&s, "E0", "V"))
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.begin(Class::Verify, direct, key(&s, "E0", "G"))
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
    });
}

/// One block under a card's key is what makes a session's key of another scheme.
#[test]
fn a_cryptogram_of_one_block_is_refused() {
    isolated(|| {
        let s = session();
        let issuer = key(&s, "E0", "X");
        let halves = ["001CF00000000000", "001C0F0000000000"].map(hex);
        let bitmap = "08FFFFFFFFFFFFFFFF";
        let masked = Mech::iv(TRUNCATED, &param(b'B', 0, 1, 2, &format!("{CARD}{bitmap}")));
        for data in halves
            .iter()
            .map(Vec::as_slice)
            .chain([&[][..], &[1; 7], &[1; 8]])
        {
            for option in [1, 2] {
                let without = Mech::iv(AC, &param(b'B', 0, option, 8, CARD));
                s.sign(without, issuer, data).gives(CKR_DATA_LEN_RANGE);
                s.is_idle(Class::Sign);
                s.verify(without, issuer, data, &[0; 8]).gives(CKR_DATA_LEN_RANGE);
            }
            s.sign(masked, issuer, data).gives(CKR_DATA_LEN_RANGE);
        }
        s.sign(masked, issuer, &[1; 9]).works();
        // Scripts know no keys without sessions under an issuer's key at all.
        for (class, mechanism, usage, length) in [
            (Class::Sign, SCRIPT_MAC, "E2", 8),
            (Class::Encrypt, SCRIPT, "E1", 0),
        ] {
            let without = Mech::iv(mechanism, &param(b'B', 0, 1, length, CARD));
            s.begin(class, without, key(&s, usage, "X"))
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn keys_of_other_usages_are_refused_and_these_keys_by_other_mechanisms() {
    isolated(|| {
        let s = session();
        let number = |mechanism| Mech::iv(mechanism, &param(b'A', 0, 0, 2, CARD));
        let bitmap = format!("{CARD}{ATC}08FFFFFFFFFFFFFFFF");
        let rows = [
            (Class::Sign, ac(), "E0"),
            (Class::Sign, common(ARPC1, 0, 8), "E0"),
            (Class::Sign, common(ARPC2, 0, 4), "E0"),
            (
                Class::Sign,
                Mech::iv(TRUNCATED, &param(b'B', 1, 1, 2, &bitmap)),
                "E0",
            ),
            (Class::Sign, common(SCRIPT_MAC, 2, 8), "E2"),
            (Class::Encrypt, common(SCRIPT, 1, 0), "E1"),
            (Class::Sign, number(DAC), "E3"),
            (Class::Sign, number(NUMBER), "E4"),
        ];
        for (class, m, own) in rows {
            for usage in ["E0", "E1", "E2", "E3", "E4", "E5", "E6", "C0", "32", "M3", "D0"] {
                let answer = s.begin(class, m, key(&s, usage, "X"));
                match usage == own {
                    true => {
                        answer.works();
                        s.cancel_by_init(class).works();
                    }
                    false => answer.gives(CKR_VHSM_KEY_USAGE.0),
                }
            }
            s.begin(class, m, s.import(CKK_DES2, &hex(ISSUER)))
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        let of_card = Mech::iv(CARD_KEY, &param(b'A', 0, 0, 0, CARD));
        for usage in ["C0", "32", "B0", "K0"] {
            s.derive(of_card, key(&s, usage, "X"), &[])
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        for usage in ["E0", "E1", "E2", "E3", "E4", "E5", "E6"] {
            for mode in ["X", "N"] {
                let key = key(&s, usage, mode);
                s.begin(Class::Encrypt, Mech::new(CKM_DES3_ECB), key)
                    .gives(CKR_VHSM_KEY_USAGE.0);
                s.begin(Class::Sign, Mech::new(CKM_DES3_CMAC), key)
                    .gives(CKR_VHSM_KEY_USAGE.0);
                s.derive(Mech::with(CKM_EXTRACT_KEY_FROM_KEY, 0 as CK_ULONG), key, &[])
                    .gives(CKR_VHSM_KEY_USAGE.0);
            }
        }
        // A card's key of the same usage makes no CVC3, because it is no issuer's that works.
        let cvc3 = Mech::iv(CKM_VHSM_CVC3.0, &[1, b'A', 1, 3]);
        s.begin(Class::Sign, cvc3, key(&s, "E0", "X"))
            .gives(CKR_VHSM_KEY_USAGE.0);
        let over = [
            a(CKA_START_DATE, &b"20000101"[..]),
            a(CKA_END_DATE, &b"20001231"[..]),
        ];
        let expired = with(&template("E0", "X", &hex(ISSUER), CKK_DES2), &over);
        s.begin(Class::Sign, ac(), s.create(&expired).works())
            .gives(CKR_VHSM_KEY_EXPIRED.0);
        let wrong = s.create(&template("E0", "X", &hex(AES_ISSUER), CKK_AES)).works();
        s.begin(Class::Sign, common(ARPC1, 0, 8), wrong)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

#[test]
fn a_parameter_of_another_form_is_refused_at_the_beginning() {
    isolated(|| {
        let s = session();
        let issuer = key(&s, "E0", "X");
        let aes = aes_key(&s, "E0", "X");
        let refused = |mechanism, key, wrong: &[u8]| {
            for class in [Class::Sign, Class::Verify] {
                s.begin(class, Mech::iv(mechanism, wrong), key)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
                s.is_idle(class);
            }
        };
        let good = param(b'B', 1, 2, 8, &format!("{CARD}{ATC}"));
        for length in (0..good.len()).chain([good.len() + 1, 100]) {
            let mut wrong = good.clone();
            wrong.resize(length, 0);
            refused(AC, issuer, &wrong);
        }
        // Each of the first bytes with all values that mean nothing.
        for (at, right) in [
            (0, &[1][..]),
            (1, b"AB"),
            (2, &[1, 4]),
            (3, &[1, 2]),
            (4, &[4, 5, 6, 7, 8]),
        ] {
            for byte in (0..=255).filter(|byte| !right.contains(byte)) {
                let mut wrong = good.clone();
                wrong[at] = byte;
                refused(AC, issuer, &wrong);
            }
        }
        for pan in [
            "FFFFFFFFFFFFFFFFFFFF",
            "12345678901FFFFFFFFF",
            "12345678901234567890",
            "123456789012345A6FFF",
            "1234567890123456FFF0",
            "1234567890123F56FFFF",
            "F234567890123456FFFF",
            "1234567890123456789A",
        ] {
            refused(AC, issuer, &param(b'B', 1, 2, 8, &format!("{pan}00{ATC}")));
        }
        for number in ["0A", "A0", "FF"] {
            let rest = format!("1234567890123456FFFF{number}{ATC}");
            refused(AC, issuer, &param(b'B', 1, 2, 8, &rest));
        }
        let iv = "00".repeat(16);
        for tree in [
            "0100", "0800", "0801", "0702", "1101", "1102", "0004", "0104", "01FF", "02FF",
        ] {
            refused(
                AC,
                issuer,
                &param(b'B', 5, 2, 8, &format!("{CARD}{ATC}{tree}{iv}")),
            );
        }
        for tree in ["0804", "1002", "0410", "10FF"] {
            let m = Mech::iv(AC, &param(b'B', 5, 2, 8, &format!("{CARD}{ATC}{tree}{iv}")));
            s.sign(m, issuer, &hex(DATA)).works();
        }
        refused(AC, issuer, &param(b'M', 0, 2, 8, ""));
        refused(AC, aes, &param(b'A', 1, 0, 8, &format!("{CARD}{ATC}")));
        refused(AC, issuer, &param(b'C', 1, 2, 8, &format!("{CARD}{ATC}")));
        refused(AC, aes, &param(b'C', 1, 1, 8, &format!("{CARD}{ATC}")));
        refused(AC, aes, &param(b'C', 4, 0, 8, &format!("{CARD}{ATC}")));
        refused(AC, aes, &param(b'C', 5, 0, 8, &format!("{CARD}{ATC}0804{iv}")));
        for (option, length) in [(3, 8), (0, 4), (0, 7)] {
            refused(
                ARPC1,
                issuer,
                &param(b'B', 1, option, length, &format!("{CARD}{ATC}")),
            );
        }
        for (option, length) in [(2, 4), (0, 8), (0, 3)] {
            refused(
                ARPC2,
                issuer,
                &param(b'B', 1, option, length, &format!("{CARD}{ATC}")),
            );
        }
    });
}

#[test]
fn a_bitmap_that_does_not_fit_is_refused() {
    isolated(|| {
        let s = session();
        let issuer = key(&s, "E0", "X");
        let m = |form, rest: &str| {
            let rest = format!("{CARD}{ATC}{rest}");
            Mech::iv(TRUNCATED, &param(b'B', 1, 2, form, &rest))
        };
        let zeros = |bytes: usize| "00".repeat(bytes);
        for (form, rest) in [
            (1, String::new()),
            (1, "00".into()),
            (1, format!("0B{}", zeros(10))),
            (1, format!("0A{}{}", zeros(10), "80001C")),
            // Fewer than 8 bits of the cryptogram, or more than 64 bits in all.
            (1, "0BFFFFFF000000000000007F80001C".into()),
            (1, format!("0B{}{}", "FF".repeat(11), "80001C")),
            (1, format!("0B000000FFFF000000000000{}", "80001C00")),
            (1, format!("0B000000FFFF000000000000{}", "8000")),
            (1, format!("2C{}{}", "FF".repeat(44), zeros(36))),
            (2, format!("08{}", zeros(8))),
            (2, "087F00000000000000".into()),
            (2, format!("07{}", "FF".repeat(7))),
            (2, format!("08{}00", "FF".repeat(8))),
            (0, format!("08{}", "FF".repeat(8))),
            (3, format!("08{}", "FF".repeat(8))),
        ] {
            for class in [Class::Sign, Class::Verify] {
                s.begin(class, m(form, &rest), issuer)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        // A token of another cryptogram, another counter, another form.
        let right = m(1, "0B0000FFFFFF00000000000080001C");
        let token = s.sign(right, issuer, &hex(DATA)).works();
        assert_eq!(token.len(), 8);
        assert!(token.iter().all(u8::is_ascii_digit));
        let number: u32 = std::str::from_utf8(&token).unwrap().parse().unwrap();
        assert_eq!(number >> 16, 0x1c);
        assert_eq!(number & 0xffff, 0x7a78);
        s.verify(right, issuer, &hex(DATA), &token).works();
        let other = m(1, "0B0000FFFFFF00000000000080001D");
        s.verify(other, issuer, &hex(DATA), &token)
            .gives(CKR_SIGNATURE_INVALID);
        s.verify(right, issuer, &hex(DATA), &token[1..])
            .gives(CKR_SIGNATURE_LEN_RANGE);
    });
}

#[test]
fn an_answer_can_be_of_right_cryptograms_only() {
    isolated(|| {
        let s = session();
        let key = key(&s, "E0", "X");
        for padding in [1, 2] {
            let values = b"the values of a cryptogram";
            let cryptogram = s.sign(common(AC, padding, 8), key, values).works();
            let answered = [&cryptogram[..], b"00"].concat();
            let arpc = s.sign(common(ARPC1, 0, 8), key, &answered).works();
            let m = common(ARPC1, padding, 8);
            let mut both = [&answered[..], values].concat();
            assert_eq!(s.sign(m, key, &both).works(), arpc);
            s.verify(m, key, &both, &arpc).works();
            for at in [0, 7, 10, both.len() - 1] {
                both[at] ^= 1;
                s.sign(m, key, &both).gives(CKR_DATA_INVALID);
                both[at] ^= 1;
            }
            // The response code is the issuer's.
            both[9] ^= 1;
            assert_ne!(s.sign(m, key, &both).works(), arpc);
            for length in [0, 10, 18] {
                s.sign(m, key, &both[..length]).gives(CKR_DATA_LEN_RANGE);
            }
        }
        s.begin(Class::Sign, common(ARPC1, 3, 8), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

#[test]
fn data_of_another_length_are_refused_and_end_the_operation() {
    isolated(|| {
        let s = session();
        let number = |mechanism| Mech::iv(mechanism, &param(b'A', 0, 0, 2, CARD));
        for (m, usage, right, wrong) in [
            (common(ARPC1, 0, 8), "E0", &[10][..], &[0, 8, 9, 11, 20][..]),
            (common(ARPC2, 0, 4), "E0", &[12, 20], &[0, 8, 11, 21]),
            (common(SCRIPT_MAC, 2, 8), "E2", &[1, 5, 300], &[0]),
            (number(DAC), "E3", &[8], &[0, 7, 9, 16]),
            (number(NUMBER), "E4", &[8], &[0, 7, 9, 16]),
        ] {
            let key = key(&s, usage, "X");
            for length in right {
                s.sign(m, key, &vec![1; *length]).works();
            }
            for length in wrong {
                s.sign(m, key, &vec![1; *length]).gives(CKR_DATA_LEN_RANGE);
                s.is_idle(Class::Sign);
            }
            s.begin(Class::Sign, m, key).works();
            s.feed(Class::Sign, &[1; 8]).gives(CKR_FUNCTION_NOT_SUPPORTED);
        }
        let confidential = key(&s, "E1", "X");
        for (format, lengths) in [
            (1, [(1, 8), (6, 8), (7, 16), (8, 16), (255, 264)]),
            (2, [(1, 8), (6, 8), (7, 8), (8, 8), (255, 256)]),
            (3, [(1, 8), (6, 8), (7, 8), (8, 16), (255, 256)]),
        ] {
            let m = common(SCRIPT, format, 0);
            for (length, padded) in lengths {
                let out = s.encrypt(m, confidential, &vec![1; length]).works();
                assert_eq!(out.len(), padded);
                s.begin(Class::Encrypt, m, confidential).works();
                assert_eq!(s.query(Step::Encrypt, &vec![1; length]).works(), padded);
                s.cancel_by_init(Class::Encrypt).works();
            }
            for length in [0, 256, 1000] {
                s.encrypt(m, confidential, &vec![1; length])
                    .gives(CKR_DATA_LEN_RANGE);
            }
        }
        for (option, length) in [(0, 0), (4, 0), (1, 8)] {
            s.begin(Class::Encrypt, common(SCRIPT, option, length), confidential)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let visa = Mech::iv(SCRIPT, &param(b'C', 1, 1, 0, &format!("{CARD}{ATC}")));
        s.begin(Class::Encrypt, visa, aes_key(&s, "E1", "X"))
            .gives(CKR_MECHANISM_PARAM_INVALID);
        // What is encrypted for the card is never decrypted here.
        s.begin(Class::Decrypt, common(SCRIPT, 1, 0), confidential)
            .gives(CKR_MECHANISM_INVALID);
    });
}

#[test]
fn a_derivation_with_a_wrong_parameter_makes_nothing() {
    isolated(|| {
        let s = session();
        let issuer = key(&s, "E0", "X");
        let count = || s.find(&[]).works().len();
        let before = count();
        let whole = format!("{CARD}{ATC}");
        for (mechanism, wrong) in [
            (CARD_KEY, param(b'A', 1, 0, 0, &whole)),
            (CARD_KEY, param(b'M', 1, 0, 0, ATC)),
            (CARD_KEY, param(b'A', 0, 1, 0, CARD)),
            (CARD_KEY, param(b'A', 0, 0, 16, CARD)),
            (CARD_KEY, param(b'A', 0, 0, 0, &CARD[..20])),
            (CARD_KEY, param(b'C', 0, 0, 0, CARD)),
            (SESSION_KEY, param(b'A', 0, 0, 0, CARD)),
            (SESSION_KEY, param(b'M', 0, 0, 0, "")),
            (SESSION_KEY, param(b'M', 6, 0, 0, ATC)),
            (SESSION_KEY, param(b'M', 1, 0, 0, "00")),
            (SESSION_KEY, param(b'M', 1, 0, 0, "001C00")),
            (SESSION_KEY, param(b'M', 1, 2, 0, ATC)),
        ] {
            s.derive(Mech::iv(mechanism, &wrong), issuer, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let works = key(&s, "E0", "C");
        let itself = Mech::iv(SESSION_KEY, &param(b'S', 0, 0, 0, ""));
        s.derive(itself, works, &[]).gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.destroy(works).works();
        s.derive(itself, issuer, &[]).gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.derive(Mech::new(CARD_KEY), issuer, &[])
            .gives(CKR_MECHANISM_PARAM_INVALID);
        assert_eq!(count(), before);
    });
}
