//! HMACs under keys in key blocks.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::KeyRole;

const HMAC_KEY: KeyRole = KeyRole {
    name: "HMAC key",
    key_type: *b"10C",
    separated: None,
    usage: *b"M7",
    block_usages: &["61", "62", "63", "64", "65"],
};

/// The HMAC that a key is for, with the length of its hash in bytes.
fn of(usage: [u8; 2]) -> Option<(MechanismId, usize)> {
    Some(match &usage {
        b"61" => (CKM_SHA_1_HMAC_GENERAL, 20),
        b"62" => (CKM_SHA224_HMAC_GENERAL, 28),
        b"63" => (CKM_SHA256_HMAC_GENERAL, 32),
        b"64" => (CKM_SHA384_HMAC_GENERAL, 48),
        b"65" => (CKM_SHA512_HMAC_GENERAL, 64),
        _ => return None,
    })
}

/// LQ.
pub(super) fn generate(call: &mut Call<'_>) -> Result<(), Refusal> {
    // The key block says which hash it is for.
    call.fields.bytes("hash identifier", 2)?;
    let length = call.fields.number("HMAC length", 4)?;
    let format = call.fields.array::<2>("key format")?;
    let key_length = call.fields.array::<4>("key length")?;
    if (&format, &key_length) != (b"04", b"FFFF") {
        let reason = "HMAC keys stand in key blocks: format 04, length FFFF";
        return Err(Refusal::new(ErrorCode::LMK_SCHEME, reason));
    }
    let key = KeyField::read(&mut call.fields, "HMAC key", Untagged::Double)?;
    let data_length = call.fields.number("length", 5)?;
    let data = call.fields.secret("data", data_length)?;
    call.fields.end()?;
    let key = call.key(&key, &HMAC_KEY)?;
    let (mechanism, longest) =
        of(key.usage).ok_or_else(|| Refusal::new(ErrorCode::KEY_USAGE, "the key is for no HMAC"))?;
    if !(4..=longest).contains(&length) {
        let reason = "an HMAC has 4 bytes at least and those of its hash at most";
        return Err(Refusal::new(ErrorCode::DATA_LENGTH, reason));
    }
    let parameter = u64::try_from(length).unwrap_or(0).to_be_bytes();
    let made = call.sign(mechanism, &parameter, &key, data)?;
    call.reply.number("HMAC length", made.len(), 4);
    call.reply.field("HMAC", &made);
    Ok(())
}
