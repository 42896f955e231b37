//! American Express's card security code (CSC) of 5, 4 and 3 digits, by the classic algorithm (version 1) and the
//! enhanced one (version 2, with a service code).
//!
//! American Express tells neither in public. docs/payment/card-values.md says where both are from, and what of them no
//! published value shows.

use std::ops::Range;

use zeroize::Zeroizing;

use super::digits::{fields, packed, picked_as};
use super::domain::{Expiry, Pan, ServiceCode};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::library::AWS_LC;
use crate::mechanism::{
    KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism, Standing,
    VerifyMechanism, compare_macs,
};

const VERSION: u8 = 1;
const PARAM_LEN: usize = 2;
/// Digits of an American Express account with its check digit.
const PAN_LEN: usize = 15;
/// Digits of the three codes together.
const CODES_LEN: usize = 12;

const fn row(id: MechanismId, value: &'static Csc, standing: Standing) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC],
        params: ParamKind::Flat {
            min: PARAM_LEN,
            max: PARAM_LEN,
        },
        key: KeyRule {
            types: &[CKK_DES2],
            sizes: KeySizes::bytes(16, 16),
            usages: &[KeyUsage::CARD_VERIFICATION],
            ..KeyRule::NONE
        },
        roles: Roles {
            sign: Some(value),
            verify: Some(value),
            ..Roles::NONE
        },
        standing,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(CKM_VHSM_CSC, &Csc::Classic, Standing::CURRENT),
    row(
        CKM_VHSM_CSC_V2,
        &Csc::Enhanced,
        Standing {
            off: Some(
                "no published value shows that it is American Express's algorithm: compare it with your device first",
            ),
            ..Standing::CURRENT
        },
    ),
];

/// The algorithms.
enum Csc {
    /// Version 1.
    Classic,
    /// Version 2, with a service code.
    Enhanced,
}

/// Which of the twelve digits the parameter means.
fn places(params: &Params) -> Result<Range<usize>> {
    let [version, digits] = *params.flat()? else {
        return Err(Error::Internal("a CSC's parameter of another length"));
    };
    match (version, digits) {
        (VERSION, 5) => Ok(0..5),
        (VERSION, 4) => Ok(5..9),
        (VERSION, 3) => Ok(9..CODES_LEN),
        (VERSION, 12) => Ok(0..CODES_LEN),
        (VERSION, _) => Err(Error::MechanismParamInvalid(
            "a CSC has 5, 4 or 3 digits, or 12: all three codes",
        )),
        _ => Err(Error::MechanismParamInvalid("the parameter's version is 1")),
    }
}

impl Csc {
    /// Writes the code of `PAN;expiry`, or of `PAN;expiry;service code`.
    fn compute(&self, key: &KeyMaterial, places: Range<usize>, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (pan, expiry, service_code) = match self {
            Self::Classic => {
                let [pan, expiry] = fields(data)?;
                (pan, expiry, &b""[..])
            }
            Self::Enhanced => {
                let [pan, expiry, service_code] = fields(data)?;
                (pan, expiry, ServiceCode::parse(service_code)?.digits())
            }
        };
        let [left, right] = in_order(Pan::parse(pan)?, Expiry::parse(expiry)?)?;
        let blocks = packed::<2>(&[left, right, service_code]);
        let [first, second] = &*blocks;
        let key = key.secret()?.des3()?;
        let mut result = Zeroizing::new(key.encrypt(*first));
        if let Self::Enhanced = self {
            for (byte, other) in result.iter_mut().zip(second) {
                *byte ^= other;
            }
            *result = key.encrypt(*result);
        }
        let codes = picked_as::<CODES_LEN, 8>(&result, letter);
        let code = codes.get(places).unwrap_or_default();
        if code.len() != out.len() {
            return Err(Error::Internal("a code has no room"));
        }
        out.copy_from_slice(code);
        Ok(())
    }
}

/// Twelve digits of the account, without the first two and the check digit, and the expiry. The first two say which of
/// them comes first.
fn in_order<'a>(pan: Pan<'a>, expiry: Expiry<'a>) -> Result<[&'a [u8]; 2]> {
    if pan.digits().len() != PAN_LEN {
        return Err(Error::DataLenRange("a PAN of American Express has 15 digits"));
    }
    let account = pan.before_check_digit(12);
    match pan.digits() {
        [b'3', b'7', ..] => Ok([expiry.digits(), account]),
        [b'3', b'4', ..] => Ok([account, expiry.digits()]),
        _ => Err(Error::DataInvalid(
            "a PAN of American Express begins with 34 or 37",
        )),
    }
}

/// The digit of a letter: A to F are 1 to 6 in the first five places of the block, and 6 to 9, 0 and 1 behind them.
fn letter(nibble: u8, place: usize) -> u8 {
    if place < 5 {
        return nibble.wrapping_sub(9);
    }
    let digit = nibble.wrapping_sub(4);
    let is_above_nine = 9_u8.wrapping_sub(digit) >> 7;
    digit.wrapping_sub(is_above_nine.wrapping_mul(10))
}

impl SignMechanism for Csc {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        places(params).map(|_| ())
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        places(params).map_or(0, |places| places.len())
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        self.compute(key, places(params)?, data, out)
    }
}

impl VerifyMechanism for Csc {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        places(params).map(|_| ())
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let places = places(params)?;
        compare_macs(signature, places.len(), |right| {
            self.compute(key, places.clone(), data, right)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_other_digits_behind_the_fifth_place() {
        let digits = |place| (10..16).map(|nibble| letter(nibble, place)).collect::<Vec<_>>();
        assert_eq!(digits(0), [1, 2, 3, 4, 5, 6]);
        assert_eq!(digits(4), [1, 2, 3, 4, 5, 6]);
        assert_eq!(digits(5), [6, 7, 8, 9, 0, 1]);
        assert_eq!(digits(15), [6, 7, 8, 9, 0, 1]);
        let picked = picked_as::<16, 8>(&0xABCD_EFAB_CDEF_ABCDu64.to_be_bytes(), letter);
        assert_eq!(&*picked, b"1234516789016789");
        let picked = picked_as::<CODES_LEN, 8>(&0x6EB1_2478_C720_CAE5u64.to_be_bytes(), letter);
        assert_eq!(&*picked, b"612478720552");
    }
}
