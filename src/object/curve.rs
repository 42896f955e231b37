//! Curves of every kind under one name, and the forms in which their keys are written.

use super::der;
use crate::ck::*;
use crate::crypto::der::{Tag, element};
use crate::crypto::{ec, edwards, montgomery};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// One curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Curve {
    /// CKK_EC.
    Weierstrass(ec::Curve),
    /// CKK_EC_EDWARDS.
    Edwards(edwards::Curve),
    /// CKK_EC_MONTGOMERY.
    Montgomery(montgomery::Curve),
}

impl Curve {
    /// The curve of CKA_EC_PARAMS.
    ///
    /// # Errors
    /// [`Error::CurveNotSupported`], [`Error::DomainParamsInvalid`].
    pub(super) fn parse(key_type: KeyType, params: &[u8]) -> Result<Self> {
        match key_type {
            CKK_EC => ec::Curve::from_params(params).map(Self::Weierstrass),
            CKK_EC_EDWARDS => edwards::Curve::from_params(params).map(Self::Edwards),
            CKK_EC_MONTGOMERY => montgomery::Curve::from_params(params).map(Self::Montgomery),
            _ => Err(Error::CurveNotSupported),
        }
    }

    /// The object identifier in DER.
    pub(super) const fn oid(self) -> &'static [u8] {
        match self {
            Self::Weierstrass(curve) => curve.oid_der(),
            Self::Edwards(curve) => curve.oid_der(),
            Self::Montgomery(curve) => curve.oid_der(),
        }
    }

    /// Length of a raw public point in bytes.
    pub(super) const fn point_len(self) -> usize {
        match self {
            Self::Weierstrass(curve) => curve.point_len(),
            Self::Edwards(curve) => curve.key_len(),
            Self::Montgomery(curve) => curve.key_len(),
        }
    }

    /// The raw, uncompressed point in any of the forms of the field, told apart by their length: raw, in a DER octet
    /// string, in a DER bit string; on Weierstrass curves compressed, too.
    ///
    /// # Errors
    /// [`Error::AttributeValueInvalid`] if it is no point of the curve.
    pub(super) fn point(self, given: &[u8]) -> Result<SecretBytes> {
        let point = match self {
            Self::Weierstrass(curve) => curve
                .strip_point(given)
                .and_then(|raw| ec::PublicKey::from_point(curve, raw)?.point())
                .map(SecretBytes::from),
            Self::Edwards(curve) => {
                edwards::PublicKey::from_bytes(curve, given).map(|key| key.as_bytes().into())
            }
            Self::Montgomery(curve) => {
                montgomery::PublicKey::from_bytes(curve, given).map(|key| key.as_bytes().into())
            }
        };
        point.map_err(|_| Error::AttributeValueInvalid {
            attribute: CKA_EC_POINT,
            why: "it is no point of the curve, raw, as octet string or as bit string",
        })
    }

    /// The form in which CKA_EC_POINT is kept and shown.
    pub(super) fn stored_point(self, raw: &[u8]) -> SecretBytes {
        match self {
            Self::Weierstrass(_) => element(Tag::OctetString, &[raw]),
            Self::Edwards(_) | Self::Montgomery(_) => raw.into(),
        }
    }

    /// The private value at the curve's full length, and the raw point that belongs to it. Edwards and Montgomery
    /// values may stand in an octet string, as they do in PKCS#8.
    ///
    /// # Errors
    /// [`Error::AttributeValueInvalid`] if it is no private value of the curve.
    pub(super) fn pair(self, given: &[u8]) -> Result<(SecretBytes, SecretBytes)> {
        self.checked_pair(given)
            .map_err(|_| Error::AttributeValueInvalid {
                attribute: CKA_VALUE,
                why: "it is no private value of the curve",
            })
    }

    fn checked_pair(self, given: &[u8]) -> Result<(SecretBytes, SecretBytes)> {
        let raw = match der::octet_string_content(given) {
            Some(content) if content.len() == self.point_len() => content,
            _ => given,
        };
        match self {
            Self::Weierstrass(curve) => {
                let key = ec::PrivateKey::from_scalar(curve, given)?;
                Ok((key.scalar()?, key.public_point()?.into()))
            }
            Self::Edwards(curve) => {
                let key = edwards::PrivateKey::from_seed(curve, raw)?;
                Ok((key.seed(), key.public_bytes().into()))
            }
            Self::Montgomery(curve) => {
                let key = montgomery::PrivateKey::from_bytes(curve, raw)?;
                Ok((key.private_bytes(), key.public().as_bytes().into()))
            }
        }
    }

    /// The `SubjectPublicKeyInfo` of a raw point [RFC 5480, 2; RFC 8410, 4].
    pub(super) fn public_key_info(self, point: &[u8]) -> SecretBytes {
        match self {
            Self::Weierstrass(curve) => der::public_key_info(&[der::OID_EC, curve.oid_der()], point),
            Self::Edwards(_) | Self::Montgomery(_) => der::public_key_info(&[self.oid()], point),
        }
    }
}

/// Bits of the field of the curve that CKA_EC_PARAMS of a key of this type names.
///
/// # Errors
/// [`Error::CurveNotSupported`], [`Error::DomainParamsInvalid`].
pub fn field_bits(key_type: KeyType, params: &[u8]) -> Result<u64> {
    Ok(match Curve::parse(key_type, params)? {
        Curve::Weierstrass(curve) => curve.field_bits().into(),
        Curve::Edwards(curve) => curve.field_bits().into(),
        Curve::Montgomery(curve) => curve.field_bits().into(),
    })
}
