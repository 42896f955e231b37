//! PKCS#1 v1.5 [RFC 8017, 7.2 and 8.2]: signatures, and encryption with implicit rejection.
//!
//! A ciphertext whose padding is wrong decrypts, without an error and in the same time, to bytes that only the holder
//! of the key could tell from a message: they are derived from key and ciphertext
//! [draft-irtf-cfrg-rsa-guidance, 7], as OpenSSL 3.2 does it. So there is no oracle for Bleichenbacher's attack.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater, ConstantTimeLess};
use zeroize::Zeroizing;

use super::{BLOCK_LEN_MAX, PrivateKey, PublicKey};
use crate::crypto::aws_lc::{bn::BigNum, random};
use crate::crypto::hash::Hash;
use crate::crypto::mac::HmacKey;
use crate::error::{Error, Result};

/// Bytes of a block that are not message: 00, type, at least 8 of padding, 00.
pub const OVERHEAD_LEN: usize = 11;
/// How many candidates for the length of the synthetic message are drawn.
const LENGTH_CANDIDATES: usize = 128;

const TOO_LONG: Error = Error::DataLenRange("the data is too long for the RSA key: 11 bytes are overhead");

/// `DigestInfo` up to the digest [RFC 8017, 9.2, note 1; for SHA-3, NIST CSOR, "hash algorithms"; for RIPEMD-160,
/// ISO/IEC 10118-3 as RFC 4880, 5.2.2 has it]. `None` for the hashes that nobody defined one for.
fn digest_info_prefix(hash: Hash) -> Option<&'static [u8]> {
    Some(match hash {
        Hash::Sha1 => b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
        Hash::Sha224 => b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c",
        Hash::Sha256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
        Hash::Sha384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
        Hash::Sha512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
        Hash::Sha512_224 => b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x05\x05\x00\x04\x1c",
        Hash::Sha512_256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x06\x05\x00\x04\x20",
        Hash::Sha3_224 => b"\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x07\x05\x00\x04\x1c",
        Hash::Sha3_256 => b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x08\x05\x00\x04\x20",
        Hash::Sha3_384 => b"\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x09\x05\x00\x04\x30",
        Hash::Sha3_512 => b"\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x0a\x05\x00\x04\x40",
        Hash::Md5 => b"\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
        Hash::Ripemd160 => b"\x30\x21\x30\x09\x06\x05\x2b\x24\x03\x02\x01\x05\x00\x04\x14",
        Hash::Sha512T(_) | Hash::Blake2b160 | Hash::Blake2b256 | Hash::Blake2b384 | Hash::Blake2b512 => {
            return None;
        }
    })
}

/// What stands before the digest, or before the caller's data, which is a whole `DigestInfo`.
fn prefix(hash: Option<Hash>) -> Result<&'static [u8]> {
    match hash {
        None => Ok(&[]),
        Some(hash) => digest_info_prefix(hash).ok_or(Error::Internal("a hash without a DigestInfo")),
    }
}

/// Whether a key of so many bytes has room for a signature with this hash.
#[must_use]
pub fn digest_fits(hash: Hash, block_len: usize) -> bool {
    digest_info_prefix(hash)
        .is_some_and(|prefix| block_len >= OVERHEAD_LEN + prefix.len() + hash.output_len())
}

/// Writes the block of a signature: 00 01 ff…ff 00 and the parts.
fn write_signature_block(prefix: &[u8], data: &[u8], block: &mut [u8]) -> Result<()> {
    let message_len = prefix.len().saturating_add(data.len());
    let padding_len = block
        .len()
        .checked_sub(3)
        .and_then(|room| room.checked_sub(message_len));
    let padding_len = padding_len.filter(|length| *length >= 8).ok_or(TOO_LONG)?;
    let content = [0, 1]
        .iter()
        .chain(std::iter::repeat_n(&0xff, padding_len))
        .chain(std::iter::once(&0))
        .chain(prefix)
        .chain(data);
    for (to, from) in block.iter_mut().zip(content) {
        *to = *from;
    }
    Ok(())
}

impl PrivateKey {
    /// Signs data as it is (`hash` none: a ready `DigestInfo` or anything else) or a digest of `hash`. `out` is as
    /// long as the modulus.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the data is too long for the key.
    pub fn sign_pkcs1(&self, hash: Option<Hash>, data: &[u8], out: &mut [u8]) -> Result<()> {
        write_signature_block(prefix(hash)?, data, out)?;
        self.raw(out)
    }

    /// Decrypts into the first bytes of `out`, which has room for the modulus less [`OVERHEAD_LEN`] bytes; gives the
    /// message's length. A wrong padding is no error.
    ///
    /// # Errors
    /// [`Error::EncryptedDataLenRange`] if the ciphertext is not as long as the modulus;
    /// [`Error::EncryptedDataInvalid`] if it is not below it.
    pub fn decrypt_pkcs1(&self, ciphertext: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut buffer = Zeroizing::new([0; BLOCK_LEN_MAX]);
        let block = self.decrypt_block(ciphertext, &mut buffer)?;
        let mut synthetic = Zeroizing::new([0; BLOCK_LEN_MAX]);
        let synthetic = synthetic.get_mut(..block.len()).unwrap_or_default();
        let synthetic_len = self.synthesise(ciphertext, synthetic)?;
        let (valid, found_len) = message_len(block);
        let length = u32::conditional_select(&synthetic_len, &found_len, valid);
        let length = usize::try_from(length).map_err(|_| Error::Internal("PKCS#1 length"))?;
        let start = block.len().saturating_sub(length);
        let room = out.get_mut(..length).ok_or(Error::Internal("PKCS#1 output"))?;
        for ((to, real), made) in room
            .iter_mut()
            .zip(block.iter().skip(start))
            .zip(synthetic.iter().skip(start))
        {
            *to = u8::conditional_select(made, real, valid);
        }
        Ok(length)
    }

    /// The private operation on a ciphertext, in the first bytes of `buffer`.
    pub(super) fn decrypt_block<'a>(
        &self,
        ciphertext: &[u8],
        buffer: &'a mut [u8; BLOCK_LEN_MAX],
    ) -> Result<&'a mut [u8]> {
        let block = buffer.get_mut(..self.block_len()).unwrap_or_default();
        if ciphertext.len() != block.len() {
            return Err(Error::EncryptedDataLenRange(
                "an RSA ciphertext is as long as the modulus",
            ));
        }
        block.copy_from_slice(ciphertext);
        self.raw(block).map_err(|error| match error {
            Error::DataInvalid(_) => Error::EncryptedDataInvalid,
            other => other,
        })?;
        Ok(block)
    }

    /// Fills `out` with the synthetic message and gives the length that counts, from the end.
    fn synthesise(&self, ciphertext: &[u8], out: &mut [u8]) -> Result<u32> {
        let mut key = Zeroizing::new([0; 32]);
        HmacKey::new(Hash::Sha256, self.rejection.as_ref()).mac(ciphertext, key.as_mut());
        let key = HmacKey::new(Hash::Sha256, key.as_ref());
        expand(&key, b"message", out)?;
        let mut candidates = Zeroizing::new([0; 2 * LENGTH_CANDIDATES]);
        expand(&key, b"length", candidates.as_mut())?;
        let length_max = u32::try_from(out.len()).unwrap_or(0).saturating_sub(10);
        let mask = u32::MAX.checked_shr(length_max.leading_zeros()).unwrap_or(0);
        let mut length = 0_u32;
        for candidate in candidates.chunks_exact(2) {
            let candidate = candidate
                .iter()
                .fold(0, |value, byte| value << 8 | u32::from(*byte))
                & mask;
            length.conditional_assign(&candidate, candidate.ct_lt(&length_max));
        }
        Ok(length)
    }
}

/// The length of the message in a decrypted block, and whether its padding is right. Looks at every byte.
fn message_len(block: &[u8]) -> (Choice, u32) {
    let mut starts = Choice::from(1);
    let mut searching = Choice::from(1);
    let mut zero_at = 0_u32;
    for (index, byte) in (0_u32..).zip(block) {
        match index {
            0 => starts &= byte.ct_eq(&0),
            1 => starts &= byte.ct_eq(&2),
            _ => {
                let is_zero = byte.ct_eq(&0);
                zero_at.conditional_assign(&index, searching & is_zero);
                searching &= !is_zero;
            }
        }
    }
    // Two bytes and at least eight of padding stand before the zero.
    let valid = starts & !searching & zero_at.ct_gt(&9);
    let length = u32::try_from(block.len())
        .unwrap_or(0)
        .saturating_sub(zero_at)
        .saturating_sub(1);
    (valid, length)
}

/// The secret of the rejection: the digest of the private exponent, as long as the modulus.
pub(super) fn rejection_secret(private_exponent: &[u8], block_len: usize) -> Result<Zeroizing<[u8; 32]>> {
    let mut buffer = Zeroizing::new([0; BLOCK_LEN_MAX]);
    let padded = buffer.get_mut(..block_len).unwrap_or_default();
    BigNum::from_bytes(private_exponent)?.write_padded(padded)?;
    let mut secret = Zeroizing::new([0; 32]);
    Hash::Sha256.digest(padded, secret.as_mut());
    Ok(secret)
}

/// The draft's pseudo-random function: HMAC over counter, label and length in bits.
fn expand(key: &HmacKey, label: &[u8], out: &mut [u8]) -> Result<()> {
    let bits = u16::try_from(out.len().saturating_mul(8)).map_err(|_| Error::Internal("PKCS#1 length"))?;
    for (counter, chunk) in (0_u16..).zip(out.chunks_mut(Hash::Sha256.output_len())) {
        let mut inner = key.begin();
        inner.update(&counter.to_be_bytes());
        inner.update(label);
        inner.update(&bits.to_be_bytes());
        key.finish(&mut inner, chunk);
    }
    Ok(())
}

impl PublicKey {
    /// Checks a signature of data as it is, or of a digest of `hash`.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`]; [`Error::DataLenRange`] as
    /// [`PrivateKey::sign_pkcs1`].
    pub fn verify_pkcs1(&self, hash: Option<Hash>, data: &[u8], signature: &[u8]) -> Result<()> {
        let mut expected = [0; BLOCK_LEN_MAX];
        let expected = expected.get_mut(..self.block_len()).unwrap_or_default();
        write_signature_block(prefix(hash)?, data, expected)?;
        let mut buffer = [0; BLOCK_LEN_MAX];
        let found = self.open(signature, &mut buffer)?;
        if *found == *expected {
            Ok(())
        } else {
            Err(Error::SignatureInvalid)
        }
    }

    /// Encrypts a message; `out` is as long as the modulus.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is too long for the key.
    pub fn encrypt_pkcs1(&self, message: &[u8], out: &mut [u8]) -> Result<()> {
        let message_at = out
            .len()
            .checked_sub(message.len())
            .filter(|at| *at >= OVERHEAD_LEN)
            .ok_or(TOO_LONG)?;
        let (header, room) = out.split_at_mut_checked(message_at).ok_or(TOO_LONG)?;
        room.copy_from_slice(message);
        let [first, kind, padding @ .., end] = header else {
            return Err(TOO_LONG);
        };
        (*first, *kind, *end) = (0, 2, 0);
        random::fill(padding)?;
        for byte in padding {
            while *byte == 0 {
                random::fill(std::slice::from_mut(byte))?;
            }
        }
        self.raw(out)
    }
}
