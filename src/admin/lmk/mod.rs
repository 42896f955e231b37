//! `vhsm lmk`: local master keys of the token, by number: the published TEST ones, random ones, and those of components.

mod kind;
mod list;
mod load;
mod make;
mod number;

use clap::Subcommand;

pub(super) use kind::Kind;
pub(super) use number::{Lmk, Number};

use super::context::Context;
use super::failure::Outcome;

/// `vhsm lmk`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum LmkCommand {
    /// Load the published TEST LMKs, for tests only: everybody knows them
    LoadTest(make::LoadTestArguments),
    /// Make a random LMK on the token
    Generate(make::GenerateArguments),
    /// Load an LMK from the components of its custodians
    Load(load::LoadArguments),
    /// Make an LMK an old one: it unwraps what is under it, and takes nothing new
    Retire(make::RetireArguments),
    /// List the LMKs by their check values
    List(list::ListArguments),
}

/// Does what the command says.
pub(super) fn run(command: &LmkCommand, context: &Context) -> Outcome {
    match command {
        LmkCommand::LoadTest(arguments) => make::load_test(arguments, context),
        LmkCommand::Generate(arguments) => make::generate(arguments, context),
        LmkCommand::Load(arguments) => load::load(arguments, context),
        LmkCommand::Retire(arguments) => make::retire(arguments, context),
        LmkCommand::List(arguments) => list::list(arguments, context),
    }
}
