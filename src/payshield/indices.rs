//! Fields that are an index of user storage: `K` and three hexadecimal digits in the place of a key or of other data.

use super::code::ErrorCode;
use super::fields::Fields;
use super::key_field::{KeyField, Untagged};
use super::refusal::Refusal;
use super::stored::Stored;
use super::trace::Shown;

/// The mark of an index.
const MARK: u8 = b'K';
/// Digits of an index.
const DIGITS: usize = 3;

/// Whether an index comes next.
fn is_next(fields: &Fields<'_>) -> bool {
    let index = fields.rest().get(1..1 + DIGITS);
    fields.peek() == Some(MARK) && index.is_some_and(|index| index.iter().all(u8::is_ascii_hexdigit))
}

/// Reads an index behind so many characters.
///
/// # Errors
/// 15 for what is none.
fn read(fields: &mut Fields<'_>, name: &'static str, before: usize) -> Result<[u8; DIGITS], Refusal> {
    let length = before + 1 + DIGITS;
    let next = fields.rest().get(..length).unwrap_or_default();
    let is_right = next.iter().rev().take(DIGITS).all(u8::is_ascii_hexdigit);
    let shown = if is_right { Shown::Plain } else { Shown::Masked };
    let text = fields.cut(name, length, shown)?;
    match text.last_chunk() {
        Some(index) if is_right => Ok(*index),
        _ => Err(Fields::wrong(name)),
    }
}

impl<'a> Fields<'a> {
    /// The same with what user storage has for fields that are an index.
    #[must_use]
    pub fn with(mut self, stored: &'a Stored<'a>) -> Self {
        self.stored = Some(stored);
        self
    }

    /// What user storage has for fields that are an index.
    #[must_use]
    pub fn storage(&self) -> Option<&'a Stored<'a>> {
        self.stored
    }

    /// What user storage has for a field of so many digits, if an index stands in its place.
    ///
    /// # Errors
    /// 15 for an index that is none, 12, 21, 27.
    pub fn stored(&mut self, name: &'static str, digits: usize) -> Result<Option<&'a [u8]>, Refusal> {
        match (self.peek(), self.storage()) {
            (Some(MARK), Some(stored)) => {
                let index = read(self, name, 0)?;
                stored.data(index, digits).map(Some)
            }
            _ => Ok(None),
        }
    }

    /// As [`Fields::hex`], also where user storage has them.
    ///
    /// # Errors
    /// 15 for anything else, 12, 21, 27.
    pub fn hex_or_stored(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        match self.stored(name, length)? {
            Some(digits) if digits.len() == length && digits.iter().all(u8::is_ascii_hexdigit) => Ok(digits),
            Some(_) => Err(Fields::wrong(name)),
            None => self.hex(name, length),
        }
    }
}

impl<'a> KeyField<'a> {
    /// Reads the index of a key that user storage has, if one comes, and the tag that stands before it: `K001`, `UK001`.
    ///
    /// # Errors
    /// 15 for an index that is none, and for what is there but is no key; 12, 21, 26, 27.
    pub(super) fn read_stored(
        fields: &mut Fields<'a>,
        name: &'static str,
        untagged: Untagged,
    ) -> Result<Option<Self>, Refusal> {
        let tag = match fields.rest() {
            [MARK, ..] => None,
            [tag @ (b'U' | b'X' | b'T' | b'Y' | b'Z' | b'S' | b'R'), MARK, ..] => Some(*tag),
            _ => return Ok(None),
        };
        let Some(stored) = fields.storage() else {
            return Err(Fields::wrong(name));
        };
        let index = read(fields, name, usize::from(tag.is_some()))?;
        if stored.is_variable() {
            let text = stored.data(index, 0)?;
            let bare = tag.and_then(|tag| text.strip_prefix(&[tag])).unwrap_or(text);
            let text = match tag {
                Some(tag) if bare.len() == text.len() => stored.keep([&[tag], bare].concat()),
                _ => text,
            };
            return Self::whole(text, name, untagged).map(Some);
        }
        let scheme = tag.unwrap_or(untagged.scheme());
        let digits = digits_of(scheme)?;
        let text = match tag {
            None if untagged == Untagged::Double && stored.has_halves() && is_next(fields) => {
                let second = read(fields, name, 0)?;
                let halves = [stored.data(index, digits / 2)?, stored.data(second, digits / 2)?];
                stored.keep(halves.concat())
            }
            None => stored.data(index, digits)?,
            Some(tag) => stored.keep([&[tag], stored.data(index, digits)?].concat()),
        };
        Self::whole(text, name, untagged).map(Some)
    }

    /// A text that is a key and nothing else.
    fn whole(text: &'a [u8], name: &'static str, untagged: Untagged) -> Result<Self, Refusal> {
        let mut fields = Fields::new(text, false);
        let key = Self::read(&mut fields, name, untagged)?;
        match fields.rest() {
            [] => Ok(key),
            _ => Err(Refusal::new(
                ErrorCode::INPUT_DATA,
                format!("user storage has more than a key for the field {name}"),
            )),
        }
    }
}

/// Digits of a key of this scheme.
///
/// # Errors
/// 26 for a key block, which blocks of digits do not hold.
fn digits_of(scheme: u8) -> Result<usize, Refusal> {
    match scheme {
        b'Z' => Ok(16),
        b'U' | b'X' => Ok(32),
        b'T' | b'Y' => Ok(48),
        _ => Err(Refusal::new(
            ErrorCode::KEY_SCHEME,
            "user storage has blocks of digits; `payshield.user_storage_length = \"variable\"` has room for key blocks",
        )),
    }
}
