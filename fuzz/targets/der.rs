//! PKCS#8, SubjectPublicKeyInfo, curves and points: what is taken makes a key that can be prepared, and what is
//! written of it is read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vhsm::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use vhsm::ck::*;
use vhsm::error::{Error, Result};
use vhsm::mechanism::KeyMaterial;
use vhsm::object::template::{Origin, Settings, draft, parse};
use vhsm::object::{Object, wrapping};

const TYPES: [KeyType; 7] = [
    CKK_RSA,
    CKK_EC,
    CKK_EC_EDWARDS,
    CKK_EC_MONTGOMERY,
    CKK_ML_KEM,
    CKK_ML_DSA,
    CKK_SLH_DSA,
];
const CURVES: [(KeyType, &[u8]); 7] = [
    (CKK_EC, b"\x06\x05\x2b\x81\x04\x00\x21"),
    (CKK_EC, b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"),
    (CKK_EC, b"\x06\x05\x2b\x81\x04\x00\x22"),
    (CKK_EC, b"\x06\x05\x2b\x81\x04\x00\x23"),
    (CKK_EC, b"\x06\x05\x2b\x81\x04\x00\x0a"),
    (CKK_EC_EDWARDS, b"\x06\x03\x2b\x65\x70"),
    (CKK_EC_MONTGOMERY, b"\x06\x03\x2b\x65\x6e"),
];

fn template<const N: usize>(
    class: ObjectClass,
    key_type: KeyType,
    more: [(AttributeType, &[u8]); N],
) -> AttributeSet {
    let raw = |(attribute, bytes): (AttributeType, &[u8])| RawAttribute {
        attribute,
        value: RawValue::Bytes(bytes.into()),
    };
    let mut set = parse(&more.map(raw)).unwrap();
    set.set(CKA_CLASS, Value::Ulong(class.0));
    set.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    set
}

/// What C_CreateObject makes of a template.
fn created(template: AttributeSet) -> Result<AttributeSet> {
    draft(template, Origin::Create, None, Settings::default(), false)?.complete(AttributeSet::new())
}

/// What C_UnwrapKey makes of a private key.
fn unwrapped(key_type: KeyType, components: AttributeSet) -> Result<AttributeSet> {
    let template = template(CKO_PRIVATE_KEY, key_type, []);
    draft(template, Origin::Unwrap, None, Settings::default(), false)?.complete(components)
}

fn private_key(key_type: KeyType, pkcs8: &[u8]) {
    let Ok(components) = wrapping::components(CKO_PRIVATE_KEY, key_type, &pkcs8.into()) else {
        return;
    };
    let Ok(key) = unwrapped(key_type, components) else {
        return;
    };
    KeyMaterial::prepare(&key).unwrap();
    let key = Object::new(key);
    let written = match wrapping::payload(&key) {
        Err(Error::KeyNotWrappable(_)) => return,
        written => written.unwrap(),
    };
    let again = wrapping::components(CKO_PRIVATE_KEY, key_type, &written).unwrap();
    let again = Object::new(unwrapped(key_type, again).unwrap());
    assert_eq!(&*wrapping::payload(&again).unwrap(), &*written);
}

/// A public key whose point, in the form that is kept, gives the same key.
fn public_key(key_type: KeyType, told: AttributeSet) {
    let Ok(key) = created(told) else { return };
    KeyMaterial::prepare(&key).unwrap();
    let component = |attribute| key.bytes(attribute).unwrap();
    let again = match key_type {
        CKK_RSA => template(
            CKO_PUBLIC_KEY,
            CKK_RSA,
            [
                (CKA_MODULUS, component(CKA_MODULUS)),
                (CKA_PUBLIC_EXPONENT, component(CKA_PUBLIC_EXPONENT)),
            ],
        ),
        _ => template(
            CKO_PUBLIC_KEY,
            key_type,
            [
                (CKA_EC_PARAMS, component(CKA_EC_PARAMS)),
                (CKA_EC_POINT, component(CKA_EC_POINT)),
            ],
        ),
    };
    assert_eq!(
        created(again).unwrap().bytes(CKA_PUBLIC_KEY_INFO),
        key.bytes(CKA_PUBLIC_KEY_INFO)
    );
}

fuzz_target!(|data: &[u8]| {
    for key_type in TYPES {
        private_key(key_type, data);
    }
    for (key_type, params) in CURVES {
        let told = |attribute| {
            template(
                CKO_PUBLIC_KEY,
                key_type,
                [(CKA_EC_PARAMS, params), (attribute, data)],
            )
        };
        public_key(key_type, told(CKA_EC_POINT));
        public_key(key_type, told(CKA_PUBLIC_KEY_INFO));
        let private = template(
            CKO_PRIVATE_KEY,
            key_type,
            [(CKA_EC_PARAMS, params), (CKA_VALUE, data)],
        );
        if let Ok(key) = created(private) {
            KeyMaterial::prepare(&key).unwrap();
        }
        // Curves by name or identifier, and points of them.
        let (params, point) = data.split_at(data.len().min(10));
        public_key(
            key_type,
            template(
                CKO_PUBLIC_KEY,
                key_type,
                [(CKA_EC_PARAMS, params), (CKA_EC_POINT, point)],
            ),
        );
    }
    let exponent_len = data.first().map_or(0, |first| usize::from(*first));
    let (modulus, exponent) = data.split_at(data.len().saturating_sub(exponent_len));
    public_key(
        CKK_RSA,
        template(
            CKO_PUBLIC_KEY,
            CKK_RSA,
            [(CKA_MODULUS, modulus), (CKA_PUBLIC_EXPONENT, exponent)],
        ),
    );
});
