//! Sessions and login.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Module;
use super::info::SessionInfo;
use crate::ck::{SessionHandle, SlotId, UserType, sys};
use crate::error::{Error, Result};
use crate::os::lock::Mutex;
use crate::session::{OperationKey, Session, SessionState};

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
        let max = self.config.sessions.max;
        let handle = SessionHandle(NEXT.fetch_add(1, Ordering::Relaxed));
        if !read_write && token.logged_in() == Some(UserType::So) {
            return Err(Error::SessionReadWriteSoExists);
        }
        if max != 0 && self.slots.session_count() >= max {
            return Err(Error::SessionCount(max));
        }
        token.sessions().open(read_write);
        let state = Mutex::new(SessionState::default());
        self.sessions.insert(Arc::new(Session {
            handle,
            slot,
            token,
            read_write,
            state,
        }))?;
        Ok(handle)
    }

    /// `C_CloseSession`: its session objects go with it; the last session of a token takes the login along.
    ///
    /// # Errors
    /// [`Error::SessionHandleInvalid`].
    pub fn close_session(&self, session: SessionHandle) -> Result<()> {
        let session = self.sessions.remove(session)?;
        session.token.end_session(session.handle);
        if session.token.sessions().close(session.read_write) {
            session.token.logout_quietly();
        }
        Ok(())
    }

    /// `C_CloseAllSessions` of one slot.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`].
    pub fn close_all_sessions(&self, slot: SlotId) -> Result<()> {
        self.slots.exists(slot)?;
        for session in self
            .sessions
            .all()
            .into_iter()
            .filter(|session| session.slot == slot)
        {
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
        let state = match (session.token.logged_in(), session.read_write) {
            (Some(UserType::So), _) => sys::CKS_RW_SO_FUNCTIONS,
            (Some(_), true) => sys::CKS_RW_USER_FUNCTIONS,
            (Some(_), false) => sys::CKS_RO_USER_FUNCTIONS,
            (None, true) => sys::CKS_RW_PUBLIC_SESSION,
            (None, false) => sys::CKS_RO_PUBLIC_SESSION,
        };
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
            UserType::ContextSpecific => Self::login_for_operation(&session, pin),
            UserType::So => {
                if session.token.sessions().read_only() > 0 && session.token.logged_in().is_none() {
                    return Err(Error::SessionReadOnlyExists);
                }
                session.token.login(user, pin)
            }
            UserType::User => session.token.login(user, pin),
        }
    }

    fn login_for_operation(session: &Session, pin: &[u8]) -> Result<()> {
        let mut state = session.state.lock();
        let mut waiting = waiting_keys(&mut state).peekable();
        if waiting.peek().is_none() {
            return Err(Error::OperationNotInitialized);
        }
        session
            .token
            .check_pin(session.token.logged_in().unwrap_or(UserType::User), pin)?;
        waiting.for_each(OperationKey::authenticate);
        Ok(())
    }

    /// `C_Logout`.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`].
    pub fn logout(&self, session: SessionHandle) -> Result<()> {
        let token = self.session(session)?.token.clone();
        token.logout()?;
        for other in self.sessions.all() {
            if Arc::ptr_eq(&other.token, &token) {
                other.state.lock().forget_private_keys();
            }
        }
        Ok(())
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

/// The keys of running operations that want their PIN.
fn waiting_keys(state: &mut SessionState) -> impl Iterator<Item = &mut OperationKey> {
    let encrypt = state.encrypt.active_mut().map(|cipher| cipher.key_mut());
    let decrypt = state.decrypt.active_mut().map(|cipher| cipher.key_mut());
    let sign = state.sign.active_mut().map(|sign| sign.key_mut());
    [encrypt, decrypt, sign]
        .into_iter()
        .flatten()
        .filter(|key| key.wants_authentication())
}
