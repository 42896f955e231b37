//! Certificates: the value or where it is, and the check value. What the value says is not looked at.

use super::check_value;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};

pub(super) fn finish(attributes: &mut AttributeSet) -> Result<()> {
    let bytes = |attribute| attributes.bytes(attribute).unwrap_or_default();
    let incomplete = |attribute, why| Err(Error::TemplateIncomplete { attribute, why });
    let value = bytes(CKA_VALUE);
    if value.is_empty() {
        if bytes(CKA_URL).is_empty() {
            return incomplete(CKA_VALUE, "a certificate has a value or a CKA_URL");
        }
        for hash in [CKA_HASH_OF_SUBJECT_PUBLIC_KEY, CKA_HASH_OF_ISSUER_PUBLIC_KEY] {
            if bytes(hash).is_empty() {
                return incomplete(hash, "a certificate with a CKA_URL has the hashes of its keys");
            }
        }
        // A check value of what is elsewhere cannot be checked: it is kept as it is.
        return Ok(());
    }
    let check_value = check_value::of_bytes(value);
    check_value::set(attributes, check_value)
}
