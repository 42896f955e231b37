//! Check values in optional blocks: of the key, and of the key that protects it [ANSI X9.143, 6.3.6.7; ANSI X9.24-1:2017,
//! annex A].

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::ck::*;
use crate::crypto::aes::AesKey;
use crate::crypto::des::Des3Key;
use crate::crypto::mac::CmacSubkeys;
use crate::error::Result;
use crate::os::stack;

/// The whole block that a check value is the beginning of.
type Whole = Zeroizing<[u8; 16]>;

/// How a check value is made, by its code: `00` encrypts zeros, `01` is a CMAC over zeros.
const BY_CMAC: &[u8; 2] = b"01";

/// The check value by this method, of which the first `length` bytes are wanted; `None` for keys that encrypt nothing.
#[inline(never)]
fn whole(key_type: KeyType, value: &[u8], by_cmac: bool) -> Result<Option<Whole>> {
    let mut block = Whole::default();
    match key_type {
        CKK_AES => {
            let key = AesKey::new(value)?;
            match by_cmac {
                true => CmacSubkeys::new(&key).mac(&key, &[0; 16], &mut block[..])?,
                false => key.encrypt_block(&mut block),
            }
        }
        CKK_DES | CKK_DES2 | CKK_DES3 => {
            let key = Des3Key::new(value)?;
            match by_cmac {
                true => CmacSubkeys::new(&key).mac(&key, &[0; 8], &mut block[..])?,
                false => block
                    .iter_mut()
                    .zip(key.encrypt([0; 8]))
                    .for_each(|(to, from)| *to = from),
            }
        }
        _ => return Ok(None),
    }
    Ok(Some(block))
}

/// Whether a block of check values is none that guesses more of the whole, piece by piece, than check values show: three
/// bytes of what zeros encrypt to, five of a CMAC. Blocks that a protection key vouches for may have more.
pub(super) fn is_short(content: &[u8]) -> bool {
    match content.split_first_chunk::<2>() {
        Some((method, digits)) => digits.len() <= if method == BY_CMAC { 10 } else { 6 },
        None => false,
    }
}

/// Whether what a block of check values holds (method, value in hexadecimal) is the key's, in a time that does not tell
/// where they differ. Of keys that encrypt nothing there is none to compare.
///
/// # Errors
/// If the library fails.
pub(super) fn is_of(content: &[u8], key_type: KeyType, value: &[u8]) -> Result<bool> {
    let Some((method, told)) = content.split_first_chunk::<2>() else {
        return Ok(false);
    };
    let whole = whole(key_type, value, method == BY_CMAC)?;
    stack::wipe_little();
    let Some(whole) = whole else {
        return Ok(true);
    };
    let right = text(&whole);
    let right = right.get(..told.len()).unwrap_or_default();
    Ok(bool::from(right.ct_eq(&told.to_ascii_uppercase())))
}

/// What a block of check values holds: three bytes by encrypting zeros for keys of DES, five by CMAC for those of AES;
/// `None` for keys that encrypt nothing.
///
/// # Errors
/// If the library fails.
pub(super) fn made(key_type: KeyType, value: &[u8]) -> Result<Option<Vec<u8>>> {
    let (method, digits) = match key_type {
        CKK_AES => (b"01", 10),
        _ => (b"00", 6),
    };
    let whole = whole(key_type, value, method == BY_CMAC)?;
    stack::wipe_little();
    Ok(whole.map(|whole| {
        method
            .iter()
            .chain(text(&whole).iter().take(digits))
            .copied()
            .collect()
    }))
}

/// A block in hexadecimal.
fn text(whole: &Whole) -> Zeroizing<[u8; 32]> {
    let mut text = Zeroizing::new([0; 32]);
    let nibbles = whole.iter().flat_map(|byte| [byte >> 4, byte & 0x0f]);
    for (digit, nibble) in text.iter_mut().zip(nibbles) {
        *digit = match nibble {
            0..=9 => b'0' + nibble,
            nibble => b'A' - 10 + nibble,
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [ANSI X9.143:2021, 8.5 and 8.6: KP; openemv/tr31: KCVs of payShield's blocks].
    #[test]
    fn check_values_are_the_published_ones() {
        let aes = hex("FA36E44278DB3AB5F298F9F7DA8F1F88");
        assert_eq!(made(CKK_AES, &aes), Ok(Some(b"01D77F007724".to_vec())));
        let aes = hex("88E1AB2A2E3DD38C1FA039A536500CC8A87AB9D62DC92C01058FA79F44657DE6");
        assert_eq!(made(CKK_AES, &aes), Ok(Some(b"012331550BC9".to_vec())));
        let des = hex("5DB50B454F8389ADCE573BE50861F2BF");
        assert_eq!(made(CKK_DES2, &des), Ok(Some(b"005C9405".to_vec())));
        assert_eq!(is_of(b"005c9405", CKK_DES2, &des), Ok(true));
        assert_eq!(is_of(b"005C9406", CKK_DES2, &des), Ok(false));
        assert_eq!(is_of(b"015C9405", CKK_DES2, &des), Ok(false));
        assert_eq!(made(CKK_SHA256_HMAC, &des), Ok(None));
    }
}
