//! MACs that are checked under one key and made anew under another.

use super::form::{Form, TOO_SHORT};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{FlatWithKeys, KeyMaterial, Params, SignMechanism};
use crate::payment::parameter::versioned;

/// Bytes of a handle in a parameter.
pub(super) const HANDLE_LEN: usize = 8;

/// A MAC under another key, if the one that is given is right.
pub(super) struct Translate;

struct Asked<'a> {
    from: Form,
    key: &'a KeyMaterial,
    to: Form,
    mac: &'a [u8],
}

impl Translate {
    fn parse(params: &Params) -> Result<Asked<'_>> {
        let Params::FlatWithKeys(flat) = params else {
            return Err(Error::Internal("a translation without its parameter"));
        };
        let FlatWithKeys { bytes, keys } = &**flat;
        let (from, rest) = versioned(bytes)?.split_first_chunk().ok_or(TOO_SHORT)?;
        let (_handle, rest) = rest.split_first_chunk::<HANDLE_LEN>().ok_or(TOO_SHORT)?;
        let (to, mac) = rest.split_first_chunk().ok_or(TOO_SHORT)?;
        let [Some(key), ..] = keys else {
            return Err(Error::MechanismParamInvalid("the handle of a key in it is 0"));
        };
        let asked = Asked {
            from: Form::parse(from, &[])?,
            key,
            to: Form::parse(to, &[])?,
            mac,
        };
        match asked.mac.len() == asked.from.mac_len {
            true => Ok(asked),
            false => Err(Error::MechanismParamInvalid(
                "the MAC to check has another length than is told before it",
            )),
        }
    }
}

impl SignMechanism for Translate {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let asked = Self::parse(params)?;
        asked.from.check(key, CKA_VERIFY)?;
        asked.to.check(asked.key, CKA_SIGN)
    }

    fn signature_len(&self, _key: &KeyMaterial, params: &Params) -> usize {
        Self::parse(params).map_or(0, |asked| asked.to.mac_len)
    }

    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()> {
        let Asked {
            from,
            key: further,
            to,
            mac,
        } = Self::parse(params)?;
        let (_, verify) = from.macs(key);
        verify
            .verify(&*from.keying.key(key)?, &from.params, data, mac)
            .map_err(|error| match error {
                // [PKCS#11 3.2, 5.13.2] C_Sign has no answer for a wrong signature.
                Error::SignatureInvalid => Error::DataInvalid("the MAC to check is not that of the message"),
                other => other,
            })?;
        let (sign, _) = to.macs(further);
        sign.sign(&*to.keying.key(further)?, &to.params, data, out)
    }
}
