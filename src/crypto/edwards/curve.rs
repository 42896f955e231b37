//! The Edwards curves: their names, lengths, and the hash of their prehashed form.

use super::{KEY_LEN, SIGNATURE_LEN};
use crate::crypto::ec::CurveName;
use crate::crypto::goldilocks;
use crate::crypto::hash::{Hash, Hasher};
use crate::error::{Error, Result};

/// The identifier of Ed25519 in use before RFC 8410.
pub(super) const OLD_OID_DER: &[u8] = b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01";

/// An Edwards curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Curve {
    /// edwards25519.
    Ed25519,
    /// edwards448.
    Ed448,
}

impl Curve {
    /// Reads `CKA_EC_PARAMS` of an Edwards key.
    ///
    /// # Errors
    /// [`Error::CurveNotSupported`] for other curves; [`Error::DomainParamsInvalid`] for what names none.
    pub fn from_params(params: &[u8]) -> Result<Self> {
        let name = CurveName::parse(params)?;
        if name.is(Self::Ed25519.oid_der(), &["edwards25519", "Ed25519"]) || name.is(OLD_OID_DER, &[]) {
            return Ok(Self::Ed25519);
        }
        match name.is(Self::Ed448.oid_der(), &["edwards448", "Ed448"]) {
            true => Ok(Self::Ed448),
            false => Err(Error::CurveNotSupported),
        }
    }

    /// `CKA_EC_PARAMS`: the object identifier [RFC 8410] in DER.
    #[must_use]
    pub const fn oid_der(self) -> &'static [u8] {
        match self {
            Self::Ed25519 => b"\x06\x03\x2b\x65\x70",
            Self::Ed448 => b"\x06\x03\x2b\x65\x71",
        }
    }

    /// Bytes of a seed and of a public key.
    #[must_use]
    pub const fn key_len(self) -> usize {
        match self {
            Self::Ed25519 => KEY_LEN,
            Self::Ed448 => goldilocks::EDWARDS_LEN,
        }
    }

    /// Bytes of a signature.
    #[must_use]
    pub const fn signature_len(self) -> usize {
        match self {
            Self::Ed25519 => SIGNATURE_LEN,
            Self::Ed448 => goldilocks::SIGNATURE_LEN,
        }
    }

    /// Bits of the field.
    #[must_use]
    pub const fn field_bits(self) -> u16 {
        match self {
            Self::Ed25519 => 255,
            Self::Ed448 => 448,
        }
    }

    /// The hash of the prehashed form.
    #[must_use]
    pub fn prehasher(self) -> Prehasher {
        Prehasher(match self {
            Self::Ed25519 => Prehash::Sha512(Hash::Sha512.hasher()),
            Self::Ed448 => Prehash::Shake256(goldilocks::Shake::default()),
        })
    }
}

/// The digest of a message that is signed in the prehashed form: SHA-512, or SHAKE256 with 64 bytes.
pub struct Prehasher(Prehash);

enum Prehash {
    Sha512(Hasher),
    Shake256(goldilocks::Shake),
}

impl Prehasher {
    /// Takes data.
    pub fn update(&mut self, data: &[u8]) {
        match &mut self.0 {
            Prehash::Sha512(hasher) => hasher.update(data),
            Prehash::Shake256(hasher) => hasher.update(data),
        }
    }

    /// Ends the message.
    pub fn finish(&mut self, out: &mut [u8; 64]) {
        match &mut self.0 {
            Prehash::Sha512(hasher) => hasher.finish(out),
            Prehash::Shake256(hasher) => hasher.finish(out),
        }
    }
}
