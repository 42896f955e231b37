//! MACs of messages under TAKs and ZAKs, whole or in parts.

use std::sync::Arc;

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::commands::bytes::{Data, Format};
use crate::payshield::fields::Fields;
use crate::payshield::functions::Short;
use crate::payshield::held::Held;
use crate::payshield::hex::unhex;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;
use crate::payshield::roles::{KeyRole, TAK, ZAK};

const MODE: ErrorCode = ErrorCode(*b"02");
const FORMAT: ErrorCode = ErrorCode(*b"03");
const ALGORITHM: ErrorCode = ErrorCode(*b"04");
const KEY_TYPE: ErrorCode = ErrorCode(*b"05");
const LENGTH: ErrorCode = ErrorCode(*b"06");
const PADDING: ErrorCode = ErrorCode(*b"09");

const IV_LEN: usize = 8;
/// Version, algorithm, padding, part, length, IV.
const PARAMETER_MAX: usize = 5 + IV_LEN;

/// How a MAC is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// Algorithm 1 of ISO 9797-1.
    Alg1,
    /// Algorithm 3 of ISO 9797-1.
    Alg3,
    /// CMAC.
    Cmac,
}

/// Which part of a message comes, by its number in messages and in the mechanism's parameter.
pub(super) const WHOLE: u8 = 0;
const FIRST: u8 = 1;
const MIDDLE: u8 = 2;
pub(super) const LAST: u8 = 3;

/// Whether further parts come.
pub(super) fn continues(part: u8) -> bool {
    matches!(part, FIRST | MIDDLE)
}

/// A MAC's form.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) algorithm: Algorithm,
    /// 0 none, 1 to 3 those of ISO 9797-1.
    pub(super) padding: u8,
    /// Bytes.
    pub(super) mac_len: u8,
    pub(super) part: u8,
    pub(super) iv: [u8; IV_LEN],
}

const fn for_algorithm(role: KeyRole, usage: [u8; 2], block_usages: &'static [&'static str]) -> KeyRole {
    KeyRole {
        usage,
        block_usages,
        ..role
    }
}

static TAK_ALG1: KeyRole = for_algorithm(TAK, *b"M1", &["M0", "M1"]);
static ZAK_ALG1: KeyRole = for_algorithm(ZAK, *b"M1", &["M0", "M1"]);
// Algorithm 3 of whole messages goes with keys of usage M1, too.
static TAK_ALG3: KeyRole = for_algorithm(TAK, *b"M3", &["M3", "M1"]);
static ZAK_ALG3: KeyRole = for_algorithm(ZAK, *b"M3", &["M3", "M1"]);
static CMAC_KEY: KeyRole = for_algorithm(ZAK, *b"M6", &["M6"]);

/// The role of a key for this algorithm.
pub(super) fn role(algorithm: Algorithm, is_zak: bool) -> &'static KeyRole {
    match (algorithm, is_zak) {
        (Algorithm::Alg1, false) => &TAK_ALG1,
        (Algorithm::Alg1, true) => &ZAK_ALG1,
        (Algorithm::Alg3, false) => &TAK_ALG3,
        (Algorithm::Alg3, true) => &ZAK_ALG3,
        (Algorithm::Cmac, _) => &CMAC_KEY,
    }
}

/// A part's number.
pub(super) fn read_part(fields: &mut Fields<'_>, name: &'static str, code: ErrorCode) -> Result<u8, Refusal> {
    match fields.byte(name)? {
        digit @ b'0'..=b'3' => Ok(digit - b'0'),
        _ => Err(Refusal::new(code, "parts of messages are 0 to 3")),
    }
}

/// The IV of a part that others go before.
pub(super) fn read_iv(fields: &mut Fields<'_>, part: u8) -> Result<[u8; IV_LEN], Refusal> {
    match part {
        MIDDLE | LAST => fields.hex_array("IV"),
        _ => Ok([0; IV_LEN]),
    }
}

impl Form {
    /// Size, algorithm and padding, for whole messages.
    fn read(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        let mac_len = match fields.byte("MAC size")? {
            b'0' => 4,
            b'1' => 8,
            _ => return Err(Fields::wrong("MAC size")),
        };
        let algorithm = match fields.byte("MAC algorithm")? {
            b'1' => Algorithm::Alg1,
            b'3' => Algorithm::Alg3,
            b'6' => Algorithm::Cmac,
            _ => return Err(Refusal::new(ALGORITHM, "MAC algorithms are 1, 3 and 6")),
        };
        let padding = match fields.byte("padding method")? {
            digit @ b'0'..=b'3' => digit - b'0',
            _ => return Err(Refusal::new(PADDING, "padding methods are 0 to 3")),
        };
        Ok(Self {
            algorithm,
            padding,
            mac_len,
            part: WHOLE,
            iv: [0; IV_LEN],
        })
    }

    /// That what goes with whole messages only is not asked for of parts.
    fn check(&self) -> Result<(), Refusal> {
        match (self.part, self.algorithm, self.padding) {
            (WHOLE, _, _) => Ok(()),
            (_, Algorithm::Cmac, _) => Err(Refusal::new(MODE, "CMAC takes whole messages")),
            (_, _, 3) => Err(Refusal::new(
                PADDING,
                "padding method 3 puts the length before a whole message",
            )),
            _ => Ok(()),
        }
    }

    /// The mechanism with its parameter. That of parts also does what the device does with keys that are not of the
    /// algorithm, and without padding.
    fn mechanism(&self, key: &Held) -> (MechanismId, [u8; PARAMETER_MAX], usize) {
        let mut parameter = [0; PARAMETER_MAX];
        let mut put = |bytes: &[u8]| {
            parameter
                .iter_mut()
                .zip(bytes)
                .for_each(|(place, byte)| *place = *byte);
            bytes.len()
        };
        let number = match self.algorithm {
            Algorithm::Cmac => {
                let length = put(&u64::from(self.mac_len).to_be_bytes());
                let id = match key.key_type {
                    CKK_AES => CKM_AES_CMAC_GENERAL,
                    _ => CKM_DES3_CMAC_GENERAL,
                };
                return (id, parameter, length);
            }
            Algorithm::Alg1 => 1,
            Algorithm::Alg3 => 3,
        };
        let plain = self.part == WHOLE && self.padding != 0;
        match self.algorithm {
            Algorithm::Alg1 if plain => {
                let length = put(&[1, self.padding, self.mac_len]);
                (CKM_VHSM_ISO9797_ALG1_MAC, parameter, length)
            }
            Algorithm::Alg3 if plain && key.usage == *b"M3" => {
                let length = put(&[1, self.padding, self.mac_len]);
                (CKM_VHSM_ISO9797_ALG3_MAC, parameter, length)
            }
            _ => {
                let [a, b, c, d, e, f, g, h] = self.iv;
                let length = if continues(self.part) { 8 } else { self.mac_len };
                let head = [1, number, self.padding, self.part, length];
                let [v, n, p, t, l] = head;
                let length = put(&[v, n, p, t, l, a, b, c, d, e, f, g, h]);
                (CKM_VHSM_ISO9797_CHAINED_MAC, parameter, length)
            }
        }
    }

    /// The MAC, or the IV of the next part.
    pub(super) fn make(&self, call: &Call<'_>, key: &Held, data: &[u8]) -> Result<Short, Refusal> {
        let (mechanism, parameter, length) = self.mechanism(key);
        let parameter = parameter.get(..length).unwrap_or_default();
        call.sign(mechanism, parameter, key, data)
    }

    /// Whether a MAC is right.
    pub(super) fn is_right(
        &self,
        call: &Call<'_>,
        key: &Held,
        data: &[u8],
        mac: &[u8],
    ) -> Result<bool, Refusal> {
        let (mechanism, parameter, length) = self.mechanism(key);
        let parameter = parameter.get(..length).unwrap_or_default();
        call.verify(mechanism, parameter, key, data, mac)
    }
}

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
    call.fields.end()?;
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
    call.fields.end()?;
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
    fields.end()?;
    let from_key = from_key.get(call)?;
    let to_key = to_key
        .get(call)
        .map_err(|refused| refused.recode(ErrorCode::SOURCE_PARITY, ErrorCode::DESTINATION_PARITY))?;
    let mac = mac.get(..length).unwrap_or_default();
    let right = from
        .is_right(call, &from_key, data.bytes(), mac)
        .map_err(of_length)?;
    call.verified(right, "the MAC is wrong")?;
    let made = to.make(call, &to_key, data.bytes()).map_err(of_length)?;
    call.reply.hex("MAC", &made);
    Ok(())
}
