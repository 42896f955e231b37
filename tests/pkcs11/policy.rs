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
