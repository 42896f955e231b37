//! The libraries behind the mechanisms, and what is known of their side channels. The documentation of each row
//! takes its statement from here.

/// A library that does a mechanism's arithmetic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Library {
    /// Its name, as Cargo.toml has it (`aws-lc` for aws-lc-sys).
    pub name: &'static str,
    /// What its authors say, or its code shows, about secrets and timing.
    pub side_channels: &'static str,
}

/// RSA, DSA, Diffie-Hellman, the NIST curves and those of Brainpool, Curve25519, AES modes, DES, ChaCha20, Poly1305, all
/// hashes but BLAKE2b.
pub const AWS_LC: Library = Library {
    name: "aws-lc",
    side_channels: "constant time by design, tested as such; DES by tables",
};
/// AES block by block.
pub const AES: Library = Library {
    name: "aes",
    side_channels: "constant time: AES instructions, bit-sliced where there are none; audited",
};
/// Camellia.
pub const CAMELLIA: Library = Library {
    name: "camellia",
    side_channels: "not audited; tables at secret places, which caches give away",
};
/// ARIA.
pub const ARIA: Library = Library {
    name: "aria",
    side_channels: "not audited; tables at secret places, which caches give away",
};
/// Blowfish.
pub const BLOWFISH: Library = Library {
    name: "blowfish",
    side_channels: "not audited; tables at secret places, which caches give away",
};
/// Twofish.
pub const TWOFISH: Library = Library {
    name: "twofish",
    side_channels: "not audited; tables at secret places, which caches give away",
};
/// Salsa20.
pub const SALSA20: Library = Library {
    name: "salsa20",
    side_channels: "not audited; additions, rotations and exclusive ors only, with no table or branch on secrets",
};
/// Verification of Ed25519.
pub const ED25519_DALEK: Library = Library {
    name: "ed25519-dalek",
    side_channels: "verification has no secrets",
};
/// Ed448 and X448 (the latter by `x448` on it).
pub const ED448_GOLDILOCKS: Library = Library {
    name: "ed448-goldilocks",
    side_channels: "constant time by design but for verification, which has no secrets; neither audited nor released",
};
/// secp256k1.
pub const K256: Library = Library {
    name: "k256",
    side_channels: "constant time by design; audited",
};
/// SHA-3 in pieces.
pub const SHA3: Library = Library {
    name: "sha3",
    side_channels: "no audit known; neither tables nor branches on data",
};
/// BLAKE2b.
pub const BLAKE2: Library = Library {
    name: "blake2",
    side_channels: "no audit known; neither tables nor branches on data",
};
/// Deterministic ML-DSA signatures.
pub const ML_DSA: Library = Library {
    name: "ml-dsa",
    side_channels: "not audited; meant to be constant time, without tables and divisions; deterministic signatures only",
};
/// SLH-DSA.
pub const FIPS205: Library = Library {
    name: "fips205",
    side_channels: "not audited; secrets are only hashed, and no branch and no address depends on one, its authors state",
};
/// Verification of HSS.
pub const HBS_LMS: Library = Library {
    name: "hbs-lms",
    side_channels: "not audited; verification has no secrets",
};
/// Verification of XMSS and XMSS^MT.
pub const XMSS: Library = Library {
    name: "xmss",
    side_channels: "not audited; verification has no secrets",
};
/// SHAKE128 and SHAKE256.
pub const SHAKE: Library = Library {
    name: "shake",
    side_channels: "no audit known; no branch and no address depends on the data",
};
/// Random values.
pub const GETRANDOM: Library = Library {
    name: "getrandom",
    side_channels: "the operating system's generator",
};
