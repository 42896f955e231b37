//! Curves of every kind under one name, and the forms in which their keys are written.

use super::der;
use crate::ck::*;
use crate::crypto::{ec, edwards, montgomery};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// One curve.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Curve {
    /// CKK_EC.
    Weierstrass(ec::Curve),
    /// CKK_EC_EDWARDS: edwards25519.
    Edwards,
    /// CKK_EC_MONTGOMERY: curve25519.
    Montgomery,
}

impl Curve {
    /// The curve of CKA_EC_PARAMS.
    ///
    /// # Errors
    /// [`Error::CurveNotSupported`], [`Error::DomainParamsInvalid`].
    pub(super) fn parse(key_type: KeyType, params: &[u8]) -> Result<Self> {
        match key_type {
            CKK_EC => ec::Curve::from_params(params).map(Self::Weierstrass),
            CKK_EC_EDWARDS => edwards::check_params(params).map(|()| Self::Edwards),
            CKK_EC_MONTGOMERY => montgomery::check_params(params).map(|()| Self::Montgomery),
            _ => Err(Error::CurveNotSupported),
        }
    }

    /// The object identifier in DER.
    pub(super) const fn oid(self) -> &'static [u8] {
        match self {
            Self::Weierstrass(curve) => curve.oid_der(),
            Self::Edwards => edwards::OID_DER,
            Self::Montgomery => montgomery::OID_DER,
        }
    }

    /// Length of a raw public point in bytes.
    pub(super) const fn point_len(self) -> usize {
        match self {
            Self::Weierstrass(curve) => curve.point_len(),
            Self::Edwards => edwards::KEY_LEN,
            Self::Montgomery => montgomery::KEY_LEN,
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
            Self::Edwards => {
                edwards::PublicKey::from_bytes(given).map(|key| key.as_bytes().as_slice().into())
            }
            Self::Montgomery => {
                montgomery::PublicKey::from_bytes(given).map(|key| key.as_bytes().as_slice().into())
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
            Self::Weierstrass(_) => der::tlv(der::OCTET_STRING, &[raw]),
            Self::Edwards | Self::Montgomery => raw.into(),
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
            Self::Edwards => {
                let key = edwards::PrivateKey::from_seed(raw)?;
                Ok((key.seed(), key.public_bytes().as_slice().into()))
            }
            Self::Montgomery => {
                let key = montgomery::PrivateKey::from_bytes(raw)?;
                Ok((key.private_bytes(), key.public().as_bytes().as_slice().into()))
            }
        }
    }

    /// The `SubjectPublicKeyInfo` of a raw point [RFC 5480, 2; RFC 8410, 4].
    pub(super) fn public_key_info(self, point: &[u8]) -> SecretBytes {
        match self {
            Self::Weierstrass(curve) => der::public_key_info(&[der::OID_EC, curve.oid_der()], point),
            Self::Edwards | Self::Montgomery => der::public_key_info(&[self.oid()], point),
        }
    }
}
