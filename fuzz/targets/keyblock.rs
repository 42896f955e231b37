//! Key blocks. Whatever comes as a block is opened or refused for a reason that the function may tell; what parameters
//! and attributes make is opened again as it was, and not with a bit of it changed.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use vhsm::attribute::{AttributeSet, Value};
use vhsm::catalog;
use vhsm::ck::*;
use vhsm::error::Error;
use vhsm::mechanism::{KeyMaterial, MechanismSpec, ParamKind, Params, WrapTarget};

const VALUE: &[u8] = b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10\
    \x13\x13\x13\x13\x13\x13\x13\x19\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf2";

fn key(key_type: KeyType, length: usize, usage: &[u8; 2]) -> AttributeSet {
    AttributeSet::from_iter([
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(key_type.0)),
        (CKA_VALUE, Value::bytes(&VALUE[..length])),
        (CKA_VHSM_KEY_USAGE, Value::bytes(usage)),
    ])
}

static ROW: LazyLock<&MechanismSpec> = LazyLock::new(|| catalog::find(CKM_VHSM_TR31).unwrap());

static PROTECTION: LazyLock<[KeyMaterial; 3]> = LazyLock::new(|| {
    [(CKK_DES2, 16), (CKK_DES3, 24), (CKK_AES, 32)]
        .map(|(key_type, length)| KeyMaterial::prepare(&key(key_type, length, b"K1")).unwrap())
});

/// Keys that leave in blocks.
static KEYS: LazyLock<[AttributeSet; 4]> = LazyLock::new(|| {
    [
        key(CKK_DES2, 16, b"P0"),
        key(CKK_DES3, 24, b"K0"),
        key(CKK_AES, 32, b"D0"),
        key(CKK_SHA256_HMAC, 20, b"M7"),
    ]
});

fn any() -> Params {
    Params::Flat([1, 0].into())
}

fn open(block: &[u8]) {
    let role = ROW.roles.unwrap.unwrap();
    for protection in &*PROTECTION {
        role.check(protection, &any()).unwrap();
        match role.unwrap(protection, &any(), block, &AttributeSet::new()) {
            Ok(unwrapped) => {
                assert!(!unwrapped.payload.is_empty());
                assert_eq!(unwrapped.attributes.bool(CKA_SENSITIVE), Some(true));
                assert_eq!(unwrapped.attributes.bytes(CKA_VHSM_KEY_USAGE), Some(&block[5..7]));
            }
            Err(Error::WrappedKeyInvalid | Error::WrappedKeyLenRange | Error::PaymentKey(..)) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

fn make(data: &[u8]) {
    let ParamKind::Flat { min, max } = ROW.params else {
        panic!("another parameter");
    };
    let [choice, fields @ ..] = data else { return };
    let parameter = [&[1], fields].concat();
    if !(min..=max).contains(&parameter.len()) {
        return;
    }
    let params = Params::Flat(parameter.into());
    let (wrap, unwrap) = (ROW.roles.wrap.unwrap(), ROW.roles.unwrap.unwrap());
    let attributes = &KEYS[usize::from(choice % 4)];
    let target = WrapTarget {
        payload: attributes.bytes(CKA_VALUE).unwrap(),
        attributes,
    };
    for protection in &*PROTECTION {
        match wrap.check(protection, &params) {
            Ok(()) => {}
            Err(Error::MechanismParamInvalid(_) | Error::KeyTypeInconsistent { .. }) => continue,
            Err(other) => panic!("{other}"),
        }
        let length = match wrap.wrapped_len(protection, &params, &target) {
            Ok(length) => length,
            Err(
                Error::MechanismParamInvalid(_)
                | Error::KeySizeRange(_)
                | Error::KeyNotWrappable(_)
                | Error::PaymentKey(..),
            ) => continue,
            Err(other) => panic!("{other}"),
        };
        let mut block = vec![0; length];
        assert_eq!(wrap.wrap(protection, &params, &target, &mut block), Ok(length));
        let opened = unwrap
            .unwrap(protection, &any(), &block, &AttributeSet::new())
            .unwrap();
        assert_eq!(&*opened.payload, target.payload);
        assert_eq!(opened.attributes.key_type(), target.attributes.key_type());
        let at = usize::from(*choice) * 37 % length;
        block[at] ^= 1;
        match unwrap.unwrap(protection, &any(), &block, &AttributeSet::new()) {
            Err(Error::WrappedKeyInvalid | Error::WrappedKeyLenRange) => {}
            _ => panic!("a changed block"),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    match data {
        [selector, rest @ ..] if selector % 2 == 0 => open(rest),
        [_, rest @ ..] => make(rest),
        [] => {}
    }
});
