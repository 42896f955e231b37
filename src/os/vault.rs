//! The vault: memory for secrets. Its pages go into no core dump, are locked against swapping as far as the process may
//! lock memory, and are zero where nothing stands.
//!
//! Invariant: no locks, so that a child of fork finds none held: the free places of one size are a stack whose head is
//! one atomic word. Each address is the vault's for ever or never; memory that was used once is kept for the next secret.
//! Taking a place costs no system call but for one in hundreds. `kept.rs` has the types that own places.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};

use crate::os::fork;

/// Address space that is set aside; memory is taken as it is needed.
const REGION: usize = 256 << 20;
/// What the region grows by: places of one size behind a header.
const CHUNK: usize = 16 << 10;
const CHUNKS: usize = REGION / CHUNK;
/// The smallest place. Places are counted in these from the region's start; 0, a header, is none.
const UNIT: usize = 64;
/// What places are aligned to, in bytes.
pub const ALIGNMENT: usize = UNIT;
const UNITS_PER_CHUNK: usize = CHUNK / UNIT;
/// A chunk begins with one link for each of its units; the first, which is the header's own, holds the size.
const HEADER: usize = UNITS_PER_CHUNK * size_of::<AtomicU32>();
/// Sizes are powers of two from [`UNIT`] to this.
pub const PLACE_MAX: usize = 8 << 10;
const SIZES: usize = 8;
/// Threads are spread over as many sets of stacks, so that they seldom meet.
const SHARDS: usize = 8;

/// The heads of the stacks of free places, one for each size: a unit in the low half, a count of changes in the high
/// half, which tells a head that was taken and put back meanwhile.
#[repr(align(128))]
struct Shard([AtomicU64; SIZES]);

static FREE: [Shard; SHARDS] = [const { Shard([const { AtomicU64::new(0) }; SIZES]) }; SHARDS];
/// Where the region begins: 0 before its first use, 1 if there is none.
static START: AtomicUsize = AtomicUsize::new(0);
const NO_REGION: usize = 1;
/// Chunks in use.
static USED: AtomicUsize = AtomicUsize::new(0);
/// Bytes that are locked, and the process (see [`fork::epoch`]) that locked them: a child of fork inherits no locks.
static LOCKED: AtomicUsize = AtomicUsize::new(0);
static LOCKED_IN: AtomicU64 = AtomicU64::new(0);

/// A place of at least `length` zero bytes, aligned to 64; `None` if the vault has none. To be given back with [`give`].
#[must_use]
pub fn take(length: usize) -> Option<NonNull<u8>> {
    let size = size_of_length(length)?;
    let (start, own) = (region()?, own_shard());
    let mut shards = FREE.iter().cycle().skip(own).take(SHARDS);
    let place = shards.find_map(|shard| pop(start, shard.0.get(size)?));
    place.or_else(|| grow(start, size, FREE.get(own)?.0.get(size)?))
}

/// Wipes a place that [`take`] gave and takes it back; FALSE, and nothing done, if the pointer is no place of the vault.
///
/// # Safety
/// Nobody uses the place any more, and it was not given back before.
pub unsafe fn give(pointer: NonNull<u8>) -> bool {
    let Some((start, unit, length)) = place_of(pointer) else {
        return false;
    };
    // SAFETY: the place has this length and is the caller's until it is on the stack of free places. The write cannot be
    // left out, because the next owner reads it.
    unsafe { pointer.write_bytes(0, length) };
    let size = size_of_length(length).unwrap_or(0);
    if let Some(head) = FREE.get(own_shard()).and_then(|shard| shard.0.get(size)) {
        push(start, head, unit, unit);
    }
    true
}

/// Length of a place of the vault; `None` if the pointer is none.
#[must_use]
pub fn length(pointer: NonNull<u8>) -> Option<usize> {
    place_of(pointer).map(|(_, _, length)| length)
}

/// Start of the region, unit and length of a place.
fn place_of(pointer: NonNull<u8>) -> Option<(usize, u32, usize)> {
    let start = START.load(Ordering::Acquire);
    let offset = pointer.addr().get().checked_sub(start)?;
    if start <= NO_REGION || offset >= REGION {
        return None;
    }
    let size = link(start, u32::try_from(offset / CHUNK * UNITS_PER_CHUNK).ok()?).load(Ordering::Relaxed);
    Some((start, u32::try_from(offset / UNIT).ok()?, UNIT << size))
}

/// The number of the smallest size that has so many bytes.
fn size_of_length(length: usize) -> Option<usize> {
    if length > PLACE_MAX {
        return None;
    }
    let units = length.div_ceil(UNIT).max(1).next_power_of_two();
    usize::try_from(units.trailing_zeros()).ok()
}

/// Threads are told apart by where their stacks are: a thread-local would have to be there when a thread ends.
fn own_shard() -> usize {
    let on_the_stack = 0_u8;
    let megabytes = (&raw const on_the_stack).addr() >> 20;
    megabytes.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (usize::BITS - SHARDS.trailing_zeros())
}

/// The link of a unit: the free one below it, if it is free.
fn link(start: usize, unit: u32) -> &'static AtomicU32 {
    let unit = usize::try_from(unit).unwrap_or(0);
    let (chunk, within) = (unit / UNITS_PER_CHUNK, unit % UNITS_PER_CHUNK);
    let address = start + chunk * CHUNK + within * size_of::<AtomicU32>();
    let pointer: *const AtomicU32 = std::ptr::with_exposed_provenance(address);
    // SAFETY: units come from chunks that are in use, whose headers are mapped for ever and used as atomics only.
    unsafe { &*pointer }
}

fn halves(head: u64) -> (u64, u32) {
    (head >> 32, u32::try_from(head & u64::from(u32::MAX)).unwrap_or(0))
}

fn pop(start: usize, head: &AtomicU64) -> Option<NonNull<u8>> {
    let mut seen = head.load(Ordering::Acquire);
    loop {
        let (changes, unit) = halves(seen);
        if unit == 0 {
            return None;
        }
        let below = link(start, unit).load(Ordering::Relaxed);
        let next = changes.wrapping_add(1) << 32 | u64::from(below);
        match head.compare_exchange_weak(seen, next, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => return at(start, unit),
            Err(now) => seen = now,
        }
    }
}

/// Puts a chain of units, linked from first to last, on the stack.
fn push(start: usize, head: &AtomicU64, first: u32, last: u32) {
    let mut seen = head.load(Ordering::Relaxed);
    loop {
        let (changes, unit) = halves(seen);
        link(start, last).store(unit, Ordering::Relaxed);
        let next = changes.wrapping_add(1) << 32 | u64::from(first);
        match head.compare_exchange_weak(seen, next, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => seen = now,
        }
    }
}

fn at(start: usize, unit: u32) -> Option<NonNull<u8>> {
    let offset = usize::try_from(unit).ok()?.checked_mul(UNIT)?;
    NonNull::new(std::ptr::with_exposed_provenance_mut(start.checked_add(offset)?))
}

/// The region, set aside at the first use.
fn region() -> Option<usize> {
    match START.load(Ordering::Acquire) {
        0 => {}
        NO_REGION => return None,
        start => return Some(start),
    }
    let mine = set_aside().unwrap_or(NO_REGION);
    let start = match START.compare_exchange(0, mine, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => mine,
        Err(others) => {
            if mine != NO_REGION {
                // SAFETY: the region was just mapped with this length, and nobody else knows it.
                unsafe { libc::munmap(std::ptr::with_exposed_provenance_mut(mine), REGION) };
            }
            others
        }
    };
    Some(start).filter(|start| *start != NO_REGION)
}

fn set_aside() -> Option<usize> {
    if cfg!(miri) {
        return None;
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: an anonymous private mapping without an address touches no memory of others.
    let address = unsafe { libc::mmap(std::ptr::null_mut(), REGION, libc::PROT_NONE, flags, -1, 0) };
    if address == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: names the mapping just made and changes no byte of it; failing is allowed.
    #[cfg(target_os = "linux")]
    unsafe {
        libc::madvise(address, REGION, libc::MADV_DONTDUMP);
    }
    Some(address.expose_provenance())
}

/// Takes a chunk into use for places of one size: gives the first and puts the others on the stack.
fn grow(start: usize, size: usize, head: &AtomicU64) -> Option<NonNull<u8>> {
    let one_more = |used| (used < CHUNKS).then_some(used + 1);
    let chunk = USED
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
        .ok()?;
    let address: *mut libc::c_void = std::ptr::with_exposed_provenance_mut(start + chunk * CHUNK);
    // SAFETY: the chunk is in the region and in nobody's use: it becomes zero bytes.
    if unsafe { libc::mprotect(address, CHUNK, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
        return None;
    }
    lock(address);
    let header = u32::try_from(chunk * UNITS_PER_CHUNK).ok()?;
    link(start, header).store(u32::try_from(size).ok()?, Ordering::Relaxed);
    let (units, end) = (1 << size, UNITS_PER_CHUNK);
    let places = (HEADER / UNIT..=end.checked_sub(units)?).step_by(units);
    let mut places = places.filter_map(|unit| u32::try_from(unit).ok()?.checked_add(header));
    let first = places.next()?;
    if let Some(second) = places.next() {
        let last = places.fold(second, |above, unit| {
            link(start, above).store(unit, Ordering::Relaxed);
            unit
        });
        push(start, head, second, last);
    }
    at(start, first)
}

/// Locks a chunk, unless it would be too much.
fn lock(chunk: *mut libc::c_void) {
    let most = lockable();
    let more = |locked: usize| locked.checked_add(CHUNK).filter(|now| *now <= most);
    let allowed = LOCKED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    // SAFETY: names a chunk of ours and changes no byte of it; failing is allowed.
    if allowed.is_ok() && unsafe { libc::mlock(chunk, CHUNK) } != 0 {
        LOCKED.fetch_sub(CHUNK, Ordering::Relaxed);
    }
}

/// Half of what the process may lock: the host and the pages of [`crate::os::locked`] want some, too.
fn lockable() -> usize {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    unsafe { libc::getrlimit(libc::RLIMIT_MEMLOCK, &raw mut limit) };
    usize::try_from(limit.rlim_cur / 2).unwrap_or(usize::MAX)
}

/// Locks in a child of fork, once, what was locked in its parent.
pub fn lock_after_fork() {
    let epoch = fork::epoch();
    let start = START.load(Ordering::Acquire);
    if start <= NO_REGION || LOCKED_IN.swap(epoch, Ordering::Relaxed) == epoch {
        return;
    }
    let wanted = (USED.load(Ordering::Relaxed) * CHUNK).min(lockable() / CHUNK * CHUNK);
    let address: *const libc::c_void = std::ptr::with_exposed_provenance(start);
    // SAFETY: names chunks of ours and changes no byte of them; failing is allowed.
    let locked = unsafe { libc::mlock(address, wanted) } == 0;
    LOCKED.store(if locked { wanted } else { 0 }, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(place: NonNull<u8>, length: usize) {
        // SAFETY: the place is this test's own and has so many bytes.
        unsafe { place.write_bytes(0x41, length) };
    }

    fn is_zero(place: NonNull<u8>, length: usize) -> bool {
        // SAFETY: as above.
        (0..length).all(|at| unsafe { place.add(at).read() } == 0)
    }

    #[test]
    fn a_place_is_large_enough_aligned_zero_and_nobody_elses() {
        let mut all = Vec::new();
        for length in [0, 1, 16, 64, 65, 1000, 4096, PLACE_MAX] {
            for _ in 0..300 {
                let place = take(length).unwrap();
                let room = super::length(place).unwrap();
                assert!(
                    room >= length && room < 2 * length.max(UNIT),
                    "{length} in {room}"
                );
                assert!(place.addr().get().is_multiple_of(UNIT));
                assert!(is_zero(place, room));
                fill(place, room);
                all.push((place.addr().get(), room, place));
            }
        }
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0));
        for (_, _, place) in all {
            // SAFETY: each was taken once and is used no more.
            assert!(unsafe { give(place) });
        }
    }

    #[test]
    fn what_is_too_large_and_what_is_somebody_elses_is_not_the_vaults() {
        assert!(take(PLACE_MAX + 1).is_none());
        let mut other = 7_u8;
        let pointer = NonNull::from(&mut other);
        assert_eq!(length(pointer), None);
        // SAFETY: it is no place of the vault's, so that nothing is done.
        assert!(!unsafe { give(pointer) });
        assert_eq!(other, 7);
    }

    /// Each thread writes its own number and finds it again; each gives back what another took.
    #[test]
    fn threads_get_places_of_their_own_and_free_those_of_others() {
        const ROUNDS: usize = 20_000;
        let addresses = std::sync::Mutex::new(std::collections::BTreeSet::new());
        let seen = &addresses;
        std::thread::scope(|scope| {
            for number in 1..=4_u8 {
                let (sender, receiver) = std::sync::mpsc::sync_channel::<usize>(10);
                scope.spawn(move || {
                    for address in receiver {
                        let place = NonNull::new(std::ptr::with_exposed_provenance_mut(address)).unwrap();
                        // SAFETY: the sender gave the place away.
                        assert!(unsafe { place.add(99).read() } == number && unsafe { give(place) });
                    }
                });
                scope.spawn(move || {
                    for _ in 0..ROUNDS {
                        let place = take(100).unwrap();
                        assert!(is_zero(place, 100));
                        // SAFETY: the place is this thread's.
                        unsafe { place.write_bytes(number, 100) };
                        seen.lock().unwrap().insert(place.addr());
                        sender.send(place.as_ptr().expose_provenance()).unwrap();
                    }
                });
            }
        });
        let different = addresses.into_inner().unwrap().len();
        assert!(
            different < ROUNDS,
            "{different} places, though those that were given back would do"
        );
    }
}
