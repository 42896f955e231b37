//! Templates: arrays of `CK_ATTRIBUTE` read into [`RawAttribute`]s, and attribute values written back through
//! C_GetAttributeValue [PKCS#11 3.2, 5.7.5]. Rules about attributes are not here: bytes go in, typed values out.
//!
//! A caller can build templates that hold themselves. Depth, number and bytes are therefore bounded.

use std::borrow::Cow;

use super::read::{Items, copied, span};
use crate::attribute::{AttributeSet, RawAttribute, RawValue, Value};
use crate::ck::{self, AttributeType, CK_UNAVAILABLE_INFORMATION, sys};
use crate::error::{Error, Result};
use crate::object::rules::is_public_everywhere;
use crate::secret::SecretBytes;

/// Most attributes in one template, those of templates in it included.
const ATTRIBUTES_MAX: usize = 4096;
/// Most bytes of values in one template.
const BYTES_MAX: usize = 64 << 20;
/// How deep templates may lie in templates; the standard has no use for more than one.
const DEPTH_MAX: usize = 4;

/// Whether the attribute is a template in a template. CKA_ALLOWED_MECHANISMS has the array bit and holds numbers;
/// CKA_ENCAPSULATE_TEMPLATE and CKA_DECAPSULATE_TEMPLATE are templates without the bit. Other numbers with the bit
/// are unknown, and what is unknown is not followed.
fn is_nested(attribute: AttributeType) -> bool {
    matches!(
        attribute,
        ck::CKA_WRAP_TEMPLATE
            | ck::CKA_UNWRAP_TEMPLATE
            | ck::CKA_DERIVE_TEMPLATE
            | ck::CKA_ENCAPSULATE_TEMPLATE
            | ck::CKA_DECAPSULATE_TEMPLATE
    )
}

/// A template that a caller named.
pub(super) type Template<'a> = Items<'a, sys::CK_ATTRIBUTE>;

impl Template<'_> {
    /// Copies the template.
    ///
    /// # Errors
    /// [`Error::ArgumentsBad`] if the array itself cannot be read or is too large; a value that cannot be read is
    /// [`RawValue::Unreadable`] and its rule's to judge.
    pub(super) fn attributes(self) -> Result<Vec<RawAttribute>> {
        let mut budget = Budget {
            attributes: ATTRIBUTES_MAX,
            bytes: BYTES_MAX,
        };
        budget.template(self, DEPTH_MAX)
    }
}

/// What a template may still hold.
struct Budget {
    attributes: usize,
    bytes: usize,
}

const TOO_LARGE: Error = Error::ArgumentsBad("the template is too large");

impl Budget {
    fn template(&mut self, template: Template<'_>, depth: usize) -> Result<Vec<RawAttribute>> {
        let template = template.iter()?;
        let mut attributes = Vec::with_capacity(template.size_hint().0.min(self.attributes));
        for attribute in template {
            self.attributes = self.attributes.checked_sub(1).ok_or(TOO_LARGE)?;
            attributes.push(RawAttribute {
                attribute: AttributeType(attribute.type_),
                value: self.value(&attribute, depth)?,
            });
        }
        Ok(attributes)
    }

    fn value(&mut self, attribute: &sys::CK_ATTRIBUTE, depth: usize) -> Result<RawValue> {
        let (pointer, length) = (attribute.pValue.cast_const(), attribute.ulValueLen);
        if is_nested(AttributeType(attribute.type_)) {
            return self.nested(pointer.cast(), length, depth);
        }
        // SAFETY: the standard makes what an attribute points at part of the template, so it belongs to the call.
        let value = unsafe { Items::new(pointer.cast::<u8>(), length) };
        match value.slice() {
            Err(_) => Ok(RawValue::Unreadable),
            Ok(bytes) => {
                self.bytes = self.bytes.checked_sub(bytes.len()).ok_or(TOO_LARGE)?;
                raw_bytes(AttributeType(attribute.type_), bytes).map(RawValue::Bytes)
            }
        }
    }

    fn nested(&mut self, pointer: *const sys::CK_ATTRIBUTE, length: u64, depth: usize) -> Result<RawValue> {
        let (count, rest) = (length / ATTRIBUTE_BYTES, length % ATTRIBUTE_BYTES);
        if rest != 0 || span(pointer, count).is_none() || depth == 0 {
            return Ok(RawValue::Unreadable);
        }
        // SAFETY: as for any other value of the template.
        let inner = unsafe { Items::new(pointer, count) };
        self.template(inner, depth - 1).map(RawValue::Template)
    }
}

/// Most bytes of a value that is copied at once to where it stands: there is as much room as any call needs.
const VALUE_LEN_SHORT: usize = 4096;

/// A copy of the value, in the vault unless it is a short one that no class keeps secret.
fn raw_bytes(attribute: AttributeType, value: &[u8]) -> Result<SecretBytes> {
    match value.len() {
        ..=SecretBytes::PUBLIC_MAX if is_public_everywhere(attribute) => Ok(SecretBytes::public(value)),
        ..=VALUE_LEN_SHORT => Ok(value.into()),
        _ => Ok(copied(value)?.into()),
    }
}

/// `sizeof(CK_ATTRIBUTE)`.
const ATTRIBUTE_BYTES: u64 = ck::to_ulong(size_of::<sys::CK_ATTRIBUTE>());

/// The template of C_GetAttributeValue: read and written.
pub(super) struct Wanted<'a> {
    pointer: *mut sys::CK_ATTRIBUTE,
    count: u64,
    caller: std::marker::PhantomData<&'a ()>,
}

impl Wanted<'_> {
    /// Takes over what the caller named.
    ///
    /// # Safety
    /// Unless `pointer` is NULL, `count` attributes there, and what they point at, must be readable and writable for
    /// the call, and nobody else may touch them.
    pub(super) const unsafe fn new(pointer: *mut sys::CK_ATTRIBUTE, count: u64) -> Self {
        Self {
            pointer,
            count,
            caller: std::marker::PhantomData,
        }
    }

    /// Answers every entry by the five cases of the standard, whatever became of those before it.
    /// `reveal` gives a value, or says why there is none.
    ///
    /// # Errors
    /// The first entry's that was refused: what `reveal` said, or [`Error::AttributeBufferTooSmall`];
    /// [`Error::ArgumentsBad`] if the template cannot be read.
    pub(super) fn answer<'v>(self, reveal: impl Fn(AttributeType) -> Result<Cow<'v, Value>>) -> Result<()> {
        let count = span(self.pointer, self.count)
            .ok_or(Error::ArgumentsBad("pTemplate is NULL, or ulCount cannot be"))?;
        let mut outcome = Ok(());
        for at in 0..count {
            // SAFETY: `at` is within the array that `new`'s caller vouched for.
            let entry = unsafe { Entry::at(self.pointer, at) };
            let answer = match reveal(entry.attribute()) {
                Ok(value) => entry.write(&value),
                Err(why) => {
                    // [PKCS#11 3.2, 5.7.5] cases 1 and 2.
                    entry.set_length(CK_UNAVAILABLE_INFORMATION);
                    Err(why)
                }
            };
            outcome = outcome.and(answer);
        }
        outcome
    }
}

/// One attribute of the caller's array; not aligned.
#[derive(Clone, Copy)]
struct Entry(*mut sys::CK_ATTRIBUTE);

impl Entry {
    /// # Safety
    /// `array` has more than `at` attributes; they and what they point at are the call's, as [`Wanted::new`] says.
    unsafe fn at(array: *mut sys::CK_ATTRIBUTE, at: usize) -> Self {
        // SAFETY: the caller says that the array has more than `at`.
        Self(unsafe { array.add(at) })
    }

    fn read(self) -> sys::CK_ATTRIBUTE {
        // SAFETY: `at`'s caller vouched for the attribute; alignment is not assumed.
        unsafe { self.0.read_unaligned() }
    }

    fn attribute(self) -> AttributeType {
        AttributeType(self.read().type_)
    }

    fn set_length(self, length: u64) {
        // SAFETY: as `read`; the place of the field is computed without a reference.
        unsafe { (&raw mut (*self.0).ulValueLen).write_unaligned(length) }
    }

    fn set_attribute(self, attribute: AttributeType) {
        // SAFETY: as `set_length`.
        unsafe { (&raw mut (*self.0).type_).write_unaligned(attribute.0) }
    }

    /// Cases 3 to 5: the length alone, the value, or a buffer that is too small.
    fn write(self, value: &Value) -> Result<()> {
        match value {
            Value::Bool(flag) => self.write_bytes(&[if *flag { sys::CK_TRUE } else { sys::CK_FALSE }]),
            Value::Ulong(number) => self.write_bytes(&number.to_ne_bytes()),
            Value::Bytes(bytes) => self.write_bytes(bytes),
            Value::Mechanisms(mechanisms) => {
                let numbers: Vec<u8> = mechanisms.iter().flat_map(|id| id.0.to_ne_bytes()).collect();
                self.write_bytes(&numbers)
            }
            Value::Template(template) => self.write_template(template),
        }
    }

    /// Whether `needed` bytes have a place; sets the length by cases 3 to 5.
    fn has_place(self, needed: usize) -> Result<bool> {
        let entry = self.read();
        let place = span(entry.pValue.cast_const().cast::<u8>(), ck::to_ulong(needed)).is_some();
        if !entry.pValue.is_null() && (entry.ulValueLen < ck::to_ulong(needed) || !place) {
            // Not the needed length: here the standard differs from its other outputs.
            self.set_length(CK_UNAVAILABLE_INFORMATION);
            let attribute = AttributeType(entry.type_);
            return Err(Error::AttributeBufferTooSmall { attribute, needed });
        }
        self.set_length(ck::to_ulong(needed));
        Ok(!entry.pValue.is_null())
    }

    fn write_bytes(self, bytes: &[u8]) -> Result<()> {
        if self.has_place(bytes.len())? {
            let target: *mut u8 = self.read().pValue.cast();
            // SAFETY: the caller named at least so many bytes there; `bytes` is our own memory and no part of them.
            unsafe { target.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        }
        Ok(())
    }

    /// A template in the template: the inner attributes' types are answers, too.
    fn write_template(self, template: &AttributeSet) -> Result<()> {
        let array: *mut sys::CK_ATTRIBUTE = self.read().pValue.cast();
        if !self.has_place(template.len() * size_of::<sys::CK_ATTRIBUTE>())? {
            return Ok(());
        }
        let mut outcome = Ok(());
        for (at, (attribute, value)) in template.iter().enumerate() {
            // SAFETY: `has_place` found room for all of them.
            let entry = unsafe { Entry::at(array, at) };
            entry.set_attribute(attribute);
            outcome = outcome.and(entry.write(value));
        }
        outcome
    }
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
