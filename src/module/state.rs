//! `C_GetOperationState` and `C_SetOperationState`: digests, MACs and block modes under way are saved and gone on
//! with, in this session or another of the same token, in this process or another.

use std::sync::Arc;

use super::Module;
use super::sessions::login_state;
use crate::attribute::{RawAttribute, RawValue};
use crate::ck::{CKA_UNIQUE_ID, ObjectHandle, SessionHandle};
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{MechanismSpec, Params};
use crate::object::Function;
use crate::object::search::SearchTemplate;
use crate::session::output::deliver;
use crate::session::saved::{self, SavedKey, SavedOperation};
use crate::session::{
    Cipher, Digest, Direction, OperationKey, OperationKind, Output, Session, SessionState, Sign, Verify,
};
use crate::store::OVERHEAD;

/// The keys that a caller gives with a saved state; 0 is none.
struct GivenKeys {
    encryption: ObjectHandle,
    authentication: ObjectHandle,
}

impl GivenKeys {
    /// Refuses a key that none of the operations has.
    fn check_needed(&self, operations: &[SavedOperation]) -> Result<()> {
        let any = |encrypts| {
            operations
                .iter()
                .any(|operation| operation.key.is_some() && encrypts == is_cipher(operation.kind))
        };
        let superfluous = |given: ObjectHandle, encrypts| given.0 != 0 && !any(encrypts);
        match superfluous(self.encryption, true) || superfluous(self.authentication, false) {
            true => Err(Error::KeyNotNeeded),
            false => Ok(()),
        }
    }

    fn of(&self, kind: OperationKind) -> ObjectHandle {
        match is_cipher(kind) {
            true => self.encryption,
            false => self.authentication,
        }
    }
}

fn is_cipher(kind: OperationKind) -> bool {
    matches!(kind, OperationKind::Encrypt | OperationKind::Decrypt)
}

impl Module {
    /// `C_GetOperationState`: gives the length of the state in bytes. The operations go on.
    ///
    /// # Errors
    /// [`Error::OperationNotInitialized`] if none runs; [`Error::StateUnsaveable`] if one of those that run cannot be
    /// saved; the output's own.
    pub fn operation_state(&self, session: SessionHandle, output: Output<'_>) -> Result<usize> {
        let session = self.session(session)?;
        let state = session.state.lock();
        let operations = saved_operations(&state)?;
        let plain = saved::encode(login_state(&session), &operations);
        let needed = plain.len().saturating_add(OVERHEAD);
        let step = deliver(output, needed, |out| {
            let sealed = session.token.seal_state(&plain)?;
            let room = out.get_mut(..sealed.len());
            room.ok_or(Error::Internal("a sealed state is longer than it was to be"))?
                .copy_from_slice(&sealed);
            Ok(sealed.len())
        })?;
        Ok(step.bytes())
    }

    /// `C_SetOperationState`: the session's operations are those of the state then, and no others. After an error they
    /// are as they were.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`] if the state is damaged, or of another token or login; [`Error::KeyNeeded`],
    /// [`Error::KeyNotNeeded`], [`Error::KeyChanged`].
    pub fn set_operation_state(
        &self,
        session: SessionHandle,
        saved: &[u8],
        encryption_key: ObjectHandle,
        authentication_key: ObjectHandle,
    ) -> Result<()> {
        let session = self.session(session)?;
        let mut state = session.state.lock();
        let opened = session.token.open_state(saved)?;
        let (saved_in, operations) = saved::decode(&opened).ok_or(Error::SavedStateInvalid)?;
        if saved_in != login_state(&session) {
            return Err(Error::SavedStateInvalid);
        }
        let keys = GivenKeys {
            encryption: encryption_key,
            authentication: authentication_key,
        };
        keys.check_needed(&operations)?;
        let mut restored = SessionState::default();
        for operation in operations {
            self.restore(&session, &mut state.begun, &keys, operation, &mut restored)?;
        }
        state.encrypt = restored.encrypt;
        state.decrypt = restored.decrypt;
        state.digest = restored.digest;
        state.sign = restored.sign;
        state.verify = restored.verify;
        for other in NOT_SAVED {
            state.cancel(other);
        }
        Ok(())
    }

    /// Puts an operation back into its place.
    fn restore(
        &self,
        session: &Session,
        begun: &mut u64,
        keys: &GivenKeys,
        saved: SavedOperation,
        state: &mut SessionState,
    ) -> Result<()> {
        const NO_ROLE: Error = Error::SavedStateInvalid;
        let spec = self.mechanisms.find(saved.mechanism).map_err(|_| NO_ROLE)?;
        let params = Params::restore(spec.params, &saved.params)
            .filter(|_| spec.key.further.is_empty()) // a state does not tell which keys those were
            .ok_or(NO_ROLE)?;
        let (roles, stage) = (&spec.roles, saved.stage);
        let mut key = |function| {
            let kept = saved.key.as_ref().ok_or(NO_ROLE)?;
            *begun += 1;
            let key = key(session, *begun, keys.of(saved.kind), kept)?;
            key.may(function, spec)
        };
        match saved.kind {
            OperationKind::Encrypt => {
                let (role, key) = (roles.encrypt.ok_or(NO_ROLE)?, key(Function::Encrypt)?);
                let mut cipher = Cipher::begin(Direction::Encrypt, (spec.id, role), key, params)?;
                cipher.go_on(stage)?;
                state.encrypt.begin(cipher);
            }
            OperationKind::Decrypt => {
                let (role, key) = (roles.decrypt.ok_or(NO_ROLE)?, key(Function::Decrypt)?);
                let mut cipher = Cipher::begin(Direction::Decrypt, (spec.id, role), key, params)?;
                cipher.go_on(stage)?;
                state.decrypt.begin(cipher);
            }
            OperationKind::Digest => {
                let role = roles.digest.ok_or(NO_ROLE)?.with(&params).map_err(|_| NO_ROLE)?;
                let mut digest = Digest::begin(spec.id, role, params);
                digest.go_on(stage)?;
                state.digest.begin(digest);
            }
            OperationKind::Sign => {
                let (role, key) = (roles.sign.ok_or(NO_ROLE)?, key(Function::Sign)?);
                let mut sign = Sign::begin((spec.id, role), key, params)?;
                sign.go_on(stage)?;
                state.sign.begin(sign);
            }
            OperationKind::Verify => {
                let (role, key) = (roles.verify.ok_or(NO_ROLE)?, key(Function::Verify)?);
                let mut verify = Verify::begin((spec.id, role), key, params)?;
                verify.go_on(stage)?;
                state.verify.begin(verify);
            }
            _ => return Err(NO_ROLE),
        }
        Ok(())
    }
}

/// The operations that have no state to save; C_SetOperationState ends them all the same.
const NOT_SAVED: [OperationKind; 7] = [
    OperationKind::SignRecover,
    OperationKind::VerifyRecover,
    OperationKind::VerifySignature,
    OperationKind::MessageEncrypt,
    OperationKind::MessageDecrypt,
    OperationKind::MessageSign,
    OperationKind::MessageVerify,
];

/// Everything that runs.
fn saved_operations(state: &SessionState) -> Result<Vec<SavedOperation>> {
    let all = [
        state.encrypt.active().map(Cipher::save),
        state.decrypt.active().map(Cipher::save),
        state.digest.active().map(Digest::save),
        state.sign.active().map(Sign::save),
        state.verify.active().map(Verify::save),
        state
            .runs_what_cannot_be_saved()
            .then_some(Err(Error::StateUnsaveable)),
    ];
    let running: Vec<_> = all.into_iter().flatten().collect();
    if running.is_empty() {
        return Err(Error::OperationNotInitialized);
    }
    running.into_iter().collect()
}

/// The key of a saved operation: the one that is given, or the one of its name.
fn key(session: &Session, begun: u64, given: ObjectHandle, kept: &SavedKey) -> Result<FoundKey> {
    let stamp = session.token.stamp();
    let (handle, missing) = match given {
        ObjectHandle(0) => (named(session, kept)?, Error::KeyNeeded),
        given => (given, Error::KeyChanged),
    };
    let object = session
        .token
        .key(handle, KeyRole::Key)
        .map_err(|error| match error {
            Error::KeyHandleInvalid(_) => missing,
            other => other,
        })?;
    if !object.is_key() {
        return Err(Error::KeyChanged);
    }
    let key = OperationKey::new(&session.token, handle, Arc::clone(&object), stamp, begun);
    match SavedKey::of(&key) {
        Ok(SavedKey { digest, .. }) if digest == kept.digest => Ok(FoundKey(key)),
        _ => Err(Error::KeyChanged),
    }
}

/// A key that is the saved operation's.
struct FoundKey(OperationKey);

impl FoundKey {
    /// The key, if it may still be used so.
    fn may(self, function: Function, spec: &MechanismSpec) -> Result<OperationKey> {
        let permitted = self.0.object.key_for(function, spec, KeyRole::Key).is_ok();
        permitted.then_some(self.0).ok_or(Error::KeyChanged)
    }
}

/// The handle of the key with this CKA_UNIQUE_ID.
fn named(session: &Session, kept: &SavedKey) -> Result<ObjectHandle> {
    let template = [RawAttribute {
        attribute: CKA_UNIQUE_ID,
        value: RawValue::Bytes(kept.unique_id.clone()),
    }];
    let found = session.token.find(&SearchTemplate::parse(&template))?;
    let handle = found.iter().find_map(|found| session.token.handle_of(found));
    handle.ok_or(Error::KeyNeeded)
}
