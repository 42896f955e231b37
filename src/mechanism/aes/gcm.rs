//! CKM_AES_GCM. The tag stands behind the ciphertext. Decryption gives no plaintext before the tag is checked, so
//! that in pieces all of it comes at the end.

use std::sync::Arc;

use crate::crypto::gcm::{GcmEncryption, tag_len};
use crate::error::{Error, Result};
use crate::mechanism::key::KeyMaterial;
use crate::mechanism::operation::{CipherMechanism, CipherStream};
use crate::mechanism::params::Params;

const OUTPUT: Error = Error::Internal("the output of GCM");
const NO_TAG: Error = Error::EncryptedDataLenRange("the ciphertext is shorter than its tag");

/// Initialisation vector, additional data and the length of the tag in bytes.
fn parts(params: &Params) -> Result<(&[u8], &[u8], usize)> {
    match params {
        Params::Gcm { iv, aad, tag_bits } => Ok((iv, aad, tag_len(*tag_bits)?)),
        _ => Err(Error::Internal("GCM without its parameter")),
    }
}

fn check(key: &KeyMaterial, params: &Params) -> Result<()> {
    key.secret()?.gcm()?;
    parts(params).map(|_| ())
}

fn open(key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
    let (iv, aad, tag_len) = parts(params)?;
    let length = input.len().checked_sub(tag_len).ok_or(NO_TAG)?;
    let (ciphertext, tag) = input.split_at_checked(length).ok_or(NO_TAG)?;
    let out = out.get_mut(..length).ok_or(OUTPUT)?;
    let opened = key.secret()?.gcm()?.open(iv, aad, ciphertext, tag, out);
    match opened {
        Ok(()) => Ok(length),
        // [PKCS#11 3.2, 5.10] C_Decrypt has one word for a ciphertext that is not one.
        Err(Error::AeadDecryptFailed) => Err(Error::EncryptedDataInvalid),
        Err(error) => Err(error),
    }
}

pub(super) struct EncryptGcm;

impl CipherMechanism for EncryptGcm {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params)
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        let (_, _, tag_len) = parts(params)?;
        input_len
            .checked_add(tag_len)
            .ok_or(Error::DataLenRange("the data is too long"))
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let (iv, aad, tag_len) = parts(params)?;
        let (ciphertext, rest) = out.split_at_mut_checked(input.len()).ok_or(OUTPUT)?;
        let tag = rest.get_mut(..tag_len).ok_or(OUTPUT)?;
        key.secret()?.gcm()?.seal(iv, aad, input, ciphertext, tag)?;
        Ok(input.len().saturating_add(tag_len))
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        let (iv, aad, tag_len) = parts(params)?;
        Ok(Box::new(EncryptStream {
            encryption: key.secret()?.gcm()?.stream(iv, aad)?,
            tag_len,
        }))
    }
}

struct EncryptStream {
    encryption: GcmEncryption,
    tag_len: usize,
}

impl CipherStream for EncryptStream {
    fn update_len(&self, input_len: usize) -> usize {
        input_len
    }

    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        self.encryption.update(input, out)?;
        Ok(input.len())
    }

    fn finish_len(&self) -> usize {
        self.tag_len
    }

    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<usize> {
        let tag_len = self.tag_len;
        self.encryption.finish(out.get_mut(..tag_len).ok_or(OUTPUT)?)?;
        Ok(tag_len)
    }
}

pub(super) struct DecryptGcm;

impl CipherMechanism for DecryptGcm {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        check(key, params)
    }

    fn output_len(&self, _key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        let (_, _, tag_len) = parts(params)?;
        input_len.checked_sub(tag_len).ok_or(NO_TAG)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        open(key, params, input, out)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        let (_, _, tag_len) = parts(params)?;
        Ok(Box::new(DecryptStream {
            key: Arc::clone(key),
            params: params.clone(),
            ciphertext: Vec::new(),
            tag_len,
        }))
    }
}

/// Gathers the ciphertext.
struct DecryptStream {
    key: Arc<KeyMaterial>,
    params: Params,
    ciphertext: Vec<u8>,
    tag_len: usize,
}

impl CipherStream for DecryptStream {
    fn update_len(&self, _input_len: usize) -> usize {
        0
    }

    fn update(&mut self, input: &[u8], _out: &mut [u8]) -> Result<usize> {
        self.ciphertext
            .try_reserve(input.len())
            .map_err(|_| Error::HostMemory)?;
        self.ciphertext.extend_from_slice(input);
        Ok(0)
    }

    fn finish_len(&self) -> usize {
        self.ciphertext.len().saturating_sub(self.tag_len)
    }

    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<usize> {
        open(&self.key, &self.params, &self.ciphertext, out)
    }
}
