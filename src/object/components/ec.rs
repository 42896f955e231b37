//! Keys on curves: points and values in the forms in which they are kept, and the public key.

use super::{required, set_public_key_info};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::object::curve::Curve;
use crate::secret::SecretBytes;

pub(super) fn finish_public(attributes: &mut AttributeSet, key_type: KeyType) -> Result<()> {
    let curve = Curve::parse(key_type, required(attributes, CKA_EC_PARAMS)?)?;
    let point = curve.point(required(attributes, CKA_EC_POINT)?)?;
    attributes.set(CKA_EC_POINT, Value::Bytes(curve.stored_point(&point)));
    set_public_key_info(attributes, &curve.public_key_info(&point))
}

/// The point of a private key is kept with it: clients look for it there, and PKCS#8 carries it. Of an imported key it
/// is worked out from the value; of a generated one the mechanism tells it, or the other half of the pair does.
pub(super) fn finish_private(attributes: &mut AttributeSet, key_type: KeyType, imported: bool) -> Result<()> {
    let curve = Curve::parse(key_type, required(attributes, CKA_EC_PARAMS)?)?;
    let told = match attributes.bytes(CKA_EC_POINT) {
        Some(point) => Some(curve.point(point)?),
        None => None,
    };
    let point = match (told, imported) {
        (Some(told), false) => told,
        (None, false) if attributes.contains(CKA_PUBLIC_KEY_INFO) => {
            point_of_info(curve, required(attributes, CKA_PUBLIC_KEY_INFO)?)?
        }
        (told, _) => {
            let (value, point) = curve.pair(required(attributes, CKA_VALUE)?)?;
            if told.is_some_and(|told| told != point) {
                return Err(Error::AttributeValueInvalid {
                    attribute: CKA_EC_POINT,
                    why: "it is not the public point of the private value",
                });
            }
            attributes.set(CKA_VALUE, Value::Bytes(value));
            point
        }
    };
    attributes.set(CKA_EC_POINT, Value::Bytes(curve.stored_point(&point)));
    set_public_key_info(attributes, &curve.public_key_info(&point))
}

/// The raw point at the end of a `SubjectPublicKeyInfo`.
fn point_of_info(curve: Curve, info: &[u8]) -> Result<SecretBytes> {
    let start = info.len().saturating_sub(curve.point_len());
    curve.point(info.get(start..).unwrap_or_default())
}
