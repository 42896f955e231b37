//! [`Turns`]: who may run a slow command. As many run at a time as there are processors; the rest wait for their turn
//! without a thread, in the order in which they came.

use tokio::sync::{Semaphore, SemaphorePermit};

/// The turns of slow commands.
#[derive(Debug)]
pub struct Turns(Semaphore);

/// How many processors there are.
#[must_use]
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

impl Default for Turns {
    fn default() -> Self {
        Self(Semaphore::new(processors()))
    }
}

impl Turns {
    /// Waits for a turn, which lasts as long as the value. There is none after the end: slow commands are refused then,
    /// which takes no time.
    pub async fn next(&self) -> Option<SemaphorePermit<'_>> {
        self.0.acquire().await.ok()
    }

    /// No slow command begins any more, and nobody waits for a turn.
    pub fn end(&self) {
        self.0.close();
    }

    /// Whether no slow command begins any more.
    #[must_use]
    pub fn have_ended(&self) -> bool {
        self.0.is_closed()
    }
}
