//! AEADs made into mechanisms: the tag stands behind the ciphertext. Decryption gives no plaintext before the tag is
//! checked, so that in pieces all of it comes at the end.

use std::sync::Arc;

use super::key::KeyMaterial;
use super::operation::{CipherMechanism, CipherStream};
use super::params::Params;
use crate::error::{Error, Result};

const OUTPUT: Error = Error::Internal("the output of an AEAD");
const NO_TAG: Error = Error::EncryptedDataLenRange("the ciphertext is shorter than its tag");

/// An AEAD with key and parameter at hand.
pub(super) trait Aead: Copy + Send + Sync + 'static {
    /// A message that is encrypted in pieces.
    type Sealing: Send;

    /// Checks key and parameter; gives the length of the tag in bytes.
    fn check(self, key: &KeyMaterial, params: &Params) -> Result<usize>;

    /// Whether the parameter allows messages of this length in bytes. A shorter one may go on.
    fn check_len(self, params: &Params, length: usize) -> Result<LengthFits>;

    /// Encrypts a message; `out` is as long.
    fn seal(
        self,
        key: &KeyMaterial,
        params: &Params,
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()>;

    /// Decrypts a message whose tag fits; `out` is as long, and zero after an error.
    fn open(self, key: &KeyMaterial, params: &Params, input: &[u8], tag: &[u8], out: &mut [u8])
    -> Result<()>;

    /// Begins a message.
    fn begin(self, key: &KeyMaterial, params: &Params) -> Result<Self::Sealing>;

    /// Encrypts some bytes; `out` has as many.
    fn update(
        self,
        key: &KeyMaterial,
        sealing: &mut Self::Sealing,
        input: &[u8],
        out: &mut [u8],
    ) -> Result<()>;

    /// Ends the message.
    fn finish(self, key: &KeyMaterial, sealing: Self::Sealing, tag: &mut [u8]) -> Result<()>;
}

/// How a length compares with what the parameter says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LengthFits {
    /// It is right.
    Yes,
    /// More must come.
    TooShort,
    /// There is too much.
    TooLong,
}

const NOT_AS_SAID: &str = "the message has not the length that its parameter says";

/// The encryption of an AEAD.
pub(super) struct Seal<A>(pub(super) A);

impl<A: Aead> CipherMechanism for Seal<A> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.0.check(key, params).map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        let tag_len = self.0.check(key, params)?;
        if self.0.check_len(params, input_len)? != LengthFits::Yes {
            return Err(Error::DataLenRange(NOT_AS_SAID));
        }
        input_len
            .checked_add(tag_len)
            .ok_or(Error::DataLenRange("the data is too long"))
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let length = self.output_len(key, params, input.len())?;
        let (ciphertext, rest) = out.split_at_mut_checked(input.len()).ok_or(OUTPUT)?;
        let tag_len = length.saturating_sub(input.len());
        let tag = rest.get_mut(..tag_len).ok_or(OUTPUT)?;
        self.0.seal(key, params, input, ciphertext, tag)?;
        Ok(length)
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(SealStream {
            aead: self.0,
            sealing: self.0.begin(key, params)?,
            tag_len: self.0.check(key, params)?,
            key: Arc::clone(key),
        }))
    }
}

struct SealStream<A: Aead> {
    aead: A,
    sealing: A::Sealing,
    tag_len: usize,
    key: Arc<KeyMaterial>,
}

impl<A: Aead> CipherStream for SealStream<A> {
    fn update_len(&self, input_len: usize) -> usize {
        input_len
    }

    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let out = out.get_mut(..input.len()).ok_or(OUTPUT)?;
        self.aead.update(&self.key, &mut self.sealing, input, out)?;
        Ok(input.len())
    }

    fn finish_len(&self) -> usize {
        self.tag_len
    }

    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<usize> {
        let this = *self;
        let tag = out.get_mut(..this.tag_len).ok_or(OUTPUT)?;
        this.aead.finish(&this.key, this.sealing, tag)?;
        Ok(this.tag_len)
    }
}

/// The decryption of an AEAD.
pub(super) struct Open<A>(pub(super) A);

impl<A: Aead> Open<A> {
    fn data_len(&self, params: &Params, tag_len: usize, input_len: usize) -> Result<usize> {
        let length = input_len.checked_sub(tag_len).ok_or(NO_TAG)?;
        match self.0.check_len(params, length)? {
            LengthFits::Yes => Ok(length),
            _ => Err(Error::EncryptedDataLenRange(NOT_AS_SAID)),
        }
    }
}

impl<A: Aead> CipherMechanism for Open<A> {
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()> {
        self.0.check(key, params).map(|_| ())
    }

    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize> {
        self.data_len(params, self.0.check(key, params)?, input_len)
    }

    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize> {
        let length = self.output_len(key, params, input.len())?;
        let (ciphertext, tag) = input.split_at_checked(length).ok_or(NO_TAG)?;
        let out = out.get_mut(..length).ok_or(OUTPUT)?;
        match self.0.open(key, params, ciphertext, tag, out) {
            Ok(()) => Ok(length),
            // [PKCS#11 3.2, 5.10] C_Decrypt has one word for a ciphertext that is not one.
            Err(Error::AeadDecryptFailed) => Err(Error::EncryptedDataInvalid),
            Err(error) => Err(error),
        }
    }

    fn stream(&self, key: &Arc<KeyMaterial>, params: &Params) -> Result<Box<dyn CipherStream>> {
        Ok(Box::new(OpenStream {
            open: Self(self.0),
            tag_len: self.0.check(key, params)?,
            key: Arc::clone(key),
            params: params.clone(),
            ciphertext: Vec::new(),
        }))
    }
}

/// Gathers the ciphertext.
struct OpenStream<A> {
    open: Open<A>,
    tag_len: usize,
    key: Arc<KeyMaterial>,
    params: Params,
    ciphertext: Vec<u8>,
}

impl<A: Aead> CipherStream for OpenStream<A> {
    fn update_len(&self, _input_len: usize) -> usize {
        0
    }

    fn update(&mut self, input: &[u8], _out: &mut [u8]) -> Result<usize> {
        let total = self.ciphertext.len().saturating_add(input.len());
        let length = total.saturating_sub(self.tag_len);
        if self.open.0.check_len(&self.params, length)? == LengthFits::TooLong {
            return Err(Error::EncryptedDataLenRange(NOT_AS_SAID));
        }
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
        self.open.oneshot(&self.key, &self.params, &self.ciphertext, out)
    }
}
