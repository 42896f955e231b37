//! PIN change: the value of a new PIN, if the old PIN is right. In one call, so that nobody gets a value for a PIN that
//! the customer did not ask for with the old one.

use super::end::PinEnd;
use super::excluded::{Excluded, TABLE_MAX};
use super::ibm3624;
use super::number::{ClearPin, PIN_MAX};
use super::rows::Fields;
use super::visa::{self, VALUE_LEN};
use crate::ck::*;
use crate::error::{Error, PinFault, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    KeyMaterial, KeyRule, MechanismSpec, ParamKind, Params, Roles, SignMechanism, Standing,
};
use crate::os::stack;

const fn row(
    id: MechanismId,
    length: usize,
    key: KeyRule,
    role: &'static dyn SignMechanism,
) -> MechanismSpec {
    MechanismSpec {
        id,
        section: "include/vhsm.h",
        libraries: &[AWS_LC, AES],
        params: ParamKind::Flat {
            min: length,
            max: length + TABLE_MAX,
        },
        key,
        roles: Roles {
            sign: Some(role),
            ..Roles::NONE
        },
        standing: Standing::CURRENT,
    }
}

/// The rows.
pub static ROWS: &[MechanismSpec] = &[
    row(
        CKM_VHSM_IBM3624_CHANGE,
        ibm3624::PARAM_LEN + PIN_MAX,
        ibm3624::key_rule(ibm3624::READING),
        &Ibm3624,
    ),
    row(
        CKM_VHSM_VISA_PVV_CHANGE,
        visa::PARAM_LEN + VALUE_LEN,
        visa::KEY_RULE,
        &Visa,
    ),
];

/// The old and the new PIN: two blocks of the same form, one behind the other.
fn both(end: &PinEnd<'_>, key: &KeyMaterial, blocks: &[u8]) -> Result<(ClearPin, ClearPin)> {
    let (old, new) = blocks
        .split_at_checked(end.format.block_len())
        .ok_or(Error::DataLenRange("there are two PIN blocks: the old, the new"))?;
    // Both in any case, so that the time does not tell which of them is none of its format.
    let (old, new) = (end.open(key, old), end.open(key, new));
    Ok((old?, new?))
}

/// A PIN that does not give the old value is told as such.
fn incorrect(error: Error) -> Error {
    match error {
        Error::SignatureInvalid | Error::SignatureLenRange => Error::Pin(
            PinFault::Incorrect,
            "the old PIN does not give the value in the parameter",
        ),
        other => other,
    }
}

/// After IBM 3624.
struct Ibm3624;

impl Ibm3624 {
    fn parse(params: &Params) -> Result<(ibm3624::Method<'_>, &[u8], Excluded<'_>)> {
        let mut fields = Fields::of(params)?;
        let method = ibm3624::Method::parse(&mut fields)?;
        let padded = fields.bytes::<PIN_MAX>()?;
        let (offset, rest) = padded
            .split_at_checked(method.length)
            .ok_or(Error::Internal("an offset is too long"))?;
        if !offset.iter().all(u8::is_ascii_digit) || rest.iter().any(|byte| *byte != 0) {
            return Err(Error::MechanismParamInvalid(
                "an offset has as many digits as are checked, and zeros behind them",
            ));
        }
        Ok((method, offset, Excluded::parse(fields.rest())?))
    }
}

impl SignMechanism for Ibm3624 {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        Self::parse(params)?.0.check(key)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        Self::parse(params).map_or(0, |(method, ..)| method.length)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (method, told, excluded) = Self::parse(params)?;
        stack::clean(|| {
            let (old, new) = both(&method.end, method.pin_key, data)?;
            let offset = method.offset(key, &old)?;
            method.check_offset(&offset, told).map_err(incorrect)?;
            excluded.check(&new)?;
            method.write(&method.offset(key, &new)?, out)
        })
    }
}

/// Visa's value.
struct Visa;

impl Visa {
    fn parse(params: &Params) -> Result<(visa::Method<'_>, &[u8; VALUE_LEN], Excluded<'_>)> {
        let mut fields = Fields::of(params)?;
        let method = visa::Method::parse(&mut fields)?;
        let value = fields.bytes::<VALUE_LEN>()?;
        if !value.iter().all(u8::is_ascii_digit) {
            return Err(Error::MechanismParamInvalid("a value has 4 digits"));
        }
        Ok((method, value, Excluded::parse(fields.rest())?))
    }
}

impl SignMechanism for Visa {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        let (method, ..) = Self::parse(params)?;
        method.end.check(method.pin_key)
    }

    fn signature_len(&self, _key: &KeyMaterial, _params: &Params) -> usize {
        VALUE_LEN
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let (method, told, excluded) = Self::parse(params)?;
        stack::clean(|| {
            let (old, new) = both(&method.end, method.pin_key, data)?;
            let right = method.value(key, &old)?;
            if !bool::from(subtle::ConstantTimeEq::ct_eq(&right[..], &told[..])) {
                return Err(incorrect(Error::SignatureInvalid));
            }
            excluded.check(&new)?;
            let value = method.value(key, &new)?;
            let out = out
                .first_chunk_mut()
                .ok_or(Error::Internal("a value has no room"))?;
            *out = *value;
            Ok(())
        })
    }
}
