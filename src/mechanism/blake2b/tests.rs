//! The rows through their roles. Answers: the reference's, where it has them, else Python's hashlib.

use super::*;
use crate::crypto::testing::hex;
use crate::mechanism::Params;
use crate::mechanism::mac::testing::{known_answer, lengths};
use crate::mechanism::testing::{row, secret_key};

/// The MAC with key 00 01 … 3f of 00 01 … fe; that of 512 bits is the last of [BLAKE2 reference package,
/// testvectors/blake2b-kat.txt].
#[test]
fn macs_are_those_of_other_implementations() {
    let value: Vec<u8> = (0..64).collect();
    let data: Vec<u8> = (0..=254).collect();
    for (id, own, expected) in [
        (
            CKM_BLAKE2B_160_HMAC,
            CKK_BLAKE2B_160_HMAC,
            "22009cee4a8b604f44f1bfc2bbfcb3a6723f07bf",
        ),
        (
            CKM_BLAKE2B_256_HMAC,
            CKK_BLAKE2B_256_HMAC,
            "fe7b76a61787c089141f9e10fca1e5092488d89c62ea793fb2c5b1f849b4f2cb",
        ),
        (
            CKM_BLAKE2B_384_HMAC,
            CKK_BLAKE2B_384_HMAC,
            "1cef462fb264e36d8f0cad3530956ced408795e8abe8a922869c12e853049fdf621f9f870077108affe72b184879b1b8",
        ),
        (
            CKM_BLAKE2B_512_HMAC,
            CKK_BLAKE2B_512_HMAC,
            "142709d62e28fcccd0af97fad0f8465b971e82201dc51070faa0372aa43e9248\
             4be1c1e73ba10906d5d1853db6a4106e0a7bf9800d373d6dee2d46d62ef2a461",
        ),
    ] {
        for key_type in [CKK_GENERIC_SECRET, own] {
            let key = secret_key(key_type, &value);
            known_answer(row(ROWS, id), &key, &Params::None, &data, &hex(expected));
        }
    }
}

#[test]
fn a_length_may_be_chosen() {
    let key = secret_key(CKK_BLAKE2B_160_HMAC, b"key");
    lengths(
        row(ROWS, CKM_BLAKE2B_160_HMAC),
        row(ROWS, CKM_BLAKE2B_160_HMAC_GENERAL),
        &key,
    );
    let key = secret_key(CKK_BLAKE2B_512_HMAC, b"key");
    lengths(
        row(ROWS, CKM_BLAKE2B_512_HMAC),
        row(ROWS, CKM_BLAKE2B_512_HMAC_GENERAL),
        &key,
    );
}
