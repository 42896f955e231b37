//! Slots: small, positive, stable numbers, one for each token, and one more where a new token can be made.

use std::sync::Arc;

use super::Module;
use super::info::{MANUFACTURER, SlotInfo, TokenInfo};
use super::options::realm_options;
use crate::ck::{SlotId, UserType, sys, to_ulong};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::os::lock::{Condvar, Mutex, RwLock};
use crate::session::Session;
use crate::token::{Header, PinRecord, Realm, Token};

/// The slots of this process.
pub(super) struct Slots {
    realm: Realm,
    free_slot: bool,
    list: RwLock<Vec<Listed>>,
    stopped: Mutex<bool>,
    wake: Condvar,
}

/// A slot; without a token it is there so that one can be initialised.
struct Listed {
    slot: SlotId,
    token: Option<Arc<Token>>,
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
        let mut list = self.list.write(); // before the look, so that an older one is not applied later
        let listed = |(slot, id)| {
            let mut known = list.iter().filter_map(|listed| listed.token.as_ref());
            let token = known.find(|token| token.id() == id).cloned();
            Listed {
                slot,
                token: Some(token.unwrap_or_else(|| self.realm.token(id))),
            }
        };
        let mut now: Vec<_> = self.realm.tokens()?.into_iter().map(listed).collect();
        if now.is_empty() || self.free_slot {
            let slot = self.realm.next_slot()?;
            now.push(Listed { slot, token: None });
        }
        *list = now;
        Ok(())
    }

    pub(super) fn exists(&self, slot: SlotId) -> Result<()> {
        self.listed(slot, |_| ())
    }

    fn listed<T>(&self, slot: SlotId, read: impl FnOnce(&Listed) -> T) -> Result<T> {
        let list = self.list.read();
        list.iter()
            .find(|listed| listed.slot == slot)
            .map(read)
            .ok_or(Error::SlotIdInvalid(slot))
    }

    /// The token in a slot as it is now: one that another process has initialised anew is another token.
    fn token_if_any(&self, slot: SlotId) -> Result<Option<Arc<Token>>> {
        let known = self.listed(slot, |listed| listed.token.clone())?;
        match known.as_ref().map(|token| token.still_there()) {
            Some(Err(Error::DeviceRemoved)) => self.renew(slot).map(Some),
            Some(Err(error)) => Err(error),
            _ => Ok(known),
        }
    }

    /// Looks for the token in one slot. The list of slots stays as it is: it changes when its length is asked for.
    fn renew(&self, slot: SlotId) -> Result<Arc<Token>> {
        let mut list = self.list.write();
        let tokens = self.realm.tokens()?;
        let Some(listed) = list.iter_mut().find(|listed| listed.slot == slot) else {
            return Err(Error::SlotIdInvalid(slot));
        };
        let now = tokens.iter().find(|(other, _)| *other == slot);
        let (_, id) = now.ok_or(Error::DeviceRemoved)?;
        match &listed.token {
            Some(token) if token.id() == *id => Ok(token.clone()),
            _ => Ok(listed.token.insert(self.realm.token(*id)).clone()),
        }
    }

    /// Whether the token is in a slot.
    fn has(&self, token: &Arc<Token>) -> bool {
        let list = self.list.read();
        let mut listed = list.iter().filter_map(|listed| listed.token.as_ref());
        listed.any(|other| Arc::ptr_eq(other, token))
    }

    /// The token in a slot.
    pub(super) fn token(&self, slot: SlotId) -> Result<Arc<Token>> {
        self.token_if_any(slot)?.ok_or(Error::TokenNotInitialized(slot))
    }

    /// Every token with its slot.
    pub(super) fn tokens(&self) -> Vec<(SlotId, Arc<Token>)> {
        let list = self.list.read();
        list.iter()
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
        for listed in std::mem::take(&mut *self.list.write()) {
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
            self.close_those(|session| !self.slots.has(&session.token))?;
        }
        Ok(self.slots.list.read().iter().map(|listed| listed.slot).collect())
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

    /// `C_GetTokenInfo`.
    ///
    /// # Errors
    /// [`Error::SlotIdInvalid`], the store's.
    pub fn token_info(&self, slot: SlotId) -> Result<TokenInfo> {
        let token = self.slots.token_if_any(slot)?;
        let header = token.as_ref().map(|token| token.header()).transpose()?;
        let sessions = token.as_ref().map(|token| token.sessions()).unwrap_or_default();
        Ok(TokenInfo {
            label: header.as_ref().map_or([b' '; 32], |header| header.label),
            serial: header.as_ref().map_or([b' '; 16], |header| header.serial),
            flags: self.token_flags(header.as_ref()),
            session_count_max: self.config.sessions.max,
            session_count: sessions.all,
            rw_session_count_max: self.config.sessions.max,
            rw_session_count: sessions.read_write,
            pin_len_max: to_ulong(self.config.pin.length_max),
            pin_len_min: to_ulong(self.config.pin.length_min),
        })
    }

    fn token_flags(&self, header: Option<&Header>) -> u64 {
        let always = sys::CKF_RNG | sys::CKF_LOGIN_REQUIRED | sys::CKF_RESTORE_KEY_NOT_NEEDED;
        let Some(header) = header else { return always };
        let user = header.user.as_ref().map_or(0, |pin| {
            let flags = (
                sys::CKF_USER_PIN_COUNT_LOW,
                sys::CKF_USER_PIN_FINAL_TRY,
                sys::CKF_USER_PIN_LOCKED,
            );
            sys::CKF_USER_PIN_INITIALIZED | self.pin_flags(pin, UserType::User, flags)
        });
        let flags = (
            sys::CKF_SO_PIN_COUNT_LOW,
            sys::CKF_SO_PIN_FINAL_TRY,
            sys::CKF_SO_PIN_LOCKED,
        );
        always | sys::CKF_TOKEN_INITIALIZED | user | self.pin_flags(&header.so, UserType::So, flags)
    }

    /// The flags (some wrong, one left, locked) that the failures of a PIN raise.
    fn pin_flags(&self, pin: &PinRecord, user: UserType, (low, last, locked): (u64, u64, u64)) -> u64 {
        match self.slots.realm.failures_max(user).saturating_sub(pin.failures) {
            0 => locked,
            1 => low | last,
            _ if pin.failures > 0 => low,
            _ => 0,
        }
    }

    /// `C_InitToken`: a new token in an empty slot, or a token initialised anew, all its objects gone. `label` is
    /// blank padded.
    ///
    /// # Errors
    /// [`Error::SessionExists`], [`Error::PinIncorrect`], [`Error::PinLocked`], [`Error::PinLenRange`],
    /// [`Error::PinInvalid`], [`Error::ArgumentsBad`] for a label that is no text, the slot's, the store's.
    pub fn init_token(&self, slot: SlotId, so_pin: &[u8], label: &[u8; 32]) -> Result<()> {
        if std::str::from_utf8(label).is_err() {
            return Err(Error::ArgumentsBad(
                "the label is not UTF-8; give 32 bytes of UTF-8, blank padded, with no character cut in two",
            ));
        }
        let token = self.slots.token_if_any(slot)?;
        let open = |session: &Session| session.slot == slot && self.slots.has(&session.token);
        if !self.sessions.those(open).is_empty() {
            return Err(Error::SessionExists);
        }
        match token {
            None => self.slots.realm.create(Some(slot), label, so_pin).map(drop)?,
            Some(token) => self.slots.realm.initialise_anew(&token, label, so_pin)?,
        }
        self.slots.refresh()
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
