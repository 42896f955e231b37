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

/// A mechanism and a key that protects what it wraps.
struct Protection {
    row: &'static MechanismSpec,
    key: KeyMaterial,
    /// What opens all that it wraps.
    any: &'static [u8],
}

impl Protection {
    fn new(id: MechanismId, any: &'static [u8], key: AttributeSet) -> Self {
        Self {
            row: catalog::find(id).unwrap(),
            key: KeyMaterial::prepare(&key).unwrap(),
            any,
        }
    }

    fn any(&self) -> Params {
        Params::Flat(self.any.into())
    }

    fn is_block(&self) -> bool {
        self.any == [1, 0]
    }
}

fn lmk(length: usize) -> AttributeSet {
    let value: Vec<u8> = VALUE.iter().copied().cycle().take(length).collect();
    AttributeSet::from_iter([
        (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(CKK_VHSM_LMK.0)),
        (CKA_VALUE, Value::bytes(&value)),
        (CKA_VHSM_LMK_ID, Value::bytes(b"00")),
    ])
}

static PROTECTION: LazyLock<Vec<Protection>> = LazyLock::new(|| {
    let tr31 = |key_type, length| Protection::new(CKM_VHSM_TR31, &[1, 0], key(key_type, length, b"K1"));
    let thales = |key| Protection::new(CKM_VHSM_THALES_KEY_BLOCK, &[1, 0], key);
    vec![
        tr31(CKK_DES2, 16),
        tr31(CKK_DES3, 24),
        tr31(CKK_AES, 32),
        thales(lmk(LMK_DES3_LEN)),
        thales(lmk(LMK_AES_LEN)),
        thales(key(CKK_DES2, 16, b"52")),
        Protection::new(CKM_VHSM_VARIANT_LMK, b"\x01001\0\0", lmk(LMK_VARIANT_LEN)),
        Protection::new(CKM_VHSM_X9_17, &[1, 0, 0], key(CKK_DES2, 16, b"52")),
        Protection::new(CKM_VHSM_LMK_RSA_PRIVATE_KEY, &[1], lmk(LMK_VARIANT_LEN)),
    ]
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

/// What a template says where the wrapped form has no header.
fn template(protection: &Protection) -> AttributeSet {
    match protection.is_block() {
        true => AttributeSet::new(),
        false => AttributeSet::from_iter([(CKA_VHSM_KEY_USAGE, Value::bytes(b"P0"))]),
    }
}

fn open(block: &[u8]) {
    for protection in &*PROTECTION {
        let role = protection.row.roles.unwrap.unwrap();
        role.check(&protection.key, &protection.any()).unwrap();
        match role.unwrap(&protection.key, &protection.any(), block, &template(protection)) {
            Ok(unwrapped) => {
                assert!(!unwrapped.payload.is_empty());
                assert_eq!(unwrapped.attributes.bool(CKA_SENSITIVE), Some(true));
                let usage = match protection.is_block() {
                    true => &block.strip_prefix(b"S").unwrap_or(block)[5..7],
                    false => b"P0",
                };
                assert_eq!(unwrapped.attributes.bytes(CKA_VHSM_KEY_USAGE), Some(usage));
            }
            Err(Error::KeyTypeInconsistent { .. }) => {}
            Err(
                Error::WrappedKeyInvalid
                | Error::WrappedKeyLenRange
                | Error::WrappedHeader(_)
                | Error::PaymentKey(..),
            ) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

fn make(data: &[u8]) {
    let [choice, fields @ ..] = data else { return };
    let parameter = [&[1], fields].concat();
    let length = parameter.len();
    let params = Params::Flat(parameter.into());
    let attributes = &KEYS[usize::from(choice % 4)];
    let target = WrapTarget {
        payload: attributes.bytes(CKA_VALUE).unwrap(),
        attributes,
    };
    for protection in &*PROTECTION {
        let ParamKind::Flat { min, max } = protection.row.params else {
            panic!("another parameter");
        };
        if !(min..=max).contains(&length) {
            continue;
        }
        let roles = protection.row.roles;
        let (wrap, unwrap) = (roles.wrap.unwrap(), roles.unwrap.unwrap());
        let (key, any) = (&protection.key, protection.any());
        match wrap.check(key, &params) {
            Ok(()) => {}
            Err(
                Error::MechanismParamInvalid(_) | Error::KeyTypeInconsistent { .. } | Error::PaymentKey(..),
            ) => continue,
            Err(other) => panic!("{other}"),
        }
        let length = match wrap.wrapped_len(key, &params, &target) {
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
        assert_eq!(wrap.wrap(key, &params, &target, &mut block), Ok(length));
        if !protection.is_block() {
            continue; // the parameter of what opens it is another one
        }
        let opened = unwrap.unwrap(key, &any, &block, &AttributeSet::new()).unwrap();
        assert_eq!(&*opened.payload, target.payload);
        assert_eq!(opened.attributes.key_type(), target.attributes.key_type());
        let at = usize::from(*choice) * 37 % length;
        block[at] ^= 1;
        match unwrap.unwrap(key, &any, &block, &AttributeSet::new()) {
            Err(
                Error::WrappedKeyInvalid
                | Error::WrappedKeyLenRange
                | Error::WrappedHeader(_)
                | Error::PaymentKey(..)
                | Error::KeyTypeInconsistent { .. },
            ) => {}
            _ => panic!("a changed block"),
        }
    }
}

/// What came by Diffie-Hellman: whatever stands behind a good point, or is the parameter.
fn travel(data: &[u8]) {
    static KEY: LazyLock<KeyMaterial> = LazyLock::new(|| {
        let curve = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"; // P-256
        let attributes = AttributeSet::from_iter([
            (CKA_CLASS, Value::Ulong(CKO_PRIVATE_KEY.0)),
            (CKA_KEY_TYPE, Value::Ulong(CKK_EC.0)),
            (CKA_EC_PARAMS, Value::bytes(curve)),
            (CKA_VALUE, Value::bytes(&VALUE[..32])),
        ]);
        KeyMaterial::prepare(&attributes).unwrap()
    });
    let flat = |bytes: &[u8]| Params::Flat(bytes.into());
    let role = catalog::find(CKM_VHSM_ECDH_KEY_TRANSPORT)
        .unwrap()
        .roles
        .unwrap
        .unwrap();
    let (mut any, template) = ([0; 15], AttributeSet::new());
    any[..4].copy_from_slice(&[1, 2, 0x21, 6]);
    let point = KEY.asymmetric().unwrap().public_point().unwrap().unwrap();
    for (params, wrapped) in [
        (flat(&any), [&point, data].concat()),
        (flat(&any), data.to_vec()),
        (
            flat(data),
            [&point, &b"D0112P0TB00E0000"[..], &[b'0'; 96]].concat(),
        ),
    ] {
        match role
            .check(&KEY, &params)
            .and_then(|()| role.unwrap(&KEY, &params, &wrapped, &template))
        {
            Err(Error::MechanismParamInvalid(_)) => assert_ne!(params, flat(&any)),
            Err(Error::WrappedKeyInvalid | Error::WrappedKeyLenRange | Error::WrappedHeader(_)) => {}
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("nobody knows the key"),
        }
    }
}

fuzz_target!(|data: &[u8]| {
    match data {
        [7, rest @ ..] => travel(rest),
        [selector, rest @ ..] if selector % 2 == 0 => open(rest),
        [_, rest @ ..] => make(rest),
        [] => {}
    }
});
