//! Templates: attribute lists in the form that the C functions read.

use crate::ck::sys::CK_ATTRIBUTE;
use crate::ck::{AttributeType, to_ulong};

/// A list of attributes. Built once, passed to any number of calls without a further allocation.
///
/// Invariant: `raw[i]` points into `values[i]`, whose memory is never changed or moved afterwards.
#[derive(Debug, Default)]
pub struct Template {
    values: Vec<Vec<u8>>,
    raw: Vec<CK_ATTRIBUTE>,
}

impl Template {
    /// An empty template.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a byte string.
    #[must_use]
    pub fn bytes(mut self, attribute: AttributeType, value: &[u8]) -> Self {
        let mut value = value.to_vec();
        self.raw.push(CK_ATTRIBUTE {
            type_: attribute.0,
            pValue: value.as_mut_ptr().cast(),
            ulValueLen: to_ulong(value.len()),
        });
        self.values.push(value);
        self
    }

    /// Adds a `CK_BBOOL`.
    #[must_use]
    pub fn bool(self, attribute: AttributeType, value: bool) -> Self {
        self.bytes(attribute, &[u8::from(value)])
    }

    /// Adds a `CK_ULONG`.
    #[must_use]
    pub fn ulong(self, attribute: AttributeType, value: u64) -> Self {
        self.bytes(attribute, &value.to_ne_bytes())
    }

    /// Pointer and count for a C function, which reads only.
    pub(super) fn as_raw(&self) -> (*mut CK_ATTRIBUTE, u64) {
        (self.raw.as_ptr().cast_mut(), to_ulong(self.raw.len()))
    }
}
