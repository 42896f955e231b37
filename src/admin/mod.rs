//! The command line `vhsm`: definitions (parser, help, completions and man pages come from the same ones)
//! and one file per group of commands. Commands speak to `Module` only; `bench` and `migrate` to other PKCS#11 modules, too.

mod attribute_text;
mod bench;
mod ceremony;
mod check;
mod choose;
mod configuration;
mod confirm;
mod context;
mod failure;
mod find;
mod key;
mod listing;
mod lmk;
mod manual;
mod mechanism;
mod migrate;
mod object;
mod output;
mod payment;
mod payshield;
mod pin;
mod remedy;
mod secrets;
mod token;
mod uri;

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use self::context::Context;
use self::failure::{Failure, Outcome};
use self::output::Output;

/// A virtual HSM: the tokens, PINs and objects of libvhsm.so, and its speed
#[derive(Debug, Parser)]
#[command(name = "vhsm", version, max_term_width = 100, after_help = failure::EXIT_CODES)]
struct CommandLine {
    /// Print JSON, for machines; errors, too
    #[arg(long, global = true, help_heading = "Options everywhere")]
    json: bool,
    /// Use this configuration file [default: $VHSM_CONF, else the first that exists; see `vhsm config show`]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Options everywhere")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make, show, check and delete tokens
    #[command(subcommand)]
    Token(token::TokenCommand),
    /// Set, unlock and report PINs
    #[command(subcommand)]
    Pin(pin::PinCommand),
    /// List, show and delete objects
    #[command(subcommand)]
    Object(object::ObjectCommand),
    /// Bring objects from another module's token
    #[command(subcommand)]
    Migrate(migrate::MigrateCommand),
    /// Local master keys (LMKs) of payment keys: load, generate, list
    #[command(subcommand)]
    Lmk(lmk::LmkCommand),
    /// Payment keys: generate, import, export, components and check values
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Calculate what payments want: card values, PINs, MACs, DUKPT, cryptograms, key blocks
    #[command(subcommand)]
    Payment(payment::PaymentCommand),
    /// Serve the host commands of Thales payShield
    Payshield(payshield::PayshieldArguments),
    /// List the mechanisms
    Mechanisms(mechanism::MechanismArguments),
    /// Show and check the configuration
    #[command(subcommand)]
    Config(configuration::ConfigCommand),
    /// Time the operations of PKCS#11 modules, several side by side
    Bench(bench::BenchArguments),
    /// Print a completion script for a shell
    Completions(manual::CompletionArguments),
    /// Write the manual pages
    Man(manual::ManArguments),
}

/// Parses the command line of this process and does what it says. The exit code is 0 if it was done; others
/// are explained by `vhsm --help`.
#[must_use]
pub fn run() -> ExitCode {
    if bench::is_worker(std::env::args_os().nth(1).as_deref()) {
        return finish(bench::run_worker(), Output::Text);
    }
    let line = match CommandLine::try_parse() {
        Ok(line) => line,
        Err(error) if error.use_stderr() && asks_for_json() => {
            return finish(Err(Failure::command_line(&error)), Output::Json);
        }
        Err(error) => error.exit(),
    };
    let output = if line.json { Output::Json } else { Output::Text };
    let context = Context {
        output,
        config: line.config,
    };
    finish(dispatch(&line.command, &context), output)
}

/// Whether `--json` stands in a command line that could not be parsed.
fn asks_for_json() -> bool {
    std::env::args_os()
        .take_while(|word| word != "--")
        .any(|word| word == "--json")
}

/// Tells how a command ended.
fn finish(outcome: Outcome, output: Output) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever read the output has seen enough.
        Err(failure) if failure.is_broken_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            let told = match output {
                Output::Text => failure.to_string(),
                Output::Json => failure.to_json(),
            };
            // Nobody is left to be told if this fails, too.
            let _ = writeln!(io::stderr(), "{told}");
            failure.exit_code()
        }
    }
}

fn dispatch(command: &Command, context: &Context) -> Outcome {
    match command {
        Command::Token(command) => token::run(command, context),
        Command::Pin(command) => pin::run(command, context),
        Command::Lmk(command) => lmk::run(command, context),
        Command::Key(command) => key::run(command, context),
        Command::Payment(command) => payment::run(command, context),
        Command::Payshield(arguments) => payshield::run(arguments, context),
        Command::Object(command) => object::run(command, context),
        Command::Migrate(command) => migrate::run(command, context),
        Command::Mechanisms(arguments) => mechanism::run(arguments, context),
        Command::Config(command) => configuration::run(command, context),
        Command::Bench(arguments) => bench::run(arguments, context.output),
        Command::Completions(arguments) => manual::complete(arguments, CommandLine::command()),
        Command::Man(arguments) => manual::man(arguments, CommandLine::command()),
    }
}
