//! Encrypted data under another key.

use zeroize::Zeroize;

use super::form::{Direction, END_LEN, Form, TOO_SHORT};
use crate::error::{Error, Result};
use crate::mechanism::{CipherMechanism, FlatWithKeys, KeyMaterial, Params};
use crate::payment::parameter::versioned;
use crate::secret::SecretBytes;

/// Bytes of a handle in a parameter.
pub(super) const HANDLE_LEN: usize = 8;
/// Version, the end that the data comes from, and key and end that it goes to.
pub(super) const PARAM_LEN: usize = 1 + END_LEN + HANDLE_LEN + END_LEN;

/// Decryption under one key and encryption under the other, without the data leaving.
pub(super) struct Translate;

struct Asked<'a> {
    from: Form<'a>,
    key: &'a KeyMaterial,
    to: Form<'a>,
}

impl Translate {
    fn parse<'a>(key: &KeyMaterial, params: &'a Params) -> Result<Asked<'a>> {
        let Params::FlatWithKeys(flat) = params else {
            return Err(Error::Internal("a translation without its parameter"));
        };
        let FlatWithKeys { bytes, keys } = &**flat;
        let (from, rest) = versioned(bytes)?.split_first_chunk().ok_or(TOO_SHORT)?;
        let (_handle, rest) = rest.split_first_chunk::<HANDLE_LEN>().ok_or(TOO_SHORT)?;
        let to = rest.first_chunk().ok_or(TOO_SHORT)?;
        let [Some(further), ..] = keys else {
            return Err(Error::MechanismParamInvalid("the handle of a key in it is 0"));
        };
        Ok(Asked {
            from: Form::parse_end(from)?.cut(key)?,
            key: further,
            to: Form::parse_end(to)?.cut(further)?,
        })
    }
}

impl CipherMechanism for Translate {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        let asked = Self::parse(key, params)?;
        asked.from.check(Direction::Decrypt, key)?;
        asked.to.check(Direction::Encrypt, asked.key)
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        let asked = Self::parse(key, params)?;
        let length = asked.from.output_len(Direction::Decrypt, key, input_len)?;
        asked
            .to
            .output_len(Direction::Encrypt, asked.key, length)
            .map_err(|_| {
                Error::EncryptedDataLenRange("the data is not whole blocks of the cipher that it goes to")
            })
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let asked = Self::parse(key, params)?;
        let mut data = SecretBytes::zeros(input.len());
        let length = asked
            .from
            .oneshot(Direction::Decrypt, key, input, data.as_mut())?;
        let clear = data.get(..length).unwrap_or_default();
        let written = asked.to.oneshot(Direction::Encrypt, asked.key, clear, out);
        if written.is_err() {
            out.zeroize();
        }
        written
    }
}
