//! The header of a key block [ANSI X9.143, 6.2], parsed from a block and written for one.

use super::optional::{self, Blocks};
use crate::ck::{KeyUsage, ModeOfUse};
use crate::error::{Error, HeaderFault, Result};

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
    /// Takes a block apart. What its header says is looked at by [`Parts::check`], once the MAC has been found right.
    ///
    /// # Errors
    /// [`Error::WrappedKeyLenRange`] if it is not as long as its header says; [`Error::WrappedKeyInvalid`] if it says no
    /// length; [`Error::WrappedHeader`] if it does not say where its optional blocks end.
    pub(super) fn of(block: &'a [u8]) -> Result<Self> {
        let fixed = block
            .first_chunk::<HEADER_LEN>()
            .ok_or(Error::WrappedKeyLenRange)?;
        let [_, a, b, c, d, ..] = *fixed;
        let told = decimal(&[a, b, c, d]).ok_or(Error::WrappedKeyInvalid)?;
        if told != block.len() {
            return Err(Error::WrappedKeyLenRange);
        }
        let (header, count, rest) = Header::split(block).ok_or(Error::WrappedKeyLenRange)?;
        let count = count.ok_or(Error::WrappedHeader(HeaderFault::Count))?;
        let (optional, body) = Blocks::cut(rest, count).ok_or(Error::WrappedHeader(HeaderFault::Optional))?;
        let head_len = block.len().saturating_sub(body.len());
        Ok(Self {
            header,
            optional,
            head: block.get(..head_len).unwrap_or_default(),
            body,
        })
    }

    /// That the header is of its form.
    ///
    /// # Errors
    /// [`Error::WrappedHeader`].
    pub(super) fn check(&self) -> Result<()> {
        let fault = self.header.fault().or_else(|| self.optional.fault());
        fault.map_or(Ok(()), |fault| Err(Error::WrappedHeader(fault)))
    }
}

impl Header {
    /// The header that a text begins with, its optional blocks, and what stands behind them; `None` if it is of another
    /// form. The length that it tells is not looked at.
    pub(super) fn of(text: &[u8]) -> Option<(Self, Blocks<'_>, &[u8])> {
        let (header, count, rest) = Self::split(text)?;
        let is_sound = header.fault().is_none() && header.last.iter().all(u8::is_ascii_alphanumeric);
        let (optional, body) = Blocks::counted(rest, count.filter(|_| is_sound)?)?;
        Some((header, optional, body))
    }

    /// The header that a text begins with, the number of optional blocks that it says, and what stands behind it.
    fn split(text: &[u8]) -> Option<(Self, Option<usize>, &[u8])> {
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
        Some((header, decimal(&[tens, units]), rest))
    }

    /// The first field that is not of its alphabet.
    fn fault(&self) -> Option<HeaderFault> {
        let of_text = |field: &[u8]| field.iter().all(u8::is_ascii_alphanumeric);
        let fields = [
            (of_text(&self.usage.0), HeaderFault::Usage),
            (of_text(&[self.algorithm]), HeaderFault::Algorithm),
            (ModeOfUse::of(self.mode).is_some(), HeaderFault::ModeOfUse),
            (of_text(&self.key_version), HeaderFault::KeyVersion),
            (b"ENS".contains(&self.exportability), HeaderFault::Exportability),
        ];
        let wrong = fields.into_iter().find(|(right, _)| !right);
        wrong.map(|(_, fault)| fault)
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
        for (at, wrong, error) in [
            (1, b' ', Error::WrappedKeyInvalid),
            (5, b'-', Error::WrappedHeader(HeaderFault::Usage)),
            (7, b'!', Error::WrappedHeader(HeaderFault::Algorithm)),
            (8, b'A', Error::WrappedHeader(HeaderFault::ModeOfUse)),
            (9, b'+', Error::WrappedHeader(HeaderFault::KeyVersion)),
            (11, b'X', Error::WrappedHeader(HeaderFault::Exportability)),
            (12, b'A', Error::WrappedHeader(HeaderFault::Count)),
            (13, b'3', Error::WrappedHeader(HeaderFault::Optional)),
            (16, b'?', Error::WrappedHeader(HeaderFault::Optional)),
        ] {
            let mut block = BLOCK.to_vec();
            block[at] = wrong;
            let checked = Parts::of(&block).and_then(|parts| parts.check());
            assert_eq!(checked, Err(error), "{at}");
            assert!(at == 1 || Header::of(&block).is_none(), "{at}");
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
