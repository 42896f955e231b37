//! The parent's end of a worker: starts it, asks it, starts it anew when it dies.

use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use super::protocol::{Reply, Request, StartResult, Subject, parse, send};
use super::rows::Start;
use super::token::{TemporaryDirectory, TokenChoice};

/// The word with which this program calls itself to measure a module.
pub(super) const WORKER: &str = "bench-worker";
/// The word with which this program calls itself to start a module.
pub(super) const START: &str = "bench-start";
/// A worker that says nothing for so long hangs.
const SILENCE_SECONDS_MAX: u64 = 300;
/// A module that dies so often is not started again.
const CRASHES_MAX: u32 = 5;

/// What every worker of a run has in common.
#[derive(Clone, Debug)]
pub(super) struct Common {
    /// The directory in which temporary tokens are made.
    pub(super) directory: PathBuf,
    /// The token to use instead.
    pub(super) choice: TokenChoice,
    /// Its PIN.
    pub(super) pin: Option<String>,
    /// Whether keys are session objects.
    pub(super) session_keys: bool,
    /// Numbers of token objects.
    pub(super) objects: Vec<usize>,
}

/// One module under measurement.
pub(super) struct Driver {
    /// The module's file; `None` for the bare primitives.
    pub(super) module: Option<PathBuf>,
    /// What the module says about itself.
    pub(super) subject: Subject,
    /// How often its process died.
    pub(super) crashes: u32,
    /// Each filling of its token: objects made, seconds.
    pub(super) filled: Vec<(usize, f64)>,
    common: Common,
    running: Option<Running>,
}

struct Running {
    child: Child,
    to: ChildStdin,
    from: Receiver<String>,
    /// What the token was filled up to.
    populated: Option<usize>,
    _directory: Option<TemporaryDirectory>,
    environment: Vec<(&'static str, PathBuf)>,
}

impl Driver {
    /// Starts the worker of a module.
    pub(super) fn start(module: Option<&Path>, common: &Common) -> Result<Self, String> {
        let module = module.map(Path::to_owned);
        let (subject, common) = (Subject::default(), common.clone());
        let mut driver = Self {
            module,
            subject,
            crashes: 0,
            filled: Vec::new(),
            common,
            running: None,
        };
        driver.running()?;
        Ok(driver)
    }

    /// The module's name in tables.
    pub(super) fn name(&self) -> String {
        match &self.module {
            Some(path) => path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned(),
            None => "bare".into(),
        }
    }

    /// Measures a row: nanoseconds per operation.
    pub(super) fn sample(&mut self, row: &str, threads: usize, seconds: f64) -> Result<f64, String> {
        match self.ask(
            &Request::Sample {
                row: row.to_owned(),
                threads,
                seconds,
            },
            &mut |_, _| {},
        )? {
            Reply::Sample(nanoseconds) => Ok(nanoseconds),
            _ => Err("the worker gave a wrong answer".into()),
        }
    }

    /// Fills the token up to so many objects.
    pub(super) fn populate(
        &mut self,
        count: usize,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<(), String> {
        if self.running()?.populated.is_some_and(|so_far| so_far >= count) {
            return Ok(());
        }
        match self.ask(&Request::Populate(count), progress)? {
            Reply::Populated(made, seconds) => {
                self.running()?.populated = Some(count);
                if made > 0 {
                    self.filled.push((made, seconds));
                }
                Ok(())
            }
            _ => Err("the worker gave a wrong answer".into()),
        }
    }

    /// Runs a fresh process on the worker's token.
    pub(super) fn fresh(&mut self, until: Start) -> Result<StartResult, String> {
        let module = self.module.clone().ok_or("the bare primitives have no token")?;
        let common = self.common.clone();
        let mut command = own(&common, &self.running()?.environment, START)?;
        let name = clap::ValueEnum::to_possible_value(&until).ok_or("unknown goal")?;
        command
            .arg("--module")
            .arg(module)
            .arg("--until")
            .arg(name.get_name());
        let output = command.stdin(Stdio::null()).output().map_err(|e| e.to_string())?;
        let text = String::from_utf8_lossy(&output.stdout);
        text.lines().find_map(parse).ok_or_else(|| {
            let said = String::from_utf8_lossy(&output.stderr);
            let last = said.lines().next_back().unwrap_or("it said nothing");
            format!("the fresh process ended with {}: {last}", output.status)
        })
    }

    fn running(&mut self) -> Result<&mut Running, String> {
        if self.running.is_none() {
            if self.crashes >= CRASHES_MAX {
                return Err(format!("the module's process died {} times", self.crashes));
            }
            let mut running = Running::start(self.module.as_deref(), &self.common)?;
            match running.reply(&mut |_, _| {}) {
                Ok(Reply::Ready(subject)) => self.subject = subject,
                Ok(Reply::Refused(why)) => return Err(why),
                Ok(_) => return Err("the worker gave a wrong answer".into()),
                Err(why) => {
                    self.crashes = self.crashes.saturating_add(1);
                    return Err(why);
                }
            }
            self.running = Some(running);
        }
        self.running
            .as_mut()
            .ok_or_else(|| "the worker is not running".into())
    }

    fn ask(&mut self, request: &Request, progress: &mut dyn FnMut(usize, usize)) -> Result<Reply, String> {
        let running = self.running()?;
        match send(&mut running.to, request)
            .map_err(|e| e.to_string())
            .and_then(|()| running.reply(progress))
        {
            Ok(Reply::Refused(why)) => Err(why),
            Ok(reply) => Ok(reply),
            Err(why) => {
                self.running = None;
                self.crashes = self.crashes.saturating_add(1);
                Err(why)
            }
        }
    }
}

/// This program with a hidden command, the choice of token and the environment of the temporary one.
fn own(common: &Common, environment: &[(&str, PathBuf)], command: &str) -> Result<Command, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut process = Command::new(program);
    process
        .arg(command)
        .envs(environment.iter().map(|(name, value)| (name, value)));
    if let Some(label) = &common.choice.token {
        process.arg("--token").arg(label);
    }
    if let Some(slot) = common.choice.slot {
        process.arg("--slot").arg(slot.to_string());
    }
    match &common.pin {
        Some(pin) if common.choice.is_given() => process.env(super::PIN_VARIABLE, pin),
        _ => process.env_remove(super::PIN_VARIABLE),
    };
    Ok(process)
}

impl Running {
    fn start(module: Option<&Path>, common: &Common) -> Result<Self, String> {
        let made = |e: io::Error| format!("{}: {e}; --dir names another place", common.directory.display());
        let directory = if common.choice.is_given() || module.is_none() {
            None
        } else {
            Some(TemporaryDirectory::new(&common.directory).map_err(made)?)
        };
        let environment = directory
            .as_ref()
            .map(TemporaryDirectory::configure)
            .transpose()
            .map_err(made)?;
        let environment = environment.unwrap_or_default();
        let mut command = own(common, &environment, WORKER)?;
        if let Some(module) = module {
            command.arg("--module").arg(module);
        }
        if common.session_keys {
            command.arg("--session-keys");
        }
        for count in &common.objects {
            command.arg("--objects").arg(count.to_string());
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| e.to_string())?;
        let (Some(to), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("the worker has no pipes".into());
        };
        let (sender, from) = channel();
        // Ends with the worker's output.
        std::thread::spawn(move || {
            let lines = BufReader::new(output).lines().map_while(Result::ok);
            lines
                .map(|line| sender.send(line))
                .take_while(Result::is_ok)
                .for_each(drop);
        });
        Ok(Self {
            child,
            to,
            from,
            populated: None,
            _directory: directory,
            environment,
        })
    }

    /// The next answer that is not progress.
    fn reply(&mut self, progress: &mut dyn FnMut(usize, usize)) -> Result<Reply, String> {
        loop {
            match self.from.recv_timeout(Duration::from_secs(SILENCE_SECONDS_MAX)) {
                Ok(line) => match parse(&line) {
                    Some(Reply::Progress { done, total }) => progress(done, total),
                    Some(reply) => return Ok(reply),
                    None => {}
                },
                Err(RecvTimeoutError::Timeout) => {
                    return Err(format!(
                        "the module said nothing for {SILENCE_SECONDS_MAX} seconds"
                    ));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let status = self.child.wait().map_err(|e| e.to_string())?;
                    return Err(format!("the module's process ended with {status}"));
                }
            }
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The worker ends by itself on `Quit`; one that hangs or is dead already is ended.
        let asked = send(&mut self.to, &Request::Quit).is_ok();
        if !asked || self.from.recv_timeout(Duration::from_secs(60)) == Err(RecvTimeoutError::Timeout) {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}
