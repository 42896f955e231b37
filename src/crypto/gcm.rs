//! AES-GCM [NIST SP 800-38D] with the key prepared: any IV of at least one byte, tags of 4 to 16 bytes.
//!
//! Decryption gives nothing before the tag has been checked, so a decryption that comes in pieces is the caller's to
//! gather.

use std::sync::OnceLock;

use super::aws_lc::aead::{GcmContext, GcmStream};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// The usual tag in bytes: its context is made with the key.
const FULL_TAG_LEN: usize = 16;
/// The shortest tag in bytes.
const TAG_LEN_MIN: usize = 4;

/// A prepared key for tags of any length and for messages in pieces. Shared by threads.
pub struct GcmKey {
    value: SecretBytes,
    full: GcmContext,
    /// One context for each shorter tag that was asked for: 4 to 15 bytes.
    shorter: [OnceLock<GcmContext>; FULL_TAG_LEN - TAG_LEN_MIN],
}

/// A prepared key for whole messages with full tags. Holds the schedule, but no copy of the key. Shared by threads.
pub struct GcmSealer(GcmContext);

impl GcmSealer {
    /// Prepares a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// As [`GcmKey::new`].
    pub fn new(key: &[u8]) -> Result<Self> {
        GcmContext::new(key, FULL_TAG_LEN).map(Self)
    }

    /// Encrypts a message. `out` has the input's length.
    ///
    /// # Errors
    /// As [`GcmKey::seal`].
    pub fn seal(
        &self,
        iv: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8; FULL_TAG_LEN],
    ) -> Result<()> {
        self.0.seal(iv, aad, input, out, tag)
    }

    /// Decrypts a message whose tag fits. `out` has the input's length and is zero after an error.
    ///
    /// # Errors
    /// As [`GcmKey::open`].
    pub fn open(
        &self,
        iv: &[u8],
        aad: &[u8],
        input: &[u8],
        tag: &[u8; FULL_TAG_LEN],
        out: &mut [u8],
    ) -> Result<()> {
        self.0.open(iv, aad, input, tag, out)
    }
}

/// Bytes of a tag of so many bits. PKCS#11 takes tags that NIST does not name (40, 48, 56, 72, 80 and 88 bits), and
/// any number down to 0; shorter ones than NIST's shortest protect nothing [PKCS#11 3.2, 6.13; NIST SP 800-38D,
/// 5.2.1.2].
///
/// # Errors
/// [`Error::MechanismParamInvalid`] unless it is 32 to 128 in steps of 8.
pub fn tag_len(bits: u64) -> Result<usize> {
    usize::try_from(bits / 8)
        .ok()
        .filter(|length| bits.is_multiple_of(8) && (TAG_LEN_MIN..=FULL_TAG_LEN).contains(length))
        .ok_or(Error::MechanismParamInvalid(
            "ulTagBits is 32 to 128 in steps of 8",
        ))
}

impl GcmKey {
    /// Prepares a key of 16, 24 or 32 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length, [`Error::Crypto`] without memory.
    pub fn new(key: &[u8]) -> Result<Self> {
        Ok(Self {
            value: key.into(),
            full: GcmContext::new(key, FULL_TAG_LEN)?,
            shorter: Default::default(),
        })
    }

    /// Encrypts a message. `out` has the input's length; the length of `tag` is the tag's.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length, [`Error::Crypto`] if the message is too long for GCM.
    pub fn seal(&self, iv: &[u8], aad: &[u8], input: &[u8], out: &mut [u8], tag: &mut [u8]) -> Result<()> {
        if tag.len() == FULL_TAG_LEN {
            return self.full.seal(iv, aad, input, out, tag);
        }
        let mut full = [0; FULL_TAG_LEN];
        self.full.seal(iv, aad, input, out, &mut full)?;
        let start = full
            .get(..tag.len())
            .ok_or(Error::Internal("a GCM tag has at most 16 bytes"))?;
        tag.copy_from_slice(start);
        Ok(())
    }

    /// Decrypts a message whose tag fits. `out` has the input's length and is zero after an error.
    ///
    /// # Errors
    /// [`Error::AeadDecryptFailed`] if the tag does not fit; [`Error::Internal`] for a wrong length.
    pub fn open(&self, iv: &[u8], aad: &[u8], input: &[u8], tag: &[u8], out: &mut [u8]) -> Result<()> {
        self.context(tag.len())?.open(iv, aad, input, tag, out)
    }

    fn context(&self, tag_len: usize) -> Result<&GcmContext> {
        if tag_len == FULL_TAG_LEN {
            return Ok(&self.full);
        }
        let place = tag_len
            .checked_sub(TAG_LEN_MIN)
            .and_then(|at| self.shorter.get(at))
            .ok_or(Error::Internal("a GCM tag of a forbidden length"))?;
        match place.get() {
            Some(context) => Ok(context),
            None => {
                let context = GcmContext::new(&self.value, tag_len)?;
                Ok(place.get_or_init(|| context))
            }
        }
    }

    /// Begins a message that is encrypted in pieces.
    ///
    /// # Errors
    /// [`Error::Crypto`] without memory.
    pub fn stream(&self, iv: &[u8], aad: &[u8]) -> Result<GcmEncryption> {
        GcmStream::new(&self.value, iv, aad).map(GcmEncryption)
    }
}

/// An encryption in pieces. Each piece comes out at once.
pub struct GcmEncryption(GcmStream);

impl GcmEncryption {
    /// Encrypts some bytes; `out` has as many.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length, [`Error::Crypto`] if the message is too long for GCM.
    pub fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        self.0.update(input, out)
    }

    /// Ends the message; the length of `tag` is the tag's.
    ///
    /// # Errors
    /// [`Error::Internal`] if it has more than 16 bytes.
    pub fn finish(self, tag: &mut [u8]) -> Result<()> {
        let full = self.0.finish()?;
        let start = full
            .get(..tag.len())
            .ok_or(Error::Internal("a GCM tag has at most 16 bytes"))?;
        tag.copy_from_slice(start);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// Key, IV, additional data, plaintext, ciphertext, tag
    /// [McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test cases 2, 4, 5, 6, 10, 16].
    const CASES: &[[&str; 6]] = &[
        [
            "00000000000000000000000000000000",
            "000000000000000000000000",
            "",
            "00000000000000000000000000000000",
            "0388dace60b6a392f328c2b971b2fe78",
            "ab6e47d42cec13bdf53a67b21257bddf",
        ],
        [
            "feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
            "5bc94fbc3221a5db94fae95ae7121a47",
        ],
        [
            "feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbad",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c742373806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598",
            "3612d2e79e3b0785561be14aaca2fccb",
        ],
        [
            "feffe9928665731c6d6a8f9467308308",
            "9313225df88406e555909c5aff5269aa6a7a9538534f7da1e4c303d2a318a728c3c0c95156809539fcf0e2429a6b525416aedbf5a0de6a57a637b39b",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "8ce24998625615b603a033aca13fb894be9112a5c3a211a8ba262a3cca7e2ca701e4a9a4fba43c90ccdcb281d48c7c6fd62875d2aca417034c34aee5",
            "619cc5aefffe0bfa462af43c1699d050",
        ],
        [
            "feffe9928665731c6d6a8f9467308308feffe9928665731c",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "3980ca0b3c00e841eb06fac4872a2757859e1ceaa6efd984628593b40ca1e19c7d773d00c144c525ac619d18c84a3f4718e2448b2fe324d9ccda2710",
            "2519498e80f1478f37ba55bd6d27618c",
        ],
        [
            "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
            "cafebabefacedbaddecaf888",
            "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b",
        ],
    ];

    /// A short tag is the start of the full one; Python `cryptography` 48 takes all of these.
    #[test]
    fn messages_seal_and_open_as_published() {
        for case in CASES {
            let [raw, iv, aad, plain, cipher, tag] = case.map(hex);
            let key = GcmKey::new(&raw).unwrap();
            for length in 4..=16 {
                let (mut out, mut made) = (vec![0; plain.len()], vec![0; length]);
                key.seal(&iv, &aad, &plain, &mut out, &mut made).unwrap();
                assert_eq!((&out, &made[..]), (&cipher, &tag[..length]));
                key.open(&iv, &aad, &cipher, &tag[..length], &mut out).unwrap();
                assert_eq!(out, plain);
            }
            let (mut out, mut made) = (vec![0; plain.len()], [0; 16]);
            let sealer = GcmSealer::new(&raw).unwrap();
            sealer.seal(&iv, &aad, &plain, &mut out, &mut made).unwrap();
            assert_eq!((&out, &made[..]), (&cipher, &tag[..]));
            sealer.open(&iv, &aad, &cipher, &made, &mut out).unwrap();
            assert_eq!(out, plain);
        }
    }

    #[test]
    fn a_tag_of_a_length_that_there_is_not_is_nobodys_tag() {
        let [key, iv, aad, plain, cipher, tag] = CASES[1].map(hex);
        let key = GcmKey::new(&key).unwrap();
        for length in [0, 1, 3, 17] {
            let tag = [&tag[..], &[0]].concat();
            let mut out = vec![0; plain.len()];
            assert!(key.open(&iv, &aad, &cipher, &tag[..length], &mut out).is_err());
        }
    }

    #[test]
    fn pieces_give_the_ciphertext_of_the_whole() {
        for case in CASES {
            let [key, iv, aad, plain, cipher, tag] = case.map(hex);
            let key = GcmKey::new(&key).unwrap();
            let mut stream = key.stream(&iv, &aad).unwrap();
            let (mut out, mut made) = (vec![0; plain.len()], [0; 16]);
            for (from, to) in plain.chunks(7).zip(out.chunks_mut(7)) {
                stream.update(from, to).unwrap();
            }
            stream.finish(&mut made).unwrap();
            assert_eq!((&out, &made[..]), (&cipher, &tag[..]));
        }
    }

    #[test]
    fn a_changed_message_gives_no_plaintext() {
        let [key, iv, aad, _, cipher, mut tag] = CASES[1].map(hex);
        let key = GcmKey::new(&key).unwrap();
        let mut out = vec![0xff; cipher.len()];
        tag[0] ^= 1;
        assert_eq!(
            key.open(&iv, &aad, &cipher, &tag, &mut out),
            Err(Error::AeadDecryptFailed)
        );
        assert!(out.iter().all(|byte| *byte == 0));
        assert_eq!(
            key.open(&iv, &aad, &cipher, &tag[..8], &mut out),
            Err(Error::AeadDecryptFailed)
        );
    }

    #[test]
    fn a_tag_has_32_to_128_bits_in_steps_of_8() {
        let allowed: Vec<u64> = (0..=256).filter(|bits| tag_len(*bits).is_ok()).collect();
        assert_eq!(allowed, [32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120, 128]);
        for bits in [u64::MAX, u64::MAX - 7, 1 << 32, (1 << 32) + 64] {
            assert!(tag_len(bits).is_err(), "{bits}");
        }
    }
}
