//! [`Host::answer`]: a message, and its response.

use super::call::Call;
use super::code::ErrorCode;
use super::envelope::{CODE_BYTES, Request, trailer_of};
use super::fields::Fields;
use super::host::{Entry, Host, Worker, two};
use super::refusal::Refusal;
use super::reply::Reply;
use super::trace::Traced;

impl Host {
    /// Answers a message: appends the response with its length to `out`. Whatever the message is, there is an answer.
    pub fn answer(&self, worker: &Worker, message: &[u8], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0; 2]);
        match Request::parse(message, self.settings().header_length) {
            Some(request) => self.answer_request(worker, &request, out),
            None => {
                // There is no command whose response this could be.
                out.extend_from_slice(message);
                out.extend_from_slice(b"ZZ");
                out.extend_from_slice(&ErrorCode::INPUT_DATA.0);
                log::warn!(
                    "payshield: a message of {} bytes has no command: 15",
                    message.len()
                );
            }
        }
        let length = u16::try_from(out.len() - start - 2).unwrap_or(u16::MAX);
        if let Some(place) = out.get_mut(start..start + 2) {
            place.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn answer_request(&self, worker: &Worker, request: &Request<'_>, out: &mut Vec<u8>) {
        out.extend_from_slice(request.header);
        let tracing = self.tracer().is_some();
        let mut call = Call {
            host: self,
            session: worker.session,
            fields: Fields::new(request.body, tracing),
            reply: Reply::new(tracing),
            port_lmk: worker.port_lmk,
        };
        let entry = self.command(request.command);
        let response = entry.map_or("ZZ", |entry| entry.spec.response);
        if let Err(refused) = self.run(entry, &mut call) {
            call.reply.refuse(refused.code);
            log::info!(
                "payshield: {} {}: {}",
                printable(request.command),
                refused.code,
                refused.reason
            );
        }
        let code = call.reply.code();
        out.extend_from_slice(response.as_bytes());
        out.extend_from_slice(&code.0);
        out.extend_from_slice(call.reply.bytes());
        out.extend_from_slice(call.fields.trailer().unwrap_or_else(|| trailer_of(request.body)));
        self.count(entry, code);
        if let Some(tracer) = self.tracer() {
            tracer(&traced(
                request.command,
                entry.map_or("unknown command", |entry| entry.spec.name),
                call.fields.traced(),
            ));
            tracer(&traced(two(response), code.meaning(), call.reply.traced()));
        }
    }

    /// What a sub-command of NK and every message goes through.
    ///
    /// # Errors
    /// The command's; 67, 68, and 15 for a command that there is not.
    pub fn run(&self, entry: Option<&Entry>, call: &mut Call<'_>) -> Result<(), Refusal> {
        let entry = entry.ok_or_else(|| Refusal::new(ErrorCode::INPUT_DATA, "there is no such command"))?;
        if let Some(code) = entry.off {
            return Err(Refusal::new(
                code,
                "the command is switched off in the configuration",
            ));
        }
        (entry.spec.handler)(call)
    }
}

fn printable(command: [u8; CODE_BYTES]) -> String {
    command.escape_ascii().to_string()
}

fn traced(command: [u8; CODE_BYTES], name: &str, fields: &[Traced]) -> String {
    let mut text = format!("{} {name}", printable(command));
    for field in fields {
        text.push_str(&format!("\n    {}: {}", field.name, field.text));
    }
    text
}
