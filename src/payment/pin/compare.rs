//! Whether two encrypted blocks have the same PIN: verification against a reference that the issuer keeps.

use super::end::{END_LEN, PinEnd};
use super::rows::{Fields, HANDLE_LEN, PIN_KEYS};
use crate::ck::*;
use crate::error::{Error, PinFault, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    FurtherKey, KeyMaterial, KeyRule, MechanismSpec, ParamKind, Params, Roles, Standing, VerifyMechanism,
};
use crate::os::stack;

/// Version, the end of the block, and key and end of the reference.
const PARAM_LEN: usize = 1 + END_LEN + HANDLE_LEN + END_LEN;

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_PIN_COMPARE,
    section: "include/vhsm.h",
    libraries: &[AWS_LC, AES],
    params: ParamKind::Flat {
        min: PARAM_LEN,
        max: PARAM_LEN,
    },
    key: KeyRule {
        acts_as: Some(CKA_DECRYPT),
        further: &[FurtherKey {
            at: 1 + END_LEN,
            function: CKA_DECRYPT,
            rule: &PIN_KEYS,
        }],
        ..PIN_KEYS
    },
    roles: Roles {
        verify: Some(&Compare),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

struct Compare;

struct Asked<'a> {
    end: PinEnd<'a>,
    key: &'a KeyMaterial,
    reference: PinEnd<'a>,
}

impl Asked<'_> {
    fn parse(params: &Params) -> Result<Asked<'_>> {
        let mut fields = Fields::of(params)?;
        Ok(Asked {
            end: fields.end()?,
            key: fields.required_key(0)?,
            reference: fields.end()?,
        })
    }
}

impl VerifyMechanism for Compare {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let asked = Asked::parse(params)?;
        asked.end.check(key)?;
        asked.reference.check(asked.key)?;
        match asked.end.is_of_another_account(&asked.reference) {
            true => Err(Error::Pin(
                PinFault::Format,
                "PINs of two accounts are not compared: one's own would find out another's",
            )),
            false => Ok(()),
        }
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        let asked = Asked::parse(params)?;
        if signature.len() != asked.reference.format.block_len() {
            return Err(Error::SignatureLenRange);
        }
        stack::clean(|| {
            // Both in any case, so that the time does not tell which of them is none of its format.
            let pin = asked.end.open(key, data);
            let reference = asked.reference.open(asked.key, signature);
            match pin?.is(&reference?) {
                true => Ok(()),
                false => Err(Error::SignatureInvalid),
            }
        })
    }
}
