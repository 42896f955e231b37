//! How long one operation takes: finds out how many fit into the time given, then times that many.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::job::Job;

/// Makes a job; called once per thread.
pub(super) type Maker<'a> = dyn Fn() -> Result<Job, String> + Sync + 'a;

/// Nanoseconds per operation, all threads together: with two threads that do not disturb each other, half
/// of what one needs. `operations_max` bounds what one run may do, where every operation leaves something.
pub(super) fn sample(
    make: &Maker<'_>,
    threads: usize,
    seconds: f64,
    operations_max: u64,
) -> Result<f64, String> {
    let mut job = make()?;
    let count = calibrate(&mut job, seconds, operations_max)?;
    if threads <= 1 {
        return Ok(nanoseconds(job(count)?) / float(count));
    }
    drop(job);
    let barrier = Barrier::new(threads);
    let chunk = (count / 20).max(1);
    let rates = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| scope.spawn(|| one_thread(make, &barrier, seconds, chunk)))
            .collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Result<f64, String>>| {
            thread
                .join()
                .unwrap_or_else(|_| Err("a thread of the benchmark panicked".into()))
        };
        running
            .into_iter()
            .map(join)
            .collect::<Result<Vec<f64>, String>>()
    })?;
    Ok(1e9 / rates.iter().sum::<f64>())
}

/// How many operations take about `seconds`. Also warms caches up.
fn calibrate(job: &mut Job, seconds: f64, operations_max: u64) -> Result<u64, String> {
    let mut count = 1;
    loop {
        let elapsed = job(count)?.as_secs_f64().max(1e-9);
        let fitting = whole(float(count) * seconds / elapsed).clamp(1, operations_max);
        if elapsed * 10.0 >= seconds || count >= fitting {
            return Ok(fitting);
        }
        count = count.saturating_mul(8).min(fitting);
    }
}

/// Operations per second of one of several threads, which start together and run until the time is over.
fn one_thread(make: &Maker<'_>, barrier: &Barrier, seconds: f64, chunk: u64) -> Result<f64, String> {
    let job = make();
    barrier.wait();
    let mut job = job?;
    let start = Instant::now();
    let (mut operations, mut elapsed) = (0.0, Duration::ZERO);
    while start.elapsed().as_secs_f64() < seconds {
        elapsed = elapsed.saturating_add(job(chunk)?);
        operations += float(chunk);
    }
    Ok(operations / elapsed.as_secs_f64().max(1e-9))
}

/// A duration in nanoseconds.
pub(super) fn nanoseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

/// A count as a number to reckon with.
#[allow(clippy::as_conversions, reason = "counts stay far below 2^53")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// The whole part of a number.
#[allow(
    clippy::as_conversions,
    reason = "the conversion saturates, and the caller bounds the result"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_the_time_of_one_operation() {
        let make = || -> Result<Job, String> { Ok(Box::new(|count| Ok(Duration::from_micros(3 * count)))) };
        let measured = sample(&make, 1, 0.01, u64::MAX).unwrap();
        assert!((measured - 3000.0).abs() < 1.0, "{measured}");
    }

    #[test]
    fn a_run_stays_within_its_limit() {
        let make = || -> Result<Job, String> {
            Ok(Box::new(|count| {
                assert!(count <= 5);
                Ok(Duration::from_nanos(count))
            }))
        };
        sample(&make, 1, 0.01, 5).unwrap();
    }
}
