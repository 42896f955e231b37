//! What mechanisms that make payment keys say in the template of the new key: what it is, and what it may choose.

use std::{iter, slice};

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::Sources;
use crate::mechanism::payment_key::{PaymentKey, day, is_wider};

pub(super) fn inconsistent<T>(attribute: AttributeType) -> Result<T> {
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

/// CKA_VHSM_EXPORTABILITY: as the narrowest of the keys that the new one is made of if the template is silent, and never
/// wider. One that tells none leaves in key blocks only, unless the configuration lets it leave without a header.
pub(super) fn exportability(from: &Sources<'_>, template: &mut AttributeSet) -> Result<()> {
    let materials = iter::once(from.key).chain(from.further.iter().map(|key| &**key));
    let keys: Vec<_> = materials.filter_map(|key| key.payment).collect();
    let told = keys.iter().filter_map(|key| key.exportability);
    let narrowest = told.min_by_key(|one| b"NES".iter().position(|known| known == one));
    let any_is_silent = keys.iter().any(|key| key.exportability.is_none());
    match narrowest {
        None | Some(b'S') if any_is_silent && !from.silent_keys_leave => {
            match template.code(CKA_VHSM_EXPORTABILITY) {
                Some(b'S') => inconsistent(CKA_VHSM_EXPORTABILITY),
                _ => Ok(()),
            }
        }
        None => Ok(()),
        Some(code) => {
            let possible = exportability_within(code);
            choose(template, CKA_VHSM_EXPORTABILITY, possible, slice::from_ref)
        }
    }
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
