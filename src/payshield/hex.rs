//! Hexadecimal digits, as messages have them.

const DIGITS: &[u8; 16] = b"0123456789ABCDEF";

/// Hexadecimal digits to bytes, into all of `out`; whether they were such.
#[must_use]
pub fn unhex(digits: &[u8], out: &mut [u8]) -> bool {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != out.len() {
        return false;
    }
    pairs
        .iter()
        .zip(out)
        .all(|([high, low], out)| match (value(*high), value(*low)) {
            (Some(high), Some(low)) => {
                *out = high << 4 | low;
                true
            }
            _ => false,
        })
}

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
