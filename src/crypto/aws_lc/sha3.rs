//! SHA-3 and SHAKE of whole messages. The library has them behind its generic interface only.

use std::alloc::Layout;

use aws_lc_sys as sys;

use super::{check, wipe};
use crate::crypto::hash::DIGEST_LEN_MAX;
use crate::error::Result;

/// A hash function of FIPS 202.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Sha3_224,
    Sha3_256,
    Sha3_384,
    Sha3_512,
}

impl Function {
    /// The library's name for it, which lives for ever.
    fn method(self) -> *const sys::EVP_MD {
        // SAFETY: these give pointers to constants and take nothing.
        unsafe {
            match self {
                Self::Sha3_224 => sys::EVP_sha3_224(),
                Self::Sha3_256 => sys::EVP_sha3_256(),
                Self::Sha3_384 => sys::EVP_sha3_384(),
                Self::Sha3_512 => sys::EVP_sha3_512(),
            }
        }
    }

    /// Length of the digest in bytes.
    const fn output_len(self) -> usize {
        match self {
            Self::Sha3_224 => 28,
            Self::Sha3_256 => 32,
            Self::Sha3_384 => 48,
            Self::Sha3_512 => 64,
        }
    }
}

/// The digest of a whole message. `out` takes its first bytes, all of it if it is long enough.
pub(crate) fn oneshot(function: Function, data: &[u8], out: &mut [u8]) {
    if out.len() >= function.output_len() {
        return write(function, data, out.as_mut_ptr());
    }
    let mut whole = [0; DIGEST_LEN_MAX];
    write(function, data, whole.as_mut_ptr());
    out.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
    wipe(&mut whole);
}

/// Writes a digest to a place that has room for it.
fn write(function: Function, data: &[u8], place: *mut u8) {
    let mut length = 0;
    // SAFETY: `data` is valid for reads of its length, and `place` has room for the digest.
    let done = unsafe {
        sys::EVP_Digest(
            data.as_ptr().cast(),
            data.len(),
            place,
            &mut length,
            function.method(),
            std::ptr::null_mut(),
        )
    };
    if done != 1 {
        // All that can fail is the memory of the state, some hundred bytes: as for any such piece of memory.
        std::alloc::handle_alloc_error(Layout::new::<[u64; 50]>());
    }
}

/// A context of the generic interface. Owns its state, which the library wipes when it frees it.
struct Context(sys::EVP_MD_CTX);

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it was set up and is given back once.
        unsafe { sys::EVP_MD_CTX_cleanup(&mut self.0) };
    }
}

/// Fills `out` with the start of SHAKE's answer to a message: of SHAKE256, or of SHAKE128.
///
/// # Errors
/// [`crate::error::Error::Crypto`] if the library fails.
pub(crate) fn shake(wide: bool, data: &[u8], out: &mut [u8]) -> Result<()> {
    // SAFETY: all-zero is a value of the structure, and the one that Init gives it.
    let mut context = Context(unsafe { std::mem::zeroed() });
    // SAFETY: the context is set up before it is used, with a function that is a constant of the library; `data` is
    // valid for reads of its length, `out` for writes of its length.
    let done = unsafe {
        sys::EVP_MD_CTX_init(&mut context.0);
        let method = match wide {
            true => sys::EVP_shake256(),
            false => sys::EVP_shake128(),
        };
        let mut done = sys::EVP_DigestInit_ex(&mut context.0, method, std::ptr::null_mut());
        if done == 1 {
            done = sys::EVP_DigestUpdate(&mut context.0, data.as_ptr().cast(), data.len());
        }
        if done == 1 {
            done = sys::EVP_DigestFinalXOF(&mut context.0, out.as_mut_ptr(), out.len());
        }
        done
    };
    check(done, "SHAKE")
}
