//! The keys that are derived from others, and the keyed tags by which objects are found.

use std::fmt;

use super::TokenId;
use crate::crypto::hash::Hash;
use crate::crypto::mac::HmacKey;
use crate::error::Result;
use crate::os::kept::Kept;
use crate::os::locked::LockedKey;

/// What an object is found by: a keyed digest of one attribute, shortened to 64 bits. Equal attributes of objects of
/// one token have equal tags; without the key a tag tells nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tag(pub u64);

/// Tags as they stand beside a record: in ascending order without duplicates.
pub(super) fn listed(mut tags: Vec<Tag>) -> Vec<Tag> {
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// A key that makes tags, prepared once.
pub struct TagKey {
    key: Kept<HmacKey>,
}

impl TagKey {
    /// Prepares a key.
    #[must_use]
    pub fn new(key: &LockedKey) -> Self {
        Self {
            key: Kept::new(HmacKey::new(Hash::Sha256, key.as_ref())),
        }
    }

    /// The tag of an attribute (any number that the caller has for its type) with this value, for objects of `token`.
    #[must_use]
    pub fn tag(&self, token: TokenId, attribute: u64, value: &[u8]) -> Tag {
        let mut inner = self.key.begin();
        inner.update(&token.0);
        inner.update(&attribute.to_be_bytes());
        inner.update(value);
        let mut digest = [0; 8];
        self.key.finish(&mut inner, &mut digest);
        Tag(u64::from_be_bytes(digest))
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey")
    }
}

/// The key for `label` under `key`: HKDF-Expand with one block of SHA-256 [RFC 5869, 2.3].
///
/// # Errors
/// [`Error::HostMemory`](crate::error::Error::HostMemory) if there is no page for it.
pub fn derive(key: &LockedKey, label: &[u8]) -> Result<LockedKey> {
    let key = HmacKey::new(Hash::Sha256, key.as_ref());
    let mut inner = key.begin();
    inner.update(label);
    inner.update(&[1]);
    let mut derived = LockedKey::zeros()?;
    key.finish(&mut inner, derived.as_mut());
    Ok(derived)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hmac(key: u8) -> TagKey {
        TagKey::new(&LockedKey::new(&[key; 32]).unwrap())
    }

    #[test]
    fn tags_depend_on_token_attribute_value_and_hmac() {
        let tag = hmac(1).tag(TokenId([1; 16]), 3, b"label");
        assert_eq!(tag, hmac(1).tag(TokenId([1; 16]), 3, b"label"));
        assert_ne!(tag, hmac(2).tag(TokenId([1; 16]), 3, b"label"));
        assert_ne!(tag, hmac(1).tag(TokenId([2; 16]), 3, b"label"));
        assert_ne!(tag, hmac(1).tag(TokenId([1; 16]), 4, b"label"));
        assert_ne!(tag, hmac(1).tag(TokenId([1; 16]), 3, b"labem"));
    }
}
