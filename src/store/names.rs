//! What tokens and objects are called in the store.

use std::fmt;

use crate::crypto::rng;
use crate::error::Result;

/// A token's name in the store: random, new for every initialisation, so that whoever still holds the name of a
/// token that was initialised anew by another process is told ([`Error::DeviceRemoved`](crate::error::Error::DeviceRemoved)).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId(pub [u8; 16]);

impl TokenId {
    /// A new name.
    ///
    /// # Errors
    /// [`Error::Crypto`](crate::error::Error::Crypto) if the system's random source fails.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 16];
        rng::system(&mut bytes)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An object's name in the store: positive, in about the order of creation, never used twice in one store.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ObjectId(pub u64);

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
