//! `vhsm token`: makes, shows, checks and deletes tokens.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::check;
use super::choose::{self, TokenArgument};
use super::confirm::Confirmation;
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::listing;
use super::output::{self, Output};
use super::pin;
use super::secrets::{SoPin, UserPin};
use crate::ck::{SlotId, UserType};
use crate::module::{DamagedToken, Module, TokenSummary};
use crate::secret::SecretBytes;

const INIT_EXAMPLES: &str = "\
Examples:
  vhsm token init --label demo
      Asks for the SO PIN and the user PIN, and makes a token in the slot with the next
      number that no token had.
  vhsm token init --label demo --so-pin-file so.pin --pin-file user.pin
      The same in a script.
  vhsm token init --label demo --again --slot 1
      Initialises the token in slot 1 anew. All its objects are gone.";

const DELETE_EXAMPLES: &str = "\
Examples:
  vhsm token delete demo
  vhsm token delete --yes pkcs11:serial=0011223344556677";

/// `vhsm token`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Make a token, or initialise one anew
    Init(InitArguments),
    /// List all tokens
    List,
    /// Show a token and the state of its PINs
    Show(TokenArgument),
    /// Read every record of a token and check its seals
    Check(check::CheckArguments),
    /// Delete a token with all its objects
    Delete(DeleteArguments),
}

/// `vhsm token init`
#[derive(Clone, Debug, Args)]
#[command(after_help = INIT_EXAMPLES)]
pub(super) struct InitArguments {
    /// The new token's label, at most 32 bytes
    #[arg(short, long, value_parser = label)]
    label: String,
    /// Initialise the token in --slot anew; its objects are lost
    #[arg(long, requires = "slot")]
    again: bool,
    /// Allow a label that another token has
    #[arg(long)]
    twin: bool,
    /// Use this slot [default: the next number that no token had]
    #[arg(long, value_name = "NUMBER")]
    slot: Option<u64>,
    #[command(flatten)]
    so_pin: SoPin,
    #[command(flatten)]
    pin: UserPin,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// `vhsm token delete`
#[derive(Clone, Debug, Args)]
#[command(after_help = DELETE_EXAMPLES)]
pub(super) struct DeleteArguments {
    #[command(flatten)]
    token: TokenArgument,
    #[command(flatten)]
    confirmation: Confirmation,
}

fn label(text: &str) -> Result<String, String> {
    match text.len() {
        1..=32 => Ok(text.to_owned()),
        length => Err(format!("a label has 1 to 32 bytes, this one {length}")),
    }
}

/// Does what the command says.
pub(super) fn run(command: &TokenCommand, context: &Context) -> Outcome {
    match command {
        TokenCommand::Init(arguments) => init(arguments, context),
        TokenCommand::List => listing::list(context),
        TokenCommand::Show(token) => show(&token.choose(&context.module()?)?, context.output),
        TokenCommand::Check(arguments) => check::run(arguments, context),
        TokenCommand::Delete(arguments) => delete(arguments, context),
    }
}

fn init(arguments: &InitArguments, context: &Context) -> Outcome {
    let module = context.module()?;
    let present = present(&module, arguments)?;
    if let Some(token) = &present {
        may_replace(token, arguments)?;
    }
    // Both PINs are there, and can be what they shall be, before anything is made.
    let so_pin = match present {
        Some(_) => arguments.so_pin.read()?,
        None => accepted(&module, "SO", arguments.so_pin.read_new()?)?,
    };
    let user_pin = match arguments.pin.read_new_if_given()? {
        Some(pin) => Some(accepted(&module, "user", pin)?),
        None => None,
    };
    let label = padded(&arguments.label);
    let slot = match arguments.slot.map(SlotId) {
        None => module.create_token(&so_pin, &label)?,
        Some(slot) => module.init_token(slot, &so_pin, &label).map(|()| slot)?,
    };
    if let Some(user_pin) = &user_pin {
        set_user_pin(&module, slot, &so_pin, user_pin).map_err(|failure| {
            let words = format!(
                "token {:?} is made, but its user PIN is not set: ",
                arguments.label
            );
            let remedy = format!(
                "`vhsm pin set --slot {slot}` sets it, or `vhsm token delete --slot {slot}` begins anew"
            );
            failure.after(&words).with_remedy(remedy)
        })?;
    }
    let made = in_slot(&module, slot)?;
    let made = made.ok_or_else(|| Failure::absent("another process deleted the token at once", ""))?;
    report_new(&made, context.output)
}

/// The token that is to be initialised anew. No other has the label, unless that is wanted.
fn present(module: &Module, arguments: &InitArguments) -> Result<Option<TokenSummary>, Failure> {
    let (sound, damaged) = module.token_summaries()?;
    let slot = arguments.slot.map(SlotId);
    if let Some(token) = damaged.iter().find(|token| Some(token.slot) == slot) {
        return Err(choose::unusable(token));
    }
    let twin = sound.iter().find(|token| {
        Some(token.slot) != slot && choose::label(token) == arguments.label.trim_end_matches(' ')
    });
    if let Some(twin) = twin.filter(|_| !arguments.twin) {
        return Err(Failure::new(
            format!(
                "the token in slot {} has the label {:?}",
                twin.slot, arguments.label
            ),
            "choose another label, or allow it with --twin",
        ));
    }
    Ok(sound.into_iter().find(|token| Some(token.slot) == slot))
}

/// A PIN that may be set.
fn accepted(module: &Module, whose: &str, pin: SecretBytes) -> Result<SecretBytes, Failure> {
    module.accept_pin(&pin).map_err(|error| {
        Failure::from(error)
            .after(&format!("the {whose} PIN cannot be set: "))
            .with_remedy("give another one; nothing was made or changed")
    })?;
    Ok(pin)
}

fn set_user_pin(module: &Module, slot: SlotId, so_pin: &[u8], user_pin: &[u8]) -> Outcome {
    let session = pin::session(module, slot)?;
    module.login(session, UserType::So, so_pin)?;
    module.init_pin(session, user_pin)?;
    Ok(module.close_session(session)?)
}

fn report_new(token: &TokenSummary, to: Output) -> Outcome {
    if to == Output::Json {
        return Ok(output::json(&as_json(token))?);
    }
    output::text(&format!(
        "token {:?} is ready in slot {}",
        choose::label(token),
        token.slot
    ))?;
    output::text(&choose::uri(token).to_string())?;
    if token.header.user.is_none() {
        output::text("the user PIN is not set yet; `vhsm pin set` sets it")?;
    }
    Ok(())
}

fn padded(label: &str) -> [u8; 32] {
    let mut padded = [b' '; 32];
    for (to, from) in padded.iter_mut().zip(label.bytes()) {
        *to = from;
    }
    padded
}

fn in_slot(module: &Module, slot: SlotId) -> Result<Option<TokenSummary>, Failure> {
    let (sound, _) = module.token_summaries()?;
    Ok(sound.into_iter().find(|token| token.slot == slot))
}

/// A token that is there already is only initialised anew if the user says so twice.
fn may_replace(token: &TokenSummary, arguments: &InitArguments) -> Outcome {
    let (name, count) = (choose::label(token), token.objects);
    if !arguments.again {
        let what = format!("slot {} holds token {name:?}", token.slot);
        return Err(Failure::new(
            what,
            "--again initialises it anew; its objects are lost",
        ));
    }
    arguments.confirmation.ask(&format!(
        "initialise token {name:?} anew and lose its {count} objects"
    ))
}

fn show(token: &TokenSummary, to: Output) -> Outcome {
    if to == Output::Json {
        return Ok(output::json(&as_json(token))?);
    }
    let mut pairs = vec![
        ("label".to_owned(), choose::label(token)),
        ("serial".to_owned(), choose::serial(token)),
        ("slot".to_owned(), token.slot.to_string()),
        ("uri".to_owned(), choose::uri(token).to_string()),
        ("objects".to_owned(), token.objects.to_string()),
    ];
    pairs.extend(pin::states(token).map(|state| (state.name.to_owned(), state.to_string())));
    Ok(output::pairs(&pairs)?)
}

/// A token for machines.
pub(super) fn as_json(token: &TokenSummary) -> Value {
    let mut value = json!({
        "slot": token.slot.0,
        "label": choose::label(token),
        "serial": choose::serial(token),
        "uri": choose::uri(token).to_string(),
        "objects": token.objects,
    });
    pin::add_states(&mut value, token);
    value
}

fn delete(arguments: &DeleteArguments, context: &Context) -> Outcome {
    if !arguments.token.is_given() {
        return Err(Failure::new(
            "no token is named",
            "name it by its label, serial number, URI or --slot",
        ));
    }
    let module = context.module()?;
    if let Some(token) = arguments.token.damaged(&module)? {
        return delete_damaged(&token, arguments, &module, context.output);
    }
    let token = arguments.token.choose(&module)?;
    let (name, count) = (choose::label(&token), token.objects);
    arguments
        .confirmation
        .ask(&format!("delete token {name:?} with {count} objects"))?;
    module.delete_token(token.slot)?;
    match context.output {
        Output::Json => output::json(&as_json(&token))?,
        Output::Text => output::text(&format!("token {name:?} with {count} objects is deleted"))?,
    }
    Ok(())
}

fn delete_damaged(token: &DamagedToken, arguments: &DeleteArguments, module: &Module, to: Output) -> Outcome {
    let name = format!("the damaged token in slot {}", token.slot);
    arguments
        .confirmation
        .ask(&format!("delete {name} with all its objects"))?;
    module.delete_damaged_token(token.slot)?;
    match to {
        Output::Json => output::json(&listing::damaged_as_json(token))?,
        Output::Text => output::text(&format!("{name} is deleted"))?,
    }
    Ok(())
}
