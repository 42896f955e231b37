//! What every command starts from: for whom it prints, which configuration holds, and the open module.

use std::path::PathBuf;

use super::failure::Failure;
use super::output::Output;
use crate::config::{Config, HeaderlessKeys, LocalMasterKeys, Origin};
use crate::crypto::keep_keys_in_the_vault;
use crate::logging;
use crate::module::Module;

/// The options of every command.
#[derive(Clone, Debug)]
pub(super) struct Context {
    /// For whom to print.
    pub(super) output: Output,
    /// The configuration that `--config` names.
    pub(super) config: Option<PathBuf>,
}

impl Context {
    /// The configuration in force.
    pub(super) fn config(&self) -> Result<Config, Failure> {
        let config = match &self.config {
            Some(path) => Config::from_file(path),
            None => Config::load(),
        };
        Ok(config?)
    }

    /// The module on that configuration.
    pub(super) fn module(&self) -> Result<Module, Failure> {
        let config = self.config()?;
        logging::start(&config.log);
        keep_keys_in_the_vault();
        Ok(Module::new(config)?)
    }

    /// The module on that configuration, for operators and for host commands: they name the type of each key that comes in
    /// without a header, and their local master keys are those of a device, whoever brought them, unless the configuration
    /// says otherwise. With further mechanisms that are off by default.
    pub(super) fn module_of_console(&self, mechanisms: &[&str]) -> Result<Module, Failure> {
        logging::start(&self.config()?.log);
        self.module_beside_log(mechanisms)
    }

    /// The same where the log has been started.
    pub(super) fn module_beside_log(&self, mechanisms: &[&str]) -> Result<Module, Failure> {
        let mut config = self.config()?;
        let further = mechanisms.iter().map(|name| (*name).to_owned());
        config.mechanisms.enable.extend(further);
        if config.origin("payment.headerless_keys") == Origin::Default {
            config.payment.headerless_keys = HeaderlessKeys::Template;
        }
        if config.origin("payment.local_master_keys") == Origin::Default {
            config.payment.local_master_keys = LocalMasterKeys::Any;
        }
        keep_keys_in_the_vault();
        Ok(Module::new(config)?)
    }
}
