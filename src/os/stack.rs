//! The stack below who calls: what functions that have returned left there.

use std::hint::black_box;

/// What is wiped: more than a call uses that prepares a key, less than a small thread has.
const LENGTH: usize = 24 << 10;

/// Overwrites what functions that were called before left on this thread's stack: copies of keys that compilers and
/// libraries make in passing. Takes less than a microsecond; for what is done once in a key's life.
#[inline(never)]
pub fn wipe() {
    black_box(&mut [0_u8; LENGTH]);
}
