//! Post-quantum keys: whether the values make keys, the expanded form of what came as a seed, and the public key.

use super::{not_the_public_key, required, set_public_key_info};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::hss;
use crate::error::{Error, Result};
use crate::mechanism::pq::{PqKey, Set};
use crate::object::der;
use crate::secret::SecretBytes;

fn wrong_value(why: &'static str) -> Error {
    Error::AttributeValueInvalid {
        attribute: CKA_VALUE,
        why,
    }
}

/// Names the attribute that makes a key invalid.
fn as_attribute_error(attribute: AttributeType) -> impl Fn(Error) -> Error {
    move |error| match error {
        Error::PublicKeyInvalid(why) | Error::KeyInvalid(why) => {
            Error::AttributeValueInvalid { attribute, why }
        }
        other => other,
    }
}

fn set_of(attributes: &AttributeSet, key_type: KeyType) -> Result<Set> {
    let number = attributes
        .ulong(CKA_PARAMETER_SET)
        .ok_or(Error::TemplateIncomplete {
            attribute: CKA_PARAMETER_SET,
            why: "the key has no such component",
        })?;
    Set::find(key_type, number)
}

/// `SubjectPublicKeyInfo` [RFC 9935, 4; RFC 9881, 4; RFC 9909, 4].
fn public_key_info(set: Set, public: &[u8]) -> SecretBytes {
    der::public_key_info(&[&set.oid()], public)
}

/// `id-alg-hss-lms-hashsig` [RFC 9802, 3].
const OID_HSS: &[u8] = b"\x06\x0b\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x03\x11";
/// `id-alg-xmss-hashsig` [RFC 9802, 3].
const OID_XMSS: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x06\x22";
/// `id-alg-xmssmt-hashsig` [RFC 9802, 3].
const OID_XMSSMT: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x06\x23";

pub(super) fn finish_public(attributes: &mut AttributeSet, key_type: KeyType) -> Result<()> {
    let set = set_of(attributes, key_type)?;
    let value = required(attributes, CKA_VALUE)?;
    PqKey::public(set, value).map_err(as_attribute_error(CKA_VALUE))?;
    let info = public_key_info(set, value);
    set_public_key_info(attributes, &info)
}

/// The numbers that a value tells are kept beside it.
pub(super) fn finish_hss(attributes: &mut AttributeSet) -> Result<()> {
    let value = required(attributes, CKA_VALUE)?;
    let key = hss::PublicKey::from_bytes(value).map_err(as_attribute_error(CKA_VALUE))?;
    let info = der::public_key_info(&[OID_HSS], value);
    let (lms, ots) = key.types();
    attributes.set(CKA_HSS_LEVELS, Value::Ulong(key.levels().into()));
    attributes.set(CKA_HSS_LMS_TYPE, Value::Ulong(lms.into()));
    attributes.set(CKA_HSS_LMOTS_TYPE, Value::Ulong(ots.into()));
    set_public_key_info(attributes, &info)
}

pub(super) fn finish_xmss(attributes: &mut AttributeSet, key_type: KeyType) -> Result<()> {
    PqKey::prepare(CKO_PUBLIC_KEY, key_type, attributes)?;
    let oid = match key_type {
        CKK_XMSS => OID_XMSS,
        _ => OID_XMSSMT,
    };
    let info = der::public_key_info(&[oid], required(attributes, CKA_VALUE)?);
    set_public_key_info(attributes, &info)
}

/// An imported key is checked and, where it came as a seed, expanded. A generated one is as the mechanism made it.
pub(super) fn finish_private(attributes: &mut AttributeSet, key_type: KeyType, imported: bool) -> Result<()> {
    let set = set_of(attributes, key_type)?;
    let public = match (imported, set) {
        (false, _) => {
            // The other half of the pair has told it.
            let known = attributes.bytes(CKA_PUBLIC_KEY_INFO).unwrap_or_default();
            return match known.is_empty() {
                true => Err(not_the_public_key()),
                false => Ok(()),
            };
        }
        (true, Set::SlhDsa(set)) => {
            let value = required(attributes, CKA_VALUE)?;
            PqKey::private(Set::SlhDsa(set), value).map_err(as_attribute_error(CKA_VALUE))?;
            value.get(set.public_len()..).unwrap_or_default().into()
        }
        (true, _) => expand(attributes, set)?,
    };
    set_public_key_info(attributes, &public_key_info(set, &public))
}

/// Brings a lattice key into the form in which it is kept, with its expanded value and, if it is known, its seed. Gives
/// the public key.
fn expand(attributes: &mut AttributeSet, set: Set) -> Result<SecretBytes> {
    let given = |attribute| attributes.bytes(attribute).filter(|bytes| !bytes.is_empty());
    let key = match (given(CKA_SEED), given(CKA_VALUE)) {
        (Some(seed), _) => PqKey::from_seed(set, seed).map_err(as_attribute_error(CKA_SEED))?,
        (None, Some(value)) => PqKey::private(set, value).map_err(as_attribute_error(CKA_VALUE))?,
        (None, None) => {
            return Err(Error::TemplateIncomplete {
                attribute: CKA_VALUE,
                why: "the key has neither CKA_SEED nor CKA_VALUE",
            });
        }
    };
    let halves = key.halves()?;
    let (public, private) = halves.ok_or(Error::Internal("a lattice key does not know its halves"))?;
    let public = SecretBytes::from(public);
    let told = given(CKA_VALUE).map(SecretBytes::from);
    if told.is_some_and(|told| told != private) {
        return Err(wrong_value("it is not what CKA_SEED expands to"));
    }
    if given(CKA_SEED).is_none() {
        attributes.remove(CKA_SEED);
    }
    attributes.set(CKA_VALUE, Value::Bytes(private));
    Ok(public)
}
