//! `vhsm payshield`: the host-command server, and what belongs to it.

mod demo;
#[cfg(test)]
mod diagnostic_tests;
mod serve;
mod table;

use clap::{Args, Subcommand};

use super::context::Context;
use super::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  vhsm payshield --demo
      A throwaway token with the published TEST LMKs (00 variant, 01 key block 3DES, 02 key block AES), everything
      authorised, on 127.0.0.1:1500.
  vhsm payshield --token prod --pin-file user.pin --listen 0.0.0.0:1500
      The LMKs of a token.
  vhsm payshield commands
      What it answers.";

/// `vhsm payshield`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct PayshieldArguments {
    #[command(subcommand)]
    command: Option<PayshieldCommand>,
    #[command(flatten)]
    serve: serve::ServeArguments,
}

#[derive(Clone, Debug, Subcommand)]
enum PayshieldCommand {
    /// List the host commands that are answered
    Commands,
}

/// Does what the command says.
pub(super) fn run(arguments: &PayshieldArguments, context: &Context) -> Outcome {
    match &arguments.command {
        None => serve::serve(&arguments.serve, context),
        Some(PayshieldCommand::Commands) => table::commands(context),
    }
}
