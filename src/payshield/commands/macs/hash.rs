//! Hashes and random numbers.

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::refusal::Refusal;

/// The error code of GM.
const HASH: ErrorCode = ErrorCode(*b"05");
/// The error code of N0.
const LENGTH: ErrorCode = ErrorCode(*b"01");

/// A hash by its identifier.
///
/// # Errors
/// 05.
fn of(identifier: &[u8]) -> Result<MechanismId, Refusal> {
    Ok(match identifier {
        b"01" => CKM_SHA_1,
        b"02" => CKM_MD5,
        b"05" => CKM_SHA224,
        b"06" => CKM_SHA256,
        b"07" => CKM_SHA384,
        b"08" => CKM_SHA512,
        _ => {
            let reason = "there is no hash with this identifier";
            return Err(Refusal::new(HASH, reason));
        }
    })
}

/// GM.
pub(super) fn hash(call: &mut Call<'_>) -> Result<(), Refusal> {
    let mechanism = of(call.fields.digits("hash identifier", 2)?)?;
    let length = call.fields.number("length", 5)?;
    let data = call.fields.secret("data", length)?;
    call.end()?;
    let made = call.digest(mechanism, data)?;
    // Who has guesses of the data tests them by it.
    call.reply.secret("hash", &made);
    Ok(())
}

/// Most bytes of a random value.
const RANDOM_MAX: usize = 256;

/// N0.
pub(super) fn random(call: &mut Call<'_>) -> Result<(), Refusal> {
    let length = call.fields.number("length", 3)?;
    call.end()?;
    let mut bytes = [0; RANDOM_MAX];
    let place = match length {
        0 => None,
        length => bytes.get_mut(..length),
    };
    let Some(place) = place else {
        let reason = "a random value has 1 to 256 bytes";
        return Err(Refusal::new(LENGTH, reason));
    };
    call.host.module().generate_random(call.session, place)?;
    call.reply.secret("random value", place);
    Ok(())
}
