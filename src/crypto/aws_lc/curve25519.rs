//! X25519 and Ed25519 on byte arrays.

use aws_lc_sys as sys;

use super::check;
use crate::error::{Error, Result};

/// Writes the X25519 public key of a private key.
pub(crate) fn x25519_public(private: &[u8; 32], public: &mut [u8; 32]) {
    // SAFETY: both arrays have the length that the call reads and writes.
    unsafe { sys::X25519_public_from_private(public.as_mut_ptr(), private.as_ptr()) }
}

/// Writes the X25519 shared secret.
///
/// # Errors
/// [`Error::PublicKeyInvalid`] if the secret is all zeros, that is, if the other side's key has a small order.
pub(crate) fn x25519(private: &[u8; 32], peer: &[u8; 32], shared: &mut [u8; 32]) -> Result<()> {
    // SAFETY: all arrays have the length that the call reads and writes.
    let status = unsafe { sys::X25519(shared.as_mut_ptr(), private.as_ptr(), peer.as_ptr()) };
    check(status, "X25519").map_err(|_| Error::PublicKeyInvalid("the point has a small order"))
}

/// Which form of Ed25519 [RFC 8032, 5.1].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form<'a> {
    /// Ed25519.
    Pure,
    /// Ed25519ctx: a context of 1 to 255 bytes.
    Context(&'a [u8]),
    /// Ed25519ph: a context of 0 to 255 bytes; the message is given as its SHA-512 digest.
    Prehashed(&'a [u8]),
}

/// Signs. `key` is the seed followed by the public key.
///
/// # Errors
/// [`Error::Crypto`] if the context or the digest has a wrong length.
pub(crate) fn ed25519_sign(
    key: &[u8; 64],
    form: Form<'_>,
    message: &[u8],
    signature: &mut [u8; 64],
) -> Result<()> {
    let (out, key) = (signature.as_mut_ptr(), key.as_ptr());
    let (text, length) = (message.as_ptr(), message.len());
    // SAFETY: `out` is valid for 64 bytes, `key` for 64; every other pointer goes with its length, or, for a digest,
    // has been checked to have 64 bytes.
    let status = unsafe {
        match form {
            Form::Pure => sys::ED25519_sign(out, text, length, key),
            Form::Context(context) => {
                sys::ED25519ctx_sign(out, text, length, key, context.as_ptr(), context.len())
            }
            Form::Prehashed(context) => {
                check_digest(message)?;
                sys::ED25519ph_sign_digest(out, text, key, context.as_ptr(), context.len())
            }
        }
    };
    check(status, "ED25519_sign")
}

/// Whether the signature fits.
///
/// # Errors
/// [`Error::Crypto`] if the digest has a wrong length.
pub(crate) fn ed25519_verify(
    public: &[u8; 32],
    form: Form<'_>,
    message: &[u8],
    signature: &[u8; 64],
) -> Result<bool> {
    let (signature, public) = (signature.as_ptr(), public.as_ptr());
    let (text, length) = (message.as_ptr(), message.len());
    // SAFETY: as in `ed25519_sign`, with 64 bytes of signature and 32 of key.
    let status = unsafe {
        match form {
            Form::Pure => sys::ED25519_verify(text, length, signature, public),
            Form::Context(context) => {
                sys::ED25519ctx_verify(text, length, signature, public, context.as_ptr(), context.len())
            }
            Form::Prehashed(context) => {
                check_digest(message)?;
                sys::ED25519ph_verify_digest(text, signature, public, context.as_ptr(), context.len())
            }
        }
    };
    Ok(check(status, "ED25519_verify").is_ok())
}

fn check_digest(digest: &[u8]) -> Result<()> {
    match digest.len() {
        64 => Ok(()),
        _ => Err(Error::Crypto("Ed25519ph signs a SHA-512 digest")),
    }
}

/// Writes seed and public key of an Ed25519 key, one after the other.
pub(crate) fn ed25519_pair(seed: &[u8; 32], pair: &mut [u8; 64]) {
    let mut public = [0; 32];
    // SAFETY: all arrays have the lengths that the call reads and writes.
    unsafe { sys::ED25519_keypair_from_seed(public.as_mut_ptr(), pair.as_mut_ptr(), seed.as_ptr()) }
}
