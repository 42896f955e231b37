//! Keys that leave and enter: what C_WrapKey encrypts, whether it may, and what C_UnwrapKey makes of it.

mod pq;
mod private_key;
#[cfg(test)]
mod tests;

use super::facts::Object;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, KeyRole, Misfit, PaymentFault, Result};
use crate::mechanism::value_lengths;
use crate::secret::SecretBytes;

/// Whether one key may wrap another [PKCS#11 3.2, 5.18.3]. That the wrapping key may wrap at all, is
/// [`Object::key_for`]'s question. `carries_attributes`: the wrapped form says how the key may leave further.
///
/// # Errors
/// In this order: [`Error::KeyHandleInvalid`] if the target is no private or secret key;
/// [`Error::KeyUnextractable`]; [`Error::PaymentKey`] (CKA_VHSM_EXPORTABILITY); [`Error::KeyNotWrappable`] if it wants a trusted key;
/// [`Error::KeyOutsideTemplate`] if it does not fit CKA_WRAP_TEMPLATE.
pub fn check_wrappable(wrapping: &Object, target: &Object, carries_attributes: bool) -> Result<()> {
    if !matches!(target.class(), CKO_SECRET_KEY | CKO_PRIVATE_KEY) {
        return Err(Error::KeyHandleInvalid(KeyRole::WrappedKey));
    }
    let target = target.attributes();
    if target.bool(CKA_EXTRACTABLE) != Some(true) {
        return Err(Error::KeyUnextractable);
    }
    let stays = wrapping.attributes().key_type() == Some(CKK_VHSM_LMK);
    check_exportability(target, carries_attributes, stays)?;
    let trusted = wrapping.attributes().bool(CKA_TRUSTED) == Some(true);
    if target.bool(CKA_WRAP_WITH_TRUSTED) == Some(true) && !trusted {
        return Err(Error::KeyNotWrappable(
            "CKA_WRAP_WITH_TRUSTED is TRUE and the wrapping key is not trusted",
        ));
    }
    check_admitted(target, wrapping, CKA_WRAP_TEMPLATE)
}

/// Whether CKA_VHSM_EXPORTABILITY lets a key leave [ANSI X9.143, exportability]: N in no form, E in key blocks only, S in
/// all forms. In a key block under a local master key it stays where it is.
fn check_exportability(target: &AttributeSet, carries_attributes: bool, stays: bool) -> Result<()> {
    let why = match target.bytes(CKA_VHSM_EXPORTABILITY) {
        None | Some(b"S") => return Ok(()),
        Some(b"E") if carries_attributes => return Ok(()),
        Some(b"E") => "CKA_VHSM_EXPORTABILITY is E: it leaves in key blocks only",
        Some(_) if carries_attributes && stays => return Ok(()),
        Some(_) => "CKA_VHSM_EXPORTABILITY is N",
    };
    Err(Error::PaymentKey(PaymentFault::NotExportable, why))
}

/// Whether a key has every attribute of a template of its parent: CKA_WRAP_TEMPLATE, CKA_ENCAPSULATE_TEMPLATE. Key
/// material never fits, so that nobody learns it by wrapping.
///
/// # Errors
/// [`Error::KeyOutsideTemplate`].
pub fn check_admitted(key: &AttributeSet, parent: &Object, template: AttributeType) -> Result<()> {
    let Some(Value::Template(wanted)) = parent.attributes().value(template) else {
        return Ok(());
    };
    let wrong = |attribute, value| match key.value(attribute) {
        _ if super::rules::is_sensitive_somewhere(attribute) => Some(Misfit::KeyMaterial),
        Some(has) if has == value => None,
        Some(_) => Some(Misfit::Different),
        None => Some(Misfit::Absent),
    };
    let mut wanted = wanted.iter();
    match wanted.find_map(|(attribute, value)| Some((attribute, wrong(attribute, value)?))) {
        None => Ok(()),
        Some((attribute, why)) => Err(Error::KeyOutsideTemplate {
            template,
            attribute,
            why,
        }),
    }
}

/// The template of a new key under the template that its parent forces on it (CKA_UNWRAP_TEMPLATE,
/// CKA_DERIVE_TEMPLATE): all of the forced one, and what the caller adds.
///
/// # Errors
/// [`Error::TemplateInconsistent`] if the caller gives a forced attribute another value.
pub fn merge_template(user: AttributeSet, forced: &AttributeSet) -> Result<AttributeSet> {
    let mut merged = user;
    for (attribute, value) in forced.iter() {
        match merged.value(attribute) {
            Some(given) if given != value => {
                return Err(Error::TemplateInconsistent {
                    attribute,
                    why: "the template of the unwrapping or base key says otherwise",
                });
            }
            _ => {
                merged.set(attribute, value.clone());
            }
        }
    }
    Ok(merged)
}

/// What is encrypted when a key is wrapped: the value of a secret key, the PKCS#8 `PrivateKeyInfo` of a private
/// key [PKCS#11 3.2, 6.7].
///
/// # Errors
/// [`Error::KeyNotWrappable`] if the key has no such form.
pub fn payload(key: &Object) -> Result<SecretBytes> {
    match key.class() {
        CKO_SECRET_KEY => key
            .attributes()
            .bytes(CKA_VALUE)
            .map(SecretBytes::from)
            .ok_or(Error::Internal("a secret key without CKA_VALUE")),
        CKO_PRIVATE_KEY => private_key::encode(key.attributes()),
        _ => Err(Error::KeyHandleInvalid(KeyRole::WrappedKey)),
    }
}

/// The components of a key that was unwrapped, as attributes.
///
/// # Errors
/// [`Error::WrappedKeyLenRange`] if a secret key of this type does not come in this length;
/// [`Error::WrappedKeyInvalid`] if the bytes are no such key.
pub fn components(class: ObjectClass, key_type: KeyType, payload: &SecretBytes) -> Result<AttributeSet> {
    match class {
        CKO_SECRET_KEY => {
            let lengths = value_lengths(key_type);
            match payload.is_empty() || !(lengths.is_empty() || lengths.contains(&payload.len())) {
                true => Err(Error::WrappedKeyLenRange),
                false => Ok(AttributeSet::from_iter([(
                    CKA_VALUE,
                    Value::Bytes(payload.clone()),
                )])),
            }
        }
        CKO_PRIVATE_KEY => private_key::decode(key_type, payload),
        _ => Err(Error::WrappedKeyInvalid),
    }
}
