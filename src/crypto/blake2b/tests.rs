//! Keyed BLAKE2b against its authors' answers; plain BLAKE2b is checked with the other hashes.

use super::{Error, State};
use crate::crypto::testing::hex;

/// In pieces, saved and restored after each; and whole.
fn mac(output_len: u8, key: &[u8], data: &[u8], piece: usize) -> Vec<u8> {
    let mut state = State::keyed(output_len, key).unwrap();
    for part in data.chunks(piece) {
        state.update(part);
        state = State::restore(output_len, &state.save()).unwrap();
    }
    let (mut out, mut whole) = (vec![0; output_len.into()], vec![0; output_len.into()]);
    state.finish(&mut out);
    crate::crypto::blake2b::mac(output_len, key, data, &mut whole).unwrap();
    assert_eq!(out, whole);
    out
}

/// [BLAKE2 reference package, testvectors/blake2b-kat.txt]: the key is 00 01 … 3f, the input 00 01 … of 0, 1 and 255
/// bytes.
#[test]
fn macs_are_those_of_the_reference() {
    let key: Vec<u8> = (0..64).collect();
    let data: Vec<u8> = (0..=254).collect();
    for (length, expected) in [
        (
            0,
            "10ebb67700b1868efb4417987acf4690ae9d972fb7a590c2f02871799aaa4786\
             b5e996e8f0f4eb981fc214b005f42d2ff4233499391653df7aefcbc13fc51568",
        ),
        (
            1,
            "961f6dd1e4dd30f63901690c512e78e4b45e4742ed197c3c5e45c549fd25f2e4\
             187b0bc9fe30492b16b0d0bc4ef9b0f34c7003fac09a5ef1532e69430234cebd",
        ),
        (
            255,
            "142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e9248\
             4be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461",
        ),
    ] {
        for piece in [1, 64, 127, 128, 129, 300] {
            assert_eq!(mac(64, &key, &data[..length], piece), hex(expected), "{length}");
        }
    }
}

/// Computed by Python's hashlib.
#[test]
fn length_and_key_are_parameters_of_the_hash() {
    let data = b"The quick brown fox";
    assert_eq!(
        mac(20, b"key", data, 5),
        hex("ae6fe984d6e118a14b18fe3cde846c0fde69c04d")
    );
    assert_eq!(
        mac(32, &[7; 33], data, 5),
        hex("1e256c33743fe21e3f19a6fe6f1229984123cbf004aef6519abd598f3bd89f7d")
    );
}

#[test]
fn keys_of_no_length_and_of_too_much_are_refused() {
    for length in [0, 65, 128, 129, 256, 300] {
        assert!(matches!(
            State::keyed(32, &vec![1; length]),
            Err(Error::Internal(_))
        ));
        assert!(crate::crypto::blake2b::mac(32, &vec![1; length], b"", &mut [0; 32]).is_err());
    }
}
