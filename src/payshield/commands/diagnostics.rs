//! Diagnostics: what the server is and how it does.

use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::command::{CommandSpec, LmkKinds};
use crate::payshield::refusal::Refusal;

/// The rows.
pub static ROWS: &[CommandSpec] = &[
    CommandSpec {
        code: "NC",
        response: "ND",
        name: "Perform diagnostics",
        request: "[%nn]",
        reply: "LMK check value 16H; firmware number 9",
        handler: perform_diagnostics,
        ..CommandSpec::NONE
    },
    CommandSpec {
        code: "B2",
        response: "B3",
        name: "Echo",
        request: "length 4H; data",
        reply: "data",
        lmks: LmkKinds::None,
        errors: &[
            ("80", "there is less data than the length says"),
            ("15", "there is more"),
        ],
        handler: echo,
        ..CommandSpec::NONE
    },
];

fn perform_diagnostics(call: &mut Call<'_>) -> Result<(), Refusal> {
    call.fields.end()?;
    let lmk = call.lmk()?;
    let mut check = [0; 8];
    check
        .iter_mut()
        .zip(&lmk.check_value)
        .for_each(|(place, byte)| *place = *byte);
    call.reply.hex("LMK check value", &check);
    call.reply
        .field("firmware number", call.host.settings().firmware.as_bytes());
    Ok(())
}

fn echo(call: &mut Call<'_>) -> Result<(), Refusal> {
    let length = call.fields.hex_number("length", 4)?;
    let data = call.fields.bytes("data", length);
    let data = data.map_err(|refused| refused.recode(ErrorCode::INPUT_DATA, ErrorCode::DATA_LENGTH))?;
    call.fields.end()?;
    call.reply.field("data", data);
    Ok(())
}
