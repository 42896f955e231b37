//! Decimalisation tables: 16 digits, which the digits of an encrypted block become.
//!
//! Who chooses the table freely finds a PIN out by checking it under a few tables. So none is too plain, a key can be
//! bound to the only one that it works with (CKA_VHSM_DECIMALIZATION_TABLE), and a table can be held encrypted.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::rows::Fields;
use super::under_lmk::{TableCipher, table_cipher};
use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::des::Des3Key;
use crate::error::{Error, PinFault, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::payment_key::is_decimalization_table;
use crate::mechanism::{
    CipherMechanism, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing,
};
use crate::payment::lmk::check_current;

/// Entries of a table.
pub(super) const ENTRIES: usize = 16;
/// Bytes of a table in a parameter: how it is held, and what is held.
pub(super) const TABLE_LEN: usize = 1 + ENTRIES;

/// Keys that encrypt tables.
pub(super) const TABLE_KEYS: KeyRule = KeyRule {
    types: &[CKK_DES2, CKK_DES3, CKK_AES, CKK_VHSM_LMK],
    sizes: KeySizes::bytes(16, 320),
    usages: &[KeyUsage::TABLE_ENCRYPTION, KeyUsage::LOCAL_MASTER],
    ..KeyRule::NONE
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_DECIMALIZATION_TABLE,
    section: "include/vhsm.h",
    libraries: &[AWS_LC, AES],
    params: ParamKind::None,
    key: TABLE_KEYS,
    roles: Roles {
        encrypt: Some(&Enclose),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

/// A table, checked: numbers from 0 to 9. Who holds it encrypted wants it unknown. It lies in one line of the cache, so
/// that looking a digit up does not show in which of two it is.
#[repr(align(16))]
pub(super) struct DecimalizationTable(Zeroizing<[u8; ENTRIES]>);

impl DecimalizationTable {
    /// Reads 16 digits in ASCII.
    ///
    /// # Errors
    /// [`Error::Pin`] with [`PinFault::Table`].
    pub(super) fn parse(text: &[u8]) -> Result<Self> {
        let digits: &[u8; ENTRIES] = text.try_into().map_err(|_| WRONG_TABLE)?;
        match is_decimalization_table(text) {
            true => Ok(Self(Zeroizing::new(digits.map(|digit| digit & 0xf)))),
            false => Err(WRONG_TABLE),
        }
    }

    /// Reads how a table is held, which is 0 (in the clear) or 1 (encrypted under `key`), and the table.
    ///
    /// # Errors
    /// As [`DecimalizationTable::parse`]; [`Error::MechanismParamInvalid`].
    pub(super) fn of(fields: &mut Fields<'_>) -> Result<Held> {
        let held = fields.byte()?;
        let bytes = *fields.bytes::<ENTRIES>()?;
        match held {
            0 => Ok(Held::Clear(bytes)),
            1 => Ok(Held::Encrypted(bytes)),
            _ => Err(Error::MechanismParamInvalid(
                "a decimalisation table is held as 0 (in the clear) or 1 (encrypted)",
            )),
        }
    }

    /// The digit of a nibble.
    pub(super) fn digit(&self, nibble: u8) -> u8 {
        self.0.get(usize::from(nibble & 0xf)).copied().unwrap_or(0)
    }
}

/// A table as a parameter has it.
pub(super) enum Held {
    Clear([u8; ENTRIES]),
    Encrypted([u8; ENTRIES]),
}

impl Held {
    /// The table, if it is the one of the key that works with it, where that has one.
    ///
    /// # Errors
    /// As [`DecimalizationTable::parse`].
    pub(super) fn open(
        &self,
        table_key: Option<&KeyMaterial>,
        key: &KeyMaterial,
    ) -> Result<DecimalizationTable> {
        let text = match (self, table_key) {
            (Self::Clear(text), None) => Zeroizing::new(*text),
            (Self::Encrypted(bytes), Some(key)) => decrypted(key, bytes)?,
            _ => {
                return Err(Error::MechanismParamInvalid(
                    "an encrypted table names its key, and one in the clear none",
                ));
            }
        };
        let bound = key.payment.and_then(|payment| payment.decimalization_table);
        if bound.is_some_and(|bound| !bool::from(bound.ct_eq(&*text))) {
            return Err(Error::Pin(
                PinFault::Table,
                "the key works with the table of its CKA_VHSM_DECIMALIZATION_TABLE only",
            ));
        }
        DecimalizationTable::parse(&*text)
    }
}

/// What tables are encrypted with.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for one table")]
enum Cipher<'k> {
    Des(&'k Des3Key),
    Aes(&'k AesKey),
    OfLmk(TableCipher),
}

impl<'k> Cipher<'k> {
    fn of(key: &'k KeyMaterial) -> Result<Self> {
        match key.key_type {
            CKK_VHSM_LMK => table_cipher(key).map(Self::OfLmk),
            CKK_AES => key.secret()?.aes().map(Self::Aes),
            _ => key.secret()?.des3().map(Self::Des),
        }
    }

    fn aes(&self) -> Option<&AesKey> {
        match self {
            Self::Aes(key) => Some(key),
            Self::OfLmk(TableCipher::Aes(key)) => Some(key),
            _ => None,
        }
    }

    fn des(&self) -> Result<&Des3Key> {
        match self {
            Self::Des(key) => Ok(key),
            Self::OfLmk(TableCipher::Des(key)) => Ok(key),
            _ => Err(Error::Internal("a table's cipher is another one")),
        }
    }
}

/// Under AES the digits are encrypted as they are. Under triple DES they are, two to a byte, in the first half.
pub(super) fn decrypted(key: &KeyMaterial, bytes: &[u8; ENTRIES]) -> Result<Zeroizing<[u8; ENTRIES]>> {
    let cipher = Cipher::of(key)?;
    let mut text = Zeroizing::new([0; ENTRIES]);
    if let Some(cipher) = cipher.aes() {
        cipher.ecb_decrypt(bytes, &mut text[..])?;
        return Ok(text);
    }
    let (Some(block), Some([0, 0, 0, 0, 0, 0, 0, 0])) = (bytes.first_chunk(), bytes.last_chunk()) else {
        return Err(Error::MechanismParamInvalid(
            "a table under triple DES has 8 bytes, and zeros behind them",
        ));
    };
    let packed = Zeroizing::new(cipher.des()?.decrypt(*block));
    let nibbles = packed.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    for (to, nibble) in text.iter_mut().zip(nibbles) {
        *to = if nibble <= 9 { b'0' + nibble } else { b'a' };
    }
    Ok(text)
}

/// A table in the clear, encrypted for parameters.
struct Enclose;

impl CipherMechanism for Enclose {
    fn check(&self, key: &KeyMaterial, _params: &Params) -> Result<()> {
        check_current(key)
    }

    fn output_len(&self, key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        match input_len {
            ENTRIES => Ok(sealed_len(key)),
            _ => Err(Error::DataLenRange("a decimalisation table has 16 digits")),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, _params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        DecimalizationTable::parse(input)?.seal(key, out)
    }
}

/// Bytes of a table under this key.
pub(super) fn sealed_len(key: &KeyMaterial) -> usize {
    match key.key_type {
        CKK_AES => 16,
        CKK_VHSM_LMK if key.bits() == 8 * to_ulong(LMK_AES_LEN) => 16,
        _ => 8,
    }
}

impl DecimalizationTable {
    /// Encrypts it into the beginning of `out`; gives its length.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is no room.
    pub(super) fn seal(&self, key: &KeyMaterial, out: &mut [u8]) -> Result<usize> {
        let Self(digits) = self;
        let cipher = Cipher::of(key)?;
        let mut sealed = [0; 16];
        let length = if let Some(cipher) = cipher.aes() {
            sealed = digits.map(|digit| b'0' | digit);
            cipher.encrypt_block(&mut sealed);
            16
        } else {
            let mut packed = Zeroizing::new([0; 8]);
            for (to, [high, low]) in packed.iter_mut().zip(digits.as_chunks::<2>().0) {
                *to = high << 4 | low;
            }
            for (to, from) in sealed.iter_mut().zip(cipher.des()?.encrypt(*packed)) {
                *to = from;
            }
            8
        };
        let (Some(to), Some(from)) = (out.get_mut(..length), sealed.get(..length)) else {
            return Err(Error::Internal("a table has no room"));
        };
        to.copy_from_slice(from);
        Ok(length)
    }
}

const WRONG_TABLE: Error = Error::Pin(
    PinFault::Table,
    "it has 16 digits, at least 8 different ones, and none more than 4 times",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_tables_are_refused() {
        for table in ["0123456789012345", "8351296477461538", "1234567890123456"] {
            assert!(DecimalizationTable::parse(table.as_bytes()).is_ok(), "{table}");
        }
        for table in [
            "0000000000000000",
            "0123456012345601",
            "0000012345678901",
            "012345678901234",
            "01234567890123456",
            "01234567890ABCDE",
        ] {
            let refused = DecimalizationTable::parse(table.as_bytes()).err();
            assert_eq!(refused, Some(WRONG_TABLE), "{table}");
        }
    }
}
