//! Private keys in messages.

use std::sync::Arc;

use crate::ck::*;
use crate::payshield::call::{Call, flag};
use crate::payshield::code::ErrorCode;
use crate::payshield::held::{Held, Name};
use crate::payshield::key_field::{KeyField, Untagged, with_tag};
use crate::payshield::lmks::{Lmk, LmkKind};
use crate::payshield::private_keys::INDEX_MAX;
use crate::payshield::refusal::Refusal;
use crate::payshield::stored::Stored;

/// A private key as a message has it.
#[derive(Clone, Copy)]
pub(super) enum PrivateKey<'a> {
    /// Under a variant LMK: its length, and itself.
    Blob(&'a [u8]),
    /// `FFFF`, and a key block with its tag.
    Block(KeyField<'a>),
    /// The index of one that EK has stored.
    Stored(usize),
}

/// What stands in the place of a key block's length.
const OF_BLOCKS: [u8; 4] = *b"FFFF";
/// The parameter of opened key blocks: what may not be exported may go on under an LMK.
const KEPT: [u8; 3] = [1, 0, 2];
/// The flag of a private key in the message itself.
const IN_MESSAGE: usize = 99;
/// Characters of an index of user storage with its `K`: no private key is so short.
const INDEX_LENGTH: usize = 4;
/// Longest modulus that an LMK of triple DES protects, in bits.
const BITS_MAX_OF_DES: usize = 2048;

impl<'a> PrivateKey<'a> {
    /// Reads one behind its flag.
    ///
    /// # Errors
    /// 15.
    pub(super) fn read_flagged(call: &mut Call<'a>) -> Result<Self, Refusal> {
        match call.fields.number("private key flag", 2)? {
            IN_MESSAGE => Self::read(call),
            index @ 0..=INDEX_MAX => Ok(Self::Stored(index)),
            _ => Err(Refusal::new(
                ErrorCode::INPUT_DATA,
                "the flag of a private key is 99, or an index up to 20",
            )),
        }
    }

    /// Reads one.
    ///
    /// # Errors
    /// 15.
    pub(super) fn read(call: &mut Call<'a>) -> Result<Self, Refusal> {
        if call.fields.rest().starts_with(&OF_BLOCKS) {
            call.fields.bytes("private key length", OF_BLOCKS.len())?;
            let field = KeyField::read(&mut call.fields, "private key", Untagged::Single)?;
            return match field.scheme {
                b'S' => Ok(Self::Block(field)),
                _ => Err(Refusal::new(
                    ErrorCode::KEY_SCHEME,
                    "behind FFFF stands a key block with the tag S",
                )),
            };
        }
        let length = call.fields.number("private key length", 4)?;
        let is_variable = call.fields.storage().is_some_and(Stored::is_variable);
        if length == INDEX_LENGTH
            && is_variable
            && let Some(blob) = call.fields.stored("private key", 0)?
        {
            return Ok(Self::Blob(blob));
        }
        Ok(Self::Blob(call.fields.bytes("private key", length)?))
    }

    /// The key under this LMK, which may go on under another one if it `leaves`.
    ///
    /// # Errors
    /// 49, 78, A1 to A8.
    fn open(self, call: &Call<'_>, lmk: &Lmk, leaves: bool) -> Result<Held, Refusal> {
        let template = [flag(CKA_EXTRACTABLE, leaves)];
        match (self, lmk.has_key_blocks()) {
            (Self::Blob(blob), false) => {
                let made = call.unwrap(CKM_VHSM_LMK_RSA_PRIVATE_KEY, &[1], lmk.handle, blob, &template);
                made.map_err(|refused| {
                    refused
                        .recode(ErrorCode::KEY_BLOCK_AUTHENTICATION, ErrorCode::RSA_PRIVATE_KEY)
                        .recode(ErrorCode::LMK_IDENTIFIERS, ErrorCode::RSA_PRIVATE_KEY)
                        .recode(ErrorCode::KEY_BLOCK_LENGTH, ErrorCode::RSA_KEY_TYPE)
                })
            }
            (Self::Block(field), true) => {
                let made = call.unwrap(
                    CKM_VHSM_THALES_KEY_BLOCK,
                    &KEPT,
                    lmk.handle,
                    field.block(),
                    &template,
                )?;
                match made.key_type {
                    CKK_RSA => Ok(made),
                    _ => Err(Refusal::new(
                        ErrorCode::KEY_USAGE,
                        "the key block is none of a private key",
                    )),
                }
            }
            _ => Err(Refusal::new(
                ErrorCode::LMK_SCHEME,
                "the private key is one of the other kind of LMK",
            )),
        }
    }

    /// The key for use. Keys that come again are found in the cache.
    ///
    /// # Errors
    /// 21, 49, 78, A1 to A8.
    pub(super) fn held(self, call: &Call<'_>, lmk: &Lmk) -> Result<Arc<Held>, Refusal> {
        let text = match self {
            Self::Blob(blob) => blob,
            Self::Block(field) => field.text,
            Self::Stored(index) => return call.host.private_keys().get(index, lmk.id),
        };
        let name = Name::of_private_key(lmk, text);
        if let Some(held) = call.host.cache().get(name.get()) {
            return Ok(held);
        }
        let held = Arc::new(self.open(call, lmk, false)?);
        call.host.cache().put(name.get(), &held);
        Ok(held)
    }
}

/// That an LMK protects a modulus of so many bits.
///
/// # Errors
/// 48.
pub(super) fn check_strength(lmk: &Lmk, bits: usize) -> Result<(), Refusal> {
    match lmk.kind == LmkKind::KeyBlockAes || bits <= BITS_MAX_OF_DES {
        true => Ok(()),
        false => Err(Refusal::new(
            ErrorCode::STRONGER_LMK,
            "a modulus of more than 2048 bits is protected by an LMK of AES only",
        )),
    }
}

/// A private key under an LMK, with its length before it.
///
/// # Errors
/// The module's, as codes. `parameter` is that of key blocks.
pub(super) fn write(call: &mut Call<'_>, lmk: &Lmk, key: &Held, parameter: &[u8]) -> Result<(), Refusal> {
    if lmk.has_key_blocks() {
        let block = call.wrap(CKM_VHSM_THALES_KEY_BLOCK, parameter, lmk.handle, key)?;
        call.reply.field("private key length", &OF_BLOCKS);
        call.reply.field("private key", &with_tag(b'S', &block));
    } else {
        let blob = call.wrap(CKM_VHSM_LMK_RSA_PRIVATE_KEY, &[1], lmk.handle, key)?;
        call.reply.number("private key length", blob.len(), 4);
        call.reply.field("private key", &blob);
    }
    Ok(())
}

/// EK
pub(super) fn load(call: &mut Call<'_>) -> Result<(), Refusal> {
    let index = call.fields.number("key index", 2)?;
    if index > INDEX_MAX {
        let reason = "private keys have the indexes 00 to 20";
        return Err(Refusal::new(ErrorCode::NUMBER, reason));
    }
    let key = PrivateKey::read(call)?;
    call.end()?;
    let lmk = call.lmk()?;
    let key = key.held(call, lmk)?;
    call.host.private_keys().put(index, lmk.id, key);
    Ok(())
}

/// EM
pub(super) fn translate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let key = PrivateKey::read(call)?;
    call.end()?;
    let new = call.lmk()?;
    let old = call.host.lmks().old(new.id)?;
    let key = key.open(call, old, true)?;
    let (modulus, _) = call.public_numbers(&key)?;
    check_strength(new, 8 * modulus.len())?;
    write(call, new, &key, &[1, new.block_version()])
}
