//! What the parent process and a worker say to each other: one JSON value per line, after a mark, because
//! a module may print to the standard output, too.

use std::io::Write;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// Starts every line of the protocol.
const MARK: &str = "@vhsm-bench ";

/// From the parent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Request {
    /// Measure a row.
    Sample {
        /// The row's name.
        row: String,
        /// Threads, each on its own session.
        threads: usize,
        /// How long to measure.
        seconds: f64,
    },
    /// See to it that the token holds so many numbered objects.
    Populate(usize),
    /// Clear up and end.
    Quit,
}

/// From the worker.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// The token is open.
    Ready(Subject),
    /// Part of a long request is done.
    Progress {
        /// So many.
        done: usize,
        /// Of so many.
        total: usize,
    },
    /// The result of `Sample`: time of one operation in nanoseconds, over all threads together.
    Sample(f64),
    /// `Populate` is done: how many objects were made, and how long that took in seconds.
    Populated(usize, f64),
    /// The subject cannot do that.
    Refused(String),
}

/// Who is measured.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Subject {
    /// Manufacturer and description.
    pub(super) description: String,
    /// Version, major.minor.
    pub(super) version: String,
    /// The slot of the token.
    pub(super) slot: u64,
}

/// The result of a fresh process.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct StartResult {
    /// From `C_Initialize` to the goal, in nanoseconds.
    pub(super) nanoseconds: f64,
    /// The most memory that the process had, in KiB.
    pub(super) peak_kib: f64,
}

/// Writes one message.
pub(super) fn send(to: &mut impl Write, message: &impl Serialize) -> std::io::Result<()> {
    let json = serde_json::to_string(message)?;
    writeln!(to, "{MARK}{json}")?;
    to.flush()
}

/// The message of a line; `None` for a line that is none.
pub(super) fn parse<T: DeserializeOwned>(line: &str) -> Option<T> {
    let at = line.find(MARK)?;
    serde_json::from_str(line.get(at.saturating_add(MARK.len())..)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_survives_what_a_module_prints_before_it() {
        let mut line = b"noise".to_vec();
        send(&mut line, &Request::Populate(7)).unwrap();
        let line = String::from_utf8(line).unwrap();
        assert!(matches!(parse(line.trim_end()), Some(Request::Populate(7))));
    }

    #[test]
    fn other_lines_are_no_messages() {
        assert!(parse::<Request>("hello").is_none());
    }
}
