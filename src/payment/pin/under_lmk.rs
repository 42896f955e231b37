//! PINs and decimalisation tables under a local master key, as an issuer's host keeps them.
//!
//! The encryption of PINs is this module's own: payShield's is not published. Under DES the digits stay digits: a digit for
//! how many are missing, the PIN, and zeros, through FF1 [NIST SP 800-38G] with the account as tweak; under AES it is a
//! block of ISO 9564-1 format 4. Both work under a key that HMAC with SHA-256 derives from the local master key, so that
//! nothing else is ever encrypted under it.
//!
//! Tables under a key-block LMK of triple DES are as a payShield has them, in electronic code book under the key whose bytes
//! are changed by the letter T.

use zeroize::Zeroizing;

use super::block::Format;
use super::number::{ClearPin, PIN_MAX, PIN_MIN};
use crate::ck::*;
use crate::crypto::aes::{AesEncryptor, AesKey, Block};
use crate::crypto::des::Des3Key;
use crate::crypto::fpe::{Direction, Ff1, Radix};
use crate::crypto::hash::Hash;
use crate::error::{Error, PaymentFault, PinFault, Result};
use crate::mechanism::KeyMaterial;
use crate::os::stack;
use crate::payment::domain::Pan;

/// Digits of the longest PIN under a local master key: how many are missing, and the PIN.
pub(super) const DIGITS_MAX: usize = 1 + PIN_MAX;
/// What every byte of a DES key is changed by where it encrypts tables.
const OF_TABLES: u8 = b'T';
/// The pair of a variant LMK that tables are encrypted under: that of PINs.
const PAIR_OF_PINS: usize = 1;

const PINS: &[u8] = b"vhsm: PINs under this local master key";
const TABLES: &[u8] = b"vhsm: decimalisation tables under this local master key";

/// Whether the format is one of this local master key; nothing is put under an old one.
///
/// # Errors
/// [`Error::Pin`].
pub(super) fn check(key: &KeyMaterial, format: Format, derives: bool) -> Result<()> {
    let is_aes = key.bits() == 8 * to_ulong(LMK_AES_LEN);
    let fits = match format {
        Format::LmkDigits(_) => !is_aes,
        Format::LmkBlock => is_aes,
        _ => false,
    };
    match key.key_type == CKK_VHSM_LMK && fits && !derives {
        true => Ok(()),
        false => Err(Error::Pin(
            PinFault::Format,
            "formats 105 to 113 go with local master keys of DES, and 132 with those of AES",
        )),
    }
}

/// The key for one purpose.
fn derived(key: &KeyMaterial, purpose: &[u8]) -> Result<Zeroizing<[u8; 32]>> {
    let mut made = Zeroizing::new([0; 32]);
    key.secret()?.hmac(Hash::Sha256)?.mac(purpose, &mut made[..]);
    Ok(made)
}

/// The key of blocks of format 132.
pub(super) fn block_key(key: &KeyMaterial) -> Result<AesKey> {
    AesKey::new(&derived(key, PINS)?[..])
}

/// One way or the other through FF1.
fn run(key: &KeyMaterial, pan: Pan<'_>, direction: Direction, digits: &[u8], out: &mut [u8]) -> Result<()> {
    let radix = Radix::new(10).ok_or(Error::Internal("there are ten digits"))?;
    let cipher = AesEncryptor::new(&derived(key, PINS)?[..])?;
    let encrypt = |block: &mut Block| cipher.encrypt_block(block);
    let mut places = out.iter_mut();
    let put = |digit: u16| {
        if let (Some(place), [_, digit]) = (places.next(), digit.to_be_bytes()) {
            *place = digit;
        }
    };
    let numerals = digits.iter().map(|digit| u16::from(*digit));
    let ff1 = Ff1::new(radix, pan.before_check_digit(12), digits.len(), &encrypt)?;
    ff1.apply(direction, numerals, put, &encrypt)?;
    stack::wipe_little();
    Ok(())
}

/// A PIN in so many digits, in ASCII, into the beginning of `out`.
///
/// # Errors
/// [`Error::Pin`] for a PIN that is too long.
pub(super) fn seal(
    key: &KeyMaterial,
    length: usize,
    pan: Pan<'_>,
    pin: &ClearPin,
    out: &mut [u8],
) -> Result<()> {
    let missing = length.checked_sub(1 + pin.digits().len());
    let why = "the PIN has more digits than are kept under the local master key";
    let missing = missing.ok_or(Error::Pin(PinFault::Length, why))?;
    let mut clear = Zeroizing::new([0; DIGITS_MAX]);
    let all = std::iter::once(u8::try_from(missing).unwrap_or(0)).chain(pin.digits().iter().copied());
    clear
        .iter_mut()
        .zip(all)
        .for_each(|(place, digit)| *place = digit);
    let (Some(clear), Some(out)) = (clear.get(..length), out.get_mut(..length)) else {
        return Err(NO_ROOM);
    };
    run(key, pan, Direction::Encrypt, clear, out)?;
    out.iter_mut().for_each(|digit| *digit |= b'0');
    Ok(())
}

/// The PIN of such digits.
///
/// # Errors
/// [`Error::Pin`] with [`PinFault::UnderLmk`] for whatever is wrong with them.
pub(super) fn open(key: &KeyMaterial, length: usize, pan: Pan<'_>, text: &[u8]) -> Result<ClearPin> {
    let mut digits = [0; DIGITS_MAX];
    let mut clear = Zeroizing::new([0; DIGITS_MAX]);
    let (Some(digits), Some(clear)) = (digits.get_mut(..length), clear.get_mut(..length)) else {
        return Err(NO_ROOM);
    };
    if text.len() != length || !text.iter().all(u8::is_ascii_digit) {
        return Err(NOT_UNDER_IT);
    }
    digits
        .iter_mut()
        .zip(text)
        .for_each(|(place, digit)| *place = digit & 0xf);
    run(key, pan, Direction::Decrypt, digits, clear)?;
    let (missing, pin) = clear.split_first().ok_or(NO_ROOM)?;
    let count = pin.len().saturating_sub(usize::from(*missing));
    let rest = pin.iter().skip(count).fold(0, |wrong, digit| wrong | digit);
    match (PIN_MIN..=PIN_MAX).contains(&count) && rest == 0 {
        true => Ok(ClearPin::of(pin.iter().copied(), count)),
        false => Err(NOT_UNDER_IT),
    }
}

/// What encrypts tables under a local master key.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for one table")]
pub(super) enum TableCipher {
    /// Two digits to a byte, in 8 bytes.
    Des(Des3Key),
    /// The digits in ASCII.
    Aes(AesKey),
}

/// The cipher of tables under this local master key.
///
/// # Errors
/// [`Error::PaymentKey`] for another key.
pub(super) fn table_cipher(key: &KeyMaterial) -> Result<TableCipher> {
    let value = key.secret()?.value();
    let part = match value.len() {
        LMK_AES_LEN => return AesKey::new(&derived(key, TABLES)?[..]).map(TableCipher::Aes),
        LMK_DES3_LEN => Some(value),
        _ => value.chunks_exact(16).nth(PAIR_OF_PINS),
    };
    let why = "it is no local master key";
    let part = part.ok_or(Error::PaymentKey(PaymentFault::Usage, why))?;
    let changed: Zeroizing<Vec<u8>> = Zeroizing::new(part.iter().map(|byte| byte ^ OF_TABLES).collect());
    Des3Key::new(&changed).map(TableCipher::Des)
}

impl Format {
    /// The account's field of blocks of 16 bytes: of the whole number, under a local master key of its last 12 digits before
    /// the check digit, which is all that some messages have.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn account_of(self, pan: Pan<'_>) -> Result<[u8; 16]> {
        match self {
            Self::LmkBlock => Pan::parse_short(pan.before_check_digit(12)).map(Self::account_field),
            _ => Ok(Self::account_field(pan)),
        }
    }
}

/// What is wrong with a block, as it is told of this format.
pub(super) fn told(format: Format, error: Error) -> Error {
    match format {
        Format::LmkBlock => NOT_UNDER_IT,
        _ => error,
    }
}

/// The answer to what is no PIN under this local master key and of this account.
const NOT_UNDER_IT: Error = Error::Pin(
    PinFault::UnderLmk,
    "it is none of this account under this local master key",
);

const NO_ROOM: Error = Error::Internal("a PIN under a local master key has no room");

#[cfg(test)]
#[path = "under_lmk_tests.rs"]
mod tests;
