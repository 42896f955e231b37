//! Payment mechanisms, and what sets their keys apart [include/vhsm.h].

use crate::harness::*;
use crate::programs::compile;
use std::process::Command;
use std::time::Duration;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION,
    CKA_VHSM_MODE_OF_USE, CKM_VHSM_CVV, CKM_VHSM_VISA_PVV, CKR_VHSM_KEY_ALGORITHM, CKR_VHSM_KEY_ALL_ZERO,
    CKR_VHSM_KEY_EXPIRED, CKR_VHSM_KEY_MASQUERADES, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_NOT_EXPORTABLE,
    CKR_VHSM_KEY_PARITY, CKR_VHSM_KEY_USAGE, CKR_VHSM_KEY_WEAK,
};

const CVV: CK_MECHANISM_TYPE = CKM_VHSM_CVV.0;
const PVV: CK_MECHANISM_TYPE = CKM_VHSM_VISA_PVV.0;
const USAGE: CK_ATTRIBUTE_TYPE = CKA_VHSM_KEY_USAGE.0;
const MODE: CK_ATTRIBUTE_TYPE = CKA_VHSM_MODE_OF_USE.0;

/// The classic example: this key and this card have the CVV 561.
const KEY: [u8; 16] = [
    0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
];
const CARD: &[u8] = b"4123456789012345;8701;101";
/// The same key and this PIN have the PVV 9464.
const PIN: &[u8] = b"4111111111111111;1;1234";

/// The template of a payment key.
fn payment_key(usage: &str) -> Vec<CK_ATTRIBUTE> {
    with(&open_secret(CKK_DES2, &KEY), &[a(USAGE, usage)])
}

fn session() -> Session {
    Token::fresh().user()
}

fn cvv() -> Mech {
    Mech::new(CVV)
}

#[test]
fn a_card_verification_value_is_made_and_checked() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        assert_eq!(s.sign(cvv(), key, CARD).works(), b"561");
        s.verify(cvv(), key, CARD, b"561").works();
        s.verify(cvv(), key, CARD, b"562").gives(CKR_SIGNATURE_INVALID);
        s.verify(cvv(), key, b"4123456789012345;8701;201", b"561")
            .gives(CKR_SIGNATURE_INVALID);
        for wrong in [&b""[..], b"56", b"5610"] {
            s.verify(cvv(), key, CARD, wrong).gives(CKR_SIGNATURE_LEN_RANGE);
        }
    });
}

#[test]
fn a_pin_verification_value_is_made_and_checked() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("V2")).works();
        assert_eq!(s.sign(Mech::new(PVV), key, PIN).works(), b"9464");
        s.verify(Mech::new(PVV), key, PIN, b"9464").works();
        s.verify(Mech::new(PVV), key, PIN, b"9465")
            .gives(CKR_SIGNATURE_INVALID);
        s.verify(Mech::new(PVV), key, PIN, b"946")
            .gives(CKR_SIGNATURE_LEN_RANGE);
    });
}

/// OUT-1, OUT-2
#[test]
fn a_value_waits_for_a_buffer_that_has_room_for_it() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        s.begin(Class::Sign, cvv(), key).works();
        assert_eq!(s.query(Step::Sign, CARD).works(), 3);
        s.offer(Step::Sign, CARD, 2).0.gives(CKR_BUFFER_TOO_SMALL);
        assert_eq!(s.step(Step::Sign, CARD).works(), b"561");
        s.is_idle(Class::Sign);
    });
}

#[test]
fn data_of_another_form_is_refused_and_ends_the_operation() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        for (data, rv) in [
            (&b"4123456789012345"[..], CKR_DATA_INVALID),
            (b"4123456789012345;87O1;101", CKR_DATA_INVALID),
            (b"4123456789012345;8701;101\0", CKR_DATA_LEN_RANGE),
            (b"41234567890;8701;101", CKR_DATA_LEN_RANGE),
        ] {
            s.sign(cvv(), key, data).gives(rv);
            s.is_idle(Class::Sign);
            s.verify(cvv(), key, data, b"561").gives(rv);
            s.is_idle(Class::Verify);
        }
    });
}

#[test]
fn a_parameter_is_refused() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        s.begin(Class::Sign, Mech::iv(CVV, &[0; 8]), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

#[test]
fn a_multi_part_call_is_refused() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        s.begin(Class::Sign, cvv(), key).works();
        s.feed(Class::Sign, CARD).gives(CKR_FUNCTION_NOT_SUPPORTED);
        s.is_idle(Class::Sign);
        s.begin(Class::Verify, cvv(), key).works();
        s.feed(Class::Verify, CARD).gives(CKR_FUNCTION_NOT_SUPPORTED);
        s.is_idle(Class::Verify);
    });
}

#[test]
fn a_mechanism_takes_keys_of_its_usage_only() {
    isolated(|| {
        let s = session();
        for (mechanism, usages) in [(CVV, ["V2", "P0"]), (PVV, ["C0", "V1"])] {
            for usage in usages {
                let key = s.create(&payment_key(usage)).works();
                for class in [Class::Sign, Class::Verify] {
                    s.begin(class, Mech::new(mechanism), key)
                        .gives(CKR_VHSM_KEY_USAGE.0);
                    s.is_idle(class);
                }
            }
        }
    });
}

#[test]
fn a_key_without_a_usage_is_no_payment_key() {
    isolated(|| {
        let s = session();
        let key = s.import(CKK_DES2, &KEY);
        for mechanism in [CVV, PVV] {
            for class in [Class::Sign, Class::Verify] {
                s.begin(class, Mech::new(mechanism), key)
                    .gives(CKR_VHSM_KEY_USAGE.0);
            }
        }
        assert!(log().contains("CKA_VHSM_KEY_USAGE"), "the log says why");
    });
}

#[test]
fn keys_of_other_types_are_refused_whatever_their_usage() {
    isolated(|| {
        let s = session();
        for (key_type, length) in [(CKK_DES3, 24), (CKK_AES, 16), (CKK_GENERIC_SECRET, 16)] {
            let value = [KEY, [0x02; 16]].concat();
            let template = with(&open_secret(key_type, &value[..length]), &[a(USAGE, "C0")]);
            let key = s.create(&template).works();
            s.begin(Class::Sign, cvv(), key).gives(CKR_KEY_TYPE_INCONSISTENT);
        }
    });
}

/// The ciphers would compute a CVV piece by piece, and other keys would enter and leave under the payment key.
#[test]
fn no_general_cipher_takes_a_payment_key() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        let general = s.import(CKK_DES2, &KEY);
        let (ecb, cbc) = (Mech::new(CKM_DES3_ECB), Mech::iv(CKM_DES3_CBC, &[0; 8]));
        let pad = Mech::iv(CKM_DES3_CBC_PAD, &[0; 8]);
        for mechanism in [ecb, cbc, pad] {
            for class in [Class::Encrypt, Class::Decrypt] {
                s.begin(class, mechanism, general).works();
                s.cancel_by_init(class).works();
                s.begin(class, mechanism, key).gives(CKR_VHSM_KEY_USAGE.0);
            }
            s.wrap(mechanism, key, general).gives(CKR_VHSM_KEY_USAGE.0);
            s.unwrap_key(mechanism, key, &[0; 16], &open_secret(CKK_DES2, &[])[..2])
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
        assert_eq!(s.sign(cvv(), key, CARD).works(), b"561");
    });
}

#[test]
fn no_general_mac_takes_a_payment_key() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        let general = s.import(CKK_DES2, &KEY);
        for class in [Class::Sign, Class::Verify] {
            s.begin(class, Mech::new(CKM_DES3_CMAC), general).works();
            s.cancel_by_init(class).works();
            s.begin(class, Mech::new(CKM_DES3_CMAC), key)
                .gives(CKR_VHSM_KEY_USAGE.0);
        }
    });
}

#[test]
fn a_payment_key_that_may_leave_in_any_form_comes_back_with_the_usage_it_is_given() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let any_form = [a(CKA_VHSM_EXPORTABILITY.0, "S")];
        let key = s.create(&with(&payment_key("C0"), &any_form)).works();
        let (public, private) = s.rsa();
        let wrapped = s.wrap(Mech::new(CKM_RSA_PKCS), public, key).works();
        let template = [
            a(CKA_CLASS, CKO_SECRET_KEY),
            a(CKA_KEY_TYPE, CKK_DES2),
            a(USAGE, "C0"),
        ];
        let back = s
            .unwrap_key(Mech::new(CKM_RSA_PKCS), private, &wrapped, &template)
            .works();
        assert_eq!(s.sign(cvv(), back, CARD).works(), b"561");
    });
}

#[test]
fn an_unwrapping_key_can_force_the_usage() {
    isolated(|| {
        let s = session();
        let key = s.import(CKK_DES2, &KEY);
        let forced = [nested(CKA_UNWRAP_TEMPLATE, &[a(USAGE, "C0")])];
        let (public, private) = s.rsa_with(2048, &[], &forced).works();
        let wrapped = s.wrap(Mech::new(CKM_RSA_PKCS), public, key).works();
        let general = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_DES2)];
        let back = s
            .unwrap_key(Mech::new(CKM_RSA_PKCS), private, &wrapped, &general)
            .works();
        assert_eq!(s.get(back, USAGE).works(), b"C0");
        let other = with(&general, &[a(USAGE, "V2")]);
        s.unwrap_key(Mech::new(CKM_RSA_PKCS), private, &wrapped, &other)
            .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}

#[test]
fn the_usage_never_changes() {
    isolated(|| {
        let s = session();
        let key = s.create(&payment_key("C0")).works();
        s.set(key, &[a(USAGE, "V2")]).gives(CKR_ATTRIBUTE_READ_ONLY);
        s.copy(key, &[a(USAGE, "V2")]).gives(CKR_ATTRIBUTE_READ_ONLY);
        let copy = s.copy(key, &[]).works();
        assert_eq!(s.get(copy, USAGE).works(), b"C0");
        let general = s.import(CKK_DES2, &KEY);
        s.set(general, &[a(USAGE, "C0")]).gives(CKR_ATTRIBUTE_READ_ONLY);
        s.copy(general, &[a(USAGE, "C0")]).gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

#[test]
fn keys_are_found_by_their_usage() {
    isolated(|| {
        let s = session();
        let key = s.create(&on_token(&payment_key("C0"))).works();
        s.create(&on_token(&payment_key("V2"))).works();
        s.import(CKK_DES2, &KEY);
        assert_eq!(s.find(&[a(USAGE, "C0")]).works(), [key]);
    });
}

#[test]
fn a_usage_is_two_printable_characters() {
    isolated(|| {
        let s = session();
        for wrong in ["", "C", "C00", "C\n"] {
            s.create(&payment_key(wrong)).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}

#[test]
fn usage_flags_and_allowed_mechanisms_narrow_it_further() {
    isolated(|| {
        let s = session();
        let checks_only = s.create(&with(&payment_key("C0"), &[a(CKA_SIGN, false)])).works();
        s.begin(Class::Sign, cvv(), checks_only)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.verify(cvv(), checks_only, CARD, b"561").works();
        let makes_only = s
            .create(&with(&payment_key("C0"), &[a(CKA_VERIFY, false)]))
            .works();
        assert_eq!(s.sign(cvv(), makes_only, CARD).works(), b"561");
        s.begin(Class::Verify, cvv(), makes_only)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let others: &[CK_MECHANISM_TYPE] = &[PVV];
        let other = s
            .create(&with(&payment_key("C0"), &[a(CKA_ALLOWED_MECHANISMS, others)]))
            .works();
        s.begin(Class::Sign, cvv(), other).gives(CKR_MECHANISM_INVALID);
    });
}

/// What may be done with a key, character by character.
#[test]
fn a_mode_of_use_narrows_what_a_key_does() {
    isolated(|| {
        let s = session();
        let mode = |mode: &str| s.create(&with(&payment_key("C0"), &[a(MODE, mode)]));
        for (code, signs, verifies) in [
            ("C", true, true),
            ("G", true, false),
            ("V", false, true),
            ("N", true, true),
            ("S", false, false),
            ("T", false, false),
            ("B", false, false),
            ("X", false, false),
        ] {
            let key = mode(code).works();
            for (class, may) in [(Class::Sign, signs), (Class::Verify, verifies)] {
                match may {
                    true => {
                        s.begin(class, cvv(), key).works();
                        s.cancel_by_init(class).works();
                    }
                    false => s.begin(class, cvv(), key).gives(CKR_VHSM_KEY_MODE_OF_USE.0),
                }
            }
        }
        for wrong in ["", "A", "CC", "c"] {
            mode(wrong).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        let general = with(&open_secret(CKK_DES2, &KEY), &[a(MODE, "C")]);
        s.create(&general).gives(CKR_TEMPLATE_INCOMPLETE);
        let key = mode("V").works();
        s.set(key, &[a(MODE, "C")]).gives(CKR_ATTRIBUTE_READ_ONLY);
        s.copy(key, &[a(MODE, "C")]).gives(CKR_ATTRIBUTE_READ_ONLY);
    });
}

/// The flags of a key are those of its mode of use, and none is TRUE against it.
#[test]
fn flags_follow_the_mode_of_use() {
    isolated(|| {
        let s = session();
        let uses = [
            CKA_ENCRYPT,
            CKA_DECRYPT,
            CKA_SIGN,
            CKA_VERIFY,
            CKA_WRAP,
            CKA_UNWRAP,
        ];
        let all = &uses[..];
        for (code, of_the_mode) in [
            ("B", &[CKA_ENCRYPT, CKA_DECRYPT, CKA_WRAP, CKA_UNWRAP][..]),
            ("C", &[CKA_SIGN, CKA_VERIFY]),
            ("D", &[CKA_DECRYPT, CKA_UNWRAP]),
            ("E", &[CKA_ENCRYPT, CKA_WRAP]),
            ("G", &[CKA_SIGN]),
            ("N", all),
            ("S", &[CKA_SIGN]),
            ("T", &[CKA_SIGN, CKA_DECRYPT]),
            ("V", &[CKA_VERIFY]),
            ("X", all),
            ("Y", all),
        ] {
            let template = [a(USAGE, "M3"), a(MODE, code)];
            let created = with(&payment_key("M3"), &template);
            let generated = s.generate_key(Mech::new(CKM_DES2_KEY_GEN), &template);
            let keys = [s.create(&created).works(), generated.works()];
            let count = s.find(&[]).works().len();
            for flag in uses {
                let has = of_the_mode.contains(&flag);
                for key in keys {
                    assert_eq!(s.flag(key, flag).works(), has, "{code} {}", attribute_name(flag));
                }
                if !has {
                    let named = [a(flag, true)];
                    s.create(&with(&created, &named)).gives(CKR_TEMPLATE_INCONSISTENT);
                    s.generate_key(Mech::new(CKM_DES2_KEY_GEN), &with(&template, &named))
                        .gives(CKR_TEMPLATE_INCONSISTENT);
                    s.set(keys[0], &named).gives(CKR_ATTRIBUTE_READ_ONLY);
                    s.copy(keys[0], &named).gives(CKR_ATTRIBUTE_READ_ONLY);
                }
            }
            assert_eq!(s.find(&[]).works().len(), count);
        }
    });
}

/// Usages are those of ANSI X9.143:2021, 6.3.1, and two digits, which makers have for themselves.
#[test]
fn a_template_names_no_usage_that_there_is_not() {
    isolated(|| {
        let s = session();
        let usage = |code: &str| s.create(&payment_key(code));
        let known = "B0 B1 B2 B3 C0 D0 D1 D2 D3 E0 E1 E2 E3 E4 E5 E6 E7 I0 K0 K1 K2 K3 K4 M0 M1 M2 M3 M4 M5 M6 M7 M8 \
                     P0 P1 S0 S1 S2 V0 V1 V2 V3 V4 V5 01 10 32 52 99";
        for code in known.split(' ') {
            usage(code).works();
        }
        let count = s.find(&[]).works().len();
        let unknown = "A0 B4 C1 D4 E8 F0 I1 K5 M9 P2 S3 V6 Z9 p0 PP 0P 1A";
        for code in unknown.split(' ').chain(["", "P", "P00", "P ", "5\0"]) {
            usage(code).gives(CKR_ATTRIBUTE_VALUE_INVALID);
            s.generate_key(Mech::new(CKM_DES2_KEY_GEN), &[a(USAGE, code)])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        assert_eq!(s.find(&[]).works().len(), count);
    });
}

#[test]
fn what_a_key_block_says_is_kept_with_the_key() {
    isolated(|| {
        let s = session();
        let said = [
            (CKA_VHSM_EXPORTABILITY.0, "E"),
            (CKA_VHSM_KEY_VERSION.0, "c1"),
            (CKA_VHSM_KEY_ALGORITHM.0, "T"),
        ];
        let template: Vec<_> = said
            .iter()
            .map(|(attribute, value)| a(*attribute, *value))
            .collect();
        let key = s.create(&with(&payment_key("C0"), &template)).works();
        let copy = s.copy(key, &[]).works();
        for (attribute, value) in said {
            assert_eq!(s.get(copy, attribute).works(), value.as_bytes());
        }
        for (attribute, wrong, code) in [
            (CKA_VHSM_EXPORTABILITY.0, "X", CKR_ATTRIBUTE_VALUE_INVALID),
            (CKA_VHSM_KEY_VERSION.0, "1", CKR_ATTRIBUTE_VALUE_INVALID),
            (CKA_VHSM_KEY_ALGORITHM.0, "A", CKR_VHSM_KEY_ALGORITHM.0),
        ] {
            let template = with(&payment_key("C0"), &[a(attribute, wrong)]);
            s.create(&template).gives(code);
        }
    });
}

/// Key blocks have no algorithm for keys of other types, so that a usage would never leave or come with one.
#[test]
fn a_payment_key_is_of_a_type_that_key_blocks_know() {
    isolated_with_everything(|| {
        let s = session();
        for (key_type, length) in [
            (CKK_BLOWFISH, 16),
            (CKK_TWOFISH, 16),
            (CKK_CAMELLIA, 16),
            (CKK_ARIA, 16),
            (CKK_CHACHA20, 32),
            (CKK_SALSA20, 32),
            (CKK_POLY1305, 32),
            (CKK_AES_XTS, 32),
            (CKK_HKDF, 32),
        ] {
            let value: Vec<u8> = (1..=length).collect();
            let key = |more: &[CK_ATTRIBUTE]| s.create(&with(&open_secret(key_type, &value), more));
            key(&[]).works();
            for usage in ["P0", "D0", "K0", "M7"] {
                key(&[a(USAGE, usage)]).gives(CKR_VHSM_KEY_ALGORITHM.0);
                let with_algorithm = [a(USAGE, usage), a(CKA_VHSM_KEY_ALGORITHM.0, "H")];
                key(&with_algorithm).gives(CKR_VHSM_KEY_ALGORITHM.0);
            }
        }
        for (mechanism, more) in [
            (CKM_CHACHA20_KEY_GEN, &[][..]),
            (CKM_BLOWFISH_KEY_GEN, &[a(CKA_VALUE_LEN, 16)]),
        ] {
            s.generate_key(Mech::new(mechanism), more).works();
            let template = with(more, &[a(USAGE, "P0")]);
            s.generate_key(Mech::new(mechanism), &template)
                .gives(CKR_VHSM_KEY_ALGORITHM.0);
        }
        for key_type in [CKK_GENERIC_SECRET, CKK_SHA256_HMAC, CKK_SHA3_512_HMAC] {
            s.create(&with(&open_secret(key_type, &[7; 32]), &[a(USAGE, "M7")]))
                .works();
        }
    });
}

/// CKA_EXTRACTABLE says that a key may leave, the key block's word how: E in key blocks only.
#[test]
fn a_key_that_is_not_exportable_is_not_wrapped() {
    isolated_with(USAGE_BY_TEMPLATE, || {
        let s = session();
        let with_key = s.import(CKK_AES, &[7; 16]);
        for (exportability, leaves) in [("E", false), ("S", true), ("N", false)] {
            let template = with(&payment_key("C0"), &[a(CKA_VHSM_EXPORTABILITY.0, exportability)]);
            let key = s.create(&template).works();
            let wrapped = s.wrap(Mech::new(CKM_AES_KEY_WRAP), with_key, key);
            match leaves {
                true => drop(wrapped.works()),
                false => wrapped.map(drop).gives(CKR_VHSM_KEY_NOT_EXPORTABLE.0),
            }
        }
    });
}

/// A general key's dates only inform [PKCS#11 3.2, 4.8]; those of a payment key hold.
#[test]
fn a_payment_key_is_used_on_its_days_only() {
    isolated(|| {
        let s = session();
        for (first, last, answer) in [
            ("20000101", "29991231", CKR_OK),
            ("29990101", "29991231", CKR_VHSM_KEY_EXPIRED.0),
            ("20000101", "20000102", CKR_VHSM_KEY_EXPIRED.0),
            ("", "20000102", CKR_VHSM_KEY_EXPIRED.0),
            ("20000101", "", CKR_OK),
        ] {
            let dates = [a(CKA_START_DATE, first), a(CKA_END_DATE, last)];
            let key = s.create(&with(&payment_key("C0"), &dates)).works();
            let begun = s.begin(Class::Sign, cvv(), key);
            match answer {
                CKR_OK => {
                    begun.works();
                    s.cancel_by_init(Class::Sign).works();
                }
                code => begun.gives(code),
            }
        }
    });
}

/// A payment key with this value.
fn valued(value: &[u8]) -> Vec<CK_ATTRIBUTE> {
    with(&open_secret(CKK_DES2, value), &[a(USAGE, "C0")])
}

const EVEN: [u8; 16] = [0x11; 16];
const TWICE: [u8; 16] = [0x13; 16];

/// Keys that are weaker than they look do not come in as payment keys.
#[test]
fn weak_payment_keys_do_not_come_in() {
    isolated(|| {
        let s = session();
        s.create(&valued(&EVEN)).gives(CKR_VHSM_KEY_PARITY.0);
        s.create(&valued(&TWICE)).gives(CKR_VHSM_KEY_MASQUERADES.0);
        s.create(&valued(&[0; 16])).gives(CKR_VHSM_KEY_ALL_ZERO.0);
        // Of three parts any two, the first and the third as well.
        for parts in [[0, 0, 1], [0, 1, 1], [0, 1, 0], [0, 0, 0]] {
            s.create(&of_parts(parts)).gives(CKR_VHSM_KEY_MASQUERADES.0);
        }
        for weak in WEAK_PARTS {
            for (at, key_type) in [(0, CKK_DES), (0, CKK_DES2), (1, CKK_DES2), (2, CKK_DES3)] {
                s.create(&with_part(key_type, at, weak))
                    .gives(CKR_VHSM_KEY_WEAK.0);
            }
        }
        assert!(s.find(&[a(USAGE, "C0")]).works().is_empty());
        s.create(&of_parts([0, 1, 2])).works();
        s.create(&with_part(CKK_DES2, 1, POSSIBLY_WEAK)).works();
        s.create(&open_secret(CKK_DES2, &EVEN)).works(); // a general key
        s.create(&open_secret(CKK_DES, &WEAK_PARTS[0].to_be_bytes()))
            .works();
    });
}

/// The weak and the semi-weak keys, and the first of those that may be weak [NIST SP 800-67, "Weak Keys"].
const WEAK_PARTS: [u64; 16] = [
    0x0101_0101_0101_0101,
    0xFEFE_FEFE_FEFE_FEFE,
    0xE0E0_E0E0_F1F1_F1F1,
    0x1F1F_1F1F_0E0E_0E0E,
    0x011F_011F_010E_010E,
    0x1F01_1F01_0E01_0E01,
    0x01E0_01E0_01F1_01F1,
    0xE001_E001_F101_F101,
    0x01FE_01FE_01FE_01FE,
    0xFE01_FE01_FE01_FE01,
    0x1FE0_1FE0_0EF1_0EF1,
    0xE01F_E01F_F10E_F10E,
    0x1FFE_1FFE_0EFE_0EFE,
    0xFE1F_FE1F_FE0E_FE0E,
    0xE0FE_E0FE_F1FE_F1FE,
    0xFEE0_FEE0_FEF1_FEF1,
];
const POSSIBLY_WEAK: u64 = 0x0101_1F1F_0101_0E0E;
const PARTS: [u64; 3] = [
    0x0123_4567_89AB_CDEF,
    0xFEDC_BA98_7654_3210,
    0x2315_208C_9110_AD40,
];

/// A triple payment key of the parts of these numbers.
fn of_parts(numbers: [usize; 3]) -> Vec<CK_ATTRIBUTE> {
    let value = numbers.map(|number| PARTS[number].to_be_bytes()).concat();
    with(&open_secret(CKK_DES3, &value), &[a(USAGE, "C0")])
}

/// A payment key of different parts, one of which is another.
fn with_part(key_type: CK_KEY_TYPE, at: usize, part: u64) -> Vec<CK_ATTRIBUTE> {
    let count = match key_type {
        CKK_DES => 1,
        CKK_DES2 => 2,
        _ => 3,
    };
    let mut parts = PARTS[..count].to_vec();
    parts[at] = part;
    let value: Vec<u8> = parts.iter().flat_map(|part| part.to_be_bytes()).collect();
    with(&open_secret(key_type, &value), &[a(USAGE, "C0")])
}

#[test]
fn weak_payment_keys_come_in_where_the_configuration_wants_them() {
    isolated_with("[payment]\nweak_keys = \"accept\"\n", || {
        let s = session();
        s.create(&valued(&EVEN)).works();
        s.create(&valued(&TWICE)).works();
        s.create(&of_parts([0, 1, 0])).works();
        s.create(&with_part(CKK_DES2, 0, WEAK_PARTS[1])).works();
        s.create(&valued(&[0; 16])).gives(CKR_VHSM_KEY_ALL_ZERO.0);
    });
}

#[test]
fn keys_with_equal_parts_come_in_where_the_configuration_wants_these_only() {
    isolated_with("[payment]\nweak_keys = \"equal-parts\"\n", || {
        let s = session();
        s.create(&valued(&TWICE)).works();
        s.create(&of_parts([0, 1, 0])).works();
        s.create(&valued(&EVEN)).gives(CKR_VHSM_KEY_PARITY.0);
        s.create(&with_part(CKK_DES2, 0, WEAK_PARTS[1]))
            .gives(CKR_VHSM_KEY_WEAK.0);
        s.create(&valued(&[0; 16])).gives(CKR_VHSM_KEY_ALL_ZERO.0);
    });
}

/// Programs that know no vendor's return values get the nearest of the standard's.
#[test]
fn refusals_have_standard_return_values_where_the_configuration_wants_them() {
    isolated_with("[strictness]\nreturn_values = \"standard\"\n", || {
        let s = session();
        let key = s.create(&with(&payment_key("V2"), &[a(MODE, "V")])).works();
        s.begin(Class::Sign, cvv(), key)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.begin(Class::Sign, Mech::new(PVV), key)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.create(&with(&open_secret(CKK_DES2, &[0x11; 16]), &[a(USAGE, "C0")]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        assert!(log().contains("CKA_VHSM_MODE_OF_USE"), "the log says why");
    });
}

#[test]
fn a_program_in_c_takes_the_numbers_from_the_header() {
    isolated(|| {
        Token::fresh();
        finalize().works();
        let pin = std::str::from_utf8(USER_PIN).unwrap();
        let mut command = Command::new(compile("card"));
        command.arg(library_path()).arg(pin);
        let (status, output) = finish(&mut command, Duration::from_secs(100));
        assert!(status.is_some_and(|status| status.success()), "{output}");
    });
}
