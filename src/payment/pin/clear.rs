//! PINs in the clear into blocks and out of them, and random PINs.

use zeroize::Zeroizing;

use super::end::{END_LEN, PinEnd};
use super::excluded::{Excluded, TABLE_MAX};
use super::number::{ClearPin, PIN_MAX, PIN_MIN, WRONG_LENGTH};
use super::rows::{Fields, PIN_KEYS};
use crate::ck::*;
use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{CipherMechanism, KeyMaterial, MechanismSpec, ParamKind, Params, Roles, Standing};
use crate::os::stack;

const fn row(id: MechanismId, params: ParamKind, roles: Roles, standing: Standing) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params,
        key: PIN_KEYS,
        roles,
        standing,
    }
}

const END: ParamKind = ParamKind::Flat {
    min: 1 + END_LEN,
    max: 1 + END_LEN,
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_PIN_BLOCK,
        END,
        Roles {
            encrypt: Some(&Enclose),
            ..Roles::NONE
        },
        Standing::CURRENT,
    ),
    row(
        CKM_VHSM_PIN_REVEAL,
        END,
        Roles {
            decrypt: Some(&Reveal),
            ..Roles::NONE
        },
        Standing {
            off: Some("it gives PINs away in the clear"),
            ..Standing::CURRENT
        },
    ),
    row(
        CKM_VHSM_PIN_GENERATE,
        ParamKind::Flat {
            min: 1 + END_LEN + 1,
            max: 1 + END_LEN + 1 + TABLE_MAX,
        },
        Roles {
            encrypt: Some(&Generate),
            ..Roles::NONE
        },
        Standing::CURRENT,
    ),
];

fn end(params: &Params) -> Result<PinEnd<'_>> {
    Fields::of(params)?.end()
}

/// A PIN in the clear, encrypted in a block.
struct Enclose;

impl CipherMechanism for Enclose {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        end(params)?.check_for_sealing(key)
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        match (PIN_MIN..=PIN_MAX).contains(&input_len) {
            true => Ok(end(params)?.format.block_len()),
            false => Err(WRONG_LENGTH),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        stack::clean(|| end(params)?.seal(key, &ClearPin::parse(input)?)?.write(out))
    }
}

/// A PIN out of its block, in the clear.
struct Reveal;

impl CipherMechanism for Reveal {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        end(params)?.check(key)
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        end(params)?
            .format
            .check_ciphertext_len(input_len)
            .map(|()| PIN_MAX)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        stack::clean(|| end(params)?.open(key, input)?.write(out))
    }
}

/// A random PIN.
struct Generate;

/// Attempts to find a PIN that is not excluded, before the table is taken for one that has them all.
const ATTEMPTS: usize = 1000;

struct Asked<'a> {
    end: PinEnd<'a>,
    length: usize,
    excluded: Excluded<'a>,
}

impl Asked<'_> {
    fn parse(params: &Params) -> Result<Asked<'_>> {
        let mut fields = Fields::of(params)?;
        let end = fields.end()?;
        let length = usize::from(fields.byte()?);
        if !(PIN_MIN..=PIN_MAX).contains(&length) {
            return Err(WRONG_LENGTH);
        }
        let excluded = Excluded::parse(fields.rest())?;
        Ok(Asked {
            end,
            length,
            excluded,
        })
    }

    fn random_pin(&self) -> Result<ClearPin> {
        for _ in 0..ATTEMPTS {
            let pin = random_pin(self.length)?;
            if self.excluded.allows(&pin) {
                return Ok(pin);
            }
        }
        Err(Error::MechanismParamInvalid(
            "the table of excluded PINs leaves hardly any",
        ))
    }
}

/// Digits that are each as probable as any other.
fn random_pin(length: usize) -> Result<ClearPin> {
    let mut random = Zeroizing::new([0; 64]);
    loop {
        rng::system(&mut random[..])?;
        // 250 is the last multiple of ten that a byte holds.
        let digits = random.iter().filter(|byte| **byte < 250).map(|byte| byte % 10);
        if digits.clone().count() >= length {
            return Ok(ClearPin::of(digits, length));
        }
    }
}

impl CipherMechanism for Generate {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Asked::parse(params)?.end.check_for_sealing(key)
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        match input_len {
            0 => Ok(Asked::parse(params)?.end.format.block_len()),
            _ => Err(Error::DataLenRange("a PIN is generated from no data")),
        }
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, _input: &[u8], out: &mut [u8]) -> Result<usize> {
        stack::clean(|| {
            let asked = Asked::parse(params)?;
            asked.end.seal(key, &asked.random_pin()?)?.write(out)
        })
    }
}
