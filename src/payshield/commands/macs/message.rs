//! MACs of messages under TAKs and ZAKs, whole or in parts.

use std::sync::Arc;

use super::form::{ALGORITHM, Algorithm, Form, MODE, WHOLE, continues, read_iv, read_part, role};
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::bytes::{Data, Format};
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::hex::unhex;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::KeyRole;

const FORMAT: ErrorCode = ErrorCode(*b"03");
const KEY_TYPE: ErrorCode = ErrorCode(*b"05");
const LENGTH: ErrorCode = ErrorCode(*b"06");

/// The key type and the key, which are looked up once the message has been read.
struct MacKey<'a> {
    field: KeyField<'a>,
    role: &'static KeyRole,
}

impl<'a> MacKey<'a> {
    fn read(fields: &mut Fields<'a>, algorithm: Algorithm) -> Result<Self, Refusal> {
        let key_type = fields.array::<3>("key type")?;
        let field = KeyField::read(fields, "MAC key", Untagged::Single)?;
        let is_zak = match &key_type {
            b"003" => false,
            b"008" => true,
            b"FFF" if field.is_block() => false,
            _ => return Err(Refusal::new(KEY_TYPE, "MAC keys have the key types 003 and 008")),
        };
        if algorithm == Algorithm::Cmac && !field.is_block() {
            let reason = "CMAC keys stand in key blocks only";
            return Err(Refusal::new(ALGORITHM, reason));
        }
        Ok(Self {
            field,
            role: role(algorithm, is_zak),
        })
    }

    fn get(&self, call: &Call<'_>) -> Result<Arc<Held>, Refusal> {
        call.key(&self.field, self.role)
    }
}

/// A MAC of a message, in hexadecimal digits.
pub(super) fn read_mac(fields: &mut Fields<'_>, mac_len: u8) -> Result<([u8; 8], usize), Refusal> {
    let length = usize::from(mac_len);
    let digits = fields.hex("MAC", 2 * length)?;
    let mut mac = [0; 8];
    match mac.get_mut(..length).is_some_and(|place| unhex(digits, place)) {
        true => Ok((mac, length)),
        false => Err(Fields::wrong("MAC")),
    }
}

const FORMATS: &[Format] = &[Format::Binary, Format::Hex, Format::Text];

/// What M6 and M8 have in common.
struct Message<'a> {
    form: Form,
    key: MacKey<'a>,
    data: Data<'a>,
}

impl<'a> Message<'a> {
    fn read(fields: &mut Fields<'a>) -> Result<Self, Refusal> {
        let part = read_part(fields, "mode", MODE)?;
        let format = Format::read(fields, "input format", FORMATS, FORMAT)?;
        let mut form = Form {
            part,
            ..Form::read(fields)?
        };
        let key = MacKey::read(fields, form.algorithm)?;
        form.check()?;
        form.iv = read_iv(fields, part)?;
        let data = Data::read(fields, 4, format, LENGTH)?;
        Ok(Self { form, key, data })
    }
}

/// What is wrong with data is their length.
fn of_length(refused: Refusal) -> Refusal {
    refused.recode(ErrorCode::DATA_LENGTH, LENGTH)
}

/// M6.
pub(super) fn generate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let message = Message::read(&mut call.fields)?;
    call.end()?;
    let key = message.key.get(call)?;
    let made = message.form.make(call, &key, message.data.bytes());
    let made = made.map_err(of_length)?;
    let name = match continues(message.form.part) {
        true => "IV",
        false => "MAC",
    };
    call.reply.hex(name, &made);
    Ok(())
}

/// M8.
pub(super) fn verify(call: &mut Call<'_>) -> Result<(), Refusal> {
    let message = Message::read(&mut call.fields)?;
    let Message { form, data, .. } = &message;
    let continues = continues(form.part);
    // Hosts send one with every part.
    let none_comes = continues && !call.fields.peek().is_some_and(|byte| byte.is_ascii_hexdigit());
    let (mac, length) = match none_comes {
        true => ([0; 8], 0),
        false => read_mac(&mut call.fields, form.mac_len)?,
    };
    call.end()?;
    let key = message.key.get(call)?;
    if continues {
        let chained = form.make(call, &key, data.bytes()).map_err(of_length)?;
        call.reply.hex("IV", &chained);
        return Ok(());
    }
    let mac = mac.get(..length).unwrap_or_default();
    let right = form.is_right(call, &key, data.bytes(), mac).map_err(of_length)?;
    call.verified(right, "the MAC is wrong")
}

/// MY.
pub(super) fn translate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let fields = &mut call.fields;
    if read_part(fields, "mode", MODE)? != WHOLE {
        return Err(Refusal::new(MODE, "MACs of whole messages are translated"));
    }
    let format = Format::read(fields, "input format", FORMATS, FORMAT)?;
    let from = Form::read(fields)?;
    let from_key = MacKey::read(fields, from.algorithm)?;
    let to = Form::read(fields)?;
    let to_key = MacKey::read(fields, to.algorithm)?;
    let data = Data::read(fields, 4, format, LENGTH)?;
    let (mac, length) = read_mac(fields, from.mac_len)?;
    call.end()?;
    let from_key = from_key.get(call)?;
    let to_key = to_key.get(call).map_err(Refusal::of_second_key)?;
    let mac = mac.get(..length).unwrap_or_default();
    let right = from
        .is_right(call, &from_key, data.bytes(), mac)
        .map_err(of_length)?;
    call.verified(right, "the MAC is wrong")?;
    let made = to.make(call, &to_key, data.bytes()).map_err(of_length)?;
    call.reply.hex("MAC", &made);
    Ok(())
}
