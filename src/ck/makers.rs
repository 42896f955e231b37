//! Other makers' numbers, which they left to themselves in the same range. `include/vhsm.h` has the same.

use super::MechanismId;
use super::sys::CKM_VENDOR_DEFINED;

/// Thales Luna's CKM_DES3_X919_MAC: sign and verify.
pub const CKM_LUNA_DES3_X919_MAC: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x150);
/// Thales Luna's CKM_DES2_DUKPT_IPEK: derive.
pub const CKM_LUNA_DES2_DUKPT_IPEK: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x610);
/// Thales Luna's CKM_DES2_DUKPT_PIN: derive.
pub const CKM_LUNA_DES2_DUKPT_PIN: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x611);
/// Thales Luna's CKM_DES2_DUKPT_MAC: derive.
pub const CKM_LUNA_DES2_DUKPT_MAC: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x612);
/// Thales Luna's CKM_DES2_DUKPT_MAC_RESP: derive.
pub const CKM_LUNA_DES2_DUKPT_MAC_RESP: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x613);
/// Thales Luna's CKM_DES2_DUKPT_DATA: derive.
pub const CKM_LUNA_DES2_DUKPT_DATA: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x614);
/// Thales Luna's CKM_DES2_DUKPT_DATA_RESP: derive.
pub const CKM_LUNA_DES2_DUKPT_DATA_RESP: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x615);
/// Thales Luna's CKM_AES_KW, and ProtectToolkit-C's: encrypt, decrypt, wrap and unwrap.
pub const CKM_LUNA_AES_KW: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x170);
/// Thales Luna's CKM_AES_KWP, and ProtectToolkit-C's: encrypt, decrypt, wrap and unwrap.
pub const CKM_LUNA_AES_KWP: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x171);
/// Thales Luna's CKM_NIST_PRF_KDF, and ProtectToolkit-C's: derive.
pub const CKM_LUNA_NIST_PRF_KDF: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0xa02);
/// Thales Luna's CKM_PRF_KDF, and ProtectToolkit-C's: derive.
pub const CKM_LUNA_PRF_KDF: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0xa03);
/// SafeNet ProtectToolkit-C's CKM_DES3_X919_MAC: sign and verify.
pub const CKM_PTK_DES3_X919_MAC: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x134);
/// SafeNet ProtectToolkit-C's CKM_DES3_X919_MAC_GENERAL: sign and verify.
pub const CKM_PTK_DES3_X919_MAC_GENERAL: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x135);
/// SafeNet ProtectToolkit-C's CKM_UNWRAP_TR31_DISCARD: unwrap.
pub const CKM_PTK_UNWRAP_TR31_DISCARD: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x410);
/// SafeNet ProtectToolkit-C's CKM_UNWRAP_TR31: unwrap.
pub const CKM_PTK_UNWRAP_TR31: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x411);
/// SafeNet ProtectToolkit-C's CKM_WRAP_TR31_DERIVE: wrap.
pub const CKM_PTK_WRAP_TR31_DERIVE: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x412);
/// SafeNet ProtectToolkit-C's CKM_DES_DERIVE_ECB: derive.
pub const CKM_PTK_DES_DERIVE_ECB: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x500);
/// SafeNet ProtectToolkit-C's CKM_DES_DERIVE_CBC: derive.
pub const CKM_PTK_DES_DERIVE_CBC: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x501);
/// SafeNet ProtectToolkit-C's CKM_DES3_DERIVE_ECB: derive.
pub const CKM_PTK_DES3_DERIVE_ECB: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x502);
/// SafeNet ProtectToolkit-C's CKM_DES3_DERIVE_CBC: derive.
pub const CKM_PTK_DES3_DERIVE_CBC: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x503);
/// SafeNet ProtectToolkit-C's CKM_DES3_RETAIL_CFB_MAC: sign and verify.
pub const CKM_PTK_DES3_RETAIL_CFB_MAC: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x510);
/// SafeNet ProtectToolkit-C's CKM_XOR_BASE_AND_KEY: derive.
pub const CKM_PTK_XOR_BASE_AND_KEY: MechanismId = MechanismId(CKM_VENDOR_DEFINED + 0x364);
