//! Visa's PIN verification value of PINs in encrypted blocks.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::end::{ACCOUNT_LEN, END_LEN, PinEnd, account_of};
use super::excluded::{Excluded, TABLE_MAX};
use super::number::ClearPin;
use super::rows::{Fields, HANDLE_LEN, PIN_KEYS};
use crate::ck::*;
use crate::error::{Error, PinFault, Result};
use crate::mechanism::library::{AES, AWS_LC};
use crate::mechanism::{
    FurtherKey, KeyMaterial, KeyRule, KeySizes, MechanismSpec, ParamKind, Params, Roles, SignMechanism,
    Standing, VerifyMechanism,
};
use crate::os::stack;
use crate::payment::domain::Pan;
use crate::payment::pvv::value_of;

/// Version, key index, the handle of the PIN key, its end, and the account of the value.
pub(super) const PARAM_LEN: usize = 1 + 1 + HANDLE_LEN + END_LEN + ACCOUNT_LEN;
/// Digits of a value.
pub(super) const VALUE_LEN: usize = 4;

/// The keys of the method, with a PIN key beside them.
pub(super) const KEY_RULE: KeyRule = KeyRule {
    types: &[CKK_DES2],
    sizes: KeySizes::bytes(16, 16),
    usages: &[KeyUsage::VISA_PIN_VERIFICATION],
    further: &[FurtherKey {
        at: 2,
        function: CKA_DECRYPT,
        rule: &PIN_KEYS,
    }],
    ..KeyRule::NONE
};

/// The rows.
pub static ROWS: &[MechanismSpec] = &[MechanismSpec {
    id: CKM_VHSM_VISA_PVV_BLOCK,
    section: "include/vhsm.h",
    libraries: &[AWS_LC, AES],
    params: ParamKind::Flat {
        min: PARAM_LEN,
        max: PARAM_LEN + TABLE_MAX,
    },
    key: KEY_RULE,
    roles: Roles {
        sign: Some(&Value),
        verify: Some(&Value),
        ..Roles::NONE
    },
    standing: Standing::CURRENT,
}];

/// What a parameter says of the method and of one end.
pub(super) struct Method<'a> {
    index: u8,
    pan: Pan<'a>,
    /// The key of the end.
    pub(super) pin_key: &'a KeyMaterial,
    /// How the PIN's block is formed.
    pub(super) end: PinEnd<'a>,
}

impl<'a> Method<'a> {
    /// Reads it from a parameter.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`]; [`Error::Pin`] for an account that is not the block's, by which the PIN of one
    /// account would become the value of another.
    pub(super) fn parse(fields: &mut Fields<'a>) -> Result<Self> {
        let index = fields.byte()?;
        if !index.is_ascii_digit() {
            return Err(Error::MechanismParamInvalid("the key index is a decimal digit"));
        }
        let (pin_key, end) = (fields.required_key(0)?, fields.end()?);
        let pan = account_of(fields.bytes::<ACCOUNT_LEN>()?, false)?.or(end.pan);
        let pan = pan.filter(|pan| pan.digits().len() >= 12);
        let why = "there is no account number of 12 to 19 digits";
        let pan = pan.ok_or(Error::MechanismParamInvalid(why))?;
        let is_other = |bound: Pan| bound.before_check_digit(12) != pan.before_check_digit(12);
        if end.format.binds_account() && end.pan.is_some_and(is_other) {
            let why = "the value is one of the account that the PIN block has in it";
            return Err(Error::Pin(PinFault::Format, why));
        }
        Ok(Self {
            index,
            pan,
            pin_key,
            end,
        })
    }

    /// The value of a PIN.
    ///
    /// # Errors
    /// [`Error::Internal`].
    pub(super) fn value(&self, key: &KeyMaterial, pin: &ClearPin) -> Result<Zeroizing<[u8; VALUE_LEN]>> {
        let digits = pin.digits().first_chunk::<4>();
        let digits = digits.ok_or(Error::Internal("a PIN has fewer than 4 digits"))?;
        let digits = Zeroizing::new(digits.map(|digit| b'0' | digit));
        value_of(key, self.pan, &[self.index], &digits[..])
    }
}

fn method(params: &Params) -> Result<(Method<'_>, Excluded<'_>)> {
    let mut fields = Fields::of(params)?;
    let method = Method::parse(&mut fields)?;
    Ok((method, Excluded::parse(fields.rest())?))
}

/// The value of a PIN in its block.
struct Value;

impl Value {
    fn compute(key: &KeyMaterial, params: &Params, block: &[u8]) -> Result<Zeroizing<[u8; VALUE_LEN]>> {
        let (method, excluded) = method(params)?;
        stack::clean(|| {
            let pin = method.end.open(method.pin_key, block)?;
            excluded.check(&pin)?;
            method.value(key, &pin)
        })
    }
}

impl SignMechanism for Value {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        let (method, _) = method(params)?;
        method.end.check(method.pin_key)
    }

    fn signature_len(&self, _key: &KeyMaterial, _params: &Params) -> usize {
        VALUE_LEN
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let value = Self::compute(key, params, data)?;
        let out = out
            .first_chunk_mut()
            .ok_or(Error::Internal("a value has no room"))?;
        *out = *value;
        Ok(())
    }
}

impl VerifyMechanism for Value {
    fn check(&self, _key: &KeyMaterial, params: &Params) -> Result<()> {
        let (method, excluded) = method(params)?;
        excluded.check_none()?;
        method.end.check(method.pin_key)
    }

    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()> {
        if signature.len() != VALUE_LEN {
            return Err(Error::SignatureLenRange);
        }
        let value = Self::compute(key, params, data)?;
        match bool::from(value.ct_eq(signature)) {
            true => Ok(()),
            false => Err(Error::SignatureInvalid),
        }
    }
}
