//! Asks before something is gone for good.

use std::io::{IsTerminal, Write, stderr, stdin};

use super::failure::{Failure, Outcome};

/// The option that answers in advance.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Confirmation {
    /// Do not ask
    #[arg(short, long)]
    yes: bool,
}

impl Confirmation {
    /// Asks whether `what` shall be done. No terminal and no `--yes` is a no.
    pub(super) fn ask(&self, what: &str) -> Outcome {
        if self.yes {
            return Ok(());
        }
        let refused = |why: &str| {
            Err(Failure::unconfirmed(
                format!("{what}: {why}"),
                "--yes confirms it",
            ))
        };
        if !stdin().is_terminal() {
            return refused("this needs to be confirmed");
        }
        write!(stderr(), "{what}? [y/N] ")?;
        stderr().flush()?;
        let mut answer = String::new();
        stdin().read_line(&mut answer)?;
        match answer.trim().to_lowercase().as_str() {
            "y" | "yes" => Ok(()),
            _ => refused("not confirmed; nothing was changed"),
        }
    }
}
