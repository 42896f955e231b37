//! `vhsm migrate`: brings the objects of another module's token into one of ours, through both modules' own functions.

mod carry;
mod found;
mod source;
mod target;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use self::carry::{Carried, Carrier};
use self::source::Source;
use super::choose::{self, TokenOption};
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::output::{self, Output};
use super::pin;
use super::secrets::{FromPin, UserPin};
use super::uri::Uri;
use crate::ck::{UserType, to_ulong};

const EXAMPLES: &str = "\
Examples:
  vhsm migrate softhsm2
      From the only token of SoftHSM to the only one of vhsm; asks for both PINs.
  vhsm migrate softhsm2 --from-token old --from-pin-file old.pin --token new --pin-file new.pin
      The same in a script.

What is carried over keeps its attributes but those that tell where a key came from: it counts as imported
(CKA_LOCAL, CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE are FALSE), and CKA_UNIQUE_ID is new. Sensitive keys
go wrapped, under a key made for the purpose. A key whose CKA_EXTRACTABLE is FALSE does not leave SoftHSM; it
is named by type, class, label and id with the reason, and so is all that SoftHSM or vhsm refuses. An attribute
that cannot come over (SoftHSM does not tell the dates of private objects) is named with its object.

A migration that was broken off can be started again: an object is there already if one that was in the token
before the start is the same in class, type, value and all other attributes. Labels and ids may repeat; one
object here stands for one there, and of objects that nothing tells apart each is carried over. A key that was
made stricter since (CKA_EXTRACTABLE is FALSE now, say) is still the same. One that was changed otherwise, by
another label or use, is carried over once more, since it cannot be told from another key: rather twice than not
at all. A key that does not leave SoftHSM cannot be compared, so it is left behind whatever is in the token.";

/// `vhsm migrate`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Bring keys, certificates and data from a SoftHSM 2 token
    Softhsm2(Softhsm2Arguments),
}

/// `vhsm migrate softhsm2`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Softhsm2Arguments {
    /// SoftHSM's module [default: the one in the usual places]
    #[arg(long, value_name = "FILE")]
    module: Option<PathBuf>,
    /// SoftHSM's token: its label or serial number; may be left out if there is only one
    #[arg(long, value_name = "TOKEN")]
    from_token: Option<String>,
    #[command(flatten)]
    from_pin: FromPin,
    #[command(flatten)]
    token: TokenOption,
    #[command(flatten)]
    pin: UserPin,
}

/// Does what the command says.
pub(super) fn run(command: &MigrateCommand, context: &Context) -> Outcome {
    let MigrateCommand::Softhsm2(arguments) = command;
    let module = context.module()?;
    let token = arguments.token.choose(&module, &Uri::default())?;
    let source = Source::open(arguments.module.as_deref(), arguments.from_token.as_deref())?;
    source.login(&arguments.from_pin.read()?)?;
    let session = pin::session(&module, token.slot)?;
    module.login(session, UserType::User, &arguments.pin.read()?)?;

    let objects = source.objects()?;
    let mut carrier = Carrier::new(&source, &module, session)?;
    let progress = progress(objects.len());
    let told = carrier.carry(&objects, || progress.inc(1));
    progress.finish_and_clear();
    report(&source.label, &choose::label(&token), &told, context.output)?;
    let left = told.iter().filter(|(_, carried)| carried.is_left()).count();
    match left {
        0 => Ok(()),
        _ => Err(Failure::new(
            format!("{left} of {} objects stay behind", told.len()),
            "each is named above with the reason",
        )),
    }
}

fn report(from: &str, to: &str, told: &[(String, Carried)], output: Output) -> Outcome {
    if output == Output::Json {
        let objects: Vec<_> = told
            .iter()
            .map(|(name, carried)| json!({ "object": name, "result": carried.word(), "why": carried.remarks() }))
            .collect();
        return Ok(output::json(
            &json!({ "from": from, "to": to, "objects": objects }),
        )?);
    }
    for (name, carried) in told {
        let remarks = carried.remarks();
        let why = if remarks.is_empty() {
            String::new()
        } else {
            format!(": {}", remarks.join("; "))
        };
        output::text(&format!("{}  {name}{why}", carried.word()))?;
    }
    let count = |word: &str| told.iter().filter(|(_, carried)| carried.word() == word).count();
    Ok(output::text(&format!(
        "from token {from:?} of SoftHSM to token {to:?}: {} carried over, {} there already, {} left behind",
        count(Carried::MADE),
        count(Carried::THERE),
        count(Carried::LEFT),
    ))?)
}

/// Progress on the standard error; nothing where that is no terminal.
fn progress(objects: usize) -> ProgressBar {
    let bar = ProgressBar::new(to_ulong(objects));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} objects") {
        bar.set_style(style);
    }
    bar
}
