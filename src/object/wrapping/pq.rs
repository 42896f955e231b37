//! The private-key field of post-quantum keys in PKCS#8: ML-KEM [RFC 9935, 6], ML-DSA [RFC 9881, 6], SLH-DSA [RFC 9909, 6].
//!
//! A lattice key is a seed, an expanded key, or both. All three are read; what is written has both where the seed is
//! known, so that a token of either kind can read it. An SLH-DSA key is its bytes.

use ::der::asn1::OctetStringRef;
use ::der::{Decode, Reader, SliceReader, TagMode, TagNumber};

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::der::{Tag, element};
use crate::error::{Error, Result};
use crate::mechanism::pq::Set;
use crate::secret::SecretBytes;

/// The tag of a seed that stands alone.
const SEED: TagNumber = TagNumber(0);

/// The parameter set of a key, and what the private-key field holds.
pub(super) fn encode(key_type: KeyType, key: &AttributeSet) -> Result<(Set, SecretBytes)> {
    const MISSING: Error = Error::Internal("a post-quantum private key without its components");
    let set = Set::find(key_type, key.ulong(CKA_PARAMETER_SET).ok_or(MISSING)?)?;
    let value = key.bytes(CKA_VALUE).ok_or(MISSING)?;
    let field = match (set, key.bytes(CKA_SEED)) {
        (Set::SlhDsa(_), _) => value.into(),
        (_, None) => element(Tag::OctetString, &[value]),
        (_, Some(seed)) => {
            let parts = [seed, value].map(|part| element(Tag::OctetString, &[part]));
            let [seed, value] = &parts;
            element(Tag::Sequence, &[seed, value])
        }
    };
    Ok((set, field))
}

/// The components in a private-key field. That they make a key is checked when the object is made.
pub(super) fn decode(set: Set, field: &[u8]) -> Option<AttributeSet> {
    let number = (CKA_PARAMETER_SET, Value::Ulong(set.number()));
    let Some(seed_len) = set.seed_len() else {
        let value = (CKA_VALUE, Value::bytes(field));
        return (field.len() == set.private_len()).then(|| AttributeSet::from_iter([number, value]));
    };
    let (seed, value) = parts(field)?;
    let seed_fits = seed.is_none_or(|seed| seed.len() == seed_len);
    let value_fits = value.is_none_or(|value| value.len() == set.private_len());
    let named = |attribute| move |bytes: &[u8]| (attribute, Value::bytes(bytes));
    (seed_fits && value_fits).then(|| {
        [number]
            .into_iter()
            .chain(seed.map(named(CKA_SEED)))
            .chain(value.map(named(CKA_VALUE)))
            .collect()
    })
}

/// The seed and the expanded key, of which one at least is there.
type Parts<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

/// The parts of the choice [RFC 9881, 6; RFC 9935, 6].
fn parts(field: &[u8]) -> Option<Parts<'_>> {
    let mut reader = SliceReader::new(field).ok()?;
    let parts = match field.first()? {
        0x80 => {
            let seed = reader.context_specific::<&OctetStringRef>(SEED, TagMode::Implicit);
            (Some(seed.ok()??.as_bytes()), None)
        }
        0x04 => (
            None,
            Some(<&OctetStringRef>::decode(&mut reader).ok()?.as_bytes()),
        ),
        _ => {
            let both = reader.sequence(|reader| {
                let seed = <&OctetStringRef>::decode(reader)?;
                let value = <&OctetStringRef>::decode(reader)?;
                ::der::Result::Ok((seed.as_bytes(), value.as_bytes()))
            });
            let (seed, value) = both.ok()?;
            (Some(seed), Some(value))
        }
    };
    reader.finish().ok()?;
    Some(parts)
}
