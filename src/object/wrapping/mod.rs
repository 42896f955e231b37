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

/// In what form a key is to leave, and where to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Leaving {
    /// The wrapped form says how the key may leave further.
    pub carries_attributes: bool,
    /// It forgets that, for keys that stay.
    pub forgets_attributes: bool,
    /// What wraps it.
    pub under: Under,
}

/// What a wrapping key is to the key that it wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Under {
    /// Any key, whose value others may know.
    #[default]
    Another,
    /// A local master key whose value its user may know: no better.
    UnknownLmk,
    /// A local master key: what it wraps stays where it is.
    Lmk,
}

impl Under {
    /// A local master key is one of this token's if it was generated here, or if the SO says so (CKA_TRUSTED): `trusts_all`
    /// takes the others, too.
    #[must_use]
    pub fn of(wrapping: &Object, trusts_all: bool) -> Self {
        let wrapping = wrapping.attributes();
        let is_own = |attribute| wrapping.bool(attribute) == Some(true);
        match wrapping.key_type() {
            Some(CKK_VHSM_LMK) if trusts_all || is_own(CKA_LOCAL) || is_own(CKA_TRUSTED) => Self::Lmk,
            Some(CKK_VHSM_LMK) => Self::UnknownLmk,
            _ => Self::Another,
        }
    }
}

/// Whether one key may wrap another [PKCS#11 3.2, 5.18.3]. That the wrapping key may wrap at all, is
/// [`Object::key_for`]'s question.
///
/// # Errors
/// In this order: [`Error::KeyHandleInvalid`] if the target is no private or secret key;
/// [`Error::KeyUnextractable`]; [`Error::PaymentKey`] (CKA_VHSM_EXPORTABILITY); [`Error::KeyNotWrappable`] if it wants a trusted key;
/// [`Error::KeyOutsideTemplate`] if it does not fit CKA_WRAP_TEMPLATE.
pub fn check_wrappable(wrapping: &Object, target: &Object, how: Leaving) -> Result<()> {
    if !matches!(target.class(), CKO_SECRET_KEY | CKO_PRIVATE_KEY) {
        return Err(Error::KeyHandleInvalid(KeyRole::WrappedKey));
    }
    let target = target.attributes();
    if target.bool(CKA_EXTRACTABLE) != Some(true) {
        return Err(Error::KeyUnextractable);
    }
    check_exportability(target, how)?;
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
fn check_exportability(target: &AttributeSet, how: Leaving) -> Result<()> {
    let why = match (target.bytes(CKA_VHSM_EXPORTABILITY), how.under) {
        (None | Some(b"S"), _) => return Ok(()),
        (Some(b"E"), _) if how.carries_attributes => return Ok(()),
        (Some(_), Under::Lmk) if how.carries_attributes || how.forgets_attributes => return Ok(()),
        (Some(_), Under::UnknownLmk) if how.carries_attributes || how.forgets_attributes => UNKNOWN_LMK,
        (Some(b"E"), _) => "CKA_VHSM_EXPORTABILITY is E: it leaves in key blocks only",
        (Some(_), _) => "CKA_VHSM_EXPORTABILITY is N",
    };
    Err(Error::PaymentKey(PaymentFault::NotExportable, why))
}

/// Why what only stays under a local master key is not wrapped, and what to do.
pub const UNKNOWN_LMK: &str = "the local master key came in from outside, so that its user may know it, and the key may not leave: \
    take one that CKM_VHSM_LMK_GEN made, have the SO trust this one (CKA_TRUSTED), or set `payment.local_master_keys = \"any\"`";

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
