//! A run: the modules' workers, the rounds, and the results as they come in.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use super::BenchArguments;
use super::driver::{Common, Driver};
use super::results::{Cell, ModuleResult, Results, RowResult, Settings};
use super::rows::{Row, Start, Work};
use crate::admin::failure::Failure;
use crate::ck::to_ulong;

/// A run in progress.
pub(super) struct Run {
    drivers: Vec<Driver>,
    /// What was measured so far.
    pub(super) results: Results,
    /// Shown while it runs.
    pub(super) progress: ProgressBar,
    round_seconds: f64,
}

impl Run {
    /// Starts the workers. `rows` is how many rows will be measured.
    pub(super) fn start(
        arguments: &BenchArguments,
        objects: Vec<usize>,
        rows: usize,
    ) -> Result<Self, Failure> {
        let drivers = drivers(arguments, &common(arguments, objects)?)?;
        let settings = Settings {
            rounds: arguments.rounds.into(),
            seconds: arguments.seconds,
            threads: arguments.threads.into(),
            session_keys: arguments.session_keys,
        };
        let samples = rows.saturating_mul(drivers.len()).saturating_mul(settings.rounds);
        let modules = drivers.iter().map(ModuleResult::of).collect();
        Ok(Self {
            drivers,
            results: Results {
                settings,
                modules,
                rows: Vec::new(),
                skipped: Vec::new(),
            },
            progress: progress(samples),
            round_seconds: arguments.seconds / f64::from(arguments.rounds),
        })
    }

    /// Measures one row on all modules, round by round. The order turns round with every round, so that
    /// none is always the first.
    pub(super) fn row(&mut self, row: &Row) {
        self.progress.set_message(row.name.clone());
        let mut cells = vec![Cell::default(); self.drivers.len()];
        for round in 0..self.results.settings.rounds {
            let mut order: Vec<_> = self.drivers.iter_mut().zip(&mut cells).collect();
            if round % 2 == 1 {
                order.reverse();
            }
            for (driver, cell) in order {
                self.progress.inc(1);
                if cell.refused.is_none() {
                    let threads = self.results.settings.threads;
                    cell.refused =
                        sample(driver, cell, row, threads, self.round_seconds, &self.progress).err();
                }
            }
        }
        let unit = if matches!(row.work, Work::Start(Start::Memory, _)) {
            "KiB"
        } else {
            "ns"
        };
        let mut result = RowResult {
            name: row.name.clone(),
            unit,
            cells,
        };
        result.compute(self.drivers.iter().position(|driver| driver.module.is_none()));
        self.results.rows.push(result);
        for (module, driver) in self.results.modules.iter_mut().zip(&self.drivers) {
            *module = ModuleResult::of(driver);
        }
    }
}

impl ModuleResult {
    fn of(driver: &Driver) -> Self {
        Self {
            name: driver.name(),
            path: driver.module.as_ref().map(|path| path.display().to_string()),
            subject: driver.subject.clone(),
            crashes: driver.crashes,
            populated: driver.filled.clone(),
        }
    }
}

/// One round of one row on one module.
fn sample(
    driver: &mut Driver,
    cell: &mut Cell,
    row: &Row,
    threads: usize,
    seconds: f64,
    progress: &ProgressBar,
) -> Result<(), String> {
    if let Work::Find(_, count) | Work::Start(_, count) = row.work {
        driver.populate(count, &mut |done, total| {
            progress.set_message(format!("{} (filling the token: {done} of {total})", row.name));
            progress.tick();
        })?;
    }
    if let Work::Start(until, _) = row.work {
        let result = driver.fresh(until)?;
        let memory = until == Start::Memory;
        cell.samples.push(if memory {
            result.peak_kib
        } else {
            result.nanoseconds
        });
        return Ok(());
    }
    cell.samples.push(driver.sample(&row.name, 1, seconds)?);
    if threads > 1 {
        cell.threaded.push(driver.sample(&row.name, threads, seconds)?);
    }
    Ok(())
}

/// What all workers are told.
fn common(arguments: &BenchArguments, objects: Vec<usize>) -> Result<Common, Failure> {
    let pin = if arguments.choice.is_given() {
        Some(arguments.pin.read()?)
    } else {
        None
    };
    Ok(Common {
        directory: arguments.dir.clone().unwrap_or_else(std::env::temp_dir),
        choice: arguments.choice.clone(),
        pin: pin.map(|pin| String::from_utf8_lossy(&pin).into_owned()),
        session_keys: arguments.session_keys,
        objects,
    })
}

/// Starts a worker for each module, and one for the bare primitives if they are wanted.
fn drivers(arguments: &BenchArguments, common: &Common) -> Result<Vec<Driver>, Failure> {
    let mut modules: Vec<_> = arguments.modules.iter().cloned().map(Some).collect();
    if modules.is_empty() {
        modules.push(Some(beside()?));
    }
    modules.extend(arguments.bare.then_some(None));
    let start = |module: Option<PathBuf>| {
        let driver = Driver::start(module.as_deref(), common);
        driver.map_err(|why| refused(module.as_deref(), &why))
    };
    modules.into_iter().map(start).collect()
}

/// A module that cannot be measured. The system's words for one that cannot be loaded have its name already.
fn refused(module: Option<&Path>, why: &str) -> Failure {
    let name = module.map_or_else(String::new, |path| format!("{}: ", path.display()));
    let rest = why.strip_prefix(&name).unwrap_or(why);
    Failure::new(format!("{name}{rest}"), "")
}

/// The module that is built and installed together with this program.
fn beside() -> Result<PathBuf, Failure> {
    let program = std::env::current_exe()?;
    let path = program.with_file_name("libvhsm.so");
    if path.exists() {
        return Ok(path);
    }
    Err(Failure::new(
        format!("there is no module at {}", path.display()),
        "name one with --module",
    ))
}

/// Progress on the standard error; nothing where that is no terminal.
fn progress(samples: usize) -> ProgressBar {
    let bar = ProgressBar::new(to_ulong(samples));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {percent:>3} % {elapsed} {msg}") {
        bar.set_style(style);
    }
    bar
}
