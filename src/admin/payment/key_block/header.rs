//! The header of a key block in words. No key is needed, and nothing is checked but its form.

use super::words::{algorithm, exportability, key_version, mode, optional as meaning, usage, version};
use crate::admin::failure::Failure;

/// Characters of a header without optional blocks.
const HEADER_LEN: usize = 16;

/// A key block without blanks around it and without the tag of its scheme.
pub(super) fn untagged(block: &str) -> &str {
    let block = block.trim();
    block.strip_prefix(['R', 'S']).unwrap_or(block)
}

/// The fields of the header, by name.
pub(super) fn fields(block: &str) -> Result<Vec<(String, String)>, Failure> {
    let wrong = |what: &str| {
        let remedy = "a key block begins with 16 characters such as D0112P0AE00E0000";
        Failure::new(what.to_owned(), remedy)
    };
    if !block.is_ascii() || block.chars().any(|c| c.is_ascii_control()) {
        return Err(wrong("a key block has printable ASCII characters"));
    }
    let (header, rest) = block
        .split_at_checked(HEADER_LEN)
        .ok_or_else(|| wrong("the key block is shorter than a header"))?;
    let part = |from: usize, to: usize| header.get(from..to).unwrap_or_default();
    let length: usize = part(1, 5)
        .parse()
        .map_err(|_| wrong("the length of the key block is no number"))?;
    let count: usize = part(12, 14)
        .parse()
        .map_err(|_| wrong("the number of optional blocks is no number"))?;
    let mut fields: Vec<(String, String)> = [
        ("version", version(part(0, 1)).to_owned()),
        (
            "length",
            format!(
                "{length} characters{}",
                if length == block.len() {
                    ""
                } else {
                    ", which the block has not"
                }
            ),
        ),
        ("usage", usage(part(5, 7))),
        ("algorithm", algorithm(part(7, 8))),
        ("mode of use", mode(part(8, 9))),
        ("key version", key_version(part(9, 11))),
        ("exportability", exportability(part(11, 12))),
        ("optional blocks", count.to_string()),
        ("LMK or reserved", part(14, 16).to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into();
    let mut rest = rest;
    for _ in 0..count {
        let (id, text, behind) =
            optional(rest).ok_or_else(|| wrong("an optional block ends behind the key block"))?;
        let meaning = meaning(id).map_or_else(String::new, |meaning| format!(" ({meaning})"));
        fields.push((format!("optional {id}"), format!("{text}{meaning}")));
        rest = behind;
    }
    Ok(fields)
}

/// The identifier, the text and what stands behind an optional block.
fn optional(text: &str) -> Option<(&str, &str, &str)> {
    let id = text.get(..2)?;
    let short = usize::from_str_radix(text.get(2..4)?, 16).ok()?;
    let (head, length) = match short {
        // A long form: the number of bytes of the length, each of two digits, and the length.
        0 => {
            let bytes = usize::from_str_radix(text.get(4..6)?, 16).ok()?;
            let end = bytes.checked_mul(2)?.checked_add(6)?;
            (end, usize::from_str_radix(text.get(6..end)?, 16).ok()?)
        }
        length => (4, length),
    };
    Some((id, text.get(head..length)?, text.get(length..)?))
}
