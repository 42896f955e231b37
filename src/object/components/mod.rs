//! What the token works out of an object's attributes once all of them are there, and whether they fit together.

mod certificate;
mod check_value;
mod ec;
mod finite_field;
mod lmk;
mod otp;
mod pq;
mod rsa;
mod secret;
#[cfg(test)]
mod tests;
mod trust;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::object::finite_field::is_key_type;
use crate::object::narrowing;
use crate::os::unique;

/// Brings components into their canonical form, checks that they make an object, and sets what follows from them.
/// `imported` tells that they come from outside the token.
pub(super) fn finish(attributes: &mut AttributeSet, imported: bool) -> Result<()> {
    match (attributes.class(), attributes.key_type()) {
        (Some(CKO_SECRET_KEY), Some(CKK_VHSM_LMK)) => lmk::finish(attributes),
        (Some(CKO_SECRET_KEY), Some(key_type)) => secret::finish(attributes, key_type),
        (Some(CKO_OTP_KEY), Some(key_type)) => otp::finish(attributes, key_type),
        (Some(CKO_PUBLIC_KEY), Some(CKK_RSA)) => rsa::finish_public(attributes),
        (Some(CKO_PRIVATE_KEY), Some(CKK_RSA)) => rsa::finish_private(attributes, imported),
        (Some(CKO_PUBLIC_KEY), Some(key_type)) if is_key_type(key_type) => {
            finite_field::finish_public(attributes, key_type, imported)
        }
        (Some(CKO_PRIVATE_KEY), Some(key_type)) if is_key_type(key_type) => {
            finite_field::finish_private(attributes, key_type, imported)
        }
        (Some(CKO_PUBLIC_KEY), Some(CKK_HSS)) => pq::finish_hss(attributes),
        (Some(CKO_PUBLIC_KEY), Some(key_type @ (CKK_XMSS | CKK_XMSSMT))) => {
            pq::finish_xmss(attributes, key_type)
        }
        (Some(CKO_PUBLIC_KEY), Some(key_type @ (CKK_ML_KEM | CKK_ML_DSA | CKK_SLH_DSA))) => {
            pq::finish_public(attributes, key_type)
        }
        (Some(CKO_PRIVATE_KEY), Some(key_type @ (CKK_ML_KEM | CKK_ML_DSA | CKK_SLH_DSA))) => {
            pq::finish_private(attributes, key_type, imported)
        }
        (Some(CKO_PUBLIC_KEY), Some(key_type)) => ec::finish_public(attributes, key_type),
        (Some(CKO_PRIVATE_KEY), Some(key_type)) => ec::finish_private(attributes, key_type, imported),
        (Some(CKO_CERTIFICATE), _) => certificate::finish(attributes),
        (Some(CKO_TRUST), _) => trust::check(attributes),
        (Some(CKO_DOMAIN_PARAMETERS), Some(_)) => {
            set_bits(attributes, CKA_PRIME, CKA_PRIME_BITS);
            set_bits(attributes, CKA_SUBPRIME, CKA_SUBPRIME_BITS);
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What must still hold after a change of attributes.
pub(super) fn check_modified(before: &AttributeSet, after: &AttributeSet) -> Result<()> {
    if after.bool(CKA_ALWAYS_AUTHENTICATE) == Some(true) && after.bool(CKA_PRIVATE) != Some(true) {
        return Err(Error::TemplateInconsistent {
            attribute: CKA_ALWAYS_AUTHENTICATE,
            why: "it needs CKA_PRIVATE to be TRUE",
        });
    }
    let known = before.bytes(CKA_PUBLIC_KEY_INFO).unwrap_or_default();
    let told = after.bytes(CKA_PUBLIC_KEY_INFO).unwrap_or_default();
    if before.class() == Some(CKO_PRIVATE_KEY) && !known.is_empty() && known != told {
        return Err(not_the_public_key());
    }
    if before.contains(CKA_VHSM_KEY_USAGE) {
        narrowing::check(before, after)?;
    }
    match after.class() {
        Some(CKO_TRUST) => trust::check(after).map_err(as_change),
        _ => Ok(()),
    }
}

/// What would be missing in a template does not fit in a change.
fn as_change(error: Error) -> Error {
    match error {
        Error::TemplateIncomplete { attribute, why } => Error::TemplateInconsistent { attribute, why },
        other => other,
    }
}

/// A new CKA_UNIQUE_ID in the form of a random UUID [RFC 9562, 5.4].
pub(super) fn unique_id() -> Result<Value> {
    /// Where each byte's two digits stand; hyphens stand between.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    let bits = unique::number()?;
    let bits = (bits & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
    let mut id = [b'-'; 36];
    for (byte, at) in bits.to_be_bytes().into_iter().zip(PLACES) {
        if let Some(pair) = id.get_mut(at..at + 2) {
            pair.copy_from_slice(HEX.get(usize::from(byte)).unwrap_or(&[0; 2]));
        }
    }
    Ok(Value::bytes(&id))
}

/// The two digits of every byte.
#[allow(
    clippy::indexing_slicing,
    reason = "the compiler runs it, and every index is tested"
)]
static HEX: [[u8; 2]; 256] = {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let (mut pairs, mut byte) = ([[0; 2]; 256], 0);
    while byte < pairs.len() {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 0xf]];
        byte += 1;
    }
    pairs
};

/// CKA_PUBLIC_KEY_INFO: what a template says of it must be true.
fn set_public_key_info(attributes: &mut AttributeSet, info: &[u8]) -> Result<()> {
    match attributes.bytes(CKA_PUBLIC_KEY_INFO) {
        Some(told) if !told.is_empty() && told != info => Err(not_the_public_key()),
        _ => {
            attributes.set(CKA_PUBLIC_KEY_INFO, Value::bytes(info));
            Ok(())
        }
    }
}

/// The answer to a CKA_PUBLIC_KEY_INFO that a template has wrong.
pub(super) fn not_the_public_key() -> Error {
    Error::AttributeValueInvalid {
        attribute: CKA_PUBLIC_KEY_INFO,
        why: "it is not this key's public key",
    }
}

/// Sets the attribute that tells the length in bits of another.
fn set_bits(attributes: &mut AttributeSet, number: AttributeType, bits: AttributeType) {
    if let Some(bytes) = attributes.bytes(number) {
        let length = bit_length(bytes);
        attributes.set(bits, Value::Ulong(length));
    }
}

/// Bits of a big integer without leading zeros.
fn bit_length(bytes: &[u8]) -> u64 {
    match bytes.first() {
        Some(first) => to_ulong(bytes.len()) * 8 - u64::from(first.leading_zeros()),
        None => 0,
    }
}

/// A component that must be there by now.
fn required(attributes: &AttributeSet, attribute: AttributeType) -> Result<&[u8]> {
    attributes.bytes(attribute).ok_or(Error::TemplateIncomplete {
        attribute,
        why: "the key has no such component",
    })
}
