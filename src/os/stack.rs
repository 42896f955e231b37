//! The stack below who calls: what functions that have returned left there.

use std::hint::black_box;

use crate::os::fork;

/// What is wiped: more than a call uses that prepares a key.
const LENGTH: usize = 24 << 10;
/// What the wiping itself, and a signal's handler, may want.
const SPARE: usize = 2 << 10;

/// Overwrites what functions that were called before left on this thread's stack: copies of keys that compilers and
/// libraries make in passing. On a small stack as much as there is. Takes a few microseconds; for what is done once in a
/// key's life.
#[inline(never)]
pub fn wipe() {
    match left().saturating_sub(SPARE) {
        LENGTH.. => zeros::<LENGTH>(),
        0x4000.. => zeros::<0x4000>(),
        0x3000.. => zeros::<0x3000>(),
        0x2000.. => zeros::<0x2000>(),
        0x1000.. => zeros::<0x1000>(),
        0x800.. => zeros::<0x800>(),
        _ => {}
    }
}

/// Overwrites what a small function left that was called before and called no deep ones. Costs next to nothing.
#[inline(never)]
pub fn wipe_little() {
    zeros::<LITTLE>();
}

/// Without optimisation functions keep every word in a place of its own.
const LITTLE: usize = if cfg!(debug_assertions) { 0x3000 } else { 0x1000 };

/// Does something that has secrets in its own words, and then overwrites what it left, its own frame included.
pub fn clean<T>(work: impl FnOnce() -> T) -> T {
    let done = apart(work);
    wipe_little();
    done
}

/// A frame of its own, below that of who wipes.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}

#[inline(never)]
fn zeros<const N: usize>() {
    black_box(&mut [0_u8; N]);
}

/// Bytes between here and the end of this thread's stack; of a stack that the system does not know (a coroutine's) as
/// little as any has.
fn left() -> usize {
    const UNKNOWN: usize = 4 << 10;
    // A child of fork goes on on the stack of the thread that forked, whichever it was.
    // SAFETY: ask for numbers.
    let first_thread = cfg!(miri) || (fork::epoch() == 0 && unsafe { libc::gettid() == libc::getpid() });
    let end = if first_thread {
        first_stack()
    } else {
        thread_stack()
    };
    let here = (&raw const end).addr();
    match end {
        Some((start, length)) if (start..start.saturating_add(length)).contains(&here) => here - start,
        _ => UNKNOWN,
    }
}

/// The first thread's stack grows up to a limit: where it begins nobody needs to know, if that is large. Asking the C
/// library would read a file.
fn first_stack() -> Option<(usize, usize)> {
    const SMALL: u64 = 1 << 20;
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the structure outlives the call.
    let asked = unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) };
    let on_it = 0_u8;
    let here = (&raw const on_it).addr();
    (asked == 0 && limit.rlim_cur >= SMALL)
        .then(|| (here.saturating_sub(LENGTH + 2 * SPARE), LENGTH + 4 * SPARE))
}

/// Where another thread's stack begins, above its guard, and its length up to its top.
fn thread_stack() -> Option<(usize, usize)> {
    // SAFETY: the attributes are initialised by pthread_getattr_np before they are read, and destroyed once.
    unsafe {
        let mut attributes: libc::pthread_attr_t = std::mem::zeroed();
        if libc::pthread_getattr_np(libc::pthread_self(), &raw mut attributes) != 0 {
            return None;
        }
        let (mut start, mut length, mut guard) = (std::ptr::null_mut(), 0, 0);
        let known = libc::pthread_attr_getstack(&raw const attributes, &raw mut start, &raw mut length) == 0
            && libc::pthread_attr_getguardsize(&raw const attributes, &raw mut guard) == 0;
        libc::pthread_attr_destroy(&raw mut attributes);
        // Some C libraries count the guard as a part of the stack, and some do not.
        known.then(|| (start.addr() + guard, length.saturating_sub(guard)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_of_a_threads_stack_is_known() {
        for length in [64 << 10, 256 << 10] {
            let thread = std::thread::Builder::new().stack_size(length);
            let left = thread.spawn(left).unwrap().join().unwrap();
            assert!(left > 16 << 10 && left <= length, "{left} of {length}");
        }
    }
}
