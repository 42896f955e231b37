//! Imported keys, with keys that OpenSSL 3.0 made.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::object::testing::*;

fn private(key_type: KeyType, pkcs8: &[u8]) -> AttributeSet {
    with(
        &private_components(key_type, pkcs8),
        [
            (CKA_CLASS, number(CKO_PRIVATE_KEY.0)),
            (CKA_KEY_TYPE, number(key_type.0)),
            (CKA_EXTRACTABLE, YES),
        ],
    )
}

fn openssl(at: usize) -> (KeyType, &'static [u8], &'static [u8]) {
    OPENSSL_KEYS[at]
}

fn rv(result: crate::error::Result<AttributeSet>) -> Rv {
    result.map_or_else(|error| error.rv(), |_| CKR_OK)
}

/// The template of the public key that belongs to a private key. The public number of a key in a prime field, which
/// the private key does not show, ends its `SubjectPublicKeyInfo`.
fn public(private: &AttributeSet, info: &[u8]) -> AttributeSet {
    let mut template = set([(CKA_CLASS, number(CKO_PUBLIC_KEY.0))]);
    for attribute in [
        CKA_KEY_TYPE,
        CKA_MODULUS,
        CKA_PUBLIC_EXPONENT,
        CKA_EC_PARAMS,
        CKA_EC_POINT,
        CKA_PRIME,
        CKA_SUBPRIME,
        CKA_BASE,
    ] {
        if let Some(value) = private.value(attribute) {
            template.set(attribute, value.clone());
        }
    }
    if let Some(prime) = private.bytes(CKA_PRIME) {
        let number = &info[info.len() - prime.len()..];
        template.set(CKA_VALUE, Value::bytes(number));
    }
    template
}

#[test]
fn the_public_key_of_an_imported_private_key_is_worked_out() {
    for (key_type, pkcs8, spki) in OPENSSL_KEYS {
        let key = created(private(*key_type, pkcs8)).unwrap();
        assert_eq!(key.bytes(CKA_PUBLIC_KEY_INFO), Some(*spki), "{key_type}");
        let public = created(public(&key, spki)).unwrap();
        assert_eq!(public.bytes(CKA_PUBLIC_KEY_INFO), Some(*spki), "{key_type}");
    }
}

#[test]
fn a_wrong_public_key_info_is_refused_and_a_right_one_taken() {
    for (key_type, pkcs8, spki) in OPENSSL_KEYS {
        let template = |info: &[u8]| {
            let info = Value::bytes(info);
            with(&private(*key_type, pkcs8), [(CKA_PUBLIC_KEY_INFO, info)])
        };
        assert_eq!(rv(created(template(spki))), CKR_OK);
        assert_eq!(rv(created(template(b""))), CKR_OK);
        let mut wrong = spki.to_vec();
        *wrong.last_mut().unwrap() ^= 1;
        assert_eq!(rv(created(template(&wrong))), CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

#[test]
fn an_ec_point_may_be_raw_or_in_an_octet_string_or_in_a_bit_string() {
    for (key_type, pkcs8, spki) in OPENSSL_KEYS.iter().copied() {
        if !matches!(key_type, CKK_EC | CKK_EC_EDWARDS | CKK_EC_MONTGOMERY) {
            continue;
        }
        let key = created(private(key_type, pkcs8)).unwrap();
        let kept = key.bytes(CKA_EC_POINT).unwrap();
        let raw = match key_type {
            CKK_EC if kept[1] == 0x81 => &kept[3..],
            CKK_EC => &kept[2..],
            _ => kept,
        };
        let octet_string = crate::crypto::der::element(crate::crypto::der::Tag::OctetString, &[raw]);
        let bit_string = crate::crypto::der::bit_string(raw);
        for form in [raw, &octet_string, &bit_string] {
            let template = with(&public(&key, spki), [(CKA_EC_POINT, Value::bytes(form))]);
            assert_eq!(created(template).unwrap().bytes(CKA_EC_POINT), Some(kept));
        }
        for wrong in [&raw[1..], &[raw, &[0]].concat(), &[]] {
            let template = with(&public(&key, spki), [(CKA_EC_POINT, Value::bytes(wrong))]);
            assert_eq!(rv(created(template)), CKR_ATTRIBUTE_VALUE_INVALID);
        }
    }
}

#[test]
fn a_weierstrass_point_is_kept_as_octet_string_and_others_raw() {
    for (key_type, pkcs8, spki) in OPENSSL_KEYS {
        if !matches!(*key_type, CKK_EC | CKK_EC_EDWARDS | CKK_EC_MONTGOMERY) {
            continue;
        }
        let key = created(private(*key_type, pkcs8)).unwrap();
        let point = key.bytes(CKA_EC_POINT).unwrap();
        match *key_type {
            CKK_EC => assert_eq!(point[0], 4),
            _ => assert_eq!(point, &spki[spki.len() - point.len()..]),
        }
    }
}

#[test]
fn a_point_off_the_curve_is_refused() {
    let (key_type, pkcs8, spki) = openssl(2);
    let key = created(private(key_type, pkcs8)).unwrap();
    let mut point = key.bytes(CKA_EC_POINT).unwrap().to_vec();
    *point.last_mut().unwrap() ^= 1;
    let template = with(&public(&key, spki), [(CKA_EC_POINT, Value::bytes(&point))]);
    assert_eq!(rv(created(template)), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn a_private_key_with_another_keys_point_is_refused() {
    let (key_type, pkcs8, _) = openssl(2);
    let template = private(key_type, pkcs8);
    let point = created(template.clone())
        .unwrap()
        .value(CKA_EC_POINT)
        .unwrap()
        .clone();
    assert_eq!(
        rv(created(with(&template, [(CKA_EC_POINT, point.clone())]))),
        CKR_OK
    );
    let other = with(
        &template,
        [(CKA_VALUE, Value::bytes(&[1])), (CKA_EC_POINT, point)],
    );
    assert_eq!(rv(created(other)), CKR_ATTRIBUTE_VALUE_INVALID);
}

#[test]
fn a_private_value_is_taken_with_leading_zeros_missing_or_too_many() {
    let (key_type, pkcs8, _) = openssl(2);
    let one = |bytes: &[u8]| {
        let template = with(&private(key_type, pkcs8), [(CKA_VALUE, Value::bytes(bytes))]);
        created(template)
    };
    let mut long = [0; 40];
    long[39] = 5;
    for form in [&[5][..], &long] {
        assert_eq!(one(form).unwrap().bytes(CKA_VALUE), Some(&long[8..]));
    }
    for wrong in [&[0][..], &[], &[0xff; 32], &[1; 33]] {
        assert_eq!(rv(one(wrong)), CKR_ATTRIBUTE_VALUE_INVALID);
    }
}

#[test]
fn curves_must_be_named_known_and_of_the_key_type() {
    let (key_type, pkcs8, _) = openssl(2);
    let on = |params: &[u8]| {
        let template = with(&private(key_type, pkcs8), [(CKA_EC_PARAMS, Value::bytes(params))]);
        rv(created(template))
    };
    assert_eq!(on(b"\x30\x03\x02\x01\x01"), CKR_DOMAIN_PARAMS_INVALID);
    assert_eq!(on(b"\x06\x03\x2b\x65\x70"), CKR_CURVE_NOT_SUPPORTED);
    assert_eq!(on(b"\x06\x03\x2a\x03\x04"), CKR_CURVE_NOT_SUPPORTED);
}

#[test]
fn an_edwards_key_may_name_its_curve_in_words() {
    let (key_type, pkcs8, spki) = openssl(6);
    let name = Value::bytes(b"\x13\x0cedwards25519");
    let key = created(with(&private(key_type, pkcs8), [(CKA_EC_PARAMS, name.clone())])).unwrap();
    assert_eq!(key.value(CKA_EC_PARAMS), Some(&name));
    assert_eq!(key.bytes(CKA_PUBLIC_KEY_INFO), Some(spki));
}

#[test]
fn an_rsa_key_without_its_primes_gets_them() {
    let (key_type, pkcs8, _) = openssl(0);
    let whole = private(key_type, pkcs8);
    let mut bare = whole.clone();
    for attribute in [
        CKA_PRIME_1,
        CKA_PRIME_2,
        CKA_EXPONENT_1,
        CKA_EXPONENT_2,
        CKA_COEFFICIENT,
    ] {
        bare.remove(attribute);
    }
    let key = created(bare).unwrap();
    let mut primes = [CKA_PRIME_1, CKA_PRIME_2].map(|prime| key.bytes(prime).unwrap());
    let mut expected = [CKA_PRIME_1, CKA_PRIME_2].map(|prime| whole.bytes(prime).unwrap());
    primes.sort_unstable();
    expected.sort_unstable();
    assert_eq!(primes, expected);
}

#[test]
fn rsa_numbers_that_do_not_belong_together_are_refused() {
    let (key_type, pkcs8, _) = openssl(0);
    let whole = private(key_type, pkcs8);
    for attribute in [CKA_MODULUS, CKA_PRIVATE_EXPONENT, CKA_PRIME_1, CKA_EXPONENT_2] {
        let mut wrong = whole.bytes(attribute).unwrap().to_vec();
        wrong[20] ^= 1;
        let template = with(&whole, [(attribute, Value::bytes(&wrong))]);
        assert_eq!(rv(created(template)), CKR_ATTRIBUTE_VALUE_INVALID, "{attribute}");
    }
}

#[test]
fn an_rsa_private_key_needs_modulus_and_both_exponents() {
    let (key_type, pkcs8, _) = openssl(0);
    for attribute in [CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT] {
        let mut template = private(key_type, pkcs8);
        template.remove(attribute);
        assert_eq!(rv(created(template)), CKR_TEMPLATE_INCOMPLETE, "{attribute}");
    }
}

#[test]
fn an_rsa_public_key_knows_its_length_and_must_not_be_told() {
    let (key_type, pkcs8, _) = openssl(0);
    let template = public(&private(key_type, pkcs8), &[]);
    let key = created(template.clone()).unwrap();
    assert_eq!(key.ulong(CKA_MODULUS_BITS), Some(1024));
    let told = with(&template, [(CKA_MODULUS_BITS, number(1024))]);
    assert_eq!(rv(created(told)), CKR_ATTRIBUTE_READ_ONLY);
    for (attribute, wrong) in [
        (CKA_MODULUS, &[0xff; 32][..]),
        (CKA_MODULUS, &[0xfe; 128]),
        (CKA_PUBLIC_EXPONENT, &[1]),
        (CKA_PUBLIC_EXPONENT, &[4]),
        (CKA_PUBLIC_EXPONENT, &[0xff; 128]),
    ] {
        let template = with(&template, [(attribute, Value::bytes(wrong))]);
        assert_eq!(rv(created(template)), CKR_ATTRIBUTE_VALUE_INVALID, "{attribute}");
    }
}

#[test]
fn a_private_keys_public_key_info_cannot_be_changed_into_another() {
    let (key_type, pkcs8, spki) = openssl(0);
    let key = created(private(key_type, pkcs8)).unwrap();
    let change = |info: &[u8]| {
        let changes = set([(CKA_PUBLIC_KEY_INFO, Value::bytes(info))]);
        rv(crate::object::modify::modified(&key, changes, false))
    };
    assert_eq!(change(spki), CKR_OK);
    assert_eq!(change(b"other"), CKR_ATTRIBUTE_VALUE_INVALID);
}

fn secret(key_type: KeyType, value: &[u8]) -> AttributeSet {
    with(
        &aes(),
        [
            (CKA_KEY_TYPE, number(key_type.0)),
            (CKA_VALUE, Value::bytes(value)),
        ],
    )
}

#[test]
fn check_values_are_those_that_others_compute() {
    for (key_type, value, check_value) in [
        // AESAVS, KeySbox: the zero key encrypts the zero block to 66e94bd4….
        (CKK_AES, &[0; 16][..], [0x66, 0xe9, 0x4b]),
        // NBS SP 500-20: the zero key encrypts the zero block to 8ca64de9….
        (CKK_DES, &[1; 8], [0x8c, 0xa6, 0x4d]),
        (CKK_DES2, &[0; 16], [0x8c, 0xa6, 0x4d]),
        (CKK_DES3, &[1; 24], [0x8c, 0xa6, 0x4d]),
        // FIPS 180-4, the example of SHA-1.
        (CKK_GENERIC_SECRET, b"abc", [0xa9, 0x99, 0x3e]),
        (CKK_SHA256_HMAC, b"abc", [0xa9, 0x99, 0x3e]),
    ] {
        let key = created(secret(key_type, value)).unwrap();
        assert_eq!(key.bytes(CKA_CHECK_VALUE), Some(&check_value[..]), "{key_type}");
    }
}

#[test]
fn a_right_check_value_is_taken_a_wrong_one_refused_and_an_empty_one_means_none() {
    let key = |check_value: &[u8]| {
        let template = secret(CKK_AES, &[0; 16]);
        created(with(&template, [(CKA_CHECK_VALUE, Value::bytes(check_value))]))
    };
    assert_eq!(rv(key(&[0x66, 0xe9, 0x4b])), CKR_OK);
    assert_eq!(rv(key(&[0x66, 0xe9, 0x4c])), CKR_ATTRIBUTE_VALUE_INVALID);
    assert_eq!(rv(key(&[0x66, 0xe9])), CKR_ATTRIBUTE_VALUE_INVALID);
    assert!(!key(&[]).unwrap().contains(CKA_CHECK_VALUE));
}

#[test]
fn the_check_value_of_a_certificate_is_the_start_of_its_sha_1() {
    let certificate = created(set([
        (CKA_CLASS, number(CKO_CERTIFICATE.0)),
        (CKA_CERTIFICATE_TYPE, number(CKC_X_509.0)),
        (CKA_SUBJECT, Value::bytes(b"0\0")),
        (CKA_VALUE, Value::bytes(b"abc")),
    ]));
    assert_eq!(
        certificate.unwrap().bytes(CKA_CHECK_VALUE),
        Some(&[0xa9, 0x99, 0x3e][..])
    );
}

#[test]
fn an_empty_public_key_info_is_filled_in_on_generation() {
    use crate::object::template::{Made, Origin, Settings, draft};
    let (key_type, pkcs8, spki) = openssl(2);
    let made = Made {
        class: CKO_PRIVATE_KEY,
        key_types: &[CKK_EC],
    };
    let origin = Origin::GeneratePrivate {
        mechanism: CKM_EC_KEY_PAIR_GEN,
    };
    let template = set([(CKA_PUBLIC_KEY_INFO, Value::bytes(b""))]);
    let components = with(
        &private_components(key_type, pkcs8),
        [(CKA_PUBLIC_KEY_INFO, Value::bytes(spki))],
    );
    let key = draft(template, origin, Some(made), Settings::default(), false)
        .and_then(|draft| draft.complete(components));
    assert_eq!(key.unwrap().bytes(CKA_PUBLIC_KEY_INFO), Some(spki));
}
