//! Processes of a test that tell how far they are, and can be ended in the middle of anything.

use super::process;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// What a helper's lines begin with: the test runner writes to the same stream.
const MARK: &str = "@ ";
/// A helper that is silent for so long hangs.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A process of this test; it does not outlive the test.
pub struct Helper {
    child: Child,
    orders: Option<ChildStdin>,
    lines: Receiver<String>,
}

/// Starts a process of this test in `role`.
pub fn start(role: &str) -> Helper {
    start_command(&mut process(role))
}

/// The same with an environment of the test's choice.
pub fn start_command(command: &mut Command) -> Helper {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let (said, lines) = channel();
    let stream = BufReader::new(child.stdout.take().unwrap());
    std::thread::spawn(move || {
        for line in stream.lines().map_while(Result::ok) {
            match line.strip_prefix(MARK) {
                Some(line) => drop(said.send(line.to_owned())),
                // What the runner says matters when the helper fails.
                None if line.contains("panicked") || line.contains("FAILED") => eprintln!("helper: {line}"),
                None => {}
            }
        }
    });
    let orders = child.stdin.take();
    Helper { child, orders, lines }
}

impl Helper {
    /// The next line that it says.
    #[track_caller]
    pub fn next(&self) -> String {
        self.lines
            .recv_timeout(SILENCE_MAX)
            .expect("the helper says nothing more")
    }

    /// Waits until it says this; gives what it said before.
    #[track_caller]
    pub fn wait_for(&self, line: &str) -> Vec<String> {
        let mut before = Vec::new();
        loop {
            let next = self.next();
            if next == line {
                return before;
            }
            before.push(next);
        }
    }

    /// Says a line to it, which it gets from [`hear`].
    pub fn tell(&mut self, line: &str) {
        writeln!(self.orders.as_ref().unwrap(), "{line}").unwrap();
    }

    /// SIGKILL, as soon as `after` has passed; gives all that it said.
    pub fn kill_after(mut self, after: Duration) -> Vec<String> {
        let end = Instant::now() + after;
        let mut said = Vec::new();
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.lines.recv_timeout(left) {
                Ok(line) => said.push(line),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => panic!("it ended by itself after {said:?}"),
            }
        }
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        said.extend(self.lines.iter());
        said
    }

    /// Waits for its end, which has to be good; gives all that it said.
    #[track_caller]
    pub fn end(mut self) -> Vec<String> {
        self.orders = None;
        let said = self.lines.iter().collect();
        let status = self.child.wait().unwrap();
        assert!(
            status.success(),
            "the helper ended with {status}, having said {said:?}"
        );
        said
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Says a line to the process that started this one.
pub fn say(line: impl std::fmt::Display) {
    // The runner leaves its own line open.
    println!("\n{MARK}{line}");
}

/// The next line that the process that started this one says.
pub fn hear() -> String {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}
