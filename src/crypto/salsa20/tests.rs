//! Known answers: publications where one is named, else PyCryptodome 3 and `cryptography` 48 put together.

use super::*;
use crate::crypto::stream_poly::TAG_LEN;
use crate::crypto::testing::hex;

fn key() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

fn text(length: usize) -> Vec<u8> {
    (0..=255).cycle().take(length).collect()
}

fn stream(key: &[u8; 32], nonce: &[u8], counter: u64, input: &[u8], piece: usize) -> Vec<u8> {
    let mut stream = Salsa20::new(key, nonce, counter).unwrap();
    let mut out = vec![0; input.len()];
    for (from, to) in input.chunks(piece).zip(out.chunks_mut(piece)) {
        stream.apply(from, to).unwrap();
    }
    out
}

/// [eSTREAM, Salsa20 test vectors, 256-bit keys, set 1, vector 0].
#[test]
fn the_key_stream_is_that_of_estream() {
    let mut key = [0; 32];
    key[0] = 0x80;
    let expected = hex(
        "e3be8fdd8beca2e3ea8ef9475b29a6e7003951e1097a5c38d23b7a5fad9f6844b22c97559e2723c7cbbd3fe4fc8d9a074465\
             2a83e72a9c461876af4d7ef1a117",
    );
    for piece in [1, 63, 64] {
        assert_eq!(stream(&key, &[0; 8], 0, &[0; 64], piece), expected, "{piece}");
    }
}

#[test]
fn a_key_stream_begins_at_any_block() {
    let nonce: Vec<u8> = (0x10..0x18).collect();
    let expected = "951b863f1a217a4958440006ef01ce70f61a7904e832d01e37fe25e925c406231b697519b2f405e50f9039c0094003f2e285\
             4d59fde440316910842a0d76e44c809505046c78b547b952c46c839b1057";
    assert_eq!(stream(&key(), &nonce, 2, &text(80), 33), hex(expected));
}

#[test]
fn a_counter_does_not_come_round() {
    let last = Salsa20::new(&key(), &[0; 8], u64::MAX - 1).unwrap();
    assert!(last.has(64) && !last.has(65));
    for wrong in [0, 7, 12, 16, 23, 25] {
        assert!(Salsa20::new(&key(), &vec![0; wrong], 0).is_err(), "{wrong}");
    }
}

/// [NaCl 20110221, tests/secretbox.c: XSalsa20-Poly1305]; the second is Salsa20's.
#[test]
fn messages_seal_and_open_whole_and_in_pieces() {
    let published = hex("1b27556473e985d462cd51197a9a46c76009549eac6474f206c4ee0844f68389");
    let message = hex(
        "be075fc53c81f2d5cf141316ebeb0c7b5228c52a4c62cbd44b66849b64244ffce5ecbaaf33bd751a1ac728d45e6c61296cdc\
             3c01233561f41db66cce314adb310e3be8250c46f06dceea3a7fa1348057e2f6556ad6b1318a024a838f21af1fde048977eb\
             48f59ffd4924ca1c60902e52f0a089bc76897040e082f937763848645e0705",
    );
    let ciphertext = "8e993b9f48681273c29650ba32fc76ce48332ea7164d96a4476fb8c531a1186ac0dfc17c98dce87b4da7f011ec48c97271d2\
             c20f9b928fe2270d6fb863d51738b48eeee314a7cc8ab932164548e526ae90224368517acfeabd6bb3732bc0e9da99832b61\
             ca01b6de56244a9e88d5f9b37973f622a43d14a6599b1f654cb45a74e355a5";
    let tag = "f3ffc7703f9400e52a7dfb4b3d3305d9";
    let cases = [
        (
            published,
            hex("69696ee955b62b73cd62bda875fc73d68219e0036b7a0b37"),
            message,
            hex(&[ciphertext, tag].concat()),
        ),
        (
            key().to_vec(),
            (0x10..0x18).collect(),
            text(70),
            hex(
                "55cdb762f55fb62e8bc1a52d65da9a4e315a520eefe471ed00b73e51c1b9c176b464044936825b0a38ad542958d4662eceae\
             35419854df38fa3fb1f78035fbce8136e180c29121b47b6d8ede5696b35e5c4cf072137b",
            ),
        ),
    ];
    for (key, nonce, text, expected) in cases {
        let prepared = SalsaPolyKey::new(&key).unwrap();
        let (mut out, mut tag) = (vec![0; text.len()], [0; TAG_LEN]);
        prepared.seal(&nonce, b"", &text, &mut out, &mut tag).unwrap();
        assert_eq!([&out[..], &tag].concat(), expected);
        prepared
            .open(&nonce, b"", &expected[..text.len()], &tag, &mut out)
            .unwrap();
        assert_eq!(out, text);
        for piece in [1, 31, 32, 64, 131] {
            let mut stream = prepared.stream(&nonce, b"").unwrap();
            for (from, to) in text.chunks(piece).zip(out.chunks_mut(piece)) {
                stream.update(from, to).unwrap();
            }
            assert_eq!([&out[..], &stream.finish()].concat(), expected, "{piece}");
        }
        tag[15] ^= 1;
        let answer = prepared.open(&nonce, b"", &expected[..text.len()], &tag, &mut out);
        assert_eq!(answer, Err(Error::AeadDecryptFailed));
        assert!(out.iter().all(|byte| *byte == 0));
    }
}

#[test]
fn there_is_no_additional_data() {
    let prepared = SalsaPolyKey::new(&[1; 32]).unwrap();
    let refused = prepared.seal(&[1; 24], b"data", b"", &mut [], &mut [0; TAG_LEN]);
    assert!(matches!(refused, Err(Error::MechanismParamInvalid(_))));
}
