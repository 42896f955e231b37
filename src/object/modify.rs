//! C_SetAttributeValue and C_CopyObject: which attributes of an existing object get which values.

use super::components;
use super::rules::{Change, Rule, RuleSet};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};

/// The attributes of an object after C_SetAttributeValue: all changes or none. `so` tells that the SO is logged in.
///
/// # Errors
/// [`Error::ActionProhibited`] if CKA_MODIFIABLE is FALSE; [`Error::AttributeReadOnly`] for an attribute that does
/// not change, or not in this direction; [`Error::AttributeTypeInvalid`] for one that the class does not have.
pub fn modified(object: &AttributeSet, changes: AttributeSet, so: bool) -> Result<AttributeSet> {
    if object.bool(CKA_MODIFIABLE) == Some(false) {
        return Err(Error::ActionProhibited(CKA_MODIFIABLE));
    }
    let rules = rules(object)?;
    let mut result = object.clone();
    for (attribute, value) in changes {
        let rule = rule(rules, attribute)?;
        check_change(rule, rule.change, object, &value, so)?;
        result.set(attribute, value);
    }
    components::check_modified(object, &result)?;
    Ok(result)
}

/// The attributes of a copy of an object [PKCS#11 3.2, 5.7.2]. A template may repeat what stays as it is. The copy
/// gets a CKA_UNIQUE_ID of its own and keeps the key's history.
///
/// # Errors
/// [`Error::ActionProhibited`] if CKA_COPYABLE is FALSE; [`Error::TemplateInconsistent`] if a private object would
/// become public; [`Error::AttributeReadOnly`] and [`Error::AttributeTypeInvalid`] as [`modified`].
pub fn copied(object: &AttributeSet, changes: AttributeSet, so: bool) -> Result<AttributeSet> {
    if object.bool(CKA_COPYABLE) == Some(false) {
        return Err(Error::ActionProhibited(CKA_COPYABLE));
    }
    let rules = rules(object)?;
    let mut result = object.clone();
    for (attribute, value) in changes {
        let rule = rule(rules, attribute)?;
        if attribute == CKA_UNIQUE_ID {
            return Err(read_only(attribute, "the token sets it"));
        }
        if object.value(attribute) == Some(&value) && !is_concealed(object, rule) {
            continue;
        }
        if attribute == CKA_PRIVATE && object.bool(CKA_PRIVATE) == Some(true) {
            return Err(Error::TemplateInconsistent {
                attribute,
                why: "the copy of a private object is private",
            });
        }
        check_change(rule, rule.copy, object, &value, so)?;
        result.set(attribute, value);
    }
    components::check_modified(object, &result)?;
    result.set(CKA_UNIQUE_ID, components::unique_id()?);
    Ok(result)
}

/// Whether telling that a value is the same would tell too much.
fn is_concealed(object: &AttributeSet, rule: &Rule) -> bool {
    rule.sensitive && super::facts::conceals(object)
}

fn rules(object: &AttributeSet) -> Result<RuleSet> {
    RuleSet::of(object).ok_or(Error::ActionProhibited(CKA_MODIFIABLE))
}

fn rule(rules: RuleSet, attribute: AttributeType) -> Result<&'static Rule> {
    rules.rule(attribute).ok_or(Error::AttributeTypeInvalid {
        attribute,
        why: "objects of this class and type do not have it",
    })
}

fn check_change(rule: &Rule, change: Change, object: &AttributeSet, value: &Value, so: bool) -> Result<()> {
    let attribute = rule.attribute;
    if rule.so_only {
        return match so || object.value(attribute) == Some(value) {
            true => Ok(()),
            false => Err(read_only(attribute, "only the SO sets it")),
        };
    }
    let unchanged = object.value(attribute) == Some(value);
    match change {
        Change::Free => Ok(()),
        Change::ToTrueOnly if unchanged || *value == Value::Bool(true) => Ok(()),
        Change::ToTrueOnly => Err(read_only(attribute, "it stays TRUE once it is TRUE")),
        Change::ToFalseOnly if unchanged || *value == Value::Bool(false) => Ok(()),
        Change::ToFalseOnly => Err(read_only(attribute, "it stays FALSE once it is FALSE")),
        Change::Never => Err(read_only(attribute, "it does not change after creation")),
    }
}

fn read_only(attribute: AttributeType, why: &'static str) -> Error {
    Error::AttributeReadOnly { attribute, why }
}
