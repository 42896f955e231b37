//! [`Fields`]: reads the fields of a request one after the other, each by its name.

use super::code::ErrorCode;
use super::envelope::{TRAILER_MARK, TRAILER_MAX};
use super::hex::unhex;
use super::refusal::Refusal;
use super::stored::Stored;
use super::trace::{Shown, Trace, Traced};

/// The fields of a request that are still to be read.
#[derive(Clone)]
pub struct Fields<'a> {
    rest: &'a [u8],
    trailer: Option<&'a [u8]>,
    lmk: Option<u8>,
    trace: Trace,
    pub(super) stored: Option<&'a Stored<'a>>,
}

impl<'a> Fields<'a> {
    /// What stands behind the command.
    #[must_use]
    pub fn new(body: &'a [u8], trace: bool) -> Self {
        Self {
            rest: body,
            trailer: None,
            lmk: None,
            trace: Trace::new(trace),
            stored: None,
        }
    }

    /// What was read so far, for the trace.
    #[must_use]
    pub fn traced(&self) -> &[Traced] {
        self.trace.fields()
    }

    /// The LMK that `%nn` named, once [`Fields::end_before_lmk`] has read it.
    #[must_use]
    pub fn lmk(&self) -> Option<u8> {
        self.lmk
    }

    /// The trailer with its mark, once [`Fields::end_before_lmk`] has come to it; empty if there is none.
    #[must_use]
    pub fn trailer(&self) -> Option<&'a [u8]> {
        self.trailer
    }

    /// The next byte, which stays.
    #[must_use]
    pub fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// What is left, which stays.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn short(name: &str) -> Refusal {
        Refusal::new(
            ErrorCode::INPUT_DATA,
            format!("the message ends before or within the field {name}"),
        )
    }

    pub(super) fn cut(
        &mut self,
        name: &'static str,
        length: usize,
        shown: Shown,
    ) -> Result<&'a [u8], Refusal> {
        let (field, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or_else(|| Self::short(name))?;
        self.trace.add(name, field, shown);
        self.rest = rest;
        Ok(field)
    }

    /// The next so many bytes, whatever they are.
    ///
    /// # Errors
    /// 15 if there are fewer.
    pub fn bytes(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.cut(name, length, Shown::Plain)
    }

    /// As [`Fields::bytes`], and no trace shows them.
    ///
    /// # Errors
    /// 15 if there are fewer.
    pub fn secret(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.cut(name, length, Shown::Masked)
    }

    /// As [`Fields::bytes`], of a length that the program knows.
    ///
    /// # Errors
    /// 15 if there are fewer.
    pub fn array<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], Refusal> {
        let bytes = self.bytes(name, N)?;
        bytes.try_into().map_err(|_| Self::short(name))
    }

    /// The next character.
    ///
    /// # Errors
    /// 15 if there is none.
    pub fn byte(&mut self, name: &'static str) -> Result<u8, Refusal> {
        self.array::<1>(name).map(|[byte]| byte)
    }

    /// Takes this character if it comes next.
    pub fn take(&mut self, mark: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == mark => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    /// Takes this character, which must come next.
    ///
    /// # Errors
    /// 15.
    pub fn expect(&mut self, name: &'static str, mark: u8) -> Result<(), Refusal> {
        match self.take(mark) {
            true => Ok(()),
            false => Err(Self::wrong(name)),
        }
    }

    /// The refusal of a field whose characters are wrong.
    #[must_use]
    pub fn wrong(name: &str) -> Refusal {
        Refusal::new(
            ErrorCode::INPUT_DATA,
            format!("the field {name} has characters that it cannot have"),
        )
    }

    /// The next so many characters, which are all of a kind. Where they are not, another field may stand there: no trace
    /// shows them.
    fn checked(
        &mut self,
        name: &'static str,
        length: usize,
        (shown, is): (Shown, fn(&u8) -> bool),
    ) -> Result<&'a [u8], Refusal> {
        let next = self.rest.get(..length).unwrap_or_default();
        match next.iter().all(is) {
            true => self.cut(name, length, shown),
            false => {
                self.secret(name, length)?;
                Err(Self::wrong(name))
            }
        }
    }

    /// The next so many decimal digits.
    ///
    /// # Errors
    /// 15 for anything else.
    pub fn digits(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.checked(name, length, (Shown::Plain, u8::is_ascii_digit))
    }

    /// As [`Fields::digits`], and no trace shows them.
    ///
    /// # Errors
    /// 15 for anything else.
    pub fn secret_digits(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.checked(name, length, (Shown::Masked, u8::is_ascii_digit))
    }

    /// A number of so many decimal digits.
    ///
    /// # Errors
    /// 15 for anything else.
    pub fn number(&mut self, name: &'static str, length: usize) -> Result<usize, Refusal> {
        let digits = self.digits(name, length)?;
        let number = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok());
        number.ok_or_else(|| Self::wrong(name))
    }

    /// The next so many hexadecimal digits, upper or lower case, as they stand there.
    ///
    /// # Errors
    /// 15 for anything else.
    pub fn hex(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.checked(name, length, (Shown::Plain, u8::is_ascii_hexdigit))
    }

    /// As [`Fields::hex`], and no trace shows them.
    ///
    /// # Errors
    /// 15 for anything else.
    pub fn secret_hex(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.checked(name, length, (Shown::Masked, u8::is_ascii_hexdigit))
    }

    /// Bytes that stand there as twice as many hexadecimal digits.
    ///
    /// # Errors
    /// 15 for anything else.
    pub fn hex_array<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], Refusal> {
        let digits = self.hex(name, 2 * N)?;
        let mut bytes = [0; N];
        match unhex(digits, &mut bytes) {
            true => Ok(bytes),
            false => Err(Self::wrong(name)),
        }
    }

    /// A number of so many hexadecimal digits.
    ///
    /// # Errors
    /// 15 for anything else.
    pub fn hex_number(&mut self, name: &'static str, length: usize) -> Result<usize, Refusal> {
        let digits = self.hex(name, length)?;
        let text = std::str::from_utf8(digits).map_err(|_| Self::wrong(name))?;
        usize::from_str_radix(text, 16).map_err(|_| Self::wrong(name))
    }

    /// What stands before this character, which is taken, too.
    ///
    /// # Errors
    /// 15 if the character does not come within `most` bytes.
    pub(super) fn cut_until(
        &mut self,
        name: &'static str,
        mark: u8,
        most: usize,
        shown: Shown,
    ) -> Result<&'a [u8], Refusal> {
        let end = self.rest.iter().take(most + 1).position(|byte| *byte == mark);
        let field = self.cut(name, end.ok_or_else(|| Self::short(name))?, shown)?;
        self.take(mark);
        Ok(field)
    }

    /// The end of the fields that every command has: `%nn` and the message trailer. Commands read it by
    /// [`Call::end`](super::call::Call::end), which looks after the LMK, too.
    ///
    /// # Errors
    /// 15 if anything else is left.
    pub(super) fn end_before_lmk(&mut self) -> Result<(), Refusal> {
        self.lmk_field()?;
        let has_trailer = self.rest.first() == Some(&TRAILER_MARK) && self.rest.len() <= 1 + TRAILER_MAX;
        if has_trailer {
            self.trailer = Some(self.rest);
            self.rest = &[];
        }
        match self.rest {
            [] => {
                self.trailer = self.trailer.or(Some(&[]));
                Ok(())
            }
            rest => Err(Refusal::new(
                ErrorCode::INPUT_DATA,
                format!("{} characters are left behind the last field", rest.len()),
            )),
        }
    }

    /// `%nn`, where it may stand before further fields.
    ///
    /// # Errors
    /// 15 if no two digits follow.
    pub fn lmk_field(&mut self) -> Result<(), Refusal> {
        if self.lmk.is_none() && self.take(b'%') {
            let number = self.number("LMK identifier", 2)?;
            self.lmk = u8::try_from(number).ok();
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "fields_tests.rs"]
mod tests;
