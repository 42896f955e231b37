//! `vhsm pin`: sets, unlocks and reports PINs.

use std::fmt;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::choose::{self, TokenArgument};
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::output::{self, Output};
use super::secrets::{NewPin, SoPin, UserPin};
use crate::ck::{SessionHandle, SlotId, UserType, sys};
use crate::module::{Module, TokenSummary};

const SET_EXAMPLES: &str = "\
Examples:
  vhsm pin set
      Changes the user PIN of the only token; sets it with the SO PIN if there is none yet.
  vhsm pin set --user so demo
      Changes the SO PIN.
  VHSM_PIN=... VHSM_NEW_PIN=... vhsm pin set demo
      The same in a script; --pin-file and --new-pin-file read files.";

const UNLOCK_EXAMPLES: &str = "\
Examples:
  vhsm pin unlock demo
      Sets a new user PIN with the SO PIN; the failures are forgotten, all objects stay.";

/// `vhsm pin`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum PinCommand {
    /// Change a PIN, or set the user PIN for the first time
    Set(SetArguments),
    /// Set a new user PIN with the SO PIN, when the old one is locked or forgotten
    Unlock(UnlockArguments),
    /// Show which PINs are set, and how many tries are left
    Status(TokenArgument),
}

/// `vhsm pin set`
#[derive(Clone, Debug, Args)]
#[command(after_help = SET_EXAMPLES)]
pub(super) struct SetArguments {
    #[command(flatten)]
    token: TokenArgument,
    /// Whose PIN
    #[arg(long, value_enum, default_value = "user")]
    user: Whose,
    #[command(flatten)]
    pin: UserPin,
    #[command(flatten)]
    so_pin: SoPin,
    #[command(flatten)]
    new_pin: NewPin,
}

/// `vhsm pin unlock`
#[derive(Clone, Debug, Args)]
#[command(after_help = UNLOCK_EXAMPLES)]
pub(super) struct UnlockArguments {
    #[command(flatten)]
    token: TokenArgument,
    #[command(flatten)]
    so_pin: SoPin,
    #[command(flatten)]
    new_pin: NewPin,
}

/// Whose PIN.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Whose {
    /// The normal user
    User,
    /// The security officer
    So,
}

/// Does what the command says.
pub(super) fn run(command: &PinCommand, context: &Context) -> Outcome {
    match command {
        PinCommand::Set(arguments) => set(arguments, context),
        PinCommand::Unlock(arguments) => {
            let module = context.module()?;
            let token = arguments.token.choose(&module)?;
            set_as_so(&module, &token, &arguments.so_pin, &arguments.new_pin)?;
            report(&token, "user PIN", context.output)
        }
        PinCommand::Status(token) => status(&token.choose(&context.module()?)?, context.output),
    }
}

/// A read-write session for one command.
pub(super) fn session(module: &Module, slot: SlotId) -> Result<SessionHandle, Failure> {
    Ok(module.open_session(slot, sys::CKF_SERIAL_SESSION | sys::CKF_RW_SESSION)?)
}

fn set(arguments: &SetArguments, context: &Context) -> Outcome {
    let module = context.module()?;
    let token = arguments.token.choose(&module)?;
    if arguments.user == Whose::User && token.header.user.is_none() {
        set_as_so(&module, &token, &arguments.so_pin, &arguments.new_pin)?;
        return report(&token, "user PIN", context.output);
    }
    let (old, name) = match arguments.user {
        Whose::User => (arguments.pin.read()?, "user PIN"),
        Whose::So => (arguments.so_pin.read()?, "SO PIN"),
    };
    let session = session(&module, token.slot)?;
    // The old PIN is checked before the new one is asked for.
    let user = if arguments.user == Whose::So {
        UserType::So
    } else {
        UserType::User
    };
    module.login(session, user, &old)?;
    module.set_pin(session, &old, &arguments.new_pin.read()?)?;
    module.close_session(session)?;
    report(&token, name, context.output)
}

fn set_as_so(module: &Module, token: &TokenSummary, so_pin: &SoPin, new_pin: &NewPin) -> Outcome {
    let session = session(module, token.slot)?;
    module.login(session, UserType::So, &so_pin.read()?)?;
    module.init_pin(session, &new_pin.read()?)?;
    Ok(module.close_session(session)?)
}

fn report(token: &TokenSummary, name: &str, to: Output) -> Outcome {
    let label = choose::label(token);
    match to {
        Output::Json => output::json(&json!({ "token": label, "set": name }))?,
        Output::Text => output::text(&format!("the {name} of token {label:?} is set"))?,
    }
    Ok(())
}

fn status(token: &TokenSummary, to: Output) -> Outcome {
    if to == Output::Json {
        let mut value = json!({ "token": choose::label(token) });
        add_states(&mut value, token);
        return Ok(output::json(&value)?);
    }
    let pairs: Vec<_> = states(token)
        .map(|state| (state.name.to_owned(), state.to_string()))
        .collect();
    Ok(output::pairs(&pairs)?)
}

/// The state of one PIN.
pub(super) struct State {
    /// `user PIN` or `SO PIN`.
    pub(super) name: &'static str,
    key: &'static str,
    /// Wrong tries since the last right one; `None` if the PIN is not set.
    failures: Option<u32>,
    failures_max: u32,
}

impl State {
    fn tries_left(&self) -> u32 {
        self.failures_max.saturating_sub(self.failures.unwrap_or(0))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.failures, self.tries_left()) {
            (None, _) => f.write_str("not set"),
            (Some(failures), 0) => write!(f, "locked after {failures} failures"),
            (Some(1), left) => write!(f, "set; 1 failure, {left} tries left"),
            (Some(failures), left) => write!(f, "set; {failures} failures, {left} tries left"),
        }
    }
}

/// The states of both PINs.
pub(super) fn states(token: &TokenSummary) -> impl Iterator<Item = State> {
    let user = State {
        name: "user PIN",
        key: "user_pin",
        failures: token.header.user.as_ref().map(|pin| pin.failures),
        failures_max: token.failures_max_user,
    };
    let so = State {
        name: "SO PIN",
        key: "so_pin",
        failures: Some(token.header.so.failures),
        failures_max: token.failures_max_so,
    };
    [user, so].into_iter()
}

/// Adds the states of both PINs to a JSON object.
pub(super) fn add_states(value: &mut Value, token: &TokenSummary) {
    let Some(members) = value.as_object_mut() else {
        return;
    };
    for state in states(token) {
        let left = state.tries_left();
        let shown = json!({
            "set": state.failures.is_some(),
            "failures": state.failures.unwrap_or(0),
            "tries_left": left,
            "locked": state.failures.is_some() && left == 0,
        });
        members.insert(state.key.to_owned(), shown);
    }
}
