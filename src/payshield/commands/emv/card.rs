//! [`Card`]: PAN and sequence number as messages have them, and the parameter of the mechanisms for chip cards.

use crate::payshield::commands::shared::Parameter;
use crate::payshield::fields::Fields;
use crate::payshield::refusal::Refusal;

/// Bytes of a PAN in parameters, filled up with F.
const PAN_LEN: usize = 10;
/// Digits of the PAN among the last 16 of PAN and sequence number.
const LAST_DIGITS: usize = 14;

/// What a card's key is derived from, and by which option.
pub(super) struct Card {
    option: u8,
    pan: [u8; PAN_LEN],
    number: u8,
}

/// How the keys of sessions come of a card's.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Session {
    /// There are none.
    Static,
    /// The common session keys, by the counter.
    Common([u8; 2]),
    /// Mastercard's, by counter and unpredictable number.
    Mastercard([u8; 2], [u8; 4]),
    /// Scripts of Mastercard's, by the cryptogram.
    Cryptogram([u8; 8]),
    /// Scripts of Visa's, by the counter.
    Visa([u8; 2]),
    /// The tree: counter, height, branches, IV.
    Tree([u8; 2], u8, u8, [u8; 16]),
}

impl Card {
    /// Reads 8 bytes: the last 16 digits of PAN and sequence number.
    ///
    /// # Errors
    /// 15 for other characters than decimal digits.
    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        Self::of(b'A', fields.card_digits("PAN and sequence number", 8)?)
    }

    /// Reads a length, and as many bytes, which are all digits of PAN and sequence number: for option B.
    ///
    /// # Errors
    /// As [`Card::read`].
    pub(super) fn read_whole(fields: &mut Fields<'_>) -> Result<Self, Refusal> {
        let length = fields.number("PAN length", 2)?;
        if !(7..=11).contains(&length) {
            return Err(Fields::wrong("PAN length"));
        }
        Self::of(b'B', fields.card_digits("PAN and sequence number", length)?)
    }

    fn of(option: u8, bytes: &[u8]) -> Result<Self, Refusal> {
        let wrong = || Fields::wrong("PAN and sequence number");
        let (number, pan) = bytes.split_last().ok_or_else(wrong)?;
        let digits = pan.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        // An odd number of digits has a zero before it.
        let has_filler = option == b'B' && pan.first().is_some_and(|byte| byte >> 4 == 0);
        let digits = digits.skip(usize::from(has_filler));
        let is_decimal = digits.clone().all(|digit| digit < 10) && number >> 4 < 10 && number & 15 < 10;
        if !is_decimal || digits.clone().count() > 2 * PAN_LEN - 1 {
            return Err(wrong());
        }
        let mut card = Self {
            option,
            pan: [0; PAN_LEN],
            number: *number,
        };
        let mut nibbles = digits.chain(std::iter::repeat(15));
        for byte in &mut card.pan {
            let mut next = || nibbles.next().unwrap_or(15);
            *byte = next() << 4 | next();
        }
        Ok(card)
    }

    /// The digits of the PAN that 8 bytes have, in ASCII: the last 14.
    pub(super) fn last_digits(&self) -> [u8; LAST_DIGITS] {
        let mut digits = [b'0'; LAST_DIGITS];
        let nibbles = self.pan.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits
            .iter_mut()
            .zip(nibbles)
            .for_each(|(place, nibble)| *place = b'0' | nibble);
        digits
    }

    /// The form that all mechanisms for chip cards have in common, with its version.
    pub(super) fn form(&self, parameter: Parameter, session: Session, option: u8, length: u8) -> Parameter {
        let code = match session {
            Session::Static => 0,
            Session::Common(_) => 1,
            Session::Mastercard(..) => 2,
            Session::Cryptogram(_) => 3,
            Session::Visa(_) => 4,
            Session::Tree(..) => 5,
        };
        let parameter = parameter
            .bytes(&[self.option, code, option, length])
            .bytes(&self.pan)
            .byte(self.number);
        match session {
            Session::Static => parameter,
            Session::Common(counter) | Session::Visa(counter) => parameter.bytes(&counter),
            Session::Mastercard(counter, number) => parameter.bytes(&counter).bytes(&number),
            Session::Cryptogram(cryptogram) => parameter.bytes(&cryptogram),
            Session::Tree(counter, height, branches, iv) => {
                parameter.bytes(&counter).bytes(&[height, branches]).bytes(&iv)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pan_and_sequence_number_are_told_apart() {
        let mut fields = Fields::new(&[0x23, 0x45, 0x67, 0x89, 0x01, 0x23, 0x45, 0x01], false);
        let card = Card::read(&mut fields).unwrap();
        assert_eq!((card.option, card.number), (b'A', 1));
        assert_eq!(card.pan, *b"\x23\x45\x67\x89\x01\x23\x45\xff\xff\xff");
        let mut fields = Fields::new(b"10\x01\x23\x45\x67\x89\x01\x23\x45\x67\x02", false);
        let card = Card::read_whole(&mut fields).unwrap();
        assert_eq!((card.option, card.number), (b'B', 2));
        assert_eq!(card.pan, *b"\x12\x34\x56\x78\x90\x12\x34\x56\x7f\xff");
    }

    #[test]
    fn what_is_no_digit_is_refused() {
        let mut fields = Fields::new(&[0x23, 0x45, 0x67, 0x89, 0x01, 0x23, 0x4f, 0x01], false);
        assert!(Card::read(&mut fields).is_err());
        let mut fields = Fields::new(b"11\x12\x34\x56\x78\x90\x12\x34\x56\x78\x90\x00", false);
        assert!(Card::read_whole(&mut fields).is_err());
    }
}
