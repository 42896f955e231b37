//! The envelope of everything that is stored: AES-256-GCM with the record's place as associated data, so that a record
//! cannot be changed, moved, swapped or given another version unseen. And the keyed tags by which objects are found.
//!
//! Envelope: format (1 byte), nonce (12 bytes, random), ciphertext, tag (16 bytes).

use std::fmt;

use super::{ObjectId, TokenId};
use crate::error::{Error, Result};
use crate::os::locked::{KEY_LEN, LockedKey};
use crate::secret::SecretBytes;

const FORMAT: u8 = 1;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// Bytes by which a sealed record is longer than what it holds.
pub const OVERHEAD: usize = 1 + NONCE_LEN + TAG_LEN;

/// What an envelope is for; envelopes of different purposes never stand for each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A token's header, under the root key.
    Header,
    /// An object's attributes.
    Object,
    /// A token's key under what is derived from the user's PIN.
    UserTokenKey,
    /// A token's key under what is derived from the SO's PIN.
    SoTokenKey,
    /// The key of public objects, or whatever else is kept in a header for the token's owner. `token/` numbers them.
    Other(u8),
}

impl Purpose {
    fn number(self) -> [u8; 2] {
        match self {
            Self::Header => [1, 0],
            Self::Object => [2, 0],
            Self::UserTokenKey => [3, 0],
            Self::SoTokenKey => [4, 0],
            Self::Other(number) => [5, number],
        }
    }
}

/// Where an envelope belongs. All of it is authenticated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Place {
    /// What the envelope is for.
    pub purpose: Purpose,
    /// The token.
    pub token: TokenId,
    /// The object; the slot for a header; 0 otherwise.
    pub object: ObjectId,
    /// The record's version; for a header its own.
    pub version: u64,
    /// Whether the object is private; for a header FALSE.
    pub private: bool,
}

impl Place {
    /// The place of an object's record.
    #[must_use]
    pub const fn object(token: TokenId, object: ObjectId, version: u64, private: bool) -> Self {
        Self {
            purpose: Purpose::Object,
            token,
            object,
            version,
            private,
        }
    }

    /// The place of something that belongs to the token as a whole.
    #[must_use]
    pub const fn of_token(purpose: Purpose, token: TokenId, version: u64) -> Self {
        Self {
            purpose,
            token,
            object: ObjectId(0),
            version,
            private: false,
        }
    }

    fn associated_data(&self) -> [u8; 35] {
        let mut data = [0; 35];
        let mut rest = data.as_mut_slice();
        let mut put = |bytes: &[u8]| {
            let (field, after) = std::mem::take(&mut rest).split_at_mut(bytes.len());
            field.copy_from_slice(bytes);
            rest = after;
        };
        put(&self.purpose.number());
        put(&self.token.0);
        put(&self.object.0.to_be_bytes());
        put(&self.version.to_be_bytes());
        put(&[u8::from(self.private)]);
        data
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.purpose {
            Purpose::Object => write!(
                f,
                "object {} (version {}) of token {}",
                self.object, self.version, self.token
            ),
            Purpose::Header => write!(f, "the header of token {} in slot {}", self.token, self.object),
            Purpose::UserTokenKey => write!(f, "the user's copy of the key of token {}", self.token),
            Purpose::SoTokenKey => write!(f, "the SO's copy of the key of token {}", self.token),
            Purpose::Other(number) => write!(f, "part {number} of the header of token {}", self.token),
        }
    }
}

/// A key that seals records.
pub struct SealKey {
    key: LockedKey,
}

impl SealKey {
    /// Takes over a key.
    ///
    /// # Errors
    /// [`Error::Crypto`], [`Error::HostMemory`].
    pub fn new(key: LockedKey) -> Result<Self> {
        Ok(Self { key })
    }

    /// Seals `plain` for `place`; the result is [`OVERHEAD`] bytes longer.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the system's random source or the library fails.
    pub fn seal(&self, place: &Place, plain: &[u8]) -> Result<Vec<u8>> {
        let mut nonce = [0; NONCE_LEN];
        getrandom::fill(&mut nonce).map_err(|_| Error::Crypto("the system's random source failed"))?;
        let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD);
        sealed.push(FORMAT);
        sealed.extend_from_slice(&nonce);
        aead::seal(
            self.key.as_ref(),
            &nonce,
            &place.associated_data(),
            plain,
            &mut sealed,
        )?;
        Ok(sealed)
    }

    /// Opens what [`SealKey::seal`] made for the same place.
    ///
    /// # Errors
    /// [`Error::StoreDamaged`] naming the place, if anything is not as it was sealed.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<SecretBytes> {
        self.try_open(place, sealed).ok_or_else(|| {
            Error::StoreDamaged(
                format!("{place} is not what was written there, or was not written there").into(),
            )
        })
    }

    fn try_open(&self, place: &Place, sealed: &[u8]) -> Option<SecretBytes> {
        let (format, rest) = sealed.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
        aead::open(self.key.as_ref(), nonce, &place.associated_data(), rest)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

/// What an object is found by: a keyed digest of one attribute, shortened to 64 bits. Equal attributes of objects of
/// one token have equal tags; without the key a tag tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tag(pub u64);

/// A key that makes tags.
pub struct TagKey {
    key: LockedKey,
}

impl TagKey {
    /// Takes over a key.
    #[must_use]
    pub fn new(key: LockedKey) -> Self {
        Self { key }
    }

    /// The tag of an attribute (any number that the caller has for its type) with this value, for objects of `token`.
    #[must_use]
    pub fn tag(&self, token: TokenId, attribute: u64, value: &[u8]) -> Tag {
        let digest = mac::hmac_sha256(self.key.as_ref(), &[&token.0, &attribute.to_be_bytes(), value]);
        let [a, b, c, d, e, f, g, h, ..] = digest;
        Tag(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey")
    }
}

/// The key for `label` under `key`: HKDF-Expand with one block [RFC 5869, 2.3].
///
/// # Errors
/// [`Error::HostMemory`] if there is no page for it.
pub fn derive(key: &LockedKey, label: &[u8]) -> Result<LockedKey> {
    let mut block = mac::hmac_sha256(key.as_ref(), &[label, &[1]]);
    let derived = LockedKey::new(&block);
    zeroize::Zeroize::zeroize(&mut block);
    derived
}

/// HMAC-SHA-256 over parts.
mod mac {
    use hmac::{Hmac, KeyInit, Mac};

    pub(super) fn hmac_sha256(key: &[u8; super::KEY_LEN], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<sha2::Sha256>::new(&zero_padded(key).into());
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    /// The key as one block [RFC 2104, 2].
    fn zero_padded(key: &[u8; super::KEY_LEN]) -> [u8; 64] {
        let mut block = [0; 64];
        block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
        block
    }
}

/// The cipher.
mod aead {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    use subtle::ConstantTimeEq;

    use super::{KEY_LEN, TAG_LEN, mac::hmac_sha256};
    use crate::error::Result;
    use crate::secret::SecretBytes;

    fn stream(key: &[u8; KEY_LEN], nonce: &[u8], data: &mut [u8]) {
        let mut block_key = hmac_sha256(key, &[b"cipher"]);
        let cipher = aes::Aes256::new(&block_key.into());
        zeroize::Zeroize::zeroize(&mut block_key);
        for (chunk, number) in data.chunks_mut(16).zip(0_u32..) {
            let mut block = [0; 16];
            let counter = number.to_be_bytes();
            block
                .iter_mut()
                .zip(nonce.iter().chain(&counter))
                .for_each(|(to, from)| *to = *from);
            let mut block = block.into();
            cipher.encrypt_block(&mut block);
            chunk
                .iter_mut()
                .zip(block.iter())
                .for_each(|(to, from)| *to ^= from);
        }
    }

    fn tag(key: &[u8; KEY_LEN], nonce: &[u8], aad: &[u8], data: &[u8]) -> [u8; TAG_LEN] {
        let digest = hmac_sha256(key, &[b"tag", nonce, aad, data]);
        let mut tag = [0; TAG_LEN];
        tag.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        tag
    }

    pub(super) fn seal(
        key: &[u8; KEY_LEN],
        nonce: &[u8],
        aad: &[u8],
        plain: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut data = plain.to_vec();
        stream(key, nonce, &mut data);
        out.extend_from_slice(&data);
        out.extend_from_slice(&tag(key, nonce, aad, &data));
        Ok(())
    }

    pub(super) fn open(key: &[u8; KEY_LEN], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Option<SecretBytes> {
        let (data, given) = sealed.split_last_chunk::<TAG_LEN>()?;
        if !bool::from(tag(key, nonce, aad, data).ct_eq(given)) {
            return None;
        }
        let mut plain = SecretBytes::from(data);
        stream(key, nonce, plain.as_mut());
        Some(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place::object(TokenId([3; 16]), ObjectId(9), 4, true);

    fn key() -> SealKey {
        SealKey::new(LockedKey::new(&[7; KEY_LEN]).unwrap()).unwrap()
    }

    #[test]
    fn a_record_opens_at_its_place_and_nowhere_else() {
        let sealed = key().seal(&PLACE, b"attributes").unwrap();
        assert_eq!(sealed.len(), 10 + OVERHEAD);
        assert_eq!(&key().open(&PLACE, &sealed).unwrap()[..], b"attributes");
        let elsewhere = [
            Place {
                purpose: Purpose::Header,
                ..PLACE
            },
            Place {
                purpose: Purpose::Other(0),
                ..PLACE
            },
            Place {
                token: TokenId([4; 16]),
                ..PLACE
            },
            Place {
                object: ObjectId(8),
                ..PLACE
            },
            Place { version: 3, ..PLACE },
            Place {
                private: false,
                ..PLACE
            },
        ];
        for place in elsewhere {
            assert!(
                matches!(key().open(&place, &sealed), Err(Error::StoreDamaged(_))),
                "{place:?}"
            );
        }
    }

    #[test]
    fn every_changed_byte_and_every_missing_one_is_an_error_that_names_the_object() {
        let sealed = key().seal(&PLACE, b"attributes").unwrap();
        for position in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[position] ^= 1;
            let error = key().open(&PLACE, &changed).unwrap_err();
            assert!(
                error.to_string().contains("object 9 (version 4) of token 0303"),
                "{error}"
            );
            assert!(key().open(&PLACE, &sealed[..position]).is_err());
        }
    }

    #[test]
    fn two_envelopes_of_the_same_bytes_differ() {
        assert_ne!(
            key().seal(&PLACE, b"x").unwrap(),
            key().seal(&PLACE, b"x").unwrap()
        );
    }

    #[test]
    fn tags_depend_on_token_attribute_value_and_key() {
        let key = |byte| TagKey::new(LockedKey::new(&[byte; KEY_LEN]).unwrap());
        let tag = key(1).tag(TokenId([1; 16]), 3, b"label");
        assert_eq!(tag, key(1).tag(TokenId([1; 16]), 3, b"label"));
        assert_ne!(tag, key(2).tag(TokenId([1; 16]), 3, b"label"));
        assert_ne!(tag, key(1).tag(TokenId([2; 16]), 3, b"label"));
        assert_ne!(tag, key(1).tag(TokenId([1; 16]), 4, b"label"));
        assert_ne!(tag, key(1).tag(TokenId([1; 16]), 3, b"labem"));
    }
}
