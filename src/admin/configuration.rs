//! `vhsm config`: which configuration holds, and whether it can be used.

use clap::Subcommand;
use serde_json::{Value, json};

use super::context::Context;
use super::failure::{Failure, Outcome};
use super::output::{self, Output};
use crate::config::Config;

/// `vhsm config`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Show the settings in force and where each comes from
    Show,
    /// Check the configuration file; errors name the line and the remedy
    Check,
}

/// Does what the command says.
pub(super) fn run(command: &ConfigCommand, context: &Context) -> Outcome {
    let config = context.config()?;
    match (command, context.output) {
        (ConfigCommand::Show, Output::Text) => output::text(config.to_toml().trim_end())?,
        (ConfigCommand::Show, Output::Json) => output::json(&as_json(&config)?)?,
        (ConfigCommand::Check, Output::Text) => {
            for doubt in config.doubts() {
                output::text(&format!("warning: {doubt}"))?;
            }
            output::text(&match &config.file {
                Some(path) => format!("{}: no faults", path.display()),
                None => "there is no configuration file; every value is a default".to_owned(),
            })?;
        }
        (ConfigCommand::Check, Output::Json) => {
            let file = config.file.as_ref().map(|path| path.display().to_string());
            let doubts: Vec<_> = config.doubts().iter().map(ToString::to_string).collect();
            output::json(&json!({ "file": file, "warnings": doubts }))?;
        }
    }
    Ok(())
}

/// The text of `config show` is TOML; JSON has the same values without their origins.
fn as_json(config: &Config) -> Result<Value, Failure> {
    let broken = |error: toml::de::Error| Failure::new(format!("the settings cannot be shown: {error}"), "");
    let settings: Value = toml::from_str(&config.to_toml()).map_err(broken)?;
    Ok(json!({ "file": config.file.as_ref().map(|path| path.display().to_string()), "settings": settings }))
}
