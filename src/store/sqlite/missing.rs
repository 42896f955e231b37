//! What is asked when something is not found: is it gone, or is the store damaged? And how a damaged token is deleted.

use super::calls::of_token;
use super::connections::End;
use super::{SqliteStore, objects, tokens};
use crate::error::{Error, Result};
use crate::store::{ObjectId, Tag, TokenId};

impl SqliteStore {
    /// Why a token is not found, or not written because it is not found: [`Error::DeviceRemoved`], or
    /// [`Error::StoreDamaged`] if its row is still there in the slot where it was seen before.
    pub fn absence(&self, token: TokenId, slot: Option<u64>) -> Error {
        let why = self.keys().and_then(|keys| {
            self.connections.snapshot(&of_token(token), |reader| {
                tokens::absence(reader, &keys, token, slot)
            })
        });
        why.unwrap_or_else(|error| error)
    }

    /// Whether the index or its copy has the object under this tag.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn names(&self, tag: Tag, object: ObjectId) -> Result<bool> {
        self.connections
            .snapshot("the search index", |reader| objects::names(reader, tag, object))
    }

    /// Deletes whatever token is in the slot with all its objects, without a look at its name or header; `false` if there
    /// is none.
    ///
    /// # Errors
    /// See [`SqliteStore`].
    pub fn delete_slot(&self, slot: u64) -> Result<bool> {
        let slot = slot.cast_signed();
        self.connections
            .write("the list of tokens", &self.generation, |writer| {
                if !tokens::is_in_slot(writer, slot)? {
                    return Ok(End::Rollback(false));
                }
                objects::delete_all(writer, slot)?;
                tokens::delete(writer, slot)?;
                Ok(End::Commit(true))
            })
    }
}
