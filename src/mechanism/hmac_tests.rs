//! The rows through their roles, with the answers of RFC 2202, RFC 4231 and Wycheproof.

use super::mac::testing::{known_answer, lengths, sign};
use super::*;
use crate::crypto::testing::hex;
use crate::mechanism::Params;
use crate::mechanism::testing::{row, secret_key};

/// Mechanism, its form of chosen length, its key type.
const MECHANISMS: [(MechanismId, MechanismId, KeyType); 13] = [
    (CKM_SHA_1_HMAC, CKM_SHA_1_HMAC_GENERAL, CKK_SHA_1_HMAC),
    (CKM_SHA224_HMAC, CKM_SHA224_HMAC_GENERAL, CKK_SHA224_HMAC),
    (CKM_SHA256_HMAC, CKM_SHA256_HMAC_GENERAL, CKK_SHA256_HMAC),
    (CKM_SHA384_HMAC, CKM_SHA384_HMAC_GENERAL, CKK_SHA384_HMAC),
    (CKM_SHA512_HMAC, CKM_SHA512_HMAC_GENERAL, CKK_SHA512_HMAC),
    (
        CKM_SHA512_224_HMAC,
        CKM_SHA512_224_HMAC_GENERAL,
        CKK_SHA512_224_HMAC,
    ),
    (
        CKM_SHA512_256_HMAC,
        CKM_SHA512_256_HMAC_GENERAL,
        CKK_SHA512_256_HMAC,
    ),
    (CKM_SHA3_224_HMAC, CKM_SHA3_224_HMAC_GENERAL, CKK_SHA3_224_HMAC),
    (CKM_SHA3_256_HMAC, CKM_SHA3_256_HMAC_GENERAL, CKK_SHA3_256_HMAC),
    (CKM_SHA3_384_HMAC, CKM_SHA3_384_HMAC_GENERAL, CKK_SHA3_384_HMAC),
    (CKM_SHA3_512_HMAC, CKM_SHA3_512_HMAC_GENERAL, CKK_SHA3_512_HMAC),
    (CKM_MD5_HMAC, CKM_MD5_HMAC_GENERAL, CKK_MD5_HMAC),
    (CKM_RIPEMD160_HMAC, CKM_RIPEMD160_HMAC_GENERAL, CKK_RIPEMD160_HMAC),
];

/// Checks one test case with keys of both types.
fn check(value: &[u8], data: &[u8], answers: &[(MechanismId, &str)]) {
    for (id, expected) in answers {
        let (_, _, own) = MECHANISMS.iter().find(|(whole, _, _)| whole == id).unwrap();
        for key_type in [CKK_GENERIC_SECRET, *own] {
            let key = secret_key(key_type, value);
            known_answer(row(ROWS, *id), &key, &Params::None, data, &hex(expected));
        }
    }
}

/// [RFC 4231, 4.2 (test case 1); RFC 2202, 3 (test case 1)].
#[test]
fn a_key_shorter_than_the_digest_gives_the_answers_of_the_rfcs() {
    check(
        &[0x0b; 20],
        b"Hi There",
        &[
            (CKM_SHA_1_HMAC, "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                CKM_SHA224_HMAC,
                "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
            ),
            (
                CKM_SHA256_HMAC,
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
            ),
            (
                CKM_SHA384_HMAC,
                "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
            ),
            (
                CKM_SHA512_HMAC,
                "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde\
                 daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
            ),
        ],
    );
}

/// [RFC 4231, 4.4 (test case 3)]; [RFC 2202, 3 (test case 3)].
#[test]
fn key_and_data_longer_than_a_block_together_give_the_answers_of_the_rfcs() {
    check(
        &[0xaa; 20],
        &[0xdd; 50],
        &[
            (CKM_SHA_1_HMAC, "125d7342b9ac11cd91a39af48aa17b4f63f175d3"),
            (
                CKM_SHA224_HMAC,
                "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
            ),
            (
                CKM_SHA256_HMAC,
                "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
            ),
            (
                CKM_SHA384_HMAC,
                "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
            ),
            (
                CKM_SHA512_HMAC,
                "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39\
                 bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
            ),
        ],
    );
}

/// [RFC 4231, 4.8 (test case 7)]: key and data longer than a block.
#[test]
fn a_key_longer_than_a_block_gives_the_answers_of_the_rfc() {
    check(
        &[0xaa; 131],
        b"This is a test using a larger than block-size key and a larger than block-size data. \
          The key needs to be hashed before being used by the HMAC algorithm.",
        &[
            (
                CKM_SHA224_HMAC,
                "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1",
            ),
            (
                CKM_SHA256_HMAC,
                "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
            ),
            (
                CKM_SHA384_HMAC,
                "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
            ),
            (
                CKM_SHA512_HMAC,
                "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944\
                 b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
            ),
        ],
    );
    // [RFC 2202, 3 (test case 7)]
    check(
        &[0xaa; 80],
        b"Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data",
        &[(CKM_SHA_1_HMAC, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91")],
    );
}

/// [RFC 4231, 4.6 (test case 5)]: the first 128 bits; for SHA-1 the first 96 [RFC 2202, 3 (test case 5)].
#[test]
fn a_chosen_length_gives_the_truncated_answers_of_the_rfcs() {
    for (id, key_type, expected) in [
        (CKM_SHA_1_HMAC_GENERAL, CKK_SHA_1_HMAC, "4c1a03424b55e07fe7f27be1"),
        (
            CKM_SHA224_HMAC_GENERAL,
            CKK_SHA224_HMAC,
            "0e2aea68a90c8d37c988bcdb9fca6fa8",
        ),
        (
            CKM_SHA256_HMAC_GENERAL,
            CKK_SHA256_HMAC,
            "a3b6167473100ee06e0c796c2955552b",
        ),
        (
            CKM_SHA384_HMAC_GENERAL,
            CKK_SHA384_HMAC,
            "3abf34c3503b2a23a46efc619baef897",
        ),
        (
            CKM_SHA512_HMAC_GENERAL,
            CKK_SHA512_HMAC,
            "415fad6271580a531d4179bc891d87a6",
        ),
    ] {
        let (key, expected) = (secret_key(key_type, &[0x0c; 20]), hex(expected));
        let params = Params::MacGeneral(to_ulong(expected.len()));
        known_answer(row(ROWS, id), &key, &params, b"Test With Truncation", &expected);
    }
}

/// [Wycheproof, hmac_sha256_test.json, tcId 1].
#[test]
fn the_empty_message_has_the_mac_of_wycheproof() {
    check(
        &hex("1e225cafb90339bba1b24076d4206c3e79c355805d851682bc818baa4f5a7779"),
        b"",
        &[(
            CKM_SHA256_HMAC,
            "b175b57d89ea6cb606fb3363f2538abd73a4c00b4a1386905bac809004cf1933",
        )],
    );
}

#[test]
fn every_length_from_one_byte_to_the_digest_may_be_chosen() {
    for (whole, general, own) in MECHANISMS {
        lengths(row(ROWS, whole), row(ROWS, general), &secret_key(own, &[9; 32]));
    }
}

#[test]
fn messages_around_the_block_have_one_mac_however_they_come() {
    let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
    let key = secret_key(CKK_GENERIC_SECRET, b"key");
    for (whole, _, _) in MECHANISMS {
        for length in [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000] {
            sign(row(ROWS, whole), &key, &Params::None, &data[..length]);
        }
    }
}

#[test]
fn a_mechanism_takes_its_own_keys_and_generic_secrets_only() {
    for (whole, general, own) in MECHANISMS {
        for id in [whole, general] {
            assert_eq!(row(ROWS, id).key.types, [CKK_GENERIC_SECRET, own]);
            assert!(row(ROWS, id).key.sizes.allow_bits(8) && !row(ROWS, id).key.sizes.allow_bits(0));
        }
    }
}
