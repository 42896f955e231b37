//! Which mechanisms a configuration offers [docs/configuration.md: `policy`, `mechanisms.…`; docs/mechanisms.md].

use crate::harness::*;

/// docs/configuration.md: `policy = "modern"` takes legacy away.
#[test]
fn the_modern_policy_offers_no_legacy() {
    isolated_with("policy = \"modern\"\n", || {
        let token = Token::fresh();
        let s = token.user();
        let offered = mechanisms(token.slot).works();
        for gone in [CKM_DES3_CBC, CKM_DES3_KEY_GEN, CKM_SHA1_RSA_PKCS, CKM_ECDSA_SHA1] {
            assert!(!offered.contains(&gone), "{gone:#x}");
            mechanism_info(token.slot, gone).gives(CKR_MECHANISM_INVALID);
        }
        let info = mechanism_info(token.slot, CKM_RSA_PKCS).works();
        assert_eq!(
            info.flags & (CKF_ENCRYPT | CKF_DECRYPT | CKF_WRAP | CKF_UNWRAP),
            0
        );
        assert_ne!(info.flags & CKF_SIGN, 0);
        assert_eq!(info.ulMinKeySize, 2048);
        let (public, private) = s.rsa();
        s.sign(Mech::new(CKM_SHA256_RSA_PKCS), private, b"data").works();
        s.encrypt(Mech::new(CKM_RSA_PKCS), public, b"data")
            .gives(CKR_MECHANISM_INVALID);
        s.rsa_with(1024, &[], &[]).gives(CKR_ATTRIBUTE_VALUE_INVALID);
        let small = [
            a(CKA_CLASS, CKO_PUBLIC_KEY),
            a(CKA_KEY_TYPE, CKK_RSA),
            a(CKA_MODULUS, &[0xc5; 128]),
            a(CKA_PUBLIC_EXPONENT, &[1, 0, 1]),
        ];
        let small = s.create(&small).works();
        s.begin(Class::Verify, Mech::new(CKM_SHA256_RSA_PKCS), small)
            .gives(CKR_KEY_SIZE_RANGE);
        assert!(log().contains("policy"), "{}", log());
    });
}

/// docs/mechanisms.md, "Other names", as far as PKCS#11 3.2 has the newer one.
const OTHER_NAMES: [(&str, CK_MECHANISM_TYPE); 7] = [
    ("CKM_ECDSA_KEY_PAIR_GEN", CKM_EC_KEY_PAIR_GEN),
    ("CKM_SHA3_224_KEY_DERIVE", CKM_SHA3_224_KEY_DERIVATION),
    ("CKM_SHA3_256_KEY_DERIVE", CKM_SHA3_256_KEY_DERIVATION),
    ("CKM_SHA3_384_KEY_DERIVE", CKM_SHA3_384_KEY_DERIVATION),
    ("CKM_SHA3_512_KEY_DERIVE", CKM_SHA3_512_KEY_DERIVATION),
    ("CKM_SHAKE_128_KEY_DERIVE", CKM_SHAKE_128_KEY_DERIVATION),
    ("CKM_SHAKE_256_KEY_DERIVE", CKM_SHAKE_256_KEY_DERIVATION),
];

fn with_other_names(key: &str) -> String {
    let names = OTHER_NAMES.map(|(name, _)| format!("{name:?}")).join(", ");
    format!("[mechanisms]\n{key} = [{names}]\n")
}

/// docs/configuration.md, `mechanisms.deny`
#[test]
fn other_names_of_mechanisms_deny() {
    isolated_with(&with_other_names("deny"), || {
        let token = Token::fresh();
        let offered = mechanisms(token.slot).works();
        assert!(offered.contains(&CKM_ECDSA));
        for (name, mechanism) in OTHER_NAMES {
            assert!(!offered.contains(&mechanism), "{name}");
            mechanism_info(token.slot, mechanism).gives(CKR_MECHANISM_INVALID);
        }
    });
}

/// docs/configuration.md, `mechanisms.allow`
#[test]
fn other_names_of_mechanisms_allow() {
    isolated_with(&with_other_names("allow"), || {
        let mut offered = mechanisms(Token::fresh().slot).works();
        offered.sort_unstable();
        let mut wanted = OTHER_NAMES.map(|(_, mechanism)| mechanism);
        wanted.sort_unstable();
        assert_eq!(offered, wanted);
    });
}

/// docs/configuration.md: no DES but for payment keys, whatever the mechanism.
#[test]
fn the_modern_policy_offers_no_general_mechanism_for_keys_of_des() {
    isolated_with("policy = \"modern\"\n", || {
        let token = Token::fresh();
        let s = token.user();
        let (des2, des3) = (s.import(CKK_DES2, &[0x31; 16]), s.import(CKK_DES3, &[0x32; 24]));
        let offered = mechanisms(token.slot).works();
        assert!(offered.contains(&CKM_AES_CMAC) && offered.contains(&CKM_SHA256_KEY_DERIVATION));
        assert!(!offered.contains(&CKM_DES3_CMAC) && !offered.contains(&CKM_DES3_CMAC_GENERAL));
        for mechanism in offered {
            let row = vhsm::catalog::modern().find(|row| row.id.0 == mechanism).unwrap();
            let des = [CKK_DES, CKK_DES2, CKK_DES3];
            let takes_des = row.key.types.iter().any(|key_type| des.contains(&key_type.0));
            let for_payments = !row.key.usages.is_empty() || row.key.tells_check_value || row.key.components;
            assert!(!takes_des || for_payments, "{row:?}");
            let iv = [0; 16];
            for mech in [
                Mech::new(mechanism),
                Mech::iv(mechanism, &iv[..8]),
                Mech::iv(mechanism, &iv),
            ] {
                for key in [des2, des3] {
                    for class in [Class::Encrypt, Class::Decrypt, Class::Sign, Class::Verify] {
                        assert!(s.begin(class, mech, key).is_err(), "{row:?}");
                    }
                    let template = [a(CKA_CLASS, CKO_SECRET_KEY), a(CKA_VALUE_LEN, 16_u64)];
                    assert!(s.derive(mech, key, &template).is_err(), "{row:?}");
                }
            }
        }
    });
}

/// docs/configuration.md: SHA-1 in signatures, where the parameter has the hash.
#[test]
fn the_modern_policy_takes_no_pss_with_sha_1() {
    isolated_with("policy = \"modern\"\n", || {
        let s = Token::fresh().user();
        let (_, private) = s.rsa();
        let with_mgf = |hash, mgf| {
            let parameter = CK_RSA_PKCS_PSS_PARAMS {
                hashAlg: hash,
                mgf,
                sLen: 20,
            };
            Mech::with(CKM_RSA_PKCS_PSS, parameter)
        };
        for wrong in [
            with_mgf(CKM_SHA_1, CKG_MGF1_SHA1),
            with_mgf(CKM_SHA_1, CKG_MGF1_SHA256),
            with_mgf(CKM_SHA256, CKG_MGF1_SHA1),
        ] {
            s.begin(Class::Sign, wrong, private)
                .gives(CKR_MECHANISM_PARAM_INVALID);
            assert!(
                log().contains("`policy = \"modern\"` allows no SHA-1"),
                "{}",
                log()
            );
        }
        s.begin(Class::Sign, with_mgf(CKM_SHA256, CKG_MGF1_SHA256), private)
            .works();
    });
}

/// What stands before digests of MD5, SHA-1 (as it is, and without the NULL, which some leave out) and RIPEMD-160, and
/// their lengths in bytes [RFC 8017, 9.2, note 1; the identifier of RIPEMD-160 is that of ISO/IEC 10118-3].
const LEGACY_DIGESTS: [(&str, usize); 4] = [
    ("3020300c06082a864886f70d020505000410", 16),
    ("3021300906052b0e03021a05000414", 20),
    ("301f300706052b0e03021a0414", 20),
    ("3021300906052b2403020105000414", 20),
];

/// The same in the forms of BER [X.690, 8.1 and 8.19.2], made of the DER of SHA-1 and MD5, and under identifiers that old
/// signers put there.
const LEGACY_DIGESTS_IN_BER: [(&str, usize); 11] = [
    // Lengths in their long form, also with zeros before them, and indefinite ones.
    ("308121300906052b0e03021a05000414", 20),
    ("3082002130830000090684000000052b0e03021a0500048114", 20),
    ("3080300906052b0e03021a05000414", 20),
    ("3080308006052b0e03021a050000000414", 20),
    ("308120300c06082a864886f70d020505000410", 16),
    // Zeros before an arc, a tag whose number stands behind it, a sequence that is not marked as constructed.
    ("3022300a06062b0e8003021a05000414", 20),
    ("3f1021300906052b0e03021a05000414", 20),
    ("1021100906052b0e03021a05000414", 20),
    // What stands behind the digest changes nothing, and neither do lengths that lie.
    ("3021300906052b0e03021a05000414", 21),
    // sha1WithRSAEncryption and the name of OIW.
    ("3025300d06092a864886f70d01010505000414", 20),
    ("3021300906052b0e03021d05000414", 20),
];

fn digest_info((prefix, length): (&str, usize)) -> Vec<u8> {
    [hex(prefix), vec![0x5a; length]].concat()
}

/// docs/configuration.md: what CKM_RSA_PKCS signs tells its hash.
#[test]
fn the_modern_policy_signs_no_digest_of_a_legacy_hash() {
    let m = || Mech::new(CKM_RSA_PKCS);
    let fine = digest_info(("3031300d060960864801650304020105000420", 32));
    let tls = vec![0x5a; 36];
    isolated_with("policy = \"modern\"\n", || {
        let s = Token::fresh().user();
        let (public, private) = s.rsa();
        for data in LEGACY_DIGESTS
            .into_iter()
            .chain(LEGACY_DIGESTS_IN_BER)
            .map(digest_info)
        {
            s.sign(m(), private, &data).gives(CKR_DATA_INVALID);
            assert!(
                log().contains("`policy = \"modern\"` allows no MD2, MD4, MD5, SHA-0, SHA-1"),
                "{}",
                log()
            );
            s.begin(Class::SignRecover, m(), private).works();
            s.step(Step::SignRecover, &data).gives(CKR_DATA_INVALID);
            s.verify(m(), public, &data, &[1; 256]).gives(CKR_DATA_INVALID);
            // A signature that comes from elsewhere: the bare operation on the padded block.
            let filling = vec![0xff; 256 - 3 - data.len()];
            let block = [&[0, 1][..], &filling, &[0], &data].concat();
            let signature = s.sign(Mech::new(CKM_RSA_X_509), private, &block).works();
            s.verify(m(), public, &data, &signature).gives(CKR_DATA_INVALID);
            s.begin(Class::VerifyRecover, m(), public).works();
            s.step(Step::VerifyRecover, &signature).gives(CKR_DATA_INVALID);
        }
        let fine_in_ber = digest_info(("308131300d060960864801650304020105000420", 32));
        // Nothing that begins as a DigestInfo does, or an identifier of another, or none.
        let others = [
            "30",
            "3f",
            "3f80",
            "3085",
            "30203003060f2a",
            "308030092b0e03021a",
            "05002b0e03021a",
        ];
        let others = others.map(hex);
        let data = [&fine[..], &fine_in_ber, &tls, b""].into_iter();
        for data in data.chain(others.iter().map(Vec::as_slice)) {
            let signature = s.sign(m(), private, data).works();
            s.verify(m(), public, data, &signature).works();
            s.begin(Class::VerifyRecover, m(), public).works();
            assert_eq!(s.step(Step::VerifyRecover, &signature).works(), data);
        }
    });
}

/// docs/configuration.md: the default, which other tokens have as well.
#[test]
fn the_standard_policy_signs_digests_of_legacy_hashes() {
    isolated(|| {
        let (s, m) = (Token::fresh().user(), || Mech::new(CKM_RSA_PKCS));
        let (public, private) = s.rsa();
        for data in LEGACY_DIGESTS.map(digest_info) {
            let signature = s.sign(m(), private, &data).works();
            s.verify(m(), public, &data, &signature).works();
        }
    });
}

/// docs/configuration.md: no MD5, also where the parameter has it.
#[test]
fn the_modern_policy_takes_no_pseudo_random_function_of_md5() {
    isolated_with("policy = \"modern\"\n", || {
        let s = Token::fresh().user();
        let key = s.secret(48);
        let mac = |prf| {
            let parameter = CK_TLS_MAC_PARAMS {
                prfHashMechanism: prf,
                ulMacLength: 12,
                ulServerOrClient: 1,
            };
            Mech::with(CKM_TLS_MAC, parameter)
        };
        let ike = |prf| {
            let parameter = CK_IKE2_PRF_PLUS_DERIVE_PARAMS {
                prfMechanism: prf,
                bHasSeedKey: 0,
                hSeedKey: 0,
                pSeedData: std::ptr::null_mut(),
                ulSeedDataLen: 0,
            };
            Mech::with(CKM_IKE2_PRF_PLUS_DERIVE, parameter)
        };
        let length = [a(CKA_KEY_TYPE, CKK_GENERIC_SECRET), a(CKA_VALUE_LEN, 16_u64)];
        s.begin(Class::Sign, mac(CKM_TLS_PRF), key)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        assert!(log().contains("allows no MD5"), "{}", log());
        s.begin(Class::Sign, mac(CKM_SHA256), key).works();
        s.derive(ike(CKM_MD5_HMAC), key, &length)
            .gives(CKR_MECHANISM_PARAM_INVALID);
        s.derive(ike(CKM_SHA256_HMAC), key, &length).works();
    });
}

/// docs/configuration.md: `policy = "standard"` is the default, and offers what other tokens do.
#[test]
fn the_standard_policy_offers_legacy() {
    isolated(|| {
        let token = Token::fresh();
        let s = token.user();
        assert!(mechanisms(token.slot).works().contains(&CKM_DES3_CBC));
        let (public, private) = s.rsa_with(1024, &[], &[]).works();
        s.sign(Mech::new(CKM_SHA1_RSA_PKCS), private, b"data").works();
        s.encrypt(Mech::new(CKM_RSA_PKCS), public, b"data").works();
    });
}
