//! What the rows of PINs share: the rules of their keys, and how their parameters are taken apart.

use std::sync::Arc;

use super::end::{END_LEN, PinEnd};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::{FlatWithKeys, KeyMaterial, KeyRule, KeySizes, Params};

/// The version of the parameters' form.
const VERSION: u8 = 1;
/// Bytes of a handle in a parameter.
pub(in crate::payment) const HANDLE_LEN: usize = 8;

/// Keys that encrypt PINs, base keys that such are derived from in the call, and local master keys.
pub(in crate::payment) const PIN_KEYS: KeyRule = KeyRule {
    types: &[CKK_DES2, CKK_DES3, CKK_AES, CKK_DES, CKK_VHSM_LMK],
    sizes: KeySizes::bytes(8, 320),
    usages: &[
        KeyUsage::PIN_ENCRYPTION,
        KeyUsage::BASE_DERIVATION,
        KeyUsage::INITIAL_DUKPT,
        KeyUsage::LOCAL_MASTER,
    ],
    derives_first: true,
    ..KeyRule::NONE
};

/// A parameter that is taken apart from its beginning.
pub(in crate::payment) struct Fields<'a> {
    rest: &'a [u8],
    keys: &'a [Option<Arc<KeyMaterial>>],
}

impl<'a> Fields<'a> {
    /// What stands behind the version.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] for another version.
    pub(in crate::payment) fn of(params: &'a Params) -> Result<Self> {
        match Self::versioned(params)? {
            (VERSION, fields) => Ok(fields),
            _ => Err(Error::MechanismParamInvalid("the parameter's version is 1")),
        }
    }

    /// The version, and what stands behind it.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] if there is none.
    pub(in crate::payment) fn versioned(params: &'a Params) -> Result<(u8, Self)> {
        let (bytes, keys): (_, &[_]) = match params {
            Params::Flat(bytes) => (bytes, &[]),
            Params::FlatWithKeys(flat) => {
                let FlatWithKeys { bytes, keys } = &**flat;
                (bytes, keys)
            }
            _ => return Err(Error::Internal("a PIN mechanism without its parameter")),
        };
        match &**bytes {
            [version, rest @ ..] => Ok((*version, Self { rest, keys })),
            [] => Err(Error::MechanismParamInvalid("it ends too early")),
        }
    }

    /// The next so many bytes.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] if there are fewer.
    pub(in crate::payment) fn bytes<const N: usize>(&mut self) -> Result<&'a [u8; N]> {
        let (bytes, rest) = self
            .rest
            .split_first_chunk()
            .ok_or(Error::MechanismParamInvalid("it ends too early"))?;
        self.rest = rest;
        Ok(bytes)
    }

    /// The next byte.
    ///
    /// # Errors
    /// As [`Fields::bytes`].
    pub(in crate::payment) fn byte(&mut self) -> Result<u8> {
        self.bytes::<1>().map(|[byte]| *byte)
    }

    /// One end of what happens to a PIN.
    ///
    /// # Errors
    /// As [`PinEnd::parse`].
    pub(in crate::payment) fn end(&mut self) -> Result<PinEnd<'a>> {
        PinEnd::parse(self.bytes::<END_LEN>()?)
    }

    /// The end of a block that goes.
    ///
    /// # Errors
    /// As [`PinEnd::parse_destination`].
    pub(in crate::payment) fn destination(&mut self) -> Result<PinEnd<'a>> {
        PinEnd::parse_destination(self.bytes::<END_LEN>()?)
    }

    /// All that is left.
    pub(in crate::payment) fn rest(self) -> &'a [u8] {
        self.rest
    }

    /// The key whose handle comes next: the `number`-th of the row's.
    ///
    /// # Errors
    /// As [`Fields::bytes`].
    pub(in crate::payment) fn key(&mut self, number: usize) -> Result<Option<&'a KeyMaterial>> {
        self.bytes::<HANDLE_LEN>()?;
        Ok(self.keys.get(number).and_then(Option::as_deref))
    }

    /// As [`Fields::key`], where one must be named.
    ///
    /// # Errors
    /// As [`Fields::key`]; [`Error::MechanismParamInvalid`] for the handle 0.
    pub(in crate::payment) fn required_key(&mut self, number: usize) -> Result<&'a KeyMaterial> {
        self.key(number)?
            .ok_or(Error::MechanismParamInvalid("the handle of a key in it is 0"))
    }
}
