//! What a derived key has of the secrecy of the keys that it is derived from [PKCS#11 3.2, 4.11 and the mechanisms].

use std::sync::Arc;

use super::Object;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::Heritage;

/// Brings a template into accord with the rule; gives the history that the new key has behind it, which its
/// CKA_ALWAYS_SENSITIVE and CKA_NEVER_EXTRACTABLE follow from.
///
/// # Errors
/// [`Error::TemplateInconsistent`] if the template says otherwise than the rule.
pub fn settle(
    heritage: Heritage,
    template: &mut AttributeSet,
    base: &Object,
    further: &[Arc<Object>],
) -> Result<AttributeSet> {
    let base = base.attributes();
    let keys = || std::iter::once(base).chain(further.iter().map(|key| key.attributes()));
    let is = |key: &AttributeSet, attribute| key.bool(attribute) == Some(true);
    let (sensitive, extractable) = (is(base, CKA_SENSITIVE), is(base, CKA_EXTRACTABLE));
    match heritage {
        Heritage::Free => {}
        Heritage::FreeElseSame => {
            by_default(template, CKA_SENSITIVE, sensitive);
            by_default(template, CKA_EXTRACTABLE, extractable);
        }
        Heritage::AtLeast | Heritage::AtLeastElseSame => {
            if keys().any(|key| is(key, CKA_SENSITIVE)) {
                must_be(template, CKA_SENSITIVE, true)?;
            }
            if keys().any(|key| !is(key, CKA_EXTRACTABLE)) {
                must_be(template, CKA_EXTRACTABLE, false)?;
            }
            if heritage == Heritage::AtLeastElseSame {
                by_default(template, CKA_SENSITIVE, sensitive);
                by_default(template, CKA_EXTRACTABLE, extractable);
            }
        }
        Heritage::Same => {
            must_be(template, CKA_SENSITIVE, sensitive)?;
            must_be(template, CKA_EXTRACTABLE, extractable)?;
        }
    }
    let history = |attribute| match heritage {
        Heritage::Free | Heritage::Same => is(base, attribute),
        Heritage::FreeElseSame => keys().any(|key| is(key, attribute)),
        Heritage::AtLeast | Heritage::AtLeastElseSame => keys().all(|key| is(key, attribute)),
    };
    Ok([CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE]
        .map(|attribute| (attribute, Value::Bool(history(attribute))))
        .into_iter()
        .collect())
}

/// What a secret that both sides of a protocol come to is where the template is silent: an object of the session of type
/// CKK_GENERIC_SECRET is not sensitive and may leave, as SunPKCS11 and its TLS need it, which read CKA_VALUE. The
/// standard's own default for CKA_SENSITIVE of secret keys is FALSE [PKCS#11 3.2, 4.11].
pub fn open_by_default(template: &mut AttributeSet) {
    let told = [CKA_SENSITIVE, CKA_EXTRACTABLE].map(|attribute| template.contains(attribute));
    let generic = template
        .ulong(CKA_KEY_TYPE)
        .is_none_or(|told| told == CKK_GENERIC_SECRET.0);
    let stays = template.bool(CKA_TOKEN) == Some(true);
    if told == [false, false] && generic && !stays {
        template.set(CKA_SENSITIVE, Value::Bool(false));
        template.set(CKA_EXTRACTABLE, Value::Bool(true));
    }
}

fn by_default(template: &mut AttributeSet, attribute: AttributeType, value: bool) {
    if !template.contains(attribute) {
        template.set(attribute, Value::Bool(value));
    }
}

fn must_be(template: &mut AttributeSet, attribute: AttributeType, value: bool) -> Result<()> {
    match template.set(attribute, Value::Bool(value)) {
        Some(Value::Bool(told)) if told != value => Err(Error::TemplateInconsistent {
            attribute,
            why: "the keys that the new one is derived from have it otherwise",
        }),
        _ => Ok(()),
    }
}
