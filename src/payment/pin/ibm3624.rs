//! PINs after IBM 3624: the natural PIN of an account, and the offset of a PIN that the customer chose
//! [IBM z/OS ICSF Application Programmer's Guide, "PIN formats and algorithms"].

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::end::{END_LEN, PinEnd};
use super::excluded::{Allowed, TABLE_MAX};
use super::number::{ClearPin, PIN_MAX, PIN_MIN};
use super::rows::{Fields, HANDLE_LEN, PIN_KEYS};
use super::table::{DecimalizationTable, Held, TABLE_KEYS, TABLE_LEN};
use crate::ck::*;
use crate::error::{Error, PinFault, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    FurtherKey, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism,
    Standing, VerifyMechanism,
};
use crate::os::stack;

/// Digits of the validation data.
const VALIDATION_LEN: usize = 16;
/// Version, table, validation data, check length, the handles of PIN key and table key, and the end.
pub(super) const PARAM_LEN: usize = 1 + TABLE_LEN + VALIDATION_LEN + 1 + 2 * HANDLE_LEN + END_LEN;
/// Where the handle of the PIN key stands.
const PIN_KEY_AT: usize = 1 + TABLE_LEN + VALIDATION_LEN + 1;
/// A value of this method: at most as many digits as a PIN.
pub(super) type Digits = Zeroizing<[u8; PIN_MAX]>;

pub(super) const fn key_rule(further: &'static [FurtherKey; 2]) -> KeyRule {
    KeyRule {
        types: &[CKK_DES2, CKK_DES3, CKK_DES],
        sizes: KeySizes::bytes(8, 24),
        usages: &[KeyUsage::IBM_3624_PIN_VERIFICATION],
        further,
        ..KeyRule::NONE
    }
}

const fn further(function: AttributeType) -> [FurtherKey; 2] {
    [
        FurtherKey {
            at: PIN_KEY_AT,
            function,
            rule: &PIN_KEYS,
        },
        FurtherKey {
            at: PIN_KEY_AT + HANDLE_LEN,
            function: CKA_DECRYPT,
            rule: &TABLE_KEYS,
        },
    ]
}

/// The further keys of mechanisms that read a PIN.
pub(super) const READING: &[FurtherKey; 2] = &further(CKA_DECRYPT);
const WRITING: &[FurtherKey; 2] = &further(CKA_ENCRYPT);

const fn row(id: MechanismId, more: usize, further: &'static [FurtherKey; 2], roles: Roles) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: PARAM_LEN,
            max: PARAM_LEN + more,
        },
        key: key_rule(further),
        roles,
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_IBM3624_PIN,
        1 + TABLE_MAX,
        WRITING,
        Roles {
            sign: Some(&Pin),
            ..Roles::NONE
        },
    ),
    row(
        CKM_VHSM_IBM3624_OFFSET,
        1 + TABLE_MAX,
        READING,
        Roles {
            sign: Some(&Offset),
            verify: Some(&Offset),
            ..Roles::NONE
        },
    ),
];

/// What a parameter says of the method and of one end.
pub(super) struct Method<'a> {
    table: Held,
    table_key: Option<&'a KeyMaterial>,
    validation: u64,
    /// How many digits count.
    pub(super) length: usize,
    /// The key of the end.
    pub(super) pin_key: &'a KeyMaterial,
    /// How the PIN's block is formed.
    pub(super) end: PinEnd<'a>,
}

impl<'a> Method<'a> {
    /// Reads it from a parameter.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`].
    pub(super) fn parse(fields: &mut Fields<'a>) -> Result<Self> {
        let table = DecimalizationTable::of(fields)?;
        let validation = hex(fields.bytes::<VALIDATION_LEN>()?)?;
        let length = usize::from(fields.byte()?);
        if !(PIN_MIN..=PIN_MAX).contains(&length) {
            return Err(Error::MechanismParamInvalid("the check length is 4 to 12"));
        }
        Ok(Self {
            table,
            validation,
            length,
            pin_key: fields.required_key(0)?,
            table_key: fields.key(1)?,
            end: fields.end()?,
        })
    }

    /// What depends on the keys.
    ///
    /// # Errors
    /// As [`PinEnd::check`] and [`Held::open`].
    pub(super) fn check(&self, key: &KeyMaterial) -> Result<()> {
        self.end.check(self.pin_key)?;
        self.table.open(self.table_key, key).map(|_| ())
    }

    /// The natural PIN: the validation data, encrypted, in decimal digits from the left.
    fn natural(&self, key: &KeyMaterial) -> Result<Digits> {
        let table = self.table.open(self.table_key, key)?;
        let block = Zeroizing::new(key.secret()?.des3()?.encrypt(self.validation.to_be_bytes()));
        let nibbles = block.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
        let mut digits = Digits::default();
        for (to, nibble) in digits.iter_mut().take(self.length).zip(nibbles) {
            *to = table.digit(nibble);
        }
        Ok(digits)
    }

    /// The offset of a PIN: what has to be added to the natural PIN, digit by digit without carry. The first digits of
    /// the PIN count.
    ///
    /// # Errors
    /// [`Error::Pin`] if the PIN has fewer digits than are to be checked.
    pub(super) fn offset(&self, key: &KeyMaterial, pin: &ClearPin) -> Result<Digits> {
        if pin.digits().len() < self.length {
            return Err(Error::Pin(
                PinFault::Length,
                "it has fewer digits than are to be checked",
            ));
        }
        let mut offset = self.natural(key)?;
        for (to, digit) in offset.iter_mut().take(self.length).zip(pin.digits()) {
            *to = (10 + digit - *to) % 10;
        }
        Ok(offset)
    }

    /// Writes the digits that count, in ASCII.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is no room.
    pub(super) fn write(&self, digits: &Digits, out: &mut [u8]) -> Result<()> {
        if out.len() != self.length {
            return Err(Error::Internal("an offset has no room"));
        }
        for (to, digit) in out.iter_mut().zip(&**digits) {
            *to = b'0' | digit;
        }
        Ok(())
    }

    /// Whether the digits that count are these, in ASCII.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub(super) fn check_offset(&self, offset: &Digits, told: &[u8]) -> Result<()> {
        let mut right = Zeroizing::new([0; PIN_MAX]);
        let right = right.get_mut(..self.length).unwrap_or_default();
        self.write(offset, right)?;
        if told.len() != right.len() {
            return Err(Error::SignatureLenRange);
        }
        match bool::from(right.ct_eq(told)) {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}

/// 16 hexadecimal digits in ASCII as a number.
fn hex(text: &[u8; VALIDATION_LEN]) -> Result<u64> {
    text.iter().try_fold(0, |number, digit| {
        let digit = char::from(*digit).to_digit(16);
        let digit = digit.ok_or(Error::MechanismParamInvalid(
            "the validation data are 16 hexadecimal digits",
        ))?;
        Ok(number << 4 | u64::from(digit))
    })
}

type Asked<'a> = (Method<'a>, Allowed<'a>);

fn asked(params: &Params) -> Result<Asked<'_>> {
    let (version, mut fields) = Fields::versioned(params)?;
    let method = Method::parse(&mut fields)?;
    Ok((method, Allowed::parse(version, fields.rest())?))
}

/// The PIN of an account: the natural PIN, or that of an offset, encrypted.
struct Pin;

impl SignMechanism for Pin {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let (method, _) = asked(params)?;
        method.end.check_for_sealing(method.pin_key)?;
        method.check(key)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        asked(params).map_or(0, |(method, _)| method.end.format.block_len())
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (method, allowed) = asked(params)?;
        if !data.is_empty() && data.len() != method.length {
            return Err(Error::DataLenRange("an offset has as many digits as are checked"));
        }
        if !data.iter().all(u8::is_ascii_digit) {
            return Err(Error::DataInvalid("an offset has decimal digits"));
        }
        stack::clean(|| {
            let natural = method.natural(key)?;
            let offset = data.iter().map(|digit| digit & 0xf).chain([0; PIN_MAX]);
            let digits = natural.iter().zip(offset);
            let pin = ClearPin::of(
                digits.map(|(natural, offset)| (natural + offset) % 10),
                method.length,
            );
            allowed.check(&pin)?;
            method.end.seal(method.pin_key, &pin)?.write(out).map(|_| ())
        })
    }
}

/// The offset of a PIN in its block.
struct Offset;

impl Offset {
    fn compute(key: &KeyMaterial, (method, allowed): &Asked<'_>, block: &[u8]) -> Result<Digits> {
        stack::clean(|| {
            let pin = method.end.open(method.pin_key, block)?;
            allowed.check(&pin)?;
            method.offset(key, &pin)
        })
    }
}

impl SignMechanism for Offset {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        asked(params)?.0.check(key)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        asked(params).map_or(0, |(method, _)| method.length)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let told = asked(params)?;
        told.0.write(&Self::compute(key, &told, data)?, out)
    }
}

impl VerifyMechanism for Offset {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        asked(params)
            .and_then(|(method, allowed)| allowed.check_none_excluded().and_then(|()| method.check(key)))
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let told = asked(params)?;
        if signature.len() != told.0.length {
            return Err(Error::SignatureLenRange);
        }
        told.0.check_offset(&Self::compute(key, &told, data)?, signature)
    }
}
