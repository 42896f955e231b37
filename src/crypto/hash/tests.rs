//! Digests, whole and in pieces, against the standards' examples and other implementations.

use super::*;
use crate::crypto::testing::hex;

/// The message "abc" [NIST CSRC, "Examples with Intermediate Values" for FIPS 180-4 and FIPS 202; RFC 7693, A; RFC 1321,
/// A.5; RIPEMD-160's authors, "The hash function RIPEMD-160"]. BLAKE2b of other lengths than 512 bits: computed by
/// Python's hashlib.
const ABC: [(Hash, &str); Hash::ALL.len()] = [
    (Hash::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
    (
        Hash::Sha224,
        "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
    ),
    (
        Hash::Sha256,
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    (
        Hash::Sha384,
        "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
    ),
    (
        Hash::Sha512,
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
         2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    ),
    (
        Hash::Sha512_224,
        "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
    ),
    (
        Hash::Sha512_256,
        "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23",
    ),
    (
        Hash::Sha3_224,
        "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
    ),
    (
        Hash::Sha3_256,
        "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    ),
    (
        Hash::Sha3_384,
        "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b298d88cea927ac7f539f1edf228376d25",
    ),
    (
        Hash::Sha3_512,
        "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e\
         10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    ),
    (Hash::Md5, "900150983cd24fb0d6963f7d28e17f72"),
    (Hash::Blake2b160, "384264f676f39536840523f284921cdc68b6846b"),
    (
        Hash::Blake2b256,
        "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
    ),
    (
        Hash::Blake2b384,
        "6f56a82c8e7ef526dfe182eb5212f7db9df1317e57815dbda46083fc30f54ee6c66ba83be64b302d7cba6ce15bb556f4",
    ),
    (
        Hash::Blake2b512,
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1\
         7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    ),
    (Hash::Ripemd160, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
];

#[test]
fn digests_are_those_of_the_standard() {
    for (hash, expected) in ABC {
        let mut out = vec![0; hash.output_len()];
        hash.digest(b"abc", &mut out);
        assert_eq!(out, hex(expected), "{hash:?}");
    }
}

#[test]
fn a_place_of_any_length_takes_as_much_of_the_digest_as_it_can() {
    for hash in Hash::ALL {
        let mut whole = vec![0; hash.output_len()];
        hash.digest(b"abc", &mut whole);
        for length in 0..=80 {
            let (mut once, mut pieces) = (vec![0xee; length], vec![0xee; length]);
            hash.digest(b"abc", &mut once);
            let mut hasher = hash.hasher();
            hasher.update(b"abc");
            hasher.finish(&mut pieces);
            let taken = length.min(whole.len());
            assert_eq!((&once[..taken], &once), (&whole[..taken], &pieces));
            assert!(
                once[taken..].iter().all(|byte| *byte == 0xee),
                "{hash:?}, {length}"
            );
        }
    }
}

#[test]
fn pieces_and_clones_give_the_digest_of_the_whole() {
    let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
    for hash in Hash::ALL {
        let (mut whole, mut pieces) = (vec![0; hash.output_len()], vec![0; hash.output_len()]);
        hash.digest(&data, &mut whole);
        let mut hasher = hash.hasher();
        hasher.update(&data[..77]);
        let mut other = hasher.clone();
        hasher.update(b"another message");
        other.update(&data[77..]);
        other.finish(&mut pieces);
        assert_eq!(whole, pieces, "{hash:?}");
    }
}

/// SHA-512/t is not among [`Hash::ALL`].
fn savable() -> impl Iterator<Item = Hash> {
    Hash::ALL.into_iter().chain([truncated(100)])
}

#[test]
fn a_saved_state_goes_on_to_the_same_digest() {
    let data: Vec<u8> = (0..=255).cycle().take(300).collect();
    for hash in savable() {
        let mut whole = vec![0; hash.output_len()];
        hash.digest(&data, &mut whole);
        for cut in 0..=data.len() {
            let mut hasher = hash.hasher();
            hasher.update(&data[..cut]);
            let mut other = hash.restore(&hasher.save()).unwrap();
            other.update(&data[cut..]);
            let mut digest = vec![0; hash.output_len()];
            other.finish(&mut digest);
            assert_eq!(digest, whole, "{hash:?} cut at {cut}");
        }
    }
}

#[test]
fn what_is_no_state_is_none() {
    for hash in savable() {
        let mut hasher = hash.hasher();
        hasher.update(&[1; 200]);
        let saved = hasher.save();
        for wrong in [
            &[][..],
            &saved[1..],
            &saved[..saved.len() - 1],
            &[&*saved, &[0; 128]].concat(),
        ] {
            assert!(hash.restore(wrong).is_none(), "{hash:?}");
        }
    }
}

#[test]
fn digests_agree_with_another_implementation() {
    use sha2::Digest;
    for length in [
        0, 1, 55, 56, 63, 64, 65, 71, 72, 103, 104, 111, 112, 127, 128, 129, 135, 136, 143, 144, 145, 600,
    ] {
        let data = vec![0x5a; length];
        let theirs: [(Hash, Vec<u8>); 13] = [
            (Hash::Sha1, sha1::Sha1::digest(&data).to_vec()),
            (Hash::Sha224, sha2::Sha224::digest(&data).to_vec()),
            (Hash::Sha256, sha2::Sha256::digest(&data).to_vec()),
            (Hash::Sha384, sha2::Sha384::digest(&data).to_vec()),
            (Hash::Sha512, sha2::Sha512::digest(&data).to_vec()),
            (Hash::Sha512_224, sha2::Sha512_224::digest(&data).to_vec()),
            (Hash::Sha512_256, sha2::Sha512_256::digest(&data).to_vec()),
            (Hash::Sha3_224, ::sha3::Sha3_224::digest(&data).to_vec()),
            (Hash::Sha3_256, ::sha3::Sha3_256::digest(&data).to_vec()),
            (Hash::Sha3_384, ::sha3::Sha3_384::digest(&data).to_vec()),
            (Hash::Sha3_512, ::sha3::Sha3_512::digest(&data).to_vec()),
            (Hash::Md5, md5::Md5::digest(&data).to_vec()),
            (Hash::Ripemd160, ripemd::Ripemd160::digest(&data).to_vec()),
        ];
        for (hash, expected) in theirs {
            let mut out = vec![0; hash.output_len()];
            hash.digest(&data, &mut out);
            assert_eq!(out, expected, "{hash:?} of {length} bytes");
            let mut hasher = hash.hasher();
            hasher.update(&data);
            hasher.finish(&mut out);
            assert_eq!(out, expected, "{hash:?} of {length} bytes");
        }
    }
}

/// SHA-512/t of "abc" and of 200 letters a: computed by a Python program of its own after FIPS 180-4, whose SHA-512/256
/// is that of hashlib.
const TRUNCATED: [(u64, &str, &str); 7] = [
    (1, "00", "80"),
    (7, "64", "2c"),
    (9, "9c00", "9200"),
    (96, "67246fd8d90dca7009449ad5", "3de3a19b6ef5250f86808715"),
    (100, "36cc539a771da9ad5726499d80", "e18599c6fea8a8e5e2f531af60"),
    (
        160,
        "0a74fe1b43eecbea62182658da8a68b8acef25bf",
        "a7d15c94cda93503e37137e5f60bf1e86ba80e1e",
    ),
    (
        511,
        "71a80c6a46fbd2d092522f3a5d7750b9daa2c59f2ff05dfde25cd68e53317f4e\
         79a080da3d4145b3fc2d8fe520cd787da4bb0165a90296a99a9a9b87994a087c",
        "98d1a3a437b14a0acabd2c60c9fb4ee557422e2b757b60e9a6cb89439a22b2ad\
         46eb39f622a45d09dda7795b5a79ca79f0b0e11ce909bc74f1535595bf54fa74",
    ),
];

fn truncated(bits: u64) -> Hash {
    Hash::Sha512T(Truncation::new(bits).unwrap())
}

#[test]
fn sha_512_t_is_that_of_another_implementation() {
    for (bits, short, long) in TRUNCATED {
        for (message, expected) in [(&b"abc"[..], short), (&[b'a'; 200], long)] {
            let expected = hex(expected);
            for length in [0, 1, expected.len(), 64, 80] {
                let mut out = vec![0; length];
                truncated(bits).digest(message, &mut out);
                let taken = length.min(expected.len());
                assert_eq!(out[..taken], expected[..taken], "{bits} bits");
                assert!(out[taken..].iter().all(|byte| *byte == 0));
            }
        }
    }
    for (bits, named) in [(224, Hash::Sha512_224), (256, Hash::Sha512_256)] {
        let (mut t, mut name) = ([0; 32], [0; 32]);
        truncated(bits).digest(b"abc", &mut t);
        named.digest(b"abc", &mut name);
        assert_eq!((t, truncated(bits).output_len()), (name, named.output_len()));
    }
}

#[test]
fn sha_512_t_has_1_to_511_bits_and_not_384() {
    for bits in 1..512 {
        assert_eq!(Truncation::new(bits).is_some(), bits != 384, "{bits}");
    }
    for bits in [0, 512, 1 << 16, (1 << 16) + 8, u64::MAX] {
        assert_eq!(Truncation::new(bits), None, "{bits}");
    }
}

/// [NIST CSRC, "Examples with Intermediate Values" for FIPS 202, message of 0 bits]; "abc": computed by Python's hashlib.
#[test]
fn shake_gives_as_much_as_is_asked_for() {
    for (xof, message, expected) in [
        (
            Xof::Shake128,
            &b""[..],
            "7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26",
        ),
        (
            Xof::Shake128,
            b"abc",
            "5881092dd818bf5cf8a3ddb793fbcba74097d5c526a6d35f97b83351940f2cc8",
        ),
        (
            Xof::Shake256,
            b"",
            "46b9dd2b0ba88d13233b3feb743eeb243fcd52ea62b81b82b50c27646ed5762f\
             d75dc4ddd8c0f200cb05019d67b592f6fc821c49479ab48640292eacb3b7c4be",
        ),
        (
            Xof::Shake256,
            b"abc",
            "483366601360a8771c6863080cc4114d8db44530f8f1e1ee4f94ea37e78b5739\
             d5a15bef186a5386c75744c0527e1faa9f8726e462a12a4feb06bd8801e751e4",
        ),
    ] {
        let expected = hex(expected);
        for length in [0, 1, expected.len()] {
            let mut out = vec![0; length];
            xof.digest(message, &mut out).unwrap();
            assert_eq!(out, expected[..length]);
        }
        let mut long = vec![0; 1000];
        xof.digest(message, &mut long).unwrap();
        assert_eq!(long[..expected.len()], expected);
    }
}
