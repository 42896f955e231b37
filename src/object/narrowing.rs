//! What of a payment key becomes narrower after it has come into being, and never wider: mode of use, exportability, uses
//! and days [include/vhsm.h].

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::payment_key::{day, is_wider};

/// The flags of what a key does.
const USES: [AttributeType; 7] = [
    CKA_ENCRYPT,
    CKA_DECRYPT,
    CKA_SIGN,
    CKA_VERIFY,
    CKA_WRAP,
    CKA_UNWRAP,
    CKA_DERIVE,
];

fn code(attributes: &AttributeSet, attribute: AttributeType) -> Option<u8> {
    match attributes.bytes(attribute) {
        Some([code]) => Some(*code),
        _ => None,
    }
}

/// CKA_VHSM_MODE_OF_USE.
fn mode(attributes: &AttributeSet) -> Option<ModeOfUse> {
    code(attributes, CKA_VHSM_MODE_OF_USE).and_then(ModeOfUse::of)
}

/// Whether a value of CKA_VHSM_MODE_OF_USE or CKA_VHSM_EXPORTABILITY is narrower than what the key has. A key without a
/// mode is as one of mode N; one that tells no exportability leaves in some forms, and is not made one that leaves in all.
pub(super) fn is_narrower(key: &AttributeSet, attribute: AttributeType, value: &Value) -> bool {
    let Value::Bytes(value) = value else {
        return false;
    };
    let [wanted] = &**value else {
        return false;
    };
    let usage = key
        .bytes(CKA_VHSM_KEY_USAGE)
        .and_then(|usage| usage.try_into().ok());
    let Some(usage) = usage.map(KeyUsage) else {
        return false;
    };
    let possible = match (attribute, code(key, CKA_VHSM_EXPORTABILITY)) {
        (CKA_VHSM_MODE_OF_USE, _) => mode(key).unwrap_or(ModeOfUse::Unrestricted).narrowed(usage),
        (CKA_VHSM_EXPORTABILITY, Some(own)) => exportability_within(own),
        (CKA_VHSM_EXPORTABILITY, None) => b"EN",
        _ => &[],
    };
    possible.contains(wanted)
}

/// Takes from a key the uses that a new mode of use does not have, where the changes do not name them.
pub(super) fn take_uses(key: &mut AttributeSet, changes: &AttributeSet) {
    let Some(mode) = mode(changes) else { return };
    for flag in USES.into_iter().filter(|flag| mode.excludes(*flag)) {
        if !changes.contains(flag) && key.bool(flag) == Some(true) {
            key.set(flag, Value::Bool(false));
        }
    }
}

/// Whether a changed payment key may do no more, and on no other days, than before.
///
/// # Errors
/// [`Error::AttributeReadOnly`]; [`Error::TemplateInconsistent`] for a use that its mode of use does not have.
pub(super) fn check(before: &AttributeSet, after: &AttributeSet) -> Result<()> {
    for date in [CKA_START_DATE, CKA_END_DATE] {
        let [own, new] = [before, after].map(|key| key.bytes(date).and_then(day));
        if own.is_some_and(|own| new.is_none_or(|new| is_wider(date, &new, &own))) {
            return Err(Error::AttributeReadOnly {
                attribute: date,
                why: "the days of a payment key only become fewer",
            });
        }
    }
    let mode = mode(after);
    for usage in USES {
        if before.bool(usage) == Some(false) && after.bool(usage) == Some(true) {
            return Err(Error::AttributeReadOnly {
                attribute: usage,
                why: "a payment key never gets another use",
            });
        }
        if after.bool(usage) == Some(true) && mode.is_some_and(|mode| mode.excludes(usage)) {
            return Err(Error::TemplateInconsistent {
                attribute: usage,
                why: "CKA_VHSM_MODE_OF_USE has another use",
            });
        }
    }
    Ok(())
}
