//! Private keys as PKCS#8 `PrivateKeyInfo` [RFC 5208]: RSA [RFC 8017, A.1.2], EC [RFC 5915], Edwards and
//! Montgomery curves [RFC 8410], DSA and Diffie-Hellman [PKCS#11 3.2, 6.7], and the post-quantum keys of `pq.rs`.

use ::der::asn1::{AnyRef, BitStringRef, OctetStringRef, UintRef};
use ::der::{Decode, Encode, Reader, SliceReader, TagMode, TagNumber};
use pkcs8::PrivateKeyInfoRef;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::der::{Tag, bit_string, element, integer};
use crate::error::{Error, Result};
use crate::mechanism::pq::Set;
use crate::object::curve::Curve;
use crate::object::der;
use crate::object::finite_field::{algorithm, is_key_type, private_components};
use crate::secret::SecretBytes;

use super::pq;

/// The numbers of an RSA private key in the order of the structure.
const RSA_NUMBERS: [AttributeType; 8] = [
    CKA_MODULUS,
    CKA_PUBLIC_EXPONENT,
    CKA_PRIVATE_EXPONENT,
    CKA_PRIME_1,
    CKA_PRIME_2,
    CKA_EXPONENT_1,
    CKA_EXPONENT_2,
    CKA_COEFFICIENT,
];

/// The explicit tags of `ECPrivateKey`: parameters and public key.
const EC_PARAMETERS: TagNumber = TagNumber(0);
const EC_PUBLIC_KEY: TagNumber = TagNumber(1);
/// The second of them as a tag.
const EC_PUBLIC_KEY_TAG: Tag = Tag::ContextSpecific {
    constructed: true,
    number: EC_PUBLIC_KEY,
};

/// `PrivateKeyInfo` of a private key.
pub(super) fn encode(key: &AttributeSet) -> Result<SecretBytes> {
    match key.key_type() {
        Some(CKK_RSA) => encode_rsa(key),
        Some(key_type @ (CKK_EC | CKK_EC_EDWARDS | CKK_EC_MONTGOMERY)) => encode_ec(key_type, key),
        Some(key_type) if is_key_type(key_type) => encode_number(key),
        Some(key_type @ (CKK_ML_KEM | CKK_ML_DSA | CKK_SLH_DSA)) => {
            let (set, value) = pq::encode(key_type, key)?;
            Ok(private_key_info(&[&set.oid()], &value))
        }
        _ => Err(Error::KeyNotWrappable("the key type has no PKCS#8 form")),
    }
}

/// Most zeros behind a `PrivateKeyInfo`, in bytes: less than a block.
const PADDING_MAX: usize = 15;

/// A `PrivateKeyInfo` without the zeros that fill a block. CKM_AES_CBC and its like add them [PKCS#11 3.2, 6.10.5], and
/// SoftHSM does before CKM_AES_KEY_WRAP_PAD, too.
fn without_padding(payload: &[u8]) -> Option<&[u8]> {
    let info = SliceReader::new(payload).ok()?.tlv_bytes().ok()?;
    let padding = payload.get(info.len()..)?;
    (padding.len() <= PADDING_MAX && padding.iter().all(|byte| *byte == 0)).then_some(info)
}

/// The components in a `PrivateKeyInfo`, if it is one of this key type.
pub(super) fn decode(key_type: KeyType, payload: &[u8]) -> Result<AttributeSet> {
    let info = without_padding(payload).ok_or(Error::WrappedKeyInvalid)?;
    let info = PrivateKeyInfoRef::try_from(info).map_err(|_| Error::WrappedKeyInvalid)?;
    let oid = info
        .algorithm
        .oid
        .to_der()
        .map_err(|_| Error::WrappedKeyInvalid)?;
    let components = match key_type {
        CKK_RSA if oid == der::OID_RSA => decode_rsa(info.private_key.as_bytes()),
        CKK_EC if oid == der::OID_EC => decode_ec(&info),
        CKK_ML_KEM | CKK_ML_DSA | CKK_SLH_DSA if info.algorithm.parameters.is_none() => {
            Set::of_oid(key_type, &oid).and_then(|set| pq::decode(set, info.private_key.as_bytes()))
        }
        CKK_EC_EDWARDS | CKK_EC_MONTGOMERY => decode_raw(key_type, &oid, info.private_key.as_bytes()),
        _ => private_components(
            key_type,
            &oid,
            info.algorithm.parameters,
            info.private_key.as_bytes(),
        ),
    };
    components.ok_or(Error::WrappedKeyInvalid)
}

fn private_key_info(algorithm: &[&[u8]], key: &[u8]) -> SecretBytes {
    let algorithm = element(Tag::Sequence, algorithm);
    element(
        Tag::Sequence,
        &[&integer(&[]), &algorithm, &element(Tag::OctetString, &[key])],
    )
}

/// A key in a prime field: the group, and the private number as an INTEGER.
fn encode_number(key: &AttributeSet) -> Result<SecretBytes> {
    let [oid, params] = algorithm(key)?;
    let value = key
        .bytes(CKA_VALUE)
        .ok_or(Error::Internal("a private key without CKA_VALUE"))?;
    Ok(private_key_info(&[&oid, &params], &integer(value)))
}

fn encode_rsa(key: &AttributeSet) -> Result<SecretBytes> {
    let mut numbers = vec![integer(&[])];
    for attribute in RSA_NUMBERS {
        let number = key
            .bytes(attribute)
            .filter(|number| !number.is_empty())
            .ok_or(Error::KeyNotWrappable("a component of the RSA key is not there"))?;
        numbers.push(integer(number));
    }
    let numbers: Vec<&[u8]> = numbers.iter().map(AsRef::as_ref).collect();
    Ok(private_key_info(
        &[der::OID_RSA, der::NULL],
        &element(Tag::Sequence, &numbers),
    ))
}

fn decode_rsa(bytes: &[u8]) -> Option<AttributeSet> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let numbers = reader
        .sequence(|reader| {
            let version = u8::decode(reader)?;
            let mut numbers = RSA_NUMBERS.map(|_| Value::Bool(false));
            for number in &mut numbers {
                *number = Value::bytes(UintRef::decode(reader)?.as_bytes());
            }
            ::der::Result::Ok((version == 0).then_some(numbers))
        })
        .ok()??;
    reader.finish().ok()?;
    Some(RSA_NUMBERS.into_iter().zip(numbers).collect())
}

fn encode_ec(key_type: KeyType, key: &AttributeSet) -> Result<SecretBytes> {
    let missing = || Error::Internal("an EC private key without its components");
    let component = |attribute| key.bytes(attribute).ok_or_else(missing);
    let curve = Curve::parse(key_type, component(CKA_EC_PARAMS)?)?;
    let value = element(Tag::OctetString, &[component(CKA_VALUE)?]);
    Ok(match curve {
        Curve::Weierstrass(_) => {
            let point = bit_string(&curve.point(component(CKA_EC_POINT)?)?);
            let point = element(EC_PUBLIC_KEY_TAG, &[&point]);
            let ec_key = element(Tag::Sequence, &[&integer(&[1]), &value, &point]);
            private_key_info(&[der::OID_EC, curve.oid()], &ec_key)
        }
        Curve::Edwards(_) | Curve::Montgomery(_) => private_key_info(&[curve.oid()], &value),
    })
}

fn decode_ec(info: &PrivateKeyInfoRef<'_>) -> Option<AttributeSet> {
    let outer = info.algorithm.parameters;
    let mut reader = SliceReader::new(info.private_key.as_bytes()).ok()?;
    let (version, value, inner) = reader
        .sequence(|reader| {
            let version = u8::decode(reader)?;
            let value = <&OctetStringRef>::decode(reader)?;
            let inner =
                reader.context_specific::<::der::asn1::ObjectIdentifier>(EC_PARAMETERS, TagMode::Explicit)?;
            // Not used: the point is worked out from the value.
            let _ = reader.context_specific::<BitStringRef<'_>>(EC_PUBLIC_KEY, TagMode::Explicit)?;
            ::der::Result::Ok((version, value, inner))
        })
        .ok()?;
    reader.finish().ok()?;
    let params = match (outer, inner) {
        (Some(outer), _) => AnyRef::to_der(&outer).ok()?,
        (None, Some(inner)) => inner.to_der().ok()?,
        (None, None) => return None,
    };
    let curve = Curve::parse(CKK_EC, &params).ok()?;
    (version == 1).then(|| ec_components(curve, value.as_bytes()))
}

fn decode_raw(key_type: KeyType, oid: &[u8], private_key: &[u8]) -> Option<AttributeSet> {
    let curve = Curve::parse(key_type, oid).ok()?;
    let value = der::octet_string_content(private_key)?;
    (curve.oid() == oid && value.len() == curve.point_len()).then(|| ec_components(curve, value))
}

fn ec_components(curve: Curve, value: &[u8]) -> AttributeSet {
    AttributeSet::from_iter([
        (CKA_EC_PARAMS, Value::bytes(curve.oid())),
        (CKA_VALUE, Value::bytes(value)),
    ])
}
