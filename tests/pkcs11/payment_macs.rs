//! MACs of payment messages, and CMAC and HMAC under payment keys [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_ISO9797_ALG1_MAC, CKM_VHSM_ISO9797_ALG3_MAC,
    CKM_VHSM_ISO9797_CHAINED_MAC, CKR_VHSM_KEY_ALGORITHM, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_USAGE,
};

const ALG1: CK_MECHANISM_TYPE = CKM_VHSM_ISO9797_ALG1_MAC.0;
const ALG3: CK_MECHANISM_TYPE = CKM_VHSM_ISO9797_ALG3_MAC.0;

/// Two different parts of odd parity.
const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";

fn session() -> Session {
    Token::fresh().user()
}

/// Version 1, a padding method, a length.
fn form(mechanism: CK_MECHANISM_TYPE, method: u8, length: u8) -> Mech {
    Mech::iv(mechanism, &[1, method, length])
}

/// With padding method 3, for a message of so many bytes, which can come in pieces.
fn announced(mechanism: CK_MECHANISM_TYPE, length: u8, message_len: usize) -> Mech {
    let message_len = (message_len as u64).to_be_bytes();
    Mech::iv(mechanism, &[&[1, 3, length], &message_len[..]].concat())
}

fn key(s: &Session, usage: &str, key_type: CK_KEY_TYPE, value: &[u8]) -> CK_OBJECT_HANDLE {
    let template = with(&open_secret(key_type, value), &[a(CKA_VHSM_KEY_USAGE.0, usage)]);
    s.create(&template).works()
}

fn des_type(value: &[u8]) -> CK_KEY_TYPE {
    match value.len() {
        8 => CKK_DES,
        16 => CKK_DES2,
        _ => CKK_DES3,
    }
}

fn retail(s: &Session) -> CK_OBJECT_HANDLE {
    key(s, "M3", CKK_DES2, &hex(KEY))
}

/// Makes a MAC whole and in pieces, and checks it in both ways.
fn known(s: &Session, (whole, pieces): (Mech, Mech), key: CK_OBJECT_HANDLE, data: &[u8], mac: &[u8]) {
    assert_eq!(s.sign(whole, key, data).works(), mac);
    s.verify(whole, key, data, mac).works();
    let mut wrong = mac.to_vec();
    wrong[mac.len() - 1] ^= 1;
    s.verify(whole, key, data, &wrong).gives(CKR_SIGNATURE_INVALID);
    for length in [1, 7, 8, 13] {
        s.begin(Class::Sign, pieces, key).works();
        for part in data.chunks(length) {
            s.feed(Class::Sign, part).works();
        }
        s.feed(Class::Sign, b"").works();
        assert_eq!(s.step(Step::SignFinal, &[]).works(), mac);
    }
    s.begin(Class::Verify, pieces, key).works();
    s.feed(Class::Verify, data).works();
    s.check_final(mac).works();
}

/// Those of CMAC and HMAC are computed under keys of the usages `M6` and `M7`.
#[test]
fn payment_macs_are_the_known_ones() {
    isolated_with("[payment]\nweak_keys = \"accept\"\n", || {
        let file = include_str!("../../src/payment/vectors/mac.json");
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        let (s, vectors) = (session(), file["vectors"].as_array().unwrap());
        assert_eq!(vectors.len(), 49);
        for vector in vectors {
            println!("{vector}");
            let text = |name: &str| vector["inputs"][name].as_str().unwrap();
            let (value, data) = (hex(text("key")), hex(text("data_hex")));
            let mac = hex(vector["expected"]["mac"].as_str().unwrap());
            let method = vector["inputs"]["padding"].as_u64().unwrap() as u8;
            let iso9797 = |mechanism| {
                let whole = form(mechanism, method, mac.len() as u8);
                match method {
                    3 => (whole, announced(mechanism, mac.len() as u8, data.len())),
                    _ => (whole, whole),
                }
            };
            let same = |mechanism| (Mech::new(mechanism), Mech::new(mechanism));
            let (usage, key_type, mechanisms) = match text("alg") {
                "iso9797_alg1" => ("M1", des_type(&value), iso9797(ALG1)),
                "iso9797_alg3" => ("M3", des_type(&value), iso9797(ALG3)),
                "cmac_tdes" => ("M6", des_type(&value), same(CKM_DES3_CMAC)),
                "cmac_aes" => ("M6", CKK_AES, same(CKM_AES_CMAC)),
                "hmac_sha256" => ("M7", CKK_GENERIC_SECRET, same(CKM_SHA256_HMAC)),
                "hmac_sha512" => ("M7", CKK_GENERIC_SECRET, same(CKM_SHA512_HMAC)),
                other => panic!("{other}"),
            };
            known(&s, mechanisms, key(&s, usage, key_type, &value), &data, &mac);
            if text("alg") == "iso9797_alg1" && value.len() > 8 {
                known(&s, mechanisms, key(&s, "M0", key_type, &value), &data, &mac);
            }
        }
    });
}

#[test]
fn a_mac_is_as_long_as_asked_for() {
    isolated(|| {
        let s = session();
        let key = retail(&s);
        let whole = s.sign(form(ALG3, 2, 8), key, b"message").works();
        for length in 4..=8 {
            let m = form(ALG3, 2, length);
            let mac = s.sign(m, key, b"message").works();
            assert_eq!(mac, whole[..usize::from(length)]);
            s.verify(m, key, b"message", &mac).works();
            s.verify(m, key, b"message", &mac[1..])
                .gives(CKR_SIGNATURE_LEN_RANGE);
        }
    });
}

#[test]
fn a_parameter_of_another_form_is_refused_at_the_beginning() {
    isolated(|| {
        let s = session();
        let key = retail(&s);
        let length = [0, 0, 0, 0, 0, 0, 0, 9];
        for wrong in [
            &b""[..],
            &[1],
            &[1, 1],
            &[0, 1, 8],
            &[2, 1, 8],
            &[1, 0, 8],
            &[1, 4, 8],
            &[1, 1, 3],
            &[1, 1, 9],
            &[1, 1, 255],
            &[1, 3, 8, 0],
            &[&[1, 3, 8], &length[1..]].concat(),
            &[&[1, 3, 8], &length[..], &[0]].concat(),
            &[&[1, 1, 8], &length[..]].concat(),
            &[1, 3, 8, 0x20, 0, 0, 0, 0, 0, 0, 0],
        ] {
            for class in [Class::Sign, Class::Verify] {
                s.begin(class, Mech::iv(ALG3, wrong), key)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
                s.is_idle(class);
            }
        }
        s.begin(Class::Sign, Mech::new(ALG3), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// The length goes into the MAC before the message does.
#[test]
fn padding_with_the_length_in_pieces_wants_the_length_first() {
    isolated(|| {
        let s = session();
        let key = retail(&s);
        for class in [Class::Sign, Class::Verify] {
            s.begin(class, form(ALG3, 3, 8), key).works();
            s.feed(class, b"abc").gives(CKR_FUNCTION_NOT_SUPPORTED);
            s.is_idle(class);
        }
        let (m, mac) = (
            announced(ALG3, 8, 3),
            s.sign(form(ALG3, 3, 8), key, b"abc").works(),
        );
        assert_eq!(s.sign(m, key, b"abc").works(), mac);
        for other in [&b"ab"[..], b"abcd", b""] {
            s.sign(m, key, other).gives(CKR_DATA_LEN_RANGE);
            s.verify(m, key, other, &mac).gives(CKR_DATA_LEN_RANGE);
            s.begin(Class::Sign, m, key).works();
            s.feed(Class::Sign, other).works();
            s.step(Step::SignFinal, &[]).gives(CKR_DATA_LEN_RANGE);
            s.is_idle(Class::Sign);
        }
    });
}

#[test]
fn a_mac_goes_on_in_another_session() {
    isolated(|| {
        let token = Token::fresh();
        let (s, other) = (token.user(), token.rw());
        let key = retail(&s);
        let data = b"a message of more than two blocks";
        for (m, whole) in [
            (form(ALG3, 1, 8), form(ALG3, 1, 8)),
            (form(ALG3, 2, 4), form(ALG3, 2, 4)),
            (announced(ALG3, 8, data.len()), form(ALG3, 3, 8)),
        ] {
            let mac = s.sign(whole, key, data).works();
            for split in [0, 5, 8, 20, data.len()] {
                s.begin(Class::Sign, m, key).works();
                s.feed(Class::Sign, &data[..split]).works();
                let state = s.save().works();
                s.cancel_by_init(Class::Sign).works();
                other.restore(&state, 0, key).works();
                other.feed(Class::Sign, &data[split..]).works();
                assert_eq!(other.step(Step::SignFinal, &[]).works(), mac);
            }
        }
    });
}

#[test]
fn a_mac_is_made_with_keys_of_its_usage_only() {
    isolated(|| {
        let s = session();
        let value = hex(KEY);
        for (mechanism, usages) in [
            (form(ALG1, 1, 8), &["M3", "M6", "M7", "C0", "P0"][..]),
            (form(ALG3, 1, 8), &["M0", "M1", "M6", "C0", "D0"]),
            (Mech::new(CKM_DES3_CMAC), &["M0", "M1", "M3", "M7", "C0"]),
            (Mech::new(CKM_DES3_MAC), &["M0", "M1", "M3", "M6"]),
            (Mech::iv(CKM_DES3_CBC, &[0; 8]), &["M0", "M1", "M3", "M6"]),
        ] {
            for usage in usages {
                let key = key(&s, usage, CKK_DES2, &value);
                let class = match mechanism.0.mechanism {
                    CKM_DES3_CBC => Class::Encrypt,
                    _ => Class::Sign,
                };
                s.begin(class, mechanism, key).gives(CKR_VHSM_KEY_USAGE.0);
                s.is_idle(class);
            }
        }
        let general = s.import(CKK_DES2, &value);
        for mechanism in [ALG1, ALG3] {
            s.begin(Class::Sign, form(mechanism, 1, 8), general)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        s.sign(Mech::new(CKM_DES3_CMAC), general, b"general keys still work")
            .works();
        let hmac = key(&s, "M6", CKK_GENERIC_SECRET, &value);
        s.begin(Class::Sign, Mech::new(CKM_SHA256_HMAC), hmac)
            .gives(CKR_VHSM_KEY_USAGE.0);
    });
}

#[test]
fn single_des_is_for_algorithm_1_of_iso_9797_only() {
    isolated(|| {
        let s = session();
        let value = hex("0123456789ABCDEF");
        let [plain, triple, retail] = ["M1", "M0", "M3"].map(|usage| key(&s, usage, CKK_DES, &value));
        s.sign(form(ALG1, 1, 8), plain, b"X9.9").works();
        s.begin(Class::Sign, form(ALG1, 1, 8), triple)
            .gives(CKR_VHSM_KEY_ALGORITHM.0);
        s.begin(Class::Sign, form(ALG3, 1, 8), retail)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

#[test]
fn modes_of_use_say_who_makes_and_who_checks() {
    isolated(|| {
        let s = session();
        for (mode, signs, verifies) in [("C", true, true), ("G", true, false), ("V", false, true)] {
            let template = with(
                &open_secret(CKK_DES2, &hex(KEY)),
                &[a(CKA_VHSM_KEY_USAGE.0, "M3"), a(CKA_VHSM_MODE_OF_USE.0, mode)],
            );
            let key = s.create(&template).works();
            for (class, may) in [(Class::Sign, signs), (Class::Verify, verifies)] {
                let begun = s.begin(class, form(ALG3, 1, 4), key);
                if may {
                    begun.works();
                    s.cancel_by_init(class).works();
                } else {
                    begun.gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                }
            }
        }
    });
}

const CHAINED: CK_MECHANISM_TYPE = CKM_VHSM_ISO9797_CHAINED_MAC.0;
const WITH_CHAINED: &str =
    "[payment]\nweak_keys = \"accept\"\n[mechanisms]\nenable = [\"CKM_VHSM_ISO9797_CHAINED_MAC\"]\n";

/// Version 1, algorithm, padding method, part, length, chaining value.
fn chained(algorithm: u8, method: u8, part: u8, length: u8, value: &[u8]) -> Mech {
    Mech::iv(CHAINED, &[&[1, algorithm, method, part, length], value].concat())
}

/// Every message of more than two blocks in three parts, and every one whole; the third answer is computed by
/// thalessimulatorlibrary, HostCommandTests ("MQ").
#[test]
fn chained_macs_are_the_known_ones_of_whole_messages() {
    isolated_with(WITH_CHAINED, || {
        let file = include_str!("../../src/payment/vectors/mac.json");
        let file: serde_json::Value = serde_json::from_str(file).unwrap();
        let s = session();
        let mut in_parts = 0;
        for vector in file["vectors"].as_array().unwrap() {
            let text = |name: &str| vector["inputs"][name].as_str().unwrap();
            let algorithm = match text("alg") {
                "iso9797_alg1" => 1,
                "iso9797_alg3" => 3,
                _ => continue,
            };
            let (value, data) = (hex(text("key")), hex(text("data_hex")));
            let mac = hex(vector["expected"]["mac"].as_str().unwrap());
            let method = vector["inputs"]["padding"].as_u64().unwrap() as u8;
            let key = key(&s, &format!("M{algorithm}"), des_type(&value), &value);
            let length = mac.len() as u8;
            let whole = chained(algorithm, method, 0, length, &[0; 8]);
            assert_eq!(s.sign(whole, key, &data).works(), mac, "{vector}");
            s.verify(whole, key, &data, &mac).works();
            if method == 3 || data.len() <= 16 {
                continue;
            }
            in_parts += 1;
            let first = chained(algorithm, method, 1, 8, &[0; 8]);
            let value = s.sign(first, key, &data[..8]).works();
            let middle = chained(algorithm, method, 2, 8, &value);
            let value = s.sign(middle, key, &data[8..16]).works();
            let last = chained(algorithm, method, 3, length, &value);
            assert_eq!(s.sign(last, key, &data[16..]).works(), mac, "{vector}");
            s.verify(last, key, &data[16..], &mac).works();
            s.verify(last, key, &data[16..], &[0x55; 8][..mac.len()])
                .gives(CKR_SIGNATURE_INVALID);
        }
        assert!(in_parts > 3, "{in_parts}");
        let zak = key(&s, "M1", CKK_DES2, &hex("C226AB6E8A4C941F91CEBCE96BF7C498"));
        let first = chained(1, 1, 1, 8, &[0; 8]);
        assert_eq!(
            s.sign(first, zak, b"givemeSOMEMACing").works(),
            hex("7F805A8874D3B604")
        );
        let last = chained(1, 1, 3, 8, &hex("832239FEDDD43CE1"));
        let mac = s.sign(last, zak, b"givemeSOMEMOREMACing").works();
        assert_eq!(mac, hex("D2BF9C1E86E5BB14"));
        // Without padding: whole blocks.
        let whole = s.sign(form(ALG1, 1, 8), zak, b"givemeSOMEMACing").works();
        let unpadded = chained(1, 0, 0, 8, &[0; 8]);
        assert_eq!(s.sign(unpadded, zak, b"givemeSOMEMACing").works(), whole);
    });
}

#[test]
fn chained_macs_take_their_keys_parts_and_parameters_only() {
    isolated_with(WITH_CHAINED, || {
        let s = session();
        let value = hex(KEY);
        let (one, three) = (key(&s, "M1", CKK_DES2, &value), retail(&s));
        let single = key(&s, "M1", CKK_DES, &value[..8]);
        let zero = [0; 8];
        for wrong in [
            [2, 1, 1, 0, 8],
            [1, 2, 1, 0, 8],
            [1, 1, 4, 0, 8],
            [1, 1, 1, 4, 8],
            [1, 1, 1, 0, 3],
            [1, 1, 1, 0, 9],
            [1, 1, 1, 1, 4],
            [1, 1, 3, 3, 8],
        ] {
            let m = Mech::iv(CHAINED, &[&wrong[..], &zero].concat());
            s.sign(m, one, b"12345678").gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.sign(chained(1, 1, 0, 8, &[1; 8]), one, b"12345678")
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.sign(Mech::iv(CHAINED, &[1, 1, 1, 0, 8]), one, b"12345678")
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.verify(chained(1, 1, 1, 8, &zero), one, b"12345678", &zero)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        // A key for the one is not for the other, but for whole messages of algorithm 3.
        s.sign(chained(1, 1, 0, 8, &zero), three, b"12345678")
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.sign(chained(3, 1, 1, 8, &zero), one, b"12345678")
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.sign(chained(3, 1, 0, 8, &zero), single, b"12345678")
            .gives(CKR_VHSM_KEY_ALGORITHM.0);
        let whole = s
            .sign(chained(3, 1, 0, 8, &zero), one, b"a message of it")
            .works();
        assert_eq!(whole, s.sign(form(ALG3, 1, 8), three, b"a message of it").works());
        // Parts are whole blocks, the last one as its padding allows.
        for part in [1, 2] {
            for data in [&b""[..], b"1234567"] {
                s.sign(chained(1, 1, part, 8, &zero), one, data)
                    .gives(CKR_DATA_LEN_RANGE);
            }
        }
        s.sign(chained(1, 0, 0, 8, &zero), one, b"1234567")
            .gives(CKR_DATA_LEN_RANGE);
        s.sign(chained(1, 0, 3, 8, &zero), one, b"")
            .gives(CKR_DATA_LEN_RANGE);
        s.sign(chained(1, 1, 3, 8, &zero), one, b"")
            .gives(CKR_DATA_LEN_RANGE);
        s.sign(chained(1, 2, 3, 8, &zero), one, b"").works();
    });
}

#[test]
fn chained_macs_are_off_unless_asked_for() {
    isolated(|| {
        let s = session();
        s.sign(chained(3, 1, 1, 8, &[0; 8]), retail(&s), b"12345678")
            .gives(CKR_MECHANISM_INVALID);
    });
}
