//! The configuration in the words of the rooms below.

use std::time::Duration;

use crate::config::Config;
use crate::crypto::kdf::Argon2Costs;
use crate::store::{RootKeySource, SqliteOptions};
use crate::token::{PinRules, RealmOptions};

/// What the realm takes from the configuration.
pub(super) fn realm_options(config: &Config) -> RealmOptions {
    let made_at_first_use = config.root_key_file == config.data_dir.join("root.key");
    let root_key = match made_at_first_use {
        true => RootKeySource::Create(config.root_key_file.clone()),
        false => RootKeySource::Provided(config.root_key_file.clone()),
    };
    let pin = &config.pin;
    RealmOptions {
        store: SqliteOptions {
            directory: config.data_dir.clone(),
            root_key,
            busy_timeout: Duration::from_millis(config.store.busy_timeout_ms.into()),
        },
        pins: PinRules {
            length_min: pin.length_min,
            length_max: pin.length_max,
            failures_max_user: pin.failures_max_user,
            failures_max_so: pin.failures_max_so,
            costs: Argon2Costs {
                memory_kib: pin.argon2_memory_kib,
                iterations: pin.argon2_iterations,
                parallelism: pin.argon2_parallelism,
            },
        },
    }
}
