//! How a payment key is shown that a command made.

use serde_json::{Map, Value};

use crate::admin::attribute_text;
use crate::admin::ceremony::{Opened, upper_hexadecimal};
use crate::admin::failure::{Failure, Outcome};
use crate::admin::output::{self, Output};
use crate::ck::*;

/// What is shown of a key, in its order.
pub(super) fn of_key(opened: &Opened, key: ObjectHandle) -> Result<Vec<(String, String)>, Failure> {
    let texts = [
        ("label", CKA_LABEL),
        ("usage", CKA_VHSM_KEY_USAGE),
        ("algorithm", CKA_VHSM_KEY_ALGORITHM),
        ("mode of use", CKA_VHSM_MODE_OF_USE),
        ("key version", CKA_VHSM_KEY_VERSION),
        ("exportability", CKA_VHSM_EXPORTABILITY),
    ];
    let mut wanted: Vec<_> = texts.iter().map(|(_, attribute)| *attribute).collect();
    wanted.push(CKA_CHECK_VALUE);
    let told = opened.told(key, &wanted)?;
    let mut shown: Vec<_> = texts
        .iter()
        .filter_map(|(name, attribute)| {
            let value = attribute_text::text(told.bytes(*attribute)?);
            Some(((*name).to_owned(), value))
        })
        .collect();
    let check_value = told.bytes(CKA_CHECK_VALUE).unwrap_or_default();
    shown.push(("check value".to_owned(), upper_hexadecimal(check_value)));
    Ok(shown)
}

/// Prints names and values; for machines blanks and dashes of names are underscores.
pub(super) fn print(pairs: &[(String, String)], to: Output) -> Outcome {
    match to {
        Output::Text => output::pairs(pairs)?,
        Output::Json => output::json(
            &pairs
                .iter()
                .map(|(name, value)| (name.replace([' ', '-'], "_"), Value::from(value.as_str())))
                .collect::<Map<_, _>>(),
        )?,
    }
    Ok(())
}
