//! RSA keys: sizes, public key, and whether the numbers make a key.

use super::{bit_length, required, set_bits, set_public_key_info};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::der::{Tag, element, integer};
use crate::crypto::rsa::{CrtParts, PrivateKey, PublicKey};
use crate::error::{Error, Result};
use crate::object::der;
use crate::secret::SecretBytes;

/// Sizes of modulus that an imported key may have, in bits.
const MODULUS_BITS: std::ops::RangeInclusive<u64> = 512..=16384;

pub(super) fn finish_public(attributes: &mut AttributeSet) -> Result<()> {
    check_numbers(attributes)?;
    let (modulus, exponent) = (
        required(attributes, CKA_MODULUS)?,
        required(attributes, CKA_PUBLIC_EXPONENT)?,
    );
    PublicKey::from_components(modulus, exponent).map_err(|_| Error::AttributeValueInvalid {
        attribute: CKA_PUBLIC_EXPONENT,
        why: "it has to be below the modulus",
    })?;
    set_bits(attributes, CKA_MODULUS, CKA_MODULUS_BITS);
    let info = public_key_info(attributes)?;
    set_public_key_info(attributes, &info)
}

/// Of an imported key every number is checked, and what is missing is worked out.
pub(super) fn finish_private(attributes: &mut AttributeSet, imported: bool) -> Result<()> {
    check_numbers(attributes)?;
    if imported {
        complete(attributes)?;
    }
    let info = public_key_info(attributes)?;
    set_public_key_info(attributes, &info)
}

fn complete(attributes: &mut AttributeSet) -> Result<()> {
    let part = |attribute| attributes.bytes(attribute).filter(|number| !number.is_empty());
    let key = PrivateKey::from_components(
        required(attributes, CKA_MODULUS)?,
        required(attributes, CKA_PUBLIC_EXPONENT)?,
        required(attributes, CKA_PRIVATE_EXPONENT)?,
        CrtParts {
            prime_1: part(CKA_PRIME_1),
            prime_2: part(CKA_PRIME_2),
            exponent_1: part(CKA_EXPONENT_1),
            exponent_2: part(CKA_EXPONENT_2),
            coefficient: part(CKA_COEFFICIENT),
        },
    )
    .map_err(|_| Error::AttributeValueInvalid {
        attribute: CKA_PRIVATE_EXPONENT,
        why: "the numbers of the key do not belong together",
    })?;
    let numbers = key.components()?;
    for (attribute, number) in [
        (CKA_PRIVATE_EXPONENT, numbers.private_exponent),
        (CKA_PRIME_1, numbers.prime_1),
        (CKA_PRIME_2, numbers.prime_2),
        (CKA_EXPONENT_1, numbers.exponent_1),
        (CKA_EXPONENT_2, numbers.exponent_2),
        (CKA_COEFFICIENT, numbers.coefficient),
    ] {
        attributes.set(attribute, Value::Bytes(number));
    }
    Ok(())
}

fn check_numbers(attributes: &AttributeSet) -> Result<()> {
    let invalid = |attribute, why| Err(Error::AttributeValueInvalid { attribute, why });
    let modulus = required(attributes, CKA_MODULUS)?;
    if !MODULUS_BITS.contains(&bit_length(modulus)) {
        return invalid(CKA_MODULUS, "it has to have 512 to 16384 bits");
    }
    if modulus.last().is_none_or(|last| last % 2 == 0) {
        return invalid(CKA_MODULUS, "it has to be odd");
    }
    let exponent = required(attributes, CKA_PUBLIC_EXPONENT)?;
    if exponent == [1] || exponent.last().is_none_or(|last| last % 2 == 0) {
        return invalid(CKA_PUBLIC_EXPONENT, "it has to be odd and above 1");
    }
    Ok(())
}

/// The `SubjectPublicKeyInfo` of a key that has a modulus and a public exponent [RFC 3279, 2.3.1].
///
/// # Errors
/// [`Error::TemplateIncomplete`] if it has not.
pub(in crate::object) fn public_key_info(attributes: &AttributeSet) -> Result<SecretBytes> {
    let modulus = integer(required(attributes, CKA_MODULUS)?);
    let exponent = integer(required(attributes, CKA_PUBLIC_EXPONENT)?);
    let key = element(Tag::Sequence, &[&modulus, &exponent]);
    Ok(der::public_key_info(&[der::OID_RSA, der::NULL], &key))
}
