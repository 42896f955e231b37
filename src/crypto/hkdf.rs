//! HKDF [RFC 5869] with any hash.

use super::hash::Hash;
use super::prf::{Function, Output, Prf};
use crate::error::{Error, Result};

/// The longest output in bytes [RFC 5869, 2.3].
#[must_use]
pub const fn output_len_max(hash: Hash) -> usize {
    255 * hash.output_len()
}

/// HKDF-Extract: a key of the hash's length out of keying material. An empty salt is as good as one of zeros.
///
/// # Errors
/// If the library fails.
pub fn extract(hash: Hash, salt: &[u8], material: &[u8]) -> Result<Output> {
    Prf::new(Function::Hmac(hash), salt)?.output(&[material])
}

/// HKDF-Expand.
///
/// # Errors
/// [`Error::Internal`] for more than [`output_len_max`] bytes.
pub fn expand(hash: Hash, key: &[u8], info: &[u8], out: &mut [u8]) -> Result<()> {
    let prf = Prf::new(Function::Hmac(hash), key)?;
    let mut last: Option<Output> = None;
    for (at, piece) in out.chunks_mut(hash.output_len()).enumerate() {
        let counter = u8::try_from(at.saturating_add(1));
        let counter = counter.map_err(|_| Error::Internal("HKDF cannot expand so far"))?;
        let block = prf.output(&[last.as_deref().unwrap_or_default(), info, &[counter]])?;
        piece
            .iter_mut()
            .zip(block.iter())
            .for_each(|(to, from)| *to = *from);
        last = Some(block);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::testing::hex;

    /// [RFC 5869, A.1 and A.3].
    #[test]
    fn hkdf_gives_the_answers_of_the_rfc() {
        let material = [0x0b; 22];
        let info = hex("f0f1f2f3f4f5f6f7f8f9");
        let key = extract(Hash::Sha256, &hex("000102030405060708090a0b0c"), &material).unwrap();
        assert_eq!(
            key[..],
            hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5")
        );
        let mut out = [0; 42];
        expand(Hash::Sha256, &key, &info, &mut out).unwrap();
        assert_eq!(
            out[..],
            hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        );
        let key = extract(Hash::Sha256, b"", &material).unwrap();
        expand(Hash::Sha256, &key, b"", &mut out).unwrap();
        assert_eq!(
            out[..],
            hex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
        );
    }

    #[test]
    fn the_longest_output_is_255_blocks() {
        let mut out = vec![0; output_len_max(Hash::Sha1)];
        assert_eq!(expand(Hash::Sha1, b"key", b"", &mut out), Ok(()));
        out.push(0);
        assert!(expand(Hash::Sha1, b"key", b"", &mut out).is_err());
    }
}
