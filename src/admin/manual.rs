//! `vhsm completions` and `vhsm man`: written from the same definitions as the parser.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use super::failure::{Failure, Outcome};

/// `vhsm completions`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm completions bash > ~/.local/share/bash-completion/completions/vhsm
  vhsm completions zsh > ~/.zfunc/_vhsm
  vhsm completions fish > ~/.config/fish/completions/vhsm.fish")]
pub(super) struct CompletionArguments {
    /// The shell
    shell: Shell,
}

/// `vhsm man`
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Examples:
  vhsm man | man -l -
  vhsm man --out /usr/local/share/man/man1")]
pub(super) struct ManArguments {
    /// Write one page per command into this directory [default: the main page to the standard output]
    #[arg(short, long, value_name = "DIRECTORY")]
    out: Option<PathBuf>,
}

/// Prints the completion script.
pub(super) fn complete(arguments: &CompletionArguments, mut program: Command) -> Outcome {
    // Collected first: clap_complete panics where the output cannot be written.
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut program, "vhsm", &mut script);
    Ok(io::stdout().write_all(&script)?)
}

/// Prints or writes the man pages.
pub(super) fn man(arguments: &ManArguments, mut program: Command) -> Outcome {
    program = program.disable_help_subcommand(true);
    program.build();
    match &arguments.out {
        None => Ok(page(program).render(&mut io::stdout())?),
        Some(directory) => write_all(&program, directory)
            .map_err(|error| Failure::new(format!("{}: {error}", directory.display()), "")),
    }
}

fn write_all(command: &Command, directory: &Path) -> io::Result<()> {
    fs::create_dir_all(directory)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        write_all(sub, directory)?;
    }
    page(command.clone()).generate_to(directory).map(drop)
}

fn page(command: Command) -> Man {
    Man::new(command)
        .manual("vhsm manual")
        .source(concat!("vhsm ", env!("CARGO_PKG_VERSION")))
}
