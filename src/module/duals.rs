//! The functions that do two things with one part [PKCS#11 3.2, 5.17].
//!
//! Whatever is refused leaves both operations as they were: neither has taken the part. Only a failure of ours in the
//! middle ends them, since nobody could say then how far each has come.

use super::Module;
use crate::ck::SessionHandle;
use crate::error::{Error, Result};
use crate::session::{Cipher, Digest, Direction, Output, SessionState, Sign, Slot, Verify};

/// The operation beside the cipher. It takes what is encrypted, or what has been decrypted.
trait Beside {
    /// Asks whether a part can be taken, and takes none.
    fn takes_parts(&self) -> Result<()> {
        Ok(())
    }

    fn take(&mut self, part: &[u8]) -> Result<()>;
}

impl Beside for Digest {
    fn take(&mut self, part: &[u8]) -> Result<()> {
        self.update(part);
        Ok(())
    }
}

impl Beside for Sign {
    fn takes_parts(&self) -> Result<()> {
        Self::takes_parts(self)
    }

    fn take(&mut self, part: &[u8]) -> Result<()> {
        self.update(part).map(drop)
    }
}

impl Beside for Verify {
    fn takes_parts(&self) -> Result<()> {
        Self::takes_parts(self)
    }

    fn take(&mut self, part: &[u8]) -> Result<()> {
        self.update(part).map(drop)
    }
}

/// The places of both operations in a session.
type Both<T> = fn(&mut SessionState) -> (&mut Slot<T>, &mut Slot<Cipher>);

/// Gives a part to both operations: gives the number of bytes that came out. Nothing is taken where only this number is
/// asked for.
fn step(
    beside: &mut impl Beside,
    cipher: &mut Cipher,
    direction: Direction,
    part: &[u8],
    output: Output<'_>,
) -> Result<usize> {
    beside.takes_parts()?;
    let Output::Buffer(buffer) = output else {
        return Ok(cipher.update(part, Output::Length)?.bytes());
    };
    let written = cipher.update(part, Output::Buffer(&mut *buffer))?.bytes();
    let plain = match direction {
        Direction::Encrypt => Some(part),
        Direction::Decrypt => buffer.get(..written),
    };
    plain
        .and_then(|plain| beside.take(plain).ok())
        .ok_or(Error::Crypto("the second of two operations failed on a part"))?;
    Ok(written)
}

impl Module {
    fn dual<T: Beside>(
        &self,
        session: SessionHandle,
        direction: Direction,
        both: Both<T>,
        part: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        let (beside, cipher) = both(&mut state);
        let (Some(running), Some(running_cipher)) = (beside.active_mut(), cipher.active_mut()) else {
            return Err(Error::OperationNotInitialized);
        };
        let done = step(running, running_cipher, direction, part, output);
        // Every other error was found before anything was done.
        if let Err(Error::Internal(_) | Error::Crypto(_)) = done {
            beside.end();
            cipher.end();
        }
        done
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
        let both: Both<Digest> = |state| (&mut state.digest, &mut state.encrypt);
        self.dual(session, Direction::Encrypt, both, part, output)
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
        let both: Both<Digest> = |state| (&mut state.digest, &mut state.decrypt);
        self.dual(session, Direction::Decrypt, both, part, output)
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
        let both: Both<Sign> = |state| (&mut state.sign, &mut state.encrypt);
        self.dual(session, Direction::Encrypt, both, part, output)
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
        let both: Both<Verify> = |state| (&mut state.verify, &mut state.decrypt);
        self.dual(session, Direction::Decrypt, both, part, output)
    }
}
