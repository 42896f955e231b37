//! [`Host`]: what everything that answers messages shares.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::authorised::Authorised;
use super::code::ErrorCode;
use super::command::CommandSpec;
use super::commands;
use super::envelope::CODE_BYTES;
use super::held::{Held, Keeper, KeyCache};
use super::lmks::Lmks;
use super::refusal::Refusal;
use super::settings::Settings;
use crate::ck::{SessionHandle, SlotId, UserType, sys};
use crate::module::Module;

/// Where a trace goes: a line without its end.
pub type Tracer = Box<dyn Fn(&str) + Send + Sync>;

/// How many answers a command has given.
#[derive(Debug, Default)]
pub struct Volume {
    /// All.
    pub answers: AtomicU64,
    /// Those with another code than 00.
    pub refused: AtomicU64,
}

/// A command of the table, and whether it may be used.
pub struct Entry {
    /// Its row.
    pub spec: &'static CommandSpec,
    /// The code for every use of it, where it is off.
    pub off: Option<ErrorCode>,
    /// How often it was used.
    pub volume: Volume,
}

/// What all connections share.
pub struct Host {
    module: Arc<Module>,
    slot: SlotId,
    keeper: Arc<Keeper>,
    lmks: Lmks,
    cache: KeyCache,
    authorised: Authorised,
    settings: Settings,
    commands: HashMap<[u8; CODE_BYTES], Entry>,
    storage: RwLock<HashMap<[u8; 3], Vec<u8>>>,
    errors: Mutex<HashMap<ErrorCode, u64>>,
    tracer: Option<Tracer>,
    /// PINs that were wrong, as the detection of attacks counts them.
    pin_failures: AtomicU64,
    /// COUNT, LENGTH and the PINs that nobody may choose; empty if there are none.
    excluded: RwLock<Vec<u8>>,
    /// The key of PINs that come and go in the clear, for hosts that were written for simulators.
    of_clear_pins: OnceLock<Held>,
}

/// A session for the commands of one connection.
pub struct Worker {
    module: Arc<Module>,
    /// The session.
    pub session: SessionHandle,
    /// The LMK of its port.
    pub port_lmk: Option<u8>,
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It is gone already where the token is.
        let _gone = self.module.close_session(self.session);
    }
}

const READ_WRITE: u64 = sys::CKF_SERIAL_SESSION | sys::CKF_RW_SESSION;

impl Host {
    /// Logs in to the token and finds its local master keys.
    ///
    /// # Errors
    /// The module's as 41, and what [`Lmks::load`] says.
    pub fn new(
        module: Arc<Module>,
        slot: SlotId,
        pin: &[u8],
        named: &[(u8, String)],
        (settings, authorised): (Settings, Authorised),
    ) -> Result<Self, Refusal> {
        let session = module.open_session(slot, READ_WRITE)?;
        module.login(session, UserType::User, pin)?;
        let lmks = Lmks::load(&module, session, named)?;
        Ok(Self {
            keeper: Arc::new(Keeper::new(Arc::clone(&module), session)),
            cache: KeyCache::new(settings.cached_keys),
            commands: entries(&settings),
            module,
            slot,
            lmks,
            authorised,
            settings,
            storage: RwLock::default(),
            errors: Mutex::default(),
            tracer: None,
            pin_failures: AtomicU64::new(0),
            excluded: RwLock::default(),
            of_clear_pins: OnceLock::new(),
        })
    }

    /// Shows requests and responses from now on.
    pub fn trace_to(&mut self, tracer: Tracer) {
        self.tracer = Some(tracer);
    }

    /// Where requests and responses are shown.
    #[must_use]
    pub fn tracer(&self) -> Option<&Tracer> {
        self.tracer.as_ref()
    }

    /// The module.
    #[must_use]
    pub fn module(&self) -> &Module {
        &self.module
    }

    /// The session that keys of messages belong to.
    #[must_use]
    pub fn keeper(&self) -> &Arc<Keeper> {
        &self.keeper
    }

    /// The local master keys.
    #[must_use]
    pub fn lmks(&self) -> &Lmks {
        &self.lmks
    }

    /// The keys that were used lately.
    #[must_use]
    pub fn cache(&self) -> &KeyCache {
        &self.cache
    }

    /// The authorised state.
    #[must_use]
    pub fn authorised(&self) -> &Authorised {
        &self.authorised
    }

    /// The settings.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The commands with their volumes.
    pub fn commands(&self) -> impl Iterator<Item = &Entry> {
        self.commands.values()
    }

    /// Answers by error code.
    #[must_use]
    pub fn errors(&self) -> Vec<(ErrorCode, u64)> {
        let errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<_> = errors.iter().map(|(code, count)| (*code, *count)).collect();
        list.sort_unstable();
        list
    }

    /// What user storage has under `K` and three hexadecimal digits.
    ///
    /// # Errors
    /// 12 if nothing was loaded there.
    pub fn user_storage(&self, index: &[u8]) -> Result<Vec<u8>, Refusal> {
        let storage = self.storage.read().unwrap_or_else(PoisonError::into_inner);
        let digits = index.strip_prefix(b"K").unwrap_or(index).to_ascii_uppercase();
        let stored = <[u8; 3]>::try_from(digits.as_slice())
            .ok()
            .and_then(|digits| storage.get(&digits).cloned());
        stored.ok_or_else(|| Refusal::new(ErrorCode::USER_STORAGE, "user storage has nothing at this index"))
    }

    /// A key in user storage: a tag, and so many blocks from an index on.
    ///
    /// # Errors
    /// 12 if one of them was not loaded, 21 behind the last index.
    pub fn stored_key(&self, tag: &[u8], index: &[u8; 3], blocks: usize) -> Result<Vec<u8>, Refusal> {
        let mut text = tag.to_vec();
        let first = storage_number(*index)?;
        for number in first..first + blocks {
            text.extend_from_slice(&self.user_storage(&storage_index(number)?)?);
        }
        Ok(text)
    }

    /// Loads user storage.
    pub fn store(&self, index: [u8; 3], data: Vec<u8>) {
        let mut storage = self.storage.write().unwrap_or_else(PoisonError::into_inner);
        storage.insert(index, data);
    }

    /// Counts a PIN that was wrong.
    pub fn pin_failure(&self) {
        self.pin_failures.fetch_add(1, Ordering::Relaxed);
    }

    /// How many PINs were wrong since the server was started.
    #[must_use]
    pub fn pin_failures(&self) -> u64 {
        self.pin_failures.load(Ordering::Relaxed)
    }

    /// The PINs that nobody may choose, as mechanisms take them.
    #[must_use]
    pub fn excluded(&self) -> Vec<u8> {
        let excluded = self.excluded.read().unwrap_or_else(PoisonError::into_inner);
        excluded.clone()
    }

    /// Puts another table in the place of that one.
    pub fn exclude(&self, table: Vec<u8>) {
        *self.excluded.write().unwrap_or_else(PoisonError::into_inner) = table;
    }

    /// The key that PINs in the clear are encrypted under on their way through mechanisms.
    #[must_use]
    pub fn of_clear_pins(&self) -> &OnceLock<Held> {
        &self.of_clear_pins
    }

    /// A session for a connection.
    ///
    /// # Errors
    /// The module's.
    pub fn worker(&self, port_lmk: Option<u8>) -> Result<Worker, Refusal> {
        Ok(Worker {
            session: self.module.open_session(self.slot, READ_WRITE)?,
            module: Arc::clone(&self.module),
            port_lmk,
        })
    }

    /// The entry of a command.
    #[must_use]
    pub fn command(&self, code: [u8; CODE_BYTES]) -> Option<&Entry> {
        self.commands.get(&code)
    }

    /// Counts an answer.
    pub fn count(&self, entry: Option<&Entry>, code: ErrorCode) {
        if let Some(entry) = entry {
            entry.volume.answers.fetch_add(1, Ordering::Relaxed);
            if code != ErrorCode::OK {
                entry.volume.refused.fetch_add(1, Ordering::Relaxed);
            }
        }
        if code != ErrorCode::OK {
            let mut errors = self.errors.lock().unwrap_or_else(PoisonError::into_inner);
            *errors.entry(code).or_default() += 1;
        }
    }
}

/// The number of an index of user storage: three hexadecimal digits.
///
/// # Errors
/// 21.
pub fn storage_number(index: [u8; 3]) -> Result<usize, Refusal> {
    let digit =
        |sum: usize, digit: &u8| Some(sum * 16 + usize::try_from(char::from(*digit).to_digit(16)?).ok()?);
    index.iter().try_fold(0, digit).ok_or_else(|| {
        Refusal::new(
            ErrorCode::INDEX,
            "an index of user storage has three hexadecimal digits",
        )
    })
}

/// The index of a number.
///
/// # Errors
/// 21 for a number that has none.
pub fn storage_index(number: usize) -> Result<[u8; 3], Refusal> {
    let digits = super::hex::hex_digits(&u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes());
    match digits.as_slice() {
        [b'0', index @ ..] => index.try_into().map_err(|_| TOO_FAR()),
        _ => Err(TOO_FAR()),
    }
}

const TOO_FAR: fn() -> Refusal = || {
    Refusal::new(
        ErrorCode::INDEX,
        "index and number of blocks go beyond user storage",
    )
};

/// The two characters of a code.
pub(super) fn two(text: &str) -> [u8; CODE_BYTES] {
    text.as_bytes().try_into().unwrap_or(*b"ZZ")
}

fn entries(settings: &Settings) -> HashMap<[u8; CODE_BYTES], Entry> {
    let off = |spec: &CommandSpec| {
        let named = |list: &[String]| list.iter().any(|code| code.eq_ignore_ascii_case(spec.code));
        match (named(&settings.unlicensed), named(&settings.disabled)) {
            (true, _) => Some(ErrorCode::LICENCE),
            (false, true) => Some(ErrorCode::DISABLED),
            _ => None,
        }
    };
    let entry = |spec: &'static CommandSpec| {
        let entry = Entry {
            spec,
            off: off(spec),
            volume: Volume::default(),
        };
        (two(spec.code), entry)
    };
    commands::all().map(entry).collect()
}
