//! [`Reply`]: writes the fields of a response one after the other, each by its name.

use zeroize::Zeroize;

use super::code::ErrorCode;
use super::hex::hex_digits_of;
use super::trace::{Shown, Trace, Traced};

/// The fields of a response behind its error code.
pub struct Reply {
    code: ErrorCode,
    bytes: Vec<u8>,
    trace: Trace,
}

impl Reply {
    /// An answer without fields.
    #[must_use]
    pub fn new(trace: bool) -> Self {
        Self {
            code: ErrorCode::OK,
            bytes: Vec::new(),
            trace: Trace::new(trace),
        }
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

    /// The fields as they are sent.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What was written, for the trace.
    #[must_use]
    pub fn traced(&self) -> &[Traced] {
        self.trace.fields()
    }

    /// A field.
    pub fn field(&mut self, name: &'static str, bytes: &[u8]) {
        self.trace.add(name, bytes, Shown::Plain);
        self.bytes.extend_from_slice(bytes);
    }

    /// A field that no trace shows.
    pub fn secret(&mut self, name: &'static str, bytes: &[u8]) {
        self.trace.add(name, bytes, Shown::Masked);
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes as upper-case hexadecimal digits.
    pub fn hex(&mut self, name: &'static str, bytes: &[u8]) {
        self.hex_shown(name, bytes, Shown::Plain);
    }

    /// As [`Reply::hex`], and no trace shows them.
    pub fn secret_hex(&mut self, name: &'static str, bytes: &[u8]) {
        self.hex_shown(name, bytes, Shown::Masked);
    }

    fn hex_shown(&mut self, name: &'static str, bytes: &[u8], shown: Shown) {
        let start = self.bytes.len();
        self.bytes.reserve(2 * bytes.len());
        self.bytes.extend(hex_digits_of(bytes));
        self.trace
            .add(name, self.bytes.get(start..).unwrap_or_default(), shown);
    }

    /// A number of so many decimal digits.
    pub fn number(&mut self, name: &'static str, number: usize, length: usize) {
        self.field(name, format!("{number:0length$}").as_bytes());
    }

    /// A number of so many hexadecimal digits.
    pub fn hex_number(&mut self, name: &'static str, number: usize, length: usize) {
        self.field(name, format!("{number:0length$X}").as_bytes());
    }

    /// Turns it into a refusal: the fields go.
    pub fn refuse(&mut self, code: ErrorCode) {
        self.bytes.zeroize();
        self.bytes.clear();
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
