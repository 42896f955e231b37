//! The project's own numbers, in the ranges that the standard leaves to vendors. `include/vhsm.h` has the same.

use super::lmk::*;
use super::makers::*;
use super::{AttributeType, MechanismId, Rv, VHSM_VENDOR_BASE};

/// Visa CVV and its family (CVV2, iCVV, CAVV, Mastercard CVC): sign and verify.
pub const CKM_VHSM_CVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0001);
/// Visa PIN verification value: sign and verify.
pub const CKM_VHSM_VISA_PVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0002);
/// Card security code of American Express, version 1: sign and verify.
pub const CKM_VHSM_CSC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0003);
/// Card security code of American Express, version 2: sign and verify; off by default.
pub const CKM_VHSM_CSC_V2: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0004);
/// DUKPT with triple DES, the initial key of a device: derive.
pub const CKM_VHSM_DUKPT_TDES_INITIAL_KEY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0010);
/// DUKPT with triple DES, a working key of a transaction: derive.
pub const CKM_VHSM_DUKPT_TDES_DERIVE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0011);
/// DUKPT with AES, the initial key of a device: derive.
pub const CKM_VHSM_DUKPT_AES_INITIAL_KEY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0012);
/// DUKPT with AES, a working key of a transaction: derive.
pub const CKM_VHSM_DUKPT_AES_DERIVE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0013);
/// A PIN in the clear into an encrypted PIN block: encrypt.
pub const CKM_VHSM_PIN_BLOCK: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0020);
/// An encrypted PIN block into a PIN in the clear: decrypt; off by default.
pub const CKM_VHSM_PIN_REVEAL: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0021);
/// A random PIN in an encrypted PIN block: encrypt.
pub const CKM_VHSM_PIN_GENERATE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0022);
/// A PIN block under another key, in another format: decrypt.
pub const CKM_VHSM_PIN_TRANSLATE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0023);
/// A PIN block under another key, in any other format and with any other account: decrypt; off by default.
pub const CKM_VHSM_PIN_TRANSLATE_ANY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0024);
/// Whether two encrypted PIN blocks have the same PIN: verify.
pub const CKM_VHSM_PIN_COMPARE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0025);
/// The PIN of an account after IBM 3624, in an encrypted PIN block: sign.
pub const CKM_VHSM_IBM3624_PIN: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0028);
/// The offset of a PIN after IBM 3624, of an encrypted PIN block: sign and verify.
pub const CKM_VHSM_IBM3624_OFFSET: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0029);
/// The offset of a new PIN, if the old PIN is right: sign.
pub const CKM_VHSM_IBM3624_CHANGE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x002a);
/// A decimalisation table, encrypted: encrypt.
pub const CKM_VHSM_DECIMALIZATION_TABLE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x002b);
/// An encrypted decimalisation table under another key: decrypt.
pub const CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x002e);
/// Visa PIN verification value of an encrypted PIN block: sign and verify.
pub const CKM_VHSM_VISA_PVV_BLOCK: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x002c);
/// Visa PIN verification value of a new PIN, if the old PIN is right: sign.
pub const CKM_VHSM_VISA_PVV_CHANGE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x002d);
/// MAC algorithm 1 of ISO/IEC 9797-1 (ANSI X9.9, ISO 16609): sign and verify.
pub const CKM_VHSM_ISO9797_ALG1_MAC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0040);
/// MAC algorithm 3 of ISO/IEC 9797-1 (ANSI X9.19): sign and verify.
pub const CKM_VHSM_ISO9797_ALG3_MAC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0041);
/// A MAC under a key of DUKPT: sign and verify.
pub const CKM_VHSM_DUKPT_MAC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0042);
/// A MAC under another key, if it is right: sign.
pub const CKM_VHSM_MAC_TRANSLATE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0043);
/// A MAC of ISO/IEC 9797-1 of a message that comes in calls of its own, chained by the caller: sign and verify; off by
/// default.
pub const CKM_VHSM_ISO9797_CHAINED_MAC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0044);
/// Dynamic card verification value of Visa, under the issuer's key: sign and verify.
pub const CKM_VHSM_DCVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0048);
/// Dynamic card verification code of Mastercard, under the issuer's key: sign and verify.
pub const CKM_VHSM_CVC3: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0049);
/// Master key of a chip card, from the issuer's: derive.
pub const CKM_VHSM_EMV_CARD_KEY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0050);
/// Session key of a chip card, from the card's or the issuer's master key: derive.
pub const CKM_VHSM_EMV_SESSION_KEY: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0051);
/// Application cryptogram of EMV (ARQC, TC, AAC): sign and verify.
pub const CKM_VHSM_EMV_AC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0052);
/// Issuer's response to a cryptogram of EMV, method 1: sign and verify.
pub const CKM_VHSM_EMV_ARPC1: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0053);
/// Issuer's response to a cryptogram of EMV, method 2: sign and verify.
pub const CKM_VHSM_EMV_ARPC2: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0054);
/// Truncated cryptogram of EMV (CAP, DPA): sign and verify.
pub const CKM_VHSM_EMV_TRUNCATED_AC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0055);
/// MAC of an issuer's script of EMV: sign and verify.
pub const CKM_VHSM_EMV_SCRIPT_MAC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0056);
/// Encryption of an issuer's script's data of EMV: encrypt.
pub const CKM_VHSM_EMV_SCRIPT_ENCRYPT: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0057);
/// A new PIN for a chip card, from encrypted PIN blocks: encrypt.
pub const CKM_VHSM_EMV_PIN_CHANGE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x005A);
/// Data authentication code of Mastercard's chip cards: sign and verify.
pub const CKM_VHSM_EMV_DAC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0058);
/// Dynamic number of Mastercard's chip cards: sign and verify.
pub const CKM_VHSM_EMV_DYNAMIC_NUMBER: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0059);
/// Key blocks of TR-31 and ANSI X9.143: wrap and unwrap.
pub const CKM_VHSM_TR31: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0080);
/// Keys with their header under an RSA key: wrap and unwrap.
pub const CKM_VHSM_RSA_KEY_TRANSPORT: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x008a);
/// Keys with their header under a key that ECDH gives: wrap and unwrap.
pub const CKM_VHSM_ECDH_KEY_TRANSPORT: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x008b);
/// Format-preserving encryption, FF1: encrypt and decrypt.
pub const CKM_VHSM_FF1: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0070);
/// Format-preserving encryption, FF3-1: encrypt and decrypt.
pub const CKM_VHSM_FF3_1: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0071);
/// Data in ECB, under a data key or a key of DUKPT: encrypt and decrypt.
pub const CKM_VHSM_DATA_ECB: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0072);
/// Data in CBC, under a data key or a key of DUKPT: encrypt and decrypt.
pub const CKM_VHSM_DATA_CBC: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0073);
/// Data in CFB of bytes, under a data key or a key of DUKPT: encrypt and decrypt.
pub const CKM_VHSM_DATA_CFB8: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0074);
/// Data in CFB of 8 bytes, under a data key or a key of DUKPT: encrypt and decrypt.
pub const CKM_VHSM_DATA_CFB64: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0075);
/// Data in counter mode, under a data key or a key of DUKPT: encrypt and decrypt.
pub const CKM_VHSM_DATA_CTR: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0076);
/// Encrypted data under another key: decrypt.
pub const CKM_VHSM_DATA_TRANSLATE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0077);
/// The check value of a payment key: sign.
pub const CKM_VHSM_KEY_CHECK_VALUE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0078);
/// The whole check value of a payment key: sign.
pub const CKM_VHSM_KEY_CHECK_VALUE_WHOLE: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0079);

/// Two ASCII characters, a [`KeyUsage`](super::KeyUsage): what a payment key is for.
pub const CKA_VHSM_KEY_USAGE: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0001);
/// One ASCII character, a [`ModeOfUse`](super::ModeOfUse): what may be done with a payment key.
pub const CKA_VHSM_MODE_OF_USE: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0002);
/// One ASCII character: `E`, `S` or `N`, how a payment key may leave in a key block.
pub const CKA_VHSM_EXPORTABILITY: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0003);
/// Two ASCII characters: the version of a payment key, or `c` and the number of a component.
pub const CKA_VHSM_KEY_VERSION: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0004);
/// The optional blocks of the key block that a payment key came in, verbatim in ASCII.
pub const CKA_VHSM_OPTIONAL_BLOCKS: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0005);
/// One ASCII character: the algorithm that a payment key is used with, in the codes of TR-31 (`T`, `D`, `A`, `H`, `R`).
pub const CKA_VHSM_KEY_ALGORITHM: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0006);
/// 16 digits: the only decimalisation table that a key works with.
pub const CKA_VHSM_DECIMALIZATION_TABLE: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0007);

/// The payment usage of the key does not allow this.
pub const CKR_VHSM_KEY_USAGE: Rv = Rv(VHSM_VENDOR_BASE + 0x0001);
/// The mode of use of the key does not allow this.
pub const CKR_VHSM_KEY_MODE_OF_USE: Rv = Rv(VHSM_VENDOR_BASE + 0x0002);
/// The algorithm that the key is for is another one.
pub const CKR_VHSM_KEY_ALGORITHM: Rv = Rv(VHSM_VENDOR_BASE + 0x0003);
/// The key may not leave in this way.
pub const CKR_VHSM_KEY_NOT_EXPORTABLE: Rv = Rv(VHSM_VENDOR_BASE + 0x0004);
/// The key has bytes of even parity.
pub const CKR_VHSM_KEY_PARITY: Rv = Rv(VHSM_VENDOR_BASE + 0x0005);
/// The key is all zeros.
pub const CKR_VHSM_KEY_ALL_ZERO: Rv = Rv(VHSM_VENDOR_BASE + 0x0006);
/// The key has the length of two or three, and the strength of one.
pub const CKR_VHSM_KEY_MASQUERADES: Rv = Rv(VHSM_VENDOR_BASE + 0x0007);
/// The key is used before its first or after its last day.
pub const CKR_VHSM_KEY_EXPIRED: Rv = Rv(VHSM_VENDOR_BASE + 0x0008);
/// A part of the key is a weak or semi-weak key of DES.
pub const CKR_VHSM_KEY_WEAK: Rv = Rv(VHSM_VENDOR_BASE + 0x0009);
/// The deciphered PIN block is not one of its format.
pub const CKR_VHSM_PIN_BLOCK: Rv = Rv(VHSM_VENDOR_BASE + 0x0010);
/// The PIN block format does not go with the key, or with the other one.
pub const CKR_VHSM_PIN_BLOCK_FORMAT: Rv = Rv(VHSM_VENDOR_BASE + 0x0011);
/// The PIN has other than 4 to 12 digits, or more than its format has.
pub const CKR_VHSM_PIN_LENGTH: Rv = Rv(VHSM_VENDOR_BASE + 0x0012);
/// The PIN is one of those that are excluded.
pub const CKR_VHSM_PIN_EXCLUDED: Rv = Rv(VHSM_VENDOR_BASE + 0x0013);
/// The decimalisation table is too plain, or not the key's.
pub const CKR_VHSM_DECIMALIZATION_TABLE: Rv = Rv(VHSM_VENDOR_BASE + 0x0014);
/// The PIN that a change begins with is not correct.
pub const CKR_VHSM_PIN_INCORRECT: Rv = Rv(VHSM_VENDOR_BASE + 0x0015);

impl MechanismId {
    /// The vendor mechanisms with their names.
    pub const VENDOR_NAMES: &'static [(Self, &'static str)] = &[
        (CKM_VHSM_CVV, "CKM_VHSM_CVV"),
        (CKM_VHSM_VISA_PVV, "CKM_VHSM_VISA_PVV"),
        (CKM_VHSM_CSC, "CKM_VHSM_CSC"),
        (CKM_VHSM_CSC_V2, "CKM_VHSM_CSC_V2"),
        (CKM_VHSM_DUKPT_TDES_INITIAL_KEY, "CKM_VHSM_DUKPT_TDES_INITIAL_KEY"),
        (CKM_VHSM_DUKPT_TDES_DERIVE, "CKM_VHSM_DUKPT_TDES_DERIVE"),
        (CKM_VHSM_DUKPT_AES_INITIAL_KEY, "CKM_VHSM_DUKPT_AES_INITIAL_KEY"),
        (CKM_VHSM_DUKPT_AES_DERIVE, "CKM_VHSM_DUKPT_AES_DERIVE"),
        (CKM_VHSM_PIN_BLOCK, "CKM_VHSM_PIN_BLOCK"),
        (CKM_VHSM_PIN_REVEAL, "CKM_VHSM_PIN_REVEAL"),
        (CKM_VHSM_PIN_GENERATE, "CKM_VHSM_PIN_GENERATE"),
        (CKM_VHSM_PIN_TRANSLATE, "CKM_VHSM_PIN_TRANSLATE"),
        (CKM_VHSM_PIN_TRANSLATE_ANY, "CKM_VHSM_PIN_TRANSLATE_ANY"),
        (CKM_VHSM_PIN_COMPARE, "CKM_VHSM_PIN_COMPARE"),
        (CKM_VHSM_IBM3624_PIN, "CKM_VHSM_IBM3624_PIN"),
        (CKM_VHSM_IBM3624_OFFSET, "CKM_VHSM_IBM3624_OFFSET"),
        (CKM_VHSM_IBM3624_CHANGE, "CKM_VHSM_IBM3624_CHANGE"),
        (CKM_VHSM_DECIMALIZATION_TABLE, "CKM_VHSM_DECIMALIZATION_TABLE"),
        (
            CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE,
            "CKM_VHSM_DECIMALIZATION_TABLE_TRANSLATE",
        ),
        (CKM_VHSM_VISA_PVV_BLOCK, "CKM_VHSM_VISA_PVV_BLOCK"),
        (CKM_VHSM_VISA_PVV_CHANGE, "CKM_VHSM_VISA_PVV_CHANGE"),
        (CKM_VHSM_ISO9797_ALG1_MAC, "CKM_VHSM_ISO9797_ALG1_MAC"),
        (CKM_VHSM_ISO9797_ALG3_MAC, "CKM_VHSM_ISO9797_ALG3_MAC"),
        (CKM_VHSM_DCVV, "CKM_VHSM_DCVV"),
        (CKM_VHSM_CVC3, "CKM_VHSM_CVC3"),
        (CKM_VHSM_EMV_CARD_KEY, "CKM_VHSM_EMV_CARD_KEY"),
        (CKM_VHSM_EMV_SESSION_KEY, "CKM_VHSM_EMV_SESSION_KEY"),
        (CKM_VHSM_EMV_AC, "CKM_VHSM_EMV_AC"),
        (CKM_VHSM_EMV_ARPC1, "CKM_VHSM_EMV_ARPC1"),
        (CKM_VHSM_EMV_ARPC2, "CKM_VHSM_EMV_ARPC2"),
        (CKM_VHSM_EMV_TRUNCATED_AC, "CKM_VHSM_EMV_TRUNCATED_AC"),
        (CKM_VHSM_EMV_SCRIPT_MAC, "CKM_VHSM_EMV_SCRIPT_MAC"),
        (CKM_VHSM_EMV_SCRIPT_ENCRYPT, "CKM_VHSM_EMV_SCRIPT_ENCRYPT"),
        (CKM_VHSM_EMV_PIN_CHANGE, "CKM_VHSM_EMV_PIN_CHANGE"),
        (CKM_VHSM_EMV_DAC, "CKM_VHSM_EMV_DAC"),
        (CKM_VHSM_EMV_DYNAMIC_NUMBER, "CKM_VHSM_EMV_DYNAMIC_NUMBER"),
        (CKM_VHSM_TR31, "CKM_VHSM_TR31"),
        (CKM_VHSM_RSA_KEY_TRANSPORT, "CKM_VHSM_RSA_KEY_TRANSPORT"),
        (CKM_VHSM_ECDH_KEY_TRANSPORT, "CKM_VHSM_ECDH_KEY_TRANSPORT"),
        (CKM_LUNA_DES3_X919_MAC, "CKM_LUNA_DES3_X919_MAC"),
        (CKM_LUNA_DES2_DUKPT_IPEK, "CKM_LUNA_DES2_DUKPT_IPEK"),
        (CKM_LUNA_DES2_DUKPT_PIN, "CKM_LUNA_DES2_DUKPT_PIN"),
        (CKM_LUNA_DES2_DUKPT_MAC, "CKM_LUNA_DES2_DUKPT_MAC"),
        (CKM_LUNA_DES2_DUKPT_MAC_RESP, "CKM_LUNA_DES2_DUKPT_MAC_RESP"),
        (CKM_LUNA_DES2_DUKPT_DATA, "CKM_LUNA_DES2_DUKPT_DATA"),
        (CKM_LUNA_DES2_DUKPT_DATA_RESP, "CKM_LUNA_DES2_DUKPT_DATA_RESP"),
        (CKM_LUNA_AES_KW, "CKM_LUNA_AES_KW"),
        (CKM_LUNA_AES_KWP, "CKM_LUNA_AES_KWP"),
        (CKM_LUNA_NIST_PRF_KDF, "CKM_LUNA_NIST_PRF_KDF"),
        (CKM_LUNA_PRF_KDF, "CKM_LUNA_PRF_KDF"),
        (CKM_PTK_DES3_X919_MAC, "CKM_PTK_DES3_X919_MAC"),
        (CKM_PTK_DES3_X919_MAC_GENERAL, "CKM_PTK_DES3_X919_MAC_GENERAL"),
        (CKM_PTK_UNWRAP_TR31_DISCARD, "CKM_PTK_UNWRAP_TR31_DISCARD"),
        (CKM_PTK_UNWRAP_TR31, "CKM_PTK_UNWRAP_TR31"),
        (CKM_PTK_WRAP_TR31_DERIVE, "CKM_PTK_WRAP_TR31_DERIVE"),
        (CKM_PTK_DES_DERIVE_ECB, "CKM_PTK_DES_DERIVE_ECB"),
        (CKM_PTK_DES_DERIVE_CBC, "CKM_PTK_DES_DERIVE_CBC"),
        (CKM_PTK_DES3_DERIVE_ECB, "CKM_PTK_DES3_DERIVE_ECB"),
        (CKM_PTK_DES3_DERIVE_CBC, "CKM_PTK_DES3_DERIVE_CBC"),
        (CKM_PTK_DES3_RETAIL_CFB_MAC, "CKM_PTK_DES3_RETAIL_CFB_MAC"),
        (CKM_PTK_XOR_BASE_AND_KEY, "CKM_PTK_XOR_BASE_AND_KEY"),
        (CKM_VHSM_DUKPT_MAC, "CKM_VHSM_DUKPT_MAC"),
        (CKM_VHSM_MAC_TRANSLATE, "CKM_VHSM_MAC_TRANSLATE"),
        (CKM_VHSM_ISO9797_CHAINED_MAC, "CKM_VHSM_ISO9797_CHAINED_MAC"),
        (CKM_VHSM_FF1, "CKM_VHSM_FF1"),
        (CKM_VHSM_FF3_1, "CKM_VHSM_FF3_1"),
        (CKM_VHSM_DATA_ECB, "CKM_VHSM_DATA_ECB"),
        (CKM_VHSM_DATA_CBC, "CKM_VHSM_DATA_CBC"),
        (CKM_VHSM_DATA_CFB8, "CKM_VHSM_DATA_CFB8"),
        (CKM_VHSM_DATA_CFB64, "CKM_VHSM_DATA_CFB64"),
        (CKM_VHSM_DATA_CTR, "CKM_VHSM_DATA_CTR"),
        (CKM_VHSM_DATA_TRANSLATE, "CKM_VHSM_DATA_TRANSLATE"),
        (CKM_VHSM_KEY_CHECK_VALUE, "CKM_VHSM_KEY_CHECK_VALUE"),
        (CKM_VHSM_KEY_CHECK_VALUE_WHOLE, "CKM_VHSM_KEY_CHECK_VALUE_WHOLE"),
        (CKM_VHSM_LMK_GEN, "CKM_VHSM_LMK_GEN"),
        (CKM_VHSM_THALES_KEY_BLOCK, "CKM_VHSM_THALES_KEY_BLOCK"),
        (CKM_VHSM_VARIANT_LMK, "CKM_VHSM_VARIANT_LMK"),
        (CKM_VHSM_X9_17, "CKM_VHSM_X9_17"),
        (CKM_VHSM_X9_17_ANY_PARITY, "CKM_VHSM_X9_17_ANY_PARITY"),
        (CKM_VHSM_VARIANT_LMK_FROM_BLOCK, "CKM_VHSM_VARIANT_LMK_FROM_BLOCK"),
        (
            CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT,
            "CKM_VHSM_VARIANT_LMK_PLAIN_COMPONENT",
        ),
        (CKM_VHSM_COMPONENTS_COMBINE, "CKM_VHSM_COMPONENTS_COMBINE"),
        (CKM_VHSM_COMPONENTS_SPLIT, "CKM_VHSM_COMPONENTS_SPLIT"),
        (CKM_VHSM_LMK_RSA_PRIVATE_KEY, "CKM_VHSM_LMK_RSA_PRIVATE_KEY"),
        (CKM_VHSM_LMK_RSA_PUBLIC_KEY, "CKM_VHSM_LMK_RSA_PUBLIC_KEY"),
    ];
}

impl AttributeType {
    /// The vendor attributes with their names.
    pub const VENDOR_NAMES: &'static [(Self, &'static str)] = &[
        (CKA_VHSM_KEY_USAGE, "CKA_VHSM_KEY_USAGE"),
        (CKA_VHSM_MODE_OF_USE, "CKA_VHSM_MODE_OF_USE"),
        (CKA_VHSM_EXPORTABILITY, "CKA_VHSM_EXPORTABILITY"),
        (CKA_VHSM_KEY_VERSION, "CKA_VHSM_KEY_VERSION"),
        (CKA_VHSM_OPTIONAL_BLOCKS, "CKA_VHSM_OPTIONAL_BLOCKS"),
        (CKA_VHSM_KEY_ALGORITHM, "CKA_VHSM_KEY_ALGORITHM"),
        (CKA_VHSM_DECIMALIZATION_TABLE, "CKA_VHSM_DECIMALIZATION_TABLE"),
        (CKA_VHSM_LMK_ID, "CKA_VHSM_LMK_ID"),
        (CKA_VHSM_LMK_OLD, "CKA_VHSM_LMK_OLD"),
        (CKA_VHSM_LMK_SEPARATE_002, "CKA_VHSM_LMK_SEPARATE_002"),
    ];
}

impl Rv {
    /// The vendor return values with their names.
    pub const VENDOR_NAMES: &'static [(Self, &'static str)] = &[
        (CKR_VHSM_KEY_USAGE, "CKR_VHSM_KEY_USAGE"),
        (CKR_VHSM_KEY_MODE_OF_USE, "CKR_VHSM_KEY_MODE_OF_USE"),
        (CKR_VHSM_KEY_ALGORITHM, "CKR_VHSM_KEY_ALGORITHM"),
        (CKR_VHSM_KEY_NOT_EXPORTABLE, "CKR_VHSM_KEY_NOT_EXPORTABLE"),
        (CKR_VHSM_KEY_PARITY, "CKR_VHSM_KEY_PARITY"),
        (CKR_VHSM_KEY_ALL_ZERO, "CKR_VHSM_KEY_ALL_ZERO"),
        (CKR_VHSM_KEY_MASQUERADES, "CKR_VHSM_KEY_MASQUERADES"),
        (CKR_VHSM_KEY_EXPIRED, "CKR_VHSM_KEY_EXPIRED"),
        (CKR_VHSM_KEY_WEAK, "CKR_VHSM_KEY_WEAK"),
        (CKR_VHSM_PIN_BLOCK, "CKR_VHSM_PIN_BLOCK"),
        (CKR_VHSM_PIN_BLOCK_FORMAT, "CKR_VHSM_PIN_BLOCK_FORMAT"),
        (CKR_VHSM_PIN_LENGTH, "CKR_VHSM_PIN_LENGTH"),
        (CKR_VHSM_PIN_EXCLUDED, "CKR_VHSM_PIN_EXCLUDED"),
        (CKR_VHSM_DECIMALIZATION_TABLE, "CKR_VHSM_DECIMALIZATION_TABLE"),
        (CKR_VHSM_PIN_INCORRECT, "CKR_VHSM_PIN_INCORRECT"),
        (CKR_VHSM_LMK_ID, "CKR_VHSM_LMK_ID"),
        (CKR_VHSM_KEY_TYPE_CODE, "CKR_VHSM_KEY_TYPE_CODE"),
    ];
}
