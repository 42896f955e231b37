//! A process, a configuration and a data directory for each test.
//!
//! `C_Initialize` is state of the process, and so are fork, the environment and crashes. Each test therefore runs
//! itself again as a child that runs nothing else; the parent reports how the child ended.

use super::name;
use cryptoki_sys::CK_RV;
use std::fs;
use std::io::Read;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Set in the child: the name of the test it is to run.
const CHILD: &str = "VHSM_TEST_CHILD";
/// Set in the child: the directory that is its own.
const HOME: &str = "VHSM_TEST_HOME";
/// How long a test may take; a longer one hangs.
const SECONDS_MAX: u64 = 480;

/// PIN costs that let a test log in often.
pub const CHEAP_PINS: &str = "[pin]\nargon2_memory_kib = 64\nargon2_iterations = 1\nargon2_parallelism = 1\n";

/// The configuration under which callers name the usage of payment keys that come in without a header.
pub const USAGE_BY_TEMPLATE: &str = "[payment]\nheaderless_keys = \"template\"\n";

/// Runs `body` in a process of its own, with the ordinary configuration and an empty data directory.
#[track_caller]
pub fn isolated<F: FnOnce()>(body: F) {
    isolated_with("", body);
}

/// The same, with more lines in the configuration. Those of `[pin]` come first, since the costs stand there.
#[track_caller]
pub fn isolated_with<F: FnOnce()>(configuration: &str, body: F) {
    let full = std::any::type_name::<F>();
    let test = full.trim_end_matches("::{{closure}}").split_once("::").unwrap().1;
    if std::env::var(CHILD).is_ok_and(|child| child == test) {
        return body();
    }
    let home = tempfile::tempdir().unwrap();
    write_configuration(home.path(), configuration);
    let mut command = again(test, home.path());
    let (status, output) = finish(&mut command, Duration::from_secs(SECONDS_MAX));
    assert!(
        status.is_some(),
        "{test} hangs: ended after {SECONDS_MAX} s\n{output}"
    );
    let status = status.unwrap();
    if let Some(signal) = status.signal() {
        panic!("{test} crashed with signal {signal}\n{output}");
    }
    assert!(
        status.success(),
        "\n{output}\nthe module's last words:\n{}",
        last_words(home.path())
    );
}

/// The errors that the module told of, and what it said at the end, of a test that failed.
fn last_words(home: &Path) -> String {
    const LINES: usize = 12;
    let log = fs::read_to_string(home.join("log")).unwrap_or_default();
    let (rest, last): (Vec<_>, Vec<_>) = log.lines().rev().enumerate().partition(|(at, _)| *at >= LINES);
    let errors = rest
        .iter()
        .filter(|(_, line)| line.contains(" ERROR "))
        .take(LINES);
    let mut said: Vec<_> = last.iter().chain(errors).map(|(_, line)| *line).collect();
    said.reverse();
    said.join("\n")
}

/// The same, with every mechanism that is off by default.
#[track_caller]
pub fn isolated_with_everything<F: FnOnce()>(body: F) {
    let off = vhsm::catalog::all().filter(|row| row.standing.off.is_some() || !row.key.limits.is_empty());
    let names: Vec<_> = off.map(|row| format!("{:?}", row.name())).collect();
    isolated_with(&format!("[mechanisms]\nenable = [{}]\n", names.join(", ")), body);
}

/// Whether the test's body runs here, or a helper process of it.
pub fn is_child() -> bool {
    std::env::var_os(CHILD).is_some()
}

/// The directory that belongs to this test alone.
pub fn home() -> PathBuf {
    PathBuf::from(std::env::var_os(HOME).expect("inside isolated"))
}

/// The data directory of the module under test.
pub fn data_dir() -> PathBuf {
    home().join("data")
}

/// Writes the configuration that `VHSM_CONF` names.
pub fn write_configuration(home: &Path, more: &str) {
    let (pin, rest) = match more.strip_prefix("[pin]\n") {
        Some(pin_first) => pin_first
            .split_once("\n[")
            .map_or((pin_first, String::new()), |(pin, rest)| {
                (pin, format!("[{rest}"))
            }),
        None => ("", more.to_owned()),
    };
    let section = match rest.starts_with('[') {
        true => Some(0),
        false => rest.find("\n[").map(|at| at + 1),
    };
    let (top, rest) = match section {
        Some(at) => rest.split_at(at),
        None => (rest.as_str(), ""),
    };
    let data = home.join("data");
    let log = home.join("log");
    let text = format!(
        "data_dir = {data:?}\n{top}\n{CHEAP_PINS}{pin}\n[log]\ntarget = \"file\"\nfile = {log:?}\nlevel = \"debug\"\n{rest}"
    );
    fs::write(home.join("vhsm.toml"), text).unwrap();
    // Another module, for trying the tests themselves.
    fs::create_dir_all(home.join("softhsm")).unwrap();
    fs::write(
        home.join("softhsm2.conf"),
        format!("directories.tokendir = {}\n", home.join("softhsm").display()),
    )
    .unwrap();
}

/// What the module has logged so far.
pub fn log() -> String {
    fs::read_to_string(home().join("log")).unwrap_or_default()
}

/// Listens to the log from a moment on.
pub struct Ear(usize);

impl Ear {
    /// From now on.
    pub fn open() -> Self {
        Self(log().len())
    }

    /// What was logged since.
    pub fn lines(&self) -> Vec<String> {
        log()[self.0..].lines().map(str::to_owned).collect()
    }

    /// One line was logged for a call of this function that was refused with this code, and it says all these pieces;
    /// gives the line. Listens on from here.
    #[track_caller]
    pub fn heard(&mut self, function: &str, rv: CK_RV, pieces: &[&str]) -> String {
        let lines = self.lines();
        self.0 = log().len();
        let start = format!(" {function}: {}: ", name(rv));
        let mut told = lines.iter().filter(|line| line.contains(&start));
        let line = told
            .next()
            .unwrap_or_else(|| panic!("no line has {start:?}: {lines:#?}"));
        assert_eq!(told.next(), None, "one call, one line");
        for piece in pieces {
            assert!(line.contains(piece), "{piece:?} is not in {line:?}");
        }
        line.clone()
    }
}

/// A command that runs this test binary again for `test`, and not longer than who starts it.
fn again(test: &str, home: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, test)
        .env(HOME, home)
        .env("VHSM_CONF", home.join("vhsm.toml"))
        .env("SOFTHSM2_CONF", home.join("softhsm2.conf"))
        .env("HOME", home)
        .env_remove("CREDENTIALS_DIRECTORY")
        .env_remove("XDG_DATA_HOME")
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null());
    // SAFETY: between fork and exec only this system call is made.
    unsafe {
        command.pre_exec(|| match libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) {
            0 => Ok(()),
            _ => Err(std::io::Error::last_os_error()),
        });
    }
    command
}

/// Another process of the same test: it sees `role` in [`role`], the same directory and the same configuration.
pub fn process(role: &str) -> Command {
    let test = std::env::var(CHILD).expect("inside isolated");
    let mut command = again(&test, &home());
    command.env("VHSM_TEST_ROLE", role);
    command
}

/// What the process was started as by [`process`]; empty in the test itself.
pub fn role() -> String {
    std::env::var("VHSM_TEST_ROLE").unwrap_or_default()
}

/// Runs a process of this test in `role` to its end, which has to be good.
#[track_caller]
pub fn run(role: &str) {
    let (status, output) = finish(&mut process(role), Duration::from_secs(SECONDS_MAX));
    let status = status.unwrap_or_else(|| panic!("the process {role:?} hangs\n{output}"));
    assert!(
        status.success(),
        "the process {role:?} ended with {status}\n{output}"
    );
}

/// Runs a command, at most for this long; `None` if it had to be ended. The output is both streams together.
pub fn finish(command: &mut Command, longest: Duration) -> (Option<ExitStatus>, String) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let out = collect(child.stdout.take().unwrap());
    let err = collect(child.stderr.take().unwrap());
    let status = wait(&mut child, longest);
    if status.is_none() {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    (status, out.join().unwrap() + &err.join().unwrap())
}

fn collect(mut stream: impl Read + Send + 'static) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn wait(child: &mut Child, longest: Duration) -> Option<ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Some(status);
        }
        if start.elapsed() > longest {
            return None;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
