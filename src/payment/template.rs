//! What mechanisms that make payment keys say in the template of the new key: what it is, and what it may choose.

use std::slice;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};

/// A mode of use and those that it contains, in their codes.
pub(super) const fn narrower(mode: ModeOfUse) -> &'static [u8] {
    match mode {
        ModeOfUse::EncryptDecrypt => b"BED",
        ModeOfUse::EncryptOnly => b"E",
        ModeOfUse::DecryptOnly => b"D",
        ModeOfUse::GenerateVerify => b"CGV",
        ModeOfUse::GenerateOnly => b"G",
        ModeOfUse::VerifyOnly => b"V",
        _ => b"X",
    }
}

fn inconsistent<T>(attribute: AttributeType) -> Result<T> {
    Err(Error::TemplateInconsistent {
        attribute,
        why: "the mechanism makes it otherwise",
    })
}

/// The attribute is this.
pub(super) fn fix(template: &mut AttributeSet, attribute: AttributeType, value: Value) -> Result<()> {
    match template.value(attribute) {
        Some(told) if *told == value => Ok(()),
        Some(_) => inconsistent(attribute),
        None => {
            template.set(attribute, value);
            Ok(())
        }
    }
}

/// The attribute is one of these, the first if the template is silent.
pub(super) fn choose<T>(
    template: &mut AttributeSet,
    attribute: AttributeType,
    possible: &[T],
    bytes: impl Fn(&T) -> &[u8],
) -> Result<()> {
    match (template.bytes(attribute), possible) {
        (Some(told), possible) if possible.iter().any(|one| bytes(one) == told) => Ok(()),
        (None, [first, ..]) if !template.contains(attribute) => {
            template.set(attribute, Value::bytes(bytes(first)));
            Ok(())
        }
        _ => inconsistent(attribute),
    }
}

/// CKA_VHSM_EXPORTABILITY: as the base key's if the template is silent, and never wider.
pub(super) fn exportability(base: &AttributeSet, template: &mut AttributeSet) -> Result<()> {
    let possible: &[u8] = match base.bytes(CKA_VHSM_EXPORTABILITY) {
        None => return Ok(()),
        Some(b"S") => b"SEN",
        Some(b"E") => b"EN",
        Some(_) => b"N",
    };
    choose(template, CKA_VHSM_EXPORTABILITY, possible, slice::from_ref)
}
