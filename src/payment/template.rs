//! What mechanisms that make payment keys say in the template of the new key: what it is, and what it may choose.

use std::slice;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};

/// A mode of use and those that it contains, in their codes, itself first.
pub(super) const fn modes_within(mode: ModeOfUse) -> &'static [u8] {
    match mode {
        ModeOfUse::Unrestricted => b"NBCDEGSTVXY",
        ModeOfUse::EncryptDecrypt => b"BDE",
        ModeOfUse::GenerateVerify => b"CGV",
        ModeOfUse::DecryptOnly => b"D",
        ModeOfUse::EncryptOnly => b"E",
        ModeOfUse::GenerateOnly => b"G",
        ModeOfUse::Sign => b"S",
        ModeOfUse::SignDecrypt => b"TDS",
        ModeOfUse::VerifyOnly => b"V",
        ModeOfUse::Derive => b"X",
        ModeOfUse::Variant => b"Y",
    }
}

/// An exportability and those that are as narrow, in their codes, itself first; none for another code.
pub(super) const fn exportability_within(exportability: u8) -> &'static [u8] {
    match exportability {
        b'S' => b"SEN",
        b'E' => b"EN",
        b'N' => b"N",
        _ => &[],
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
    let possible = match base.bytes(CKA_VHSM_EXPORTABILITY) {
        None => return Ok(()),
        Some([code]) => exportability_within(*code),
        Some(_) => &[],
    };
    choose(template, CKA_VHSM_EXPORTABILITY, possible, slice::from_ref)
}
