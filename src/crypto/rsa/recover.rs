//! Data recovered from RSA signatures: what PKCS#1 v1.5 padding or the bare operation signed [PKCS#11 3.2, 6.1.6,
//! 6.1.12]. Everything here is public.

use super::{BLOCK_LEN_MAX, PublicKey};
use crate::error::{Error, Result};

/// Fewest bytes of padding in a block of type 1 [RFC 8017, 9.2].
const PADDING_LEN_MIN: usize = 8;

impl PublicKey {
    /// The data of a PKCS#1 v1.5 signature, in the first bytes of `out`, which has room for the modulus less
    /// [`super::OVERHEAD_LEN`] bytes; gives its length.
    ///
    /// # Errors
    /// [`Error::SignatureLenRange`], [`Error::SignatureInvalid`].
    pub fn recover_pkcs1(&self, signature: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut buffer = [0; BLOCK_LEN_MAX];
        let [0, 1, padded @ ..] = &*self.open(signature, &mut buffer)? else {
            return Err(Error::SignatureInvalid);
        };
        let padding_len = padded.iter().take_while(|byte| **byte == 0xff).count();
        match padded.split_at_checked(padding_len) {
            Some((_, [0, data @ ..])) if padding_len >= PADDING_LEN_MIN => {
                let out = out.get_mut(..data.len());
                out.ok_or(Error::Internal("PKCS#1 output"))?.copy_from_slice(data);
                Ok(data.len())
            }
            _ => Err(Error::SignatureInvalid),
        }
    }

    /// The block that was signed, as long as the modulus.
    ///
    /// # Errors
    /// As [`PublicKey::recover_pkcs1`].
    pub fn recover_raw(&self, signature: &[u8], out: &mut [u8]) -> Result<usize> {
        let mut buffer = [0; BLOCK_LEN_MAX];
        let block = self.open(signature, &mut buffer)?;
        let out = out.get_mut(..block.len());
        out.ok_or(Error::Internal("RSA output"))?.copy_from_slice(block);
        Ok(block.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::rsa::PrivateKey;

    /// A block signed by the bare operation is what a signature opens to.
    fn recovered(key: &PrivateKey, block: &mut [u8]) -> Result<Vec<u8>> {
        key.raw(block).unwrap();
        let mut out = vec![0; key.block_len()];
        let length = key.public().recover_pkcs1(block, &mut out)?;
        out.truncate(length);
        Ok(out)
    }

    fn block(start: &[u8], padding: usize, end: &[u8], length: usize) -> Vec<u8> {
        let mut block = [start, &vec![0xff; padding], end].concat();
        block.resize(length, 0x42);
        block
    }

    #[test]
    fn only_a_block_of_type_1_with_eight_bytes_of_padding_is_a_signature() {
        let key = PrivateKey::generate(512, &[1, 0, 1]).unwrap();
        let length = key.block_len();
        let good = |padding| block(&[0, 1], padding, &[0], length);
        assert_eq!(recovered(&key, &mut good(8)), Ok(vec![0x42; length - 11]));
        assert_eq!(recovered(&key, &mut good(length - 3)), Ok(vec![]));
        let wrong = [
            good(7),
            block(&[0, 2], 8, &[0], length),
            block(&[0, 0], 8, &[0], length),
            block(&[0, 1], 8, &[1], length),
            block(&[0, 1], length - 2, &[], length),
        ];
        for mut wrong in wrong {
            assert_eq!(recovered(&key, &mut wrong), Err(Error::SignatureInvalid));
        }
    }

    #[test]
    fn a_signature_is_as_long_as_the_modulus_and_below_it() {
        let key = PrivateKey::generate(512, &[1, 0, 1]).unwrap();
        let (public, mut out) = (key.public(), [0; 64]);
        for length in [0, 63, 65] {
            let signature = vec![1; length];
            assert_eq!(
                public.recover_pkcs1(&signature, &mut out),
                Err(Error::SignatureLenRange)
            );
            assert_eq!(
                public.recover_raw(&signature, &mut out),
                Err(Error::SignatureLenRange)
            );
        }
        assert_eq!(
            public.recover_raw(&[0xff; 64], &mut out),
            Err(Error::SignatureInvalid)
        );
    }
}
