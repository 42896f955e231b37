//! `C_Sign…` and `C_Verify…`.

use super::Module;
use super::mechanisms::Asked;
use super::operations::{operation_key, with_further_keys};
use crate::ck::{MechanismId, ObjectHandle, SessionHandle};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::object::Function;
use crate::session::{Output, SessionState, Sign, Step, Verify, VerifySignature};

fn run_sign(state: &mut SessionState, step: impl FnOnce(&mut Sign) -> Result<Step>) -> Result<usize> {
    state.sign.run_with_key(&mut state.recent_key, step)
}

fn run_verify(state: &mut SessionState, step: impl FnOnce(&mut Verify) -> Result<Step>) -> Result<()> {
    state.verify.run_with_key(&mut state.recent_key, step).map(drop)
}

impl Module {
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
        let Asked { spec, role, params } =
            self.asked(mechanism, params, |roles| roles.sign, "it does not sign")?;
        let mut key = operation_key(&session, &mut state, key, Function::Sign, spec)?;
        let params = with_further_keys(&session, &mut key, spec, params)?;
        state.sign.begin(Sign::begin((spec.id, role), key, params)?);
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
        let Asked { spec, role, params } =
            self.asked(mechanism, params, |roles| roles.verify, "it does not verify")?;
        let mut key = operation_key(&session, &mut state, key, Function::Verify, spec)?;
        let params = with_further_keys(&session, &mut key, spec, params)?;
        state.verify.begin(Verify::begin((spec.id, role), key, params)?);
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
        let Asked { spec, role, params } =
            self.asked(mechanism, params, |roles| roles.verify, "it does not verify")?;
        let mut key = operation_key(&session, &mut state, key, Function::Verify, spec)?;
        let params = with_further_keys(&session, &mut key, spec, params)?;
        let verify = Verify::begin((spec.id, role), key, params)?;
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
