//! Making a local master key.

use super::{VERSION, wrong};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::{des, rng};
use crate::error::{Error, Result};
use crate::mechanism::library::GETRANDOM;
use crate::mechanism::{
    GenerateKeyMechanism, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, Standing,
};
use crate::secret::SecretBytes;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_LMK_GEN,
    section: "include/vhsm.h",
    libraries: &[GETRANDOM],
    params: ParamKind::Flat { min: 2, max: 2 },
    key: KeyRule {
        types: &[CKK_VHSM_LMK],
        sizes: KeySizes::bytes(24, 320),
        ..KeyRule::NONE
    },
    roles: Roles {
        generate: Some(&Generation),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

struct Generation;

/// So often is a part drawn before the random source is taken to be broken: about one in 2^48 is not usable.
const DRAWS_MAX: usize = 4;

/// Length in bytes of the kind that the parameter asks for, and of the keys that it consists of.
fn kind(params: &Params) -> Result<(usize, usize)> {
    match *params.flat()? {
        [VERSION, b'V'] => Ok((LMK_VARIANT_LEN, 16)),
        [VERSION, b'T'] => Ok((LMK_DES3_LEN, 24)),
        [VERSION, b'A'] => Ok((LMK_AES_LEN, 0)),
        _ => wrong("the parameter is 1 and V (pairs), T (triple DES) or A (AES)"),
    }
}

/// Fills a key of several parts: of odd parity, none weak, none the same.
fn draw(key: &mut [u8]) -> Result<()> {
    for _ in 0..DRAWS_MAX {
        rng::system(key)?;
        des::set_odd_parity(key);
        let (parts, _) = key.as_chunks::<8>();
        let repeated = |(at, part)| parts.iter().skip(at + 1).any(|later| later == part);
        if !parts.iter().any(des::is_weak) && !parts.iter().enumerate().any(repeated) {
            return Ok(());
        }
    }
    Err(Error::Crypto("the random source gives weak DES keys only"))
}

impl GenerateKeyMechanism for Generation {
    fn check(&self, params: &Params, template: &AttributeSet) -> Result<()> {
        let (length, _) = kind(params)?;
        match template.ulong(CKA_VALUE_LEN) {
            Some(told) if told != to_ulong(length) => Err(Error::AttributeValueInvalid {
                attribute: CKA_VALUE_LEN,
                why: "local master keys of this kind have another length",
            }),
            _ => Ok(()),
        }
    }

    fn generate(&self, params: &Params, _template: &AttributeSet) -> Result<AttributeSet> {
        let (length, unit) = kind(params)?;
        let mut value = SecretBytes::zeros(length);
        match unit {
            0 => rng::system(value.as_mut())?,
            unit => value.as_mut().chunks_mut(unit).try_for_each(draw)?,
        }
        Ok(AttributeSet::from_iter([(CKA_VALUE, Value::Bytes(value))]))
    }
}
