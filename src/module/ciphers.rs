//! `C_Encrypt…` and `C_Decrypt…`.

use super::Module;
use super::mechanisms::cannot;
use super::operations::operation_key;
use crate::ck::{MechanismId, ObjectHandle, SessionHandle};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::object::Function;
use crate::session::{Cipher, Output, SessionState, Slot, Step};

/// Runs a step of a cipher; when it is over, its key stays at hand for the next operation.
fn run(
    state: &mut SessionState,
    slot: impl Fn(&mut SessionState) -> &mut Slot<Cipher>,
    step: impl FnOnce(&mut Cipher) -> Result<Step>,
) -> Result<usize> {
    let (answer, over) = slot(state).run(step);
    if let Some(cipher) = over {
        state.recent_key = Some(cipher.into_key());
    }
    answer
}

fn encrypt_slot(state: &mut SessionState) -> &mut Slot<Cipher> {
    &mut state.encrypt
}

fn decrypt_slot(state: &mut SessionState) -> &mut Slot<Cipher> {
    &mut state.decrypt
}

impl Module {
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
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.encrypt.free()?;
        let spec = self.mechanisms.find(mechanism)?;
        let role = spec
            .roles
            .encrypt
            .ok_or_else(|| cannot(spec, "it does not encrypt"))?;
        let params = params.read(spec.params)?;
        let key = operation_key(&session, &mut state, key, Function::Encrypt, spec)?;
        state.encrypt.begin(Cipher::begin(role, key, params)?);
        Ok(())
    }

    /// `C_Encrypt`: gives the length of the ciphertext in bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::OperationNotInitialized`], what is wrong with the data, the output's own.
    pub fn encrypt(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run(&mut session.state.lock(), encrypt_slot, |cipher| {
            cipher.oneshot(data, output)
        })
    }

    /// `C_EncryptUpdate`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn encrypt_update(&self, session: SessionHandle, part: &[u8], output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run(&mut session.state.lock(), encrypt_slot, |cipher| {
            cipher.update(part, output)
        })
    }

    /// `C_EncryptFinal`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn encrypt_final(&self, session: SessionHandle, output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run(&mut session.state.lock(), encrypt_slot, |cipher| {
            cipher.finish(output)
        })
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
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.decrypt.free()?;
        let spec = self.mechanisms.find(mechanism)?;
        let role = spec
            .roles
            .decrypt
            .ok_or_else(|| cannot(spec, "it does not decrypt"))?;
        let params = params.read(spec.params)?;
        let key = operation_key(&session, &mut state, key, Function::Decrypt, spec)?;
        state.decrypt.begin(Cipher::begin(role, key, params)?);
        Ok(())
    }

    /// `C_Decrypt`: gives the length of the plaintext in bytes.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn decrypt(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run(&mut session.state.lock(), decrypt_slot, |cipher| {
            cipher.oneshot(data, output)
        })
    }

    /// `C_DecryptUpdate`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn decrypt_update(&self, session: SessionHandle, part: &[u8], output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run(&mut session.state.lock(), decrypt_slot, |cipher| {
            cipher.update(part, output)
        })
    }

    /// `C_DecryptFinal`.
    ///
    /// # Errors
    /// As [`Module::encrypt`].
    pub fn decrypt_final(&self, session: SessionHandle, output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run(&mut session.state.lock(), decrypt_slot, |cipher| {
            cipher.finish(output)
        })
    }
}
