//! Keys in prime fields, DSA and Diffie-Hellman: how X.509 and PKCS#8 name their groups and write their numbers.

use ::der::asn1::{AnyRef, UintRef};
use ::der::{Decode, Reader};

use super::der;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::der::{Tag, element, integer};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// The object identifier of a key type, and the attributes of its parameters in the order of the structure.
fn scheme(key_type: KeyType) -> Option<(&'static [u8], &'static [AttributeType])> {
    match key_type {
        CKK_DSA => Some((der::OID_DSA, &[CKA_PRIME, CKA_SUBPRIME, CKA_BASE])),
        CKK_DH => Some((der::OID_DH, &[CKA_PRIME, CKA_BASE])),
        CKK_X9_42_DH => Some((der::OID_X9_42_DH, &[CKA_PRIME, CKA_BASE, CKA_SUBPRIME])),
        _ => None,
    }
}

/// Whether keys of this type are in prime fields.
pub(super) fn is_key_type(key_type: KeyType) -> bool {
    scheme(key_type).is_some()
}

/// The content of the `AlgorithmIdentifier` of a key: identifier and parameters [RFC 3279, 2.3.2 and 2.3.3; PKCS#3, 9].
///
/// # Errors
/// [`Error::TemplateIncomplete`] if a number is missing.
pub(super) fn algorithm(key: &AttributeSet) -> Result<[SecretBytes; 2]> {
    let (oid, attributes) = key
        .key_type()
        .and_then(scheme)
        .ok_or(Error::Internal("no key in a prime field"))?;
    let numbers = attributes.iter().map(|attribute| {
        let number = key.bytes(*attribute).ok_or(Error::TemplateIncomplete {
            attribute: *attribute,
            why: "the key has no such component",
        })?;
        Ok(integer(number))
    });
    let numbers = numbers.collect::<Result<Vec<_>>>()?;
    let numbers: Vec<&[u8]> = numbers.iter().map(AsRef::as_ref).collect();
    Ok([oid.into(), element(Tag::Sequence, &numbers)])
}

/// The `SubjectPublicKeyInfo` of a key whose group is in the attributes.
///
/// # Errors
/// [`Error::TemplateIncomplete`] if a number of the group is missing.
pub(super) fn public_key_info(key: &AttributeSet, public: &[u8]) -> Result<SecretBytes> {
    let [oid, params] = algorithm(key)?;
    Ok(der::public_key_info(&[&oid, &params], &integer(public)))
}

/// The components in a PKCS#8 structure with this algorithm and this private key; `None` if it is none of this type.
pub(super) fn private_components(
    key_type: KeyType,
    oid: &[u8],
    params: Option<AnyRef<'_>>,
    private_key: &[u8],
) -> Option<AttributeSet> {
    let (expected, attributes) = scheme(key_type)?;
    if oid != expected {
        return None;
    }
    let mut components = AttributeSet::new();
    let numbers = params?.sequence(|reader| {
        for attribute in attributes {
            let number = UintRef::decode(reader)?;
            components.set(*attribute, Value::bytes(number.as_bytes()));
        }
        // PKCS#3 may add the private number's length, X9.42 a cofactor and a seed: both follow from the rest.
        while !reader.is_finished() {
            AnyRef::decode(reader)?;
        }
        ::der::Result::Ok(())
    });
    numbers.ok()?;
    let private = UintRef::from_der(private_key).ok()?;
    components.set(CKA_VALUE, Value::bytes(private.as_bytes()));
    Some(components)
}
