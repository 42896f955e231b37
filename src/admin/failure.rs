//! Why a command did not succeed, in the words that the user sees (what happened, and the remedy), and the
//! exit code that a script sees.

use std::fmt;
use std::io;
use std::process::ExitCode;

use serde::Serialize;

use super::output::escaped;
use super::remedy;
use crate::ck::Rv;
use crate::error::Error;

/// The result of a command.
pub(super) type Outcome = Result<(), Failure>;

/// What an exit code means; shown by `vhsm --help`. 2 is clap's: the command line is wrong.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed; the reason and the remedy are on the standard error
  2  the command line is wrong
  3  there is no such token or object
  4  the PIN is wrong, locked or not set
  5  not confirmed

With --json, the reason is one line on the standard error:
  {\"error\":\"what happened\",\"code\":\"CKR_... or null\",\"remedy\":\"what helps, or null\"}";

/// The exit code for a wrong command line; clap has the same.
const WRONG_COMMAND_LINE: u8 = 2;

/// What went wrong and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    what: String,
    remedy: String,
    rv: Option<Rv>,
    exit_code: u8,
    broken_pipe: bool,
}

/// A failure as machines read it.
#[derive(Serialize)]
struct Told<'a> {
    error: &'a str,
    code: Option<String>,
    remedy: Option<&'a str>,
}

impl Failure {
    /// What went wrong, and what helps (may be empty).
    pub(super) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
            rv: None,
            exit_code: 1,
            broken_pipe: false,
        }
    }

    /// A command line that the parser refuses, from the paragraphs that it has for people: what is wrong, perhaps a tip,
    /// how the command is used, and where more is to be read.
    pub(super) fn command_line(error: &clap::Error) -> Self {
        let text = error.render().to_string();
        let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let (what, remedy) = match text.strip_prefix("error: ") {
            Some(text) => {
                let mut paragraphs = text.split("\n\n").map(one_line);
                let what = paragraphs.next().unwrap_or_default();
                (what, paragraphs.collect::<Vec<_>>().join("; "))
            }
            // Instead of an error, the parser has the help of a command that lacks the next word.
            None => {
                let usage = text.lines().find(|line| line.starts_with("Usage: "));
                let remedy = format!(
                    "{}; for more information, try '--help'",
                    usage.unwrap_or_default()
                );
                ("the command is not complete".into(), remedy)
            }
        };
        Self {
            exit_code: WRONG_COMMAND_LINE,
            ..Self::new(what, remedy)
        }
    }

    /// Options that do not go together.
    pub(super) fn usage(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            exit_code: WRONG_COMMAND_LINE,
            ..Self::new(what, remedy)
        }
    }

    /// A token or object that is not there.
    pub(super) fn absent(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            exit_code: 3,
            ..Self::new(what, remedy)
        }
    }

    /// The user did not confirm.
    pub(super) fn unconfirmed(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            exit_code: 5,
            ..Self::new(what, remedy)
        }
    }

    /// What was given as a PIN can be none.
    pub(super) fn no_pin(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            exit_code: 4,
            ..Self::new(what, remedy)
        }
    }

    /// The same with another remedy.
    pub(super) fn with_remedy(self, remedy: impl Into<String>) -> Self {
        Self {
            remedy: remedy.into(),
            ..self
        }
    }

    /// The same with words before it.
    pub(super) fn after(self, words: &str) -> Self {
        Self {
            what: format!("{words}{}", self.what),
            ..self
        }
    }

    /// What went wrong.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// What helps; may be empty.
    pub(super) fn remedy(&self) -> &str {
        &self.remedy
    }

    /// Whether the standard output was closed by its reader.
    pub(super) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// The exit code of the process.
    pub(super) fn exit_code(&self) -> ExitCode {
        self.exit_code.into()
    }

    /// One line for machines: `error`, and `code` and `remedy` or null.
    pub(super) fn to_json(&self) -> String {
        let told = Told {
            error: &self.what,
            code: self.rv.map(|rv| rv.to_string()),
            remedy: Some(self.remedy.as_str()).filter(|remedy| !remedy.is_empty()),
        };
        escaped(&serde_json::to_string(&told).unwrap_or_default())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what)?;
        if self.remedy.is_empty() {
            Ok(())
        } else {
            write!(f, "\n  help: {}", self.remedy)
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let broken_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self {
            broken_pipe,
            ..Self::new(error.to_string(), "")
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let remedy = match &error {
            Error::PinLocked(_) => {
                "`vhsm pin status` says which PIN is locked; the SO unlocks the user's with `vhsm pin unlock`"
            }
            Error::UserPinNotInitialized => "`vhsm pin set` sets it with the SO PIN",
            Error::PinIncorrect { .. } => "`vhsm pin status` counts the tries that are left",
            _ => error.remedy().unwrap_or_else(|| remedy::of_attribute(&error)),
        };
        let told = error.to_string();
        let behind = error
            .remedy()
            .and_then(|remedy| told.strip_suffix(remedy)?.strip_suffix("; "));
        let exit_code = match &error {
            Error::PinIncorrect { .. }
            | Error::PinLocked(_)
            | Error::PinInvalid
            | Error::PinLenRange { .. }
            | Error::UserPinNotInitialized => 4,
            Error::SlotIdInvalid(_)
            | Error::TokenNotPresent(_)
            | Error::TokenNotInitialized(_)
            | Error::ObjectHandleInvalid => 3,
            _ => 1,
        };
        Self {
            what: behind.unwrap_or(&told).to_owned(),
            remedy: remedy.into(),
            rv: Some(error.rv()),
            exit_code,
            broken_pipe: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Reason;

    #[test]
    fn machines_read_the_reason_the_code_and_the_remedy_on_one_line() {
        let wrong_pin = Failure::from(Error::PinIncorrect { tries_left: 2 });
        assert_eq!(
            wrong_pin.to_json(),
            r#"{"error":"wrong PIN; 2 tries left before it is locked","code":"CKR_PIN_INCORRECT","remedy":"`vhsm pin status` counts the tries that are left"}"#
        );
        let why = Error::StoreDamaged(Reason::new("object 1: gone; so it is", "put it back"));
        assert_eq!(
            Failure::from(why).to_json(),
            r#"{"error":"the store is damaged: object 1: gone; so it is","code":"CKR_DEVICE_ERROR","remedy":"put it back"}"#
        );
        let bare = Failure::absent("no \"x\"\nhere", "");
        assert_eq!(
            bare.to_json(),
            r#"{"error":"no \"x\"\nhere","code":null,"remedy":null}"#
        );
    }
}
