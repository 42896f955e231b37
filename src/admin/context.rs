//! What every command starts from: for whom it prints, which configuration holds, and the open module.

use std::path::PathBuf;

use super::failure::Failure;
use super::output::Output;
use crate::config::Config;
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
}
