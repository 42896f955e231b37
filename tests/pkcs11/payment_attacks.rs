//! Attacks that are known on the interfaces of payment HSMs, tried [docs/payment-security.md].

use crate::harness::*;
use serde_json::Value as Json;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, CKM_VHSM_DATA_ECB,
    CKM_VHSM_IBM3624_OFFSET, CKM_VHSM_PIN_BLOCK, CKM_VHSM_PIN_GENERATE, CKM_VHSM_PIN_REVEAL,
    CKM_VHSM_PIN_TRANSLATE, CKM_VHSM_TR31, CKM_VHSM_VISA_PVV, CKM_VHSM_VISA_PVV_BLOCK,
    CKM_VHSM_VISA_PVV_CHANGE, CKR_VHSM_KEY_MASQUERADES, CKR_VHSM_KEY_MODE_OF_USE,
    CKR_VHSM_KEY_NOT_EXPORTABLE, CKR_VHSM_KEY_PARITY, CKR_VHSM_KEY_USAGE, CKR_VHSM_PIN_BLOCK,
    CKR_VHSM_PIN_BLOCK_FORMAT, CKR_VHSM_PIN_EXCLUDED, MechanismId,
};

const KEY: &str = "0123456789ABCDEFFEDCBA9876543210";
const OTHER: &str = "2315208C9110AD402315208C9110AD43";
const ACCOUNT: &str = "5413330089020011";
/// Formats of blocks of triple DES: ISO 9564-1 formats 0, 1, 3, and PLUS.
const ISO_0: u8 = 1;
const ISO_1: u8 = 5;
const ISO_3: u8 = 47;
const ISO_4: u8 = 48;
const PLUS: u8 = 4;

fn session() -> Session {
    Token::fresh().user()
}

fn key_with(
    s: &Session,
    key_type: CK_KEY_TYPE,
    value: &str,
    usage: &str,
    more: &[CK_ATTRIBUTE],
) -> CK_OBJECT_HANDLE {
    let template = with(
        &open_secret(key_type, &hex(value)),
        &[a(CKA_VHSM_KEY_USAGE.0, usage)],
    );
    s.create(&with(&template, more)).works()
}

fn key(s: &Session, value: &str, usage: &str, mode: &str) -> CK_OBJECT_HANDLE {
    key_with(s, CKK_DES2, value, usage, &[a(CKA_VHSM_MODE_OF_USE.0, mode)])
}

fn account(digits: &str) -> Vec<u8> {
    let mut bytes = vec![digits.len() as u8];
    bytes.extend(digits.as_bytes());
    bytes.resize(20, 0);
    bytes
}

fn end(format: u8, digits: &str) -> Vec<u8> {
    [&[format, 0], &[0; 12][..], &account(digits)].concat()
}

fn mech(id: MechanismId, parts: &[&[u8]]) -> Mech {
    Mech::iv(id.0, &[&[1], &parts.concat()[..]].concat())
}

fn translate(from: &[u8], to_key: CK_OBJECT_HANDLE, to: &[u8]) -> Mech {
    mech(CKM_VHSM_PIN_TRANSLATE, &[from, &to_key.to_be_bytes(), to])
}

/// PIN block format translation: a block that is said to be of another format is none, so that no PIN is read out of it
/// with the account or the fill of another.
#[test]
fn a_block_of_one_format_is_none_of_another() {
    isolated(|| {
        let s = session();
        let (from, to) = (key(&s, KEY, "P0", "B"), key(&s, OTHER, "P0", "B"));
        for pin in ["1234", "99999", "000000", "123456789012"] {
            for format in [ISO_0, ISO_1, ISO_3, PLUS] {
                let m = mech(CKM_VHSM_PIN_BLOCK, &[&end(format, ACCOUNT)]);
                let block = s.encrypt(m, from, pin.as_bytes()).works();
                for told in [ISO_0, 2, 3, PLUS, ISO_1, ISO_3] {
                    // PLUS binds other digits of the account: from it a block goes nowhere but to PLUS.
                    let becomes = if told == PLUS { PLUS } else { ISO_0 };
                    let m = translate(&end(told, ACCOUNT), to, &end(becomes, ACCOUNT));
                    let moved = s.decrypt(m, from, &block);
                    if told == PLUS {
                        let m = translate(&end(told, ACCOUNT), to, &end(ISO_0, ACCOUNT));
                        s.begin(Class::Decrypt, m, from)
                            .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
                    }
                    if told == format {
                        moved.map(drop).works();
                    } else {
                        moved.map(drop).gives(CKR_VHSM_PIN_BLOCK.0);
                    }
                    s.is_idle(Class::Decrypt);
                }
                // Into formats without an account, from which any account could be given to it.
                for without in [ISO_1, 2, 3, 34] {
                    if without != format {
                        let m = translate(&end(format, ACCOUNT), to, &end(without, ACCOUNT));
                        s.begin(Class::Decrypt, m, from)
                            .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
                    }
                }
            }
        }
    });
}

/// Thales' numeric usages are what the standard's they narrow are: a base key in its code encrypts nothing itself.
#[test]
fn a_base_key_in_thales_code_encrypts_nothing_itself() {
    isolated(|| {
        let s = session();
        let base = key(&s, KEY, "41", "N");
        // The key itself, without a serial number.
        let data = Mech::iv(CKM_VHSM_DATA_ECB.0, &[&[1][..], &[0; 15]].concat());
        s.begin(Class::Encrypt, data, base).gives(CKR_VHSM_KEY_USAGE.0);
        s.begin(Class::Encrypt, data, key(&s, KEY, "21", "N")).works();
        s.cancel_by_init(Class::Encrypt).works();
        let m = mech(CKM_VHSM_PIN_BLOCK, &[&end(ISO_0, ACCOUNT)]);
        s.begin(Class::Encrypt, m, base).gives(CKR_VHSM_KEY_USAGE.0);
        let pins = key(&s, KEY, "72", "B");
        s.encrypt(m, pins, b"1234").works();
    });
}

/// What a payment key may do, and when, never becomes more.
#[test]
fn a_payment_key_never_gets_another_use_or_more_days() {
    isolated(|| {
        let s = session();
        let more = [
            a(CKA_VHSM_KEY_USAGE.0, "P0"),
            a(CKA_ENCRYPT, false),
            a(CKA_DECRYPT, true),
        ];
        let dated = with(
            &more,
            &[a(CKA_START_DATE, "20200102"), a(CKA_END_DATE, "20990101")],
        );
        let key = s.create(&with(&open_secret(CKK_DES2, &hex(KEY)), &dated)).works();
        for change in [
            a(CKA_ENCRYPT, true),
            a(CKA_END_DATE, "20990102"),
            a(CKA_END_DATE, ""),
            a(CKA_START_DATE, "20200101"),
        ] {
            s.set(key, &[change]).gives(CKR_ATTRIBUTE_READ_ONLY);
            assert!(s.copy(key, &[change]).is_err());
        }
        s.set(key, &[a(CKA_DECRYPT, false)]).works();
    });
}

/// PAN modification: a block never goes to another account. Under another one a block of format 4 is none, one of format
/// 0 only where the account stands over the PIN itself, of format 3 where it stands over the PIN or the fill allows it.
#[test]
fn another_account_opens_no_block() {
    isolated(|| {
        let s = session();
        let (from, to) = (key(&s, KEY, "P0", "B"), key(&s, OTHER, "P0", "B"));
        let aes = [KEY, OTHER].map(|value| key_with(&s, CKK_AES, value, "P0", &[]));
        for (format, [from, to]) in [(ISO_0, [from, to]), (ISO_3, [from, to]), (ISO_4, aes)] {
            let own = end(format, ACCOUNT);
            let block = s
                .encrypt(mech(CKM_VHSM_PIN_BLOCK, &[&own]), from, b"1234")
                .works();
            for at in 0..ACCOUNT.len() {
                let mut digits = ACCOUNT.as_bytes().to_vec();
                digits[at] = b'0' + (digits[at] - b'0' + 1) % 10;
                let other = end(format, std::str::from_utf8(&digits).unwrap());
                for m in [translate(&own, to, &other), translate(&other, to, &own)] {
                    s.begin(Class::Decrypt, m, from)
                        .gives(CKR_VHSM_PIN_BLOCK_FORMAT.0);
                }
                // The 12 digits before the check digit; over a PIN of four stand the first two of them.
                let in_fill = format == ISO_0 && (5..15).contains(&at);
                if in_fill || format == ISO_4 {
                    s.decrypt(translate(&other, to, &other), from, &block)
                        .map(drop)
                        .gives(CKR_VHSM_PIN_BLOCK.0);
                }
            }
        }
    });
}

/// Brute force through translation and verification: a host that checks PINs makes none of its own choice, gets no
/// value out, and cannot use the key of values with PINs in the clear.
#[test]
fn a_host_that_checks_pins_makes_none() {
    isolated(|| {
        let s = session();
        let terminal = key(&s, KEY, "P0", "B");
        let pin_key = key(&s, KEY, "P0", "D");
        let only: &[CK_MECHANISM_TYPE] = &[CKM_VHSM_VISA_PVV_BLOCK.0];
        let more = [a(CKA_VHSM_MODE_OF_USE.0, "V"), a(CKA_ALLOWED_MECHANISMS, only)];
        let pvk = key_with(&s, CKK_DES2, OTHER, "V2", &more);
        let maker = key(&s, OTHER, "V2", "G");
        let own = end(ISO_0, ACCOUNT);
        let block = s
            .encrypt(mech(CKM_VHSM_PIN_BLOCK, &[&own]), terminal, b"1234")
            .works();
        let parameter = [&b"1"[..], &pin_key.to_be_bytes(), &own, &account("")].concat();
        let m = mech(CKM_VHSM_VISA_PVV_BLOCK, &[&parameter]);
        let value = s.sign(m, maker, &block).works();
        s.verify(m, pvk, &block, &value).works();
        // No blocks of PINs of its own choice, no random ones, none under the same key by translation.
        let wrong = CKR_VHSM_KEY_MODE_OF_USE.0;
        for (id, rest) in [(CKM_VHSM_PIN_BLOCK, &b""[..]), (CKM_VHSM_PIN_GENERATE, &[4])] {
            s.begin(Class::Encrypt, mech(id, &[&own, rest]), pin_key)
                .gives(wrong);
        }
        s.begin(Class::Decrypt, translate(&own, pin_key, &own), terminal)
            .gives(wrong);
        // No values, neither of the block nor of a change, and no check of PINs in the clear.
        s.begin(Class::Sign, m, pvk).gives(wrong);
        let change = mech(CKM_VHSM_VISA_PVV_CHANGE, &[&parameter, &value]);
        s.begin(Class::Sign, change, pvk).gives(CKR_MECHANISM_INVALID);
        s.begin(Class::Verify, Mech::new(CKM_VHSM_VISA_PVV.0), pvk)
            .gives(CKR_MECHANISM_INVALID);
        // Nothing shows a PIN.
        s.begin(Class::Decrypt, mech(CKM_VHSM_PIN_REVEAL, &[&own]), pin_key)
            .gives(CKR_MECHANISM_INVALID);
    });
}

/// Excluded PINs as an oracle: whether the PIN in a block is one of 510 that the caller names, and which one in some 25 calls.
#[test]
fn a_host_that_checks_pins_asks_for_no_excluded_ones() {
    isolated(|| {
        let s = session();
        let (terminal, pins) = (key(&s, KEY, "P0", "E"), key(&s, KEY, "P0", "D"));
        let own = end(ISO_0, ACCOUNT);
        let block = s
            .encrypt(mech(CKM_VHSM_PIN_BLOCK, &[&own]), terminal, b"1234")
            .works();
        let handle = pins.to_be_bytes();
        let visa = [&b"1"[..], &handle, &own, &account("")].concat();
        let method = [
            &b"\x000123456789012345"[..],
            b"5413330089020011",
            &[4],
            &handle,
            &[0; 8],
            &own,
        ]
        .concat();
        for (id, parameter, usage) in [
            (CKM_VHSM_VISA_PVV_BLOCK, visa, "V2"),
            (CKM_VHSM_IBM3624_OFFSET, method, "V1"),
        ] {
            let (checks, makes) = (key(&s, OTHER, usage, "V"), key(&s, OTHER, usage, "G"));
            let plain = mech(id, &[&parameter]);
            for table in [
                &b"\x01\x041234"[..],
                b"\x01\x044321",
                b"\x01\x0612345\x36",
                b"\x00\x04",
            ] {
                let asking = mech(id, &[&parameter, table]);
                s.begin(Class::Verify, asking, checks)
                    .gives(CKR_MECHANISM_PARAM_INVALID);
            }
            // Who makes values for PINs that customers choose names those that they must not.
            let value = s.sign(plain, makes, &block).works();
            s.verify(plain, checks, &block, &value).works();
            s.sign(mech(id, &[&parameter, b"\x01\x041234"]), makes, &block)
                .gives(CKR_VHSM_PIN_EXCLUDED.0);
        }
    });
}

fn template(usage: &str) -> [CK_ATTRIBUTE; 3] {
    [
        a(CKA_CLASS, CKO_SECRET_KEY),
        a(CKA_KEY_TYPE, CKK_DES2),
        a(CKA_VHSM_KEY_USAGE.0, usage),
    ]
}

/// Half-key substitution: of a key that is wrapped without a MAC, one half twice is a key that is searched in the time
/// of a single DES key. A key that may leave in key blocks only is not wrapped like that at all.
#[test]
fn halves_of_keys_are_not_put_together() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let transport = s.import(CKK_DES2, &hex(OTHER));
        let any_form = [a(CKA_VHSM_EXPORTABILITY.0, "S")];
        let pin_key = key_with(&s, CKK_DES2, KEY, "P0", &any_form);
        let ecb = Mech::new(CKM_DES3_ECB);
        let wrapped = s.wrap(ecb, transport, pin_key).works();
        for half in [&wrapped[..8], &wrapped[8..]] {
            s.unwrap_key(ecb, transport, &[half, half].concat(), &template("P0"))
                .map(drop)
                .gives(CKR_VHSM_KEY_MASQUERADES.0);
        }
        assert_eq!(s.find(&[a(CKA_VHSM_KEY_USAGE.0, "P0")]).works().len(), 1);
        for exportability in ["E", "N"] {
            let more = [a(CKA_VHSM_EXPORTABILITY.0, exportability)];
            let kept = key_with(&s, CKK_DES2, KEY, "P0", &more);
            s.wrap(ecb, transport, kept)
                .map(drop)
                .gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0);
        }
    });
}

/// Conjuring keys: bytes of one's own choice, unwrapped without a MAC, are a key once in 65536 times.
#[test]
fn bytes_of_ones_own_choice_are_no_keys() {
    isolated(|| {
        let s = session();
        let brings_keys = [nested(CKA_UNWRAP_TEMPLATE, &[a(CKA_VHSM_KEY_USAGE.0, "K0")])];
        let transport = s
            .create(&with(&open_secret(CKK_DES2, &hex(OTHER)), &brings_keys))
            .works();
        let ecb = Mech::new(CKM_DES3_ECB);
        let mut conjured = 0;
        for number in 0..256u64 {
            let bytes = [number.to_be_bytes(), (!number).to_be_bytes()].concat();
            match s.unwrap_key(ecb, transport, &bytes, &template("K0")) {
                Ok(_) => conjured += 1,
                refused @ Err(_) => refused.map(drop).gives(CKR_VHSM_KEY_PARITY.0),
            }
        }
        assert_eq!(conjured, 0);
        assert!(s.find(&[a(CKA_VHSM_KEY_USAGE.0, "K0")]).works().is_empty());
    });
}

/// Parity oracle: what is wrong with the key in a key block is told when the MAC is right, and else nothing is.
#[test]
fn parity_is_told_of_good_key_blocks_only() {
    isolated(|| {
        let s = session();
        let file: Json = serde_json::from_str(include_str!("../vectors/payment/tr31.json")).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        let even = vectors.iter().find(|vector| vector["id"] == "made-013").unwrap();
        let [kbpk, block] = ["kbpk", "block"].map(|name| even[name].as_str().unwrap());
        let kbpk = key_with(&s, CKK_AES, kbpk, "K1", &[]);
        let any = Mech::iv(CKM_VHSM_TR31.0, &[1, 0]);
        s.unwrap_key(any, kbpk, block.as_bytes(), &[])
            .map(drop)
            .gives(CKR_VHSM_KEY_PARITY.0);
        for at in 16..block.len() {
            let mut damaged = block.as_bytes().to_vec();
            damaged[at] = if damaged[at] == b'0' { b'1' } else { b'0' };
            s.unwrap_key(any, kbpk, &damaged, &[])
                .map(drop)
                .gives(CKR_WRAPPED_KEY_INVALID);
        }
    });
}
