//! Slots: small, positive, stable numbers, one for each token, and one more where a new token can be made.

use std::sync::Arc;

use super::Module;
use super::info::{MANUFACTURER, SlotInfo};
use super::options::realm_options;
use crate::ck::{SlotId, sys};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::os::lock::{Condvar, Mutex, RwLock};
use crate::store::TokenId;
use crate::token::{Realm, Token};

/// The slots of this process.
pub(super) struct Slots {
    realm: Realm,
    free_slot: bool,
    list: RwLock<List>,
    stopped: Mutex<bool>,
    wake: Condvar,
}

/// The slots as they were last read from the store.
#[derive(Default)]
struct List {
    slots: Vec<Listed>,
    /// Counts the changes of `slots`.
    changes: u64,
}

/// A slot; without a token it is there so that one can be initialised.
struct Listed {
    slot: SlotId,
    token: Option<Arc<Token>>,
}

impl Listed {
    fn name(&self) -> (SlotId, Option<TokenId>) {
        (self.slot, self.token.as_ref().map(|token| token.id()))
    }
}

impl Slots {
    pub(super) fn open(config: &Config) -> Result<Self> {
        let slots = Self {
            realm: Realm::open(realm_options(config))?,
            free_slot: config.slots.free_slot,
            list: RwLock::default(),
            stopped: Mutex::new(false),
            wake: Condvar::new(),
        };
        slots.refresh()?;
        Ok(slots)
    }

    pub(super) fn realm(&self) -> &Realm {
        &self.realm
    }

    /// Looks for tokens that other processes made or deleted. A token keeps its slot's number, and its slot goes with
    /// it: the store gives the number to no other.
    pub(super) fn refresh(&self) -> Result<()> {
        let read = || -> Result<_> {
            let mut names: Vec<_> = self
                .realm
                .tokens()?
                .into_iter()
                .map(|(slot, id)| (slot, Some(id)))
                .collect();
            if names.is_empty() || self.free_slot {
                names.push((self.realm.next_slot()?, None));
            }
            Ok(names)
        };
        self.read_then(read, |slots, names| {
            if names.iter().copied().eq(slots.iter().map(Listed::name)) {
                return Ok(((), false));
            }
            let listed = |(slot, id): (SlotId, Option<TokenId>)| {
                let known = |id| {
                    slots
                        .iter()
                        .filter_map(|one| one.token.as_ref())
                        .find(|one| one.id() == id)
                };
                let token = id.map(|id| known(id).cloned().unwrap_or_else(|| self.realm.token(id)));
                Listed { slot, token }
            };
            *slots = names.into_iter().map(listed).collect();
            Ok(((), true))
        })
    }

    /// Reads the store while nothing is locked, and puts what was read into the list. If the list was changed meanwhile,
    /// what was read may be older than what stands there, and is read again. `apply` tells whether it changed the list.
    fn read_then<R, T>(
        &self,
        read: impl Fn() -> Result<R>,
        apply: impl FnOnce(&mut Vec<Listed>, R) -> Result<(T, bool)>,
    ) -> Result<T> {
        loop {
            let changes = self.list.read().changes;
            let answer = read()?;
            let mut list = self.list.write();
            if list.changes == changes {
                let (value, changed) = apply(&mut list.slots, answer)?;
                list.changes += u64::from(changed);
                return Ok(value);
            }
        }
    }

    pub(super) fn exists(&self, slot: SlotId) -> Result<()> {
        self.listed(slot, |_| ())
    }

    fn listed<T>(&self, slot: SlotId, read: impl FnOnce(&Listed) -> T) -> Result<T> {
        let list = self.list.read();
        list.slots
            .iter()
            .find(|listed| listed.slot == slot)
            .map(read)
            .ok_or(Error::SlotIdInvalid(slot))
    }

    /// The token in a slot as it is now: one that another process has initialised anew is another token.
    pub(super) fn token_if_any(&self, slot: SlotId) -> Result<Option<Arc<Token>>> {
        let known = self.listed(slot, |listed| listed.token.clone())?;
        match known.as_ref().map(|token| token.still_there()) {
            Some(Err(Error::DeviceRemoved)) => self.renew(slot).map(Some),
            Some(Err(error)) => Err(error),
            _ => Ok(known),
        }
    }

    /// Looks for the token in one slot. The list of slots stays as it is: it changes when its length is asked for.
    fn renew(&self, slot: SlotId) -> Result<Arc<Token>> {
        let in_slot = |(other, id)| (other == slot).then_some(id);
        let read = || {
            self.realm
                .tokens()
                .map(|tokens| tokens.into_iter().find_map(in_slot))
        };
        self.read_then(read, |slots, id| {
            let Some(listed) = slots.iter_mut().find(|listed| listed.slot == slot) else {
                return Err(Error::SlotIdInvalid(slot));
            };
            let id = id.ok_or(Error::DeviceRemoved)?;
            match &listed.token {
                Some(token) if token.id() == id => Ok((token.clone(), false)),
                _ => Ok((listed.token.insert(self.realm.token(id)).clone(), true)),
            }
        })
    }

    /// Whether the token is in a slot. To be asked while no lock of a session or of their table is held.
    fn has(&self, token: &Arc<Token>) -> bool {
        let list = self.list.read();
        let mut listed = list.slots.iter().filter_map(|listed| listed.token.as_ref());
        listed.any(|other| Arc::ptr_eq(other, token))
    }

    /// The token in a slot.
    pub(super) fn token(&self, slot: SlotId) -> Result<Arc<Token>> {
        self.token_if_any(slot)?.ok_or(Error::TokenNotInitialized(slot))
    }

    /// Every token with its slot.
    pub(super) fn tokens(&self) -> Vec<(SlotId, Arc<Token>)> {
        let list = self.list.read();
        list.slots
            .iter()
            .filter_map(|listed| Some((listed.slot, listed.token.clone()?)))
            .collect()
    }

    /// Ends every blocking `C_WaitForSlotEvent`.
    pub(super) fn stop_waiting(&self) {
        *self.stopped.lock() = true;
        self.wake.notify_all();
    }

    /// Forgets tokens and keys.
    pub(super) fn close(&self) {
        let mut list = self.list.write();
        let slots = std::mem::take(&mut list.slots);
        list.changes += 1;
        drop(list);
        for listed in slots {
            if let Some(token) = listed.token {
                token.close();
            }
        }
        self.realm.close();
    }
}

impl Module {
    /// `C_GetSlotList`: `refresh` looks for changes first, as the call without a buffer does. The sessions of a token
    /// that is gone go with it.
    ///
    /// # Errors
    /// The store's.
    pub fn slots(&self, refresh: bool) -> Result<Vec<SlotId>> {
        if refresh {
            self.slots.refresh()?;
            let mut sessions = self.sessions.those(|_| true);
            sessions.retain(|session| !self.slots.has(&session.token));
            self.close_these(&sessions)?;
        }
        let list = self.slots.list.read();
        Ok(list.slots.iter().map(|listed| listed.slot).collect())
    }

    /// `C_GetSlotInfo`. Every slot holds a token, if only an uninitialised one.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`].
    pub fn slot_info(&self, slot: SlotId) -> Result<SlotInfo> {
        self.slots.exists(slot)?;
        let description = format!("vhsm slot {slot}");
        Ok(SlotInfo {
            description,
            manufacturer: MANUFACTURER,
            flags: sys::CKF_TOKEN_PRESENT,
        })
    }

    /// `C_InitToken`: a new token in an empty slot, or a token initialised anew, all its objects gone. `label` is
    /// blank padded; clients that give a C string get what they mean: it ends before the first NUL.
    ///
    /// # Errors
    /// [`Error::SessionExists`], [`Error::PinIncorrect`], [`Error::PinLocked`], [`Error::PinLenRange`],
    /// [`Error::PinInvalid`], [`Error::ArgumentsBad`] for a label that is no text, the slot's, the store's.
    pub fn init_token(&self, slot: SlotId, so_pin: &[u8], label: &[u8; 32]) -> Result<()> {
        let label = &blank_padded(label);
        if std::str::from_utf8(label).is_err() {
            return Err(Error::ArgumentsBad(
                "the label is not UTF-8; give 32 bytes of UTF-8, blank padded, with no character cut in two",
            ));
        }
        let token = self.slots.token_if_any(slot)?;
        let open = self.sessions.those(|session| session.slot == slot);
        if open.iter().any(|session| self.slots.has(&session.token)) {
            return Err(Error::SessionExists);
        }
        match token {
            None => self.slots.realm.create(Some(slot), label, so_pin).map(drop)?,
            Some(token) => self.slots.realm.initialise_anew(&token, label, so_pin)?,
        }
        self.slots.renew(slot).map(drop)
    }

    /// `C_WaitForSlotEvent`: nothing ever happens to a slot, so that a blocking call waits for `C_Finalize`.
    ///
    /// # Errors
    /// [`Error::NoEvent`]; [`Error::NotInitialized`] at the end of a blocking call.
    pub fn wait_for_slot_event(&self, block: bool) -> Result<SlotId> {
        if !block {
            return Err(Error::NoEvent);
        }
        let mut stopped = self.slots.stopped.lock();
        while !*stopped {
            stopped = self.slots.wake.wait(stopped);
        }
        Err(Error::NotInitialized)
    }
}

/// The text before the first NUL, blank padded.
fn blank_padded(label: &[u8; 32]) -> [u8; 32] {
    let mut padded = [b' '; 32];
    let text = label.iter().take_while(|byte| **byte != 0);
    padded.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
    padded
}

#[cfg(test)]
#[path = "slots_tests.rs"]
mod tests;
