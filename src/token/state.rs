//! Saved operations of sessions, sealed for their token: nobody but the store's holder reads or makes them, in this
//! process or another.

use super::Token;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;
use crate::store::{Place, Purpose};

impl Token {
    fn state_place(&self) -> Place {
        Place::of_token(Purpose::OperationState, self.id, 0)
    }

    /// Seals saved operations; the result is [`crate::store::OVERHEAD`] bytes longer.
    ///
    /// # Errors
    /// [`Error::Crypto`], the store's.
    pub fn seal_state(&self, state: &[u8]) -> Result<Vec<u8>> {
        let keys = self.realm.store()?.keys()?;
        keys.operation_states.seal(&self.state_place(), state)
    }

    /// Opens what [`Token::seal_state`] made for this token.
    ///
    /// # Errors
    /// [`Error::SavedStateInvalid`]; the store's.
    pub fn open_state(&self, sealed: &[u8]) -> Result<SecretBytes> {
        let keys = self.realm.store()?.keys()?;
        let opened = keys.operation_states.open(&self.state_place(), sealed);
        opened.map_err(|_| Error::SavedStateInvalid)
    }
}
