//! The words of payment cards, parsed once where they come in. They borrow the caller's bytes, and `Debug` shows of
//! each how long it is and no digit.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// Decimal digits in ASCII.
#[derive(Clone, Copy)]
struct Digits<'a>(&'a [u8]);

impl<'a> Digits<'a> {
    /// `rule` says what is wrong with other text.
    fn parse(text: &'a [u8], lengths: RangeInclusive<usize>, rule: &'static str) -> Result<Self> {
        if !lengths.contains(&text.len()) {
            return Err(Error::DataLenRange(rule));
        }
        // All of them are looked at, several at a time.
        match text.iter().fold(true, |all, byte| all & byte.is_ascii_digit()) {
            true => Ok(Self(text)),
            false => Err(Error::DataInvalid(rule)),
        }
    }
}

impl std::fmt::Debug for Digits<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} digits]", self.0.len())
    }
}

/// A primary account number with its check digit [ISO/IEC 7812-1]. The check digit is not checked: test cards often
/// have a wrong one, and no algorithm here depends on it.
#[derive(Clone, Copy, Debug)]
pub struct Pan<'a>(Digits<'a>);

impl<'a> Pan<'a> {
    /// Reads 12 to 19 digits.
    ///
    /// # Errors
    /// [`Error::DataLenRange`] or [`Error::DataInvalid`]; so for every word here.
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 12..=19, "a PAN has 12 to 19 digits").map(Self)
    }

    /// Reads 1 to 19 digits: what PIN blocks of format 4 take [ISO 9564-1:2017, 9.4.2.3].
    ///
    /// # Errors
    /// As [`Pan::parse`].
    pub fn parse_short(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 1..=19, "a PAN has 1 to 19 digits").map(Self)
    }

    /// The digits in ASCII.
    #[must_use]
    pub fn digits(&self) -> &'a [u8] {
        self.0.0
    }

    /// The last `count` digits before the check digit, or all of them if there are fewer; of what [`Pan::parse`] reads, 11 are always there.
    #[must_use]
    pub fn before_check_digit(&self, count: usize) -> &'a [u8] {
        let (_check, account) = self.digits().split_last().unwrap_or((&0, &[]));
        account.rchunks(count.max(1)).next().unwrap_or_default()
    }
}

/// A card's expiry: four digits in the order that the issuer uses, mostly year and month. Issuers put other figures in
/// its place (a CAVV's unpredictable number), so that it need not be a date.
#[derive(Clone, Copy, Debug)]
pub struct Expiry<'a>(Digits<'a>);

impl<'a> Expiry<'a> {
    /// Reads four digits.
    ///
    /// # Errors
    /// As [`Pan::parse`].
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 4..=4, "an expiry has 4 digits").map(Self)
    }

    /// The digits in ASCII.
    #[must_use]
    pub fn digits(&self) -> &'a [u8] {
        self.0.0
    }
}

/// A service code [ISO/IEC 7813], or what stands for it: 000 makes a CVV2, 999 an iCVV.
#[derive(Clone, Copy, Debug)]
pub struct ServiceCode<'a>(Digits<'a>);

impl<'a> ServiceCode<'a> {
    /// Reads three digits.
    ///
    /// # Errors
    /// As [`Pan::parse`].
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 3..=3, "a service code has 3 digits").map(Self)
    }

    /// The digits in ASCII.
    #[must_use]
    pub fn digits(&self) -> &'a [u8] {
        self.0.0
    }
}

/// A card's sequence number, which tells cards of one account apart [EMV tag 5F34].
#[derive(Clone, Copy, Debug)]
pub struct SequenceNumber<'a>(Digits<'a>);

impl<'a> SequenceNumber<'a> {
    /// Reads two digits.
    ///
    /// # Errors
    /// As [`Pan::parse`].
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 2..=2, "a card's sequence number has 2 digits").map(Self)
    }

    /// The digits in ASCII.
    #[must_use]
    pub fn digits(&self) -> &'a [u8] {
        self.0.0
    }
}

/// An application transaction counter in decimal, as magnetic stripes have it.
#[derive(Clone, Copy, Debug)]
pub struct Counter<'a>(Digits<'a>);

impl<'a> Counter<'a> {
    /// Reads four digits.
    ///
    /// # Errors
    /// As [`Pan::parse`].
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 4..=4, "a transaction counter has 4 digits").map(Self)
    }

    /// The digits in ASCII.
    #[must_use]
    pub fn digits(&self) -> &'a [u8] {
        self.0.0
    }
}

/// A PIN verification key index: which of the issuer's PIN verification keys it is.
#[derive(Clone, Copy, Debug)]
pub struct KeyIndex<'a>(Digits<'a>);

impl<'a> KeyIndex<'a> {
    /// Reads one digit.
    ///
    /// # Errors
    /// As [`Pan::parse`].
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 1..=1, "a PIN verification key index has 1 digit").map(Self)
    }

    /// The digit in ASCII.
    #[must_use]
    pub fn digits(&self) -> &'a [u8] {
        self.0.0
    }
}

/// A cardholder's PIN in the clear [ISO 9564-1].
#[derive(Clone, Copy, Debug)]
pub struct Pin<'a>(Digits<'a>);

impl<'a> Pin<'a> {
    /// Reads 4 to 12 digits.
    ///
    /// # Errors
    /// As [`Pan::parse`].
    pub fn parse(text: &'a [u8]) -> Result<Self> {
        Digits::parse(text, 4..=12, "a PIN has 4 to 12 digits").map(Self)
    }

    /// The first four digits in ASCII.
    #[must_use]
    pub fn first_four(&self) -> &'a [u8] {
        self.0.0.get(..4).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAN: &[u8] = b"4123456789012345";

    #[test]
    fn debug_shows_no_digit() {
        assert_eq!(format!("{:?}", Pan::parse(PAN).unwrap()), "Pan([16 digits])");
        assert_eq!(format!("{:?}", Pin::parse(b"1234").unwrap()), "Pin([4 digits])");
    }

    #[test]
    fn lengths_are_those_of_the_standards() {
        fn lengths<T>(parse: impl Fn(&'static [u8]) -> Result<T>) -> Vec<usize> {
            let digits: &'static [u8] = b"12345678901234567890";
            let taken = |length: &usize| match parse(&digits[..*length]) {
                Ok(_) => true,
                Err(Error::DataLenRange(_)) => false,
                Err(error) => panic!("{error}"),
            };
            (0..=20).filter(taken).collect()
        }
        assert_eq!(lengths(Pan::parse), (12..=19).collect::<Vec<_>>());
        assert_eq!(lengths(Expiry::parse), [4]);
        assert_eq!(lengths(ServiceCode::parse), [3]);
        assert_eq!(lengths(KeyIndex::parse), [1]);
        assert_eq!(lengths(SequenceNumber::parse), [2]);
        assert_eq!(lengths(Counter::parse), [4]);
        assert_eq!(lengths(Pin::parse), (4..=12).collect::<Vec<_>>());
    }

    #[test]
    fn only_ascii_digits_are_digits() {
        for wrong in [
            &b"41234567890123A5"[..],
            b"4123 5678901234",
            "412345678901٣".as_bytes(),
        ] {
            assert!(matches!(Pan::parse(wrong), Err(Error::DataInvalid(_))));
        }
        assert!(matches!(Pin::parse(b"12\x0034"), Err(Error::DataInvalid(_))));
    }

    #[test]
    fn the_account_is_counted_back_from_the_check_digit() {
        assert_eq!(Pan::parse(PAN).unwrap().before_check_digit(12), b"345678901234");
        let shortest = Pan::parse(b"123456789012").unwrap();
        assert_eq!(shortest.before_check_digit(11), b"12345678901");
        assert_eq!(shortest.before_check_digit(12), b"12345678901");
    }

    #[test]
    fn the_first_four_digits_of_a_pin_are_taken() {
        assert_eq!(Pin::parse(b"340367").unwrap().first_four(), b"3403");
    }
}
