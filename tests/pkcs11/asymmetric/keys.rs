//! Key pairs that are made, and keys that come in by PKCS#8 and `SubjectPublicKeyInfo`.

use super::*;

const OPEN: [(CK_ATTRIBUTE_TYPE, bool); 2] = [(CKA_SENSITIVE, false), (CKA_EXTRACTABLE, true)];

fn open() -> Vec<CK_ATTRIBUTE> {
    OPEN.iter().map(|(kind, value)| a(*kind, *value)).collect()
}

/// The point of a private scalar of P-256 and secp256k1, by the `p256` and `k256` crates.
fn point_of(params: &[u8], scalar: &[u8]) -> Vec<u8> {
    if params == curve::P256 {
        let key = p256::ecdsa::SigningKey::from_slice(scalar).unwrap();
        return key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
    }
    let key = k256::ecdsa::SigningKey::from_slice(scalar).unwrap();
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

/// Random, so that there is no published answer: the points are those that another implementation finds.
#[test]
fn ec_pairs_have_the_points_that_another_implementation_finds() {
    isolated(|| {
        let s = user();
        for mechanism in [CKM_EC_KEY_PAIR_GEN, CKM_EC_KEY_PAIR_GEN_W_EXTRA_BITS] {
            for params in [curve::P256, curve::SECP256K1] {
                for _ in 0..4 {
                    let (public, private) = s.pair_on(mechanism, params, &[], &open()).works();
                    let scalar = s.get(private, CKA_VALUE).works();
                    assert_eq!(scalar.len(), 32);
                    let expected = der(4, &[&point_of(params, &scalar)]);
                    assert_eq!(s.get(public, CKA_EC_POINT).works(), expected);
                }
            }
            for (params, _) in curve::WEIERSTRASS {
                let (public, private) = s.pair_on(mechanism, params, &[], &[]).works();
                let signature = s.sign(Mech::new(CKM_ECDSA_SHA256), private, b"message").works();
                s.verify(Mech::new(CKM_ECDSA_SHA256), public, b"message", &signature)
                    .works();
                assert_eq!(s.number(private, CKA_KEY_GEN_MECHANISM).works(), mechanism);
            }
        }
    });
}

/// What OpenSSL 3.0 writes with `openssl ecparam -param_enc explicit`.
#[test]
fn explicit_parameters_of_a_named_curve_are_that_curve() {
    const BRAINPOOL: &[u8] = include_bytes!("../../../src/crypto/ec/vectors/brainpoolP320t1.explicit.der");
    const P256: &[u8] = include_bytes!("../../../src/crypto/ec/vectors/prime256v1.explicit.der");
    const SECP192K1: &[u8] = include_bytes!("../../../src/crypto/ec/vectors/secp192k1.explicit.der");
    isolated(|| {
        let s = user();
        for (explicit, named) in [(P256, curve::P256), (BRAINPOOL, curve::BRAINPOOL_P320T1)] {
            let (public, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, explicit, &[], &open()).works();
            assert_eq!(
                s.get(public, CKA_EC_PARAMS).works(),
                explicit,
                "as the caller wrote them"
            );
            let info = key_info(&s.get(public, CKA_PUBLIC_KEY_INFO).works()).unwrap();
            assert_eq!(info.params, named, "by name where it leaves");
            let twin = s
                .create(&[
                    a(CKA_CLASS, CKO_PUBLIC_KEY),
                    a(CKA_KEY_TYPE, CKK_EC),
                    a(CKA_EC_PARAMS, named),
                    a(CKA_EC_POINT, info.key),
                ])
                .works();
            let signature = s.sign(Mech::new(CKM_ECDSA), private, &[3; 32]).works();
            s.verify(Mech::new(CKM_ECDSA), twin, &[3; 32], &signature).works();
        }
        let make = |params: &[u8]| s.pair_on(CKM_EC_KEY_PAIR_GEN, params, &[], &[]);
        make(SECP192K1).gives(CKR_CURVE_NOT_SUPPORTED);
        make(&P256[..P256.len() - 1]).gives(CKR_DOMAIN_PARAMS_INVALID);
        make(b"\x05\x00").gives(CKR_DOMAIN_PARAMS_INVALID);
        make(b"\x13\x0fbrainpoolP256r1").works();
        make(b"\x13\x05other").gives(CKR_CURVE_NOT_SUPPORTED);
    });
}

#[test]
fn points_come_in_every_form() {
    isolated(|| {
        let s = user();
        for (params, bits) in curve::WEIERSTRASS {
            let (public, private) = s.ec(params);
            let stored = s.get(public, CKA_EC_POINT).works();
            let length = 1 + 2 * bits.div_ceil(8);
            let raw = &stored[stored.len() - length..];
            let odd = raw[raw.len() - 1] & 1;
            let compressed = [&[2 + odd], &raw[1..=bits.div_ceil(8)]].concat();
            let hybrid = [&[6 + odd], &raw[1..]].concat();
            let signature = s.sign(Mech::new(CKM_ECDSA), private, &[9; 20]).works();
            for form in [raw.to_vec(), compressed.clone(), hybrid.clone()] {
                for point in [form.clone(), der(4, &[&form]), der(3, &[&[0], &form])] {
                    let template = [
                        a(CKA_CLASS, CKO_PUBLIC_KEY),
                        a(CKA_KEY_TYPE, CKK_EC),
                        a(CKA_EC_PARAMS, params),
                        a(CKA_EC_POINT, &point),
                    ];
                    let key = s.create(&template).works();
                    assert_eq!(s.get(key, CKA_EC_POINT).works(), stored);
                    s.verify(Mech::new(CKM_ECDSA), key, &[9; 20], &signature).works();
                    s.derive(Mech::ecdh(CKD_NULL, b"", &point), private, &open_generic())
                        .works();
                }
            }
            let lie = [&[7 - odd], &raw[1..]].concat();
            s.derive(Mech::ecdh(CKD_NULL, b"", &lie), private, &open_generic())
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
    });
}

macro_rules! key {
    ($name:literal) => {
        (
            &include_bytes!(concat!("../../../src/object/vectors/", $name, ".pkcs8.der"))[..],
            &include_bytes!(concat!("../../../src/object/vectors/", $name, ".spki.der"))[..],
        )
    };
}

/// Keys of OpenSSL 3.0 go in and come out as they were.
#[test]
fn keys_of_openssl_come_in_and_go_out_as_pkcs8() {
    isolated(|| {
        let s = user();
        let (aes, kwp) = (s.import(CKK_AES, &[7; 32]), Mech::new(CKM_AES_KEY_WRAP_KWP));
        for (key_type, (pkcs8, spki)) in [
            (CKK_EC_EDWARDS, key!("ed448")),
            (CKK_EC_MONTGOMERY, key!("x448")),
            (CKK_EC, key!("brainpoolP256r1")),
            (CKK_EC, key!("brainpoolP320t1")),
            (CKK_EC, key!("brainpoolP512r1")),
            (CKK_DSA, key!("dsa-1024")),
            (CKK_DH, key!("dh-1536")),
            (CKK_X9_42_DH, key!("x942-1024")),
        ] {
            let wrapped = s.encrypt(kwp, aes, pkcs8).works();
            let template = with(
                &open(),
                &[a(CKA_CLASS, CKO_PRIVATE_KEY), a(CKA_KEY_TYPE, key_type)],
            );
            let key = s.unwrap_key(kwp, aes, &wrapped, &template).works();
            assert_eq!(s.get(key, CKA_PUBLIC_KEY_INFO).works(), spki);
            let again = s.wrap(kwp, aes, key).works();
            assert_eq!(s.decrypt(kwp, aes, &again).works(), pkcs8);
            let other = if key_type == CKK_DSA { CKK_DH } else { CKK_DSA };
            let template = with(&template, &[a(CKA_KEY_TYPE, other)]);
            s.unwrap_key(kwp, aes, &wrapped, &template)
                .gives(CKR_WRAPPED_KEY_INVALID);
            let uses = [CKA_SIGN, CKA_DERIVE].map(|usage| s.flag(key, usage).works());
            let expected = match key_type {
                CKK_EC => [true, true],
                CKK_DSA | CKK_EC_EDWARDS => [true, false],
                _ => [false, true],
            };
            assert_eq!(uses, expected);
        }
    });
}

/// The public halves are those of the `ed25519-dalek` crate, and X25519 of the base point [RFC 7748, 5], which Wycheproof
/// judges elsewhere.
#[test]
fn pairs_on_25519_have_the_public_keys_that_belong_to_them() {
    isolated(|| {
        let s = user();
        let (public, private) = s
            .pair_on(CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED25519, &[], &open())
            .works();
        let seed: [u8; 32] = s.get(private, CKA_VALUE).works().try_into().unwrap();
        let key = ed25519_dalek::SigningKey::from_bytes(&seed);
        assert_eq!(
            s.get(public, CKA_EC_POINT).works(),
            key.verifying_key().as_bytes()
        );
        let (public, private) = s.x25519();
        let mut base = [0; 32];
        base[0] = 9;
        let key = s
            .derive(Mech::ecdh(CKD_NULL, b"", &base), private, &open_generic())
            .works();
        assert_eq!(taken(&s, key), s.get(public, CKA_EC_POINT).works());
    });
}

/// A digest by the `sha1` crate, a signature by the `p256` crate and the other way.
#[test]
fn ecdsa_with_sha1_is_accepted_by_another_implementation_and_the_other_way() {
    use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
    use sha1::{Digest, Sha1};
    isolated(|| {
        let s = user();
        let (public, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &open()).works();
        let key = p256::ecdsa::SigningKey::from_slice(&s.get(private, CKA_VALUE).works()).unwrap();
        let digest = Sha1::digest(b"message");
        let padded = [&[0; 12][..], &digest].concat();
        let ours = s.sign(Mech::new(CKM_ECDSA_SHA1), private, b"message").works();
        let ours = p256::ecdsa::Signature::from_slice(&ours).unwrap();
        key.verifying_key().verify_prehash(&padded, &ours).unwrap();
        let theirs: p256::ecdsa::Signature = key.sign_prehash(&padded).unwrap();
        s.verify(Mech::new(CKM_ECDSA_SHA1), public, b"message", &theirs.to_bytes())
            .works();
    });
}
