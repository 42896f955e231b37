//! Truncated cryptograms: what a card reader shows of a cryptogram (CAP of Mastercard, DPA of Visa). The issuer's
//! proprietary bitmap says which bits of the card's answer are shown.

use zeroize::Zeroizing;

use super::cryptogram::{check_transaction, padding};
use super::form::{self, Form, take};
use super::keys::WorkingKey;
use super::{BOTH, of_values, row};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{KeyMaterial, MechanismSpec, Params, SignMechanism, VerifyMechanism, compare_macs};
use crate::os::stack;

/// Bytes of a cryptogram.
const AC_LEN: usize = 8;
/// Bytes of an answer before and with the cryptogram: CID, ATC, AC.
const AC_AT: usize = 3;
const HEAD_LEN: usize = AC_AT + AC_LEN;
/// Longest answer in bytes: with the longest issuer application data.
const ANSWER_MAX: usize = HEAD_LEN + 32;
/// Longest parameter in bytes: the bitmap's length, the bitmap, and all of the answer but the cryptogram.
const LEN_MAX: usize = form::LEN_MAX + 1 + ANSWER_MAX + ANSWER_MAX - AC_LEN;
/// Fewest bits of the cryptogram that are made: less would say nothing.
const AC_BITS_MIN: u32 = 8;
/// Fewest that are checked, which is what the bitmap in common use shows: who may check fewer finds them by trying.
const AC_BITS_CHECKED_MIN: u32 = 16;
/// Most bits of a number.
const BITS_MAX: u32 = 64;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[row(
    CKM_VHSM_EMV_TRUNCATED_AC,
    BOTH,
    &[KeyUsage::EMV_APPLICATION_CRYPTOGRAMS],
    LEN_MAX,
    of_values(&Truncated),
)];

struct Truncated;

/// How the bits are shown.
enum Shown<'a> {
    /// One behind the other, as a decimal number of so many digits.
    Number {
        bitmap: &'a [u8],
        head: &'a [u8; AC_AT],
        issuer_data: &'a [u8],
        digits: usize,
    },
    /// In their places, with zeros for the others.
    Masked(&'a [u8; AC_LEN]),
}

impl<'a> Shown<'a> {
    fn parse(form: &Form<'a>) -> Result<Self> {
        let wrong = |why| Err(Error::MechanismParamInvalid(why));
        let mut rest = form.rest;
        let [bitmap_len] = *take(&mut rest)?;
        let Some((bitmap, mut rest)) = rest.split_at_checked(usize::from(bitmap_len)) else {
            return wrong("the bitmap is shorter than its length says");
        };
        match form.length {
            1 => {
                let Some(issuer_len) = bitmap.len().checked_sub(HEAD_LEN).filter(|length| *length <= 32)
                else {
                    return wrong(
                        "the bitmap covers CID, ATC, AC and up to 32 bytes of issuer application data",
                    );
                };
                let head = take(&mut rest)?;
                if rest.len() != issuer_len {
                    return wrong("the issuer application data end with the bitmap");
                }
                check_ac_bits(bitmap.get(AC_AT..HEAD_LEN).unwrap_or_default())?;
                Ok(Self::Number {
                    bitmap,
                    head,
                    issuer_data: rest,
                    digits: digits_of(ones(bitmap))?,
                })
            }
            2 => match (<&[u8; AC_LEN]>::try_from(bitmap), rest) {
                (Ok(bitmap), []) => {
                    check_ac_bits(bitmap)?;
                    Ok(Self::Masked(bitmap))
                }
                _ => wrong("the bitmap covers the 8 bytes of the cryptogram"),
            },
            _ => wrong("a truncated cryptogram is a number (1) or masked bytes (2)"),
        }
    }

    /// How many bits of the cryptogram are shown.
    fn ac_bits(&self) -> u32 {
        match self {
            Self::Number { bitmap, .. } => ones(bitmap.get(AC_AT..HEAD_LEN).unwrap_or_default()),
            Self::Masked(bitmap) => ones(&bitmap[..]),
        }
    }

    const fn length(&self) -> usize {
        match self {
            Self::Number { digits, .. } => *digits,
            Self::Masked(_) => AC_LEN,
        }
    }

    /// Writes what is shown.
    fn show(&self, ac: &[u8; AC_LEN], out: &mut [u8]) {
        match self {
            Self::Masked(bitmap) => {
                for ((to, ac), mask) in out.iter_mut().zip(ac).zip(*bitmap) {
                    *to = ac & mask;
                }
            }
            Self::Number {
                bitmap,
                head,
                issuer_data,
                ..
            } => {
                let answer = head.iter().chain(ac).chain(*issuer_data);
                let mut number = 0_u64;
                for (mask, byte) in bitmap.iter().zip(answer) {
                    for bit in (0..8).rev().filter(|bit| mask >> bit & 1 == 1) {
                        number = number << 1 | u64::from(byte >> bit & 1);
                    }
                }
                for digit in out.iter_mut().rev() {
                    *digit = b'0'.wrapping_add(u8::try_from(number % 10).unwrap_or(0));
                    number /= 10;
                }
            }
        }
    }
}

fn ones(bitmap: &[u8]) -> u32 {
    bitmap.iter().map(|byte| byte.count_ones()).sum()
}

fn check_ac_bits(bitmap: &[u8]) -> Result<()> {
    match ones(bitmap) {
        ..AC_BITS_MIN => Err(Error::MechanismParamInvalid(
            "the bitmap takes fewer than 8 bits of the cryptogram",
        )),
        _ => Ok(()),
    }
}

/// Decimal digits of the largest number of so many bits.
fn digits_of(bits: u32) -> Result<usize> {
    if bits > BITS_MAX {
        return Err(Error::MechanismParamInvalid("the bitmap takes more than 64 bits"));
    }
    let largest = u64::MAX.checked_shr(BITS_MAX.saturating_sub(bits)).unwrap_or(0);
    let digits = largest.checked_ilog10().unwrap_or(0).saturating_add(1);
    usize::try_from(digits).map_err(|_| Error::Internal("a number has few digits"))
}

impl Truncated {
    fn form<'a>(key: &KeyMaterial, params: &'a Params) -> Result<(Form<'a>, Shown<'a>)> {
        let form = Form::parse(params)?;
        form.check(key)?;
        padding(key, form.option)?;
        let shown = Shown::parse(&form)?;
        Ok((form, shown))
    }

    fn compute(
        key: &KeyMaterial,
        (form, shown): &(Form<'_>, Shown<'_>),
        data: &[u8],
        out: &mut [u8],
    ) -> Result<()> {
        check_transaction(data)?;
        let working = WorkingKey::of(key, form)?;
        let mut ac = Zeroizing::new([0; AC_LEN]);
        working.mac(padding(key, form.option)?, data, &mut ac[..])?;
        shown.show(&ac, out);
        drop(working);
        stack::wipe_little();
        Ok(())
    }
}

impl SignMechanism for Truncated {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::form(key, params).map(|_| ())
    }

    fn signature_len(&self, key: &KeyMaterial, params: &Params) -> usize {
        Self::form(key, params).map_or(0, |(_, shown)| shown.length())
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        Self::compute(key, &Self::form(key, params)?, data, out)
    }
}

impl VerifyMechanism for Truncated {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        match Self::form(key, params)?.1.ac_bits() {
            ..AC_BITS_CHECKED_MIN => Err(Error::MechanismParamInvalid(
                "the bitmap takes fewer than 16 bits of the cryptogram: too few to check",
            )),
            _ => Ok(()),
        }
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let form = Self::form(key, params)?;
        compare_macs(signature, form.1.length(), |right| {
            Self::compute(key, &form, data, right)
        })
    }
}
