//! Typed attribute values and sets of them. No rules: those are `object/`'s.

mod payment;

use crate::ck::{AttributeType, CKA_CLASS, CKA_KEY_TYPE, KeyType, MechanismId, ObjectClass};
use crate::secret::SecretBytes;

/// The value of one attribute, in the type that the standard gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `CK_BBOOL`.
    Bool(bool),
    /// `CK_ULONG` and everything of its size.
    Ulong(u64),
    /// Byte strings, big integers (without leading zeros), strings, dates (8 ASCII digits or empty), DER.
    Bytes(SecretBytes),
    /// `CKA_ALLOWED_MECHANISMS`.
    Mechanisms(Box<[MechanismId]>),
    /// A template in a template: `CKA_WRAP_TEMPLATE` and its like.
    Template(AttributeSet),
}

impl Value {
    /// A byte string.
    #[must_use]
    pub fn bytes(bytes: &[u8]) -> Self {
        Self::Bytes(SecretBytes::from(bytes))
    }

    /// A byte string that is no secret.
    #[must_use]
    pub fn public(bytes: &[u8]) -> Self {
        Self::Bytes(SecretBytes::public(bytes))
    }
}

/// One attribute of a caller's template, as it came through the C boundary: bytes that no rule has seen yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawAttribute {
    /// `type`.
    pub attribute: AttributeType,
    /// What `pValue` and `ulValueLen` named.
    pub value: RawValue,
}

/// The bytes of a [`RawAttribute`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RawValue {
    /// `ulValueLen` bytes; none if both pointer and length were empty.
    Bytes(SecretBytes),
    /// The attribute is a template in a template.
    Template(Vec<RawAttribute>),
    /// The pointer was NULL and the length was not 0, or the length cannot be one.
    Unreadable,
}

/// Attributes by type, each at most once, sorted by type.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributeSet(Vec<(AttributeType, Value)>);

impl AttributeSet {
    /// No attributes.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// No attributes, and room for some.
    #[must_use]
    pub fn with_capacity(attributes: usize) -> Self {
        Self(Vec::with_capacity(attributes))
    }

    /// Sets one attribute; gives back the value it replaces.
    pub fn set(&mut self, attribute: AttributeType, value: Value) -> Option<Value> {
        match self.0.binary_search_by_key(&attribute, |(kind, _)| *kind) {
            Ok(at) => self
                .0
                .get_mut(at)
                .map(|slot| std::mem::replace(&mut slot.1, value)),
            Err(at) => {
                self.0.insert(at, (attribute, value));
                None
            }
        }
    }

    /// Sets an attribute that is not there yet; FALSE, and nothing changed, if it is there with another value.
    #[must_use]
    pub fn set_once(&mut self, attribute: AttributeType, value: Value) -> bool {
        match self.0.binary_search_by_key(&attribute, |(kind, _)| *kind) {
            Ok(at) => self.0.get(at).is_some_and(|(_, first)| *first == value),
            Err(at) => {
                self.0.insert(at, (attribute, value));
                true
            }
        }
    }

    /// Sets one attribute as [`AttributeSet::set`] does: at once, if it comes after all that are there.
    #[inline]
    pub fn push(&mut self, attribute: AttributeType, value: Value) {
        if self.0.last().is_none_or(|(last, _)| *last < attribute) {
            self.0.push((attribute, value));
        } else {
            self.set(attribute, value);
        }
    }

    /// Sets the next attribute of another set as [`AttributeSet::push`] does.
    pub fn push_next(&mut self, from: &mut std::vec::IntoIter<(AttributeType, Value)>) {
        let (last, next) = (self.0.last(), from.as_slice().first());
        if last.map(|(last, _)| last) < next.map(|(next, _)| next) {
            self.0.extend(from.next()); // moved once
        } else if let Some((attribute, value)) = from.next() {
            self.set(attribute, value);
        }
    }

    /// Sets a Boolean attribute as [`AttributeSet::push`] does.
    pub fn push_flag(&mut self, attribute: AttributeType, flag: bool) {
        self.push_made(attribute, flag, Value::Bool);
    }

    /// Sets a numeric attribute as [`AttributeSet::push`] does.
    pub fn push_ulong(&mut self, attribute: AttributeType, value: u64) {
        self.push_made(attribute, value, Value::Ulong);
    }

    /// As [`AttributeSet::push`], with a value that is made where it stays: one that is made elsewhere and copied costs
    /// several times as much.
    #[inline(always)]
    fn push_made<T: Copy>(&mut self, attribute: AttributeType, of: T, make: fn(T) -> Value) {
        if self.0.last().is_none_or(|(last, _)| *last < attribute) {
            self.0.extend(std::iter::once(of).map(|of| (attribute, make(of))));
        } else {
            self.set(attribute, make(of));
        }
    }

    /// Takes one attribute out.
    pub fn remove(&mut self, attribute: AttributeType) -> Option<Value> {
        let at = self.0.binary_search_by_key(&attribute, |(kind, _)| *kind).ok()?;
        Some(self.0.remove(at).1)
    }

    /// The value of one attribute.
    #[must_use]
    pub fn value(&self, attribute: AttributeType) -> Option<&Value> {
        let at = self.0.binary_search_by_key(&attribute, |(kind, _)| *kind).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    /// Whether the attribute is there.
    #[must_use]
    pub fn contains(&self, attribute: AttributeType) -> bool {
        self.value(attribute).is_some()
    }

    /// A Boolean attribute; `None` if it is absent or of another type.
    #[must_use]
    pub fn bool(&self, attribute: AttributeType) -> Option<bool> {
        match self.value(attribute) {
            Some(Value::Bool(value)) => Some(*value),
            _ => None,
        }
    }

    /// A numeric attribute; `None` if it is absent or of another type.
    #[must_use]
    pub fn ulong(&self, attribute: AttributeType) -> Option<u64> {
        match self.value(attribute) {
            Some(Value::Ulong(value)) => Some(*value),
            _ => None,
        }
    }

    /// A byte string; `None` if it is absent or of another type.
    #[must_use]
    pub fn bytes(&self, attribute: AttributeType) -> Option<&[u8]> {
        match self.value(attribute) {
            Some(Value::Bytes(value)) => Some(value),
            _ => None,
        }
    }

    /// CKA_CLASS.
    #[must_use]
    pub fn class(&self) -> Option<ObjectClass> {
        self.ulong(CKA_CLASS).map(ObjectClass)
    }

    /// CKA_KEY_TYPE.
    #[must_use]
    pub fn key_type(&self) -> Option<KeyType> {
        self.ulong(CKA_KEY_TYPE).map(KeyType)
    }

    /// All attributes in the order of their types.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeType, &Value)> {
        self.0.iter().map(|(kind, value)| (*kind, value))
    }

    /// The type that comes after all others.
    #[must_use]
    pub fn last(&self) -> Option<AttributeType> {
        self.0.last().map(|(kind, _)| *kind)
    }

    /// How many attributes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<(AttributeType, Value)> for AttributeSet {
    fn from_iter<I: IntoIterator<Item = (AttributeType, Value)>>(attributes: I) -> Self {
        let attributes: Vec<_> = attributes.into_iter().collect();
        if attributes.is_sorted_by(|(one, _), (next, _)| one < next) {
            return Self(attributes); // as they come out of a record
        }
        let mut set = Self::with_capacity(attributes.len());
        for (attribute, value) in attributes {
            set.set(attribute, value);
        }
        set
    }
}

impl IntoIterator for AttributeSet {
    type Item = (AttributeType, Value);
    type IntoIter = std::vec::IntoIter<Self::Item>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
