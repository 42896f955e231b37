//! Parts of the parameters of elliptic-curve mechanisms.

use crate::crypto::hash::Hash;

/// A derivation function (`CKD_…`) for the results of elliptic-curve Diffie-Hellman [PKCS#11 3.2, 6.3.17].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EcdhKdf {
    /// `CKD_SHA256_KDF` and its like: ANSI X9.63.
    X963(Hash),
    /// `CKD_SHA256_KDF_SP800` and its like: NIST SP 800-56C, one step.
    Sp800(Hash),
}

impl EcdhKdf {
    /// The hash.
    #[must_use]
    pub const fn hash(self) -> Hash {
        match self {
            Self::X963(hash) | Self::Sp800(hash) => hash,
        }
    }
}
