//! What the command line does with tokens beyond the standard's functions.

use super::Module;
use crate::ck::{SlotId, UserType};
use crate::error::Result;
use crate::store::{Repair, Verification};
use crate::token::Header;

/// A token as the command line shows it.
#[derive(Clone, Debug)]
pub struct TokenSummary {
    /// The slot it is in.
    pub slot: SlotId,
    /// Its header: label, serial number, the state of its PINs.
    pub header: Header,
    /// How many objects it holds.
    pub objects: u64,
    /// Wrong user PINs that lock the user PIN.
    pub failures_max_user: u32,
    /// Wrong SO PINs that lock the SO PIN.
    pub failures_max_so: u32,
}

impl Module {
    /// Every initialised token.
    ///
    /// # Errors
    /// The store's.
    pub fn token_summaries(&self) -> Result<Vec<TokenSummary>> {
        self.slots.refresh()?;
        let summary = |(slot, token): (SlotId, std::sync::Arc<crate::token::Token>)| {
            Ok(TokenSummary {
                slot,
                header: token.header()?,
                objects: token.object_count()?,
                failures_max_user: self.slots.realm().failures_max(UserType::User),
                failures_max_so: self.slots.realm().failures_max(UserType::So),
            })
        };
        self.slots.tokens().into_iter().map(summary).collect()
    }

    /// Makes a new token in a slot with the next number that no token had, and gives the slot. `label` is blank padded.
    ///
    /// # Errors
    /// [`crate::error::Error::PinLenRange`], [`crate::error::Error::PinInvalid`], the store's.
    pub fn create_token(&self, so_pin: &[u8], label: &[u8; 32]) -> Result<SlotId> {
        let slot = self.slots.realm().create(None, label, so_pin)?;
        self.slots.refresh()?;
        Ok(slot)
    }

    /// Deletes a token with all its objects. The command line asks for confirmation; no PIN is wanted, since who
    /// may write the store may delete its files.
    ///
    /// # Errors
    /// [`crate::error::Error::SlotIdInvalid`], the store's.
    pub fn delete_token(&self, slot: SlotId) -> Result<()> {
        let token = self.slots.token(slot)?;
        self.slots.realm().delete(&token)?;
        self.slots.refresh()
    }

    /// Checks every record of a token against its seals and search tags; private ones only if the user is logged
    /// in.
    ///
    /// # Errors
    /// The store's; what is damaged is in the result.
    pub fn verify_token(&self, slot: SlotId) -> Result<Verification> {
        self.slots.token(slot)?.verify()
    }

    /// Builds what a token's objects are found by anew from their records.
    ///
    /// # Errors
    /// [`crate::error::Error::UserNotLoggedIn`] if there are private objects and the user is not logged in; the store's.
    pub fn repair_token(&self, slot: SlotId) -> Result<Repair> {
        self.slots.token(slot)?.repair()
    }
}
