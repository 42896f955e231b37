//! `vhsm bench`: times the operations of any PKCS#11 module, several modules side by side.
//!
//! Each module runs in a process of its own (the hidden command `bench-worker`), so that modules cannot
//! disturb each other, a crash ends one row and not the run, and the environment that names a module's
//! place is set before the module starts. The parent asks the workers in turn, round by round, and compares
//! rounds that were neighbours.

mod bare;
mod bare_keys;
mod domain;
mod driver;
mod job;
mod job_keys;
mod keys;
mod measure;
mod payment;
mod payment_unwrap;
mod protocol;
mod report;
mod results;
mod rows;
mod run;
mod start;
mod table;
mod token;
mod worker;

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Parser};

use self::rows::Row;
use self::run::Run;
use self::token::TokenChoice;
use super::failure::{Failure, Outcome};
use super::output::Output;
use super::secrets::UserPin;

/// How a worker gets the PIN: its own environment, which only the same user can read.
const PIN_VARIABLE: &str = "VHSM_BENCH_PIN";

const EXAMPLES: &str = "\
Examples:
  vhsm bench
      Times the libvhsm.so that stands beside this program.
  vhsm bench --module libvhsm.so --module /usr/lib/softhsm/libsofthsm2.so
      Compares two modules; the ratio is how many times faster the first one is.
  vhsm bench --filter 'sign rsa' --threads 2
      Only RSA signing, with the gain of a second thread.
  vhsm bench --objects 100,100000 --filter find
      Searching on a small and on a large token.
  vhsm bench --bare --filter hmac
      What C_SignInit and C_Sign cost beyond the bare primitive.
  VHSM_PIN=... vhsm bench --module other.so --token mytoken
      Any other module, on a token that is there already.

vhsm and SoftHSM get temporary tokens, which are removed at the end. On a token named with
--token or --slot, objects are created while the benchmark runs and destroyed when it ends.";

/// Options of `vhsm bench`.
#[derive(Clone, Debug, Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct BenchArguments {
    /// A PKCS#11 module; may be given several times. Default: the libvhsm.so beside this program
    #[arg(short, long = "module", value_name = "FILE")]
    modules: Vec<PathBuf>,
    /// Also time the bare primitives, without a module around them
    #[arg(long)]
    bare: bool,
    /// Only rows whose name contains this text; may be given several times
    #[arg(short, long = "filter", value_name = "TEXT")]
    filters: Vec<String>,
    /// List the rows and end
    #[arg(long)]
    list: bool,
    /// Rounds per row; the results are medians over them
    #[arg(long, default_value_t = 5, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Time per row and module, over all rounds
    #[arg(long, default_value_t = 0.5, value_name = "SECONDS", value_parser = seconds)]
    seconds: f64,
    /// Measure each row with so many threads, too, each on its own session
    #[arg(long, default_value_t = 1, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: u16,
    /// Numbers of token objects for the rows that search and start; among 0 nothing is searched for
    #[arg(long, default_value = "100", value_delimiter = ',', value_name = "NUMBER,...")]
    objects: Vec<usize>,
    /// Use session objects as keys instead of token objects
    #[arg(long)]
    session_keys: bool,
    /// Where temporary tokens are made; take a real disk. Default: the system's temporary directory
    #[arg(long, value_name = "DIRECTORY")]
    dir: Option<PathBuf>,
    #[command(flatten)]
    choice: TokenChoice,
    #[command(flatten)]
    pin: UserPin,
}

/// A number of seconds that makes sense.
fn seconds(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "this is not a number".to_owned())?;
    if (0.001..=3600.0).contains(&value) {
        Ok(value)
    } else {
        Err("0.001 to 3600 seconds".into())
    }
}

/// The commands that the benchmark calls itself with; users do not see them.
#[derive(Clone, Debug, clap::Parser)]
enum Worker {
    /// Measures one module.
    BenchWorker(worker::WorkerArguments),
    /// Starts one module.
    BenchStart(start::StartArguments),
}

/// Whether the first word of the command line is one that the benchmark calls itself with.
pub(super) fn is_worker(word: Option<&OsStr>) -> bool {
    word.is_some_and(|word| word == driver::WORKER || word == driver::START)
}

/// Runs what the benchmark called itself for.
pub(super) fn run_worker() -> Outcome {
    match Worker::parse() {
        Worker::BenchWorker(arguments) => worker::run(&arguments).map_err(Failure::from),
        Worker::BenchStart(arguments) => start::run(&arguments).map_err(|why| Failure::new(why, "")),
    }
}

/// Runs `vhsm bench`.
pub(super) fn run(arguments: &BenchArguments, output: Output) -> Outcome {
    let mut objects = arguments.objects.clone();
    objects.sort_unstable();
    objects.dedup();
    let rows = chosen(rows::all(&objects), &arguments.filters)?;
    let (rows, skipped): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(Row::is_possible);
    if rows.is_empty() {
        return Err(Failure::new(
            "among 0 objects there is none to find",
            "give --objects a larger number",
        ));
    }
    if arguments.list {
        return list(&rows, output);
    }
    let mut run = Run::start(arguments, objects, rows.len())?;
    run.results.skipped = skipped.into_iter().map(|row| row.name).collect();
    for row in &rows {
        run.row(row);
    }
    run.progress.finish_and_clear();
    report::print(&run.results, output)?;
    match run.results.modules.iter().find(|module| module.crashes > 0) {
        None => Ok(()),
        Some(module) => Err(Failure::new(
            format!("{}: its process died while it was measured", module.name),
            "the rows marked `-` say in which operation",
        )),
    }
}

fn chosen(mut rows: Vec<Row>, filters: &[String]) -> Result<Vec<Row>, Failure> {
    let fits = |row: &Row, filter: &String| row.name.to_lowercase().contains(&filter.to_lowercase());
    rows.retain(|row| filters.is_empty() || filters.iter().any(|filter| fits(row, filter)));
    if rows.is_empty() {
        return Err(Failure::new(
            "no row fits the filter",
            "`vhsm bench --list` shows their names",
        ));
    }
    Ok(rows)
}

fn list(rows: &[Row], output: Output) -> Outcome {
    let mut out = io::stdout().lock();
    let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
    match output {
        Output::Json => writeln!(
            out,
            "{}",
            serde_json::to_string_pretty(&names).map_err(io::Error::from)?
        )?,
        Output::Text => names.iter().try_for_each(|name| writeln!(out, "{name}"))?,
    }
    Ok(())
}
