//! Local master keys and what is wrapped under them: the vendor's numbers. `include/vhsm.h` has the same.

use super::{AttributeType, KeyType, MechanismId, Rv, VHSM_VENDOR_BASE};

/// A local master key: 20 pairs of double keys, a triple-DES key, or an AES key of 256 bits.
pub const CKK_VHSM_LMK: KeyType = KeyType(VHSM_VENDOR_BASE + 0x0001);

/// Two decimal digits: the number of a local master key.
pub const CKA_VHSM_LMK_ID: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0010);
/// Whether a local master key only unwraps what an earlier one has wrapped.
pub const CKA_VHSM_LMK_OLD: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0011);
/// Whether key type 002 is for PIN verification only, so that terminals' keys are of 70D, 80D and 90D.
pub const CKA_VHSM_LMK_SEPARATE_002: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0012);

/// The local master key is another one, or has another use.
pub const CKR_VHSM_LMK_ID: Rv = Rv(VHSM_VENDOR_BASE + 0x0018);
/// The key type code does not go with the key's usage.
pub const CKR_VHSM_KEY_TYPE_CODE: Rv = Rv(VHSM_VENDOR_BASE + 0x0019);

/// Local master keys: generate.
pub const CKM_VHSM_LMK_GEN: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0081);
/// Key blocks of Thales, versions 0 and 1: wrap and unwrap.
pub const CKM_VHSM_THALES_KEY_BLOCK: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0082);
/// Keys under a variant local master key: wrap and unwrap.
pub const CKM_VHSM_VARIANT_LMK: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0083);
/// Keys in electronic code book under a zone's master key, ANSI X9.17: wrap and unwrap.
pub const CKM_VHSM_X9_17: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0084);
/// Components of DES keys under the variant of a variant LMK that their keys have: unwrap.
pub const CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0085);
/// Keys of any parity in electronic code book under a zone's master key: unwrap.
pub const CKM_VHSM_X9_17_ANY_PARITY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0086);
/// Keys under a variant LMK that leave in key blocks only: wrap.
pub const CKM_VHSM_VARIANT_LMK_FROM_BLOCK: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0087);
/// A key from its components: derive.
pub const CKM_VHSM_COMPONENTS_COMBINE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0088);
/// The last component of a key, from the key and the other components: derive.
pub const CKM_VHSM_COMPONENTS_SPLIT: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0089);

/// RSA private keys under a variant LMK: wrap and unwrap.
pub const CKM_VHSM_LMK_RSA_PRIVATE_KEY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x008c);
/// RSA public keys under an LMK: their MAC (sign, verify), or their key block (encrypt, decrypt).
pub const CKM_VHSM_LMK_RSA_PUBLIC_KEY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x008d);

/// Length in bytes of a variant LMK: 20 pairs of double keys.
pub const LMK_VARIANT_LEN: usize = 320;
/// Length in bytes of a key-block LMK of triple DES.
pub const LMK_DES3_LEN: usize = 24;
/// Length in bytes of a key-block LMK of AES.
pub const LMK_AES_LEN: usize = 32;

impl KeyType {
    /// The vendor key types with their names.
    pub const VENDOR_NAMES: &'static [(Self, &'static str)] = &[(CKK_VHSM_LMK, "CKK_VHSM_LMK")];
}
