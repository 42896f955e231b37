//! Data of messages: as bytes, as hexadecimal digits or as text, with a length before them.

use zeroize::Zeroize;

use super::pin_block::Block;
use crate::payshield::code::ErrorCode;
use crate::payshield::fields::Fields;
use crate::payshield::hex::unhex;
use crate::payshield::refusal::Refusal;

/// The bytes of a PIN block.
pub(super) struct BlockBytes([u8; 16], usize);

impl BlockBytes {
    pub(super) fn of(block: &Block<'_>) -> Self {
        let mut bytes = [0; 16];
        let length = block.digits().len() / 2;
        if let Some(place) = bytes.get_mut(..length) {
            let _digits = unhex(block.digits(), place);
        }
        Self(bytes, length)
    }

    pub(super) fn get(&self) -> &[u8] {
        self.0.get(..self.1).unwrap_or_default()
    }
}

/// How data stand in a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// `0`: as they are.
    Binary,
    /// `1`: as hexadecimal digits, which the length counts.
    Hex,
    /// `2`: as characters.
    Text,
}

impl Format {
    /// Reads a format flag.
    ///
    /// # Errors
    /// `code` for one that is not among these.
    pub(super) fn read(
        fields: &mut Fields<'_>,
        name: &'static str,
        formats: &[Self],
        code: ErrorCode,
    ) -> Result<Self, Refusal> {
        let format = match fields.byte(name)? {
            b'0' => Some(Self::Binary),
            b'1' => Some(Self::Hex),
            b'2' => Some(Self::Text),
            _ => None,
        };
        format
            .filter(|format| formats.contains(format))
            .ok_or_else(|| Refusal::new(code, "there is no such format of data here"))
    }
}

/// Data up to so long need no room of their own.
const SHORT: usize = 256;

/// The bytes that a field of data stands for.
#[allow(clippy::large_enum_variant, reason = "it lives on the stack for one command")]
pub(super) enum Data<'a> {
    /// They stand in the message.
    There(&'a [u8]),
    /// They were digits, of few bytes.
    Short([u8; SHORT], usize),
    /// They were digits.
    Long(Vec<u8>),
}

impl Drop for Data<'_> {
    fn drop(&mut self) {
        match self {
            Self::There(_) => {}
            Self::Short(bytes, length) => bytes.iter_mut().take(*length).for_each(Zeroize::zeroize),
            Self::Long(bytes) => bytes.zeroize(),
        }
    }
}

impl<'a> Data<'a> {
    /// The bytes that a field stands for.
    ///
    /// # Errors
    /// 15 if they are no digits where they have to be.
    pub(super) fn of(name: &'static str, field: &'a [u8], format: Format) -> Result<Self, Refusal> {
        if format != Format::Hex {
            return Ok(Self::There(field));
        }
        let length = field.len() / 2;
        if length > SHORT {
            let mut bytes = vec![0; length];
            return match unhex(field, &mut bytes) {
                true => Ok(Self::Long(bytes)),
                false => Err(Fields::wrong(name)),
            };
        }
        let mut bytes = [0; SHORT];
        match bytes.get_mut(..length).is_some_and(|place| unhex(field, place)) {
            true => Ok(Self::Short(bytes, length)),
            false => Err(Fields::wrong(name)),
        }
    }

    /// Reads a length of so many hexadecimal digits and the data behind it, which no trace shows.
    ///
    /// # Errors
    /// 15 if the message ends or has other characters, `code` for a length that cannot be.
    pub(super) fn read(
        fields: &mut Fields<'a>,
        digits: usize,
        format: Format,
        code: ErrorCode,
    ) -> Result<Self, Refusal> {
        Self::of("data", Self::counted(fields, digits, format, code)?, format)
    }

    /// As [`Data::read`], as it stands in the message.
    ///
    /// # Errors
    /// As [`Data::read`].
    pub(super) fn counted(
        fields: &mut Fields<'a>,
        digits: usize,
        format: Format,
        code: ErrorCode,
    ) -> Result<&'a [u8], Refusal> {
        let length = fields.hex_number("length", digits)?;
        if length == 0 || (format == Format::Hex && length % 2 != 0) {
            return Err(Refusal::new(code, "no data have this length"));
        }
        fields.secret("data", length)
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::There(bytes) => bytes,
            Self::Short(bytes, length) => bytes.get(..*length).unwrap_or_default(),
            Self::Long(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: ErrorCode = ErrorCode(*b"06");

    fn read(text: &[u8], format: Format) -> Result<Vec<u8>, ErrorCode> {
        let mut fields = Fields::new(text, false);
        let data = Data::read(&mut fields, 4, format, CODE).map_err(|refused| refused.code)?;
        Ok(data.bytes().to_vec())
    }

    #[test]
    fn lengths_count_what_stands_in_the_message() {
        assert_eq!(read(b"0004ABCD", Format::Binary), Ok(b"ABCD".to_vec()));
        assert_eq!(read(b"0004abCD", Format::Hex), Ok(vec![0xab, 0xcd]));
        assert_eq!(read(b"0003ABC", Format::Hex), Err(CODE));
        assert_eq!(read(b"0000", Format::Text), Err(CODE));
        assert_eq!(read(b"0004ABC", Format::Hex), Err(ErrorCode::INPUT_DATA));
        assert_eq!(read(b"0004ABCG", Format::Hex), Err(ErrorCode::INPUT_DATA));
        let long = [&b"0404"[..], &[b'7'; 0x404]].concat();
        assert_eq!(read(&long, Format::Hex), Ok(vec![0x77; 0x202]));
    }
}
