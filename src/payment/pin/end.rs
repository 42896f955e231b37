//! [`PinEnd`]: one end of what happens to a PIN: how its block is formed, and under what it is encrypted.

use zeroize::Zeroizing;

pub(in crate::payment) use super::account::{ACCOUNT_LEN, account_of};
use super::block::{BLOCK_LENGTHS, Format, NO_ACCOUNT, NOT_OF_ITS_FORMAT};
use super::number::ClearPin;
use super::under_lmk;
use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::des::Des3Key;
use crate::error::{Error, PaymentFault, PinFault, Result};
use crate::mechanism::KeyMaterial;
use crate::payment::domain::Pan;
use crate::payment::dukpt::{PinAlgorithm, PinKey, PinSerial};
use crate::payment::lmk::check_current;

/// Bytes of an end in a parameter: format, derivation, KSN, length of the account number, account number.
pub(in crate::payment) const END_LEN: usize = 1 + 1 + KSN_LEN + ACCOUNT_LEN;
const KSN_LEN: usize = 12;
/// Bytes of the longest block.
pub(in crate::payment) const BLOCK_MAX: usize = 16;

/// One end.
pub(in crate::payment) struct PinEnd<'a> {
    /// How the block is formed.
    pub(in crate::payment) format: Format,
    /// The account, if it is told.
    pub(in crate::payment) pan: Option<Pan<'a>>,
    serial: Option<PinSerial>,
}

/// An encrypted block.
pub(in crate::payment) struct Sealed {
    bytes: [u8; BLOCK_MAX],
    length: usize,
}

impl Sealed {
    pub(in crate::payment) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Copies the block to the beginning of `out`; gives its length.
    pub(in crate::payment) fn write(&self, out: &mut [u8]) -> Result<usize> {
        let out = out.get_mut(..self.length);
        let out = out.ok_or(Error::Internal("a PIN block has no room"))?;
        out.copy_from_slice(self.bytes());
        Ok(self.length)
    }
}

/// The cipher of a PIN key: the key itself, or one of a transaction.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for one block")]
enum Cipher<'k> {
    Des(&'k Des3Key),
    Aes(&'k AesKey),
    OfTransaction(PinKey),
}

impl<'a> PinEnd<'a> {
    /// Reads an end of a parameter.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(in crate::payment) fn parse(bytes: &'a [u8; END_LEN]) -> Result<Self> {
        Self::with(Format::of, bytes)
    }

    /// Reads the end of a block that goes: there are more formats.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(in crate::payment) fn parse_destination(bytes: &'a [u8; END_LEN]) -> Result<Self> {
        Self::with(Format::of_destination, bytes)
    }

    fn with(format_of: fn(u8) -> Result<Format>, bytes: &'a [u8; END_LEN]) -> Result<Self> {
        let [format, derivation, rest @ ..] = bytes;
        let (Some(ksn), Some(account)) = (rest.first_chunk::<KSN_LEN>(), rest.get(KSN_LEN..)) else {
            return Err(Error::Internal("an end of a parameter is too short"));
        };
        let format = format_of(*format)?;
        let end = Self {
            format,
            pan: account_of(account, format == Format::Iso4)?,
            serial: PinSerial::parse(*derivation, ksn)?,
        };
        if end.format.binds_account() && end.pan.is_none() {
            return Err(NO_ACCOUNT);
        }
        Ok(end)
    }

    /// Whether both blocks have an account in them, and not the same.
    pub(in crate::payment) fn is_of_another_account(&self, other: &PinEnd<'_>) -> bool {
        let [own, others] = [self.pan, other.pan].map(|pan| pan.map(|pan| pan.digits()));
        self.format.binds_account() && other.format.binds_account() && own != others
    }

    /// What depends on the key.
    ///
    /// # Errors
    /// [`Error::PaymentKey`] for a base key where a PIN key belongs, or the other way round; [`Error::Pin`] for a format
    /// that the cipher does not have.
    pub(in crate::payment) fn check(&self, key: &KeyMaterial) -> Result<()> {
        let Some(payment) = key.payment else {
            return Err(Error::Internal("a PIN key without a payment usage"));
        };
        if self.format.is_under_lmk() || payment.lmk.is_some() {
            return under_lmk::check(key, self.format, self.serial.is_some());
        }
        let is_base = payment.usage.standard() != KeyUsage::PIN_ENCRYPTION;
        if is_base != self.serial.is_some() {
            let why = "base keys of DUKPT go with a KSN, and PIN keys without one";
            return Err(Error::PaymentKey(PaymentFault::Usage, why));
        }
        let fits = match is_base {
            true => payment.mode.is_base(),
            false => payment.mode != ModeOfUse::Derive,
        };
        if !fits {
            let why = "CKA_VHSM_MODE_OF_USE of a base key is X or N, of a PIN key B, D, E or N";
            return Err(Error::PaymentKey(PaymentFault::ModeOfUse, why));
        }
        let is_aes = match &self.serial {
            None => key.key_type == CKK_AES,
            Some(serial) => {
                serial.check(key)?;
                serial.algorithm() == PinAlgorithm::Aes
            }
        };
        match is_aes == (self.format == Format::Iso4) {
            true => Ok(()),
            false => Err(Error::Pin(
                PinFault::Format,
                "format 48 (ISO 9564-1 format 4) goes with AES, and all others with triple DES",
            )),
        }
    }

    /// As [`PinEnd::check`], where a PIN is to be encrypted: an old local master key takes none.
    ///
    /// # Errors
    /// As [`PinEnd::check`]; [`Error::KeyFunctionNotPermitted`].
    pub(in crate::payment) fn check_for_sealing(&self, key: &KeyMaterial) -> Result<()> {
        check_current(key)?;
        self.check(key)
    }

    fn cipher<'k>(&self, key: &'k KeyMaterial) -> Result<Cipher<'k>> {
        let secret = key.secret()?;
        match &self.serial {
            Some(serial) => serial.pin_key(key).map(Cipher::OfTransaction),
            None if self.format.is_under_lmk() => {
                under_lmk::block_key(key).map(|key| Cipher::OfTransaction(PinKey::Aes(key)))
            }
            None if key.key_type == CKK_AES => secret.aes().map(Cipher::Aes),
            None => secret.des3().map(Cipher::Des),
        }
    }

    /// Encrypts a PIN. It is done within [`stack::clean`](crate::os::stack::clean), as [`PinEnd::open`] is: blocks in the
    /// clear, digits on their way and the keys of a transaction leave parts of themselves on the stack.
    ///
    /// # Errors
    /// [`Error::Pin`] if the format has no room for it.
    pub(in crate::payment) fn seal(&self, key: &KeyMaterial, pin: &ClearPin) -> Result<Sealed> {
        match (self.format, self.pan) {
            (Format::LmkDigits(length), Some(pan)) => {
                let (mut bytes, length) = ([0; BLOCK_MAX], usize::from(length));
                under_lmk::seal(key, length, pan, pin, &mut bytes)?;
                Ok(Sealed { bytes, length })
            }
            (Format::Iso4 | Format::LmkBlock, Some(pan)) => {
                let mut field = Format::pack_pin_field(pin)?;
                self.iso4(key, &mut field, &self.format.account_of(pan)?)?;
                Ok(Sealed {
                    bytes: *field,
                    length: 16,
                })
            }
            (format, pan) => self.seal_block(key, &*format.pack(pin, pan)?),
        }
    }

    fn iso4(&self, key: &KeyMaterial, block: &mut [u8; 16], account: &[u8; 16]) -> Result<()> {
        let cipher = self.cipher(key)?;
        let cipher = cipher.aes()?;
        cipher.encrypt_block(block);
        for (byte, other) in block.iter_mut().zip(account) {
            *byte ^= other;
        }
        cipher.encrypt_block(block);
        Ok(())
    }

    fn seal_block(&self, key: &KeyMaterial, block: &u64) -> Result<Sealed> {
        let cipher = self.cipher(key)?;
        let mut bytes = [0; BLOCK_MAX];
        let sealed = cipher.des()?.encrypt(block.to_be_bytes());
        for (to, from) in bytes.iter_mut().zip(sealed) {
            *to = from;
        }
        Ok(Sealed { bytes, length: 8 })
    }

    /// Decrypts a PIN.
    ///
    /// # Errors
    /// [`Error::DataLenRange`]; [`Error::Pin`] with [`PinFault::Block`] for everything else.
    pub(in crate::payment) fn open(&self, key: &KeyMaterial, block: &[u8]) -> Result<ClearPin> {
        match (self.format, self.pan) {
            (Format::LmkDigits(length), Some(pan)) => under_lmk::open(key, usize::from(length), pan, block),
            (Format::Iso4 | Format::LmkBlock, Some(pan)) => {
                let block: &[u8; 16] = block.try_into().map_err(|_| WRONG_BLOCK_LEN)?;
                let field = self.open_iso4(key, block, &self.format.account_of(pan)?)?;
                Format::unpack_pin_field(&field).map_err(|error| under_lmk::told(self.format, error))
            }
            (format, pan) => {
                let block: &[u8; 8] = block.try_into().map_err(|_| WRONG_BLOCK_LEN)?;
                let cipher = self.cipher(key)?;
                let clear = Zeroizing::new(cipher.des()?.decrypt(*block));
                format.unpack(&clear, pan)
            }
        }
    }

    fn open_iso4(
        &self,
        key: &KeyMaterial,
        block: &[u8; 16],
        account: &[u8; 16],
    ) -> Result<Zeroizing<[u8; 16]>> {
        let cipher = self.cipher(key)?;
        let cipher = cipher.aes()?;
        let mut middle = Zeroizing::new([0; 16]);
        cipher.ecb_decrypt(block, &mut middle[..])?;
        for (byte, other) in middle.iter_mut().zip(account) {
            *byte ^= other;
        }
        let mut field = Zeroizing::new([0; 16]);
        cipher.ecb_decrypt(&middle[..], &mut field[..])?;
        Ok(field)
    }
}

const WRONG_BLOCK_LEN: Error = Error::DataLenRange(BLOCK_LENGTHS);

impl Cipher<'_> {
    fn des(&self) -> Result<&Des3Key> {
        match self {
            Self::Des(key) => Ok(key),
            Self::OfTransaction(PinKey::Des(key)) => Ok(key),
            _ => Err(NOT_OF_ITS_FORMAT),
        }
    }

    fn aes(&self) -> Result<&AesKey> {
        match self {
            Self::Aes(key) => Ok(key),
            Self::OfTransaction(PinKey::Aes(key)) => Ok(key),
            _ => Err(NOT_OF_ITS_FORMAT),
        }
    }
}
