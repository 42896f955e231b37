//! Annex B of ISO/IEC 9796:1991, as Bouncy Castle's ISO9796Test has it, and what must not count as a signature. More
//! answers are in tests/vectors/rsa.

use crate::crypto::rsa::iso9796::Layout;
use crate::crypto::rsa::{CrtParts, PrivateKey};
use crate::crypto::testing::hex;
use crate::error::{Error, Result};

/// The modulus of 513 bits of the first two examples, and the private exponent; the public one is 3.
const KEY_513: (&str, &str) = (
    "0100000000000000000000000000000000bba2d15dbb303c8a21c5ebbcbae52b7125087920dd7cdf358ea119fd66fb064012ec8ce692f0a0b8e8321b041acd40b7",
    "2aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac9f0783a49dd5f6c5af651f4c9d0dc9281c96a3f16a85f9572d7cc3f2d0f25a9dbf1149e4cdc32273faadd3fda5dcda7",
);
/// The modulus of 512 bits of the third.
const KEY_512: (&str, &str) = (
    "ffffff7fa27087c35ebead78412d2bdffe0301edd494df13458974ea89b364708f7d0f5a00a50779ddf9f7d4cb80b8891324da251a860c4ec9ef288104b3858d",
    "2aaaaa9545bd6bf5e51fc7940adcdca5550080524e18cfd88b96e8d1c19de6121b13fac0eb0495d47928e047724d91d1740f6968457ce53ec8e24c9362ce84b5",
);
/// r of messages of 100 bits, which four zero bits pad to 13 bytes.
const R_OF_100_BITS: u8 = 5;

fn key((modulus, private_exponent): (&str, &str)) -> PrivateKey {
    let parts = CrtParts::default();
    PrivateKey::from_components(&hex(modulus), &[3], &hex(private_exponent), parts).unwrap()
}

/// The signature of a padded message.
fn sign(key: &PrivateKey, padded: &[u8], r: u8) -> Vec<u8> {
    let mut block = vec![0; key.block_len()];
    Layout::of(key.public().bits())
        .encode(padded, r, &mut block)
        .unwrap();
    key.sign_integer(&mut block).unwrap();
    block
}

/// The signature that any number would have if it were an intermediate integer.
fn sign_integer(key: &PrivateKey, integer: &[u8]) -> Vec<u8> {
    let mut block = integer.to_vec();
    key.sign_integer(&mut block).unwrap();
    block
}

fn recovered(key: &PrivateKey, signature: &[u8]) -> Result<Vec<u8>> {
    let mut out = vec![0; key.public().iso9796_len_max()];
    let length = key.public().recover_iso9796(signature, &mut out)?;
    out.truncate(length);
    Ok(out)
}

#[test]
fn signatures_are_those_of_the_standard() {
    let of_512 = "fedcba9876543210".repeat(4);
    for (numbers, padded, r, signature) in [
        (
            KEY_513,
            "0cbbaa99887766554433221100",
            R_OF_100_BITS,
            "00309f873d8ded8379490f6097eaafdabc137d3ebfd8f25ab5f138d56a719cdc526bdd022ea65dabab920a81013a85d092e04d3e421caab717c90d89ea45a8d23a",
        ),
        (
            KEY_513,
            &of_512,
            1,
            "00319bb9becb49f3ed1bca26d0fcf09b0b0a508e4d0bd43b350f959b72cd25b3af47d608fdcd248eada74fbe19990dbeb9bf0da4b4e1200243a14e5cab3f7e610c",
        ),
        (
            KEY_512,
            "0112233445566778899aabbccd",
            R_OF_100_BITS,
            "58e59ffb4b1fb1bcdbf8d1fe9afa3730c78a318a1134f5791b7313d480ff07ac319b068edf8f212945cb09cf33df30ace54f4a063fcca0b732f4b662dc4e2454",
        ),
    ] {
        let (key, padded, signature) = (key(numbers), hex(padded), hex(signature));
        assert_eq!(sign(&key, &padded, r), signature);
        // A message of 100 bits is none of 13 bytes.
        let (message, verdict) = match r {
            1 => (Ok(padded.clone()), Ok(())),
            _ => (Err(Error::SignatureInvalid), Err(Error::SignatureInvalid)),
        };
        assert_eq!(recovered(&key, &signature), message);
        assert_eq!(key.public().verify_iso9796(&padded, &signature), verdict);
    }
}

/// [ISO/IEC 9796, 5.3 and 5.4; Handbook of Applied Cryptography, 11.3.5], for moduli of every length modulo 16.
#[test]
fn the_integer_of_every_length_of_key_and_message_has_its_form_and_is_of_one_message() {
    for (bits, free_bits) in (512_usize..544).zip(510_u32..) {
        let (layout, length) = (Layout::of(bits), bits.div_ceil(8));
        let most = (bits + 2) / 16;
        for z in 1..=most {
            let message: Vec<u8> = (0..=u8::MAX).map(|at| at.wrapping_mul(83)).take(z).collect();
            let mut integer = vec![0xff; length];
            layout.encode(&message, 1, &mut integer).unwrap();
            let number = rsa::BoxedUint::from_be_slice_vartime(&integer);
            assert_eq!(number.bits(), free_bits + 1, "{bits} {z}");
            assert_eq!(integer[length - 1] & 15, 6);
            let mut found = vec![0; most];
            assert_eq!(layout.recover(&mut integer, &mut found), Some(z), "{bits} {z}");
            assert_eq!(found[..z], message);
        }
        let mut out = vec![0; length];
        for z in [0, most + 1, length] {
            let refused = layout.encode(&vec![1; z], 1, &mut out);
            assert!(matches!(refused, Err(Error::DataLenRange(_))), "{bits} {z}");
        }
        assert!(most == length / 2 || (most + 1 == length / 2 && bits % 16 > 8 && bits % 16 < 14));
    }
}

#[test]
fn what_is_no_intermediate_integer_is_no_signature() {
    let key = key(KEY_513);
    let message = [0x5a, 0xa5, 0x3c];
    let mut integer = vec![0; 65];
    Layout::of(513).encode(&message, 1, &mut integer).unwrap();
    assert_eq!(
        recovered(&key, &sign_integer(&key, &integer)),
        Ok(message.to_vec())
    );
    // Every bit, the last four and the first one as well.
    for bit in 0..512 {
        let mut wrong = integer.clone();
        wrong[64 - bit / 8] ^= 1 << (bit % 8);
        let signature = sign_integer(&key, &wrong);
        let invalid = Err(Error::SignatureInvalid);
        assert_eq!(key.public().verify_iso9796(&message, &signature), invalid);
        assert_eq!(recovered(&key, &signature), Err(Error::SignatureInvalid), "{bit}");
    }
    // Other marks of the beginning: messages of other than whole bytes, and of none at all.
    for r in (0..=15).filter(|r| *r != 1) {
        let signature = sign(&key, &[0, 1, 2], r);
        assert_eq!(recovered(&key, &signature), Err(Error::SignatureInvalid), "{r}");
    }
}

#[test]
fn a_message_has_one_signature() {
    let key = key(KEY_513);
    let mut signature = vec![0; 65];
    key.sign_iso9796(b"message", &mut signature).unwrap();
    key.public().verify_iso9796(b"message", &signature).unwrap();
    // n - s opens to an integer that is congruent as well.
    let number = |bytes: &[u8]| rsa::BoxedUint::from_be_slice_vartime(bytes);
    let other = number(&hex(KEY_513.0)) - number(&signature);
    let other = other.to_be_bytes_trimmed_vartime();
    let other = [vec![0; 65 - other.len()], other.to_vec()].concat();
    for wrong in [&other, &vec![0; 65], &vec![0xff; 65], &hex(KEY_513.0)] {
        let verdict = key.public().verify_iso9796(b"message", wrong);
        assert_eq!(verdict, Err(Error::SignatureInvalid));
        assert_eq!(recovered(&key, wrong), Err(Error::SignatureInvalid));
    }
    for wrong in [&signature[1..], &[], &[0; 66]] {
        let verdict = key.public().verify_iso9796(b"message", wrong);
        assert_eq!(verdict, Err(Error::SignatureLenRange));
        assert_eq!(recovered(&key, wrong), Err(Error::SignatureLenRange));
    }
}
