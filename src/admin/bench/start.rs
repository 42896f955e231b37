//! The fresh process: how long it takes from `C_Initialize` to the first result, and how much memory.

use std::path::PathBuf;
use std::time::Instant;
use std::{fs, io};

use super::keys::FIRST;
use super::measure::{float, nanoseconds};
use super::protocol::{StartResult, send};
use super::rows::Start;
use super::token::{self, TokenChoice};
use crate::ck::*;
use crate::client::{Library, Mechanism, Session, Template};

/// What the parent tells a fresh process.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct StartArguments {
    /// The module.
    #[arg(long)]
    module: PathBuf,
    #[command(flatten)]
    choice: TokenChoice,
    /// What to do.
    #[arg(long)]
    until: Start,
    /// The user's PIN.
    #[arg(long, env = super::PIN_VARIABLE, hide_env_values = true)]
    pin: Option<String>,
}

/// Runs, and tells the parent the result.
pub(super) fn run(arguments: &StartArguments) -> Result<(), String> {
    let library = Library::load(&arguments.module).map_err(|e| e.to_string())?;
    let start = Instant::now();
    let session = reach(library, arguments)?;
    let nanoseconds = nanoseconds(start.elapsed());
    let result = StartResult {
        nanoseconds,
        peak_kib: peak_kib().map_err(|e| e.to_string())?,
    };
    send(&mut io::stdout(), &result).map_err(|e| e.to_string())?;
    session
        .close()
        .and_then(|()| library.finalize())
        .map_err(|e| e.to_string())
}

/// The way from `C_Initialize` to the goal.
fn reach(library: Library, arguments: &StartArguments) -> Result<Session, String> {
    library.initialize().map_err(|e| e.to_string())?;
    let slot = token::existing(library, &arguments.choice)?;
    let pin = arguments.pin.as_deref().unwrap_or(token::OWN_PIN);
    let session = Session::open(library, slot).map_err(|e| e.to_string())?;
    let go = || {
        if arguments.until != Start::Public {
            session.login(UserType::User, pin.as_bytes())?;
        }
        let class = if arguments.until == Start::Public {
            CKO_DATA
        } else {
            CKO_SECRET_KEY
        };
        let template = Template::new()
            .ulong(CKA_CLASS, class.0)
            .bytes(CKA_LABEL, FIRST.as_bytes());
        let found = session.find_first(&template)?;
        if let (Some(key), Start::Sign | Start::Memory) = (found, arguments.until) {
            session.sign_init(&Mechanism::plain(CKM_SHA256_HMAC), key)?;
            session.sign(&[0x61; 32], &mut [0; 32])?;
        }
        Ok(found)
    };
    match go().map_err(|e: crate::client::Error| e.to_string())? {
        Some(_) => Ok(session),
        None => Err("the object was not found".into()),
    }
}

/// The most resident memory that this process had, in KiB.
fn peak_kib() -> io::Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    number
        .map(float)
        .ok_or_else(|| io::Error::other("/proc/self/status has no VmHWM"))
}
