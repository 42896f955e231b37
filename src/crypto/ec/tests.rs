//! Known answers of others, and the `p256` crate as oracle.

use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};

use super::*;
use crate::crypto::testing::hex;

fn sign(key: &PrivateKey, digest: &[u8]) -> Vec<u8> {
    let mut out = vec![0; key.curve().signature_len()];
    key.sign(digest, &mut out).unwrap();
    out
}

fn public(key: &PrivateKey) -> PublicKey {
    PublicKey::from_point(key.curve(), &key.public_point().unwrap()).unwrap()
}

#[test]
fn every_curve_signs_digests_of_every_length() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate(curve).unwrap();
        let public = public(&key);
        for length in [0, 1, 20, 28, 32, 48, 64, 66, 67, 200] {
            let digest = vec![0xa5; length];
            let mut signature = sign(&key, &digest);
            public.verify(&digest, &signature).unwrap();
            let last = signature.len() - 1;
            signature[last] ^= 1;
            assert_eq!(
                public.verify(&digest, &signature),
                Err(Error::SignatureInvalid),
                "{curve:?} {length}"
            );
            assert_eq!(
                public.verify(&digest, &signature[1..]),
                Err(Error::SignatureLenRange)
            );
            assert_eq!(
                public.verify(&digest, &vec![0; signature.len()]),
                Err(Error::SignatureInvalid)
            );
            assert_eq!(
                public.verify(&digest, &vec![0xff; signature.len()]),
                Err(Error::SignatureInvalid)
            );
        }
    }
}

#[test]
fn a_long_digest_counts_by_its_leftmost_bits() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate(curve).unwrap();
        let digest: Vec<u8> = (0..100).collect();
        let signature = sign(&key, &digest);
        public(&key)
            .verify(&digest[..curve.order_len()], &signature)
            .unwrap();
    }
}

#[test]
fn a_short_digest_is_the_number_without_its_zeros() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate(curve).unwrap();
        let signature = sign(&key, &[9, 8, 7]);
        let padded = [vec![0; 20], vec![9, 8, 7]].concat();
        public(&key).verify(&padded, &signature).unwrap();
    }
}

#[test]
fn a_p256_signature_of_rfc_6979_is_accepted() {
    // [RFC 6979, A.2.5: SHA-256, message \"sample\"]
    let scalar = hex("C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721");
    let key = PrivateKey::from_scalar(Curve::P256, &scalar).unwrap();
    let point = hex(
        "0460FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6\
                     7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
    );
    assert_eq!(key.public_point().unwrap(), point);
    let signature = hex("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
                         F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8");
    let digest = hex("AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF");
    public(&key).verify(&digest, &signature).unwrap();
}

#[test]
fn the_p256_crate_and_this_one_accept_each_others_signatures() {
    let key = PrivateKey::generate(Curve::P256).unwrap();
    let oracle = p256::ecdsa::SigningKey::from_slice(&key.scalar().unwrap()).unwrap();
    assert_eq!(
        key.public_point().unwrap()[..],
        *oracle.verifying_key().to_sec1_point(false).as_bytes()
    );
    for filler in 0..20 {
        let digest = [filler; 32];
        let ours = p256::ecdsa::Signature::from_slice(&sign(&key, &digest)).unwrap();
        oracle.verifying_key().verify_prehash(&digest, &ours).unwrap();
        let theirs: p256::ecdsa::Signature = oracle.sign_prehash(&digest).unwrap();
        public(&key).verify(&digest, &theirs.to_bytes()).unwrap();
    }
}

#[test]
fn the_p256_crate_agrees_on_the_shared_secret() {
    // NIST CAVP, KAS_ECC_CDH_PrimitiveTest, P-256, count 0.
    let key = PrivateKey::from_scalar(
        Curve::P256,
        &hex("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"),
    )
    .unwrap();
    let peer = hex(
        "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287\
                    db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
    );
    let secret = key.shared_secret(&peer).unwrap();
    assert_eq!(
        secret[..],
        hex("46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b")
    );
    let oracle = p256::SecretKey::from_slice(&key.scalar().unwrap()).unwrap();
    let oracle_peer = p256::PublicKey::from_sec1_bytes(&peer).unwrap();
    assert_eq!(
        secret[..],
        oracle.diffie_hellman(&oracle_peer).raw_secret_bytes()[..]
    );
}

#[test]
fn both_sides_derive_one_secret_on_every_curve() {
    for curve in Curve::ALL {
        let (a, b) = (
            PrivateKey::generate(curve).unwrap(),
            PrivateKey::generate(curve).unwrap(),
        );
        let one = a.shared_secret(&b.public_point().unwrap()).unwrap();
        let two = b.shared_secret(&a.public_point().unwrap()).unwrap();
        assert_eq!(one, two);
        assert_eq!(one.len(), curve.field_len());
    }
}

#[test]
fn a_point_off_the_curve_is_refused() {
    for curve in Curve::ALL {
        let key = PrivateKey::generate(curve).unwrap();
        let mut point = key.public_point().unwrap();
        point[curve.point_len() - 1] ^= 1;
        assert!(matches!(
            PublicKey::from_point(curve, &point),
            Err(Error::PublicKeyInvalid(_))
        ));
        assert!(matches!(
            key.shared_secret(&point),
            Err(Error::PublicKeyInvalid(_))
        ));
        assert!(matches!(
            PublicKey::from_point(curve, &[0]),
            Err(Error::PublicKeyInvalid(_))
        ));
        assert!(matches!(
            PublicKey::from_point(curve, &[]),
            Err(Error::PublicKeyInvalid(_))
        ));
    }
}

#[test]
fn a_compressed_point_is_the_same_key() {
    for curve in Curve::ALL {
        let point = PrivateKey::generate(curve).unwrap().public_point().unwrap();
        let odd = point[curve.point_len() - 1] & 1;
        let compressed = [&[2 + odd], &point[1..=curve.field_len()]].concat();
        assert_eq!(
            PublicKey::from_point(curve, &compressed)
                .unwrap()
                .point()
                .unwrap(),
            point
        );
    }
}

#[test]
fn a_scalar_out_of_range_is_refused() {
    for curve in Curve::ALL {
        for scalar in [
            vec![0; curve.order_len()],
            vec![0xff; curve.order_len()],
            vec![1; curve.order_len() + 1],
        ] {
            assert!(
                matches!(PrivateKey::from_scalar(curve, &scalar), Err(Error::KeyInvalid(_))),
                "{curve:?}"
            );
        }
        let key = PrivateKey::from_scalar(curve, &[0, 0, 7]).unwrap();
        assert_eq!(key.scalar().unwrap().len(), curve.order_len());
        assert_eq!(
            PrivateKey::from_scalar(curve, &key.scalar().unwrap())
                .unwrap()
                .scalar(),
            key.scalar()
        );
    }
}

#[test]
fn a_secp256k1_signature_with_a_high_s_is_accepted() {
    let key = PrivateKey::generate(Curve::Secp256k1).unwrap();
    let digest = [3; 32];
    let signature = k256::ecdsa::Signature::from_slice(&sign(&key, &digest)).unwrap();
    let (r, s) = signature.split_scalars();
    let high = k256::ecdsa::Signature::from_scalars(r, -*s).unwrap();
    assert_ne!(high, signature);
    public(&key).verify(&digest, &high.to_bytes()).unwrap();
}

#[test]
fn curves_are_known_by_identifier_and_by_name() {
    for curve in Curve::ALL {
        assert_eq!(Curve::from_params(curve.oid_der()), Ok(curve));
    }
    assert_eq!(Curve::from_params(b"\x13\x09secp384r1"), Ok(Curve::P384));
    assert_eq!(Curve::from_params(b"\x13\x0aprime256v1"), Ok(Curve::P256));
    assert_eq!(
        Curve::from_params(b"\x13\x0fbrainpoolP384t1"),
        Ok(Curve::BrainpoolP384t1)
    );
    // secp192k1
    assert_eq!(
        Curve::from_params(b"\x06\x05\x2b\x81\x04\x00\x1f"),
        Err(Error::CurveNotSupported)
    );
}

#[test]
fn broken_curve_parameters_are_refused() {
    for params in [
        &b"\x30\x03\x02\x01\x01"[..],
        b"\x05\x00",
        b"",
        b"\x06",
        b"\x06\x05\x2b\x81",
        b"\x0c\x01a",
    ] {
        assert!(
            matches!(Curve::from_params(params), Err(Error::DomainParamsInvalid(_))),
            "{params:x?}"
        );
    }
}

#[test]
fn a_point_is_found_in_every_wrapping_by_its_length() {
    for curve in Curve::ALL {
        let raw = PrivateKey::generate(curve).unwrap().public_point().unwrap();
        let length = u8::try_from(raw.len()).unwrap();
        let (octets, bits) = if length < 0x80 {
            (
                [&[0x04, length], &raw[..]].concat(),
                [&[0x03, length + 1, 0], &raw[..]].concat(),
            )
        } else {
            (
                [&[0x04, 0x81, length], &raw[..]].concat(),
                [&[0x03, 0x81, length + 1, 0], &raw[..]].concat(),
            )
        };
        for form in [&raw, &octets, &bits] {
            assert_eq!(curve.strip_point(form).unwrap(), raw);
        }
        assert!(curve.strip_point(&octets[..octets.len() - 1]).is_err());
        assert!(curve.strip_point(&[]).is_err());
    }
}

/// What OpenSSL 3.0 writes (`openssl ecparam -param_enc explicit -outform DER`).
const EXPLICIT: [(Curve, &[u8]); 6] = [
    (Curve::P192, include_bytes!("vectors/prime192v1.explicit.der")),
    (Curve::P256, include_bytes!("vectors/prime256v1.explicit.der")),
    (Curve::Secp256k1, include_bytes!("vectors/secp256k1.explicit.der")),
    (Curve::P521, include_bytes!("vectors/secp521r1.explicit.der")),
    (
        Curve::BrainpoolP320t1,
        include_bytes!("vectors/brainpoolP320t1.explicit.der"),
    ),
    // With the base point compressed.
    (
        Curve::P384,
        include_bytes!("vectors/secp384r1.compressed.explicit.der"),
    ),
];

#[test]
fn explicit_parameters_of_a_named_curve_are_that_curve() {
    for (curve, der) in EXPLICIT {
        assert_eq!(Curve::from_params(der), Ok(curve));
    }
    let other = include_bytes!("vectors/secp192k1.explicit.der");
    assert_eq!(Curve::from_params(other), Err(Error::CurveNotSupported));
}

#[test]
fn explicit_parameters_that_differ_anywhere_are_no_curve() {
    // The base point counts as all others do: with another one anybody makes a key for a known public point
    // (CVE-2020-0601).
    for (curve, der) in EXPLICIT {
        let mut refused = 0;
        for at in 0..der.len() {
            let mut changed = der.to_vec();
            changed[at] ^= 1;
            refused += usize::from(Curve::from_params(&changed) != Ok(curve));
        }
        // What may change: the seed, which is not used, and the version.
        let seed = if curve == Curve::BrainpoolP320t1 || curve == Curve::Secp256k1 {
            0
        } else {
            21
        };
        assert!(
            refused + seed + 1 >= der.len(),
            "{curve:?}: {refused} of {}",
            der.len()
        );
        for length in 0..der.len() {
            assert!(matches!(
                Curve::from_params(&der[..length]),
                Err(Error::DomainParamsInvalid(_))
            ));
        }
        assert!(Curve::from_params(&[der, &[0]].concat()).is_err());
    }
}

#[test]
fn implicit_parameters_are_refused() {
    assert!(matches!(
        Curve::from_params(&[5, 0]),
        Err(Error::DomainParamsInvalid(_))
    ));
}

#[test]
fn every_curve_takes_points_in_every_form() {
    for curve in Curve::ALL {
        let (key, other) = (
            PrivateKey::generate(curve).unwrap(),
            PrivateKey::generate(curve).unwrap(),
        );
        let point = key.public_point().unwrap();
        let odd = point.last().unwrap() & 1;
        let compressed = [&[2 + odd], &point[1..=curve.field_len()]].concat();
        let hybrid = [&[6 + odd], &point[1..]].concat();
        let secret = other.shared_secret(&point).unwrap();
        for form in [&compressed, &hybrid] {
            assert_eq!(
                PublicKey::from_point(curve, form).unwrap().point().unwrap(),
                point
            );
            assert_eq!(other.shared_secret(form).unwrap()[..], secret[..]);
        }
        assert_eq!(
            key.shared_secret(&other.public_point().unwrap()).unwrap()[..],
            secret[..]
        );
        // The first byte says whether y is odd, and here it lies.
        let lie = [&[7 - odd], &point[1..]].concat();
        let mut beside = point.clone();
        *beside.last_mut().unwrap() ^= 2;
        for wrong in [
            &lie,
            &beside,
            &vec![0],
            &vec![],
            &point[..point.len() - 1].to_vec(),
        ] {
            assert!(PublicKey::from_point(curve, wrong).is_err(), "{curve:?}");
            assert!(matches!(
                other.shared_secret(wrong),
                Err(Error::PublicKeyInvalid(_))
            ));
        }
    }
}

#[test]
fn scalars_of_extra_bits_are_reduced_as_the_standard_says() {
    // Computed with Python's integers: c mod (n - 1) + 1 [FIPS 186-5, A.2.1].
    let order = Numbers::of(Curve::P256).n;
    let counting: Vec<u8> = (1..=40).collect();
    for (random, expected) in [
        (
            counting,
            "0e101214070605041155b315cb1c6f28abec21cff529b6e3d4e248eb668b4769",
        ),
        (
            vec![0xff; 40],
            "fffffffe00000001431905529c0166cd22159165b6faae71f756a572fc632550",
        ),
        (
            vec![0; 40],
            "0000000000000000000000000000000000000000000000000000000000000001",
        ),
    ] {
        assert_eq!(extra_bits::reduced(&random, &order).unwrap()[..], hex(expected));
    }
    for curve in Curve::ALL {
        let key = PrivateKey::generate_with_extra_bits(curve).unwrap();
        public(&key).verify(&[1; 20], &sign(&key, &[1; 20])).unwrap();
    }
}
