//! What a trace shows of a key block, in whose place another field may stand.

use super::hex::unhex;

/// The tag and the header: version, length, usage, algorithm, mode of use, key version, exportability, number of optional
/// blocks, LMK identifier.
const HEADER: usize = 17;
const LENGTH: std::ops::Range<usize> = 2..6;
/// Algorithm, mode of use, exportability: letters, so that no number goes through the header.
const LETTERS_AT: [usize; 3] = [8, 9, 12];
const COUNT: std::ops::Range<usize> = 13..15;
/// Identifier and length of an optional block.
const OPTIONAL_HEAD: usize = 4;

/// The header and the optional blocks, and what is hexadecimal behind them.
pub(super) fn text(block: &[u8]) -> String {
    let Some(end) = header_length(block) else {
        return hidden(block);
    };
    let whole = end_of_optional(block)
        .and_then(|end| block.split_at_checked(end))
        .filter(|(_, digits)| digits.iter().all(u8::is_ascii_hexdigit));
    match whole {
        Some(_) => String::from_utf8_lossy(block).into_owned(),
        None => cut(block, end),
    }
}

/// The header alone.
pub(super) fn header(block: &[u8]) -> String {
    header_length(block).map_or_else(|| hidden(block), |end| cut(block, end))
}

fn hidden(bytes: &[u8]) -> String {
    format!("{} characters, not shown", bytes.len())
}

fn cut(block: &[u8], end: usize) -> String {
    let (shown, rest) = block.split_at_checked(end).unwrap_or((&[], block));
    format!("{} and {}", String::from_utf8_lossy(shown), hidden(rest))
}

/// The length of the header, if it is one.
fn header_length(block: &[u8]) -> Option<usize> {
    let header = block.get(..HEADER)?;
    let is_letter = |at: &usize| header.get(*at).is_some_and(u8::is_ascii_alphabetic);
    let is_header = header.iter().all(u8::is_ascii_alphanumeric)
        && header.get(LENGTH)?.iter().all(u8::is_ascii_digit)
        && LETTERS_AT.iter().all(is_letter);
    is_header.then_some(HEADER)
}

/// Where the optional blocks end that the header counts, if they are some.
fn end_of_optional(block: &[u8]) -> Option<usize> {
    let count: usize = std::str::from_utf8(block.get(COUNT)?).ok()?.parse().ok()?;
    let mut end = HEADER;
    for _ in 0..count {
        let [id @ .., first, second] = block.get(end..end + OPTIONAL_HEAD)? else {
            return None;
        };
        let mut length = [0];
        if !id.iter().all(u8::is_ascii_alphanumeric) || !unhex(&[*first, *second], &mut length) {
            return None;
        }
        let [length] = length.map(usize::from);
        let content = block.get(end + OPTIONAL_HEAD..end + length)?;
        if !content.iter().all(|byte| (b' '..=b'~').contains(byte)) {
            return None;
        }
        end += length;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: &str = "EA421618B34F5FA1A77F7CF6480111B97CF0FAE7BD77D589EC921EF9";

    #[test]
    fn blocks_are_shown_as_far_as_they_are_blocks() {
        let plain = format!("S00072P0TB00E0001{DIGITS}");
        let optional = format!("S00086P0TB00E0101000Ea label, 1{DIGITS}");
        for whole in [&plain, &optional] {
            assert_eq!(text(whole.as_bytes()), *whole);
        }
        for (wrong, shown) in [
            (
                format!("S00072P0TB00E0001{}5413330089604111;2512201", &DIGITS[24..]),
                "S00072P0TB00E0001 and 56 characters, not shown",
            ),
            (
                format!("S00072P0TB00E0101PB{DIGITS}"),
                "S00072P0TB00E0101 and 58 characters, not shown",
            ),
            (
                format!("S00086P0TB00E0101000Ea label, \u{1}{DIGITS}"),
                "S00086P0TB00E0101 and 70 characters, not shown",
            ),
            (
                format!("S000725413330089604111{DIGITS}"),
                "78 characters, not shown",
            ),
            ("S00072P0".to_owned(), "8 characters, not shown"),
        ] {
            assert_eq!(text(wrong.as_bytes()), shown);
        }
        assert_eq!(
            header(plain.as_bytes()),
            "S00072P0TB00E0001 and 56 characters, not shown"
        );
    }
}
