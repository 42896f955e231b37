//! What a key of components has of them beside its value: whatever they are held to. Else a component would be held to it
//! and the key of all of them free.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::payment_key::PaymentKey;
use crate::payment::keyblock;
use crate::payment::template::{fix, inconsistent};

/// Mode of use, decimalisation table, usage flags, templates, optional blocks, and that the wrapping key is to be trusted.
///
/// # Errors
/// [`Error::PaymentKey`] for components that do not go together; [`Error::TemplateInconsistent`] for a template that allows
/// more.
pub(super) fn hold(
    first: &PaymentKey,
    components: &[&AttributeSet],
    template: &mut AttributeSet,
) -> Result<()> {
    mode_of_use(first, components, template)?;
    if let Some(table) = only_one(components, CKA_VHSM_DECIMALIZATION_TABLE)? {
        fix(template, CKA_VHSM_DECIMALIZATION_TABLE, table.clone())?;
    }
    let any = |attribute, flag| {
        components
            .iter()
            .any(|component| component.bool(attribute) == Some(flag))
    };
    for flag in ModeOfUse::USES {
        if any(flag, false) {
            fix(template, flag, Value::Bool(false))?;
        }
    }
    if any(CKA_WRAP_WITH_TRUSTED, true) {
        fix(template, CKA_WRAP_WITH_TRUSTED, Value::Bool(true))?;
    }
    for attribute in [CKA_WRAP_TEMPLATE, CKA_UNWRAP_TEMPLATE, CKA_DERIVE_TEMPLATE] {
        let told = template_of_all(components, attribute)?;
        // That of derivation has just been applied: to this key, which is derived of its components.
        if let (Some(told), true) = (told, attribute != CKA_DERIVE_TEMPLATE) {
            fix(template, attribute, told.clone())?;
        }
    }
    keyblock::of_all(components, template)
}

/// CKA_ALLOWED_MECHANISMS: what all components allow. A list of mechanisms of components alone is about the component.
///
/// # Errors
/// [`Error::TemplateInconsistent`].
pub(super) fn allowed_mechanisms(components: &[&AttributeSet], template: &mut AttributeSet) -> Result<()> {
    let is_of_components =
        |id: &MechanismId| matches!(*id, CKM_VHSM_COMPONENTS_COMBINE | CKM_VHSM_COMPONENTS_SPLIT);
    let lists = components
        .iter()
        .filter_map(|component| match component.value(CKA_ALLOWED_MECHANISMS) {
            Some(Value::Mechanisms(list)) if !list.iter().all(is_of_components) => Some(list.to_vec()),
            _ => None,
        });
    let allowed = lists.reduce(|mut all, list| {
        all.retain(|one| list.contains(one));
        all
    });
    let Some(allowed) = allowed else {
        return Ok(());
    };
    match template.value(CKA_ALLOWED_MECHANISMS) {
        Some(Value::Mechanisms(told)) if told.iter().all(|one| allowed.contains(one)) => Ok(()),
        Some(_) => inconsistent(CKA_ALLOWED_MECHANISMS),
        None => {
            template.set(CKA_ALLOWED_MECHANISMS, Value::Mechanisms(allowed.into()));
            Ok(())
        }
    }
}

/// That of the components, or one within it; without one they are of mode N.
fn mode_of_use(first: &PaymentKey, components: &[&AttributeSet], template: &mut AttributeSet) -> Result<()> {
    let told = components
        .iter()
        .find_map(|component| component.value(CKA_VHSM_MODE_OF_USE));
    match (template.code(CKA_VHSM_MODE_OF_USE), told) {
        (Some(code), _) if first.mode.narrowed(first.usage).contains(&code) => Ok(()),
        (Some(_), _) => inconsistent(CKA_VHSM_MODE_OF_USE),
        (None, Some(told)) => fix(template, CKA_VHSM_MODE_OF_USE, told.clone()),
        (None, None) => Ok(()),
    }
}

/// The value that components tell, if any does: all that do tell the same.
fn only_one<'a>(components: &[&'a AttributeSet], attribute: AttributeType) -> Result<Option<&'a Value>> {
    let mut told = components
        .iter()
        .filter_map(|component| component.value(attribute));
    let first = told.next();
    match told.all(|other| Some(other) == first) {
        true => Ok(first),
        false => refuse("components have the same decimalisation table"),
    }
}

/// A template that all components have, or none of them.
fn template_of_all<'a>(
    components: &[&'a AttributeSet],
    attribute: AttributeType,
) -> Result<Option<&'a Value>> {
    let mut told = components.iter().map(|component| component.value(attribute));
    let first = told.next().flatten();
    match told.all(|other| other == first) {
        true => Ok(first),
        false => {
            refuse("components have the templates for wrapping, unwrapping and derivation of each other")
        }
    }
}

fn refuse<T>(why: &'static str) -> Result<T> {
    Err(Error::PaymentKey(PaymentFault::Usage, why))
}
