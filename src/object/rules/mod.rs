//! Const tables of what the standard says about each attribute of each class, and nothing that interprets them.
//!
//! One file per class; the rows are the footnotes of the standard's attribute tables [PKCS#11 3.2, 4 and 6],
//! written as words. `template/`, `modify.rs`, `search.rs` and `facts.rs` are the interpreters.

mod certificate;
mod data;
mod domain;
mod everywhere;
mod key;
mod otp;
mod private;
mod profile;
mod public;
mod rule_set;
mod secret;
mod storage;
mod table;
mod trust;
mod uses;

pub use everywhere::{is_public_everywhere, is_sensitive_somewhere, kind_of};
pub use rule_set::RuleSet;
pub use table::{Flags, Maker};
pub use uses::default_uses;

use crate::ck::*;

/// The form of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `CK_BBOOL`: one byte, 0 or 1.
    Bool,
    /// `CK_ULONG` and all that has its size.
    Ulong,
    /// Bytes as they are.
    Bytes,
    /// An unsigned integer, most significant byte first; kept without leading zeros.
    BigInteger,
    /// RFC 2279 text. Kept as given: real clients write other encodings, too.
    Text,
    /// `CK_DATE`: eight digits, or empty.
    Date,
    /// An array of `CK_MECHANISM_TYPE`.
    Mechanisms,
    /// An array of `CK_ATTRIBUTE`.
    Template,
    /// So many letters and digits in ASCII: a code of a key block.
    Code(usize),
    /// The usage of a key block: one that the standard has, or a maker's.
    KeyUsage,
    /// Optional blocks of a key block, one behind the other.
    OptionalBlocks,
    /// The mode of use of a key block: one of its characters.
    ModeOfUse,
    /// `E`, `N` or `S`: the exportability of a key block.
    Exportability,
}

/// Whether a template names the attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Presence {
    /// It must: footnotes 1, 3 and 5.
    Required,
    /// It may.
    Optional,
    /// It must not: footnotes 2, 4 and 6.
    Forbidden,
}

/// Whether an existing object's attribute gets another value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// No.
    Never,
    /// Yes: footnote 8.
    Free,
    /// From FALSE to TRUE only: footnote 11.
    ToTrueOnly,
    /// From TRUE to FALSE only: footnote 12.
    ToFalseOnly,
    /// To what is narrower only: of payment keys [include/vhsm.h].
    Narrower,
}

/// What the attribute is when no template names it and no mechanism contributes it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Default {
    /// The object does not have it.
    Absent,
    /// This Boolean.
    Bool(bool),
    /// This number.
    Ulong(u64),
    /// No bytes.
    Empty,
    /// A usage flag: TRUE if the key type can do it, unless the configuration wants usage spelled out.
    Use,
    /// CKA_EXTRACTABLE: TRUE when unwrapped [PKCS#11 3.2, 5.18.4], and where the owner knows the key anyway.
    Extractable,
    /// Worked out from the object's other attributes and its origin.
    Computed,
}

/// What is said about one attribute of one class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The attribute.
    pub attribute: AttributeType,
    /// The form of its value.
    pub kind: Kind,
    /// In the template of C_CreateObject.
    pub create: Presence,
    /// In the template of C_GenerateKey and C_GenerateKeyPair.
    pub generate: Presence,
    /// In the template of C_UnwrapKey.
    pub unwrap: Presence,
    /// In the template of C_DeriveKey.
    pub derive: Presence,
    /// By C_SetAttributeValue.
    pub change: Change,
    /// By C_CopyObject.
    pub copy: Change,
    /// Cannot be revealed if CKA_SENSITIVE is TRUE or CKA_EXTRACTABLE is FALSE: footnote 7.
    pub sensitive: bool,
    /// Only the SO may set it to TRUE: footnote 10.
    pub so_only: bool,
    /// Its value when nobody gives one.
    pub default: Default,
}

impl Rule {
    /// An attribute that every template may name, that never changes, and that is absent unless given.
    const fn new(attribute: AttributeType, kind: Kind) -> Self {
        Self {
            attribute,
            kind,
            create: Presence::Optional,
            generate: Presence::Optional,
            unwrap: Presence::Optional,
            derive: Presence::Optional,
            change: Change::Never,
            copy: Change::Never,
            sensitive: false,
            so_only: false,
            default: Default::Absent,
        }
    }

    /// Whether templates of this function must, may or must not name the attribute.
    #[must_use]
    pub const fn presence(&self, maker: Maker) -> Presence {
        match maker {
            Maker::Create => self.create,
            Maker::Generate => self.generate,
            Maker::Unwrap => self.unwrap,
            Maker::Derive => self.derive,
        }
    }

    const fn create(self, create: Presence) -> Self {
        Self { create, ..self }
    }

    const fn generate(self, generate: Presence) -> Self {
        Self { generate, ..self }
    }

    /// C_UnwrapKey and C_DeriveKey; the standard has no footnote for derivation and treats it as unwrapping.
    const fn unwrap(self, unwrap: Presence) -> Self {
        let derive = match unwrap {
            Presence::Forbidden => Presence::Forbidden,
            Presence::Required | Presence::Optional => self.derive,
        };
        Self {
            unwrap,
            derive,
            ..self
        }
    }

    /// No template ever names it: the token sets it.
    const fn by_token(self) -> Self {
        self.create(Presence::Forbidden)
            .generate(Presence::Forbidden)
            .unwrap(Presence::Forbidden)
            .default(Default::Computed)
    }

    const fn change(self, change: Change) -> Self {
        Self {
            change,
            copy: change,
            ..self
        }
    }

    const fn copy(self, copy: Change) -> Self {
        Self { copy, ..self }
    }

    const fn sensitive(self) -> Self {
        Self {
            sensitive: true,
            ..self
        }
    }

    const fn so_only(self) -> Self {
        Self {
            so_only: true,
            ..self
        }
    }

    const fn default(self, default: Default) -> Self {
        Self { default, ..self }
    }

    /// A usage flag.
    const fn usage(attribute: AttributeType) -> Self {
        Self::new(attribute, Kind::Bool)
            .change(Change::Free)
            .default(Default::Use)
    }
}

#[cfg(test)]
mod tests;
