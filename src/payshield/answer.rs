//! [`Host::answer`]: a message, and its response.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::absent::ABSENT;
use super::call::Call;
use super::code::ErrorCode;
use super::command::LmkKinds;
use super::ebcdic;
use super::envelope::{CODE_BYTES, LENGTH_BYTES, TRAILER_MAX, trailer_of};
use super::fields::Fields;
use super::host::{Host, Worker};
use super::refusal::Refusal;
use super::reply::Reply;
use super::stored::Stored;
use super::table::{Entry, two};
use super::trace;
use crate::ck::SessionHandle;

/// From where a command comes.
#[derive(Clone, Copy, Debug)]
pub struct Seat {
    /// A session that nobody else uses meanwhile.
    pub session: SessionHandle,
    /// The LMK of the port, for messages without `%nn`.
    pub port_lmk: Option<u8>,
    /// Who asks, if it is somebody outside.
    pub peer: Option<SocketAddr>,
}

/// The longest response in bytes, its length apart.
const RESPONSE_MAX: usize = 0xffff;
/// The longest refusal in bytes, its header apart: there is always room for one.
pub const REFUSAL_MAX: usize = 2 * CODE_BYTES + 1 + TRAILER_MAX;

/// The response to what is no command.
const UNKNOWN: &str = "ZZ";
/// The command that has others in it.
const CHAIN: [u8; CODE_BYTES] = *b"NK";

/// The codes of a chain's commands, as far as it is one: NK, header flag, number of commands, and of each its length in four
/// digits and itself, behind a header if the flag is 1.
fn commands_of(chain: &[u8], header_length: usize) -> impl Iterator<Item = [u8; CODE_BYTES]> {
    const BEFORE: usize = CODE_BYTES + 1 + 2;
    let header = match chain.get(CODE_BYTES) {
        Some(b'1') => header_length,
        _ => 0,
    };
    let mut rest = chain.get(BEFORE..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (digits, behind) = rest.split_first_chunk::<4>()?;
        let length = digits.iter().try_fold(0, |length, digit| {
            Some(10 * length + usize::try_from(char::from(*digit).to_digit(10)?).ok()?)
        })?;
        let (command, next) = behind.split_at_checked(length)?;
        rest = next;
        command.get(header..)?.first_chunk().copied()
    })
}

/// Why a known command is not there.
fn why_absent(code: [u8; CODE_BYTES]) -> Option<&'static str> {
    let code = std::str::from_utf8(&code).ok()?;
    let absent = ABSENT.iter().find(|absent| absent.has(code));
    absent.map(|absent| absent.why)
}

/// What the log says of a command that is not there.
fn missing(code: [u8; CODE_BYTES]) -> Cow<'static, str> {
    why_absent(code).map_or("there is no such command".into(), |why| {
        format!("the command is not there: {why}").into()
    })
}

/// That the fields of a response are no longer than this.
///
/// # Errors
/// 80. A wrong PIN stays one: it is counted.
fn has_room(reply: &Reply, most: usize) -> Result<(), Refusal> {
    let code = match reply.code() {
        _ if reply.bytes().len() <= most => return Ok(()),
        ErrorCode::VERIFICATION_FAILED => ErrorCode::VERIFICATION_FAILED,
        _ => ErrorCode::DATA_LENGTH,
    };
    Err(Refusal::new(code, "the response is too long for the message"))
}

/// Puts the response's length before it.
fn put_length(start: usize, out: &mut [u8]) {
    let length = u16::try_from(out.len() - start - LENGTH_BYTES).unwrap_or(u16::MAX);
    if let Some(place) = out.get_mut(start..start + LENGTH_BYTES) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

impl Host {
    /// Whether a message is one of those that may take long, and that wait for their turn ([`super::slow`]).
    #[must_use]
    pub fn is_slow(&self, message: &[u8]) -> bool {
        let settings = self.settings();
        let rest = message.get(settings.header_length..).unwrap_or_default();
        rest.first_chunk().is_some_and(|code| {
            let mut code: [u8; CODE_BYTES] = *code;
            if settings.ebcdic {
                ebcdic::to_ascii(&mut code);
            }
            let is_slow = |code| self.command(code).is_some_and(|entry| entry.spec.is_slow);
            let chains_slow = |chain: &[u8]| commands_of(chain, settings.header_length).any(is_slow);
            match (code, settings.ebcdic) {
                (CHAIN, false) => chains_slow(rest),
                (CHAIN, true) => {
                    let mut chain = Zeroizing::new(rest.to_vec());
                    ebcdic::to_ascii(&mut chain);
                    chains_slow(&chain)
                }
                _ => is_slow(code),
            }
        })
    }

    /// Answers a message: appends the response with its length to `out`. Whatever the message is, there is an answer. Gives
    /// how long it is to be held back before it is sent.
    pub fn answer(&self, worker: &Worker, message: &[u8], out: &mut Vec<u8>) -> Duration {
        let began = Instant::now();
        let settings = self.settings();
        let start = out.len();
        out.extend_from_slice(&[0; LENGTH_BYTES]);
        let seat = Seat {
            session: worker.session,
            port_lmk: worker.port_lmk,
            peer: worker.peer,
        };
        let delay = match message.split_at_checked(settings.header_length) {
            Some((header, request)) if settings.ebcdic => {
                out.extend_from_slice(header);
                let mut request = Zeroizing::new(request.to_vec());
                ebcdic::to_ascii(&mut request);
                let from = out.len();
                let delay = self.respond(seat, &request, RESPONSE_MAX - header.len(), out);
                ebcdic::from_ascii(out.get_mut(from..).unwrap_or_default());
                delay
            }
            Some((header, request)) => {
                out.extend_from_slice(header);
                self.respond(seat, request, RESPONSE_MAX - header.len(), out)
            }
            None => {
                out.extend_from_slice(message);
                self.respond(seat, &[], REFUSAL_MAX, out)
            }
        };
        put_length(start, out);
        self.latency().count(began.elapsed());
        delay
    }

    /// As [`Host::answer`], of a slow message: it waits for its turn, and nobody waits for its thread. Only for tasks of a
    /// runtime with several threads.
    pub async fn answer_in_turn(&self, worker: &Worker, message: &[u8], out: &mut Vec<u8>) -> Duration {
        let _turn = self.turns().next().await;
        tokio::task::block_in_place(|| self.answer(worker, message, out))
    }

    /// Answers a command with its fields: appends the response's code, its error code, its fields and the trailer to `out`,
    /// `room` bytes at most; that is [`REFUSAL_MAX`] or more. Gives how long the answer is to be held back.
    pub fn respond(&self, seat: Seat, request: &[u8], room: usize, out: &mut Vec<u8>) -> Duration {
        let Some((code, body)) = request.split_first_chunk::<CODE_BYTES>() else {
            // There is no command whose response this could be.
            out.extend_from_slice(UNKNOWN.as_bytes());
            out.extend_from_slice(&ErrorCode::INPUT_DATA.0);
            self.count(None, ErrorCode::INPUT_DATA);
            log::info!("payshield: a message that is too short for a header and a command: 15");
            return Duration::ZERO;
        };
        let entry = self.command(*code);
        let response = entry.map_or(UNKNOWN, |entry| entry.spec.response);
        out.extend_from_slice(response.as_bytes());
        let code_at = out.len();
        out.extend_from_slice(&ErrorCode::OK.0);
        let tracing = self.tracer().is_some();
        let stored = Stored::new(self.storage(), self.settings().user_storage_length);
        let mut call = Call {
            host: self,
            session: seat.session,
            fields: Fields::new(body, tracing).with(&stored),
            reply: Reply::behind(std::mem::take(out), tracing),
            port_lmk: seat.port_lmk,
            lmks: entry.map_or(LmkKinds::None, |entry| entry.spec.lmks),
            activities: entry.map_or(&[], |entry| entry.spec.activities),
            peer: seat.peer,
        };
        let done = self.run(*code, entry, &mut call);
        // Unread fields may hold the mark, too: only what ends the message is taken for a trailer.
        let trailer = call
            .fields
            .trailer()
            .unwrap_or_else(|| trailer_of(call.fields.rest()));
        let left = room.saturating_sub(2 * CODE_BYTES + trailer.len());
        let refused = match done.and_then(|()| has_room(&call.reply, left)) {
            Ok(()) => call.reply.take_refused(),
            Err(refused) => {
                call.reply.refuse(refused.code);
                Some(refused)
            }
        };
        if let Some(Refusal {
            code: error, reason, ..
        }) = refused
        {
            log::info!("payshield: {} {error}: {reason}", trace::code_text(*code));
        }
        let error = call.reply.code();
        self.count(entry, error);
        self.show(*code, entry, &call);
        let delay = call.reply.delayed();
        *out = call.reply.into_buffer();
        out.extend_from_slice(trailer);
        if let Some(place) = out.get_mut(code_at..code_at + CODE_BYTES) {
            place.copy_from_slice(&error.0);
        }
        delay
    }

    /// Shows request and response to who watches.
    fn show(&self, code: [u8; CODE_BYTES], entry: Option<&Entry>, call: &Call<'_>) {
        let Some(tracer) = self.tracer() else { return };
        let error = call.reply.code();
        let name = match (entry, why_absent(code)) {
            (Some(entry), _) => entry.spec.name.into(),
            (None, Some(why)) => format!("is not there: {why}").into(),
            (None, None) => Cow::from("unknown command"),
        };
        tracer(&trace::request(call.peer, (code, &name), &call.fields, error));
        let spec = entry.map(|entry| entry.spec);
        let response = two(spec.map_or(UNKNOWN, |spec| spec.response));
        tracer(&trace::response(
            call.peer,
            (response, error),
            spec,
            call.reply.traced(),
        ));
    }

    fn run(&self, code: [u8; CODE_BYTES], entry: Option<&Entry>, call: &mut Call<'_>) -> Result<(), Refusal> {
        let entry = entry.ok_or_else(|| Refusal::new(ErrorCode::INPUT_DATA, missing(code)))?;
        self.settings().check_on(entry.spec)?;
        if entry.spec.checks_pin && self.health().is_locked() {
            let reason = "too many PINs were wrong; JI begins the counts anew";
            return Err(Refusal::new(ErrorCode::FRAUD, reason));
        }
        if entry.spec.is_slow && self.turns().have_ended() {
            let reason = "the server stops, and it would take too long";
            return Err(Refusal::new(ErrorCode::INTERNAL, reason));
        }
        (entry.spec.handler)(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chain_tells_its_commands() {
        let codes = |chain: &[u8]| commands_of(chain, 4).collect::<Vec<_>>();
        assert_eq!(codes(b"NK0020006B2EIxx0002NC"), [*b"B2", *b"NC"]);
        assert_eq!(codes(b"NK1010010WEISEI0204"), [*b"EI"]);
        for no_chain in [
            &b"NK"[..],
            b"NK001",
            b"NK001000",
            b"NK001000xNC",
            b"NK0019999EI",
            b"NK1010003abc",
        ] {
            assert!(codes(no_chain).is_empty());
        }
        assert_eq!(codes(b"NK0020002EI0003NC"), [*b"EI"]);
    }
}
