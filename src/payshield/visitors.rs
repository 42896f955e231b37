//! [`Visitors`]: short conversations beside each other, of which the oldest ends where there would be too many: who connects
//! and says nothing keeps nobody away.

use std::collections::VecDeque;
use std::future::Future;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinSet};

/// Conversations, which end with the value.
#[derive(Debug)]
pub struct Visitors {
    tasks: JoinSet<()>,
    /// The oldest first.
    order: VecDeque<AbortHandle>,
    most: usize,
    patience: Duration,
}

impl Visitors {
    /// Room for `most` at a time, none of which may take longer than `patience`.
    #[must_use]
    pub fn new(most: usize, patience: Duration) -> Self {
        Self {
            tasks: JoinSet::new(),
            order: VecDeque::new(),
            most,
            patience,
        }
    }

    /// Begins a conversation. Needs the runtime.
    pub fn receive(&mut self, visit: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        self.order.retain(|task| !task.is_finished());
        if self.order.len() >= self.most
            && let Some(oldest) = self.order.pop_front()
        {
            oldest.abort();
        }
        let patience = self.patience;
        let task = self.tasks.spawn(async move {
            // Who takes too long has gone, or has nothing to say.
            let _late = tokio::time::timeout(patience, visit).await;
        });
        self.order.push_back(task);
    }
}
