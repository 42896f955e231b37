//! The roles of key encapsulation, as traits beside those of `operation.rs`.

use super::key::KeyMaterial;
use super::params::Params;
use crate::error::Result;
use crate::secret::SecretBytes;

/// Making a secret together with the ciphertext that tells it to the owner of a private key.
pub trait EncapsulateMechanism: Sync {
    /// Checks what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// Length of the ciphertext in bytes: exact.
    ///
    /// # Errors
    /// If the library fails.
    fn ciphertext_len(&self, key: &KeyMaterial, params: &Params) -> Result<usize>;

    /// Makes the value of a new secret key, and its ciphertext, for which `ciphertext` has exactly
    /// [`EncapsulateMechanism::ciphertext_len`] bytes. `length` is what the template or the key type asks for in bytes;
    /// `None` takes all that the mechanism gives.
    ///
    /// # Errors
    /// [`Error::KeySizeRange`](crate::error::Error::KeySizeRange) if the mechanism cannot give so much; [`Error::TemplateIncomplete`](crate::error::Error::TemplateIncomplete)
    /// if the length is the caller's to choose.
    fn encapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        length: Option<usize>,
        ciphertext: &mut [u8],
    ) -> Result<SecretBytes>;
}

/// Finding the secret in a ciphertext.
pub trait DecapsulateMechanism: Sync {
    /// Checks what depends on key and parameter together.
    ///
    /// # Errors
    /// What is wrong with the parameter or the key's size.
    fn check(&self, key: &KeyMaterial, params: &Params) -> Result<()>;

    /// The value of the new secret key. `length` as for [`EncapsulateMechanism::encapsulate`]; mechanisms whose
    /// ciphertext tells the length may give another, which is then an error of the template.
    ///
    /// # Errors
    /// [`Error::WrappedKeyLenRange`](crate::error::Error::WrappedKeyLenRange),
    /// [`Error::WrappedKeyInvalid`](crate::error::Error::WrappedKeyInvalid),
    /// [`Error::KeySizeRange`](crate::error::Error::KeySizeRange).
    fn decapsulate(
        &self,
        key: &KeyMaterial,
        params: &Params,
        ciphertext: &[u8],
        length: Option<usize>,
    ) -> Result<SecretBytes>;
}
