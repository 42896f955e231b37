//! [`Host`]: what everything that answers messages shares.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use super::authorised::Authorised;
use super::code::ErrorCode;
use super::connections::Connections;
use super::counters::{ErrorCounts, Latency};
use super::envelope::CODE_BYTES;
use super::health::Health;
use super::held::{Held, Keeper, KeyCache};
use super::lmks::{Lmk, Lmks};
use super::private_keys::PrivateKeys;
use super::pythales::Single;
use super::refusal::Refusal;
use super::rules::Rules;
use super::settings::Settings;
use super::slow::Turns;
use super::storage::UserStorage;
use super::table::{Entry, Table};
use crate::ck::{CKM_VHSM_VARIANT_LMK, MechanismId, ObjectHandle, SessionHandle, SlotId, UserType, sys};
use crate::module::Module;

/// Where a trace goes: a line without its end.
pub type Tracer = Box<dyn Fn(&str) + Send + Sync>;

/// What all connections share.
pub struct Host {
    module: Arc<Module>,
    slot: SlotId,
    keeper: Arc<Keeper>,
    lmks: Lmks,
    cache: KeyCache,
    authorised: Authorised,
    rules: Rules,
    commands: Table,
    storage: UserStorage,
    private_keys: PrivateKeys,
    errors: ErrorCounts,
    latency: Latency,
    health: Health,
    connections: Connections,
    turns: Turns,
    single: Option<Single>,
    tracer: Option<Tracer>,
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
    /// Who is at the other end.
    pub peer: Option<SocketAddr>,
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
            commands: Table::default(),
            keeper: Arc::new(Keeper::new(Arc::clone(&module), session)),
            cache: KeyCache::new(settings.cached_keys),
            module,
            slot,
            lmks,
            authorised,
            rules: Rules::new(settings),
            storage: UserStorage::default(),
            private_keys: PrivateKeys::default(),
            errors: ErrorCounts::default(),
            latency: Latency::default(),
            health: Health::default(),
            connections: Connections::default(),
            turns: Turns::default(),
            single: None,
            tracer: None,
            of_clear_pins: OnceLock::new(),
        })
    }

    /// Takes keys of every type under the one key of pythales from now on.
    pub fn use_single_key(&mut self, single: Single) {
        self.single = Some(single);
    }

    /// The LMK and the parameter instead of a variant LMK and its own, where one key stands for all.
    #[must_use]
    pub fn single_key(&self, mechanism: MechanismId, parameter: &[u8]) -> Option<(ObjectHandle, [u8; 6])> {
        let single = self.single.as_ref()?;
        (mechanism == CKM_VHSM_VARIANT_LMK).then(|| single.instead(parameter))?
    }

    /// The check value of an LMK as NC tells it: of pythales' key, or of the LMK with zeros behind it.
    #[must_use]
    pub fn check_value(&self, lmk: &Lmk) -> [u8; 8] {
        if let Some(single) = &self.single {
            return single.check_value;
        }
        let mut check = [0; 8];
        check
            .iter_mut()
            .zip(&lmk.check_value)
            .for_each(|(place, byte)| *place = *byte);
        check
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

    /// The module, for who keeps it.
    #[must_use]
    pub fn shared_module(&self) -> &Arc<Module> {
        &self.module
    }

    /// The slot of the token.
    #[must_use]
    pub fn slot(&self) -> SlotId {
        self.slot
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

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        self.rules.settings()
    }

    /// Other settings from now on. The number of kept keys and of connections stays what it was.
    pub fn reload(&self, settings: Settings) {
        self.rules.replace(settings);
    }

    /// The commands with their volumes, by code.
    pub fn commands(&self) -> impl Iterator<Item = &Entry> {
        self.commands.iter()
    }

    /// Answers by error code.
    #[must_use]
    pub fn errors(&self) -> &ErrorCounts {
        &self.errors
    }

    /// How long answers took.
    #[must_use]
    pub fn latency(&self) -> &Latency {
        &self.latency
    }

    /// What diagnostics tell of the server's life.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Who is connected.
    #[must_use]
    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    /// The turns of slow commands.
    #[must_use]
    pub fn turns(&self) -> &Turns {
        &self.turns
    }

    /// The serial number of the token, which diagnostics tell as the device's: 12 characters.
    #[must_use]
    pub fn serial_number(&self) -> [u8; 12] {
        let mut serial = [b'0'; 12];
        let token = self.module.token_info(self.slot);
        let digits = token.iter().flat_map(|info| info.serial.iter().rev());
        let digits = digits.filter(|byte| byte.is_ascii_alphanumeric());
        serial
            .iter_mut()
            .rev()
            .zip(digits)
            .for_each(|(place, byte)| *place = byte.to_ascii_uppercase());
        serial
    }

    /// The private keys that hosts have loaded.
    #[must_use]
    pub fn private_keys(&self) -> &PrivateKeys {
        &self.private_keys
    }

    /// User storage, and the PINs that nobody may choose.
    #[must_use]
    pub fn storage(&self) -> &UserStorage {
        &self.storage
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
            peer: None,
        })
    }

    /// The entry of a command.
    #[must_use]
    pub fn command(&self, code: [u8; CODE_BYTES]) -> Option<&Entry> {
        self.commands.get(code)
    }

    /// Counts an answer.
    pub fn count(&self, entry: Option<&Entry>, code: ErrorCode) {
        if let Some(entry) = entry {
            entry.volume.count(code);
            if entry.spec.checks_pin && code == ErrorCode::VERIFICATION_FAILED {
                self.health.pin_failure(self.settings().pin_limits);
            }
        }
        if code != ErrorCode::OK {
            self.errors.count(code);
        }
    }
}
