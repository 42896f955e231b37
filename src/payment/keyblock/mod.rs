//! Key blocks: a key that leaves and enters together with what it is for, under a key that protects both
//! [ANSI X9.143, formerly TR-31; Thales' blocks].
//!
//! What a block says of its key becomes the key's vendor attributes, and the other way round; neither way widens what the
//! key may do. What is not of the form, or damaged, is refused before anything of the key is looked at.

mod attributes;
mod block;
mod check_value;
mod hash;
mod header;
mod opened;
mod optional;
mod parameter;
pub(in crate::payment) mod protecttoolkit;
pub mod rsa;
pub mod rsa_key;
pub mod thales;
pub mod tr31;
pub mod transport;
mod validity;

pub use validity::LastHour;
pub(in crate::payment) use validity::of_all;

/// Whether a text is optional blocks of a header and nothing else, each of the form of its identifier, none twice, the
/// padding last [ANSI X9.143, 6.3.6].
#[must_use]
pub fn are_optional_blocks(text: &[u8]) -> bool {
    optional::Blocks::all(text).is_some()
}

/// Writes the bytes that hexadecimal digits of either case stand for; `false` if there are others among them, or not two
/// for each byte.
#[must_use]
pub fn from_hex(digits: &[u8], out: &mut [u8]) -> bool {
    /// The value of each digit; 255 for other characters.
    const VALUES: [u8; 256] = {
        let mut values = [255; 256];
        let (mut rest, mut character): (&mut [u8], u8) = (&mut values, 0);
        while let Some((value, later)) = rest.split_first_mut() {
            *value = match character {
                b'0'..=b'9' => character - b'0',
                b'A'..=b'F' => character - b'A' + 10,
                b'a'..=b'f' => character - b'a' + 10,
                _ => 255,
            };
            character = character.wrapping_add(1);
            rest = later;
        }
        values
    };
    let value = |digit: u8| VALUES.get(usize::from(digit)).copied().unwrap_or(255);
    let (pairs, []) = digits.as_chunks::<2>() else {
        return false;
    };
    let mut seen = 0;
    for (byte, [high, low]) in out.iter_mut().zip(pairs) {
        let (high, low) = (value(*high), value(*low));
        seen |= high | low;
        *byte = high << 4 | low & 0x0f;
    }
    seen < 16 && pairs.len() == out.len()
}
