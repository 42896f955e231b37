//! AES-XCBC-MAC [RFC 3566]: CMAC's chaining with a key and subkeys that are derived from the key in another way.

use zeroize::Zeroizing;

use super::aes::{AesKey, BLOCK_LEN};
use super::mac::CmacSubkeys;
use crate::error::{Error, Result};

/// A prepared key. Immutable; shared by threads.
pub struct XcbcKey {
    cipher: AesKey,
    subkeys: CmacSubkeys<BLOCK_LEN>,
}

impl XcbcKey {
    /// Prepares a key of 16 bytes, as the RFC has it.
    ///
    /// # Errors
    /// [`Error::Internal`] for another length.
    pub fn new(key: &[u8]) -> Result<Self> {
        if key.len() != BLOCK_LEN {
            return Err(Error::Internal("an XCBC key has 16 bytes"));
        }
        let cipher = AesKey::new(key)?;
        // [RFC 3566, 4: step 1]
        let derive = |constant| {
            let mut derived = Zeroizing::new([constant; BLOCK_LEN]);
            cipher.encrypt_block(&mut derived);
            derived
        };
        Ok(Self {
            cipher: AesKey::new(derive(1).as_slice())?,
            subkeys: CmacSubkeys::given(*derive(2), *derive(3)),
        })
    }

    /// The cipher that chains, and the subkeys of the last block.
    #[must_use]
    pub fn parts(&self) -> (&AesKey, &CmacSubkeys<BLOCK_LEN>) {
        (&self.cipher, &self.subkeys)
    }
}
