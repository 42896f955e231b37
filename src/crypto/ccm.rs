//! AES-CCM [NIST SP 800-38C, RFC 3610]: nonces of 7 to 13 bytes, tags of 4 to 16 bytes in twos. Whole messages, and
//! encryption in pieces, for which the length of the message must be known before.
//!
//! Decryption gives nothing before the tag has been checked, so a decryption that comes in pieces is the caller's to
//! gather.

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::aes::{AesKey, BLOCK_LEN, Block};
use super::aws_lc::aes::CtrState;
use super::cbc_mac::CbcMac;
use crate::error::{Error, Result};

/// So much is chained and encrypted at a time, in bytes: it stays in the first cache.
const PIECE_LEN: usize = 4096;

const WRONG_LENGTH: Error = Error::Internal("CCM was given a wrong length");

/// Checks nonce, length of the tag in bytes, and length of the message in bytes, which must fit the bytes that the
/// nonce leaves for it [NIST SP 800-38C, A.1].
///
/// # Errors
/// [`Error::MechanismParamInvalid`].
pub fn check(nonce: &[u8], tag_len: usize, data_len: u64) -> Result<()> {
    if !(7..=13).contains(&nonce.len()) {
        return Err(Error::MechanismParamInvalid("a CCM nonce has 7 to 13 bytes"));
    }
    if !matches!(tag_len, 4 | 6 | 8 | 10 | 12 | 14 | 16) {
        return Err(Error::MechanismParamInvalid(
            "a CCM tag has 4, 6, 8, 10, 12, 14 or 16 bytes",
        ));
    }
    let bits = 8_usize.saturating_mul(15_usize.saturating_sub(nonce.len()));
    let fits = u32::try_from(bits).is_ok_and(|bits| data_len.checked_shr(bits).unwrap_or(0) == 0);
    match fits {
        true => Ok(()),
        false => Err(Error::MechanismParamInvalid(
            "the message is too long for a nonce of this length",
        )),
    }
}

/// Encrypts a message. `out` has the input's length; the length of `tag` is the tag's.
///
/// # Errors
/// As [`check`]; [`Error::Internal`] for a wrong length of `out`.
pub fn seal(
    key: &AesKey,
    nonce: &[u8],
    aad: &[u8],
    input: &[u8],
    out: &mut [u8],
    tag: &mut [u8],
) -> Result<()> {
    let mut state = CcmEncryption::new(key, nonce, aad, length(input)?, tag.len())?;
    state.update(key, input, out)?;
    state.finish(key, tag)
}

/// Decrypts a message whose tag fits. `out` has the input's length and is zero after an error.
///
/// # Errors
/// [`Error::AeadDecryptFailed`] if the tag does not fit; as [`seal`].
pub fn open(key: &AesKey, nonce: &[u8], aad: &[u8], input: &[u8], tag: &[u8], out: &mut [u8]) -> Result<()> {
    let mut state = CcmEncryption::new(key, nonce, aad, length(input)?, tag.len())?;
    let opened = state.decrypt(key, input, out).and_then(|()| {
        let right = state.tag(key);
        let right = right.get(..tag.len()).ok_or(WRONG_LENGTH)?;
        match right.ct_eq(tag).into() {
            true => Ok(()),
            false => Err(Error::AeadDecryptFailed),
        }
    });
    if opened.is_err() {
        out.zeroize();
    }
    opened
}

fn length(input: &[u8]) -> Result<u64> {
    u64::try_from(input.len()).map_err(|_| WRONG_LENGTH)
}

/// An encryption in pieces. The key is given to each call. Wiped when dropped.
pub struct CcmEncryption {
    mac: CbcMac<BLOCK_LEN>,
    counter: CtrState,
    /// What hides the tag: the encrypted counter block 0.
    mask: Block,
    /// Bytes of the message that are still to come.
    left: u64,
    tag_len: usize,
}

impl CcmEncryption {
    /// Begins a message of exactly `data_len` bytes.
    ///
    /// # Errors
    /// As [`check`].
    pub fn new(key: &AesKey, nonce: &[u8], aad: &[u8], data_len: u64, tag_len: usize) -> Result<Self> {
        check(nonce, tag_len, data_len)?;
        // [NIST SP 800-38C, A.2.1 and A.3] the bytes of the length, less one, and of the tag, in twos less one.
        let length_len = 15_usize.saturating_sub(nonce.len());
        let length_flag = u8::try_from(length_len.saturating_sub(1)).map_err(|_| WRONG_LENGTH)?;
        let tag_flag = u8::try_from(tag_len.saturating_sub(2) / 2).map_err(|_| WRONG_LENGTH)?;
        let aad_flag = if aad.is_empty() { 0 } else { 0x40 };
        let mut first = block(aad_flag | tag_flag << 3 | length_flag, nonce);
        let tail = first.iter_mut().rev().take(length_len);
        for (to, from) in tail.zip(data_len.to_be_bytes().iter().rev()) {
            *to = *from;
        }
        let mut counter = block(length_flag, nonce);
        let mut mask = counter;
        key.encrypt_block(&mut mask);
        if let Some(last) = counter.last_mut() {
            *last = 1;
        }
        let mut state = Self {
            mac: CbcMac::new(),
            counter: CtrState::new(counter),
            mask,
            left: data_len,
            tag_len,
        };
        state.mac.update(key, &first)?;
        state.authenticate(key, aad)?;
        Ok(state)
    }

    /// The additional data, behind its length [NIST SP 800-38C, A.2.2].
    fn authenticate(&mut self, key: &AesKey, aad: &[u8]) -> Result<()> {
        let [a, b, c, d, e, f, g, h] = length(aad)?.to_be_bytes();
        match aad.len() {
            0 => return Ok(()),
            1..0xff00 => self.mac.update(key, &[g, h])?,
            0xff00..=0xffff_ffff => self.mac.update(key, &[0xff, 0xfe, e, f, g, h])?,
            _ => self.mac.update(key, &[0xff, 0xff, a, b, c, d, e, f, g, h])?,
        }
        self.mac.update(key, aad)?;
        self.mac.pad(key);
        Ok(())
    }

    /// Bytes of the message that are still to come.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.left
    }

    fn take(&mut self, input: &[u8], out: &[u8]) -> Result<()> {
        if out.len() != input.len() {
            return Err(WRONG_LENGTH);
        }
        self.left = self
            .left
            .checked_sub(length(input)?)
            .ok_or(Error::DataLenRange("the message is longer than ulDataLen says"))?;
        Ok(())
    }

    /// Encrypts some bytes; `out` has as many.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is longer than was said; [`Error::Internal`] for a wrong length.
    pub fn update(&mut self, key: &AesKey, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.take(input, out)?;
        let (schedule, _) = key.schedules();
        for (from, to) in input.chunks(PIECE_LEN).zip(out.chunks_mut(PIECE_LEN)) {
            self.mac.update(key, from)?;
            schedule.ctr(&mut self.counter, from, to)?;
        }
        Ok(())
    }

    fn decrypt(&mut self, key: &AesKey, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.take(input, out)?;
        let (schedule, _) = key.schedules();
        for (from, to) in input.chunks(PIECE_LEN).zip(out.chunks_mut(PIECE_LEN)) {
            schedule.ctr(&mut self.counter, from, to)?;
            self.mac.update(key, to)?;
        }
        Ok(())
    }

    /// The whole tag.
    fn tag(&mut self, key: &AesKey) -> Block {
        let mut tag = [0; BLOCK_LEN];
        self.mac.finish(key, &mut tag);
        tag.iter_mut().zip(&self.mask).for_each(|(to, from)| *to ^= from);
        tag
    }

    /// Ends the message; `tag` has the length that was said.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is shorter than was said, [`Error::Internal`] for a wrong length.
    pub fn finish(mut self, key: &AesKey, tag: &mut [u8]) -> Result<()> {
        if self.left > 0 {
            return Err(Error::DataLenRange("the message is shorter than ulDataLen says"));
        }
        if tag.len() != self.tag_len {
            return Err(WRONG_LENGTH);
        }
        let whole = self.tag(key);
        tag.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

impl Drop for CcmEncryption {
    fn drop(&mut self) {
        self.mask.zeroize();
    }
}

/// A block of flags, nonce and zeros.
fn block(flags: u8, nonce: &[u8]) -> Block {
    let mut block = [0; BLOCK_LEN];
    let bytes = std::iter::once(&flags).chain(nonce);
    block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    block
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// Nonce, additional data, message, ciphertext with tag, length of the tag [NIST SP 800-38C, C.1 to C.3].
    const EXAMPLES: &[(&str, &str, &str, &str, usize)] = &[
        (
            "10111213141516",
            "0001020304050607",
            "20212223",
            "7162015b4dac255d",
            4,
        ),
        (
            "1011121314151617",
            "000102030405060708090a0b0c0d0e0f",
            "202122232425262728292a2b2c2d2e2f",
            "d2a1f0e051ea5f62081a7792073d593d1fc64fbfaccd",
            6,
        ),
        (
            "101112131415161718191a1b",
            "000102030405060708090a0b0c0d0e0f10111213",
            "202122232425262728292a2b2c2d2e2f3031323334353637",
            "e3b201a9f5b71a7a9b1ceaeccd97e70b6176aad9a4428aa5484392fbc1b09951",
            8,
        ),
    ];

    const KEY: &str = "404142434445464748494a4b4c4d4e4f";

    fn key() -> AesKey {
        AesKey::new(&hex(KEY)).unwrap()
    }

    fn sealed(nonce: &[u8], aad: &[u8], text: &[u8], tag_len: usize) -> Vec<u8> {
        let mut out = vec![0; text.len() + tag_len];
        let (ciphertext, tag) = out.split_at_mut(text.len());
        seal(&key(), nonce, aad, text, ciphertext, tag).unwrap();
        out
    }

    #[test]
    fn messages_seal_and_open_as_published() {
        for (nonce, aad, text, expected, tag_len) in EXAMPLES {
            let (nonce, aad, text, expected) = (hex(nonce), hex(aad), hex(text), hex(expected));
            assert_eq!(sealed(&nonce, &aad, &text, *tag_len), expected);
            let (ciphertext, tag) = expected.split_at(text.len());
            let mut out = vec![0; text.len()];
            open(&key(), &nonce, &aad, ciphertext, tag, &mut out).unwrap();
            assert_eq!(out, text);
        }
    }

    /// [NIST SP 800-38C, C.4]: 65536 bytes of additional data, whose length is told in six bytes.
    #[test]
    fn much_additional_data_gives_the_published_answer() {
        let aad: Vec<u8> = (0..=255).cycle().take(65536).collect();
        let text: Vec<u8> = (0x20..0x40).collect();
        let expected = hex(
            "69915dad1e84c6376a68c2967e4dab615ae0fd1faec44cc484828529463ccf72b4ac6bec93e8598e7f0dadbcea5b",
        );
        assert_eq!(
            sealed(&hex("101112131415161718191a1b1c"), &aad, &text, 14),
            expected
        );
    }

    #[test]
    fn pieces_give_the_ciphertext_of_the_whole() {
        let text: Vec<u8> = (0..=255).cycle().take(5000).collect();
        let whole = sealed(&[3; 12], b"aad", &text, 16);
        for piece in [1, 15, 16, 17, 4095, 4097] {
            let key = key();
            let mut state = CcmEncryption::new(&key, &[3; 12], b"aad", 5000, 16).unwrap();
            let (mut out, mut tag) = (vec![0; 5000], [0; 16]);
            for (from, to) in text.chunks(piece).zip(out.chunks_mut(piece)) {
                state.update(&key, from, to).unwrap();
            }
            state.finish(&key, &mut tag).unwrap();
            assert_eq!([&out[..], &tag].concat(), whole, "{piece}");
        }
    }

    #[test]
    fn a_changed_message_gives_no_plaintext() {
        let sealed = sealed(&[3; 12], b"aad", b"the text", 8);
        for at in 0..sealed.len() {
            let mut wrong = sealed.clone();
            wrong[at] ^= 1;
            let (ciphertext, tag) = wrong.split_at(8);
            let mut out = [0xff; 8];
            let opened = open(&key(), &[3; 12], b"aad", ciphertext, tag, &mut out);
            assert_eq!((opened, out), (Err(Error::AeadDecryptFailed), [0; 8]));
        }
    }

    #[test]
    fn a_message_has_the_length_that_was_said() {
        let key = key();
        let mut state = CcmEncryption::new(&key, &[3; 12], b"", 4, 8).unwrap();
        state.update(&key, &[1; 3], &mut [0; 3]).unwrap();
        assert!(matches!(
            state.update(&key, &[1; 2], &mut [0; 2]),
            Err(Error::DataLenRange(_))
        ));
        assert!(matches!(
            state.finish(&key, &mut [0; 8]),
            Err(Error::DataLenRange(_))
        ));
    }

    #[test]
    fn lengths_are_those_of_the_standard() {
        let nonces: Vec<_> = (0..20)
            .filter(|length| check(&vec![0; *length], 8, 0).is_ok())
            .collect();
        assert_eq!(nonces, (7..=13).collect::<Vec<_>>());
        let tags: Vec<_> = (0..20)
            .filter(|length| check(&[0; 12], *length, 0).is_ok())
            .collect();
        assert_eq!(tags, [4, 6, 8, 10, 12, 14, 16]);
        assert!(check(&[0; 13], 8, 0xffff).is_ok() && check(&[0; 13], 8, 0x1_0000).is_err());
        assert!(check(&[0; 12], 8, 0xff_ffff).is_ok() && check(&[0; 12], 8, 1 << 24).is_err());
        assert!(check(&[0; 7], 8, u64::MAX).is_ok());
    }
}
