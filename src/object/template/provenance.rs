//! [`Provenance`]: what an object keeps of where it comes from.

use super::Origin;
use crate::ck::*;

/// What is kept of an [`Origin`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Provenance {
    Created,
    Generated(MechanismId),
    Unwrapped,
    Encapsulated,
    Derived {
        base_always_sensitive: bool,
        base_never_extractable: bool,
    },
}

impl From<Origin<'_>> for Provenance {
    fn from(origin: Origin<'_>) -> Self {
        match origin {
            Origin::Create => Self::Created,
            Origin::Generate { mechanism }
            | Origin::GeneratePublic { mechanism }
            | Origin::GeneratePrivate { mechanism } => Self::Generated(mechanism),
            Origin::Unwrap => Self::Unwrapped,
            Origin::Encapsulate => Self::Encapsulated,
            Origin::Derive { base } => Self::Derived {
                base_always_sensitive: base.bool(CKA_ALWAYS_SENSITIVE) == Some(true),
                base_never_extractable: base.bool(CKA_NEVER_EXTRACTABLE) == Some(true),
            },
        }
    }
}
