//! Why a command did not succeed, in the words that the user sees (what happened, and the remedy), and the
//! exit code that a script sees.

use std::fmt;
use std::io;
use std::process::ExitCode;

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
  5  not confirmed";

/// What went wrong and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    what: String,
    remedy: String,
    code: u8,
    broken_pipe: bool,
}

impl Failure {
    /// What went wrong, and what helps (may be empty).
    pub(super) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
            code: 1,
            broken_pipe: false,
        }
    }

    /// A token or object that is not there.
    pub(super) fn absent(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code: 3,
            ..Self::new(what, remedy)
        }
    }

    /// The user did not confirm.
    pub(super) fn unconfirmed(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            code: 5,
            ..Self::new(what, remedy)
        }
    }

    /// Whether the standard output was closed by its reader.
    pub(super) fn is_broken_pipe(&self) -> bool {
        self.broken_pipe
    }

    /// The exit code of the process.
    pub(super) fn exit_code(&self) -> ExitCode {
        self.code.into()
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
            _ => "",
        };
        let code = match &error {
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
            what: error.to_string(),
            remedy: remedy.into(),
            code,
            broken_pipe: false,
        }
    }
}
