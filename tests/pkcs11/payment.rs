//! Payment mechanisms, and what sets their keys apart [include/vhsm.h].

use crate::harness::*;
use crate::programs::compile;
use std::process::Command;
use std::time::Duration;
use vhsm::ck::{
    CKA_VHSM_EXPORTABILITY, CKA_VHSM_KEY_ALGORITHM, CKA_VHSM_KEY_USAGE, CKA_VHSM_KEY_VERSION,
    CKA_VHSM_MODE_OF_USE, CKM_VHSM_CVV, CKM_VHSM_VISA_PVV, CKR_VHSM_KEY_ALGORITHM, CKR_VHSM_KEY_ALL_ZERO,
    CKR_VHSM_KEY_EXPIRED, CKR_VHSM_KEY_MASQUERADES, CKR_VHSM_KEY_MODE_OF_USE, CKR_VHSM_KEY_NOT_EXPORTABLE,
    CKR_VHSM_KEY_PARITY, CKR_VHSM_KEY_USAGE,
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
            ("S", true, false),
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
        assert!(s.find(&[a(USAGE, "C0")]).works().is_empty());
        s.create(&open_secret(CKK_DES2, &EVEN)).works(); // a general key
    });
}

#[test]
fn weak_payment_keys_come_in_where_the_configuration_wants_them() {
    isolated_with("[payment]\nweak_keys = \"accept\"\n", || {
        let s = session();
        s.create(&valued(&EVEN)).works();
        s.create(&valued(&TWICE)).works();
        s.create(&valued(&[0; 16])).gives(CKR_VHSM_KEY_ALL_ZERO.0);
    });
}

#[test]
fn keys_with_equal_parts_come_in_where_the_configuration_wants_these_only() {
    isolated_with("[payment]\nweak_keys = \"equal-parts\"\n", || {
        let s = session();
        s.create(&valued(&TWICE)).works();
        s.create(&valued(&EVEN)).gives(CKR_VHSM_KEY_PARITY.0);
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
