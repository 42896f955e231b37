//! ChaCha20 and Poly1305 by themselves.
//!
//! Lengths are checked here, because the library trusts them: a wrong one is a fault of the caller's.

use aws_lc_sys as sys;
use zeroize::Zeroize;

use super::whole_blocks;
use crate::error::Result;

/// ChaCha20 [RFC 8439, 2.4]: `out` becomes `input` exclusive or the key stream from block `counter` on. The caller sees
/// to it that the counter does not come round within the call.
///
/// # Errors
/// [`Error::Internal`](crate::error::Error::Internal) for a wrong length.
pub(crate) fn chacha20(
    key: &[u8; 32],
    nonce: &[u8; 12],
    counter: u32,
    input: &[u8],
    out: &mut [u8],
) -> Result<()> {
    whole_blocks(input, out, 1)?;
    // SAFETY: input and output have `input.len()` bytes, key and nonce what the library reads.
    unsafe {
        sys::CRYPTO_chacha_20(
            out.as_mut_ptr(),
            input.as_ptr(),
            input.len(),
            key.as_ptr(),
            nonce.as_ptr(),
            counter,
        );
    }
    Ok(())
}

/// A Poly1305 under way. The state stays where it is: the library aligns within it by address.
pub(crate) struct Poly1305(Box<State>);

/// The library's 512 bytes, with its alignment.
#[repr(C, align(64))]
struct State(sys::poly1305_state);

impl Poly1305 {
    /// Begins with a key, which is good for one message.
    #[must_use]
    pub(crate) fn new(key: &[u8; 32]) -> Self {
        let mut state = Box::new(State([0; 512]));
        // SAFETY: state and key have the library's lengths.
        unsafe { sys::CRYPTO_poly1305_init(&mut state.0, key.as_ptr()) };
        Self(state)
    }

    /// Takes data.
    pub(crate) fn update(&mut self, data: &[u8]) {
        // SAFETY: the data is read with its own length; the state was initialised.
        unsafe { sys::CRYPTO_poly1305_update(&mut self.0.0, data.as_ptr(), data.len()) }
    }

    /// The MAC of all data so far; nothing may follow.
    pub(crate) fn finish(&mut self) -> [u8; 16] {
        let mut mac = [0; 16];
        // SAFETY: the MAC has the 16 bytes that the library writes.
        unsafe { sys::CRYPTO_poly1305_finish(&mut self.0.0, mac.as_mut_ptr()) };
        mac
    }
}

impl Drop for Poly1305 {
    fn drop(&mut self) {
        self.0.0.zeroize();
    }
}
