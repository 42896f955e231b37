//! The codes of payment keys in a set of attributes.

use super::AttributeSet;
use crate::ck::{AttributeType, CKA_VHSM_KEY_USAGE, CKA_VHSM_MODE_OF_USE, KeyUsage, ModeOfUse};

impl AttributeSet {
    /// A code of one character; `None` if it is absent, of another length or of another type.
    #[must_use]
    pub fn code(&self, attribute: AttributeType) -> Option<u8> {
        match self.bytes(attribute) {
            Some([code]) => Some(*code),
            _ => None,
        }
    }

    /// CKA_VHSM_KEY_USAGE; `None` if it is absent or none.
    #[must_use]
    pub fn key_usage(&self) -> Option<KeyUsage> {
        let usage = self.bytes(CKA_VHSM_KEY_USAGE)?;
        usage.try_into().ok().map(KeyUsage)
    }

    /// CKA_VHSM_MODE_OF_USE; `None` if it is absent or none.
    #[must_use]
    pub fn mode_of_use(&self) -> Option<ModeOfUse> {
        self.code(CKA_VHSM_MODE_OF_USE).and_then(ModeOfUse::of)
    }
}
