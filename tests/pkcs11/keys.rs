//! Making, importing, wrapping, unwrapping and deriving keys [PKCS#11 3.2, 4.8 to 4.12, 5.18, 6].

use crate::harness::*;

fn user() -> Session {
    Token::fresh().user()
}

const KWP: CK_MECHANISM_TYPE = CKM_AES_KEY_WRAP_KWP;

fn aes_template() -> Vec<CK_ATTRIBUTE> {
    vec![a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)]
}

fn generic_template() -> Vec<CK_ATTRIBUTE> {
    vec![a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_GENERIC_SECRET)]
}

fn open() -> Vec<CK_ATTRIBUTE> {
    vec![a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)]
}

/// GEN-1
#[test]
fn generation_names_what_is_missing_and_what_is_wrong() {
    isolated(|| {
        let s = user();
        let aes = Mech::new(CKM_AES_KEY_GEN);
        s.generate_key(aes, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        for length in [0, 8, 15, 17, 33, 1 << 40] {
            s.aes_with(length, &[]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        s.aes_with(16, &[a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_AES)])
            .works();
        s.aes_with(16, &[a(CKA_CLASS, CKO_DATA)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.aes_with(16, &[a(CKA_KEY_TYPE, CKK_DES3)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.aes_with(16, &[a(CKA_VALUE, &[1; 16])])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.generate_key(Mech::new(0xdead), &[])
            .gives(CKR_MECHANISM_INVALID);
        s.generate_key(Mech::new(CKM_AES_CBC), &[])
            .gives(CKR_MECHANISM_INVALID);
        s.generate_key(Mech::iv(CKM_AES_KEY_GEN, b"parameter"), &[a(CKA_VALUE_LEN, 16)])
            .gives(CKR_MECHANISM_PARAM_INVALID);
        let rsa = Mech::new(CKM_RSA_PKCS_KEY_PAIR_GEN);
        s.generate_pair(rsa, &[], &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        for bits in [0, 8, 511, 16_385, 1 << 40] {
            s.rsa_with(bits, &[], &[]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
        // "CKR_TEMPLATE_INCONSISTENT shall be returned" [PKCS#11 3.2, 6.1.4]; of X9.31 the text says nothing.
        for exponent in [&b"\x02"[..], b"\x04", b"\x00", b"\x01", b""] {
            let exponent = [a(CKA_PUBLIC_EXPONENT, exponent)];
            s.rsa_with(1024, &exponent, &[]).gives(CKR_TEMPLATE_INCONSISTENT);
            let public = [a(CKA_MODULUS_BITS, 1024_u64), exponent[0]];
            s.generate_pair(Mech::new(CKM_RSA_X9_31_KEY_PAIR_GEN), &public, &[])
                .gives(CKR_TEMPLATE_INCONSISTENT);
        }
        let (public, _) = s.rsa_with(1024, &[a(CKA_PUBLIC_EXPONENT, b"\x03")], &[]).works();
        assert_eq!(s.get(public, CKA_PUBLIC_EXPONENT).works(), b"\x03");
        let ec = Mech::new(CKM_EC_KEY_PAIR_GEN);
        s.generate_pair(ec, &[], &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        let unknown = hex("06052b81040009");
        for (params, code) in [
            (&unknown[..], CKR_CURVE_NOT_SUPPORTED),
            (curve::ED25519, CKR_CURVE_NOT_SUPPORTED),
            (b"", CKR_DOMAIN_PARAMS_INVALID),
            (b"\x06", CKR_DOMAIN_PARAMS_INVALID),
            (b"\x30\x03\x02\x01\x01", CKR_DOMAIN_PARAMS_INVALID),
        ] {
            s.pair_on(CKM_EC_KEY_PAIR_GEN, params, &[], &[]).gives(code);
        }
        s.pair_on(CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::P256, &[], &[])
            .gives(CKR_CURVE_NOT_SUPPORTED);
    });
}

/// GEN-1: sizes from legacy to large.
#[test]
fn rsa_pairs_are_made_in_many_sizes() {
    isolated(|| {
        let s = user();
        for bits in [512, 768, 1024, 1536, 2048, 3072] {
            let (public, private) = s.rsa_with(bits, &[], &[]).works();
            assert_eq!(s.number(public, CKA_MODULUS_BITS).works(), bits);
            let signature = s.sign(Mech::new(CKM_RSA_PKCS), private, b"x").works();
            s.verify(Mech::new(CKM_RSA_PKCS), public, b"x", &signature)
                .works();
        }
    });
}

/// GEN-1
#[test]
fn ec_pairs_are_made_on_every_curve() {
    isolated(|| {
        let s = user();
        for (curve, bits) in curve::WEIERSTRASS {
            let (public, private) = s.ec(curve);
            assert_eq!(s.get(public, CKA_EC_PARAMS).works(), curve);
            assert_eq!(s.get(private, CKA_EC_PARAMS).works(), curve);
            let point = s.get(public, CKA_EC_POINT).works();
            let raw = 1 + 2 * usize::div_ceil(bits, 8);
            assert_eq!(point[0], 0x04, "a DER octet string");
            assert_eq!(point.len(), raw + if raw < 128 { 2 } else { 3 });
            assert_eq!(point[point.len() - raw], 0x04, "of an uncompressed point");
        }
        for (mechanism, forms) in [
            (CKM_EC_EDWARDS_KEY_PAIR_GEN, [curve::ED25519, curve::ED25519_NAME]),
            (
                CKM_EC_MONTGOMERY_KEY_PAIR_GEN,
                [curve::X25519, curve::X25519_NAME],
            ),
        ] {
            for params in forms {
                let (public, _) = s.pair_on(mechanism, params, &[], &[]).works();
                assert_eq!(s.get(public, CKA_EC_POINT).works().len(), 32, "raw");
            }
        }
    });
}

/// GEN-2
#[test]
fn the_halves_of_a_pair_have_their_own_labels() {
    isolated(|| {
        let s = user();
        let (public, private) = s
            .pair_on(
                CKM_EC_KEY_PAIR_GEN,
                curve::P256,
                &[a(CKA_LABEL, "p"), a(CKA_ID, b"1")],
                &[a(CKA_LABEL, "q")],
            )
            .works();
        assert_eq!(s.get(public, CKA_LABEL).works(), b"p");
        assert_eq!(s.get(private, CKA_LABEL).works(), b"q");
        assert_eq!(s.get(private, CKA_ID).works(), b"");
    });
}

/// [PKCS#11 3.2, 6.18] wants an error; clients bring such keys. With the parity bits right or wrong the cipher is one.
#[test]
fn des_keys_of_any_parity_are_imported_and_unwrapped_as_they_are() {
    isolated(|| {
        let s = user();
        let aes = s.aes(32);
        let odd = hex("0123456789abcdeffedcba98765432100123456789abcdef");
        let even: Vec<u8> = odd.iter().map(|byte| byte ^ 1).collect();
        let ecb = Mech::new(CKM_DES3_ECB);
        for (key_type, length) in [(CKK_DES2, 16), (CKK_DES3, 24)] {
            let right = s
                .encrypt(ecb, s.import(key_type, &odd[..length]), &[7; 16])
                .works();
            let key = s.import(key_type, &even[..length]);
            assert_eq!(s.get(key, CKA_VALUE).works(), even[..length]);
            assert_eq!(s.encrypt(ecb, key, &[7; 16]).works(), right);
            let blob = s.wrap(Mech::new(KWP), aes, key).works();
            let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, key_type)];
            let back = s.unwrap_key(Mech::new(KWP), aes, &blob, &with(&template, &open()));
            assert_eq!(s.get(back.works(), CKA_VALUE).works(), even[..length]);
        }
        s.import(CKK_DES, &even[..8]);
    });
}

/// Choices, DES3 generation.
#[test]
fn des_keys_may_name_the_length_that_they_have_anyway() {
    isolated(|| {
        let s = user();
        for (mechanism, length) in [(CKM_DES2_KEY_GEN, 16), (CKM_DES3_KEY_GEN, 24)] {
            let key = s.generate_key(Mech::new(mechanism), &open()).works();
            let value = s.get(key, CKA_VALUE).works();
            assert_eq!(value.len(), length);
            assert!(value.iter().all(|byte| byte.count_ones() % 2 == 1), "odd parity");
            s.generate_key(Mech::new(mechanism), &[a(CKA_VALUE_LEN, length as CK_ULONG)])
                .works();
            s.generate_key(Mech::new(mechanism), &[a(CKA_VALUE_LEN, 8)])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}

/// KAT-1
#[test]
fn an_rsa_key_is_imported_with_and_without_its_crt_parts() {
    isolated(|| {
        let s = user();
        let public = s
            .create(&[
                a(CKA_CLASS, CKO_PUBLIC_KEY),
                a(CKA_KEY_TYPE, CKK_RSA),
                rsa_template()[2],
                a(CKA_PUBLIC_EXPONENT, hex("010001")),
            ])
            .works();
        assert_eq!(s.number(public, CKA_MODULUS_BITS).works(), 2048);
        let full = with(&rsa_template(), &rsa_crt());
        let mut zeros = hex("0000");
        zeros.extend(s.get(public, CKA_MODULUS).works());
        for template in [
            rsa_template(),
            full.clone(),
            with(&full, &[a(CKA_MODULUS, zeros)]),
        ] {
            let private = s.create(&template).works();
            let signature = s.sign(Mech::new(CKM_SHA256_RSA_PKCS), private, b"x").works();
            s.verify(Mech::new(CKM_SHA256_RSA_PKCS), public, b"x", &signature)
                .works();
            assert_eq!(s.get(private, CKA_MODULUS).works().len(), 256);
        }
        for missing in [CKA_MODULUS, CKA_PUBLIC_EXPONENT, CKA_PRIVATE_EXPONENT] {
            s.create(&without(&full, &[missing]))
                .gives(CKR_TEMPLATE_INCOMPLETE);
        }
        for part in rsa_crt() {
            let wrong = with(&full, &[a(part.type_, hex("0b"))]);
            s.create(&wrong).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}

fn ec_public(curve: &[u8], point: &[u8]) -> Vec<CK_ATTRIBUTE> {
    vec![
        a(CKA_CLASS, CKO_PUBLIC_KEY),
        a(CKA_KEY_TYPE, CKK_EC),
        a(CKA_EC_PARAMS, curve),
        a(CKA_EC_POINT, point),
    ]
}

/// KAT-2; choices, EC points.
#[test]
fn a_public_point_is_taken_in_every_form_of_the_field() {
    isolated(|| {
        let s = user();
        for (curve, _) in curve::WEIERSTRASS {
            let (public, private) = s.ec(curve);
            let der = s.get(public, CKA_EC_POINT).works();
            let raw = der[if der[1] == 0x81 { 3 } else { 2 }..].to_vec();
            let mut bits = vec![0x03];
            if raw.len() + 1 < 128 {
                bits.push(raw.len() as u8 + 1)
            } else {
                bits.extend([0x81, raw.len() as u8 + 1])
            }
            bits.push(0);
            bits.extend(&raw);
            let signature = s.sign(Mech::new(CKM_ECDSA), private, &[7; 28]).works();
            for form in [&der, &raw, &bits] {
                let imported = s.create(&ec_public(curve, form)).works();
                s.verify(Mech::new(CKM_ECDSA), imported, &[7; 28], &signature)
                    .works();
                assert_eq!(
                    s.get(imported, CKA_EC_POINT).works(),
                    der,
                    "always given as a DER octet string"
                );
            }
            let mut off = der.clone();
            *off.last_mut().unwrap() ^= 1;
            for wrong in [&off[..], &raw[..raw.len() - 1], b""] {
                let answer = s
                    .create(&ec_public(curve, wrong))
                    .and_then(|key| s.verify(Mech::new(CKM_ECDSA), key, &[7; 28], &signature));
                assert!(answer.is_err(), "a point that is not on the curve");
            }
        }
    });
}

/// KAT-2
#[test]
fn an_edwards_point_is_told_apart_from_der_by_its_length() {
    isolated(|| {
        let s = user();
        let (public, private) = s.ed25519();
        let raw = s.get(public, CKA_EC_POINT).works();
        let signature = s.sign(Mech::new(CKM_EDDSA), private, b"x").works();
        let octets = [&[0x04, 0x20][..], &raw].concat();
        let bits = [&[0x03, 0x21, 0x00][..], &raw].concat();
        for form in [&raw, &octets, &bits] {
            let template = with(
                &ec_public(curve::ED25519, form),
                &[a(CKA_KEY_TYPE, CKK_EC_EDWARDS)],
            );
            let imported = s.create(&template).works();
            s.verify(Mech::new(CKM_EDDSA), imported, b"x", &signature).works();
            assert_eq!(s.get(imported, CKA_EC_POINT).works(), raw);
        }
        let looks_like_der = [&[0x04, 0x1e][..], &raw[2..]].concat();
        let template = with(
            &ec_public(curve::ED25519, &looks_like_der),
            &[a(CKA_KEY_TYPE, CKK_EC_EDWARDS)],
        );
        if let Ok(key) = s.create(&template) {
            assert_eq!(
                s.get(key, CKA_EC_POINT).works(),
                looks_like_der,
                "32 bytes are the raw key, whatever they look like"
            );
        }
    });
}

/// Points of Edwards and Montgomery keys are octet strings for clients of PKCS#11 3.0, if the configuration says so.
#[test]
fn raw_points_are_told_as_octet_strings_where_the_configuration_wants_it() {
    isolated_with("[strictness]\nec_point_encoding = \"der\"\n", || {
        let s = user();
        for (mechanism, curve) in [
            (CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED25519),
            (CKM_EC_MONTGOMERY_KEY_PAIR_GEN, curve::X25519),
        ] {
            let (public, private) = s.pair_on(mechanism, curve, &[], &[]).works();
            let point = s.get(public, CKA_EC_POINT).works();
            assert_eq!((point.len(), &point[..2]), (34, &[0x04, 0x20][..]));
            assert_eq!(s.get(private, CKA_EC_POINT).works(), point);
            let copy = s.copy(public, &[]).works();
            assert_eq!(s.get(copy, CKA_EC_POINT).works(), point);
        }
        let (public, _) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &[]).works();
        let point = s.get(public, CKA_EC_POINT).works();
        assert_eq!(
            (point.len(), &point[..3]),
            (67, &[0x04, 0x41, 0x04][..]),
            "once only"
        );
    });
}

/// A search takes a point in either form, whatever the configuration says of answers.
#[test]
fn a_key_is_found_by_its_point_in_either_form() {
    isolated(|| {
        let s = user();
        let token = [a(CKA_TOKEN, true)];
        for curve in [curve::ED25519, curve::P256] {
            let mechanism = match curve {
                curve::P256 => CKM_EC_KEY_PAIR_GEN,
                _ => CKM_EC_EDWARDS_KEY_PAIR_GEN,
            };
            for place in [&[][..], &token] {
                let (public, private) = s.pair_on(mechanism, curve, place, place).works();
                let told = s.get(public, CKA_EC_POINT).works();
                let wrapped = [&[0x04, 0x20][..], &told].concat();
                let forms = if told.len() == 32 {
                    vec![&told, &wrapped]
                } else {
                    vec![&told]
                };
                for form in forms {
                    let mut found = s.find(&[a(CKA_EC_POINT, &form[..])]).works();
                    found.sort();
                    assert_eq!(found, [public.min(private), public.max(private)]);
                }
            }
        }
    });
}

/// GnuTLS asks for Ed25519 pairs with the mechanism that signs, crypto11 for HMAC keys with nCipher's numbers.
#[test]
fn generations_have_the_names_that_clients_give_them() {
    isolated(|| {
        let s = user();
        let (public, private) = s.pair_on(CKM_EDDSA, curve::ED25519, &[], &[]).works();
        for key in [public, private] {
            let made_by = s.number(key, CKA_KEY_GEN_MECHANISM).works();
            assert_eq!(made_by, CKM_EC_EDWARDS_KEY_PAIR_GEN);
        }
        let signature = s.sign(Mech::new(CKM_EDDSA), private, b"x").works();
        s.verify(Mech::new(CKM_EDDSA), public, b"x", &signature).works();
        for (added, made_by, key_type) in [
            (0x03, CKM_SHA_1_KEY_GEN, CKK_SHA_1_HMAC),
            (0x24, CKM_SHA224_KEY_GEN, CKK_SHA224_HMAC),
            (0x25, CKM_SHA256_KEY_GEN, CKK_SHA256_HMAC),
            (0x26, CKM_SHA384_KEY_GEN, CKK_SHA384_HMAC),
            (0x27, CKM_SHA512_KEY_GEN, CKK_SHA512_HMAC),
        ] {
            let ncipher = Mech::new(0xde43_6972 + added);
            let key = s.generate_key(ncipher, &[a(CKA_VALUE_LEN, 32)]).works();
            assert_eq!(s.number(key, CKA_KEY_GEN_MECHANISM).works(), made_by);
            assert_eq!(s.number(key, CKA_KEY_TYPE).works(), key_type);
        }
    });
}

/// Who brings a key along in the clear may have it wrapped; a key of the token stays unless the template says otherwise.
#[test]
fn a_secret_key_of_the_session_that_is_imported_may_leave() {
    isolated(|| {
        let s = user();
        for (token, extractable) in [(false, true), (true, false)] {
            let template = [
                a(CKA_CLASS, CKO_SECRET_KEY),
                a(CKA_KEY_TYPE, CKK_AES),
                a(CKA_VALUE, &[7u8; 16]),
                a(CKA_TOKEN, token),
            ];
            let key = s.create(&template).works();
            assert_eq!(s.flag(key, CKA_EXTRACTABLE).works(), extractable);
            assert!(s.flag(key, CKA_SENSITIVE).works());
            assert!(!s.flag(key, CKA_NEVER_EXTRACTABLE).works());
        }
    });
}

/// KAT-3
#[test]
fn both_sides_of_a_key_agreement_get_the_same_secret() {
    isolated(|| {
        let s = user();
        let template = with(&generic_template(), &open());
        for (curve, bits) in curve::WEIERSTRASS {
            let ((p1, k1), (p2, k2)) = (s.ec(curve), s.ec(curve));
            let (point1, point2) = (s.get(p1, CKA_EC_POINT).works(), s.get(p2, CKA_EC_POINT).works());
            let raw2 = &point2[if point2[1] == 0x81 { 3 } else { 2 }..];
            let kdfs = [
                CKD_NULL,
                CKD_SHA1_KDF,
                CKD_SHA224_KDF,
                CKD_SHA256_KDF,
                CKD_SHA384_KDF,
                CKD_SHA512_KDF,
            ];
            for kdf in kdfs {
                let shared: &[u8] = if kdf == CKD_NULL { b"" } else { b"shared info" };
                let template = if kdf == CKD_NULL {
                    template.clone()
                } else {
                    with(&template, &[a(CKA_VALUE_LEN, 40)])
                };
                let derive = |key, point: &[u8]| {
                    s.get(
                        s.derive(Mech::ecdh(kdf, shared, point), key, &template).works(),
                        CKA_VALUE,
                    )
                    .works()
                };
                let secret = derive(k1, raw2);
                assert_eq!(secret, derive(k1, &point2), "raw and DER");
                assert_eq!(secret, derive(k2, &point1));
                assert_eq!(
                    secret.len(),
                    if kdf == CKD_NULL {
                        usize::div_ceil(bits, 8)
                    } else {
                        40
                    }
                );
            }
            let short = with(&template, &[a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 16)]);
            let whole = s
                .get(
                    s.derive(Mech::ecdh(CKD_NULL, b"", raw2), k1, &template).works(),
                    CKA_VALUE,
                )
                .works();
            let key = s.derive(Mech::ecdh(CKD_NULL, b"", raw2), k1, &short).works();
            assert_eq!(
                s.get(key, CKA_VALUE).works(),
                whole[whole.len() - 16..],
                "shortened from the leading end"
            );
        }
    });
}

/// KAT-3, DRV-1; choices, "Generic secrets by derivation".
#[test]
fn a_generic_secret_agreed_on_without_a_length_has_that_of_the_secret_or_of_the_hash() {
    isolated(|| {
        let s = user();
        let ((_, private), (public, _)) = (s.ec(curve::P521), s.ec(curve::P521));
        let point = s.get(public, CKA_EC_POINT).works();
        let lengths = [
            (CKD_NULL, 66),
            (CKD_SHA1_KDF, 20),
            (CKD_SHA224_KDF, 28),
            (CKD_SHA256_KDF, 32),
            (CKD_SHA384_KDF, 48),
            (CKD_SHA512_KDF, 64),
        ];
        for (kdf, length) in lengths {
            let derive = |more: &[CK_ATTRIBUTE]| {
                let template = with(&with(&generic_template(), &open()), more);
                s.derive(Mech::ecdh(kdf, b"", &point), private, &template)
            };
            let untold = derive(&[]).works();
            assert_eq!(s.number(untold, CKA_VALUE_LEN).works(), length);
            let told = derive(&[a(CKA_VALUE_LEN, length)]).works();
            assert_eq!(s.get(untold, CKA_VALUE).works(), s.get(told, CKA_VALUE).works());
            derive(&[a(CKA_KEY_TYPE, CKK_AES)]).gives(CKR_TEMPLATE_INCOMPLETE);
        }
    });
}

/// KAT-3
#[test]
fn x25519_agrees_and_refuses_points_that_give_nothing() {
    isolated(|| {
        let s = user();
        let ((p1, k1), (p2, k2)) = (s.x25519(), s.x25519());
        let template = with(&generic_template(), &open());
        let derive = |key, point: &[u8]| s.derive(Mech::ecdh(CKD_NULL, b"", point), key, &template);
        let value = |key| s.get(key, CKA_VALUE).works();
        let (point1, point2) = (s.get(p1, CKA_EC_POINT).works(), s.get(p2, CKA_EC_POINT).works());
        assert_eq!(
            value(derive(k1, &point2).works()),
            value(derive(k2, &point1).works())
        );
        derive(k1, &[0; 32]).gives(CKR_MECHANISM_PARAM_INVALID);
        derive(k1, &[1; 31]).gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// KAT-3
#[test]
fn a_peer_point_that_is_not_on_the_curve_is_refused() {
    isolated(|| {
        let s = user();
        let (public, private) = s.ec(curve::P256);
        let mut point = s.get(public, CKA_EC_POINT).works();
        *point.last_mut().unwrap() ^= 1;
        let derive = |point: &[u8]| s.derive(Mech::ecdh(CKD_NULL, b"", point), private, &generic_template());
        derive(&point).gives(CKR_MECHANISM_PARAM_INVALID);
        for wrong in [&[][..], &[4; 64], &[0], &point[..40]] {
            derive(wrong).gives(CKR_MECHANISM_PARAM_INVALID);
        }
        s.derive(Mech::ecdh(99, b"", &point), private, &generic_template())
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(
            Mech::ecdh(CKD_NULL, b"data", &point),
            private,
            &generic_template(),
        )
        .gives(CKR_MECHANISM_PARAM_INVALID);
    });
}

/// KAT-4
#[test]
fn a_key_has_the_check_value_of_the_standard() {
    isolated(|| {
        let s = user();
        let aes = s.import(CKK_AES, &hex("000102030405060708090a0b0c0d0e0f"));
        assert_eq!(s.get(aes, CKA_CHECK_VALUE).works(), hex("c6a13b"));
        let zero = s.encrypt(Mech::new(CKM_AES_ECB), aes, &[0; 16]).works();
        assert_eq!(zero[..3], hex("c6a13b"));
        let des = s.import(CKK_DES3, &hex("0123456789abcdeffedcba98765432100123456789abcdef"));
        let zero = s.encrypt(Mech::new(CKM_DES3_ECB), des, &[0; 8]).works();
        assert_eq!(s.get(des, CKA_CHECK_VALUE).works(), zero[..3]);
        let generic = s.import(CKK_GENERIC_SECRET, b"abc");
        assert_eq!(s.get(generic, CKA_CHECK_VALUE).works(), hex("a9993e"), "of SHA-1");
        let template = open_secret(CKK_AES, &hex("000102030405060708090a0b0c0d0e0f"));
        s.create(&with(&template, &[a(CKA_CHECK_VALUE, hex("c6a13b"))]))
            .works();
        s.create(&with(&template, &[a(CKA_CHECK_VALUE, hex("c6a13c"))]))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        let none = s.create(&with(&template, &[a(CKA_CHECK_VALUE, b"")])).works();
        assert_eq!(s.get(none, CKA_CHECK_VALUE).unwrap_or_default(), b"");
    });
}

/// KAT-5
#[test]
fn a_private_key_knows_its_public_key() {
    isolated(|| {
        let s = user();
        let (public, private) = s.ec(curve::P256);
        let info = s.get(private, CKA_PUBLIC_KEY_INFO).works();
        let point = s.get(public, CKA_EC_POINT).works();
        assert_eq!(info[0], 0x30);
        assert!(
            info.ends_with(&point[2..]),
            "the point ends a SubjectPublicKeyInfo"
        );
        let (_, rsa) = s.rsa();
        let modulus = s.get(rsa, CKA_MODULUS).works();
        let info = s.get(rsa, CKA_PUBLIC_KEY_INFO).works();
        assert!(info.windows(256).any(|window| window == modulus));
    });
}

/// KAT-5: the encoding of another key is refused, whatever makes the key, and an empty one is filled.
#[test]
fn a_private_key_takes_the_encoding_of_its_own_public_key_alone() {
    isolated(|| {
        let s = user();
        let shown = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let (public, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &shown).works();
        let own = s.get(private, CKA_PUBLIC_KEY_INFO).works();
        let other = s.get(s.ec(curve::P256).1, CKA_PUBLIC_KEY_INFO).works();
        let told = |info: &[u8]| [a(CKA_PUBLIC_KEY_INFO, info)];
        let components = [
            a(CKA_CLASS, CKO_PRIVATE_KEY),
            a(CKA_KEY_TYPE, CKK_EC),
            a(CKA_EC_PARAMS, curve::P256),
            a(CKA_VALUE, s.get(private, CKA_VALUE).works()),
        ];
        let named = &components[..2];
        let kek = s.aes(32);
        let blob = s.wrap(Mech::new(KWP), kek, private).works();
        let unwrap = |template: &[CK_ATTRIBUTE]| s.unwrap_key(Mech::new(KWP), kek, &blob, template);
        for info in [&own[..], b""] {
            for key in [
                s.create(&with(&components, &told(info))),
                unwrap(&with(named, &told(info))),
            ] {
                assert_eq!(s.get(key.works(), CKA_PUBLIC_KEY_INFO).works(), own);
            }
        }
        let wrong = told(&other);
        s.create(&with(&components, &wrong))
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        unwrap(&with(named, &wrong)).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.set(private, &wrong).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.copy(private, &wrong).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.set(private, &told(&own)).works();
        let point = [a(CKA_EC_POINT, s.get(public, CKA_EC_POINT).works())];
        let public = [&[a(CKA_CLASS, CKO_PUBLIC_KEY)], &components[1..3], &point, &wrong].concat();
        s.create(&public).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        for (public, private) in [(&wrong[..], &[][..]), (&[], &wrong)] {
            s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, public, private)
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}

/// KAT-6
#[test]
fn dates_are_dates_or_empty_and_forbid_nothing() {
    isolated(|| {
        let s = user();
        let past = [a(CKA_START_DATE, "20010101"), a(CKA_END_DATE, "20020101")];
        let key = s.aes_with(16, &past).works();
        assert_eq!(s.get(key, CKA_END_DATE).works(), b"20020101");
        s.encrypt(Mech::new(CKM_AES_ECB), key, &[0; 16]).works();
        s.aes_with(16, &[a(CKA_START_DATE, "")]).works();
        s.set(key, &[a(CKA_END_DATE, "20240229")]).works();
        for wrong in [
            "2001010", "2001-1-1", "20011301", "20010132", "abcdefgh", "20260231", "20230229", "20260431",
        ] {
            s.aes_with(16, &[a(CKA_START_DATE, wrong)])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
            s.set(key, &[a(CKA_END_DATE, wrong)])
                .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        }
    });
}

/// KAT-7; choices, CKA_ALLOWED_MECHANISMS.
#[test]
fn allowed_mechanisms_hold_for_every_use() {
    isolated(|| {
        let s = user();
        let nothing = s.aes_with(16, &[a(CKA_ALLOWED_MECHANISMS, b"")]).works();
        let target = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        for class in [Class::Encrypt, Class::Decrypt] {
            s.begin(class, Mech::new(CKM_AES_ECB), nothing)
                .gives(CKR_MECHANISM_INVALID);
        }
        for class in [Class::Sign, Class::Verify] {
            s.begin(class, Mech::new(CKM_AES_CMAC), nothing)
                .gives(CKR_MECHANISM_INVALID);
        }
        s.wrap(Mech::new(KWP), nothing, target)
            .gives(CKR_MECHANISM_INVALID);
        s.unwrap_key(Mech::new(KWP), nothing, &[0; 24], &aes_template())
            .gives(CKR_MECHANISM_INVALID);
        let only = |mechanism: CK_MECHANISM_TYPE| [a(CKA_ALLOWED_MECHANISMS, &[mechanism][..])];
        let (public, private) = s
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &only(CKM_ECDSA))
            .works();
        let point = s.get(public, CKA_EC_POINT).works();
        s.derive(Mech::ecdh(CKD_NULL, b"", &point), private, &generic_template())
            .gives(CKR_MECHANISM_INVALID);
        s.sign(Mech::new(CKM_ECDSA), private, &[7; 32]).works();
        // Encapsulation is another use; how the key was made is not.
        let (public, _) = s
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &only(CKM_ECDSA), &[])
            .works();
        s.encapsulate(Mech::ecdh(CKD_NULL, b"", b""), public, &generic_template())
            .gives(CKR_MECHANISM_INVALID);
        assert_eq!(
            s.number(private, CKA_KEY_GEN_MECHANISM).works(),
            CKM_EC_KEY_PAIR_GEN
        );
    });
}

/// KAT-8
#[test]
fn each_usage_flag_permits_its_function_and_no_other() {
    isolated(|| {
        let s = user();
        let target = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        let flags = [
            CKA_ENCRYPT,
            CKA_DECRYPT,
            CKA_SIGN,
            CKA_VERIFY,
            CKA_WRAP,
            CKA_UNWRAP,
        ];
        for only in flags {
            let template: Vec<_> = flags.iter().map(|flag| a(*flag, *flag == only)).collect();
            let key = s.aes_with(16, &template).works();
            let forbidden = |flag, answer: CK_RV| {
                let refused = answer == CKR_KEY_FUNCTION_NOT_PERMITTED;
                assert_eq!(
                    refused,
                    flag != only,
                    "{} with only {}: {}",
                    attribute_name(flag),
                    attribute_name(only),
                    name(answer)
                );
            };
            let (ecb, cmac) = (Mech::new(CKM_AES_ECB), Mech::new(CKM_AES_CMAC));
            forbidden(CKA_ENCRYPT, s.begin(Class::Encrypt, ecb, key).rv());
            forbidden(CKA_DECRYPT, s.begin(Class::Decrypt, ecb, key).rv());
            forbidden(CKA_SIGN, s.begin(Class::Sign, cmac, key).rv());
            forbidden(CKA_VERIFY, s.begin(Class::Verify, cmac, key).rv());
            forbidden(CKA_WRAP, s.wrap(Mech::new(KWP), key, target).rv());
            forbidden(
                CKA_UNWRAP,
                s.unwrap_key(Mech::new(KWP), key, &[0; 24], &aes_template()).rv(),
            );
            s.cancel(CKF_ENCRYPT | CKF_DECRYPT | CKF_SIGN | CKF_VERIFY)
                .works();
        }
        let (public, private) = s
            .pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &[a(CKA_DERIVE, false)])
            .works();
        let point = s.get(public, CKA_EC_POINT).works();
        s.derive(Mech::ecdh(CKD_NULL, b"", &point), private, &generic_template())
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
    });
}

/// WRP-1
#[test]
fn wrapping_refuses_each_wrong_key_with_its_code() {
    isolated(|| {
        let s = user();
        let (kek, secret) = (s.aes(32), s.secret(32));
        let target = s.aes_with(16, &[a(CKA_EXTRACTABLE, true)]).works();
        let kwp = Mech::new(KWP);
        s.wrap(kwp, kek, target).works();
        s.wrap(kwp, kek, s.aes(16)).gives(CKR_KEY_UNEXTRACTABLE);
        s.wrap(kwp, secret, target)
            .gives(CKR_WRAPPING_KEY_TYPE_INCONSISTENT);
        s.wrap(kwp, 99_999, target).gives(CKR_WRAPPING_KEY_HANDLE_INVALID);
        s.wrap(kwp, kek, 99_999).gives(CKR_KEY_HANDLE_INVALID);
        s.wrap(kwp, s.aes_with(16, &[a(CKA_WRAP, false)]).works(), target)
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.wrap(Mech::new(CKM_SHA256), kek, target)
            .gives(CKR_MECHANISM_INVALID);
        let trusted_only = s
            .aes_with(16, &[a(CKA_EXTRACTABLE, true), a(CKA_WRAP_WITH_TRUSTED, true)])
            .works();
        s.wrap(kwp, kek, trusted_only).gives(CKR_KEY_NOT_WRAPPABLE);
        let (public, _) = s.rsa_with(1024, &[], &[]).works();
        let long = s.import(CKK_GENERIC_SECRET, &[1; 200]);
        s.wrap(Mech::new(CKM_RSA_PKCS), public, long)
            .gives(CKR_KEY_SIZE_RANGE);
        s.wrap(
            Mech::new(CKM_AES_KEY_WRAP),
            kek,
            s.import(CKK_GENERIC_SECRET, &[1; 8]),
        )
        .gives(CKR_KEY_SIZE_RANGE);
    });
}

/// WRP-1
#[test]
fn a_trusted_key_wraps_what_asks_for_trust() {
    isolated(|| {
        let s = user();
        s.aes_with(
            32,
            &[a(CKA_TOKEN, true), a(CKA_PRIVATE, false), a(CKA_LABEL, "kek")],
        )
        .works();
        s.logout().works();
        s.login(CKU_SO, SO_PIN).works();
        s.set(s.find(&[a(CKA_LABEL, "kek")]).works()[0], &[a(CKA_TRUSTED, true)])
            .works();
        s.logout().works();
        s.login(CKU_USER, USER_PIN).works();
        let kek = s.find(&[a(CKA_LABEL, "kek")]).works()[0];
        let key = s
            .aes_with(16, &[a(CKA_EXTRACTABLE, true), a(CKA_WRAP_WITH_TRUSTED, true)])
            .works();
        s.wrap(Mech::new(KWP), kek, key).works();
    });
}

/// WRP-1
#[test]
fn a_wrap_template_decides_which_keys_are_wrapped() {
    isolated(|| {
        let s = user();
        let kek = s
            .aes_with(
                32,
                &[nested(
                    CKA_WRAP_TEMPLATE,
                    &[a(CKA_LABEL, "may leave"), a(CKA_KEY_TYPE, CKK_AES)],
                )],
            )
            .works();
        let may = s
            .aes_with(16, &[a(CKA_EXTRACTABLE, true), a(CKA_LABEL, "may leave")])
            .works();
        let stays = s
            .aes_with(16, &[a(CKA_EXTRACTABLE, true), a(CKA_LABEL, "stays")])
            .works();
        s.wrap(Mech::new(KWP), kek, may).works();
        s.wrap(Mech::new(KWP), kek, stays).gives(CKR_KEY_HANDLE_INVALID);
        let reason = "CKA_WRAP_TEMPLATE does not admit the key: CKA_LABEL has another value";
        assert!(log().contains(reason), "{}", log());
        // Key material is not compared, and what the key has not is said to be missing.
        for (attribute, reason) in [
            (
                a(CKA_VALUE, &[1; 16]),
                "CKA_VALUE is key material, which is not compared",
            ),
            (
                a(CKA_MODULUS_BITS, 2048 as CK_ULONG),
                "CKA_MODULUS_BITS is not there",
            ),
        ] {
            let kek = s.aes_with(32, &[nested(CKA_WRAP_TEMPLATE, &[attribute])]).works();
            s.wrap(Mech::new(KWP), kek, may).gives(CKR_KEY_HANDLE_INVALID);
            assert!(log().contains(reason), "{}", log());
        }
    });
}

/// WRP-1, UNW-1: every wrapping mechanism, with secret keys and private keys where they fit.
#[test]
fn what_was_wrapped_is_unwrapped_to_the_same_key() {
    isolated(|| {
        let s = user();
        let (aes, des3) = (
            s.aes(32),
            s.generate_key(Mech::new(CKM_DES3_KEY_GEN), &[]).works(),
        );
        let (public, private) = s.rsa();
        let target = s.import(CKK_AES, &(0..32).collect::<Vec<u8>>());
        let gcm = Mech::gcm(&[1; 12], b"", 128);
        let cases = [
            (Mech::new(CKM_AES_KEY_WRAP), aes, aes),
            (Mech::new(KWP), aes, aes),
            (Mech::new(CKM_AES_KEY_WRAP_PAD), aes, aes),
            (Mech::new(CKM_AES_ECB), aes, aes),
            (Mech::iv(CKM_AES_CBC, &[1; 16]), aes, aes),
            (Mech::iv(CKM_AES_CBC_PAD, &[1; 16]), aes, aes),
            (Mech::ctr(64, [1; 16]), aes, aes),
            (gcm, aes, aes),
            (Mech::new(CKM_DES3_ECB), des3, des3),
            (Mech::iv(CKM_DES3_CBC, &[1; 8]), des3, des3),
            (Mech::iv(CKM_DES3_CBC_PAD, &[1; 8]), des3, des3),
            (Mech::new(CKM_RSA_PKCS), public, private),
            (Mech::oaep(CKM_SHA256, CKG_MGF1_SHA256, b""), public, private),
        ];
        let slot = s.info().works().slotID;
        for (mechanism, wrapping, unwrapping) in cases {
            let kind = mechanism.0.mechanism;
            if mechanism_info(slot, kind).works().flags & CKF_WRAP == 0 {
                continue;
            }
            let blob = s
                .wrap(mechanism, wrapping, target)
                .unwrap_or_else(|code| panic!("{}: {code:?}", mechanism_name(kind)));
            let template = with(&aes_template(), &open());
            let back = s.unwrap_key(mechanism, unwrapping, &blob, &template);
            let back = back.unwrap_or_else(|code| panic!("{} unwrap: {code:?}", mechanism_name(kind)));
            assert_eq!(
                s.get(back, CKA_VALUE).works(),
                (0..32).collect::<Vec<u8>>(),
                "{}",
                mechanism_name(kind)
            );
            if [CKM_AES_ECB, CKM_AES_CBC, CKM_DES3_ECB, CKM_DES3_CBC, CKM_AES_CTR].contains(&kind) {
                continue;
            }
            let other = s.unwrap_key(mechanism, unwrapping, &blob[..blob.len() - 1], &template);
            assert!(other.is_err(), "{} of a shortened blob", mechanism_name(kind));
        }
    });
}

/// UNW-1 [PKCS#11 3.2, 5.18.4]: block modes fill keys up with zeros, which CKA_VALUE_LEN tells from the key unless key
/// type and mechanism do.
#[test]
fn zeros_that_fill_a_block_are_never_taken_into_a_key() {
    isolated(|| {
        let s = user();
        let des3 = s.generate_key(Mech::new(CKM_DES3_KEY_GEN), &[]).works();
        let aes = s.aes(16);
        let of = |key_type| {
            with(
                &[a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, key_type)],
                &open(),
            )
        };
        let cbc = Mech::iv(CKM_AES_CBC, &[1; 16]);
        let des3_cbc = Mech::iv(CKM_DES3_CBC, &[1; 8]);
        let (ecb, key_wrap) = (Mech::new(CKM_AES_ECB), Mech::new(CKM_AES_KEY_WRAP));
        let value: Vec<u8> = (1..=64).collect();
        // Whether a key of this type and length comes back with no length told.
        let cases = [
            (ecb, aes, CKK_AES, 16, true),
            (ecb, aes, CKK_AES, 24, false),
            (ecb, aes, CKK_AES, 32, true),
            (cbc, aes, CKK_AES, 24, false),
            (cbc, aes, CKK_AES, 32, true),
            (cbc, aes, CKK_AES_XTS, 64, true),
            (cbc, aes, CKK_DES3, 24, true),
            (cbc, aes, CKK_BLOWFISH, 32, false),
            (cbc, aes, CKK_GENERIC_SECRET, 16, false),
            (cbc, aes, CKK_GENERIC_SECRET, 20, false),
            (cbc, aes, CKK_SHA256_HMAC, 32, false),
            (des3_cbc, des3, CKK_AES, 24, true),
            (des3_cbc, des3, CKK_SHA256_HMAC, 20, false),
            (key_wrap, aes, CKK_AES, 24, true),
            (key_wrap, aes, CKK_GENERIC_SECRET, 24, true),
            (key_wrap, aes, CKK_GENERIC_SECRET, 20, false),
            (key_wrap, aes, CKK_SHA256_HMAC, 31, false),
            (key_wrap, aes, CKK_SHA256_HMAC, 32, true),
        ];
        for (mechanism, wrapping, key_type, length, tells) in cases {
            let case = format!("{:#x} {key_type:#x} {length}", mechanism.0.mechanism);
            let blob = s
                .wrap(mechanism, wrapping, s.import(key_type, &value[..length]))
                .works();
            let back = |more: &[CK_ATTRIBUTE]| {
                let template = with(&of(key_type), more);
                let key = s.unwrap_key(mechanism, wrapping, &blob, &template)?;
                s.get(key, CKA_VALUE)
            };
            match tells {
                true => assert_eq!(back(&[]).works(), value[..length], "{case}"),
                false => assert_eq!(back(&[]), Err(Refusal(CKR_TEMPLATE_INCOMPLETE)), "{case}"),
            }
            let told = [a(CKA_VALUE_LEN, length as CK_ULONG)];
            assert_eq!(back(&told).works(), value[..length], "{case}");
        }
        // A key that ends with zeros may be a shorter one.
        let ends = [&value[..23], &[0; 9]].concat();
        let blob = s.wrap(cbc, aes, s.import(CKK_AES, &ends)).works();
        s.unwrap_key(cbc, aes, &blob, &of(CKK_AES))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        let blob = s.wrap(key_wrap, aes, s.import(CKK_GENERIC_SECRET, &ends)).works();
        s.unwrap_key(key_wrap, aes, &blob, &of(CKK_GENERIC_SECRET))
            .gives(CKR_TEMPLATE_INCOMPLETE);
        // No key of AES fills three blocks.
        let blob = s
            .wrap(cbc, aes, s.import(CKK_GENERIC_SECRET, &value[..48]))
            .works();
        s.unwrap_key(cbc, aes, &blob, &of(CKK_AES))
            .gives(CKR_WRAPPED_KEY_LEN_RANGE);
    });
}

/// UNW-1: a block of raw RSA [PKCS#11 3.2, 6.1.12] does not tell how many of its zeros are the key's.
#[test]
fn raw_rsa_unwraps_a_key_whose_length_is_told_and_no_other() {
    isolated(|| {
        let s = user();
        let (public, private) = s.rsa();
        let raw = Mech::new(CKM_RSA_X_509);
        let unwrapped = |value: &[u8], template: &[CK_ATTRIBUTE]| {
            let blob = s.wrap(raw, public, s.import(CKK_GENERIC_SECRET, value)).works();
            s.unwrap_key(raw, private, &blob, &with(template, &open()))
                .map(|key| s.get(key, CKA_VALUE).works())
        };
        let of = |key_type| vec![a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, key_type)];
        let zeros_first = [&[0; 3][..], &[7; 13]].concat();
        for key_type in [CKK_GENERIC_SECRET, CKK_AES, CKK_SHA256_HMAC] {
            unwrapped(&zeros_first, &of(key_type)).gives(CKR_TEMPLATE_INCOMPLETE);
            let told = with(&of(key_type), &[a(CKA_VALUE_LEN, 16)]);
            assert_eq!(unwrapped(&zeros_first, &told).works(), zeros_first);
        }
        assert_eq!(unwrapped(&zeros_first, &of(CKK_DES2)).works(), zeros_first);
        unwrapped(&[7; 24], &of(CKK_DES2)).gives(CKR_WRAPPED_KEY_INVALID);
        let (ec_public, ec_private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &open()).works();
        let blob = s.wrap(raw, public, ec_private).works();
        let template = [a(CKA_CLASS, CKO_PRIVATE_KEY), a(CKA_KEY_TYPE, CKK_EC)];
        let back = s.unwrap_key(raw, private, &blob, &template).works();
        let ecdsa = Mech::new(CKM_ECDSA_SHA256);
        let signature = s.sign(ecdsa, back, b"message").works();
        s.verify(ecdsa, ec_public, b"message", &signature).works();
    });
}

/// WRP-2
#[test]
fn private_keys_are_wrapped_as_pkcs8() {
    isolated(|| {
        let s = user();
        let aes = s.aes(32);
        let open = open();
        let pairs = [
            (CKK_RSA, s.rsa_with(1024, &[], &open).works(), CKM_SHA256_RSA_PKCS),
            (
                CKK_EC,
                s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &open).works(),
                CKM_ECDSA_SHA256,
            ),
            (
                CKK_EC,
                s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::SECP256K1, &[], &open)
                    .works(),
                CKM_ECDSA_SHA256,
            ),
            (
                CKK_EC_EDWARDS,
                s.pair_on(CKM_EC_EDWARDS_KEY_PAIR_GEN, curve::ED25519, &[], &open)
                    .works(),
                CKM_EDDSA,
            ),
        ];
        for (key_type, (public, private), sign) in pairs {
            for mechanism in [Mech::new(KWP), Mech::iv(CKM_AES_CBC_PAD, &[1; 16])] {
                let blob = s.wrap(mechanism, aes, private).works();
                let template = [a(CKA_CLASS, CKO_PRIVATE_KEY), a(CKA_KEY_TYPE, key_type)];
                let back = s.unwrap_key(mechanism, aes, &blob, &template).works();
                let signature = s.sign(Mech::new(sign), back, b"message").works();
                s.verify(Mech::new(sign), public, b"message", &signature).works();
                let wrong = [
                    a(CKA_CLASS, CKO_PRIVATE_KEY),
                    a(CKA_KEY_TYPE, if key_type == CKK_RSA { CKK_EC } else { CKK_RSA }),
                ];
                assert!(s.unwrap_key(mechanism, aes, &blob, &wrong).is_err());
            }
            let der = s
                .decrypt(
                    Mech::iv(CKM_AES_CBC_PAD, &[1; 16]),
                    aes,
                    &s.wrap(Mech::iv(CKM_AES_CBC_PAD, &[1; 16]), aes, private).works(),
                )
                .works();
            assert_eq!(
                (der[0], &der[der.len().min(4)..][..0]),
                (0x30, &[][..]),
                "a PrivateKeyInfo"
            );
        }
    });
}

/// UNW-1
#[test]
fn unwrapping_refuses_each_fault_with_its_code() {
    isolated(|| {
        let s = user();
        let kek = s.aes(32);
        let kwp = Mech::new(KWP);
        let blob = s.wrap(kwp, kek, s.import(CKK_AES, &[1; 16])).works();
        let unwrap_key = |template: &[CK_ATTRIBUTE]| s.unwrap_key(kwp, kek, &blob, template);
        unwrap_key(&[a(CKA_CLASS, CKO_SECRET_KEY)]).gives(CKR_TEMPLATE_INCOMPLETE);
        unwrap_key(&[a(CKA_KEY_TYPE, CKK_AES)]).gives(CKR_TEMPLATE_INCOMPLETE);
        unwrap_key(&with(&aes_template(), &[a(CKA_VALUE, &[1; 16])])).gives(CKR_ATTRIBUTE_READ_ONLY);
        unwrap_key(&with(&aes_template(), &[a(CKA_LOCAL, true)])).gives(CKR_ATTRIBUTE_READ_ONLY);
        unwrap_key(&with(&aes_template(), &[a(CKA_VALUE_LEN, 32)])).gives(CKR_WRAPPED_KEY_LEN_RANGE);
        let mut broken = blob.clone();
        broken[3] ^= 1;
        s.unwrap_key(kwp, kek, &broken, &aes_template())
            .gives(CKR_WRAPPED_KEY_INVALID);
        s.unwrap_key(kwp, kek, &blob[..23], &aes_template())
            .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        s.unwrap_key(kwp, kek, &[], &aes_template())
            .gives(CKR_WRAPPED_KEY_LEN_RANGE);
        s.unwrap_key(kwp, s.secret(32), &blob, &aes_template())
            .gives(CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT);
        s.unwrap_key(
            kwp,
            s.aes_with(32, &[a(CKA_UNWRAP, false)]).works(),
            &blob,
            &aes_template(),
        )
        .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        s.unwrap_key(kwp, s.aes(32), &blob, &aes_template())
            .gives(CKR_WRAPPED_KEY_INVALID);
    });
}

/// UNW-2
#[test]
fn an_unwrap_template_is_added_and_not_contradicted() {
    isolated(|| {
        let s = user();
        let inner = [a(CKA_LABEL, "from template"), a(CKA_EXTRACTABLE, false)];
        let kek = s.aes_with(32, &[nested(CKA_UNWRAP_TEMPLATE, &inner)]).works();
        let kwp = Mech::new(KWP);
        let blob = s.wrap(kwp, kek, s.import(CKK_AES, &[1; 16])).works();
        let key = s.unwrap_key(kwp, kek, &blob, &aes_template()).works();
        assert_eq!(s.get(key, CKA_LABEL).works(), b"from template");
        assert!(!s.flag(key, CKA_EXTRACTABLE).works());
        s.unwrap_key(kwp, kek, &blob, &with(&aes_template(), &inner))
            .works();
        s.unwrap_key(kwp, kek, &blob, &with(&aes_template(), &[a(CKA_LABEL, "other")]))
            .gives(CKR_TEMPLATE_INCONSISTENT);
        let empty = s.aes_with(32, &[nested(CKA_UNWRAP_TEMPLATE, &[])]).works();
        let blob = s.wrap(kwp, empty, s.import(CKK_AES, &[1; 16])).works();
        s.unwrap_key(kwp, empty, &blob, &aes_template()).works();
    });
}

/// UNW-2: choices, defaults.
#[test]
fn an_unwrapped_key_is_closed_unless_the_template_opens_it() {
    isolated(|| {
        let s = user();
        let kek = s.aes(32);
        let blob = s.wrap(Mech::new(KWP), kek, s.import(CKK_AES, &[1; 16])).works();
        let key = s.unwrap_key(Mech::new(KWP), kek, &blob, &aes_template()).works();
        assert!(s.flag(key, CKA_SENSITIVE).works());
        let open = s
            .unwrap_key(Mech::new(KWP), kek, &blob, &with(&aes_template(), &open()))
            .works();
        assert_eq!(s.get(open, CKA_VALUE).works(), [1; 16]);
    });
}

/// UNW-3
#[test]
fn the_three_key_wraps_take_the_lengths_of_their_standards() {
    isolated(|| {
        let s = user();
        let kek = s.aes(16);
        let wrap = |mechanism, length: usize| {
            s.wrap(
                Mech::new(mechanism),
                kek,
                s.import(CKK_GENERIC_SECRET, &vec![1; length]),
            )
            .map(|blob| blob.len())
        };
        assert_eq!(wrap(CKM_AES_KEY_WRAP, 16), Ok(24));
        assert_eq!(wrap(CKM_AES_KEY_WRAP, 24), Ok(32));
        wrap(CKM_AES_KEY_WRAP, 8).gives(CKR_KEY_SIZE_RANGE);
        // [PKCS#11 3.2, 6.16.3.1] zeros fill a semiblock up.
        assert_eq!(wrap(CKM_AES_KEY_WRAP, 20), Ok(32));
        for (length, expected) in [(1, 16), (8, 16), (9, 24), (20, 32), (100, 112)] {
            assert_eq!(wrap(KWP, length), Ok(expected), "{length} bytes");
        }
    });
}

/// DRV-1
#[test]
fn derivation_refuses_each_fault_with_its_code() {
    isolated(|| {
        let s = user();
        let (public, private) = s.ec(curve::P256);
        let ecdh = Mech::ecdh(CKD_NULL, b"", &s.get(public, CKA_EC_POINT).works());
        let derive = |template: &[CK_ATTRIBUTE]| s.derive(ecdh, private, template);
        derive(&aes_template()).gives(CKR_TEMPLATE_INCOMPLETE);
        derive(&with(&generic_template(), &[a(CKA_VALUE_LEN, 33)])).gives(CKR_KEY_SIZE_RANGE);
        derive(&with(&aes_template(), &[a(CKA_VALUE_LEN, 17)])).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        derive(&with(&generic_template(), &[a(CKA_VALUE, &[1; 32])])).gives(CKR_ATTRIBUTE_READ_ONLY);
        s.derive(ecdh, s.secret(32), &generic_template())
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        s.derive(ecdh, 99_999, &generic_template())
            .gives(CKR_KEY_HANDLE_INVALID);
        let key = derive(&with(
            &[a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_KEY_TYPE, CKK_DES3)],
            &open(),
        ))
        .works();
        assert!(
            s.get(key, CKA_VALUE)
                .works()
                .iter()
                .all(|byte| byte.count_ones() % 2 == 1),
            "odd parity"
        );
        let full = derive(&with(&generic_template(), &open())).works();
        assert_eq!(
            s.number(full, CKA_VALUE_LEN).works(),
            32,
            "the full length of the shared secret"
        );
    });
}

/// DRV-1
#[test]
fn a_derive_template_is_added_and_not_contradicted() {
    isolated(|| {
        let s = user();
        let inner = [nested(CKA_DERIVE_TEMPLATE, &[a(CKA_LABEL, "derived")])];
        let (public, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &inner).works();
        let ecdh = Mech::ecdh(CKD_NULL, b"", &s.get(public, CKA_EC_POINT).works());
        let key = s.derive(ecdh, private, &generic_template()).works();
        assert_eq!(s.get(key, CKA_LABEL).works(), b"derived");
        s.derive(
            ecdh,
            private,
            &with(&generic_template(), &[a(CKA_LABEL, "other")]),
        )
        .gives(CKR_TEMPLATE_INCONSISTENT);
    });
}

#[test]
fn domain_parameters_are_objects_too() {
    isolated(|| {
        let s = user();
        let template = [
            a(CKA_CLASS, CKO_DOMAIN_PARAMETERS),
            a(CKA_KEY_TYPE, CKK_DSA),
            a(CKA_PRIME, &[0xff; 128]),
            a(CKA_SUBPRIME, &[0xf1; 20]),
            a(CKA_BASE, &[2; 128]),
        ];
        let object = s.create(&template).works();
        assert_eq!(s.get(object, CKA_SUBPRIME).works(), [0xf1; 20]);
        assert!(!s.flag(object, CKA_LOCAL).works());
        s.create(&without(&template, &[CKA_BASE]))
            .gives(CKR_TEMPLATE_INCOMPLETE);
    });
}

/// ALW-1: what takes a key and gives a result in one call leaves no moment for the PIN.
#[test]
fn a_key_that_always_authenticates_neither_unwraps_nor_derives() {
    isolated(|| {
        let s = user();
        let careful = [a(CKA_ALWAYS_AUTHENTICATE, true)];
        let (public, private) = s.rsa_with(1024, &[], &careful).works();
        let pkcs = Mech::new(CKM_RSA_PKCS);
        let cipher = s.encrypt(pkcs, public, b"a captured secret").works();
        s.unwrap_key(pkcs, private, &cipher, &with(&generic_template(), &open()))
            .gives(CKR_USER_NOT_LOGGED_IN);
        s.decapsulate(pkcs, private, &cipher, &generic_template())
            .gives(CKR_USER_NOT_LOGGED_IN);
        // No login helps: it is for an operation that waits.
        s.login(CKU_CONTEXT_SPECIFIC, USER_PIN)
            .gives(CKR_OPERATION_NOT_INITIALIZED);
        let (public, private) = s.pair_on(CKM_EC_KEY_PAIR_GEN, curve::P256, &[], &careful).works();
        let ecdh = Mech::ecdh(CKD_NULL, b"", &s.get(public, CKA_EC_POINT).works());
        s.derive(ecdh, private, &generic_template())
            .gives(CKR_USER_NOT_LOGGED_IN);
    });
}
