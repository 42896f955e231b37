//! MACs of devices whose keys are derived for every transaction.

use super::{Base, Direction, RECEIVED, Serial, Side};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::hex::unhex;
use crate::payshield::refusal::Refusal;

pub(super) const GW: CommandSpec = CommandSpec {
    code: "GW",
    response: "GX",
    name: "Generate or verify a MAC (3DES and AES DUKPT)",
    request: "MAC mode 1n: 1 verify, 2 verify its first 4 bytes, 3 verify its last 4 bytes, 4 generate, 5 generate its first 4 bytes, 6 generate its last 4 bytes; MAC method 1; [`*`, `~` or `!`]; BDK; KSN descriptor 3H; KSN; [MAC 16H, or 8H: modes 1 to 3]; length 4H; data; [%nn]",
    reply: "[MAC 16H, or 8H: modes 4 to 6]",
    errors: &[
        ("01", "the MAC is wrong"),
        ("05", "there is no such MAC mode or method"),
        ("10", "BDK parity error"),
        ("80", "there is less data than the length says"),
    ],
    handler: generate_or_verify,
    ..CommandSpec::NONE
};

/// Which bytes of the MAC are told. Base24 has the first ones of what is approved, the last ones of what is declined.
#[derive(Clone, Copy)]
pub(super) enum Part {
    All,
    First,
    Last,
}

impl Part {
    /// The length of the mechanism's parameter.
    const fn told(self) -> u8 {
        match self {
            Self::All => 8,
            Self::First => 4,
            Self::Last => 0x84,
        }
    }

    /// How many bytes.
    const fn length(self) -> usize {
        match self {
            Self::All => 8,
            Self::First | Self::Last => 4,
        }
    }
}

/// What a MAC mode asks for.
enum Mode {
    Verify(Part),
    Generate(Part),
}

/// The message with the MAC that belongs to it.
pub(super) struct Macked<'a> {
    mac: [u8; 8],
    part: Part,
    data: &'a [u8],
}

/// The parameter of the mechanism: ISO 9797-1 algorithm 3 with zeros behind the message [ANSI X9.19], CMAC under AES.
fn parameter(serial: &Serial, base: &Held, part: Part, sender: (Side, Direction)) -> [u8; 19] {
    let mut parameter = [0; 19];
    let form = match serial.is_aes() {
        false => [3, 1, part.told()],
        true => [5, 0, part.told()],
    };
    let keying = serial.keying(base, sender);
    let all = std::iter::once(&1).chain(&keying).chain(&form);
    parameter
        .iter_mut()
        .zip(all)
        .for_each(|(place, byte)| *place = *byte);
    parameter
}

/// Mode and method, which stand before the keys.
///
/// # Errors
/// 05.
fn mode(fields: &mut Fields<'_>) -> Result<Mode, Refusal> {
    let mode = fields.byte("MAC mode")?;
    let method = fields.byte("MAC method")?;
    match (mode, method) {
        (b'1', b'1') => Ok(Mode::Verify(Part::All)),
        (b'2', b'1') => Ok(Mode::Verify(Part::First)),
        (b'3', b'1') => Ok(Mode::Verify(Part::Last)),
        (b'4', b'1') => Ok(Mode::Generate(Part::All)),
        (b'5', b'1') => Ok(Mode::Generate(Part::First)),
        (b'6', b'1') => Ok(Mode::Generate(Part::Last)),
        _ => Err(no_mode()),
    }
}

fn no_mode() -> Refusal {
    Refusal::new(ErrorCode::LENGTH_FLAG, "there is no such MAC mode or method here")
}

/// The mode of a MAC that is checked, and the method.
///
/// # Errors
/// 05.
pub(super) fn checked(fields: &mut Fields<'_>) -> Result<Part, Refusal> {
    match mode(fields)? {
        Mode::Verify(part) => Ok(part),
        Mode::Generate(_) => Err(no_mode()),
    }
}

fn data<'a>(fields: &mut Fields<'a>) -> Result<&'a [u8], Refusal> {
    let length = fields.hex_number("length", 4)?;
    let data = fields.secret("data", length);
    data.map_err(|refused| refused.recode(ErrorCode::INPUT_DATA, ErrorCode::DATA_LENGTH))
}

impl<'a> Macked<'a> {
    /// Reads MAC, length and data.
    ///
    /// # Errors
    /// 15, 80.
    pub(super) fn read(fields: &mut Fields<'a>, part: Part) -> Result<Self, Refusal> {
        let digits = fields.hex("MAC", 2 * part.length())?;
        let mut mac = [0; 8];
        match mac
            .get_mut(..part.length())
            .is_some_and(|place| unhex(digits, place))
        {
            true => Ok(Self {
                mac,
                part,
                data: data(fields)?,
            }),
            false => Err(Fields::wrong("MAC")),
        }
    }

    /// Whether it is the message's.
    ///
    /// # Errors
    /// The mechanism's.
    pub(super) fn is_right(&self, call: &Call<'_>, base: &Held, serial: &Serial) -> Result<bool, Refusal> {
        let parameter = parameter(serial, base, self.part, RECEIVED);
        let mac = self.mac.get(..self.part.length()).unwrap_or_default();
        call.verify(CKM_VHSM_DUKPT_MAC, &parameter, base, self.data, mac)
    }
}

fn generate_or_verify(call: &mut Call<'_>) -> Result<(), Refusal> {
    let mode = mode(&mut call.fields)?;
    let base = Base::read(&mut call.fields)?;
    let serial = Serial::read(&mut call.fields, &base.field)?;
    let part = match mode {
        Mode::Verify(part) => {
            let macked = Macked::read(&mut call.fields, part)?;
            call.end()?;
            let bdk = base.get(call)?;
            let right = macked.is_right(call, &bdk, &serial)?;
            return call.verified(right, "the MAC is wrong");
        }
        Mode::Generate(part) => part,
    };
    let data = data(&mut call.fields)?;
    call.end()?;
    let bdk = base.get(call)?;
    let parameter = parameter(&serial, &bdk, part, base.sent());
    let mac = call.sign(CKM_VHSM_DUKPT_MAC, &parameter, &bdk, data)?;
    call.reply.hex("MAC", &mac);
    Ok(())
}
