//! How long answers took: a histogram whose classes are a thirty-second of their power of two wide.

use std::time::Duration;

const STEPS: u32 = 5;
const CLASSES: usize = 64 << STEPS;

/// How often answers took how long.
#[derive(Clone, Debug)]
pub(super) struct Latency {
    classes: Vec<u64>,
    max: u64,
}

impl Default for Latency {
    fn default() -> Self {
        Self {
            classes: vec![0; CLASSES],
            max: 0,
        }
    }
}

fn class(nanoseconds: u64) -> usize {
    let power = (nanoseconds | 1).ilog2().saturating_sub(STEPS);
    let class = (u64::from(power) << STEPS) + (nanoseconds >> power);
    usize::try_from(class).unwrap_or(CLASSES)
}

/// The lower end of a class.
fn start(class: usize) -> u64 {
    let class = u64::try_from(class).unwrap_or(0);
    let power = (class >> STEPS).saturating_sub(1);
    (class - (power << STEPS)) << power
}

impl Latency {
    /// Counts an answer.
    pub(super) fn count(&mut self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.max = self.max.max(nanoseconds);
        if let Some(class) = self.classes.get_mut(class(nanoseconds)) {
            *class += 1;
        }
    }

    /// Adds another's.
    pub(super) fn add(&mut self, other: &Self) {
        self.max = self.max.max(other.max);
        let pairs = self.classes.iter_mut().zip(&other.classes);
        pairs.for_each(|(mine, theirs)| *mine += theirs);
    }

    /// The longest.
    pub(super) fn max(&self) -> Duration {
        Duration::from_nanos(self.max)
    }

    /// What so many of a thousand answers took at most.
    pub(super) fn quantile(&self, thousandths: u64) -> Duration {
        let all: u64 = self.classes.iter().sum();
        let wanted = all.saturating_mul(thousandths).div_ceil(1000);
        let mut seen = 0;
        let found = self.classes.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        let end = found.map_or(self.max, |class| start(class + 1));
        Duration::from_nanos(end.min(self.max))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_each_other_and_hold_what_they_say() {
        for nanoseconds in (0..100_000).chain([u64::from(u32::MAX), u64::MAX / 3]) {
            let class = class(nanoseconds);
            assert!(
                (start(class)..start(class + 1)).contains(&nanoseconds),
                "{nanoseconds}"
            );
        }
    }

    #[test]
    fn quantiles_are_near() {
        let mut latency = Latency::default();
        (1..=1000).for_each(|microseconds| latency.count(Duration::from_micros(microseconds)));
        let median = latency.quantile(500).as_micros();
        assert!((500..=516).contains(&median), "{median}");
        assert_eq!(latency.quantile(1000), latency.max());
        assert_eq!(latency.max(), Duration::from_millis(1));
    }
}
