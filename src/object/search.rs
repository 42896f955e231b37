//! [`SearchTemplate`]: the template of C_FindObjectsInit, read with leniency: what cannot be, matches nothing.

use crate::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use crate::ck::*;
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
        let wanted = read.unwrap_or_default();
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
