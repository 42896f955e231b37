//! Hashing of a few parts, and the mask generation function MGF1 [RFC 8017, B.2.1].

use zeroize::Zeroize;

use crate::crypto::hash::{DIGEST_LEN_MAX, Hash};

/// The digest of the parts one after the other, in the first bytes of an array.
pub(super) fn digest(hash: Hash, parts: &[&[u8]]) -> [u8; DIGEST_LEN_MAX] {
    let mut hasher = hash.hasher();
    for part in parts {
        hasher.update(part);
    }
    let mut out = [0; DIGEST_LEN_MAX];
    hasher.finish(&mut out);
    out
}

/// XORs the mask that `seed` gives into `target`.
pub(super) fn xor_mask(hash: Hash, seed: &[u8], target: &mut [u8]) {
    for (counter, chunk) in (0_u32..).zip(target.chunks_mut(hash.output_len())) {
        let mut mask = digest(hash, &[seed, &counter.to_be_bytes()]);
        for (byte, mask) in chunk.iter_mut().zip(&mask) {
            *byte ^= mask;
        }
        mask.zeroize();
    }
}
