//! NK: several commands in one message.

use zeroize::Zeroizing;

use crate::payshield::answer::{REFUSAL_MAX, Seat};
use crate::payshield::call::Call;
use crate::payshield::code::ErrorCode;
use crate::payshield::envelope::MESSAGE_MAX;
use crate::payshield::fields::Fields;
use crate::payshield::refusal::Refusal;

const CHAIN: &[u8] = b"NK";
/// Digits of the number of responses.
const COUNT_LENGTH: usize = 2;
/// Digits of a response's length.
const LENGTH_LENGTH: usize = 4;
/// The longest response that these digits tell.
const RESPONSE_MAX: usize = 9999;

/// Answers each command of the chain as if it came alone. One whose response finds no room, beside at least a refusal of
/// each that follows, is answered with 80.
pub(super) fn chain(call: &mut Call<'_>) -> Result<(), Refusal> {
    let has_headers = match call.fields.byte("header flag")? {
        b'0' => false,
        b'1' => true,
        _ => return Err(Fields::wrong("header flag")),
    };
    let count = call.fields.number("commands", COUNT_LENGTH)?;
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
        let length = call.fields.number("length", LENGTH_LENGTH)?;
        // Its fields may be secret.
        let command = call.fields.secret("command", length)?;
        let split = command.split_at_checked(header_length);
        let (header, request) = split.ok_or_else(|| Fields::wrong("command"))?;
        if request.starts_with(CHAIN) {
            return Err(Refusal::new(ErrorCode::TOO_MANY, "a chain in a chain"));
        }
        commands.push((header, request));
    }
    call.end()?;
    let seat = Seat {
        session: call.session,
        port_lmk: call.fields.lmk().or(call.port_lmk),
        peer: call.peer,
    };
    call.reply.number("responses", count, COUNT_LENGTH);
    let shortest = LENGTH_LENGTH + header_length + REFUSAL_MAX;
    let outside = call.host.settings().header_length + REFUSAL_MAX + COUNT_LENGTH;
    let mut room = MESSAGE_MAX.saturating_sub(outside + count * shortest);
    let mut response = Zeroizing::new(Vec::new());
    for (header, request) in commands {
        response.clear();
        response.extend_from_slice(header);
        let most = RESPONSE_MAX.min(room + header_length + REFUSAL_MAX) - header_length;
        let delay = call.host.respond(seat, request, most, &mut response);
        call.reply.delay(delay);
        room = (room + shortest).saturating_sub(LENGTH_LENGTH + response.len());
        call.reply.number("length", response.len(), LENGTH_LENGTH);
        call.reply.secret("response", &response);
    }
    Ok(())
}
