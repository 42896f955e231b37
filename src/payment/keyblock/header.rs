//! The header of a key block [ANSI X9.143, 6.2], parsed from a block and written for one.

use super::optional::{self, Blocks};
use crate::ck::{KeyUsage, ModeOfUse};
use crate::error::{Error, Result};

/// Length of a header without its optional blocks.
pub(super) const HEADER_LEN: usize = 16;
/// Longest block that a header can tell.
const BLOCK_LEN_MAX: usize = 9999;

/// What a header says. All of it is ASCII.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    /// Version identifier of the block.
    pub(super) version: u8,
    /// CKA_VHSM_KEY_USAGE.
    pub(super) usage: KeyUsage,
    /// CKA_VHSM_KEY_ALGORITHM.
    pub(super) algorithm: u8,
    /// CKA_VHSM_MODE_OF_USE.
    pub(super) mode: u8,
    /// CKA_VHSM_KEY_VERSION.
    pub(super) key_version: [u8; 2],
    /// CKA_VHSM_EXPORTABILITY.
    pub(super) exportability: u8,
    /// The last two characters: context and a reserved one, or an identifier.
    pub(super) last: [u8; 2],
}

/// A block in its parts.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub(super) header: Header,
    pub(super) optional: Blocks<'a>,
    /// Header and optional blocks: what the MAC is over beside the key.
    pub(super) head: &'a [u8],
    /// Encrypted key and MAC, in hexadecimal.
    pub(super) body: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes a block apart.
    ///
    /// # Errors
    /// [`Error::WrappedKeyLenRange`] if it is not as long as its header says; [`Error::WrappedKeyInvalid`] if it is of
    /// another form.
    pub(super) fn of(block: &'a [u8]) -> Result<Self> {
        let fixed = block
            .first_chunk::<HEADER_LEN>()
            .ok_or(Error::WrappedKeyLenRange)?;
        let [_, a, b, c, d, ..] = *fixed;
        let told = decimal(&[a, b, c, d]).ok_or(Error::WrappedKeyInvalid)?;
        if told != block.len() {
            return Err(Error::WrappedKeyLenRange);
        }
        let (header, optional, body) = Header::of(block).ok_or(Error::WrappedKeyInvalid)?;
        let head_len = block.len().saturating_sub(body.len());
        Ok(Self {
            header,
            optional,
            head: block.get(..head_len).unwrap_or_default(),
            body,
        })
    }
}

impl Header {
    /// The header that a text begins with, its optional blocks, and what stands behind them; `None` if it is of another
    /// form. The length that it tells is not looked at.
    pub(super) fn of(text: &[u8]) -> Option<(Self, Blocks<'_>, &[u8])> {
        let (fixed, rest) = text.split_first_chunk::<HEADER_LEN>()?;
        let [
            version,
            _,
            _,
            _,
            _,
            u,
            v,
            algorithm,
            mode,
            w,
            x,
            exportability,
            tens,
            units,
            y,
            z,
        ] = *fixed;
        let header = Self {
            version,
            usage: KeyUsage([u, v]),
            algorithm,
            mode,
            key_version: [w, x],
            exportability,
            last: [y, z],
        };
        let count = decimal(&[tens, units]).filter(|_| header.is_sound())?;
        let (optional, body) = Blocks::counted(rest, count)?;
        Some((header, optional, body))
    }

    /// Whether each field is of its alphabet.
    fn is_sound(&self) -> bool {
        let fields = [
            &self.usage.0[..],
            &[self.algorithm],
            &self.key_version,
            &self.last,
        ];
        let alphanumeric = fields.iter().copied().flatten().all(u8::is_ascii_alphanumeric);
        alphanumeric && ModeOfUse::of(self.mode).is_some() && b"ENS".contains(&self.exportability)
    }

    /// The text of the header, for a block of so many characters, with its optional blocks.
    ///
    /// # Errors
    /// [`Error::KeyNotWrappable`] if no header can tell the length.
    pub(super) fn text(&self, block_len: usize, count: usize, optional: &[u8]) -> Result<Vec<u8>> {
        if block_len > BLOCK_LEN_MAX || count > optional::COUNT_MAX {
            return Err(Error::KeyNotWrappable("a key block has at most 9999 characters"));
        }
        let mut text = vec![self.version];
        text.extend_from_slice(format!("{block_len:04}").as_bytes());
        text.extend_from_slice(&self.usage.0);
        text.extend([self.algorithm, self.mode]);
        text.extend_from_slice(&self.key_version);
        text.push(self.exportability);
        text.extend_from_slice(format!("{count:02}").as_bytes());
        text.extend_from_slice(&self.last);
        text.extend_from_slice(optional);
        Ok(text)
    }
}

/// The number of decimal digits.
fn decimal(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |sum: usize, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        sum.checked_mul(10)?.checked_add(digit.into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &[u8] =
        b"C0096B0TX12S0100KS1800604B120F9292800000BFB9B689CB567E66FC3FEE5AD5F52161FC6545B9D60989015D02155C";

    #[test]
    fn a_header_is_parsed_and_written() {
        let parts = Parts::of(BLOCK).unwrap();
        let header = parts.header;
        assert_eq!(
            header,
            Header {
                version: b'C',
                usage: KeyUsage(*b"B0"),
                algorithm: b'T',
                mode: b'X',
                key_version: *b"12",
                exportability: b'S',
                last: *b"00",
            }
        );
        assert_eq!(parts.optional.text(), b"KS1800604B120F9292800000");
        assert_eq!((parts.head.len(), parts.body.len()), (40, 56));
        assert_eq!(header.text(96, 1, parts.optional.text()).unwrap(), parts.head);
    }

    #[test]
    fn a_length_that_lies_is_told_apart() {
        let longer = [BLOCK, b"0"].concat();
        for block in [&BLOCK[..95], &longer, &BLOCK[..15], b""] {
            assert_eq!(Parts::of(block).map(drop), Err(Error::WrappedKeyLenRange));
        }
    }

    #[test]
    fn other_characters_are_refused() {
        for (at, wrong) in [
            (1, b' '),
            (5, b'-'),
            (7, b'!'),
            (8, b'A'),
            (9, b'+'),
            (11, b'X'),
            (12, b'A'),
            (13, b'3'),
        ] {
            let mut block = BLOCK.to_vec();
            block[at] = wrong;
            assert_eq!(Parts::of(&block).map(drop), Err(Error::WrappedKeyInvalid), "{at}");
        }
    }

    #[test]
    fn no_header_tells_more_than_four_digits() {
        let header = Parts::of(BLOCK).unwrap().header;
        assert!(header.text(9999, 0, &[]).is_ok());
        assert!(header.text(10_000, 0, &[]).is_err());
        assert!(header.text(96, 100, &[]).is_err());
    }
}
