//! Hexadecimal digits, as messages have them.

/// Hexadecimal digits to bytes, into all of `out`; whether they were such.
#[must_use]
pub fn unhex(digits: &[u8], out: &mut [u8]) -> bool {
    let value = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
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

/// Upper-case hexadecimal digits, one after the other.
pub fn hex_digits_of(bytes: &[u8]) -> impl Iterator<Item = u8> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| DIGITS.get(usize::from(value & 15)).copied().unwrap_or(b'0');
    bytes
        .iter()
        .flat_map(move |byte| [digit(byte >> 4), digit(*byte)])
}

/// Upper-case hexadecimal digits.
#[must_use]
pub fn hex_digits(bytes: &[u8]) -> Vec<u8> {
    hex_digits_of(bytes).collect()
}
