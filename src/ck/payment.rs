//! The codes of payment keys: usages and modes of use [TR-31, ANSI X9.143].

use std::fmt;

use super::{
    AttributeType, CKA_DECRYPT, CKA_DERIVE, CKA_ENCRYPT, CKA_SIGN, CKA_UNWRAP, CKA_VERIFY, CKA_WRAP,
};

/// What a payment key is for, in the codes of TR-31 and X9.143: the value of
/// [`CKA_VHSM_KEY_USAGE`](super::CKA_VHSM_KEY_USAGE).
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
    /// `D2`: encryption of decimalisation tables.
    pub const TABLE_ENCRYPTION: Self = Self(*b"D2");
    /// `K0`: encryption and wrapping of keys.
    pub const KEY_ENCRYPTION: Self = Self(*b"K0");
    /// `K1`: protection of key blocks.
    pub const KEY_BLOCK_PROTECTION: Self = Self(*b"K1");
    /// `K4`: protection of key blocks of ISO 20038.
    pub const ISO_20038_KEY_BLOCK_PROTECTION: Self = Self(*b"K4");
    /// `51`: a terminal's master key, in Thales' codes.
    pub const TERMINAL_MASTER: Self = Self(*b"51");
    /// `52`: a zone's master key, in Thales' codes.
    pub const ZONE_MASTER: Self = Self(*b"52");
    /// `53`: a ZKA master key, in Thales' codes.
    pub const ZKA_MASTER: Self = Self(*b"53");
    /// `LM`: local master keys, whose objects have it by their type; their components have it as an attribute.
    pub const LOCAL_MASTER: Self = Self(*b"LM");
    /// `P0`: encryption of PINs.
    pub const PIN_ENCRYPTION: Self = Self(*b"P0");
    /// `E0`: keys of chip cards for application cryptograms.
    pub const EMV_APPLICATION_CRYPTOGRAMS: Self = Self(*b"E0");
    /// `E1`: keys of chip cards that keep scripts confidential.
    pub const EMV_CONFIDENTIALITY: Self = Self(*b"E1");
    /// `E2`: keys of chip cards for the integrity of scripts.
    pub const EMV_INTEGRITY: Self = Self(*b"E2");
    /// `E3`: an issuer's key for data authentication codes of chip cards.
    pub const EMV_DATA_AUTHENTICATION: Self = Self(*b"E3");
    /// `E4`: an issuer's key for dynamic numbers of chip cards.
    pub const EMV_DYNAMIC_NUMBERS: Self = Self(*b"E4");
    /// `E5`: keys for the personalisation of chip cards.
    pub const EMV_CARD_PERSONALISATION: Self = Self(*b"E5");
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
    /// `02`: an RSA public key, in Thales' codes.
    pub const RSA_PUBLIC: Self = Self(*b"02");
    /// `03`: an RSA private key that signs or manages keys, in Thales' codes.
    pub const RSA_PRIVATE: Self = Self(*b"03");
    /// `04`: an RSA private key of a chip card, in Thales' codes.
    pub const RSA_PRIVATE_CARD: Self = Self(*b"04");
    /// `05`: an RSA private key for PINs, in Thales' codes.
    pub const RSA_PRIVATE_PIN: Self = Self(*b"05");
    /// `06`: an RSA private key of TLS, in Thales' codes.
    pub const RSA_PRIVATE_TLS: Self = Self(*b"06");
    /// `V1`: PIN verification after IBM 3624.
    pub const IBM_3624_PIN_VERIFICATION: Self = Self(*b"V1");
    /// `V2`: Visa PIN verification values.
    pub const VISA_PIN_VERIFICATION: Self = Self(*b"V2");
}

impl KeyUsage {
    /// Whether it is a code of ANSI X9.143:2021, 6.3.1, a numeric one, which makers have for themselves (10 to 99 by the
    /// standard; Thales has 01 beside), or that of the components of local master keys.
    #[must_use]
    pub const fn is_known(self) -> bool {
        matches!(
            self.0,
            [b'B' | b'D', b'0'..=b'3']
                | [b'C' | b'I', b'0']
                | [b'E', b'0'..=b'7']
                | [b'K', b'0'..=b'4']
                | [b'L', b'M']
                | [b'M', b'0'..=b'8']
                | [b'P', b'0' | b'1']
                | [b'S', b'0'..=b'2']
                | [b'V', b'0'..=b'5']
                | [b'0'..=b'9', b'0'..=b'9']
        )
    }

    /// The usage of X9.143 that one of Thales' numeric codes is a narrower form of; others are their own.
    #[must_use]
    pub const fn standard(self) -> Self {
        match &self.0 {
            b"11" | b"12" | b"13" => Self::CARD_VERIFICATION,
            b"21" | b"22" | b"23" => Self::DATA_ENCRYPTION,
            b"41" | b"42" | b"43" | b"44" => Self::BASE_DERIVATION,
            b"61" | b"62" | b"63" | b"64" | b"65" => Self::HMAC,
            b"71" | b"72" | b"73" => Self::PIN_ENCRYPTION,
            _ => self,
        }
    }

    /// Whether keys of this usage are master keys of chip cards, that others are derived of, or the keys that come of them
    /// and work themselves: their mode of use says which [EMV Book 2, A1.3 and A1.4].
    #[must_use]
    pub const fn derives_or_works(self) -> bool {
        matches!(&self.0, b"E0" | b"E1" | b"E2")
    }

    /// Whether it is one of RSA private keys.
    #[must_use]
    pub const fn is_rsa_private(self) -> bool {
        matches!(&self.0, b"03" | b"04" | b"05" | b"06")
    }
}

/// What may be done with a payment key, in the codes of X9.143: the value of
/// [`CKA_VHSM_MODE_OF_USE`](super::CKA_VHSM_MODE_OF_USE).
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
    /// The flags of the uses that modes tell apart. Every list of them is this one.
    pub const USES: [AttributeType; 7] = [
        CKA_ENCRYPT,
        CKA_DECRYPT,
        CKA_SIGN,
        CKA_VERIFY,
        CKA_WRAP,
        CKA_UNWRAP,
        CKA_DERIVE,
    ];

    /// Whether the mode has the use of this flag (CKA_SIGN, CKA_WRAP, …): the one table of what modes allow.
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

    /// Whether a key of this mode never has the use of this flag. Keys that derive do by some mechanisms what their derived
    /// keys are for, and components of all modes are combined by derivation.
    #[must_use]
    pub const fn excludes(self, function: AttributeType) -> bool {
        match self {
            Self::Unrestricted | Self::Derive | Self::Variant => false,
            _ => !matches!(function, CKA_DERIVE) && !self.permits(function),
        }
    }

    /// Whether keys of this mode may be base keys, that others are derived of.
    #[must_use]
    pub const fn is_base(self) -> bool {
        matches!(self, Self::Derive | Self::Unrestricted)
    }

    /// The mode and those that it contains, in their codes, itself first.
    #[must_use]
    pub const fn contained(self) -> &'static [u8] {
        match self {
            Self::Unrestricted => b"NBCDEGSTVXY",
            Self::EncryptDecrypt => b"BDE",
            Self::GenerateVerify => b"CGV",
            Self::DecryptOnly => b"D",
            Self::EncryptOnly => b"E",
            Self::GenerateOnly => b"G",
            Self::Sign => b"S",
            Self::SignDecrypt => b"TDS",
            Self::VerifyOnly => b"V",
            Self::Derive => b"X",
            Self::Variant => b"Y",
        }
    }

    /// What the mode of a key of this usage narrows to, in codes, itself first. Of a usage that derives or works, a key
    /// without restriction stays one that derives: what it made of chosen data would be the keys that are derived of it.
    #[must_use]
    pub const fn narrowed(self, usage: KeyUsage) -> &'static [u8] {
        match self {
            Self::Unrestricted if usage.derives_or_works() => b"NXY",
            mode => mode.contained(),
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

/// An exportability and those that are as narrow, in their codes, itself first; none for another code.
#[must_use]
pub const fn exportability_within(exportability: u8) -> &'static [u8] {
    match exportability {
        b'S' => b"SEN",
        b'E' => b"EN",
        b'N' => b"N",
        _ => &[],
    }
}
