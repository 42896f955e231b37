//! MACs of devices whose keys are derived for every transaction.

use super::{ANY_BDK, Direction, Serial, Side};
use crate::ck::*;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::CommandSpec;
use crate::payshield::fields::Fields;
use crate::payshield::held::Held;
use crate::payshield::hex::unhex;
use crate::payshield::key_field::{KeyField, Untagged};
use crate::payshield::refusal::Refusal;

pub(super) const GW: CommandSpec = CommandSpec {
    code: "GW",
    response: "GX",
    name: "Generate or verify a MAC (3DES and AES DUKPT)",
    request: "MAC mode 1 (1 verify, 4 generate); MAC method 1; BDK; KSN descriptor 3H; KSN; [MAC 16H]; length 4H; data; [%nn]",
    reply: "[MAC 16H]",
    errors: &[
        ("01", "the MAC is wrong"),
        ("05", "there is no such MAC mode or method"),
        ("10", "BDK parity error"),
        ("80", "there is less data than the length says"),
    ],
    handler: generate_or_verify,
    ..CommandSpec::NONE
};

/// Bytes of a MAC.
const MAC_LEN: u8 = 8;
const VERIFY: u8 = b'1';
const GENERATE: u8 = b'4';

/// The message with the MAC that belongs to it.
pub(super) struct Macked<'a> {
    mac: [u8; 8],
    data: &'a [u8],
}

/// The parameter of the mechanism, which makes MACs as the device does and checks them as the host: ISO 9797-1 algorithm 3 with zeros behind the message [ANSI X9.19], CMAC under AES.
fn parameter(serial: &Serial, base: &Held, side: Side) -> [u8; 19] {
    let mut parameter = [0; 19];
    let form = match serial.is_aes() {
        false => [3, 1, MAC_LEN],
        true => [5, 0, MAC_LEN],
    };
    let keying = serial.keying(base, side, Direction::Request);
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
pub(super) fn mode(fields: &mut Fields<'_>, known: &[u8]) -> Result<u8, Refusal> {
    let mode = fields.byte("MAC mode")?;
    let method = fields.byte("MAC method")?;
    match known.contains(&mode) && method == b'1' {
        true => Ok(mode),
        false => Err(Refusal::new(
            ErrorCode::LENGTH_FLAG,
            "there is no such MAC mode or method here",
        )),
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
    pub(super) fn read(fields: &mut Fields<'a>) -> Result<Self, Refusal> {
        let digits = fields.hex("MAC", 2 * usize::from(MAC_LEN))?;
        let mut mac = [0; 8];
        match unhex(digits, &mut mac) {
            true => Ok(Self {
                mac,
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
        let parameter = parameter(serial, base, Side::Host);
        call.verify(CKM_VHSM_DUKPT_MAC, &parameter, base, self.data, &self.mac)
    }
}

fn generate_or_verify(call: &mut Call<'_>) -> Result<(), Refusal> {
    let mode = mode(&mut call.fields, &[VERIFY, GENERATE])?;
    let bdk = KeyField::read(&mut call.fields, "BDK", Untagged::Double)?;
    let serial = Serial::read(&mut call.fields, &bdk)?;
    if mode == VERIFY {
        let macked = Macked::read(&mut call.fields)?;
        call.fields.end()?;
        let bdk = call.key(&bdk, &ANY_BDK)?;
        let right = macked.is_right(call, &bdk, &serial)?;
        return call.verified(right, "the MAC is wrong");
    }
    let data = data(&mut call.fields)?;
    call.fields.end()?;
    let bdk = call.key(&bdk, &ANY_BDK)?;
    let parameter = parameter(&serial, &bdk, Side::Device);
    let mac = call.sign(CKM_VHSM_DUKPT_MAC, &parameter, &bdk, data)?;
    call.reply.hex("MAC", &mac);
    Ok(())
}
