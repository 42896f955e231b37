//! Fields with the numbers of cards, of which a trace shows a part.

use super::fields::Fields;
use super::refusal::Refusal;
use super::trace::Shown;

impl<'a> Fields<'a> {
    /// As [`Fields::array`], an account number, of which a trace shows the end.
    ///
    /// # Errors
    /// 15 if there are fewer.
    pub fn account<const N: usize>(&mut self, name: &'static str) -> Result<[u8; N], Refusal> {
        let bytes = self.cut(name, N, Shown::Account)?;
        bytes.try_into().map_err(|_| Self::short(name))
    }

    /// As [`Fields::bytes`], the last digits of a card number with a sequence number, of which a trace shows the end.
    ///
    /// # Errors
    /// 15 if there are fewer.
    pub fn card_digits(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.cut(name, length, Shown::CardDigits)
    }

    /// As [`Fields::bytes`], a card number with what fills its field up, of which a trace shows begin and end.
    ///
    /// # Errors
    /// 15 if there are fewer.
    pub fn card_number(&mut self, name: &'static str, length: usize) -> Result<&'a [u8], Refusal> {
        self.cut(name, length, Shown::CardNumber)
    }

    /// As [`Fields::until`], a card number, of which a trace shows begin and end.
    ///
    /// # Errors
    /// As [`Fields::until`].
    pub fn card_number_until(
        &mut self,
        name: &'static str,
        mark: u8,
        most: usize,
    ) -> Result<&'a [u8], Refusal> {
        self.cut_until(name, mark, most, Shown::CardNumber)
    }
}
