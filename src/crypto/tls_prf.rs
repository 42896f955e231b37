//! The pseudo-random functions of TLS 1.0 and 1.1 [RFC 2246, 5] and of TLS 1.2 [RFC 5246, 5].

use zeroize::Zeroizing;

use super::hash::Hash;
use super::prf::{Function, Prf};
use crate::error::Result;

/// Which function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TlsPrf {
    /// TLS 1.0 and 1.1: MD5 and SHA-1 together.
    Tls10,
    /// TLS 1.2, with the hash that the cipher suite names.
    Tls12(Hash),
}

impl TlsPrf {
    /// Fills `out`; `seed` is label and seed, one behind the other.
    ///
    /// # Errors
    /// If the library fails.
    pub fn fill(self, secret: &[u8], seed: &[&[u8]], out: &mut [u8]) -> Result<()> {
        match self {
            Self::Tls12(hash) => p_hash(hash, secret, seed, out),
            Self::Tls10 => {
                // The halves share the middle byte of a secret of odd length.
                let half = secret.len().div_ceil(2);
                let first = secret.get(..half).unwrap_or_default();
                let second = secret
                    .get(secret.len().saturating_sub(half)..)
                    .unwrap_or_default();
                p_hash(Hash::Md5, first, seed, out)?;
                let mut other = Zeroizing::new(vec![0; out.len()]);
                p_hash(Hash::Sha1, second, seed, &mut other)?;
                out.iter_mut()
                    .zip(other.iter())
                    .for_each(|(to, from)| *to ^= *from);
                Ok(())
            }
        }
    }
}

/// P_hash.
fn p_hash(hash: Hash, secret: &[u8], seed: &[&[u8]], out: &mut [u8]) -> Result<()> {
    let prf = Prf::new(Function::Hmac(hash), secret)?;
    let mut a = prf.output(seed)?;
    for piece in out.chunks_mut(hash.output_len()) {
        let parts: Vec<&[u8]> = std::iter::once(&a[..]).chain(seed.iter().copied()).collect();
        prf.compute(&parts, piece)?;
        let next = prf.output(&[&a])?;
        a = next;
    }
    Ok(())
}
