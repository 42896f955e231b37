//! CKM_AES_KEY_WRAP, CKM_AES_KEY_WRAP_KWP and CKM_AES_KEY_WRAP_PAD: whole keys only.

use crate::crypto::keywrap::{Integrity, KeyWrap};
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::CipherMechanism;
use crate::mechanism::params::Params;

const OUTPUT: Error = Error::Internal("the output of key wrap");

/// The initial value of RFC 5649, section 3, without the length that follows it.
const KWP_INITIAL_VALUE: &[u8] = &[0xa6, 0x59, 0x59, 0xa6];

/// The initial value that the parameter names.
fn integrity(way: KeyWrap, params: &Params) -> Result<Integrity> {
    const WRONG: Error = Error::Internal("an initial value of a wrong length");
    match (way, params) {
        (_, Params::None) => Ok(Integrity::Standard),
        (KeyWrap::Padded, Params::Iv(iv)) if **iv == *KWP_INITIAL_VALUE => Ok(Integrity::Standard),
        (KeyWrap::Padded, Params::Iv(iv)) => (**iv).try_into().map(Integrity::Prefix).map_err(|_| WRONG),
        (_, Params::Iv(iv)) => (**iv).try_into().map(Integrity::Value).map_err(|_| WRONG),
        _ => Err(Error::Internal("key wrap without its parameter")),
    }
}

fn check(way: KeyWrap, key: &KeyMaterial, params: &Params) -> Result<()> {
    key.secret()?.aes()?;
    integrity(way, params).map(|_| ())
}

pub(super) struct WrapAes(pub(super) KeyWrap);

impl CipherMechanism for WrapAes {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(self.0, key, params)
    }

    fn output_len(&self, _key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        self.0.wrapped_len(input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let length = self.0.wrapped_len(input.len())?;
        let out = out.get_mut(..length).ok_or(OUTPUT)?;
        let integrity = integrity(self.0, params)?;
        self.0.wrap(key.secret()?.aes()?, integrity, input, out)?;
        Ok(length)
    }
}

pub(super) struct UnwrapAes(pub(super) KeyWrap);

impl CipherMechanism for UnwrapAes {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(self.0, key, params)
    }

    fn output_len(&self, _key: &KeyMaterial, _params: &Params, input_len: usize) -> Result<usize> {
        self.0.unwrapped_len_max(input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let length = self.0.unwrapped_len_max(input.len())?;
        let out = out.get_mut(..length).ok_or(OUTPUT)?;
        let integrity = integrity(self.0, params)?;
        self.0.unwrap(key.secret()?.aes()?, integrity, input, out)
    }
}
