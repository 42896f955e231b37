//! The vault: memory for secrets. Its pages go into no core dump, are locked against swapping as far as the process may
//! lock memory, and are zero where nothing stands.
//!
//! Invariant: no locks, so that a child of fork finds none held: the free places of one size are a stack whose head is
//! one atomic word. Each address is the vault's for ever or never. Taking a place costs no system call but for one in
//! hundreds; what stands empty goes back to the system at C_Finalize ([`give_back`]). A child of a fork that happens
//! while that is under way has the places on their way for ever taken. `kept.rs` has the types that own places,
//! `region.rs` the memory.

mod region;

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use region::Region;

/// The smallest place. Places are counted in these from the region's start; 0, a header, is none.
const UNIT: usize = 64;
/// What places are aligned to, in bytes.
pub const ALIGNMENT: usize = UNIT;
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

/// Sets the memory aside, and locks in a child of fork what was locked in its parent; what cannot be had is logged. To be
/// called at every C_Initialize.
pub fn open() {
    region::open();
}

/// A place of at least `length` zero bytes, aligned to 64; `None` if the vault has none. To be given back with [`give`].
#[must_use]
pub fn take(length: usize) -> Option<NonNull<u8>> {
    let size = size_of_length(length)?;
    let (region, own) = (Region::made()?, own_shard());
    let mut shards = FREE.iter().cycle().skip(own).take(SHARDS);
    let place = shards.find_map(|shard| pop(region, shard.0.get(size)?));
    place.or_else(|| grow(region, size, FREE.get(own)?.0.get(size)?))
}

/// Wipes a place that [`take`] gave and takes it back; FALSE, and nothing done, if the pointer is not the vault's. A
/// pointer into a place, which nobody may have, is logged, and the place stays taken.
///
/// # Safety
/// Nobody uses the place any more, and it was not given back before.
pub unsafe fn give(pointer: NonNull<u8>) -> bool {
    let (region, unit, size) = match at(pointer) {
        At::Elsewhere => return false,
        At::NoPlace => {
            log::error!("memory of the vault was to be given back that was not taken: this is a bug");
            return true;
        }
        At::Place { region, unit, size } => (region, unit, size),
    };
    // SAFETY: the place has this length and is the caller's until it is on the stack of free places. The write cannot be
    // left out, because the next owner reads it.
    unsafe { pointer.write_bytes(0, UNIT << size) };
    if let Some(head) = FREE.get(own_shard()).and_then(|shard| shard.0.get(size)) {
        push(region, head, unit, unit);
    }
    true
}

/// Length of a place of the vault; `None` if the pointer is none.
#[must_use]
pub fn length(pointer: NonNull<u8>) -> Option<usize> {
    match at(pointer) {
        At::Place { size, .. } => Some(UNIT << size),
        At::Elsewhere | At::NoPlace => None,
    }
}

/// What a pointer points at.
enum At {
    Elsewhere,
    Place {
        region: Region,
        unit: u32,
        size: usize,
    },
    /// The vault's, but not where a place begins.
    NoPlace,
}

fn at(pointer: NonNull<u8>) -> At {
    let Some(region) = Region::known() else {
        return At::Elsewhere;
    };
    let Some(offset) = region.offset(pointer.addr().get()) else {
        return At::Elsewhere;
    };
    let Some(size) = region.size_in(offset / region.chunk()) else {
        return At::NoPlace;
    };
    let within = offset % region.chunk() / UNIT;
    let begins = within
        .checked_sub(region.header_units())
        .is_some_and(|unit| unit.is_multiple_of(1 << size));
    match u32::try_from(offset / UNIT) {
        Ok(unit) if begins && offset.is_multiple_of(UNIT) => At::Place { region, unit, size },
        _ => At::NoPlace,
    }
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

/// The link of a unit: the free one below it, if it is free. A chunk begins with one for each of its units.
fn link(region: Region, unit: u32) -> &'static AtomicU32 {
    let unit = usize::try_from(unit).unwrap_or(0);
    let (chunk, within) = (unit / region.units_per_chunk(), unit % region.units_per_chunk());
    let pointer: *const AtomicU32 = region.address(chunk * region.chunk() + within * size_of::<AtomicU32>());
    // SAFETY: units come from chunks that were taken into use, whose headers are mapped for ever and used as atomics only.
    unsafe { &*pointer }
}

fn halves(head: u64) -> (u64, u32) {
    (head >> 32, u32::try_from(head & u64::from(u32::MAX)).unwrap_or(0))
}

fn pop(region: Region, head: &AtomicU64) -> Option<NonNull<u8>> {
    let mut seen = head.load(Ordering::Acquire);
    loop {
        let (changes, unit) = halves(seen);
        if unit == 0 {
            return None;
        }
        let below = link(region, unit).load(Ordering::Relaxed);
        let next = changes.wrapping_add(1) << 32 | u64::from(below);
        match head.compare_exchange_weak(seen, next, Ordering::Acquire, Ordering::Acquire) {
            Ok(_) => return place(region, unit),
            Err(now) => seen = now,
        }
    }
}

/// Puts a chain of units, linked from first to last, on the stack.
fn push(region: Region, head: &AtomicU64, first: u32, last: u32) {
    let mut seen = head.load(Ordering::Relaxed);
    loop {
        let (changes, unit) = halves(seen);
        link(region, last).store(unit, Ordering::Relaxed);
        let next = changes.wrapping_add(1) << 32 | u64::from(first);
        match head.compare_exchange_weak(seen, next, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return,
            Err(now) => seen = now,
        }
    }
}

/// Takes the whole stack; gives its first unit, or 0.
fn pop_all(head: &AtomicU64) -> u32 {
    let empty = |seen| Some(halves(seen).0.wrapping_add(1) << 32);
    match head.fetch_update(Ordering::Acquire, Ordering::Acquire, empty) {
        Ok(seen) | Err(seen) => halves(seen).1,
    }
}

fn place(region: Region, unit: u32) -> Option<NonNull<u8>> {
    let offset = usize::try_from(unit).ok()?.checked_mul(UNIT)?;
    NonNull::new(region.address::<u8>(offset).cast_mut())
}

/// Takes a chunk into use for places of one size: gives the first and puts the others on the stack.
fn grow(region: Region, size: usize, head: &AtomicU64) -> Option<NonNull<u8>> {
    let chunk = region.claim()?;
    let header = u32::try_from(chunk.checked_mul(region.units_per_chunk())?).ok()?;
    let mut units = units(region, size).filter_map(|unit| u32::try_from(unit).ok()?.checked_add(header));
    let first = units.next()?;
    let second = units.next();
    let last = second.map(|second| {
        units.fold(second, |above, unit| {
            link(region, above).store(unit, Ordering::Relaxed);
            unit
        })
    });
    region.publish(chunk, size);
    if let (Some(second), Some(last)) = (second, last) {
        push(region, head, second, last);
    }
    place(region, first)
}

/// Where in a chunk places of a size begin.
fn units(region: Region, size: usize) -> impl Iterator<Item = usize> {
    let end = region.units_per_chunk().saturating_sub(1 << size);
    (region.header_units()..=end).step_by(1 << size)
}

/// Gives memory back to the system for C_Finalize: of the vault the chunks in which nothing stands, which takes as long as
/// there are free places, and of the C library what it keeps of ordinary memory that was freed.
pub fn give_back() {
    if let Some(region) = Region::known() {
        give_back_chunks(region);
    }
    #[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
    // SAFETY: touches free memory of the C library's only.
    unsafe {
        libc::malloc_trim(0);
    }
}

fn give_back_chunks(region: Region) {
    let mut free = vec![0_usize; region.used()];
    for size in 0..SIZES {
        let heads = FREE.iter().filter_map(|shard| shard.0.get(size));
        let chains: Vec<_> = heads.map(|head| (head, pop_all(head))).collect();
        for (_, first) in &chains {
            chain(region, *first).for_each(|unit| {
                if let Some(count) = free.get_mut(region.chunk_of(unit)) {
                    *count += 1;
                }
            });
        }
        let whole = units(region, size).count();
        for (head, first) in chains {
            let stays = |unit: &u32| free.get(region.chunk_of(*unit)) != Some(&whole);
            put_back(region, head, chain(region, first).filter(stays));
        }
        for (chunk, count) in free.iter_mut().enumerate() {
            if std::mem::take(count) == whole {
                region.empty(chunk);
            }
        }
    }
}

/// The units of a chain that is on no stack. Each may be linked anew once the next was asked for.
fn chain(region: Region, first: u32) -> impl Iterator<Item = u32> {
    let below = move |unit: u32| Some(link(region, unit).load(Ordering::Relaxed)).filter(|unit| *unit != 0);
    let mut next = Some(first).filter(|unit| *unit != 0);
    std::iter::from_fn(move || {
        let unit = next?;
        next = below(unit);
        Some(unit)
    })
}

fn put_back(region: Region, head: &AtomicU64, mut units: impl Iterator<Item = u32>) {
    let Some(first) = units.next() else { return };
    let last = units.fold(first, |above, unit| {
        link(region, above).store(unit, Ordering::Relaxed);
        unit
    });
    push(region, head, first, last);
}

#[cfg(test)]
mod tests;
