//! Curves by their CKA_EC_PARAMS: an object identifier, or a name for those that first had no other.

use crate::ck::*;
use crate::error::{Error, Result};

/// How keys on a curve are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    /// CKK_EC.
    Weierstrass,
    /// CKK_EC_EDWARDS.
    Edwards,
    /// CKK_EC_MONTGOMERY.
    Montgomery,
}

impl Family {
    /// The key type.
    pub(super) const fn key_type(self) -> KeyType {
        match self {
            Self::Weierstrass => CKK_EC,
            Self::Edwards => CKK_EC_EDWARDS,
            Self::Montgomery => CKK_EC_MONTGOMERY,
        }
    }
}

/// One curve.
#[derive(Debug)]
pub(super) struct Curve {
    /// How its keys are written.
    pub(super) family: Family,
    /// The object identifier, in DER.
    pub(super) oid: &'static [u8],
    /// Other CKA_EC_PARAMS that mean it: older identifiers, and printable strings [PKCS#11 3.2, 6.3.3].
    aliases: &'static [&'static [u8]],
    /// Length of a private value in bytes; of a coordinate, too.
    pub(super) value_len: usize,
}

const CURVES: &[Curve] = &[
    weierstrass(b"\x06\x05\x2b\x81\x04\x00\x21", 28),
    weierstrass(b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07", 32),
    weierstrass(b"\x06\x05\x2b\x81\x04\x00\x22", 48),
    weierstrass(b"\x06\x05\x2b\x81\x04\x00\x23", 66),
    weierstrass(b"\x06\x05\x2b\x81\x04\x00\x0a", 32),
    Curve {
        family: Family::Edwards,
        oid: b"\x06\x03\x2b\x65\x70",
        aliases: &[
            b"\x13\x0cedwards25519",
            b"\x06\x09\x2b\x06\x01\x04\x01\xda\x47\x0f\x01",
        ],
        value_len: 32,
    },
    Curve {
        family: Family::Montgomery,
        oid: b"\x06\x03\x2b\x65\x6e",
        aliases: &[
            b"\x13\x0acurve25519",
            b"\x06\x0a\x2b\x06\x01\x04\x01\x97\x55\x01\x05\x01",
        ],
        value_len: 32,
    },
];

const fn weierstrass(oid: &'static [u8], value_len: usize) -> Curve {
    Curve {
        family: Family::Weierstrass,
        oid,
        aliases: &[],
        value_len,
    }
}

impl Curve {
    /// The curve of CKA_EC_PARAMS.
    ///
    /// # Errors
    /// [`Error::CurveNotSupported`]; [`Error::DomainParamsInvalid`] for parameters spelled out.
    pub(super) fn parse(params: &[u8]) -> Result<&'static Self> {
        if params.first() == Some(&0x30) {
            return Err(Error::DomainParamsInvalid("curves are named, not spelled out"));
        }
        CURVES
            .iter()
            .find(|curve| curve.oid == params || curve.aliases.contains(&params))
            .ok_or(Error::CurveNotSupported)
    }

    /// Length of a raw public point in bytes.
    pub(super) const fn point_len(&self) -> usize {
        match self.family {
            Family::Weierstrass => 1 + 2 * self.value_len,
            Family::Edwards | Family::Montgomery => self.value_len,
        }
    }
}
