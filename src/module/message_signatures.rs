//! `C_MessageSign…`, `C_SignMessage…`, and the same for verification. No mechanism has a parameter for each message.

use super::Module;
use crate::ck::{MechanismId, ObjectHandle, SessionHandle};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::session::{MessageSign, MessageVerify, Output};

impl Module {
    /// `C_MessageSignInit`: every mechanism that signs.
    ///
    /// # Errors
    /// As [`Module::sign_init`].
    pub fn message_sign_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.message_sign.free()?;
        let ready = self.signing(&session, &mut state, mechanism, params, key)?;
        state
            .message_sign
            .begin(MessageSign::begin(ready.role, ready.key, ready.params)?);
        Ok(())
    }

    fn sign_step<T>(
        &self,
        session: SessionHandle,
        step: impl FnOnce(&mut MessageSign) -> Result<T>,
    ) -> Result<T> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        step(state.message_sign.running()?)
    }

    /// `C_SignMessage`: gives the length of the signature in bytes.
    ///
    /// # Errors
    /// As [`MessageSign::sign`].
    pub fn sign_message(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        self.sign_step(session, |sign| sign.sign(data, output))
    }

    /// `C_SignMessageBegin`.
    ///
    /// # Errors
    /// As [`MessageSign::begin_message`].
    pub fn sign_message_begin(&self, session: SessionHandle) -> Result<()> {
        self.sign_step(session, MessageSign::begin_message)
    }

    /// `C_SignMessageNext` with a part that is not the last.
    ///
    /// # Errors
    /// As [`MessageSign::update`].
    pub fn sign_message_next(&self, session: SessionHandle, part: &[u8]) -> Result<()> {
        self.sign_step(session, |sign| sign.update(part))
    }

    /// `C_SignMessageNext` with the last part: gives the length of the signature in bytes.
    ///
    /// # Errors
    /// As [`MessageSign::finish`].
    pub fn sign_message_last(
        &self,
        session: SessionHandle,
        part: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        self.sign_step(session, |sign| sign.finish(part, output))
    }

    /// `C_MessageVerifyInit`: every mechanism that verifies.
    ///
    /// # Errors
    /// As [`Module::sign_init`].
    pub fn message_verify_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.message_verify.free()?;
        let ready = self.verifying(&session, &mut state, mechanism, params, key)?;
        state
            .message_verify
            .begin(MessageVerify::begin(ready.role, ready.key, ready.params)?);
        Ok(())
    }

    fn verify_step(
        &self,
        session: SessionHandle,
        step: impl FnOnce(&mut MessageVerify) -> Result<()>,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        step(state.message_verify.running()?)
    }

    /// `C_VerifyMessage`.
    ///
    /// # Errors
    /// As [`MessageVerify::verify`].
    pub fn verify_message(&self, session: SessionHandle, data: &[u8], signature: &[u8]) -> Result<()> {
        self.verify_step(session, |verify| verify.verify(data, signature))
    }

    /// `C_VerifyMessageBegin`.
    ///
    /// # Errors
    /// As [`MessageVerify::begin_message`].
    pub fn verify_message_begin(&self, session: SessionHandle) -> Result<()> {
        self.verify_step(session, MessageVerify::begin_message)
    }

    /// `C_VerifyMessageNext` with a part that is not the last.
    ///
    /// # Errors
    /// As [`MessageVerify::update`].
    pub fn verify_message_next(&self, session: SessionHandle, part: &[u8]) -> Result<()> {
        self.verify_step(session, |verify| verify.update(part))
    }

    /// `C_VerifyMessageNext` with the last part and the signature.
    ///
    /// # Errors
    /// As [`MessageVerify::finish`].
    pub fn verify_message_last(&self, session: SessionHandle, part: &[u8], signature: &[u8]) -> Result<()> {
        self.verify_step(session, |verify| verify.finish(part, signature))
    }
}
