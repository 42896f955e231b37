//! Templates: `vec![a(CKA_TOKEN, true), a(CKA_LABEL, "mine")]`.

use super::leak;
use cryptoki_sys::*;

/// What an attribute's value can be written as.
pub trait Value {
    /// The bytes as C has them.
    fn bytes(self) -> Vec<u8>;
}

impl Value for bool {
    fn bytes(self) -> Vec<u8> {
        vec![CK_BBOOL::from(self)]
    }
}

impl Value for CK_ULONG {
    fn bytes(self) -> Vec<u8> {
        self.to_ne_bytes().to_vec()
    }
}

impl Value for &str {
    fn bytes(self) -> Vec<u8> {
        self.as_bytes().to_vec()
    }
}

impl Value for &[u8] {
    fn bytes(self) -> Vec<u8> {
        self.to_vec()
    }
}

impl<const N: usize> Value for &[u8; N] {
    fn bytes(self) -> Vec<u8> {
        self.to_vec()
    }
}

impl Value for Vec<u8> {
    fn bytes(self) -> Vec<u8> {
        self
    }
}

impl Value for &Vec<u8> {
    fn bytes(self) -> Vec<u8> {
        self.clone()
    }
}

/// A list of mechanisms, for `CKA_ALLOWED_MECHANISMS`.
impl Value for &[CK_MECHANISM_TYPE] {
    fn bytes(self) -> Vec<u8> {
        self.iter()
            .flat_map(|mechanism| mechanism.to_ne_bytes())
            .collect()
    }
}

/// One attribute of a template.
pub fn a(kind: CK_ATTRIBUTE_TYPE, value: impl Value) -> CK_ATTRIBUTE {
    let bytes = value.bytes();
    CK_ATTRIBUTE {
        type_: kind,
        ulValueLen: bytes.len() as CK_ULONG,
        pValue: leak(&bytes).cast(),
    }
}

/// An attribute whose value is a template.
pub fn nested(kind: CK_ATTRIBUTE_TYPE, template: &[CK_ATTRIBUTE]) -> CK_ATTRIBUTE {
    let inner = Box::leak(template.to_vec().into_boxed_slice());
    CK_ATTRIBUTE {
        type_: kind,
        ulValueLen: size_of_val(inner) as CK_ULONG,
        pValue: inner.as_mut_ptr().cast(),
    }
}

/// An attribute with a pointer and a length of the test's choice.
pub fn raw(kind: CK_ATTRIBUTE_TYPE, value: *mut u8, length: CK_ULONG) -> CK_ATTRIBUTE {
    CK_ATTRIBUTE {
        type_: kind,
        pValue: value.cast(),
        ulValueLen: length,
    }
}

/// A template and more attributes; one of the same type replaces the former.
pub fn with(template: &[CK_ATTRIBUTE], more: &[CK_ATTRIBUTE]) -> Vec<CK_ATTRIBUTE> {
    let mut all: Vec<_> = template
        .iter()
        .filter(|t| more.iter().all(|m| m.type_ != t.type_))
        .copied()
        .collect();
    all.extend_from_slice(more);
    all
}

/// A template without the attributes of these types.
pub fn without(template: &[CK_ATTRIBUTE], types: &[CK_ATTRIBUTE_TYPE]) -> Vec<CK_ATTRIBUTE> {
    template
        .iter()
        .filter(|t| !types.contains(&t.type_))
        .copied()
        .collect()
}

/// The standard's name of an attribute type.
pub fn attribute_name(kind: CK_ATTRIBUTE_TYPE) -> String {
    vhsm::ck::AttributeType(kind).to_string()
}
