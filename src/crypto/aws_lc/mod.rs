//! The one wrapper around `aws-lc-sys`: every `unsafe` call of that library stands in this folder, one file per
//! topic, behind types that own what they point to. Only `crypto/` may call it.
//!
//! Invariants: a pointer that a type holds is never null, is freed once, and is not changed after the type is built,
//! so that keys are shared by threads. A failed call leaves the library's error queue empty.

pub(crate) mod aead;
pub(crate) mod aes;
mod arithmetic;
pub(crate) mod blake2b;
pub(crate) mod bn;
pub(crate) mod chacha;
pub(crate) mod curve25519;
pub(crate) mod des;
pub(crate) mod dh;
pub(crate) mod digest;
mod digest_state;
pub(crate) mod dsa;
pub(crate) mod ec;
mod group;
pub(crate) mod lattice;
pub(crate) mod memory;
pub(crate) mod pbkdf2;
pub(crate) mod primes;
pub(crate) mod random;
pub(crate) mod rsa;
pub(crate) mod sha3;

use std::ffi::c_int;
use std::ptr::NonNull;

use aws_lc_sys as sys;

use crate::error::{Error, Result};

/// The error of a call that failed; empties the library's error queue of this thread.
fn failed(what: &'static str) -> Error {
    // SAFETY: touches nothing but the queue of this thread.
    unsafe { sys::ERR_clear_error() };
    Error::Crypto(what)
}

/// Turns the library's 1 into `Ok`.
fn check(status: c_int, what: &'static str) -> Result<()> {
    if status == 1 { Ok(()) } else { Err(failed(what)) }
}

/// Takes a new object; null is the library's failure to make one.
fn owned<T>(pointer: *mut T, what: &'static str) -> Result<NonNull<T>> {
    NonNull::new(pointer).ok_or_else(|| failed(what))
}

/// Wipes working memory. Faster than a loop of volatile writes, which counts where the work itself is short.
pub(crate) fn wipe(bytes: &mut [u8]) {
    // SAFETY: the bytes are valid for writes of their length.
    unsafe { sys::OPENSSL_cleanse(bytes.as_mut_ptr().cast(), bytes.len()) }
}

/// Refuses input that is not whole blocks or does not fit the output.
fn whole_blocks(input: &[u8], out: &[u8], block: usize) -> Result<()> {
    match input.len().is_multiple_of(block) && out.len() >= input.len() {
        true => Ok(()),
        false => Err(Error::Internal("a block cipher was given a wrong length")),
    }
}
