//! RSA-PSS [RFC 8017, 8.1 and 9.1] with any hash, mask hash and salt length.

use subtle::ConstantTimeEq;

use super::mask::{digest, xor_mask};
use super::{BLOCK_LEN_MAX, PrivateKey, PublicKey};
use crate::crypto::aws_lc::random;
use crate::crypto::hash::Hash;
use crate::error::{Error, Result};

const TRAILER: u8 = 0xbc;

/// The parameters of the scheme.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pss {
    /// Hash of the message.
    pub hash: Hash,
    /// Hash of the mask.
    pub mgf: Hash,
    /// Length of the salt in bytes.
    pub salt_len: usize,
}

/// Where the parts of an encoded message stand.
struct Layout<'a> {
    /// The bytes before the encoded message: one zero byte if the modulus has 8k+1 bits, else none.
    lead: &'a mut [u8],
    /// DB, which is masked; the salt is its end.
    db: &'a mut [u8],
    /// H.
    hash: &'a mut [u8],
    trailer: &'a mut u8,
    /// The bits of the first byte of DB that may be set.
    top_mask: u8,
}

impl Pss {
    /// Whether a key of this many bits has room for the scheme.
    #[must_use]
    pub fn fits(&self, modulus_bits: usize) -> bool {
        let encoded_len = modulus_bits.saturating_sub(1).div_ceil(8);
        encoded_len
            .checked_sub(self.hash.output_len() + 2)
            .is_some_and(|room| self.salt_len <= room)
    }

    fn layout<'a>(&self, modulus_bits: usize, block: &'a mut [u8]) -> Result<Layout<'a>> {
        if !self.fits(modulus_bits) {
            return Err(Error::DataLenRange("the RSA key is too short for hash and salt"));
        }
        let split = || Error::Internal("PSS block");
        let encoded_bits = modulus_bits.saturating_sub(1);
        let lead_len = block.len().saturating_sub(encoded_bits.div_ceil(8));
        let (lead, encoded) = block.split_at_mut_checked(lead_len).ok_or_else(split)?;
        let (trailer, encoded) = encoded.split_last_mut().ok_or_else(split)?;
        let db_len = encoded.len().saturating_sub(self.hash.output_len());
        let (db, hash) = encoded.split_at_mut_checked(db_len).ok_or_else(split)?;
        let unused_bits = (8 - encoded_bits % 8) % 8;
        Ok(Layout {
            lead,
            db,
            hash,
            trailer,
            top_mask: 0xff >> unused_bits,
        })
    }

    /// H of a digest and a salt.
    fn hash_of(&self, digest_of_message: &[u8], salt: &[u8]) -> [u8; 64] {
        digest(self.hash, &[&[0; 8], digest_of_message, salt])
    }

    fn check_digest(&self, digest: &[u8]) -> Result<()> {
        if digest.len() == self.hash.output_len() {
            return Ok(());
        }
        Err(Error::DataLenRange(
            "the data must be as long as a digest of the hash",
        ))
    }
}

impl PrivateKey {
    /// Signs the digest of a message; `out` is as long as the modulus.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] if the digest is not one of the hash, or the key is too short for hash and salt.
    pub fn sign_pss(&self, pss: &Pss, digest_of_message: &[u8], out: &mut [u8]) -> Result<()> {
        pss.check_digest(digest_of_message)?;
        let layout = pss.layout(self.public.bits, out)?;
        layout.lead.fill(0);
        *layout.trailer = TRAILER;
        let salt_at = layout.db.len().saturating_sub(pss.salt_len);
        let (padding, salt) = layout
            .db
            .split_at_mut_checked(salt_at)
            .ok_or(Error::Internal("PSS salt"))?;
        random::fill(salt)?;
        padding.fill(0);
        if let Some(last) = padding.last_mut() {
            *last = 1;
        }
        let hash = pss.hash_of(digest_of_message, salt);
        for (to, from) in layout.hash.iter_mut().zip(&hash) {
            *to = *from;
        }
        xor_mask(pss.mgf, layout.hash, layout.db);
        if let Some(first) = layout.db.first_mut() {
            *first &= layout.top_mask;
        }
        self.raw(out)
    }
}

impl PublicKey {
    /// Checks a signature of the digest of a message.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`]; [`Error::DataLenRange`] as
    /// [`PrivateKey::sign_pss`].
    pub fn verify_pss(&self, pss: &Pss, digest_of_message: &[u8], signature: &[u8]) -> Result<()> {
        pss.check_digest(digest_of_message)?;
        let mut buffer = [0; BLOCK_LEN_MAX];
        let block = self.open(signature, &mut buffer)?;
        let layout = pss.layout(self.bits, block)?;
        let top = layout.db.first().copied().unwrap_or(0);
        if layout.lead.iter().any(|byte| *byte != 0)
            || *layout.trailer != TRAILER
            || top & !layout.top_mask != 0
        {
            return Err(Error::SignatureInvalid);
        }
        xor_mask(pss.mgf, layout.hash, layout.db);
        if let Some(first) = layout.db.first_mut() {
            *first &= layout.top_mask;
        }
        let salt_at = layout.db.len().saturating_sub(pss.salt_len);
        let (padding, salt) = layout
            .db
            .split_at_checked(salt_at)
            .ok_or(Error::Internal("PSS salt"))?;
        let padded = matches!(padding.split_last(), Some((1, zeros)) if zeros.iter().all(|byte| *byte == 0));
        let hash = pss.hash_of(digest_of_message, salt);
        let same = hash
            .get(..layout.hash.len())
            .unwrap_or_default()
            .ct_eq(layout.hash);
        if padded && bool::from(same) {
            Ok(())
        } else {
            Err(Error::SignatureInvalid)
        }
    }
}
