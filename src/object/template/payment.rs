//! What a payment key has to be: its attributes together, and a value that is no weak one.

use super::Settings;
use crate::attribute::{AttributeSet, Value};
use crate::ck::*;
use crate::crypto::des;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::OF_KEY_BLOCKS;
use crate::mechanism::payment_key::{check_strength, is_decimalization_table};
use crate::object::narrowing;
use crate::secret::SecretBytes;

/// Attributes that only a payment key has.
const OF_PAYMENT_KEYS: [AttributeType; 6] = [
    CKA_VHSM_MODE_OF_USE,
    CKA_VHSM_EXPORTABILITY,
    CKA_VHSM_KEY_VERSION,
    CKA_VHSM_OPTIONAL_BLOCKS,
    CKA_VHSM_KEY_ALGORITHM,
    CKA_VHSM_DECIMALIZATION_TABLE,
];

/// Whether no attribute is one of payment keys: the vendor's come after all others.
fn has_standard_ones_only(attributes: &AttributeSet) -> bool {
    attributes.last().is_none_or(|last| last < CKA_VHSM_KEY_USAGE)
}

/// Whether the attributes of a key make a payment key, or none.
///
/// # Errors
/// [`Error::TemplateIncomplete`] if CKA_VHSM_KEY_USAGE is missing beside another; [`Error::PaymentKey`] for a type that
/// key blocks have no algorithm for, an algorithm that keys of this type do not have, and for an RSA key with a usage of
/// secret keys or the other way round;
/// [`Error::AttributeValueInvalid`] for a decimalisation table that is none;
/// [`Error::TemplateInconsistent`] for a usage flag that is TRUE against the mode of use.
pub(super) fn check_attributes(attributes: &AttributeSet, settings: Settings) -> Result<()> {
    if has_standard_ones_only(attributes) {
        return Ok(());
    }
    let is_payment_key = attributes.contains(CKA_VHSM_KEY_USAGE);
    if !is_payment_key && OF_PAYMENT_KEYS.iter().any(|one| attributes.contains(*one)) {
        return Err(Error::TemplateIncomplete {
            attribute: CKA_VHSM_KEY_USAGE,
            why: "a key with another attribute of payment keys needs it",
        });
    }
    check_class(attributes)?;
    check_key_type(attributes)?;
    if attributes
        .bytes(CKA_VHSM_DECIMALIZATION_TABLE)
        .is_some_and(|table| !is_decimalization_table(table))
    {
        return Err(Error::AttributeValueInvalid {
            attribute: CKA_VHSM_DECIMALIZATION_TABLE,
            why: "a table has 16 digits, at least 8 different ones, and none more than 4 times",
        });
    }
    narrowing::check_uses(attributes)?;
    check_algorithm(attributes, settings)
}

/// Whether key blocks have an algorithm for keys of this type.
fn check_key_type(attributes: &AttributeSet) -> Result<()> {
    let is_known = attributes
        .key_type()
        .is_none_or(|key_type| OF_KEY_BLOCKS.contains(&key_type));
    match is_known || !attributes.contains(CKA_VHSM_KEY_USAGE) {
        true => Ok(()),
        false => Err(Error::PaymentKey(
            PaymentFault::Algorithm,
            "payment keys are of AES, DES, RSA or HMAC: key blocks have no algorithm for other types",
        )),
    }
}

fn check_algorithm(attributes: &AttributeSet, settings: Settings) -> Result<()> {
    let (Some(algorithm), Some(key_type)) = (attributes.code(CKA_VHSM_KEY_ALGORITHM), attributes.key_type())
    else {
        return Ok(());
    };
    let fits = match algorithm {
        b'A' => key_type == CKK_AES,
        b'D' => matches!(key_type, CKK_DES | CKK_DES2 | CKK_DES3),
        // A single key that is used as a triple one is one that masquerades.
        b'T' if key_type == CKK_DES => settings.weak_payment_keys,
        b'T' => matches!(key_type, CKK_DES2 | CKK_DES3),
        b'H' => !matches!(key_type, CKK_AES | CKK_DES | CKK_DES2 | CKK_DES3 | CKK_RSA),
        b'R' => key_type == CKK_RSA,
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => Err(Error::PaymentKey(
            PaymentFault::Algorithm,
            "CKA_VHSM_KEY_ALGORITHM is A for AES keys, T or D for DES keys, R for RSA keys, H for all others",
        )),
    }
}

/// Whether a usage is one of keys of this class: RSA private keys have their own.
fn check_class(attributes: &AttributeSet) -> Result<()> {
    let is_private = attributes.class() == Some(CKO_PRIVATE_KEY);
    match attributes.key_usage() {
        Some(usage) if usage.is_rsa_private() != is_private => Err(Error::PaymentKey(
            PaymentFault::Usage,
            "CKA_VHSM_KEY_USAGE of RSA private keys is 03 to 06, and no other key has these",
        )),
        _ => Ok(()),
    }
}

/// Whether the value of a payment key that was derived or decapsulated is no weak one. Its parity is what the algorithm
/// gives.
///
/// # Errors
/// [`Error::PaymentKey`].
pub(super) fn check_made_value(attributes: &AttributeSet, settings: Settings) -> Result<()> {
    if has_standard_ones_only(attributes) {
        return Ok(());
    }
    let Err(Error::PaymentKey(PaymentFault::Parity, _)) = check_value(attributes, settings) else {
        return check_value(attributes, settings);
    };
    let mut with_parity = attributes.clone();
    if let Some(value) = attributes.bytes(CKA_VALUE) {
        let mut value = SecretBytes::from(value);
        des::set_odd_parity(value.as_mut());
        with_parity.set(CKA_VALUE, Value::Bytes(value));
    }
    check_value(&with_parity, settings)
}

/// Whether the value of a payment key that comes in is strong enough.
///
/// # Errors
/// [`Error::PaymentKey`].
pub(super) fn check_value(attributes: &AttributeSet, settings: Settings) -> Result<()> {
    let (true, Some(key_type), Some(value)) = (
        attributes.contains(CKA_VHSM_KEY_USAGE),
        attributes.key_type(),
        attributes.bytes(CKA_VALUE),
    ) else {
        return Ok(());
    };
    let mut checked = check_strength(key_type, value);
    let is_initial = attributes.key_usage() == Some(KeyUsage::INITIAL_DUKPT);
    if let (true, Err(Error::PaymentKey(PaymentFault::Parity, _))) = (is_initial, &checked) {
        // The bytes of initial keys are what the cipher gave [ANSI X9.24-1, annex A].
        let mut with_parity = SecretBytes::from(value);
        des::set_odd_parity(with_parity.as_mut());
        checked = check_strength(key_type, &with_parity);
    }
    match checked {
        Err(Error::PaymentKey(PaymentFault::Parity | PaymentFault::Weak, _))
            if settings.weak_payment_keys =>
        {
            Ok(())
        }
        Err(Error::PaymentKey(PaymentFault::Masquerades, _)) if settings.equal_parts => Ok(()),
        checked => checked,
    }
}
