//! [`SecretKey`]: the value of a secret key, with what its mechanisms prepare from it when they first need it.

use std::sync::OnceLock;

use crate::ck::to_ulong;
use crate::crypto::aes::AesKey;
use crate::crypto::des::Des3Key;
use crate::crypto::gcm::GcmKey;
use crate::crypto::hash::Hash;
use crate::crypto::mac::{CmacSubkeys, HmacKey};
use crate::error::{Error, Result};
use crate::secret::SecretBytes;

/// The value of a secret key. Key schedules, CMAC subkeys and HMAC states are computed once and shared.
pub struct SecretKey {
    value: SecretBytes,
    aes: Late<AesKey>,
    gcm: Late<GcmKey>,
    des3: Late<Des3Key>,
    aes_cmac: Late<CmacSubkeys<16>>,
    des3_cmac: Late<CmacSubkeys<8>>,
    /// One place for each of [`Hash::ALL`].
    hmac: [Late<HmacKey>; Hash::ALL.len()],
}

/// What is made when it is first asked for. Small until then.
struct Late<T>(OnceLock<Box<T>>);

impl<T> Late<T> {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn get(&self, make: impl FnOnce() -> Result<T>) -> Result<&T> {
        match self.0.get() {
            Some(made) => Ok(made),
            None => {
                let made = Box::new(make()?);
                Ok(self.0.get_or_init(|| made))
            }
        }
    }
}

impl SecretKey {
    /// Keeps the value.
    #[must_use]
    pub fn new(value: SecretBytes) -> Self {
        Self {
            value,
            aes: Late::new(),
            gcm: Late::new(),
            des3: Late::new(),
            aes_cmac: Late::new(),
            des3_cmac: Late::new(),
            hmac: [const { Late::new() }; Hash::ALL.len()],
        }
    }

    /// The key's bytes.
    #[must_use]
    pub fn value(&self) -> &[u8] {
        &self.value
    }

    /// The key's size in bits.
    #[must_use]
    pub fn bits(&self) -> u64 {
        to_ulong(self.value.len()).saturating_mul(8)
    }

    /// The AES key schedules.
    ///
    /// # Errors
    /// [`Error::Internal`] if the value is no AES key, which rows' key rules keep from
    /// happening; so for all of these.
    pub fn aes(&self) -> Result<&AesKey> {
        self.aes.get(|| AesKey::new(&self.value))
    }

    /// The AES-GCM key.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn gcm(&self) -> Result<&GcmKey> {
        self.gcm.get(|| GcmKey::new(&self.value))
    }

    /// The triple-DES key schedules, of two keys or three.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn des3(&self) -> Result<&Des3Key> {
        self.des3.get(|| Des3Key::new(&self.value))
    }

    /// The subkeys of AES-CMAC.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn aes_cmac(&self) -> Result<&CmacSubkeys<16>> {
        self.aes_cmac.get(|| Ok(CmacSubkeys::new(self.aes()?)))
    }

    /// The subkeys of triple-DES CMAC.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn des3_cmac(&self) -> Result<&CmacSubkeys<8>> {
        self.des3_cmac.get(|| Ok(CmacSubkeys::new(self.des3()?)))
    }

    /// The HMAC states for one of [`Hash::ALL`]. Those for SHA-512/t are not kept: [`HmacKey::new`] makes them.
    ///
    /// # Errors
    /// [`Error::Internal`] for SHA-512/t.
    pub fn hmac(&self, hash: Hash) -> Result<&HmacKey> {
        let at = Hash::ALL.iter().position(|known| *known == hash);
        let place = at.and_then(|at| self.hmac.get(at));
        let place = place.ok_or(Error::Internal("no place for an HMAC state"))?;
        place.get(|| Ok(HmacKey::new(hash, &self.value)))
    }
}
