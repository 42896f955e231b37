//! [`KeyField`]: a key as a message has it, with its scheme [Thales payShield, key schemes].

use super::code::ErrorCode;
use super::fields::Fields;
use super::hex::hex_digits;
use super::refusal::Refusal;
use super::trace::Shown;

/// A key of a message: its text with the tag, which says how it is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyField<'a> {
    /// The tag; `Z` for a single key without one, `X` for an untagged double one.
    pub scheme: u8,
    /// As it stands in the message.
    pub text: &'a [u8],
}

/// How long a key without a tag is in hexadecimal digits: what the field's command says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Untagged {
    /// 16: a single key.
    Single,
    /// 32: a double key, or a pair of single ones.
    Double,
}

impl Untagged {
    /// The scheme of such a key.
    pub(super) const fn scheme(self) -> u8 {
        match self {
            Self::Single => b'Z',
            Self::Double => b'X',
        }
    }
}

const BLOCK_LENGTH_AT: usize = 2;
const KEY_BLOCK_MIN: usize = 16;

impl<'a> KeyField<'a> {
    /// Reads a key.
    ///
    /// # Errors
    /// 15 if it is cut off or has other characters, 26 for a tag that is none; of an index of user storage 12, 21 and 27.
    pub fn read(fields: &mut Fields<'a>, name: &'static str, untagged: Untagged) -> Result<Self, Refusal> {
        if let Some(key) = Self::read_stored(fields, name, untagged)? {
            return Ok(key);
        }
        let (scheme, length) = match fields.peek() {
            Some(tag @ (b'U' | b'X')) => (tag, 33),
            Some(tag @ (b'T' | b'Y')) => (tag, 49),
            Some(b'Z') => (b'Z', 17),
            Some(tag @ (b'S' | b'R')) => (tag, 1 + block_length(fields.rest())?),
            Some(digit) if digit.is_ascii_hexdigit() => match untagged {
                Untagged::Single => (untagged.scheme(), 16),
                Untagged::Double => (untagged.scheme(), 32),
            },
            Some(_) => {
                return Err(Refusal::new(
                    ErrorCode::KEY_SCHEME,
                    format!("the field {name} has no key scheme"),
                ));
            }
            None => {
                return Err(Refusal::new(
                    ErrorCode::INPUT_DATA,
                    format!("the field {name} is missing"),
                ));
            }
        };
        let is_block = matches!(scheme, b'S' | b'R');
        let next = fields.rest().get(..length).unwrap_or_default();
        // What is wrong with a block is its mechanism's to say.
        let is_right = match next.split_first() {
            _ if is_block => true,
            Some((tag, digits)) if !tag.is_ascii_hexdigit() => digits.iter().all(u8::is_ascii_hexdigit),
            _ => next.iter().all(u8::is_ascii_hexdigit),
        };
        let shown = if is_right { Shown::Key } else { Shown::Masked };
        let text = fields.cut(name, length, shown)?;
        match is_right {
            true => Ok(Self { scheme, text }),
            false => Err(Fields::wrong(name)),
        }
    }

    /// Whether it has a tag.
    #[must_use]
    pub fn is_tagged(&self) -> bool {
        self.text.first() == Some(&self.scheme)
    }

    /// Whether it is a key block.
    #[must_use]
    pub fn is_block(&self) -> bool {
        matches!(self.scheme, b'S' | b'R')
    }

    /// The block without its tag.
    #[must_use]
    pub fn block(&self) -> &'a [u8] {
        self.text.split_first().map_or(&[], |(_, block)| block)
    }

    /// The usage in a key block's header: characters 5 and 6.
    #[must_use]
    pub fn usage(&self) -> Option<[u8; 2]> {
        self.block().get(5..7)?.try_into().ok()
    }

    /// Whether it is a key block whose header says that it is a component: characters 9 and 10.
    #[must_use]
    pub fn is_block_of_component(&self) -> bool {
        self.is_block() && matches!(self.block().get(9..11), Some([b'c' | b'C', _]))
    }

    /// Whether it is a key block whose header says AES: character 7.
    #[must_use]
    pub fn is_aes(&self) -> bool {
        self.is_block() && self.block().get(7) == Some(&b'A')
    }
}

/// The length that the header of a key block says, the tag apart.
fn block_length(rest: &[u8]) -> Result<usize, Refusal> {
    let digits = rest.get(BLOCK_LENGTH_AT..BLOCK_LENGTH_AT + 4);
    let length = digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length >= KEY_BLOCK_MIN => Ok(length),
        _ => Err(Refusal::new(
            ErrorCode::INPUT_DATA,
            "a key block's header has no length",
        )),
    }
}

/// A key that was made, as a response has it.
#[must_use]
pub fn with_tag(scheme: u8, wrapped: &[u8]) -> Vec<u8> {
    match scheme {
        b'S' | b'R' => [&[scheme], wrapped].concat(),
        _ => wrapped.to_vec(),
    }
}

/// A check value of 3 bytes as 6 digits.
#[must_use]
pub fn check_digits(value: &[u8]) -> Vec<u8> {
    hex_digits(value.get(..3).unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], untagged: Untagged) -> Result<(u8, usize), ErrorCode> {
        let mut fields = Fields::new(text, false);
        KeyField::read(&mut fields, "key", untagged)
            .map(|field| (field.scheme, field.text.len()))
            .map_err(|refused| refused.code)
    }

    #[test]
    fn keys_end_where_their_scheme_says() {
        let digits = [b'A'; 60];
        let tagged = |tag: u8| [&[tag][..], &digits].concat();
        assert_eq!(read(&digits, Untagged::Single), Ok((b'Z', 16)));
        assert_eq!(read(&digits, Untagged::Double), Ok((b'X', 32)));
        assert_eq!(read(&tagged(b'U'), Untagged::Single), Ok((b'U', 33)));
        assert_eq!(read(&tagged(b'T'), Untagged::Single), Ok((b'T', 49)));
        assert_eq!(read(&tagged(b'Z'), Untagged::Single), Ok((b'Z', 17)));
        assert_eq!(
            read(
                b"S00072P0TB00E0001EA421618B34F5FA1A77F7CF6480111B97CF0FAE7BD77D589EC921EF9more",
                Untagged::Single
            ),
            Ok((b'S', 73))
        );
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(read(b"", Untagged::Single), Err(ErrorCode::INPUT_DATA));
        assert_eq!(read(b"U1234", Untagged::Single), Err(ErrorCode::INPUT_DATA));
        assert_eq!(read(b"?1234", Untagged::Single), Err(ErrorCode::KEY_SCHEME));
        assert_eq!(
            read(b"0123456789ABCDEG", Untagged::Single),
            Err(ErrorCode::INPUT_DATA)
        );
        assert_eq!(read(b"K001", Untagged::Single), Err(ErrorCode::INPUT_DATA));
        assert_eq!(read(b"S0", Untagged::Single), Err(ErrorCode::INPUT_DATA));
        assert_eq!(read(b"S00001", Untagged::Single), Err(ErrorCode::INPUT_DATA));
        assert_eq!(
            read(b"S09999P0TB00E0001", Untagged::Single),
            Err(ErrorCode::INPUT_DATA)
        );
    }
}
