//! The hash functions of the SHA family.
//!
//! aws-lc computes all of them: about as fast as the `sha1` and `sha2` crates, and faster for SHA-512 on long messages.

use super::aws_lc::digest::{self, State};
use crate::secret::SecretBytes;

/// A hash function [FIPS 180-4].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hash {
    /// SHA-1.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Length of the longest digest in bytes.
pub const DIGEST_LEN_MAX: usize = 64;

impl Hash {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Length of the digest in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// Length of the blocks that the function compresses, in bytes.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha384 | Self::Sha512 => 128,
        }
    }

    /// Digests a whole message. `out` takes the first bytes of the digest, all of it if it is long enough.
    pub fn digest(self, data: &[u8], out: &mut [u8]) {
        digest::oneshot(self, data, out);
    }

    /// Begins a message that comes in pieces.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        Hasher(State::new(self))
    }

    /// Goes on from what [`Hasher::save`] gave for this hash; `None` if it is no such state.
    #[must_use]
    pub fn restore(self, saved: &[u8]) -> Option<Hasher> {
        State::restore(self, saved).map(Hasher)
    }
}

/// A message digest under way. A clone goes on by itself; the state is wiped when dropped.
#[derive(Clone)]
pub struct Hasher(State);

impl Hasher {
    /// The function.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.0.hash()
    }

    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }

    /// The state so far, for [`Hash::restore`].
    #[must_use]
    pub fn save(&self) -> SecretBytes {
        self.0.save()
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The hasher is of no
    /// more use, but it stays where it is to be wiped there: moving it would leave a copy of the message's end behind.
    pub fn finish(&mut self, out: &mut [u8]) {
        self.0.finish(out);
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hasher({:?})", self.hash())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [FIPS 180-4 example values, NIST CSRC "Examples with Intermediate Values"]: the message "abc".
    const ABC: [(Hash, &str); 5] = [
        (Hash::Sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
        (
            Hash::Sha224,
            "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
        ),
        (
            Hash::Sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        ),
        (
            Hash::Sha384,
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7",
        ),
        (
            Hash::Sha512,
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
             2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
    ];

    #[test]
    fn digests_are_those_of_the_standard() {
        for (hash, expected) in ABC {
            let mut out = vec![0; hash.output_len()];
            hash.digest(b"abc", &mut out);
            assert_eq!(out, hex(expected), "{hash:?}");
        }
    }

    #[test]
    fn a_place_of_any_length_takes_as_much_of_the_digest_as_it_can() {
        for hash in Hash::ALL {
            let mut whole = vec![0; hash.output_len()];
            hash.digest(b"abc", &mut whole);
            for length in 0..=80 {
                let (mut once, mut pieces) = (vec![0xee; length], vec![0xee; length]);
                hash.digest(b"abc", &mut once);
                let mut hasher = hash.hasher();
                hasher.update(b"abc");
                hasher.finish(&mut pieces);
                let taken = length.min(whole.len());
                assert_eq!((&once[..taken], &once), (&whole[..taken], &pieces));
                assert!(
                    once[taken..].iter().all(|byte| *byte == 0xee),
                    "{hash:?}, {length}"
                );
            }
        }
    }

    #[test]
    fn pieces_and_clones_give_the_digest_of_the_whole() {
        let data: Vec<u8> = (0..=255).cycle().take(1000).collect();
        for hash in Hash::ALL {
            let (mut whole, mut pieces) = (vec![0; hash.output_len()], vec![0; hash.output_len()]);
            hash.digest(&data, &mut whole);
            let mut hasher = hash.hasher();
            hasher.update(&data[..77]);
            let mut other = hasher.clone();
            hasher.update(b"another message");
            other.update(&data[77..]);
            other.finish(&mut pieces);
            assert_eq!(whole, pieces, "{hash:?}");
        }
    }

    #[test]
    fn a_saved_state_goes_on_to_the_same_digest() {
        let data: Vec<u8> = (0..=255).cycle().take(300).collect();
        for hash in Hash::ALL {
            let mut whole = vec![0; hash.output_len()];
            hash.digest(&data, &mut whole);
            for cut in 0..=data.len() {
                let mut hasher = hash.hasher();
                hasher.update(&data[..cut]);
                let mut other = hash.restore(&hasher.save()).unwrap();
                other.update(&data[cut..]);
                let mut digest = vec![0; hash.output_len()];
                other.finish(&mut digest);
                assert_eq!(digest, whole, "{hash:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn what_is_no_state_is_none() {
        for hash in Hash::ALL {
            let mut hasher = hash.hasher();
            hasher.update(&[1; 200]);
            let saved = hasher.save();
            for wrong in [
                &[][..],
                &saved[1..],
                &saved[..saved.len() - 1],
                &[&*saved, &[0; 128]].concat(),
            ] {
                assert!(hash.restore(wrong).is_none(), "{hash:?}");
            }
        }
    }

    #[test]
    fn digests_agree_with_another_implementation() {
        use sha2::Digest;
        for length in [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 5000] {
            let data = vec![0x5a; length];
            let theirs: [(Hash, Vec<u8>); 5] = [
                (Hash::Sha1, sha1::Sha1::digest(&data).to_vec()),
                (Hash::Sha224, sha2::Sha224::digest(&data).to_vec()),
                (Hash::Sha256, sha2::Sha256::digest(&data).to_vec()),
                (Hash::Sha384, sha2::Sha384::digest(&data).to_vec()),
                (Hash::Sha512, sha2::Sha512::digest(&data).to_vec()),
            ];
            for (hash, expected) in theirs {
                let mut out = vec![0; hash.output_len()];
                hash.digest(&data, &mut out);
                assert_eq!(out, expected, "{hash:?} of {length} bytes");
            }
        }
    }
}
