//! Keys on curves: the forms of points and values, and the public key.

use super::{required, set_public_key_info};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::KeyMaterial;
use crate::object::curve::{Curve, Family};
use crate::object::{der, template};
use crate::secret::SecretBytes;

pub(super) fn finish_public(attributes: &mut AttributeSet, imported: bool) -> Result<()> {
    let curve = curve_of(attributes)?;
    let point = point_of(curve, required(attributes, CKA_EC_POINT)?)?;
    attributes.set(CKA_EC_POINT, Value::Bytes(stored_point(curve, &point)));
    if imported {
        KeyMaterial::prepare(attributes)?;
    }
    let info = public_key_info(curve, attributes, &point)?;
    set_public_key_info(attributes, &info)
}

/// The point of a private key is worked out from its value, or known from the other half of the pair. It is kept with
/// the key: clients look for it there, and PKCS#8 carries it.
pub(super) fn finish_private(attributes: &mut AttributeSet, imported: bool) -> Result<()> {
    let curve = curve_of(attributes)?;
    let value = private_value_of(curve, required(attributes, CKA_VALUE)?)?;
    attributes.set(CKA_VALUE, Value::Bytes(value));
    let told = match attributes.bytes(CKA_EC_POINT) {
        Some(point) => Some(point_of(curve, point)?),
        None => None,
    };
    let point = match (imported, told) {
        (false, Some(told)) => told,
        (false, None) => point_of_info(curve, required(attributes, CKA_PUBLIC_KEY_INFO)?)?,
        (true, told) => {
            let point = computed_point(curve, attributes)?;
            if told.is_some_and(|told| told != point) {
                return Err(Error::AttributeValueInvalid {
                    attribute: CKA_EC_POINT,
                    why: "it is not the public point of the private value",
                });
            }
            point
        }
    };
    attributes.set(CKA_EC_POINT, Value::Bytes(stored_point(curve, &point)));
    let info = public_key_info(curve, attributes, &point)?;
    set_public_key_info(attributes, &info)
}

/// The raw point that belongs to the private value.
fn computed_point(_curve: &Curve, _key: &AttributeSet) -> Result<SecretBytes> {
    Err(Error::FunctionNotSupported("importing private keys on curves"))
}

/// The raw point at the end of a `SubjectPublicKeyInfo`.
fn point_of_info(curve: &Curve, info: &[u8]) -> Result<SecretBytes> {
    let start = info.len().saturating_sub(curve.point_len());
    point_of(curve, info.get(start..).unwrap_or_default())
}

/// The curve of CKA_EC_PARAMS, if it goes with the key type.
fn curve_of(attributes: &AttributeSet) -> Result<&'static Curve> {
    let curve = Curve::parse(required(attributes, CKA_EC_PARAMS)?)?;
    match attributes.key_type() == Some(curve.family.key_type()) {
        true => Ok(curve),
        false => Err(Error::CurveNotSupported),
    }
}

/// The raw point in any of the forms of the field, told apart by their length: raw, in a DER octet string, in a
/// DER bit string.
///
/// # Errors
/// [`Error::AttributeValueInvalid`] for any other form.
pub(in crate::object) fn point_of(curve: &Curve, given: &[u8]) -> Result<SecretBytes> {
    let raw = match given.len().checked_sub(curve.point_len()) {
        Some(0) => Some(given),
        Some(_) => der::octet_string_content(given)
            .or_else(|| der::bit_string_content(given))
            .filter(|content| content.len() == curve.point_len()),
        None => None,
    };
    let prefix_fits = |raw: &&[u8]| curve.family != Family::Weierstrass || raw.first() == Some(&4);
    raw.filter(prefix_fits)
        .map(SecretBytes::from)
        .ok_or(Error::AttributeValueInvalid {
            attribute: CKA_EC_POINT,
            why: "it is no uncompressed point of the curve, raw, as octet string or as bit string",
        })
}

/// The form in which CKA_EC_POINT is kept and shown.
pub(in crate::object) fn stored_point(curve: &Curve, raw: &[u8]) -> SecretBytes {
    match curve.family {
        Family::Weierstrass => der::tlv(der::OCTET_STRING, &[raw]),
        Family::Edwards | Family::Montgomery => raw.into(),
    }
}

/// The private value at the curve's full length. Edwards and Montgomery keys may stand in an octet string, as in
/// PKCS#8.
///
/// # Errors
/// [`Error::AttributeValueInvalid`] if it is too long, or 0.
pub(in crate::object) fn private_value_of(curve: &Curve, given: &[u8]) -> Result<SecretBytes> {
    let invalid = || Error::AttributeValueInvalid {
        attribute: CKA_VALUE,
        why: "it is no private value of the curve",
    };
    let length = curve.value_len;
    match curve.family {
        Family::Weierstrass => {
            let number = template::without_leading_zeros(given);
            let zeros = length.checked_sub(number.len()).ok_or_else(invalid)?;
            if number.is_empty() {
                return Err(invalid());
            }
            let mut value = SecretBytes::zeros(length);
            let (_, tail) = value.as_mut().split_at_mut_checked(zeros).ok_or_else(invalid)?;
            tail.copy_from_slice(number);
            Ok(value)
        }
        Family::Edwards | Family::Montgomery if given.len() == length => Ok(given.into()),
        Family::Edwards | Family::Montgomery => der::octet_string_content(given)
            .filter(|content| content.len() == length)
            .map(SecretBytes::from)
            .ok_or_else(invalid),
    }
}

/// The `SubjectPublicKeyInfo` [RFC 5480, 2; RFC 8410, 4].
fn public_key_info(curve: &Curve, attributes: &AttributeSet, point: &[u8]) -> Result<SecretBytes> {
    Ok(match curve.family {
        Family::Weierstrass => {
            let params = required(attributes, CKA_EC_PARAMS)?;
            der::public_key_info(&[der::OID_EC, params], point)
        }
        Family::Edwards | Family::Montgomery => der::public_key_info(&[curve.oid], point),
    })
}
