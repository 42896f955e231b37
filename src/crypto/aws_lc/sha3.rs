//! SHA-3 and SHAKE. The library knows them behind its generic interface only, whose states live on the heap; it wipes
//! what it frees.

use std::alloc::Layout;
use std::ffi::c_uint;

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

/// A context of the generic interface. Owns what it points to.
struct Context(sys::EVP_MD_CTX);

impl Context {
    fn empty() -> Self {
        // SAFETY: all-zero is a value of the structure, and the one that Init gives it.
        unsafe {
            let mut context = std::mem::zeroed();
            sys::EVP_MD_CTX_init(&mut context);
            Self(context)
        }
    }

    /// The state before the first byte.
    fn begun(method: *const sys::EVP_MD) -> Self {
        let mut context = Self::empty();
        // SAFETY: the context was set up, and `method` is a constant of the library.
        let done = unsafe { sys::EVP_DigestInit_ex(&mut context.0, method, std::ptr::null_mut()) };
        must_have_memory(done);
        context
    }

    fn update(&mut self, data: &[u8]) {
        // SAFETY: the context has a function; `data` is valid for reads of its length. Cannot fail.
        unsafe { sys::EVP_DigestUpdate(&mut self.0, data.as_ptr().cast(), data.len()) };
    }
}

/// All that can fail here is the memory of a state, some hundred bytes: as for any other such piece of memory.
fn must_have_memory(done: i32) {
    if done != 1 {
        std::alloc::handle_alloc_error(Layout::new::<[u64; 50]>());
    }
}

impl Clone for Context {
    fn clone(&self) -> Self {
        let mut copy = Self::empty();
        // SAFETY: both were set up, and the original is only read.
        must_have_memory(unsafe { sys::EVP_MD_CTX_copy_ex(&mut copy.0, &self.0) });
        copy
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: it was set up and is given back once.
        unsafe { sys::EVP_MD_CTX_cleanup(&mut self.0) };
    }
}

// SAFETY: the context owns its state and knows no thread; through a shared reference it is only copied.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

/// A hash computation under way.
#[derive(Clone)]
pub(crate) struct State {
    function: Function,
    context: Context,
}

impl State {
    /// The state before the first byte.
    #[must_use]
    pub(crate) fn new(function: Function) -> Self {
        Self {
            function,
            context: Context::begun(function.method()),
        }
    }

    /// Takes data.
    pub(crate) fn update(&mut self, data: &[u8]) {
        self.context.update(data);
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The state is of no
    /// more use.
    pub(crate) fn finish(&mut self, out: &mut [u8]) {
        let context = &mut self.context.0;
        deliver(self.function, out, |place| {
            let mut length: c_uint = 0;
            // SAFETY: the context has a function, and `place` has room for its digest. Cannot fail.
            unsafe { sys::EVP_DigestFinal_ex(context, place, &mut length) };
        });
    }
}

/// The digest of a whole message. `out` takes its first bytes, all of it if it is long enough.
pub(crate) fn oneshot(function: Function, data: &[u8], out: &mut [u8]) {
    deliver(function, out, |place| {
        let (method, mut length) = (function.method(), 0);
        // SAFETY: `data` is valid for reads of its length, and `place` has room for the digest.
        must_have_memory(unsafe {
            sys::EVP_Digest(
                data.as_ptr().cast(),
                data.len(),
                place,
                &mut length,
                method,
                std::ptr::null_mut(),
            )
        });
    });
}

/// Gives `write` a place for the whole digest: `out` itself, or one that is wiped if `out` is shorter.
fn deliver(function: Function, out: &mut [u8], write: impl FnOnce(*mut u8)) {
    if out.len() >= function.output_len() {
        return write(out.as_mut_ptr());
    }
    let mut whole = [0; DIGEST_LEN_MAX];
    write(whole.as_mut_ptr());
    out.iter_mut().zip(&whole).for_each(|(to, from)| *to = *from);
    wipe(&mut whole);
}

/// Fills `out` with the start of SHAKE's answer to a message: of SHAKE256, or of SHAKE128.
///
/// # Errors
/// [`crate::error::Error::Crypto`] if the library fails.
pub(crate) fn shake(wide: bool, data: &[u8], out: &mut [u8]) -> Result<()> {
    // SAFETY: these give pointers to constants and take nothing.
    let method = unsafe {
        match wide {
            true => sys::EVP_shake256(),
            false => sys::EVP_shake128(),
        }
    };
    let mut context = Context::begun(method);
    context.update(data);
    // SAFETY: the context has an extendable function, and `out` is valid for writes of its length.
    let done = unsafe { sys::EVP_DigestFinalXOF(&mut context.0, out.as_mut_ptr(), out.len()) };
    check(done, "SHAKE")
}
