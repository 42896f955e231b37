//! Where PINs come from: a file, the environment, or a prompt. Never the command line, which everybody on
//! the machine can read.

use std::ffi::OsString;
use std::fs;
use std::io::{IsTerminal, stdin};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::secret::SecretBytes;

/// The user's PIN.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct UserPin {
    /// Read the user PIN from the first line of this file [default: $VHSM_PIN, or a prompt]
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

impl UserPin {
    /// Reads it. `what` is what the prompt asks for.
    pub(super) fn read(&self, what: &str) -> Result<SecretBytes, Failure> {
        read(self.pin_file.as_deref(), "VHSM_PIN", what, "--pin-file")
    }
}

fn read(file: Option<&Path>, variable: &str, what: &str, option: &str) -> Result<SecretBytes, Failure> {
    if let Some(path) = file {
        let text = fs::read(path)
            .map_err(|e| Failure::new(format!("{}: {e}", path.display()), "the file holds the PIN alone"))?;
        let text = SecretBytes::new(text);
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        return Ok(SecretBytes::from(line.strip_suffix(b"\r").unwrap_or(line)));
    }
    if let Some(value) = environment(variable) {
        return Ok(SecretBytes::new(value.into_vec()));
    }
    if !stdin().is_terminal() {
        return Err(Failure::new(
            format!("no {what} is given"),
            format!("give it with {option} or in {variable}"),
        ));
    }
    Ok(SecretBytes::new(
        rpassword::prompt_password(format!("{what}: "))?.into_bytes(),
    ))
}

#[allow(
    clippy::disallowed_methods,
    reason = "a PIN in the environment is an input of one command, no configuration"
)]
fn environment(variable: &str) -> Option<OsString> {
    std::env::var_os(variable)
}
