//! Kinds of local master keys, and the published TEST key of each.

use clap::ValueEnum;

use crate::ck::{LMK_AES_LEN, LMK_DES3_LEN, LMK_VARIANT_LEN};
use crate::payment::lmk::test_keys::{TEST_AES, TEST_DES3, TEST_VARIANT};

/// A kind of LMK.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::admin) enum Kind {
    /// A variant LMK: 20 pairs of double DES keys; keys under it are U…, T…, X…, Y…
    Variant,
    /// A key-block LMK of triple DES; keys under it are S0…
    #[value(name = "3des")]
    Des3,
    /// A key-block LMK of AES with 256 bits; keys under it are S1…
    Aes,
}

impl Kind {
    /// All kinds, in the order of the numbers of their TEST keys.
    pub(super) const ALL: [Self; 3] = [Self::Variant, Self::Des3, Self::Aes];

    /// What it is called.
    pub(in crate::admin) const fn name(self) -> &'static str {
        match self {
            Self::Variant => "variant",
            Self::Des3 => "3des",
            Self::Aes => "aes",
        }
    }

    /// The kind of an LMK of so many bytes.
    pub(super) fn of_length(length: u64) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| usize::try_from(length) == Ok(kind.len()))
    }

    /// Length in bytes.
    pub(super) const fn len(self) -> usize {
        match self {
            Self::Variant => LMK_VARIANT_LEN,
            Self::Des3 => LMK_DES3_LEN,
            Self::Aes => LMK_AES_LEN,
        }
    }

    /// The letter of CKM_VHSM_LMK_GEN.
    pub(super) const fn letter(self) -> u8 {
        match self {
            Self::Variant => b'V',
            Self::Des3 => b'T',
            Self::Aes => b'A',
        }
    }

    /// The version of key blocks under it.
    pub(in crate::admin) const fn block_version(self) -> Option<u8> {
        match self {
            Self::Variant => None,
            Self::Des3 => Some(b'0'),
            Self::Aes => Some(b'1'),
        }
    }

    /// The published TEST key, in hexadecimal.
    pub(super) const fn test_value(self) -> &'static str {
        match self {
            Self::Variant => TEST_VARIANT,
            Self::Des3 => TEST_DES3,
            Self::Aes => TEST_AES,
        }
    }

    /// The check value of the TEST key.
    pub(super) const fn test_check_value(self) -> &'static str {
        match self {
            Self::Variant => "397B0B",
            Self::Des3 => "8E0EC0",
            Self::Aes => "9D04A0",
        }
    }

    /// The number that the TEST key gets unless another is asked for.
    pub(super) const fn test_number(self) -> &'static str {
        match self {
            Self::Variant => "00",
            Self::Des3 => "01",
            Self::Aes => "02",
        }
    }
}
