//! [`AttributeSet`] to bytes and back, for the sealed records of the store.
//!
//! Version 1: one byte 1, then a set. A set is its count, then for each attribute, in ascending order of types:
//! the type, one byte that tells the form (0 Boolean, 1 number, 2 bytes, 3 mechanisms, 4 set), the length of the
//! value in bytes, the value. Counts, types, lengths, numbers and mechanisms are 8 bytes, little endian, on every
//! machine. One set has one encoding; everything else is damage.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

const VERSION: u8 = 1;
const BOOL: u8 = 0;
const ULONG: u8 = 1;
const BYTES: u8 = 2;
const MECHANISMS: u8 = 3;
const TEMPLATE: u8 = 4;

/// Type, form and length before each value.
const HEADER_LEN: usize = 8 + 1 + 8;

/// Sets stand in sets at most so deep; the parser of templates allows less.
const MAX_DEPTH: usize = 8;

/// The record of a set.
#[must_use]
pub fn encode(attributes: &AttributeSet) -> SecretBytes {
    let mut out = Vec::with_capacity(encoded_len(attributes));
    out.push(VERSION);
    encode_set(attributes, &mut out);
    SecretBytes::new(out)
}

/// Length of the record of a set in bytes.
#[must_use]
pub fn encoded_len(attributes: &AttributeSet) -> usize {
    1 + set_len(attributes)
}

/// The set of a record.
///
/// # Errors
/// [`Error::StoreDamaged`] if the bytes are not what [`encode`] makes.
pub fn decode(record: &[u8]) -> Result<AttributeSet> {
    match record {
        [VERSION, rest @ ..] => decode_set(&mut Reader(rest), MAX_DEPTH)
            .ok_or_else(|| Error::StoreDamaged("an object record is malformed".into())),
        [] => Err(Error::StoreDamaged("an object record is empty".into())),
        [version, ..] => Err(Error::StoreDamaged(
            format!("an object record has version {version}, which this vhsm does not know").into(),
        )),
    }
}

fn set_len(attributes: &AttributeSet) -> usize {
    8 + attributes
        .iter()
        .map(|(_, value)| HEADER_LEN + value_len(value))
        .sum::<usize>()
}

fn value_len(value: &Value) -> usize {
    match value {
        Value::Bool(_) => 1,
        Value::Ulong(_) => 8,
        Value::Bytes(bytes) => bytes.len(),
        Value::Mechanisms(list) => 8 * list.len(),
        Value::Template(set) => set_len(set),
    }
}

fn encode_set(attributes: &AttributeSet, out: &mut Vec<u8>) {
    put(out, to_ulong(attributes.len()));
    for (attribute, value) in attributes.iter() {
        put(out, attribute.0);
        out.push(form(value));
        put(out, to_ulong(value_len(value)));
        match value {
            Value::Bool(value) => out.push(u8::from(*value)),
            Value::Ulong(value) => put(out, *value),
            Value::Bytes(bytes) => out.extend_from_slice(bytes),
            Value::Mechanisms(list) => list.iter().for_each(|mechanism| put(out, mechanism.0)),
            Value::Template(set) => encode_set(set, out),
        }
    }
}

fn put(out: &mut Vec<u8>, word: u64) {
    out.extend_from_slice(&word.to_le_bytes());
}

fn form(value: &Value) -> u8 {
    match value {
        Value::Bool(_) => BOOL,
        Value::Ulong(_) => ULONG,
        Value::Bytes(_) => BYTES,
        Value::Mechanisms(_) => MECHANISMS,
        Value::Template(_) => TEMPLATE,
    }
}

/// What is left of a record.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn word(&mut self) -> Option<u64> {
        let (word, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(u64::from_le_bytes(*word))
    }
}

/// A set that takes up all of the bytes.
fn decode_set(reader: &mut Reader<'_>, depth_left: usize) -> Option<AttributeSet> {
    let depth_left = depth_left.checked_sub(1)?;
    let count = reader.word()?;
    let mut attributes = Vec::new();
    let mut previous = None;
    for _ in 0..count {
        let attribute = AttributeType(reader.word()?);
        let form = reader.byte()?;
        let length = to_usize(reader.word()?);
        let value = decode_value(form, reader.take(length)?, depth_left)?;
        if previous.is_some_and(|previous| previous >= attribute) {
            return None;
        }
        previous = Some(attribute);
        attributes.push((attribute, value));
    }
    reader.0.is_empty().then(|| attributes.into_iter().collect())
}

fn decode_value(form: u8, bytes: &[u8], depth_left: usize) -> Option<Value> {
    match form {
        BOOL => match bytes {
            [0] => Some(Value::Bool(false)),
            [1] => Some(Value::Bool(true)),
            _ => None,
        },
        ULONG => Some(Value::Ulong(u64::from_le_bytes(bytes.try_into().ok()?))),
        BYTES => Some(Value::bytes(bytes)),
        MECHANISMS => {
            let (words, []) = bytes.as_chunks() else {
                return None;
            };
            Some(Value::Mechanisms(
                words
                    .iter()
                    .map(|word| MechanismId(u64::from_le_bytes(*word)))
                    .collect(),
            ))
        }
        TEMPLATE => decode_set(&mut Reader(bytes), depth_left).map(Value::Template),
        _ => None,
    }
}
