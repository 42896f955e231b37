//! EW and EY: signatures.

use super::digest_info;
use super::private_key::PrivateKey;
use super::public_key::{Sealed, no_key};
use crate::ck::*;
use crate::payment::keyblock::rsa_key::PublicKey;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::refusal::Refusal;

/// The wrong signature of EY.
const SIGNATURE: ErrorCode = ErrorCode(*b"02");

/// How a signature is made: the fields that EW and EY begin with.
///
/// # Errors
/// 05, 06, 07.
fn scheme(call: &mut Call<'_>) -> Result<MechanismId, Refusal> {
    let wrong = |code: &[u8; 2], reason| Err(Refusal::new(ErrorCode(*code), reason));
    let mechanism = match call.fields.digits("hash identifier", 2)? {
        b"01" => CKM_SHA1_RSA_PKCS,
        b"02" => CKM_MD5_RSA_PKCS,
        b"04" => CKM_RSA_PKCS,
        b"05" => CKM_SHA224_RSA_PKCS,
        b"06" => CKM_SHA256_RSA_PKCS,
        b"07" => CKM_SHA384_RSA_PKCS,
        b"08" => CKM_SHA512_RSA_PKCS,
        _ => return wrong(b"05", "there is no hash with this identifier"),
    };
    if call.fields.digits("signature identifier", 2)? != b"01" {
        return wrong(b"06", "the identifier of RSA signatures is 01");
    }
    if call.fields.digits("pad mode identifier", 2)? != b"01" {
        return wrong(b"07", "signatures are padded as PKCS#1 v1.5 has it: 01");
    }
    Ok(mechanism)
}

/// The data that are signed.
///
/// # Errors
/// 15, 74, 79.
fn data<'a>(call: &mut Call<'a>, mechanism: MechanismId) -> Result<&'a [u8], Refusal> {
    let length = call.fields.number("data length", 4)?;
    let data = call.fields.secret("data", length)?;
    call.fields.expect("delimiter", b';')?;
    if mechanism == CKM_RSA_PKCS {
        digest_info::check(data)?;
    }
    Ok(data)
}

/// A digest that has no room in the modulus is a matter of the key's length.
fn without_room(refused: Refusal) -> Refusal {
    refused.recode(ErrorCode::KEY_LENGTH, ErrorCode::RSA_KEY_LENGTH)
}

/// EW
pub(super) fn sign(call: &mut Call<'_>) -> Result<(), Refusal> {
    let mechanism = scheme(call)?;
    let data = data(call, mechanism)?;
    let key = PrivateKey::read_flagged(call)?;
    call.end()?;
    let lmk = call.lmk()?;
    let key = key.held(call, lmk)?;
    let made = call.signature(mechanism, &key, data).map_err(without_room);
    let signature = made.map_err(|refused| match lmk.has_key_blocks() {
        true => refused,
        false => refused
            .recode(ErrorCode::KEY_USAGE, ErrorCode::NOT_PERMITTED)
            .recode(ErrorCode::MODE_OF_USE, ErrorCode::NOT_PERMITTED),
    })?;
    call.reply.number("signature length", signature.len(), 4);
    // Who has guesses of the data tests them by it and the public key.
    call.reply.secret("signature", &signature);
    Ok(())
}

/// EY
pub(super) fn verify(call: &mut Call<'_>) -> Result<(), Refusal> {
    let mechanism = scheme(call)?;
    let length = call.fields.number("signature length", 4)?;
    let signature = call.fields.secret("signature", length)?;
    call.fields.expect("delimiter", b';')?;
    let data = data(call, mechanism)?;
    let sealed = Sealed::read(call)?;
    call.end()?;
    let lmk = call.lmk()?;
    let encoded = sealed.open(call, lmk)?;
    if !matches!(sealed.mode(), None | Some(b'N' | b'V' | b'C')) {
        let reason = "the public key checks no signatures";
        return Err(Refusal::new(ErrorCode::MODE_OF_USE, reason));
    }
    let (numbers, _) = PublicKey::parse(&encoded).ok_or_else(no_key)?;
    if signature.len() != numbers.modulus.len() {
        let reason = "the signature is not as long as the modulus";
        return Err(Refusal::new(ErrorCode::RSA_KEY_LENGTH, reason));
    }
    let key = call.public_key(numbers.modulus, numbers.exponent)?;
    let right = call
        .verify(mechanism, &[], &key, data, signature)
        .map_err(without_room)?;
    let verified = call.verified(right, "the signature is wrong");
    verified.map_err(|refused| refused.recode(ErrorCode::VERIFICATION_FAILED, SIGNATURE))
}
