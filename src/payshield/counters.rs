//! What is counted of answers: how many of each command, of each error code, and how long they took.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::code::ErrorCode;

/// How many answers a command has given.
#[derive(Debug, Default)]
pub struct Volume {
    answers: AtomicU64,
    refused: AtomicU64,
    /// Answers before the statistics were reset.
    before: AtomicU64,
}

impl Volume {
    /// Counts an answer.
    pub fn count(&self, code: ErrorCode) {
        self.answers.fetch_add(1, Ordering::Relaxed);
        if code != ErrorCode::OK {
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// All answers, and those with another code than 00.
    #[must_use]
    pub fn all(&self) -> (u64, u64) {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (of(&self.answers), of(&self.refused))
    }

    /// Answers since the statistics were reset.
    #[must_use]
    pub fn recent(&self) -> u64 {
        self.all().0.saturating_sub(self.before.load(Ordering::Relaxed))
    }

    /// Begins the statistics anew.
    pub fn reset(&self) {
        self.before.store(self.all().0, Ordering::Relaxed);
    }
}

const DIGITS: u32 = 36;
const CODES: usize = 36 * 36;

/// Answers by error code.
#[derive(Debug)]
pub struct ErrorCounts(Vec<AtomicU64>);

impl Default for ErrorCounts {
    fn default() -> Self {
        Self((0..CODES).map(|_| AtomicU64::new(0)).collect())
    }
}

impl ErrorCounts {
    /// Counts an answer.
    pub fn count(&self, code: ErrorCode) {
        let digit = |byte: u8| char::from(byte).to_digit(DIGITS);
        let [first, second] = code.0.map(digit);
        let at = first.zip(second).map(|(first, second)| first * DIGITS + second);
        if let Some(counter) = at.and_then(|at| self.0.get(usize::try_from(at).ok()?)) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Those that there were, by code.
    #[must_use]
    pub fn list(&self) -> Vec<(ErrorCode, u64)> {
        let digit = |value: usize| {
            let digit = u32::try_from(value)
                .ok()
                .and_then(|value| char::from_digit(value, DIGITS));
            digit.map_or(b'?', |digit| {
                u8::try_from(digit.to_ascii_uppercase()).unwrap_or(b'?')
            })
        };
        let counts = self.0.iter().map(|counter| counter.load(Ordering::Relaxed));
        counts
            .enumerate()
            .filter(|(_, count)| *count != 0)
            .map(|(at, count)| (ErrorCode([digit(at / 36), digit(at % 36)]), count))
            .collect()
    }
}

/// Upper ends of the histogram's classes in microseconds.
pub const LATENCY_BOUNDS: [u64; 10] = [10, 25, 50, 100, 250, 500, 1_000, 5_000, 25_000, 250_000];

/// How long answers took.
#[derive(Debug, Default)]
pub struct Latency {
    classes: [AtomicU64; LATENCY_BOUNDS.len() + 1],
    nanoseconds: AtomicU64,
}

impl Latency {
    /// Counts an answer.
    pub fn count(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        let class = LATENCY_BOUNDS.partition_point(|bound| bound * 1000 < nanoseconds);
        if let Some(class) = self.classes.get(class) {
            class.fetch_add(1, Ordering::Relaxed);
        }
        self.nanoseconds.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Answers by class, the last one without an end.
    #[must_use]
    pub fn classes(&self) -> Vec<u64> {
        let counts = self.classes.iter();
        counts.map(|class| class.load(Ordering::Relaxed)).collect()
    }

    /// The time of all answers together.
    #[must_use]
    pub fn total(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_by_code() {
        let counts = ErrorCounts::default();
        for code in [ErrorCode(*b"10"), ErrorCode(*b"A6"), ErrorCode(*b"A6")] {
            counts.count(code);
        }
        counts.count(ErrorCode(*b"??"));
        assert_eq!(counts.list(), [(ErrorCode(*b"10"), 1), (ErrorCode(*b"A6"), 2)]);
    }

    #[test]
    fn statistics_begin_anew_and_totals_go_on() {
        let volume = Volume::default();
        volume.count(ErrorCode::OK);
        volume.count(ErrorCode::INPUT_DATA);
        volume.reset();
        volume.count(ErrorCode::OK);
        assert_eq!((volume.all(), volume.recent()), ((3, 1), 1));
    }

    #[test]
    fn a_duration_belongs_to_the_class_that_ends_there() {
        let latency = Latency::default();
        for microseconds in [0, 10, 11, 999_999] {
            latency.count(Duration::from_micros(microseconds));
        }
        let classes = latency.classes();
        assert_eq!((classes[0], classes[1], classes[10]), (2, 1, 1));
        assert_eq!(latency.total(), Duration::from_micros(1_000_020));
    }
}
