//! [`Reply`]: writes the fields of a response one after the other, each by its name.

use std::io::Write;
use std::time::Duration;

use zeroize::Zeroize;

use super::code::ErrorCode;
use super::hex::push_hex;
use super::refusal::Refusal;
use super::trace::{Shown, Trace, Traced};

/// The fields of a response behind its error code.
pub struct Reply {
    code: ErrorCode,
    /// What the log is to say of an answer that has fields and is a refusal.
    refused: Option<Refusal>,
    /// What was in the buffer before, and the fields.
    buffer: Vec<u8>,
    /// Where the fields begin.
    start: usize,
    trace: Trace,
    delay: Duration,
}

impl Reply {
    /// An answer without fields.
    #[must_use]
    pub fn new(trace: bool) -> Self {
        Self::behind(Vec::new(), trace)
    }

    /// An answer whose fields come behind what is in a buffer.
    #[must_use]
    pub fn behind(buffer: Vec<u8>, trace: bool) -> Self {
        Self {
            code: ErrorCode::OK,
            refused: None,
            start: buffer.len(),
            buffer,
            trace: Trace::new(trace),
            delay: Duration::ZERO,
        }
    }

    /// Holds the answer back for so long more.
    pub fn delay(&mut self, delay: Duration) {
        self.delay += delay;
    }

    /// How long the answer is held back. Whoever sends it waits.
    #[must_use]
    pub fn delayed(&self) -> Duration {
        self.delay
    }

    /// The buffer with the fields.
    #[must_use]
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// The error code.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// Another error code than 00 for an answer that has its fields all the same: advice.
    pub fn advise(&mut self, code: ErrorCode) {
        self.code = code;
    }

    /// A refusal that has fields all the same.
    pub fn refuse_with_fields(&mut self, refused: Refusal) {
        self.code = refused.code;
        self.refused = Some(refused);
    }

    /// Why it is a refusal, if it is one with fields.
    pub fn take_refused(&mut self) -> Option<Refusal> {
        self.refused.take()
    }

    /// The fields as they are sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    /// What was written, for the trace.
    #[must_use]
    pub fn traced(&self) -> &[Traced] {
        self.trace.fields()
    }

    /// A field.
    pub fn field(&mut self, name: &'static str, bytes: &[u8]) {
        self.write(name, Shown::Plain, |buffer| buffer.extend_from_slice(bytes));
    }

    /// A field that no trace shows.
    pub fn secret(&mut self, name: &'static str, bytes: &[u8]) {
        self.write(name, Shown::Masked, |buffer| buffer.extend_from_slice(bytes));
    }

    /// Bytes as upper-case hexadecimal digits.
    pub fn hex(&mut self, name: &'static str, bytes: &[u8]) {
        self.write(name, Shown::Plain, |buffer| push_hex(buffer, bytes));
    }

    /// As [`Reply::hex`], and no trace shows them.
    pub fn secret_hex(&mut self, name: &'static str, bytes: &[u8]) {
        self.write(name, Shown::Masked, |buffer| push_hex(buffer, bytes));
    }

    /// A number of so many hexadecimal digits.
    pub fn hex_number(&mut self, name: &'static str, number: usize, length: usize) {
        self.write(name, Shown::Plain, |buffer| {
            // A vector takes all that is written.
            let _written = write!(buffer, "{number:0length$X}");
        });
    }

    /// A number of so many decimal digits.
    pub fn number(&mut self, name: &'static str, number: usize, length: usize) {
        self.write(name, Shown::Plain, |buffer| {
            // A vector takes all that is written.
            let _written = write!(buffer, "{number:0length$}");
        });
    }

    fn write(&mut self, name: &'static str, shown: Shown, write: impl FnOnce(&mut Vec<u8>)) {
        let from = self.buffer.len();
        write(&mut self.buffer);
        self.trace
            .add(name, self.buffer.get(from..).unwrap_or_default(), shown);
    }

    /// Turns it into a refusal: the fields go.
    pub fn refuse(&mut self, code: ErrorCode) {
        if let Some(fields) = self.buffer.get_mut(self.start..) {
            fields.zeroize();
        }
        self.buffer.truncate(self.start);
        self.code = code;
        self.trace = self.trace.emptied();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_no_fields() {
        let mut reply = Reply::new(true);
        reply.hex("KCV", &[0x08, 0xd7, 0xb4]);
        reply.number("length", 4, 2);
        reply.secret("PIN", b"1234");
        assert_eq!(reply.bytes(), b"08D7B4041234");
        assert_eq!(reply.traced()[2].text, "4 characters, not shown");
        reply.refuse(ErrorCode::PIN_BLOCK);
        assert_eq!((reply.code(), reply.bytes()), (ErrorCode::PIN_BLOCK, &b""[..]));
        assert!(reply.traced().is_empty());
    }
}
