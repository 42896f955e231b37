//! [`SecretKey`]: the value of a secret key, with what its mechanisms prepare from it when they first need it.

use std::sync::OnceLock;

use crate::ck::to_ulong;
use crate::crypto::aes::{AesEncryptor, AesKey};
use crate::crypto::blocks::{AriaKey, BlowfishKey, CamelliaKey, TwofishKey};
use crate::crypto::chacha20::ChaChaPolyKey;
use crate::crypto::des::Des3Key;
use crate::crypto::gcm::GcmKey;
use crate::crypto::hash::Hash;
use crate::crypto::key_block::{Binding, KeyBlockKeys};
use crate::crypto::mac::{CmacSubkeys, HmacKey};
use crate::crypto::xcbc::XcbcKey;
use crate::crypto::xts::XtsKey;
use crate::error::{Error, Result};
use crate::os::kept::Kept;
use crate::os::stack;
use crate::secret::SecretBytes;

/// The value of a secret key. Key schedules, CMAC subkeys and HMAC states are computed once and shared.
pub struct SecretKey {
    value: SecretBytes,
    aes: Late<AesKey>,
    gcm: Late<GcmKey>,
    des3: Late<Des3Key>,
    aes_cmac: Late<CmacSubkeys<16>>,
    des3_cmac: Late<CmacSubkeys<8>>,
    rare: Late<Rare>,
    /// One place for each of [`Hash::ALL`].
    hmac: Late<[Late<HmacKey>; Hash::ALL.len()]>,
}

/// What few keys need, apart from the rest so that all keys are small.
struct Rare {
    xcbc: Late<XcbcKey>,
    reversed_aes: Late<AesEncryptor>,
    xts: Late<XtsKey>,
    chacha_poly: Late<ChaChaPolyKey>,
    camellia: Late<CamelliaKey>,
    aria: Late<AriaKey>,
    twofish: Late<TwofishKey>,
    blowfish: Late<BlowfishKey>,
    /// One place for each of [`Binding::ALL`].
    key_blocks: [Late<KeyBlockKeys>; Binding::ALL.len()],
}

impl Rare {
    fn new() -> Self {
        Self {
            xcbc: Late::new(),
            reversed_aes: Late::new(),
            xts: Late::new(),
            chacha_poly: Late::new(),
            camellia: Late::new(),
            aria: Late::new(),
            twofish: Late::new(),
            blowfish: Late::new(),
            key_blocks: [const { Late::new() }; Binding::ALL.len()],
        }
    }
}

/// What is made when it is first asked for. Small until then.
struct Late<T>(OnceLock<Kept<T>>);

impl<T> Late<T> {
    const fn new() -> Self {
        Self(OnceLock::new())
    }

    fn get(&self, make: impl FnOnce() -> Result<T>) -> Result<&T> {
        match self.0.get() {
            Some(made) => Ok(made),
            None => {
                let made = make().map(Kept::new);
                stack::wipe();
                let made = made?;
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
            rare: Late::new(),
            hmac: Late::new(),
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

    /// The DES or triple-DES key schedules, of one key, two or three.
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

    fn rare(&self) -> Result<&Rare> {
        self.rare.get(|| Ok(Rare::new()))
    }

    /// The key of AES-XCBC-MAC.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn xcbc(&self) -> Result<&XcbcKey> {
        self.rare()?.xcbc.get(|| XcbcKey::new(&self.value))
    }

    /// The AES key schedule of the value's bytes in reverse order, which FF3-1 encrypts with.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn reversed_aes(&self) -> Result<&AesEncryptor> {
        self.rare()?.reversed_aes.get(|| {
            let mut value = self.value.clone();
            value.as_mut().reverse();
            AesEncryptor::new(&value)
        })
    }

    /// The two AES keys of XTS.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn xts(&self) -> Result<&XtsKey> {
        self.rare()?.xts.get(|| XtsKey::new(&self.value))
    }

    /// The ChaCha20-Poly1305 key.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn chacha_poly(&self) -> Result<&ChaChaPolyKey> {
        self.rare()?.chacha_poly.get(|| ChaChaPolyKey::new(&self.value))
    }

    /// The Camellia key schedule.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn camellia(&self) -> Result<&CamelliaKey> {
        self.rare()?.camellia.get(|| CamelliaKey::new(&self.value))
    }

    /// The ARIA key schedule.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn aria(&self) -> Result<&AriaKey> {
        self.rare()?.aria.get(|| AriaKey::new(&self.value))
    }

    /// The Twofish key schedule.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn twofish(&self) -> Result<&TwofishKey> {
        self.rare()?.twofish.get(|| TwofishKey::new(&self.value))
    }

    /// The Blowfish key schedule.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn blowfish(&self) -> Result<&BlowfishKey> {
        self.rare()?.blowfish.get(|| BlowfishKey::new(&self.value))
    }

    /// The keys of key blocks under this one.
    ///
    /// # Errors
    /// As [`SecretKey::aes`].
    pub fn key_block(&self, binding: Binding) -> Result<&KeyBlockKeys> {
        let [variant, des3, aes, ctr, header] = &self.rare()?.key_blocks;
        let place = match binding {
            Binding::Variant => variant,
            Binding::Des3 => des3,
            Binding::Aes => aes,
            Binding::AesCtr => ctr,
            Binding::AesHeader => header,
        };
        place.get(|| KeyBlockKeys::new(binding, &self.value))
    }

    /// The HMAC states for one of [`Hash::ALL`]. Those for SHA-512/t are not kept: [`HmacKey::new`] makes them.
    ///
    /// # Errors
    /// [`Error::Internal`] for SHA-512/t.
    pub fn hmac(&self, hash: Hash) -> Result<&HmacKey> {
        let places = self.hmac.get(|| Ok([const { Late::new() }; Hash::ALL.len()]))?;
        let place = hmac_place(hash).and_then(|at| places.get(at));
        let place = place.ok_or(Error::Internal("no place for an HMAC state"))?;
        place.get(|| Ok(HmacKey::new(hash, &self.value)))
    }
}

/// The place of a hash in [`Hash::ALL`], told without a search: every HMAC asks for it. None for SHA-512/t.
const fn hmac_place(hash: Hash) -> Option<usize> {
    Some(match hash {
        Hash::Sha1 => 0,
        Hash::Sha224 => 1,
        Hash::Sha256 => 2,
        Hash::Sha384 => 3,
        Hash::Sha512 => 4,
        Hash::Sha512_224 => 5,
        Hash::Sha512_256 => 6,
        Hash::Sha3_224 => 7,
        Hash::Sha3_256 => 8,
        Hash::Sha3_384 => 9,
        Hash::Sha3_512 => 10,
        Hash::Blake2b160 => 11,
        Hash::Blake2b256 => 12,
        Hash::Blake2b384 => 13,
        Hash::Blake2b512 => 14,
        Hash::Md5 => 15,
        Hash::Ripemd160 => 16,
        Hash::Sha512T(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_has_its_own_place_for_hmac_states() {
        for (at, hash) in Hash::ALL.into_iter().enumerate() {
            assert_eq!(hmac_place(hash), Some(at), "{hash:?}");
        }
    }
}
