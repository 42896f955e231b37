//! `vhsm payshield`: the host-command server, and what belongs to it.

mod authorise;
mod bench;
mod check;
mod options;
mod plan;
mod printer;
mod secure;
mod serve;
mod table;
mod throwaway;
mod told;

use clap::{Args, Subcommand};

use super::context::Context;
use super::failure::Outcome;

const EXAMPLES: &str = "\
Examples:
  vhsm payshield --demo
      A throwaway token with the published TEST LMKs (00 variant, 01 key block 3DES, 02 key block AES), everything but
      diag authorised, on 127.0.0.1:1500.
  vhsm payshield --token prod --pin-file user.pin --listen 0.0.0.0:1500 --lmk-ports 2
      The LMKs of a token: the default one on port 1500, LMK 00 on 1501, LMK 01 on 1502.
  vhsm payshield --config vhsm.toml
      What [payshield] of a configuration says; SIGHUP reads it anew.
  vhsm payshield commands
      What it answers.";

/// `vhsm payshield`
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct PayshieldArguments {
    #[command(subcommand)]
    command: Option<PayshieldCommand>,
    #[command(flatten)]
    serve: Box<options::ServeArguments>,
}

#[derive(Clone, Debug, Subcommand)]
enum PayshieldCommand {
    /// List the host commands that are answered, or show one with its fields and error codes
    Commands(table::CommandsArguments),
    /// Authorise an activity on a running server, show those that are, cancel them
    Authorise(authorise::AuthoriseArguments),
    /// Measure a server under load, this one or a payShield
    Bench(bench::BenchArguments),
}

/// Does what the command says.
pub(super) fn run(arguments: &PayshieldArguments, context: &Context) -> Outcome {
    match &arguments.command {
        None => serve::serve(&arguments.serve, context),
        Some(PayshieldCommand::Commands(arguments)) => table::commands(arguments, context),
        Some(PayshieldCommand::Authorise(arguments)) => authorise::authorise(arguments, context),
        Some(PayshieldCommand::Bench(arguments)) => bench::run(arguments, context),
    }
}
