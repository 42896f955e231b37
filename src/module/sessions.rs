//! Sessions and login.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::Module;
use super::info::SessionInfo;
use crate::ck::{SessionHandle, SlotId, UserType, sys};
use crate::error::{Error, Result};
use crate::os::lock::Mutex;
use crate::os::stack;
use crate::session::{OperationKey, Session, SessionState};
use crate::token::Token;

/// Numbers of sessions in this process; they are never used again, and are far from those of objects.
static NEXT: AtomicU64 = AtomicU64::new(0x5348_0001);

impl Module {
    /// `C_OpenSession`. The notification callback is not needed: nothing is ever notified.
    ///
    /// # Errors
    /// [`Error::SessionParallelNotSupported`], [`Error::SessionAsyncNotSupported`],
    /// [`Error::SessionReadWriteSoExists`], [`Error::SessionCount`], [`Error::TokenNotInitialized`], the slot's.
    pub fn open_session(&self, slot: SlotId, flags: u64) -> Result<SessionHandle> {
        let token = self.slots.token(slot)?;
        if flags & sys::CKF_SERIAL_SESSION == 0 {
            return Err(Error::SessionParallelNotSupported);
        }
        if flags & sys::CKF_ASYNC_SESSION != 0 {
            return Err(Error::SessionAsyncNotSupported);
        }
        let read_write = flags & sys::CKF_RW_SESSION != 0;
        let place = self.sessions.reserve(self.config.sessions.max)?;
        token.open_session(read_write)?;
        let handle = SessionHandle(NEXT.fetch_add(1, Ordering::Relaxed));
        place.insert(Arc::new(Session {
            handle,
            slot,
            token,
            read_write,
            closed: AtomicBool::new(false),
            state: Mutex::new(SessionState::default()),
        }))?;
        Ok(handle)
    }

    /// `C_CloseSession`: its session objects go with it; the last session of a token takes the login along.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`].
    pub fn close_session(&self, session: SessionHandle) -> Result<()> {
        let session = self.sessions.remove(session)?;
        session.token.close_session(session.handle, session.read_write);
        if session.token.sessions().all == 0 {
            stack::wipe();
        }
        Ok(())
    }

    /// An object that was made for a session which another thread closed meanwhile goes as those before it went.
    pub(super) fn still_open(&self, session: &Session) -> Result<()> {
        // The lock under which the object was added orders the two: who closes either finds it or was seen.
        if !session.closed.load(Ordering::Acquire) {
            return Ok(());
        }
        session.token.end_objects_of(session.handle);
        Err(Error::SessionHandleInvalid)
    }

    /// `C_CloseAllSessions` of one slot.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`].
    pub fn close_all_sessions(&self, slot: SlotId) -> Result<()> {
        self.slots.exists(slot)?;
        self.close_these(&self.sessions.those(|session| session.slot == slot))
    }

    pub(super) fn close_these(&self, sessions: &[Arc<Session>]) -> Result<()> {
        for session in sessions {
            match self.close_session(session.handle) {
                Ok(()) | Err(Error::SessionHandleInvalid) => {} // another thread was faster
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// `C_GetSessionInfo`.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`].
    pub fn session_info(&self, session: SessionHandle) -> Result<SessionInfo> {
        let session = self.session(session)?;
        let state = login_state(&session);
        let read_write = if session.read_write {
            sys::CKF_RW_SESSION
        } else {
            0
        };
        Ok(SessionInfo {
            slot: session.slot,
            state,
            flags: sys::CKF_SERIAL_SESSION | read_write,
        })
    }

    /// `C_Login`, also for one operation (`CKU_CONTEXT_SPECIFIC`).
    ///
    /// # Errors
    /// [`Error::PinIncorrect`], [`Error::PinLocked`], [`Error::UserPinNotInitialized`],
    /// [`Error::UserAlreadyLoggedIn`], [`Error::UserAnotherAlreadyLoggedIn`], [`Error::SessionReadOnlyExists`],
    /// [`Error::OperationNotInitialized`] if no operation waits for a PIN.
    pub fn login(&self, session: SessionHandle, user: UserType, pin: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        match user {
            UserType::ContextSpecific => self.login_for_operation(&session, pin),
            UserType::So | UserType::User => session.token.login(user, pin),
        }
    }

    /// `C_LoginUser`. No token has users of its own names yet: without a name it is `C_Login`, and every name is one
    /// that nobody has, which is answered as a wrong PIN is, after the same time.
    ///
    /// # Errors
    /// As [`Module::login`].
    pub fn login_user(&self, session: SessionHandle, user: UserType, pin: &[u8], name: &[u8]) -> Result<()> {
        if name.is_empty() {
            return self.login(session, user, pin);
        }
        let session = self.session(session)?;
        match user {
            UserType::ContextSpecific => {
                waiting_key(&mut session.state.lock()).ok_or(Error::OperationNotInitialized)?;
                session.token.check_unknown(user, pin)
            }
            UserType::So | UserType::User => session.token.login_unknown(user, pin),
        }
    }

    /// One right PIN is good for one operation: the one that was begun last of those that wait.
    fn login_for_operation(&self, session: &Session, pin: &[u8]) -> Result<()> {
        let user = session.token.logged_in().unwrap_or(UserType::User);
        let mut state = session.state.lock();
        let key = waiting_key(&mut state).ok_or(Error::OperationNotInitialized)?;
        let checked = session.token.check_pin(user, pin);
        match checked {
            Ok(_) => key.authenticate(),
            // [PKCS#11 3.2, 4.10: CKA_ALWAYS_AUTHENTICATE] this also logs the user out.
            Err(Error::PinLocked(_)) => {
                drop(state);
                self.logout_everywhere(&session.token);
            }
            Err(_) => {}
        }
        checked.map(drop)
    }

    /// `C_Logout`.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`].
    pub fn logout(&self, session: SessionHandle) -> Result<()> {
        let token = self.session(session)?.token.clone();
        if token.logged_in().is_none() {
            return Err(Error::UserNotLoggedIn("nobody is logged in"));
        }
        self.logout_everywhere(&token);
        Ok(())
    }

    /// Logs out and ends what operations do with private keys.
    fn logout_everywhere(&self, token: &Arc<Token>) {
        token.logout();
        for other in self.sessions.those(|other| Arc::ptr_eq(&other.token, token)) {
            other.state.lock().forget_private_keys();
        }
        stack::wipe();
    }

    /// `C_InitPIN`: the SO sets the user's PIN, which also unlocks it.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`] unless the SO is logged in; [`Error::PinLenRange`], [`Error::PinInvalid`].
    pub fn init_pin(&self, session: SessionHandle, pin: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        if session.token.logged_in() != Some(UserType::So) {
            return Err(Error::UserNotLoggedIn(
                "the SO must be logged in to set the user PIN",
            ));
        }
        session.token.init_pin(pin)
    }

    /// `C_SetPIN`: changes the PIN of who is logged in, or the user's if nobody is.
    ///
    /// # Errors
    /// [`Error::SessionReadOnly`], [`Error::PinIncorrect`], [`Error::PinLocked`], [`Error::PinLenRange`],
    /// [`Error::PinInvalid`], [`Error::UserPinNotInitialized`].
    pub fn set_pin(&self, session: SessionHandle, old: &[u8], new: &[u8]) -> Result<()> {
        let session = self.session(session)?;
        if !session.read_write {
            return Err(Error::SessionReadOnly(
                "a PIN is changed in a session opened with CKF_RW_SESSION",
            ));
        }
        session
            .token
            .set_pin(session.token.logged_in().unwrap_or(UserType::User), old, new)
    }
}

/// `CKS_…`: who is logged in, and whether the session may write.
pub(super) fn login_state(session: &Session) -> u64 {
    match (session.token.logged_in(), session.read_write) {
        (Some(UserType::So), _) => sys::CKS_RW_SO_FUNCTIONS,
        (Some(_), true) => sys::CKS_RW_USER_FUNCTIONS,
        (Some(_), false) => sys::CKS_RO_USER_FUNCTIONS,
        (None, true) => sys::CKS_RW_PUBLIC_SESSION,
        (None, false) => sys::CKS_RO_PUBLIC_SESSION,
    }
}

/// The key of the running operation that was begun last of those that want their PIN.
fn waiting_key(state: &mut SessionState) -> Option<&mut OperationKey> {
    let encrypt = state.encrypt.active_mut().map(|cipher| &mut cipher.key);
    let decrypt = state.decrypt.active_mut().map(|cipher| &mut cipher.key);
    let sign = state.sign.active_mut().map(|sign| &mut sign.key);
    let sign_recover = state.sign_recover.active_mut().map(|sign| &mut sign.key);
    let decrypt_message = state.message_decrypt.active_mut().map(|cipher| cipher.key_mut());
    let sign_message = state.message_sign.active_mut().map(|sign| sign.key_mut());
    [
        encrypt,
        decrypt,
        sign,
        sign_recover,
        decrypt_message,
        sign_message,
    ]
    .into_iter()
    .flatten()
    .filter(|key| key.wants_authentication())
    .max_by_key(|key| key.begun())
}
