use super::*;
use crate::crypto::testing::hex;

fn hmac(hash: Hash, key: &[u8], data: &[u8]) -> Vec<u8> {
    let mut out = vec![0; hash.output_len()];
    HmacKey::new(hash, key).mac(data, &mut out);
    out
}

/// [RFC 4231, 4.3 (test case 2)] for SHA-2, [RFC 2202, 3 (test case 2)] for SHA-1.
#[test]
fn hmac_gives_the_answers_of_the_rfcs_for_a_short_key() {
    for (hash, expected) in [
        (Hash::Sha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
        (
            Hash::Sha224,
            "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
        ),
        (
            Hash::Sha256,
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            Hash::Sha384,
            "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
        ),
        (
            Hash::Sha512,
            "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554\
             9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
        ),
    ] {
        assert_eq!(
            hmac(hash, b"Jefe", b"what do ya want for nothing?"),
            hex(expected),
            "{hash:?}"
        );
    }
}

/// [RFC 4231, 4.7 (test case 6)] for SHA-2, [RFC 2202, 3 (test case 6)] for SHA-1: a key longer than a block.
#[test]
fn hmac_gives_the_answers_of_the_rfcs_for_a_long_key() {
    let data = b"Test Using Larger Than Block-Size Key - Hash Key First";
    for (hash, expected) in [
        (
            Hash::Sha224,
            "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
        ),
        (
            Hash::Sha256,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            Hash::Sha384,
            "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
        ),
        (
            Hash::Sha512,
            "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352\
             6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
        ),
    ] {
        assert_eq!(hmac(hash, &[0xaa; 131], data), hex(expected), "{hash:?}");
    }
    assert_eq!(
        hmac(Hash::Sha1, &[0xaa; 80], data),
        hex("aa4ae5e15272d00e95705637ce8a3b55ed402112")
    );
}

#[test]
fn hmac_agrees_with_another_implementation_on_all_key_lengths() {
    use hmac::{KeyInit, Mac};
    for length in [0, 1, 63, 64, 65, 127, 128, 129, 300] {
        let (key, data) = (vec![0x42; length], vec![0x17; length * 3]);
        let mut theirs = hmac::Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        theirs.update(&data);
        assert_eq!(
            hmac(Hash::Sha256, &key, &data),
            theirs.finalize().into_bytes().to_vec()
        );
        let mut theirs = hmac::Hmac::<sha2::Sha384>::new_from_slice(&key).unwrap();
        theirs.update(&data);
        assert_eq!(
            hmac(Hash::Sha384, &key, &data),
            theirs.finalize().into_bytes().to_vec()
        );
    }
}

#[test]
fn hmac_in_pieces_is_hmac_of_the_whole() {
    let key = HmacKey::new(Hash::Sha256, b"key");
    let mut pieces = key.begin();
    pieces.update(b"abc");
    pieces.update(b"");
    pieces.update(b"def");
    let mut out = [0; 32];
    key.finish(&mut pieces, &mut out);
    assert_eq!(out.to_vec(), hmac(Hash::Sha256, b"key", b"abcdef"));
}

/// [NIST SP 800-38B, appendix D; RFC 4493, 4].
const MESSAGE: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                       30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

#[test]
fn aes_cmac_gives_the_examples_of_sp_800_38b() {
    let message = hex(MESSAGE);
    for (key, answers) in [
        (
            "2b7e151628aed2a6abf7158809cf4f3c",
            [
                (0, "bb1d6929e95937287fa37d129b756746"),
                (16, "070a16b46b4d4144f79bdd9dd04a287c"),
                (40, "dfa66747de9ae63030ca32611497c827"),
                (64, "51f0bebf7e3b9d92fc49741779363cfe"),
            ],
        ),
        (
            "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
            [
                (0, "d17ddf46adaacde531cac483de7a9367"),
                (16, "9e99a7bf31e710900662f65e617c5184"),
                (40, "8a1de5be2eb31aad089a82e6ee908b0e"),
                (64, "a1d5df0eed790f794d77589659f39a11"),
            ],
        ),
        (
            "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
            [
                (0, "028962f61b7bf89efc6b551f4667d983"),
                (16, "28a7023f452e8f82bd4bf28d8c37c35c"),
                (40, "aaf3d8f1de5640c232f5b169b9c911e6"),
                (64, "e1992190549f6ed5696a2c056c315410"),
            ],
        ),
    ] {
        let cipher = AesKey::new(&hex(key)).unwrap();
        let subkeys = CmacSubkeys::new(&cipher);
        for (length, expected) in answers {
            let mut out = [0; 16];
            subkeys.mac(&cipher, &message[..length], &mut out).unwrap();
            assert_eq!(out.to_vec(), hex(expected), "{length} bytes");
        }
    }
}

/// [NIST SP 800-38B (2005), appendix D.4 and D.5; NIST CSRC examples TDES_CMAC].
#[test]
fn triple_des_cmac_gives_the_examples_of_sp_800_38b() {
    let message = hex(MESSAGE);
    for (key, answers) in [
        (
            "8aa83bf8cbda10620bc1bf19fbb6cd58bc313d4a371ca8b5",
            [
                (0, "b7a688e122ffaf95"),
                (8, "8e8f293136283797"),
                (20, "743ddbe0ce2dc2ed"),
                (32, "33e6b1092400eae5"),
            ],
        ),
        (
            "4cf15134a2850dd58a3d10ba80570d38",
            [
                (0, "bd2ebf9a3ba00361"),
                (8, "4ff2ab813c53ce83"),
                (20, "62dd1b471902bd4e"),
                (32, "31b1e431dabc4eb8"),
            ],
        ),
    ] {
        let cipher = Des3Key::new(&hex(key)).unwrap();
        let subkeys = CmacSubkeys::new(&cipher);
        for (length, expected) in answers {
            let mut out = [0; 8];
            subkeys.mac(&cipher, &message[..length], &mut out).unwrap();
            assert_eq!(out.to_vec(), hex(expected), "{length} bytes");
        }
    }
}

#[test]
fn cmac_in_pieces_is_cmac_of_the_whole() {
    let cipher = AesKey::new(&[3; 16]).unwrap();
    let subkeys = CmacSubkeys::new(&cipher);
    let data: Vec<u8> = (0..=255).cycle().take(1500).collect();
    for length in [0, 1, 15, 16, 17, 31, 32, 33, 512, 513, 1500] {
        let mut whole = [0; 16];
        subkeys.mac(&cipher, &data[..length], &mut whole).unwrap();
        for piece in [1, 5, 16, 17, 48, 600] {
            let (mut state, mut out) = (CmacState::new(), [0; 16]);
            for part in data[..length].chunks(piece) {
                state.update(&cipher, part).unwrap();
            }
            state.finish(&cipher, &subkeys, &mut out);
            assert_eq!(out, whole, "{length} bytes in pieces of {piece}");
        }
    }
}
