//! The one interpreter of templates: [`parse`](mod@parse) gives values their types, [`draft`](mod@draft) makes every
//! check that can be made before a value exists, [`Draft::complete`] makes the object's attributes out of it.

mod complete;
mod draft;
mod history;
mod parse;
mod payment;
mod provenance;
#[cfg(test)]
mod tests;

pub use complete::complete_pair;
pub use draft::{Draft, draft};
pub(super) use parse::parse_bytes;
pub use parse::{MAX_TEMPLATE_DEPTH, parse};

use crate::attribute::AttributeSet;
use crate::ck::{KeyType, MechanismId, ObjectClass};

/// What the configuration says about new objects.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// A usage flag that no template names is FALSE, instead of TRUE for every use that the key type can do.
    pub usage_defaults_explicit: bool,
    /// Payment keys may be weak: of even parity, with equal parts, with parts that are weak keys.
    pub weak_payment_keys: bool,
    /// Payment keys may have equal parts, so that they are no stronger than shorter ones.
    pub equal_parts: bool,
}

/// Where a new object comes from.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'a> {
    /// C_CreateObject.
    Create,
    /// C_GenerateKey: a secret key.
    Generate {
        /// The mechanism, which becomes CKA_KEY_GEN_MECHANISM.
        mechanism: MechanismId,
    },
    /// The public key of C_GenerateKeyPair.
    GeneratePublic {
        /// The mechanism, which becomes CKA_KEY_GEN_MECHANISM.
        mechanism: MechanismId,
    },
    /// The private key of C_GenerateKeyPair.
    GeneratePrivate {
        /// The mechanism, which becomes CKA_KEY_GEN_MECHANISM.
        mechanism: MechanismId,
    },
    /// C_UnwrapKey.
    Unwrap,
    /// C_EncapsulateKey and C_DecapsulateKey.
    Encapsulate,
    /// C_DeriveKey.
    Derive {
        /// The key that the new one is derived from.
        base: &'a AttributeSet,
    },
}

/// What a mechanism makes: a template may repeat it, leave it out, or choose among the key types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Made<'a> {
    /// The class of the new object.
    pub class: ObjectClass,
    /// The key types that the mechanism makes; the first is the default.
    pub key_types: &'a [KeyType],
}
