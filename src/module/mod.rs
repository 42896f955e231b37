//! [`Module`]: the only façade. The C boundary and the command line speak to it and to nothing below it, so that
//! access rules cannot be walked around.
//!
//! Lock order: session table → session → slots → token (sessions, login, handles) → store. Nothing slow is done under a lock that another
//! session could want: keys are generated and derived first and inserted then.

mod aliases;
mod authenticated;
mod ciphers;
mod derivation;
mod digests;
mod duals;
mod encapsulation;
mod info;
mod keys;
pub mod mechanisms;
mod message_signatures;
mod messages;
mod objects;
mod operations;
mod options;
mod payment;
mod random;
mod recover;
mod sessions;
mod signatures;
mod slots;
mod state;
mod tokens;

pub use authenticated::AuthenticatedWrap;
pub use info::{LIBRARY_DESCRIPTION, MANUFACTURER, MODEL, SessionInfo, SlotInfo, TokenInfo, library_version};
pub use tokens::{DamagedToken, TokenSummary};

use std::sync::Arc;

use crate::ck::SessionHandle;
use crate::config::{Config, ReturnValues, UsageDefaults, WeakKeys};
use crate::error::Result;
use crate::object::template::Settings;
use crate::os::stack;
use crate::session::{Session, SessionTable};
use mechanisms::Mechanisms;
use slots::Slots;

/// A working module: one per process between `C_Initialize` and `C_Finalize`.
pub struct Module {
    config: Config,
    settings: Settings,
    mechanisms: &'static Mechanisms,
    slots: Slots,
    sessions: SessionTable,
}

impl Module {
    /// Opens the store that the configuration names.
    ///
    /// # Errors
    /// [`crate::error::Error::Configuration`] and the errors of the store, each with its remedy.
    pub fn new(config: Config) -> Result<Self> {
        let settings = Settings {
            usage_defaults_explicit: config.strictness.usage_defaults == UsageDefaults::Explicit,
            weak_payment_keys: config.payment.weak_keys == WeakKeys::Accept,
            equal_parts: config.payment.weak_keys != WeakKeys::Refuse,
        };
        let mechanisms = Mechanisms::of(&config)?;
        let slots = Slots::open(&config)?;
        Ok(Self {
            config,
            settings,
            mechanisms,
            slots,
            sessions: SessionTable::default(),
        })
    }

    /// `strictness.return_values = "standard"`.
    #[must_use]
    pub fn wants_standard_return_values(&self) -> bool {
        self.config.strictness.return_values == ReturnValues::Standard
    }

    /// The configuration in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Closes every session, forgets every key and closes the store. Threads inside a call finish it.
    pub fn shutdown(&self) {
        self.slots.stop_waiting();
        self.sessions.clear();
        self.slots.close();
        stack::wipe();
    }

    fn session(&self, handle: SessionHandle) -> Result<Arc<Session>> {
        self.sessions.session(handle)
    }
}
