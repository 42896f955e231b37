//! The envelope of a message over TCP: two bytes of length, the header that is echoed, the command, and at the end of some
//! messages X'19' and a trailer that is echoed, too [Thales payShield, host command interface].

/// Bytes of the length before a message.
pub const LENGTH_BYTES: usize = 2;
/// The longest message in bytes, its length apart: the device's buffer.
pub const MESSAGE_MAX: usize = 32 * 1024;
/// Longest header in bytes.
pub const HEADER_MAX: usize = 255;
/// What begins a message trailer.
pub const TRAILER_MARK: u8 = 0x19;
/// Longest trailer in bytes, without its mark.
pub const TRAILER_MAX: usize = 32;
/// Bytes of a command, and of a response's code and error code.
pub const CODE_BYTES: usize = 2;

/// What stands at the beginning of what was received.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A whole message without its length, and how many bytes it took.
    Message(&'a [u8], usize),
    /// More is to come.
    Partial,
    /// A length that no message has: where the next one begins cannot be told.
    TooLong,
}

impl<'a> Frame<'a> {
    /// Looks at the beginning of `received`.
    #[must_use]
    pub fn first(received: &'a [u8]) -> Self {
        let Some((length, rest)) = received.split_first_chunk::<LENGTH_BYTES>() else {
            return Self::Partial;
        };
        let length = usize::from(u16::from_be_bytes(*length));
        if length > MESSAGE_MAX {
            return Self::TooLong;
        }
        match rest.get(..length) {
            Some(message) => Self::Message(message, LENGTH_BYTES + length),
            None => Self::Partial,
        }
    }
}

/// The trailer at the end of a message, with its mark; empty if there is none. Only for messages whose fields could not be
/// read: binary data may hold the mark, so that only text is taken for one.
#[must_use]
pub fn trailer_of(body: &[u8]) -> &[u8] {
    let from = body.len().saturating_sub(1 + TRAILER_MAX);
    let end = body.get(from..).unwrap_or_default();
    let at = end.iter().rposition(|byte| *byte == TRAILER_MARK);
    let trailer = at.and_then(|at| end.get(at..)).unwrap_or_default();
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~');
    match trailer.split_first() {
        Some((_, text)) if text.iter().all(is_text) => trailer,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_taken_from_what_has_come() {
        assert_eq!(Frame::first(b""), Frame::Partial);
        assert_eq!(Frame::first(b"\0"), Frame::Partial);
        assert_eq!(Frame::first(b"\0\x06SSSSN"), Frame::Partial);
        assert_eq!(Frame::first(b"\0\x06SSSSNC"), Frame::Message(b"SSSSNC", 8));
        assert_eq!(Frame::first(b"\0\x06SSSSNC\0"), Frame::Message(b"SSSSNC", 8));
        assert_eq!(Frame::first(b"\0\0rest"), Frame::Message(b"", 2));
        assert_eq!(Frame::first(b"\x80\x01"), Frame::TooLong);
    }

    #[test]
    fn trailers_are_at_most_32_characters() {
        assert_eq!(trailer_of(b"data"), b"");
        assert_eq!(trailer_of(b"data\x19END"), b"\x19END");
        assert_eq!(trailer_of(b"da\x19\x02ta\x19END"), b"\x19END");
        assert_eq!(trailer_of(b"data\x19\x80"), b"");
        assert_eq!(trailer_of(&[&[TRAILER_MARK][..], &[b'x'; 33]].concat()), b"");
    }
}
