//! `vhsm payment key-block`: key blocks shown, decoded and made.

mod decode;
mod encode;
mod header;
mod words;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::admin::context::Context;
use crate::admin::failure::Outcome;
use crate::admin::output::{self, Output};
use crate::ck::{CKM_VHSM_THALES_KEY_BLOCK, CKM_VHSM_TR31, MechanismId};

/// `vhsm payment key-block`
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    after_help = "\
Examples:
  vhsm payment key-block C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C
      Version, usage, algorithm and the rest; the key itself stays what it is.
  vhsm payment key-block decode --help
  vhsm payment key-block encode --help
      What can be done with the key of the block."
)]
pub(in crate::admin) struct KeyBlockArguments {
    #[command(subcommand)]
    command: Option<KeyBlockCommand>,
    /// The block; a tag R or S before it may stay
    #[arg(value_name = "BLOCK", required = true)]
    block: Option<String>,
}

/// `vhsm payment key-block ...`
#[derive(Clone, Debug, Subcommand)]
enum KeyBlockCommand {
    /// Show what the header says, as without this word
    Show(ShowArguments),
    /// Check a block under its protection key, and show which key it holds
    Decode(decode::DecodeArguments),
    /// Put a key into a block
    Encode(Box<encode::EncodeArguments>),
}

/// `vhsm payment key-block show`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm payment key-block show C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C
      Version, usage, algorithm and the rest; the key itself stays what it is.")]
struct ShowArguments {
    /// The block; a tag R or S before it may stay
    #[arg(value_name = "BLOCK")]
    block: String,
}

/// The mechanism of blocks of a version.
const fn mechanism(version: Option<char>) -> MechanismId {
    match version {
        Some('0' | '1') => CKM_VHSM_THALES_KEY_BLOCK,
        _ => CKM_VHSM_TR31,
    }
}

/// Whether blocks of a version are under AES.
const fn is_of_aes(version: Option<char>) -> bool {
    matches!(version, Some('D' | 'E' | '1'))
}

/// What helps with a key that a token takes for weak.
const WEAK_KEYS: &str = "a token takes published keys of this kind only with `payment.weak_keys = \"accept\"` in the configuration";

/// Does what the command says.
pub(super) fn run(arguments: &KeyBlockArguments, context: &Context) -> Outcome {
    match &arguments.command {
        Some(KeyBlockCommand::Decode(arguments)) => decode::decode(arguments, context),
        Some(KeyBlockCommand::Encode(arguments)) => encode::encode(arguments, context),
        Some(KeyBlockCommand::Show(arguments)) => show(&arguments.block, context),
        None => show(arguments.block.as_deref().unwrap_or_default(), context),
    }
}

/// Shows the header.
fn show(block: &str, context: &Context) -> Outcome {
    print(&header::fields(header::untagged(block))?, context)
}

fn print(fields: &[(String, String)], context: &Context) -> Outcome {
    match context.output {
        Output::Json => output::json(
            &fields
                .iter()
                .map(|(name, value)| (name.clone(), json!(value)))
                .collect::<serde_json::Map<_, _>>(),
        )?,
        Output::Text => output::pairs(fields)?,
    }
    Ok(())
}
