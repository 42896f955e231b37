//! EI: a new key pair.

use super::GENERATE;
use super::private_key::{check_strength, write};
use crate::ck::*;
use crate::payment::keyblock::rsa_key::PublicKey;
use crate::payshield::call::{Call, attribute, flag};
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::keys::trailers::{Parts, Trailers};
use crate::payshield::pairs::number;
use crate::payshield::refusal::Refusal;

/// Error codes of EI; that of the encoding is EO's, too.
const ENCODING: ErrorCode = ErrorCode(*b"03");
const MODULUS_LENGTH: ErrorCode = ErrorCode(*b"04");
const KEY_TYPE: ErrorCode = ErrorCode(*b"05");
const EXPONENT_LENGTH: ErrorCode = ErrorCode(*b"06");
const EVEN_EXPONENT: ErrorCode = ErrorCode(*b"08");

/// Lengths of a modulus in bits.
const BITS: std::ops::RangeInclusive<usize> = 512..=4096;
/// Lengths of an exponent in bits.
const EXPONENT_BITS: std::ops::RangeInclusive<usize> = 2..=256;
/// The exponent where none is given: 65537.
const EXPONENT: &[u8] = &[1, 0, 1];

/// Usage and mode of use of a key type.
///
/// # Errors
/// 05.
fn purpose(key_type: u8) -> Result<(KeyUsage, u8), Refusal> {
    Ok(match key_type {
        b'0' => (KeyUsage::RSA_PRIVATE, b'S'),
        b'1' => (KeyUsage::RSA_PRIVATE, b'D'),
        b'2' => (KeyUsage::RSA_PRIVATE, b'N'),
        b'3' => (KeyUsage::RSA_PRIVATE_CARD, b'N'),
        b'4' => (KeyUsage::RSA_PRIVATE_TLS, b'N'),
        _ => {
            let reason = "the types of private keys are 0 to 4";
            return Err(Refusal::new(KEY_TYPE, reason));
        }
    })
}

/// Whether a public key is encoded as DER wants it, by its encoding's identifier.
///
/// # Errors
/// 03.
pub(super) fn is_der(encoding: &[u8]) -> Result<bool, Refusal> {
    match encoding {
        b"01" => Ok(false),
        b"02" => Ok(true),
        _ => Err(Refusal::new(
            ENCODING,
            "the encodings of public keys are 01 and 02",
        )),
    }
}

/// The exponent, behind its length in bits.
fn exponent<'a>(call: &mut Call<'a>) -> Result<&'a [u8], Refusal> {
    if !call.fields.peek().is_some_and(|byte| byte.is_ascii_digit()) {
        return Ok(EXPONENT);
    }
    let bits = call.fields.number("exponent length", 4)?;
    if !EXPONENT_BITS.contains(&bits) {
        let reason = "an exponent has 2 to 256 bits";
        return Err(Refusal::new(EXPONENT_LENGTH, reason));
    }
    let exponent = call.fields.bytes("exponent", bits.div_ceil(8))?;
    if exponent.last().is_some_and(|last| last % 2 == 0) {
        return Err(Refusal::new(EVEN_EXPONENT, "the exponent is even"));
    }
    let zeros = exponent.iter().take_while(|byte| **byte == 0).count();
    match exponent.get(zeros..) {
        Some(number) if number != [1] => Ok(number),
        _ => Err(Refusal::new(ErrorCode::INPUT_DATA, "the exponent is 1")),
    }
}

/// EI
pub(super) fn generate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let (usage, mode) = purpose(call.fields.byte("key type")?)?;
    let bits = call.fields.number("modulus length", 4)?;
    if !BITS.contains(&bits) {
        let reason = "a modulus has 512 to 4096 bits";
        return Err(Refusal::new(MODULUS_LENGTH, reason));
    }
    let is_der = is_der(call.fields.digits("public key encoding", 2)?)?;
    let exponent = exponent(call)?;
    let trailers = Trailers::read(call, Parts::Formed)?;
    trailers.expect_no_others(true)?;
    call.authorised(GENERATE.name)?;
    let lmk = call.lmk()?;
    check_strength(lmk, bits)?;
    let mut header = trailers.header.unwrap_or_default();
    header.exportability = trailers.exportability.unwrap_or(b'N');
    let public = [
        number(CKA_MODULUS_BITS, bits.try_into().unwrap_or(u64::MAX)),
        attribute(CKA_PUBLIC_EXPONENT, exponent),
    ];
    let private = [
        attribute(CKA_VHSM_KEY_USAGE, &usage.0),
        attribute(CKA_VHSM_MODE_OF_USE, &[mode]),
        attribute(CKA_VHSM_EXPORTABILITY, &[header.exportability]),
        flag(CKA_EXTRACTABLE, true),
    ];
    let (public, private) = call.generate_pair(&public, &private)?;
    let (modulus, exponent) = call.public_numbers(&public)?;
    call.reply
        .field("public key", &PublicKey::write(&modulus, &exponent, is_der));
    write(call, lmk, &private, &header.parameter(lmk.block_version(), 0))
}
