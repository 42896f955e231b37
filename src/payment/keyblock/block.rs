//! What all key blocks have in common: header and optional blocks from the key's attributes, and the field that holds the
//! key. `opened.rs` has the way back.

use super::attributes::{self, Wanted};
use super::check_value;
use super::hash;
use super::header::{HEADER_LEN, Header};
use super::optional::{self, Blocks, Builder};
use super::rsa_key;
use crate::ck::*;
use crate::crypto::key_block::Binding;
use crate::crypto::rng;
use crate::error::{Error, KeyRole, Result};
use crate::mechanism::{KeyMaterial, WrapTarget};
use crate::secret::SecretBytes;

/// Length of what stands before the key in its field: how many bits it has.
pub(super) const LENGTH_LEN: usize = 2;

/// What a block is to be.
pub(super) struct Request<'a> {
    pub(super) binding: Binding,
    /// Version identifier.
    pub(super) version: u8,
    /// The last two characters of the header.
    pub(super) last: [u8; 2],
    pub(super) wanted: Wanted,
    /// Whether RSA private keys have such blocks, too.
    pub(super) takes_private: bool,
    /// How long the key in the block is made at least, in bytes, so that its length does not show; 0 for what the standard
    /// recommends.
    pub(super) masking_len: u8,
    /// Whether the standard recommends a length.
    pub(super) masks_length: bool,
    /// Further optional blocks.
    pub(super) optional: Blocks<'a>,
    /// Whether the check value of the key is added.
    pub(super) key_check: bool,
    /// Whether the check value of the protection key is added.
    pub(super) protection_check: bool,
}

/// A block that is to be made: its header with optional blocks, and the length of the field that holds the key.
pub(super) struct Plan {
    binding: Binding,
    head: Vec<u8>,
    field_len: usize,
}

impl Plan {
    /// Plans the block of a key.
    ///
    /// # Errors
    /// [`Error::KeyNotWrappable`] for what no block holds; [`Error::KeySizeRange`] if the protection key is weaker;
    /// [`Error::PaymentKey`] for a header that the key's attributes do not allow; [`Error::MechanismParamInvalid`].
    pub(super) fn of(key: &KeyMaterial, request: &Request<'_>, target: &WrapTarget<'_>) -> Result<Self> {
        let (attributes, value) = (target.attributes, value_of(target)?);
        let key_type = match (attributes.class(), attributes.key_type()) {
            (Some(CKO_SECRET_KEY), Some(key_type)) => key_type,
            (Some(CKO_PRIVATE_KEY), Some(CKK_RSA)) if request.takes_private => CKK_RSA,
            _ => return Err(HOLDS_SECRETS),
        };
        let is_weaker = !request.binding.is_aes() || key.bits() < 8 * to_ulong(value.len());
        if key_type == CKK_AES && is_weaker {
            return Err(Error::KeySizeRange(KeyRole::WrappingKey));
        }
        let header = attributes::header(request.version, request.last, attributes, &request.wanted)?;
        let fitting = attributes::key_type(header.algorithm, value.len(), None);
        let recommended = match fitting {
            Ok(CKK_AES) if key_type == CKK_AES => 32,
            Ok(CKK_DES | CKK_DES2 | CKK_DES3) if fitting == Ok(key_type) => 24,
            Ok(CKK_GENERIC_SECRET) if fitting == Ok(key_type) || hash::code(key_type).is_some() => 0,
            _ if key_type == CKK_RSA && header.algorithm == b'R' => 0,
            _ => {
                return Err(Error::KeyNotWrappable(
                    "the key's type and algorithm are none of key blocks",
                ));
            }
        };
        let masking_len = match request.masking_len {
            0 if request.masks_length => recommended,
            0 => 0,
            length => length.into(),
        };
        let builder = optional_blocks(key, key_type, target, request)?;
        let (count, optional) = builder.finish(request.binding.block_len())?;
        let field_len = (LENGTH_LEN + value.len().max(masking_len))
            .checked_next_multiple_of(request.binding.unit_len())
            .ok_or(Error::KeySizeRange(KeyRole::WrappedKey))?;
        Self::with(request.binding, &header, field_len, (count, &optional))
    }

    /// The block of a public key of so many bytes.
    ///
    /// # Errors
    /// [`Error::KeyNotWrappable`] if no header can tell the length.
    pub(super) fn of_public(binding: Binding, header: &Header, length: usize) -> Result<Self> {
        let field_len = (LENGTH_LEN + length).next_multiple_of(binding.unit_len());
        Self::with(binding, header, field_len, (0, &[]))
    }

    fn with(
        binding: Binding,
        header: &Header,
        field_len: usize,
        (count, optional): (usize, &[u8]),
    ) -> Result<Self> {
        let mut plan = Self {
            binding,
            head: Vec::new(),
            field_len,
        };
        let block_len = HEADER_LEN + optional.len() + 2 * plan.sealed_len();
        plan.head = header.text(block_len, count, optional)?;
        Ok(plan)
    }

    /// The optional blocks of its header.
    pub(super) fn optional(&self) -> Result<Blocks<'_>> {
        let text = self.head.get(HEADER_LEN..).unwrap_or_default();
        Blocks::all(text).ok_or(Error::Internal(
            "a key block was given optional blocks of no form",
        ))
    }

    /// Length of encrypted key and MAC in bytes.
    fn sealed_len(&self) -> usize {
        self.field_len + self.binding.mac_len()
    }

    /// Length of the block in characters.
    pub(super) fn block_len(&self) -> usize {
        self.head.len() + 2 * self.sealed_len()
    }

    /// Writes the block, with random bytes behind the key; gives its length.
    ///
    /// # Errors
    /// [`Error::Crypto`]; [`Error::Internal`] if `out` is too short.
    pub(super) fn write(&self, key: &KeyMaterial, value: &[u8], out: &mut [u8]) -> Result<usize> {
        let bits = u16::try_from(8 * value.len()).map_err(|_| Error::KeySizeRange(KeyRole::WrappedKey))?;
        let mut field = SecretBytes::zeros(self.field_len);
        let (length, rest) = field.as_mut().split_at_mut_checked(LENGTH_LEN).ok_or(TOO_SHORT)?;
        let (place, padding) = rest.split_at_mut_checked(value.len()).ok_or(TOO_SHORT)?;
        length.copy_from_slice(&bits.to_be_bytes());
        place.copy_from_slice(value);
        rng::system(padding)?;
        let mut sealed = vec![0; self.sealed_len()];
        key.secret()?
            .key_block(self.binding)?
            .seal(&self.head, &field, &mut sealed)?;
        let out = out.get_mut(..self.block_len()).ok_or(TOO_SHORT)?;
        let (head, body) = out.split_at_mut_checked(self.head.len()).ok_or(TOO_SHORT)?;
        head.copy_from_slice(&self.head);
        let (digits, _) = body.as_chunks_mut::<2>();
        for (digits, byte) in digits.iter_mut().zip(sealed) {
            *digits = [byte >> 4, byte & 0x0f].map(|digit| match digit {
                0..=9 => b'0' + digit,
                digit => b'A' - 10 + digit,
            });
        }
        Ok(self.block_len())
    }
}

/// What a block holds of a key: the value of a secret key, the `RSAPrivateKey` of a private one.
///
/// # Errors
/// [`Error::KeyNotWrappable`] for other private keys.
pub(super) fn value_of<'a>(target: &WrapTarget<'a>) -> Result<&'a [u8]> {
    match target.attributes.class() {
        Some(CKO_PRIVATE_KEY) => rsa_key::pkcs1_of(target.payload).ok_or(HOLDS_SECRETS),
        _ => Ok(target.payload),
    }
}

const HOLDS_SECRETS: Error = Error::KeyNotWrappable("key blocks hold secret keys");
const TOO_SHORT: Error = Error::Internal("a key block was given too little room");

/// The optional blocks of a key: those it came with, unless the request has others of the same identifiers, then the
/// request's. The check value of the protection key is made anew, the hash of an HMAC key where it is missing.
fn optional_blocks(
    key: &KeyMaterial,
    key_type: KeyType,
    target: &WrapTarget<'_>,
    request: &Request<'_>,
) -> Result<Builder> {
    let kept = target
        .attributes
        .bytes(CKA_VHSM_OPTIONAL_BLOCKS)
        .unwrap_or_default();
    let kept = Blocks::all(kept).ok_or(Error::KeyNotWrappable("CKA_VHSM_OPTIONAL_BLOCKS are none"))?;
    let is_remade = |id: &[u8; 2]| match id {
        optional::PADDING | optional::PROTECTION_CHECK => true,
        optional::KEY_CHECK => request.key_check,
        id => request.optional.find(id).is_some(),
    };
    let mut builder = Builder::default();
    for block in kept.iter().filter(|block| !is_remade(block.id)) {
        check(block, key_type, target.payload)?.ok_or(Error::KeyNotWrappable(
            "CKA_VHSM_OPTIONAL_BLOCKS are those of another key",
        ))?;
        builder.add(block);
    }
    for block in request.optional.iter() {
        check(block, key_type, target.payload)?.ok_or(Error::MechanismParamInvalid(
            "a check value or a hash in the optional blocks is of another key",
        ))?;
        builder.add(block);
    }
    let has = |id| kept.find(id).or_else(|| request.optional.find(id)).is_some();
    if let Some(code) = hash::code(key_type).filter(|_| !has(optional::HASH)) {
        builder.push(optional::HASH, code)?;
    }
    if request.key_check {
        let made = check_value::made(key_type, target.payload)?;
        let made = made.ok_or(Error::MechanismParamInvalid(
            "the key is of a type without check value",
        ))?;
        builder.push(optional::KEY_CHECK, &made)?;
    }
    if request.protection_check || kept.find(optional::PROTECTION_CHECK).is_some() {
        // A local master key shows no check value in what it protects.
        if let Some(made) = check_value::made(key.key_type, key.secret()?.value())? {
            builder.push(optional::PROTECTION_CHECK, &made)?;
        }
    }
    Ok(builder)
}

/// Whether an optional block that is to leave with a key is that key's.
fn check(block: optional::Block<'_>, key_type: KeyType, value: &[u8]) -> Result<Option<()>> {
    let right = match block.id {
        optional::KEY_CHECK => {
            check_value::is_short(block.content) && check_value::is_of(block.content, key_type, value)?
        }
        optional::HASH => match hash::code(key_type) {
            Some(code) => code[..] == *block.content,
            None => key_type == CKK_GENERIC_SECRET,
        },
        _ => true,
    };
    Ok(right.then_some(()))
}
