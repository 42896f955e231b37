//! RSA-OAEP [RFC 8017, 7.1] with any hash, mask hash and label.

use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::{Zeroize, Zeroizing};

use super::mask::{digest, xor_mask};
use super::{BLOCK_LEN_MAX, PrivateKey, PublicKey};
use crate::crypto::aws_lc::random;
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};

/// The parameters of the scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Oaep<'a> {
    /// Hash of the label.
    pub hash: Hash,
    /// Hash of the mask.
    pub mgf: Hash,
    /// The label.
    pub label: &'a [u8],
}

impl Oaep<'_> {
    /// Bytes of message that fit into a block of so many bytes; `None` if not even an empty one does.
    #[must_use]
    pub fn message_len_max(&self, block_len: usize) -> Option<usize> {
        block_len.checked_sub(2 * self.hash.output_len() + 2)
    }

    /// Splits a block into its first byte, the seed and DB.
    fn split<'a>(&self, block: &'a mut [u8]) -> Result<(&'a mut u8, &'a mut [u8], &'a mut [u8])> {
        let wrong = || Error::Internal("OAEP block");
        let (first, rest) = block.split_first_mut().ok_or_else(wrong)?;
        let (seed, db) = rest
            .split_at_mut_checked(self.hash.output_len())
            .ok_or_else(wrong)?;
        Ok((first, seed, db))
    }
}

impl PublicKey {
    /// Encrypts a message; `out` is as long as the modulus.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the message is too long for key and hash.
    pub fn encrypt_oaep(&self, oaep: &Oaep<'_>, message: &[u8], out: &mut [u8]) -> Result<()> {
        let too_long = || Error::DataLenRange("the message is too long for the RSA key and the hash");
        let room = oaep.message_len_max(self.block_len()).ok_or_else(too_long)?;
        let padding_len = room.checked_sub(message.len()).ok_or_else(too_long)?;
        let (first, seed, db) = oaep.split(out)?;
        *first = 0;
        random::fill(seed)?;
        let label = digest(oaep.hash, &[oaep.label]);
        let content = label
            .iter()
            .take(oaep.hash.output_len())
            .chain(std::iter::repeat_n(&0, padding_len))
            .chain(std::iter::once(&1))
            .chain(message);
        for (to, from) in db.iter_mut().zip(content) {
            *to = *from;
        }
        xor_mask(oaep.mgf, seed, db);
        xor_mask(oaep.mgf, db, seed);
        self.raw(out)
    }
}

impl PrivateKey {
    /// Decrypts into the first bytes of `out`, which has room for the longest message; gives the message's length.
    /// One error for every fault of the padding, found in time that does not tell which.
    ///
    /// # Errors
    /// [`Error::EncryptedDataLenRange`] if the ciphertext is not as long as the modulus;
    /// [`Error::EncryptedDataInvalid`].
    pub fn decrypt_oaep(&self, oaep: &Oaep<'_>, ciphertext: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut buffer = Zeroizing::new([0; BLOCK_LEN_MAX]);
        let block = self.decrypt_block(ciphertext, &mut buffer)?;
        if oaep.message_len_max(block.len()).is_none() {
            return Err(Error::EncryptedDataInvalid);
        }
        let (first, seed, db) = oaep.split(block)?;
        xor_mask(oaep.mgf, db, seed);
        xor_mask(oaep.mgf, seed, db);
        let mut label = digest(oaep.hash, &[oaep.label]);
        let hash_len = oaep.hash.output_len();
        let (label_found, rest) = db
            .split_at_checked(hash_len)
            .ok_or(Error::Internal("OAEP block"))?;
        let (separated, message_at) = find_separator(rest);
        let valid =
            first.ct_eq(&0) & label_found.ct_eq(label.get(..hash_len).unwrap_or_default()) & separated;
        label.zeroize();
        if !bool::from(valid) {
            return Err(Error::EncryptedDataInvalid);
        }
        let message = usize::try_from(message_at)
            .ok()
            .and_then(|at| rest.get(at..))
            .unwrap_or_default();
        let room = out
            .get_mut(..message.len())
            .ok_or(Error::Internal("OAEP output"))?;
        room.copy_from_slice(message);
        Ok(message.len())
    }
}

/// Finds the 1 after the zeros: whether there is one, and where the message begins. Looks at every byte.
fn find_separator(bytes: &[u8]) -> (Choice, u32) {
    let mut searching = Choice::from(1);
    let mut valid = Choice::from(0);
    let mut at = 0_u32;
    for (index, byte) in (1_u32..).zip(bytes) {
        let is_one = byte.ct_eq(&1);
        at.conditional_assign(&index, searching & is_one);
        valid |= searching & is_one;
        searching &= byte.ct_eq(&0);
    }
    (valid, at)
}
