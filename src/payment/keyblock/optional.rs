//! The optional blocks of a header: parsed, looked at, and put together [ANSI X9.143, 6.3.6].

use crate::error::{Error, HeaderFault, Result};

/// Most optional blocks that a header counts.
pub(super) const COUNT_MAX: usize = 99;

/// The block that fills a header up.
pub(super) const PADDING: &[u8; 2] = b"PB";
/// The check value of the key.
pub(super) const KEY_CHECK: &[u8; 2] = b"KC";
/// The check value of the protection key.
pub(super) const PROTECTION_CHECK: &[u8; 2] = b"KP";
/// The hash of an HMAC key.
pub(super) const HASH: &[u8; 2] = b"HM";

/// One optional block: its identifier, what it holds, and all of it.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub(super) id: &'a [u8; 2],
    pub(super) content: &'a [u8],
    pub(super) whole: &'a [u8],
}

impl<'a> Block<'a> {
    /// The first block of a text, and what stands behind it. Two digits tell the length; 00 tells that the number of bytes
    /// of a longer length comes next.
    fn first(text: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (id, rest) = text.split_first_chunk::<2>()?;
        let (short, rest) = rest.split_first_chunk::<2>()?;
        let (length, start) = match number(short)? {
            0 => {
                let (width, rest) = rest.split_first_chunk::<2>()?;
                let digits = rest
                    .get(..2 * number(width)?)
                    .filter(|digits| !digits.is_empty())?;
                (number(digits)?, 6 + digits.len())
            }
            length => (length, 4),
        };
        let (whole, rest) = text.split_at_checked(length)?;
        let block = Self {
            id,
            content: whole.get(start..)?,
            whole,
        };
        Some((block, rest))
    }
}

/// The number of hexadecimal digits, none too many.
fn number(digits: &[u8]) -> Option<usize> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    digits.iter().try_fold(0_usize, |sum, byte| {
        let digit = usize::try_from(digit(byte)?).ok()?;
        sum.checked_mul(16)?.checked_add(digit)
    })
}

/// Optional blocks one behind the other, each of a form that its identifier allows, none twice, the padding last.
#[derive(Clone, Copy, Default)]
pub(super) struct Blocks<'a> {
    text: &'a [u8],
    count: usize,
}

impl<'a> Blocks<'a> {
    /// The first `count` blocks of a text, and what stands behind them; `None` if they are not of the form.
    pub(super) fn counted(text: &'a [u8], count: usize) -> Option<(Self, &'a [u8])> {
        let (blocks, rest) = Self::cut(text, count)?;
        blocks.fault().is_none().then_some((blocks, rest))
    }

    /// As [`Blocks::counted`], by their lengths only: [`Blocks::fault`] tells whether they are of the form.
    pub(super) fn cut(text: &'a [u8], count: usize) -> Option<(Self, &'a [u8])> {
        let mut rest = text;
        for _ in 0..count {
            (_, rest) = Block::first(rest)?;
        }
        let length = text.len().checked_sub(rest.len())?;
        let blocks = Self {
            text: text.get(..length)?,
            count,
        };
        Some((blocks, rest))
    }

    /// Blocks that are all of a text.
    pub(super) fn all(text: &'a [u8]) -> Option<Self> {
        let (mut rest, mut count) = (text, 0);
        while !rest.is_empty() && count < COUNT_MAX {
            (_, rest) = Block::first(rest)?;
            count += 1;
        }
        let blocks = Self { text, count };
        (rest.is_empty() && blocks.fault().is_none()).then_some(blocks)
    }

    /// All of it as it came.
    pub(super) const fn text(&self) -> &'a [u8] {
        self.text
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Block<'a>> + use<'a> {
        let mut rest = self.text;
        std::iter::from_fn(move || {
            let (block, behind) = Block::first(rest)?;
            rest = behind;
            Some(block)
        })
    }

    /// What the block of this identifier holds.
    pub(super) fn find(&self, id: &[u8; 2]) -> Option<&'a [u8]> {
        self.iter()
            .find(|block| block.id == id)
            .map(|block| block.content)
    }

    /// What is wrong with the first of them that is not of the form.
    pub(super) fn fault(&self) -> Option<HeaderFault> {
        let last = self.count.saturating_sub(1);
        self.iter().enumerate().find_map(|(at, block)| {
            let in_place = block.id != PADDING || at == last;
            match self.iter().take(at).any(|earlier| earlier.id == block.id) {
                true => Some(HeaderFault::Repeated),
                false if in_place && is_of_form(block) => None,
                false => Some(HeaderFault::Optional),
            }
        })
    }
}

/// Whether a block holds what its identifier promises [ANSI X9.143:2021, tables 7 to 19]. Of identifiers that are not
/// known here, those of vendors among them, nothing is.
fn is_of_form(block: Block<'_>) -> bool {
    let content = block.content;
    let of_text = content.iter().all(|byte| matches!(byte, b' '..=b'~'));
    if !of_text || !block.id.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let digits = content.iter().all(u8::is_ascii_hexdigit);
    let alphanumeric = content.iter().all(u8::is_ascii_alphanumeric);
    match block.id {
        b"IK" => digits && content.len() == 16,
        b"BI" => match content.split_first_chunk::<2>() {
            Some((b"00", id)) => digits && id.len() == 10,
            Some((b"01", id)) => digits && id.len() == 8,
            _ => false,
        },
        b"HM" => content.len() == 2 && digits,
        b"AL" => content == b"0100" || content == b"0101",
        b"KV" => alphanumeric && content.len() == 4,
        // An identifier of a key set is of hexadecimal digits, but for that of the standard's own example.
        b"KS" => alphanumeric && !content.is_empty(),
        b"KC" | b"KP" | b"PK" => match content.split_first_chunk::<2>() {
            Some((b"00" | b"01", value)) => digits && matches!(value.len(), 4 | 6 | 8 | 10 | 16),
            _ => false,
        },
        b"TS" | b"TC" => {
            let of_time = |byte: &u8| byte.is_ascii_digit() || b"-:.TZ".contains(byte);
            content.len() >= 8 && content.iter().all(of_time)
        }
        _ => true,
    }
}

/// Optional blocks that are put together for a header.
#[derive(Default)]
pub(super) struct Builder {
    text: Vec<u8>,
    count: usize,
}

impl Builder {
    /// Adds a block as it is.
    pub(super) fn add(&mut self, block: Block<'_>) {
        self.text.extend_from_slice(block.whole);
        self.count += 1;
    }

    /// Adds a block that holds this.
    ///
    /// # Errors
    /// [`Error::Internal`] if it is too long for a short length.
    pub(super) fn push(&mut self, id: &[u8; 2], content: &[u8]) -> Result<()> {
        let length = u8::try_from(content.len() + 4).map_err(|_| Error::Internal("a long optional block"))?;
        self.text.extend_from_slice(id);
        self.text.extend_from_slice(format!("{length:02X}").as_bytes());
        self.text.extend_from_slice(content);
        self.count += 1;
        Ok(())
    }

    /// What has been put together, not filled up.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Fills up to a multiple of the cipher's blocks, and gives how many optional blocks there are, and their text.
    ///
    /// # Errors
    /// [`Error::KeyNotWrappable`] if there are more than a header counts.
    pub(super) fn finish(mut self, block_len: usize) -> Result<(usize, Vec<u8>)> {
        let over = self.text.len() % block_len;
        if over != 0 {
            let missing = block_len - over;
            let filler = match missing.checked_sub(4) {
                Some(filler) => filler,
                None => missing + block_len - 4,
            };
            self.push(PADDING, &vec![b'0'; filler])?;
        }
        match self.count <= COUNT_MAX {
            true => Ok((self.count, self.text)),
            false => Err(Error::KeyNotWrappable("a header has at most 99 optional blocks")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(text: &str) -> Option<Vec<String>> {
        let blocks = Blocks::all(text.as_bytes())?;
        let id = |block: Block| String::from_utf8(block.id.to_vec()).unwrap();
        Some(blocks.iter().map(id).collect())
    }

    #[test]
    fn blocks_are_told_apart_by_their_lengths() {
        assert_eq!(ids(""), Some(vec![]));
        assert_eq!(ids("KS1800604B120F9292800000"), Some(vec!["KS".into()]));
        let three = "KS08VM9ATS1A2018-06-18T20:42:39.22PB0E0000000000";
        assert_eq!(ids(three), Some(vec!["KS".into(), "TS".into(), "PB".into()]));
        let long = format!("CT000205CC{}KP10012331550BC9", "x".repeat(0x5cc - 10));
        assert_eq!(ids(&long), Some(vec!["CT".into(), "KP".into()]));
    }

    #[test]
    fn lengths_that_lie_are_refused() {
        for text in [
            "K",
            "KS",
            "KS0",
            "KS03",
            "KS00",
            "KS0000",
            "KS0001",
            "KS000105",
            "KS00020006",
            "KS05",
            "KSZZA",
            "KS08VM9",
            "LB04LB0",
            "LB-4A",
            "LB000107",
            "LB00020009",
            "LB00FF",
        ] {
            assert_eq!(ids(text), None, "{text}");
        }
        assert_eq!(ids("LB000108"), Some(vec!["LB".into()]));
        assert!(Blocks::counted(b"LB04LB04", 2).is_none(), "one identifier twice");
        for (text, count, fault) in [
            (&b"LB04LB04"[..], 2, Some(HeaderFault::Repeated)),
            (b"PB04LB04", 2, Some(HeaderFault::Optional)),
            (b"LB04HM06GG", 2, Some(HeaderFault::Optional)),
            (b"-904", 1, Some(HeaderFault::Optional)),
            (b"LB04-904", 1, None),
        ] {
            let (blocks, _) = Blocks::cut(text, count).unwrap();
            assert_eq!(blocks.fault(), fault);
        }
        assert!(Blocks::counted(b"LB04", 2).is_none());
        let (one, rest) = Blocks::counted(b"LB04TS1320200818221218Z", 1).unwrap();
        assert_eq!((one.text(), rest), (&b"LB04"[..], &b"TS1320200818221218Z"[..]));
    }

    #[test]
    fn what_a_block_holds_is_looked_at() {
        for text in [
            "IK141234567890ABCDEF",
            "BI10000123456789",
            "BI0E0112345678",
            "HM0621",
            "AL080101",
            "KV080001",
            "KC0C006678BD",
            "KP10012331550BC9",
            "TC1320200818221218Z",
            "LB05 ",
            "99061!",
        ] {
            assert!(ids(text).is_some(), "{text}");
        }
        for text in [
            "IK121234567890ABCD",
            "IK141234567890ABCDEG",
            "BI10020123456789",
            "BI0E0012345678",
            "HM0521",
            "HM06GG",
            "AL080201",
            "KV07001",
            "KC0C026678BD",
            "KC0B006678B",
            "KP04",
            "TC0B2020AB1",
            "LB05\u{7f}",
            "-906 !",
            "PB04LB04",
            "KS04",
        ] {
            assert!(ids(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_header_is_filled_up() {
        for (lengths, block_len, padding) in [
            (&[16][..], 8, None),
            (&[24], 8, None),
            (&[24], 16, Some(8)),
            (&[6], 16, Some(10)),
            (&[18], 8, Some(6)),
            (&[21], 8, Some(11)),
            (&[13], 16, Some(19)),
        ] {
            let mut builder = Builder::default();
            for length in lengths {
                builder.push(b"LB", &vec![b'x'; length - 4]).unwrap();
            }
            let (count, text) = builder.finish(block_len).unwrap();
            assert_eq!(text.len() % block_len, 0);
            let blocks = Blocks::all(&text).unwrap();
            assert_eq!(blocks.iter().count(), count);
            let made = blocks.iter().find(|block| block.id == PADDING);
            assert_eq!(made.map(|block| block.whole.len()), padding);
        }
    }
}
