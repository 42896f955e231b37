//! The realm: the store with its root key, and the tokens in it.
//!
//! The store is opened when there is something to read or to write: a process that only looks finds no token where
//! there is no store, and leaves nothing behind.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::header::Header;
use super::pin::{self, PinRules};
use super::{PinRecord, Token};
use crate::ck::{SlotId, UserType};
use crate::crypto::rng;
use crate::error::{Error, Result};
use crate::os::lock::Mutex;
use crate::store::{LockedKey, SqliteOptions, SqliteStore, TokenId};

/// Where a realm is kept, and its rules.
#[derive(Clone, Debug)]
pub struct RealmOptions {
    /// The store's directory and settings.
    pub store: SqliteOptions,
    /// What may be a PIN.
    pub pins: PinRules,
}

/// All tokens of one store.
pub struct Realm(Arc<RealmState>);

/// What the tokens of a realm share.
pub(super) struct RealmState {
    options: RealmOptions,
    /// Set once, so that asking costs no lock; closed and empty, but not taken away, at the end.
    store: OnceLock<SqliteStore>,
    /// Held while the store is opened; TRUE once the realm is closed.
    closed: Mutex<bool>,
}

impl RealmState {
    pub(super) fn rules(&self) -> &PinRules {
        &self.options.pins
    }

    /// How long others are waited for.
    pub(super) fn patience(&self) -> Duration {
        self.options.store.busy_timeout
    }

    /// The store, which a token's existence presupposes.
    pub(super) fn store(&self) -> Result<&SqliteStore> {
        self.store.get().ok_or(Error::DeviceRemoved)
    }

    /// The store's generation: see [`SqliteStore::generation`].
    pub(super) fn generation(&self) -> Option<u64> {
        self.store.get().and_then(SqliteStore::generation)
    }

    /// The store if there is one on the disk.
    fn store_if_any(&self) -> Result<Option<&SqliteStore>> {
        match self.store.get() {
            Some(store) => Ok(Some(store)),
            None if self.options.store.database_exists()? => self.store_made().map(Some),
            None => Ok(None),
        }
    }

    /// The store, made if there is none.
    fn store_made(&self) -> Result<&SqliteStore> {
        let closed = self.closed.lock();
        if *closed {
            return Err(Error::NotInitialized);
        }
        if let Some(store) = self.store.get() {
            return Ok(store);
        }
        let store = SqliteStore::open(&self.options.store)?;
        Ok(self.store.get_or_init(|| store))
    }

    /// A PIN record that wraps the token's key.
    pub(super) fn new_pin(
        &self,
        token: TokenId,
        user: UserType,
        pin: &[u8],
        token_key: &LockedKey,
    ) -> Result<PinRecord> {
        let root = self.store()?.keys()?;
        pin::new_pin(&root, token, user, pin, self.rules().costs, token_key)
    }
}

impl Realm {
    /// Opens the store if there is one.
    ///
    /// # Errors
    /// The store's and the root key's, each with its remedy.
    pub fn open(options: RealmOptions) -> Result<Self> {
        let state = RealmState {
            options,
            store: OnceLock::new(),
            closed: Mutex::new(false),
        };
        state.store_if_any()?;
        Ok(Self(Arc::new(state)))
    }

    /// Wrong PINs in a row that lock it.
    #[must_use]
    pub fn failures_max(&self, user: UserType) -> u32 {
        self.0.rules().failures_max(user)
    }

    /// All tokens with their slots.
    ///
    /// # Errors
    /// The store's.
    pub fn tokens(&self) -> Result<Vec<(SlotId, TokenId)>> {
        let Some(store) = self.0.store_if_any()? else {
            return Ok(Vec::new());
        };
        Ok(store
            .tokens()?
            .iter()
            .map(|entry| (SlotId(entry.slot), entry.id))
            .collect())
    }

    /// The slot of the next new token.
    ///
    /// # Errors
    /// The store's.
    pub fn next_slot(&self) -> Result<SlotId> {
        match self.0.store_if_any()? {
            Some(store) => store.next_slot().map(SlotId),
            None => Ok(SlotId(1)),
        }
    }

    /// A token for this process to work with.
    #[must_use]
    pub fn token(&self, id: TokenId) -> Arc<Token> {
        Arc::new(Token::new(self.0.clone(), id))
    }

    /// Makes a token in this slot, or in the next one; gives the slot.
    ///
    /// # Errors
    /// [`Error::PinLenRange`], [`Error::PinInvalid`], the store's.
    pub fn create(&self, slot: Option<SlotId>, label: &[u8; 32], so_pin: &[u8]) -> Result<SlotId> {
        self.0.rules().accept(so_pin)?;
        let store = self.0.store_made()?;
        let id = TokenId::random()?;
        let header = Header {
            label: *label,
            serial: new_serial()?,
            so: self.0.new_pin(id, UserType::So, so_pin, &LockedKey::random()?)?,
            user: None,
        };
        let entry = store.insert_token(id, slot.map(|slot| slot.0), &header.encode())?;
        Ok(SlotId(entry.slot))
    }

    /// Initialises a token anew: its key is another one, its objects are gone, its user PIN is not set. The SO's PIN
    /// must be right, also when all this is done in one transaction, and stays.
    ///
    /// # Errors
    /// [`Error::PinIncorrect`], [`Error::PinLocked`], the store's.
    pub fn initialise_anew(&self, token: &Token, label: &[u8; 32], so_pin: &[u8]) -> Result<()> {
        let (_, salt) = token.opened_by(UserType::So, so_pin)?;
        let id = TokenId::random()?;
        let so = self.0.new_pin(id, UserType::So, so_pin, &LockedKey::random()?)?;
        let mut anew = |old: &[u8]| {
            let old = Header::decode(old)?;
            token.still_opened_by(UserType::So, &old.so, salt)?;
            let header = Header {
                label: *label,
                serial: old.serial,
                so: so.clone(),
                user: None,
            };
            Ok(header.encode())
        };
        token
            .explained(self.0.store()?.replace_token(token.id(), id, &mut anew))
            .map(drop)
    }

    /// Deletes a token with all its objects.
    ///
    /// # Errors
    /// The store's.
    pub fn delete(&self, token: &Token) -> Result<()> {
        token.explained(self.0.store()?.delete_token(token.id()))
    }

    /// Deletes whatever token is in the slot, without a look at its name; `false` if there is none.
    ///
    /// # Errors
    /// The store's.
    pub fn delete_slot(&self, slot: SlotId) -> Result<bool> {
        self.0.store()?.delete_slot(slot.0)
    }

    /// Whether the bytes may be a new PIN.
    ///
    /// # Errors
    /// [`Error::PinLenRange`], [`Error::PinInvalid`].
    pub fn accept_pin(&self, pin: &[u8]) -> Result<()> {
        self.0.rules().accept(pin)
    }

    /// Closes the store. Who comes later opens none.
    pub fn close(&self) {
        *self.0.closed.lock() = true;
        if let Some(store) = self.0.store.get() {
            store.close();
        }
    }
}

/// A serial number: 16 hexadecimal digits.
fn new_serial() -> Result<[u8; 16]> {
    let mut random = [0; 8];
    rng::system(&mut random)?;
    let digits = format!("{:016x}", u64::from_be_bytes(random));
    digits
        .as_bytes()
        .try_into()
        .map_err(|_| Error::Internal("a serial number of a wrong length"))
}
