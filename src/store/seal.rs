//! The envelope of everything that is stored: AES-256-GCM with the record's place as associated data, so that a record
//! cannot be changed, moved, swapped or given another version unseen.
//!
//! Envelope: format (1 byte), nonce (12 bytes, random), ciphertext, tag (16 bytes).

use std::fmt;

use super::{FROM_BACKUP, ObjectId, TokenId};
use crate::crypto::gcm::GcmSealer;
use crate::crypto::rng;
use crate::error::{Error, Reason, Result};
use crate::os::locked::LockedKey;
use crate::secret::SecretBytes;

const FORMAT: u8 = 1;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;
/// Bytes by which a sealed record is longer than what it holds.
pub const OVERHEAD: usize = 1 + NONCE_LEN + TAG_LEN;

const SHAPE: Error = Error::Internal("an envelope without room for its parts");

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
    /// The saved operations of a session.
    OperationState,
}

impl Purpose {
    /// The second byte is free.
    fn number(self) -> [u8; 2] {
        match self {
            Self::Header => [1, 0],
            Self::Object => [2, 0],
            Self::UserTokenKey => [3, 0],
            Self::SoTokenKey => [4, 0],
            Self::OperationState => [5, 0],
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
            Purpose::OperationState => write!(f, "a saved operation of token {}", self.token),
        }
    }
}

/// A key that seals records, prepared once.
pub struct SealKey {
    key: GcmSealer,
}

impl SealKey {
    /// Prepares a key.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub fn new(key: &LockedKey) -> Result<Self> {
        let key = GcmSealer::new(key.as_ref())?;
        Ok(Self { key })
    }

    /// Seals `plain` for `place`; the result is [`OVERHEAD`] bytes longer.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the system's random source or the library fails.
    pub fn seal(&self, place: &Place, plain: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = vec![0; plain.len().saturating_add(OVERHEAD)];
        let (format, rest) = sealed.split_first_mut().ok_or(SHAPE)?;
        let (nonce, rest) = rest.split_first_chunk_mut::<NONCE_LEN>().ok_or(SHAPE)?;
        let (ciphertext, tag) = rest.split_last_chunk_mut::<TAG_LEN>().ok_or(SHAPE)?;
        *format = FORMAT;
        rng::system(nonce)?;
        self.key
            .seal(nonce, &place.associated_data(), plain, ciphertext, tag)?;
        Ok(sealed)
    }

    /// Opens what [`SealKey::seal`] made for the same place.
    ///
    /// # Errors
    /// [`Error::StoreDamaged`] naming the place, if anything is not as it was sealed.
    pub fn open(&self, place: &Place, sealed: &[u8]) -> Result<SecretBytes> {
        self.try_open(place, sealed).ok_or_else(|| {
            let what = format!("{place} is not what was written there, or was not written there");
            Error::StoreDamaged(Reason::new(what, FROM_BACKUP))
        })
    }

    fn try_open(&self, place: &Place, sealed: &[u8]) -> Option<SecretBytes> {
        let (format, rest) = sealed.split_first()?;
        if *format != FORMAT {
            return None;
        }
        let (nonce, rest) = rest.split_first_chunk::<NONCE_LEN>()?;
        let (ciphertext, tag) = rest.split_last_chunk::<TAG_LEN>()?;
        let mut plain = SecretBytes::zeros(ciphertext.len());
        self.key
            .open(nonce, &place.associated_data(), ciphertext, tag, plain.as_mut())
            .ok()?;
        Some(plain)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: Place = Place::object(TokenId([3; 16]), ObjectId(9), 4, true);

    fn key() -> SealKey {
        SealKey::new(&LockedKey::new(&[7; 32]).unwrap()).unwrap()
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
                purpose: Purpose::UserTokenKey,
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
}
