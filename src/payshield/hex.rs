//! Hexadecimal digits, as messages have them.

pub use crate::payment::keyblock::from_hex as unhex;

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

fn digit(value: u8) -> u8 {
    DIGITS.get(usize::from(value & 15)).copied().unwrap_or(b'0')
}

/// Upper-case hexadecimal digits, one after the other.
pub fn hex_digits_of(bytes: &[u8]) -> impl Iterator<Item = u8> {
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)])
}

/// Appends bytes as upper-case hexadecimal digits.
pub fn push_hex(out: &mut Vec<u8>, bytes: &[u8]) {
    out.reserve(2 * bytes.len());
    out.extend(hex_digits_of(bytes));
}

/// Upper-case hexadecimal digits.
#[must_use]
pub fn hex_digits(bytes: &[u8]) -> Vec<u8> {
    let mut digits = Vec::new();
    push_hex(&mut digits, bytes);
    digits
}
