//! What of a payment key becomes narrower after it has come into being, and never wider: mode of use, exportability, uses
//! and days [include/vhsm.h].

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};
use crate::mechanism::payment_key::{day, is_wider};

/// Whether a value of CKA_VHSM_MODE_OF_USE or CKA_VHSM_EXPORTABILITY is narrower than what the key has. A key without a
/// mode is as one of mode N; one that tells no exportability leaves in some forms, and is not made one that leaves in all.
pub(super) fn is_narrower(key: &AttributeSet, attribute: AttributeType, value: &Value) -> bool {
    let Value::Bytes(value) = value else {
        return false;
    };
    let [wanted] = &**value else {
        return false;
    };
    let Some(usage) = key.key_usage() else {
        return false;
    };
    let possible = match (attribute, key.code(CKA_VHSM_EXPORTABILITY)) {
        (CKA_VHSM_MODE_OF_USE, _) => {
            let mode = key.mode_of_use().unwrap_or(ModeOfUse::Unrestricted);
            mode.narrowed(usage)
        }
        (CKA_VHSM_EXPORTABILITY, Some(own)) => exportability_within(own),
        (CKA_VHSM_EXPORTABILITY, None) => b"EN",
        _ => &[],
    };
    possible.contains(wanted)
}

/// Takes from a key the uses that a new mode of use does not have, where the changes do not name them.
pub(super) fn take_uses(key: &mut AttributeSet, changes: &AttributeSet) {
    let Some(mode) = changes.mode_of_use() else {
        return;
    };
    for flag in ModeOfUse::USES.into_iter().filter(|flag| mode.excludes(*flag)) {
        if !changes.contains(flag) && key.bool(flag) == Some(true) {
            key.set(flag, Value::Bool(false));
        }
    }
}

/// Whether a key has no use that its mode of use does not have.
///
/// # Errors
/// [`Error::TemplateInconsistent`].
pub(super) fn check_uses(key: &AttributeSet) -> Result<()> {
    let mode = key.mode_of_use();
    ModeOfUse::USES
        .into_iter()
        .try_for_each(|usage| check_use(key, mode, usage))
}

fn check_use(key: &AttributeSet, mode: Option<ModeOfUse>, usage: AttributeType) -> Result<()> {
    match key.bool(usage) == Some(true) && mode.is_some_and(|mode| mode.excludes(usage)) {
        true => Err(Error::TemplateInconsistent {
            attribute: usage,
            why: "CKA_VHSM_MODE_OF_USE has another use",
        }),
        false => Ok(()),
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
    let mode = after.mode_of_use();
    for usage in ModeOfUse::USES {
        if before.bool(usage) == Some(false) && after.bool(usage) == Some(true) {
            return Err(Error::AttributeReadOnly {
                attribute: usage,
                why: "a payment key never gets another use",
            });
        }
        check_use(after, mode, usage)?;
    }
    Ok(())
}
