//! The functions that FIPS 204 and FIPS 205 hash a message with before it is signed, and their object identifiers.

use super::hash::{Hash, Hasher};
use super::shake::{Shake, Strength};

/// A function for the pre-hash forms of ML-DSA and SLH-DSA [FIPS 204, 5.4; FIPS 205, 10.2.2].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PreHash {
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// SHA-512/224.
    Sha512_224,
    /// SHA-512/256.
    Sha512_256,
    /// SHA3-224.
    Sha3_224,
    /// SHA3-256.
    Sha3_256,
    /// SHA3-384.
    Sha3_384,
    /// SHA3-512.
    Sha3_512,
    /// SHAKE128 with 32 bytes of output.
    Shake128,
    /// SHAKE256 with 64 bytes of output.
    Shake256,
}

/// What computes a function.
enum Engine {
    Hash(Hash),
    Shake(Strength),
}

impl PreHash {
    /// All of them.
    pub const ALL: [Self; 12] = [
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
        Self::Shake128,
        Self::Shake256,
    ];

    const fn engine(self) -> Engine {
        match self {
            Self::Sha224 => Engine::Hash(Hash::Sha224),
            Self::Sha256 => Engine::Hash(Hash::Sha256),
            Self::Sha384 => Engine::Hash(Hash::Sha384),
            Self::Sha512 => Engine::Hash(Hash::Sha512),
            Self::Sha512_224 => Engine::Hash(Hash::Sha512_224),
            Self::Sha512_256 => Engine::Hash(Hash::Sha512_256),
            Self::Sha3_224 => Engine::Hash(Hash::Sha3_224),
            Self::Sha3_256 => Engine::Hash(Hash::Sha3_256),
            Self::Sha3_384 => Engine::Hash(Hash::Sha3_384),
            Self::Sha3_512 => Engine::Hash(Hash::Sha3_512),
            Self::Shake128 => Engine::Shake(Strength::Bits128),
            Self::Shake256 => Engine::Shake(Strength::Bits256),
        }
    }

    /// Length of the digest in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self.engine() {
            Engine::Hash(hash) => hash.output_len(),
            Engine::Shake(Strength::Bits128) => 32,
            Engine::Shake(Strength::Bits256) => 64,
        }
    }

    /// The DER object identifier, tag and length included: 2.16.840.1.101.3.4.2 and a number.
    #[must_use]
    pub const fn oid(self) -> [u8; 11] {
        let last = match self {
            Self::Sha256 => 1,
            Self::Sha384 => 2,
            Self::Sha512 => 3,
            Self::Sha224 => 4,
            Self::Sha512_224 => 5,
            Self::Sha512_256 => 6,
            Self::Sha3_224 => 7,
            Self::Sha3_256 => 8,
            Self::Sha3_384 => 9,
            Self::Sha3_512 => 10,
            Self::Shake128 => 11,
            Self::Shake256 => 12,
        };
        [0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, last]
    }

    /// Begins a message.
    #[must_use]
    pub fn hasher(self) -> PreHasher {
        let state = match self.engine() {
            Engine::Hash(hash) => State::Hash(hash.hasher()),
            Engine::Shake(strength) => State::Shake(Shake::new(strength)),
        };
        PreHasher {
            state,
            length: self.output_len(),
        }
    }

    /// The digest of a whole message.
    #[must_use]
    pub fn digest(self, data: &[u8]) -> Digest {
        let mut hasher = self.hasher();
        hasher.update(data);
        hasher.finish()
    }
}

/// A pre-hash under way.
pub struct PreHasher {
    state: State,
    /// Length of the digest in bytes.
    length: usize,
}

enum State {
    Hash(Hasher),
    Shake(Shake),
}

/// A digest of up to 64 bytes.
#[derive(Clone, Copy)]
pub struct Digest {
    bytes: [u8; 64],
    length: usize,
}

impl std::ops::Deref for Digest {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

impl PreHasher {
    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.state {
            State::Hash(hasher) => hasher.update(data),
            State::Shake(shake) => shake.update(data),
        }
    }

    /// Ends the message.
    #[must_use]
    pub fn finish(self) -> Digest {
        let length = self.length;
        let mut bytes = [0; 64];
        let place = bytes.get_mut(..length).unwrap_or_default();
        match self.state {
            State::Hash(mut hasher) => hasher.finish(place),
            State::Shake(shake) => shake.finish(place),
        }
        Digest { bytes, length }
    }
}
