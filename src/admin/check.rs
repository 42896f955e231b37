//! `vhsm token check`: reads every record of a token.

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

/// `vhsm token check`
#[derive(Clone, Debug, Args)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    token: TokenArgument,
    /// Do not log in: only the seals of public objects are opened
    #[arg(long, conflicts_with = "pin_file")]
    public: bool,
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
    let progress = ProgressBar::new_spinner().with_message("reading every record");
    progress.enable_steady_tick(Duration::from_millis(100));
    let checked = module.verify_token(token.slot);
    progress.finish_and_clear();
    let (checked, label) = (checked?, choose::label(&token));
    match context.output {
        Output::Json => {
            output::json(&json!({ "token": label, "objects": checked.objects, "damages": checked.damages }))?;
        }
        Output::Text => {
            checked
                .damages
                .iter()
                .try_for_each(|damage| output::text(damage))?;
            let count = (checked.objects, checked.damages.len());
            output::text(&format!(
                "token {label:?}: objects read: {}, damages: {}",
                count.0, count.1
            ))?;
        }
    }
    if checked.damages.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        format!("token {label:?} is damaged"),
        "bring the data directory back from a copy",
    ))
}
