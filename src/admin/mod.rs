//! The command line `vhsm`: definitions (parser, help, completions and man pages come from the same ones)
//! and one file per group of commands. Commands speak to `Module` only; `bench` to any PKCS#11 module.

mod bench;
mod failure;
mod output;
mod pin;

use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use self::failure::Outcome;
use self::output::Output;

/// A virtual HSM: tokens, PINs, objects and speed of libvhsm.so
#[derive(Debug, Parser)]
#[command(name = "vhsm", version, max_term_width = 100)]
struct CommandLine {
    /// Print JSON, for machines
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Time the operations of PKCS#11 modules, several side by side
    Bench(bench::BenchArguments),
    #[command(flatten)]
    Hidden(bench::Hidden),
}

/// Parses the command line of this process and does what it says. 0: done; 1: failed, with the reason and
/// the remedy on the standard error; 2: the command line is wrong.
#[must_use]
pub fn run() -> ExitCode {
    let line = CommandLine::parse();
    let output = if line.json { Output::Json } else { Output::Text };
    match dispatch(&line.command, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to be told if this fails, too.
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &Command, output: Output) -> Outcome {
    match command {
        Command::Bench(arguments) => bench::run(arguments, output),
        Command::Hidden(hidden) => bench::run_hidden(hidden),
    }
}
