//! Local master keys: never open, of a number, and sound.

use super::{required, secret};
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::error::{Error, Result};

pub(super) fn finish(attributes: &mut AttributeSet) -> Result<()> {
    for (attribute, told) in [(CKA_SENSITIVE, true), (CKA_EXTRACTABLE, false)] {
        if attributes.bool(attribute) != Some(told) {
            return Err(Error::TemplateInconsistent {
                attribute,
                why: "a local master key is sensitive and never leaves",
            });
        }
    }
    if !required(attributes, CKA_VHSM_LMK_ID)?
        .iter()
        .all(u8::is_ascii_digit)
    {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_VHSM_LMK_ID,
            why: "the number of a local master key has two decimal digits",
        });
    }
    let value = required(attributes, CKA_VALUE)?;
    let of_des = value.len() != LMK_AES_LEN;
    let (parts, _) = value.as_chunks::<8>();
    let is_zero = parts.contains(&[0; 8]);
    if is_zero || (of_des && value.iter().any(|byte| byte.count_ones() % 2 == 0)) {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_VALUE,
            why: "a local master key has no part of zeros, and odd parity if it is one of DES",
        });
    }
    secret::finish(attributes, CKK_VHSM_LMK)
}
