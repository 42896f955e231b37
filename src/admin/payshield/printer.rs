//! [`Printer`]: the standard output of a server that serves. A thread writes it, and nobody waits for who reads: what has
//! no room is dropped, and in its place stands how much that was.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Bytes that wait to be written, at most.
const WAITING_MAX: usize = 1024 * 1024;
/// How long what waits is still written when the server has ended.
const FINISH: Duration = Duration::from_secs(1);

/// What prints.
#[derive(Clone)]
pub(super) struct Printer(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

/// What waits to be written.
#[derive(Default)]
struct Waiting {
    text: String,
    /// How many came behind it and had no room.
    dropped: usize,
    /// The log says once that there is a reader who is too slow.
    is_told: bool,
    /// Nothing more comes.
    is_last: bool,
    /// All is written.
    is_done: bool,
}

impl Waiting {
    fn is_empty(&self) -> bool {
        self.text.is_empty() && self.dropped == 0
    }
}

impl Printer {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let writer = Arc::clone(&shared);
        std::thread::Builder::new()
            .name("printer".into())
            .spawn(move || writer.write())?;
        Ok(Self(shared))
    }

    /// Prints text with a line end, or drops it.
    pub(super) fn print(&self, text: &str) {
        let mut waiting = self.0.waiting();
        // Nothing comes behind what was dropped before that is told.
        if waiting.dropped != 0 || waiting.text.len() + text.len() >= WAITING_MAX {
            waiting.dropped += 1;
            let is_told = std::mem::replace(&mut waiting.is_told, true);
            drop(waiting);
            if !is_told {
                log::warn!(
                    "payshield: the standard output is not read, or too slowly: what has no room is dropped"
                );
            }
            return;
        }
        waiting.text.push_str(text);
        waiting.text.push('\n');
        drop(waiting);
        self.0.changed.notify_all();
    }

    /// Writes what waits, if somebody reads it soon.
    pub(super) fn finish(&self) {
        let mut waiting = self.0.waiting();
        waiting.is_last = true;
        self.0.changed.notify_all();
        // Who does not read loses it.
        let _done = self
            .0
            .changed
            .wait_timeout_while(waiting, FINISH, |waiting| !waiting.is_done);
    }
}

impl Shared {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes until there is nothing more.
    fn write(&self) {
        loop {
            let is_idle = |waiting: &mut Waiting| waiting.is_empty() && !waiting.is_last;
            let waiting = self.changed.wait_while(self.waiting(), is_idle);
            let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
            if waiting.is_empty() {
                waiting.is_done = true;
                self.changed.notify_all();
                return;
            }
            let mut text = std::mem::take(&mut waiting.text);
            let dropped = std::mem::take(&mut waiting.dropped);
            drop(waiting);
            if dropped != 0 {
                text.push_str(&format!("not shown, because nobody read: {dropped} messages\n"));
            }
            // The server goes on where nobody reads any more.
            let mut out = io::stdout().lock();
            let _lost = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        }
    }
}
