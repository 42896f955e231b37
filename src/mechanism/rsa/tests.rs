//! The rows through their roles. Known answers of the paddings are `crypto/rsa`'s.

use std::sync::{Arc, LazyLock};

use super::ROWS;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::hash::Hash;
use crate::error::{Error, KeyRole};
use crate::mechanism::{KeyMaterial, MechanismSpec, Params, WrapTarget};

fn row(id: MechanismId) -> &'static MechanismSpec {
    ROWS.iter().find(|row| row.id == id).unwrap()
}

fn set<const N: usize>(attributes: [(AttributeType, Value); N]) -> AttributeSet {
    attributes.into_iter().collect()
}

struct Pair {
    public: Arc<KeyMaterial>,
    private: Arc<KeyMaterial>,
}

fn generate(bits: u64) -> (AttributeSet, AttributeSet) {
    let template = set([(CKA_MODULUS_BITS, Value::Ulong(bits))]);
    let generate = row(CKM_RSA_PKCS_KEY_PAIR_GEN).roles.generate_pair.unwrap();
    generate
        .check(&Params::None, &template, &AttributeSet::new())
        .unwrap();
    generate.generate(&Params::None, &template).unwrap()
}

fn prepare(mut attributes: AttributeSet, class: ObjectClass) -> Arc<KeyMaterial> {
    attributes.set(CKA_CLASS, Value::Ulong(class.0));
    attributes.set(CKA_KEY_TYPE, Value::Ulong(CKK_RSA.0));
    Arc::new(KeyMaterial::prepare(&attributes).unwrap())
}

fn pair(bits: u64) -> Pair {
    let (public, private) = generate(bits);
    Pair {
        public: prepare(public, CKO_PUBLIC_KEY),
        private: prepare(private, CKO_PRIVATE_KEY),
    }
}

static PAIR: LazyLock<Pair> = LazyLock::new(|| pair(2048));

fn pss(hash: Hash) -> Params {
    Params::RsaPss {
        hash,
        mgf: hash,
        salt_len: hash.output_len(),
    }
}

const HASHED: [(MechanismId, MechanismId, Hash); 9] = [
    (CKM_SHA1_RSA_PKCS, CKM_SHA1_RSA_PKCS_PSS, Hash::Sha1),
    (CKM_SHA224_RSA_PKCS, CKM_SHA224_RSA_PKCS_PSS, Hash::Sha224),
    (CKM_SHA256_RSA_PKCS, CKM_SHA256_RSA_PKCS_PSS, Hash::Sha256),
    (CKM_SHA384_RSA_PKCS, CKM_SHA384_RSA_PKCS_PSS, Hash::Sha384),
    (CKM_SHA512_RSA_PKCS, CKM_SHA512_RSA_PKCS_PSS, Hash::Sha512),
    (CKM_SHA3_224_RSA_PKCS, CKM_SHA3_224_RSA_PKCS_PSS, Hash::Sha3_224),
    (CKM_SHA3_256_RSA_PKCS, CKM_SHA3_256_RSA_PKCS_PSS, Hash::Sha3_256),
    (CKM_SHA3_384_RSA_PKCS, CKM_SHA3_384_RSA_PKCS_PSS, Hash::Sha3_384),
    (CKM_SHA3_512_RSA_PKCS, CKM_SHA3_512_RSA_PKCS_PSS, Hash::Sha3_512),
];

fn sign(id: MechanismId, params: &Params, data: &[u8]) -> Vec<u8> {
    let sign = row(id).roles.sign.unwrap();
    sign.check(&PAIR.private, params).unwrap();
    let mut out = vec![0; sign.signature_len(&PAIR.private, params)];
    sign.sign(&PAIR.private, params, data, &mut out).unwrap();
    out
}

fn verify(id: MechanismId, params: &Params, data: &[u8], signature: &[u8]) -> Result<(), Error> {
    let verify = row(id).roles.verify.unwrap();
    verify.check(&PAIR.public, params).unwrap();
    verify.verify(&PAIR.public, params, data, signature)
}

#[test]
fn every_signing_row_verifies_its_own_signatures_and_no_others() {
    let mut cases = vec![
        (CKM_RSA_PKCS, Params::None),
        (CKM_RSA_X_509, Params::None),
        (CKM_RSA_9796, Params::None),
        (CKM_RSA_PKCS_PSS, pss(Hash::Sha256)),
    ];
    for (pkcs1, with_pss, hash) in HASHED {
        cases.extend([(pkcs1, Params::None), (with_pss, pss(hash))]);
    }
    for (id, params) in cases {
        let data = [0x5a; 32];
        let mut signature = sign(id, &params, &data);
        assert_eq!(signature.len(), 256);
        verify(id, &params, &data, &signature).unwrap();
        assert_eq!(
            verify(id, &params, &[0x5b; 32], &signature),
            Err(Error::SignatureInvalid),
            "{id}"
        );
        assert_eq!(
            verify(id, &params, &data, &signature[1..]),
            Err(Error::SignatureLenRange),
            "{id}"
        );
        signature[9] ^= 1;
        assert_eq!(
            verify(id, &params, &data, &signature),
            Err(Error::SignatureInvalid),
            "{id}"
        );
    }
}

#[test]
fn a_hashing_row_signs_what_the_bare_row_signs_of_the_digest() {
    for (id, with_pss, hash) in HASHED {
        let mut digest = vec![0; hash.output_len()];
        hash.digest(b"message", &mut digest);
        verify(
            CKM_RSA_PKCS_PSS,
            &pss(hash),
            &digest,
            &sign(with_pss, &pss(hash), b"message"),
        )
        .unwrap();
        // CKM_RSA_PKCS signs what comes, here a DigestInfo [RFC 8017, 9.2].
        if hash == Hash::Sha256 {
            let prefix = b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
            let info = [&prefix[..], &digest].concat();
            assert_eq!(
                sign(CKM_RSA_PKCS, &Params::None, &info),
                sign(id, &Params::None, b"message")
            );
        }
    }
}

#[test]
fn pieces_are_signed_like_the_whole() {
    for (id, with_pss, hash) in HASHED {
        for (id, params) in [(id, Params::None), (with_pss, pss(hash))] {
            let mut stream = row(id)
                .roles
                .sign
                .unwrap()
                .stream(&PAIR.private, &params)
                .unwrap();
            let mut out = vec![0; 256];
            for piece in [&b"a"[..], b"", b" message in pieces"] {
                stream.update(piece).unwrap();
            }
            stream.finish(&mut out).unwrap();
            verify(id, &params, b"a message in pieces", &out).unwrap();
            let mut stream = row(id)
                .roles
                .verify
                .unwrap()
                .stream(&PAIR.public, &params)
                .unwrap();
            stream.update(b"a message").unwrap();
            stream.update(b" in pieces").unwrap();
            stream.finish(&out).unwrap();
        }
    }
}

#[test]
fn rows_without_a_hash_take_whole_messages_only() {
    for (id, params) in [
        (CKM_RSA_PKCS, Params::None),
        (CKM_RSA_X_509, Params::None),
        (CKM_RSA_9796, Params::None),
        (CKM_RSA_PKCS_PSS, pss(Hash::Sha1)),
    ] {
        let refused = row(id).roles.sign.unwrap().stream(&PAIR.private, &params);
        assert!(matches!(refused, Err(Error::FunctionNotSupported(_))), "{id}");
    }
}

#[test]
fn pss_refuses_a_parameter_that_does_not_fit() {
    let check = |id, params| row(id).roles.sign.unwrap().check(&PAIR.private, &params);
    let other_hash = check(CKM_SHA256_RSA_PKCS_PSS, pss(Hash::Sha384));
    assert!(matches!(other_hash, Err(Error::MechanismParamInvalid(_))));
    let long_salt = Params::RsaPss {
        hash: Hash::Sha256,
        mgf: Hash::Sha256,
        salt_len: 223,
    };
    assert!(matches!(
        check(CKM_RSA_PKCS_PSS, long_salt),
        Err(Error::MechanismParamInvalid(_))
    ));
    let huge_salt = Params::RsaPss {
        hash: Hash::Sha256,
        mgf: Hash::Sha256,
        salt_len: usize::MAX,
    };
    assert!(matches!(
        check(CKM_RSA_PKCS_PSS, huge_salt),
        Err(Error::MechanismParamInvalid(_))
    ));
    let mut out = vec![0; 256];
    let sign = row(CKM_RSA_PKCS_PSS).roles.sign.unwrap();
    let wrong_len = sign.sign(&PAIR.private, &pss(Hash::Sha256), &[0; 31], &mut out);
    assert!(matches!(wrong_len, Err(Error::DataLenRange(_))));
}

#[test]
fn a_key_too_short_for_the_hash_is_refused_at_init() {
    let short = pair(512);
    let refused = row(CKM_SHA512_RSA_PKCS)
        .roles
        .sign
        .unwrap()
        .check(&short.private, &Params::None);
    assert_eq!(refused, Err(Error::KeySizeRange(KeyRole::Key)));
    let refused = row(CKM_SHA512_RSA_PKCS_PSS)
        .roles
        .verify
        .unwrap()
        .check(&short.public, &pss(Hash::Sha512));
    assert_eq!(refused, Err(Error::KeySizeRange(KeyRole::Key)));
    let oaep = oaep(Hash::Sha512, b"");
    let refused = row(CKM_RSA_PKCS_OAEP)
        .roles
        .encrypt
        .unwrap()
        .check(&short.public, &oaep);
    assert_eq!(refused, Err(Error::KeySizeRange(KeyRole::Key)));
    let roles = row(CKM_RSA_PKCS_OAEP).roles;
    let refused = roles.wrap.unwrap().check(&short.public, &oaep);
    assert_eq!(refused, Err(Error::KeySizeRange(KeyRole::WrappingKey)));
    let refused = roles.unwrap.unwrap().check(&short.private, &oaep);
    assert_eq!(refused, Err(Error::KeySizeRange(KeyRole::UnwrappingKey)));
}

#[test]
fn x509_pads_on_the_left_and_refuses_what_is_not_below_the_modulus() {
    let long = [&[0; 250], &b"data"[..]].concat();
    assert_eq!(
        sign(CKM_RSA_X_509, &Params::None, b"data"),
        sign(CKM_RSA_X_509, &Params::None, &long)
    );
    let sign = row(CKM_RSA_X_509).roles.sign.unwrap();
    let mut out = vec![0; 256];
    let above = sign.sign(&PAIR.private, &Params::None, &[0xff; 256], &mut out);
    assert!(matches!(above, Err(Error::DataInvalid(_))));
    let longer = sign.sign(&PAIR.private, &Params::None, &[0; 257], &mut out);
    assert!(matches!(longer, Err(Error::DataLenRange(_))));
}

fn oaep(hash: Hash, label: &[u8]) -> Params {
    Params::RsaOaep {
        hash,
        mgf: Hash::Sha1,
        label: label.into(),
    }
}

fn ciphers() -> [(MechanismId, Params, usize); 4] {
    [
        (CKM_RSA_PKCS, Params::None, 245),
        (CKM_RSA_PKCS_OAEP, oaep(Hash::Sha1, b""), 214),
        (CKM_RSA_PKCS_OAEP, oaep(Hash::Sha512, b"label"), 126),
        (CKM_RSA_X_509, Params::None, 256),
    ]
}

#[test]
fn what_is_encrypted_decrypts_and_lengths_are_told_before() {
    for (id, params, room) in ciphers() {
        let (encrypt, decrypt) = (row(id).roles.encrypt.unwrap(), row(id).roles.decrypt.unwrap());
        encrypt.check(&PAIR.public, &params).unwrap();
        decrypt.check(&PAIR.private, &params).unwrap();
        assert!(matches!(
            encrypt.output_len(&PAIR.public, &params, room + 1),
            Err(Error::DataLenRange(_))
        ));
        let message = [&[0; 1], &vec![0x21; room - 1][..]].concat();
        let mut block = vec![0; encrypt.output_len(&PAIR.public, &params, room).unwrap() + 3];
        let length = encrypt
            .oneshot(&PAIR.public, &params, &message, &mut block)
            .unwrap();
        assert_eq!(length, 256);
        let mut out = vec![0; decrypt.output_len(&PAIR.private, &params, 256).unwrap()];
        let length = decrypt
            .oneshot(&PAIR.private, &params, &block[..256], &mut out)
            .unwrap();
        assert_eq!(out[..length], message, "{id}");
        let wrong = decrypt.output_len(&PAIR.private, &params, 255);
        assert!(matches!(wrong, Err(Error::EncryptedDataLenRange(_))));
    }
}

#[test]
fn a_ciphertext_above_the_modulus_is_invalid() {
    for (id, params, _) in ciphers() {
        let decrypt = row(id).roles.decrypt.unwrap();
        let refused = decrypt.oneshot(&PAIR.private, &params, &[0xff; 256], &mut [0; 256]);
        assert_eq!(refused, Err(Error::EncryptedDataInvalid), "{id}");
    }
}

#[test]
fn what_is_wrapped_unwraps() {
    for (id, params, _) in ciphers() {
        let (wrap, unwrap) = (row(id).roles.wrap.unwrap(), row(id).roles.unwrap.unwrap());
        let attributes = AttributeSet::new();
        let target = WrapTarget {
            payload: &[&[0], &[7; 31][..]].concat(),
            attributes: &attributes,
        };
        let mut wrapped = vec![0; wrap.wrapped_len(&PAIR.public, &params, &target).unwrap()];
        wrap.wrap(&PAIR.public, &params, &target, &mut wrapped).unwrap();
        let template = set([(CKA_VALUE_LEN, Value::Ulong(32))]);
        let found = unwrap
            .unwrap(&PAIR.private, &params, &wrapped, &template)
            .unwrap();
        assert_eq!(found.payload[..], *target.payload, "{id}");
        let refused = unwrap.unwrap(&PAIR.private, &params, &wrapped[1..], &template);
        assert_eq!(refused.err(), Some(Error::WrappedKeyLenRange), "{id}");
        let long = WrapTarget {
            payload: &[1; 300],
            attributes: &attributes,
        };
        let refused = wrap.wrapped_len(&PAIR.public, &params, &long);
        assert_eq!(refused, Err(Error::KeySizeRange(KeyRole::WrappedKey)), "{id}");
    }
}

#[test]
fn x509_unwraps_the_length_of_the_template_or_of_the_key_type() {
    let attributes = AttributeSet::new();
    let target = WrapTarget {
        payload: &[9; 24],
        attributes: &attributes,
    };
    let (wrap, unwrap) = (
        row(CKM_RSA_X_509).roles.wrap.unwrap(),
        row(CKM_RSA_X_509).roles.unwrap.unwrap(),
    );
    let mut wrapped = vec![0; 256];
    wrap.wrap(&PAIR.public, &Params::None, &target, &mut wrapped)
        .unwrap();
    let open = |template| {
        unwrap
            .unwrap(&PAIR.private, &Params::None, &wrapped, &template)
            .map(|key| key.payload.len())
    };
    for key_type in [CKK_GENERIC_SECRET, CKK_AES, CKK_SHA256_HMAC] {
        let untold = open(set([(CKA_KEY_TYPE, Value::Ulong(key_type.0))]));
        let missing = CKA_VALUE_LEN;
        assert!(matches!(untold, Err(Error::TemplateIncomplete { attribute, .. }) if attribute == missing));
    }
    assert_eq!(open(set([(CKA_CLASS, Value::Ulong(CKO_PRIVATE_KEY.0))])), Ok(24));
    assert_eq!(open(set([(CKA_VALUE_LEN, Value::Ulong(32))])), Ok(32));
    assert_eq!(open(set([(CKA_KEY_TYPE, Value::Ulong(CKK_DES3.0))])), Ok(24));
    assert_eq!(
        open(set([(CKA_KEY_TYPE, Value::Ulong(CKK_DES2.0))])),
        Err(Error::WrappedKeyInvalid)
    );
    assert_eq!(
        open(set([(CKA_VALUE_LEN, Value::Ulong(16))])),
        Err(Error::WrappedKeyInvalid)
    );
    assert_eq!(
        open(set([(CKA_VALUE_LEN, Value::Ulong(u64::MAX))])),
        Err(Error::WrappedKeyInvalid)
    );
}

#[test]
fn a_generated_pair_has_all_components() {
    let (public, private) = generate(1024);
    assert_eq!(public.bytes(CKA_MODULUS).unwrap().len(), 128);
    assert_eq!(public.bytes(CKA_PUBLIC_EXPONENT), Some(&[1, 0, 1][..]));
    for attribute in [
        CKA_PRIVATE_EXPONENT,
        CKA_PRIME_1,
        CKA_PRIME_2,
        CKA_EXPONENT_1,
        CKA_EXPONENT_2,
        CKA_COEFFICIENT,
    ] {
        assert!(!private.bytes(attribute).unwrap().is_empty(), "{attribute}");
    }
    assert_eq!(prepare(public, CKO_PUBLIC_KEY).bits(), 1024);
    assert_eq!(prepare(private, CKO_PRIVATE_KEY).bits(), 1024);
}

#[test]
fn a_template_that_asks_for_no_key_there_is_is_refused() {
    let check = |template| {
        let generate = row(CKM_RSA_PKCS_KEY_PAIR_GEN).roles.generate_pair.unwrap();
        generate
            .check(&Params::None, &template, &AttributeSet::new())
            .unwrap_err()
    };
    assert!(matches!(
        check(AttributeSet::new()),
        Error::TemplateIncomplete { .. }
    ));
    for bits in [0, 511, 16385, u64::MAX] {
        let error = check(set([(CKA_MODULUS_BITS, Value::Ulong(bits))]));
        assert!(
            matches!(
                error,
                Error::AttributeValueInvalid {
                    attribute: CKA_MODULUS_BITS,
                    ..
                }
            ),
            "{bits}"
        );
    }
    for exponent in [&[][..], &[1], &[2], &[1; 33]] {
        let error = check(set([
            (CKA_MODULUS_BITS, Value::Ulong(1024)),
            (CKA_PUBLIC_EXPONENT, Value::bytes(exponent)),
        ]));
        assert!(matches!(
            error,
            Error::TemplateInconsistent {
                attribute: CKA_PUBLIC_EXPONENT,
                ..
            }
        ));
    }
}
