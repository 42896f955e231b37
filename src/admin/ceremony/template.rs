//! [`Template`]: the attributes of an object that a command makes or looks for.

use crate::attribute::{RawAttribute, RawValue};
use crate::ck::AttributeType;

/// A template, put together attribute by attribute.
#[derive(Clone, Default)]
pub(in crate::admin) struct Template(Vec<RawAttribute>);

impl Template {
    /// With a byte string.
    pub(in crate::admin) fn bytes(mut self, attribute: AttributeType, value: &[u8]) -> Self {
        self.0.push(RawAttribute {
            attribute,
            value: RawValue::Bytes(value.into()),
        });
        self
    }

    /// With a number.
    pub(in crate::admin) fn number(self, attribute: AttributeType, value: u64) -> Self {
        self.bytes(attribute, &value.to_ne_bytes())
    }

    /// With a Boolean.
    pub(in crate::admin) fn flag(self, attribute: AttributeType, value: bool) -> Self {
        self.bytes(attribute, &[u8::from(value)])
    }

    /// With a byte string, if there is one.
    pub(in crate::admin) fn bytes_if(self, attribute: AttributeType, value: Option<&[u8]>) -> Self {
        match value {
            Some(value) => self.bytes(attribute, value),
            None => self,
        }
    }

    /// As the façade takes it.
    pub(in crate::admin) fn raw(&self) -> &[RawAttribute] {
        &self.0
    }
}
