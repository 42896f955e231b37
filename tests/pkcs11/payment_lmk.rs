//! Local master keys, what is wrapped under them, and components [include/vhsm.h].

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION,
    CKA_VHSM_LMK_ID, CKA_VHSM_LMK_OLD, CKA_VHSM_LMK_SEPARATE_002, CKA_VHSM_MODE_OF_USE,
    CKA_VHSM_OPTIONAL_BLOCKS, CKK_VHSM_LMK, CKM_VHSM_COMPONENTS_COMBINE, CKM_VHSM_COMPONENTS_SPLIT,
    CKM_VHSM_CVV, CKM_VHSM_KEY_CHECK_VALUE_WHOLE, CKM_VHSM_LMK_GEN, CKM_VHSM_THALES_KEY_BLOCK, CKM_VHSM_TR31,
    CKM_VHSM_VARIANT_LMK, CKM_VHSM_VARIANT_LMK_FROM_BLOCK, CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT,
    CKM_VHSM_X9_17, CKM_VHSM_X9_17_ANY_PARITY, CKR_VHSM_KEY_ALL_ZERO, CKR_VHSM_KEY_NOT_EXPORTABLE,
    CKR_VHSM_KEY_PARITY, CKR_VHSM_KEY_TYPE_CODE, CKR_VHSM_KEY_USAGE, CKR_VHSM_LMK_ID,
};

const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;
const EXPORTABILITY: CK_ATTRIBUTE_TYPE = CKA_VHSM_EXPORTABILITY.0;
const VERSION: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_VERSION.0;
const ALGORITHM: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_ALGORITHM.0;
const OPTIONAL: CK_ATTRIBUTE_TYPE = CKA_VHSM_OPTIONAL_BLOCKS.0;
const ID: CK_ATTRIBUTE_TYPE = CKA_VHSM_LMK_ID.0;
const OLD: CK_ATTRIBUTE_TYPE = CKA_VHSM_LMK_OLD.0;
const SEPARATE: CK_ATTRIBUTE_TYPE = CKA_VHSM_LMK_SEPARATE_002.0;
const LMK: CK_KEY_TYPE = CKK_VHSM_LMK.0;

/// Published keys have any parity, and equal parts.
const WEAK_KEYS: &str = "[payment]\nweak_keys = \"accept\"\n";

/// Local master keys that the test brings count as the token's.
const ANY_LMK: &str = "[payment]\nlocal_master_keys = \"any\"\n";

/// The published TEST keys.
const TEST_DES3: &str = "0123456789ABCDEF8080808080808080FEDCBA9876543210";
const TEST_AES: &str = "9B71333A13F9FAE72F9D0E2DAB4AD6784718012F9244033F3F26A2DE0C8AA11A";

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const KEY3: &str = "0DF8F7E6D373863729E6451FA8D0981FCE79EA200829E09B";

fn session() -> Session {
    Token::fresh().user()
}

fn vectors(file: &str) -> Vec<serde_json::Value> {
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    let vectors = file["vectors"].as_array().unwrap();
    assert_eq!(file["count"].as_u64(), Some(vectors.len() as u64));
    vectors.clone()
}

const VARIANTS: &str = include_str!("../vectors/payment/thales_lmk_variant.json");
const BLOCKS: &str = include_str!("../vectors/payment/thales_keyblock.json");

/// The published pairs.
fn test_pairs() -> String {
    let file: serde_json::Value = serde_json::from_str(VARIANTS).unwrap();
    file["lmk"].as_str().unwrap().to_owned()
}

fn lmk_template(value: &str, id: &str) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, LMK),
        a(CKA_VALUE, hex(value)),
        a(ID, id),
    ]
}

fn lmk(s: &Session, value: &str, id: &str) -> CK_OBJECT_HANDLE {
    s.create(&lmk_template(value, id)).works()
}

/// The TEST pairs with key type 002 separated, or not, as two keys of their own numbers.
fn pairs(s: &Session, separate: bool) -> CK_OBJECT_HANDLE {
    let id = if separate { "00" } else { "01" };
    let template = with(&lmk_template(&test_pairs(), id), &[a(SEPARATE, separate)]);
    s.create(&template).works()
}

fn thales(parameter: &[u8]) -> Mech {
    Mech::iv(CKM_VHSM_THALES_KEY_BLOCK.0, parameter)
}

fn variant(code: &str, scheme: u8, component: u8) -> Mech {
    let parameter = [&[1], code.as_bytes(), &[scheme, component]].concat();
    Mech::iv(CKM_VHSM_VARIANT_LMK.0, &parameter)
}

fn x9_17(scheme: u8, atalla: u8) -> Mech {
    Mech::iv(CKM_VHSM_X9_17.0, &[1, scheme, atalla])
}

fn des_type(length: usize) -> CK_KEY_TYPE {
    match length {
        8 => CKK_DES,
        16 => CKK_DES2,
        _ => CKK_DES3,
    }
}

fn payment(s: &Session, value: &str, usage: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    let value = hex(value);
    let template = with(&open_secret(des_type(value.len()), &value), &[a(USAGE, usage)]);
    s.create(&with(&template, more)).works()
}

fn check_value(s: &Session, key: CK_OBJECT_HANDLE) -> Vec<u8> {
    s.get(key, CKA_CHECK_VALUE).works()
}

fn objects(s: &Session) -> usize {
    s.find(&[]).works().len()
}

/// payShield shows 9D04A0 of its AES TEST key; the others are those of the plain key, and of the exclusive or of all pairs.
#[test]
fn local_master_keys_show_their_check_value_and_nothing_else() {
    isolated(|| {
        let s = session();
        let pairs = test_pairs();
        for (value, shown) in [(TEST_AES, "9D04A0"), (TEST_DES3, "8E0EC0"), (&pairs, "397B0B")] {
            let key = lmk(&s, value, "17");
            assert_eq!(check_value(&s, key), hex(shown));
            assert_eq!(s.get(key, ID).works(), b"17");
            s.get(key, CKA_VALUE).map(drop).gives(CKR_ATTRIBUTE_SENSITIVE);
            assert!(s.flag(key, CKA_SENSITIVE).works());
            assert!(!s.flag(key, CKA_EXTRACTABLE).works());
            assert!(s.flag(key, SEPARATE).works() && !s.flag(key, OLD).works());
        }
    });
}

#[test]
fn a_local_master_key_is_never_open_and_always_sound() {
    isolated(|| {
        let s = session();
        let before = objects(&s);
        for (template, code) in [
            (
                with(&lmk_template(TEST_AES, "00"), &[a(CKA_SENSITIVE, false)]),
                CKR_TEMPLATE_INCONSISTENT,
            ),
            (
                with(&lmk_template(TEST_AES, "00"), &[a(CKA_EXTRACTABLE, true)]),
                CKR_TEMPLATE_INCONSISTENT,
            ),
            (
                with(&lmk_template(TEST_AES, "00"), &[a(USAGE, "K0")]),
                CKR_ATTRIBUTE_TYPE_INVALID,
            ),
            (lmk_template(TEST_AES, "0A"), CKR_ATTRIBUTE_VALUE_INVALID),
            (lmk_template(TEST_AES, "100"), CKR_ATTRIBUTE_VALUE_INVALID),
            (lmk_template(&TEST_AES[..32], "00"), CKR_ATTRIBUTE_VALUE_INVALID),
            (
                lmk_template(&TEST_DES3.replace("80", "81"), "00"),
                CKR_ATTRIBUTE_VALUE_INVALID,
            ),
            (lmk_template(&"00".repeat(32), "00"), CKR_ATTRIBUTE_VALUE_INVALID),
            (
                lmk_template(TEST_AES, "00")[..3].to_vec(),
                CKR_TEMPLATE_INCOMPLETE,
            ),
        ] {
            s.create(&template).map(drop).gives(code);
        }
        assert_eq!(objects(&s), before);
        let key = lmk(&s, TEST_AES, "00");
        for (attribute, value) in [(CKA_SENSITIVE, false), (CKA_EXTRACTABLE, true), (SEPARATE, false)] {
            assert_ne!(s.set(key, &[a(attribute, value)]), Ok(()));
        }
        s.set(key, &[a(OLD, true)]).works();
    });
}

/// A general mechanism under a local master key would take apart all that is wrapped under it.
#[test]
fn no_general_mechanism_takes_a_local_master_key() {
    isolated(|| {
        let s = session();
        let key = lmk(&s, TEST_AES, "00");
        let wrapping = s.import(CKK_AES, &[3; 32]);
        let other = s.import(CKK_AES, &[4; 32]);
        s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16])
            .map(drop)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        s.wrap(Mech::new(CKM_AES_KEY_WRAP), key, other)
            .map(drop)
            .gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
        s.wrap(Mech::new(CKM_AES_KEY_WRAP_KWP), wrapping, key)
            .map(drop)
            .gives(CKR_KEY_UNEXTRACTABLE);
        s.sign(Mech::new(CKM_AES_CMAC), key, b"data")
            .map(drop)
            .gives(CKR_KEY_TYPE_INCONSISTENT);
    });
}

#[test]
fn local_master_keys_of_every_kind_are_generated() {
    isolated(|| {
        let s = session();
        let mech = |kind| Mech::iv(CKM_VHSM_LMK_GEN.0, &[1, kind]);
        for (kind, length) in [(b'V', 320), (b'T', 24), (b'A', 32)] {
            let [one, other] = ["03", "04"].map(|id| s.generate_key(mech(kind), &[a(ID, id)]).works());
            assert_eq!(s.number(one, CKA_VALUE_LEN).works(), length);
            assert_eq!(s.number(one, CKA_KEY_TYPE).works(), LMK);
            assert_ne!(check_value(&s, one), check_value(&s, other));
            assert!(s.flag(one, CKA_ALWAYS_SENSITIVE).works());
            assert!(s.flag(one, CKA_NEVER_EXTRACTABLE).works());
        }
        s.generate_key(mech(b'B'), &[a(ID, "03")])
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.generate_key(mech(b'A'), &[])
            .map(drop)
            .gives(CKR_TEMPLATE_INCOMPLETE);
    });
}

/// What a block says stands in the key's attributes, its check value is the published one, and where it may leave again, it
/// leaves as the published key does, in a block of TR-31 without random bytes.
#[test]
fn thales_key_blocks_are_the_published_ones() {
    isolated_with(WEAK_KEYS, || {
        let s = session();
        let compare = s
            .create(&with(&open_secret(CKK_AES, &[0x5a; 32]), &[a(USAGE, "K1")]))
            .works();
        let bare = Mech::iv(CKM_VHSM_TR31.0, b"\x01E\0\0\0\0\0\0\0\x01\0");
        for vector in vectors(BLOCKS) {
            let text = |name: &str| vector[name].as_str().unwrap();
            println!("{}", text("id"));
            let block = text("block").as_bytes();
            let protection = match &block[14..16] {
                b"FF" => payment(&s, text("lmk"), "52", &[]),
                _ => lmk(&s, text("lmk"), &text("block")[14..16]),
            };
            let key = s.unwrap_key(thales(&[1, 0]), protection, block, &[]).works();
            assert_eq!(check_value(&s, key), hex(text("kcv")));
            for (attribute, place) in [
                (USAGE, 5..7),
                (ALGORITHM, 7..8),
                (MODE, 8..9),
                (VERSION, 9..11),
                (EXPORTABILITY, 11..12),
            ] {
                assert_eq!(s.get(key, attribute).works(), block[place]);
            }
            if block[11] == b'N' {
                assert!(!s.flag(key, CKA_EXTRACTABLE).works());
                s.destroy(protection).works();
                continue;
            }
            let mut said = vec![
                a(MODE, &block[8..9]),
                a(EXPORTABILITY, &block[11..12]),
                a(VERSION, &block[9..11]),
                a(ALGORITHM, &block[7..8]),
            ];
            if &block[12..14] != b"00" {
                said.push(a(OPTIONAL, s.get(key, OPTIONAL).works()));
            }
            let same = payment(&s, text("key"), &text("block")[5..7], &said);
            let [one, other] = [key, same].map(|key| s.wrap(bare, compare, key).works());
            assert_eq!(one, other);
            // A new block has the same header and other random bytes.
            let again = s.wrap(thales(&[1, block[0]]), protection, key).works();
            assert_eq!(again.len(), block.len());
            assert_eq!(again[..16], block[..16]);
            let tagged = [b"S", &*again].concat();
            let back = s
                .unwrap_key(thales(&[1, block[0]]), protection, &tagged, &[])
                .works();
            assert_eq!(check_value(&s, back), hex(text("kcv")));
            s.destroy(protection).works();
        }
    });
}

#[test]
fn each_thing_that_is_wrong_with_a_thales_block_has_its_own_answer() {
    isolated_with(WEAK_KEYS, || {
        let s = session();
        let key = lmk(&s, TEST_AES, "02");
        let target = payment(&s, KEY, "C0", &[a(EXPORTABILITY, "E"), a(MODE, "C")]);
        let block = s.wrap(thales(b"\x011"), key, target).works();
        let before = objects(&s);
        let open = |key, parameter: &[u8], block: &[u8], template: &[CK_ATTRIBUTE]| {
            s.unwrap_key(thales(parameter), key, block, template).map(drop)
        };
        let refused = |answer: Answer, code| {
            answer.gives(code);
            assert_eq!(objects(&s), before + 3, "nothing is stored");
        };
        let (other_id, of_des, of_pairs) =
            (lmk(&s, TEST_AES, "03"), lmk(&s, TEST_DES3, "02"), pairs(&s, true));
        refused(open(other_id, &[1, 0], &block, &[]), CKR_VHSM_LMK_ID.0);
        refused(open(of_des, &[1, 0], &block, &[]), CKR_VHSM_LMK_ID.0);
        refused(
            open(of_pairs, &[1, 0], &block, &[]),
            CKR_UNWRAPPING_KEY_SIZE_RANGE,
        );
        refused(open(key, b"\x010", &block, &[]), CKR_VHSM_LMK_ID.0);
        refused(open(key, b"\x01D", &block, &[]), CKR_MECHANISM_PARAM_INVALID);
        refused(open(key, b"\x02\0", &block, &[]), CKR_MECHANISM_PARAM_INVALID);
        refused(
            open(key, &[1, 0], &block[..block.len() - 1], &[]),
            CKR_WRAPPED_KEY_LEN_RANGE,
        );
        for wrong in [
            a(USAGE, "P0"),
            a(MODE, "N"),
            a(ALGORITHM, "A"),
            a(CKA_KEY_TYPE, CKK_DES3),
            a(EXPORTABILITY, "S"),
        ] {
            refused(open(key, &[1, 0], &block, &[wrong]), CKR_TEMPLATE_INCONSISTENT);
        }
        for at in (1..block.len()).filter(|at| !(1..5).contains(at) && !(14..16).contains(at)) {
            let mut damaged = block.clone();
            damaged[at] ^= 1;
            let answer = open(key, &[1, 0], &damaged, &[]);
            assert_eq!(answer, Err(Refusal(CKR_WRAPPED_KEY_INVALID)), "{at}");
        }
        open(key, &[1, 0], &block, &[]).works();
    });
}

/// An old local master key gives what it has, and takes nothing new.
#[test]
fn an_old_local_master_key_only_unwraps() {
    isolated(|| {
        let s = session();
        let (old, new) = (lmk(&s, TEST_AES, "00"), lmk(&s, TEST_DES3, "01"));
        let target = payment(&s, KEY, "P0", &[a(EXPORTABILITY, "E")]);
        let block = s.wrap(thales(b"\x011"), old, target).works();
        s.set(old, &[a(OLD, true)]).works();
        s.wrap(thales(b"\x011"), old, target)
            .map(drop)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let back = s.unwrap_key(thales(&[1, 0]), old, &block, &[]).works();
        let moved = s.wrap(thales(b"\x010"), new, back).works();
        assert!(moved.starts_with(b"00072P0TN00E0001"));
        s.set(old, &[a(OLD, false)])
            .map(drop)
            .gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

/// Components and general secrets with the usage of local master keys protect nothing.
#[test]
fn a_component_of_a_local_master_key_is_none() {
    isolated(|| {
        let s = session();
        let template = with(&open_secret(CKK_AES, &hex(TEST_AES)), &[a(USAGE, "LM")]);
        let fake = s.create(&template).works();
        let target = payment(&s, KEY, "P0", &[a(EXPORTABILITY, "E")]);
        s.wrap(thales(b"\x011"), fake, target)
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
    });
}

/// Unwrapped, a key has the published check value; wrapped again it is the published text.
#[test]
fn keys_under_the_variant_lmk_are_the_published_ones() {
    let whole_values = "[mechanisms]\nenable = [\"CKM_VHSM_KEY_CHECK_VALUE_WHOLE\"]\n";
    isolated_with(
        &format!("{ANY_LMK}weak_keys = \"accept\"\n{whole_values}"),
        || {
            let s = session();
            let lmk = pairs(&s, false);
            for vector in vectors(VARIANTS) {
                let text = |name: &str| vector[name].as_str().unwrap();
                println!("{}", text("id"));
                let (code, encrypted) = (text("type"), text("encrypted"));
                let key = s
                    .unwrap_key(variant(code, 0, 0), lmk, encrypted.as_bytes(), &[])
                    .works();
                assert_eq!(check_value(&s, key), hex(text("kcv")));
                if let Some(known) = vector["kcv16"].as_str() {
                    let told = s.sign(Mech::new(CKM_VHSM_KEY_CHECK_VALUE_WHOLE.0), key, b"");
                    assert_eq!(told.works(), hex(known));
                }
                let (scheme, whole) = match encrypted.len() {
                    16 => (b'Z', encrypted.to_owned()),
                    32 => (b'X', format!("X{encrypted}")),
                    _ => (encrypted.as_bytes()[0], encrypted.to_owned()),
                };
                let usage = String::from_utf8(s.get(key, USAGE).works()).unwrap();
                let same = payment(&s, text("key"), &usage, &[]);
                for key in [key, same] {
                    let wrapped = s.wrap(variant(code, scheme, 0), lmk, key).works();
                    assert_eq!(String::from_utf8(wrapped).unwrap(), whole);
                }
            }
        },
    );
}

/// Every key type gives a usage and takes it back; no other type of another usage does.
#[test]
fn key_type_codes_keep_keys_apart() {
    isolated_with(ANY_LMK, || {
        let s = session();
        let lmk = pairs(&s, true);
        let codes = "000 100 200 300 400 001 002 302 402 602 702 003 103 203 104 204 105 205 305 405 505 605 705 805 905 \
            006 107 207 307 407 507 607 807 907 008 108 208 009 109 209 309 409 509 609 709 809 909 00A 10A 20A 00B 10B \
            20B 30B 30D 40D 50D 60D 70D 80D 90D";
        let (mut seen, mut count) = (std::collections::HashMap::new(), 0);
        for code in codes.split_whitespace() {
            // What is under one key type is another key under each other one: any text opens, but for parity.
            for usage in [
                "52", "K0", "P0", "V2", "V1", "B1", "C0", "90", "M3", "D3", "91", "01", "E5", "92", "53",
                "93", "B0", "E0", "E1", "E2", "E3", "E4", "32", "D0", "94", "95", "51",
            ] {
                let key = payment(&s, KEY, usage, &[]);
                let wrapped = s.wrap(variant(code, b'U', 0), lmk, key);
                s.destroy(key).works();
                let Ok(wrapped) = wrapped else {
                    wrapped.map(drop).gives(CKR_VHSM_KEY_TYPE_CODE.0);
                    continue;
                };
                count += 1;
                let back = s
                    .unwrap_key(variant(code, b'U', 0), lmk, &wrapped, &[a(USAGE, usage)])
                    .works();
                assert_eq!(s.get(back, USAGE).works(), usage.as_bytes());
                assert_eq!(check_value(&s, back), hex("08D7B4"));
                seen.entry(code).or_insert(wrapped);
            }
        }
        assert_eq!(seen.len(), 61, "every code has a usage");
        assert!(count >= 61);
        let mut texts: Vec<_> = seen.values().collect();
        texts.sort();
        texts.dedup();
        // The TEST key has some pairs that are the same: 200, 300 and 400 are told apart by variants, 18-19 by nothing.
        assert!(texts.len() >= 58, "{}", texts.len());
    });
}

#[test]
fn key_type_002_is_for_pin_verification_where_it_is_separated() {
    isolated_with(ANY_LMK, || {
        let s = session();
        let (separate, mixed) = (pairs(&s, true), pairs(&s, false));
        let key = payment(&s, KEY, "P0", &[]);
        let wrapped = s.wrap(variant("002", b'U', 0), mixed, key).works();
        assert_eq!(wrapped, b"U1750CDFB0757D3B3994430636DBB281B");
        s.wrap(variant("002", b'U', 0), separate, key)
            .map(drop)
            .gives(CKR_VHSM_KEY_TYPE_CODE.0);
        let as_pin_key = [a(USAGE, "P0")];
        s.unwrap_key(variant("002", 0, 0), separate, &wrapped, &as_pin_key)
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.unwrap_key(variant("002", 0, 0), mixed, &wrapped, &as_pin_key)
            .works();
        s.wrap(variant("70D", b'U', 0), separate, key).works();
    });
}

#[test]
fn what_is_wrong_under_a_variant_lmk_is_told_apart() {
    isolated_with(ANY_LMK, || {
        let s = session();
        let (lmk, aes) = (pairs(&s, true), lmk(&s, TEST_AES, "00"));
        let key = payment(&s, KEY, "P0", &[]);
        let single = payment(&s, &KEY[..16], "P0", &[]);
        let wrap = |code: &str, scheme, component, lmk, key| {
            s.wrap(variant(code, scheme, component), lmk, key).map(drop)
        };
        wrap("001", b'U', 0, aes, key).gives(CKR_WRAPPING_KEY_SIZE_RANGE);
        wrap("402", b'U', 0, lmk, key).gives(CKR_VHSM_KEY_TYPE_CODE.0);
        wrap("001", b'U', 1, lmk, key).gives(CKR_VHSM_KEY_TYPE_CODE.0);
        wrap("001", b'T', 0, lmk, key).gives(CKR_KEY_SIZE_RANGE);
        wrap("001", b'U', 0, lmk, single).gives(CKR_KEY_SIZE_RANGE);
        for (code, scheme, component) in [
            ("00C", b'U', 0),
            ("001", b'S', 0),
            ("001", 0, 0),
            ("001", b'U', 10),
        ] {
            wrap(code, scheme, component, lmk, key).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let only_blocks = payment(&s, KEY, "P0", &[a(EXPORTABILITY, "E")]);
        wrap("001", b'U', 0, lmk, only_blocks).gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        let before = objects(&s);
        let open = |text: &str, scheme| {
            s.unwrap_key(variant("001", scheme, 0), lmk, text.as_bytes(), &[])
                .map(drop)
        };
        let right = "U063A0E7C0F2124E56192A4510F395ED7";
        open(&right[..31], 0).gives(CKR_WRAPPED_KEY_LEN_RANGE);
        open(&right.replace('U', "T"), 0).gives(CKR_WRAPPED_KEY_LEN_RANGE);
        open(&right.replace('U', "S"), 0).gives(CKR_WRAPPED_KEY_INVALID);
        open(right, b'X').gives(CKR_WRAPPED_KEY_INVALID);
        open(&right.replace("063", "06g"), 0).gives(CKR_WRAPPED_KEY_INVALID);
        open("", 0).gives(CKR_WRAPPED_KEY_LEN_RANGE);
        // Under another scheme it is another key, whose parity tells so [payShield: error 10].
        open(&right.replace('U', "X"), 0).gives(CKR_VHSM_KEY_PARITY.0);
        assert_eq!(objects(&s), before);
        open(right, 0).works();
    });
}

/// Computed with Python's cryptography 43: triple DES in ECB, the variants as the manual has them.
#[test]
fn keys_under_a_zone_master_key_are_those_of_x9_17() {
    let configuration = format!("{WEAK_KEYS}headerless_keys = \"template\"\n");
    isolated_with(&configuration, || {
        let s = session();
        let zmk = payment(&s, KEY, "52", &[]);
        let double = "F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1";
        for (scheme, atalla, value, wrapped) in [
            (b'X', 0, double, "X735253F7608BEAF00079784C8C3D5255"),
            (b'U', 0, double, "UFDDBE501BF6194FB74551B66F0988699"),
            (b'X', 5, double, "X95A88FB2821A0C287EB4F79ACF6EB140"),
            (b'T', 0, KEY3, "T9531901BB832BBE145D1513C534E1C78237AF70FA215A4EC"),
            (b'Y', 0, KEY3, "YD40474848CE75D5352D5B44D4FAF7452B81A11EE15DFC621"),
            (b'Z', 0, &KEY[..16], "1A4D672DCA6CB335"),
        ] {
            let key = payment(&s, value, "D0", &[a(EXPORTABILITY, "S")]);
            let made = s.wrap(x9_17(scheme, atalla), zmk, key).works();
            assert_eq!(String::from_utf8(made).unwrap(), wrapped);
            let back = s
                .unwrap_key(x9_17(0, atalla), zmk, wrapped.as_bytes(), &[a(USAGE, "D0")])
                .works();
            assert_eq!(check_value(&s, back), check_value(&s, key));
        }
        // A single master key is the same one twice [OpenSSL].
        let single = payment(&s, &KEY[..16], "52", &[]);
        let key = payment(&s, KEY, "P0", &[]);
        let made = s.wrap(x9_17(b'X', 0), single, key).works();
        assert_eq!(made, b"X56CC09E7CFDC4CEF12C626AF058B433B");
    });
}

/// 0022446688AACCEEFFDDBB9977553311, by OpenSSL.
#[test]
fn a_key_of_any_parity_comes_under_a_zone_master_key() {
    let any = Mech::iv(CKM_VHSM_X9_17_ANY_PARITY.0, &[1, 0, 0]);
    let text = b"X0B054DF4A3D0B4947FDF81702D3B28CF";
    let on = "[mechanisms]\nenable = [\"CKM_VHSM_X9_17_ANY_PARITY\"]\n";
    isolated_with(&format!("{USAGE_BY_TEMPLATE}{on}"), || {
        let s = session();
        let (zmk, usage) = (payment(&s, KEY, "52", &[]), [a(USAGE, "P0")]);
        s.unwrap_key(x9_17(0, 0), zmk, text, &usage)
            .map(drop)
            .gives(CKR_VHSM_KEY_PARITY.0);
        let key = s.unwrap_key(any, zmk, text, &usage).works();
        // Its parity is odd now: it leaves as the key that it is beside its parity.
        let same = payment(&s, KEY, "P0", &[]);
        let left = |key| s.wrap(x9_17(b'X', 0), zmk, key).works();
        let open = with(&usage, &[a(CKA_EXTRACTABLE, true)]);
        let open = s.unwrap_key(any, zmk, text, &open).works();
        assert_eq!(left(open), left(same));
        assert_eq!(check_value(&s, key), check_value(&s, same));
        s.wrap(any, zmk, same).map(drop).gives(CKR_MECHANISM_INVALID);
    });
}

/// The published message of A4 (nickntg's simulator): three components of key type 000, and the key.
#[test]
fn components_under_their_keys_variant_make_the_published_key() {
    let component = |number| {
        Mech::iv(
            CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT.0,
            &[1, b'0', b'0', b'0', 0, number],
        )
    };
    let on = "[mechanisms]\nenable = [\"CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT\"]\n";
    isolated_with(&format!("{ANY_LMK}{on}"), || {
        let s = session();
        let lmk = lmk(&s, &test_pairs(), "00");
        let texts = [
            "X2EC8A0412B5D0E86E3C1E5ABFA19B3F5",
            "XFF43378ED5D85B1BC465BF000335FBF1",
            "XA235EDF4C58A2CB0C84641D07319CF21",
        ];
        let parts: Vec<_> = texts
            .iter()
            .zip(1..)
            .map(|(text, number)| s.unwrap_key(component(number), lmk, text.as_bytes(), &[]).works())
            .collect();
        let further = [parts[1].to_be_bytes(), parts[2].to_be_bytes()].concat();
        let combine = Mech::iv(CKM_VHSM_COMPONENTS_COMBINE.0, &[&[1, 0][..], &further].concat());
        let key = s.derive(combine, parts[0], &[a(CKA_EXTRACTABLE, true)]).works();
        let form = Mech::iv(CKM_VHSM_VARIANT_LMK.0, &[1, b'0', b'0', b'0', b'X', 0]);
        let made = s.wrap(form, lmk, key).works();
        assert_eq!(made, b"XC0BC1DFFC449A402DAB71250CA5869CC");
        // It is no key, and a key is none.
        s.wrap(form, lmk, parts[0])
            .map(drop)
            .gives(CKR_VHSM_KEY_TYPE_CODE.0);
        s.unwrap_key(component(0), lmk, texts[0].as_bytes(), &[])
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// The ZPK 0123456789ABCDEFFEDCBA9876543210 under the variant TEST LMK is the published one.
#[test]
fn what_may_not_be_exported_stays_under_a_local_master_key() {
    let on = "[mechanisms]\nenable = [\"CKM_VHSM_VARIANT_LMK_FROM_BLOCK\"]\n";
    isolated_with(&format!("{ANY_LMK}{on}"), || {
        let s = session();
        let (old, new) = (lmk(&s, TEST_DES3, "01"), lmk(&s, TEST_AES, "02"));
        let (pairs, zmk) = (lmk(&s, &test_pairs(), "00"), payment(&s, KEY3, "52", &[]));
        let block = |version| Mech::iv(CKM_VHSM_THALES_KEY_BLOCK.0, &[1, version]);
        let form = |mechanism: vhsm::ck::MechanismId| Mech::iv(mechanism.0, &[1, b'0', b'0', b'1', b'U', 0]);
        let key = payment(&s, KEY, "P0", &[a(EXPORTABILITY, "S"), a(CKA_EXTRACTABLE, true)]);
        let limited = |code: u8| {
            let parameter = [&[1, b'0'][..], &[0; 6], &[code, 0, 0]].concat();
            s.wrap(Mech::iv(CKM_VHSM_THALES_KEY_BLOCK.0, &parameter), old, key)
                .works()
        };
        let open = [a(CKA_EXTRACTABLE, true)];
        let kept = Mech::iv(CKM_VHSM_THALES_KEY_BLOCK.0, &[1, 0, 2]);
        let none = s.unwrap_key(kept, old, &limited(b'N'), &open).works();
        s.unwrap_key(block(0), old, &limited(b'N'), &open)
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let blocks = s.unwrap_key(block(0), old, &limited(b'E'), &open).works();
        let moved = s.wrap(block(b'1'), new, none).works();
        assert_eq!(moved[11], b'N');
        let refused = |mechanism: Mech, under, key| {
            s.wrap(mechanism, under, key)
                .map(drop)
                .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        };
        refused(block(b'0'), zmk, none);
        refused(form(CKM_VHSM_VARIANT_LMK), pairs, none);
        refused(form(CKM_VHSM_VARIANT_LMK_FROM_BLOCK), pairs, none);
        refused(form(CKM_VHSM_VARIANT_LMK), pairs, blocks);
        refused(x9_17(b'X', 0), zmk, blocks);
        let kept = s
            .wrap(form(CKM_VHSM_VARIANT_LMK_FROM_BLOCK), pairs, blocks)
            .works();
        assert_eq!(kept, b"U063A0E7C0F2124E56192A4510F395ED7");
        // Who says nothing gets what does not leave at all.
        let closed = s.unwrap_key(block(0), old, &limited(b'N'), &[]).works();
        s.wrap(block(b'1'), new, closed)
            .map(drop)
            .gives(CKR_KEY_UNEXTRACTABLE);
    });
}

#[test]
fn what_devices_do_for_host_commands_is_off() {
    isolated(|| {
        let s = session();
        let (pairs, zmk) = (lmk(&s, &test_pairs(), "00"), payment(&s, KEY, "52", &[]));
        let key = payment(&s, KEY, "P0", &[a(EXPORTABILITY, "E")]);
        let any = Mech::iv(CKM_VHSM_X9_17_ANY_PARITY.0, &[1, 0, 0]);
        s.unwrap_key(any, zmk, b"X0B054DF4A3D0B4947FDF81702D3B28CF", &[a(USAGE, "P0")])
            .map(drop)
            .gives(CKR_MECHANISM_INVALID);
        let component = Mech::iv(
            CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT.0,
            &[1, b'0', b'0', b'0', 0, 1],
        );
        s.unwrap_key(component, pairs, b"X2EC8A0412B5D0E86E3C1E5ABFA19B3F5", &[])
            .map(drop)
            .gives(CKR_MECHANISM_INVALID);
        let from_block = Mech::iv(CKM_VHSM_VARIANT_LMK_FROM_BLOCK.0, &[1, b'0', b'0', b'1', b'U', 0]);
        s.wrap(from_block, pairs, key)
            .map(drop)
            .gives(CKR_MECHANISM_INVALID);
        s.begin(Class::Sign, Mech::new(CKM_VHSM_KEY_CHECK_VALUE_WHOLE.0), key)
            .gives(CKR_MECHANISM_INVALID);
    });
}

#[test]
fn a_zone_master_key_gives_no_key_without_its_usage() {
    isolated(|| {
        let s = session();
        let (zmk, pin_key) = (
            payment(&s, KEY, "52", &[]),
            payment(&s, KEY3, "P0", &[a(EXPORTABILITY, "E")]),
        );
        let text = b"X735253F7608BEAF00079784C8C3D5255";
        s.unwrap_key(x9_17(0, 0), zmk, text, &[])
            .map(drop)
            .gives(CKR_TEMPLATE_INCOMPLETE);
        s.unwrap_key(x9_17(0, 0), pin_key, text, &[a(USAGE, "P0")])
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.unwrap_key(x9_17(0, 100), zmk, text, &[a(USAGE, "P0")])
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.wrap(x9_17(b'Y', 0), zmk, pin_key)
            .map(drop)
            .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
    });
}

/// The parameter of components: its version, the number that is made, the further keys.
fn components(number: u8, further: &[CK_OBJECT_HANDLE]) -> Vec<u8> {
    let handles = further.iter().flat_map(|handle| handle.to_be_bytes());
    [1, number].into_iter().chain(handles).collect()
}

fn combine(further: &[CK_OBJECT_HANDLE]) -> Mech {
    Mech::iv(CKM_VHSM_COMPONENTS_COMBINE.0, &components(0, further))
}

fn split(number: u8, others: &[CK_OBJECT_HANDLE]) -> Mech {
    Mech::iv(CKM_VHSM_COMPONENTS_SPLIT.0, &components(number, others))
}

fn xor(values: &[&str]) -> Vec<u8> {
    let mut sum = vec![0; values[0].len() / 2];
    for value in values {
        sum.iter_mut()
            .zip(hex(value))
            .for_each(|(sum, byte)| *sum ^= byte);
    }
    sum
}

/// The check value of each component and of the key can be compared with the custodians' sheets.
#[test]
fn a_key_is_made_of_its_components() {
    isolated(|| {
        let s = session();
        let values = [
            KEY,
            "F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1",
            "92382661F8DF9DA87A31EFC88A917545",
        ];
        let parts: Vec<_> = (1..)
            .zip(values)
            .map(|(number, value)| {
                payment(
                    &s,
                    value,
                    "C0",
                    &[a(VERSION, format!("c{number}").as_str()), a(MODE, "C")],
                )
            })
            .collect();
        let key = s.derive(combine(&parts[1..]), parts[0], &[]).works();
        let mut sum = xor(&values);
        for byte in &mut sum {
            *byte ^= u8::from(byte.count_ones() % 2 == 0);
        }
        let same = s
            .create(&with(&open_secret(CKK_DES2, &sum), &[a(USAGE, "C0")]))
            .works();
        assert_eq!(check_value(&s, key), check_value(&s, same));
        assert_eq!(s.get(key, USAGE).works(), b"C0");
        assert_eq!(s.get(key, MODE).works(), b"C");
        let card = b"4123456789012345;8701;101";
        let cvv = |key| s.sign(Mech::new(CKM_VHSM_CVV.0), key, card);
        assert_eq!(cvv(key).works(), cvv(same).works());
        // A component is no key, and a wrong check value makes none.
        cvv(parts[0]).map(drop).gives(CKR_VHSM_KEY_USAGE.0);
        let before = objects(&s);
        s.derive(combine(&parts[1..]), parts[0], &[a(CKA_CHECK_VALUE, &[1, 2, 3])])
            .map(drop)
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.derive(combine(&[parts[1], parts[1]]), parts[0], &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.derive(combine(&[key]), parts[0], &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        s.derive(combine(&[]), parts[0], &[])
            .map(drop)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let negated = payment(&s, KEY, "C0", &[a(VERSION, "c2"), a(MODE, "C")]);
        s.derive(combine(&[negated]), parts[0], &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_ALL_ZERO.0);
        let other_usage = payment(&s, KEY3, "P0", &[a(VERSION, "c2")]);
        s.derive(combine(&[other_usage]), parts[0], &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
        assert_eq!(objects(&s), before + 2);
    });
}

/// A component that is entered twice goes out of the sum: the key would be that of the others.
#[test]
fn one_component_twice_makes_no_key() {
    isolated(|| {
        let s = session();
        let third = "F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1";
        let part = |number: &str, value| payment(&s, value, "52", &[a(VERSION, number)]);
        let others = [part("c2", third), part("c3", KEY)];
        let [own, twice] = [KEY, third].map(|value| part("c1", value));
        for first in [own, twice] {
            s.derive(combine(&others), first, &[])
                .map(drop)
                .gives(CKR_VHSM_KEY_ALL_ZERO.0);
        }
        let fourth = part("c4", third);
        s.derive(
            combine(&[others[1], others[0], fourth]),
            part("c1", "2315208C9110AD40D302201F9E7F8A45"),
            &[],
        )
        .map(drop)
        .gives(CKR_VHSM_KEY_ALL_ZERO.0);
        s.derive(
            combine(&others),
            part("c1", "2315208C9110AD40D302201F9E7F8A45"),
            &[],
        )
        .works();
    });
}

/// Three that cancel each other out leave the key to the custodian of the fourth.
#[test]
fn components_that_cancel_out_leave_the_key_to_no_other() {
    isolated(|| {
        let s = session();
        let values = [
            hex(KEY),
            hex("F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1"),
            xor(&[KEY, "F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1"]),
            hex("2315208C9110AD40D302201F9E7F8A45"),
        ];
        for key_type in [CKK_AES, CKK_DES2] {
            let part = |number: usize, value: &[u8]| {
                // Of DES the bits of parity are no part of the key.
                let odd =
                    |byte: &u8| byte ^ u8::from(key_type == CKK_DES2 && byte.count_ones().is_multiple_of(2));
                let value: Vec<_> = value.iter().map(odd).collect();
                let named = [a(USAGE, "P0"), a(VERSION, format!("c{number}").as_str())];
                s.create(&with(&open_secret(key_type, &value), &named)).works()
            };
            let parts: Vec<_> = (1..)
                .zip(&values)
                .map(|(number, value)| part(number, value))
                .collect();
            for at in 0..4 {
                let others: Vec<_> = parts.iter().copied().filter(|one| *one != parts[at]).collect();
                s.derive(combine(&others), parts[at], &[])
                    .map(drop)
                    .gives(CKR_VHSM_KEY_ALL_ZERO.0);
            }
            let fifth = part(5, &hex("5B1379A1E5C7AE9123DF08C4F719E3A7"));
            s.derive(combine(&[parts[1], parts[2], parts[3], fifth]), parts[0], &[])
                .works();
        }
    });
}

#[test]
fn a_split_key_comes_back_from_its_components() {
    isolated_with("[mechanisms]\nenable = [\"CKM_VHSM_COMPONENTS_SPLIT\"]\n", || {
        let s = session();
        let key = payment(&s, KEY, "P0", &[]);
        let first = payment(&s, "F1F1F1F1F1F1F1F1C1C1C1C1C1C1C1C1", "P0", &[a(VERSION, "c1")]);
        let second = payment(&s, "92382661F8DF9DA87A31EFC88A917545", "P0", &[a(VERSION, "c2")]);
        let third = s.derive(split(3, &[first, second]), key, &[]).works();
        assert_eq!(s.get(third, VERSION).works(), b"c3");
        let back = s.derive(combine(&[third, first]), second, &[]).works();
        assert_eq!(check_value(&s, back), check_value(&s, key));
        for number in [0, 10] {
            s.derive(split(number, &[first]), key, &[])
                .map(drop)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.derive(split(1, &[first]), key, &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_USAGE.0);
    });
}

#[test]
fn a_local_master_key_is_made_of_its_components() {
    isolated(|| {
        let s = session();
        let other = "5A".repeat(32);
        let value = hex(TEST_AES);
        let masked: Vec<u8> = value.iter().map(|byte| byte ^ 0x5a).collect();
        let part = |value: &[u8], version: &str| {
            let named = [a(USAGE, "LM"), a(VERSION, version)];
            s.create(&with(&open_secret(CKK_GENERIC_SECRET, value), &named))
                .works()
        };
        let (one, two) = (part(&hex(&other), "c1"), part(&masked, "c2"));
        let named = [
            a(CKA_KEY_TYPE, LMK),
            a(ID, "07"),
            a(CKA_CHECK_VALUE, hex("9D04A0")),
        ];
        let key = s.derive(combine(&[two]), one, &named).works();
        assert_eq!(check_value(&s, key), hex("9D04A0"));
        assert!(!s.flag(key, CKA_EXTRACTABLE).works() && s.flag(key, CKA_SENSITIVE).works());
        let block = s
            .wrap(
                thales(b"\x011"),
                key,
                payment(&s, KEY, "P0", &[a(EXPORTABILITY, "E")]),
            )
            .works();
        s.set(key, &[a(OLD, true)]).works();
        let same = lmk(&s, TEST_AES, "07");
        s.unwrap_key(thales(&[1, 0]), same, &block, &[]).works();
        s.derive(combine(&[two]), one, &named[..1])
            .map(drop)
            .gives(CKR_TEMPLATE_INCOMPLETE);
    });
}

/// Components travel under a local master key as keys do: as `c1` to `c9` in blocks, by the variant FF without.
#[test]
fn components_are_encrypted_under_a_local_master_key() {
    isolated(|| {
        let s = session();
        let (blocks, lmk) = (lmk(&s, TEST_AES, "00"), pairs(&s, true));
        let part = payment(&s, KEY, "P0", &[a(VERSION, "c2"), a(EXPORTABILITY, "S")]);
        let block = s.wrap(thales(b"\x011"), blocks, part).works();
        assert!(block.starts_with(b"10096P0TNc2S0000"));
        let text = s.wrap(variant("001", b'U', 2), lmk, part).works();
        assert_eq!(text, b"U181F59A6C48270AA2940E254D23635C1");
        for back in [
            s.unwrap_key(thales(&[1, 0]), blocks, &block, &[]).works(),
            s.unwrap_key(variant("001", 0, 2), lmk, &text, &[]).works(),
        ] {
            assert_eq!(s.get(back, VERSION).works(), b"c2");
            assert_eq!(check_value(&s, back), hex("08D7B4"));
        }
        s.unwrap_key(variant("001", 0, 0), lmk, &text, &[a(VERSION, "c2")])
            .map(drop)
            .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}
