//! The project's own numbers, in the ranges that the standard leaves to vendors. `include/vhsm.h` has the same.

use super::{AttributeType, MechanismId, VHSM_VENDOR_BASE};

/// Visa CVV and its family (CVV2, iCVV, CAVV, Mastercard CVC): sign and verify.
pub const CKM_VHSM_CVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0001);
/// Visa PIN verification value: sign and verify.
pub const CKM_VHSM_VISA_PVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0002);

/// Two ASCII characters: what a payment key is for, in the codes of TR-31 and X9.143 (`C0`, `V2`, …).
pub const CKA_VHSM_KEY_USAGE: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0001);

impl MechanismId {
    pub(super) const VENDOR_NAMES: &'static [(Self, &'static str)] = &[
        (CKM_VHSM_CVV, "CKM_VHSM_CVV"),
        (CKM_VHSM_VISA_PVV, "CKM_VHSM_VISA_PVV"),
    ];
}

impl AttributeType {
    pub(super) const VENDOR_NAMES: &'static [(Self, &'static str)] =
        &[(CKA_VHSM_KEY_USAGE, "CKA_VHSM_KEY_USAGE")];
}
