//! NK: several commands in one message.

use zeroize::Zeroizing;

use crate::payshield::answer::Seat;
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::envelope::MESSAGE_MAX;
use crate::payshield::fields::Fields;
use crate::payshield::refusal::Refusal;

const CHAIN: &[u8] = b"NK";

/// Answers each command of the chain as if it came alone.
pub(super) fn chain(call: &mut Call<'_>) -> Result<(), Refusal> {
    let has_headers = match call.fields.byte("header flag")? {
        b'0' => false,
        b'1' => true,
        _ => return Err(Fields::wrong("header flag")),
    };
    let count = call.fields.number("commands", 2)?;
    if count == 0 {
        let reason = "a chain has 1 to 99 commands";
        return Err(Refusal::new(ErrorCode::TOO_MANY, reason));
    }
    let header_length = match has_headers {
        true => call.host.settings().header_length,
        false => 0,
    };
    let mut commands = Vec::with_capacity(count);
    for _ in 0..count {
        let length = call.fields.number("length", 4)?;
        // Its fields may be secret.
        let command = call.fields.secret("command", length)?;
        let split = command.split_at_checked(header_length);
        let (header, request) = split.ok_or_else(|| Fields::wrong("command"))?;
        if request.starts_with(CHAIN) {
            return Err(Refusal::new(ErrorCode::TOO_MANY, "a chain in a chain"));
        }
        commands.push((header, request));
    }
    call.end_without_lmk()?;
    let seat = Seat {
        session: call.session,
        port_lmk: call.fields.lmk().or(call.port_lmk),
        peer: call.peer,
    };
    call.reply.number("responses", count, 2);
    let (mut response, mut whole) = (Zeroizing::new(Vec::new()), 0);
    for (header, request) in commands {
        response.clear();
        response.extend_from_slice(header);
        let delay = call.host.respond(seat, request, &mut response);
        call.reply.delay(delay);
        whole += response.len();
        if response.len() > 9999 || whole > MESSAGE_MAX {
            let reason = "the responses of the chain are too long for one message";
            return Err(Refusal::new(ErrorCode::DATA_LENGTH, reason));
        }
        call.reply.number("length", response.len(), 4);
        call.reply.secret("response", &response);
    }
    Ok(())
}
