//! HMACs under keys in key blocks.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::HMAC_KEY;

const HMAC_LENGTH: ErrorCode = ErrorCode(*b"04");
const HASH: ErrorCode = ErrorCode(*b"05");
const KEY_FORMAT: ErrorCode = ErrorCode(*b"07");
const TEXT_LENGTH: ErrorCode = ErrorCode(*b"81");

/// The HMAC that a key is for, with the length of its hash in bytes and the identifier of it in messages.
fn of(usage: [u8; 2]) -> Option<(MechanismId, usize, &'static [u8; 2])> {
    Some(match &usage {
        b"61" => (CKM_SHA_1_HMAC_GENERAL, 20, b"01"),
        b"62" => (CKM_SHA224_HMAC_GENERAL, 28, b"05"),
        b"63" => (CKM_SHA256_HMAC_GENERAL, 32, b"06"),
        b"64" => (CKM_SHA384_HMAC_GENERAL, 48, b"07"),
        b"65" => (CKM_SHA512_HMAC_GENERAL, 64, b"08"),
        _ => return None,
    })
}

/// Key format and key length: the key stands in a key block.
fn read_form(fields: &mut Fields<'_>) -> Result<(), Refusal> {
    match &fields.array::<2>("key format")? {
        b"04" => {}
        b"00" => {
            let reason = "the key is one under a variant LMK";
            return Err(Refusal::new(ErrorCode::LMK_SCHEME, reason));
        }
        _ => return Err(Refusal::new(KEY_FORMAT, "the key format is 04")),
    }
    match &fields.array::<4>("key length")? {
        b"FFFF" => Ok(()),
        _ => Err(Refusal::new(
            ErrorCode::DATA_LENGTH,
            "FFFF stands before a key block",
        )),
    }
}

/// LQ.
pub(super) fn generate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let hash = call.fields.array::<2>("hash identifier")?;
    let length = call.fields.number("HMAC length", 4)?;
    read_form(&mut call.fields)?;
    let key = KeyField::read(&mut call.fields, "HMAC key", Untagged::Double)?;
    // Hosts that know variant LMKs only have a delimiter behind the key.
    call.fields.take(b';');
    let data_length = call.fields.number("length", 5)?;
    let data = call.fields.secret("data", data_length);
    let data = data.map_err(|refused| refused.recode(ErrorCode::INPUT_DATA, TEXT_LENGTH))?;
    call.end()?;
    let key = call.key(&key, &HMAC_KEY)?;
    let (mechanism, longest, of_key) =
        of(key.usage).ok_or_else(|| Refusal::new(ErrorCode::KEY_USAGE, "the key is for no HMAC"))?;
    // The key block says which hash it is for.
    if hash != *b"FF" && hash != *of_key {
        return Err(Refusal::new(HASH, "the hash is not the one that the key is for"));
    }
    if !(4..=longest).contains(&length) {
        let reason = "an HMAC has 4 bytes at least and those of its hash at most";
        return Err(Refusal::new(HMAC_LENGTH, reason));
    }
    let parameter = u64::try_from(length).unwrap_or(0).to_be_bytes();
    let made = call.sign(mechanism, &parameter, &key, data)?;
    call.reply.number("HMAC length", made.len(), 4);
    call.reply.field("HMAC", &made);
    Ok(())
}
