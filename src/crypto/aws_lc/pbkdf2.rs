//! PBKDF2 [RFC 8018, 5.2].

use aws_lc_sys as sys;

use super::check;
use super::digest::Function;
use crate::error::{Error, Result};

/// Derives `out` from a password with HMAC. `iterations` is at least 1.
///
/// # Errors
/// [`Error::Internal`] for hashes that no PBKDF2 of the standard names; [`Error::Crypto`] if the library fails.
pub(crate) fn pbkdf2(
    function: Function,
    password: &[u8],
    salt: &[u8],
    iterations: u32,
    out: &mut [u8],
) -> Result<()> {
    // SAFETY: each gives a constant of the library.
    let digest = unsafe {
        match function {
            Function::Sha1 => sys::EVP_sha1(),
            Function::Sha224 => sys::EVP_sha224(),
            Function::Sha256 => sys::EVP_sha256(),
            Function::Sha384 => sys::EVP_sha384(),
            Function::Sha512 => sys::EVP_sha512(),
            Function::Sha512_224 => sys::EVP_sha512_224(),
            Function::Sha512_256 => sys::EVP_sha512_256(),
            Function::Sha512T(_) | Function::Md5 | Function::Ripemd160 => {
                return Err(Error::Internal("PBKDF2 with a hash that it is not offered with"));
            }
        }
    };
    // SAFETY: password, salt and output are valid for their lengths; the digest is the library's own.
    let status = unsafe {
        sys::PKCS5_PBKDF2_HMAC(
            password.as_ptr().cast(),
            password.len(),
            salt.as_ptr(),
            salt.len(),
            iterations,
            digest,
            out.len(),
            out.as_mut_ptr(),
        )
    };
    check(status, "PKCS5_PBKDF2_HMAC")
}
