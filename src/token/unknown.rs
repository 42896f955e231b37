//! A login under a name that nobody has: it costs what a wrong PIN costs and is answered as one.

use super::{Token, pin};
use crate::ck::UserType;
use crate::error::{Error, Result};

impl Token {
    /// `C_LoginUser` of a user whom the token does not know. No failure is counted: there is nothing to be guessed, and
    /// nobody may lock the PIN of others by calling names.
    ///
    /// # Errors
    /// [`Error::UserUnknown`] in the end; before, those of [`Token::login`] that do not depend on the PIN.
    pub fn login_unknown(&self, user: UserType, pin: &[u8]) -> Result<()> {
        self.may_log_in(user, self.sessions())?;
        self.check_unknown(user, pin)
    }

    /// The same where somebody is logged in already: the PIN for one operation.
    ///
    /// # Errors
    /// [`Error::UserUnknown`]; the store's.
    pub fn check_unknown(&self, user: UserType, pin: &[u8]) -> Result<()> {
        let header = self.header()?;
        let record = match (user, &header.user) {
            (UserType::User | UserType::ContextSpecific, Some(record)) => record,
            _ => &header.so,
        };
        let root = self.realm.store()?.keys()?;
        let _ = pin::open_token_key(&root, self.id, user, pin, record)?;
        // A failure is counted in a transaction, which takes its time, too.
        self.update_header(|_| (Ok(()), true))?;
        Err(Error::UserUnknown)
    }
}
