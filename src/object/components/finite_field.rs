//! DSA and Diffie-Hellman keys: numbers in their shortest form, whether they make a key, and the public key.

use super::{bit_length, required, set_public_key_info};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::dsa;
use crate::crypto::ffc::Group;
use crate::error::{Error, Result};
use crate::mechanism::dh::wrong_number;
use crate::object::finite_field::public_key_info;

const fn invalid(attribute: AttributeType, why: &'static str) -> Error {
    Error::AttributeValueInvalid { attribute, why }
}

/// Of an imported key the numbers are checked.
pub(super) fn finish_public(attributes: &mut AttributeSet, key_type: KeyType, imported: bool) -> Result<()> {
    shorten_value(attributes);
    if imported && !checked_group(attributes, key_type)?.has(required(attributes, CKA_VALUE)?)? {
        return Err(invalid(CKA_VALUE, "it is no public number of the group"));
    }
    let info = public_key_info(attributes, required(attributes, CKA_VALUE)?)?;
    set_public_key_info(attributes, &info)
}

/// The public number of an imported key is worked out; that of a generated one is known from the other half.
pub(super) fn finish_private(attributes: &mut AttributeSet, key_type: KeyType, imported: bool) -> Result<()> {
    shorten_value(attributes);
    if key_type == CKK_DH {
        let bits = bit_length(required(attributes, CKA_VALUE)?);
        attributes.set(CKA_VALUE_BITS, Value::Ulong(bits));
    }
    if !imported && attributes.contains(CKA_PUBLIC_KEY_INFO) {
        return Ok(());
    }
    let group = checked_group(attributes, key_type)?;
    let private = required(attributes, CKA_VALUE)?;
    if !group.has_private(private)? {
        return Err(invalid(CKA_VALUE, "it is no private number of the group"));
    }
    let info = public_key_info(attributes, &group.power_of_base(private)?)?;
    set_public_key_info(attributes, &info)
}

/// CKA_VALUE is a big integer here, and bytes elsewhere.
fn shorten_value(attributes: &mut AttributeSet) {
    if let Some(value) = attributes.bytes(CKA_VALUE) {
        let zeros = value.iter().take_while(|byte| **byte == 0).count();
        let value = Value::bytes(value.get(zeros..).unwrap_or_default());
        attributes.set(CKA_VALUE, value);
    }
}

/// The group of a key, if its numbers are one.
fn checked_group(attributes: &AttributeSet, key_type: KeyType) -> Result<Group> {
    let (p, g) = (required(attributes, CKA_PRIME)?, required(attributes, CKA_BASE)?);
    let q = match key_type {
        CKK_DH => None,
        _ => Some(required(attributes, CKA_SUBPRIME)?),
    };
    if key_type == CKK_DSA && !q.is_some_and(|q| dsa::ORDER_LENS.contains(&q.len())) {
        return Err(invalid(CKA_SUBPRIME, "a DSA subprime has 160, 224 or 256 bits"));
    }
    match Group::check(p, q, g)? {
        None => Group::new(p, q, g),
        Some(wrong) => Err(wrong_number(wrong)),
    }
}
