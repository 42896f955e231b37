//! Local master keys, and keys without header under them and under a zone's master key [Thales payShield; ANSI X9.17].

pub mod components;
pub mod generate;
mod key_types;
pub mod lenient;
mod scheme;
pub mod test_keys;
mod together;
pub mod variant;
pub mod zone;

#[cfg(feature = "program")]
pub(crate) use key_types::VARIANTS;

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{KeyMaterial, WrapTarget};
use crate::payment::template::fix;

/// The usage that keys with this key type code have unless a template chooses another; `None` for a code that no DES key
/// has.
#[must_use]
pub fn usage_of_key_type(code: [u8; 3]) -> Option<[u8; 2]> {
    key_types::KeyTypeCode::of(code)?.usages(true).first().copied()
}

/// The version of the parameters' form.
const VERSION: u8 = 1;

/// Whether a key still wraps: an old local master key does not.
///
/// # Errors
/// [`Error::KeyFunctionNotPermitted`].
pub(super) fn check_current(key: &KeyMaterial) -> Result<()> {
    match key.payment.and_then(|payment| payment.lmk) {
        Some(lmk) if lmk.old => Err(Error::KeyFunctionNotPermitted(CKA_WRAP)),
        _ => Ok(()),
    }
}

fn wrong<T>(why: &'static str) -> Result<T> {
    Err(Error::MechanismParamInvalid(why))
}

/// Whether a key is of a type that leaves without a header: DES of one to three parts.
fn check_target(target: &WrapTarget<'_>) -> Result<()> {
    match (target.attributes.class(), target.attributes.key_type()) {
        (Some(CKO_SECRET_KEY), Some(CKK_DES | CKK_DES2 | CKK_DES3)) => Ok(()),
        _ => Err(Error::KeyNotWrappable("only DES keys leave in this form")),
    }
}

/// What is known of a DES key of this length that came without a header. The template may repeat it.
fn described(template: &AttributeSet, length: usize) -> Result<AttributeSet> {
    let key_type = match length {
        8 => CKK_DES,
        16 => CKK_DES2,
        24 => CKK_DES3,
        _ => return Err(Error::WrappedKeyLenRange),
    };
    let mut made = template.clone();
    fix(&mut made, CKA_CLASS, Value::Ulong(CKO_SECRET_KEY.0))?;
    fix(&mut made, CKA_KEY_TYPE, Value::Ulong(key_type.0))?;
    fix(&mut made, CKA_SENSITIVE, Value::Bool(true))?;
    Ok(made)
}

/// The wrapping of a key of another length than its scheme's.
const WRONG_SCHEME: Error = Error::KeySizeRange(KeyRole::WrappedKey);
