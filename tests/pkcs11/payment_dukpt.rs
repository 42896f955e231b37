//! DUKPT: the keys that are derived, and what they are good for [include/vhsm.h; ANSI X9.24-1, X9.24-3].

use crate::harness::*;
use serde_json::Value as Json;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE,
    CKM_VHSM_DUKPT_AES_DERIVE, CKM_VHSM_DUKPT_AES_INITIAL_KEY, CKM_VHSM_DUKPT_TDES_DERIVE,
    CKM_VHSM_DUKPT_TDES_INITIAL_KEY, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_USAGE,
};

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const ALGORITHM: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_ALGORITHM.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;

/// The base derivation keys of the standards' examples.
const TDES_BDK: &str = "0123456789ABCDEFFEDCBA9876543210";
const AES_BDK: &str = "FEDCBA9876543210F1F1F1F1F1F1F1F1";
const KSN: &str = "FFFF9876543210E00001";
const AES_KSN: &str = "123456789012345600000001";

const HOST: u8 = 0;
const DEVICE: u8 = 1;
const SIDES: [u8; 2] = [HOST, DEVICE];

/// The purposes of triple DES: name, code, usages, mode of use of host and device.
const PURPOSES: [(&str, u8, &[&str], [&str; 2]); 5] = [
    ("pin_key", 1, &["P0"], ["D", "E"]),
    ("mac_request_key", 2, &["M3", "M6"], ["V", "G"]),
    ("mac_response_key", 3, &["M3", "M6"], ["G", "V"]),
    ("data_request_key", 4, &["D0"], ["D", "E"]),
    ("data_response_key", 5, &["D0"], ["E", "D"]),
];

/// The usages of AES DUKPT: name, indicator, usage (of MACs: that of the algorithm), mode of use of host and device.
const USAGES: [(&str, u16, &[&str], [&str; 2]); 9] = [
    ("kek", 0x0002, &["K0", "K1"], ["B", "B"]),
    ("pin", 0x1000, &["P0"], ["D", "E"]),
    ("mac_gen", 0x2000, &[], ["V", "G"]),
    ("mac_verify", 0x2001, &[], ["G", "V"]),
    ("mac_both", 0x2002, &[], ["C", "C"]),
    ("data_enc", 0x3000, &["D0"], ["D", "E"]),
    ("data_dec", 0x3001, &["D0"], ["E", "D"]),
    ("data_both", 0x3002, &["D0"], ["B", "B"]),
    ("derivation", 0x8000, &["B3"], ["X", "X"]),
];

/// Name, indicator, bits, key type, code, usages for MACs.
type Algorithm = (
    &'static str,
    u16,
    u16,
    CK_KEY_TYPE,
    &'static str,
    &'static [&'static str],
);

const ALGORITHMS: [Algorithm; 8] = [
    ("2tdea", 0, 128, CKK_DES2, "T", &["M3", "M6"]),
    ("3tdea", 1, 192, CKK_DES3, "T", &["M6"]),
    ("aes128", 2, 128, CKK_AES, "A", &["M6"]),
    ("aes192", 3, 192, CKK_AES, "A", &["M6"]),
    ("aes256", 4, 256, CKK_AES, "A", &["M6"]),
    ("hmac128", 5, 128, CKK_GENERIC_SECRET, "H", &["M7"]),
    ("hmac192", 5, 192, CKK_GENERIC_SECRET, "H", &["M7"]),
    ("hmac256", 5, 256, CKK_GENERIC_SECRET, "H", &["M7"]),
];

fn session() -> Session {
    Token::fresh().user()
}

/// The template of a base key: extractable, so that a test can look at what comes of it.
fn base(key_type: CK_KEY_TYPE, usage: &str, value: &[u8]) -> Vec<CK_ATTRIBUTE> {
    with(&open_secret(key_type, value), &[a(USAGE, usage), a(MODE, "X")])
}

fn tdes_bdk(s: &Session) -> CK_OBJECT_HANDLE {
    s.create(&base(CKK_DES2, "B0", &hex(TDES_BDK))).works()
}

fn aes_bdk(s: &Session) -> CK_OBJECT_HANDLE {
    s.create(&base(CKK_AES, "B0", &hex(AES_BDK))).works()
}

fn tdes_initial(ksn: &[u8]) -> Mech {
    Mech::iv(CKM_VHSM_DUKPT_TDES_INITIAL_KEY.0, &[&[1], ksn].concat())
}

fn tdes(side: u8, purpose: u8, ksn: &[u8]) -> Mech {
    Mech::iv(CKM_VHSM_DUKPT_TDES_DERIVE.0, &[&[1, side, purpose], ksn].concat())
}

fn aes_initial(id: &[u8]) -> Mech {
    Mech::iv(CKM_VHSM_DUKPT_AES_INITIAL_KEY.0, &[&[1], id].concat())
}

fn aes(side: u8, usage: u16, (algorithm, bits): (u16, u16), ksn: &[u8]) -> Mech {
    let numbers = [usage, algorithm, bits].map(u16::to_be_bytes);
    let param = [&[1, side], numbers.as_flattened(), ksn].concat();
    Mech::iv(CKM_VHSM_DUKPT_AES_DERIVE.0, &param)
}

const OUT: CK_ATTRIBUTE_TYPE = CKA_EXTRACTABLE;

/// Keys whose values are compared may leave to be read.
const READABLE: &str = "[payment]\nreadable_keys = \"accept\"\nheaderless_keys = \"template\"\n";

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

/// Derives an extractable key and gives its value.
#[track_caller]
fn derived(s: &Session, mech: Mech, base: CK_OBJECT_HANDLE) -> Vec<u8> {
    let key = s.derive(mech, base, &[a(OUT, true)]).works();
    let value = value(s, key);
    s.destroy(key).works();
    value
}

fn vectors(file: &str) -> Vec<Json> {
    let file: Json = serde_json::from_str(file).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(Some(vectors.len() as u64), file["count"].as_u64());
    for vector in vectors {
        assert!(["published", "computed"].contains(&text(&vector["origin"])));
        assert!(!text(&vector["source"]).is_empty() && vector["verified_by"].is_array());
    }
    vectors.clone()
}

fn text(json: &Json) -> &str {
    json.as_str().unwrap()
}

/// A payment key's attributes: usage, mode, algorithm.
fn said(s: &Session, key: CK_OBJECT_HANDLE) -> [String; 3] {
    [USAGE, MODE, ALGORITHM].map(|attribute| String::from_utf8(s.get(key, attribute).works()).unwrap())
}

/// Every vector, from the base derivation key and from the initial key, for both sides.
#[test]
fn the_keys_of_tdes_dukpt_are_the_published_ones() {
    isolated_with(READABLE, || {
        let s = session();
        let mut keys = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_tdes.json")) {
            let input = |name: &str| hex(text(&vector["inputs"][name]));
            let (expected, ksn) = (&vector["expected"], input("ksn"));
            let bdk = s.create(&base(CKK_DES2, "B0", &input("bdk"))).works();
            let initial = s.derive(tdes_initial(&ksn), bdk, &[a(OUT, true)]).works();
            if let Some(key) = expected["initial_key"].as_str() {
                assert_eq!(value(&s, initial), hex(key), "{vector}");
                keys += 1;
            }
            for (name, purpose, ..) in PURPOSES {
                let Some(key) = expected[name].as_str() else {
                    continue;
                };
                for side in SIDES {
                    let mech = tdes(side, purpose, &ksn);
                    assert_eq!(derived(&s, mech, bdk), hex(key), "{name} {vector}");
                    assert_eq!(derived(&s, mech, initial), hex(key), "{name} {vector}");
                }
                keys += 1;
            }
        }
        assert!(keys >= 135, "{keys}");
    });
}

#[test]
fn the_keys_of_aes_dukpt_are_the_published_ones() {
    isolated_with(READABLE, || {
        let s = session();
        let mut keys = 0;
        for vector in vectors(include_str!("../../src/payment/vectors/dukpt_aes.json")) {
            let input = |name: &str| vector["inputs"][name].as_str().map(hex);
            let expected = &vector["expected"];
            let ksn = input("ksn").unwrap_or_default();
            let id = input("initial_key_id").unwrap_or_else(|| ksn[..8].to_vec());
            let bdk = s.create(&base(CKK_AES, "B0", &input("bdk").unwrap())).works();
            let initial = s.derive(aes_initial(&id), bdk, &[a(OUT, true)]).works();
            if let Some(key) = expected["initial_key"].as_str() {
                assert_eq!(value(&s, initial), hex(key), "{vector}");
                keys += 1;
            }
            for (name, key) in expected["keys"].as_object().into_iter().flatten() {
                let (usage, algorithm) = name.split_once('/').unwrap();
                let usage = USAGES.iter().find(|row| row.0 == usage).unwrap().1;
                let algorithm = ALGORITHMS.iter().find(|row| row.0 == algorithm).unwrap();
                for side in SIDES {
                    let mech = aes(side, usage, (algorithm.1, algorithm.2), &ksn);
                    assert_eq!(derived(&s, mech, bdk), hex(text(key)), "{name} {vector}");
                    assert_eq!(derived(&s, mech, initial), hex(text(key)), "{name} {vector}");
                }
                keys += 1;
            }
        }
        assert!(keys >= 300, "{keys}");
    });
}

/// Whether a template with this attribute is taken.
#[track_caller]
fn takes(s: &Session, mech: Mech, base: CK_OBJECT_HANDLE, told: CK_ATTRIBUTE, taken: bool) {
    let answer = s.derive(mech, base, &[told]);
    match taken {
        true => s.destroy(answer.works()).works(),
        false => answer.gives(CKR_TEMPLATE_INCONSISTENT),
    }
}

const ALL_USAGES: [&str; 11] = ["P0", "M3", "M6", "M7", "D0", "B0", "B1", "B3", "K0", "K1", "C0"];
const ALL_MODES: [&str; 11] = ["B", "C", "D", "E", "G", "N", "S", "T", "V", "X", "Y"];

/// Checks that a template may repeat what the mechanism says, and choose and narrow where there is a choice.
#[track_caller]
fn is_settled(s: &Session, mech: Mech, base: CK_OBJECT_HANDLE, usages: &[&str], mode: &str) {
    for usage in ALL_USAGES {
        takes(s, mech, base, a(USAGE, usage), usages.contains(&usage));
    }
    for other in ALL_MODES {
        let narrower = matches!((mode, other), ("B", "E" | "D") | ("C", "G" | "V"));
        takes(s, mech, base, a(MODE, other), other == mode || narrower);
    }
    takes(s, mech, base, a(CKA_SENSITIVE, true), true);
    takes(s, mech, base, a(CKA_SENSITIVE, false), false);
    takes(s, mech, base, a(CKA_KEY_TYPE, CKK_CAMELLIA), false);
    takes(s, mech, base, a(CKA_VALUE_LEN, 8), false);
    takes(s, mech, base, a(ALGORITHM, "D"), false);
}

#[test]
fn a_tdes_working_key_is_what_its_purpose_says() {
    isolated(|| {
        let s = session();
        let (bdk, ksn) = (tdes_bdk(&s), hex(KSN));
        for (name, purpose, usages, modes) in PURPOSES {
            for side in SIDES {
                let mech = tdes(side, purpose, &ksn);
                let mode = modes[usize::from(side)];
                let key = s.derive(mech, bdk, &[]).works();
                assert_eq!(said(&s, key), [usages[0], mode, "T"], "{name} {side}");
                assert_eq!(s.number(key, CKA_KEY_TYPE).works(), CKK_DES2);
                assert_eq!(s.number(key, CKA_VALUE_LEN).works(), 16);
                assert!(s.flag(key, CKA_SENSITIVE).works());
                assert!(!s.flag(key, CKA_EXTRACTABLE).works());
                s.get(key, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
                is_settled(&s, mech, bdk, usages, mode);
            }
        }
        let mech = tdes_initial(&ksn);
        let key = s.derive(mech, bdk, &[]).works();
        assert_eq!(said(&s, key), ["B1", "X", "T"]);
        is_settled(&s, mech, bdk, &["B1"], "X");
    });
}

#[test]
fn an_aes_working_key_is_what_its_usage_and_algorithm_say() {
    isolated(|| {
        let s = session();
        let bdk = s.create(&base(CKK_AES, "B0", &hex(AES_BDK).repeat(2))).works();
        let ksn = hex(AES_KSN);
        let mut refused = 0;
        for (name, usage, usages, modes) in USAGES {
            for (algorithm, indicator, bits, key_type, code, for_macs) in ALGORITHMS {
                let fits = match name {
                    "derivation" => code == "A",
                    _ => code != "H" || name.starts_with("mac"),
                };
                let usages = if usages.is_empty() { for_macs } else { usages };
                for side in SIDES {
                    let mech = aes(side, usage, (indicator, bits), &ksn);
                    if !fits {
                        s.derive(mech, bdk, &[]).gives(CKR_MECHANISM_PARAM_INVALID);
                        refused += 1;
                        continue;
                    }
                    let mode = modes[usize::from(side)];
                    let key = s.derive(mech, bdk, &[]).works();
                    assert_eq!(
                        said(&s, key),
                        [usages[0], mode, code],
                        "{name} {algorithm} {side}"
                    );
                    assert_eq!(s.number(key, CKA_KEY_TYPE).works(), key_type);
                    assert_eq!(s.number(key, CKA_VALUE_LEN).works(), u64::from(bits / 8));
                    assert!(s.flag(key, CKA_SENSITIVE).works());
                    is_settled(&s, mech, bdk, usages, mode);
                }
            }
        }
        assert_eq!(refused, 2 * (5 * 3 + 5));
        let mech = aes_initial(&ksn[..8]);
        let key = s.derive(mech, bdk, &[]).works();
        assert_eq!(said(&s, key), ["B1", "X", "A"]);
        assert_eq!(s.number(key, CKA_VALUE_LEN).works(), 32);
        is_settled(&s, mech, bdk, &["B1"], "X");
        let hmac = aes(HOST, 0x2002, (5, 256), &ksn);
        let key = s.derive(hmac, bdk, &[a(CKA_KEY_TYPE, CKK_SHA256_HMAC)]).works();
        assert_eq!(said(&s, key), ["M7", "C", "H"]);
    });
}

/// The device gets a new initial key in a key block under this key, which the host makes.
#[test]
fn the_key_for_a_new_initial_key_works_in_one_direction() {
    isolated(|| {
        let s = session();
        let bdk = aes_bdk(&s);
        let ksn = hex("1234567890123456FFFFFFFF");
        for (side, mode) in [(HOST, "E"), (DEVICE, "D")] {
            let mech = aes(side, 0x0002, (2, 128), &ksn);
            let key = s.derive(mech, bdk, &[]).works();
            assert_eq!(said(&s, key), ["K1", mode, "A"]);
            is_settled(&s, mech, bdk, &["K1", "K0"], mode);
        }
        for (_, usage, ..) in USAGES.iter().skip(1) {
            s.derive(aes(HOST, *usage, (2, 128), &ksn), bdk, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

/// A counter that no device uses: 0, and more than 10 or 16 ones.
#[test]
fn counters_that_no_device_uses_are_refused() {
    isolated(|| {
        let s = session();
        let (bdk, initial) = (
            tdes_bdk(&s),
            s.derive(tdes_initial(&hex(KSN)), tdes_bdk(&s), &[]).works(),
        );
        for (counter, ones) in [
            ("E00000", 0),
            ("EFFC00", 10),
            ("EFFE00", 11),
            ("FFFFFF", 21),
            ("F00FFD", 12),
        ] {
            let ksn = hex(&format!("FFFF9876543210{counter}"));
            for base in [bdk, initial] {
                for (name, purpose, ..) in PURPOSES {
                    let answer = s.derive(tdes(HOST, purpose, &ksn), base, &[]);
                    match ones {
                        0 if name.starts_with("mac") => drop(answer.works()),
                        1..=10 => drop(answer.works()),
                        _ => answer.gives(CKR_MECHANISM_PARAM_INVALID),
                    }
                }
            }
            s.derive(tdes_initial(&ksn), bdk, &[]).works(); // which the counter does not matter for
        }
        let bdk = aes_bdk(&s);
        for (counter, fits) in [
            (0_u32, false),
            (1, true),
            (0x8000_0000, true),
            (0xffff_0000, true),
            (0xffff_0001, false),
            (0x0001_ffff, false),
            (0xffff_fffe, false),
        ] {
            let ksn = [&hex(AES_KSN)[..8], &counter.to_be_bytes()].concat();
            for (_, usage, ..) in USAGES {
                let answer = s.derive(aes(HOST, usage, (2, 128), &ksn), bdk, &[]);
                match fits {
                    true => drop(answer.works()),
                    false => answer.gives(CKR_MECHANISM_PARAM_INVALID),
                }
            }
        }
        assert!(log().contains("more than 16 ones"), "the log says why");
    });
}

#[test]
fn a_wrong_parameter_is_refused_and_nothing_is_made() {
    isolated(|| {
        let s = session();
        let (des, bdk) = (tdes_bdk(&s), aes_bdk(&s));
        let count = || s.find(&[]).works().len();
        let before = count();
        let refused = |mechanism: CK_MECHANISM_TYPE, base, param: &[u8]| {
            s.derive(Mech::iv(mechanism, param), base, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        };
        let (tdes_ksn, aes_ksn) = (hex(KSN), hex(AES_KSN));
        for version in [0, 2, 255] {
            refused(
                CKM_VHSM_DUKPT_TDES_INITIAL_KEY.0,
                des,
                &[&[version], &tdes_ksn[..]].concat(),
            );
            refused(
                CKM_VHSM_DUKPT_TDES_DERIVE.0,
                des,
                &[&[version, 0, 1], &tdes_ksn[..]].concat(),
            );
            refused(
                CKM_VHSM_DUKPT_AES_INITIAL_KEY.0,
                bdk,
                &[&[version], &aes_ksn[..8]].concat(),
            );
            let param = [&[version, 0, 0x10, 0, 0, 2, 0, 128], &aes_ksn[..]].concat();
            refused(CKM_VHSM_DUKPT_AES_DERIVE.0, bdk, &param);
        }
        for (side, purpose) in [(2, 1), (255, 1), (0, 0), (0, 6), (0, 255)] {
            s.derive(tdes(side, purpose, &tdes_ksn), des, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        for length in [0, 1, 7, 11, 20] {
            let ksn = [1].repeat(length);
            refused(CKM_VHSM_DUKPT_TDES_INITIAL_KEY.0, des, &[&[1], &ksn[..]].concat());
            refused(
                CKM_VHSM_DUKPT_TDES_DERIVE.0,
                des,
                &[&[1, 0, 1], &ksn[..]].concat(),
            );
            refused(CKM_VHSM_DUKPT_AES_INITIAL_KEY.0, bdk, &[&[1], &ksn[..]].concat());
            s.derive(aes(HOST, 0x1000, (2, 128), &ksn), bdk, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        for usage in [0, 1, 3, 0x1001, 0x2003, 0x3003, 0x8001, 0xffff] {
            s.derive(aes(HOST, usage, (2, 128), &aes_ksn), bdk, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        for algorithm in [
            (0, 192),
            (1, 128),
            (2, 256),
            (3, 128),
            (4, 128),
            (5, 64),
            (5, 512),
            (6, 128),
        ] {
            s.derive(aes(HOST, 0x2002, algorithm, &aes_ksn), bdk, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.derive(aes(2, 0x1000, (2, 128), &aes_ksn), bdk, &[])
            .gives(CKR_MECHANISM_PARAM_INVALID);
        for mechanism in [
            CKM_VHSM_DUKPT_TDES_INITIAL_KEY.0,
            CKM_VHSM_DUKPT_TDES_DERIVE.0,
            CKM_VHSM_DUKPT_AES_INITIAL_KEY.0,
            CKM_VHSM_DUKPT_AES_DERIVE.0,
        ] {
            for base in [des, bdk] {
                let answer = s.derive(Mech::new(mechanism), base, &[]);
                answer.gives(CKR_MECHANISM_PARAM_INVALID);
            }
        }
        assert_eq!(count(), before);
    });
}

/// [ANSI X9.24-3, 6.1.3]
#[test]
fn a_working_key_is_no_stronger_than_its_base_key() {
    isolated(|| {
        let s = session();
        for bytes in [16_u16, 24, 32] {
            let bdk = s
                .create(&base(CKK_AES, "B0", &[0x42; 32][..usize::from(bytes)]))
                .works();
            for (name, algorithm, bits, ..) in ALGORITHMS {
                let answer = s.derive(aes(HOST, 0x2002, (algorithm, bits), &hex(AES_KSN)), bdk, &[]);
                match name.ends_with("tdea") || bits <= bytes * 8 {
                    true => drop(answer.works()),
                    false => answer.gives(CKR_KEY_SIZE_RANGE),
                }
            }
        }
    });
}

#[test]
fn base_keys_have_their_usage_and_mode() {
    isolated(|| {
        let s = session();
        let (ksn, aes_ksn) = (hex(KSN), hex(AES_KSN));
        let mechs = [
            (CKK_DES2, TDES_BDK, tdes_initial(&ksn), tdes(HOST, 1, &ksn)),
            (
                CKK_AES,
                AES_BDK,
                aes_initial(&aes_ksn[..8]),
                aes(HOST, 0x1000, (2, 128), &aes_ksn),
            ),
        ];
        for (key_type, bdk, initial, working) in mechs {
            let key = |usage: &str, mode: &str| {
                let more = [a(USAGE, usage), a(MODE, mode)];
                s.create(&with(&open_secret(key_type, &hex(bdk)), &more)).works()
            };
            for mode in ["X", "N"] {
                s.derive(initial, key("B0", mode), &[]).works();
                s.derive(working, key("B0", mode), &[]).works();
                s.derive(working, key("B1", mode), &[]).works();
            }
            // An initial key derives, or has no restriction where its base key has none.
            let free = s.derive(initial, key("B0", "N"), &[a(MODE, "N")]).works();
            assert_eq!(s.get(free, MODE).works(), b"N");
            let derives = s.derive(initial, key("B0", "N"), &[]).works();
            assert_eq!(s.get(derives, MODE).works(), b"X");
            for (base, mode) in [("X", "N"), ("N", "B"), ("N", "G")] {
                s.derive(initial, key("B0", base), &[a(MODE, mode)])
                    .gives(CKR_TEMPLATE_INCONSISTENT);
            }
            s.derive(initial, key("B1", "X"), &[]).gives(CKR_VHSM_KEY_USAGE.0);
            for usage in ["B2", "P0", "C0", "K0"] {
                for mech in [initial, working] {
                    s.derive(mech, key(usage, "X"), &[]).gives(CKR_VHSM_KEY_USAGE.0);
                }
            }
            for mode in ["B", "C", "D", "E", "G", "S", "T", "V", "Y"] {
                for mech in [initial, working] {
                    s.derive(mech, key("B0", mode), &[])
                        .gives(CKR_VHSM_KEY_MODE_OF_USE.0);
                }
            }
            let general = s.import(key_type, &hex(bdk));
            let not_for_it = with(&base(key_type, "B0", &hex(bdk)), &[a(CKA_DERIVE, false)]);
            let not_for_it = s.create(&not_for_it).works();
            for mech in [initial, working] {
                s.derive(mech, general, &[]).gives(CKR_VHSM_KEY_USAGE.0);
                s.derive(mech, not_for_it, &[])
                    .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
            }
        }
        let wrong = s.create(&base(CKK_AES, "B0", &hex(AES_BDK))).works();
        s.derive(tdes(HOST, 1, &ksn), wrong, &[])
            .gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

/// Not even other derivations take a base key, nor DUKPT a working key.
#[test]
fn base_keys_and_working_keys_do_nothing_else() {
    isolated(|| {
        let s = session();
        let (bdk, ksn) = (tdes_bdk(&s), hex(KSN));
        let pin = s.derive(tdes(DEVICE, 1, &ksn), bdk, &[]).works();
        for key in [bdk, pin] {
            s.begin(Class::Encrypt, Mech::new(CKM_DES3_ECB), key)
                .gives(CKR_VHSM_KEY_USAGE.0);
            s.begin(Class::Sign, Mech::new(CKM_DES3_CMAC), key)
                .gives(CKR_VHSM_KEY_USAGE.0);
            s.derive(Mech::with(CKM_EXTRACT_KEY_FROM_KEY, 0 as CK_ULONG), key, &[])
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        s.derive(tdes(DEVICE, 1, &ksn), pin, &[])
            .gives(CKR_VHSM_KEY_USAGE.0);
        let aes_key = aes_bdk(&s);
        let further = s
            .derive(aes(HOST, 0x8000, (2, 128), &hex(AES_KSN)), aes_key, &[])
            .works();
        s.derive(aes(HOST, 0x1000, (2, 128), &hex(AES_KSN)), further, &[])
            .gives(CKR_VHSM_KEY_USAGE.0);
    });
}

/// What a base key may not, its keys may not.
#[test]
fn derived_keys_leave_no_more_easily_than_their_base_key() {
    isolated(|| {
        let s = session();
        let template = |more: &[CK_ATTRIBUTE]| with(&base(CKK_DES2, "B0", &hex(TDES_BDK)), more);
        let mech = tdes(HOST, 1, &hex(KSN));
        let closed = s.create(&template(&[a(OUT, false)])).works();
        takes(&s, mech, closed, a(OUT, true), false);
        takes(&s, mech, closed, a(OUT, false), true);
        for (of_base, fits) in [("S", "SEN"), ("E", "EN"), ("N", "N")] {
            let bdk = s.create(&template(&[a(EXPORTABILITY, of_base)])).works();
            for told in ["S", "E", "N"] {
                takes(&s, mech, bdk, a(EXPORTABILITY, told), fits.contains(told));
            }
            let key = s.derive(mech, bdk, &[]).works();
            assert_eq!(s.get(key, EXPORTABILITY).works(), of_base.as_bytes());
        }
        // A base key that tells none leaves in key blocks only, and so does what is derived of it.
        let silent = s.create(&template(&[])).works();
        let aes_silent = s.create(&base(CKK_AES, "B0", &hex(AES_BDK))).works();
        let of_aes = aes(HOST, 0x1000, (2, 128), &hex(AES_KSN));
        let initial = tdes_initial(&hex(KSN));
        for (mech, from) in [(mech, silent), (initial, silent), (of_aes, aes_silent)] {
            for told in ["S", "E", "N"] {
                takes(&s, mech, from, a(EXPORTABILITY, told), told != "S");
            }
            let key = s.derive(mech, from, &[]).works();
            s.get(key, EXPORTABILITY).gives(CKR_ATTRIBUTE_TYPE_INVALID);
        }
        let forced = template(&[nested(CKA_DERIVE_TEMPLATE, &[a(OUT, false), a(USAGE, "P0")])]);
        let bdk = s.create(&forced).works();
        s.derive(mech, bdk, &[]).works();
        takes(&s, tdes(HOST, 4, &hex(KSN)), bdk, a(OUT, false), false);
    });
}

#[test]
fn a_configuration_lets_derived_keys_leave_as_their_silent_base_key() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let silent = s.create(&base(CKK_DES2, "B0", &hex(TDES_BDK))).works();
        for told in ["S", "E", "N"] {
            takes(&s, tdes(HOST, 1, &hex(KSN)), silent, a(EXPORTABILITY, told), true);
        }
    });
}

/// A KSN of another length of identifiers [X9.24-1]: filled up on the left.
#[test]
fn a_short_ksn_is_filled_up_with_ones() {
    isolated_with(READABLE, || {
        let s = session();
        let (bdk, ksn) = (tdes_bdk(&s), hex(KSN));
        for mech in [tdes_initial, |ksn: &[u8]| tdes(HOST, 1, ksn)] {
            let whole = derived(&s, mech(&ksn), bdk);
            assert_eq!(derived(&s, mech(&ksn[1..]), bdk), whole);
            assert_eq!(derived(&s, mech(&ksn[2..]), bdk), whole);
        }
    });
}

/// Initial keys come in with the bytes that others computed, and yet no weak ones.
#[test]
fn initial_keys_come_in_with_any_parity() {
    isolated_with(READABLE, || {
        let s = session();
        let import = |usage, value: &[u8]| s.create(&base(CKK_DES2, usage, value));
        let initial = hex("6AC292FAA1315B4D858AB3A3D7D5933A");
        let key = import("B1", &initial).works();
        assert_eq!(
            derived(&s, tdes(HOST, 1, &hex(KSN)), key),
            hex("042666B49184CF5C68DE9628D0397B36")
        );
        import("B0", &initial).gives(vhsm::ck::CKR_VHSM_KEY_PARITY.0);
        import("B1", &[0; 16]).gives(vhsm::ck::CKR_VHSM_KEY_ALL_ZERO.0);
        let twice = [[0x13; 8], [0x12; 8]].concat();
        import("B1", &twice).gives(vhsm::ck::CKR_VHSM_KEY_MASQUERADES.0);
    });
}

#[test]
fn derived_keys_can_stay_on_the_token() {
    isolated(|| {
        let s = session();
        let bdk = s.create(&on_token(&base(CKK_DES2, "B0", &hex(TDES_BDK)))).works();
        let id = [a(CKA_TOKEN, true), a(CKA_ID, &b"device 1"[..]), a(OUT, true)];
        let initial = s.derive(tdes_initial(&hex(KSN)), bdk, &id).works();
        assert_eq!(s.find(&[a(USAGE, "B1")]).works(), [initial]);
        assert_eq!(
            s.get(initial, CKA_CHECK_VALUE).works(),
            check_value(&s, &hex("6AC292FAA1315B4D858AB3A3D7D5933A"))
        );
    });
}

/// The first bytes of zeros encrypted.
fn check_value(s: &Session, value: &[u8]) -> Vec<u8> {
    let key = s.import(CKK_DES2, value);
    s.encrypt(Mech::new(CKM_DES3_ECB), key, &[0; 8]).works()[..3].to_vec()
}
