//! `C_Encrypt…` and `C_Decrypt…`.

use super::Module;
use crate::ck::{MechanismId, ObjectHandle, SessionHandle};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::object::Function;
use crate::session::{Cipher, Direction, Output, SessionState, Slot, Step};

fn slot(direction: Direction, state: &mut SessionState) -> &mut Slot<Cipher> {
    match direction {
        Direction::Encrypt => &mut state.encrypt,
        Direction::Decrypt => &mut state.decrypt,
    }
}

impl Module {
    fn cipher_init(
        &self,
        direction: Direction,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        slot(direction, &mut state).free()?;
        let cannot = "it does not encrypt or decrypt";
        let (asked, function) = match direction {
            Direction::Encrypt => (
                self.asked(mechanism, params, |roles| roles.encrypt, cannot)?,
                Function::Encrypt,
            ),
            Direction::Decrypt => (
                self.asked(mechanism, params, |roles| roles.decrypt, cannot)?,
                Function::Decrypt,
            ),
        };
        let ready = asked.with_key(&session, &mut state, key, function)?;
        slot(direction, &mut state).begin(Cipher::begin(
            direction,
            (ready.id, ready.role),
            ready.key,
            ready.params,
        )?);
        Ok(())
    }

    /// Runs a step; when the operation is over, its key stays at hand for the next one.
    fn cipher_step(
        &self,
        direction: Direction,
        session: SessionHandle,
        step: impl FnOnce(&mut Cipher) -> Result<Step>,
    ) -> Result<usize> {
        let session = self.session(session)?;
        let state = &mut *session.state.lock();
        let slot = match direction {
            Direction::Encrypt => &mut state.encrypt,
            Direction::Decrypt => &mut state.decrypt,
        };
        slot.run_with_key(&mut state.recent_key, step)
    }

    /// `C_EncryptInit`.
    ///
    /// # Errors
    /// As the standard lists them [PKCS#11 3.2, 5.8.1], in the order session, operation, mechanism, parameter, key.
    pub fn encrypt_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        self.cipher_init(Direction::Encrypt, session, mechanism, params, key)
    }

    /// `C_Encrypt`: gives the length of the ciphertext in bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::OperationNotInitialized`], what is wrong with the data, the output's own.
    pub fn encrypt(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        self.cipher_step(Direction::Encrypt, session, |cipher| cipher.oneshot(data, output))
    }

    /// `C_EncryptUpdate`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn encrypt_update(&self, session: SessionHandle, part: &[u8], output: Output<'_>) -> Result<usize> {
        self.cipher_step(Direction::Encrypt, session, |cipher| cipher.update(part, output))
    }

    /// `C_EncryptFinal`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn encrypt_final(&self, session: SessionHandle, output: Output<'_>) -> Result<usize> {
        self.cipher_step(Direction::Encrypt, session, |cipher| cipher.finish(output))
    }

    /// `C_DecryptInit`.
    ///
    /// # Errors
    /// As [`Module::encrypt_init`].
    pub fn decrypt_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        self.cipher_init(Direction::Decrypt, session, mechanism, params, key)
    }

    /// `C_Decrypt`: gives the length of the plaintext in bytes.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn decrypt(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        self.cipher_step(Direction::Decrypt, session, |cipher| cipher.oneshot(data, output))
    }

    /// `C_DecryptUpdate`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn decrypt_update(&self, session: SessionHandle, part: &[u8], output: Output<'_>) -> Result<usize> {
        self.cipher_step(Direction::Decrypt, session, |cipher| cipher.update(part, output))
    }

    /// `C_DecryptFinal`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn decrypt_final(&self, session: SessionHandle, output: Output<'_>) -> Result<usize> {
        self.cipher_step(Direction::Decrypt, session, |cipher| cipher.finish(output))
    }
}
