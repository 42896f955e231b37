//! RSA keys: sizes, public key, and whether the numbers make a key.

use super::{bit_length, required, set_bits, set_public_key_info};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::KeyMaterial;
use crate::object::der;
use crate::secret::SecretBytes;

/// Sizes of modulus that an imported key may have, in bits.
const MODULUS_BITS: std::ops::RangeInclusive<u64> = 512..=16384;

pub(super) fn finish_public(attributes: &mut AttributeSet) -> Result<()> {
    check_numbers(attributes)?;
    set_bits(attributes, CKA_MODULUS, CKA_MODULUS_BITS);
    let info = public_key_info(attributes)?;
    set_public_key_info(attributes, &info)
}

pub(super) fn finish_private(attributes: &mut AttributeSet, imported: bool) -> Result<()> {
    check_numbers(attributes)?;
    required(attributes, CKA_PRIVATE_EXPONENT)?;
    if imported {
        KeyMaterial::prepare(attributes)?;
    }
    let info = public_key_info(attributes)?;
    set_public_key_info(attributes, &info)
}

fn check_numbers(attributes: &AttributeSet) -> Result<()> {
    let invalid = |attribute, why| Err(Error::AttributeValueInvalid { attribute, why });
    let modulus = required(attributes, CKA_MODULUS)?;
    if !MODULUS_BITS.contains(&bit_length(modulus)) {
        return invalid(CKA_MODULUS, "it has 512 to 16384 bits");
    }
    if modulus.last().is_none_or(|last| last % 2 == 0) {
        return invalid(CKA_MODULUS, "it is odd");
    }
    let exponent = required(attributes, CKA_PUBLIC_EXPONENT)?;
    if exponent == [1] || exponent.last().is_none_or(|last| last % 2 == 0) {
        return invalid(CKA_PUBLIC_EXPONENT, "it is odd and above 1");
    }
    Ok(())
}

/// The `SubjectPublicKeyInfo` of a key that has a modulus and a public exponent [RFC 3279, 2.3.1].
///
/// # Errors
/// [`Error::TemplateIncomplete`] if it has not.
pub(in crate::object) fn public_key_info(attributes: &AttributeSet) -> Result<SecretBytes> {
    let modulus = der::integer(required(attributes, CKA_MODULUS)?);
    let exponent = der::integer(required(attributes, CKA_PUBLIC_EXPONENT)?);
    let key = der::tlv(der::SEQUENCE, &[&modulus, &exponent]);
    Ok(der::public_key_info(&[der::OID_RSA, der::NULL], &key))
}
