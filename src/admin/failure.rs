//! Why a command did not succeed, in the words that the user sees: what happened, and the remedy.

use std::fmt;
use std::io;

/// The result of a command.
pub(super) type Outcome = Result<(), Failure>;

/// What went wrong and what helps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    what: String,
    remedy: String,
}

impl Failure {
    /// What went wrong, and what helps (may be empty).
    pub(super) fn new(what: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
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
        Self::new(error.to_string(), "")
    }
}
