//! What a format that carries an AES key of its own does with the key that is wrapped: CKM_AES_KEY_WRAP_KWP.

use super::{as_unwrapping_error, as_wrapping_error};
use crate::crypto::aes::AesKey;
use crate::crypto::keywrap::{Integrity, KeyWrap};
use crate::error::Result;
use crate::secret::SecretBytes;

/// Length of the wrapped form of so many bytes.
pub(in crate::mechanism) fn wrapped_len(length: usize) -> Result<usize> {
    KeyWrap::Padded.wrapped_len(length).map_err(as_wrapping_error)
}

/// Wraps into all of `out`, which has [`wrapped_len`] bytes.
pub(in crate::mechanism) fn wrap(aes_key: &[u8], payload: &[u8], out: &mut [u8]) -> Result<()> {
    let key = AesKey::new(aes_key)?;
    KeyWrap::Padded
        .wrap(&key, Integrity::Standard, payload, out)
        .map_err(as_wrapping_error)
}

/// Refuses a length that no wrapped key has.
pub(in crate::mechanism) fn check_len(wrapped_len: usize) -> Result<()> {
    let length = KeyWrap::Padded.unwrapped_len_max(wrapped_len);
    length.map(|_| ()).map_err(as_unwrapping_error)
}

/// Unwraps.
pub(in crate::mechanism) fn unwrap(aes_key: &[u8], wrapped: &[u8]) -> Result<SecretBytes> {
    let key = AesKey::new(aes_key)?;
    let length = KeyWrap::Padded
        .unwrapped_len_max(wrapped.len())
        .map_err(as_unwrapping_error)?;
    let mut payload = SecretBytes::zeros(length);
    let length = KeyWrap::Padded
        .unwrap(&key, Integrity::Standard, wrapped, payload.as_mut())
        .map_err(as_unwrapping_error)?;
    Ok(payload.get(..length).unwrap_or_default().into())
}
