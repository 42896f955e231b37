//! Where PINs come from: a file, the environment, or a prompt. Never the command line, which everybody on
//! the machine can read.

use std::ffi::OsString;
use std::fs;
use std::io::{IsTerminal, stdin};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use super::failure::Failure;
use crate::config::PIN_LENGTH_LEAST;
use crate::secret::SecretBytes;

/// The user's PIN.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct UserPin {
    /// Read the user PIN from the first line of this file [default: $VHSM_PIN, else a prompt]
    #[arg(long, value_name = "FILE")]
    pin_file: Option<PathBuf>,
}

/// The security officer's PIN.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SoPin {
    /// Read the SO PIN from the first line of this file [default: $VHSM_SO_PIN, else a prompt]
    #[arg(long, value_name = "FILE")]
    so_pin_file: Option<PathBuf>,
}

/// A PIN that is to be set.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct NewPin {
    /// Read the new PIN from the first line of this file [default: $VHSM_NEW_PIN, else a prompt]
    #[arg(long, value_name = "FILE")]
    new_pin_file: Option<PathBuf>,
}

/// The user's PIN of the token that objects come from.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct FromPin {
    /// Read SoftHSM's user PIN from the first line of this file [default: $VHSM_FROM_PIN, else a prompt]
    #[arg(long, value_name = "FILE")]
    from_pin_file: Option<PathBuf>,
}

/// One way to a PIN.
struct Source<'a> {
    file: Option<&'a Path>,
    option: &'static str,
    variable: &'static str,
    prompt: &'static str,
}

impl UserPin {
    /// This file, if no option names another.
    pub(super) fn or_file(self, path: Option<&Path>) -> Self {
        let pin_file = self.pin_file.or_else(|| path.map(Path::to_owned));
        Self { pin_file }
    }

    /// The PIN as it is.
    pub(super) fn read(&self) -> Result<SecretBytes, Failure> {
        self.source().read(false)
    }

    /// The PIN as it is to be; `None` if nothing gives one, or an empty one is typed.
    pub(super) fn read_new_if_given(&self) -> Result<Option<SecretBytes>, Failure> {
        let source = Source {
            prompt: "User PIN (empty: set later)",
            ..self.source()
        };
        if source.is_given() {
            return source.read(true).map(Some);
        }
        if stdin().is_terminal() {
            return Ok(Some(source.typed(true)?).filter(|pin| !pin.is_empty()));
        }
        Ok(None)
    }

    fn source(&self) -> Source<'_> {
        let file = self.pin_file.as_deref();
        Source {
            file,
            option: "--pin-file",
            variable: "VHSM_PIN",
            prompt: "User PIN",
        }
    }
}

impl SoPin {
    /// The PIN as it is.
    pub(super) fn read(&self) -> Result<SecretBytes, Failure> {
        self.source().read(false)
    }

    /// The PIN as it is to be.
    pub(super) fn read_new(&self) -> Result<SecretBytes, Failure> {
        self.source().read(true)
    }

    fn source(&self) -> Source<'_> {
        let file = self.so_pin_file.as_deref();
        Source {
            file,
            option: "--so-pin-file",
            variable: "VHSM_SO_PIN",
            prompt: "SO PIN",
        }
    }
}

impl NewPin {
    /// The PIN as it is to be.
    pub(super) fn read(&self) -> Result<SecretBytes, Failure> {
        let file = self.new_pin_file.as_deref();
        let source = Source {
            file,
            option: "--new-pin-file",
            variable: "VHSM_NEW_PIN",
            prompt: "New PIN",
        };
        source.read(true)
    }
}

impl FromPin {
    /// The PIN as it is.
    pub(super) fn read(&self) -> Result<SecretBytes, Failure> {
        let source = Source {
            file: self.from_pin_file.as_deref(),
            option: "--from-pin-file",
            variable: "VHSM_FROM_PIN",
            prompt: "SoftHSM's user PIN",
        };
        source.read(false)
    }
}

impl Source<'_> {
    fn is_given(&self) -> bool {
        self.file.is_some() || variable(self.variable).is_some()
    }

    /// Reads the PIN; one that is new is typed twice. What is too short for any PIN is refused here, so that no try is
    /// spent on it.
    fn read(&self, new: bool) -> Result<SecretBytes, Failure> {
        let (pin, from) = if let Some(path) = self.file {
            (first_line(path)?, format!("the first line of {}", path.display()))
        } else if let Some(value) = variable(self.variable) {
            (SecretBytes::new(value.into_vec()), format!("${}", self.variable))
        } else {
            (self.typed(new)?, "what was typed".to_owned())
        };
        match pin.len() {
            0 => Err(self.no_pin(&from, "is empty")),
            length if length < PIN_LENGTH_LEAST => Err(self.no_pin(&from, "is shorter than any PIN")),
            _ => Ok(pin),
        }
    }

    fn no_pin(&self, from: &str, why: &str) -> Failure {
        let name = self.prompt.split(" (").next().unwrap_or_default();
        let what = format!("{name}: {from} {why}");
        let remedy = format!(
            "a PIN has {PIN_LENGTH_LEAST} bytes or more; give it with {} or in ${}; no try was counted",
            self.option, self.variable
        );
        Failure::no_pin(what, remedy)
    }

    /// Asks for the PIN; one that is new is typed twice.
    fn typed(&self, new: bool) -> Result<SecretBytes, Failure> {
        if !stdin().is_terminal() {
            let remedy = format!("give it with {} or in ${}", self.option, self.variable);
            return Err(Failure::new(format!("no {} is given", self.prompt), remedy));
        }
        let pin = typed(self.prompt)?;
        if new && !pin.is_empty() && typed("Once more")? != pin {
            return Err(Failure::new(
                "the two entries differ",
                "nothing was changed; try again",
            ));
        }
        Ok(pin)
    }
}

fn first_line(path: &Path) -> Result<SecretBytes, Failure> {
    let text = fs::read(path).map_err(|error| {
        Failure::new(
            format!("{}: {error}", path.display()),
            "the file's first line is the PIN",
        )
    })?;
    let text = SecretBytes::new(text);
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Ok(SecretBytes::from(line.strip_suffix(b"\r").unwrap_or(line)))
}

fn typed(prompt: &str) -> Result<SecretBytes, Failure> {
    Ok(SecretBytes::new(
        rpassword::prompt_password(format!("{prompt}: "))?.into_bytes(),
    ))
}

#[allow(
    clippy::disallowed_methods,
    reason = "a PIN is an input of one command, not configuration"
)]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
