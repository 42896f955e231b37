//! What the command line does with tokens beyond the standard's functions.

use super::Module;
use crate::ck::{SlotId, UserType};
use crate::error::{Error, Result};
use crate::store::{Repair, Verification};
use crate::token::{Header, Token};

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

/// A token that cannot be used, because it is not what was written.
#[derive(Clone, Debug)]
pub struct DamagedToken {
    /// The slot it is in.
    pub slot: SlotId,
    /// [`Error::StoreDamaged`].
    pub why: Error,
}

impl Module {
    /// Every initialised token that is sound, and every damaged one, both by slot.
    ///
    /// # Errors
    /// The store's, damage of single tokens apart.
    pub fn token_summaries(&self) -> Result<(Vec<TokenSummary>, Vec<DamagedToken>)> {
        self.slots.refresh()?;
        let (mut sound, mut damaged) = (Vec::new(), Vec::new());
        for (slot, token) in self.slots.tokens() {
            match self.summary(slot, &token) {
                Ok(summary) => sound.push(summary),
                Err(why @ Error::StoreDamaged(_)) => damaged.push(DamagedToken { slot, why }),
                Err(Error::DeviceRemoved) => {} // deleted meanwhile
                Err(error) => return Err(error),
            }
        }
        Ok((sound, damaged))
    }

    fn summary(&self, slot: SlotId, token: &Token) -> Result<TokenSummary> {
        Ok(TokenSummary {
            slot,
            header: token.header()?,
            objects: token.object_count()?,
            failures_max_user: self.slots.realm().failures_max(UserType::User),
            failures_max_so: self.slots.realm().failures_max(UserType::So),
        })
    }

    /// Whether the bytes may be a new PIN.
    ///
    /// # Errors
    /// [`Error::PinLenRange`], [`Error::PinInvalid`].
    pub fn accept_pin(&self, pin: &[u8]) -> Result<()> {
        self.slots.realm().accept_pin(pin)
    }

    /// Makes a new token in a slot with the next number that no token had, and gives the slot. `label` is blank padded.
    ///
    /// # Errors
    /// [`Error::PinLenRange`], [`Error::PinInvalid`], the store's.
    pub fn create_token(&self, so_pin: &[u8], label: &[u8; 32]) -> Result<SlotId> {
        let slot = self.slots.realm().create(None, label, so_pin)?;
        self.slots.refresh()?;
        Ok(slot)
    }

    /// Deletes a token with all its objects. The command line asks for confirmation; no PIN is wanted, since who
    /// may write the store may delete its files.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`], the store's.
    pub fn delete_token(&self, slot: SlotId) -> Result<()> {
        let token = self.slots.token(slot)?;
        self.slots.realm().delete(&token)?;
        self.slots.refresh()
    }

    /// Deletes whatever token is in the slot, also one whose name or header cannot be read. For damaged ones.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`], the store's.
    pub fn delete_damaged_token(&self, slot: SlotId) -> Result<()> {
        if !self.slots.realm().delete_slot(slot)? {
            return Err(Error::SlotIdInvalid(slot));
        }
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
    /// [`Error::UserNotLoggedIn`] if there are private objects and the user is not logged in; the store's.
    pub fn repair_token(&self, slot: SlotId) -> Result<Repair> {
        self.slots.token(slot)?.repair()
    }
}
