//! PINs and tables under local master keys.

use super::*;
use crate::crypto::testing::hex;
use crate::payment::lmk::test_keys::{TEST_AES, TEST_DES3, TEST_VARIANT};
use crate::secret::SecretBytes;

fn pan(text: &str) -> Pan<'_> {
    Pan::parse(text.as_bytes()).unwrap()
}

fn lmk(value: &str) -> KeyMaterial {
    KeyMaterial::derived(CKK_VHSM_LMK, SecretBytes::from(&hex(value)[..]))
}

#[test]
fn pins_come_back_from_digits_of_every_length() {
    for value in [TEST_VARIANT, TEST_DES3] {
        let key = lmk(value);
        for (length, text) in [
            (5, "1234"),
            (7, "1234"),
            (13, "1234"),
            (13, "123456789012"),
            (7, "000000"),
        ] {
            let pin = ClearPin::parse(text.as_bytes()).unwrap();
            let mut sealed = [0; DIGITS_MAX];
            seal(&key, length, pan("4111111111111111"), &pin, &mut sealed).unwrap();
            let sealed = &sealed[..length];
            assert!(sealed.iter().all(u8::is_ascii_digit));
            let opened = open(&key, length, pan("4111111111111111"), sealed).unwrap();
            assert!(opened.is(&pin));
            // Hardly any other account gives a PIN, and none gives this one.
            let other = open(&key, length, pan("4111111111111129"), sealed);
            assert!(other.is_err() || other.is_ok_and(|other| !other.is(&pin)));
        }
    }
}

#[test]
fn what_is_no_pin_is_refused_in_one_way() {
    let key = lmk(TEST_VARIANT);
    let pan = pan("4111111111111111");
    for text in ["01234", "0123456789AB", "", "012345678901a"] {
        let refused = open(&key, 13, pan, text.as_bytes()).unwrap_err();
        assert_eq!(refused, NOT_UNDER_IT);
    }
    let taken = (0..1000)
        .filter(|number| open(&key, 13, pan, format!("{number:013}").as_bytes()).is_ok())
        .count();
    assert!(taken < 250, "{taken}");
    let long = ClearPin::parse(b"123456").unwrap();
    let refused = seal(&key, 5, pan, &long, &mut [0; DIGITS_MAX]).unwrap_err();
    assert!(matches!(refused, Error::Pin(PinFault::Length, _)));
}

/// The table and its cryptogram are from traffic of a payShield with the TEST LMK [softwaregroup-bg/ut-codec-payshield,
/// messages EA, BK, DE, EE]; that this table is meant was found by the offsets beside it.
#[test]
fn a_table_under_the_test_lmk_is_the_one_of_a_payshield() {
    let TableCipher::Des(cipher) = table_cipher(&lmk(TEST_DES3)).unwrap() else {
        panic!("it is one of DES");
    };
    let sealed = cipher.encrypt([0x01, 0x23, 0x45, 0x67, 0x89, 0x01, 0x23, 0x45]);
    assert_eq!(sealed[..], hex("709F26B22464E96A"));
    assert!(matches!(
        table_cipher(&lmk(TEST_AES)).unwrap(),
        TableCipher::Aes(_)
    ));
    assert!(matches!(
        table_cipher(&lmk(TEST_VARIANT)).unwrap(),
        TableCipher::Des(_)
    ));
}
