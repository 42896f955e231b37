//! [`Written`]: how a key is written in a response: its scheme, and whether it has a tag.

use crate::payshield::key_field::KeyField;

/// How a key is written.
#[derive(Clone, Copy)]
pub(in crate::payshield::commands) struct Written {
    /// Its scheme.
    pub(in crate::payshield::commands) scheme: u8,
    untagged: bool,
}

impl Written {
    /// In the scheme that a message asks for.
    pub(in crate::payshield::commands) const fn in_scheme(scheme: u8) -> Self {
        Self {
            scheme,
            untagged: false,
        }
    }

    /// In this scheme, of which the digits alone stand there.
    pub(in crate::payshield::commands) const fn untagged(scheme: u8) -> Self {
        Self {
            scheme,
            untagged: true,
        }
    }

    /// In this scheme, with a tag if the key that was given has one.
    pub(in crate::payshield::commands) fn like(given: &KeyField<'_>, scheme: u8) -> Self {
        Self {
            scheme,
            untagged: !given.is_block() && !given.is_tagged(),
        }
    }

    /// The text of a key that was made with its tag: key blocks always have it.
    pub(in crate::payshield::commands) fn text<'t>(&self, made: &'t [u8]) -> &'t [u8] {
        match made.split_first() {
            Some((tag @ (b'U' | b'T' | b'X' | b'Y'), digits)) if self.untagged && *tag == self.scheme => {
                digits
            }
            _ => made,
        }
    }
}
