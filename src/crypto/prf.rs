//! Pseudo-random functions: HMAC and CMAC under one key, for the derivations that stand on them.

use zeroize::Zeroizing;

use super::aes::AesKey;
use super::blocks::AriaKey;
use super::des::Des3Key;
use super::hash::{DIGEST_LEN_MAX, Hash};
use super::mac::{CmacCipher, CmacState, CmacSubkeys, HmacKey};
use super::xcbc::XcbcKey;
use crate::error::Result;

/// A pseudo-random function without its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Function {
    /// HMAC with a hash; keys of any length.
    Hmac(Hash),
    /// AES-CMAC; keys of 16, 24 or 32 bytes.
    AesCmac,
    /// AES-XCBC-PRF-128 [RFC 4434]; keys of any length.
    AesXcbc,
    /// Triple-DES CMAC; keys of 16 or 24 bytes.
    Des3Cmac,
    /// ARIA-CMAC; keys of 16, 24 or 32 bytes.
    AriaCmac,
}

/// Length of the longest output in bytes.
pub const OUTPUT_LEN_MAX: usize = DIGEST_LEN_MAX;

impl Function {
    /// Length of the output in bytes.
    #[must_use]
    pub const fn output_len(self) -> usize {
        match self {
            Self::Hmac(hash) => hash.output_len(),
            Self::AesCmac | Self::AesXcbc | Self::AriaCmac => 16,
            Self::Des3Cmac => 8,
        }
    }
}

/// A pseudo-random function with its key made ready.
pub struct Prf {
    function: Function,
    keyed: Keyed,
}

#[allow(clippy::large_enum_variant, reason = "the large one is the usual one")]
enum Keyed {
    Hmac(HmacKey),
    AesCmac(Box<(AesKey, CmacSubkeys<16>)>),
    AesXcbc(Box<XcbcKey>),
    Des3Cmac(Box<(Des3Key, CmacSubkeys<8>)>),
    AriaCmac(Box<(AriaKey, CmacSubkeys<16>)>),
}

impl Prf {
    /// Makes the key ready.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::error::Error::Internal) if the key has a length that the function does not take.
    pub fn new(function: Function, key: &[u8]) -> Result<Self> {
        let keyed = match function {
            Function::Hmac(hash) => Keyed::Hmac(HmacKey::new(hash, key)),
            Function::AesCmac => {
                let key = AesKey::new(key)?;
                let subkeys = CmacSubkeys::new(&key);
                Keyed::AesCmac(Box::new((key, subkeys)))
            }
            Function::AesXcbc => Keyed::AesXcbc(Box::new(xcbc_key(key)?)),
            Function::Des3Cmac => {
                let key = Des3Key::new(key)?;
                let subkeys = CmacSubkeys::new(&key);
                Keyed::Des3Cmac(Box::new((key, subkeys)))
            }
            Function::AriaCmac => {
                let key = AriaKey::new(key)?;
                let subkeys = CmacSubkeys::new(&key);
                Keyed::AriaCmac(Box::new((key, subkeys)))
            }
        };
        Ok(Self { function, keyed })
    }

    /// Length of the output in bytes.
    #[must_use]
    pub const fn output_len(&self) -> usize {
        self.function.output_len()
    }

    /// The output for the parts, one behind the other. `out` takes its first bytes, all of them if it is long enough.
    ///
    /// # Errors
    /// If the library fails.
    pub fn compute(&self, parts: &[&[u8]], out: &mut [u8]) -> Result<()> {
        match &self.keyed {
            Keyed::Hmac(key) => {
                let mut state = key.begin();
                parts.iter().for_each(|part| state.update(part));
                key.finish(&mut state, out);
                Ok(())
            }
            Keyed::AesCmac(keyed) => cmac(&keyed.0, &keyed.1, parts, out),
            Keyed::AesXcbc(key) => {
                let (cipher, subkeys) = key.parts();
                cmac(cipher, subkeys, parts, out)
            }
            Keyed::Des3Cmac(keyed) => cmac(&keyed.0, &keyed.1, parts, out),
            Keyed::AriaCmac(keyed) => cmac(&keyed.0, &keyed.1, parts, out),
        }
    }

    /// The output for the parts, whole, in a place of its own.
    ///
    /// # Errors
    /// If the library fails.
    pub fn output(&self, parts: &[&[u8]]) -> Result<Output> {
        let mut bytes = Zeroizing::new([0; OUTPUT_LEN_MAX]);
        self.compute(parts, bytes.as_mut())?;
        Ok(Output {
            bytes,
            length: self.output_len(),
        })
    }
}

/// The key of AES-XCBC-PRF-128 [RFC 4434, 2]: a shorter one is filled up, a longer one is hashed by the function itself.
fn xcbc_key(key: &[u8]) -> Result<XcbcKey> {
    let mut whole = Zeroizing::new([0; 16]);
    if key.len() > whole.len() {
        let zeros = Prf::new(Function::AesXcbc, &*whole)?;
        zeros.compute(&[key], &mut *whole)?;
    } else {
        whole.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    }
    XcbcKey::new(&*whole)
}

/// The CMAC of a message in parts. `out` takes the first bytes of it, all of them if it is long enough.
///
/// # Errors
/// If the library fails.
pub(super) fn cmac<const N: usize, C: CmacCipher<N>>(
    key: &C,
    subkeys: &CmacSubkeys<N>,
    parts: &[&[u8]],
    out: &mut [u8],
) -> Result<()> {
    let mut state = CmacState::new();
    for part in parts {
        state.update(key, part)?;
    }
    state.finish(key, subkeys, out);
    Ok(())
}

/// One output of a pseudo-random function. Wiped when dropped.
pub struct Output {
    bytes: Zeroizing<[u8; OUTPUT_LEN_MAX]>,
    length: usize,
}

impl std::ops::Deref for Output {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}
