//! [`Dialogue`]: what custodians are asked, and what they answer: hidden where it is secret. Questions go to the standard
//! error; answers come from the terminal, or from the lines of a file.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write, stderr, stdin, stdout};
use std::os::fd::AsFd;
use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use crate::admin::failure::{Failure, Outcome};
use crate::secret::SecretBytes;

/// Where the answers come from.
#[derive(Clone, Debug, Args)]
pub(in crate::admin) struct EntryOption {
    /// Take what custodians enter from the lines of this file, /dev/stdin or /dev/fd/3 for instance [default: the terminal]
    #[arg(long, value_name = "FILE")]
    entry_file: Option<PathBuf>,
}

enum Source {
    Terminal,
    Lines(File),
}

/// A dialogue that is going on.
pub(in crate::admin) struct Dialogue {
    source: Source,
}

/// What is said of a ceremony that ended early.
pub(in crate::admin) const GIVEN_UP_REMEDY: &str =
    "nothing was stored; begin again when all custodians and their sheets are there";

/// Most bytes of a line; longer ones are no answers.
const LINE_MAX: usize = 4096;

fn given_up() -> Failure {
    Failure::unconfirmed("the ceremony was given up", GIVEN_UP_REMEDY)
}

fn is_quit(answer: &[u8]) -> bool {
    answer.eq_ignore_ascii_case(b"quit") || answer.eq_ignore_ascii_case(b"q")
}

impl EntryOption {
    /// Begins.
    pub(in crate::admin) fn open(&self) -> Result<Dialogue, Failure> {
        let source = match &self.entry_file {
            Some(path) => Source::Lines(File::open(path).map_err(|error| {
                let remedy = "each line of --entry-file is one answer; without it the terminal is asked";
                Failure::new(format!("{}: {error}", path.display()), remedy)
            })?),
            None if stdin().is_terminal() => Source::Terminal,
            None => {
                return Err(Failure::new(
                    "there is no terminal to ask custodians at",
                    "run it at a terminal, or give the answers with --entry-file /dev/stdin",
                ));
            }
        };
        Ok(Dialogue { source })
    }
}

impl Dialogue {
    /// Tells the custodians something.
    pub(in crate::admin) fn say(&self, text: &str) -> io::Result<()> {
        writeln!(stderr(), "{text}")
    }

    /// Asks for something secret.
    ///
    /// # Errors
    /// Given up by `quit` or the end of the lines.
    pub(in crate::admin) fn hidden(&mut self, question: &str) -> Result<SecretBytes, Failure> {
        let answer = match &mut self.source {
            Source::Terminal => {
                let typed = match rpassword::prompt_password(format!("{question}: ")) {
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(given_up()),
                    typed => typed?,
                };
                SecretBytes::new(typed.into_bytes())
            }
            Source::Lines(file) => {
                writeln!(stderr(), "{question}:")?;
                line(file)?.ok_or_else(given_up)?
            }
        };
        match is_quit(answer.trim_ascii()) {
            true => Err(given_up()),
            false => Ok(answer),
        }
    }

    /// Asks for something that everybody may see.
    ///
    /// # Errors
    /// As [`Dialogue::hidden`].
    fn visible(&mut self, question: &str) -> Result<SecretBytes, Failure> {
        let answer = match &mut self.source {
            Source::Terminal => {
                write!(stderr(), "{question} ")?;
                stderr().flush()?;
                let mut answer = String::new();
                if stdin().read_line(&mut answer)? == 0 {
                    return Err(given_up());
                }
                SecretBytes::new(answer.into_bytes())
            }
            Source::Lines(file) => {
                writeln!(stderr(), "{question}")?;
                line(file)?.ok_or_else(given_up)?
            }
        };
        match is_quit(answer.trim_ascii()) {
            true => Err(given_up()),
            false => Ok(answer),
        }
    }

    /// Waits until the custodian goes on.
    ///
    /// # Errors
    /// As [`Dialogue::hidden`].
    pub(in crate::admin) fn wait(&mut self, question: &str) -> Outcome {
        self.visible(question).map(drop)
    }

    /// Asks whether a check value is right: by yes or no, or by the check value that it should be.
    ///
    /// # Errors
    /// As [`Dialogue::hidden`].
    pub(in crate::admin) fn agrees(&mut self, question: &str, check_value: &str) -> Result<bool, Failure> {
        loop {
            let answer = self.visible(&format!("{question} [yes/no/quit, or the check value itself]"))?;
            let answer = answer.trim_ascii();
            let is_any = |known: &[&str]| {
                known
                    .iter()
                    .any(|known| answer.eq_ignore_ascii_case(known.as_bytes()))
            };
            if is_any(&["y", "yes", check_value]) {
                return Ok(true);
            }
            if is_any(&["n", "no"]) {
                return Ok(false);
            }
            if answer.len() == check_value.len() && answer.iter().all(u8::is_ascii_hexdigit) {
                self.say("That is another check value.")?;
                return Ok(false);
            }
        }
    }

    /// Shows something secret on the standard output, past any buffer that would keep it.
    pub(in crate::admin) fn show(&self, text: &Zeroizing<String>) -> io::Result<()> {
        File::from(stdout().as_fd().try_clone_to_owned()?).write_all(text.as_bytes())
    }

    /// Whether what is shown goes to a terminal.
    pub(in crate::admin) fn shows_on_terminal(&self) -> bool {
        stdout().is_terminal()
    }

    /// Clears the terminal with what it keeps above its first line, where the standard output is one.
    pub(in crate::admin) fn clear(&self) -> io::Result<()> {
        if !self.shows_on_terminal() {
            return Ok(());
        }
        File::from(stdout().as_fd().try_clone_to_owned()?).write_all(b"\x1b[H\x1b[2J\x1b[3J")
    }
}

/// The next line without its end, byte by byte, so that no buffer keeps it; `None` at the end.
fn line(file: &mut File) -> Result<Option<SecretBytes>, Failure> {
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_MAX));
    let mut byte = Zeroizing::new([0_u8; 1]);
    loop {
        if file.read(&mut *byte)? == 0 {
            return Ok(Some(SecretBytes::from(&line[..])).filter(|line| !line.is_empty()));
        }
        match *byte {
            [b'\n'] => return Ok(Some(SecretBytes::from(line.trim_ascii_end()))),
            _ if line.len() == LINE_MAX => {
                let what = format!("a line has more than {LINE_MAX} bytes");
                return Err(Failure::new(what, GIVEN_UP_REMEDY));
            }
            [byte] => line.push(byte),
        }
    }
}
