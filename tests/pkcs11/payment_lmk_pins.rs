//! PINs and decimalisation tables under local master keys [include/vhsm.h]. The form of the PINs is this module's own; the
//! figures were computed a second time in Python: HMAC with SHA-256, and FF1 after NIST SP 800-38G. The table under the
//! key-block LMK is that of a payShield's traffic [softwaregroup-bg/ut-codec-payshield].

use std::sync::atomic::{AtomicU8, Ordering};

use crate::harness::*;
use vhsm::ck::{
    CKA_VHSM_KEY_USAGE, CKA_VHSM_LMK_ID, CKA_VHSM_LMK_OLD, CKK_VHSM_LMK, CKM_VHSM_DECIMALIZATION_TABLE,
    CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE, CKM_VHSM_IBM3624_OFFSET, CKM_VHSM_IBM3624_PIN,
    CKM_VHSM_PIN_BLOCK, CKM_VHSM_PIN_COMPARE, CKM_VHSM_PIN_GENERATE, CKM_VHSM_PIN_REVEAL,
    CKM_VHSM_PIN_TRANSLATE, CKM_VHSM_PIN_TRANSLATE_ANY, CKM_VHSM_VISA_PVV_BLOCK,
    CKR_VHSM_DECIMALIZATION_TABLE, CKR_VHSM_KEY_USAGE, CKR_VHSM_PIN_BLOCK, CKR_VHSM_PIN_BLOCK_FORMAT,
    CKR_VHSM_PIN_EXCLUDED, CKR_VHSM_PIN_LENGTH, MechanismId,
};

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const PAN: &str = "4012345678909";
const OTHER_PAN: &str = "4012345678917";
/// 1234 and 123456 of the account in format 1 under the key.
const BLOCK: &str = "C03D21CDBCB0C58B";
const BLOCK_123456: &str = "19DA669D86940A82";
/// 1234 under the variant LMK in 13 digits and in 5, and under the key-block LMK of triple DES.
const UNDER_VARIANT: &[u8] = b"0509163653150";
const UNDER_VARIANT_5: &[u8] = b"01866";
const UNDER_DES3: &[u8] = b"4582646304708";
const TABLE: &str = "1234567890123456";

const TEST_DES3: &str = "0123456789ABCDEF8080808080808080FEDCBA9876543210";
const TEST_AES: &str = "9B71333A13F9FAE72F9D0E2DAB4AD6784718012F9244033F3F26A2DE0C8AA11A";

fn test_pairs() -> String {
    let file = include_str!("../vectors/payment/thales_lmk_variant.json");
    let file: serde_json::Value = serde_json::from_str(file).unwrap();
    file["lmk"].as_str().unwrap().to_owned()
}

fn revealing<F: FnOnce()>(body: F) {
    let configuration = "[payment]\nweak_keys = \"accept\"\n\
        [mechanisms]\nenable = [\"CKM_VHSM_PIN_REVEAL\", \"CKM_VHSM_PIN_TRANSLATE_ANY\"]\n";
    isolated_with(configuration, body);
}

/// An LMK with a number of its own: there is one of each number and kind.
fn lmk(s: &Session, value: &str, more: &[CK_ATTRIBUTE]) -> CK_OBJECT_HANDLE {
    static NUMBER: AtomicU8 = AtomicU8::new(0);
    let number = format!("{:02}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let template = [
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_VHSM_LMK.0),
        a(CKA_VALUE, hex(value)),
        a(CKA_VHSM_LMK_ID.0, number.as_str()),
    ];
    s.create(&with(&template, more)).works()
}

fn payment(s: &Session, usage: &str, key_type: CK_KEY_TYPE, value: &str) -> CK_OBJECT_HANDLE {
    let template = with(
        &open_secret(key_type, &hex(value)),
        &[a(CKA_VHSM_KEY_USAGE.0, usage)],
    );
    s.create(&template).works()
}

fn account(pan: &str) -> Vec<u8> {
    let mut bytes = vec![pan.len() as u8];
    bytes.extend(pan.as_bytes());
    bytes.resize(20, 0);
    bytes
}

fn end(format: u8, pan: &str) -> Vec<u8> {
    [&[format, 0], &[0; 12][..], &account(pan)].concat()
}

fn handle(key: CK_OBJECT_HANDLE) -> [u8; 8] {
    key.to_be_bytes()
}

fn mech(id: MechanismId, parts: &[&[u8]]) -> Mech {
    Mech::iv(id.0, &[&[1], &parts.concat()[..]].concat())
}

fn translate(from: &[u8], key: CK_OBJECT_HANDLE, to: &[u8]) -> Mech {
    mech(CKM_VHSM_PIN_TRANSLATE, &[from, &handle(key), to])
}

#[test]
fn pins_under_local_master_keys_are_the_known_ones() {
    revealing(|| {
        let s = Token::fresh().user();
        let key = payment(&s, "P0", CKK_DES2, KEY);
        let block = hex(BLOCK);
        for (value, format, expected) in [
            (test_pairs(), 113, UNDER_VARIANT),
            (test_pairs(), 105, UNDER_VARIANT_5),
            (TEST_DES3.to_owned(), 113, UNDER_DES3),
        ] {
            let lmk = lmk(&s, &value, &[]);
            let (ours, under) = (end(1, PAN), end(format, PAN));
            assert_eq!(
                s.decrypt(translate(&ours, lmk, &under), key, &block).works(),
                expected
            );
            assert_eq!(
                s.decrypt(translate(&under, key, &ours), lmk, expected).works(),
                block
            );
            let compare = mech(CKM_VHSM_PIN_COMPARE, &[&ours, &handle(lmk), &under]);
            s.verify(compare, key, &block, expected).works();
            let compare = mech(CKM_VHSM_PIN_COMPARE, &[&under, &handle(key), &ours]);
            s.verify(compare, lmk, expected, &block).works();
            assert_eq!(
                s.encrypt(mech(CKM_VHSM_PIN_BLOCK, &[&under]), lmk, b"1234")
                    .works(),
                expected
            );
            assert_eq!(
                s.decrypt(mech(CKM_VHSM_PIN_REVEAL, &[&under]), lmk, expected)
                    .works(),
                b"1234"
            );
        }
    });
}

#[test]
fn pins_under_a_local_master_key_of_aes_come_back() {
    revealing(|| {
        let s = Token::fresh().user();
        let key = payment(&s, "P0", CKK_DES2, KEY);
        let lmk = lmk(&s, TEST_AES, &[]);
        let (ours, under) = (end(1, PAN), end(132, PAN));
        let sealed = s.decrypt(translate(&ours, lmk, &under), key, &hex(BLOCK)).works();
        assert_eq!(sealed.len(), 16);
        assert_eq!(
            s.decrypt(translate(&under, key, &ours), lmk, &sealed).works(),
            hex(BLOCK)
        );
        let mut damaged = sealed.clone();
        damaged[3] ^= 1;
        s.decrypt(translate(&under, key, &ours), lmk, &damaged)
            .gives(CKR_VHSM_PIN_BLOCK.0);
        // As a block of format 48 it is none, and so is a block of that format here.
        s.decrypt(translate(&end(48, PAN), key, &ours), lmk, &sealed)
            .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
    });
}

#[test]
fn values_follow_from_pins_under_local_master_keys() {
    revealing(|| {
        let s = Token::fresh().user();
        let lmk = lmk(&s, &test_pairs(), &[]);
        let (visa, ibm) = (payment(&s, "V2", CKK_DES2, KEY), payment(&s, "V1", CKK_DES2, KEY));
        let under = end(113, PAN);
        // psec 1.3.0: 5111, and the offset 7710.
        let pvv = mech(
            CKM_VHSM_VISA_PVV_BLOCK,
            &[b"1", &handle(lmk), &under, &account("")],
        );
        assert_eq!(s.sign(pvv, visa, UNDER_VARIANT).works(), b"5111");
        let method = [
            &[0],
            TABLE.as_bytes(),
            b"1122334455667788",
            &[4],
            &handle(lmk),
            &handle(0),
            &under,
        ]
        .concat();
        let offset = mech(CKM_VHSM_IBM3624_OFFSET, &[&method]);
        assert_eq!(s.sign(offset, ibm, UNDER_VARIANT).works(), b"7710");
        let pin = mech(CKM_VHSM_IBM3624_PIN, &[&method]);
        assert_eq!(s.sign(pin, ibm, b"7710").works(), UNDER_VARIANT);
        // Two tables of PINs that are excluded.
        let excluded = mech(
            CKM_VHSM_IBM3624_OFFSET,
            &[&method, &[1, 4], b"4321", &[1, 4], b"1234"],
        );
        s.sign(excluded, ibm, UNDER_VARIANT)
            .gives(CKR_VHSM_PIN_EXCLUDED.0);
        let excluded = mech(
            CKM_VHSM_VISA_PVV_BLOCK,
            &[
                b"1",
                &handle(lmk),
                &under,
                &account(""),
                &[1, 6],
                b"123456",
                &[1, 4],
                b"1234",
            ],
        );
        s.sign(excluded, visa, UNDER_VARIANT)
            .gives(CKR_VHSM_PIN_EXCLUDED.0);
        let cut = mech(
            CKM_VHSM_VISA_PVV_BLOCK,
            &[b"1", &handle(lmk), &under, &account(""), &[2, 4], b"1234"],
        );
        s.sign(cut, visa, UNDER_VARIANT)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

#[test]
fn tables_under_local_master_keys_are_the_known_ones() {
    revealing(|| {
        let s = Token::fresh().user();
        let key = payment(&s, "P0", CKK_DES2, KEY);
        let ibm = payment(&s, "V1", CKK_DES2, KEY);
        for (value, table, sealed) in [
            (TEST_DES3.to_owned(), "0123456789012345", "709F26B22464E96A"),
            (TEST_DES3.to_owned(), TABLE, "C9DF59A67019D387"),
            (test_pairs(), TABLE, "BB843755659222B5"),
            (TEST_AES.to_owned(), TABLE, "0814641674A517725B8FD1B98C0CAA0B"),
        ] {
            let lmk = lmk(&s, &value, &[]);
            let sealed = hex(sealed);
            let m = Mech::new(CKM_VHSM_DECIMALIZATION_TABLE.0);
            assert_eq!(s.encrypt(m, lmk, table.as_bytes()).works(), sealed);
            let mut held = sealed.clone();
            held.resize(16, 0);
            let offset = |held: &[u8]| {
                let (data, end) = (&b"1122334455667788"[..], end(1, PAN));
                let (key, lmk) = (handle(key), handle(lmk));
                mech(
                    CKM_VHSM_IBM3624_OFFSET,
                    &[&[1], held, data, &[4], &key, &lmk, &end],
                )
            };
            let made = s.sign(offset(&held), ibm, &hex(BLOCK)).works();
            if table == TABLE {
                assert_eq!(made, b"7710");
            }
            held[0] ^= 0x40;
            s.sign(offset(&held), ibm, &hex(BLOCK))
                .gives(CKR_VHSM_DECIMALIZATION_TABLE.0);
        }
    });
}

/// The tables of the test above, each from every LMK to every other.
#[test]
fn tables_move_to_another_local_master_key() {
    revealing(|| {
        let s = Token::fresh().user();
        let old = [a(CKA_VHSM_LMK_OLD.0, true)];
        let sealed = [
            (TEST_DES3.to_owned(), hex("C9DF59A67019D387")),
            (test_pairs(), hex("BB843755659222B5")),
            (TEST_AES.to_owned(), hex("0814641674A517725B8FD1B98C0CAA0B")),
        ];
        let to = |key| mech(CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE, &[&handle(key)]);
        for (from, table) in &sealed {
            let from = lmk(&s, from, &old);
            for (value, expected) in &sealed {
                let new = lmk(&s, value, &[]);
                assert_eq!(s.decrypt(to(new), from, table).works(), *expected);
                let mut damaged = table.clone();
                damaged[0] ^= 0x40;
                s.decrypt(to(new), from, &damaged)
                    .gives(CKR_VHSM_DECIMALIZATION_TABLE.0);
                s.decrypt(to(new), from, &table[1..])
                    .gives(CKR_ENCRYPTED_DATA_LEN_RANGE);
                s.decrypt(to(from), new, expected)
                    .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
            }
            s.decrypt(to(0), from, table).gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

#[test]
fn an_old_local_master_key_gives_pins_and_takes_none() {
    revealing(|| {
        let s = Token::fresh().user();
        let old = lmk(&s, TEST_DES3, &[a(CKA_VHSM_LMK_OLD.0, true)]);
        let new = lmk(&s, &test_pairs(), &[]);
        let under = end(113, PAN);
        assert_eq!(
            s.decrypt(translate(&under, new, &under), old, UNDER_DES3).works(),
            UNDER_VARIANT
        );
        s.decrypt(translate(&under, old, &under), new, UNDER_VARIANT)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.encrypt(mech(CKM_VHSM_PIN_BLOCK, &[&under]), old, b"1234")
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.encrypt(Mech::new(CKM_VHSM_DECIMALIZATION_TABLE.0), old, TABLE.as_bytes())
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
    });
}

#[test]
fn what_a_local_master_key_may_not_do_is_refused() {
    revealing(|| {
        let s = Token::fresh().user();
        let key = payment(&s, "P0", CKK_DES2, KEY);
        let pairs = lmk(&s, &test_pairs(), &[]);
        let aes = lmk(&s, TEST_AES, &[]);
        let (ours, under) = (end(1, PAN), end(113, PAN));
        let block = hex(BLOCK);
        // Blocks under the local master key itself, PINs under other keys, forms of the other kind.
        for (from, to, target) in [
            (&ours, end(1, PAN), pairs),
            (&ours, end(48, PAN), aes),
            (&ours, under.clone(), key),
            (&ours, end(132, PAN), pairs),
            (&ours, end(113, PAN), aes),
        ] {
            s.decrypt(translate(from, target, &to), key, &block)
                .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
        }
        // Without an account; with a number that is no form.
        s.decrypt(translate(&ours, pairs, &end(113, "")), key, &block)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        for format in [104, 114, 131, 133] {
            s.decrypt(translate(&ours, pairs, &end(format, PAN)), key, &block)
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // Another account, and a way down to a format without.
        let other = end(113, OTHER_PAN);
        s.decrypt(translate(&under, key, &end(1, OTHER_PAN)), pairs, UNDER_VARIANT)
            .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
        s.decrypt(translate(&under, pairs, &other), pairs, UNDER_VARIANT)
            .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
        s.decrypt(translate(&under, key, &end(5, "")), pairs, UNDER_VARIANT)
            .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
        s.decrypt(translate(&other, key, &end(1, OTHER_PAN)), pairs, UNDER_VARIANT)
            .gives(CKR_VHSM_PIN_BLOCK.0);
        let moved = mech(CKM_VHSM_PIN_TRANSLATE_ANY, &[&under, &handle(pairs), &other]);
        assert_ne!(s.decrypt(moved, pairs, UNDER_VARIANT).works(), UNDER_VARIANT);
        // Flags say what may be done: CKA_WRAP puts PINs under it, CKA_UNWRAP gets them.
        let takes = lmk(&s, &test_pairs(), &[a(CKA_UNWRAP, false)]);
        s.decrypt(translate(&ours, takes, &under), key, &block).works();
        s.decrypt(translate(&under, key, &ours), takes, UNDER_VARIANT)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let gives = lmk(&s, &test_pairs(), &[a(CKA_WRAP, false)]);
        s.decrypt(translate(&under, key, &ours), gives, UNDER_VARIANT)
            .works();
        s.decrypt(translate(&ours, gives, &under), key, &block)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        // It is no PIN verification key.
        let pvv = mech(
            CKM_VHSM_VISA_PVV_BLOCK,
            &[b"1", &handle(key), &ours, &account("")],
        );
        s.sign(pvv, pairs, &block).gives(CKR_KEY_TYPE_INCONSISTENT);
        let general = s.create(&open_secret(CKK_DES2, &hex(KEY))).works();
        s.decrypt(translate(&ours, pairs, &under), general, &block)
            .gives(CKR_VHSM_KEY_USAGE.0);
        // Fewer digits than the PIN has.
        let short = translate(&ours, pairs, &end(105, PAN));
        s.decrypt(short, key, &hex(BLOCK_123456))
            .gives(CKR_VHSM_PIN_LENGTH.0);
        let random = mech(CKM_VHSM_PIN_GENERATE, &[&end(105, PAN), &[6]]);
        s.encrypt(random, pairs, b"").gives(CKR_VHSM_PIN_LENGTH.0);
    });
}

#[test]
fn a_translation_tells_how_long_the_pin_is() {
    revealing(|| {
        let s = Token::fresh().user();
        let key = payment(&s, "P0", CKK_DES2, KEY);
        let ours = end(1, PAN);
        let telling = |most: u8| mech(CKM_VHSM_PIN_TRANSLATE, &[&ours, &handle(key), &ours, &[most]]);
        let answer = |block: &str, length: u8| [hex(block), vec![length]].concat();
        assert_eq!(s.decrypt(telling(12), key, &hex(BLOCK)).works(), answer(BLOCK, 4));
        assert_eq!(
            s.decrypt(telling(6), key, &hex(BLOCK_123456)).works(),
            answer(BLOCK_123456, 6)
        );
        s.decrypt(telling(5), key, &hex(BLOCK_123456))
            .gives(CKR_VHSM_PIN_LENGTH.0);
        for most in [0, 3, 13, 255] {
            s.decrypt(telling(most), key, &hex(BLOCK))
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}
