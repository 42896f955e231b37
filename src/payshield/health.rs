//! [`Health`]: what diagnostics tell of the server's life: since when, how busy, how many PINs were wrong.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::os::clock;

/// When a counter goes up, and from when on PINs are not checked any more; 0 is never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PinLimits {
    /// Wrong PINs within a minute.
    pub per_minute: u32,
    /// Wrong PINs within an hour.
    pub per_hour: u32,
    /// Times that either limit was passed, after which commands that check PINs answer 39.
    pub attacks: u32,
}

const TENTHS: usize = 10;

#[derive(Debug, Default)]
struct State {
    started: Duration,
    statistics_since: Duration,
    counts_since: Duration,
    minute: (u64, u32),
    hour: (u64, u32),
    counts: Counts,
    loads: [u64; TENTHS],
    busy: Duration,
}

/// What J8 tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Times that the limit of a minute was passed.
    pub minutes: u32,
    /// Times that the limit of an hour was passed.
    pub hours: u32,
    /// Times that either was passed.
    pub attacks: u32,
}

/// What diagnostics tell of the server's life. Times are those since 1970-01-01 UTC.
#[derive(Debug)]
pub struct Health {
    state: Mutex<State>,
    /// Beside the lock, because every check of a PIN asks.
    locked: AtomicBool,
}

impl Default for Health {
    fn default() -> Self {
        let now = clock::since_epoch();
        let state = State {
            started: now,
            statistics_since: now,
            counts_since: now,
            ..State::default()
        };
        Self {
            state: Mutex::new(state),
            locked: AtomicBool::new(false),
        }
    }
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A PIN was wrong.
    pub fn pin_failure(&self, limits: PinLimits) {
        self.pin_failure_at(limits, clock::since_epoch());
    }

    fn pin_failure_at(&self, limits: PinLimits, now: Duration) {
        let mut state = self.state();
        let passes = |window: &mut (u64, u32), at: u64, limit: u32| {
            if window.0 != at {
                *window = (at, 0);
            }
            window.1 = window.1.saturating_add(1);
            limit != 0 && window.1 == limit.saturating_add(1)
        };
        if passes(&mut state.minute, now.as_secs() / 60, limits.per_minute) {
            state.counts.minutes += 1;
            state.counts.attacks += 1;
            log::warn!(
                "payshield: more than {} wrong PINs in a minute",
                limits.per_minute
            );
        }
        if passes(&mut state.hour, now.as_secs() / 3600, limits.per_hour) {
            state.counts.hours += 1;
            state.counts.attacks += 1;
            log::warn!("payshield: more than {} wrong PINs in an hour", limits.per_hour);
        }
        let is_attack = limits.attacks != 0 && state.counts.attacks >= limits.attacks;
        if is_attack && !self.locked.swap(true, Ordering::Relaxed) {
            log::error!("payshield: PINs are not checked any more: 39 until the counts are reset (JI)");
        }
    }

    /// Whether PINs are not checked any more.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        self.locked.load(Ordering::Relaxed)
    }

    /// Since when, and how often limits were passed since then.
    #[must_use]
    pub fn counts(&self) -> (Duration, Counts) {
        let state = self.state();
        (state.counts_since, state.counts)
    }

    /// Begins the counts anew; PINs are checked again.
    pub fn reset_counts(&self) {
        let mut state = self.state();
        state.counts = Counts::default();
        self.locked.store(false, Ordering::Relaxed);
        (state.minute, state.hour) = ((0, 0), (0, 0));
        state.counts_since = clock::since_epoch();
    }

    /// When the server started.
    #[must_use]
    pub fn started(&self) -> Duration {
        self.state().started
    }

    /// A second is over; `busy` is the time of all answers so far, on so many processors.
    pub fn second(&self, busy: Duration, processors: u32) {
        let mut state = self.state();
        let within = busy.saturating_sub(state.busy).as_millis() / u128::from(processors.max(1));
        state.busy = busy;
        let tenth = usize::try_from(within / 100).unwrap_or(TENTHS).min(TENTHS - 1);
        if let Some(count) = state.loads.get_mut(tenth) {
            *count += 1;
        }
    }

    /// Since when, and the seconds of each load: 0 to 9 percent, 10 to 19, and so on.
    #[must_use]
    pub fn loads(&self) -> (Duration, [u64; TENTHS]) {
        let state = self.state();
        (state.statistics_since, state.loads)
    }

    /// Begins the statistics of load and volumes anew.
    pub fn reset_statistics(&self) {
        let mut state = self.state();
        state.loads = [0; TENTHS];
        state.statistics_since = clock::since_epoch();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_passed_once_in_each_window_and_lock_in_the_end() {
        let limits = PinLimits {
            per_minute: 2,
            per_hour: 4,
            attacks: 3,
        };
        let health = Health::default();
        let fail = |second, times| {
            (0..times).for_each(|_| health.pin_failure_at(limits, Duration::from_secs(second)));
            (health.counts().1, health.is_locked())
        };
        let counts = |minutes, hours| Counts {
            minutes,
            hours,
            attacks: minutes + hours,
        };
        assert_eq!(fail(0, 2), (counts(0, 0), false));
        assert_eq!(fail(59, 2), (counts(1, 0), false));
        assert_eq!(fail(60, 1), (counts(1, 1), false));
        assert_eq!(fail(61, 2), (counts(2, 1), true));
        health.reset_counts();
        assert_eq!((health.counts().1, health.is_locked()), (counts(0, 0), false));
    }

    #[test]
    fn a_second_counts_for_its_load() {
        let health = Health::default();
        health.second(Duration::from_millis(500), 2);
        health.second(Duration::from_millis(3000), 2);
        let (_, loads) = health.loads();
        assert_eq!((loads[2], loads[9], loads.iter().sum::<u64>()), (1, 1, 2));
    }
}
