//! Key wrap with padding [RFC 5649] under an initial value that begins otherwise. The library has it with the RFC's only;
//! but for one semiblock, which is one block of AES, it is [RFC 3394] with an initial value that holds the length.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

use super::INTEGRITY_LEN;
use crate::crypto::aes::{AesKey, BLOCK_LEN};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// The initial value for data of so many bytes.
fn initial_value(prefix: [u8; 4], length: usize) -> Result<[u8; INTEGRITY_LEN]> {
    let length = u32::try_from(length).map_err(|_| Error::Internal("key wrap of more than it takes"))?;
    let ([a, b, c, d], [e, f, g, h]) = (prefix, length.to_be_bytes());
    Ok([a, b, c, d, e, f, g, h])
}

/// Wraps; `out` is as long as the data in whole semiblocks and one more.
pub(super) fn wrap(key: &AesKey, prefix: [u8; 4], data: &[u8], out: &mut [u8]) -> Result<()> {
    let value = initial_value(prefix, data.len())?;
    let mut padded = SecretBytes::zeros(out.len().saturating_sub(INTEGRITY_LEN));
    for (to, from) in padded.as_mut().iter_mut().zip(data) {
        *to = *from;
    }
    if out.len() > BLOCK_LEN {
        return key.schedules().0.wrap(Some(&value), &padded, out);
    }
    let block = Zeroizing::new([&value[..], &padded[..]].concat());
    key.ecb_encrypt(&block, out)
}

/// Unwraps into `out`, which is one semiblock shorter; gives the length of the data. `None` if it does not open; `out` is
/// then wiped. How often it tries tells the length alone.
pub(super) fn unwrap(key: &AesKey, prefix: [u8; 4], wrapped: &[u8], out: &mut [u8]) -> Result<Option<usize>> {
    let lengths = (0..8).filter_map(|missing| out.len().checked_sub(missing));
    for length in lengths.collect::<Vec<_>>() {
        let value = initial_value(prefix, length)?;
        if opens(key, &value, wrapped, out)? {
            let padding = out.get(length..).unwrap_or_default();
            let is_zero = padding.iter().fold(0, |seen, byte| seen | byte).ct_eq(&0);
            if bool::from(is_zero) {
                return Ok(Some(length));
            }
            break;
        }
    }
    out.zeroize();
    Ok(None)
}

/// Whether the wrapped key has this initial value; the padded data are then in `out`.
fn opens(key: &AesKey, value: &[u8; INTEGRITY_LEN], wrapped: &[u8], out: &mut [u8]) -> Result<bool> {
    if wrapped.len() > BLOCK_LEN {
        return Ok(key.schedules().1.unwrap(Some(value), wrapped, out).is_some());
    }
    let mut block = Zeroizing::new([0; BLOCK_LEN]);
    key.ecb_decrypt(wrapped, block.as_mut())?;
    let (integrity, data) = block.split_at(INTEGRITY_LEN);
    for (to, from) in out.iter_mut().zip(data) {
        *to = *from;
    }
    Ok(integrity.ct_eq(value).into())
}
