//! [`NumberMap`]: tables by numbers of the module's own.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A table by handles, ids or mechanisms.
pub type NumberMap<K, V> = HashMap<K, V, BuildHasherDefault<NumberHasher>>;

/// The keys are numbers of our own, which nobody can choose so that they meet: spreading them over the high bits is all
/// the hashing they need.
#[derive(Default)]
pub struct NumberHasher(u64);

impl Hasher for NumberHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = (self.0 ^ value).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 ^= self.0 >> 32;
    }
}
