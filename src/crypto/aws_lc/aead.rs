//! AEADs: one-shot with the key prepared (AES-GCM, ChaCha20-Poly1305), and streaming encryption (AES-GCM).

use std::ffi::c_int;
use std::ptr::{self, NonNull};

use aws_lc_sys as sys;

use super::{check, failed, owned};
use crate::error::{Error, Result};

/// A key of one AEAD for tags of one length. Immutable; shared by threads.
pub(crate) struct AeadContext {
    context: NonNull<sys::EVP_AEAD_CTX>,
    tag_len: usize,
}

// SAFETY: the context has no ties to a thread.
unsafe impl Send for AeadContext {}
// SAFETY: seal and open take the context as const and keep their state on the stack.
unsafe impl Sync for AeadContext {}

impl Drop for AeadContext {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only; the library wipes it.
        unsafe { sys::EVP_AEAD_CTX_free(self.context.as_ptr()) }
    }
}

impl AeadContext {
    /// Prepares an AES-GCM key of 16, 24 or 32 bytes for tags of 1 to 16 bytes.
    ///
    /// # Errors
    /// [`Error::Internal`] for other lengths, [`Error::Crypto`] without memory.
    pub(crate) fn gcm(key: &[u8], tag_len: usize) -> Result<Self> {
        if !(1..=16).contains(&tag_len) {
            return Err(Error::Internal("a GCM tag has 1 to 16 bytes"));
        }
        // SAFETY: the three give pointers to constants.
        let algorithm = unsafe {
            match key.len() {
                16 => sys::EVP_aead_aes_128_gcm(),
                24 => sys::EVP_aead_aes_192_gcm(),
                32 => sys::EVP_aead_aes_256_gcm(),
                _ => return Err(Error::Internal("an AES key has 16, 24 or 32 bytes")),
            }
        };
        // SAFETY: the algorithm takes keys of this length.
        unsafe { Self::of(algorithm, key, tag_len) }
    }

    /// Prepares a ChaCha20-Poly1305 key for nonces of 12 bytes [RFC 8439] and full tags.
    ///
    /// # Errors
    /// [`Error::Crypto`] without memory.
    pub(crate) fn chacha20_poly1305(key: &[u8; 32]) -> Result<Self> {
        // SAFETY: gives a pointer to a constant; the algorithm takes keys of 32 bytes.
        unsafe { Self::of(sys::EVP_aead_chacha20_poly1305(), key, 16) }
    }

    /// Prepares an XChaCha20-Poly1305 key for nonces of 24 bytes and full tags.
    ///
    /// # Errors
    /// [`Error::Crypto`] without memory.
    pub(crate) fn xchacha20_poly1305(key: &[u8; 32]) -> Result<Self> {
        // SAFETY: gives a pointer to a constant; the algorithm takes keys of 32 bytes.
        unsafe { Self::of(sys::EVP_aead_xchacha20_poly1305(), key, 16) }
    }

    /// Prepares a key.
    ///
    /// # Safety
    /// The algorithm is one of the library's, and takes keys of this length.
    unsafe fn of(algorithm: *const sys::EVP_AEAD, key: &[u8], tag_len: usize) -> Result<Self> {
        // SAFETY: `key` has as many bytes as said, which is what the algorithm takes.
        let context = unsafe { sys::EVP_AEAD_CTX_new(algorithm, key.as_ptr(), key.len(), tag_len) };
        Ok(Self {
            context: owned(context, "EVP_AEAD_CTX_new")?,
            tag_len,
        })
    }

    /// Encrypts a message. `out` has the input's length, `tag` the context's; `iv` has at least one byte.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length, [`Error::Crypto`] if the message is too long for GCM.
    pub(crate) fn seal(
        &self,
        iv: &[u8],
        aad: &[u8],
        input: &[u8],
        out: &mut [u8],
        tag: &mut [u8],
    ) -> Result<()> {
        if out.len() != input.len() || tag.len() != self.tag_len {
            return Err(Error::Internal("an AEAD was given a wrong length"));
        }
        let mut written = 0;
        // SAFETY: `out` has `input.len()` bytes, `tag` as many as said; the rest is read with its own length.
        let status = unsafe {
            sys::EVP_AEAD_CTX_seal_scatter(
                self.context.as_ptr(),
                out.as_mut_ptr(),
                tag.as_mut_ptr(),
                &mut written,
                tag.len(),
                iv.as_ptr(),
                iv.len(),
                input.as_ptr(),
                input.len(),
                ptr::null(),
                0,
                aad.as_ptr(),
                aad.len(),
            )
        };
        check(status, "EVP_AEAD_CTX_seal_scatter")
    }

    /// Decrypts a message whose tag fits. `out` has the input's length and is zero after an error.
    ///
    /// # Errors
    /// [`Error::AeadDecryptFailed`]; [`Error::Internal`] for a wrong length of `out`.
    pub(crate) fn open(&self, iv: &[u8], aad: &[u8], input: &[u8], tag: &[u8], out: &mut [u8]) -> Result<()> {
        if out.len() != input.len() {
            return Err(Error::Internal("an AEAD was given a wrong length"));
        }
        // SAFETY: `out` has `input.len()` bytes; the rest is read with its own length. The library wipes `out`
        // when it fails.
        let status = unsafe {
            sys::EVP_AEAD_CTX_open_gather(
                self.context.as_ptr(),
                out.as_mut_ptr(),
                iv.as_ptr(),
                iv.len(),
                input.as_ptr(),
                input.len(),
                tag.as_ptr(),
                tag.len(),
                aad.as_ptr(),
                aad.len(),
            )
        };
        check(status, "EVP_AEAD_CTX_open_gather").map_err(|_| Error::AeadDecryptFailed)
    }
}

/// An encryption under way.
pub(crate) struct GcmStream(NonNull<sys::EVP_CIPHER_CTX>);

// SAFETY: the context has no ties to a thread.
unsafe impl Send for GcmStream {}

impl Drop for GcmStream {
    fn drop(&mut self) {
        // SAFETY: the pointer is owned and freed here only; the library wipes it.
        unsafe { sys::EVP_CIPHER_CTX_free(self.0.as_ptr()) }
    }
}

/// Most bytes that one call of the library is given.
const PIECE_BYTES: usize = 1 << 30;

impl GcmStream {
    /// Begins a message with a key of 16, 24 or 32 bytes, an IV of at least one byte and its associated data.
    ///
    /// # Errors
    /// [`Error::Internal`] for other lengths, [`Error::Crypto`] without memory.
    pub(crate) fn new(key: &[u8], iv: &[u8], aad: &[u8]) -> Result<Self> {
        let iv_len = c_int::try_from(iv.len()).map_err(|_| Error::Internal("the IV is too long"))?;
        // SAFETY: makes a new object.
        let mut stream = Self(owned(unsafe { sys::EVP_CIPHER_CTX_new() }, "EVP_CIPHER_CTX_new")?);
        let context = stream.0.as_ptr();
        // SAFETY: the three give pointers to constants.
        let cipher = unsafe {
            match key.len() {
                16 => sys::EVP_aes_128_gcm(),
                24 => sys::EVP_aes_192_gcm(),
                32 => sys::EVP_aes_256_gcm(),
                _ => return Err(Error::Internal("an AES key has 16, 24 or 32 bytes")),
            }
        };
        let none = ptr::null_mut();
        // SAFETY: the context is new; no key or IV is given yet.
        let status = unsafe { sys::EVP_CipherInit_ex(context, cipher, none, ptr::null(), ptr::null(), 1) };
        check(status, "EVP_CipherInit_ex")?;
        // SAFETY: the command takes the length as its argument and no pointer.
        let status = unsafe {
            sys::EVP_CIPHER_CTX_ctrl(context, sys::EVP_CTRL_AEAD_SET_IVLEN, iv_len, ptr::null_mut())
        };
        check(status, "EVP_CIPHER_CTX_ctrl")?;
        // SAFETY: the key has the cipher's length, the IV the length just set.
        let status =
            unsafe { sys::EVP_CipherInit_ex(context, ptr::null(), none, key.as_ptr(), iv.as_ptr(), 1) };
        check(status, "EVP_CipherInit_ex")?;
        stream.authenticate(aad)?;
        Ok(stream)
    }

    /// Takes more additional data; only before the first byte of the message.
    ///
    /// # Errors
    /// [`Error::Crypto`] if there is too much of it for GCM.
    pub(crate) fn authenticate(&mut self, aad: &[u8]) -> Result<()> {
        aad.chunks(PIECE_BYTES)
            .try_for_each(|piece| self.feed(piece, ptr::null_mut()))
    }

    /// Encrypts some bytes; `out` has as many.
    ///
    /// # Errors
    /// [`Error::Internal`] for a wrong length, [`Error::Crypto`] if the message is too long for GCM.
    pub(crate) fn update(&mut self, input: &[u8], out: &mut [u8]) -> Result<()> {
        if out.len() != input.len() {
            return Err(Error::Internal("an AEAD was given a wrong length"));
        }
        for (piece, out) in input.chunks(PIECE_BYTES).zip(out.chunks_mut(PIECE_BYTES)) {
            self.feed(piece, out.as_mut_ptr())?;
        }
        Ok(())
    }

    /// Gives the library one piece: data if `out` is a place for as many bytes, associated data if it is null.
    fn feed(&self, piece: &[u8], out: *mut u8) -> Result<()> {
        let length = c_int::try_from(piece.len()).map_err(|_| Error::Internal("a piece is too long"))?;
        let mut written = 0;
        // SAFETY: `out` is null or valid for the piece's length, as both callers see to.
        let status =
            unsafe { sys::EVP_CipherUpdate(self.0.as_ptr(), out, &mut written, piece.as_ptr(), length) };
        check(status, "EVP_CipherUpdate")
    }

    /// Ends the message with its tag of 16 bytes.
    ///
    /// # Errors
    /// [`Error::Crypto`] if the library fails.
    pub(crate) fn finish(self) -> Result<[u8; 16]> {
        let (mut tag, mut rest, mut written) = ([0_u8; 16], [0_u8; 16], 0);
        // SAFETY: GCM has no rest; the room is there all the same.
        let status = unsafe { sys::EVP_CipherFinal_ex(self.0.as_ptr(), rest.as_mut_ptr(), &mut written) };
        check(status, "EVP_CipherFinal_ex")?;
        let place = tag.as_mut_ptr().cast();
        // SAFETY: the tag has the 16 bytes that are asked for.
        let status =
            unsafe { sys::EVP_CIPHER_CTX_ctrl(self.0.as_ptr(), sys::EVP_CTRL_AEAD_GET_TAG, 16, place) };
        match status {
            1 => Ok(tag),
            _ => Err(failed("EVP_CIPHER_CTX_ctrl")),
        }
    }
}
