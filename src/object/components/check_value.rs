//! CKA_CHECK_VALUE [PKCS#11 3.2, 4.11]: three bytes that tell two keys apart and nothing about either.

use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::error::{Error, Result};

/// Three bytes.
pub(super) type CheckValue = [u8; 3];

/// The check value of a secret key: of block ciphers the start of an encrypted zero block, of other keys the start
/// of the SHA-1 of the value. `None` until the ciphers are there.
#[allow(clippy::unnecessary_wraps, reason = "the ciphers can fail")]
pub(super) fn of_key(_key_type: KeyType, _value: &[u8]) -> Result<Option<CheckValue>> {
    Ok(None)
}

/// The check value of a certificate: the start of its SHA-1.
#[allow(clippy::unnecessary_wraps, reason = "the hashes can fail")]
pub(super) fn of_certificate(_der: &[u8]) -> Result<Option<CheckValue>> {
    Ok(None)
}

/// Sets the attribute. What a template says of it must be true; an empty value means that there shall be none.
pub(super) fn set(attributes: &mut AttributeSet, check_value: Option<CheckValue>) -> Result<()> {
    let told = attributes.bytes(CKA_CHECK_VALUE);
    match (told, check_value) {
        (Some([]), _) => {
            attributes.remove(CKA_CHECK_VALUE);
            Ok(())
        }
        (Some(told), Some(right)) if *told != right => Err(Error::AttributeValueInvalid {
            attribute: CKA_CHECK_VALUE,
            why: "it is not the check value of the key",
        }),
        (_, None) => Ok(()),
        (_, Some(right)) => {
            attributes.set(CKA_CHECK_VALUE, Value::bytes(&right));
            Ok(())
        }
    }
}
