//! The roles a mechanism can play, as traits. A row points at implementations that live for ever.
//!
//! Each role has a one-shot form, which runs straight from the caller's input into the caller's output, and a
//! streaming form, made only when the first `…Update` comes. The callers (`session/`) guarantee what the methods
//! say of their arguments; lengths are asked for before anything is spent.

use std::sync::Arc;

pub use super::derivation::DeriveMechanism;
use super::key::KeyMaterial;
pub use super::key_operation::*;
use super::params::Params;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// The answer of a mechanism that works on whole messages only [PKCS#11 3.2, 5.2: single-part mechanisms].
pub(crate) fn single_part_only<T>() -> Result<T> {
    Err(Error::FunctionNotSupported(
        "a multi-part operation with this mechanism",
    ))
}

/// Encryption or decryption.
pub trait CipherMechanism: Sync {
    /// Checks at Init what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Bytes of output that suffice for `input_len` bytes of input in one shot; exact for encryption.
    ///
    /// # Errors
    /// If no input of this length can be processed.
    fn output_len(&self, key: &KeyMaterial, params: &Params, input_len: usize) -> Result<usize>;

    /// Processes a whole message. `out` has at least [`CipherMechanism::output_len`] bytes and does not overlap
    /// `input`; gives the bytes written.
    ///
    /// # Errors
    /// What is wrong with the data; then nothing secret is left in `out`.
    fn oneshot(&self, key: &KeyMaterial, params: &Params, input: &[u8], out: &mut [u8]) -> Result<usize>;

    /// Begins a multi-part operation.
    ///
    /// # Errors
    /// If the mechanism is single-part only.
    fn stream(&self, _key: &Arc<KeyMaterial>, _params: &Params) -> Result<Box<dyn CipherStream>> {
        single_part_only()
    }

    /// Whether a padding that nothing protects says how long the plaintext is: then a plaintext of an unexpected length
    /// must look like one whose padding is wrong.
    fn is_padded(&self) -> bool {
        false
    }

    /// Goes on from where [`CipherStream::save`] was called, with the same key and parameter.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`] if it is no such state.
    fn restore(
        &self,
        _key: &Arc<KeyMaterial>,
        _params: &Params,
        _saved: &[u8],
    ) -> Result<Box<dyn CipherStream>> {
        Err(Error::SavedStateInvalid)
    }
}

/// A multi-part encryption or decryption under way.
pub trait CipherStream: Send {
    /// Bytes that the next `update` with `input_len` bytes writes: exact.
    fn update_len(&self, input_len: usize) -> usize;

    /// Takes input. `out` has at least [`CipherStream::update_len`] bytes and does not overlap `input`.
    ///
    /// # Errors
    /// What is wrong with the data; the operation then ends.
    fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<usize>;

    /// Bytes that suffice for `finish`.
    fn finish_len(&self) -> usize;

    /// Ends the message. `out` has at least [`CipherStream::finish_len`] bytes; gives the bytes written.
    ///
    /// # Errors
    /// What is wrong with the data.
    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<usize>;

    /// The state so far, for another session to go on with: what [`CipherMechanism::restore`] takes.
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`] if the mechanism's states cannot leave their library.
    fn save(&self) -> Result<SecretBytes> {
        Err(Error::StateUnsaveable)
    }
}

/// A message digest.
pub trait DigestMechanism: Sync {
    /// The digest that the parameter names: this one, if the mechanism takes none.
    ///
    /// # Errors
    /// [`Error::MechanismParamInvalid`] if the parameter names none.
    fn with(&'static self, params: &Params) -> Result<&'static dyn DigestMechanism>;

    /// Length of the digest in bytes.
    fn digest_len(&self) -> usize;

    /// Digests a whole message. `out` has exactly [`DigestMechanism::digest_len`] bytes.
    ///
    /// # Errors
    /// If the library fails.
    fn digest(&self, data: &[u8], out: &mut [u8]) -> Result<()>;

    /// Begins a multi-part digest.
    fn stream(&self) -> Box<dyn DigestStream>;

    /// Goes on from where [`DigestStream::save`] was called.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`] if it is no such state.
    fn restore(&self, _saved: &[u8]) -> Result<Box<dyn DigestStream>> {
        Err(Error::SavedStateInvalid)
    }
}

/// A multi-part digest under way.
pub trait DigestStream: Send {
    /// Takes data.
    fn update(&mut self, data: &[u8]);

    /// Ends the message. `out` has exactly the digest's length.
    ///
    /// # Errors
    /// If the library fails.
    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<()>;

    /// The state so far, for another session to go on with: what [`DigestMechanism::restore`] takes.
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`] if the mechanism's states cannot leave their library.
    fn save(&self) -> Result<SecretBytes> {
        Err(Error::StateUnsaveable)
    }
}

/// Making signatures and MACs.
pub trait SignMechanism: Sync {
    /// Checks at Init what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Length of every signature with this key and parameter in bytes: exact.
    fn signature_len(&self, key: &KeyMaterial, params: &Params) -> usize;

    /// Signs a whole message. `out` has exactly [`SignMechanism::signature_len`] bytes.
    ///
    /// # Errors
    /// What is wrong with the data.
    fn sign(&self, key: &KeyMaterial, params: &Params, data: &[u8], out: &mut [u8]) -> Result<()>;

    /// Begins a multi-part signature.
    ///
    /// # Errors
    /// If the mechanism is single-part only.
    fn stream(&self, _key: &Arc<KeyMaterial>, _params: &Params) -> Result<Box<dyn SignStream>> {
        single_part_only()
    }

    /// Goes on from where [`SignStream::save`] was called, with the same key and parameter.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`] if it is no such state.
    fn restore(
        &self,
        _key: &Arc<KeyMaterial>,
        _params: &Params,
        _saved: &[u8],
    ) -> Result<Box<dyn SignStream>> {
        Err(Error::SavedStateInvalid)
    }

    /// For keys that count their signatures; then [`SignMechanism::sign`] is not called.
    fn counting(&self) -> Option<&dyn super::counting::CountingSign> {
        None
    }
}

/// A multi-part signature under way.
pub trait SignStream: Send {
    /// Takes data.
    ///
    /// # Errors
    /// What is wrong with the data; the operation then ends.
    fn update(&mut self, data: &[u8]) -> Result<()>;

    /// Ends the message. `out` has exactly the signature's length.
    ///
    /// # Errors
    /// What is wrong with the data.
    fn finish(self: Box<Self>, out: &mut [u8]) -> Result<()>;

    /// The state so far, for another session to go on with: what [`SignMechanism::restore`] takes.
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`] if the mechanism's states cannot leave their library.
    fn save(&self) -> Result<SecretBytes> {
        Err(Error::StateUnsaveable)
    }
}

/// Checking signatures and MACs.
pub trait VerifyMechanism: Sync {
    /// Checks at Init what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Checks the signature of a whole message.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`] for a wrong length, [`Error::SignatureInvalid`] for a wrong value, or what is
    /// wrong with the data.
    fn verify(&self, key: &KeyMaterial, params: &Params, data: &[u8], signature: &[u8]) -> Result<()>;

    /// Begins a multi-part verification.
    ///
    /// # Errors
    /// If the mechanism is single-part only.
    fn stream(&self, _key: &Arc<KeyMaterial>, _params: &Params) -> Result<Box<dyn VerifyStream>> {
        single_part_only()
    }

    /// Goes on from where [`VerifyStream::save`] was called, with the same key and parameter.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`] if it is no such state.
    fn restore(
        &self,
        _key: &Arc<KeyMaterial>,
        _params: &Params,
        _saved: &[u8],
    ) -> Result<Box<dyn VerifyStream>> {
        Err(Error::SavedStateInvalid)
    }
}

/// A multi-part verification under way.
pub trait VerifyStream: Send {
    /// Takes data.
    ///
    /// # Errors
    /// What is wrong with the data; the operation then ends.
    fn update(&mut self, data: &[u8]) -> Result<()>;

    /// Ends the message and checks its signature.
    ///
    /// # Errors
    /// As [`VerifyMechanism::verify`].
    fn finish(self: Box<Self>, signature: &[u8]) -> Result<()>;

    /// The state so far, for another session to go on with: what [`VerifyMechanism::restore`] takes.
    ///
    /// # Errors
    /// [`Error::StateUnsaveable`] if the mechanism's states cannot leave their library.
    fn save(&self) -> Result<SecretBytes> {
        Err(Error::StateUnsaveable)
    }
}

/// Getting data back out of the signature that was made of it.
pub trait RecoverMechanism: Sync {
    /// Checks at Init what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Bytes that suffice for the data of any signature.
    ///
    /// # Errors
    /// If the key does not fit.
    fn data_len(&self, key: &KeyMaterial, params: &Params) -> Result<usize>;

    /// Checks a signature and writes its data. `out` has at least [`RecoverMechanism::data_len`] bytes; gives the bytes
    /// written.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`] for a wrong length, [`Error::SignatureInvalid`] for a wrong value.
    fn recover(&self, key: &KeyMaterial, params: &Params, signature: &[u8], out: &mut [u8]) -> Result<usize>;
}
