//! The parameters of post-quantum signatures [PKCS#11 3.2, 6.53 and 6.55].

/// Whether a signature has randomness of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Hedge {
    /// `CKH_HEDGE_PREFERRED`: it has.
    #[default]
    Preferred,
    /// `CKH_HEDGE_REQUIRED`: it has.
    Required,
    /// `CKH_DETERMINISTIC_REQUIRED`: it has none.
    Deterministic,
}

/// What is signed with the message, and how.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SignContext {
    /// `hedgeVariant`.
    pub hedge: Hedge,
    /// The context, at most 255 bytes.
    pub context: Box<[u8]>,
}

impl SignContext {
    /// Whether the signature shall have randomness of its own.
    #[must_use]
    pub fn is_hedged(&self) -> bool {
        !matches!(self.hedge, Hedge::Deterministic)
    }
}
