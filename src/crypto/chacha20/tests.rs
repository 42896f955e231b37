//! Known answers. Where no publication is named, they were computed with PyCryptodome 3 (the key streams) and
//! libsodium 1.0.20 (the AEADs, through PyNaCl), over the key 00 01 02 … and the text 00 01 02 …

use super::*;
use crate::crypto::stream_poly::{PolyKey, TAG_LEN};
use crate::crypto::testing::hex;

fn key() -> [u8; 32] {
    std::array::from_fn(|at| u8::try_from(at).unwrap())
}

fn text(length: usize) -> Vec<u8> {
    (0..=255).cycle().take(length).collect()
}

fn count_from(first: u8, length: u8) -> Vec<u8> {
    (first..first + length).collect()
}

fn stream(nonce: &[u8], counter: u64, input: &[u8], piece: usize) -> Vec<u8> {
    let mut stream = ChaCha20::new(&key(), nonce, counter).unwrap();
    let mut out = vec![0; input.len()];
    for (from, to) in input.chunks(piece).zip(out.chunks_mut(piece)) {
        stream.apply(from, to).unwrap();
    }
    out
}

/// [RFC 8439, 2.4.2].
#[test]
fn the_key_stream_is_that_of_the_rfc() {
    let text =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                 sunscreen would be it.";
    let expected = hex(
        "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b3571639\
             d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab77937365af90bbf\
             74a35be6b40b8eedf2785e42874d",
    );
    let nonce = hex("000000000000004a00000000");
    for piece in [1, 63, 64, 65, 114] {
        assert_eq!(stream(&nonce, 1, text, piece), expected, "{piece}");
    }
}

#[test]
fn all_variants_begin_at_any_block() {
    let (short, ietf, extended) = (count_from(0x10, 8), count_from(0x20, 12), count_from(0x40, 24));
    let cases: [(&[u8], u64, &str); 4] = [
        (
            &short,
            5,
            "50fac639a645a1bda5a5cf20d2ea6ddd62f352718027bc7e7309e349edccbcadb6fe254fb99aa7b32085963ca11048f6badf\
             73bdd003b764ad5c72051db0c49544e0e3675f41b78ef89bc31c9b8af9f6",
        ),
        (
            &ietf,
            1,
            "73e68a7f15eafa3d93cca7c3453281b76b7f6c21047c895a9ef827bfa0a6c50d2396a075e83ef140cce6c73c4cdc4d6ff53d\
             5756ba6636a5963ff6da1a7eba5fdfd95eecf39135b0fb95684afe756068",
        ),
        (
            &extended,
            0,
            "85ef3315377825c12a1c3e575e2b43702c7f98804d2559cb9c4a021f9fb108791f9626ad6c44bec266913bbe17ddf2599756\
             9be1a501ecdf95501f2293ea88e79478473394a53f51c7bdcdf5e3d12bdd",
        ),
        (
            &extended,
            3,
            "df50450dd5dbd0b7a8a9f83b65aad05ffe367aec21394a0a5533bba221c614ae19dd269f5a67c65979d4e4e847fa12d1b1db\
             f8d2b8d4c2b9d1fb3db426a814a6eabcf6e0d73262bd337a632681904b3f",
        ),
    ];
    for (nonce, counter, expected) in cases {
        assert_eq!(
            stream(nonce, counter, &text(80), 80),
            hex(expected),
            "{}",
            nonce.len()
        );
    }
}

#[test]
fn a_counter_of_64_bits_is_carried() {
    let expected = hex(
        "248a9a6aa76a8d349923e28d537bb8010f014c7e5735b9a7f3e8844be21ca37b3c8794c043cf93166d8bbed737c56d7cc109\
             76a418b5f41c64fc432fe320efe37534d27cc7a8b8eee57e62899993ce3b5d8eddf959d41827451e7aa57827d148290d1501\
             47217369096fcf2c2a76338a45d16a1f50f43d28cf72a86fb07c581b8c2e139ce77e88178f888368a15241d06fd832891f01\
             9ec3371ea0f4f6f79285",
    );
    for piece in [1, 64, 100, 160] {
        let made = stream(&count_from(0x10, 8), u64::from(u32::MAX), &text(160), piece);
        assert_eq!(made, expected, "{piece}");
    }
}

#[test]
fn a_counter_does_not_come_round() {
    let mut last = ChaCha20::new(&key(), &[0; 12], u64::from(u32::MAX)).unwrap();
    assert!(last.has(64) && !last.has(65));
    assert!(matches!(
        last.apply(&[0; 65], &mut [0; 65]),
        Err(Error::DataLenRange(_))
    ));
    last.apply(&[0; 64], &mut [0; 64]).unwrap();
    assert!(matches!(last.apply(&[0], &mut [0]), Err(Error::DataLenRange(_))));
    let last = ChaCha20::new(&key(), &[0; 8], u64::MAX).unwrap();
    assert!(last.has(64) && !last.has(65));
    assert!(ChaCha20::new(&key(), &[0; 12], 1 << 32).is_err());
    for wrong in [0, 7, 11, 13, 16, 23, 25] {
        assert!(ChaCha20::new(&key(), &vec![0; wrong], 0).is_err(), "{wrong}");
    }
}

#[test]
fn messages_seal_and_open_whole_and_in_pieces() {
    let cases = [
        (
            count_from(0x10, 8),
            "0e2fbf4238fd549dc56b31be69d776c59ebed233b1811c8ef4962bfe6c7103f139436012342bc18a05904ade9038b0f694c5\
             eea0aec33a1959750ee7c63a3c15d7034ea916d359bea9140f04464bbb9dfea1526950b4",
        ),
        (
            count_from(0x20, 12),
            "73e68a7f15eafa3d93cca7c3453281b76b7f6c21047c895a9ef827bfa0a6c50d2396a075e83ef140cce6c73c4cdc4d6ff53d\
             5756ba6636a5963ff6da1a7eba5fdfd95eecf391ecd884017ac9805235fa749b2a419364",
        ),
        (
            count_from(0x40, 24),
            "d4380773d4e57f1187fd8db5a3916b9d82abbfd7074c458d7228e75e15193d8f36d8204d71b7a237d79bde6726f7f4deab5a\
             4fdb5bb082ab8ec532cf2f8f726b1a6aba3150f667753bfe9671f3086070dab60509058c",
        ),
    ];
    let prepared = ChaChaPolyKey::new(&key()).unwrap();
    for (nonce, expected) in cases {
        let (expected, text) = (hex(expected), text(70));
        let (mut out, mut tag) = (vec![0; 70], [0; TAG_LEN]);
        prepared
            .seal(&nonce, b"additional", &text, &mut out, &mut tag)
            .unwrap();
        assert_eq!([&out[..], &tag].concat(), expected);
        prepared
            .open(&nonce, b"additional", &expected[..70], &tag, &mut out)
            .unwrap();
        assert_eq!(out, text);
        for piece in [1, 16, 69, 70] {
            let mut stream = prepared.stream(&nonce, b"additional").unwrap();
            for (from, to) in text.chunks(piece).zip(out.chunks_mut(piece)) {
                stream.update(from, to).unwrap();
            }
            assert_eq!([&out[..], &stream.finish()].concat(), expected, "{piece}");
        }
    }
}

#[test]
fn a_changed_message_gives_no_plaintext() {
    let prepared = ChaChaPolyKey::new(&key()).unwrap();
    for nonce in [&[1; 8][..], &[1; 12], &[1; 24]] {
        let (mut out, mut tag) = (vec![0; 20], [0; TAG_LEN]);
        prepared.seal(nonce, b"", &[7; 20], &mut out, &mut tag).unwrap();
        out[3] ^= 1;
        let mut opened = [0xff; 20];
        let answer = prepared.open(nonce, b"", &out, &tag, &mut opened);
        assert_eq!((answer, opened), (Err(Error::AeadDecryptFailed), [0; 20]));
    }
}
