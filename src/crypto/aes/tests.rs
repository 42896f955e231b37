use super::*;
use crate::crypto::testing::hex;

const KEYS: [&str; 3] = [
    "2b7e151628aed2a6abf7158809cf4f3c",
    "8e73b0f7da0e6452c810f32b809079e562f8ead2522c6b7b",
    "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
];

/// [NIST SP 800-38A, appendix F]: the plaintext of all examples.
const PLAIN: &str = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51\
                     30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

fn key(index: usize) -> AesKey {
    AesKey::new(&hex(KEYS[index])).unwrap()
}

/// [NIST SP 800-38A, F.1].
#[test]
fn ecb_gives_the_examples_of_sp_800_38a() {
    for (index, expected) in [
        "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf\
         43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4",
        "bd334f1d6e45f25ff712a214571fa5cc974104846d0ad3ad7734ecb3ecee4eef\
         ef7afd2270e2e60adce0ba2face6444e9a4b41ba738d6c72fb16691603c18e0e",
        "f3eed1bdb5d2a03c064b5a7e3db181f8591ccb10d410ed26dc5ba74a31362870\
         b6ed21b99ca6f4f9f153e7b1beafed1d23304b7a39f9f3ff067d8d8f9e24ecc7",
    ]
    .iter()
    .enumerate()
    {
        let mut out = [0; 64];
        key(index).ecb_encrypt(&hex(PLAIN), &mut out).unwrap();
        assert_eq!(out.to_vec(), hex(expected));
        key(index).ecb_decrypt(&hex(expected), &mut out).unwrap();
        assert_eq!(out.to_vec(), hex(PLAIN));
        let mut block: Block = hex(PLAIN)[..16].try_into().unwrap();
        key(index).encrypt_block(&mut block);
        assert_eq!(block[..], hex(expected)[..16]);
    }
}

/// [NIST SP 800-38A, F.2].
#[test]
fn cbc_gives_the_examples_of_sp_800_38a_in_pieces() {
    for (index, expected) in [
        "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2\
         73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7",
        "4f021db243bc633d7178183a9fa071e8b4d9ada9ad7dedf4e5e738763f69145a\
         571b242012fb7ae07fa9baac3df102e008b0e27988598881d920a9e64f5615cd",
        "f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d\
         39f23369a9d9bacfa530e26304231461b2eb05e2c39be9fcda6c19078c6a9d1b",
    ]
    .iter()
    .enumerate()
    {
        let start: Block = hex("000102030405060708090a0b0c0d0e0f").try_into().unwrap();
        let (plain, cipher, key) = (hex(PLAIN), hex(expected), key(index));
        for at in [0, 16, 48, 64] {
            let (mut iv, mut out) = (start, [0; 64]);
            key.cbc_encrypt(&mut iv, &plain[..at], &mut out[..at]).unwrap();
            key.cbc_encrypt(&mut iv, &plain[at..], &mut out[at..]).unwrap();
            assert_eq!(out.to_vec(), cipher);
            let mut iv = start;
            key.cbc_decrypt(&mut iv, &cipher[..at], &mut out[..at]).unwrap();
            key.cbc_decrypt(&mut iv, &cipher[at..], &mut out[at..]).unwrap();
            assert_eq!(out.to_vec(), plain);
        }
    }
}

/// [NIST SP 800-38A, F.5].
#[test]
fn counter_mode_gives_the_examples_of_sp_800_38a_in_pieces() {
    for (index, expected) in [
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff\
         5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
        "1abc932417521ca24f2b0459fe7e6e0b090339ec0aa6faefd5ccc2c6f4ce8e94\
         1e36b26bd1ebc670d1bd1d665620abf74f78a7f6d29809585a97daec58c6b050",
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c5\
         2b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6",
    ]
    .iter()
    .enumerate()
    {
        let block: Block = hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff").try_into().unwrap();
        let (plain, key) = (hex(PLAIN), key(index));
        for piece in [1, 15, 16, 17, 64] {
            let mut counter = Counter::new(block, 128).unwrap();
            let mut out = [0; 64];
            for (from, to) in plain.chunks(piece).zip(out.chunks_mut(piece)) {
                key.ctr(&mut counter, from, to).unwrap();
            }
            assert_eq!(out.to_vec(), hex(expected));
        }
    }
}

#[test]
fn a_counter_may_use_each_of_its_values_once_and_no_more() {
    let key = key(0);
    for (last_byte, bits, blocks) in [
        (0xff, 8, 1),
        (0xfe, 8, 2),
        (0xff, 1, 1),
        (0xfe, 1, 2),
        (0, 4, 16),
        (0x0f, 4, 1),
    ] {
        let mut block = [0xaa; 16];
        block[15] = last_byte;
        let mut counter = Counter::new(block, bits).unwrap();
        let data = vec![0; blocks * 16];
        let mut out = data.clone();
        key.ctr(&mut counter, &data, &mut out).unwrap();
        assert!(!counter.has(1) && counter.has(0));
        let over = key.ctr(&mut counter, &[0], &mut [0]);
        assert!(
            matches!(over, Err(Error::DataLenRange(_))),
            "{last_byte:#x} {bits}"
        );
        // The fixed part of the block never changes, so each value is the block cipher's.
        let mut last = block;
        last[15] = last_byte.wrapping_add(u8::try_from(blocks - 1).unwrap());
        key.encrypt_block(&mut last);
        assert_eq!(out[out.len() - 16..], last);
    }
}

#[test]
fn a_counter_of_all_ones_in_128_bits_has_one_block() {
    let mut counter = Counter::new([0xff; 16], 128).unwrap();
    assert!(counter.has(16) && !counter.has(17));
    key(0).ctr(&mut counter, &[0; 16], &mut [0; 16]).unwrap();
    assert!(Counter::new([0; 16], 128).unwrap().has(usize::MAX));
    assert!(Counter::new([0; 16], 0).is_err());
    assert!(Counter::new([0; 16], 129).is_err());
}

#[test]
fn padding_comes_off_as_it_was_put_on() {
    for size in [8, 16] {
        for used in 0..size {
            let mut block = vec![0x77; size];
            pad(&mut block, used);
            assert_eq!(unpad(&block), Ok(used));
        }
    }
}

#[test]
fn bad_padding_is_refused() {
    for last in [0, 17, 0x80, 0xff] {
        let mut block = [last; 16];
        assert_eq!(unpad(&block), Err(Error::EncryptedDataInvalid), "{last}");
        block[15] = 3;
        assert_eq!(unpad(&block), Err(Error::EncryptedDataInvalid), "{last}");
    }
    assert!(unpad(&[]).is_err());
}

#[test]
fn wrong_lengths_are_refused() {
    assert!(AesKey::new(&[0; 15]).is_err());
    assert!(AesKey::new(&[]).is_err());
    let key = key(0);
    assert!(key.ecb_encrypt(&[0; 17], &mut [0; 17]).is_err());
    assert!(key.ecb_encrypt(&[0; 16], &mut [0; 32]).is_err());
    assert!(key.cbc_encrypt(&mut [0; 16], &[0; 15], &mut [0; 16]).is_err());
    assert!(key.cbc_decrypt(&mut [0; 16], &[0; 32], &mut [0; 16]).is_err());
}
