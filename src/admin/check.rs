//! `vhsm token check`: reads every record of a token, and builds the search index anew if it is asked to.

use std::time::Duration;

use clap::Args;
use indicatif::ProgressBar;
use serde_json::json;

use super::choose::{self, TokenArgument};
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::output::{self, Output};
use super::pin;
use super::secrets::UserPin;
use crate::ck::UserType;
use crate::error::Error;
use crate::store::Verification;

const EXAMPLES: &str = "\
Examples:
  vhsm token check demo
      Asks for the user PIN, reads every record and names those that are damaged.
  vhsm token check demo --repair --pin-file user.pin
      Builds both copies of the search index and the list of tags beside each
      record anew from the records, says what was wrong, and checks all.";

/// `vhsm token check`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    token: TokenArgument,
    /// Do not log in: only the seals of public objects are opened
    #[arg(long, conflicts_with = "pin_file")]
    public: bool,
    /// Build the search index anew from the records first
    #[arg(long)]
    repair: bool,
    #[command(flatten)]
    pin: UserPin,
}

/// Does it. A damaged record is named, and makes the command fail.
pub(super) fn run(arguments: &CheckArguments, context: &Context) -> Outcome {
    let module = context.module()?;
    let token = arguments.token.choose(&module)?;
    let session = pin::session(&module, token.slot)?;
    if !arguments.public && token.header.user.is_some() {
        module.login(session, UserType::User, &arguments.pin.read()?)?;
    }
    let repaired = match arguments.repair {
        true => {
            Some(shown_while("reading every record", || module.repair_token(token.slot)).map_err(explained)?)
        }
        false => None,
    };
    let checked = shown_while("reading every record", || module.verify_token(token.slot))?;
    let label = choose::label(&token);
    report(
        &label,
        repaired.map(|repair| repair.repaired),
        &checked,
        context.output,
    )?;
    if checked.damages.is_empty() {
        return Ok(());
    }
    let remedy = match arguments.repair {
        true => "bring the data directory back from a copy",
        false => {
            "--repair builds the search index anew; for other damage bring the data directory back from a copy"
        }
    };
    Err(Failure::new(format!("token {label:?} is damaged"), remedy))
}

fn shown_while<T>(message: &'static str, work: impl FnOnce() -> T) -> T {
    let progress = ProgressBar::new_spinner().with_message(message);
    progress.enable_steady_tick(Duration::from_millis(100));
    let done = work();
    progress.finish_and_clear();
    done
}

fn explained(error: Error) -> Failure {
    match error {
        Error::UserNotLoggedIn(_) => Failure::new(
            "the token has private objects, and what they are found by is known to the user only; nothing was changed",
            "give the user PIN, and not --public",
        ),
        other => other.into(),
    }
}

fn report(label: &str, repaired: Option<Vec<String>>, checked: &Verification, to: Output) -> Outcome {
    if to == Output::Json {
        let mut value = json!({ "token": label, "objects": checked.objects, "damages": checked.damages });
        if let (Some(repaired), Some(value)) = (repaired, value.as_object_mut()) {
            value.insert("repaired".to_owned(), json!(repaired));
        }
        return Ok(output::json(&value)?);
    }
    for what in repaired.iter().flatten() {
        output::text(&format!("repaired: {what}"))?;
    }
    checked
        .damages
        .iter()
        .try_for_each(|damage| output::text(damage))?;
    let repairs = repaired.map_or(String::new(), |repaired| format!(", repairs: {}", repaired.len()));
    let (read, damages) = (checked.objects, checked.damages.len());
    output::text(&format!(
        "token {label:?}: objects read: {read}{repairs}, damages: {damages}"
    ))?;
    Ok(())
}
