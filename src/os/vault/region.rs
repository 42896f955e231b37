//! The vault's memory: a region of addresses that is set aside once, in chunks that are taken into use one by one.
//!
//! Invariant: a chunk that was in use once stays readable and writable, so that a late look at its links is harmless. What
//! is known of a chunk is one byte outside of it, published when the chunk is ready.

use std::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering};

use super::UNIT;
use crate::os::fork;

/// Address space that is set aside at most, and at least; memory is taken as it is needed.
const LENGTH_MAX: usize = 256 << 20;
const LENGTH_MIN: usize = 1 << 20;
/// What the region grows by, unless pages are larger: places of one size behind a header of links.
const CHUNK_MIN: usize = 16 << 10;
const CHUNKS_MAX: usize = LENGTH_MAX / CHUNK_MIN;
/// Bytes of a link.
const LINK: usize = 4;

/// The region as one word, or 0 before its first use: the address, which has twelve low bits to spare, the logarithms of
/// the chunk's length and of the region's.
static REGION: AtomicUsize = AtomicUsize::new(0);
/// In the place of the region if there is none.
const NONE: usize = 1;

/// What is known of each chunk: nothing, [`CLAIMED`], [`EMPTY`], or [`SIZE_0`] and the number of its size, perhaps with
/// [`LOCKED_FLAG`].
static STATES: [AtomicU8; CHUNKS_MAX] = [const { AtomicU8::new(0) }; CHUNKS_MAX];
/// On its way into use or out of it.
const CLAIMED: u8 = 1;
/// Was in use, and may be again, for places of any size.
const EMPTY: u8 = 2;
const SIZE_0: u8 = 3;
const LOCKED_FLAG: u8 = 0x80;

/// Chunks that were ever taken into use.
static USED: AtomicUsize = AtomicUsize::new(0);
/// Chunks that are [`EMPTY`].
static EMPTIES: AtomicUsize = AtomicUsize::new(0);
/// Bytes that are locked, and the process (see [`fork::epoch`]) that locked them: a child of fork inherits no locks.
static LOCKED: AtomicUsize = AtomicUsize::new(0);
static LOCKED_IN: AtomicU64 = AtomicU64::new(0);
/// It was logged that no more can be had.
static TOLD: AtomicBool = AtomicBool::new(false);

/// Where the vault is.
#[derive(Clone, Copy)]
pub(super) struct Region(usize);

impl Region {
    /// If there is one.
    pub(super) fn known() -> Option<Self> {
        match REGION.load(Ordering::Acquire) {
            0 | NONE => None,
            word => Some(Self(word)),
        }
    }

    /// Set aside at the first use.
    pub(super) fn made() -> Option<Self> {
        if REGION.load(Ordering::Acquire) == 0 {
            let mine = set_aside();
            let word = mine.map_or(NONE, |region| region.0);
            let set = REGION.compare_exchange(0, word, Ordering::AcqRel, Ordering::Acquire);
            if let (Err(_), Some(mine)) = (set, mine) {
                // SAFETY: the region was just mapped with this length, and nobody else knows it.
                unsafe { libc::munmap(mine.pointer(0), mine.length()) };
            }
        }
        Self::known()
    }

    fn start(self) -> usize {
        self.0 & !0xfff
    }

    /// Bytes of the region.
    fn length(self) -> usize {
        1 << (self.0 & 0x3f)
    }

    /// Bytes of a chunk.
    pub(super) fn chunk(self) -> usize {
        1 << (self.0 >> 6 & 0x3f)
    }

    pub(super) fn units_per_chunk(self) -> usize {
        self.chunk() / UNIT
    }

    /// Units before the first place of a chunk.
    pub(super) fn header_units(self) -> usize {
        self.units_per_chunk() * LINK / UNIT
    }

    /// The chunk that a unit is in.
    pub(super) fn chunk_of(self, unit: u32) -> usize {
        usize::try_from(unit).unwrap_or(0) / self.units_per_chunk()
    }

    /// Chunks that were ever in use: the first ones.
    pub(super) fn used(self) -> usize {
        USED.load(Ordering::Relaxed)
    }

    /// How far an address is behind the start, if it is in the region.
    pub(super) fn offset(self, address: usize) -> Option<usize> {
        address
            .checked_sub(self.start())
            .filter(|offset| *offset < self.length())
    }

    pub(super) fn address<T>(self, offset: usize) -> *const T {
        std::ptr::with_exposed_provenance(self.start() + offset)
    }

    fn pointer(self, offset: usize) -> *mut c_void {
        self.address::<c_void>(offset).cast_mut()
    }

    /// The number of the size of the places in a chunk, if it is in use.
    pub(super) fn size_in(self, chunk: usize) -> Option<usize> {
        let state = STATES.get(chunk)?.load(Ordering::Acquire) & !LOCKED_FLAG;
        state.checked_sub(SIZE_0).map(usize::from)
    }

    /// A chunk for new places: zero bytes but for old links. It is nobody else's until it is published.
    pub(super) fn claim(self) -> Option<usize> {
        if let Some(chunk) = self.claim_empty() {
            return Some(chunk);
        }
        let one_more = |used| (used < self.length() / self.chunk()).then_some(used + 1);
        let Ok(chunk) = USED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more) else {
            tell(&format!("the vault is full ({} MiB)", self.length() >> 20));
            return None;
        };
        let address = self.pointer(chunk * self.chunk());
        // SAFETY: the chunk is in the region and in nobody's use: it becomes zero bytes.
        if unsafe { libc::mprotect(address, self.chunk(), libc::PROT_READ | libc::PROT_WRITE) } != 0 {
            tell("the system gives the vault no more memory");
            // Nobody's as before, unless another thread has taken the next one meanwhile.
            let _ = USED.compare_exchange(chunk + 1, chunk, Ordering::Relaxed, Ordering::Relaxed);
            return None;
        }
        Some(chunk)
    }

    fn claim_empty(self) -> Option<usize> {
        if EMPTIES.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let claimed = |state: &AtomicU8| {
            let claim = state.compare_exchange(EMPTY, CLAIMED, Ordering::Acquire, Ordering::Relaxed);
            claim.is_ok()
        };
        let chunk = STATES.iter().take(self.used()).position(claimed)?;
        EMPTIES.fetch_sub(1, Ordering::Relaxed);
        Some(chunk)
    }

    /// The chunk has places of this size from now on.
    pub(super) fn publish(self, chunk: usize, size: usize) {
        let locked = if self.lock(chunk, lockable()) {
            LOCKED_FLAG
        } else {
            0
        };
        let size = u8::try_from(size).unwrap_or(0);
        if let Some(state) = STATES.get(chunk) {
            state.store(SIZE_0.saturating_add(size) | locked, Ordering::Release);
        }
    }

    /// A chunk that has only free places, which are on no stack any more, goes back to the system.
    pub(super) fn empty(self, chunk: usize) {
        let Some(state) = STATES.get(chunk) else { return };
        let address = self.pointer(chunk * self.chunk());
        let locked = state.swap(CLAIMED, Ordering::AcqRel) & LOCKED_FLAG != 0;
        // SAFETY: nothing stands in the chunk, and what is in its header is wanted by nobody; failing is allowed.
        unsafe {
            if locked && libc::munlock(address, self.chunk()) == 0 {
                LOCKED.fetch_sub(self.chunk(), Ordering::Relaxed);
            }
            libc::madvise(address, self.chunk(), libc::MADV_DONTNEED);
        }
        EMPTIES.fetch_add(1, Ordering::Relaxed);
        state.store(EMPTY, Ordering::Release);
    }

    /// Locks a chunk, unless more than `most` bytes would be locked then. Tells whether it is.
    fn lock(self, chunk: usize, most: usize) -> bool {
        let more = |locked: usize| locked.checked_add(self.chunk()).filter(|now| *now <= most);
        let allowed = LOCKED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        // SAFETY: names a chunk of ours and changes no byte of it; failing is allowed.
        let locked =
            allowed.is_ok() && unsafe { libc::mlock(self.pointer(chunk * self.chunk()), self.chunk()) } == 0;
        if allowed.is_ok() && !locked {
            LOCKED.fetch_sub(self.chunk(), Ordering::Relaxed);
        }
        locked
    }

    /// Locks in a child of fork, once, what was locked in its parent.
    fn lock_after_fork(self) {
        let epoch = fork::epoch();
        if LOCKED_IN.swap(epoch, Ordering::Relaxed) == epoch {
            return;
        }
        LOCKED.store(0, Ordering::Relaxed);
        let most = lockable();
        for (chunk, state) in STATES.iter().enumerate().take(self.used()) {
            let in_use = state.fetch_and(!LOCKED_FLAG, Ordering::Relaxed) & !LOCKED_FLAG >= SIZE_0;
            if in_use && self.lock(chunk, most) {
                state.fetch_or(LOCKED_FLAG, Ordering::Relaxed);
            }
        }
    }
}

/// See [`super::open`].
pub(super) fn open() {
    let _ = REGION.compare_exchange(NONE, 0, Ordering::Relaxed, Ordering::Relaxed);
    TOLD.store(false, Ordering::Relaxed);
    match Region::made() {
        None => tell("there is no address space for the vault"),
        Some(region) => {
            region.lock_after_fork();
            let mebibytes = region.length() >> 20;
            if region.length() < LENGTH_MAX {
                log::warn!(
                    "the vault has {mebibytes} MiB instead of {}: more address space cannot be had (RLIMIT_AS?)",
                    LENGTH_MAX >> 20
                );
            }
        }
    }
}

/// Logs, once, what is the matter.
fn tell(what: &str) {
    if !TOLD.swap(true, Ordering::Relaxed) {
        log::warn!(
            "{what}: keys stand in ordinary memory, which may be swapped out and comes into core dumps"
        );
    }
}

/// As much as can be had.
fn set_aside() -> Option<Region> {
    if cfg!(miri) {
        return None;
    }
    let halves = std::iter::successors(Some(LENGTH_MAX), |length| Some(length / 2));
    halves
        .take_while(|length| *length >= LENGTH_MIN)
        .find_map(set_aside_bytes)
}

fn set_aside_bytes(length: usize) -> Option<Region> {
    // SAFETY: asks for a number.
    let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).ok()?;
    let chunk = page.next_power_of_two().max(CHUNK_MIN);
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: an anonymous private mapping without an address touches no memory of others.
    let address = unsafe { libc::mmap(std::ptr::null_mut(), length, libc::PROT_NONE, flags, -1, 0) };
    if address == libc::MAP_FAILED {
        return None;
    }
    // SAFETY: names the mapping just made and changes no byte of it; failing is allowed.
    #[cfg(target_os = "linux")]
    unsafe {
        libc::madvise(address, length, libc::MADV_DONTDUMP);
    }
    let logarithm = |power: usize| usize::try_from(power.trailing_zeros()).unwrap_or(0);
    Some(Region(
        address.expose_provenance() | logarithm(chunk) << 6 | logarithm(length),
    ))
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
