//! Wrapping, with keys that OpenSSL 3.0 made (`openssl genpkey`, `openssl pkcs8 -topk8 -nocrypt`,
//! `openssl pkey -pubout`).

use super::*;
use crate::object::testing::*;

/// The private key as if it had been generated here, where the public half is known.
fn private_key(key_type: KeyType, pkcs8: &[u8], spki: &[u8]) -> AttributeSet {
    use crate::object::template::{Made, Origin, Settings, draft};
    let made = Made {
        class: CKO_PRIVATE_KEY,
        key_types: &[key_type],
    };
    let origin = Origin::GeneratePrivate {
        mechanism: CKM_EC_KEY_PAIR_GEN,
    };
    let template = set([(CKA_EXTRACTABLE, YES)]);
    let contributed = with(
        &private_components(key_type, pkcs8),
        [(CKA_PUBLIC_KEY_INFO, Value::bytes(spki))],
    );
    draft(template, origin, Some(made), Settings::default(), false)
        .and_then(|draft| draft.complete(contributed))
        .unwrap()
}

#[test]
fn private_keys_are_written_byte_for_byte_as_openssl_does() {
    for (key_type, pkcs8, spki) in OPENSSL_KEYS {
        let key = Object::new(private_key(*key_type, pkcs8, spki));
        assert_eq!(&*payload(&key).unwrap(), *pkcs8, "{key_type}");
    }
}

#[test]
fn public_key_infos_are_written_byte_for_byte_as_openssl_does() {
    for (key_type, pkcs8, spki) in OPENSSL_KEYS {
        let mut components = private_components(*key_type, pkcs8);
        components.remove(CKA_PUBLIC_KEY_INFO);
        let key = private_key(*key_type, pkcs8, spki);
        assert_eq!(key.bytes(CKA_PUBLIC_KEY_INFO), Some(*spki), "{key_type}");
    }
}

#[test]
fn a_shortened_private_key_is_invalid() {
    for (key_type, pkcs8, _) in OPENSSL_KEYS {
        for length in 0..pkcs8.len() {
            let short = pkcs8[..length].into();
            assert_eq!(
                components(CKO_PRIVATE_KEY, *key_type, &short),
                Err(Error::WrappedKeyInvalid)
            );
        }
    }
}

#[test]
fn zeros_that_fill_a_block_behind_a_private_key_are_no_part_of_it() {
    for (key_type, pkcs8, _) in OPENSSL_KEYS {
        let read = |behind: &[u8]| {
            components(
                CKO_PRIVATE_KEY,
                *key_type,
                &[*pkcs8, behind].concat().as_slice().into(),
            )
        };
        let key = read(&[]).unwrap();
        assert_eq!(read(&[0]), Ok(key.clone()));
        assert_eq!(read(&[0; 15]), Ok(key));
        for wrong in [&[1][..], &[0, 0, 1], &[0; 16]] {
            assert_eq!(read(wrong), Err(Error::WrappedKeyInvalid));
        }
    }
}

#[test]
fn a_private_key_of_another_type_is_invalid() {
    for (key_type, pkcs8, _) in OPENSSL_KEYS {
        for other in [
            CKK_RSA,
            CKK_EC,
            CKK_EC_EDWARDS,
            CKK_EC_MONTGOMERY,
            CKK_DSA,
            CKK_DH,
            CKK_X9_42_DH,
            CKK_AES,
        ] {
            let parsed = components(CKO_PRIVATE_KEY, other, &(*pkcs8).into());
            assert_eq!(parsed.is_ok(), other == *key_type, "{key_type} as {other}");
        }
    }
}

#[test]
fn damaged_private_keys_never_panic() {
    for (key_type, pkcs8, _) in OPENSSL_KEYS {
        for at in 0..pkcs8.len() {
            let mut damaged = pkcs8.to_vec();
            damaged[at] ^= 0x55;
            let _ = components(CKO_PRIVATE_KEY, *key_type, &damaged.into());
        }
    }
}

fn object<const N: usize>(more: [(AttributeType, Value); N]) -> Object {
    Object::new(with(
        &created(with(&aes(), [(CKA_EXTRACTABLE, YES)])).unwrap(),
        more,
    ))
}

#[test]
fn the_payload_of_a_secret_key_is_its_value() {
    assert_eq!(&*payload(&object([])).unwrap(), [7; 16]);
}

#[test]
fn only_secret_and_private_keys_are_wrapped() {
    let data = Object::new(created(set([(CKA_CLASS, number(CKO_DATA.0))])).unwrap());
    let error = check_wrappable(&object([]), &data, Leaving::default()).unwrap_err();
    assert_eq!(error.rv(), CKR_KEY_HANDLE_INVALID);
}

#[test]
fn a_key_that_is_not_extractable_stays() {
    let target = object([(CKA_EXTRACTABLE, NO)]);
    assert_eq!(
        check_wrappable(&object([]), &target, Leaving::default()),
        Err(Error::KeyUnextractable)
    );
    assert_eq!(
        check_wrappable(&object([]), &object([]), Leaving::default()),
        Ok(())
    );
}

#[test]
fn a_key_may_want_a_trusted_wrapping_key() {
    let target = object([(CKA_WRAP_WITH_TRUSTED, YES)]);
    let error = check_wrappable(&object([]), &target, Leaving::default()).unwrap_err();
    assert_eq!(error.rv(), CKR_KEY_NOT_WRAPPABLE);
    assert_eq!(
        check_wrappable(&object([(CKA_TRUSTED, YES)]), &target, Leaving::default()),
        Ok(())
    );
}

#[test]
fn a_key_that_does_not_fit_the_wrap_template_is_no_key() {
    let wrapping = |template| object([(CKA_WRAP_TEMPLATE, Value::Template(template))]);
    let label = |label: &[u8]| object([(CKA_LABEL, Value::bytes(label))]);
    let template = set([(CKA_LABEL, Value::bytes(b"out"))]);
    assert_eq!(
        check_wrappable(&wrapping(template.clone()), &label(b"out"), Leaving::default()),
        Ok(())
    );
    let error = check_wrappable(&wrapping(template), &label(b"in"), Leaving::default()).unwrap_err();
    assert_eq!(error.rv(), CKR_KEY_HANDLE_INVALID);
    assert_eq!(
        check_wrappable(&wrapping(set([])), &label(b"in"), Leaving::default()),
        Ok(())
    );
}

#[test]
fn a_wrap_template_does_not_test_key_material() {
    let template = set([(CKA_VALUE, Value::bytes(&[7; 16]))]);
    let wrapping = object([(CKA_WRAP_TEMPLATE, Value::Template(template))]);
    assert!(check_wrappable(&wrapping, &object([]), Leaving::default()).is_err());
}

#[test]
fn a_forced_template_is_added_and_not_contradicted() {
    let forced = set([(CKA_EXTRACTABLE, NO), (CKA_LABEL, Value::bytes(b"x"))]);
    let user = set([(CKA_TOKEN, YES), (CKA_EXTRACTABLE, NO)]);
    assert_eq!(
        merge_template(user, &forced).unwrap(),
        with(&forced, [(CKA_TOKEN, YES)])
    );
    let error = merge_template(set([(CKA_EXTRACTABLE, YES)]), &forced).unwrap_err();
    assert_eq!(error.rv(), CKR_TEMPLATE_INCONSISTENT);
}

/// Keys as seeds alone, from the test vectors of Python's `cryptography` 48, which wrote the public keys, too.
const SEEDS: [(KeyType, &[u8], &[u8]); 2] = [
    (
        CKK_ML_KEM,
        include_bytes!("../vectors/ml-kem-768.pkcs8.der"),
        include_bytes!("../vectors/ml-kem-768.spki.der"),
    ),
    (
        CKK_ML_DSA,
        include_bytes!("../vectors/ml-dsa-44.pkcs8.der"),
        include_bytes!("../vectors/ml-dsa-44.spki.der"),
    ),
];

#[test]
fn a_seed_of_another_implementation_has_its_public_key() {
    for (key_type, pkcs8, spki) in SEEDS {
        let components = components(CKO_PRIVATE_KEY, key_type, &pkcs8.into()).unwrap();
        assert!(!components.contains(CKA_VALUE));
        let template = with(
            &components,
            [
                (CKA_CLASS, number(CKO_PRIVATE_KEY.0)),
                (CKA_KEY_TYPE, number(key_type.0)),
                (CKA_EXTRACTABLE, YES),
            ],
        );
        let key = created(template).unwrap();
        assert_eq!(key.bytes(CKA_PUBLIC_KEY_INFO), Some(spki), "{key_type}");
        // What is written has both forms, and is read as the same key.
        let written = payload(&Object::new(key.clone())).unwrap();
        let again = super::components(CKO_PRIVATE_KEY, key_type, &written).unwrap();
        for attribute in [CKA_PARAMETER_SET, CKA_SEED, CKA_VALUE] {
            assert_eq!(again.value(attribute), key.value(attribute), "{attribute}");
        }
        for length in 0..pkcs8.len() {
            let short = pkcs8[..length].into();
            assert!(super::components(CKO_PRIVATE_KEY, key_type, &short).is_err());
        }
    }
}
