//! [`SearchTemplate`]: the template of C_FindObjectsInit, read with leniency: what cannot be, matches nothing.

use crate::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use crate::ck::*;
use crate::object::der;
use crate::object::facts::conceals;
use crate::object::rules::{Kind, RuleSet, is_sensitive_somewhere, kind_of};
use crate::object::template;

/// What objects are looked for.
#[derive(Clone, Debug)]
pub struct SearchTemplate {
    wanted: Vec<(AttributeType, Value)>,
    /// Something in the template fits no object.
    impossible: bool,
    /// One of the attributes is sensitive on some objects.
    asks_for_secrets: bool,
}

impl SearchTemplate {
    /// Reads a template. An unknown attribute or a wrong length matches nothing and is no error; any byte but 0 is
    /// TRUE; big integers are compared without leading zeros.
    #[must_use]
    pub fn parse(template: &[RawAttribute]) -> Self {
        let read: Option<Vec<_>> = template
            .iter()
            .map(|raw| Some((raw.attribute, parse_value(raw)?)))
            .collect();
        let impossible = read.is_none();
        let mut wanted = read.unwrap_or_default();
        take_raw_points(&mut wanted);
        let asks_for_secrets = wanted
            .iter()
            .any(|(attribute, _)| is_sensitive_somewhere(*attribute));
        Self {
            wanted,
            impossible,
            asks_for_secrets,
        }
    }

    /// Whether the object fits: it has every attribute with this very value, and may reveal it.
    ///
    /// Profile objects describe the module more than they are in it: they fit only a template that names
    /// CKA_CLASS, CKA_PROFILE_ID or CKA_UNIQUE_ID.
    #[must_use]
    pub fn matches(&self, object: &AttributeSet) -> bool {
        !self.impossible
            && self.wanted.iter().all(|(attribute, value)| {
                object.value(*attribute) == Some(value) && !self.is_secret(object, *attribute)
            })
            && (object.class() != Some(CKO_PROFILE) || self.names_hidden_objects())
    }

    /// Whether no object can fit.
    #[must_use]
    pub fn matches_nothing(&self) -> bool {
        self.impossible
    }

    /// The attributes that are looked for, in the caller's order.
    pub fn wanted(&self) -> impl Iterator<Item = (AttributeType, &Value)> {
        self.wanted.iter().map(|(attribute, value)| (*attribute, value))
    }

    /// Whether hidden objects (profiles) can fit.
    #[must_use]
    pub fn names_hidden_objects(&self) -> bool {
        self.wanted
            .iter()
            .any(|(attribute, _)| matches!(*attribute, CKA_CLASS | CKA_PROFILE_ID | CKA_UNIQUE_ID))
    }

    fn is_secret(&self, object: &AttributeSet, attribute: AttributeType) -> bool {
        self.asks_for_secrets
            && conceals(object)
            && RuleSet::of(object)
                .and_then(|rules| rules.rule(attribute))
                .is_none_or(|rule| rule.sensitive)
    }
}

/// Points of Edwards and Montgomery keys are kept raw; whoever looks for one may have it in an octet string
/// (`strictness.ec_point_encoding`). Only a point of 57 bytes can be another curve's: there the key type decides.
fn take_raw_points(wanted: &mut [(AttributeType, Value)]) {
    let is_type = |(attribute, value): &(AttributeType, Value)| {
        *attribute == CKA_KEY_TYPE && *value == Value::Ulong(CKK_EC_EDWARDS.0)
    };
    let edwards = wanted.iter().any(is_type);
    for (attribute, value) in wanted {
        if *attribute == CKA_EC_POINT
            && let Value::Bytes(given) = value
            && let Some(raw) = der::octet_string_content(given)
            && (matches!(raw.len(), 32 | 56) || raw.len() == 57 && edwards)
        {
            *value = Value::bytes(raw);
        }
    }
}

fn parse_value(raw: &RawAttribute) -> Option<Value> {
    let kind = kind_of(raw.attribute)?;
    match (&raw.value, kind) {
        (RawValue::Bytes(bytes), Kind::Bool) => match &**bytes {
            [byte] => Some(Value::Bool(*byte != 0)),
            _ => None,
        },
        (RawValue::Bytes(bytes), kind) => template::parse_bytes(kind, bytes).ok(),
        (RawValue::Template(inner), Kind::Template) => template::parse(inner).ok().map(Value::Template),
        (RawValue::Template(_) | RawValue::Unreadable, _) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::testing::*;

    fn fits(template: &[RawAttribute], object: &AttributeSet) -> bool {
        SearchTemplate::parse(template).matches(object)
    }

    fn key() -> AttributeSet {
        created(with(&aes(), [(CKA_LABEL, Value::bytes(b"k")), (CKA_TOKEN, YES)])).unwrap()
    }

    #[test]
    fn an_empty_template_fits_every_object() {
        assert!(fits(&[], &key()));
        assert!(fits(
            &[],
            &created(set([(CKA_CLASS, number(CKO_DATA.0))])).unwrap()
        ));
    }

    #[test]
    fn every_attribute_must_fit() {
        let class = CKO_SECRET_KEY.0.to_ne_bytes();
        assert!(fits(&[raw(CKA_CLASS, &class), raw(CKA_LABEL, b"k")], &key()));
        assert!(!fits(&[raw(CKA_CLASS, &class), raw(CKA_LABEL, b"l")], &key()));
        assert!(!fits(&[raw(CKA_LABEL, b"k"), raw(CKA_LABEL, b"l")], &key()));
    }

    #[test]
    fn any_byte_but_0_is_true() {
        for byte in [1, 2, 0xff] {
            assert!(fits(&[raw(CKA_TOKEN, &[byte])], &key()));
        }
        assert!(!fits(&[raw(CKA_TOKEN, &[0])], &key()));
    }

    #[test]
    fn unknown_attributes_and_wrong_lengths_fit_nothing() {
        assert!(!fits(&[raw(AttributeType(0xce53_4351), b"nss")], &key()));
        assert!(!fits(&[raw(CKA_CLASS, &[4, 0, 0, 0])], &key()));
        assert!(!fits(&[raw(CKA_TOKEN, &[])], &key()));
        let unreadable = RawAttribute {
            attribute: CKA_LABEL,
            value: RawValue::Unreadable,
        };
        assert!(!fits(&[unreadable], &key()));
    }

    #[test]
    fn a_value_that_may_not_be_read_cannot_be_guessed() {
        let guess = [raw(CKA_VALUE, &[7; 16])];
        assert!(!fits(&guess, &key()));
        for (sensitive, extractable, found) in [(NO, YES, true), (YES, YES, false), (NO, NO, false)] {
            let flags = [(CKA_SENSITIVE, sensitive), (CKA_EXTRACTABLE, extractable)];
            assert_eq!(fits(&guess, &created(with(&aes(), flags)).unwrap()), found);
        }
    }

    #[test]
    fn the_value_of_a_data_object_is_found() {
        let data = set([(CKA_CLASS, number(CKO_DATA.0)), (CKA_VALUE, Value::bytes(b"v"))]);
        assert!(fits(&[raw(CKA_VALUE, b"v")], &created(data).unwrap()));
    }

    #[test]
    fn big_integers_are_found_with_and_without_leading_zeros() {
        let parameters = created(set([
            (CKA_CLASS, number(CKO_DOMAIN_PARAMETERS.0)),
            (CKA_KEY_TYPE, number(CKK_DH.0)),
            (CKA_PRIME, Value::bytes(&[0x17; 64])),
            (CKA_BASE, Value::bytes(&[2])),
        ]))
        .unwrap();
        assert!(fits(&[raw(CKA_BASE, &[0, 2])], &parameters));
        assert!(fits(&[raw(CKA_BASE, &[2])], &parameters));
    }

    #[test]
    fn profiles_are_found_by_those_who_ask_for_them() {
        let profile = &crate::object::profile::objects()[0];
        assert!(!fits(&[], profile));
        assert!(!fits(&[raw(CKA_TOKEN, &[1])], profile));
        assert!(fits(
            &[raw(CKA_CLASS, &CKO_PROFILE.0.to_ne_bytes()), raw(CKA_TOKEN, &[1])],
            profile
        ));
        assert!(fits(&[raw(CKA_PROFILE_ID, &1_u64.to_ne_bytes())], profile));
    }
}
