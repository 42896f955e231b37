//! Templates of objects that can be made: what inputs start from and change.

use std::sync::LazyLock;

use vhsm::attribute::{AttributeSet, Value};
use vhsm::ck::*;
use vhsm::mechanism::pq::Set;
use vhsm::object::template::{Origin, Settings, draft};
use vhsm::object::wrapping;

macro_rules! vector {
    ($name:literal) => {
        include_bytes!(concat!("../../src/object/vectors/", $name, ".pkcs8.der"))
    };
}

/// Private keys of every type as PKCS#8.
pub const PRIVATE_KEYS: [(KeyType, &[u8]); 15] = [
    (CKK_RSA, vector!("rsa-1024")),
    (CKK_EC, vector!("secp224r1")),
    (CKK_EC, vector!("prime256v1")),
    (CKK_EC, vector!("secp384r1")),
    (CKK_EC, vector!("secp521r1")),
    (CKK_EC, vector!("secp256k1")),
    (CKK_EC_EDWARDS, vector!("ed25519")),
    (CKK_EC_MONTGOMERY, vector!("x25519")),
    (CKK_EC, vector!("brainpoolP320t1")),
    (CKK_DSA, vector!("dsa-1024")),
    (CKK_DH, vector!("dh-1536")),
    (CKK_X9_42_DH, vector!("x942-1024")),
    (CKK_ML_KEM, vector!("ml-kem-768")),
    (CKK_ML_DSA, vector!("ml-dsa-44")),
    (CKK_SLH_DSA, vector!("slh-dsa-sha2-128f")),
];

/// One complete template for each kind of object.
pub static SAMPLES: LazyLock<Vec<AttributeSet>> = LazyLock::new(|| {
    let mut all: Vec<_> = PRIVATE_KEYS.into_iter().flat_map(pair).collect();
    let secrets: [(KeyType, &[u8]); 10] = [
        (CKK_AES, &[7; 16]),
        (CKK_AES, &[8; 32]),
        (CKK_DES, b"\x01\x23\x45\x67\x89\xab\xcd\xef"),
        (CKK_DES2, b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10"),
        (CKK_DES3, b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10\x0e\x1f\x2a\x34\x45\x58\x6d\x70"),
        (CKK_GENERIC_SECRET, &[9; 20]),
        (CKK_SHA256_HMAC, &[9; 32]),
        (CKK_SHA3_224_HMAC, &[9; 145]),
        (CKK_SHA512_T_HMAC, &[9; 64]),
        (CKK_BLAKE2B_160_HMAC, &[9; 64]),
    ];
    for (key_type, value) in secrets {
        all.push(object(
            CKO_SECRET_KEY,
            Some(key_type),
            [(CKA_VALUE, Value::bytes(value))],
        ));
    }
    for usage in [b"C0", b"V2"] {
        let value = b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10";
        let more = [
            (CKA_VALUE, Value::bytes(value)),
            (CKA_VHSM_KEY_USAGE, Value::bytes(usage)),
        ];
        all.push(object(CKO_SECRET_KEY, Some(CKK_DES2), more));
    }
    all.push(object(
        CKO_DATA,
        None,
        [
            (CKA_VALUE, Value::bytes(b"data")),
            (CKA_APPLICATION, Value::bytes(b"a")),
        ],
    ));
    all.push(object(
        CKO_CERTIFICATE,
        None,
        [
            (CKA_CERTIFICATE_TYPE, Value::Ulong(0)),
            (CKA_SUBJECT, Value::bytes(b"\x30\x00")),
            (CKA_VALUE, Value::bytes(b"\x30\x03\x02\x01\x00")),
        ],
    ));
    let ciphers: [(KeyType, &[u8]); 8] = [
        (CKK_AES_XTS, b"the key of the data, of its tweak"),
        (CKK_CAMELLIA, &[7; 24]),
        (CKK_ARIA, &[7; 32]),
        (CKK_TWOFISH, &[7; 16]),
        (CKK_BLOWFISH, &[7; 11]),
        (CKK_CHACHA20, &[7; 32]),
        (CKK_SALSA20, &[7; 32]),
        (CKK_POLY1305, &[7; 32]),
    ];
    for (key_type, value) in ciphers {
        let value = &value[..value.len().min(32)];
        all.push(object(
            CKO_SECRET_KEY,
            Some(key_type),
            [(CKA_VALUE, Value::bytes(value))],
        ));
    }
    all
});

fn object<const N: usize>(
    class: ObjectClass,
    key_type: Option<KeyType>,
    more: [(AttributeType, Value); N],
) -> AttributeSet {
    let mut set = AttributeSet::from_iter(more);
    set.set(CKA_CLASS, Value::Ulong(class.0));
    if let Some(key_type) = key_type {
        set.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    }
    set
}

/// The templates of a private key and of its public key.
fn pair((key_type, pkcs8): (KeyType, &[u8])) -> [AttributeSet; 2] {
    let mut private = wrapping::components(CKO_PRIVATE_KEY, key_type, &pkcs8.into()).unwrap();
    private.set(CKA_CLASS, Value::Ulong(CKO_PRIVATE_KEY.0));
    private.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    let complete = draft(private.clone(), Origin::Create, None, Settings::default(), false)
        .and_then(|draft| draft.complete(AttributeSet::new()))
        .unwrap();
    let mut public = object(CKO_PUBLIC_KEY, Some(key_type), []);
    for attribute in [
        CKA_MODULUS,
        CKA_PUBLIC_EXPONENT,
        CKA_EC_PARAMS,
        CKA_EC_POINT,
        CKA_PRIME,
        CKA_SUBPRIME,
        CKA_BASE,
    ] {
        if let Some(value) = complete.value(attribute) {
            public.set(attribute, value.clone());
        }
    }
    if let (Some(prime), Some(info)) = (complete.bytes(CKA_PRIME), complete.bytes(CKA_PUBLIC_KEY_INFO)) {
        // The public number ends what tells the public key, after at most one zero.
        let number = &info[info.len() - prime.len()..];
        public.set(CKA_VALUE, Value::bytes(number));
    }
    if let Some(number) = complete.ulong(CKA_PARAMETER_SET) {
        let length = Set::find(key_type, number).unwrap().public_len();
        let info = complete.bytes(CKA_PUBLIC_KEY_INFO).unwrap();
        public.set(CKA_PARAMETER_SET, Value::Ulong(number));
        public.set(CKA_VALUE, Value::bytes(&info[info.len() - length..]));
    }
    [private, public]
}
