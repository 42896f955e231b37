//! The log: one line per event, nowhere by default.
//!
//! Holds no file, socket or lock between two lines, so that it survives a host that forks, that closes every
//! descriptor to become a daemon, and that calls after C_Finalize; a rotated file is found again at the next line.
//! A line that cannot be written is dropped: logging fails no call, never panics, ends no host by SIGPIPE and waits for
//! nobody who reads: a pipe that is full, or that nobody reads any more, loses lines. What it waits for is a disk.
//! Nobody may give a PIN, a key or plaintext to a `log` macro.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::{RwLock, TryLockError};
use std::time::Duration;

use log::{Level, LevelFilter, Log, Metadata, Record};

use crate::error::Error;
use crate::os::{clock, files, output};

/// What is written, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where lines go.
    pub target: Target,
    /// The least urgent level that is written.
    pub level: LevelFilter,
    /// The file of [`Target::File`].
    pub file: Option<PathBuf>,
}

/// Where lines go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Nothing is written.
    None,
    /// Standard error of the host process.
    Stderr,
    /// The system's log.
    Syslog,
    /// [`Settings::file`].
    File,
}

/// A message is cut off here, in bytes: none of ours is as long, and with time, process and level it goes out at once.
const LINE_LENGTH_MAX: usize = output::AT_ONCE_MAX - 96;
/// Where syslog daemons listen.
const SYSLOG_SOCKETS: [&str; 3] = ["/dev/log", "/var/run/syslog", "/var/run/log"];
/// `LOG_AUTHPRIV`, the facility of security messages that not everybody may read. [RFC 5424, 6.2.1]
const SYSLOG_FACILITY: u8 = 10;

static SINK: Sink = Sink {
    settings: RwLock::new(None),
};

struct Sink {
    /// Only ever tried, never waited for: a child of fork may inherit it locked.
    settings: RwLock<Option<Settings>>,
}

/// Starts writing as the settings say; may be called again with others. A log file that cannot be written is named on
/// standard error, once, because there is no log to name it in.
pub fn start(settings: &Settings) {
    // Where this crate is part of a larger program that has a logger, that one keeps its place and level.
    if log::set_logger(&SINK).is_err() && !SINK.is_installed() {
        return;
    }
    let level = if settings.target == Target::None {
        LevelFilter::Off
    } else {
        settings.level
    };
    if SINK.replace(Some(settings.clone())) {
        log::set_max_level(level);
    }
    if let (Target::File, Some(path)) = (settings.target, &settings.file)
        && let Err(error) = open_file(path)
    {
        write_stderr(&format!(
            "vhsm: {}: the log cannot be written: {error}",
            path.display()
        ));
    }
}

/// Notes that a call was refused, and why. `function` is the standard's name.
pub fn refused(function: &str, error: &Error) {
    log::log!(urgency(error), "{function}: {}: {error}", error.rv_of(function));
}

/// Says on standard error that there is no usable configuration: nothing else is known about where to say it.
pub fn report_unusable_configuration(error: &Error) {
    write_stderr(&format!("vhsm: {error}"));
}

fn urgency(error: &Error) -> Level {
    match error {
        Error::Internal(_)
        | Error::Poisoned
        | Error::HostMemory
        | Error::Crypto(_)
        | Error::Configuration(_)
        | Error::Store(_)
        | Error::StoreFull(_)
        | Error::StoreReadOnly(_)
        | Error::StoreBusy
        | Error::StoreNewer(_)
        | Error::StoreDamaged(_)
        | Error::RootKeyMissing(_)
        | Error::RootKeyUnusable(_)
        | Error::RootKeyForeign(_) => Level::Error,
        // Answers rather than refusals: clients ask so all the time.
        Error::BufferTooSmall { .. }
        | Error::NoEvent
        | Error::FunctionNotParallel
        | Error::StateUnsaveable => Level::Debug,
        _ => Level::Warn,
    }
}

impl Sink {
    /// Whether the log's macros come here.
    fn is_installed(&'static self) -> bool {
        std::ptr::addr_eq(log::logger(), self)
    }

    /// Gives up after a tenth of a second, and says so.
    fn replace(&self, settings: Option<Settings>) -> bool {
        for _ in 0..100 {
            match self.settings.try_write() {
                Ok(mut held) => {
                    *held = settings;
                    return true;
                }
                Err(TryLockError::Poisoned(poisoned)) => {
                    *poisoned.into_inner() = settings;
                    return true;
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
        false
    }
}

impl Log for Sink {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        // Libraries that this one is made of may log, too; their lines are not ours to answer for.
        metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let Ok(held) = self.settings.try_read() else {
            return;
        };
        let Some(settings) = held.as_ref().filter(|settings| record.level() <= settings.level) else {
            return;
        };
        let message = one_line(&record.args().to_string());
        match settings.target {
            Target::None => {}
            Target::Stderr => write_stderr(&stamped(record.level(), &message)),
            Target::Syslog => write_syslog(record.level(), &message),
            Target::File => write_file(settings, &stamped(record.level(), &message)),
        }
    }

    fn flush(&self) {}
}

/// The message without anything that would end its line or move a terminal's cursor.
fn one_line(message: &str) -> String {
    let mut line = String::with_capacity(message.len().min(LINE_LENGTH_MAX));
    for letter in message.chars() {
        if letter.is_control() {
            line.extend(letter.escape_default());
        } else {
            line.push(letter);
        }
        if line.len() >= LINE_LENGTH_MAX {
            line.truncate(line.floor_char_boundary(LINE_LENGTH_MAX));
            break;
        }
    }
    line
}

fn stamped(level: Level, message: &str) -> String {
    format!("{} {} {level} {message}", now(), std::process::id())
}

/// One write, so that lines of several processes do not mix.
fn write_line(out: &File, line: &str) {
    let _a_line_that_cannot_be_written_is_dropped =
        output::write_if_ready(out, format!("{line}\n").as_bytes());
}

/// Past the standard library's handle, whose lock may be held across a fork, and without a descriptor more, which there
/// may be none of.
fn write_stderr(line: &str) {
    write_line(&output::standard_error(), line);
}

fn write_file(settings: &Settings, line: &str) {
    if let Some(Ok(file)) = settings.file.as_deref().map(open_file) {
        write_line(&file, line);
    }
}

fn open_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true);
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY); // a pipe that nobody reads must not hold the host up
    match options.open(path) {
        // A umask could take the mode from the next line's open.
        Err(error) if error.kind() == io::ErrorKind::NotFound => files::private_file(path)?,
        opened => return opened,
    }
    options.open(path)
}

/// Without a time: the daemon adds the one it received the line at. [RFC 3164, 4.3.3]
fn write_syslog(level: Level, message: &str) {
    let severity = match level {
        Level::Error => 3,
        Level::Warn => 4,
        Level::Info => 6,
        Level::Debug | Level::Trace => 7,
    };
    let line = format!(
        "<{}>vhsm[{}]: {message}",
        SYSLOG_FACILITY * 8 + severity,
        std::process::id()
    );
    let Ok(socket) = UnixDatagram::unbound() else {
        return;
    };
    if socket.set_nonblocking(true).is_ok() {
        let _sent = SYSLOG_SOCKETS
            .iter()
            .any(|path| socket.send_to(line.as_bytes(), path).is_ok());
    }
}

/// The time as lines of the log have it.
#[must_use]
pub fn now() -> String {
    utc(clock::since_epoch())
}

/// ISO 8601 with milliseconds.
fn utc(time: Duration) -> String {
    let ((year, month, day), second) = (clock::day(time), time.as_secs() % 86_400);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        time.subsec_millis()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ck::CKA_LABEL;

    #[test]
    fn times_are_those_of_the_gregorian_calendar() {
        // From `date -u -d @N +%FT%TZ`.
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400, "2000-02-29T00:00:00.000Z"),
            (1_709_251_199, "2024-02-29T23:59:59.000Z"),
            (4_107_542_400, "2100-03-01T00:00:00.000Z"),
        ] {
            assert_eq!(utc(Duration::from_secs(seconds)), expected);
        }
        assert!(utc(Duration::from_millis(1_234)).ends_with(":01.234Z"));
    }

    #[test]
    fn a_message_stays_on_one_line() {
        assert_eq!(one_line("a\nb\x1b[2J\u{e9}"), "a\\nb\\u{1b}[2J\u{e9}");
        assert_eq!(one_line(&"x".repeat(10_000)).len(), LINE_LENGTH_MAX);
        let longest = stamped(Level::Error, &one_line(&"\u{e9}\n\u{1f600}".repeat(2000)));
        assert!(
            (4000..output::AT_ONCE_MAX).contains(&longest.len()),
            "{}",
            longest.len()
        );
    }

    #[test]
    fn refusals_are_warnings_and_what_is_asked_all_the_time_is_none() {
        let attribute = CKA_LABEL;
        for refusal in [
            Error::AttributeTypeInvalid {
                attribute,
                why: "not there",
            },
            Error::AttributeSensitive(attribute),
            Error::AttributeBufferTooSmall { attribute, needed: 1 },
            Error::SignatureInvalid,
        ] {
            assert_eq!(urgency(&refusal), Level::Warn, "{refusal}");
        }
        assert_eq!(urgency(&Error::NoEvent), Level::Debug);
        assert_eq!(urgency(&Error::StoreBusy), Level::Error);
        assert_eq!(urgency(&Error::RootKeyMissing("".into())), Level::Error);
    }

    /// One test, because the log is one per process.
    #[test]
    fn lines_go_where_the_last_start_says() {
        let directory = tempfile::tempdir().unwrap();
        let file = |name: &str| directory.path().join(name);
        let settings = |name: &str, level| Settings {
            target: Target::File,
            level,
            file: Some(file(name)),
        };
        let error = Error::TemplateInconsistent {
            attribute: CKA_LABEL,
            why: "the reason",
        };

        start(&settings("first", LevelFilter::Info));
        refused("C_CreateObject", &error);
        let text = std::fs::read_to_string(file("first")).unwrap();
        let pid = std::process::id();
        let expected =
            format!(" {pid} WARN C_CreateObject: CKR_TEMPLATE_INCONSISTENT: CKA_LABEL: the reason\n");
        assert!(text.ends_with(&expected), "{text}");
        let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(file("first")).unwrap());
        assert_eq!(mode & 0o777, 0o600);

        std::fs::rename(file("first"), file("rotated")).unwrap();
        refused("C_Sign", &error);
        assert_eq!(std::fs::read_to_string(file("first")).unwrap().lines().count(), 1);

        start(&settings("second", LevelFilter::Error));
        refused("C_Sign", &error);
        assert_eq!(std::fs::read_to_string(file("second")).unwrap(), "");
        refused("C_Sign", &Error::StoreBusy);
        assert_eq!(
            std::fs::read_to_string(file("second")).unwrap().lines().count(),
            1
        );

        start(&settings("no-such-directory/log", LevelFilter::Trace));
        refused("C_Sign", &error);
        start(&Settings {
            target: Target::Syslog,
            level: LevelFilter::Trace,
            file: None,
        });
        refused("C_Sign", &error);
        start(&Settings {
            target: Target::None,
            level: LevelFilter::Trace,
            file: None,
        });
        assert_eq!(log::max_level(), LevelFilter::Off);
    }
}
