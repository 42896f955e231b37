//! The rows through their roles. Known answers of the curves are `crypto/ec`'s.

use std::sync::Arc;

use super::ROWS;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::ec::Curve;
use crate::crypto::hash::Hash;
use crate::crypto::montgomery;
use crate::crypto::testing::hex;
use crate::error::{Error, KeyRole};
use crate::mechanism::{EcKdf, KeyMaterial, MechanismSpec, Params};
use crate::secret::SecretBytes;

fn row(id: MechanismId) -> &'static MechanismSpec {
    ROWS.iter().find(|row| row.id == id).unwrap()
}

fn set<const N: usize>(attributes: [(AttributeType, Value); N]) -> AttributeSet {
    attributes.into_iter().collect()
}

struct Pair {
    public: Arc<KeyMaterial>,
    private: Arc<KeyMaterial>,
    point: Vec<u8>,
}

fn prepare(mut attributes: AttributeSet, class: ObjectClass, key_type: KeyType) -> Arc<KeyMaterial> {
    attributes.set(CKA_CLASS, Value::Ulong(class.0));
    attributes.set(CKA_KEY_TYPE, Value::Ulong(key_type.0));
    Arc::new(KeyMaterial::prepare(&attributes).unwrap())
}

fn generate(id: MechanismId, params: &[u8]) -> Pair {
    let template = set([(CKA_EC_PARAMS, Value::bytes(params))]);
    let generate = row(id).roles.generate_pair.unwrap();
    generate
        .check(&Params::None, &template, &AttributeSet::new())
        .unwrap();
    let (public, private) = generate.generate(&Params::None, &template).unwrap();
    let key_type = row(id).key.types[0];
    Pair {
        point: public.bytes(CKA_EC_POINT).unwrap().to_vec(),
        public: prepare(public, CKO_PUBLIC_KEY, key_type),
        private: prepare(private, CKO_PRIVATE_KEY, key_type),
    }
}

fn pair(curve: Curve) -> Pair {
    generate(CKM_EC_KEY_PAIR_GEN, curve.oid_der())
}

const HASHED: [(MechanismId, Hash); 9] = [
    (CKM_ECDSA_SHA1, Hash::Sha1),
    (CKM_ECDSA_SHA224, Hash::Sha224),
    (CKM_ECDSA_SHA256, Hash::Sha256),
    (CKM_ECDSA_SHA384, Hash::Sha384),
    (CKM_ECDSA_SHA512, Hash::Sha512),
    (CKM_ECDSA_SHA3_224, Hash::Sha3_224),
    (CKM_ECDSA_SHA3_256, Hash::Sha3_256),
    (CKM_ECDSA_SHA3_384, Hash::Sha3_384),
    (CKM_ECDSA_SHA3_512, Hash::Sha3_512),
];

#[test]
fn a_hashing_row_signs_the_digest_on_every_curve() {
    for curve in Curve::ALL {
        let pair = pair(curve);
        for (id, hash) in HASHED {
            let sign = row(id).roles.sign.unwrap();
            let mut out = vec![0; sign.signature_len(&pair.private, &Params::None)];
            assert_eq!(out.len(), 2 * curve.order_len());
            sign.sign(&pair.private, &Params::None, b"message", &mut out)
                .unwrap();
            let mut digest = vec![0; hash.output_len()];
            hash.digest(b"message", &mut digest);
            let bare = row(CKM_ECDSA).roles.verify.unwrap();
            bare.verify(&pair.public, &Params::None, &digest, &out).unwrap();
            let verify = row(id).roles.verify.unwrap();
            verify
                .verify(&pair.public, &Params::None, b"message", &out)
                .unwrap();
            let refused = verify.verify(&pair.public, &Params::None, b"massage", &out);
            assert_eq!(refused, Err(Error::SignatureInvalid));
            let refused = verify.verify(&pair.public, &Params::None, b"message", &out[1..]);
            assert_eq!(refused, Err(Error::SignatureLenRange));
        }
    }
}

#[test]
fn pieces_are_signed_like_the_whole() {
    let pair = pair(Curve::P256);
    for (id, _) in HASHED {
        let mut stream = row(id)
            .roles
            .sign
            .unwrap()
            .stream(&pair.private, &Params::None)
            .unwrap();
        stream.update(b"mess").unwrap();
        stream.update(b"age").unwrap();
        let mut out = vec![0; 64];
        stream.finish(&mut out).unwrap();
        let verify = row(id).roles.verify.unwrap();
        verify
            .verify(&pair.public, &Params::None, b"message", &out)
            .unwrap();
        let mut stream = verify.stream(&pair.public, &Params::None).unwrap();
        stream.update(b"message").unwrap();
        stream.finish(&out).unwrap();
    }
    let refused = row(CKM_ECDSA)
        .roles
        .sign
        .unwrap()
        .stream(&pair.private, &Params::None);
    assert!(matches!(refused, Err(Error::FunctionNotSupported(_))));
}

fn ecdh(hash: Option<Hash>, shared_data: &[u8], public_data: &[u8]) -> Params {
    Params::Ecdh1 {
        kdf: hash.map(EcKdf::X963),
        shared_data: shared_data.into(),
        public_data: public_data.into(),
    }
}

fn derive(key: &KeyMaterial, params: &Params, length: Option<usize>) -> Result<SecretBytes, Error> {
    let derive = row(CKM_ECDH1_DERIVE).roles.derive.unwrap();
    derive.check(key, params)?;
    derive.derive(key, params, length)
}

/// NIST CAVP, KAS_ECC_CDH_PrimitiveTest, P-256, count 0.
fn cavp() -> (Arc<KeyMaterial>, Vec<u8>, Vec<u8>) {
    let key = set([
        (CKA_EC_PARAMS, Value::bytes(Curve::P256.oid_der())),
        (
            CKA_VALUE,
            Value::bytes(&hex(
                "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534",
            )),
        ),
    ]);
    let peer = hex(
        "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287\
                    db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
    );
    let secret = hex("46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b");
    (prepare(key, CKO_PRIVATE_KEY, CKK_EC), peer, secret)
}

#[test]
fn the_secret_is_that_of_cavp_with_the_point_raw_and_as_der() {
    let (key, peer, secret) = cavp();
    let der = [&[0x04, 65], &peer[..]].concat();
    for point in [&peer, &der] {
        let found = derive(&key, &ecdh(None, b"", point), None).unwrap();
        assert_eq!(found[..], secret);
    }
    let cofactor = row(CKM_ECDH1_COFACTOR_DERIVE).roles.derive.unwrap();
    let found = cofactor.derive(&key, &ecdh(None, b"", &peer), None).unwrap();
    assert_eq!(found[..], secret);
}

#[test]
fn a_shorter_key_is_the_end_of_the_secret_and_a_longer_one_an_error() {
    let (key, peer, secret) = cavp();
    let params = ecdh(None, b"", &peer);
    assert_eq!(derive(&key, &params, Some(16)).unwrap()[..], secret[16..]);
    assert_eq!(derive(&key, &params, Some(0)).unwrap().len(), 0);
    for length in [33, usize::MAX] {
        assert_eq!(
            derive(&key, &params, Some(length)),
            Err(Error::KeySizeRange(KeyRole::Key))
        );
    }
}

#[test]
fn a_derivation_function_gives_the_length_that_is_asked_for() {
    let (key, peer, secret) = cavp();
    for hash in Hash::ALL {
        let params = ecdh(Some(hash), b"info", &peer);
        // One block of ANSI X9.63: the hash of secret, counter and shared information.
        let mut block = vec![0; hash.output_len()];
        hash.digest(&[&secret[..], &[0, 0, 0, 1], b"info"].concat(), &mut block);
        assert_eq!(derive(&key, &params, None).unwrap()[..], block);
        assert_eq!(derive(&key, &params, Some(16)).unwrap()[..], block[..16]);
        assert_eq!(derive(&key, &params, Some(100)).unwrap()[..block.len()], block);
        assert!(derive(&key, &params, Some(usize::MAX)).is_err());
    }
}

#[test]
fn a_peer_that_is_no_point_is_a_parameter_error() {
    let (key, mut peer, _) = cavp();
    for length in [0, 1, 64] {
        let refused = derive(&key, &ecdh(None, b"", &peer[..length]), None);
        assert!(
            matches!(refused, Err(Error::MechanismParamInvalid(_))),
            "{length}"
        );
    }
    peer[64] ^= 1;
    assert!(matches!(
        derive(&key, &ecdh(None, b"", &peer), None),
        Err(Error::MechanismParamInvalid(_))
    ));
    let refused = derive(&key, &ecdh(None, b"data", &peer), None);
    assert!(matches!(refused, Err(Error::MechanismParamInvalid(_))));
}

#[test]
fn both_sides_derive_one_key_on_every_curve() {
    let mut pairs: Vec<_> = Curve::ALL.map(|curve| (pair(curve), pair(curve))).into();
    let x25519 = || {
        generate(
            CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
            montgomery::Curve::X25519.oid_der(),
        )
    };
    pairs.push((x25519(), x25519()));
    for (one, two) in pairs {
        let a = derive(&one.private, &ecdh(None, b"", &two.point), None).unwrap();
        let b = derive(&two.private, &ecdh(None, b"", &one.point), None).unwrap();
        assert_eq!(a, b);
    }
}

#[test]
fn x25519_derives_the_secret_of_rfc_7748_and_refuses_small_orders() {
    // [RFC 7748, 6.1]
    let key = set([
        (CKA_EC_PARAMS, Value::bytes(montgomery::Curve::X25519.oid_der())),
        (
            CKA_VALUE,
            Value::bytes(&hex(
                "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
            )),
        ),
    ]);
    let key = prepare(key, CKO_PRIVATE_KEY, CKK_EC_MONTGOMERY);
    let bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    let secret = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    let der = [&[0x04, 32], &bob[..]].concat();
    for point in [&bob, &der] {
        assert_eq!(derive(&key, &ecdh(None, b"", point), None).unwrap()[..], secret);
    }
    assert_eq!(key.bits(), 255);
    let refused = derive(&key, &ecdh(None, b"", &[0; 32]), None);
    assert!(matches!(refused, Err(Error::MechanismParamInvalid(_))));
}

#[test]
fn a_private_key_knows_its_public_point() {
    for curve in Curve::ALL {
        let pair = pair(curve);
        let point = pair
            .private
            .asymmetric()
            .unwrap()
            .public_point()
            .unwrap()
            .unwrap();
        assert_eq!(
            pair.public.asymmetric().unwrap().public_point().unwrap().unwrap(),
            point
        );
        assert_eq!(curve.strip_point(&pair.point).unwrap(), point);
        assert_eq!(pair.private.bits(), u64::from(curve.field_bits()));
    }
}

#[test]
fn a_template_without_a_curve_or_with_another_is_refused() {
    for (id, foreign) in [
        (CKM_EC_KEY_PAIR_GEN, montgomery::Curve::X25519.oid_der()),
        (CKM_EC_MONTGOMERY_KEY_PAIR_GEN, Curve::P256.oid_der()),
    ] {
        let check = |template: AttributeSet| {
            let generate = row(id).roles.generate_pair.unwrap();
            generate
                .check(&Params::None, &template, &AttributeSet::new())
                .unwrap_err()
        };
        assert!(matches!(
            check(AttributeSet::new()),
            Error::TemplateIncomplete { .. }
        ));
        assert_eq!(
            check(set([(CKA_EC_PARAMS, Value::bytes(foreign))])),
            Error::CurveNotSupported
        );
        let explicit = check(set([(CKA_EC_PARAMS, Value::bytes(b"\x30\x03\x02\x01\x01"))]));
        assert!(matches!(explicit, Error::DomainParamsInvalid(_)));
    }
}

#[test]
fn a_point_off_the_curve_makes_no_key() {
    let mut point = pair(Curve::P256).point;
    point[66] ^= 1;
    let key = set([
        (CKA_CLASS, Value::Ulong(CKO_PUBLIC_KEY.0)),
        (CKA_KEY_TYPE, Value::Ulong(CKK_EC.0)),
        (CKA_EC_PARAMS, Value::bytes(Curve::P256.oid_der())),
        (CKA_EC_POINT, Value::bytes(&point)),
    ]);
    let error = KeyMaterial::prepare(&key).unwrap_err();
    assert!(matches!(
        error,
        Error::AttributeValueInvalid {
            attribute: CKA_EC_POINT,
            ..
        }
    ));
}
