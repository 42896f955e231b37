//! Elements of DER, with the headers of the `der` crate: written into memory that is wiped, read without copying. Whole
//! structures that the crate knows are read and written by it.

pub use ::der::Tag;
use ::der::{Decode, Encode, Header, Length, Reader, SliceReader};

use crate::secret::SecretBytes;

/// Bytes of the longest header.
const HEADER_MAX: usize = 16;

/// An element: tag, length, and the parts as content.
#[must_use]
pub fn element(tag: Tag, parts: &[&[u8]]) -> SecretBytes {
    let length = parts.iter().map(|part| part.len()).sum::<usize>();
    let header = Header::new(tag, Length::try_from(length).unwrap_or(Length::MAX));
    let mut room = [0; HEADER_MAX];
    let header = header.encode_to_slice(&mut room).unwrap_or_default();
    let mut out = Vec::with_capacity(header.len() + length);
    out.extend_from_slice(header);
    for part in parts {
        out.extend_from_slice(part);
    }
    SecretBytes::new(out)
}

/// A non-negative INTEGER of a big-endian number.
#[must_use]
pub fn integer(number: &[u8]) -> SecretBytes {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = number.get(zeros..).unwrap_or_default();
    match number.first() {
        Some(0x80..=0xff) | None => element(Tag::Integer, &[&[0], number]),
        Some(_) => element(Tag::Integer, &[number]),
    }
}

/// A BIT STRING of whole bytes.
#[must_use]
pub fn bit_string(content: &[u8]) -> SecretBytes {
    element(Tag::BitString, &[&[0], content])
}

/// The content of the element that the bytes begin with, and what follows it; `None` if it has another tag, or a length
/// that is not as DER wants it.
#[must_use]
pub fn cut(bytes: &[u8], tag: Tag) -> Option<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    if header.tag() != tag {
        return None;
    }
    let content = reader.read_slice(header.length()).ok()?;
    let rest = bytes.get(usize::try_from(reader.position()).ok()?..)?;
    Some((content, rest))
}

/// The content of the element that the bytes are; `None` as of [`cut`], and if something follows it.
#[must_use]
pub fn whole(bytes: &[u8], tag: Tag) -> Option<&[u8]> {
    cut(bytes, tag).and_then(|(content, rest)| rest.is_empty().then_some(content))
}

/// How many bytes the element has that the bytes begin with, header and content, by its header alone; `None` if there is
/// none.
#[must_use]
pub fn len(bytes: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let content = Header::decode(&mut reader).ok()?.length();
    usize::try_from((reader.position() + content).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms of lengths [X.690, 8.1.3 and 10.1].
    #[test]
    fn elements_are_written_and_cut_off() {
        for (length, header) in [
            (0, &b"\x04\x00"[..]),
            (0x7f, b"\x04\x7f"),
            (0x80, b"\x04\x81\x80"),
            (0xff, b"\x04\x81\xff"),
            (0x100, b"\x04\x82\x01\x00"),
            (0x1_0000, b"\x04\x83\x01\x00\x00"),
        ] {
            let content = vec![7; length];
            let made = element(Tag::OctetString, &[&content]);
            assert_eq!(made.strip_prefix(header), Some(&content[..]), "{length}");
            let more = [&made, &b"more"[..]].concat();
            assert_eq!(
                cut(&more, Tag::OctetString),
                Some((&content[..], &b"more"[..])),
                "{length}"
            );
            assert_eq!(cut(&made[..made.len() - 1], Tag::OctetString), None, "{length}");
            assert_eq!(whole(&made, Tag::OctetString), Some(&content[..]), "{length}");
            assert_eq!(whole(&more, Tag::OctetString), None, "{length}");
            for bytes in [&made, &more[..], header] {
                assert_eq!(len(bytes), Some(made.len()), "{length}");
            }
        }
    }

    #[test]
    fn integers_have_no_sign_and_no_zeros_that_need_not_be() {
        assert_eq!(&*integer(&[]), b"\x02\x01\x00");
        assert_eq!(&*integer(&[0, 0]), b"\x02\x01\x00");
        assert_eq!(&*integer(&[0, 0x7f]), b"\x02\x01\x7f");
        assert_eq!(&*integer(&[0x80, 0]), b"\x02\x03\x00\x80\x00");
        assert_eq!(&*bit_string(&[0x80]), b"\x03\x02\x00\x80");
    }

    #[test]
    fn other_tags_and_lengths_that_are_not_the_shortest_are_none() {
        for wrong in [
            &b""[..],
            b"\x04",
            b"\x05\x00",
            b"\x24\x00",
            b"\x04\x80\x00\x00",
            b"\x04\x81\x01\x07",
            b"\x04\x82\x00\x80",
            b"\x04\x85\x01\x00\x00\x00\x00",
        ] {
            assert_eq!(cut(wrong, Tag::OctetString), None, "{wrong:02x?}");
            assert_eq!(whole(wrong, Tag::OctetString), None, "{wrong:02x?}");
        }
    }
}
