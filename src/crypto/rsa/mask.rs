//! Hashing of a few parts, and the mask generation function MGF1 [RFC 8017, B.2.1].

use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroize;

use crate::crypto::hash::Hash;

/// Length of the longest digest in bytes.
pub(super) const DIGEST_LEN_MAX: usize = 64;

/// The digest of the parts one after the other, in the first bytes of an array.
pub(super) fn digest(hash: Hash, parts: &[&[u8]]) -> [u8; DIGEST_LEN_MAX] {
    fn of<D: Digest>(parts: &[&[u8]]) -> [u8; DIGEST_LEN_MAX] {
        let mut state = D::new();
        for part in parts {
            state.update(part);
        }
        let mut out = [0; DIGEST_LEN_MAX];
        let mut digest = state.finalize();
        for (to, from) in out.iter_mut().zip(digest.iter()) {
            *to = *from;
        }
        digest.as_mut_slice().zeroize();
        out
    }
    match hash {
        Hash::Sha1 => of::<Sha1>(parts),
        Hash::Sha224 => of::<Sha224>(parts),
        Hash::Sha256 => of::<Sha256>(parts),
        Hash::Sha384 => of::<Sha384>(parts),
        Hash::Sha512 => of::<Sha512>(parts),
    }
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
