//! The functions that do two things with one part [PKCS#11 3.2, 5.17].
//!
//! Whatever is refused leaves both operations as they were: neither has taken the part. Only a failure of ours in the
//! middle ends them, since nobody could say then how far each has come.

use super::Module;
use crate::ck::SessionHandle;
use crate::error::{Error, Result};
use crate::session::{Cipher, Output, SessionState};

/// Runs the cipher over a part. Gives the bytes written, and the part that came out if it is not only their number
/// that was asked for.
fn transformed<'a>(
    cipher: &mut Cipher,
    part: &[u8],
    output: Output<'a>,
) -> Result<(usize, Option<&'a [u8]>)> {
    let Output::Buffer(buffer) = output else {
        return Ok((cipher.update(part, Output::Length)?.bytes(), None));
    };
    let written = cipher.update(part, Output::Buffer(&mut *buffer))?.bytes();
    Ok((written, buffer.get(..written)))
}

/// Whether operations can go on after this error of one part: it was found before anything was done.
fn nothing_was_done(error: &Error) -> bool {
    !matches!(error, Error::Internal(_) | Error::Crypto(_))
}

impl Module {
    fn dual(
        &self,
        session: SessionHandle,
        step: impl FnOnce(&mut SessionState) -> Result<usize>,
        end: impl FnOnce(&mut SessionState),
    ) -> Result<usize> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        step(&mut state).inspect_err(|error| {
            if !nothing_was_done(error) {
                end(&mut state);
            }
        })
    }

    /// `C_DigestEncryptUpdate`: gives the length of the part of the ciphertext in bytes.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] unless both run; what is wrong with the data; the output's own.
    pub fn digest_encrypt_update(
        &self,
        session: SessionHandle,
        part: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        let step = |state: &mut SessionState| {
            let (digest, cipher) = (state.digest.active_mut(), state.encrypt.active_mut());
            let (digest, cipher) = digest.zip(cipher).ok_or(Error::OperationNotInitialized)?;
            let (written, made) = transformed(cipher, part, output)?;
            if made.is_some() {
                digest.update(part);
            }
            Ok(written)
        };
        self.dual(session, step, |state| {
            state.digest.end();
            state.encrypt.end();
        })
    }

    /// `C_DecryptDigestUpdate`: gives the length of the part of the plaintext in bytes.
    ///
    /// # Errors
    /// As [`Module::digest_encrypt_update`].
    pub fn decrypt_digest_update(
        &self,
        session: SessionHandle,
        part: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        let step = |state: &mut SessionState| {
            let (digest, cipher) = (state.digest.active_mut(), state.decrypt.active_mut());
            let (digest, cipher) = digest.zip(cipher).ok_or(Error::OperationNotInitialized)?;
            let (written, made) = transformed(cipher, part, output)?;
            if let Some(plain) = made {
                digest.update(plain);
            }
            Ok(written)
        };
        self.dual(session, step, |state| {
            state.digest.end();
            state.decrypt.end();
        })
    }

    /// `C_SignEncryptUpdate`: gives the length of the part of the ciphertext in bytes.
    ///
    /// # Errors
    /// As [`Module::digest_encrypt_update`]; if one of the mechanisms takes whole messages only.
    pub fn sign_encrypt_update(
        &self,
        session: SessionHandle,
        part: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        let step = |state: &mut SessionState| {
            let (sign, cipher) = (state.sign.active_mut(), state.encrypt.active_mut());
            let (sign, cipher) = sign.zip(cipher).ok_or(Error::OperationNotInitialized)?;
            sign.takes_parts()?;
            let (written, made) = transformed(cipher, part, output)?;
            if made.is_some() {
                sign.update(part).map_err(half_done)?;
            }
            Ok(written)
        };
        self.dual(session, step, |state| {
            state.sign.end();
            state.encrypt.end();
        })
    }

    /// `C_DecryptVerifyUpdate`: gives the length of the part of the plaintext in bytes.
    ///
    /// # Errors
    /// As [`Module::sign_encrypt_update`].
    pub fn decrypt_verify_update(
        &self,
        session: SessionHandle,
        part: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        let step = |state: &mut SessionState| {
            let (verify, cipher) = (state.verify.active_mut(), state.decrypt.active_mut());
            let (verify, cipher) = verify.zip(cipher).ok_or(Error::OperationNotInitialized)?;
            verify.takes_parts()?;
            let (written, made) = transformed(cipher, part, output)?;
            if let Some(plain) = made {
                verify.update(plain).map_err(half_done)?;
            }
            Ok(written)
        };
        self.dual(session, step, |state| {
            state.verify.end();
            state.decrypt.end();
        })
    }
}

/// The cipher has taken its part, and the other operation has not.
fn half_done(_: Error) -> Error {
    Error::Crypto("the second of two operations failed on a part")
}
