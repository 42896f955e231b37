//! MACs as hosts of old ask for them: ANSI X9.9 under TAKs, ANSI X9.19, and large messages.

use super::form::{Algorithm, Form, WHOLE, continues, read_iv, read_part, role};
use super::message::read_mac;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::bytes::{Data, Format};
use crate::payshield::envelope::{TRAILER_MARK, TRAILER_MAX};
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::KeyRole;

/// Bytes of a MAC of ANSI X9.9.
const SHORT_MAC: u8 = 4;
const LONG_MAC: u8 = 8;

/// A MAC of ANSI X9.9.
const X9_9: Form = Form {
    algorithm: Algorithm::Alg1,
    padding: 1,
    mac_len: SHORT_MAC,
    part: WHOLE,
    iv: [0; 8],
};

/// How the data of a command end.
#[derive(Clone, Copy)]
enum Ended {
    /// With the message, or before `~`.
    ByMessage,
    /// A length of 3 hexadecimal digits stands before them.
    ByLength,
}

/// Data that end with the message: before `~`, `%nn` or the trailer. Hexadecimal digits stand for bytes.
fn rest<'a>(fields: &mut Fields<'a>) -> Result<Data<'a>, Refusal> {
    let all = fields.rest();
    let trailer = all.iter().rposition(|byte| *byte == TRAILER_MARK);
    let trailer = trailer.filter(|at| all.len() - at <= 1 + TRAILER_MAX);
    let text = all.get(..trailer.unwrap_or(all.len())).unwrap_or_default();
    let text = match text {
        [text @ .., b'%', tens, ones] if tens.is_ascii_digit() && ones.is_ascii_digit() => text,
        text => text,
    };
    let end = text.iter().position(|byte| *byte == b'~');
    let length = end.unwrap_or(text.len());
    if length == 0 {
        return Err(Refusal::new(ErrorCode::DATA_LENGTH, "there are no data"));
    }
    let field = fields.secret("data", length)?;
    fields.take(b'~');
    let are_digits = length.is_multiple_of(2) && field.iter().all(u8::is_ascii_hexdigit);
    Data::of("data", field, if are_digits { Format::Hex } else { Format::Text })
}

fn read_data<'a>(fields: &mut Fields<'a>, ended: Ended) -> Result<Data<'a>, Refusal> {
    match ended {
        Ended::ByMessage => rest(fields),
        Ended::ByLength => Data::read(fields, 3, Format::Binary, ErrorCode::DATA_LENGTH),
    }
}

fn tak() -> &'static KeyRole {
    role(Algorithm::Alg1, false)
}

fn generate(call: &mut Call<'_>, ended: Ended) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, "TAK", Untagged::Single)?;
    let data = read_data(&mut call.fields, ended)?;
    call.end()?;
    let key = call.key(&key, tak())?;
    let mac = X9_9.make(call, &key, data.bytes())?;
    call.reply.hex("MAC", &mac);
    Ok(())
}

fn verify(call: &mut Call<'_>, ended: Ended) -> Result<(), Refusal> {
    let key = KeyField::read(&mut call.fields, "TAK", Untagged::Single)?;
    let (mac, length) = read_mac(&mut call.fields, SHORT_MAC)?;
    let data = read_data(&mut call.fields, ended)?;
    call.end()?;
    let key = call.key(&key, tak())?;
    let mac = mac.get(..length).unwrap_or_default();
    let right = X9_9.is_right(call, &key, data.bytes(), mac)?;
    call.verified(right, "the MAC is wrong")
}

fn translate(call: &mut Call<'_>, ended: Ended) -> Result<(), Refusal> {
    let from = KeyField::read(&mut call.fields, "TAK", Untagged::Single)?;
    let to = KeyField::read(&mut call.fields, "TAK of the new MAC", Untagged::Single)?;
    let (mac, length) = read_mac(&mut call.fields, SHORT_MAC)?;
    let data = read_data(&mut call.fields, ended)?;
    call.end()?;
    let from = call.key(&from, tak())?;
    let to = call.second_key(&to, tak())?;
    let mac = mac.get(..length).unwrap_or_default();
    let right = X9_9.is_right(call, &from, data.bytes(), mac)?;
    call.verified(right, "the MAC is wrong")?;
    let made = X9_9.make(call, &to, data.bytes())?;
    call.reply.hex("MAC", &made);
    Ok(())
}

/// MA.
pub(super) fn generate_text(call: &mut Call<'_>) -> Result<(), Refusal> {
    generate(call, Ended::ByMessage)
}

/// MC.
pub(super) fn verify_text(call: &mut Call<'_>) -> Result<(), Refusal> {
    verify(call, Ended::ByMessage)
}

/// ME.
pub(super) fn translate_text(call: &mut Call<'_>) -> Result<(), Refusal> {
    translate(call, Ended::ByMessage)
}

/// MK.
pub(super) fn generate_binary(call: &mut Call<'_>) -> Result<(), Refusal> {
    generate(call, Ended::ByLength)
}

/// MM.
pub(super) fn verify_binary(call: &mut Call<'_>) -> Result<(), Refusal> {
    verify(call, Ended::ByLength)
}

/// MO.
pub(super) fn translate_binary(call: &mut Call<'_>) -> Result<(), Refusal> {
    translate(call, Ended::ByLength)
}

const BLOCK: ErrorCode = ErrorCode(*b"05");

/// MQ.
pub(super) fn large(call: &mut Call<'_>) -> Result<(), Refusal> {
    let part = read_part(&mut call.fields, "message block", BLOCK)?;
    let key = KeyField::read(&mut call.fields, "ZAK", Untagged::Single)?;
    let form = Form {
        part,
        iv: read_iv(&mut call.fields, part)?,
        mac_len: LONG_MAC,
        ..X9_9
    };
    let data = Data::read(&mut call.fields, 3, Format::Binary, ErrorCode::DATA_LENGTH)?;
    call.end()?;
    let key = call.key(&key, role(Algorithm::Alg1, true))?;
    reply_mab(call, &form, &key, data.bytes())
}

fn reply_mab(call: &mut Call<'_>, form: &Form, key: &Held, data: &[u8]) -> Result<(), Refusal> {
    let made = form.make(call, key, data)?;
    let name = if continues(form.part) { "IV" } else { "MAB" };
    call.reply.hex(name, &made);
    Ok(())
}

/// MS.
pub(super) fn large_retail(call: &mut Call<'_>) -> Result<(), Refusal> {
    let flag = |fields: &mut Fields<'_>, name: &'static str, code: &[u8; 2]| match fields.byte(name)? {
        b'0' => Ok(false),
        b'1' => Ok(true),
        _ => Err(Refusal::new(ErrorCode(*code), "a flag is 0 or 1")),
    };
    let fields = &mut call.fields;
    let part = read_part(fields, "message block", BLOCK)?;
    let is_zak = flag(fields, "key type", b"04")?;
    let is_double = flag(fields, "key length", b"06")?;
    let is_hex = flag(fields, "message type", b"03")?;
    let (untagged, algorithm) = match is_double {
        true => (Untagged::Double, Algorithm::Alg3),
        // With a single key ANSI X9.19 is ANSI X9.9.
        false => (Untagged::Single, Algorithm::Alg1),
    };
    let key = KeyField::read(fields, "key", untagged)?;
    let form = Form {
        algorithm,
        padding: 1,
        mac_len: LONG_MAC,
        part,
        iv: read_iv(fields, part)?,
    };
    let length = fields.hex_number("length", 4)?;
    let (length, format) = match is_hex {
        true => (2 * length, Format::Hex),
        false => (length, Format::Binary),
    };
    if length == 0 {
        return Err(Refusal::new(ErrorCode::DATA_LENGTH, "there are no data"));
    }
    let data = Data::of("data", fields.secret("data", length)?, format)?;
    call.end()?;
    let key = call.key(&key, role(algorithm, is_zak))?;
    reply_mab(call, &form, &key, data.bytes())
}
