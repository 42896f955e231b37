//! Login, logout and PINs of one token.
//!
//! A PIN is checked by opening the token's key with what is derived from it, while nothing is locked, because that is
//! slow on purpose. The failure is counted in the store before the answer is given, so that all processes together
//! have no more tries than one has.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::header::SALT_LEN;
use super::pin;
use super::records::ObjectKeys;
use super::{Counts, Header, PinRecord, Token};
use crate::ck::{SessionHandle, UserType};
use crate::error::{Error, Result};
use crate::store::LockedKey;

/// Who is logged in in this process, with what the login opened.
pub(super) enum Login {
    /// The user, with what private objects are sealed and found with.
    User(Arc<ObjectKeys>),
    /// The SO, with the token's key, which the user's PIN is set with.
    So(Arc<LockedKey>),
}

impl Token {
    /// Who is logged in in this process: the user or the SO.
    #[must_use]
    pub fn logged_in(&self) -> Option<UserType> {
        match self.who.load(Ordering::Acquire) {
            WHO_SO => Some(UserType::So),
            WHO_USER => Some(UserType::User),
            _ => None,
        }
    }

    /// A session is opened.
    ///
    /// # Errors
    /// [`Error::SessionReadWriteSoExists`].
    pub fn open_session(&self, read_write: bool) -> Result<()> {
        let mut sessions = self.sessions.lock();
        if !read_write && self.logged_in() == Some(UserType::So) {
            return Err(Error::SessionReadWriteSoExists);
        }
        sessions.add(read_write);
        Ok(())
    }

    /// A session is closed: its objects go with it, and the last one takes the login along.
    pub fn close_session(&self, session: SessionHandle, read_write: bool) {
        self.end_objects_of(session);
        let mut sessions = self.sessions.lock();
        sessions.subtract(read_write);
        if sessions.all == 0 {
            self.logout_quietly();
        }
    }

    /// `C_Login` of the user or the SO.
    ///
    /// # Errors
    /// [`Error::UserAlreadyLoggedIn`], [`Error::UserAnotherAlreadyLoggedIn`], [`Error::SessionReadOnlyExists`],
    /// [`Error::SessionHandleInvalid`] if all sessions were closed meanwhile, and those of [`Token::check_pin`].
    pub fn login(&self, user: UserType, pin: &[u8]) -> Result<()> {
        self.may_log_in(user, self.sessions())?;
        let token_key = self.check_pin(user, pin)?;
        let opened = match user {
            UserType::So => Login::So(Arc::new(token_key)),
            _ => Login::User(Arc::new(ObjectKeys::private(&token_key)?)),
        };
        let sessions = self.sessions.lock();
        self.may_log_in(user, *sessions)?; // while the PIN was derived, others went on
        *self.login.write() = Some(opened);
        let who = if user == UserType::So { WHO_SO } else { WHO_USER };
        self.who.store(who, Ordering::Release);
        self.changed();
        Ok(())
    }

    fn may_log_in(&self, user: UserType, sessions: Counts) -> Result<()> {
        self.nobody_logged_in(user)?;
        if sessions.all == 0 {
            return Err(Error::SessionHandleInvalid);
        }
        if user == UserType::So && sessions.read_only() > 0 {
            return Err(Error::SessionReadOnlyExists);
        }
        Ok(())
    }

    fn nobody_logged_in(&self, user: UserType) -> Result<()> {
        match self.logged_in() {
            None => Ok(()),
            Some(other) if other == user => Err(Error::UserAlreadyLoggedIn),
            Some(_) => Err(Error::UserAnotherAlreadyLoggedIn),
        }
    }

    /// Logs out whoever is logged in: handles of private objects are dead for ever, private session objects are gone.
    pub fn logout(&self) {
        let _sessions = self.sessions.lock();
        self.logout_quietly();
    }

    /// The same for who holds the lock of the sessions.
    pub(super) fn logout_quietly(&self) {
        let mut login = self.login.write();
        self.who.store(WHO_NOBODY, Ordering::Release);
        *login = None;
        self.changed();
        drop(login);
        self.handles.remove_private();
    }

    /// Checks a PIN without a login; gives the token's key. A failure is counted before the answer.
    ///
    /// # Errors
    /// [`Error::PinIncorrect`], [`Error::PinLocked`], [`Error::UserPinNotInitialized`], the store's.
    pub fn check_pin(&self, user: UserType, pin: &[u8]) -> Result<LockedKey> {
        self.opened_by(user, pin).map(|(token_key, _)| token_key)
    }

    /// The token's key, and the salt of the PIN that opened it: a PIN that is set anew has another one.
    pub(super) fn opened_by(&self, user: UserType, pin: &[u8]) -> Result<(LockedKey, Salt)> {
        for _ in 0..PIN_CHANGES_MAX {
            let mut header = self.header()?;
            let record = pin_record(&mut header, user)?;
            if record.failures >= self.realm.rules().failures_max(user) {
                return Err(locked(user));
            }
            let root = self.realm.store()?.keys()?;
            let opened = pin::open_token_key(&root, self.id, user, pin, record)?;
            let counted = self.count(user, record.salt, opened.is_some())?;
            if let (Counted::Yes, Some(token_key)) = (counted, opened) {
                return Ok((token_key, record.salt));
            }
        }
        Err(Error::StoreBusy)
    }

    /// Counts a try before it is answered, and a right one just as a wrong one: where nothing can be written, neither
    /// is answered, so that nobody has more tries by keeping the store from being written.
    fn count(&self, user: UserType, salt: Salt, right: bool) -> Result<Counted> {
        let failures_max = self.realm.rules().failures_max(user);
        self.update_header(|header| {
            let (answer, write) = match pin_record(header, user) {
                Ok(record) => tried(record, user, salt, right, failures_max),
                Err(error) => (Err(error), false),
            };
            (Ok(answer), write)
        })?
    }

    /// `C_InitPIN`: a new user PIN under the token's key that the SO's login opened; it is not locked any more.
    ///
    /// # Errors
    /// [`Error::UserNotLoggedIn`] unless the SO is logged in; [`Error::PinLenRange`], [`Error::PinInvalid`], the
    /// store's.
    pub fn init_pin(&self, pin: &[u8]) -> Result<()> {
        self.realm.rules().accept(pin)?;
        let token_key = match &*self.login.read() {
            Some(Login::So(token_key)) => token_key.clone(),
            _ => {
                return Err(Error::UserNotLoggedIn(
                    "the SO must be logged in to set the user PIN",
                ));
            }
        };
        let record = self.realm.new_pin(self.id, UserType::User, pin, &token_key)?;
        self.update_header(|header| {
            header.user = Some(record.clone());
            (Ok(()), true)
        })
    }

    /// `C_SetPIN`: the token's key is wrapped anew; nothing else is encrypted again. Of two who change a PIN at the
    /// same time one is too late: the old PIN is not right any more.
    ///
    /// # Errors
    /// Those of [`Token::check_pin`]; [`Error::PinLenRange`], [`Error::PinInvalid`].
    pub fn set_pin(&self, user: UserType, old: &[u8], new: &[u8]) -> Result<()> {
        let (token_key, salt) = self.opened_by(user, old)?;
        self.realm.rules().accept(new)?;
        let record = self.realm.new_pin(self.id, user, new, &token_key)?;
        self.update_header(|header| {
            let set = pin_record(header, user).and_then(|place| {
                self.still_opened_by(user, place, salt)?;
                *place = record.clone();
                Ok(())
            });
            let write = set.is_ok();
            (set, write)
        })
    }

    /// Whether the PIN that was right a moment ago, with this salt, has not been set anew since.
    pub(super) fn still_opened_by(&self, user: UserType, record: &PinRecord, salt: Salt) -> Result<()> {
        if record.salt == salt {
            return Ok(());
        }
        let failures_max = self.realm.rules().failures_max(user);
        Err(Error::PinIncorrect {
            tries_left: failures_max.saturating_sub(record.failures),
        })
    }
}

/// How often a PIN may be set anew while it is being checked.
const PIN_CHANGES_MAX: usize = 16;

pub(super) type Salt = [u8; SALT_LEN];

/// What became of a try.
enum Counted {
    /// It was counted.
    Yes,
    /// The PIN has been set anew meanwhile: the try was none.
    PinChanged,
}

/// Nobody is logged in.
const WHO_NOBODY: u8 = 0;
const WHO_SO: u8 = 1;
const WHO_USER: u8 = 2;

fn pin_record(header: &mut Header, user: UserType) -> Result<&mut PinRecord> {
    match user {
        UserType::So => Ok(&mut header.so),
        UserType::User => header.user.as_mut().ok_or(Error::UserPinNotInitialized),
        UserType::ContextSpecific => Err(Error::UserTypeInvalid),
    }
}

/// Counts a try in the record; gives its answer, and whether the record was changed. Whoever comes after the last one
/// is told that the PIN is locked and not whether his was right, so that it does not matter how many were derived at
/// the same time.
fn tried(
    record: &mut PinRecord,
    user: UserType,
    salt: Salt,
    right: bool,
    failures_max: u32,
) -> (Result<Counted>, bool) {
    if record.salt != salt {
        return (Ok(Counted::PinChanged), false);
    }
    if record.failures >= failures_max {
        return (Err(locked(user)), false);
    }
    if right {
        record.failures = 0;
        return (Ok(Counted::Yes), true);
    }
    record.failures += 1;
    let tries_left = failures_max - record.failures;
    (Err(Error::PinIncorrect { tries_left }), true)
}

fn locked(user: UserType) -> Error {
    Error::PinLocked(match user {
        UserType::So => "for good; `vhsm token delete` makes room for a new token",
        _ => "the SO unlocks it with C_InitPIN or `vhsm pin unlock`",
    })
}
