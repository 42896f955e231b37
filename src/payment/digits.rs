//! Digits in and out of cipher blocks: fields of text, packed decimal, and the digits that Visa's rule picks.

use zeroize::Zeroizing;

use crate::crypto::des::{BLOCK_LEN, Block};
use crate::error::{Error, Result};

/// The fields of `first;second;…`. The last one is all that is left, whatever it contains.
pub(super) fn fields<const N: usize>(data: &[u8]) -> Result<[&[u8]; N]> {
    let mut parts = data.splitn(N, |byte| *byte == b';');
    let mut fields = [<&[u8]>::default(); N];
    for field in &mut fields {
        *field = parts
            .next()
            .ok_or(Error::DataInvalid("a field is missing; they are separated by ;"))?;
    }
    Ok(fields)
}

/// Packs ASCII digits two to a byte, into blocks that zeros fill up. There must be no more digits than fit.
pub(super) fn packed<const N: usize>(digits: &[&[u8]]) -> Zeroizing<[Block; N]> {
    let mut digits = digits.iter().copied().flatten();
    let mut blocks = Zeroizing::new([[0; BLOCK_LEN]; N]);
    let mut next = || digits.next().map_or(0, |digit| digit & 0x0f);
    for byte in blocks.as_flattened_mut() {
        let high = next();
        *byte = high << 4 | next();
    }
    blocks
}

/// The first `N` of the hexadecimal digits of a block, or a digest, that are decimal; if there are fewer, then the first of the others
/// less ten. In ASCII. Which digits were taken shows neither in time nor in places of memory.
pub(super) fn picked<const N: usize, const L: usize>(block: &[u8; L]) -> Zeroizing<[u8; N]> {
    picked_as(block, |nibble, _place| nibble.wrapping_sub(10))
}

/// As [`picked`], with other digits for the letters: `letter` is asked for every hexadecimal digit, decimal ones as well,
/// with its place from the left, and must take as long whatever the digit is.
#[inline]
pub(super) fn picked_as<const N: usize, const L: usize>(
    block: &[u8; L],
    letter: impl Fn(u8, usize) -> u8,
) -> Zeroizing<[u8; N]> {
    const { assert!(N <= 2 * L && N <= 2 * size_of::<u64>()) };
    // The digits go in from the right, four bits each, by arithmetic alone: masks are all ones where one is taken.
    let (mut digits, mut missing) = (Zeroizing::new(0_u64), u8::try_from(N).unwrap_or(0));
    for letters in [0, 1] {
        let nibbles = block.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
        for (place, nibble) in nibbles.enumerate() {
            let digit = if letters == 0 {
                nibble
            } else {
                letter(nibble, place)
            };
            let is_decimal = nibble.wrapping_sub(10) >> 7;
            let is_missing = missing.wrapping_neg() >> 7;
            let taken = (is_decimal ^ letters) & is_missing;
            let mask = u64::from(taken).wrapping_neg();
            let longer = *digits << 4 | u64::from(digit & 0xf);
            *digits = (*digits & !mask) | (longer & mask);
            missing = missing.wrapping_sub(taken);
        }
    }
    let mut picked = Zeroizing::new([0; N]);
    for place in picked.iter_mut().rev() {
        let [digit, ..] = digits.to_le_bytes();
        *place = b'0' | digit & 0xf;
        *digits >>= 4;
    }
    picked
}

/// The bytes that hexadecimal digits in ASCII of either case stand for. `out` has exactly as many.
pub(super) fn from_hex(text: &[u8], out: &mut [u8], rule: &'static str) -> Result<()> {
    if text.len() != 2 * out.len() {
        return Err(Error::DataLenRange(rule));
    }
    match crate::payment::keyblock::from_hex(text, out) {
        true => Ok(()),
        false => Err(Error::DataInvalid(rule)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picked_of<const N: usize>(block: u64) -> String {
        String::from_utf8(picked::<N, 8>(&block.to_be_bytes()).to_vec()).unwrap()
    }

    #[test]
    fn decimal_digits_come_first_and_letters_less_ten_after_them() {
        assert_eq!(picked_of::<3>(0xA1B2_C3D4_E5F6_0000), "123");
        assert_eq!(picked_of::<4>(0xFFFF_FFFF_FFF7_FFF8), "7855");
        assert_eq!(picked_of::<4>(0xABCD_EFAB_CDEF_ABCD), "0123");
        assert_eq!(picked_of::<16>(0xFEDC_BA98_7654_3210), "9876543210543210");
    }

    /// The rule as one would write it with branches.
    fn by_two_scans(block: Block) -> Vec<u8> {
        let nibbles: Vec<u8> = block.iter().flat_map(|byte| [byte >> 4, byte & 15]).collect();
        let decimal = nibbles.iter().filter(|nibble| **nibble < 10).copied();
        let letters = nibbles
            .iter()
            .filter(|nibble| **nibble > 9)
            .map(|nibble| nibble - 10);
        decimal.chain(letters).map(|digit| digit + b'0').collect()
    }

    proptest::proptest! {
        #[test]
        fn picking_agrees_with_the_rule_written_with_branches(block: Block) {
            proptest::prop_assert_eq!(picked::<16, 8>(&block).to_vec(), by_two_scans(block));
            proptest::prop_assert_eq!(picked::<3, 8>(&block).to_vec(), by_two_scans(block)[..3].to_vec());
        }
    }

    #[test]
    fn digits_are_packed_from_the_left_and_filled_with_zeros() {
        let blocks = packed::<2>(&[b"4123456789012345", b"8701", b"1"]);
        assert_eq!(
            blocks.as_flattened(),
            [
                0x41, 0x23, 0x45, 0x67, 0x89, 0x01, 0x23, 0x45, 0x87, 0x01, 0x10, 0, 0, 0, 0, 0
            ]
        );
    }

    #[test]
    fn the_last_field_may_contain_the_separator() {
        assert_eq!(fields(b"1;2;;3"), Ok([&b"1"[..], b"2", b";3"]));
        assert!(matches!(fields::<3>(b"1;2"), Err(Error::DataInvalid(_))));
        assert!(matches!(fields::<3>(b""), Err(Error::DataInvalid(_))));
    }
}
