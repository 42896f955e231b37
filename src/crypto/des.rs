//! Triple DES and DES with the key schedules cached, single blocks for card verification values, parity and weak keys.
//!
//! aws-lc does the arithmetic: nearly three times as fast as the `des` crate, which is the tests' oracle.

use super::aws_lc::des::{DesSchedule, TripleDes};
use crate::error::{Error, Result};

/// Length of a block in bytes.
pub const BLOCK_LEN: usize = 8;

/// One block.
pub type Block = [u8; BLOCK_LEN];

/// A prepared key of single DES. Only parts of payment algorithms use it.
pub struct DesKey(DesSchedule);

impl DesKey {
    /// Prepares a key; its parity bits are ignored.
    #[must_use]
    pub fn new(key: &[u8; 8]) -> Self {
        Self(DesSchedule::new(key))
    }

    /// Encrypts one block.
    #[must_use]
    pub fn encrypt(&self, block: Block) -> Block {
        self.0.block(block, true)
    }

    /// Decrypts one block.
    #[must_use]
    pub fn decrypt(&self, block: Block) -> Block {
        self.0.block(block, false)
    }
}

/// A prepared key of triple DES, or of DES with one part. Immutable; shared by threads.
pub struct Des3Key(Schedules);

#[allow(
    clippy::large_enum_variant,
    reason = "a key is allocated by itself, and single DES is rare"
)]
enum Schedules {
    Single(DesSchedule),
    Triple(TripleDes),
}

impl Des3Key {
    /// Prepares a key of one part (8 bytes: DES), two (16 bytes) or three (24 bytes); parity bits are ignored.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub fn new(key: &[u8]) -> Result<Self> {
        let (parts, []) = key.as_chunks::<8>() else {
            return Err(WRONG_KEY_LENGTH);
        };
        let schedules = match parts {
            [single] => return Ok(Self(Schedules::Single(DesSchedule::new(single)))),
            [first, second] => {
                let first = DesSchedule::new(first);
                [first.clone(), DesSchedule::new(second), first]
            }
            [first, second, third] => [first, second, third].map(DesSchedule::new),
            _ => return Err(WRONG_KEY_LENGTH),
        };
        Ok(Self(Schedules::Triple(TripleDes(schedules))))
    }

    fn block(&self, block: Block, encrypt: bool) -> Block {
        match &self.0 {
            Schedules::Single(schedule) => schedule.block(block, encrypt),
            Schedules::Triple(schedules) => schedules.block(block, encrypt),
        }
    }

    fn cbc(&self, iv: &mut Block, input: &[u8], out: &mut [u8], encrypt: bool) -> Result<()> {
        match &self.0 {
            Schedules::Single(schedule) => schedule.cbc(iv, input, out, encrypt),
            Schedules::Triple(schedules) => schedules.cbc(iv, input, out, encrypt),
        }
    }

    /// Encrypts one block.
    #[must_use]
    pub fn encrypt(&self, block: Block) -> Block {
        self.block(block, true)
    }

    /// Decrypts one block.
    #[must_use]
    pub fn decrypt(&self, block: Block) -> Block {
        self.block(block, false)
    }

    /// Encrypts one block by the first part of the key alone: the single DES of algorithms that chain with it and end
    /// with triple DES, such as card verification values.
    #[must_use]
    pub fn encrypt_by_first_part(&self, block: Block) -> Block {
        self.first_part().block(block, true)
    }

    /// CBC by the first part of the key alone; otherwise as [`Des3Key::cbc_encrypt`].
    ///
    /// # Errors
    /// As [`Des3Key::ecb_encrypt`].
    pub fn cbc_encrypt_by_first_part(&self, iv: &mut Block, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.first_part().cbc(iv, input, out, true)
    }

    fn first_part(&self) -> &DesSchedule {
        let (Schedules::Single(first) | Schedules::Triple(TripleDes([first, _, _]))) = &self.0;
        first
    }

    /// ECB over whole blocks. `out` is as long as `input`.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length; so for every mode here.
    pub fn ecb_encrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
        each_block(input, out, |block| self.encrypt(block))
    }

    /// ECB decryption of whole blocks. `out` is as long as `input`.
    ///
    /// # Errors
    /// As [`Des3Key::ecb_encrypt`].
    pub fn ecb_decrypt(&self, input: &[u8], out: &mut [u8]) -> Result<()> {
        each_block(input, out, |block| self.decrypt(block))
    }

    /// CBC over whole blocks; `iv` becomes what the next call needs. `out` is as long as `input`.
    ///
    /// # Errors
    /// As [`Des3Key::ecb_encrypt`].
    pub fn cbc_encrypt(&self, iv: &mut Block, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.cbc(iv, input, out, true)
    }

    /// CBC decryption of whole blocks; `iv` becomes what the next call needs. `out` is as long as `input`.
    ///
    /// # Errors
    /// As [`Des3Key::ecb_encrypt`].
    pub fn cbc_decrypt(&self, iv: &mut Block, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.cbc(iv, input, out, false)
    }
}

const WRONG_KEY_LENGTH: Error = Error::Internal("a DES key has 8, 16 or 24 bytes");

fn each_block(input: &[u8], out: &mut [u8], process: impl Fn(Block) -> Block) -> Result<()> {
    let ((from, []), (to, [])) = (input.as_chunks::<8>(), out.as_chunks_mut::<8>()) else {
        return Err(Error::Internal("a block cipher was given a wrong length"));
    };
    if from.len() != to.len() {
        return Err(Error::Internal("a block cipher was given a wrong length"));
    }
    for (from, to) in from.iter().zip(to) {
        *to = process(*from);
    }
    Ok(())
}

/// Gives every byte of a key odd parity by its last bit [FIPS 46-3].
pub fn set_odd_parity(key: &mut [u8]) {
    for byte in key {
        let high = *byte & 0xfe;
        *byte = high | u8::from(high.count_ones().is_multiple_of(2));
    }
}

/// Whether every byte of a key has odd parity. Looks at all bytes whatever they are.
#[must_use]
#[cfg(test)]
pub(crate) fn has_odd_parity(key: &[u8]) -> bool {
    let odd = key.iter().fold(1, |odd, byte| odd & byte.count_ones());
    odd & 1 == 1
}

/// Bytes of a weak key's first half, each with the byte that stands four places on.
const WEAK_BYTES: [(u8, u8); 4] = [(0x01, 0x01), (0x1f, 0x0e), (0xe0, 0xf1), (0xfe, 0xfe)];

/// Whether a single-DES key with odd parity is one of the 64 that are weak, semi-weak or possibly weak
/// [NIST SP 800-67, "Weak Keys"]: those whose sixteen rounds have only one, two or four different subkeys.
#[must_use]
pub fn is_weak(key: &[u8; 8]) -> bool {
    let (first, second) = key.split_at(4);
    let mut pairs = first.iter().zip(second);
    pairs.all(|(first, second)| WEAK_BYTES.contains(&(*first, *second)))
        && first.iter().fold(0, |sum, byte| sum ^ byte) == 0
}

/// Whether a single-DES key with odd parity is one of the 4 weak and the 12 semi-weak ones [NIST SP 800-67, "Weak Keys"]:
/// it, or the other one of its pair, undoes what it encrypts. Their bytes take turns.
#[must_use]
pub fn is_undone_by_encryption(key: &[u8; 8]) -> bool {
    let [one, two, one_again, two_again, ..] = *key;
    is_weak(key) && one == one_again && two == two_again
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [NIST SP 800-67, appendix B.1 example: TDEA ECB with three keys].
    #[test]
    fn ecb_gives_the_example_of_sp_800_67() {
        let key = Des3Key::new(&hex("0123456789ABCDEF23456789ABCDEF01456789ABCDEF0123")).unwrap();
        let plain = b"The qufck brown fox jump";
        let cipher = hex("A826FD8CE53B855FCCE21C8112256FE668D5C05DD9B6B900");
        let mut out = vec![0; 24];
        key.ecb_encrypt(plain, &mut out).unwrap();
        assert_eq!(out, cipher);
        key.ecb_decrypt(&cipher, &mut out).unwrap();
        assert_eq!(out, plain);
    }

    /// [NIST SP 500-20, variable plaintext known answer test, first entry].
    #[test]
    fn single_blocks_give_the_known_answer() {
        let key = DesKey::new(&[1; 8]);
        let cipher: Block = hex("95F8A5E5DD31D900").try_into().unwrap();
        assert_eq!(key.encrypt([0x80, 0, 0, 0, 0, 0, 0, 0]), cipher);
        assert_eq!(key.decrypt(cipher), [0x80, 0, 0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_key_of_one_part_is_single_des() {
        use des::cipher::{BlockCipherEncrypt, KeyInit};
        let value = hex("0123456789ABCDEF");
        let ours = Des3Key::new(&value).unwrap();
        let theirs = des::Des::new_from_slice(&value).unwrap();
        let plain: Vec<u8> = (0..40).collect();
        let (mut out, mut back, mut chain) = (vec![0; 40], vec![0; 40], [9; 8]);
        ours.cbc_encrypt(&mut [9; 8], &plain, &mut out).unwrap();
        for (from, to) in plain.chunks(8).zip(out.chunks(8)) {
            let mut block = std::array::from_fn(|at| chain[at] ^ from[at]).into();
            theirs.encrypt_block(&mut block);
            chain = block.into();
            assert_eq!(chain, to);
        }
        ours.cbc_decrypt(&mut [9; 8], &out, &mut back).unwrap();
        assert_eq!(back, plain);
        assert_eq!(ours.encrypt_by_first_part([7; 8]), ours.encrypt([7; 8]));
    }

    #[test]
    fn blocks_agree_with_another_implementation() {
        use des::cipher::{BlockCipherEncrypt, KeyInit};
        for length in [16_u8, 24] {
            let value: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(37)).collect();
            let ours = Des3Key::new(&value).unwrap();
            let mut block = [0x42; 8].into();
            match length {
                16 => des::TdesEde2::new_from_slice(&value)
                    .unwrap()
                    .encrypt_block(&mut block),
                _ => des::TdesEde3::new_from_slice(&value)
                    .unwrap()
                    .encrypt_block(&mut block),
            }
            assert_eq!(ours.encrypt([0x42; 8]), <[u8; 8]>::from(block));
            assert_eq!(ours.decrypt(block.into()), [0x42; 8]);
            let mut block = [0x42; 8].into();
            des::Des::new_from_slice(&value[..8])
                .unwrap()
                .encrypt_block(&mut block);
            assert_eq!(ours.encrypt_by_first_part([0x42; 8]), <[u8; 8]>::from(block));
        }
    }

    #[test]
    fn cbc_in_pieces_is_ecb_with_chaining() {
        let key = Des3Key::new(&hex("0123456789ABCDEFFEDCBA9876543210")).unwrap();
        let plain: Vec<u8> = (0..40).collect();
        let (mut out, mut expected) = (vec![0; 40], Vec::new());
        let mut chain = [9; 8];
        for block in plain.chunks(8) {
            chain = key.encrypt(std::array::from_fn(|at| chain[at] ^ block[at]));
            expected.extend(chain);
        }
        let mut iv = [9; 8];
        key.cbc_encrypt(&mut iv, &plain[..16], &mut out[..16]).unwrap();
        key.cbc_encrypt(&mut iv, &plain[16..], &mut out[16..]).unwrap();
        assert_eq!(out, expected);
        let mut iv = [9; 8];
        key.cbc_decrypt(&mut iv, &expected[..24], &mut out[..24]).unwrap();
        key.cbc_decrypt(&mut iv, &expected[24..], &mut out[24..]).unwrap();
        assert_eq!(out, plain);
    }

    #[test]
    fn parity_is_set_and_seen() {
        let mut key: Vec<u8> = (0..=255).collect();
        assert!(!has_odd_parity(&key));
        set_odd_parity(&mut key);
        assert!(has_odd_parity(&key));
        assert_eq!(&key[..4], [1, 1, 2, 2]);
    }

    /// [NIST SP 800-67, "Weak Keys"]: 4 weak keys, 6 pairs of semi-weak keys, 48 possibly weak keys.
    const WEAK: &str = "\
        0101010101010101 FEFEFEFEFEFEFEFE E0E0E0E0F1F1F1F1 1F1F1F1F0E0E0E0E \
        011F011F010E010E 1F011F010E010E01 01E001E001F101F1 E001E001F101F101 \
        01FE01FE01FE01FE FE01FE01FE01FE01 1FE01FE00EF10EF1 E01FE01FF10EF10E \
        1FFE1FFE0EFE0EFE FE1FFE1FFE0EFE0E E0FEE0FEF1FEF1FE FEE0FEE0FEF1FEF1 \
        01011F1F01010E0E 1F1F01010E0E0101 E0E01F1FF1F10E0E 0101E0E00101F1F1 \
        1F1FE0E00E0EF1F1 E0E0FEFEF1F1FEFE 0101FEFE0101FEFE 1F1FFEFE0E0EFEFE \
        E0FE011FF1FE010E 011F1F01010E0E01 1FE001FE0EF101FE E0FE1F01F1FE0E01 \
        011FE0FE010EF1FE 1FE0E01F0EF1F10E E0FEFEE0F1FEFEF1 011FFEE0010EFEF1 \
        1FE0FE010EF1FE01 FE0101FEFE0101FE 01E01FFE01F10EFE 1FFE01E00EFE01F1 \
        FE011FE0FE010EF1 FE01E01FFE01F10E 1FFEE0010EFEF101 FE1F01E0FE0E01F1 \
        01E0E00101F1F101 1FFEFE1F0EFEFE0E FE1FE001FE0EF101 01E0FE1F01F1FE0E \
        E00101E0F10101F1 FE1F1FFEFE0E0EFE 01FE1FE001FE0EF1 E0011FFEF1010EFE \
        FEE0011FFEF1010E 01FEE01F01FEF10E E001FE1FF101FE0E FEE01F01FEF10E01 \
        01FEFE0101FEFE01 E01F01FEF10E01FE FEE0E0FEFEF1F1FE 1F01011F0E01010E \
        E01F1FE0F10E0EF1 FEFE0101FEFE0101 1F01E0FE0E01F1FE E01FFE01F10EFE01 \
        FEFE1F1FFEFE0E0E 1F01FEE00E01FEF1 E0E00101F1F10101 FEFEE0E0FEFEF1F1";

    #[test]
    fn the_weak_keys_are_those_of_sp_800_67_and_no_others() {
        let weak: std::collections::HashSet<Vec<u8>> = WEAK.split(' ').map(hex).collect();
        assert_eq!(weak.len(), 64);
        for choice in 0..256_usize {
            let bytes: [_; 4] = std::array::from_fn(|at| WEAK_BYTES[choice >> (2 * at) & 3]);
            let key: Vec<u8> = bytes
                .iter()
                .map(|pair| pair.0)
                .chain(bytes.map(|pair| pair.1))
                .collect();
            assert_eq!(is_weak(key[..].try_into().unwrap()), weak.contains(&key));
        }
        assert!(!is_weak(&[0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x02]));
        assert!(!is_weak(&[0x02, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01, 0x01]));
    }

    #[test]
    fn a_weak_or_semi_weak_key_is_undone_by_one_of_them() {
        let keys: Vec<[u8; 8]> = WEAK.split(' ').map(|key| hex(key).try_into().unwrap()).collect();
        let (undone, others) = keys.split_at(16);
        assert!(others.iter().all(|key| !is_undone_by_encryption(key)));
        for key in undone {
            assert!(is_undone_by_encryption(key));
            let encrypted = DesKey::new(key).encrypt([0x42; 8]);
            let mut inverse = undone.iter();
            assert!(inverse.any(|other| DesKey::new(other).encrypt(encrypted) == [0x42; 8]));
        }
    }

    #[test]
    fn a_weak_key_undoes_itself() {
        for weak in WEAK.split(' ').take(4) {
            let key = DesKey::new(&hex(weak).try_into().unwrap());
            assert_eq!(key.encrypt(key.encrypt([0x42; 8])), [0x42; 8]);
        }
    }

    #[test]
    fn wrong_lengths_are_refused() {
        for wrong in [0, 7, 9, 23, 32] {
            assert!(Des3Key::new(&vec![0; wrong]).is_err());
        }
        let key = Des3Key::new(&[0; 16]).unwrap();
        assert!(key.ecb_encrypt(&[0; 8], &mut [0; 16]).is_err());
        assert!(key.cbc_encrypt(&mut [0; 8], &[0; 9], &mut [0; 9]).is_err());
    }
}
