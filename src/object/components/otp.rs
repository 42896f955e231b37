//! Keys of one-time passwords: what a secret key has, the counter, and that the mechanism can do what is asked for.

use super::secret;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};

/// How many digits the one-time passwords of HOTP have [RFC 4226, 5.3]: a 31-bit number has no more than nine that
/// matter.
const LENGTHS: std::ops::RangeInclusive<u64> = 6..=9;

pub(super) fn finish(attributes: &mut AttributeSet, key_type: KeyType) -> Result<()> {
    secret::finish(attributes, key_type)?;
    let invalid = |attribute, why| Err(Error::AttributeValueInvalid { attribute, why });
    let number = |attribute| attributes.ulong(attribute).unwrap_or_default();
    if number(CKA_OTP_FORMAT) != sys::CK_OTP_FORMAT_DECIMAL {
        return invalid(CKA_OTP_FORMAT, "one-time passwords of HOTP are decimal");
    }
    if !LENGTHS.contains(&number(CKA_OTP_LENGTH)) {
        return invalid(CKA_OTP_LENGTH, "one-time passwords of HOTP have 6 to 9 digits");
    }
    for ignored in [
        CKA_OTP_CHALLENGE_REQUIREMENT,
        CKA_OTP_TIME_REQUIREMENT,
        CKA_OTP_PIN_REQUIREMENT,
    ] {
        if number(ignored) != sys::CK_OTP_PARAM_IGNORED {
            return invalid(ignored, "HOTP has a counter only");
        }
    }
    if number(CKA_OTP_COUNTER_REQUIREMENT) > sys::CK_OTP_PARAM_MANDATORY {
        return invalid(CKA_OTP_COUNTER_REQUIREMENT, "there is no such requirement");
    }
    match attributes.bytes(CKA_OTP_COUNTER).map(<[u8]>::len) {
        None | Some(0) => {
            attributes.set(CKA_OTP_COUNTER, Value::bytes(&[0; 8]));
            Ok(())
        }
        Some(8) => Ok(()),
        Some(_) => invalid(
            CKA_OTP_COUNTER,
            "it has to be 8 bytes, the most significant one first",
        ),
    }
}
