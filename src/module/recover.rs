//! `C_SignRecover…` and `C_VerifyRecover…`.

use super::Module;
use crate::ck::{MechanismId, ObjectHandle, SessionHandle};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::object::Function;
use crate::session::{Output, Sign, VerifyRecover};

impl Module {
    /// `C_SignRecoverInit`.
    ///
    /// # Errors
    /// As [`Module::sign_init`].
    pub fn sign_recover_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.sign_recover.free()?;
        let cannot = "it makes no signatures that their data is recovered from";
        let asked = self.asked(mechanism, params, |roles| roles.sign_recover, cannot)?;
        let ready = asked.with_key(&session, &mut state, key, Function::SignRecover)?;
        state
            .sign_recover
            .begin(Sign::begin((ready.id, ready.role), ready.key, ready.params)?);
        Ok(())
    }

    /// `C_SignRecover`: gives the length of the signature in bytes.
    ///
    /// # Errors
    /// As [`Module::sign`].
    pub fn sign_recover(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        let state = &mut *session.state.lock();
        state
            .sign_recover
            .run_with_key(&mut state.recent_key, |sign| sign.oneshot(data, output))
    }

    /// `C_VerifyRecoverInit`.
    ///
    /// # Errors
    /// As [`Module::sign_init`].
    pub fn verify_recover_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
        key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.verify_recover.free()?;
        let cannot = "it does not recover data from signatures";
        let asked = self.asked(mechanism, params, |roles| roles.verify_recover, cannot)?;
        let ready = asked.with_key(&session, &mut state, key, Function::VerifyRecover)?;
        state
            .verify_recover
            .begin(VerifyRecover::begin(ready.role, ready.key, ready.params)?);
        Ok(())
    }

    /// `C_VerifyRecover`: gives the length of the recovered data in bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::SignatureInvalid`], [`crate::error::Error::SignatureLenRange`],
    /// [`crate::error::Error::OperationNotInitialized`]; the output's own.
    pub fn verify_recover(
        &self,
        session: SessionHandle,
        signature: &[u8],
        output: Output<'_>,
    ) -> Result<usize> {
        let session = self.session(session)?;
        let state = &mut *session.state.lock();
        state
            .verify_recover
            .run_with_key(&mut state.recent_key, |verify| verify.oneshot(signature, output))
    }
}
