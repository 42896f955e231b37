//! Numbers that are never given twice, in no process: random once in each, and counted from there. They cost no system
//! call and take no lock, so that a child of fork can neither inherit one locked nor give its parent's numbers.

use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use super::fork;
use crate::error::{Error, Result};

/// Where the numbers of one process begin.
struct Seed {
    /// The process, by [`fork::epoch`].
    epoch: u64,
    high: u64,
    low: u64,
}

static SEED: AtomicPtr<Seed> = AtomicPtr::new(std::ptr::null_mut());
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A number of 128 bits that nobody else gets. It is no secret: who sees many of one process may foresee the next.
///
/// # Errors
/// [`Error::Crypto`] if the system has no random source.
pub fn number() -> Result<u128> {
    let seed = seed()?;
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let high = mixed(seed.high.wrapping_add(count));
    let low = mixed(seed.low ^ count.rotate_left(32));
    Ok(u128::from(high) << 64 | u128::from(low))
}

/// The seed of this process. It is leaked: a few bytes for each fork.
fn seed() -> Result<&'static Seed> {
    let epoch = fork::epoch();
    // SAFETY: only leaked boxes are ever stored.
    if let Some(seed) = unsafe { SEED.load(Ordering::Acquire).as_ref() }
        && seed.epoch == epoch
    {
        return Ok(seed);
    }
    let random = |_| getrandom::u64().map_err(|_| Error::Crypto("the system's random source"));
    let seed = Box::leak(Box::new(Seed {
        epoch,
        high: random(())?,
        low: random(())?,
    }));
    // Several threads may come here at once; each of their seeds is as good.
    SEED.store(seed, Ordering::Release);
    Ok(seed)
}

/// Another number for each [the finaliser of splitmix64: a permutation of 64 bits].
const fn mixed(number: u64) -> u64 {
    let number = (number ^ number >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ number >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ number >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_number_comes_twice_from_any_thread() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| (0..10_000).map(|_| number().unwrap()).collect::<Vec<_>>()))
            .collect();
        let numbers: Vec<_> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        let distinct: HashSet<_> = numbers.iter().collect();
        assert_eq!(distinct.len(), numbers.len());
        // Both halves change, so that no cutting of them makes two the same.
        let highs: HashSet<_> = numbers.iter().map(|number| number >> 64).collect();
        assert_eq!(highs.len(), numbers.len());
    }
}
