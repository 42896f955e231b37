//! The project's own numbers, in the ranges that the standard leaves to vendors. `include/vhsm.h` has the same.

use std::fmt;

use super::{
    AttributeType, CKA_DECRYPT, CKA_DERIVE, CKA_ENCRYPT, CKA_SIGN, CKA_UNWRAP, CKA_VERIFY, CKA_WRAP,
    MechanismId, Rv, VHSM_VENDOR_BASE,
};

/// Visa CVV and its family (CVV2, iCVV, CAVV, Mastercard CVC): sign and verify.
pub const CKM_VHSM_CVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0001);
/// Visa PIN verification value: sign and verify.
pub const CKM_VHSM_VISA_PVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0002);
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
/// Dynamic card verification value of Visa, under the issuer's key: sign and verify.
pub const CKM_VHSM_DCVV: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0048);
/// Dynamic card verification code of Mastercard, under the issuer's key: sign and verify.
pub const CKM_VHSM_CVC3: MechanismId = MechanismId(VHSM_VENDOR_BASE + 0x0049);
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

/// Two ASCII characters, a [`KeyUsage`]: what a payment key is for.
pub const CKA_VHSM_KEY_USAGE: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0001);
/// One ASCII character, a [`ModeOfUse`]: what may be done with a payment key.
pub const CKA_VHSM_MODE_OF_USE: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0002);
/// One ASCII character: `E`, `S` or `N`, how a payment key may leave in a key block.
pub const CKA_VHSM_EXPORTABILITY: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0003);
/// Two ASCII characters: the version of a payment key, or `c` and the number of a component.
pub const CKA_VHSM_KEY_VERSION: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0004);
/// The optional blocks of the key block that a payment key came in, verbatim in ASCII.
pub const CKA_VHSM_OPTIONAL_BLOCKS: AttributeType = AttributeType(VHSM_VENDOR_BASE + 0x0005);
/// One ASCII character: the algorithm that a payment key is used with, in the codes of TR-31 (`T`, `D`, `A`, `H`).
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

/// What a payment key is for, in the codes of TR-31 and X9.143: the value of [`CKA_VHSM_KEY_USAGE`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyUsage(pub [u8; 2]);

impl KeyUsage {
    /// `B0`: base derivation keys of DUKPT.
    pub const BASE_DERIVATION: Self = Self(*b"B0");
    /// `B1`: initial keys of DUKPT.
    pub const INITIAL_DUKPT: Self = Self(*b"B1");
    /// `B3`: derivation other than that of X9.24.
    pub const KEY_DERIVATION: Self = Self(*b"B3");
    /// `C0`: card verification values.
    pub const CARD_VERIFICATION: Self = Self(*b"C0");
    /// `D0`: encryption of data.
    pub const DATA_ENCRYPTION: Self = Self(*b"D0");
    /// `D3`: encryption of decimalisation tables.
    pub const TABLE_ENCRYPTION: Self = Self(*b"D3");
    /// `K0`: encryption and wrapping of keys.
    pub const KEY_ENCRYPTION: Self = Self(*b"K0");
    /// `K1`: protection of key blocks.
    pub const KEY_BLOCK_PROTECTION: Self = Self(*b"K1");
    /// `P0`: encryption of PINs.
    pub const PIN_ENCRYPTION: Self = Self(*b"P0");
    /// `E4`: an issuer's key for dynamic numbers of chip cards.
    pub const EMV_DYNAMIC_NUMBERS: Self = Self(*b"E4");
    /// `E6`: an issuer's key of chip cards for other purposes.
    pub const EMV_OTHER: Self = Self(*b"E6");
    /// `32`: an issuer's key for dynamic card verification, in Thales' codes.
    pub const DYNAMIC_CARD_VERIFICATION: Self = Self(*b"32");
    /// `M0`: MACs of ISO 16609, algorithm 1, of triple DES.
    pub const ISO_16609_MAC: Self = Self(*b"M0");
    /// `M1`: MACs of ISO/IEC 9797-1, algorithm 1.
    pub const ISO_9797_ALG1_MAC: Self = Self(*b"M1");
    /// `M3`: MACs of ISO/IEC 9797-1, algorithm 3.
    pub const ISO_9797_ALG3_MAC: Self = Self(*b"M3");
    /// `M6`: CMAC, algorithm 5 of ISO/IEC 9797-1:2011.
    pub const CMAC: Self = Self(*b"M6");
    /// `M7`: HMAC.
    pub const HMAC: Self = Self(*b"M7");
    /// `V1`: PIN verification after IBM 3624.
    pub const IBM_3624_PIN_VERIFICATION: Self = Self(*b"V1");
    /// `V2`: Visa PIN verification values.
    pub const VISA_PIN_VERIFICATION: Self = Self(*b"V2");
}

/// What may be done with a payment key, in the codes of X9.143: the value of [`CKA_VHSM_MODE_OF_USE`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ModeOfUse {
    /// `B`: encrypt, decrypt, wrap, unwrap.
    EncryptDecrypt,
    /// `C`: make and check values.
    GenerateVerify,
    /// `D`: decrypt and unwrap only.
    DecryptOnly,
    /// `E`: encrypt and wrap only.
    EncryptOnly,
    /// `G`: make values only.
    GenerateOnly,
    /// `N`: whatever the usage allows.
    Unrestricted,
    /// `S`: sign.
    Sign,
    /// `T`: sign and decrypt.
    SignDecrypt,
    /// `V`: check values only.
    VerifyOnly,
    /// `X`: derive other keys.
    Derive,
    /// `Y`: make variants.
    Variant,
}

impl ModeOfUse {
    /// Whether the mode has the use of this flag (CKA_SIGN, CKA_WRAP, …).
    #[must_use]
    pub const fn permits(self, function: AttributeType) -> bool {
        match self {
            Self::Unrestricted => true,
            Self::EncryptDecrypt => {
                matches!(function, CKA_ENCRYPT | CKA_DECRYPT | CKA_WRAP | CKA_UNWRAP)
            }
            Self::EncryptOnly => matches!(function, CKA_ENCRYPT | CKA_WRAP),
            Self::DecryptOnly => matches!(function, CKA_DECRYPT | CKA_UNWRAP),
            Self::GenerateVerify => matches!(function, CKA_SIGN | CKA_VERIFY),
            Self::GenerateOnly | Self::Sign => matches!(function, CKA_SIGN),
            Self::VerifyOnly => matches!(function, CKA_VERIFY),
            Self::SignDecrypt => matches!(function, CKA_SIGN | CKA_DECRYPT),
            Self::Derive | Self::Variant => matches!(function, CKA_DERIVE),
        }
    }

    /// The mode of a character.
    #[must_use]
    pub const fn of(code: u8) -> Option<Self> {
        Some(match code {
            b'B' => Self::EncryptDecrypt,
            b'C' => Self::GenerateVerify,
            b'D' => Self::DecryptOnly,
            b'E' => Self::EncryptOnly,
            b'G' => Self::GenerateOnly,
            b'N' => Self::Unrestricted,
            b'S' => Self::Sign,
            b'T' => Self::SignDecrypt,
            b'V' => Self::VerifyOnly,
            b'X' => Self::Derive,
            b'Y' => Self::Variant,
            _ => return None,
        })
    }
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
        (CKM_VHSM_VISA_PVV_BLOCK, "CKM_VHSM_VISA_PVV_BLOCK"),
        (CKM_VHSM_VISA_PVV_CHANGE, "CKM_VHSM_VISA_PVV_CHANGE"),
        (CKM_VHSM_ISO9797_ALG1_MAC, "CKM_VHSM_ISO9797_ALG1_MAC"),
        (CKM_VHSM_ISO9797_ALG3_MAC, "CKM_VHSM_ISO9797_ALG3_MAC"),
        (CKM_VHSM_DCVV, "CKM_VHSM_DCVV"),
        (CKM_VHSM_CVC3, "CKM_VHSM_CVC3"),
        (CKM_VHSM_DUKPT_MAC, "CKM_VHSM_DUKPT_MAC"),
        (CKM_VHSM_MAC_TRANSLATE, "CKM_VHSM_MAC_TRANSLATE"),
        (CKM_VHSM_FF1, "CKM_VHSM_FF1"),
        (CKM_VHSM_FF3_1, "CKM_VHSM_FF3_1"),
        (CKM_VHSM_DATA_ECB, "CKM_VHSM_DATA_ECB"),
        (CKM_VHSM_DATA_CBC, "CKM_VHSM_DATA_CBC"),
        (CKM_VHSM_DATA_CFB8, "CKM_VHSM_DATA_CFB8"),
        (CKM_VHSM_DATA_CFB64, "CKM_VHSM_DATA_CFB64"),
        (CKM_VHSM_DATA_CTR, "CKM_VHSM_DATA_CTR"),
        (CKM_VHSM_DATA_TRANSLATE, "CKM_VHSM_DATA_TRANSLATE"),
        (CKM_VHSM_KEY_CHECK_VALUE, "CKM_VHSM_KEY_CHECK_VALUE"),
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
        (CKR_VHSM_PIN_BLOCK, "CKR_VHSM_PIN_BLOCK"),
        (CKR_VHSM_PIN_BLOCK_FORMAT, "CKR_VHSM_PIN_BLOCK_FORMAT"),
        (CKR_VHSM_PIN_LENGTH, "CKR_VHSM_PIN_LENGTH"),
        (CKR_VHSM_PIN_EXCLUDED, "CKR_VHSM_PIN_EXCLUDED"),
        (CKR_VHSM_DECIMALIZATION_TABLE, "CKR_VHSM_DECIMALIZATION_TABLE"),
        (CKR_VHSM_PIN_INCORRECT, "CKR_VHSM_PIN_INCORRECT"),
    ];
}
