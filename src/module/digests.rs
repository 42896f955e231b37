//! `C_Digest…`.

use super::Module;
use super::mechanisms::Asked;
use crate::ck::{CKA_VALUE, CKO_SECRET_KEY, MechanismId, ObjectHandle, SessionHandle};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::ParamSource;
use crate::object::{Object, Revealed};
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
        let Asked { spec, role, params } =
            self.asked(mechanism, params, |roles| roles.digest, "it does not digest")?;
        state
            .digest
            .begin(Digest::begin(spec.id, role.with(&params)?, params));
        Ok(())
    }

    /// `C_Digest`: gives the length of the digest in bytes.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], the output's own.
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
    /// [`Error::OperationNotInitialized`].
    pub fn digest_update(&self, session: SessionHandle, part: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        let step = |digest: &mut Digest| {
            digest.update(part);
            Ok(Step::Goes(0))
        };
        session.state.lock().digest.run(step).0.map(drop)
    }

    /// `C_DigestKey`: the value of a secret key as a part. A digest tells who knows it whether a guess of the value is
    /// right, so the value must be one that may be told.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`], [`Error::KeyHandleInvalid`], [`Error::KeyIndigestible`].
    pub fn digest_key(&self, session: SessionHandle, key: ObjectHandle) -> Result<()> {
        let session = self.session(session)?;
        let step = |digest: &mut Digest| {
            let key = session.token.key(key, KeyRole::Key)?;
            digest.update(digestible(&key)?);
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

/// The value of a key that may be digested.
fn digestible(key: &Object) -> Result<&[u8]> {
    if !key.is_key() {
        return Err(Error::KeyHandleInvalid(KeyRole::Key));
    }
    if key.class() != CKO_SECRET_KEY {
        return Err(Error::KeyIndigestible("it is no secret key"));
    }
    match (key.reveal(CKA_VALUE), key.attributes().bytes(CKA_VALUE)) {
        (Revealed::Value(_), Some(value)) => Ok(value),
        _ => Err(Error::KeyIndigestible("it is sensitive or not extractable")),
    }
}
