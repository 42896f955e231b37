//! What all operations share: finding their key, beginning, ending, cancelling.

use std::sync::Arc;

use super::Module;
use super::mechanisms::Asked;
use crate::ck::{MechanismId, ObjectHandle, SessionHandle, sys};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::params::FURTHER_KEYS_MAX;
use crate::mechanism::{FlatBytes, FlatWithKeys, MechanismSpec, Params};
use crate::object::Function;
use crate::session::{OperationKey, OperationKind, Session, SessionState};

/// The key of a new operation, if it may be used so. A key that the session has just used is not looked up again
/// while nothing has changed, and no counter that threads share is touched for it.
pub(super) fn operation_key(
    session: &Session,
    state: &mut SessionState,
    handle: ObjectHandle,
    function: Function,
    spec: &MechanismSpec,
) -> Result<OperationKey> {
    let stamp = session.token.stamp();
    if let Some(recent) = state.recent_key.take()
        && recent.handle == handle
        && recent.stamp == stamp
        && stamp.generation.is_some()
        && !recent.wants_authentication()
    {
        recent.object.key_for(function, spec, KeyRole::Key)?;
        return Ok(recent.again());
    }
    let object = session.token.key(handle, KeyRole::Key)?;
    object.key_for(function, spec, KeyRole::Key)?;
    state.begun += 1;
    Ok(OperationKey::new(
        &session.token,
        handle,
        object,
        stamp,
        state.begun,
    ))
}

/// What a new operation begins with.
pub(super) struct Ready<T> {
    pub(super) id: MechanismId,
    pub(super) role: T,
    pub(super) key: OperationKey,
    pub(super) params: Params,
}

impl<T> Asked<T> {
    /// Looks up the key of a new operation, and those that its parameter names, if they may be used so.
    pub(super) fn with_key(
        self,
        session: &Session,
        state: &mut SessionState,
        key: ObjectHandle,
        function: Function,
    ) -> Result<Ready<T>> {
        let Self { spec, role, params } = self;
        let mut key = operation_key(session, state, key, function, spec)?;
        let params = with_further_keys(session, &mut key, spec, params)?;
        Ok(Ready {
            id: spec.id,
            role,
            key,
            params,
        })
    }
}

/// The parameter of a new operation with the keys that it names looked up, if they may be used so. The operation ends
/// at logout if one of them is private.
fn with_further_keys(
    session: &Session,
    key: &mut OperationKey,
    spec: &MechanismSpec,
    params: Params,
) -> Result<Params> {
    match params {
        Params::Flat(bytes) if !spec.key.further.is_empty() => {
            let (params, names_private) = further_keys(session, spec, bytes)?;
            key.names_private |= names_private;
            Ok(Params::FlatWithKeys(Box::new(params)))
        }
        params => Ok(params),
    }
}

/// The same for a call that is no operation: nothing of it is left when a session logs out.
pub(super) fn named_keys(session: &Session, spec: &MechanismSpec, params: Params) -> Result<Params> {
    match params {
        Params::Flat(bytes) if !spec.key.further.is_empty() => match further_keys(session, spec, bytes) {
            Ok((params, _)) => Ok(Params::FlatWithKeys(Box::new(params))),
            // C_WrapKey has codes for the keys that it is called with, and none for others.
            Err(Error::KeyTypeInconsistent { .. }) => Err(Error::MechanismParamInvalid(
                "the key that it names is of another kind",
            )),
            Err(other) => Err(other),
        },
        params => Ok(params),
    }
}

/// The keys, and whether one of them is private.
fn further_keys(session: &Session, spec: &MechanismSpec, bytes: FlatBytes) -> Result<(FlatWithKeys, bool)> {
    let mut keys = [const { None }; FURTHER_KEYS_MAX];
    let mut names_private = false;
    for (slot, further) in keys.iter_mut().zip(spec.key.further) {
        let handle = FlatWithKeys::handle(&bytes, further.at)
            .ok_or(Error::MechanismParamInvalid("it ends within a handle"))?;
        if handle.0 == 0 {
            continue;
        }
        let object = session.token.key(handle, KeyRole::FurtherKey)?;
        *slot = Some(Arc::clone(object.further_key_for(further, spec)?));
        names_private |= object.is_private();
    }
    Ok((FlatWithKeys { bytes, keys }, names_private))
}

impl Module {
    /// `C_SessionCancel`: ends the operations that the flags name; those that do not run are no error
    /// [PKCS#11 3.2, 5.6.11].
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`].
    pub fn session_cancel(&self, session: SessionHandle, flags: u64) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        for (flag, kind) in [
            (sys::CKF_ENCRYPT, OperationKind::Encrypt),
            (sys::CKF_DECRYPT, OperationKind::Decrypt),
            (sys::CKF_DIGEST, OperationKind::Digest),
            (sys::CKF_SIGN, OperationKind::Sign),
            (sys::CKF_SIGN_RECOVER, OperationKind::SignRecover),
            (sys::CKF_VERIFY, OperationKind::Verify),
            (sys::CKF_VERIFY, OperationKind::VerifySignature),
            (sys::CKF_VERIFY_RECOVER, OperationKind::VerifyRecover),
            (sys::CKF_MESSAGE_ENCRYPT, OperationKind::MessageEncrypt),
            (sys::CKF_MESSAGE_DECRYPT, OperationKind::MessageDecrypt),
            (sys::CKF_MESSAGE_SIGN, OperationKind::MessageSign),
            (sys::CKF_MESSAGE_VERIFY, OperationKind::MessageVerify),
            (sys::CKF_FIND_OBJECTS, OperationKind::Find),
        ] {
            if flags & flag != 0 {
                state.cancel(kind);
            }
        }
        Ok(())
    }

    /// `C_…Init` with a NULL mechanism: ends the operation.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] if none runs.
    pub fn cancel_operation(&self, session: SessionHandle, kind: OperationKind) -> Result<()> {
        if self.session(session)?.state.lock().cancel(kind) {
            return Ok(());
        }
        Err(Error::ArgumentsBad(
            "the mechanism is NULL, which cancels an operation, but none is active",
        ))
    }

    /// Ends an operation whose caller passed bad arguments to a data call.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`], [`Error::OperationNotInitialized`].
    pub fn abandon(&self, session: SessionHandle, kind: OperationKind) -> Result<()> {
        if self.session(session)?.state.lock().cancel(kind) {
            return Ok(());
        }
        Err(Error::OperationNotInitialized)
    }
}
