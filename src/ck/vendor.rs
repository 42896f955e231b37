//! The project's own numbers, in the ranges that the standard leaves to vendors. `include/vhsm.h` has the same.

use std::fmt;

use super::{AttributeType, MechanismId, VHSM_VENDOR_BASE};

/// Visa CVV and its family (CVV2, iCVV, CAVV, Mastercard CVC): sign and verify.
pub const CKM_VHSM_CVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0001);
/// Visa PIN verification value: sign and verify.
pub const CKM_VHSM_VISA_PVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0002);

/// Two ASCII characters, a [`KeyUsage`]: what a payment key is for.
pub const CKA_VHSM_KEY_USAGE: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0001);

/// What a payment key is for, in the codes of TR-31 and X9.143: the value of [`CKA_VHSM_KEY_USAGE`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(pub [u8; 2]);

impl KeyUsage {
    /// `C0`: card verification values.
    pub const CARD_VERIFICATION: Self = Self(*b"C0");
    /// `V2`: Visa PIN verification values.
    pub const VISA_PIN_VERIFICATION: Self = Self(*b"V2");
}

impl fmt::Debug for KeyUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0.escape_ascii(), f)
    }
}

impl MechanismId {
    /// The vendor mechanisms with their names.
    pub const VENDOR_NAMES: &'static [(Self, &'static str)] = &[
        (CKM_VHSM_CVV, "CKM_VHSM_CVV"),
        (CKM_VHSM_VISA_PVV, "CKM_VHSM_VISA_PVV"),
    ];
}

impl AttributeType {
    /// The vendor attributes with their names.
    pub const VENDOR_NAMES: &'static [(Self, &'static str)] = &[(CKA_VHSM_KEY_USAGE, "CKA_VHSM_KEY_USAGE")];
}
