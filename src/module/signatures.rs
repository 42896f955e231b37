//! `C_Sign…` and `C_Verify…`.

use super::Module;
use super::operations::Ready;
use crate::ck::{MechanismId, ObjectHandle, SessionHandle};
use crate::error::Result;
use crate::mechanism::{ParamSource, SignMechanism, VerifyMechanism};
use crate::object::Function;
use crate::session::{Output, Session, SessionState, Sign, Step, Verify, VerifySignature};

fn run_sign(state: &mut SessionState, step: impl FnOnce(&mut Sign) -> Result<Step>) -> Result<usize> {
    state.sign.run_with_key(&mut state.recent_key, step)
}

fn run_verify(state: &mut SessionState, step: impl FnOnce(&mut Verify) -> Result<Step>) -> Result<()> {
    state.verify.run_with_key(&mut state.recent_key, step).map(drop)
}

impl Module {
    /// What a new operation that signs begins with.
    pub(super) fn signing(
        &self,
        session: &Session,
        state: &mut SessionState,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<Ready<&'static dyn SignMechanism>> {
        self.asked(mechanism, params, |roles| roles.sign, "it does not sign")?
            .with_key(session, state, key, Function::Sign)
    }

    /// What a new operation that verifies begins with.
    pub(super) fn verifying(
        &self,
        session: &Session,
        state: &mut SessionState,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<Ready<&'static dyn VerifyMechanism>> {
        self.asked(mechanism, params, |roles| roles.verify, "it does not verify")?
            .with_key(session, state, key, Function::Verify)
    }

    /// `C_SignInit`.
    ///
    /// # Errors
    /// As the standard lists them [PKCS#11 3.2, 5.13.1], in the order session, operation, mechanism, parameter,
    /// key.
    pub fn sign_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.sign.free()?;
        let ready = self.signing(&session, &mut state, mechanism, params, key)?;
        state
            .sign
            .begin(Sign::begin((ready.id, ready.role), ready.key, ready.params)?);
        Ok(())
    }

    /// `C_Sign`: gives the length of the signature in bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::OperationNotInitialized`], what is wrong with the data, the output's own.
    pub fn sign(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run_sign(&mut session.state.lock(), |sign| sign.oneshot(data, output))
    }

    /// `C_SignUpdate`.
    ///
    /// # Errors
    /// As [`Module::sign`].
    pub fn sign_update(&self, session: SessionHandle, part: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        run_sign(&mut session.state.lock(), |sign| sign.update(part)).map(drop)
    }

    /// `C_SignFinal`.
    ///
    /// # Errors
    /// As [`Module::sign`].
    pub fn sign_final(&self, session: SessionHandle, output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        run_sign(&mut session.state.lock(), |sign| sign.finish(output))
    }

    /// `C_VerifyInit`.
    ///
    /// # Errors
    /// As [`Module::sign_init`].
    pub fn verify_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.verify.free()?;
        state.verify_signature.free()?;
        let ready = self.verifying(&session, &mut state, mechanism, params, key)?;
        state
            .verify
            .begin(Verify::begin((ready.id, ready.role), ready.key, ready.params)?);
        Ok(())
    }

    /// `C_Verify`.
    ///
    /// # Errors
    /// [`crate::error::Error::SignatureInvalid`], [`crate::error::Error::SignatureLenRange`],
    /// [`crate::error::Error::OperationNotInitialized`].
    pub fn verify(&self, session: SessionHandle, data: &[u8], signature: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        run_verify(&mut session.state.lock(), |verify| {
            verify.oneshot(data, signature)
        })
    }

    /// `C_VerifyUpdate`.
    ///
    /// # Errors
    /// As [`Module::verify`].
    pub fn verify_update(&self, session: SessionHandle, part: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        run_verify(&mut session.state.lock(), |verify| verify.update(part))
    }

    /// `C_VerifyFinal`.
    ///
    /// # Errors
    /// As [`Module::verify`].
    pub fn verify_final(&self, session: SessionHandle, signature: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        run_verify(&mut session.state.lock(), |verify| verify.finish(signature))
    }

    /// `C_VerifySignatureInit`: the signature comes first.
    ///
    /// # Errors
    /// As [`Module::sign_init`].
    pub fn verify_signature_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
        signature: Box<[u8]>,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.verify.free()?;
        state.verify_signature.free()?;
        let ready = self.verifying(&session, &mut state, mechanism, params, key)?;
        let verify = Verify::begin((ready.id, ready.role), ready.key, ready.params)?;
        state
            .verify_signature
            .begin(VerifySignature::begin(verify, signature));
        Ok(())
    }

    /// `C_VerifySignature`.
    ///
    /// # Errors
    /// As [`Module::verify`].
    pub fn verify_signature(&self, session: SessionHandle, data: &[u8]) -> Result<()> {
        self.signature_step(session, |verify| verify.oneshot(data))
    }

    /// `C_VerifySignatureUpdate`.
    ///
    /// # Errors
    /// As [`Module::verify`].
    pub fn verify_signature_update(&self, session: SessionHandle, part: &[u8]) -> Result<()> {
        self.signature_step(session, |verify| verify.update(part))
    }

    /// `C_VerifySignatureFinal`.
    ///
    /// # Errors
    /// As [`Module::verify`].
    pub fn verify_signature_final(&self, session: SessionHandle) -> Result<()> {
        self.signature_step(session, VerifySignature::finish)
    }

    fn signature_step(
        &self,
        session: SessionHandle,
        step: impl FnOnce(&mut VerifySignature) -> Result<Step>,
    ) -> Result<()> {
        let session = self.session(session)?;
        let state = &mut *session.state.lock();
        state
            .verify_signature
            .run_with_key(&mut state.recent_key, step)
            .map(drop)
    }
}
