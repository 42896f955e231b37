//! Secret keys: CKA_VALUE, CKA_VALUE_LEN, CKA_CHECK_VALUE.

use super::{check_value, required};
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::xts;
use crate::error::{Error, Result};
use crate::mechanism::value_lengths;

/// Imported and unwrapped DES keys of any parity are taken and keep their bytes. The standard wants an error for a wrong
/// parity [PKCS#11 3.2, 6.18.2 and 6.18.3], but the ciphers ignore those bits, other tokens do
/// not look at them, clients import keys as they come, and published card verification values are computed under such
/// keys. What is generated or derived here has odd parity, but for the keys of DUKPT.
pub(super) fn finish(attributes: &mut AttributeSet, key_type: KeyType) -> Result<()> {
    let value = required(attributes, CKA_VALUE)?;
    let length = value.len();
    let lengths = value_lengths(key_type);
    if length == 0 || !(lengths.is_empty() || lengths.contains(&length)) {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_VALUE,
            why: "keys of this type do not come in this length",
        });
    }
    if key_type == CKK_AES_XTS && !xts::has_two_keys(value) {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_VALUE,
            why: "the two keys of XTS are one",
        });
    }
    if attributes
        .ulong(CKA_VALUE_LEN)
        .is_some_and(|told| told != to_ulong(length))
    {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_VALUE_LEN,
            why: "it is not the length of the value",
        });
    }
    let check_value = check_value::of_key(key_type, value)?;
    attributes.set(CKA_VALUE_LEN, Value::Ulong(to_ulong(length)));
    check_value::set(attributes, check_value)
}
