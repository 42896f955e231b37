//! C_SetAttributeValue and C_CopyObject: which attributes of an existing object get which values.

use super::components;
use super::narrowing;
use super::rules::{Change, Default, Rule, RuleSet};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};

/// The attributes of an object after C_SetAttributeValue: all changes or none. `so` tells that the SO is logged in.
///
/// # Errors
/// [`Error::ActionProhibited`] if CKA_MODIFIABLE is FALSE; [`Error::AttributeReadOnly`] for an attribute that does
/// not change, or not in this direction, and for a use that only the SO gives to a trusted key;
/// [`Error::AttributeTypeInvalid`] for one that the class does not have.
pub fn modified(object: &AttributeSet, changes: AttributeSet, so: bool) -> Result<AttributeSet> {
    if object.bool(CKA_MODIFIABLE) == Some(false) {
        return Err(Error::ActionProhibited(CKA_MODIFIABLE));
    }
    let rules = rules(object)?;
    let mut result = object.clone();
    narrowing::take_uses(&mut result, &changes);
    for (attribute, value) in changes {
        let rule = rule(rules, attribute)?;
        check_change(rule, rule.change, object, &value, so)?;
        let is_new_use = rule.default == Default::Use && value == Value::Bool(true);
        if is_new_use && !so && object.bool(CKA_TRUSTED) == Some(true) && object.bool(attribute) != Some(true)
        {
            // With CKA_DECRYPT, what it wrapped for being trusted could be read.
            return Err(read_only(
                attribute,
                "only the SO gives a trusted key another use",
            ));
        }
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
    narrowing::take_uses(&mut result, &changes);
    for (attribute, value) in changes {
        let rule = rule(rules, attribute)?;
        if attribute == CKA_UNIQUE_ID {
            return Err(read_only(attribute, "the token sets it"));
        }
        if attribute == CKA_TRUSTED && value == Value::Bool(true) && !so {
            return Err(read_only(attribute, "only the SO sets it to TRUE"));
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
    if !so && result.bool(CKA_TRUSTED) == Some(true) {
        // The SO trusted the object as it was, and not what a user makes of it.
        result.set(CKA_TRUSTED, Value::Bool(false));
    }
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
        Change::Narrower if unchanged || narrowing::is_narrower(object, attribute, value) => Ok(()),
        Change::Narrower => Err(read_only(attribute, "it only becomes narrower")),
        Change::Never => Err(read_only(attribute, "it does not change after creation")),
    }
}

fn read_only(attribute: AttributeType, why: &'static str) -> Error {
    Error::AttributeReadOnly { attribute, why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::testing::*;

    fn key<const N: usize>(more: [(AttributeType, Value); N]) -> AttributeSet {
        created_by_so(with(&aes(), more)).unwrap()
    }

    fn rv(result: Result<AttributeSet>) -> Rv {
        result.map_or_else(|error| error.rv(), |_| CKR_OK)
    }

    fn modify(object: &AttributeSet, attribute: AttributeType, value: Value) -> Rv {
        rv(modified(object, set([(attribute, value)]), false))
    }

    fn copy(object: &AttributeSet, attribute: AttributeType, value: Value) -> Rv {
        rv(copied(object, set([(attribute, value)]), false))
    }

    #[test]
    fn labels_identifiers_dates_and_usage_change() {
        for (attribute, value) in [
            (CKA_LABEL, Value::bytes(b"new")),
            (CKA_ID, Value::bytes(b"1")),
            (CKA_START_DATE, Value::bytes(b"20260101")),
            (CKA_ENCRYPT, NO),
        ] {
            let changes = set([(attribute, value.clone())]);
            let object = modified(&key([]), changes, false).unwrap();
            assert_eq!(object.value(attribute), Some(&value));
        }
    }

    #[test]
    fn of_the_storage_attributes_only_the_label_is_set() {
        for attribute in [
            CKA_TOKEN,
            CKA_PRIVATE,
            CKA_MODIFIABLE,
            CKA_COPYABLE,
            CKA_DESTROYABLE,
        ] {
            assert_eq!(
                modify(&key([]), attribute, NO),
                CKR_ATTRIBUTE_READ_ONLY,
                "{attribute}"
            );
        }
    }

    #[test]
    fn what_a_key_is_does_not_change() {
        for (attribute, value) in [
            (CKA_CLASS, number(CKO_DATA.0)),
            (CKA_KEY_TYPE, number(CKK_DES3.0)),
            (CKA_VALUE, Value::bytes(&[1; 16])),
            (CKA_VALUE_LEN, number(24)),
            (CKA_UNIQUE_ID, Value::bytes(b"x")),
            (CKA_LOCAL, YES),
            (CKA_ALWAYS_SENSITIVE, YES),
            (CKA_NEVER_EXTRACTABLE, YES),
            (CKA_ALLOWED_MECHANISMS, Value::Mechanisms([].into())),
            (CKA_WRAP_TEMPLATE, Value::Template(set([]))),
            (CKA_VHSM_KEY_USAGE, Value::bytes(b"C0")),
        ] {
            assert_eq!(
                modify(&key([]), attribute, value.clone()),
                CKR_ATTRIBUTE_READ_ONLY,
                "{attribute}"
            );
            assert_eq!(
                copy(&key([]), attribute, value),
                CKR_ATTRIBUTE_READ_ONLY,
                "{attribute}"
            );
        }
    }

    #[test]
    fn an_attribute_of_another_class_cannot_be_set() {
        assert_eq!(
            modify(&key([]), CKA_MODULUS, Value::bytes(b"1")),
            CKR_ATTRIBUTE_TYPE_INVALID
        );
    }

    #[test]
    fn protection_only_grows() {
        let open = key([(CKA_SENSITIVE, NO), (CKA_EXTRACTABLE, YES)]);
        let closed = key([
            (CKA_SENSITIVE, YES),
            (CKA_EXTRACTABLE, NO),
            (CKA_WRAP_WITH_TRUSTED, YES),
        ]);
        for (attribute, up) in [
            (CKA_SENSITIVE, true),
            (CKA_EXTRACTABLE, false),
            (CKA_WRAP_WITH_TRUSTED, true),
        ] {
            for change in [modify, copy] {
                assert_eq!(change(&open, attribute, Value::Bool(up)), CKR_OK, "{attribute}");
                assert_eq!(change(&closed, attribute, Value::Bool(up)), CKR_OK, "{attribute}");
                assert_eq!(
                    change(&closed, attribute, Value::Bool(!up)),
                    CKR_ATTRIBUTE_READ_ONLY,
                    "{attribute}"
                );
            }
        }
    }

    #[test]
    fn a_key_that_becomes_sensitive_was_not_always_so() {
        let open = generated_aes(set([(CKA_SENSITIVE, NO), (CKA_EXTRACTABLE, YES)])).unwrap();
        let changes = || set([(CKA_SENSITIVE, YES), (CKA_EXTRACTABLE, NO)]);
        for object in [modified(&open, changes(), false), copied(&open, changes(), false)] {
            let object = object.unwrap();
            assert_eq!(object.bool(CKA_ALWAYS_SENSITIVE), Some(false));
            assert_eq!(object.bool(CKA_NEVER_EXTRACTABLE), Some(false));
        }
    }

    #[test]
    fn all_changes_are_made_or_none() {
        let changes = set([(CKA_LABEL, Value::bytes(b"new")), (CKA_TOKEN, YES)]);
        assert_eq!(rv(modified(&key([]), changes, false)), CKR_ATTRIBUTE_READ_ONLY);
    }

    #[test]
    fn only_the_so_trusts_a_key() {
        assert_eq!(modify(&key([]), CKA_TRUSTED, YES), CKR_ATTRIBUTE_READ_ONLY);
        assert_eq!(rv(modified(&key([]), set([(CKA_TRUSTED, YES)]), true)), CKR_OK);
        assert_eq!(
            modify(&key([(CKA_TRUSTED, YES)]), CKA_TRUSTED, NO),
            CKR_ATTRIBUTE_READ_ONLY
        );
    }

    #[test]
    fn only_the_so_gives_a_trusted_key_another_use() {
        let trusted = key([(CKA_TRUSTED, YES), (CKA_DECRYPT, NO)]);
        assert_eq!(modify(&trusted, CKA_DECRYPT, YES), CKR_ATTRIBUTE_READ_ONLY);
        assert_eq!(modify(&trusted, CKA_DECRYPT, NO), CKR_OK);
        assert_eq!(modify(&trusted, CKA_ENCRYPT, YES), CKR_OK, "it has that use");
        assert_eq!(modify(&trusted, CKA_ENCRYPT, NO), CKR_OK);
        assert_eq!(rv(modified(&trusted, set([(CKA_DECRYPT, YES)]), true)), CKR_OK);
        assert_eq!(modify(&key([(CKA_DECRYPT, NO)]), CKA_DECRYPT, YES), CKR_OK);
    }

    #[test]
    fn a_user_copies_a_trusted_key_to_one_that_is_not() {
        let trusted = key([(CKA_TRUSTED, YES)]);
        assert_eq!(copy(&trusted, CKA_TRUSTED, YES), CKR_ATTRIBUTE_READ_ONLY);
        assert_eq!(rv(copied(&trusted, set([(CKA_TRUSTED, YES)]), true)), CKR_OK);
        let copy = copied(&trusted, set([]), false).unwrap();
        assert_eq!(copy.bool(CKA_TRUSTED), Some(false));
    }

    #[test]
    fn an_object_that_is_not_modifiable_is_copied_but_not_changed() {
        let fixed = key([(CKA_MODIFIABLE, NO)]);
        assert_eq!(
            modify(&fixed, CKA_LABEL, Value::bytes(b"x")),
            CKR_ACTION_PROHIBITED
        );
        assert_eq!(copy(&fixed, CKA_LABEL, Value::bytes(b"x")), CKR_OK);
    }

    #[test]
    fn an_object_that_is_not_copyable_is_changed_but_not_copied() {
        let single = key([(CKA_COPYABLE, NO)]);
        assert_eq!(
            copy(&single, CKA_LABEL, Value::bytes(b"x")),
            CKR_ACTION_PROHIBITED
        );
        assert_eq!(modify(&single, CKA_LABEL, Value::bytes(b"x")), CKR_OK);
    }

    #[test]
    fn a_copy_may_be_a_token_object_and_fixed() {
        let changes = set([
            (CKA_TOKEN, YES),
            (CKA_MODIFIABLE, NO),
            (CKA_DESTROYABLE, NO),
            (CKA_COPYABLE, NO),
            (CKA_ID, Value::bytes(b"1")),
        ]);
        let copy = copied(&key([]), changes.clone(), false).unwrap();
        for (attribute, value) in changes.iter() {
            assert_eq!(copy.value(attribute), Some(value), "{attribute}");
        }
    }

    #[test]
    fn a_copy_may_become_private_but_not_public() {
        assert_eq!(copy(&key([(CKA_PRIVATE, NO)]), CKA_PRIVATE, YES), CKR_OK);
        assert_eq!(copy(&key([]), CKA_PRIVATE, YES), CKR_OK);
        assert_eq!(copy(&key([]), CKA_PRIVATE, NO), CKR_TEMPLATE_INCONSISTENT);
    }

    #[test]
    fn a_copy_template_may_repeat_what_stays() {
        assert_eq!(copy(&key([]), CKA_CLASS, number(CKO_SECRET_KEY.0)), CKR_OK);
        assert_eq!(copy(&key([]), CKA_KEY_TYPE, number(CKK_AES.0)), CKR_OK);
        assert_eq!(copy(&key([]), CKA_VALUE_LEN, number(16)), CKR_OK);
        let open = key([(CKA_SENSITIVE, NO), (CKA_EXTRACTABLE, YES)]);
        assert_eq!(copy(&open, CKA_VALUE, Value::bytes(&[7; 16])), CKR_OK);
    }

    #[test]
    fn a_copy_template_does_not_test_key_material() {
        assert_eq!(
            copy(&key([]), CKA_VALUE, Value::bytes(&[7; 16])),
            CKR_ATTRIBUTE_READ_ONLY
        );
    }

    #[test]
    fn a_copy_has_a_unique_id_of_its_own_and_the_history_of_its_source() {
        let source = generated_aes(set([])).unwrap();
        let copy = copied(&source, set([]), false).unwrap();
        assert_ne!(copy.bytes(CKA_UNIQUE_ID), source.bytes(CKA_UNIQUE_ID));
        for attribute in [
            CKA_LOCAL,
            CKA_KEY_GEN_MECHANISM,
            CKA_ALWAYS_SENSITIVE,
            CKA_NEVER_EXTRACTABLE,
        ] {
            assert_eq!(copy.value(attribute), source.value(attribute), "{attribute}");
        }
        let id = source.value(CKA_UNIQUE_ID).unwrap().clone();
        assert_eq!(
            rv(copied(&source, set([(CKA_UNIQUE_ID, id)]), false)),
            CKR_ATTRIBUTE_READ_ONLY
        );
    }

    #[test]
    fn profiles_are_neither_changed_nor_copied() {
        let profile = &crate::object::profile::objects()[0];
        assert_eq!(
            modify(profile, CKA_LABEL, Value::bytes(b"x")),
            CKR_ACTION_PROHIBITED
        );
        assert_eq!(
            copy(profile, CKA_LABEL, Value::bytes(b"x")),
            CKR_ACTION_PROHIBITED
        );
    }
}
