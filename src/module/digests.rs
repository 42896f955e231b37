//! `C_Digest…`.

use super::Module;
use super::mechanisms::Asked;
use crate::ck::{MechanismId, SessionHandle};
use crate::error::Result;
use crate::mechanism::ParamSource;
use crate::session::{Digest, Output, Step};

impl Module {
    /// `C_DigestInit`.
    ///
    /// # Errors
    /// In the order session, operation, mechanism, parameter.
    pub fn digest_init(
        &self,
        session: SessionHandle,
        mechanism: MechanismId,
        params: &dyn ParamSource,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        state.digest.free()?;
        let Asked { role, params, .. } =
            self.asked(mechanism, params, |roles| roles.digest, "it does not digest")?;
        state.digest.begin(Digest::begin(role.with(&params)?));
        Ok(())
    }

    /// `C_Digest`: gives the length of the digest in bytes.
    ///
    /// # Errors
    /// [`crate::error::Error::OperationNotInitialized`], the output's own.
    pub fn digest(&self, session: SessionHandle, data: &[u8], output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        session
            .state
            .lock()
            .digest
            .run(|digest| digest.oneshot(data, output))
            .0
    }

    /// `C_DigestUpdate`.
    ///
    /// # Errors
    /// [`crate::error::Error::OperationNotInitialized`].
    pub fn digest_update(&self, session: SessionHandle, part: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        let step = |digest: &mut Digest| {
            digest.update(part);
            Ok(Step::Goes(0))
        };
        session.state.lock().digest.run(step).0.map(drop)
    }

    /// `C_DigestFinal`.
    ///
    /// # Errors
    /// As [`Module::digest`].
    pub fn digest_final(&self, session: SessionHandle, output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        session.state.lock().digest.run(|digest| digest.finish(output)).0
    }
}
