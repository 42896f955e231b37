//! The hash functions: SHA-1, SHA-2, SHA-3, BLAKE2b, and of the old ones MD5 and RIPEMD-160.
//!
//! aws-lc computes all but whole messages with BLAKE2b, where the `blake2` crate is faster, and SHA-3 in pieces, where the
//! states of the `sha3` crate are cheaper to make and to copy, and can be saved.

use super::aws_lc::digest::{self, Function};
use super::aws_lc::sha3;
use super::{blake2b, keccak};
use crate::error::Result;
use crate::secret::SecretBytes;

/// A hash function.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Hash {
    /// SHA-1 [FIPS 180-4].
    Sha1,
    /// SHA-224 [FIPS 180-4].
    Sha224,
    /// SHA-256 [FIPS 180-4].
    Sha256,
    /// SHA-384 [FIPS 180-4].
    Sha384,
    /// SHA-512 [FIPS 180-4].
    Sha512,
    /// SHA-512/224 [FIPS 180-4].
    Sha512_224,
    /// SHA-512/256 [FIPS 180-4].
    Sha512_256,
    /// SHA-512/t [FIPS 180-4, 5.3.6].
    Sha512T(Truncation),
    /// SHA3-224 [FIPS 202].
    Sha3_224,
    /// SHA3-256 [FIPS 202].
    Sha3_256,
    /// SHA3-384 [FIPS 202].
    Sha3_384,
    /// SHA3-512 [FIPS 202].
    Sha3_512,
    /// BLAKE2b with digests of 160 bits [RFC 7693].
    Blake2b160,
    /// BLAKE2b with digests of 256 bits [RFC 7693].
    Blake2b256,
    /// BLAKE2b with digests of 384 bits [RFC 7693].
    Blake2b384,
    /// BLAKE2b with digests of 512 bits [RFC 7693].
    Blake2b512,
    /// MD5 [RFC 1321]: broken.
    Md5,
    /// RIPEMD-160 [ISO/IEC 10118-3].
    Ripemd160,
}

/// The t of SHA-512/t: 1 to 511 bits, and not 384, which is SHA-384's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Truncation(u16);

impl Truncation {
    /// A t that FIPS 180-4 allows; `None` for others.
    #[must_use]
    pub const fn new(bits: u64) -> Option<Self> {
        match bits {
            #[allow(clippy::as_conversions, reason = "at most 511")]
            1..=383 | 385..=511 => Some(Self(bits as u16)),
            _ => None,
        }
    }

    /// Length of the digest in bits.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Length of the digest in bytes; the last bits of the last byte may be zeros that are not its.
    #[must_use]
    #[allow(clippy::as_conversions, reason = "usize has more than 16 bits")]
    pub const fn bytes(self) -> usize {
        self.0.div_ceil(8) as usize
    }
}

/// Length of the longest digest in bytes.
pub const DIGEST_LEN_MAX: usize = 64;
/// Length of the longest block in bytes: that of SHA3-224.
pub const BLOCK_LEN_MAX: usize = 144;

/// What computes a hash function.
#[derive(Clone, Copy)]
enum Engine {
    AwsLc(Function),
    Sha3(sha3::Function),
    /// Length of the digest in bytes.
    Blake2b(u8),
}

impl Hash {
    /// All of them, SHA-512/t in its two named forms only.
    pub const ALL: [Self; 17] = [
        Self::Sha1,
        Self::Sha224,
        Self::Sha256,
        Self::Sha384,
        Self::Sha512,
        Self::Sha512_224,
        Self::Sha512_256,
        Self::Sha3_224,
        Self::Sha3_256,
        Self::Sha3_384,
        Self::Sha3_512,
        Self::Blake2b160,
        Self::Blake2b256,
        Self::Blake2b384,
        Self::Blake2b512,
        Self::Md5,
        Self::Ripemd160,
    ];

    const fn engine(self) -> Engine {
        match self {
            Self::Sha1 => Engine::AwsLc(Function::Sha1),
            Self::Sha224 => Engine::AwsLc(Function::Sha224),
            Self::Sha256 => Engine::AwsLc(Function::Sha256),
            Self::Sha384 => Engine::AwsLc(Function::Sha384),
            Self::Sha512 => Engine::AwsLc(Function::Sha512),
            Self::Sha512_224 => Engine::AwsLc(Function::Sha512_224),
            Self::Sha512_256 => Engine::AwsLc(Function::Sha512_256),
            Self::Sha512T(bits) => Engine::AwsLc(Function::Sha512T(bits)),
            Self::Sha3_224 => Engine::Sha3(sha3::Function::Sha3_224),
            Self::Sha3_256 => Engine::Sha3(sha3::Function::Sha3_256),
            Self::Sha3_384 => Engine::Sha3(sha3::Function::Sha3_384),
            Self::Sha3_512 => Engine::Sha3(sha3::Function::Sha3_512),
            Self::Blake2b160 => Engine::Blake2b(20),
            Self::Blake2b256 => Engine::Blake2b(32),
            Self::Blake2b384 => Engine::Blake2b(48),
            Self::Blake2b512 => Engine::Blake2b(64),
            Self::Md5 => Engine::AwsLc(Function::Md5),
            Self::Ripemd160 => Engine::AwsLc(Function::Ripemd160),
        }
    }

    /// The function as aws-lc knows it, if it does.
    pub(super) const fn aws_lc(self) -> Option<Function> {
        match self.engine() {
            Engine::AwsLc(function) => Some(function),
            Engine::Sha3(_) | Engine::Blake2b(_) => None,
        }
    }

    /// Length of the digest in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 | Self::Ripemd160 | Self::Blake2b160 => 20,
            Self::Sha224 | Self::Sha512_224 | Self::Sha3_224 => 28,
            Self::Sha256 | Self::Sha512_256 | Self::Sha3_256 | Self::Blake2b256 => 32,
            Self::Sha384 | Self::Sha3_384 | Self::Blake2b384 => 48,
            Self::Sha512 | Self::Sha3_512 | Self::Blake2b512 => 64,
            Self::Sha512T(bits) => bits.bytes(),
        }
    }

    /// Length of the blocks that the function compresses (SHA-3: that it takes in at once), in bytes.
    #[must_use]
    pub const fn block_len(self) -> usize {
        match self {
            Self::Md5 | Self::Ripemd160 | Self::Sha1 | Self::Sha224 | Self::Sha256 => 64,
            Self::Sha3_512 => 72,
            Self::Sha3_384 => 104,
            Self::Sha384 | Self::Sha512 | Self::Sha512_224 | Self::Sha512_256 | Self::Sha512T(_) => 128,
            Self::Blake2b160 | Self::Blake2b256 | Self::Blake2b384 | Self::Blake2b512 => 128,
            Self::Sha3_256 => 136,
            Self::Sha3_224 => 144,
        }
    }

    /// Digests a whole message. `out` takes the first bytes of the digest, all of it if it is long enough.
    pub fn digest(self, data: &[u8], out: &mut [u8]) {
        match self.engine() {
            Engine::AwsLc(function) => digest::oneshot(function, data, out),
            Engine::Sha3(function) => sha3::oneshot(function, data, out),
            Engine::Blake2b(output_len) => blake2b::oneshot(output_len, data, out),
        }
    }

    /// Begins a message that comes in pieces.
    #[must_use]
    pub fn hasher(self) -> Hasher {
        let state = match self.engine() {
            Engine::AwsLc(function) => State::AwsLc(digest::State::new(function)),
            Engine::Sha3(function) => State::Keccak(keccak::State::new(function)),
            Engine::Blake2b(output_len) => State::Blake2b(blake2b::State::new(output_len)),
        };
        Hasher { hash: self, state }
    }

    /// Goes on from what [`Hasher::save`] gave for this hash; `None` if it is no such state.
    #[must_use]
    pub fn restore(self, saved: &[u8]) -> Option<Hasher> {
        let state = match self.engine() {
            Engine::AwsLc(function) => State::AwsLc(digest::State::restore(function, saved)?),
            Engine::Sha3(function) => State::Keccak(keccak::State::restore(function, saved)?),
            Engine::Blake2b(output_len) => State::Blake2b(blake2b::State::restore(output_len, saved)?),
        };
        Some(Hasher { hash: self, state })
    }
}

/// A message digest under way. A clone goes on by itself; the state is wiped when dropped.
#[derive(Clone)]
pub struct Hasher {
    hash: Hash,
    state: State,
}

#[derive(Clone)]
enum State {
    AwsLc(digest::State),
    Keccak(keccak::State),
    Blake2b(blake2b::State),
}

impl Hasher {
    /// The function.
    #[must_use]
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            State::AwsLc(state) => state.update(data),
            State::Keccak(state) => state.update(data),
            State::Blake2b(state) => state.update(data),
        }
    }

    /// The state so far, for [`Hash::restore`].
    #[must_use]
    pub fn save(&self) -> SecretBytes {
        match &self.state {
            State::AwsLc(state) => state.save(),
            State::Keccak(state) => state.save(),
            State::Blake2b(state) => state.save(),
        }
    }

    /// Ends the message. `out` takes the first bytes of the digest, all of it if it is long enough. The hasher is of no
    /// more use, but it stays where it is to be wiped there: moving it would leave a copy of the message's end behind.
    pub fn finish(&mut self, out: &mut [u8]) {
        match &mut self.state {
            State::AwsLc(state) => state.finish(out),
            State::Keccak(state) => state.finish(out),
            State::Blake2b(state) => state.finish(out),
        }
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hasher({:?})", self.hash())
    }
}

/// A function with as much output as one asks for [FIPS 202, 6.2].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Xof {
    /// SHAKE128.
    Shake128,
    /// SHAKE256.
    Shake256,
}

impl Xof {
    /// Fills `out` with the answer to a whole message.
    ///
    /// # Errors
    /// [`crate::error::Error::Crypto`] if the library fails.
    pub fn digest(self, data: &[u8], out: &mut [u8]) -> Result<()> {
        sha3::shake(self == Self::Shake256, data, out)
    }
}

#[cfg(test)]
mod tests;
