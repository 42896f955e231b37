//! Data and MACs under keys of DUKPT that are derived in the call, their translation, and check values [include/vhsm.h].

use crate::harness::*;
use serde_json::Value as Json;
use vhsm::ck::{
    CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_DATA_CBC, CKM_VHSM_DATA_CFB8, CKM_VHSM_DATA_CFB64,
    CKM_VHSM_DATA_CTR, CKM_VHSM_DATA_ECB, CKM_VHSM_DATA_TRANSLATE, CKM_VHSM_DUKPT_MAC,
    CKM_VHSM_KEY_CHECK_VALUE, CKM_VHSM_KEY_CHECK_VALUE_WHOLE, CKM_VHSM_MAC_TRANSLATE, CKR_VHSM_KEY_ALGORITHM,
    CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_USAGE, MechanismId,
};

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const OTHER: &str = "45454545454545457070707070707070";
const AES: &str = "00112233445566778899AABBCCDDEEFF";
const DES_KSN: &str = "FFFF9876543210E00001";
const AES_KSN: &str = "123456789012345600000001";

const HOST: u8 = 0;
const DEVICE: u8 = 1;
const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const BOTH: u8 = 3;

/// No derivation.
const STATIC: [u8; 15] = [0; 15];

const MODES: [MechanismId; 5] = [
    CKM_VHSM_DATA_ECB,
    CKM_VHSM_DATA_CBC,
    CKM_VHSM_DATA_CFB8,
    CKM_VHSM_DATA_CFB64,
    CKM_VHSM_DATA_CTR,
];

fn session() -> Session {
    Token::fresh().user()
}

fn vectors(file: &str) -> Vec<Json> {
    let file: Json = serde_json::from_str(file).unwrap();
    file["vectors"].as_array().unwrap().clone()
}

fn key_type(value: &[u8], aes: bool) -> CK_KEY_TYPE {
    match (aes, value.len()) {
        (true, _) => CKK_AES,
        (_, 8) => CKK_DES,
        (_, 16) => CKK_DES2,
        _ => CKK_DES3,
    }
}

fn general(s: &Session, value: &str, aes: bool) -> CK_OBJECT_HANDLE {
    let value = hex(value);
    s.create(&open_secret(key_type(&value, aes), &value)).works()
}

fn payment_with(s: &Session, usage: &str, value: &str, aes: bool, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    let value = hex(value);
    let template = with(
        &open_secret(key_type(&value, aes), &value),
        &[a(CKA_VHSM_KEY_USAGE.0, usage)],
    );
    s.create(&with(&template, more)).works()
}

fn payment(s: &Session, usage: &str, value: &str, aes: bool) -> CK_OBJECT_HANDLE {
    payment_with(s, usage, value, aes, &[])
}

/// Which key works: derivation, side, direction, KSN.
fn keying(derivation: u8, side: u8, direction: u8, ksn: &str) -> Vec<u8> {
    let mut serial = [0; 12];
    if derivation == 1 {
        serial[2..].fill(0xff); // what shorter ones begin with
    }
    let ksn = hex(ksn);
    serial[12 - ksn.len()..].copy_from_slice(&ksn);
    [&[derivation, side, direction], &serial[..]].concat()
}

/// The derivation of an algorithm's name, and whether it is AES.
fn derivation_of(algorithm: &str) -> (u8, bool) {
    match algorithm {
        "2tdea" => (2, false),
        "3tdea" => (3, false),
        "aes128" => (4, true),
        "aes192" => (5, true),
        "aes256" => (6, true),
        other => panic!("{other}"),
    }
}

fn mech(id: MechanismId, parts: &[&[u8]]) -> Mech {
    Mech::iv(id.0, &[&[1], &parts.concat()[..]].concat())
}

/// How a MAC is made: keying, algorithm, padding method, length.
fn macing(keying: &[u8], algorithm: u8, padding: u8, length: u8) -> Vec<u8> {
    [keying, &[algorithm, padding, length]].concat()
}

/// An end of a translation.
fn end(mode: u8, keying: &[u8], iv: &[u8]) -> Vec<u8> {
    let mut iv = iv.to_vec();
    iv.resize(16, 0);
    [&[mode], keying, &iv].concat()
}

fn handle(key: CK_OBJECT_HANDLE) -> [u8; 8] {
    key.to_be_bytes()
}

fn iv_of(id: MechanismId, aes: bool, iv: &[u8; 16]) -> &[u8] {
    match (id == CKM_VHSM_DATA_ECB, aes) {
        (true, _) => &[],
        (_, true) => iv,
        (_, false) => &iv[..8],
    }
}

/// Both directions whole, and in pieces.
fn is_encrypted(s: &Session, m: Mech, key: CK_OBJECT_HANDLE, data: &[u8], sealed: &[u8]) {
    for (class, input, output) in [(Class::Encrypt, data, sealed), (Class::Decrypt, sealed, data)] {
        s.begin(class, m, key).works();
        let (whole, update, last) = match class {
            Class::Encrypt => (Step::Encrypt, Step::EncryptUpdate, Step::EncryptFinal),
            _ => (Step::Decrypt, Step::DecryptUpdate, Step::DecryptFinal),
        };
        assert_eq!(s.step(whole, input).works(), output);
        for length in [1, 5, 8, 16, 23] {
            s.begin(class, m, key).works();
            let mut made = Vec::new();
            for part in input.chunks(length) {
                made.extend(s.step(update, part).works());
            }
            made.extend(s.step(last, &[]).works());
            assert_eq!(made, output, "{class:?} in pieces of {length}");
        }
    }
}

/// What a mode of the standard makes under a general key; counter mode with triple DES, which it lacks, block by block.
fn by_the_standard(
    s: &Session,
    id: MechanismId,
    value: &str,
    aes: bool,
    iv: &[u8; 16],
    data: &[u8],
) -> Vec<u8> {
    let key = general(s, value, aes);
    let block = iv_of(id, aes, iv);
    let (des, with_aes) = match id {
        CKM_VHSM_DATA_ECB => (CKM_DES3_ECB, CKM_AES_ECB),
        CKM_VHSM_DATA_CBC => (CKM_DES3_CBC, CKM_AES_CBC),
        CKM_VHSM_DATA_CFB8 => (CKM_DES_CFB8, CKM_AES_CFB8),
        CKM_VHSM_DATA_CFB64 => (CKM_DES_CFB64, CKM_AES_CFB64),
        _ if aes => return s.encrypt(Mech::ctr(128, *iv), key, data).works(),
        _ => {
            let first = u64::from_be_bytes(block.try_into().unwrap());
            let counters: Vec<u8> = (0..data.len().div_ceil(8) as u64)
                .flat_map(|count| (first + count).to_be_bytes())
                .collect();
            let stream = s.encrypt(Mech::new(CKM_DES3_ECB), key, &counters).works();
            return stream.iter().zip(data).map(|(one, other)| one ^ other).collect();
        }
    };
    let id = if aes { with_aes } else { des };
    let m = if block.is_empty() {
        Mech::new(id)
    } else {
        Mech::iv(id, block)
    };
    s.encrypt(m, key, data).works()
}

#[test]
fn data_of_requests_is_the_published_one() {
    isolated(|| {
        let s = session();
        let mut count = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_tdes.json")) {
            let Some(sealed) = vector["expected"]["data_request_cbc_zero_iv_zero_pad"].as_str() else {
                continue;
            };
            println!("{vector}");
            let text = |name: &str| vector["inputs"][name].as_str().unwrap();
            let mut data = text("txn_data_ascii").as_bytes().to_vec();
            data.resize(data.len().next_multiple_of(8), 0);
            let base = payment(&s, "B0", text("bdk"), false);
            let device = keying(1, DEVICE, REQUEST, text("ksn"));
            let host = keying(1, HOST, REQUEST, text("ksn"));
            let m = mech(CKM_VHSM_DATA_CBC, &[&device, &[0; 8]]);
            assert_eq!(s.encrypt(m, base, &data).works(), hex(sealed));
            let m = mech(CKM_VHSM_DATA_CBC, &[&host, &[0; 8]]);
            assert_eq!(s.decrypt(m, base, &hex(sealed)).works(), data);
            let (key, twin) = (payment(&s, "D0", OTHER, false), general(&s, OTHER, false));
            let m = mech(
                CKM_VHSM_DATA_TRANSLATE,
                &[&end(1, &host, &[]), &handle(key), &end(0, &STATIC, &[])],
            );
            let moved = s.decrypt(m, base, &hex(sealed)).works();
            assert_eq!(s.decrypt(Mech::new(CKM_DES3_ECB), twin, &moved).works(), data);
            let back = mech(
                CKM_VHSM_DATA_TRANSLATE,
                &[&end(0, &STATIC, &[]), &handle(base), &end(1, &device, &[])],
            );
            assert_eq!(s.decrypt(back, key, &moved).works(), hex(sealed));
            count += 1;
        }
        assert_eq!(count, 23);
    });
}

/// The working keys are published; the standard's mechanisms encrypt under them.
#[test]
fn data_under_published_keys_is_what_the_modes_of_the_standard_make() {
    isolated(|| {
        let s = session();
        let iv = [0xc3; 16];
        let data: Vec<u8> = (0..96).collect();
        let mut count = 0;
        let mut check = |base, value: &str, aes, (derivation, direction): (u8, u8), ksn: &str| {
            let sides = match direction {
                REQUEST => (DEVICE, HOST),
                RESPONSE => (HOST, DEVICE),
                _ => (HOST, HOST),
            };
            for id in MODES {
                let expected = by_the_standard(&s, id, value, aes, &iv, &data);
                let iv = iv_of(id, aes, &iv);
                let m = |side| mech(id, &[&keying(derivation, side, direction, ksn), iv]);
                assert_eq!(s.encrypt(m(sides.0), base, &data).works(), expected);
                assert_eq!(s.decrypt(m(sides.1), base, &expected).works(), data);
                count += 1;
            }
        };
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_tdes.json")) {
            let text = |name: &str| vector["inputs"][name].as_str().unwrap();
            for (name, direction) in [("data_request_key", REQUEST), ("data_response_key", RESPONSE)] {
                let Some(value) = vector["expected"][name].as_str() else {
                    continue;
                };
                let base = payment(&s, "B0", text("bdk"), false);
                check(base, value, false, (1, direction), text("ksn"));
            }
        }
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_aes.json")) {
            let text = |name: &str| vector["inputs"][name].as_str().unwrap();
            for (name, value) in vector["expected"]["keys"].as_object().into_iter().flatten() {
                let (use_of, algorithm) = name.split_once('/').unwrap();
                let direction = match use_of {
                    "data_enc" => REQUEST,
                    "data_dec" => RESPONSE,
                    "data_both" => BOTH,
                    _ => continue,
                };
                let (derivation, aes) = derivation_of(algorithm);
                let base = payment(&s, "B0", text("bdk"), true);
                check(
                    base,
                    value.as_str().unwrap(),
                    aes,
                    (derivation, direction),
                    text("ksn"),
                );
            }
        }
        assert!(count > 300, "{count}");
    });
}

#[test]
fn data_comes_whole_and_in_pieces_under_every_key() {
    isolated(|| {
        let s = session();
        let iv = *b"an initial value";
        let data: Vec<u8> = (7..7 + 80).collect();
        for (value, aes) in [(KEY, false), (AES, true)] {
            let key = payment(&s, "D0", value, aes);
            for id in MODES {
                let expected = by_the_standard(&s, id, value, aes, &iv, &data);
                is_encrypted(
                    &s,
                    mech(id, &[&STATIC, iv_of(id, aes, &iv)]),
                    key,
                    &data,
                    &expected,
                );
            }
            let base = payment(&s, "B0", value, aes);
            let both = match aes {
                true => keying(4, HOST, BOTH, AES_KSN),
                false => continue,
            };
            for id in MODES {
                let m = mech(id, &[&both, iv_of(id, aes, &iv)]);
                let sealed = s.encrypt(m, base, &data).works();
                is_encrypted(&s, m, base, &data, &sealed);
            }
        }
        for id in [CKM_VHSM_DATA_ECB, CKM_VHSM_DATA_CBC] {
            let key = payment(&s, "D0", KEY, false);
            let m = mech(id, &[&STATIC, iv_of(id, false, &iv)]);
            s.encrypt(m, key, &data[..9]).gives(CKR_DATA_LEN_RANGE);
            s.decrypt(m, key, &data[..9]).gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        }
    });
}

/// The working key is derived again from the key that the state names, and stands in no state.
#[test]
fn operations_under_derived_keys_go_on_in_another_session() {
    isolated(|| {
        let token = Token::fresh();
        let (s, other) = (token.user(), token.rw());
        let data: Vec<u8> = (0..64).collect();
        let base = payment(&s, "B0", AES, true);
        let both = keying(4, HOST, BOTH, AES_KSN);
        for id in MODES {
            let m = mech(id, &[&both, iv_of(id, true, &[3; 16])]);
            let whole = s.encrypt(m, base, &data).works();
            s.begin(Class::Encrypt, m, base).works();
            let mut made = s.step(Step::EncryptUpdate, &data[..32]).works();
            let state = s.save().works();
            other.restore(&state, base, 0).works();
            made.extend(other.step(Step::EncryptUpdate, &data[32..]).works());
            made.extend(other.step(Step::EncryptFinal, &[]).works());
            assert_eq!(made, whole);
            s.cancel_by_init(Class::Encrypt).works();
        }
        let m = mech(CKM_VHSM_DUKPT_MAC, &[&macing(&both, 5, 0, 16)]);
        let whole = s.sign(m, base, &data).works();
        s.begin(Class::Sign, m, base).works();
        s.feed(Class::Sign, &data[..21]).works();
        other.restore(&s.save().works(), 0, base).works();
        other.feed(Class::Sign, &data[21..]).works();
        assert_eq!(other.step(Step::SignFinal, &[]).works(), whole);
    });
}

/// A counter that comes round would use key stream twice.
#[test]
fn a_counter_does_not_come_round() {
    isolated(|| {
        let s = session();
        for (value, aes) in [(KEY, false), (AES, true)] {
            let key = payment(&s, "D0", value, aes);
            let length = if aes { 16 } else { 8 };
            let m = mech(CKM_VHSM_DATA_CTR, &[&STATIC, &vec![0xff; length]]);
            s.encrypt(m, key, &vec![0; length]).works();
            s.encrypt(m, key, &vec![0; length + 1]).gives(CKR_DATA_LEN_RANGE);
            s.decrypt(m, key, &vec![0; length + 1])
                .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
        }
    });
}

#[test]
fn every_mode_and_cipher_is_translated_to_every_other() {
    isolated(|| {
        let s = session();
        let iv = [0x1f; 16];
        let data: Vec<u8> = (0..48).collect();
        let keys = [(KEY, false), (OTHER, false), (AES, true)];
        for (from_value, from_aes) in keys {
            for (to_value, to_aes) in keys {
                let from_key = payment(&s, "D0", from_value, from_aes);
                let to_key = payment(&s, "D0", to_value, to_aes);
                for (from_mode, from) in (0..).zip(MODES) {
                    let sealed = by_the_standard(&s, from, from_value, from_aes, &iv, &data);
                    for (to_mode, to) in (0..).zip(MODES) {
                        let m = mech(
                            CKM_VHSM_DATA_TRANSLATE,
                            &[
                                &end(from_mode, &STATIC, iv_of(from, from_aes, &iv)),
                                &handle(to_key),
                                &end(to_mode, &STATIC, iv_of(to, to_aes, &iv)),
                            ],
                        );
                        assert_eq!(
                            s.decrypt(m, from_key, &sealed).works(),
                            by_the_standard(&s, to, to_value, to_aes, &iv, &data)
                        );
                    }
                }
            }
        }
        // 24 bytes are whole blocks of triple DES, and none of AES.
        let (from, to) = (payment(&s, "D0", KEY, false), payment(&s, "D0", AES, true));
        let blocks = mech(
            CKM_VHSM_DATA_TRANSLATE,
            &[&end(0, &STATIC, &[]), &handle(to), &end(1, &STATIC, &[])],
        );
        s.decrypt(blocks, from, &data[..24])
            .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
    });
}

#[test]
fn macs_under_keys_of_dukpt_are_the_published_ones() {
    isolated(|| {
        let s = session();
        let mut count = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_tdes.json")) {
            for (name, algorithm, padding, direction) in [
                ("mac_request_4", 3, 1, REQUEST),
                ("mac_response_4", 3, 1, RESPONSE),
                ("cmac_request_8", 5, 0, REQUEST),
                ("cmac_response_8", 5, 0, RESPONSE),
            ] {
                let Some(mac) = vector["expected"][name].as_str() else {
                    continue;
                };
                println!("{vector} {name}");
                let text = |name: &str| vector["inputs"][name].as_str().unwrap();
                let (mac, data) = (hex(mac), text("txn_data_ascii").as_bytes());
                let base = payment(&s, "B0", text("bdk"), false);
                let form = |side| {
                    let keying = keying(1, side, direction, text("ksn"));
                    macing(&keying, algorithm, padding, mac.len() as u8)
                };
                let (maker, checker) = match direction {
                    REQUEST => (form(DEVICE), form(HOST)),
                    _ => (form(HOST), form(DEVICE)),
                };
                let m = mech(CKM_VHSM_DUKPT_MAC, &[&maker]);
                assert_eq!(s.sign(m, base, data).works(), mac);
                s.begin(Class::Sign, m, base).works();
                for part in data.chunks(5) {
                    s.feed(Class::Sign, part).works();
                }
                assert_eq!(s.step(Step::SignFinal, &[]).works(), mac);
                let m = mech(CKM_VHSM_DUKPT_MAC, &[&checker]);
                s.verify(m, base, data, &mac).works();
                s.verify(m, base, b"another", &mac).gives(CKR_SIGNATURE_INVALID);
                s.verify(m, base, data, &mac[1..]).gives(CKR_SIGNATURE_LEN_RANGE);
                translates(&s, base, &checker, &maker, data, &mac);
                count += 1;
            }
        }
        assert_eq!(count, 92);
    });
}

/// Length 132: the last half of a MAC of eight bytes, of messages that come whole.
#[test]
fn the_last_half_of_a_mac_is_asked_for_by_its_own_length() {
    isolated(|| {
        let s = session();
        let (base, aes) = (payment(&s, "B0", KEY, false), payment(&s, "B0", AES, true));
        for (derivation, ksn, base, algorithm, padding) in [
            (1, DES_KSN, base, 3, 1),
            (1, DES_KSN, base, 3, 2),
            (1, DES_KSN, base, 5, 0),
            (4, AES_KSN, aes, 5, 0),
        ] {
            let of = |side, length| {
                let keying = keying(derivation, side, REQUEST, ksn);
                mech(
                    CKM_VHSM_DUKPT_MAC,
                    &[&macing(&keying, algorithm, padding, length)],
                )
            };
            let (m, checked) = (|length| of(DEVICE, length), of(HOST, 132));
            let whole = s.sign(m(8), base, b"message").works();
            assert_eq!(s.sign(m(4), base, b"message").works(), whole[..4]);
            assert_eq!(s.sign(m(132), base, b"message").works(), whole[4..]);
            s.verify(checked, base, b"message", &whole[4..]).works();
            s.verify(checked, base, b"message", &whole[..4])
                .gives(CKR_SIGNATURE_INVALID);
            s.verify(checked, base, b"message", &whole)
                .gives(CKR_SIGNATURE_LEN_RANGE);
            s.begin(Class::Sign, m(132), base).works();
            s.feed(Class::Sign, b"mess").gives(CKR_FUNCTION_NOT_SUPPORTED);
            for length in [131, 133, 136] {
                s.begin(Class::Sign, m(length), base)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        let key = payment(&s, "M3", KEY, false);
        let own = Mech::iv(vhsm::ck::CKM_VHSM_ISO9797_ALG3_MAC.0, &[1, 2, 132]);
        s.begin(Class::Sign, own, key).gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// To the retail MAC under a static key, and from that to the MAC of the vector.
fn translates(s: &Session, base: CK_OBJECT_HANDLE, checker: &[u8], maker: &[u8], data: &[u8], mac: &[u8]) {
    let key = payment(s, "M3", KEY, false);
    let retail = macing(&STATIC, 3, 2, 8);
    let to = mech(CKM_VHSM_MAC_TRANSLATE, &[checker, &handle(key), &retail, mac]);
    let moved = s.sign(to, base, data).works();
    let own = Mech::iv(vhsm::ck::CKM_VHSM_ISO9797_ALG3_MAC.0, &[1, 2, 8]);
    assert_eq!(s.sign(own, key, data).works(), moved);
    let back = mech(CKM_VHSM_MAC_TRANSLATE, &[&retail, &handle(base), maker, &moved]);
    assert_eq!(s.sign(back, key, data).works(), mac);
    s.sign(to, base, b"another").gives(CKR_DATA_INVALID);
    let mut wrong = mac.to_vec();
    wrong[0] ^= 1;
    let wrong = mech(CKM_VHSM_MAC_TRANSLATE, &[checker, &handle(key), &retail, &wrong]);
    s.sign(wrong, base, data).gives(CKR_DATA_INVALID);
}

#[test]
fn macs_with_aes_are_those_of_the_published_keys() {
    isolated(|| {
        let s = session();
        let mut count = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_aes.json")) {
            let text = |name: &str| vector["inputs"][name].as_str().unwrap();
            for (name, value) in vector["expected"]["keys"].as_object().into_iter().flatten() {
                let (use_of, algorithm) = name.split_once('/').unwrap();
                let (direction, side) = match use_of {
                    "mac_gen" => (REQUEST, DEVICE),
                    "mac_verify" => (RESPONSE, HOST),
                    "mac_both" => (BOTH, HOST),
                    _ => continue,
                };
                if algorithm.starts_with("hmac") {
                    continue; // HMAC keys are derived: CKM_VHSM_DUKPT_AES_DERIVE.
                }
                let (derivation, aes) = derivation_of(algorithm);
                let (cmac, length) = if aes {
                    (CKM_AES_CMAC, 16)
                } else {
                    (CKM_DES3_CMAC, 8)
                };
                let key = general(&s, value.as_str().unwrap(), aes);
                let mac = s.sign(Mech::new(cmac), key, b"message").works();
                let base = payment(&s, "B0", text("bdk"), true);
                let keying = keying(derivation, side, direction, text("ksn"));
                let m = mech(CKM_VHSM_DUKPT_MAC, &[&macing(&keying, 5, 0, length)]);
                assert_eq!(s.sign(m, base, b"message").works(), mac);
                count += 1;
            }
        }
        assert!(count > 30, "{count}");
    });
}

/// With the counter 0 the initial key is the transaction's, for MACs alone.
#[test]
fn counters_are_those_that_devices_use() {
    isolated(|| {
        let s = session();
        let base = payment(&s, "B0", KEY, false);
        let mac = |ksn: &str| {
            mech(
                CKM_VHSM_DUKPT_MAC,
                &[&macing(&keying(1, DEVICE, REQUEST, ksn), 3, 1, 4)],
            )
        };
        let data = |ksn: &str| mech(CKM_VHSM_DATA_ECB, &[&keying(1, DEVICE, REQUEST, ksn)]);
        s.sign(mac("FFFF9876543210E00000"), base, b"").works();
        s.begin(Class::Encrypt, data("FFFF9876543210E00000"), base)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        // Ten ones, and eleven.
        s.encrypt(data("FFFF9876543210FFE000"), base, &[0; 8]).works();
        s.encrypt(data("FFFF9876543210F003FF"), base, &[0; 8])
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.encrypt(data("FFFF9876543210E003FF"), base, &[0; 8]).works();
        s.encrypt(data("FFFF9876543210E007FF"), base, &[0; 8])
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let aes = payment(&s, "B0", AES, true);
        let data = |ksn: &str| mech(CKM_VHSM_DATA_ECB, &[&keying(4, DEVICE, REQUEST, ksn)]);
        s.encrypt(data("12345678901234560000FFFF"), aes, &[0; 16]).works();
        for counter in ["00000000", "0001FFFF", "FFFFFFFF"] {
            s.encrypt(data(&format!("1234567890123456{counter}")), aes, &[0; 16])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn parameters_of_another_form_are_refused() {
    isolated(|| {
        let s = session();
        let (base, aes_base) = (payment(&s, "B0", KEY, false), payment(&s, "B0", AES, true));
        let (key, aes_key) = (payment(&s, "D0", KEY, false), payment(&s, "D0", AES, true));
        let wrong = |m: Mech, key| s.begin(Class::Encrypt, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
        let cbc = |keying: &[u8], iv: &[u8]| mech(CKM_VHSM_DATA_CBC, &[keying, iv]);
        for (derivation, side, direction, ksn) in [
            (1, 2, REQUEST, DES_KSN),
            (1, HOST, 0, DES_KSN),
            (1, HOST, 4, DES_KSN),
            (1, HOST, BOTH, DES_KSN),
            (7, HOST, REQUEST, DES_KSN),
            (255, HOST, REQUEST, DES_KSN),
            (0, 1, 0, ""),
            (0, 0, 1, ""),
            (0, 0, 0, DES_KSN),
            (1, DEVICE, REQUEST, AES_KSN),
        ] {
            wrong(cbc(&keying(derivation, side, direction, ksn), &[0; 8]), base);
        }
        wrong(cbc(&STATIC, &[0; 16]), key);
        wrong(cbc(&STATIC, &[0; 8]), aes_key);
        wrong(cbc(&STATIC, &[0; 12]), aes_key);
        wrong(cbc(&keying(2, DEVICE, REQUEST, AES_KSN), &[0; 16]), aes_base);
        wrong(cbc(&STATIC, &[]), key);
        wrong(mech(CKM_VHSM_DATA_ECB, &[&STATIC, &[0; 8]]), key);
        for version in [0, 2] {
            let bytes = [&[version], &STATIC[..], &[0; 8]].concat();
            wrong(Mech::iv(CKM_VHSM_DATA_CBC.0, &bytes), key);
        }
        let translation = |from: &[u8], to: &[u8]| {
            let m = mech(CKM_VHSM_DATA_TRANSLATE, &[from, &handle(aes_key), to]);
            s.begin(Class::Decrypt, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
        };
        translation(&end(5, &STATIC, &[]), &end(0, &STATIC, &[]));
        translation(&end(0, &STATIC, &[1]), &end(0, &STATIC, &[]));
        translation(&end(1, &STATIC, &[1; 9]), &end(0, &STATIC, &[]));
        translation(&end(0, &STATIC, &[]), &end(0, &STATIC, &[0, 1]));
        let none = [&end(0, &STATIC, &[])[..], &handle(0), &end(0, &STATIC, &[])].concat();
        s.begin(Class::Decrypt, mech(CKM_VHSM_DATA_TRANSLATE, &[&none]), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let stranger = [&end(0, &STATIC, &[])[..], &handle(0xffff), &end(0, &STATIC, &[])].concat();
        s.begin(Class::Decrypt, mech(CKM_VHSM_DATA_TRANSLATE, &[&stranger]), key)
            .gives(CKR_KEY_HANDLE_INVALID);
    });
}

#[test]
fn macs_of_another_form_are_refused() {
    isolated(|| {
        let s = session();
        let (base, aes) = (payment(&s, "B0", KEY, false), payment(&s, "B0", AES, true));
        let of_base = keying(1, DEVICE, REQUEST, DES_KSN);
        let of_aes = keying(4, DEVICE, REQUEST, AES_KSN);
        let gives = |key, form: &[u8], rv| {
            s.begin(Class::Sign, mech(CKM_VHSM_DUKPT_MAC, &[form]), key)
                .gives(rv);
        };
        for (algorithm, padding, length) in [
            (0, 1, 4),
            (2, 1, 4),
            (4, 1, 4),
            (6, 0, 4),
            (1, 0, 4),
            (3, 4, 4),
            (5, 1, 4),
            (3, 1, 3),
            (3, 1, 9),
            (5, 0, 3),
            (5, 0, 9),
            (5, 0, 17),
        ] {
            let form = macing(&of_base, algorithm, padding, length);
            gives(base, &form, CKR_MECHANISM_PARAM_INVALID);
        }
        gives(base, &macing(&STATIC, 3, 1, 4), CKR_MECHANISM_PARAM_INVALID);
        gives(aes, &macing(&of_aes, 3, 1, 4), CKR_VHSM_KEY_ALGORITHM.0);
        gives(aes, &macing(&of_aes, 1, 1, 4), CKR_VHSM_KEY_ALGORITHM.0);
        gives(base, &macing(&of_aes, 5, 0, 4), CKR_VHSM_KEY_ALGORITHM.0);
        // Of two-key triple DES, under a base key of AES.
        let two_keys = macing(&keying(2, DEVICE, REQUEST, AES_KSN), 3, 1, 8);
        s.sign(mech(CKM_VHSM_DUKPT_MAC, &[&two_keys]), aes, b"message")
            .works();
        // The length of the message: with method 3 only, and then it is the message's.
        let announced = [&macing(&of_base, 3, 3, 8)[..], &7_u64.to_be_bytes()].concat();
        let m = mech(CKM_VHSM_DUKPT_MAC, &[&announced]);
        let mac = s.sign(m, base, b"message").works();
        let m = mech(CKM_VHSM_DUKPT_MAC, &[&macing(&of_base, 3, 3, 8)]);
        assert_eq!(s.sign(m, base, b"message").works(), mac);
        let m = mech(CKM_VHSM_DUKPT_MAC, &[&announced]);
        s.sign(m, base, b"another message").gives(CKR_DATA_LEN_RANGE);
        for method in [1, 2] {
            let form = [&macing(&of_base, 3, method, 8)[..], &7_u64.to_be_bytes()].concat();
            gives(base, &form, CKR_MECHANISM_PARAM_INVALID);
        }
        let form = [&macing(&of_base, 5, 0, 8)[..], &7_u64.to_be_bytes()].concat();
        gives(base, &form, CKR_MECHANISM_PARAM_INVALID);
    });
}

#[test]
fn keys_do_what_their_usage_and_side_allow_and_no_more() {
    isolated(|| {
        let s = session();
        let ecb = |keying: &[u8]| mech(CKM_VHSM_DATA_ECB, &[keying]);
        let host = ecb(&keying(1, HOST, REQUEST, DES_KSN));
        let base = payment(&s, "B0", KEY, false);
        s.begin(Class::Encrypt, host, base)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.decrypt(host, base, &[0; 8]).works();
        let response = ecb(&keying(1, HOST, RESPONSE, DES_KSN));
        s.begin(Class::Decrypt, response, base)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        // No base key without a KSN, no data key with one.
        s.begin(Class::Encrypt, ecb(&STATIC), base)
            .gives(CKR_VHSM_KEY_USAGE.0);
        let key = payment(&s, "D0", KEY, false);
        s.begin(Class::Decrypt, host, key).gives(CKR_VHSM_KEY_USAGE.0);
        // Neither PIN keys nor any other, nor general keys.
        for usage in ["P0", "M3", "K0", "C0", "V2", "D3"] {
            let other = payment(&s, usage, KEY, false);
            for m in [ecb(&STATIC), host] {
                s.begin(Class::Decrypt, m, other).gives(CKR_VHSM_KEY_USAGE.0);
            }
            let m = mech(
                CKM_VHSM_DATA_TRANSLATE,
                &[&end(0, &STATIC, &[]), &handle(other), &end(0, &STATIC, &[])],
            );
            s.begin(Class::Decrypt, m, key).gives(CKR_VHSM_KEY_USAGE.0);
        }
        s.begin(Class::Decrypt, ecb(&STATIC), general(&s, KEY, false))
            .gives(CKR_VHSM_KEY_USAGE.0);
        // Modes of use.
        let mode = |usage, code| payment_with(&s, usage, KEY, false, &[a(CKA_VHSM_MODE_OF_USE.0, code)]);
        s.decrypt(host, mode("B0", "X"), &[0; 8]).works();
        s.begin(Class::Decrypt, host, mode("B0", "D"))
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.begin(Class::Decrypt, ecb(&STATIC), mode("D0", "X"))
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.begin(Class::Decrypt, ecb(&STATIC), mode("D0", "E"))
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        let to = |other| {
            let ends = [&end(0, &STATIC, &[])[..], &handle(other), &end(0, &STATIC, &[])].concat();
            mech(CKM_VHSM_DATA_TRANSLATE, &[&ends])
        };
        s.decrypt(to(mode("D0", "E")), mode("D0", "D"), &[0; 8]).works();
        s.begin(Class::Decrypt, to(mode("D0", "D")), key)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        s.begin(Class::Decrypt, to(key), mode("D0", "E"))
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        // The working key is no stronger than its base key.
        let aes = payment(&s, "B0", AES, true);
        s.begin(Class::Decrypt, ecb(&keying(6, HOST, REQUEST, AES_KSN)), aes)
            .gives(CKR_KEY_SIZE_RANGE);
        s.begin(Class::Decrypt, host, aes).gives(CKR_VHSM_KEY_ALGORITHM.0);
    });
}

#[test]
fn a_mac_is_translated_by_keys_of_its_algorithm_that_check_and_make() {
    isolated(|| {
        let s = session();
        let of_mode = |usage, code| payment_with(&s, usage, KEY, false, &[a(CKA_VHSM_MODE_OF_USE.0, code)]);
        let retail = macing(&STATIC, 3, 1, 8);
        let checker = of_mode("M3", "V");
        let own = Mech::iv(vhsm::ck::CKM_VHSM_ISO9797_ALG3_MAC.0, &[1, 1, 8]);
        let mac = s.sign(own, of_mode("M3", "G"), b"message").works();
        let to = |key, form: &[u8]| mech(CKM_VHSM_MAC_TRANSLATE, &[&retail, &handle(key), form, &mac]);
        let alg1 = macing(&STATIC, 1, 1, 8);
        let cmac = macing(&STATIC, 5, 0, 8);
        for (usage, form) in [("M1", &alg1), ("M0", &alg1), ("M3", &retail), ("M6", &cmac)] {
            s.sign(to(of_mode(usage, "G"), form), checker, b"message").works();
            let answer = s.begin(Class::Sign, to(of_mode(usage, "V"), form), checker);
            answer.gives(CKR_VHSM_KEY_MODE_OF_USE.0);
            for wrong in [&alg1, &retail, &cmac] {
                if wrong != form {
                    let answer = s.begin(Class::Sign, to(of_mode(usage, "G"), wrong), checker);
                    answer.gives(CKR_VHSM_KEY_USAGE.0);
                }
            }
        }
        let maker = of_mode("M3", "G");
        s.begin(Class::Sign, to(maker, &retail), maker)
            .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
        for usage in ["P0", "D0", "C0"] {
            let key = payment(&s, usage, KEY, false);
            s.begin(Class::Sign, to(key, &retail), checker)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        // A MAC of another length than its form tells.
        let short = mech(
            CKM_VHSM_MAC_TRANSLATE,
            &[&retail, &handle(maker), &retail, &mac[..4]],
        );
        s.begin(Class::Sign, short, checker)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

#[test]
fn check_values_are_the_known_ones() {
    isolated_with("[payment]\nweak_keys = \"accept\"\n", || {
        let s = session();
        let vectors = vectors(include_str!("../vectors/payment/kcv.json"));
        assert_eq!(vectors.len(), 17);
        for vector in vectors {
            println!("{vector}");
            let text = |name: &str| vector[name].as_str().unwrap();
            let (cipher, method) = text("alg").split_once('_').unwrap();
            let method = ["ecb", "cmac_zero", "cmac_empty"]
                .iter()
                .position(|one| *one == method);
            let value = hex(text("kcv"));
            for usage in ["P0", "C0", "B0", "K0"] {
                let key = payment(&s, usage, text("key"), cipher == "aes");
                // Of the values that are longer, what may leave.
                let longest = match (usage, method, cipher) {
                    ("P0", ..) | ("K0", Some(0), "tdes") => 16,
                    (_, Some(0), _) => 3,
                    _ => 5,
                };
                for length in 2..=value.len() {
                    let m = mech(
                        CKM_VHSM_KEY_CHECK_VALUE,
                        &[&[method.unwrap() as u8 + 1, length as u8]],
                    );
                    if length <= longest {
                        assert_eq!(s.sign(m, key, b"").works(), value[..length]);
                    } else {
                        s.begin(Class::Sign, m, key).gives(CKR_MECHANISM_PARAM_INVALID);
                    }
                }
            }
        }
    });
}

#[test]
fn whole_check_values_are_the_known_ones() {
    let on =
        "[payment]\nweak_keys = \"accept\"\n[mechanisms]\nenable = [\"CKM_VHSM_KEY_CHECK_VALUE_WHOLE\"]\n";
    isolated_with(on, || {
        let s = session();
        let mut asked = 0;
        for vector in vectors(include_str!("../vectors/payment/kcv.json")) {
            let text = |name: &str| vector[name].as_str().unwrap();
            let (cipher, method) = text("alg").split_once('_').unwrap();
            if method != "ecb" {
                continue;
            }
            asked += 1;
            let key = payment(&s, "M3", text("key"), cipher == "aes");
            let whole = s
                .sign(Mech::new(CKM_VHSM_KEY_CHECK_VALUE_WHOLE.0), key, b"")
                .works();
            assert_eq!(whole.len(), if cipher == "aes" { 16 } else { 8 });
            let known = hex(text("kcv"));
            assert_eq!(whole[..known.len()], known);
            s.sign(Mech::new(CKM_VHSM_KEY_CHECK_VALUE_WHOLE.0), key, b"data")
                .gives(CKR_DATA_LEN_RANGE);
        }
        assert!(asked > 4);
    });
}

#[test]
fn a_check_value_tells_no_more_than_it_should() {
    isolated(|| {
        let s = session();
        let key = payment(&s, "P0", KEY, false);
        let kcv = |method, length| mech(CKM_VHSM_KEY_CHECK_VALUE, &[&[method, length]]);
        for (method, length) in [(0, 3), (4, 3), (1, 0), (1, 1), (1, 9), (1, 16), (2, 16), (3, 255)] {
            s.begin(Class::Sign, kcv(method, length), key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // Key stream, the start of a MAC, an initial key, what CMAC and derivations stand on: a part only.
        for (usage, aes) in [
            ("D0", false),
            ("D0", true),
            ("M1", false),
            ("M3", false),
            ("M6", true),
            ("C0", false),
            ("V1", false),
            ("V2", false),
            ("B0", false),
            ("B0", true),
            ("B1", false),
            ("E0", false),
            ("K0", true),
            ("K1", false),
        ] {
            let key = payment(&s, usage, KEY, aes);
            s.sign(kcv(1, 3), key, b"").works();
            for (method, length) in [(1, 4), (1, 5), (1, 8), (2, 6), (3, 8)] {
                s.begin(Class::Sign, kcv(method, length), key)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        // Of keys that make CMACs no four bytes of one.
        for usage in ["M6", "E0", "E2"] {
            let key = payment(&s, usage, KEY, true);
            for method in [2, 3] {
                s.sign(kcv(method, 3), key, b"").works();
                s.begin(Class::Sign, kcv(method, 4), key)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        s.sign(kcv(1, 3), key, b"data").gives(CKR_DATA_LEN_RANGE);
        s.begin(Class::Sign, kcv(1, 3), general(&s, KEY, false))
            .gives(CKR_VHSM_KEY_USAGE.0);
        // No flag, mode or date keeps it back, as none does CKA_CHECK_VALUE.
        let bound = [
            a(CKA_VHSM_MODE_OF_USE.0, "D"),
            a(CKA_SIGN, false),
            a(CKA_END_DATE, "20010101"),
        ];
        let bound = payment_with(&s, "P0", KEY, false, &bound);
        let value = s.sign(kcv(1, 3), bound, b"").works();
        assert_eq!(value, hex("08D7B4"));
        assert_eq!(s.get(bound, CKA_CHECK_VALUE).works(), value);
    });
}
