//! The way back from a key block to its key and what it says of it.

use zeroize::Zeroizing;

use super::attributes;
use super::block::LENGTH_LEN;
use super::check_value;
use super::hash;
use super::header::Parts;
use super::optional;
use super::parameter::Opening;
use super::rsa_key;
use crate::attribute::AttributeSet;
use crate::ck::*;
use crate::crypto::des;
use crate::crypto::key_block::Binding;
use crate::error::{Error, PaymentFault, Result};
use crate::mechanism::{KeyMaterial, Unwrapped};
use crate::secret::SecretBytes;

/// The key of a block, with what the block says of it. Nothing is looked at before the MAC has been found right.
///
/// # Errors
/// [`Error::WrappedKeyInvalid`] for damage of any kind; then [`Error::WrappedHeader`], [`Error::WrappedKeyLenRange`],
/// [`Error::PaymentKey`], [`Error::TemplateInconsistent`].
pub(super) fn open(
    key: &KeyMaterial,
    binding: Binding,
    parts: &Parts<'_>,
    (opening, template): (Opening, &AttributeSet),
) -> Result<Unwrapped> {
    let field = field(key, binding, parts)?;
    parts.check()?;
    let value = value_in(&field)?;
    if opening.takes_private && parts.header.algorithm == b'R' {
        return private(value, parts, (opening, template));
    }
    let code = parts.optional.find(optional::HASH);
    let code = code.or_else(|| hash::of_usage(parts.header.usage));
    let key_type = attributes::key_type(parts.header.algorithm, value.len(), code)?;
    for (id, key_type, value) in [
        (optional::KEY_CHECK, key_type, value),
        (optional::PROTECTION_CHECK, key.key_type, key.secret()?.value()),
    ] {
        if let Some(told) = parts.optional.find(id)
            && !check_value::is_of(told, key_type, value)?
        {
            return Err(Error::WrappedKeyInvalid);
        }
    }
    let mut payload = SecretBytes::from(value);
    if opening.sets_parity && matches!(key_type, CKK_DES | CKK_DES2 | CKK_DES3) {
        des::set_odd_parity(payload.as_mut());
    }
    let optional = (parts.optional.text(), opening.keeps);
    let attributes = attributes::of_block(&parts.header, key_type, optional, template)?;
    Ok(Unwrapped { payload, attributes })
}

/// An RSA private key with what its block says of it.
fn private(
    value: &[u8],
    parts: &Parts<'_>,
    (opening, template): (Opening, &AttributeSet),
) -> Result<Unwrapped> {
    if !parts.header.usage.is_rsa_private() {
        let why = "the block is none of an RSA private key";
        return Err(Error::PaymentKey(PaymentFault::Usage, why));
    }
    let optional = (parts.optional.text(), opening.keeps);
    Ok(Unwrapped {
        payload: rsa_key::pkcs8_of(value)?,
        attributes: attributes::of_block(&parts.header, CKK_RSA, optional, template)?,
    })
}

/// The key in its field: behind its length in bits.
///
/// # Errors
/// [`Error::WrappedKeyInvalid`].
pub(super) fn value_in(field: &[u8]) -> Result<&[u8]> {
    let (length, rest) = field
        .split_first_chunk::<LENGTH_LEN>()
        .ok_or(Error::WrappedKeyInvalid)?;
    let bits = usize::from(u16::from_be_bytes(*length));
    let value = rest.get(..bits / 8).filter(|_| bits.is_multiple_of(8));
    value.ok_or(Error::WrappedKeyInvalid)
}

/// The field that holds the key.
pub(super) fn field(key: &KeyMaterial, binding: Binding, parts: &Parts<'_>) -> Result<SecretBytes> {
    let field_len = (parts.body.len() / 2).checked_sub(binding.mac_len());
    let field_len =
        field_len.filter(|length| *length > LENGTH_LEN && length.is_multiple_of(binding.unit_len()));
    let field_len = field_len.filter(|_| parts.head.len().is_multiple_of(binding.block_len()));
    let mut sealed = Zeroizing::new(vec![0; parts.body.len() / 2]);
    let digits = super::from_hex(parts.body, &mut sealed);
    let field_len = field_len.filter(|_| digits).ok_or(Error::WrappedKeyInvalid)?;
    let mut field = SecretBytes::zeros(field_len);
    let keys = key.secret()?.key_block(binding)?;
    match keys.open(parts.head, &sealed, field.as_mut())? {
        true => Ok(field),
        false => Err(Error::WrappedKeyInvalid),
    }
}
