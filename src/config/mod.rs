//! The configuration: what may be set, where it is looked for, and what is refused.
//!
//! Every key is one row of [`keys`]: the reader, the suggestions in errors, `vhsm config show` and the check of
//! docs/configuration.md all come from it. A file that cannot be used is an error that names the file, the line
//! and the remedy; nothing is guessed. The environment is read here and nowhere else.

mod environment;
mod keys;
mod nearest;
mod payshield;
mod reader;
mod render;
mod service_manager;
mod strictness;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Reason, Result};
use crate::logging;
use environment::{Environment, Naming};
pub use keys::PIN_LENGTH_LEAST;
#[cfg(feature = "program")]
pub(crate) use nearest::nearest;
pub use payshield::{Payshield, UserStorageLength, ZmkLength};
pub use service_manager::ServiceManager;
pub use strictness::{
    EcPointEncoding, HeaderlessKeys, LocalMasterKeys, Maker, Payment, ReadableKeys, ReturnValues, Strictness,
    UsageDefaults, WeakKeys,
};

/// Where files go that no user's home holds.
const SYSTEM_DATA_DIR: &str = "/var/lib/vhsm";
/// The last place that is searched.
const SYSTEM_FILE: &str = "/etc/vhsm/vhsm.toml";

/// All settings, with their defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file that was read; `None` when there is none and every value is a default.
    pub file: Option<PathBuf>,
    /// Directory of the database, its companions and, unless it is given elsewhere, the root key.
    pub data_dir: PathBuf,
    /// The root key: 32 bytes. Taken from the configuration, else from the service manager's credential
    /// `vhsm-root-key`, else `root.key` in the data directory.
    pub root_key_file: PathBuf,
    /// Slots that are listed.
    pub slots: Slots,
    /// PINs: lengths, lockout, cost of a guess.
    pub pin: Pin,
    /// How much of the past is offered.
    pub policy: Policy,
    /// Which mechanisms are offered.
    pub mechanisms: Mechanisms,
    /// Sessions.
    pub sessions: Sessions,
    /// The database.
    pub store: Store,
    /// The log.
    pub log: logging::Settings,
    /// Payment keys.
    pub payment: Payment,
    /// The host-command server.
    pub payshield: Payshield,
    /// Where clients differ from the letter of the standard.
    pub strictness: Strictness,
    origins: BTreeMap<String, Origin>,
}

/// `[slots]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slots {
    /// List one uninitialised slot beside the tokens. With no token there always is one.
    pub free_slot: bool,
}

/// `[pin]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Shortest PIN in bytes, 4 to 255.
    pub length_min: usize,
    /// Longest PIN in bytes, 4 to 255.
    pub length_max: usize,
    /// Wrong user PINs in a row before the user PIN is locked, 1 to 1000.
    pub failures_max_user: u32,
    /// Wrong SO PINs in a row before the SO PIN is locked, 1 to 1000.
    pub failures_max_so: u32,
    /// Argon2id memory in KiB for PINs set from now on.
    pub argon2_memory_kib: u32,
    /// Argon2id passes for PINs set from now on.
    pub argon2_iterations: u32,
    /// Argon2id lanes for PINs set from now on.
    pub argon2_parallelism: u32,
}

/// `policy`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// All that the standard has and other tokens offer, legacy included.
    Standard,
    /// No legacy: mechanisms, functions and key sizes as [`crate::mechanism::Standing`] says of each row.
    Modern,
}

/// `[mechanisms]`: names as in the standard (`CKM_AES_CBC`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mechanisms {
    /// Which of the catalog's.
    pub choice: Choice,
    /// Those that are off by default and yet wanted.
    pub enable: Vec<String>,
    /// `compat`: other makers whose numbers are offered, too.
    pub compat: Vec<Maker>,
}

/// `mechanisms.allow` or `mechanisms.deny`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Everything that the catalog has.
    All,
    /// These and no others.
    Allow(Vec<String>),
    /// Everything but these.
    Deny(Vec<String>),
}

/// `[sessions]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sessions {
    /// Most sessions that one process may have open; 0 is no limit.
    pub max: u64,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// How long to wait for another process that writes, in milliseconds. Longer than a disk may stall: who waits for
    /// one that died is let in at once.
    pub busy_timeout_ms: u32,
}

/// Where a value came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// This line of the file, counted from 1.
    Line(usize),
    /// An environment variable.
    Variable(&'static str),
}

impl Config {
    /// Reads the first configuration there is: `$VHSM_CONF`, `$XDG_CONFIG_HOME/vhsm/vhsm.toml`,
    /// `~/.config/vhsm/vhsm.toml`, `/etc/vhsm/vhsm.toml`. None is needed.
    ///
    /// # Errors
    /// [`Error::Configuration`] if a file is there and cannot be used, or if `$VHSM_CONF` names a
    /// file that is missing.
    pub fn load() -> Result<Self> {
        Self::load_in(&Environment::of_process())
    }

    /// Reads this file, which `vhsm --config` names, and looks for no other.
    ///
    /// # Errors
    /// [`Error::Configuration`] if it is missing or cannot be used.
    pub fn from_file(path: &Path) -> Result<Self> {
        Self::load_in(&Environment {
            named_file: Some(path.into()),
            naming: Naming::Option,
            ..Environment::of_process()
        })
    }

    /// The defaults with everything kept in one directory; neither a file nor the environment is read.
    #[must_use]
    pub fn in_data_dir(data_dir: &Path) -> Self {
        Self {
            file: None,
            data_dir: data_dir.into(),
            root_key_file: data_dir.join("root.key"),
            slots: Slots { free_slot: false },
            pin: Pin {
                length_min: 4,
                length_max: 255,
                failures_max_user: 10,
                failures_max_so: 10,
                argon2_memory_kib: 19_456,
                argon2_iterations: 2,
                argon2_parallelism: 1,
            },
            policy: Policy::Standard,
            mechanisms: Mechanisms {
                choice: Choice::All,
                enable: Vec::new(),
                compat: Vec::new(),
            },
            sessions: Sessions { max: 0 },
            store: Store {
                busy_timeout_ms: 60_000,
            },
            log: logging::Settings {
                target: logging::Target::None,
                level: log::LevelFilter::Info,
                file: None,
            },
            payment: Payment {
                weak_keys: WeakKeys::Refuse,
                readable_keys: ReadableKeys::Refuse,
                headerless_keys: HeaderlessKeys::Forced,
                local_master_keys: LocalMasterKeys::Trusted,
            },
            payshield: Payshield::default(),
            strictness: Strictness {
                usage_defaults: UsageDefaults::AsKeyType,
                ec_point_encoding: EcPointEncoding::Raw,
                return_values: ReturnValues::Vendor,
                nss_reserved: false,
            },
            origins: BTreeMap::new(),
        }
    }

    /// Where the value of a key (`pin.length_min`) came from.
    #[must_use]
    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).copied().unwrap_or(Origin::Default)
    }

    /// The error for a value that was found wrong after reading (a mechanism that nobody knows): names file and line.
    #[must_use]
    pub fn refuse(&self, key: &str, why: impl Into<Reason>) -> Error {
        let mut text = String::new();
        if let Some(path) = &self.file {
            text.push_str(&path.display().to_string());
            if let Origin::Line(line) = self.origin(key) {
                text.push_str(&format!(", line {line}"));
            }
            text.push_str(": ");
        }
        Error::Configuration(why.into().after(text + &format!("`{key}` ")))
    }

    /// What can be used and is hardly meant, each with its remedy.
    #[must_use]
    pub fn doubts(&self) -> Vec<Error> {
        let unused_file = self.log.file.is_some() && self.log.target != logging::Target::File;
        let why = || {
            Reason::new(
                "is given, but the log does not go to a file",
                "set `target = \"file\"` in [log], or remove the key",
            )
        };
        unused_file
            .then(|| self.refuse("log.file", why()))
            .into_iter()
            .collect()
    }

    fn load_in(environment: &Environment) -> Result<Self> {
        let mut config = Self::in_data_dir(&environment.data_dir());
        if environment.data_home.is_some() {
            config
                .origins
                .insert("data_dir".into(), Origin::Variable("XDG_DATA_HOME"));
        }
        if let Some((path, text)) = environment.find_file()? {
            config.file = Some(path.clone());
            reader::read(&mut config, &path, &text, environment)?;
        }
        if config.origin("root_key_file") == Origin::Default {
            config.root_key_file = config.data_dir.join("root.key");
            if let Some(credential) = environment.root_key_credential() {
                config.root_key_file = credential;
                config
                    .origins
                    .insert("root_key_file".into(), Origin::Variable("CREDENTIALS_DIRECTORY"));
            }
        }
        Ok(config)
    }
}
