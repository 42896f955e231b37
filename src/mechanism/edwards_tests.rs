//! The rows through their roles, with the signatures of RFC 8032.

use std::sync::Arc;

use super::ROWS;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::edwards;
use crate::crypto::testing::hex;
use crate::error::Error;
use crate::mechanism::{KeyMaterial, MechanismSpec, Params};

fn row(id: MechanismId) -> &'static MechanismSpec {
    ROWS.iter().find(|row| row.id == id).unwrap()
}

fn key<const N: usize>(class: ObjectClass, attributes: [(AttributeType, Value); N]) -> Arc<KeyMaterial> {
    let mut attributes: AttributeSet = attributes.into_iter().collect();
    attributes.set(CKA_CLASS, Value::Ulong(class.0));
    attributes.set(CKA_KEY_TYPE, Value::Ulong(CKK_EC_EDWARDS.0));
    attributes.set(CKA_EC_PARAMS, Value::bytes(edwards::Curve::Ed25519.oid_der()));
    Arc::new(KeyMaterial::prepare(&attributes).unwrap())
}

fn pair(seed: &str, public: &str) -> (Arc<KeyMaterial>, Arc<KeyMaterial>) {
    let private = key(CKO_PRIVATE_KEY, [(CKA_VALUE, Value::bytes(&hex(seed)))]);
    let public = key(CKO_PUBLIC_KEY, [(CKA_EC_POINT, Value::bytes(&hex(public)))]);
    (private, public)
}

fn params(prehash: bool, context: &[u8]) -> Params {
    Params::Eddsa {
        prehash,
        context: context.into(),
    }
}

fn check(seed: &str, public: &str, params: &Params, message: &[u8], signature: &str) {
    let (private, public) = pair(seed, public);
    let (sign, verify) = (
        row(CKM_EDDSA).roles.sign.unwrap(),
        row(CKM_EDDSA).roles.verify.unwrap(),
    );
    let mut made = vec![0; sign.signature_len(&private, params)];
    sign.check(&private, params).unwrap();
    sign.sign(&private, params, message, &mut made).unwrap();
    assert_eq!(made, hex(signature));
    verify.verify(&public, params, message, &made).unwrap();
    assert_eq!(
        verify.verify(&public, params, message, &made[1..]),
        Err(Error::SignatureLenRange)
    );
    made[1] ^= 1;
    assert_eq!(
        verify.verify(&public, params, message, &made),
        Err(Error::SignatureInvalid)
    );
}

#[test]
fn no_parameter_and_one_that_says_nothing_are_the_pure_scheme() {
    // [RFC 8032, 7.1, test 2]
    for params in [Params::None, params(false, b"")] {
        check(
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            &params,
            &[0x72],
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c\
             387b2eaeb4302aeeb00d291612bb0c00",
        );
    }
}

#[test]
fn a_context_is_signed_as_ed25519ctx() {
    // [RFC 8032, 7.2, foo]
    check(
        "0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6",
        "dfc9425e4f968f7f0c29f0259cf5f9aed6851c2bb4ad8bfb860cfee0ab248292",
        &params(false, b"foo"),
        &hex("f726936d19c800494e3fdaff20b276a8"),
        "55a4cc2f70a54e04288c5f4cd1e45a7bb520b36292911876cada7323198dd87a8b36950b95130022907a7fb7c4e9b2d5\
         f6cca685a587b4b21f4b888e4e7edb0d",
    );
}

const PREHASHED_SEED: &str = "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42";
const PREHASHED_PUBLIC: &str = "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf";
const PREHASHED_SIGNATURE: &str = "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41\
                                   31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406";

#[test]
fn the_flag_signs_as_ed25519ph() {
    // [RFC 8032, 7.3]
    check(
        PREHASHED_SEED,
        PREHASHED_PUBLIC,
        &params(true, b""),
        b"abc",
        PREHASHED_SIGNATURE,
    );
}

#[test]
fn a_message_in_pieces_is_signed_as_the_whole() {
    let (private, public) = pair(PREHASHED_SEED, PREHASHED_PUBLIC);
    let (sign, verify) = (
        row(CKM_EDDSA).roles.sign.unwrap(),
        row(CKM_EDDSA).roles.verify.unwrap(),
    );
    for params in [Params::None, params(false, b"context"), params(true, b"")] {
        let (mut whole, mut made) = ([0; 64], [0; 64]);
        sign.sign(&private, &params, b"abc", &mut whole).unwrap();
        let mut stream = sign.stream(&private, &params).unwrap();
        stream.update(b"a").unwrap();
        stream.update(b"bc").unwrap();
        stream.finish(&mut made).unwrap();
        assert_eq!(made, whole);
        for (pieces, verdict) in [(["ab", "c"], Ok(())), (["ab", "d"], Err(Error::SignatureInvalid))] {
            let mut stream = verify.stream(&public, &params).unwrap();
            for piece in pieces {
                stream.update(piece.as_bytes()).unwrap();
            }
            assert_eq!(stream.finish(&made), verdict);
        }
    }
}

#[test]
fn a_context_above_255_bytes_is_refused_at_init() {
    let (private, _) = pair(PREHASHED_SEED, PREHASHED_PUBLIC);
    for prehash in [false, true] {
        let refused = row(CKM_EDDSA)
            .roles
            .sign
            .unwrap()
            .check(&private, &params(prehash, &[0; 256]));
        assert!(matches!(refused, Err(Error::MechanismParamInvalid(_))));
    }
}

#[test]
fn a_generated_pair_signs_and_its_point_is_raw() {
    let generate = row(CKM_EC_EDWARDS_KEY_PAIR_GEN).roles.generate_pair.unwrap();
    for name in [edwards::Curve::Ed25519.oid_der(), b"\x13\x0cedwards25519"] {
        let template: AttributeSet = [(CKA_EC_PARAMS, Value::bytes(name))].into_iter().collect();
        generate
            .check(&Params::None, &template, &AttributeSet::new())
            .unwrap();
        let (public, private) = generate.generate(&Params::None, &template).unwrap();
        assert_eq!(public.bytes(CKA_EC_POINT).unwrap().len(), 32);
        assert_eq!(public.bytes(CKA_EC_PARAMS), Some(name));
        let private = key(
            CKO_PRIVATE_KEY,
            [(CKA_VALUE, private.value(CKA_VALUE).unwrap().clone())],
        );
        let public = key(
            CKO_PUBLIC_KEY,
            [(CKA_EC_POINT, public.value(CKA_EC_POINT).unwrap().clone())],
        );
        let mut out = [0; 64];
        row(CKM_EDDSA)
            .roles
            .sign
            .unwrap()
            .sign(&private, &Params::None, b"data", &mut out)
            .unwrap();
        row(CKM_EDDSA)
            .roles
            .verify
            .unwrap()
            .verify(&public, &Params::None, b"data", &out)
            .unwrap();
        assert_eq!(private.bits(), 255);
    }
    let x25519: AttributeSet = [(CKA_EC_PARAMS, Value::bytes(b"\x06\x03\x2b\x65\x6e"))]
        .into_iter()
        .collect();
    let refused = generate.check(&Params::None, &x25519, &AttributeSet::new());
    assert_eq!(refused, Err(Error::CurveNotSupported));
}
