//! `vhsm key`: payment keys of the token: how they come into being, come in, leave, and are told apart.

mod components;
mod generate;
mod kcv;
mod report;
mod transfer;
mod under;
mod words;

use clap::Subcommand;

use super::context::Context;
use super::failure::Outcome;

/// `vhsm key`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum KeyCommand {
    /// Make a random payment key on the token, and print it under an LMK or another key if asked to
    Generate(generate::GenerateArguments),
    /// Bring a key to the token: under an LMK, under a zone master key, or in a key block
    Import(transfer::ImportArguments),
    /// Print a key of the token: under an LMK, under a zone master key, or in a key block
    Export(transfer::ExportArguments),
    /// Keys in components: make a new key with several custodians, or put one together
    #[command(subcommand)]
    Components(components::ComponentsCommand),
    /// Print the check value of a key
    Kcv(kcv::KcvArguments),
}

/// Does what the command says.
pub(super) fn run(command: &KeyCommand, context: &Context) -> Outcome {
    match command {
        KeyCommand::Generate(arguments) => generate::generate(arguments, context),
        KeyCommand::Import(arguments) => transfer::import(arguments, context),
        KeyCommand::Export(arguments) => transfer::export(arguments, context),
        KeyCommand::Components(command) => components::run(command, context),
        KeyCommand::Kcv(arguments) => kcv::kcv(arguments, context),
    }
}
