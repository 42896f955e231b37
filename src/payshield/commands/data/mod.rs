//! Data: encrypted, decrypted, and translated from one key to another.

mod key;

use std::sync::Arc;

use key::{DataKey, Mode, Way};
use zeroize::Zeroizing;

use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::commands::bytes::{Data, Format};
use crate::payshield::commands::dukpt::KEYING_LEN;
use crate::payshield::commands::shared::Parameter;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::refusal::Refusal;

const ERRORS: &[(&str, &str)] = &[
    ("02", "invalid mode flag"),
    ("03", "invalid input format flag"),
    ("04", "invalid output format flag"),
    ("05", "invalid key type"),
    ("06", "invalid message length"),
    ("10", "key parity error"),
    ("35", "the data are not as the format says"),
];

const TRANSLATE_ERRORS: &[(&str, &str)] = &[
    ("02", "invalid mode flag"),
    ("03", "invalid input format flag"),
    ("04", "invalid output format flag"),
    ("05", "invalid key type"),
    ("06", "invalid message length"),
    ("07", "invalid destination mode flag"),
    ("08", "invalid destination key type"),
    ("10", "parity error of the key that decrypts"),
    ("11", "parity error of the key that encrypts"),
    ("35", "the data are not as the format says"),
];

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "M0",
        response: "M1",
        name: "Encrypt data",
        request: "mode 2n: 00 ECB, 01 CBC, 02 CFB8, 03 CFB64; input format 1n: 0 binary, 1 hexadecimal, 2 text; output format 1n: 0 or 1; key type 3H: 00A, 00B, 30B, 009, 609, 809, 909, before a key block also FFF; key; [KSN descriptor 3H; KSN: with a BDK]; [IV 16H or 32H: not in ECB]; length 4H; data; [%nn]",
        reply: "[IV: not in ECB]; length 4H; data",
        errors: ERRORS,
        handler: |call| crypt(call, Way::Encrypt),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "M2",
        response: "M3",
        name: "Decrypt data",
        request: "as M0, with input format 0 or 1 and output format 0 to 2",
        reply: "[IV: not in ECB]; length 4H; data",
        errors: ERRORS,
        handler: |call| crypt(call, Way::Decrypt),
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "M4",
        response: "M5",
        name: "Translate data",
        request: "mode 2n; destination mode 2n; input format 1n: 0 or 1; output format 1n: 0 or 1; key type 3H; key; [KSN descriptor 3H; KSN]; destination key type 3H; key; [KSN descriptor 3H; KSN]; [IV]; [destination IV]; length 4H; data; [%nn]",
        reply: "[IV]; [destination IV]; length 4H; data",
        errors: TRANSLATE_ERRORS,
        handler: translate,
        ..CommandSpec::NONE
    },
];

const MODE: ErrorCode = ErrorCode(*b"02");
const INPUT: ErrorCode = ErrorCode(*b"03");
const OUTPUT: ErrorCode = ErrorCode(*b"04");
const KEY_TYPE: ErrorCode = ErrorCode(*b"05");
const LENGTH: ErrorCode = ErrorCode(*b"06");
const DESTINATION_MODE: ErrorCode = ErrorCode(*b"07");
const DESTINATION_KEY_TYPE: ErrorCode = ErrorCode(*b"08");

const IV_MAX: usize = 16;
const CIPHERTEXT: &[Format] = &[Format::Binary, Format::Hex];
const CLEAR: &[Format] = &[Format::Binary, Format::Hex, Format::Text];

/// An initialisation vector of a block's length.
#[derive(Clone, Copy)]
struct Iv {
    bytes: [u8; IV_MAX],
    length: usize,
}

impl Iv {
    /// Reads that of a mode; ECB has none.
    fn read(
        fields: &mut Fields<'_>,
        name: &'static str,
        mode: Mode,
        key: &DataKey<'_>,
    ) -> Result<Self, Refusal> {
        let mut iv = Self {
            bytes: [0; IV_MAX],
            length: 0,
        };
        match (mode, key.is_aes()) {
            (Mode::Ecb, _) => {}
            (_, true) => {
                iv.bytes = fields.hex_array(name)?;
                iv.length = IV_MAX;
            }
            (_, false) => {
                let short: [u8; 8] = fields.hex_array(name)?;
                iv.bytes
                    .iter_mut()
                    .zip(short)
                    .for_each(|(place, byte)| *place = byte);
                iv.length = short.len();
            }
        }
        Ok(iv)
    }

    fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// What further data are chained to: the last bytes of the ciphertext.
    fn after(self, ciphertext: &[u8]) -> Self {
        let mut next = self;
        let old = ciphertext.len().min(self.length);
        let kept = self.get().get(old..).unwrap_or_default();
        let new = ciphertext.get(ciphertext.len() - old..).unwrap_or_default();
        next.bytes
            .iter_mut()
            .zip(kept.iter().chain(new))
            .for_each(|(place, byte)| *place = *byte);
        next
    }
}

/// What is wrong with data is their length.
fn of_length(refused: Refusal) -> Refusal {
    refused.recode(ErrorCode::DATA_LENGTH, LENGTH)
}

/// Digits that are none.
fn of_format(refused: Refusal) -> Refusal {
    refused.recode(ErrorCode::INPUT_DATA, ErrorCode::MESSAGE_FORMAT)
}

/// The length and the data, which no trace shows. The length is one of the message, and what it counts is of the format.
fn read_data<'a>(fields: &mut Fields<'a>, format: Format) -> Result<Data<'a>, Refusal> {
    let field = Data::counted(fields, 4, format, LENGTH)?;
    Data::of("data", field, format).map_err(of_format)
}

fn reply_data(call: &mut Call<'_>, format: Format, data: &[u8]) {
    match format {
        Format::Hex => {
            call.reply.hex_number("length", 2 * data.len(), 4);
            call.reply.secret_hex("data", data);
        }
        _ => {
            call.reply.hex_number("length", data.len(), 4);
            call.reply.secret("data", data);
        }
    }
}

/// M0 and M2.
fn crypt(call: &mut Call<'_>, way: Way) -> Result<(), Refusal> {
    let fields = &mut call.fields;
    let mode = Mode::read(fields, MODE)?;
    let (inputs, outputs) = match way {
        Way::Encrypt => (CLEAR, CIPHERTEXT),
        Way::Decrypt => (CIPHERTEXT, CLEAR),
    };
    let input = Format::read(fields, "input format", inputs, INPUT)?;
    let output = Format::read(fields, "output format", outputs, OUTPUT)?;
    let key = DataKey::read(fields, KEY_TYPE)?;
    let iv = Iv::read(fields, "IV", mode, &key)?;
    let data = read_data(fields, input)?;
    call.end()?;
    let held = key.get(call)?;
    let parameter = Parameter::new().bytes(&key.keying(&held, way)).bytes(iv.get());
    let mut out = Zeroizing::new(vec![0; data.bytes().len()]);
    let length = match way {
        Way::Encrypt => call.encrypt(mode.mechanism(), parameter.get()?, &held, data.bytes(), &mut out),
        Way::Decrypt => call.decrypt(mode.mechanism(), parameter.get()?, &held, data.bytes(), &mut out),
    };
    let made = out.get(..length.map_err(of_length)?).unwrap_or_default();
    if mode != Mode::Ecb {
        let ciphertext = match way {
            Way::Encrypt => made,
            Way::Decrypt => data.bytes(),
        };
        call.reply.hex("IV", iv.after(ciphertext).get());
    }
    reply_data(call, output, made);
    Ok(())
}

/// One end of a translation in the mechanism's parameter: 32 bytes.
fn end(parameter: Parameter, mode: Mode, keying: &[u8; KEYING_LEN], iv: &Iv) -> Parameter {
    parameter.byte(mode.number()).bytes(keying).bytes(&iv.bytes)
}

/// M4.
fn translate(call: &mut Call<'_>) -> Result<(), Refusal> {
    let fields = &mut call.fields;
    let from_mode = Mode::read(fields, MODE)?;
    let to_mode = Mode::read(fields, DESTINATION_MODE)?;
    let input = Format::read(fields, "input format", CIPHERTEXT, INPUT)?;
    let output = Format::read(fields, "output format", CIPHERTEXT, OUTPUT)?;
    let from = DataKey::read(fields, KEY_TYPE)?;
    let to = DataKey::read(fields, DESTINATION_KEY_TYPE)?;
    let from_iv = Iv::read(fields, "IV", from_mode, &from)?;
    let to_iv = Iv::read(fields, "destination IV", to_mode, &to)?;
    let data = read_data(fields, input)?;
    call.end()?;
    let from_key: Arc<Held> = from.get(call)?;
    let to_key = to.get(call).map_err(Refusal::of_second_key)?;
    let (from_keying, to_keying) = (
        from.keying(&from_key, Way::Decrypt),
        to.keying(&to_key, Way::Encrypt),
    );
    let parameter = end(Parameter::new(), from_mode, &from_keying, &from_iv).handle(&to_key);
    let parameter = end(parameter, to_mode, &to_keying, &to_iv);
    let mut out = vec![0; data.bytes().len()];
    let length = call
        .decrypt(
            CKM_VHSM_DATA_TRANSLATE,
            parameter.get()?,
            &from_key,
            data.bytes(),
            &mut out,
        )
        .map_err(of_length)?;
    let made = out.get(..length).unwrap_or_default();
    if from_mode != Mode::Ecb {
        call.reply.hex("IV", from_iv.after(data.bytes()).get());
    }
    if to_mode != Mode::Ecb {
        call.reply.hex("destination IV", to_iv.after(made).get());
    }
    reply_data(call, output, made);
    Ok(())
}
