//! PINs: blocks, translation, and the values that stand for them [include/vhsm.h].

use crate::harness::*;
use serde_json::Value as Json;
use vhsm::ck::{
    CKA_VHSM_DECIMALIZATION_TABLE, CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_DECIMALIZATION_TABLE,
    CKM_VHSM_EMV_PIN_CHANGE, CKM_VHSM_IBM3624_CHANGE, CKM_VHSM_IBM3624_OFFSET, CKM_VHSM_IBM3624_PIN,
    CKM_VHSM_PIN_BLOCK, CKM_VHSM_PIN_COMPARE, CKM_VHSM_PIN_GENERATE, CKM_VHSM_PIN_REVEAL,
    CKM_VHSM_PIN_TRANSLATE, CKM_VHSM_PIN_TRANSLATE_ANY, CKM_VHSM_VISA_PVV_BLOCK, CKM_VHSM_VISA_PVV_CHANGE,
    CKR_VHSM_DECIMALIZATION_TABLE, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_USAGE, CKR_VHSM_PIN_BLOCK,
    CKR_VHSM_PIN_BLOCK_FORMAT, CKR_VHSM_PIN_EXCLUDED, CKR_VHSM_PIN_INCORRECT, CKR_VHSM_PIN_LENGTH,
    MechanismId,
};

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const OTHER: &str = "45454545454545457070707070707070";
const PAN: &str = "4111111111111111";

/// What reveals PINs is on, so that blocks with random fill can be looked into.
fn revealing<F: FnOnce()>(body: F) {
    let configuration = "[payment]\nweak_keys = \"accept\"\n\
        [mechanisms]\nenable = [\"CKM_VHSM_PIN_REVEAL\", \"CKM_VHSM_PIN_TRANSLATE_ANY\"]\n";
    isolated_with(configuration, body);
}

fn session() -> Session {
    Token::fresh().user()
}

fn file(text: &str) -> Vec<Json> {
    let file: Json = serde_json::from_str(text).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn text<'a>(json: &'a Json, part: &str, name: &str) -> &'a str {
    json[part][name].as_str().unwrap_or_default()
}

fn key_type(value: &[u8], aes: bool) -> CK_KEY_TYPE {
    match (aes, value.len()) {
        (true, _) => CKK_AES,
        (_, 8) => CKK_DES,
        (_, 16) => CKK_DES2,
        _ => CKK_DES3,
    }
}

fn payment(s: &Session, usage: &str, value: &str, aes: bool) -> CK_OBJECT_HANDLE {
    let value = hex(value);
    let template = with(
        &open_secret(key_type(&value, aes), &value),
        &[a(CKA_VHSM_KEY_USAGE.0, usage)],
    );
    s.create(&template).works()
}

/// The same value as a general key, which deciphers a block so that its bytes can be seen.
fn general(s: &Session, value: &str) -> CK_OBJECT_HANDLE {
    let value = hex(value);
    s.create(&open_secret(key_type(&value, false), &value)).works()
}

fn account(pan: &str) -> Vec<u8> {
    let mut bytes = vec![pan.len() as u8];
    bytes.extend(pan.as_bytes());
    bytes.resize(20, 0);
    bytes
}

/// An end: format, derivation, KSN, account.
fn end_of(format: u8, derivation: u8, ksn: &str, pan: &str) -> Vec<u8> {
    let mut serial = [0; 12];
    let ksn = hex(ksn);
    serial[12 - ksn.len()..].copy_from_slice(&ksn);
    [&[format, derivation], &serial[..], &account(pan)].concat()
}

fn end(format: u8, pan: &str) -> Vec<u8> {
    end_of(format, 0, "", pan)
}

fn handle(key: CK_OBJECT_HANDLE) -> [u8; 8] {
    key.to_be_bytes()
}

fn mech(id: MechanismId, parts: &[&[u8]]) -> Mech {
    Mech::iv(id.0, &[&[1], &parts.concat()[..]].concat())
}

fn enclosed(s: &Session, key: CK_OBJECT_HANDLE, end: &[u8], pin: &str) -> Vec<u8> {
    s.encrypt(mech(CKM_VHSM_PIN_BLOCK, &[end]), key, pin.as_bytes())
        .works()
}

fn revealed(s: &Session, key: CK_OBJECT_HANDLE, end: &[u8], block: &[u8]) -> String {
    let pin = s.decrypt(mech(CKM_VHSM_PIN_REVEAL, &[end]), key, block).works();
    String::from_utf8(pin).unwrap()
}

fn translate(from: &[u8], key: CK_OBJECT_HANDLE, to: &[u8]) -> Mech {
    mech(CKM_VHSM_PIN_TRANSLATE, &[from, &handle(key), to])
}

/// The parameter of IBM 3624: table in the clear, validation data, check length, PIN key, no table key, end.
fn ibm(id: MechanismId, table: &str, data: &str, length: u8, key: CK_OBJECT_HANDLE, end: &[u8]) -> Mech {
    mech(id, &[&ibm_fields(table, data, length, key, end)])
}

fn ibm_fields(table: &str, data: &str, length: u8, key: CK_OBJECT_HANDLE, end: &[u8]) -> Vec<u8> {
    [
        &[0],
        table.as_bytes(),
        data.as_bytes(),
        &[length],
        &handle(key),
        &handle(0),
        end,
    ]
    .concat()
}

fn pvv(index: u8, key: CK_OBJECT_HANDLE, end: &[u8]) -> Mech {
    mech(
        CKM_VHSM_VISA_PVV_BLOCK,
        &[&[index], &handle(key), end, &account("")],
    )
}

#[test]
fn pin_blocks_are_the_known_ones() {
    revealing(|| {
        let s = session();
        let vectors = file(include_str!("../../src/payment/vectors/pin_block.json"));
        assert_eq!(vectors.len(), 22);
        for vector in &vectors {
            println!("{vector}");
            let (pin, pan) = (text(vector, "inputs", "pin"), text(vector, "inputs", "pan"));
            let code = text(vector, "inputs", "payshield_code").parse().unwrap();
            let pan = if code == 48 && pan.len() > 19 {
                &pan[..19]
            } else {
                pan
            };
            if code == 48 {
                let key = payment(&s, "P0", text(vector, "inputs", "key"), true);
                let block = hex(text(vector, "expected", "enciphered_block"));
                assert_eq!(revealed(&s, key, &end(code, pan), &block), pin);
                continue;
            }
            let (key, twin) = (payment(&s, "P0", KEY, false), general(&s, KEY));
            let clear = hex(text(vector, "expected", "clear_block"));
            let sealed = s.encrypt(Mech::new(CKM_DES3_ECB), twin, &clear).works();
            assert_eq!(revealed(&s, key, &end(code, pan), &sealed), pin);
            let ours = enclosed(&s, key, &end(code, pan), pin);
            let compare = [&end(code, pan)[..], &handle(key), &end(code, pan)];
            s.verify(mech(CKM_VHSM_PIN_COMPARE, &compare), key, &ours, &sealed)
                .works();
            assert_eq!(revealed(&s, key, &end(code, pan), &ours), pin);
            if text(vector, "inputs", "fill").is_empty() {
                assert_eq!(ours, sealed);
            }
        }
    });
}

#[test]
fn further_pin_blocks_and_values_are_the_known_ones() {
    revealing(|| {
        let s = session();
        let (key, twin) = (payment(&s, "P0", KEY, false), general(&s, KEY));
        let vectors = file(include_str!("../../src/payment/vectors/pin_further.json"));
        for vector in &vectors {
            println!("{vector}");
            let field = |name| text(vector, "in", name);
            let expected = |name| text(vector, "out", name);
            let pan = format!("{}0", field("pan12"));
            let ecb = Mech::new(CKM_DES3_ECB);
            match vector["op"].as_str().unwrap() {
                "iso0" => {
                    let block = enclosed(&s, key, &end(1, &pan), field("pin"));
                    assert_eq!(s.decrypt(ecb, twin, &block).works(), hex(expected("block")));
                }
                "iso0_bad" => {
                    let block = s.encrypt(ecb, twin, &hex(field("block"))).works();
                    s.decrypt(mech(CKM_VHSM_PIN_REVEAL, &[&end(1, &pan)]), key, &block)
                        .gives(CKR_VHSM_PIN_BLOCK.0);
                }
                "iso2" => {
                    let block = enclosed(&s, key, &end(34, ""), field("pin"));
                    assert_eq!(s.decrypt(ecb, twin, &block).works(), hex(expected("block")));
                }
                "format35" => {
                    let block = enclosed(&s, key, &end(1, &pan), field("pin"));
                    let m = translate(&end(1, &pan), key, &end(35, &pan));
                    let block = s.decrypt(m, key, &block).works();
                    assert_eq!(s.decrypt(ecb, twin, &block).works(), hex(expected("block")));
                }
                "iso4" => {
                    let key = payment(&s, "P0", field("key"), true);
                    let end = end(48, field("pan"));
                    assert_eq!(revealed(&s, key, &end, &hex(expected("block"))), field("pin"));
                }
                "pvv" => {
                    let pvk = payment(&s, "V2", field("pvk"), false);
                    let block = enclosed(&s, key, &end(1, field("pan")), field("pin"));
                    let m = pvv(field("pvki").as_bytes()[0], key, &end(1, field("pan")));
                    assert_eq!(s.sign(m, pvk, &block).works(), expected("pvv").as_bytes());
                    s.verify(m, pvk, &block, expected("pvv").as_bytes()).works();
                }
                op @ ("ibm3624_pin" | "ibm3624_offset") => {
                    let number = |name: &str| vector["in"][name].as_u64().unwrap() as usize;
                    let (from, length) = (number("verify_offset"), number("verify_length"));
                    let digits = &field("pan")[from..(from + length).min(16)];
                    let data = format!("{digits}{}", field("pad").repeat(16 - digits.len()));
                    let pvk = payment(&s, "V1", field("pvk"), false);
                    let end = end(5, "");
                    if op == "ibm3624_pin" {
                        let m = ibm(CKM_VHSM_IBM3624_PIN, field("table"), &data, 4, key, &end);
                        let block = s.sign(m, pvk, field("offset").as_bytes()).works();
                        assert_eq!(revealed(&s, key, &end, &block), expected("pin"));
                    } else {
                        let m = ibm(CKM_VHSM_IBM3624_OFFSET, field("table"), &data, 4, key, &end);
                        let block = enclosed(&s, key, &end, field("pin"));
                        let offset = s.sign(m, pvk, &block).works();
                        assert_eq!(offset, expected("offset").as_bytes());
                    }
                }
                other => panic!("{other}"),
            }
        }
    });
}

#[test]
fn pins_after_ibm_3624_are_the_known_ones() {
    revealing(|| {
        let s = session();
        let pin_key = payment(&s, "P0", KEY, false);
        let end = end(1, PAN);
        let vectors = file(include_str!("../../src/payment/vectors/ibm3624.json"));
        assert_eq!(vectors.len(), 15);
        for vector in &vectors {
            println!("{vector}");
            let field = |name| text(vector, "inputs", name);
            let pvk = payment(&s, "V1", field("pvk"), false);
            let (natural, offset) = (
                text(vector, "expected", "natural_pin"),
                text(vector, "expected", "offset"),
            );
            let length = natural.len() as u8;
            let with = |id| {
                ibm(
                    id,
                    field("dectab"),
                    field("validation_data"),
                    length,
                    pin_key,
                    &end,
                )
            };
            let make = with(CKM_VHSM_IBM3624_PIN);
            let block = s.sign(make, pvk, b"").works();
            assert_eq!(revealed(&s, pin_key, &end, &block), natural);
            let block = s.sign(make, pvk, offset.as_bytes()).works();
            assert_eq!(revealed(&s, pin_key, &end, &block), field("pin"));
            let check = with(CKM_VHSM_IBM3624_OFFSET);
            let block = enclosed(&s, pin_key, &end, field("pin"));
            assert_eq!(s.sign(check, pvk, &block).works(), offset.as_bytes());
            s.verify(check, pvk, &block, offset.as_bytes()).works();
            let mut wrong = offset.as_bytes().to_vec();
            wrong[0] = b'0' + (wrong[0] - b'0' + 1) % 10;
            s.verify(check, pvk, &block, &wrong).gives(CKR_SIGNATURE_INVALID);
            s.verify(check, pvk, &block, &wrong[1..])
                .gives(CKR_SIGNATURE_LEN_RANGE);
            // A change to the natural PIN gives the offset zero, one to the same PIN the same offset.
            let fields = ibm_fields(field("dectab"), field("validation_data"), length, pin_key, &end);
            let mut old = offset.as_bytes().to_vec();
            old.resize(12, 0);
            let change = mech(CKM_VHSM_IBM3624_CHANGE, &[&fields, &old]);
            let made = s.sign(change, pvk, &block.repeat(2)).works();
            assert_eq!(made, offset.as_bytes());
            let natural = enclosed(&s, pin_key, &end, natural);
            let made = s.sign(change, pvk, &[&block[..], &natural].concat()).works();
            assert_eq!(made, vec![b'0'; offset.len()]);
        }
    });
}

#[test]
fn values_of_visa_are_the_known_ones_for_encrypted_pins() {
    revealing(|| {
        let s = session();
        let pin_key = payment(&s, "P0", KEY, false);
        for vector in file(include_str!("../../src/payment/vectors/pvv.json")) {
            println!("{vector}");
            let field = |name| text(&vector, "inputs", name);
            let pvk = payment(&s, "V2", field("pvk"), false);
            let end = end(1, field("pan"));
            let block = enclosed(&s, pin_key, &end, field("pin"));
            let value = text(&vector, "expected", "pvv").as_bytes();
            let m = pvv(field("pvki").as_bytes()[0], pin_key, &end);
            assert_eq!(s.sign(m, pvk, &block).works(), value);
            s.verify(m, pvk, &block, value).works();
            s.verify(m, pvk, &block, &[value[0] ^ 1, value[1], value[2], value[3]])
                .gives(CKR_SIGNATURE_INVALID);
            // A change to the same PIN keeps the value.
            let index = field("pvki").as_bytes();
            let parts = [index, &handle(pin_key), &end, &account(""), value];
            let change = mech(CKM_VHSM_VISA_PVV_CHANGE, &parts);
            assert_eq!(s.sign(change, pvk, &block.repeat(2)).works(), value);
        }
    });
}

/// From a device's block under a key of DUKPT to a static key, the key being derived in the call.
#[test]
fn blocks_under_keys_of_dukpt_are_the_known_ones() {
    revealing(|| {
        let s = session();
        let (des, aes) = (payment(&s, "P0", OTHER, false), payment(&s, "P0", KEY, true));
        let vectors = file(include_str!("../../src/payment/vectors/dukpt_pin.json"));
        assert_eq!(vectors.len(), 29);
        for vector in vectors {
            println!("{vector}");
            let field = |name| text(&vector, "inputs", name);
            let (block, pan, pin) = (hex(field("block")), field("pan"), field("pin"));
            let is_aes = field("format") == "48";
            let bdk = payment(&s, "B0", field("bdk"), is_aes);
            let (format, derivation) = if is_aes { (48, 4) } else { (1, 1) };
            let from = end_of(format, derivation, field("ksn"), pan);
            if !is_aes {
                assert_eq!(enclosed(&s, bdk, &from, pin), block);
            }
            assert_eq!(revealed(&s, bdk, &from, &block), pin);
            for (to_key, to) in [(des, end(47, pan)), (des, end(1, pan)), (aes, end(48, pan))] {
                let moved = s.decrypt(translate(&from, to_key, &to), bdk, &block).works();
                assert_eq!(revealed(&s, to_key, &to, &moved), pin);
            }
            let any = [&from[..], &handle(des), &end(3, "")];
            let moved = s
                .decrypt(mech(CKM_VHSM_PIN_TRANSLATE_ANY, &any), bdk, &block)
                .works();
            assert_eq!(revealed(&s, des, &end(3, ""), &moved), pin);
            // And to a device of another key set.
            let to = end_of(1, 1, "FFFF9876543210E00002", pan);
            let other = payment(&s, "B0", OTHER, false);
            let moved = s.decrypt(translate(&from, other, &to), bdk, &block).works();
            assert_eq!(revealed(&s, other, &to, &moved), pin);
        }
    });
}

/// Which format may become which [ISO 9564-1:2017, 9.5].
#[test]
fn only_the_translations_of_iso_9564_are_made() {
    revealing(|| {
        let s = session();
        let (from_key, to_key) = (payment(&s, "P0", KEY, false), payment(&s, "P0", OTHER, false));
        let (from_aes, to_aes) = (payment(&s, "P0", KEY, true), payment(&s, "P0", OTHER, true));
        let formats = [1, 2, 3, 4, 5, 34, 47, 48];
        for from in formats {
            for to in formats {
                let source = if from == 48 { from_aes } else { from_key };
                let destination = if to == 48 { to_aes } else { to_key };
                let block = enclosed(&s, source, &end(from, PAN), "1234");
                let m = translate(&end(from, PAN), destination, &end(to, PAN));
                let allowed =
                    from == to && from != 34 || ![4, 34].contains(&from) && [1, 47, 48].contains(&to);
                let moved = s.decrypt(m, source, &block);
                if allowed {
                    let moved = moved.works();
                    assert_eq!(revealed(&s, destination, &end(to, PAN), &moved), "1234");
                } else {
                    moved.gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
                }
                let any = [&end(from, PAN)[..], &handle(destination), &end(to, PAN)];
                let moved = s.decrypt(mech(CKM_VHSM_PIN_TRANSLATE_ANY, &any), source, &block);
                let moved = moved.works();
                assert_eq!(revealed(&s, destination, &end(to, PAN), &moved), "1234");
            }
        }
    });
}

/// Mastercard's format for Pay Now & Pay Later goes, and never comes.
#[test]
fn blocks_of_format_35_are_only_translated_to() {
    revealing(|| {
        let s = session();
        let (key, to) = (payment(&s, "P0", KEY, false), payment(&s, "P0", OTHER, false));
        let (aes, twin) = (payment(&s, "P0", KEY, true), general(&s, OTHER));
        // 4111111111111111: 0000111111111111 on 241234FFFFFFFFFF.
        let clear = hex("241225EEEEEEEEEE");
        for from in [1, 2, 3, 4, 5, 34, 47, 48] {
            let source = if from == 48 { aes } else { key };
            let block = enclosed(&s, source, &end(from, PAN), "1234");
            let m = translate(&end(from, PAN), to, &end(35, PAN));
            let moved = s.decrypt(m, source, &block);
            if [1, 5, 47, 48].contains(&from) {
                let moved = moved.works();
                assert_eq!(s.decrypt(Mech::new(CKM_DES3_ECB), twin, &moved).works(), clear);
            } else {
                moved.gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
            }
        }
        let block = enclosed(&s, key, &end(1, PAN), "1234");
        let m = translate(&end(1, PAN), to, &end(35, "4111111111111129"));
        s.decrypt(m, key, &block).gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
        let m = translate(&end(1, PAN), to, &end(35, ""));
        s.decrypt(m, key, &block).gives(CKR_MECHANISM_PARAM_INVALID);
        let m = translate(&end(1, PAN), aes, &end(35, PAN));
        s.decrypt(m, key, &block).gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
        let from = end(35, PAN);
        for (class, m) in [
            (Class::Encrypt, mech(CKM_VHSM_PIN_BLOCK, &[&from])),
            (Class::Encrypt, mech(CKM_VHSM_PIN_GENERATE, &[&from, &[4]])),
            (Class::Decrypt, mech(CKM_VHSM_PIN_REVEAL, &[&from])),
            (Class::Decrypt, translate(&from, to, &end(1, PAN))),
            (Class::Decrypt, translate(&from, to, &from)),
            (
                Class::Decrypt,
                mech(CKM_VHSM_PIN_TRANSLATE_ANY, &[&from, &handle(to), &end(1, PAN)]),
            ),
            (
                Class::Verify,
                mech(CKM_VHSM_PIN_COMPARE, &[&end(1, PAN), &handle(to), &from]),
            ),
        ] {
            s.begin(class, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// Who may name another account learns a PIN from the values of accounts of his own.
#[test]
fn a_pin_stays_with_its_account() {
    isolated(|| {
        let s = session();
        let (from, to) = (payment(&s, "P0", KEY, false), payment(&s, "P0", OTHER, false));
        let block = enclosed(&s, from, &end(1, PAN), "1234");
        let other = "4111111111111129";
        for format in [1, 47] {
            let m = translate(&end(1, PAN), to, &end(format, other));
            s.decrypt(m, from, &block).gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
            s.is_idle(Class::Decrypt);
        }
        // A block that has no account gets one.
        let block = enclosed(&s, from, &end(5, ""), "1234");
        let m = translate(&end(5, ""), to, &end(1, other));
        s.decrypt(m, from, &block).works();
        for off in [CKM_VHSM_PIN_REVEAL, CKM_VHSM_PIN_TRANSLATE_ANY] {
            s.begin(Class::Decrypt, mech(off, &[&end(1, PAN)]), from)
                .gives(CKR_MECHANISM_INVALID);
        }
    });
}

#[test]
fn pins_are_compared_in_their_blocks() {
    isolated(|| {
        let s = session();
        let (key, own) = (payment(&s, "P0", KEY, false), payment(&s, "P0", OTHER, true));
        let reference = enclosed(&s, own, &end(48, PAN), "12345");
        let m = mech(CKM_VHSM_PIN_COMPARE, &[&end(1, PAN), &handle(own), &end(48, PAN)]);
        for (pin, rv) in [
            ("12345", CKR_OK),
            ("12346", CKR_SIGNATURE_INVALID),
            ("1234", CKR_SIGNATURE_INVALID),
            ("123450", CKR_SIGNATURE_INVALID),
        ] {
            let block = enclosed(&s, key, &end(1, PAN), pin);
            s.verify(m, key, &block, &reference).gives(rv);
        }
        let block = enclosed(&s, key, &end(1, PAN), "12345");
        s.verify(m, key, &block, &reference[1..])
            .gives(CKR_SIGNATURE_LEN_RANGE);
        let mut damaged = reference.clone();
        damaged[3] ^= 1;
        s.verify(m, key, &block, &damaged).gives(CKR_VHSM_PIN_BLOCK.0);
    });
}

#[test]
fn random_pins_are_none_of_the_excluded() {
    revealing(|| {
        let s = session();
        let key = payment(&s, "P0", KEY, false);
        let generate = |rest: &[u8]| mech(CKM_VHSM_PIN_GENERATE, &[&end(1, PAN), rest]);
        let mut seen = std::collections::HashSet::new();
        for length in 4..=12 {
            for _ in 0..50 {
                let block = s.encrypt(generate(&[length]), key, b"").works();
                let pin = revealed(&s, key, &end(1, PAN), &block);
                assert_eq!(pin.len(), usize::from(length));
                seen.insert(pin);
            }
        }
        assert!(seen.len() > 400, "{}", seen.len());
        // Every tenth PIN of four digits is excluded as far as a table has room: none of them ever comes.
        let table: Vec<u8> = (0..255)
            .flat_map(|pin| format!("{:04}", pin * 39).into_bytes())
            .collect();
        let excluded = [&[4, 255, 4], &table[..]].concat();
        for _ in 0..200 {
            let block = s.encrypt(generate(&excluded), key, b"").works();
            let pin = revealed(&s, key, &end(1, PAN), &block);
            let number: u32 = pin.parse().unwrap();
            assert!(!number.is_multiple_of(39) || number / 39 > 254, "{pin}");
        }
        for wrong in [&[3][..], &[13], &[4, 1], &[4, 1, 4, b'1'], &[4, 1, 3, 1, 2, 3]] {
            let rv = if wrong.len() == 1 {
                CKR_VHSM_PIN_LENGTH.0
            } else {
                CKR_MECHANISM_PARAM_INVALID
            };
            s.begin(Class::Encrypt, generate(wrong), key).gives(rv);
        }
        s.encrypt(generate(&[4]), key, b"1").gives(CKR_DATA_LEN_RANGE);
    });
}

/// The value of a new PIN is made for who has the old one.
#[test]
fn a_pin_is_changed_with_the_old_one() {
    isolated(|| {
        let s = session();
        let pin_key = payment(&s, "P0", OTHER, false);
        let end = end(1, PAN);
        let [old, new, wrong] = ["1234", "8642", "1235"].map(|pin| enclosed(&s, pin_key, &end, pin));
        let (v1, v2) = (payment(&s, "V1", KEY, false), payment(&s, "V2", KEY, false));
        let excluded = b"\x02\x049999\x38\x36\x34\x32";

        let fields = ibm_fields("0123456789012345", "4111111111111111", 4, pin_key, &end);
        let make = mech(CKM_VHSM_IBM3624_OFFSET, &[&fields]);
        let [offset, wanted] = [&old, &new].map(|block| s.sign(make, v1, block).works());
        let padded = [&offset[..], &[0; 8]].concat();
        let change = mech(CKM_VHSM_IBM3624_CHANGE, &[&fields, &padded]);
        let guarded = mech(CKM_VHSM_IBM3624_CHANGE, &[&fields, &padded, excluded]);
        let both = |one: &[u8], other: &[u8]| [one, other].concat();
        assert_eq!(s.sign(change, v1, &both(&old, &new)).works(), wanted);
        s.sign(change, v1, &both(&wrong, &new))
            .gives(CKR_VHSM_PIN_INCORRECT.0);
        s.sign(guarded, v1, &both(&old, &new))
            .gives(CKR_VHSM_PIN_EXCLUDED.0);
        s.sign(change, v1, &old).gives(CKR_DATA_LEN_RANGE);

        let value = |block: &[u8]| s.sign(pvv(b'1', pin_key, &end), v2, block).works();
        let fields = [b"1", &handle(pin_key)[..], &end, &account("")].concat();
        let change = mech(CKM_VHSM_VISA_PVV_CHANGE, &[&fields, &value(&old)]);
        let guarded = mech(CKM_VHSM_VISA_PVV_CHANGE, &[&fields, &value(&old), excluded]);
        assert_eq!(s.sign(change, v2, &both(&old, &new)).works(), value(&new));
        s.sign(change, v2, &both(&wrong, &new))
            .gives(CKR_VHSM_PIN_INCORRECT.0);
        s.sign(guarded, v2, &both(&old, &new))
            .gives(CKR_VHSM_PIN_EXCLUDED.0);
    });
}

/// A parameter of version 2 says how many digits the PIN has at the most.
#[test]
fn a_pin_is_no_longer_than_the_parameter_says() {
    isolated(|| {
        let s = session();
        let pin_key = payment(&s, "P0", OTHER, false);
        let end = end(1, PAN);
        let pvk = payment(&s, "V1", KEY, false);
        let fields = ibm_fields("0123456789012345", "4111111111111111", 4, pin_key, &end);
        let bounded = |id: MechanismId, most: &[u8]| Mech::iv(id.0, &[&[2], &fields[..], most].concat());
        let offset = mech(CKM_VHSM_IBM3624_OFFSET, &[&fields]);
        for pin in ["1234", "12345", "123456789012"] {
            let block = enclosed(&s, pin_key, &end, pin);
            let right = s.sign(offset, pvk, &block).works();
            for most in 4..=12 {
                let m = bounded(CKM_VHSM_IBM3624_OFFSET, &[most]);
                let (signed, verified) = (s.sign(m, pvk, &block), s.verify(m, pvk, &block, &right));
                if pin.len() <= usize::from(most) {
                    assert_eq!(signed.works(), right);
                    verified.works();
                } else {
                    signed.gives(CKR_VHSM_PIN_LENGTH.0);
                    verified.gives(CKR_VHSM_PIN_LENGTH.0);
                }
            }
        }
        let block = enclosed(&s, pin_key, &end, "1234");
        let excluded = b"\x0c\x01\x041234";
        let m = bounded(CKM_VHSM_IBM3624_OFFSET, excluded);
        s.sign(m, pvk, &block).gives(CKR_VHSM_PIN_EXCLUDED.0);
        let right = s.sign(offset, pvk, &block).works();
        let m = bounded(CKM_VHSM_IBM3624_PIN, excluded);
        s.sign(m, pvk, &right).gives(CKR_VHSM_PIN_EXCLUDED.0);
        let m = bounded(CKM_VHSM_IBM3624_PIN, &[4]);
        assert_eq!(s.sign(m, pvk, &right).works(), block);
        for most in [&[][..], &[3], &[13], &[4, 1]] {
            let m = bounded(CKM_VHSM_IBM3624_OFFSET, most);
            s.begin(Class::Sign, m, pvk).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let third = Mech::iv(CKM_VHSM_IBM3624_OFFSET.0, &[&[3], &fields[..], &[12]].concat());
        s.begin(Class::Sign, third, pvk)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// The attack of Bond and Zielinski: a few checks under tables of one's own choice tell a PIN.
#[test]
fn decimalisation_tables_are_checked_bound_and_encrypted() {
    isolated(|| {
        let s = session();
        let pin_key = payment(&s, "P0", OTHER, false);
        let end = end(1, PAN);
        let block = enclosed(&s, pin_key, &end, "1234");
        let (good, other) = ("0123456789012345", "0123456789543210");
        let pvk = payment(&s, "V1", KEY, false);
        let m = |table| ibm(CKM_VHSM_IBM3624_OFFSET, table, PAN, 4, pin_key, &end);
        s.sign(m(good), pvk, &block).works();
        s.sign(m(other), pvk, &block).works();
        for plain in [
            "0000000000000000",
            "0000010000000000",
            "0123401234012340",
            "01234567890ABCDE",
        ] {
            s.begin(Class::Sign, m(plain), pvk)
                .gives(CKR_VHSM_DECIMALIZATION_TABLE.0);
            s.begin(Class::Verify, m(plain), pvk)
                .gives(CKR_VHSM_DECIMALIZATION_TABLE.0);
        }
        // A key that is bound to a table works with no other.
        let value = hex(KEY);
        let bound = |table: &str| {
            let more = [
                a(CKA_VHSM_KEY_USAGE.0, "V1"),
                a(CKA_VHSM_DECIMALIZATION_TABLE.0, table),
            ];
            s.create(&with(&open_secret(CKK_DES2, &value), &more))
        };
        bound("0000000000000000").gives(CKR_ATTRIBUTE_VALUE_INVALID);
        bound("012345678901234").gives(CKR_ATTRIBUTE_VALUE_INVALID);
        let bound = bound(good).works();
        s.sign(m(good), bound, &block).works();
        s.begin(Class::Sign, m(other), bound)
            .gives(CKR_VHSM_DECIMALIZATION_TABLE.0);
        s.set(bound, &[a(CKA_VHSM_DECIMALIZATION_TABLE.0, other)])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        // Encrypted, it is the same table.
        for aes in [false, true] {
            let table_key = payment(&s, "D2", OTHER, aes);
            let enclose = Mech::new(CKM_VHSM_DECIMALIZATION_TABLE.0);
            s.encrypt(enclose, table_key, b"0000000000000000")
                .gives(CKR_VHSM_DECIMALIZATION_TABLE.0);
            let mut sealed = s.encrypt(enclose, table_key, good.as_bytes()).works();
            assert_eq!(sealed.len(), if aes { 16 } else { 8 });
            // What is encrypted are the digits: two to a byte under triple DES, one under AES.
            let clear = if aes { good.as_bytes().to_vec() } else { hex(good) };
            let ecb = Mech::new(if aes { CKM_AES_ECB } else { CKM_DES3_ECB });
            let value = hex(OTHER);
            let twin = s.create(&open_secret(key_type(&value, aes), &value)).works();
            assert_eq!(s.decrypt(ecb, twin, &sealed).works(), clear);
            sealed.resize(16, 0);
            let fields = |held: u8, key| {
                [
                    &[held],
                    &sealed[..],
                    PAN.as_bytes(),
                    &[4],
                    &handle(pin_key),
                    &handle(key),
                    &end,
                ]
                .concat()
            };
            let m = |fields: Vec<u8>| mech(CKM_VHSM_IBM3624_OFFSET, &[&fields]);
            let encrypted = s.sign(m(fields(1, table_key)), bound, &block).works();
            let clear = ibm(CKM_VHSM_IBM3624_OFFSET, good, PAN, 4, pin_key, &end);
            assert_eq!(encrypted, s.sign(clear, bound, &block).works());
            s.begin(Class::Sign, m(fields(1, 0)), bound)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin(Class::Sign, m(fields(2, table_key)), bound)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin(Class::Sign, m(fields(1, pin_key)), bound)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
    });
}

#[test]
fn keys_of_pins_are_kept_apart() {
    isolated(|| {
        let s = session();
        let [p0, b0, v1, v2, c0] = ["P0", "B0", "V1", "V2", "C0"].map(|usage| payment(&s, usage, KEY, false));
        let end = end(1, PAN);
        let wrong = CKR_VHSM_KEY_USAGE.0;
        for key in [v1, v2, c0, general(&s, KEY)] {
            s.begin(Class::Encrypt, mech(CKM_VHSM_PIN_BLOCK, &[&end]), key)
                .gives(wrong);
            s.begin(Class::Decrypt, translate(&end, p0, &end), key)
                .gives(wrong);
            s.begin(Class::Decrypt, translate(&end, key, &end), p0)
                .gives(wrong);
            s.begin(Class::Sign, pvv(b'1', key, &end), v2).gives(wrong);
        }
        // Base keys with a KSN, PIN keys without.
        let with_ksn = end_of(1, 1, "FFFF9876543210E00001", PAN);
        s.begin(Class::Encrypt, mech(CKM_VHSM_PIN_BLOCK, &[&end]), b0)
            .gives(wrong);
        s.begin(Class::Encrypt, mech(CKM_VHSM_PIN_BLOCK, &[&with_ksn]), p0)
            .gives(wrong);
        s.begin(Class::Encrypt, mech(CKM_VHSM_PIN_BLOCK, &[&with_ksn]), b0)
            .works();
        s.cancel_by_init(Class::Encrypt).works();
        for general in [CKM_DES3_ECB, CKM_DES3_CBC] {
            let m = if general == CKM_DES3_CBC {
                Mech::iv(general, &[0; 8])
            } else {
                Mech::new(general)
            };
            for key in [p0, b0, v1, v2] {
                s.begin(Class::Decrypt, m, key).gives(wrong);
            }
        }
        // Format 4 is of AES, all others are not.
        let aes = payment(&s, "P0", KEY, true);
        s.begin(Class::Encrypt, mech(CKM_VHSM_PIN_BLOCK, &[&end]), aes)
            .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
        s.begin(
            Class::Encrypt,
            mech(CKM_VHSM_PIN_BLOCK, &[&self::end(48, PAN)]),
            p0,
        )
        .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
    });
}

#[test]
fn modes_of_use_say_who_encrypts_and_who_decrypts() {
    isolated(|| {
        let s = session();
        let key = |mode: &str| {
            let more = [a(CKA_VHSM_KEY_USAGE.0, "P0"), a(CKA_VHSM_MODE_OF_USE.0, mode)];
            s.create(&with(&open_secret(CKK_DES2, &hex(KEY)), &more)).works()
        };
        let end = end(1, PAN);
        let other = payment(&s, "P0", OTHER, false);
        let compare = mech(CKM_VHSM_PIN_COMPARE, &[&end, &handle(other), &end]);
        for (mode, encrypts, decrypts) in [
            ("B", true, true),
            ("E", true, false),
            ("D", false, true),
            ("N", true, true),
            ("C", false, false),
            ("X", false, false),
        ] {
            let key = key(mode);
            let check = |begun: Answer, may: bool, class| {
                if may {
                    begun.works();
                    s.cancel_by_init(class).works();
                } else {
                    begun.gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                }
            };
            let block = mech(CKM_VHSM_PIN_BLOCK, &[&end]);
            check(s.begin(Class::Encrypt, block, key), encrypts, Class::Encrypt);
            let from = translate(&end, other, &end);
            check(s.begin(Class::Decrypt, from, key), decrypts, Class::Decrypt);
            let to = translate(&end, key, &end);
            check(s.begin(Class::Decrypt, to, other), encrypts, Class::Decrypt);
            check(s.begin(Class::Verify, compare, key), decrypts, Class::Verify);
        }
    });
}

#[test]
fn wrong_parameters_and_data_are_told_apart() {
    isolated(|| {
        let s = session();
        let (key, other) = (payment(&s, "P0", KEY, false), payment(&s, "P0", OTHER, false));
        let good = end(1, PAN);
        let changed = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            bytes
        };
        for wrong in [
            changed(0, 0),                             // no format
            changed(0, 41),                            // one that is for cards
            changed(1, 7),                             // no derivation
            changed(2, 1),                             // a KSN without a derivation
            changed(14, 20),                           // an account of 20 digits
            changed(14, 11),                           // digits behind the account
            changed(14, 0),                            // and behind none
            changed(15, b'A'),                         // no digit
            changed(33, b'0'),                         // behind the account
            end(1, ""),                                // no account
            end(1, "41111111111"),                     // 11 digits
            end_of(1, 1, "FFFF9876543210E00000", PAN), // no transaction
            end_of(1, 1, "FFFF9876543210EFFFFF", PAN), // a counter that no device uses
        ] {
            for m in [
                mech(CKM_VHSM_PIN_BLOCK, &[&wrong]),
                mech(CKM_VHSM_PIN_GENERATE, &[&wrong, &[4]]),
            ] {
                s.begin(Class::Encrypt, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
            }
            for m in [translate(&wrong, other, &good), translate(&good, other, &wrong)] {
                s.begin(Class::Decrypt, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        for m in [
            Mech::new(CKM_VHSM_PIN_BLOCK.0),
            mech(CKM_VHSM_PIN_BLOCK, &[&good[1..]]),
            Mech::iv(CKM_VHSM_PIN_BLOCK.0, &[&[2], &good[..]].concat()),
        ] {
            s.begin(Class::Encrypt, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // Handles of nothing, and of what is no key.
        s.begin(Class::Decrypt, translate(&good, 0, &good), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.begin(Class::Decrypt, translate(&good, 0xdead_beef, &good), key)
            .gives(CKR_KEY_HANDLE_INVALID);
        let m = mech(CKM_VHSM_PIN_BLOCK, &[&good]);
        for (pin, rv) in [
            (&b"123"[..], CKR_VHSM_PIN_LENGTH.0),
            (b"1234567890123", CKR_VHSM_PIN_LENGTH.0),
            (b"", CKR_VHSM_PIN_LENGTH.0),
            (b"12A4", CKR_DATA_INVALID),
        ] {
            s.encrypt(m, key, pin).gives(rv);
            s.is_idle(Class::Encrypt);
        }
        let docutel = mech(CKM_VHSM_PIN_BLOCK, &[&end(2, "")]);
        s.encrypt(docutel, key, b"1234567").gives(CKR_VHSM_PIN_LENGTH.0);
        let m = translate(&good, other, &good);
        for block in [&[0; 7][..], &[0; 9], &[0; 16], &[]] {
            s.decrypt(m, key, block).gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        }
        s.decrypt(m, key, &[0; 8]).gives(CKR_VHSM_PIN_BLOCK.0);
    });
}

/// An operation does not outlive a logout that takes away one of its keys.
#[test]
fn the_keys_that_a_parameter_names_end_at_logout() {
    isolated(|| {
        let s = session();
        let public = |usage: &str, value: &str, private: bool| {
            let more = [a(CKA_VHSM_KEY_USAGE.0, usage), a(CKA_PRIVATE, private)];
            s.create(&with(&open_secret(CKK_DES2, &hex(value)), &more))
                .works()
        };
        let end = end(1, PAN);
        for ends in [false, true] {
            let (key, named) = (public("P0", KEY, false), public("P0", OTHER, ends));
            s.begin(Class::Decrypt, translate(&end, named, &end), key).works();
            s.logout().works();
            if ends {
                s.is_idle(Class::Decrypt);
            } else {
                s.cancel_by_init(Class::Decrypt).works();
            }
            s.login(CKU_USER, USER_PIN).works();
        }
    });
}

/// What a card gets with a new PIN: its block, encrypted for the card [pyemv, tests/test_sm_hsm.py].
#[test]
fn new_pins_for_chip_cards_are_the_known_ones() {
    isolated_with("[payment]\nweak_keys = \"accept\"\n", || {
        let s = session();
        let pin_key = payment(&s, "P0", OTHER, false);
        let scripts = payment(&s, "E1", "11111111111111112222222222222222", false);
        let cryptograms = payment(&s, "E0", "FEDCBA98765432100123456789ABCDEF", false);
        let end = end(1, "1234567890123456");
        let [new, old] = ["9999", "8888"].map(|pin| enclosed(&s, pin_key, &end, pin));
        let card = hex("1234567890123456FFFF01");
        // Key A, the session, the format of the script.
        let visa = [&b"\x01A\x04\x01\x00"[..], &card, &hex("FFFF")].concat();
        let mastercard = [&b"\x01A\x03\x02\x00"[..], &card, &hex("ABCDEF1234567890")].concat();
        let change = |format: u8, cryptograms: CK_OBJECT_HANDLE, form: &[u8]| {
            let keys = [handle(pin_key), handle(cryptograms)].concat();
            mech(CKM_VHSM_EMV_PIN_CHANGE, &[&[format], &keys, &end, form])
        };
        let both = [&new[..], &old].concat();
        for (m, blocks, data) in [
            (
                change(41, cryptograms, &visa),
                &new,
                "D421231A6FD2F0FAEE671384F0D3A7B9",
            ),
            (
                change(42, cryptograms, &visa),
                &both,
                "C29371CC36BA70C1EE671384F0D3A7B9",
            ),
            (change(34, 0, &mastercard), &new, "28367E05DE3381C2"),
        ] {
            assert_eq!(s.encrypt(m, scripts, blocks).works(), hex(data));
            s.encrypt(m, scripts, &blocks[1..]).gives(CKR_DATA_LEN_RANGE);
            s.encrypt(m, scripts, &[blocks, &new[..]].concat())
                .gives(CKR_DATA_LEN_RANGE);
            let mut damaged = blocks.clone();
            damaged[0] ^= 1;
            s.encrypt(m, scripts, &damaged).gives(CKR_VHSM_PIN_BLOCK.0);
            for key in [pin_key, cryptograms] {
                s.begin(Class::Encrypt, m, key).gives(CKR_VHSM_KEY_USAGE.0);
            }
        }
        for wrong in [
            change(34, cryptograms, &mastercard),
            change(41, 0, &visa),
            change(47, cryptograms, &visa),
            change(41, cryptograms, &visa[..visa.len() - 1]),
            change(41, cryptograms, &[&visa[..], &[0]].concat()),
            change(34, 0, &[&b"\x01A\x00\x02\x00"[..], &card].concat()),
        ] {
            s.begin(Class::Encrypt, wrong, scripts)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.begin(Class::Encrypt, change(41, scripts, &visa), scripts)
            .gives(CKR_VHSM_KEY_USAGE.0);
    });
}

/// Formats 41 and 42 have bytes of a card's key in them. Under a script key and a PIN key of one's own they come out, so that
/// the card's key is derived in the call: of a key that is named as a card's, but is an issuer's, they would tell those of it.
#[test]
fn a_new_pin_tells_nothing_of_an_issuers_key() {
    isolated(|| {
        let s = session();
        let of_mode = |usage, value, mode| {
            let more = [a(CKA_VHSM_KEY_USAGE.0, usage), a(CKA_VHSM_MODE_OF_USE.0, mode)];
            s.create(&with(&open_secret(CKK_DES2, &hex(value)), &more))
                .works()
        };
        let own = "2315208C9110AD40D302201F9E7F8A45";
        let end = end(1, PAN);
        let pin_key = payment(&s, "P0", own, false);
        let block = enclosed(&s, pin_key, &end, "1234");
        let both = [&block[..], &block].concat();
        let issuer = |mode| of_mode("E0", KEY, mode);
        let change = |format: u8, cryptograms: CK_OBJECT_HANDLE, form: &[u8]| {
            let keys = [handle(pin_key), handle(cryptograms)].concat();
            mech(CKM_VHSM_EMV_PIN_CHANGE, &[&[format], &keys, &end, form])
        };
        let as_session: &[u8] = b"\x01S\x00\x01\x00";
        let as_card: &[u8] = b"\x01M\x01\x01\x00\x00\x01";
        let as_issuer = [&b"\x01A\x04\x01\x00"[..], &hex("4111111111111111FFFF00"), &[0, 1]].concat();
        let [works, derives] = ["E", "X"].map(|mode| of_mode("E1", own, mode));
        for (format, blocks) in [(41, &block), (42, &both)] {
            for mode in ["X", "N"] {
                for (form, scripts) in [(as_session, works), (as_card, derives)] {
                    s.begin(Class::Encrypt, change(format, issuer(mode), form), scripts)
                        .gives(CKR_MECHANISM_PARAM_INVALID);
                }
            }
            for mode in ["X", "N"] {
                s.encrypt(change(format, issuer(mode), &as_issuer), derives, blocks)
                    .works();
            }
            for mode in ["Y", "C", "G", "V"] {
                s.begin(Class::Encrypt, change(format, issuer(mode), &as_issuer), derives)
                    .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            }
        }
        // Format 34 has nothing of such a key.
        for (form, scripts) in [(as_session, works), (as_card, derives), (&as_issuer, derives)] {
            s.encrypt(change(34, 0, form), scripts, &block).works();
        }
    });
}
