//! What mechanisms that make payment keys say in the template of the new key: what it is, and what it may choose.

use std::slice;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::payment_key::{PaymentKey, day, is_wider};

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

/// CKA_START_DATE and CKA_END_DATE: those of all the keys that the new one is made of if the template is silent, and never
/// wider. Else an expired key would go on in what was derived of it.
pub(super) fn dates(keys: &[PaymentKey], template: &mut AttributeSet) -> Result<()> {
    let first = keys.iter().filter_map(|key| key.first_day).max();
    let last = keys.iter().filter_map(|key| key.last_day).min();
    for (date, own) in [(CKA_START_DATE, first), (CKA_END_DATE, last)] {
        let Some(own) = own else { continue };
        let is_wider = |told| is_wider(date, &told, &own);
        match template.bytes(date).and_then(day) {
            Some(told) if is_wider(told) => return inconsistent(date),
            Some(_) => {}
            None => {
                let (year, month, day) = own;
                let text = format!("{year:04}{month:02}{day:02}");
                template.set(date, Value::bytes(text.as_bytes()));
            }
        }
    }
    Ok(())
}
