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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> AttributeSet {
        AttributeSet::from_iter([
            (CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0)),
            (CKA_TOKEN, Value::Bool(true)),
            (CKA_LABEL, Value::bytes(b"a key")),
            (
                CKA_ALLOWED_MECHANISMS,
                Value::Mechanisms([CKM_AES_CBC, CKM_AES_GCM].into()),
            ),
            (
                CKA_WRAP_TEMPLATE,
                Value::Template(AttributeSet::from_iter([(CKA_EXTRACTABLE, Value::Bool(true))])),
            ),
        ])
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<u64>().prop_map(Value::Ulong),
            proptest::collection::vec(any::<u8>(), 0..40).prop_map(|bytes| Value::bytes(&bytes)),
            proptest::collection::vec(any::<u64>().prop_map(MechanismId), 0..5)
                .prop_map(|list| Value::Mechanisms(list.into())),
        ];
        leaf.prop_recursive(3, 20, 5, |inner| {
            proptest::collection::vec((any::<u64>().prop_map(AttributeType), inner), 0..5)
                .prop_map(|set| Value::Template(set.into_iter().collect()))
        })
    }

    #[test]
    fn a_record_is_these_bytes_on_every_machine() {
        let set = AttributeSet::from_iter([(CKA_TOKEN, Value::Bool(true)), (CKA_LABEL, Value::bytes(b"L"))]);
        let expected = [
            &[1][..],
            &[2, 0, 0, 0, 0, 0, 0, 0],
            &[1, 0, 0, 0, 0, 0, 0, 0, BOOL, 1, 0, 0, 0, 0, 0, 0, 0, 1],
            &[3, 0, 0, 0, 0, 0, 0, 0, BYTES, 1, 0, 0, 0, 0, 0, 0, 0, b'L'],
        ]
        .concat();
        assert_eq!(&*encode(&set), expected);
    }

    #[test]
    fn every_shortened_or_lengthened_record_is_an_error() {
        let record = encode(&sample());
        for length in 0..record.len() {
            assert!(
                matches!(decode(&record[..length]), Err(Error::StoreDamaged(_))),
                "{length}"
            );
        }
        assert!(decode(&[&*record, &[0]].concat()).is_err());
    }

    #[test]
    fn a_changed_byte_gives_an_error_or_another_set_but_never_a_panic() {
        let record = encode(&sample());
        for at in 0..record.len() {
            for bit in 0..8 {
                let mut damaged = record.to_vec();
                damaged[at] ^= 1 << bit;
                if let Ok(set) = decode(&damaged) {
                    assert_ne!(set, sample());
                    assert_eq!(&*encode(&set), damaged);
                }
            }
        }
    }

    #[test]
    fn attributes_out_of_order_or_twice_are_damage() {
        let one = encode(&AttributeSet::from_iter([(CKA_LABEL, Value::bytes(b"L"))]));
        let attribute = &one[9..];
        let twice = [&[1, 2, 0, 0, 0, 0, 0, 0, 0], attribute, attribute].concat();
        assert!(decode(&twice).is_err());
    }

    #[test]
    fn sets_nested_without_end_are_damage() {
        let mut record = vec![0; 8];
        for _ in 0..64 {
            let length = to_ulong(record.len()).to_le_bytes();
            let header = [
                &1_u64.to_le_bytes()[..],
                &CKA_WRAP_TEMPLATE.0.to_le_bytes(),
                &[TEMPLATE],
                &length,
            ];
            record = [&header.concat()[..], &record].concat();
        }
        assert!(decode(&[&[VERSION], &record[..]].concat()).is_err());
    }

    #[test]
    fn the_length_is_known_before_encoding() {
        assert_eq!(encoded_len(&sample()), encode(&sample()).len());
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(set in proptest::collection::vec((any::<u64>().prop_map(AttributeType), any_value()), 0..8)) {
            let set: AttributeSet = set.into_iter().collect();
            prop_assert_eq!(decode(&encode(&set)).unwrap(), set);
        }

        #[test]
        fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&[&[VERSION], &bytes[..]].concat());
        }
    }
}
